//! Plane regions bounded by closed rings, and Boolean operations on them (`i_overlay`, 64-bit integers
//! inside, so that coordinates round at 1e-16 of the extent).

use super::simple::are_simple;
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::float::overlay::FloatOverlay;

/// A point in a plane, in mm.
pub type Point2 = [f64; 2];

/// A Boolean operation on two regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegionOperation {
    /// In the first and not in the second.
    Subtract,
    /// In either.
    Unite,
    /// In both.
    Intersect,
    /// In exactly one.
    Exclude,
}

/// A region of a plane, bounded by rings that do not cross: outer rings run counter-clockwise, holes
/// clockwise, so that signed areas add up to the area. Each outer ring is followed by its holes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlanarRegion {
    rings: Vec<Vec<Point2>>,
}

impl PlanarRegion {
    /// The region that rings enclose by the even-odd rule: a point is inside when a ray from it crosses
    /// the rings an odd number of times. Rings may nest, touch, cross themselves and each other, and run
    /// either way; keyholes come out as holes.
    ///
    /// Rings that neither touch nor cross, as most drawn ones, are kept as they are.
    pub fn from_even_odd(rings: &[Vec<Point2>]) -> Self {
        if !are_simple(rings) {
            return Self::overlay(rings, &[], OverlayRule::Subject);
        }
        let oriented = rings.iter().enumerate().map(|(index, ring)| {
            let around = |(other, outer): (usize, &Vec<Point2>)| {
                other != index && ring.first().is_some_and(|point| is_within(outer, *point))
            };
            let depth = rings
                .iter()
                .enumerate()
                .filter(|pair| around(*pair))
                .count();
            let mut ring = ring.clone();
            if (signed_area(&ring) > 0.0) != (depth % 2 == 0) {
                ring.reverse();
            }
            ring
        });
        Self::from_simple_rings(oriented.collect())
    }

    /// The region of rings that are known not to cross, outer ones counter-clockwise and holes clockwise, such as
    /// those of marching squares.
    pub(super) fn from_simple_rings(rings: Vec<Vec<Point2>>) -> Self {
        let (outer, holes): (Vec<_>, Vec<_>) = rings
            .into_iter()
            .map(|ring| (signed_area(&ring), ring))
            .partition(|(area, _)| *area > 0.0);
        if holes.is_empty() {
            return Self {
                rings: outer.into_iter().map(|(_, ring)| ring).collect(),
            };
        }
        let mut parts: Vec<(f64, Vec<Vec<Point2>>)> = outer
            .into_iter()
            .map(|(area, ring)| (area, vec![ring]))
            .collect();
        for (_, hole) in holes {
            // The smallest outer ring around a hole is its own; no ring of a hole touches it all along.
            let around = parts
                .iter_mut()
                .filter(|(_, rings)| hole.iter().any(|point| is_within(&rings[0], *point)))
                .min_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((_, rings)) = around {
                rings.push(hole);
            }
        }
        Self {
            rings: parts.into_iter().flat_map(|(_, rings)| rings).collect(),
        }
    }

    /// The separate parts: each outer ring with its holes.
    pub fn components(&self) -> Vec<Self> {
        let mut parts: Vec<Self> = Vec::new();
        for ring in &self.rings {
            match parts.last_mut() {
                Some(part) if signed_area(ring) <= 0.0 => part.rings.push(ring.clone()),
                _ => parts.push(Self {
                    rings: vec![ring.clone()],
                }),
            }
        }
        parts
    }

    /// Whether each ring is a hole.
    pub fn are_holes(&self) -> impl Iterator<Item = bool> {
        self.rings.iter().map(|ring| signed_area(ring) < 0.0)
    }

    /// What each hole leaves out, as a region of its own; islands within it are not left out of that.
    pub fn holes(&self) -> Vec<Self> {
        self.rings
            .iter()
            .filter(|ring| signed_area(ring) < 0.0)
            .map(|ring| Self {
                rings: vec![ring.iter().rev().copied().collect()],
            })
            .collect()
    }

    /// The regions together, which must not overlap.
    pub fn of_components(parts: impl IntoIterator<Item = Self>) -> Self {
        Self {
            rings: parts.into_iter().flat_map(|part| part.rings).collect(),
        }
    }

    /// Length of all bounding rings in mm.
    pub fn perimeter_mm(&self) -> f64 {
        self.rings
            .iter()
            .flat_map(|ring| ring.iter().zip(ring.iter().cycle().skip(1)))
            .map(|(a, b)| (b[0] - a[0]).hypot(b[1] - a[1]))
            .sum()
    }

    /// A Boolean operation on two regions.
    #[must_use]
    pub fn combine(&self, operation: RegionOperation, other: &Self) -> Self {
        let rule = match operation {
            RegionOperation::Subtract => OverlayRule::Difference,
            RegionOperation::Unite => OverlayRule::Union,
            RegionOperation::Intersect => OverlayRule::Intersect,
            RegionOperation::Exclude => OverlayRule::Xor,
        };
        Self::overlay(&self.rings, &other.rings, rule)
    }

