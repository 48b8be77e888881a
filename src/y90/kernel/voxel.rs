//! The point kernel integrated over pairs of voxels, of any side lengths, without random numbers.
//!
//! The share of a voxel's energy that lands in the voxel `n` sides away is
//! `f_n = integral of p(|w|) prod_a max(0, 1 - |w_a - n_a h_a| / h_a) d3w`, with
//! `p(r) = e(r) / (4 pi r^2)`: the triangles are the density of distances between two boxes. Each box
//! of differences between the voxel centres adds its eight moments to its eight corners, so the
//! shares of all voxels together are exactly the energy within the range. The box at the origin is cut
//! into three pyramids with their tips there, whose volume element cancels the `1 / r^2`.

use super::super::constants::{LIVER_DENSITY_G_PER_ML, MEAN_ENERGY_MEV};
use super::radial::{RANGE_MM, energy_per_mm_mev};
use crate::error::{NonPhysicalError, positive};
use crate::numeric::{EvenKernel, composite_gauss_legendre};
use rayon::prelude::*;
use std::f64::consts::PI;

/// Points of a panel along each axis.
const ORDER: usize = 8;
/// Widest panel in mm of water.
const PANEL_MM: f64 = 1.0;
const JOULE_PER_MEV: f64 = 1.602_176_634e-13;

/// Shares of the energy of decays in one voxel, spread evenly there, that its neighbours absorb.
#[derive(Debug, Clone, PartialEq)]
pub struct VoxelKernel {
    spacing_mm: [f64; 3],
    density_g_per_ml: f64,
    fractions: EvenKernel,
    deficit_fraction: f64,
}

/// Nodes along one axis of one box: position in mm and weight in mm, with the share `lambda` of the way.
struct Nodes(Vec<(f64, f64)>);

impl VoxelKernel {
    /// The kernel of voxels with these sides `(x, y, z)` in mm, in tissue of this density in g/mL.
    ///
    /// A dense tissue stops beta particles sooner in proportion: the kernel is that of water for sides
    /// of `h rho`. The shares are scaled to a sum of 1, so that no energy is lost; what the cut at
    /// 11 mm of water had left out is [`Self::deficit_fraction`].
    ///
    /// # Errors
    /// Sides or a density that are not above zero, sides under 0.2 mm of water (the kernel would hold
    /// a million voxels).
    pub fn new(spacing_mm: [f64; 3], density_g_per_ml: f64) -> Result<Self, NonPhysicalError> {
        let density = positive("density in g/mL", density_g_per_ml)?;
        let mut sides = [0.0; 3];
        for (side, spacing) in sides.iter_mut().zip(spacing_mm) {
            *side = positive("voxel side in mm", spacing)? * density;
            if *side < 0.2 {
                return Err(NonPhysicalError {
                    quantity: "voxel side times density in mm g/mL",
                    value: *side,
                    allowed: "at least 0.2",
                });
            }
        }
        let raw = integrate(sides);
        let within = raw.sum();
        Ok(Self {
            spacing_mm,
            density_g_per_ml: density,
            fractions: raw.scaled(1.0 / within),
            deficit_fraction: 1.0 - within,
        })
    }

    /// The kernel for liver at its default density.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn for_liver(spacing_mm: [f64; 3]) -> Result<Self, NonPhysicalError> {
        Self::new(spacing_mm, LIVER_DENSITY_G_PER_ML.value)
    }

    /// Sides of the voxel `(x, y, z)` in mm.
    pub fn spacing_mm(&self) -> [f64; 3] {
        self.spacing_mm
    }

    /// Density of the tissue in g/mL.
    pub fn density_g_per_ml(&self) -> f64 {
        self.density_g_per_ml
    }

    /// Shares of the energy by offset `(k, j, i)`; their sum is 1.
    pub fn fractions(&self) -> &EvenKernel {
        &self.fractions
    }

    /// Share of the energy beyond the range, left out before the shares were scaled.
    pub fn deficit_fraction(&self) -> f64 {
        self.deficit_fraction
    }

    /// Mass of a voxel in kg.
    pub fn voxel_mass_kg(&self) -> f64 {
        self.spacing_mm.iter().product::<f64>() * 1e-6 * self.density_g_per_ml
    }

    /// Voxel S value in mGy for each MBq s at an offset `(k, j, i)`, as the tables print it: with the
    /// deficit left out, `S = f (1 - deficit) E / m`.
    pub fn s_value_mgy_per_mbq_s(&self, offset: [isize; 3]) -> f64 {
        let joule = MEAN_ENERGY_MEV.value * JOULE_PER_MEV * (1.0 - self.deficit_fraction);
        // A million decays a second; a thousand mGy to the gray.
        self.fractions.at(offset) * joule * 1e9 / self.voxel_mass_kg()
    }
}

