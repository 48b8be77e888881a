//! RTSTRUCT to structures: every ROI, also those of points and those without contours.

use super::dataset::DataSet;
use super::decimal;
use super::error::DicomError;
use super::parse::{File, Role};
use crate::geometry::vector::Vector;
use crate::structure::{ContourStack, Shape, Structure};
use dicom_core::Tag;
use dicom_dictionary_std::tags;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A structure set as read.
#[derive(Debug, Clone)]
pub struct RtStruct {
    /// All ROIs in the order of the file.
    pub structures: Vec<Structure>,
    /// Structure set label.
    pub label: Option<String>,
    /// SOP instance UID.
    pub sop_instance_uid: Option<String>,
    /// Frame of reference that all ROIs share; `None` when they do not.
    pub frame_of_reference: Option<String>,
    /// Doubts that a person should know of.
    pub warnings: Vec<String>,
}

/// One contour as it stands in the file.
struct RawContour<'a> {
    roi: i32,
    index: usize,
    closed: Option<bool>,
    data: &'a [u8],
    promised: Option<i64>,
}

/// Reads an RTSTRUCT from the bytes of a file.
///
/// Closed contours (`CLOSED_PLANAR`, `CLOSEDPLANAR_XOR`, `INTERPOLATED_PLANAR`) of a plane combine
/// even-odd. ROIs of points and open contours become [`Shape::Points`], those without any
/// [`Shape::Empty`]. A structure on a single plane is as thick as the lower median of the steps between
/// the planes of all ROIs.
///
/// # Errors
/// Not DICOM, truncated, another modality, coordinates that are no numbers, an ROI number that stands twice.
pub fn read_rtstruct(bytes: &[u8]) -> Result<RtStruct, DicomError> {
    structures_of(&File::open(bytes)?.data_set_of(Role::Structures)?)
}

/// The structures of a data set that is known to be a structure set.
///
/// # Errors
/// As [`read_rtstruct`].
pub(super) fn structures_of(set: &DataSet<'_>) -> Result<RtStruct, DicomError> {
    let mut warnings = Vec::new();
    let (mut structures, mut set_frames) = (Vec::new(), HashSet::new());
    let fallback_frame = frame_of_reference(set);
    for item in set.items(tags::STRUCTURE_SET_ROI_SEQUENCE) {
        let number = DataSet::require(item.number(tags::ROI_NUMBER), "RTSTRUCT", "ROINumber")?;
        let name = item.text(tags::ROI_NAME).unwrap_or_default();
        let mut structure = Structure::new(name, Shape::Empty);
        structure.number = Some(number);
        structure.frame_of_reference = item
            .code(tags::REFERENCED_FRAME_OF_REFERENCE_UID)
            .or_else(|| fallback_frame.clone());
        set_frames.insert(structure.frame_of_reference.clone());
        structures.push(structure);
    }
    let mut places = HashMap::new();
    for (place, structure) in structures.iter().enumerate() {
        let number = structure.number.unwrap_or_default();
        if places.insert(number, place).is_some() {
            return Err(DicomError::RepeatedRoiNumber { number });
        }
    }
    observe(set, &places, &mut structures);
    let contours = collect(set, &places, &mut structures, &mut warnings);
    shape(&contours, &places, &mut structures, &mut warnings)?;
    let mut frames = set_frames.into_iter();
    Ok(RtStruct {
        structures,
        label: set.text(tags::STRUCTURE_SET_LABEL),
        sop_instance_uid: set.code(tags::SOP_INSTANCE_UID),
        frame_of_reference: match (frames.next(), frames.next()) {
            (Some(only), None) => only,
            (None, _) => fallback_frame,
            _ => None,
        },
        warnings,
    })
}

/// The frame of reference of the set as a whole.
pub(super) fn frame_of_reference(set: &DataSet<'_>) -> Option<String> {
    let listed = set.items(tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE);
    let listed = match listed {
        [only] => only.code(tags::FRAME_OF_REFERENCE_UID),
        _ => None,
    };
    listed.or_else(|| set.code(tags::FRAME_OF_REFERENCE_UID))
}

