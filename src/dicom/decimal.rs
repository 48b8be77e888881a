//! Decimal strings (DS) to numbers, straight from the bytes and correctly rounded.

use crate::geometry::vector::Vector;

/// Powers of ten that double precision holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];
/// Whole numbers up to here are exact in double precision.
const EXACT: u64 = 1 << 53;
/// More digits than this may overflow the mantissa.
const MAX_DIGITS: u32 = 19;

/// Whether a byte pads a value.
const fn is_padding(byte: u8) -> bool {
    matches!(byte, b' ' | 0 | b'\t' | b'\r' | b'\n')
}

/// One decimal number, with padding around it allowed; `None` for anything else.
///
/// A mantissa up to 2^53 and a power of ten up to 10^22 are exact, so their one product or quotient
/// is the correctly rounded value (Clinger 1990); the standard library parses the rest.
pub(super) fn parse(bytes: &[u8]) -> Option<f64> {
    let (value, end) = parse_at(bytes, 0)?;
    (end >= bytes.len()).then_some(value)
}

/// Parses the value that starts at `at`; returns it and the place of the backslash after it, or the end.
#[inline]
fn parse_at(bytes: &[u8], mut at: usize) -> Option<(f64, usize)> {
    while bytes.get(at).copied().is_some_and(is_padding) {
        at += 1;
    }
    let start = at;
    let negative = match bytes.get(at) {
        Some(b'-') => {
            at += 1;
            true
        }
        Some(b'+') => {
            at += 1;
            false
        }
        _ => false,
    };
    let mut mantissa = 0_u64;
    let mut digits = 0_u32;
    let mut seen = false;
    let mut scale = 0_i32;
    while let Some(digit) = bytes
        .get(at)
        .map(|b| b.wrapping_sub(b'0'))
        .filter(|d| *d < 10)
    {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
        digits += u32::from(mantissa != 0);
        seen = true;
        at += 1;
    }
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        while let Some(digit) = bytes
            .get(at)
            .map(|b| b.wrapping_sub(b'0'))
            .filter(|d| *d < 10)
        {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
            digits += u32::from(mantissa != 0);
            scale = scale.saturating_sub(1);
            seen = true;
            at += 1;
        }
    }
    if !seen {
        return None;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let (exponent, end) = exponent_at(bytes, at + 1)?;
        scale = scale.saturating_add(exponent);
        at = end;
    }
    let end = at;
    while bytes.get(at).copied().is_some_and(is_padding) {
        at += 1;
    }
    if !matches!(bytes.get(at), None | Some(b'\\')) {
        return None;
    }
    let power = POWERS.get(scale.unsigned_abs() as usize);
    let value = match power {
        Some(power) if digits <= MAX_DIGITS && mantissa <= EXACT => {
            let magnitude = if scale < 0 {
                mantissa as f64 / power
            } else {
                mantissa as f64 * power
            };
            if negative { -magnitude } else { magnitude }
        }
        _ => std::str::from_utf8(bytes.get(start..end)?)
            .ok()?
            .parse::<f64>()
            .ok()
            .filter(|value| value.is_finite())?,
    };
    Some((value, at))
}

/// The whole number after an `e`.
fn exponent_at(bytes: &[u8], mut at: usize) -> Option<(i32, usize)> {
    let negative = match bytes.get(at) {
        Some(b'-') => {
            at += 1;
            true
        }
        Some(b'+') => {
            at += 1;
            false
        }
        _ => false,
    };
    let first = at;
    let mut exponent = 0_i32;
    while let Some(digit) = bytes
        .get(at)
        .map(|b| b.wrapping_sub(b'0'))
        .filter(|d| *d < 10)
    {
        exponent = exponent.saturating_mul(10).saturating_add(i32::from(digit));
        at += 1;
    }
    (at > first).then_some((if negative { -exponent } else { exponent }, at))
}

/// All numbers of a backslash-separated value; `None` when one of them is no number. An empty value is
/// an empty list.
pub(super) fn parse_list(bytes: &[u8]) -> Option<Vec<f64>> {
    if bytes.iter().copied().all(is_padding) {
        return Some(Vec::new());
    }
    let mut values = Vec::new();
    let mut at = 0;
    loop {
        let (value, end) = parse_at(bytes, at)?;
        values.push(value);
        if end >= bytes.len() {
            return Some(values);
        }
        at = end + 1;
    }
}

/// Why a value is no list of points.
pub(super) const NOT_A_NUMBER: &str = "a coordinate is no decimal number";
/// Why a value is no list of points.
pub(super) const NOT_TRIPLES: &str = "the number of coordinates is not a multiple of three";

