//! Sums that do not depend on order or rounding.

mod double_double;
mod fixed_point;

pub use double_double::DoubleDouble;
pub use fixed_point::FixedPoint;
