//! Sums that do not depend on order or rounding.

mod double_double;

pub use double_double::DoubleDouble;
