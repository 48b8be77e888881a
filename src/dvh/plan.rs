//! The plan of a DVH: lattice, bins and units, made from structure, dose and settings alone.
//!
//! How the work is cut up among threads never enters, so the same plan always gives the same bits, and
//! histograms of one plan add up exactly.

use super::DvhSettings;
use super::field::Field;
use super::lattice::{Lattice, frame_along};
use super::portion::Portion;
use super::reached::Reached;
use super::scale::{Scale, Units};
use super::slices::Slices;
use super::weights::{Weighing, Weights};
use crate::dose::DoseGrid;
use crate::structure::{PlaneFrame, Solid};

/// Everything that is decided before the first cell is sampled.
pub(super) struct DvhPlan<'a> {
    /// The solid in slices along the normal.
    pub(super) slices: Slices,
    /// Where cells lie.
    pub(super) lattice: Lattice,
    /// The dose, prepared for the lattice.
    pub(super) field: Field<'a>,
    /// Bins of dose.
    pub(super) scale: Scale,
    /// Units of volume.
    pub(super) units: Units,
    /// What volume counts, where it does not count evenly.
    pub(super) weighing: Option<Weighing<'a>>,
    /// The part of the structure that counts, where not all of it does.
    pub(super) portion: Option<Portion>,
    /// Extremes met so far.
    pub(super) reached: Reached,
}

impl<'a> DvhPlan<'a> {
    /// `None` where there is nothing to sample: no volume, or no dose anywhere near.
    pub(super) fn new(
        dose: &'a DoseGrid<'a>,
        solid: Solid,
        weights: Option<&'a Weights<'a>>,
        settings: &DvhSettings,
    ) -> Option<Self> {
        let frame = match &solid {
            Solid::Empty => return None,
            Solid::Prisms(prisms) => frame_along(dose.grid(), &prisms.frame),
            Solid::Mask(mask) => {
                let [u, v, w] = mask.grid().axes();
                PlaneFrame { u, v, w }
            }
        };
        let slices = Slices::new(solid, &frame)?;
        let extent = slices.extent();
        let lattice = Lattice::new(
            frame,
            dose.grid(),
            &extent,
            slices.borders(),
            settings.min_cells,
        );
        if [&lattice.u, &lattice.v, &lattice.w]
            .iter()
            .any(|lines| lines.cells() == 0)
        {
            return None;
        }
        let field = Field::new(dose, &lattice)?;
        let weighing = weights.and_then(|weights| weights.weighing(&lattice));
        let range = field.range(extent.low, extent.high);
        let scale = Scale::new(range, settings.bins);
        let units = Units::new(extent.volume);
        Some(Self {
            slices,
            lattice,
            field,
            scale,
            units,
            weighing,
            portion: None,
            reached: Reached::new(),
        })
    }
}
