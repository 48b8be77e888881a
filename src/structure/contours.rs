//! Contours sorted into the parallel planes in which they were drawn.

use super::StructureError;
use crate::error::positive;
use crate::geometry::Point2;
use crate::geometry::vector::{Vector, cross, dot, norm, sub, unit};

/// Largest coordinate in mm that a patient can have, with room to spare.
const FARTHEST_MM: f64 = 1e6;
/// How far points may leave the plane of their contour in mm; printed coordinates round.
const FLAT_TOLERANCE_MM: f64 = 0.1;
/// Contours closer than this in mm lie in the same plane.
/// The finest slices in use are 0.2 mm apart.
const SAME_PLANE_MM: f64 = 0.05;
/// A step between planes above this multiple of the usual spacing is a gap.
const GAP_FACTOR: f64 = 1.5;
/// Sine of the largest angle between a normal and a patient axis that counts as that axis.
const AXIS_TOLERANCE: f64 = 1e-6;

/// The orientation of a stack of planes: points in a plane are `(u, v)`, planes lie along `w`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlaneFrame {
    /// First axis in the plane.
    pub u: Vector,
    /// Second axis in the plane.
    pub v: Vector,
    /// The normal, `u x v`.
    pub w: Vector,
}

impl PlaneFrame {
    /// Planes across the patient: `u`, `v`, `w` are x, y, z.
    pub const AXIAL: Self = Self {
        u: [1.0, 0.0, 0.0],
        v: [0.0, 1.0, 0.0],
        w: [0.0, 0.0, 1.0],
    };

    /// The frame of planes with a given normal; `w` points along its largest component's positive side.
    fn with_normal(normal: Vector) -> Option<Self> {
        let normal = unit(normal)?;
        let largest = (0..3).max_by(|a, b| normal[*a].abs().total_cmp(&normal[*b].abs()))?;
        let sign = normal[largest].signum();
        let mut w = normal.map(|component| sign * component);
        let others = [(largest + 1) % 3, (largest + 2) % 3];
        if others.iter().all(|axis| w[*axis].abs() < AXIS_TOLERANCE) {
            w = [0.0; 3];
            w[largest] = 1.0;
        }
        let mut along = [0.0; 3];
        along[others[0]] = 1.0;
        let u = unit(sub(along, w.map(|component| component * dot(along, w))))?;
        Some(Self {
            u,
            v: cross(w, u),
            w,
        })
    }

    /// Position of a point along the normal and within the plane.
    pub fn split(&self, point: Vector) -> (f64, Point2) {
        (dot(point, self.w), [dot(point, self.u), dot(point, self.v)])
    }

    /// The point in patient coordinates.
    pub fn join(&self, w: f64, [u, v]: Point2) -> Vector {
        std::array::from_fn(|axis| u * self.u[axis] + v * self.v[axis] + w * self.w[axis])
    }
}

/// The contours of one plane.
#[derive(Debug, Clone, PartialEq)]
pub struct ContourPlane {
    /// Position in mm along the normal.
    pub position_mm: f64,
    /// Closed rings as drawn, without the repeated first point.
    pub rings: Vec<Vec<Point2>>,
}

/// All contours of a structure, by plane, in order along the normal.
#[derive(Debug, Clone, PartialEq)]
pub struct ContourStack {
    frame: PlaneFrame,
    planes: Vec<ContourPlane>,
    spacing_mm: Option<f64>,
    repeated: usize,
}

