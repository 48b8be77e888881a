//! Sums that do not depend on order or rounding, and memory for large arrays.

mod double_double;
mod fixed_point;
mod pages;

pub use double_double::DoubleDouble;
pub use fixed_point::FixedPoint;
pub use pages::Pages;