/// Interpreted types, from the observations.
fn observe(set: &DataSet<'_>, places: &HashMap<i32, usize>, structures: &mut [Structure]) {
    for item in set.items(tags::RTROI_OBSERVATIONS_SEQUENCE) {
        let place = item
            .number(tags::REFERENCED_ROI_NUMBER)
            .and_then(|number| places.get(&number));
        if let Some(structure) = place.and_then(|place| structures.get_mut(*place))
            && structure.interpreted_type.is_none()
        {
            structure.interpreted_type = item.code(tags::RTROI_INTERPRETED_TYPE);
        }
    }
}

/// Colours, and the contours of known ROIs.
fn collect<'a>(
    set: &DataSet<'a>,
    places: &HashMap<i32, usize>,
    structures: &mut [Structure],
    warnings: &mut Vec<String>,
) -> Vec<RawContour<'a>> {
    let mut contours = Vec::new();
    for item in set.items(tags::ROI_CONTOUR_SEQUENCE) {
        let number = item.number(tags::REFERENCED_ROI_NUMBER);
        let known = number.and_then(|number| Some((number, *places.get(&number)?)));
        let Some((roi, place)) = known else {
            warnings.push(
                "contours of an ROI number that the structure set does not list were left out"
                    .to_owned(),
            );
            continue;
        };
        if let Some(structure) = structures.get_mut(place) {
            structure.colour = colour(item, tags::ROI_DISPLAY_COLOR);
        }
        for contour in item.items(tags::CONTOUR_SEQUENCE) {
            let closed = match contour.bytes(tags::CONTOUR_GEOMETRIC_TYPE) {
                Some(b"CLOSED_PLANAR" | b"CLOSEDPLANAR_XOR" | b"INTERPOLATED_PLANAR") => Some(true),
                Some(_) => Some(false),
                None => None,
            };
            contours.push(RawContour {
                roi,
                index: contours.len(),
                closed,
                data: contour.raw(tags::CONTOUR_DATA).unwrap_or(&[]),
                promised: contour.integer(tags::NUMBER_OF_CONTOUR_POINTS),
            });
        }
    }
    // Contours count from 0 within their ROI.
    let mut seen: HashMap<i32, usize> = HashMap::new();
    for contour in &mut contours {
        let next = seen.entry(contour.roi).or_default();
        contour.index = *next;
        *next += 1;
    }
    contours
}

fn colour(item: &DataSet<'_>, tag: Tag) -> Option<[u8; 3]> {
    let values = <[f64; 3]>::try_from(item.decimals(tag)?).ok()?;
    let in_range = values.iter().all(|value| (0.0..=255.0).contains(value));
    in_range.then(|| values.map(|value| value as u8))
}

