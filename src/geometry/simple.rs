//! Whether rings are simple: none touches or crosses itself or another.
//!
//! Rings are cut into chains that ascend in u (in v where u stays). Two chains are two functions over what they have
//! in common; their difference is linear between points, so that it is of one sign if it is at every point.

use super::Point2;
use std::cmp::Ordering;

/// Sine of the least angle that tells on which side of an edge a point lies.
const ANGLE: f64 = 1e-12;
/// Rings of more chains are left to a general overlay, whose time does not grow with pairs.
const MOST_CHAINS: usize = 256;

/// A chain in ascending order.
struct Chain {
    points: Vec<Point2>,
    /// Which point of all rings the first and the last are.
    ends: [usize; 2],
    /// Lowest and highest v.
    range: [f64; 2],
}

/// Whether no ring touches or crosses itself or another. A doubt (nearly touching, a point drawn twice) is no.
pub(super) fn are_simple(rings: &[Vec<Point2>]) -> bool {
    let mut chains = Vec::new();
    let mut first = 0;
    for ring in rings {
        if !cut(ring, first, &mut chains) || chains.len() > MOST_CHAINS {
            return false;
        }
        first += ring.len();
    }
    (1..chains.len()).all(|index| {
        chains[..index]
            .iter()
            .all(|other| are_apart(&chains[index], other))
    })
}

fn order(a: &Point2, b: &Point2) -> Ordering {
    a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1]))
}

/// Cuts a ring into chains; its points are numbered from `first` on. `false` for a ring of too few points, or with a
/// point twice in a row.
fn cut(ring: &[Point2], first: usize, chains: &mut Vec<Chain>) -> bool {
    let count = ring.len();
    let ascends = |from: usize| order(&ring[from % count], &ring[(from + 1) % count]);
    if count < 3 || (0..count).any(|from| ascends(from) == Ordering::Equal) {
        return false;
    }
    let turns = |at: usize| ascends(at + count - 1) != ascends(at);
    let Some(start) = (0..count).find(|at| turns(*at)) else {
        return false;
    };
    let mut from = start;
    while from < start + count {
        let last = start + count;
        let end = (from + 1..last).find(|at| turns(*at)).unwrap_or(last);
        let points = (from..=end).map(|at| ring[at % count]);
        let mut ends = [first + from % count, first + end % count];
        let mut points: Vec<Point2> = points.collect();
        if ascends(from) == Ordering::Greater {
            points.reverse();
            ends.reverse();
        }
        let range = points
            .iter()
            .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], point| {
                [low.min(point[1]), high.max(point[1])]
            });
        chains.push(Chain {
            points,
            ends,
            range,
        });
        from = end;
    }
    true
}

/// Whether two chains have nothing in common but ends that are the same point of a ring.
fn are_apart(a: &Chain, b: &Chain) -> bool {
    if a.range[1] < b.range[0] || b.range[1] < a.range[0] {
        return true;
    }
    let (p, q) = (&a.points, &b.points);
    let reaches = |p: &[Point2], q: &[Point2]| order(&p[0], &q[q.len() - 1]) != Ordering::Greater;
    if !reaches(p, q) || !reaches(q, p) {
        return true;
    }
    // Points before both have begun are passed over.
    let mut i = p.partition_point(|point| order(point, &q[0]) == Ordering::Less);
    let mut j = q.partition_point(|point| order(point, &p[0]) == Ordering::Less);
    let mut above = None;
    while let (Some(next), Some(other)) = (p.get(i), q.get(j)) {
        let side = match order(next, other) {
            Ordering::Equal => {
                let id = |chain: &Chain, at: usize| match at {
                    0 => Some(chain.ends[0]),
                    at if at + 1 == chain.points.len() => Some(chain.ends[1]),
                    _ => None,
                };
                if id(a, i).is_none() || id(a, i) != id(b, j) {
                    return false;
                }
                i += 1;
                j += 1;
                continue;
            }
            // Edges that have not begun yet cannot be asked: their chain begins with the other's point.
            Ordering::Less => {
                i += 1;
                side(q[j - 1], *other, *next)
            }
            Ordering::Greater => {
                j += 1;
                side(p[i - 1], *next, *other).map(|above| !above)
            }
        };
        if side.is_none() || above.is_some_and(|above| Some(above) != side) {
            return false;
        }
        above = side;
    }
    true
}