fn integrate(sides: [f64; 3]) -> EvenKernel {
    let boxes = sides.map(|side| (RANGE_MM / side).ceil() as usize);
    let narrowest = sides.iter().copied().fold(f64::INFINITY, f64::min);
    let panels = sides.map(|side| (side / PANEL_MM.min(2.0 * narrowest)).ceil() as usize);
    let rules = panels.map(|panels| composite_gauss_legendre(ORDER, panels));
    let [nx, ny, nz] = boxes;
    let moments: Vec<[f64; 8]> = (0..nx * ny * nz)
        .into_par_iter()
        .map(|index| {
            let at = [index % nx, index / nx % ny, index / (nx * ny)];
            if at == [0, 0, 0] {
                tip_moments(sides, &rules)
            } else {
                box_moments(at, sides, &rules)
            }
        })
        .collect();
    let total = MEAN_ENERGY_MEV.value;
    // Kernel offsets are (k, j, i), boxes (x, y, z).
    EvenKernel::new([nz, ny, nx], |k, j, i| {
        let offset = [i, j, k];
        let corner = |bits: usize| {
            let mut place = [0; 3];
            let mut times = 1.0;
            for axis in 0..3 {
                let far = bits >> axis & 1;
                // At offset 0 the boxes on both sides are mirror images.
                match (offset[axis], far) {
                    (0, 0) => times *= 2.0,
                    (0, _) => times = 0.0,
                    (n, far) if n - far < boxes[axis] => place[axis] = n - far,
                    _ => times = 0.0,
                }
            }
            times * moments[(place[2] * ny + place[1]) * nx + place[0]][bits]
        };
        (0..8).map(corner).sum::<f64>() / total
    })
}

/// Adds `value` to the eight corner moments: bit `a` set means the weight `lambda_a`, else `1 - lambda_a`.
fn add_corners(moments: &mut [f64; 8], lambda: [f64; 3], value: f64) {
    let [x, y, z] = lambda.map(|far| [1.0 - far, far]);
    for (bits, moment) in moments.iter_mut().enumerate() {
        *moment += value * x[bits & 1] * y[bits >> 1 & 1] * z[bits >> 2 & 1];
    }
}

/// Moments of a box away from the origin.
fn box_moments(at: [usize; 3], sides: [f64; 3], rules: &[Vec<(f64, f64)>; 3]) -> [f64; 8] {
    let mut moments = [0.0; 8];
    let nearest: f64 = (0..3).map(|a| (at[a] as f64 * sides[a]).powi(2)).sum();
    if nearest >= RANGE_MM * RANGE_MM {
        return moments;
    }
    let nodes: [Nodes; 3] = std::array::from_fn(|a| {
        let place = |(node, _): &(f64, f64)| ((at[a] as f64 + node) * sides[a], *node);
        Nodes(rules[a].iter().map(place).collect())
    });
    let volume: f64 = sides.iter().product();
    for ((z, lz), (_, wz)) in nodes[2].0.iter().zip(&rules[2]) {
        for ((y, ly), (_, wy)) in nodes[1].0.iter().zip(&rules[1]) {
            let across = y * y + z * z;
            for ((x, lx), (_, wx)) in nodes[0].0.iter().zip(&rules[0]) {
                let r2 = x * x + across;
                let density = energy_per_mm_mev(r2.sqrt()) / (4.0 * PI * r2);
                add_corners(
                    &mut moments,
                    [*lx, *ly, *lz],
                    density * wx * wy * wz * volume,
                );
            }
        }
    }
    moments
}