    fn overlay(subject: &[Vec<Point2>], clip: &[Vec<Point2>], rule: OverlayRule) -> Self {
        if subject.is_empty() && clip.is_empty() {
            return Self::default();
        }
        let shapes = FloatOverlay::<Point2, i64>::from_subj_and_clip(subject, clip)
            .overlay(rule, FillRule::EvenOdd);
        Self {
            rings: shapes.into_iter().flatten().collect(),
        }
    }

    /// The bounding rings.
    pub fn rings(&self) -> &[Vec<Point2>] {
        &self.rings
    }

    /// Whether a point lies inside.
    pub fn contains(&self, point: Point2) -> bool {
        self.rings
            .iter()
            .filter(|ring| is_within(ring, point))
            .count()
            % 2
            == 1
    }

    /// Whether the region encloses nothing.
    pub fn is_empty(&self) -> bool {
        self.rings.is_empty()
    }

    /// Area in mm^2.
    pub fn area_mm2(&self) -> f64 {
        self.rings.iter().map(|ring| signed_area(ring)).sum()
    }

    /// Area in mm^2 and its first moments in mm^3, so that the centroid is their quotient.
    pub fn first_moments(&self) -> (f64, Point2) {
        let sum = |(area, [u, v]): (f64, Point2), ring: &Vec<Point2>| {
            let (own, about) = ring_moments(ring);
            (area + own, [u + about[0], v + about[1]])
        };
        self.rings.iter().fold((0.0, [0.0; 2]), sum)
    }

    /// Smallest and largest coordinates, `None` for an empty region.
    pub fn bounds(&self) -> Option<[Point2; 2]> {
        let mut points = self.rings.iter().flatten();
        let first = *points.next()?;
        Some(points.fold([first, first], |[low, high], point| {
            [
                [low[0].min(point[0]), low[1].min(point[1])],
                [high[0].max(point[0]), high[1].max(point[1])],
            ]
        }))
    }

    /// The same region in other axes of its plane, seen from either side: `map` turns, mirrors and shifts.
    #[must_use]
    pub fn mapped(&self, map: impl Fn(Point2) -> Point2) -> Self {
        let [origin, u, v] = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]].map(&map);
        let mirrored =
            (u[0] - origin[0]) * (v[1] - origin[1]) < (u[1] - origin[1]) * (v[0] - origin[0]);
        let turn = |ring: &Vec<Point2>| -> Vec<Point2> {
            let mut ring: Vec<Point2> = ring.iter().map(|point| map(*point)).collect();
            if mirrored {
                ring.reverse();
            }
            ring
        };
        Self {
            rings: self.rings.iter().map(turn).collect(),
        }
    }
}

