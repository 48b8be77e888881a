//! The private block in which our own exports say what a dose is, so that it comes back as it left.

use super::dataset::DataSet;
use crate::dose::{DoseGrid, DoseKind, DoseScope, Fractionation};
use dicom_core::{Tag, VR};
use dicom_object::InMemDicomObject;

/// Private creator of the block.
pub(super) const CREATOR: &str = "HEPADOSE";
/// Group of the block.
const GROUP: u16 = 0x3005;
/// Element that reserves the block when we write it.
const BLOCK: u16 = 0x10;

const QUANTITY: u16 = 0x01;
const ALPHA_BETA: u16 = 0x02;
const MODEL: u16 = 0x03;
const FRACTIONS: u16 = 0x04;
const SCOPE: u16 = 0x05;
const VERSION: u16 = 0x06;
/// Says that the file calls a derived dose PHYSICAL because its reader was to have nothing else.
const LABELLED_PHYSICAL: u16 = 0x07;
/// Every model in full, one a line.
const MODELS: u16 = 0x08;
/// The word of a flag that is set.
const YES: &str = "YES";

/// What our own block says of a dose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct OwnDose {
    pub(super) kind: DoseKind,
    pub(super) fractionation: Fractionation,
    pub(super) scope: DoseScope,
    /// Whether we ourselves called a derived dose PHYSICAL.
    pub(super) labelled_physical: bool,
}

impl OwnDose {
    /// Reads the block; `None` when there is none that is whole.
    pub(super) fn read(set: &DataSet<'_>) -> Option<Self> {
        let creator = set.elements.iter().find(|element| {
            element.tag.group() == GROUP
                && (0x10..=0xFF).contains(&element.tag.element())
                && set.code(element.tag).as_deref() == Some(CREATOR)
        })?;
        let tag = |element: u16| Tag(GROUP, (creator.tag.element() << 8) | element);
        let alpha_beta = || {
            set.double(tag(ALPHA_BETA))
                .filter(|value| value.is_finite() && *value > 0.0)
        };
        let kind = match set.code(tag(QUANTITY))?.as_str() {
            "physical" => DoseKind::Physical,
            "effective" => DoseKind::Effective,
            "unstated" => DoseKind::Unstated,
            "bed" => DoseKind::Bed {
                alpha_beta_gy: alpha_beta()?,
            },
            "eqd2" => DoseKind::Eqd2 {
                alpha_beta_gy: alpha_beta()?,
            },
            _ => return None,
        };
        let fractionation = match set.code(tag(FRACTIONS)).as_deref() {
            Some("mixed") => Fractionation::Mixed,
            Some(number) => number.parse().ok().filter(|n| *n > 0).into(),
            None => Fractionation::Unstated,
        };
        let name = set.code(tag(SCOPE));
        let scope = [
            DoseScope::Total,
            DoseScope::Partial,
            DoseScope::Session,
            DoseScope::MultiPlan,
        ]
        .into_iter()
        .find(|scope| Some(scope.name()) == name.as_deref())
        .unwrap_or(DoseScope::Unstated);
        Some(Self {
            kind,
            fractionation,
            scope,
            labelled_physical: set.code(tag(LABELLED_PHYSICAL)).as_deref() == Some(YES),
        })
    }

    /// Writes the block for a dose.
    pub(super) fn write(
        dose: &DoseGrid<'_>,
        labelled_physical: bool,
        object: &mut InMemDicomObject,
    ) {
        use dicom_core::{DataElement, PrimitiveValue};
        let tag = |element: u16| Tag(GROUP, (BLOCK << 8) | element);
        object.put_str(Tag(GROUP, BLOCK), VR::LO, CREATOR);
        object.put_str(tag(QUANTITY), VR::LO, dose.kind().quantity());
        if let Some(alpha_beta) = dose.kind().alpha_beta_gy() {
            object.put(DataElement::new(
                tag(ALPHA_BETA),
                VR::FD,
                PrimitiveValue::from(alpha_beta),
            ));
            // The short names; one for each model that differs.
            let mut names: Vec<String> = dose.models().iter().map(|model| short(model)).collect();
            names.dedup();
            object.put_str(tag(MODEL), VR::LO, names.join(", "));
            object.put_str(tag(MODELS), VR::UT, dose.models().join("\n"));
        }
        match dose.fractionation() {
            Fractionation::Fractions(n) => {
                object.put_str(tag(FRACTIONS), VR::LO, n.to_string());
            }
            Fractionation::Mixed => {
                object.put_str(tag(FRACTIONS), VR::LO, "mixed");
            }
            Fractionation::Unstated => {}
        }
        if labelled_physical {
            object.put_str(tag(LABELLED_PHYSICAL), VR::CS, YES);
        }
        object.put_str(tag(SCOPE), VR::LO, dose.scope().name());
        object.put_str(tag(VERSION), VR::LO, crate::provenance::VERSION);
    }
}

/// The name of a model without its parameters.
pub(super) fn short(model: &str) -> String {
    model.split(" (").next().unwrap_or(model).to_owned()
}