/// Whether a point lies to the left of an edge; `None` in doubt.
fn side(from: Point2, to: Point2, point: Point2) -> Option<bool> {
    let [a, b] = [to, point].map(|end| [end[0] - from[0], end[1] - from[1]]);
    let turn = a[0] * b[1] - a[1] * b[0];
    let doubt = ANGLE * (a[0].abs() + a[1].abs()) * (b[0].abs() + b[1].abs());
    (turn.abs() > doubt).then_some(turn > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether two edges have a point in common, by the signs of four areas.
    fn meet([a, b]: [Point2; 2], [c, d]: [Point2; 2]) -> bool {
        let area = |a: Point2, b: Point2, c: Point2| {
            (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        };
        let boxes =
            (0..2).all(|i| a[i].max(b[i]) >= c[i].min(d[i]) && c[i].max(d[i]) >= a[i].min(b[i]));
        boxes && area(a, b, c) * area(a, b, d) <= 0.0 && area(c, d, a) * area(c, d, b) <= 0.0
    }

    /// The same question, edge by edge.
    fn slowly(rings: &[Vec<Point2>]) -> bool {
        let edges: Vec<(usize, usize, usize, [Point2; 2])> = rings
            .iter()
            .enumerate()
            .flat_map(|(ring, points)| {
                let n = points.len();
                (0..n).map(move |i| (ring, i, n, [points[i], points[(i + 1) % n]]))
            })
            .collect();
        edges.iter().enumerate().all(|(at, (ring, i, n, edge))| {
            edges[..at].iter().all(|(other, j, _, with)| {
                let next = |a: usize, b: usize| (a + 1) % n == b;
                if ring != other || !(next(*i, *j) || next(*j, *i)) {
                    return !meet(*edge, *with);
                }
                // Neighbours must not fold back on each other.
                let [first, second] = if next(*j, *i) {
                    [with, edge]
                } else {
                    [edge, with]
                };
                let [a, b] = [first, second].map(|[p, q]| [q[0] - p[0], q[1] - p[1]]);
                a[0] * b[1] != a[1] * b[0] || a[0] * b[0] + a[1] * b[1] > 0.0
            })
        })
    }

    fn circle(centre: Point2, radius: f64, points: u32) -> Vec<Point2> {
        let angles = (0..points).map(|i| std::f64::consts::TAU * f64::from(i) / f64::from(points));
        angles
            .map(|t| [centre[0] + radius * t.cos(), centre[1] + radius * t.sin()])
            .collect()
    }

    #[test]
    fn shapes_of_every_day() {
        let spiral: Vec<Point2> = {
            let turn = |i: u32, shift: f64| {
                let t = f64::from(i) * 0.1;
                [(t + shift) * t.cos(), (t + shift) * t.sin()]
            };
            let out = (10..200).map(|i| turn(i, 0.0));
            out.chain((10..200).rev().map(|i| turn(i, 2.0))).collect()
        };
        assert!(are_simple(std::slice::from_ref(&spiral)));
        assert!(are_simple(&[
            circle([0.0; 2], 9.0, 90),
            circle([0.0; 2], 5.0, 70)
        ]));
        assert!(!are_simple(&[
            circle([0.0; 2], 9.0, 90),
            circle([9.0, 0.0], 5.0, 70)
        ]));
        let bow = vec![[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]];
        assert!(!are_simple(&[bow]));
        // A keyhole runs along itself, a spike there and back, two squares along a side.
        let keyhole = vec![
            [0.0, 0.0],
            [4.0, 0.0],
            [4.0, 4.0],
            [0.0, 4.0],
            [0.0, 0.0],
            [1.0, 1.0],
            [1.0, 2.0],
            [2.0, 2.0],
            [2.0, 1.0],
            [1.0, 1.0],
        ];
        assert!(!are_simple(&[keyhole]));
        assert!(!are_simple(&[vec![
            [0.0, 0.0],
            [2.0, 0.0],
            [4.0, 0.0],
            [3.0, 0.0],
            [1.0, 3.0]
        ]]));
        let square = |x: f64| vec![[x, 0.0], [x + 1.0, 0.0], [x + 1.0, 1.0], [x, 1.0]];
        assert!(are_simple(&[square(0.0)]) && are_simple(&[square(0.0), square(2.0)]));
        assert!(!are_simple(&[square(0.0), square(1.0)]));
        assert!(!are_simple(&[square(0.0), square(0.0)]));
        assert!(!are_simple(&[vec![[0.0, 0.0], [1.0, 0.0]]]) && are_simple(&[]));
    }

    proptest! {
        /// On whole numbers touching is common, and both ways of asking are exact.
        #[test]
        fn as_edge_by_edge(
            rings in prop::collection::vec(prop::collection::vec((0_i32..9, 0_i32..9), 3..7), 1..3)
        ) {
            let rings: Vec<Vec<Point2>> = rings
                .into_iter()
                .map(|ring| ring.into_iter().map(|(u, v)| [f64::from(u), f64::from(v)]).collect())
                .collect();
            prop_assert_eq!(are_simple(&rings), slowly(&rings));
        }
    }
}