/// Parses all contours in parallel and makes the shapes.
fn shape(
    contours: &[RawContour<'_>],
    places: &HashMap<i32, usize>,
    structures: &mut [Structure],
    warnings: &mut Vec<String>,
) -> Result<(), DicomError> {
    let parsed: Vec<Result<Vec<Vector>, DicomError>> = contours
        .par_iter()
        .map(|contour| {
            let promised = contour.promised.and_then(|n| usize::try_from(n).ok());
            decimal::parse_points(contour.data, promised.unwrap_or(usize::MAX)).map_err(|what| {
                DicomError::ContourData {
                    roi: contour.roi,
                    contour: contour.index,
                    what,
                }
            })
        })
        .collect();
    let mut drawn: Vec<Drawn> = structures.iter().map(|_| Drawn::default()).collect();
    for (contour, points) in contours.iter().zip(parsed) {
        let points = points?;
        let Some(drawn) = places
            .get(&contour.roi)
            .and_then(|place| drawn.get_mut(*place))
        else {
            continue;
        };
        drawn.miscounted += usize::from(
            contour
                .promised
                .is_some_and(|promised| promised != points.len() as i64),
        );
        if contour.closed.unwrap_or(points.len() >= 3) {
            drawn.closed.push(points);
        } else {
            drawn.open += 1;
            drawn.points.extend(points);
        }
    }
    let shapes: Vec<(Shape, Vec<String>)> = structures
        .par_iter()
        .zip(drawn)
        .map(|(structure, drawn)| drawn.shape(structure, None))
        .collect();
    let fallback = usual_step(shapes.iter().map(|(shape, _)| shape));
    for (structure, (shape, said)) in structures.iter_mut().zip(shapes) {
        structure.shape = thickened(shape, &structure.name, fallback)?;
        warnings.extend(said);
    }
    Ok(())
}

/// What was drawn for one ROI.
#[derive(Default)]
struct Drawn {
    closed: Vec<Vec<Vector>>,
    points: Vec<Vector>,
    open: usize,
    miscounted: usize,
}

impl Drawn {
    fn shape(self, structure: &Structure, spacing: Option<f64>) -> (Shape, Vec<String>) {
        let name = format!(
            "ROI {} '{}'",
            structure.number.unwrap_or_default(),
            structure.name
        );
        let mut said = Vec::new();
        if self.miscounted > 0 {
            said.push(format!(
                "{name}: NumberOfContourPoints of {} contours is not the number of points in them; the points were used",
                self.miscounted
            ));
        }
        if self.closed.is_empty() {
            let shape = if self.points.is_empty() {
                Shape::Empty
            } else {
                Shape::Points(Arc::new(self.points))
            };
            return (shape, said);
        }
        if self.open > 0 {
            said.push(format!(
                "{name}: {} open contours or points beside closed contours take no volume and were left out",
                self.open
            ));
        }
        match ContourStack::new(&structure.name, &self.closed, spacing) {
            Ok(Some(stack)) => (Shape::Contours(Arc::new(stack)), said),
            Ok(None) if self.closed.iter().all(Vec::is_empty) => (Shape::Empty, said),
            Ok(None) => {
                said.push(format!("{name}: all contours have fewer than three points; kept as points, without volume"));
                (Shape::Points(Arc::new(self.closed.concat())), said)
            }
            Err(error) => {
                said.push(format!("{name} is kept as points, without volume: {error}"));
                (Shape::Points(Arc::new(self.closed.concat())), said)
            }
        }
    }
}

/// The lower median of the steps between planes over all ROIs: skipped planes only make steps larger.
fn usual_step<'s>(shapes: impl Iterator<Item = &'s Shape>) -> Option<f64> {
    let mut steps: Vec<f64> = shapes
        .filter_map(|shape| match shape {
            Shape::Contours(stack) => Some(stack.planes()),
            _ => None,
        })
        .flat_map(|planes| planes.windows(2))
        .map(|pair| pair[1].position_mm - pair[0].position_mm)
        .collect();
    steps.sort_by(f64::total_cmp);
    steps.get(steps.len().saturating_sub(1) / 2).copied()
}

/// Gives a structure on a single plane the spacing of its set.
fn thickened(shape: Shape, name: &str, spacing: Option<f64>) -> Result<Shape, DicomError> {
    match &shape {
        Shape::Contours(stack) if stack.spacing_mm().is_none() && spacing.is_some() => {
            let frame = stack.frame();
            let contours: Vec<Vec<Vector>> = stack
                .planes()
                .iter()
                .flat_map(|plane| plane.rings.iter().map(|ring| (plane.position_mm, ring)))
                .map(|(w, ring)| ring.iter().map(|point| frame.join(w, *point)).collect())
                .collect();
            let again = ContourStack::new(name, &contours, spacing)?;
            Ok(again.map_or(shape, |stack| Shape::Contours(Arc::new(stack))))
        }
        _ => Ok(shape),
    }
}
