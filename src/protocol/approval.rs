//! Who approved a protocol, when, and until when: what clinical use asks for.

use super::{Protocol, ProtocolError};
use crate::citation::Evidence;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// A day as in ISO 8601: `2026-11-25`. Days compare by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    year: u16,
    month: u8,
    of_month: u8,
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.of_month)
    }
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fail = || format!("'{text}' is no day; write year-month-day, such as 2026-11-25");
        let parts: Vec<&str> = text.trim().split('-').collect();
        let [year, month, day] = parts[..] else {
            return Err(fail());
        };
        let digits = |part: &str, n: usize| {
            (part.len() == n && part.bytes().all(|b| b.is_ascii_digit())).then_some(())
        };
        digits(year, 4)
            .and_then(|()| digits(month, 2))
            .and_then(|()| digits(day, 2))
            .ok_or_else(fail)?;
        let day = Self {
            year: year.parse().map_err(|_| fail())?,
            month: month.parse().map_err(|_| fail())?,
            of_month: day.parse().map_err(|_| fail())?,
        };
        let leap = day.year.is_multiple_of(4)
            && (!day.year.is_multiple_of(100) || day.year.is_multiple_of(400));
        let last = match day.month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => 0,
        };
        if (1..=last).contains(&day.of_month) {
            Ok(day)
        } else {
            Err(fail())
        }
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// The approval of a protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// Who approved it.
    pub approved_by: String,
    /// When.
    pub approved_on: Day,
    /// The last day on which it holds; open where nothing is said.
    pub expires: Option<Day>,
    /// Hash of the content that was approved, where the approval names it.
    pub approved_sha256: Option<String>,
}

impl Protocol {
    /// Refuses what a department has not approved for clinical use: no approval, one that is not yet valid, has
    /// expired or was given to other content, and any goal that rests on memory alone.
    ///
    /// # Errors
    /// [`ProtocolError::NotClinical`] with the reason and what to do.
    pub fn require_clinical(&self, today: Day) -> Result<(), ProtocolError> {
        let refuse = |reason: String| {
            Err(ProtocolError::NotClinical {
                id: self.id.clone(),
                reason,
            })
        };
        let Some(approval) = &self.approval else {
            return refuse(format!(
                "nobody approved it; write a file of your own with extends = \"{}\", approved_by and approved_on",
                self.id
            ));
        };
        if today < approval.approved_on {
            return refuse(format!("its approval begins on {}", approval.approved_on));
        }
        if let Some(last) = approval.expires.filter(|last| today > *last) {
            return refuse(format!(
                "its approval expired on {last}; review and renew it"
            ));
        }
        if let Some(approved) = approval
            .approved_sha256
            .as_ref()
            .filter(|approved| !approved.eq_ignore_ascii_case(&self.sha256))
        {
            return refuse(format!(
                "its content has changed since it was approved: sha256 is {} and was {approved}; review it, then renew the approval",
                self.sha256
            ));
        }
        let recalled: Vec<&str> = self
            .goals
            .iter()
            .filter(|goal| goal.evidence() == Evidence::Recalled)
            .map(|goal| &goal.id[..])
            .collect();
        if recalled.is_empty() {
            Ok(())
        } else {
            refuse(format!(
                "goals rest on memory alone: {}; check them against the source and say how they were seen",
                recalled.join(", ")
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        let day = |text: &str| text.parse::<Day>();
        assert_eq!(day("2024-02-29").unwrap().to_string(), "2024-02-29");
        assert!(day("2026-11-25") < day("2026-12-01") && day("2026-12-01") < day("2027-01-01"));
        for wrong in [
            "2025-02-29",
            "2026-13-01",
            "25.11.2026",
            "2026-1-1",
            "2026-00-10",
            "2100-02-29",
        ] {
            assert!(
                day(wrong).unwrap_err().contains("year-month-day"),
                "{wrong}"
            );
        }
    }
}
