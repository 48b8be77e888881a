//! Sums that do not depend on order or rounding, splines, and memory for large arrays.

mod cubic_spline;
mod double_double;
mod fixed_point;
mod pages;

pub use cubic_spline::CubicSpline;
pub use double_double::DoubleDouble;
pub use fixed_point::FixedPoint;
pub use pages::Pages;
