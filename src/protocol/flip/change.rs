//! The conventions in which systems differ, one change at a time.

use super::super::evaluate::Place;
use super::super::{CheckOptions, Comparator, Goal, Measure, Role};
use super::FlipOptions;
use crate::dvh::{DoseLevel, MetricSpec, Quantity, Reading};
use crate::structure::{BetweenPlanes, EndCaps};

/// What "more than a dose" is beside "at least": the next dose that can be told from it.
const NEXT: f64 = 1.0 + 4.0 * f64::EPSILON;

/// A change of one convention.
#[derive(Debug, Clone)]
pub(super) enum Change {
    EndCaps(EndCaps),
    BetweenPlanes(BetweenPlanes),
    /// One dose a voxel instead of a dose between voxels.
    VoxelDose,
    Subtract(Role),
    Counting,
    Comparator,
    Margin(f64),
    Shift([f64; 3]),
    AlphaBeta(f64),
    /// An end of the range that a goal itself states.
    OwnAlphaBeta(f64),
}

impl Change {
    /// All changes, whether they concern a goal or not.
    pub(super) fn all(options: &CheckOptions, flip: &FlipOptions, goals: &[&Goal]) -> Vec<Self> {
        let dvh = &options.dvh;
        let mut all = Vec::new();
        for caps in [EndCaps::HalfSlice, EndCaps::None, EndCaps::Rounded] {
            if caps != dvh.end_caps {
                all.push(Self::EndCaps(caps));
            }
        }
        for policy in [BetweenPlanes::Prism, BetweenPlanes::Shape] {
            if policy != dvh.between_planes {
                all.push(Self::BetweenPlanes(policy));
            }
        }
        all.push(Self::VoxelDose);
        for kind in ["CTV", "PTV"] {
            // These two names always parse.
            all.extend(kind.parse().ok().map(Self::Subtract));
        }
        all.push(Self::Counting);
        all.push(Self::Comparator);
        for length in &flip.margins_mm {
            all.extend([-length, *length].map(Self::Margin));
        }
        for length in &flip.shifts_mm {
            for axis in 0..3 {
                for sign in [-1.0, 1.0] {
                    let mut shift = [0.0; 3];
                    shift[axis] = sign * length;
                    all.push(Self::Shift(shift));
                }
            }
        }
        if flip.alpha_beta_gy.is_empty() {
            let ranges = goals.iter().filter_map(|goal| goal.alpha_beta_range_gy);
            let mut ends: Vec<f64> = ranges.flatten().collect();
            ends.sort_by(f64::total_cmp);
            ends.dedup();
            all.extend(ends.into_iter().map(Self::OwnAlphaBeta));
        } else {
            all.extend(flip.alpha_beta_gy.iter().map(|ab| Self::AlphaBeta(*ab)));
        }
        all
    }