/// The points of a `ContourData` value. `expected` is how many the file promises; it only sizes the list.
///
/// # Errors
/// [`NOT_A_NUMBER`] or [`NOT_TRIPLES`].
pub(super) fn parse_points(bytes: &[u8], expected: usize) -> Result<Vec<Vector>, &'static str> {
    // Six bytes are the shortest point, so no promise makes the list longer than its text allows.
    let mut points = Vec::with_capacity(expected.min(bytes.len() / 6 + 1));
    if bytes.iter().copied().all(is_padding) {
        return Ok(points);
    }
    let mut at = 0;
    loop {
        let mut point = [0.0; 3];
        for (axis, coordinate) in point.iter_mut().enumerate() {
            let (value, end) = parse_at(bytes, at).ok_or(NOT_A_NUMBER)?;
            *coordinate = value;
            at = end + 1;
            if end >= bytes.len() && axis < 2 {
                return Err(NOT_TRIPLES);
            }
        }
        points.push(point);
        if at > bytes.len() {
            return Ok(points);
        }
    }
}

/// The longest text of a DS value.
const DS_LENGTH: usize = 16;

/// The closest decimal string of at most sixteen characters.
pub(super) fn format(value: f64) -> String {
    let plain = format!("{value}");
    if plain.len() <= DS_LENGTH {
        return plain;
    }
    let mut best = (f64::INFINITY, String::from("0"));
    let fixed = (0..DS_LENGTH).map(|digits| format!("{value:.digits$}"));
    let scientific = (0..DS_LENGTH).map(|digits| format!("{value:.digits$e}"));
    for text in fixed.chain(scientific) {
        let error = text
            .parse::<f64>()
            .map_or(f64::INFINITY, |got| (got - value).abs());
        if text.len() <= DS_LENGTH && error < best.0 {
            best = (error, text);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_as_files_write_them() {
        let cases: [(&str, f64); 13] = [
            ("0", 0.0),
            ("-0.0", 0.0),
            (" -228.6541915 ", -228.654_191_5),
            ("+1.50\0", 1.5),
            ("1.4e-5", 1.4e-5),
            ("5.0E-1", 0.5),
            (".5", 0.5),
            ("5.", 5.0),
            ("1.0453915949e-06", 1.045_391_594_9e-6),
            ("0.00000000000000000000000000012", 1.2e-28),
            ("123456789012345678901234567890", 1.234_567_890_123_456_8e29),
            ("9007199254740993", 9_007_199_254_740_992.0),
            ("1e300", 1e300),
        ];
        for (text, value) in cases {
            assert_eq!(parse(text.as_bytes()), Some(value), "{text}");
        }
        for text in [
            "", " ", "-", ".", "e5", "1e", "1e+", "nan", "inf", "1e999", "1 2", "0x10", "1,5",
            "--1", "1\\2",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn points_need_three_numbers_each() {
        assert_eq!(
            parse_points(b"1\\2\\3\\-4.5\\5\\6 ", usize::MAX),
            Ok(vec![[1.0, 2.0, 3.0], [-4.5, 5.0, 6.0]])
        );
        assert_eq!(parse_points(b" ", 3), Ok(vec![]));
        assert_eq!(parse_points(b"1\\2\\3\\4", 2), Err(NOT_TRIPLES));
        assert_eq!(parse_points(b"1\\2\\", 2), Err(NOT_A_NUMBER));
        assert_eq!(parse_points(b"1\\2\\3\\", 2), Err(NOT_A_NUMBER));
        assert_eq!(parse_points(b"1\\x\\3", 2), Err(NOT_A_NUMBER));
        assert_eq!(parse_list(b"1\\2 \\ 3"), Some(vec![1.0, 2.0, 3.0]));
        assert_eq!(parse_list(b"1\\\\3"), None);
    }

    #[test]
    fn writes_sixteen_characters() {
        assert_eq!(format(-228.654_191_5), "-228.6541915");
        assert_eq!(format(0.1 + 0.2), "0.3");
        for value in [1.0 / 3.0, -2e-7 / 3.0, 1e20 / 3.0, -123_456.789_012_345_6] {
            let text = format(value);
            assert!(text.len() <= DS_LENGTH, "{text}");
            assert!(
                (text.parse::<f64>().unwrap() / value - 1.0).abs() < 1e-8,
                "{text}"
            );
        }
    }

    proptest! {
        // The standard library is the referee: it rounds correctly.
        #[test]
        fn agrees_with_the_standard_library(text in "[+-]?[0-9]{1,20}(\\.[0-9]{0,20})?([eE][+-]?[0-9]{1,2})?") {
            prop_assert_eq!(parse(text.as_bytes()), text.parse::<f64>().ok());
        }

        #[test]
        fn any_bytes_are_harmless(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = parse(&bytes);
            let _ = parse_list(&bytes);
            let _ = parse_points(&bytes, usize::MAX);
        }
    }
}