/// Moments of the box at the origin: three pyramids, tips at the origin, `w = t (h_a, h_b u, h_c v)`.
fn tip_moments(sides: [f64; 3], rules: &[Vec<(f64, f64)>; 3]) -> [f64; 8] {
    let mut moments = [0.0; 8];
    let volume: f64 = sides.iter().product();
    for a in 0..3 {
        let (b, c) = ((a + 1) % 3, (a + 2) % 3);
        for (u, wu) in &rules[b] {
            for (v, wv) in &rules[c] {
                let slant2 = sides[a].powi(2) + (sides[b] * u).powi(2) + (sides[c] * v).powi(2);
                let slant = slant2.sqrt();
                for (t, wt) in &rules[a] {
                    let energy = energy_per_mm_mev(t * slant) / (4.0 * PI * slant2);
                    let mut lambda = [0.0; 3];
                    lambda[a] = *t;
                    lambda[b] = t * u;
                    lambda[c] = t * v;
                    add_corners(&mut moments, lambda, energy * wt * wu * wv * volume);
                }
            }
        }
    }
    moments
}

#[cfg(test)]
mod tests {
    use super::super::radial::cumulative_energy_mev;
    use super::*;

    /// What the shares must add to before they are scaled.
    fn energy_within_range() -> f64 {
        cumulative_energy_mev(RANGE_MM) / MEAN_ENERGY_MEV.value
    }

    #[test]
    fn shares_add_to_the_energy_within_the_range() {
        for spacing in [
            [3.0; 3],
            [1.0, 1.0, 5.0],
            [2.344, 2.344, 2.78],
            [9.28; 3],
            [12.0, 1.5, 4.0],
        ] {
            let kernel = VoxelKernel::new(spacing, 1.0).unwrap();
            let off = 1.0 - kernel.deficit_fraction() - energy_within_range();
            assert!(off.abs() < 2e-5, "{spacing:?}: {off}");
            assert!((kernel.fractions().sum() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn denser_tissue_is_a_larger_voxel_of_water() {
        let dense = VoxelKernel::new([2.0; 3], 1.5).unwrap();
        let water = VoxelKernel::new([3.0; 3], 1.0).unwrap();
        assert_eq!(dense.fractions(), water.fractions());
    }

    #[test]
    fn axes_keep_their_places() {
        let kernel = VoxelKernel::new([2.0, 4.0, 8.0], 1.0).unwrap();
        let f = |offset| kernel.fractions().at(offset);
        // The nearest neighbour gets the most: x, then y, then z.
        assert!(f([0, 0, 1]) > f([0, 1, 0]) && f([0, 1, 0]) > f([1, 0, 0]));
        assert_eq!(f([-1, 0, 2]), f([1, 0, -2]));
        let turned = VoxelKernel::new([8.0, 2.0, 4.0], 1.0).unwrap();
        assert!((turned.fractions().at([0, 0, 1]) / f([1, 0, 0]) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn brute_force_agrees() {
        // Midpoint sums over pairs of points in two face neighbours of 4 mm.
        let kernel = VoxelKernel::new([4.0; 3], 1.0).unwrap();
        let n = 20_i32;
        let h = 4.0 / f64::from(n);
        let (mut sum, mut pairs) = (0.0, 0);
        // Differences of midpoints repeat: count each once with its multiplicity.
        for dx in 1..2 * n {
            for dy in -(n - 1)..n {
                for dz in -(n - 1)..n {
                    let many = (n - (dx - n).abs()) * (n - dy.abs()) * (n - dz.abs());
                    let r = h * f64::from(dx * dx + dy * dy + dz * dz).sqrt();
                    sum += f64::from(many) * energy_per_mm_mev(r) / (4.0 * PI * r * r);
                    pairs += many;
                }
            }
        }
        assert_eq!(pairs, n.pow(6));
        let share = sum / f64::from(n).powi(6) * 64.0 / MEAN_ENERGY_MEV.value;
        let found = kernel.fractions().at([0, 0, 1]) * (1.0 - kernel.deficit_fraction());
        assert!((share / found - 1.0).abs() < 0.01, "{share} {found}");
    }

    #[test]
    fn refuses_what_is_not_physical() {
        assert!(VoxelKernel::new([0.0, 1.0, 1.0], 1.0).is_err());
        assert!(VoxelKernel::new([1.0; 3], -1.0).is_err());
        assert!(
            VoxelKernel::new([0.1; 3], 1.0)
                .unwrap_err()
                .to_string()
                .contains("at least 0.2")
        );
    }
}
