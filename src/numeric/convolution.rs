//! Convolution of a volume with a small even kernel by fast Fourier transforms.
//!
//! Real-to-complex transforms, padded with zeros so that nothing wraps around, one task a slice or a
//! block of columns. Each line is transformed by the same plan whichever thread takes it, so the bits
//! do not depend on the number of threads. The kernel is even along each axis; then its spectrum is
//! real, and it is kept with the plans for as many volumes of one shape as come.

use super::Pages;
use bytemuck::Pod;
use rayon::prelude::*;
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftNum, FftPlanner};
use std::sync::Arc;

/// Columns that one task transforms together: a few cache lines wide.
const BLOCK: usize = 32;
/// Rows that are turned round together: a cache line of single-precision complex numbers.
const ROWS: usize = 8;

/// A kernel that is even along each axis, given by its octant of non-negative offsets.
#[derive(Debug, Clone, PartialEq)]
pub struct EvenKernel {
    half_widths: [usize; 3],
    octant: Vec<f64>,
}

impl EvenKernel {
    /// Values at offsets `(k, j, i)` from 0 to the half width along each axis, both included.
    pub fn new(half_widths: [usize; 3], value: impl Fn(usize, usize, usize) -> f64) -> Self {
        let [hk, hj, hi] = half_widths;
        let mut octant = Vec::with_capacity((hk + 1) * (hj + 1) * (hi + 1));
        for k in 0..=hk {
            for j in 0..=hj {
                octant.extend((0..=hi).map(|i| value(k, j, i)));
            }
        }
        Self {
            half_widths,
            octant,
        }
    }

    /// Largest offset along each axis.
    pub fn half_widths(&self) -> [usize; 3] {
        self.half_widths
    }

    /// Value at an offset of any sign; 0 beyond the half widths.
    pub fn at(&self, offset: [isize; 3]) -> f64 {
        let [k, j, i] = offset.map(isize::unsigned_abs);
        let [hk, hj, hi] = self.half_widths;
        if k > hk || j > hj || i > hi {
            return 0.0;
        }
        self.octant[(k * (hj + 1) + j) * (hi + 1) + i]
    }

    /// Sum over the whole kernel.
    pub fn sum(&self) -> f64 {
        let [_, hj, hi] = self.half_widths;
        let times = |offset: usize| if offset == 0 { 1.0 } else { 2.0 };
        self.octant
            .iter()
            .enumerate()
            .map(|(index, value)| {
                let (k, j, i) = (
                    index / ((hj + 1) * (hi + 1)),
                    index / (hi + 1) % (hj + 1),
                    index % (hi + 1),
                );
                value * times(k) * times(j) * times(i)
            })
            .sum()
    }

    /// The same kernel times a number.
    #[must_use]
    pub fn scaled(mut self, factor: f64) -> Self {
        for value in &mut self.octant {
            *value *= factor;
        }
        self
    }
}

/// Plans and spectrum for volumes of one shape.
pub struct Convolver<T: FftNum> {
    shape: [usize; 3],
    padded: [usize; 3],
    rows: (Arc<dyn RealToComplex<T>>, Arc<dyn ComplexToReal<T>>),
    columns: (Arc<dyn Fft<T>>, Arc<dyn Fft<T>>),
    slices: (Arc<dyn Fft<T>>, Arc<dyn Fft<T>>),
    /// Real spectrum with the transforms' norm in it, `[column (i, j)][k]`.
    spectrum: Vec<T>,
}

impl<T: FftNum> std::fmt::Debug for Convolver<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Convolver")
            .field("shape", &self.shape)
            .field("padded", &self.padded)
            .finish_non_exhaustive()
    }
}

/// The next length that is a product of 2, 3, 5 and 7, for which transforms are fast.
fn fast_length(least: usize) -> usize {
    let smooth = |mut n: usize| {
        for factor in [2, 3, 5, 7] {
            while n.is_multiple_of(factor) {
                n /= factor;
            }
        }
        n == 1
    };
    (least.max(1)..=least.max(1).next_power_of_two())
        .find(|n| smooth(*n))
        .unwrap_or(least)
}

