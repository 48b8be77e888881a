//! Dates and times of DICOM as seconds, for differences.

/// Seconds of a date `YYYYMMDD` and a time `HHMMSS.FFFFFF` on one running scale.
pub(super) fn moment_seconds(date: &str, time: &str) -> Option<f64> {
    Some(day_number(date)? as f64 * 86400.0 + day_seconds(time)?)
}

/// Seconds of `YYYYMMDDHHMMSS.FFFFFF`; an offset from universal time is left out, as dates beside it have none.
pub(super) fn parse_date_time(text: &str) -> Option<f64> {
    let text = text.split(['+', '-', '&']).next()?;
    moment_seconds(text.get(..8)?, text.get(8..)?)
}

fn digits(text: &str) -> Option<i64> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Days since a fixed day (civil calendar).
fn day_number(date: &str) -> Option<i64> {
    let (y, m, d) = (
        digits(date.get(..4)?)?,
        digits(date.get(4..6)?)?,
        digits(date.get(6..8)?)?,
    );
    if date.len() != 8 || !(1..=12).contains(&m) || !(1..=31).contains(&d) {
        return None;
    }
    // Years that begin in March, so that a leap day is the last day.
    let (year, month) = if m > 2 { (y, m - 3) } else { (y - 1, m + 9) };
    Some(365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + d)
}

fn day_seconds(time: &str) -> Option<f64> {
    let part = |range: std::ops::Range<usize>| match time.get(range) {
        Some(two) => digits(two),
        None => Some(0),
    };
    let (h, m) = (digits(time.get(..2)?)?, part(2..4)?);
    let s: f64 = match time.get(4..) {
        None | Some("") => 0.0,
        Some(rest) if rest.bytes().all(|b| b.is_ascii_digit() || b == b'.') => rest.parse().ok()?,
        Some(_) => return None,
    };
    (h < 24 && m < 60 && s < 61.0).then(|| (h * 3600 + m * 60) as f64 + s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences() {
        let gap = |a: (&str, &str), b: (&str, &str)| {
            moment_seconds(b.0, b.1).unwrap() - moment_seconds(a.0, a.1).unwrap()
        };
        assert_eq!(
            gap(("20240228", "230000"), ("20240301", "010000.5")),
            26.0 * 3600.0 + 0.5
        );
        assert_eq!(gap(("20230228", "23"), ("20230301", "01")), 2.0 * 3600.0);
        assert_eq!(gap(("20231231", "235959"), ("20240101", "000000")), 1.0);
        let text = parse_date_time("20240301010000.000000+0100").unwrap();
        assert_eq!(text, moment_seconds("20240301", "0100").unwrap());
        for (date, time) in [
            ("2024", "01"),
            ("20241301", "01"),
            ("20240101", "25"),
            ("20240101", "01:00"),
        ] {
            assert_eq!(moment_seconds(date, time), None, "{date} {time}");
        }
    }
}
