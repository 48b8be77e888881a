//! Sums that do not depend on order or rounding, splines, memory for large arrays, quadrature, convolution,
//! distributions, random numbers by counter.

mod convolution;
mod cubic_spline;
mod double_double;
mod fixed_point;
mod gauss_legendre;
mod normal;
mod pages;
mod philox;
mod random;
mod student_t;

pub use convolution::{Convolver, EvenKernel};
pub use cubic_spline::CubicSpline;
pub use double_double::DoubleDouble;
pub use fixed_point::FixedPoint;
pub use gauss_legendre::{composite_gauss_legendre, gauss_legendre};
pub use normal::{normal_cdf, normal_quantile};
pub use pages::Pages;
pub use philox::Philox;
pub use random::Random;
pub use student_t::{student_t_cdf, student_t_quantile};