fn real<T: FftNum>(value: f64) -> T {
    T::from_f64(value).unwrap_or_else(T::zero)
}

impl<T: FftNum + Pod> Convolver<T>
where
    Complex<T>: Pod,
{
    /// Plans for volumes of a shape in C order `(k, j, i)`.
    pub fn new(kernel: &EvenKernel, shape: [usize; 3]) -> Self {
        let half = kernel.half_widths();
        let padded = std::array::from_fn(|axis| {
            let length = fast_length(shape[axis] + half[axis]);
            // Rows of even length make the fastest real transforms.
            if axis == 2 && !length.is_multiple_of(2) {
                2 * fast_length((shape[axis] + half[axis]).div_ceil(2))
            } else {
                length
            }
        });
        let [pk, pj, pi] = padded;
        let (mut real_planner, mut planner) = (RealFftPlanner::new(), FftPlanner::new());
        let mut made = Self {
            shape,
            padded,
            rows: (
                real_planner.plan_fft_forward(pi),
                real_planner.plan_fft_inverse(pi),
            ),
            columns: (planner.plan_fft_forward(pj), planner.plan_fft_inverse(pj)),
            slices: (planner.plan_fft_forward(pk), planner.plan_fft_inverse(pk)),
            spectrum: Vec::new(),
        };
        made.spectrum = made.spectrum_of(kernel);
        made
    }

    /// Shape of the volumes.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// Complex columns of a slice after the transform along its rows.
    fn slice_len(&self) -> usize {
        (self.padded[2] / 2 + 1) * self.padded[1]
    }

    /// The kernel's spectrum: its octant, mirrored and wrapped, through the forward transforms.
    fn spectrum_of(&self, kernel: &EvenKernel) -> Vec<T> {
        let [pk, pj, pi] = self.padded;
        let half = kernel.half_widths();
        let mut wrapped = Pages::zeroed(pk * pj * pi);
        let places = |axis: usize, length: usize| {
            let h = half[axis] as isize;
            (-h..=h).map(move |offset| (offset, offset.rem_euclid(length as isize) as usize))
        };
        for (dk, k) in places(0, pk) {
            for (dj, j) in places(1, pj) {
                for (di, i) in places(2, pi) {
                    // A kernel wider than the volume meets itself: its parts add, as they should.
                    let cell = &mut wrapped[(k * pj + j) * pi + i];
                    *cell = *cell + real(kernel.at([dk, dj, di]));
                }
            }
        }
        let norm: T = real(1.0 / (pk * pj * pi) as f64);
        let transformed = self.forward_slices(&wrapped, [pk, pj, pi]);
        let len = self.slice_len();
        let mut spectrum = vec![T::zero(); len * pk];
        spectrum
            .par_chunks_mut(BLOCK * pk)
            .enumerate()
            .for_each_init(
                || self.column_buffers(),
                |(buffer, scratch), (block, out)| {
                    let width = out.len() / pk;
                    let buffer = &mut buffer[..width * pk];
                    gather_columns(&transformed, len, block * BLOCK, width, pk, buffer);
                    self.slices.0.process_with_scratch(buffer, scratch);
                    for (value, one) in out.iter_mut().zip(buffer.iter()) {
                        *value = one.re * norm;
                    }
                },
            );
        spectrum
    }

    fn column_buffers(&self) -> (Vec<Complex<T>>, Vec<Complex<T>>) {
        let zero = Complex::new(T::zero(), T::zero());
        let scratch = self
            .slices
            .0
            .get_inplace_scratch_len()
            .max(self.slices.1.get_inplace_scratch_len());
        (vec![zero; BLOCK * self.padded[0]], vec![zero; scratch])
    }

    /// Transforms along i and j of every slice that holds something; a slice comes out as `[i][j]`.
    fn forward_slices(&self, values: &[T], shape: [usize; 3]) -> Pages<Complex<T>> {
        let [nk, nj, ni] = shape;
        let [_, pj, pi] = self.padded;
        let zero = Complex::new(T::zero(), T::zero());
        let columns = pi / 2 + 1;
        let mut out = Pages::zeroed(nk * self.slice_len());
        let (rows, lines) = (&self.rows.0, &self.columns.0);
        out.par_chunks_mut(self.slice_len())
            .zip(values.par_chunks(nj * ni))
            .for_each_init(
                || {
                    (
                        vec![T::zero(); pi],
                        vec![zero; ROWS * columns],
                        rows.make_scratch_vec(),
                        vec![zero; lines.get_inplace_scratch_len()],
                    )
                },
                |(row, halves, row_scratch, line_scratch), (slice, values)| {
                    for (group, given) in values.chunks(ROWS * ni).enumerate() {
                        let count = given.len() / ni;
                        for (given, half) in given.chunks(ni).zip(halves.chunks_mut(columns)) {
                            row[..ni].copy_from_slice(given);
                            row[ni..].fill(T::zero());
                            // Lengths are the plan's own, so this cannot fail.
                            let _ = rows.process_with_scratch(row, half, row_scratch);
                        }
                        // Turned round in groups of a cache line.
                        for i in 0..columns {
                            let start = i * pj + group * ROWS;
                            for (r, to) in slice[start..start + count].iter_mut().enumerate() {
                                *to = halves[r * columns + i];
                            }
                        }
                    }
                    lines.process_with_scratch(slice, line_scratch);
                },
            );
        out
    }

    /// The convolution, of the shape of the volume; what leaves the volume is lost.
    ///
    /// `values` must have as many values as the shape says, else what is missing counts as 0.
    pub fn convolve(&self, values: &[T]) -> Pages<T> {
        let [nk, nj, ni] = self.shape;
        let [pk, pj, pi] = self.padded;
        let len = self.slice_len();
        let zero = Complex::new(T::zero(), T::zero());
        let transformed = self.forward_slices(values, self.shape);
        // Along k there and back in one go; a block comes out as [k][column].
        let mut back = Pages::zeroed(len * nk);
        back.par_chunks_mut(BLOCK * nk)
            .zip(self.spectrum.par_chunks(BLOCK * pk))
            .enumerate()
            .for_each_init(
                || self.column_buffers(),
                |(buffer, scratch), (block, (out, spectrum))| {
                    let width = out.len() / nk;
                    let buffer = &mut buffer[..width * pk];
                    gather_columns(&transformed, len, block * BLOCK, width, nk, buffer);
                    self.slices.0.process_with_scratch(buffer, scratch);
                    for (value, factor) in buffer.iter_mut().zip(spectrum) {
                        *value = *value * *factor;
                    }
                    self.slices.1.process_with_scratch(buffer, scratch);
                    for (k, line) in out.chunks_mut(width).enumerate() {
                        for (w, value) in line.iter_mut().enumerate() {
                            *value = buffer[w * pk + k];
                        }
                    }
                },
            );
        drop(transformed);
        let (rows, lines) = (&self.rows.1, &self.columns.1);
        let columns = pi / 2 + 1;
        let mut out = Pages::zeroed(nk * nj * ni);
        out.par_chunks_mut(nj * ni).enumerate().for_each_init(
            || {
                (
                    vec![zero; len],
                    vec![zero; lines.get_inplace_scratch_len()],
                    vec![zero; ROWS * columns],
                    vec![T::zero(); pi],
                    rows.make_scratch_vec(),
                )
            },
            |(slice, line_scratch, halves, row, row_scratch), (k, out)| {
                for (block, chunk) in back.chunks(BLOCK * nk).enumerate() {
                    let width = chunk.len() / nk;
                    slice[block * BLOCK..block * BLOCK + width]
                        .copy_from_slice(&chunk[k * width..(k + 1) * width]);
                }
                lines.process_with_scratch(slice, line_scratch);
                for (group, out) in out.chunks_mut(ROWS * ni).enumerate() {
                    let count = out.len() / ni;
                    for i in 0..columns {
                        let start = i * pj + group * ROWS;
                        for (r, from) in slice[start..start + count].iter().enumerate() {
                            halves[r * columns + i] = *from;
                        }
                    }
                    for (out, half) in out.chunks_mut(ni).zip(halves.chunks_mut(columns)) {
                        // Zero but for rounding: the volume and the kernel are real.
                        half[0].im = T::zero();
                        half[columns - 1].im = T::zero();
                        let _ = rows.process_with_scratch(half, row, row_scratch);
                        out.copy_from_slice(&row[..ni]);
                    }
                }
            },
        );
        out
    }
}

