//! Area of the surface on which a field reaches zero within a cell, by marching tetrahedra.

use super::vector::{Vector, cross, norm, sub};

/// The six tetrahedra around the diagonal of a cell; corners are numbered with bits for u (1), v (2) and w (4).
const TETRAHEDRA: [[usize; 4]; 6] = [
    [0, 1, 3, 7],
    [0, 1, 5, 7],
    [0, 2, 3, 7],
    [0, 2, 6, 7],
    [0, 4, 5, 7],
    [0, 4, 6, 7],
];

fn triangle(a: Vector, b: Vector, c: Vector) -> f64 {
    0.5 * norm(cross(sub(b, a), sub(c, a)))
}

/// Area in mm^2 of the surface between corners of value at least 0 and corners below it, for a cell of the given
/// sides in mm; the field is linear in each tetrahedron.
pub fn level_area_mm2(values: &[f64; 8], sides_mm: Vector) -> f64 {
    let inside = values.map(|value| value >= 0.0);
    if inside == [inside[0]; 8] {
        return 0.0;
    }
    let place = |corner: usize| -> Vector {
        std::array::from_fn(|axis| {
            if corner >> axis & 1 == 1 {
                sides_mm[axis]
            } else {
                0.0
            }
        })
    };
    let between = |a: usize, b: usize| -> Vector {
        let t = values[a] / (values[a] - values[b]);
        let (p, q) = (place(a), place(b));
        std::array::from_fn(|axis| p[axis] + t * (q[axis] - p[axis]))
    };
    let area = |corners: &[usize; 4]| {
        let mut sorted = *corners;
        sorted.sort_by_key(|corner| inside[*corner]);
        let [a, b, c, d] = sorted;
        match corners.iter().filter(|corner| inside[**corner]).count() {
            1 => triangle(between(d, a), between(d, b), between(d, c)),
            2 => {
                let [p, q, r, s] = [between(a, c), between(a, d), between(b, d), between(b, c)];
                triangle(p, q, r) + triangle(p, r, s)
            }
            3 => triangle(between(a, b), between(a, c), between(a, d)),
            _ => 0.0,
        }
    };
    TETRAHEDRA.iter().map(area).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_through_a_cell() {
        let sides = [2.0, 3.0, 5.0];
        let field = |f: &dyn Fn(f64, f64, f64) -> f64| -> [f64; 8] {
            std::array::from_fn(|corner| {
                let at = |axis: usize| f64::from(u8::from(corner >> axis & 1 == 1)) * sides[axis];
                f(at(0), at(1), at(2))
            })
        };
        let level = |f: &dyn Fn(f64, f64, f64) -> f64| level_area_mm2(&field(f), sides);
        assert!((level(&|u, _, _| u - 0.7) - 15.0).abs() < 1e-12);
        assert!((level(&|_, _, w| 1.3 - w) - 6.0).abs() < 1e-12);
        // The plane that cuts 1 mm off each axis at the corner: an equilateral triangle of side sqrt 2.
        assert!((level(&|u, v, w| 1.0 - u - v - w) - 0.75_f64.sqrt()).abs() < 1e-12);
        assert_eq!(level(&|_, _, _| 1.0), 0.0);
    }

    #[test]
    fn a_sphere() {
        let (n, step) = (40, 0.6);
        let value = |i: i32, j: i32, k: i32| {
            let [x, y, z] = [i, j, k].map(|index| (f64::from(index) - 19.7) * step);
            10.0 - (x * x + y * y + z * z).sqrt()
        };
        let mut area = 0.0;
        for k in 0..n {
            for j in 0..n {
                for i in 0..n {
                    let corner = |c: usize| {
                        let bit = |axis: usize| i32::from(c >> axis & 1 == 1);
                        value(i + bit(0), j + bit(1), k + bit(2))
                    };
                    area += level_area_mm2(&std::array::from_fn(corner), [step; 3]);
                }
            }
        }
        let expected = 400.0 * std::f64::consts::PI;
        assert!((area / expected - 1.0).abs() < 1e-3, "{area} {expected}");
    }
}
