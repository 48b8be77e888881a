//! Comparators, levels and how a limit is printed.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How a value is compared with its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparator {
    /// Below.
    #[serde(rename = "<")]
    Below,
    /// At or below.
    #[serde(rename = "<=")]
    AtMost,
    /// Above.
    #[serde(rename = ">")]
    Above,
    /// At or above.
    #[serde(rename = ">=")]
    AtLeast,
}

impl Comparator {
    /// Whether a value keeps the limit.
    pub fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Below => value < limit,
            Self::AtMost => value <= limit,
            Self::Above => value > limit,
            Self::AtLeast => value >= limit,
        }
    }

    /// Whether values must stay on the high side.
    pub const fn wants_high(self) -> bool {
        matches!(self, Self::Above | Self::AtLeast)
    }

    /// How far a value is on the right side of its limit; negative on the wrong one.
    pub fn margin(self, value: f64, limit: f64) -> f64 {
        if self.wants_high() {
            value - limit
        } else {
            limit - value
        }
    }

    /// As it is printed.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::AtLeast => ">=",
        }
    }
}

impl fmt::Display for Comparator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

/// How much weight a limit has, in the words that sources use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LevelName {
    /// Better than asked; UK SABR "optimal".
    Optimal,
    /// As asked; NRG "per protocol".
    PerProtocol,
    /// Must hold; UK SABR "mandatory".
    Mandatory,
    /// Must hold; NRG "variation acceptable", beyond which a deviation is unacceptable.
    AcceptableVariation,
    /// Good to have; says nothing about the plan as a whole.
    Optional,
}

impl LevelName {
    /// The word used in files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Optimal => "optimal",
            Self::PerProtocol => "per_protocol",
            Self::Mandatory => "mandatory",
            Self::AcceptableVariation => "acceptable_variation",
            Self::Optional => "optional",
        }
    }

    /// Whether the plan fails where this level is missed.
    pub const fn decides(self) -> bool {
        matches!(self, Self::Mandatory | Self::AcceptableVariation)
    }
}

impl fmt::Display for LevelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One limit of a goal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Its weight.
    pub name: LevelName,
    /// How the value is compared.
    pub comparator: Comparator,
    /// The limit in the unit of the goal's metric.
    pub limit: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_and_not() {
        assert!(!Comparator::Above.holds(100.0, 100.0) && Comparator::AtLeast.holds(100.0, 100.0));
        assert!(!Comparator::Below.holds(30.0, 30.0) && Comparator::AtMost.holds(30.0, 30.0));
        for comparator in [
            Comparator::Below,
            Comparator::AtMost,
            Comparator::Above,
            Comparator::AtLeast,
        ] {
            assert!(!comparator.holds(f64::NAN, 1.0));
        }
        assert_eq!(Comparator::AtLeast.margin(710.0, 700.0), 10.0);
        assert_eq!(Comparator::Below.margin(31.0, 30.0), -1.0);
    }
}
