//! [`DoseGrid`] to RTDOSE, with the kind kept so that it comes back as it left.

use super::dataset::DataSet;
use super::decimal;
use super::error::DicomError;
use super::own::{OwnDose, short};
use super::parse::Role;
use super::write::{
    Draft, WriteOptions, copied, frame_of_reference, reference, sequence, single_valued,
    with_template,
};
use crate::dose::{DoseGrid, DoseKind, DoseScope, Fractionation};
use crate::geometry::vector::{Vector, cross, dot};
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{tags, uids};

/// The highest stored number.
const FULL_SCALE: f64 = u32::MAX as f64;
/// Digits after the point of the scaling: with its exponent this fills the sixteen characters of a DS.
const SCALING_DIGITS: usize = 10;
/// Doses below this in gray count as this where the scaling is chosen.
const LEAST_MAXIMUM_GY: f64 = 1e-60;
/// Bytes that fit into one element.
const MAX_ELEMENT: usize = 0xFFFF_FFFE;
/// Bytes that fit into a short element in explicit VR.
const MAX_SHORT_ELEMENT: usize = 0xFFFE;

/// Writes a dose as RTDOSE (Part 10, explicit VR little endian, 32 bits).
///
/// The scaling brings the maximum to nearly 2^32 - 1, so that reading it back is within half of a
/// 2^-32 of the maximum. BED and EQD2 are `DoseType` EFFECTIVE (PHYSICAL only when the options ask for it) with a
/// `DoseComment` to read; a private block
/// of creator `HEPADOSE` keeps kind, alpha/beta, fractions and scope for [`read_rtdose`](super::read_rtdose).
/// `template` is any DICOM object of the patient: it gives patient and study and, when it is an RT object,
/// the plan and structure set to refer to.
///
/// # Errors
/// A template that cannot be read or lies in another frame of reference, a grid too large for DICOM.
pub fn write_rtdose(
    dose: &DoseGrid<'_>,
    template: Option<&[u8]>,
    options: &WriteOptions,
) -> Result<Vec<u8>, DicomError> {
    with_template(template, |template| write(dose, template, options))
}

fn write(
    dose: &DoseGrid<'_>,
    template: Option<&DataSet<'_>>,
    options: &WriteOptions,
) -> Result<Vec<u8>, DicomError> {
    let mut draft = Draft::new(Role::Dose, template, options);
    let frame = frame_of_reference("RTDOSE", dose.frame_of_reference(), template, options)?;
    draft.put(tags::FRAME_OF_REFERENCE_UID, VR::UI, frame);
    draft.put(tags::POSITION_REFERENCE_INDICATOR, VR::LO, "");
    draft.put(tags::INSTANCE_NUMBER, VR::IS, "1");
    let comment = comment(dose);
    let derived = dose.kind().alpha_beta_gy().is_some();
    let labelled_physical = derived && options.physical_label;
    let label = match (&options.label, labelled_physical) {
        (_, true) => warning_label(dose.kind()),
        (Some(label), false) => label.clone(),
        (None, false) => dose.kind().to_string(),
    };
    draft.put(tags::SERIES_DESCRIPTION, VR::LO, single_valued(&label));
    draft.put(tags::DOSE_COMMENT, VR::LO, comment);
    draft.put(tags::DOSE_UNITS, VR::CS, "GY");
    let kind = match dose.kind() {
        DoseKind::Physical => Some("PHYSICAL"),
        _ if labelled_physical => Some("PHYSICAL"),
        DoseKind::Effective | DoseKind::Bed { .. } | DoseKind::Eqd2 { .. } => Some("EFFECTIVE"),
        DoseKind::Unstated => None,
    };
    if let Some(kind) = kind {
        draft.put(tags::DOSE_TYPE, VR::CS, kind);
    }
    if let Some(summation) = summation_type(dose) {
        draft.put(tags::DOSE_SUMMATION_TYPE, VR::CS, summation);
    }
    put_references(&mut draft, template, options);
    put_geometry(&mut draft, dose)?;
    put_pixels(&mut draft, dose)?;
    OwnDose::write(dose, labelled_physical, &mut draft.object);
    draft.finish(uids::EXPLICIT_VR_LITTLE_ENDIAN)
}

/// Characters that a `DoseComment` and a `SeriesDescription` have.
const LINE: usize = 64;

/// Quantity, alpha/beta, that it is no physical dose and for no treatment.
fn warning_label(kind: DoseKind) -> String {
    let quantity = kind.quantity().to_uppercase();
    let alpha_beta = kind.alpha_beta_gy().unwrap_or_default();
    line(format!(
        "{quantity} a/b {alpha_beta} Gy NOT PHYSICAL NOT FOR TREATMENT"
    ))
}

