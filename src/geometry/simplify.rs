//! Rings with fewer points.

use super::Point2;

/// Longest run of points that one edge may stand for.
const LONGEST_RUN: usize = 32;

fn square_to_edge(p: Point2, a: Point2, b: Point2) -> f64 {
    let d = [b[0] - a[0], b[1] - a[1]];
    let w = [p[0] - a[0], p[1] - a[1]];
    let length = d[0] * d[0] + d[1] * d[1];
    let t = if length > 0.0 {
        ((w[0] * d[0] + w[1] * d[1]) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let off = [w[0] - t * d[0], w[1] - t * d[1]];
    off[0] * off[0] + off[1] * off[1]
}

/// The ring with as few of its points as an advancing chord needs, none of the others farther than `tolerance_mm`
/// from it. Rings that would fall together stay as they are.
#[must_use]
pub fn thinned(ring: Vec<Point2>, tolerance_mm: f64) -> Vec<Point2> {
    let limit = tolerance_mm * tolerance_mm;
    let mut kept = Vec::with_capacity(ring.len() / 2);
    let mut at = 0;
    while at < ring.len() {
        kept.push(ring[at]);
        let mut next = at + 1;
        while next < ring.len()
            && next + 1 - at <= LONGEST_RUN
            && ring[at + 1..=next]
                .iter()
                .all(|p| square_to_edge(*p, ring[at], ring[(next + 1) % ring.len()]) <= limit)
        {
            next += 1;
        }
        at = next;
    }
    if kept.len() >= 3 { kept } else { ring }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_sides_and_arcs() {
        let square: Vec<Point2> = (0..40)
            .map(|i| {
                let t = f64::from(i % 10);
                [[t, 0.0], [10.0, t], [10.0 - t, 10.0], [0.0, 10.0 - t]][(i / 10) as usize]
            })
            .collect();
        assert_eq!(
            thinned(square, 1e-9),
            vec![[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]]
        );
        let circle: Vec<Point2> = (0..2000)
            .map(|i| {
                let (s, c) = (std::f64::consts::TAU * f64::from(i) / 2000.0).sin_cos();
                [20.0 * c, 20.0 * s]
            })
            .collect();
        let thin = thinned(circle.clone(), 0.01);
        assert!(thin.len() < 110, "{}", thin.len());
        for p in &circle {
            let near = thin
                .iter()
                .zip(thin.iter().cycle().skip(1))
                .map(|(a, b)| square_to_edge(*p, *a, *b))
                .fold(f64::INFINITY, f64::min);
            assert!(near.sqrt() <= 0.01 + 1e-12);
        }
        let sliver = vec![[0.0, 0.0], [5.0, 1e-12], [10.0, 0.0]];
        assert_eq!(thinned(sliver.clone(), 0.01), sliver);
    }
}