impl ContourStack {
    /// Sorts contours into planes. Contours of fewer than three points take no space and are left
    /// out; `None` when nothing remains.
    ///
    /// # Errors
    /// Points that are not finite, contours that are not flat or not parallel.
    pub fn new(
        name: &str,
        contours: &[Vec<Vector>],
        slice_spacing_mm: Option<f64>,
    ) -> Result<Option<Self>, StructureError> {
        if let Some(spacing) = slice_spacing_mm {
            positive("slice spacing in mm", spacing)?;
        }
        for (contour, points) in contours.iter().enumerate() {
            if points
                .iter()
                .flatten()
                .any(|value| value.is_nan() || value.abs() > FARTHEST_MM)
            {
                return Err(StructureError::NotFinite {
                    name: name.to_owned(),
                    contour,
                });
            }
        }
        let closed = || {
            contours
                .iter()
                .enumerate()
                .filter(|(_, points)| points.len() >= 3)
        };
        if closed().next().is_none() {
            return Ok(None);
        }
        let frame = frame_of(contours).ok_or_else(|| StructureError::NotParallel {
            name: name.to_owned(),
        })?;
        let mut placed = Vec::new();
        for (contour, points) in closed() {
            let (position, ring) = flatten(name, contour, points, &frame)?;
            if ring.len() >= 3 {
                placed.push((position, ring));
            }
        }
        placed.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut planes: Vec<ContourPlane> = Vec::new();
        let mut repeated = 0;
        for (position, ring) in placed {
            match planes.last_mut() {
                Some(plane) if position - plane.position_mm <= SAME_PLANE_MM => {
                    // Even-odd would take a ring that was exported twice for nothing.
                    if plane.rings.contains(&ring) {
                        repeated += 1;
                    } else {
                        plane.rings.push(ring);
                    }
                }
                _ => planes.push(ContourPlane {
                    position_mm: position,
                    rings: vec![ring],
                }),
            }
        }
        if planes.is_empty() {
            return Ok(None);
        }
        let spacing_mm = usual_spacing(&planes).or(slice_spacing_mm);
        Ok(Some(Self {
            frame,
            planes,
            spacing_mm,
            repeated,
        }))
    }

    /// A stack put together again, to the bit, from its own frame, planes and spacing.
    ///
    /// `None` for what no stack has: no plane, planes that do not ascend, rings of fewer than three
    /// points, numbers that are not finite.
    pub fn from_parts(
        frame: PlaneFrame,
        planes: Vec<ContourPlane>,
        spacing_mm: Option<f64>,
    ) -> Option<Self> {
        let is_ring = |ring: &Vec<Point2>| {
            ring.len() >= 3
                && ring
                    .iter()
                    .flatten()
                    .all(|value| value.abs() <= FARTHEST_MM)
        };
        let is_plane = |plane: &ContourPlane| {
            plane.position_mm.is_finite()
                && !plane.rings.is_empty()
                && plane.rings.iter().all(is_ring)
        };
        let ascend = planes
            .windows(2)
            .all(|pair| pair[0].position_mm < pair[1].position_mm);
        let axes = [frame.u, frame.v, frame.w];
        let has_axes = axes.iter().flatten().all(|value| value.is_finite());
        if planes.is_empty() || !ascend || !has_axes || !planes.iter().all(is_plane) {
            return None;
        }
        Some(Self {
            frame,
            planes,
            spacing_mm,
            repeated: 0,
        })
    }

    /// A stack of cross-sections, its usual spacing as for drawn contours; `spacing_mm` serves a single plane.
    pub(super) fn from_planes(
        frame: PlaneFrame,
        planes: Vec<ContourPlane>,
        spacing_mm: Option<f64>,
    ) -> Option<Self> {
        let spacing_mm = usual_spacing(&planes).or(spacing_mm);
        Self::from_parts(frame, planes, spacing_mm)
    }

    /// The orientation of the planes.
    pub fn frame(&self) -> &PlaneFrame {
        &self.frame
    }

    /// The planes in order along the normal.
    pub fn planes(&self) -> &[ContourPlane] {
        &self.planes
    }

    /// The usual distance between planes in mm: the lower median of the steps, or what the structure set
    /// says for a structure on a single plane.
    pub fn spacing_mm(&self) -> Option<f64> {
        self.spacing_mm
    }