/// Whether a point lies inside a ring (even-odd).
pub(super) fn is_within(ring: &[Point2], [x, y]: Point2) -> bool {
    let next = ring.iter().cycle().skip(1);
    let crossed = ring.iter().zip(next).filter(|(a, b)| {
        (a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
    });
    crossed.count() % 2 == 1
}

/// Area by the shoelace formula, positive counter-clockwise; coordinates relative to the first point keep
/// the digits of small regions far from the origin.
fn signed_area(ring: &[Point2]) -> f64 {
    let Some(first) = ring.first() else {
        return 0.0;
    };
    let twice: f64 = ring
        .windows(2)
        .map(|pair| {
            let [a, b] = [pair[0], pair[1]].map(|p| [p[0] - first[0], p[1] - first[1]]);
            a[0] * b[1] - a[1] * b[0]
        })
        .sum();
    0.5 * twice
}

/// Area of a ring and its first moments; coordinates relative to the first point, as for the area.
fn ring_moments(ring: &[Point2]) -> (f64, Point2) {
    let Some(first) = ring.first() else {
        return (0.0, [0.0; 2]);
    };
    let (mut twice, mut u, mut v) = (0.0, 0.0, 0.0);
    for pair in ring.windows(2) {
        let [a, b] = [pair[0], pair[1]].map(|p| [p[0] - first[0], p[1] - first[1]]);
        let part = a[0] * b[1] - a[1] * b[0];
        twice += part;
        u += part * (a[0] + b[0]);
        v += part * (a[1] + b[1]);
    }
    let area = 0.5 * twice;
    (area, [u / 6.0 + area * first[0], v / 6.0 + area * first[1]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_holes() {
        let region = PlanarRegion::from_even_odd(&[
            square(0.0, 10.0),
            square(1.0, 9.0),
            square(2.0, 4.0),
            square(5.0, 8.0),
            square(6.0, 7.0),
        ]);
        let parts = region.components();
        let mut areas: Vec<f64> = parts.iter().map(PlanarRegion::area_mm2).collect();
        areas.sort_by(f64::total_cmp);
        assert_eq!(areas, [4.0, 8.0, 36.0]);
        let mut holes: Vec<f64> = region.holes().iter().map(PlanarRegion::area_mm2).collect();
        holes.sort_by(f64::total_cmp);
        assert_eq!(holes, [1.0, 64.0]);
        assert_eq!(PlanarRegion::of_components(parts), region);
        assert!((region.perimeter_mm() - 4.0 * (10.0 + 8.0 + 2.0 + 3.0 + 1.0)).abs() < 1e-9);
        // However the rings are sorted, each hole follows the ring around it.
        let mut rings = region.rings().to_vec();
        rings.reverse();
        let again = PlanarRegion::from_simple_rings(rings);
        let mut again: Vec<f64> = again
            .components()
            .iter()
            .map(PlanarRegion::area_mm2)
            .collect();
        again.sort_by(f64::total_cmp);
        assert_eq!(again, areas);
    }

    #[test]
    fn first_moments() {
        let hole: Vec<Point2> = square(2.0, 8.0).into_iter().rev().collect();
        let far = square(20.0, 22.0);
        let region = PlanarRegion::from_even_odd(&[square(0.0, 10.0), hole, square(4.0, 6.0), far]);
        let (area, [u, v]) = region.first_moments();
        assert!((area - (100.0 - 36.0 + 4.0 + 4.0)).abs() < 1e-9);
        // 68 mm^2 about (5, 5) and 4 mm^2 about (21, 21).
        let expected = 68.0 * 5.0 + 4.0 * 21.0;
        assert!((u - expected).abs() < 1e-8 && (v - expected).abs() < 1e-8);
    }

    fn square(low: f64, high: f64) -> Vec<Point2> {
        vec![[low, low], [high, low], [high, high], [low, high]]
    }

    #[test]
    fn nested_rings_are_holes_and_islands() {
        let mut inner = square(2.0, 8.0);
        inner.reverse();
        let region = PlanarRegion::from_even_odd(&[square(0.0, 10.0), inner, square(4.0, 6.0)]);
        assert!((region.area_mm2() - (100.0 - 36.0 + 4.0)).abs() < 1e-9);
        assert_eq!(region.bounds(), Some([[0.0, 0.0], [10.0, 10.0]]));
    }

    #[test]
    fn a_keyhole_is_a_hole_whichever_way_it_runs() {
        let bridge = |inner: Vec<Point2>| {
            let mut ring = square(0.0, 10.0);
            ring.push([0.0, 0.0]);
            ring.extend(inner);
            ring.push([2.0, 2.0]);
            ring
        };
        let mut back = square(2.0, 8.0);
        back[1..].reverse();
        for ring in [bridge(square(2.0, 8.0)), bridge(back)] {
            let region = PlanarRegion::from_even_odd(&[ring]);
            assert!((region.area_mm2() - 64.0).abs() < 1e-9);
        }
    }

    #[test]
    fn crossing_rings_follow_even_odd() {
        let eight = vec![[0.0, 0.0], [2.0, 2.0], [2.0, 0.0], [0.0, 2.0]];
        assert!((PlanarRegion::from_even_odd(&[eight]).area_mm2() - 2.0).abs() < 1e-12);
        let overlap = PlanarRegion::from_even_odd(&[square(0.0, 2.0), square(1.0, 3.0)]);
        assert!((overlap.area_mm2() - 6.0).abs() < 1e-12);
        assert!(PlanarRegion::from_even_odd(&[]).is_empty());
        let flat = vec![[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]];
        assert!(PlanarRegion::from_even_odd(&[flat]).area_mm2().abs() < 1e-12);
    }

    #[test]
    fn simple_rings_are_kept_and_give_what_the_overlay_gives() {
        let star = |size: f64| -> Vec<Point2> {
            (0..50)
                .map(|i| {
                    let angle = std::f64::consts::TAU * f64::from(i) / 50.0;
                    let radius = size * (5.0 + 2.0 * (5.0 * angle).sin());
                    [30.0 + radius * angle.cos(), -7.0 + radius * angle.sin()]
                })
                .collect()
        };
        let clockwise: Vec<Point2> = star(1.0).into_iter().rev().collect();
        let region = PlanarRegion::from_even_odd(std::slice::from_ref(&clockwise));
        assert_eq!(region.rings(), [star(1.0)]);
        // A shell with an island, drawn in any order and any way round.
        let rings = [star(0.6), clockwise, star(0.3), square(50.0, 51.0)];
        let region = PlanarRegion::from_even_odd(&rings);
        let resolved = PlanarRegion::overlay(&rings, &[], OverlayRule::Subject);
        assert_eq!(region.are_holes().filter(|hole| *hole).count(), 1);
        assert_eq!(region.rings().len(), resolved.rings().len());
        assert!((region.area_mm2() - resolved.area_mm2()).abs() < 1e-9);
        assert_eq!(region.components().len(), resolved.components().len());
    }

    #[test]
    fn operations() {
        let a = PlanarRegion::from_even_odd(&[square(0.0, 4.0)]);
        let b = PlanarRegion::from_even_odd(&[square(2.0, 6.0)]);
        for (operation, area) in [
            (RegionOperation::Subtract, 12.0),
            (RegionOperation::Unite, 28.0),
            (RegionOperation::Intersect, 4.0),
            (RegionOperation::Exclude, 24.0),
        ] {
            assert!((a.combine(operation, &b).area_mm2() - area).abs() < 1e-9);
        }
    }
}
