//! Convex hulls of points in a plane, and the largest distance between their corners.

use super::Point2;

fn turn(a: Point2, b: Point2, c: Point2) -> f64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

fn squared(a: Point2, b: Point2) -> f64 {
    let (u, v) = (a[0] - b[0], a[1] - b[1]);
    u * u + v * v
}

/// Corners of the convex hull, counter-clockwise (Andrew's monotone chain, n log n); points on its sides are left out.
pub fn convex_hull(points: impl IntoIterator<Item = Point2>) -> Vec<Point2> {
    let mut points: Vec<Point2> = points.into_iter().collect();
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let chain = |points: &mut dyn Iterator<Item = Point2>| {
        let mut chain: Vec<Point2> = Vec::new();
        for point in points {
            while let [.., a, b] = chain[..]
                && turn(a, b, point) <= 0.0
            {
                chain.pop();
            }
            chain.push(point);
        }
        // The last corner is the first of the other chain.
        chain.pop();
        chain
    };
    let mut hull = chain(&mut points.iter().copied());
    hull.extend(chain(&mut points.iter().rev().copied()));
    hull
}

/// The largest distance between two corners of a convex hull in mm, by rotating calipers; 0 for a point or nothing.
pub fn hull_diameter_mm(hull: &[Point2]) -> f64 {
    let n = hull.len();
    if n < 2 {
        return 0.0;
    }
    let mut opposite = 1;
    let mut largest = 0.0_f64;
    for i in 0..n {
        let (a, b) = (hull[i], hull[(i + 1) % n]);
        // The distance from a side rises and falls once around a convex hull.
        for _ in 0..n {
            let next = (opposite + 1) % n;
            if turn(a, b, hull[next]) <= turn(a, b, hull[opposite]) {
                break;
            }
            opposite = next;
        }
        let after = hull[(opposite + 1) % n];
        for end in [a, b] {
            largest = largest
                .max(squared(end, hull[opposite]))
                .max(squared(end, after));
        }
    }
    largest.sqrt()
}

/// The largest distance in mm between a corner of one hull and a corner of another.
pub fn farthest_mm(one: &[Point2], two: &[Point2]) -> f64 {
    let mut largest = 0.0_f64;
    for a in one {
        for b in two {
            largest = largest.max(squared(*a, *b));
        }
    }
    largest.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn corners_only() {
        let points = [
            [0.0, 0.0],
            [1.0, 0.0],
            [2.0, 0.0],
            [2.0, 1.0],
            [1.0, 0.5],
            [0.0, 1.0],
            [0.0, 0.0],
        ];
        assert_eq!(
            convex_hull(points),
            vec![[0.0, 0.0], [2.0, 0.0], [2.0, 1.0], [0.0, 1.0]]
        );
        assert_eq!(hull_diameter_mm(&[]), 0.0);
        assert_eq!(hull_diameter_mm(&[[3.0, 4.0], [0.0, 0.0]]), 5.0);
    }

    proptest! {
        #[test]
        fn diameter_is_that_of_all_pairs(points in prop::collection::vec([-9.0..9.0_f64, -9.0..9.0_f64], 1..60)) {
            let brute = farthest_mm(&points, &points);
            let found = hull_diameter_mm(&convex_hull(points.iter().copied()));
            prop_assert!((found - brute).abs() <= 1e-12 * brute.max(1.0));
        }

        /// Whole numbers make many equal and collinear points.
        #[test]
        fn diameter_on_a_lattice(points in prop::collection::vec([0..6_i32, 0..6_i32], 1..40)) {
            let points: Vec<Point2> = points.iter().map(|p| p.map(f64::from)).collect();
            let brute = farthest_mm(&points, &points);
            let found = hull_diameter_mm(&convex_hull(points.iter().copied()));
            prop_assert!((found - brute).abs() <= 1e-12);
        }
    }
}
