//! Structures to RTSTRUCT.

use super::dataset::DataSet;
use super::decimal;
use super::error::DicomError;
use super::parse::Role;
use super::write::{
    Draft, WriteOptions, copied, frame_of_reference, sequence, single_valued, text, with_template,
};
use crate::geometry::vector::Vector;
use crate::structure::{Shape, SolidPolicy, Structure};
use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;
use std::collections::HashSet;

/// Writes structures as RTSTRUCT (Part 10, implicit VR little endian: a long contour does not fit into an
/// explicit element).
///
/// Contours are written as `CLOSED_PLANAR`, holes as inner contours, which readers combine even-odd; points as
/// `POINT`. Masks and combinations are written as their contours, see [`Structure::to_contours`].
/// ROI numbers stay when all structures have one and none stands twice, else they count from 1.
/// `template` is any DICOM object of the patient; an RTSTRUCT also hands on its references to images.
///
/// # Errors
/// Combinations that cannot be made; structures in different frames of reference; a
/// template that cannot be read or lies in another one.
pub fn write_rtstruct(
    structures: &[Structure],
    template: Option<&[u8]>,
    options: &WriteOptions,
) -> Result<Vec<u8>, DicomError> {
    with_template(template, |template| write(structures, template, options))
}

fn write(
    structures: &[Structure],
    template: Option<&DataSet<'_>>,
    options: &WriteOptions,
) -> Result<Vec<u8>, DicomError> {
    let frame = common_frame(structures)?;
    let frame = frame_of_reference("RTSTRUCT", frame, template, options)?;
    let mut draft = Draft::new(Role::Structures, template, options);
    let label = options.label.as_deref().unwrap_or("HEPADOSE");
    draft.put(tags::STRUCTURE_SET_LABEL, VR::SH, single_valued(label));
    draft.put(tags::STRUCTURE_SET_DATE, VR::DA, "");
    draft.put(tags::STRUCTURE_SET_TIME, VR::TM, "");
    draft.put(tags::APPROVAL_STATUS, VR::CS, "UNAPPROVED");
    let mut frames = template
        .map(|set| copied(set.items(tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE)))
        .unwrap_or_default();
    if frames.is_empty() {
        frames.push(InMemDicomObject::from_element_iter([text(
            tags::FRAME_OF_REFERENCE_UID,
            VR::UI,
            frame.clone(),
        )]));
    }
    draft.object.put(sequence(
        tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE,
        frames,
    ));
    let (mut rois, mut contours, mut observations) = (Vec::new(), Vec::new(), Vec::new());
    for (structure, number) in structures.iter().zip(numbers(structures)) {
        rois.push(InMemDicomObject::from_element_iter([
            text(tags::ROI_NUMBER, VR::IS, number.to_string()),
            text(
                tags::REFERENCED_FRAME_OF_REFERENCE_UID,
                VR::UI,
                frame.clone(),
            ),
            text(tags::ROI_NAME, VR::LO, single_valued(&structure.name)),
            text(tags::ROI_GENERATION_ALGORITHM, VR::CS, ""),
        ]));
        let drawn = structure
            .to_contours(None, SolidPolicy::default())
            .map_err(|error| DicomError::Write {
                what: "RTSTRUCT",
                reason: error.to_string(),
            })?;
        contours.push(contours_of(&drawn, number));
        let kind = structure.interpreted_type.clone().unwrap_or_default();
        observations.push(InMemDicomObject::from_element_iter([
            text(tags::OBSERVATION_NUMBER, VR::IS, number.to_string()),
            text(tags::REFERENCED_ROI_NUMBER, VR::IS, number.to_string()),
            text(tags::RTROI_INTERPRETED_TYPE, VR::CS, kind),
            text(tags::ROI_INTERPRETER, VR::PN, ""),
        ]));
    }
    draft
        .object
        .put(sequence(tags::STRUCTURE_SET_ROI_SEQUENCE, rois));
    draft
        .object
        .put(sequence(tags::ROI_CONTOUR_SEQUENCE, contours));
    draft
        .object
        .put(sequence(tags::RTROI_OBSERVATIONS_SEQUENCE, observations));
    draft.finish(uids::IMPLICIT_VR_LITTLE_ENDIAN)
}

fn common_frame(structures: &[Structure]) -> Result<Option<&str>, DicomError> {
    let mut frames = structures
        .iter()
        .filter_map(|structure| structure.frame_of_reference.as_deref());
    let first = frames.next();
    if frames.any(|frame| Some(frame) != first) {
        return Err(DicomError::Write {
            what: "RTSTRUCT",
            reason: "the structures lie in different frames of reference, allowed is one: write one file for each".to_owned(),
        });
    }
    Ok(first)
}

fn numbers(structures: &[Structure]) -> Vec<i32> {
    let own: Vec<i32> = structures
        .iter()
        .filter_map(|structure| structure.number)
        .collect();
    let distinct = own.iter().collect::<HashSet<_>>().len();
    if distinct == structures.len() {
        own
    } else {
        (1..).take(structures.len()).collect()
    }
}

fn contours_of(structure: &Structure, number: i32) -> InMemDicomObject {
    let items: Vec<InMemDicomObject> = match &structure.shape {
        Shape::Contours(stack) => stack
            .planes()
            .iter()
            .flat_map(|plane| plane.rings.iter().map(|ring| (plane.position_mm, ring)))
            .map(|(position, ring)| {
                contour(
                    "CLOSED_PLANAR",
                    ring.iter()
                        .map(|point| stack.frame().join(position, *point)),
                )
            })
            .collect(),
        Shape::Points(points) => points
            .iter()
            .map(|point| contour("POINT", std::iter::once(*point)))
            .collect(),
        // What has no contours by now has none.
        Shape::Empty | Shape::Mask(_) | Shape::Combination { .. } => Vec::new(),
    };
    let mut roi = InMemDicomObject::from_element_iter([text(
        tags::REFERENCED_ROI_NUMBER,
        VR::IS,
        number.to_string(),
    )]);
    if let Some([red, green, blue]) = structure.colour {
        roi.put(text(
            tags::ROI_DISPLAY_COLOR,
            VR::IS,
            format!("{red}\\{green}\\{blue}"),
        ));
    }
    if !items.is_empty() {
        roi.put(sequence(tags::CONTOUR_SEQUENCE, items));
    }
    roi
}

fn contour(kind: &str, points: impl Iterator<Item = Vector>) -> InMemDicomObject {
    let mut data = String::new();
    let mut count = 0;
    for point in points {
        count += 1;
        for coordinate in point {
            if !data.is_empty() {
                data.push('\\');
            }
            data.push_str(&decimal::format(coordinate));
        }
    }
    InMemDicomObject::from_element_iter([
        text(tags::CONTOUR_GEOMETRIC_TYPE, VR::CS, kind),
        text(tags::NUMBER_OF_CONTOUR_POINTS, VR::IS, count.to_string()),
        text(tags::CONTOUR_DATA, VR::DS, data),
    ])
}