    /// What was found odd in the contours and how it was taken.
    pub fn warnings(&self) -> Vec<String> {
        let steps = self
            .planes
            .windows(2)
            .map(|pair| pair[1].position_mm - pair[0].position_mm);
        let gaps: Vec<f64> = steps.filter(|step| self.is_gap(*step)).collect();
        let mut warnings = Vec::new();
        if let Some(widest) = gaps.iter().copied().reduce(f64::max) {
            warnings.push(format!(
                "{} of its steps between planes, the widest {widest:.2} mm, are gaps against the usual {:.2} mm: nothing is assumed between those planes",
                gaps.len(),
                self.spacing_mm.unwrap_or(0.0)
            ));
        }
        if self.repeated > 0 {
            warnings.push(format!(
                "{} of its contours are drawn twice and were counted once",
                self.repeated
            ));
        }
        warnings
    }

    /// Whether the step between two neighbouring planes is a gap, at which both sides end.
    pub fn is_gap(&self, step_mm: f64) -> bool {
        self.spacing_mm
            .is_some_and(|usual| step_mm > GAP_FACTOR * usual * (1.0 + 1e-9))
    }
}

/// The lower median of the steps between planes: skipped planes only make steps larger.
fn usual_spacing(planes: &[ContourPlane]) -> Option<f64> {
    let mut steps: Vec<f64> = planes
        .windows(2)
        .map(|pair| pair[1].position_mm - pair[0].position_mm)
        .collect();
    steps.sort_by(f64::total_cmp);
    steps.get(steps.len().saturating_sub(1) / 2).copied()
}

/// Axial unless the largest contour says otherwise.
fn frame_of(contours: &[Vec<Vector>]) -> Option<PlaneFrame> {
    let axial = contours
        .iter()
        .filter(|points| points.len() >= 3)
        .all(|points| {
            points
                .iter()
                .all(|point| (point[2] - points[0][2]).abs() <= SAME_PLANE_MM)
        });
    if axial {
        return Some(PlaneFrame::AXIAL);
    }
    let normal = contours
        .iter()
        .map(|points| newell(points))
        .max_by(|a, b| norm(*a).total_cmp(&norm(*b)))?;
    PlaneFrame::with_normal(normal)
}

/// Twice the area vector of a closed ring (Newell): its direction is the normal.
fn newell(points: &[Vector]) -> Vector {
    let mut normal = [0.0; 3];
    for (index, point) in points.iter().enumerate() {
        let next = points[(index + 1) % points.len()];
        let part = cross(sub(*point, points[0]), sub(next, points[0]));
        for (sum, part) in normal.iter_mut().zip(part) {
            *sum += part;
        }
    }
    normal
}

/// Position of a contour's plane and its ring in the plane, without repeated points.
fn flatten(
    name: &str,
    contour: usize,
    points: &[Vector],
    frame: &PlaneFrame,
) -> Result<(f64, Vec<Point2>), StructureError> {
    // Nearly all stacks are axial, and there nothing needs to be turned.
    if *frame == PlaneFrame::AXIAL {
        flatten_by(name, contour, points, |[x, y, z]| (z, [x, y]))
    } else {
        flatten_by(name, contour, points, |point| frame.split(point))
    }
}

