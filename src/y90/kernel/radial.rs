//! Energy of an yttrium-90 decay by distance, in water of 1 g/mL (Graves 2019).

use crate::citation::{Cited, Evidence};
use crate::numeric::composite_gauss_legendre;
use std::sync::LazyLock;

/// Where the beta energy ends in mm of water; 0.4 % of the energy, bremsstrahlung, lies beyond.
pub const RANGE_MM: f64 = 11.0;

/// Energy in `MeV` that a decay leaves in a shell of 0.1 mm, by the shell's outer radius in mm.
///
/// Published shells of Graves 2019 (`90Y_64.10H_beta`); between them the logarithm runs along a
/// monotone cubic. The fractions of energy within 1 to 11 mm come back to 0.1 % of the whole.
pub const SHELLS: Cited<&[(f64, f64)]> = Cited {
    value: &[
        (0.1, 0.019_808),
        (0.5, 0.020_885),
        (1.0, 0.020_530),
        (2.0, 0.018_447),
        (3.0, 0.015_429),
        (4.0, 0.012_022),
        (5.0, 0.008_373),
        (6.0, 0.005_093),
        (7.0, 0.002_548),
        (8.0, 0.001_002_4),
        (9.0, 2.687e-4),
        (10.0, 4.28e-5),
        (11.0, 6.0e-6),
    ],
    unit: "MeV in a shell of 0.1 mm, by outer radius in mm",
    source: "graves2019",
    locator: "supplementary data, file 90Y_64.10H_beta, thirteen of its shells",
    applies_to: "yttrium-90 beta particles in water of 1 g/mL",
    evidence: Evidence::Transcription1,
};

const SHELL_MM: f64 = 0.1;

/// A cubic piece by piece through given points, with slopes that keep it monotone (Fritsch-Carlson,
/// weighted harmonic means).
struct MonotoneCubic {
    x: Vec<f64>,
    y: Vec<f64>,
    slope: Vec<f64>,
}

impl MonotoneCubic {
    fn new(points: &[(f64, f64)]) -> Self {
        let x: Vec<f64> = points.iter().map(|point| point.0).collect();
        let y: Vec<f64> = points.iter().map(|point| point.1).collect();
        let step: Vec<f64> = x.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let rise: Vec<f64> = y
            .windows(2)
            .zip(&step)
            .map(|(pair, step)| (pair[1] - pair[0]) / step)
            .collect();
        let inner = |i: usize| {
            if rise[i - 1] * rise[i] <= 0.0 {
                return 0.0;
            }
            let (w1, w2) = (2.0 * step[i] + step[i - 1], step[i] + 2.0 * step[i - 1]);
            (w1 + w2) / (w1 / rise[i - 1] + w2 / rise[i])
        };
        // One-sided parabola at the ends, held monotone.
        let end = |h0: f64, h1: f64, r0: f64, r1: f64| {
            let slope = ((2.0 * h0 + h1) * r0 - h0 * r1) / (h0 + h1);
            if slope * r0 <= 0.0 {
                0.0
            } else if r0 * r1 <= 0.0 && slope.abs() > 3.0 * r0.abs() {
                3.0 * r0
            } else {
                slope
            }
        };
        let last = rise.len();
        let slope = (0..=last)
            .map(|i| match i {
                0 => end(step[0], step[1], rise[0], rise[1]),
                _ if i == last => end(step[i - 1], step[i - 2], rise[i - 1], rise[i - 2]),
                _ => inner(i),
            })
            .collect();
        Self { x, y, slope }
    }

    fn at(&self, x: f64) -> f64 {
        let piece = self.x.partition_point(|knot| *knot <= x);
        let i = piece.clamp(1, self.x.len() - 1) - 1;
        let h = self.x[i + 1] - self.x[i];
        let t = (x - self.x[i]) / h;
        let (a, b) = (self.y[i], self.y[i + 1]);
        let (c, d) = (h * self.slope[i], h * self.slope[i + 1]);
        // Hermite form in powers of t.
        a + t * (c + t * ((3.0 * (b - a) - 2.0 * c - d) + t * (2.0 * (a - b) + c + d)))
    }
}

static LOG_ENERGY: LazyLock<MonotoneCubic> = LazyLock::new(|| {
    let point =
        |(outer, energy): &(f64, f64)| (outer - SHELL_MM / 2.0, libm::log(energy / SHELL_MM));
    MonotoneCubic::new(&SHELLS.value.iter().map(point).collect::<Vec<_>>())
});

/// Energy in `MeV` for each mm of distance, over all directions, at `r_mm` in water; 0 beyond
/// [`RANGE_MM`].
pub fn energy_per_mm_mev(r_mm: f64) -> f64 {
    if r_mm > RANGE_MM {
        return 0.0;
    }
    libm::exp(LOG_ENERGY.at(r_mm))
}

/// Energy in `MeV` within `r_mm` of a decay in water.
pub fn cumulative_energy_mev(r_mm: f64) -> f64 {
    let end = r_mm.clamp(0.0, RANGE_MM);
    composite_gauss_legendre(8, 64)
        .iter()
        .map(|(node, weight)| weight * end * energy_per_mm_mev(node * end))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::super::super::constants::MEAN_ENERGY_MEV;
    use super::*;

    #[test]
    fn fractions_of_energy_within_a_distance() {
        // y90.md section 2, range: fractions of 0.9336 MeV from the full Graves table, three digits;
        // section 3: 0.92988 MeV within 11 mm.
        for (r, fraction) in [
            (1.0, 0.221),
            (2.0, 0.430),
            (2.5, 0.524),
            (3.0, 0.610),
            (4.0, 0.756),
            (5.0, 0.863),
            (6.0, 0.933),
            (8.0, 0.989),
            (11.0, 0.996),
        ] {
            let found = cumulative_energy_mev(r) / MEAN_ENERGY_MEV.value;
            assert!((found - fraction).abs() < 1e-3, "{r} mm: {found}");
        }
        let within = cumulative_energy_mev(RANGE_MM);
        assert!((within / 0.92988 - 1.0).abs() < 5e-4, "{within}");
        assert_eq!(cumulative_energy_mev(20.0), within);
    }

    #[test]
    fn passes_through_its_shells_and_falls_beyond_a_millimetre() {
        for (outer, energy) in SHELLS.value {
            let found = energy_per_mm_mev(outer - 0.05) * SHELL_MM;
            assert!((found / energy - 1.0).abs() < 1e-12);
        }
        let falls = (100..1100).all(|n| {
            let r = f64::from(n) * 0.01;
            energy_per_mm_mev(r) > energy_per_mm_mev(r + 0.01)
        });
        assert!(falls);
        assert_eq!(energy_per_mm_mev(11.01), 0.0);
    }
}
