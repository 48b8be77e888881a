//! Memory for large arrays.
//!
//! What costs with an array of a dose grid's size is not to fill it but that the system hands it over in pages of
//! four kibibytes, each at its first touch. Large memory is therefore asked for in huge pages where the system has
//! them (Linux, `madvise`); elsewhere, and for small arrays, it is ordinary memory.

use bytemuck::Pod;
use memmap2::{MmapMut, MmapOptions};
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// From this size on in bytes memory is mapped by itself: two huge pages of the usual two mebibytes.
const MAPPED_BYTES: usize = 4 << 20;

/// A list of numbers that starts as zeros and never grows.
pub struct Pages<T> {
    memory: Memory<T>,
}

enum Memory<T> {
    Heap(Vec<T>),
    Mapped(MmapMut, PhantomData<T>),
}

impl<T: Pod> Pages<T> {
    /// `len` zeros.
    pub fn zeroed(len: usize) -> Self {
        let bytes = len.saturating_mul(size_of::<T>());
        let memory = match map(bytes) {
            Some(map) => Memory::Mapped(map, PhantomData),
            None => Memory::Heap(vec![T::zeroed(); len]),
        };
        Self { memory }
    }
}

/// Mapped memory of a size that is worth it.
fn map(bytes: usize) -> Option<MmapMut> {
    if bytes < MAPPED_BYTES {
        return None;
    }
    let map = MmapOptions::new().len(bytes).map_anon().ok()?;
    // Advice that is not taken costs time and nothing else.
    #[cfg(target_os = "linux")]
    let _ = map.advise(memmap2::Advice::HugePage);
    Some(map)
}

impl<T: Pod> Deref for Pages<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.memory {
            Memory::Heap(values) => values,
            // Pages are aligned for any number and their size is a whole number of them.
            Memory::Mapped(map, _) => bytemuck::try_cast_slice(map).unwrap_or_default(),
        }
    }
}

impl<T: Pod> DerefMut for Pages<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.memory {
            Memory::Heap(values) => values,
            Memory::Mapped(map, _) => bytemuck::try_cast_slice_mut(map).unwrap_or_default(),
        }
    }
}

impl<T: Pod> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("len", &self.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_are_zeros_that_can_be_written() {
        for len in [
            0,
            1,
            1000,
            MAPPED_BYTES / 8 - 1,
            MAPPED_BYTES / 8,
            MAPPED_BYTES / 8 + 12_345,
        ] {
            let mut pages = Pages::<f64>::zeroed(len);
            assert_eq!(pages.len(), len);
            assert!(pages.iter().all(|value| *value == 0.0));
            for (index, value) in pages.iter_mut().enumerate() {
                *value = index as f64;
            }
            assert_eq!(pages.last().copied(), len.checked_sub(1).map(|n| n as f64));
        }
        assert!(matches!(
            Pages::<u8>::zeroed(MAPPED_BYTES).memory,
            Memory::Mapped(..)
        ));
        assert!(matches!(
            Pages::<u8>::zeroed(MAPPED_BYTES - 1).memory,
            Memory::Heap(_)
        ));
    }
}
