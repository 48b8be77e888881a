//! Sums that do not depend on order or rounding, splines, memory for large arrays, quadrature, convolution,
//! seeded random numbers.

mod convolution;
mod cubic_spline;
mod double_double;
mod fixed_point;
mod gauss_legendre;
mod pages;
mod random;
mod student_t;

pub use convolution::{Convolver, EvenKernel};
pub use cubic_spline::CubicSpline;
pub use double_double::DoubleDouble;
pub use fixed_point::FixedPoint;
pub use gauss_legendre::{composite_gauss_legendre, gauss_legendre};
pub use pages::Pages;
pub use random::Random;
pub use student_t::{normal_quantile, student_t_cdf, student_t_quantile};