/// Kind, models, fractions and how many doses it is made of, as far as the line has place. The private block holds all.
fn comment(dose: &DoseGrid<'_>) -> String {
    let mut names: Vec<String> = dose.models().iter().map(|model| short(model)).collect();
    names.dedup();
    let model = match (dose.kind().alpha_beta_gy(), &names[..]) {
        (None, _) => String::new(),
        (Some(_), []) => ", model not stated".to_owned(),
        (Some(_), names) => format!(", {}", names.join(" + ")),
    };
    let course = match dose.fractionation() {
        Fractionation::Fractions(1) => ", 1 fraction".to_owned(),
        Fractionation::Fractions(n) => format!(", {n} fractions"),
        Fractionation::Mixed => format!(", {} courses", dose.parts().len()),
        Fractionation::Unstated => String::new(),
    };
    line(format!("{}{model}{course}", dose.kind()))
}

fn line(text: String) -> String {
    if text.chars().count() <= LINE {
        return text;
    }
    text.chars().take(LINE - 3).chain("...".chars()).collect()
}

/// The word for the scope. A part of unknown nature is called BEAM, which no reader takes for the total.
fn summation_type(dose: &DoseGrid<'_>) -> Option<&'static str> {
    match (dose.scope(), dose.fractionation()) {
        (DoseScope::Total, Fractionation::Mixed) | (DoseScope::MultiPlan, _) => Some("MULTI_PLAN"),
        (DoseScope::Total, _) => Some("PLAN"),
        (DoseScope::Partial, _) => Some("BEAM"),
        (DoseScope::Session, _) => Some("FRACTION_SESSION"),
        (DoseScope::Unstated, _) => None,
    }
}

/// The plan and structure set that the dose belongs to: as told, or as the template says.
fn put_references(draft: &mut Draft, template: Option<&DataSet<'_>>, options: &WriteOptions) {
    let class = template.and_then(|set| set.code(tags::SOP_CLASS_UID));
    let template_is = |wanted: &str| class.as_deref() == Some(wanted);
    let own_uid = || template.and_then(|set| set.code(tags::SOP_INSTANCE_UID));
    let from_template = |tag: Tag| {
        template
            .map(|set| copied(set.items(tag)))
            .unwrap_or_default()
    };
    let plans = match &options.plan_uid {
        Some(uid) => vec![reference(uids::RT_PLAN_STORAGE, uid)],
        None if template_is(uids::RT_PLAN_STORAGE) => own_uid()
            .map(|uid| reference(uids::RT_PLAN_STORAGE, &uid))
            .into_iter()
            .collect(),
        None => from_template(tags::REFERENCED_RT_PLAN_SEQUENCE),
    };
    if !plans.is_empty() {
        draft
            .object
            .put(sequence(tags::REFERENCED_RT_PLAN_SEQUENCE, plans));
    }
    let sets = match &options.structure_set_uid {
        Some(uid) => vec![reference(uids::RT_STRUCTURE_SET_STORAGE, uid)],
        None if template_is(uids::RT_STRUCTURE_SET_STORAGE) => own_uid()
            .map(|uid| reference(uids::RT_STRUCTURE_SET_STORAGE, &uid))
            .into_iter()
            .collect(),
        None => from_template(tags::REFERENCED_STRUCTURE_SET_SEQUENCE),
    };
    if !sets.is_empty() {
        draft
            .object
            .put(sequence(tags::REFERENCED_STRUCTURE_SET_SEQUENCE, sets));
    }
}

fn too_large(reason: &str) -> DicomError {
    DicomError::Write {
        what: "RTDOSE",
        reason: format!("{reason}; resample or crop the grid"),
    }
}

fn decimals(values: &[f64]) -> String {
    let texts: Vec<String> = values.iter().map(|value| decimal::format(*value)).collect();
    texts.join("\\")
}

fn put_geometry(draft: &mut Draft, dose: &DoseGrid<'_>) -> Result<(), DicomError> {
    let grid = dose.grid();
    let [frames, rows, columns] = grid.shape();
    let (Ok(rows), Ok(columns)) = (u16::try_from(rows), u16::try_from(columns)) else {
        return Err(too_large(&format!(
            "DICOM allows at most 65535 rows and columns, the grid has {rows} and {columns}"
        )));
    };
    let [i, j, k] = grid.axes();
    // DICOM frames run along the product of row and column direction.
    let sign = if dot(cross(i, j), k) < 0.0 { -1.0 } else { 1.0 };
    let first = grid.frame_offsets_mm().first().copied().unwrap_or(0.0);
    let offsets: Vec<f64> = grid
        .frame_offsets_mm()
        .iter()
        // Zero plus zero, so that no negative zero is written.
        .map(|offset| sign * (offset - first) + 0.0)
        .collect();
    let offsets = decimals(&offsets);
    if offsets.len() > MAX_SHORT_ELEMENT {
        return Err(too_large(&format!(
            "the offsets of {frames} frames exceed one DICOM element"
        )));
    }
    let cosines: Vec<f64> = [i, j].iter().flatten().map(|cosine| cosine + 0.0).collect();
    let origin: Vector = grid.voxel_centre_mm(0, 0, 0);
    let [x, y, z] = grid.spacing_mm();
    draft.put(tags::IMAGE_POSITION_PATIENT, VR::DS, decimals(&origin));
    draft.put(tags::IMAGE_ORIENTATION_PATIENT, VR::DS, decimals(&cosines));
    draft.put(tags::PIXEL_SPACING, VR::DS, decimals(&[y, x]));
    draft.put(tags::SLICE_THICKNESS, VR::DS, decimals(&[z]));
    draft.put(tags::NUMBER_OF_FRAMES, VR::IS, frames.to_string());
    draft.put(tags::GRID_FRAME_OFFSET_VECTOR, VR::DS, offsets);
    draft.object.put(DataElement::new(
        tags::FRAME_INCREMENT_POINTER,
        VR::AT,
        PrimitiveValue::from(tags::GRID_FRAME_OFFSET_VECTOR),
    ));
    for (tag, value) in [
        (tags::ROWS, rows),
        (tags::COLUMNS, columns),
        (tags::SAMPLES_PER_PIXEL, 1),
        (tags::BITS_ALLOCATED, 32),
        (tags::BITS_STORED, 32),
        (tags::HIGH_BIT, 31),
        (tags::PIXEL_REPRESENTATION, 0),
    ] {
        draft
            .object
            .put(DataElement::new(tag, VR::US, PrimitiveValue::from(value)));
    }
    draft.put(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2");
    Ok(())
}

fn put_pixels(draft: &mut Draft, dose: &DoseGrid<'_>) -> Result<(), DicomError> {
    let bytes = dose
        .grid()
        .len()
        .checked_mul(4)
        .filter(|bytes| *bytes <= MAX_ELEMENT);
    let Some(bytes) = bytes else {
        return Err(too_large(&format!(
            "{} voxels at 32 bits exceed one DICOM element",
            dose.grid().len()
        )));
    };
    let values = dose.values_f64();
    let maximum = values.iter().copied().fold(0.0, f64::max);
    let (text, scaling) = scaling_for(maximum);
    let mut pixels = Vec::with_capacity(bytes);
    for value in values {
        // Conversion saturates, so the last half step cannot wrap around.
        pixels.extend(((value / scaling).round() as u32).to_le_bytes());
    }
    draft.put(tags::DOSE_GRID_SCALING, VR::DS, text);
    draft.object.put(DataElement::new(
        tags::PIXEL_DATA,
        VR::OW,
        PrimitiveValue::from(pixels),
    ));
    Ok(())
}

/// The smallest scaling that a DS can print under which the maximum fits, as text and as the number that a
/// reader gets.
fn scaling_for(maximum: f64) -> (String, f64) {
    let mut ideal = maximum.max(LEAST_MAXIMUM_GY) / FULL_SCALE;
    loop {
        let text = format!("{ideal:.SCALING_DIGITS$e}");
        let scaling = text.parse().unwrap_or(ideal);
        if maximum <= scaling * FULL_SCALE {
            return (text, scaling);
        }
        ideal *= 1.0 + 1e-10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_warn() {
        let kind = DoseKind::Eqd2 {
            alpha_beta_gy: 8.604_798_551_380_716,
        };
        let label = warning_label(kind);
        assert!(label.len() <= LINE, "{label}");
        assert!(label.starts_with("EQD2 a/b 8.604") && label.contains("NOT PHYSICAL"));
        let plain = warning_label(DoseKind::Bed {
            alpha_beta_gy: 10.0,
        });
        assert_eq!(plain, "BED a/b 10 Gy NOT PHYSICAL NOT FOR TREATMENT");
        assert_eq!(line("x".repeat(70)).len(), LINE);
    }

    #[test]
    fn scaling_uses_the_full_range_and_fits() {
        for maximum in [
            0.0,
            1e-9,
            0.07,
            1.0,
            35.127_345_678_9,
            112.3,
            9.999_999_999_99e4,
            1e30,
        ] {
            let (text, scaling) = scaling_for(maximum);
            assert!(text.len() <= 16, "{text}");
            assert!(maximum <= scaling * FULL_SCALE);
            assert!(
                maximum == 0.0 || maximum / scaling > FULL_SCALE * (1.0 - 1e-9),
                "{text}"
            );
        }
    }
}