    pub(super) const fn group(&self) -> &'static str {
        match self {
            Self::EndCaps(_) => "end_caps",
            Self::BetweenPlanes(_) => "between_planes",
            Self::VoxelDose => "interpolation",
            Self::Subtract(_) => "subtract",
            Self::Counting => "counting",
            Self::Comparator => "comparator",
            Self::Margin(_) => "contour",
            Self::Shift(_) => "shift",
            Self::AlphaBeta(_) | Self::OwnAlphaBeta(_) => "alpha_beta",
        }
    }

    /// By how much structures are moved, where that is the change.
    pub(super) const fn shift_mm(&self) -> Option<[f64; 3]> {
        match self {
            Self::Shift(shift) => Some(*shift),
            _ => None,
        }
    }

    pub(super) fn name(&self, goal: &Goal) -> String {
        match self {
            Self::EndCaps(caps) => format!("end caps {}", caps.name()),
            Self::BetweenPlanes(policy) => format!("between planes {}", policy.name()),
            Self::VoxelDose => "one dose for each voxel".to_owned(),
            Self::Subtract(role) => format!("{role} taken out instead of GTV"),
            Self::Counting => match goal.metric {
                Measure::Dvh(MetricSpec {
                    quantity: Quantity::VolumeBelow(_),
                    ..
                }) => "CV as at most the dose".to_owned(),
                _ => "V as more than the dose".to_owned(),
            },
            Self::Comparator => {
                let level = goal.deciding_level().map(|level| other(level.comparator));
                format!(
                    "{} instead of as printed",
                    level.map_or("", Comparator::symbol)
                )
            }
            Self::Margin(mm) if *mm < 0.0 => format!("contours {} mm smaller", -mm),
            Self::Margin(mm) => format!("contours {mm} mm larger"),
            Self::Shift([x, y, z]) => format!("structures moved by ({x}, {y}, {z}) mm"),
            Self::AlphaBeta(ab) | Self::OwnAlphaBeta(ab) => format!("alpha/beta {ab} Gy"),
        }
    }

    /// Whether it can change anything for a goal.
    pub(super) fn concerns(&self, goal: &Goal) -> bool {
        let read_from_dose = goal.metric != Measure::PrescriptionBed;
        match self {
            Self::EndCaps(_)
            | Self::BetweenPlanes(_)
            | Self::VoxelDose
            | Self::Margin(_)
            | Self::Shift(_) => read_from_dose,
            Self::Subtract(_) => goal.structure.name().ends_with("-GTV"),
            Self::Counting => matches!(
                goal.metric,
                Measure::Dvh(MetricSpec {
                    quantity: Quantity::VolumeAtLeast(_) | Quantity::VolumeBelow(_),
                    ..
                })
            ),
            Self::Comparator => true,
            Self::AlphaBeta(_) => goal.alpha_beta_gy.is_some(),
            Self::OwnAlphaBeta(ab) => {
                let range = goal.alpha_beta_range_gy;
                range.is_some_and(|ends| ends.contains(ab))
            }
        }
    }

    /// Whether the structures and DVHs of the check itself still hold.
    pub(super) const fn keeps_dvhs(&self) -> bool {
        matches!(
            self,
            Self::Counting | Self::Comparator | Self::AlphaBeta(_) | Self::OwnAlphaBeta(_)
        )
    }

    /// Where the structures are moved to or how the dose is read, where that is all there is to it.
    pub(super) fn place(&self) -> Option<Place> {
        match self {
            Self::Shift(shift_mm) => Some(Place {
                shift_mm: *shift_mm,
                ..Place::default()
            }),
            Self::VoxelDose => Some(Place {
                reading: Reading::Nearest,
                ..Place::default()
            }),
            _ => None,
        }
    }

    /// By how much the contours are made larger, or smaller.
    pub(super) const fn margin(&self) -> Option<f64> {
        match self {
            Self::Margin(mm) => Some(*mm),
            _ => None,
        }
    }

    pub(super) fn options(&self, options: &CheckOptions) -> CheckOptions {
        let mut options = options.clone();
        match self {
            Self::EndCaps(caps) => options.dvh.end_caps = *caps,
            Self::BetweenPlanes(policy) => options.dvh.between_planes = *policy,
            Self::Subtract(role) => options.subtract = role.clone(),
            _ => {}
        }
        options
    }

    pub(super) fn applied(&self, goal: &Goal) -> Goal {
        let mut goal = goal.clone();
        match self {
            Self::Comparator => {
                for level in &mut goal.levels {
                    level.comparator = other(level.comparator);
                }
            }
            Self::Counting => {
                if let Measure::Dvh(spec) = &mut goal.metric
                    && let Quantity::VolumeAtLeast(level) | Quantity::VolumeBelow(level) =
                        &mut spec.quantity
                {
                    match level {
                        DoseLevel::Gray(dose) => *dose *= NEXT,
                        DoseLevel::Percent(percent) => *percent *= NEXT,
                    }
                }
            }
            Self::AlphaBeta(ab) | Self::OwnAlphaBeta(ab) => goal.alpha_beta_gy = Some(*ab),
            _ => {}
        }
        goal
    }
}

/// The strict comparator of one that is not, and the other way round.
const fn other(comparator: Comparator) -> Comparator {
    match comparator {
        Comparator::Below => Comparator::AtMost,
        Comparator::AtMost => Comparator::Below,
        Comparator::Above => Comparator::AtLeast,
        Comparator::AtLeast => Comparator::Above,
    }
}