/// Columns `first..first + width` of `[k][column]` as `[column][k]`, padded with zeros.
fn gather_columns<T: FftNum>(
    slices: &[Complex<T>],
    slice_len: usize,
    first: usize,
    width: usize,
    filled: usize,
    buffer: &mut [Complex<T>],
) {
    let padded = buffer.len() / width;
    for (k, slice) in slices.chunks(slice_len).take(filled).enumerate() {
        for (w, value) in slice[first..first + width].iter().enumerate() {
            buffer[w * padded + k] = *value;
        }
    }
    for line in buffer.chunks_mut(padded) {
        line[filled..].fill(Complex::new(T::zero(), T::zero()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kernel(half: [usize; 3]) -> EvenKernel {
        EvenKernel::new(half, |k, j, i| {
            1.0 / (1.0 + 2.0 * k as f64 + 3.0 * (j * j) as f64 + 0.5 * i as f64)
        })
    }

    fn volume(shape: [usize; 3]) -> Vec<f64> {
        let n = shape.iter().product::<usize>();
        (0..n).map(|v| ((v * 7919) % 101) as f64 - 20.0).collect()
    }

    /// The definition, one voxel after the other.
    fn slow(kernel: &EvenKernel, shape: [usize; 3], values: &[f64]) -> Vec<f64> {
        let [nk, nj, ni] = shape;
        let place =
            |index: usize| [index / (nj * ni), index / ni % nj, index % ni].map(|n| n as isize);
        (0..nk * nj * ni)
            .map(|to| {
                let b = place(to);
                let term = |(from, value): (usize, &f64)| {
                    let a = place(from);
                    value * kernel.at(std::array::from_fn(|axis| b[axis] - a[axis]))
                };
                values.iter().enumerate().map(term).sum()
            })
            .collect()
    }

    #[test]
    fn fast_lengths() {
        assert_eq!(
            [1, 11, 13, 121, 262, 267].map(fast_length),
            [1, 12, 14, 125, 270, 270]
        );
    }

    #[test]
    fn sum_counts_every_octant() {
        let kernel = kernel([1, 2, 1]);
        let mut all = 0.0;
        for k in -1..=1 {
            for j in -2..=2 {
                for i in -1..=1 {
                    all += kernel.at([k, j, i]);
                }
            }
        }
        assert!((kernel.sum() - all).abs() < 1e-13);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn equals_the_definition(
            shape in prop::array::uniform3(1_usize..8), half in prop::array::uniform3(0_usize..5),
        ) {
            let (kernel, values) = (kernel(half), volume(shape));
            let expected = slow(&kernel, shape, &values);
            let double = Convolver::<f64>::new(&kernel, shape).convolve(&values);
            let single: Vec<f32> = values.iter().map(|v| *v as f32).collect();
            let single = Convolver::<f32>::new(&kernel, shape).convolve(&single);
            let largest = expected.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
            for ((expected, double), single) in expected.iter().zip(double.iter()).zip(single.iter()) {
                prop_assert!((expected - double).abs() <= 1e-12 * largest);
                prop_assert!((expected - f64::from(*single)).abs() <= 2e-5 * largest);
            }
        }
    }

    #[test]
    fn same_bits_on_any_number_of_threads() {
        let (kernel, shape) = (kernel([2, 3, 1]), [9, 17, 30]);
        let values = volume(shape);
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| Convolver::<f64>::new(&kernel, shape).convolve(&values))
        };
        let one = run(1);
        assert_eq!(one[..], run(2)[..]);
        assert_eq!(one[..], run(7)[..]);
    }
}
