//! JPEG frames of one sample a pixel: baseline with 8 bits, lossless with up to 16.

use super::error::DicomError;
use jpeg_decoder::{Decoder, PixelFormat};

/// A blank lossy frame is some hundred times larger than its code; more is no image.
pub(super) const MAX_EXPANSION: u128 = 1024;

/// The frames as little endian pixels of `width` bytes, of `[rows, columns]` each. `fragments` starts with the
/// offset table; each frame is one fragment, or the only frame is all of them. The caller has checked that the size
/// is within [`MAX_EXPANSION`] of what the fragments hold.
///
/// # Errors
/// Fragments that do not make the frames.
pub(super) fn decode(
    fragments: &[&[u8]],
    frame_count: usize,
    [rows, columns]: [usize; 2],
    width: usize,
) -> Result<Vec<u8>, DicomError> {
    let fragments = fragments.get(1..).unwrap_or(&[]);
    let whole;
    let frames = if frame_count == 1 && fragments.len() > 1 {
        whole = fragments.concat();
        vec![&whole[..]]
    } else {
        fragments.to_vec()
    };
    if frames.len() != frame_count {
        return Err(error("JPEG pixel data needs one fragment for each frame"));
    }
    let mut decoded = Vec::with_capacity(frame_count * rows * columns * width);
    for frame in frames {
        let mut decoder = Decoder::new(frame);
        decoder.set_max_decoding_buffer_size(2 * rows * columns);
        let damaged = |_| error("a JPEG frame is damaged, or of a process that is not read");
        decoder.read_info().map_err(damaged)?;
        let info = decoder
            .info()
            .ok_or_else(|| error("a JPEG frame says no size"))?;
        if [usize::from(info.height), usize::from(info.width)] != [rows, columns] {
            return Err(error("a JPEG frame has another size than the image"));
        }
        let pixels = decoder.decode().map_err(damaged)?;
        match (info.pixel_format, width) {
            (PixelFormat::L8, 1) => decoded.extend_from_slice(&pixels),
            (PixelFormat::L8, 2) => decoded.extend(pixels.iter().flat_map(|value| [*value, 0])),
            (PixelFormat::L16, 2) => decoded.extend(
                pixels
                    .chunks_exact(2)
                    .flat_map(|pair| u16::from_ne_bytes([pair[0], pair[1]]).to_le_bytes()),
            ),
            _ => return Err(error("a JPEG frame has other pixels than the image")),
        }
    }
    Ok(decoded)
}

fn error(what: &'static str) -> DicomError {
    DicomError::Malformed { what, position: 0 }
}