fn flatten_by(
    name: &str,
    contour: usize,
    points: &[Vector],
    split: impl Fn(Vector) -> (f64, Point2),
) -> Result<(f64, Vec<Point2>), StructureError> {
    let position = points.iter().map(|point| split(*point).0).sum::<f64>() / points.len() as f64;
    let mut deviation = 0.0_f64;
    let mut ring: Vec<Point2> = Vec::with_capacity(points.len());
    for point in points {
        let (w, uv) = split(*point);
        deviation = deviation.max((w - position).abs());
        if ring.last() != Some(&uv) {
            ring.push(uv);
        }
    }
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    if deviation > FLAT_TOLERANCE_MM {
        return Err(StructureError::NotPlanar {
            name: name.to_owned(),
            contour,
            deviation_mm: deviation,
            allowed_mm: FLAT_TOLERANCE_MM,
        });
    }
    // An axial plane keeps the coordinate that was printed, without the rounding of a mean.
    let exact = if deviation == 0.0 {
        split(points[0]).0
    } else {
        position
    };
    Ok((exact, ring))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(z: f64) -> Vec<Vector> {
        vec![[0.0, 0.0, z], [1.0, 0.0, z], [1.0, 1.0, z], [0.0, 1.0, z]]
    }

    fn positions(stack: &ContourStack) -> Vec<f64> {
        stack
            .planes()
            .iter()
            .map(|plane| plane.position_mm)
            .collect()
    }

    #[test]
    fn sorts_planes_and_finds_the_usual_spacing() {
        let contours = [
            square(4.0),
            square(0.0),
            square(2.0),
            square(8.0),
            square(2.0).into_iter().rev().collect(),
        ];
        let stack = ContourStack::new("a", &contours, None).unwrap().unwrap();
        assert_eq!(positions(&stack), vec![0.0, 2.0, 4.0, 8.0]);
        assert_eq!(stack.spacing_mm(), Some(2.0));
        assert!(stack.is_gap(4.0) && !stack.is_gap(3.0));
        assert_eq!(stack.planes()[1].rings.len(), 2);
    }

    #[test]
    fn odd_contours_are_said() {
        let contours = [
            square(0.0),
            square(2.0),
            square(2.0),
            square(4.0),
            square(9.0),
        ];
        let stack = ContourStack::new("a", &contours, None).unwrap().unwrap();
        assert_eq!(stack.planes()[1].rings.len(), 1);
        let warnings = stack.warnings();
        assert!(warnings[0].contains("1 of its steps between planes, the widest 5.00 mm"));
        assert!(warnings[1].contains("1 of its contours are drawn twice"));
        let plain = ContourStack::new("a", &contours[..2], None)
            .unwrap()
            .unwrap();
        assert!(plain.warnings().is_empty());
        assert!(ContourStack::new("a", &contours, Some(f64::NAN)).is_err());
    }

    #[test]
    fn planes_of_any_orientation() {
        let c = std::f64::consts::FRAC_1_SQRT_2;
        let tilted: Vec<Vec<Vector>> = [0.0, 3.0]
            .iter()
            .map(|step| {
                square(0.0)
                    .iter()
                    .map(|p| [p[0], c * p[1] - c * step, c * p[1] + c * step])
                    .collect()
            })
            .collect();
        let stack = ContourStack::new("a", &tilted, None).unwrap().unwrap();
        assert!((stack.spacing_mm().unwrap() - 3.0).abs() < 1e-12);
        let frame = stack.frame();
        assert!(
            (dot(frame.u, frame.v)).abs() < 1e-12
                && (dot(frame.w, [0.0, -c, c]).abs() - 1.0).abs() < 1e-12
        );
    }

    #[test]
    fn put_together_again_from_its_parts() {
        let stack = ContourStack::new("a", &[square(0.0), square(2.0)], None)
            .unwrap()
            .unwrap();
        let planes = stack.planes().to_vec();
        let again = ContourStack::from_parts(*stack.frame(), planes.clone(), stack.spacing_mm());
        assert_eq!(again, Some(stack.clone()));
        let falling = planes.into_iter().rev().collect();
        assert_eq!(
            ContourStack::from_parts(*stack.frame(), falling, None),
            None
        );
        assert_eq!(
            ContourStack::from_parts(*stack.frame(), Vec::new(), None),
            None
        );
    }

    #[test]
    fn refuses_what_is_not_a_plane() {
        let mut bent = square(0.0);
        bent[2][2] = 5.0;
        assert!(ContourStack::new("a", &[bent], None).is_err());
        let mut nan = square(0.0);
        nan[1][0] = f64::NAN;
        assert!(matches!(
            ContourStack::new("a", &[nan], None),
            Err(StructureError::NotFinite { contour: 0, .. })
        ));
        assert_eq!(
            ContourStack::new("a", &[vec![[0.0; 3]]], None).unwrap(),
            None
        );
    }
}
