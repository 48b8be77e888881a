//! A dose whose values still stand in its file: checked, and multiplied out where the caller wants them.

use super::bytes::FileBytes;
use super::pixels::Pixels;
use crate::dose::{DoseError, DoseGrid, Values};
use crate::isoeffect::Real;
use crate::numeric::Pages;

/// A dose of which everything is known and checked, its values still whole numbers in the bytes of its file.
///
/// Whoever has memory of his own for them ([`write_values`](Self::write_values)) is spared a copy of the grid.
#[derive(Debug)]
pub struct PackedDose<'a> {
    outline: DoseGrid<'static>,
    pixels: Pixels,
    file: FileBytes<'a>,
}

impl<'a> PackedDose<'a> {
    pub(super) fn new(outline: DoseGrid<'static>, pixels: Pixels, file: FileBytes<'a>) -> Self {
        Self {
            outline,
            pixels,
            file,
        }
    }

    /// Whole numbers from 0 times a scaling above 0 are doses when the highest of them is; only where it is
    /// not, the values are made to say which.
    pub(super) fn check(&self) -> Result<(), DoseError> {
        if self.maximum().is_finite() {
            return Ok(());
        }
        let (values, outline) = (self.values(), &self.outline);
        let (kind, fractionation) = (outline.kind(), outline.fractionation());
        let grid = std::sync::Arc::clone(outline.grid());
        DoseGrid::stored(values, grid, kind, fractionation, outline.scope()).map(|_| ())
    }

    /// All that is known of the dose but its values: it has no parts.
    pub fn outline(&self) -> &DoseGrid<'static> {
        &self.outline
    }

    /// Changes what is known of the dose.
    pub(super) fn change<E>(
        &mut self,
        change: impl FnOnce(DoseGrid<'static>) -> Result<DoseGrid<'static>, E>,
    ) -> Result<(), E> {
        self.outline = change(self.outline.clone())?;
        Ok(())
    }

    /// Whether the values need double precision: 32-bit numbers that single precision cannot tell apart.
    pub fn is_double(&self) -> bool {
        self.pixels.is_double()
    }

    /// The highest value, in gray for a physical dose.
    pub fn maximum(&self) -> f64 {
        self.pixels.maximum_gy()
    }

    /// Writes the values in C order `(slice, row, column)`, in parallel, each rounded once.
    ///
    /// # Errors
    /// When `out` has another length than the grid.
    pub fn write_values<T: Real>(&self, out: &mut [T]) -> Result<(), DoseError> {
        let grid = self.outline.grid();
        if out.len() != grid.len() {
            return Err(DoseError::Shape {
                got: out.len(),
                expected: grid.len(),
                shape: grid.shape(),
            });
        }
        self.pixels.write(&self.file, out);
        Ok(())
    }

    /// The dose with its values in memory.
    pub fn unpack(self) -> DoseGrid<'static> {
        let values = self.values();
        self.outline.with_checked_values(values)
    }

    fn values(&self) -> Values<'static> {
        fn made<T: Real + bytemuck::Pod>(packed: &PackedDose<'_>) -> Pages<T> {
            let mut values = Pages::zeroed(packed.outline.grid().len());
            packed.pixels.write(&packed.file, &mut values);
            values
        }
        if self.is_double() {
            made::<f64>(self).into()
        } else {
            made::<f32>(self).into()
        }
    }
}
