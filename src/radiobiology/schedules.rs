//! Named fractionation schedules and their BED and EQD2, to compare.

use super::RadiobiologyError;
use crate::citation::{Evidence, reference};
use crate::isoeffect::{bed_gy, eqd2_gy};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

const FILE: &str = include_str!("schedules.toml");

static BUILT_IN: LazyLock<Result<Vec<Schedule>, String>> = LazyLock::new(|| parse(FILE));

/// A total dose in equal fractions, one a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Its name.
    pub id: String,
    /// One line of title.
    pub title: String,
    /// Total dose in gray.
    pub dose_gy: f64,
    /// Number of fractions.
    pub fractions: u32,
    /// Key of the publication.
    pub source: String,
    /// Where in it.
    pub locator: String,
    /// How it was seen.
    pub evidence: Evidence,
}

/// BED and EQD2 of a schedule at one alpha/beta, by the linear-quadratic model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ScheduleEffect {
    /// alpha/beta in gray.
    pub alpha_beta_gy: f64,
    /// BED in gray.
    pub bed_gy: f64,
    /// EQD2 in gray.
    pub eqd2_gy: f64,
}

/// A schedule with what it comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScheduleRow {
    /// The schedule.
    #[serde(flatten)]
    pub schedule: Schedule,
    /// Dose per fraction in gray.
    pub dose_per_fraction_gy: f64,
    /// One entry an alpha/beta, in the order given.
    pub effects: Vec<ScheduleEffect>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schedule: Vec<Schedule>,
}

fn parse(text: &str) -> Result<Vec<Schedule>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    for schedule in &file.schedule {
        if reference(&schedule.source).is_none() {
            return Err(format!(
                "{}: no paper has the key {}",
                schedule.id, schedule.source
            ));
        }
    }
    Ok(file.schedule)
}

/// The built-in schedules.
///
/// # Errors
/// [`RadiobiologyError::SetFile`], which a released build cannot give.
pub fn schedules() -> Result<&'static [Schedule], RadiobiologyError> {
    match &*BUILT_IN {
        Ok(schedules) => Ok(schedules),
        Err(reason) => Err(RadiobiologyError::SetFile(reason.clone())),
    }
}

/// BED and EQD2 of schedules at one alpha/beta or several.
///
/// # Errors
/// A schedule or an alpha/beta that is not physical.
pub fn compare(
    schedules: &[Schedule],
    alpha_betas_gy: &[f64],
) -> Result<Vec<ScheduleRow>, RadiobiologyError> {
    let row = |schedule: &Schedule| {
        let (dose, n) = (schedule.dose_gy, schedule.fractions);
        let effect = |ab: &f64| {
            Ok(ScheduleEffect {
                alpha_beta_gy: *ab,
                bed_gy: bed_gy(dose, n, *ab)?,
                eqd2_gy: eqd2_gy(dose, n, *ab)?,
            })
        };
        Ok(ScheduleRow {
            schedule: schedule.clone(),
            dose_per_fraction_gy: dose / f64::from(crate::error::fractions(n)?),
            effects: alpha_betas_gy
                .iter()
                .map(effect)
                .collect::<Result<_, RadiobiologyError>>()?,
        })
    };
    schedules.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sheet_s_own_table() {
        let rows = compare(schedules().unwrap(), &[10.0, 3.0]).unwrap();
        for (id, ten, three) in [
            ("liver-sbrt-60-3", (180.0, 150.0), (460.0, 276.0)),
            ("rectum-short-course", (37.5, 31.25), (200.0 / 3.0, 40.0)),
            ("rectum-long-course-45", (53.1, 44.25), (72.0, 43.2)),
            ("liver-sbrt-54-3", (151.2, 126.0), (378.0, 226.8)),
        ] {
            let row = rows.iter().find(|row| row.schedule.id == id).unwrap();
            for (effect, (bed, eqd2)) in row.effects.iter().zip([ten, three]) {
                assert!((effect.bed_gy - bed).abs() < 1e-9, "{id}");
                assert!((effect.eqd2_gy - eqd2).abs() < 1e-9, "{id}");
            }
        }
        assert!(compare(schedules().unwrap(), &[0.0]).is_err());
        for schedule in schedules().unwrap() {
            assert!(schedule.evidence != Evidence::Primary || schedule.source == "crlm-mdt-2024");
        }
    }
}
