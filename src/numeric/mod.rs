//! Sums that do not depend on order or rounding, the normal distribution, random numbers by counter, memory for large
//! arrays.

mod double_double;
mod fixed_point;
mod normal;
mod pages;
mod philox;

pub use double_double::DoubleDouble;
pub use fixed_point::FixedPoint;
pub use normal::{normal_cdf, normal_quantile};
pub use pages::Pages;
pub use philox::Philox;
