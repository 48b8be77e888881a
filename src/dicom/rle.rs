//! RLE lossless (PS3.5 annex G) of any pixel width. The adapter of dicom-rs reads 8 and 16 bits and trusts its
//! input; RTDOSE has 32 bits, and damaged files must end in an error.

use super::error::DicomError;

/// `PackBits` makes at most 128 bytes of two.
pub(super) const MAX_EXPANSION: u128 = 64;

/// The frames as little endian pixels of `width` bytes. `fragments` starts with the offset table. The caller
/// has checked that the size is within [`MAX_EXPANSION`] of what the fragments hold.
///
/// # Errors
/// Fragments that do not make the frames.
pub(super) fn decode(
    fragments: &[&[u8]],
    frame_count: usize,
    pixels: usize,
    width: usize,
) -> Result<Vec<u8>, DicomError> {
    let frames = fragments.get(1..).unwrap_or(&[]);
    if frames.len() != frame_count {
        return Err(rle_error(
            "RLE pixel data needs one fragment for each frame",
        ));
    }
    let mut decoded = vec![0; frame_count * pixels * width];
    for (frame, out) in frames.iter().zip(decoded.chunks_exact_mut(pixels * width)) {
        let word = |index: usize| {
            let bytes = frame.get(4 * index..4 * index + 4)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
        };
        if word(0) != Some(width) {
            return Err(rle_error(
                "an RLE frame has another number of segments than bytes in a pixel",
            ));
        }
        for segment in 0..width {
            let start = word(segment + 1);
            let end = if segment + 1 < width {
                word(segment + 2)
            } else {
                Some(frame.len())
            };
            let bytes = start
                .zip(end)
                .and_then(|(start, end)| frame.get(start..end));
            // The first segment holds the most significant bytes.
            let place = width - 1 - segment;
            let filled = bytes.is_some_and(|bytes| unpack(bytes, out, place, width));
            if !filled {
                return Err(rle_error(
                    "an RLE segment does not make the pixels of its frame",
                ));
            }
        }
    }
    Ok(decoded)
}

fn rle_error(what: &'static str) -> DicomError {
    DicomError::Malformed { what, position: 0 }
}

/// Unpacks one `PackBits` segment into every `step`-th byte from `place`; whether all were filled.
fn unpack(mut packed: &[u8], out: &mut [u8], place: usize, step: usize) -> bool {
    let mut targets = out.iter_mut().skip(place).step_by(step);
    let mut left = targets.len();
    while left > 0 {
        let Some((&control, rest)) = packed.split_first() else {
            return false;
        };
        packed = rest;
        let control = usize::from(control);
        if control < 128 {
            let count = control + 1;
            let Some((literal, rest)) = packed.split_at_checked(count) else {
                return false;
            };
            packed = rest;
            for (target, byte) in targets.by_ref().take(count).zip(literal) {
                *target = *byte;
            }
            left = left.saturating_sub(count);
        } else if control > 128 {
            let count = 257 - control;
            let Some((&byte, rest)) = packed.split_first() else {
                return false;
            };
            packed = rest;
            for target in targets.by_ref().take(count) {
                *target = byte;
            }
            left = left.saturating_sub(count);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packbits_as_in_the_standard() {
        // PS3.5 G.3.1: literal runs, replicate runs, and 128 as nothing.
        let packed = [0xFE, 0xAA, 0x02, 0x80, 0x00, 0x2A, 0x80, 0xFD, 0xBB];
        let mut out = [0; 10];
        assert!(unpack(&packed, &mut out, 0, 1));
        assert_eq!(
            out,
            [0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0xBB, 0xBB, 0xBB, 0xBB]
        );
        let mut longer = [0; 11];
        assert!(!unpack(&packed, &mut longer, 0, 1));
        let mut every_second = [9; 4];
        assert!(unpack(&[0xFF, 7], &mut every_second, 1, 2));
        assert_eq!(every_second, [9, 7, 9, 7]);
    }
}
