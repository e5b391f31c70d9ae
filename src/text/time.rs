//! Points in time, in the format that registries send: they are untrusted input.

use jiff::Timestamp;

/// An ISO 8601 time with `Z` or an offset, such as `2026-12-01T00:00:00.000Z`, as seconds since 1970. `None`: it is no such
/// time, or lies before 1970 or after the year 9999.
pub fn seconds(time: &str) -> Option<u64> {
    let time: Timestamp = time.trim().parse().ok()?;
    u64::try_from(time.as_second()).ok()
}

/// The month and the year of a point in time, in UTC: `January 2024`. `None`: it lies after the year 9999.
pub fn month(seconds: u64) -> Option<String> {
    let time = Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
    Some(time.strftime("%B %Y").to_string())
}

#[cfg(test)]
mod tests {
    use super::{month, seconds};

    #[test]
    fn a_point_in_time_has_a_month() {
        assert_eq!(month(1_704_067_199).as_deref(), Some("December 2023"));
        assert_eq!(month(1_704_067_200).as_deref(), Some("January 2024"));
        assert_eq!(month(u64::MAX), None);
    }

    #[test]
    fn iso_times_become_seconds() {
        for (text, expected) in [
            ("1970-01-01T00:00:00.000Z", Some(0)),
            ("2000-02-29T12:00:00Z", Some(951_825_600)),
            ("2026-01-01T00:00:00.000Z", Some(1_767_225_600)),
            ("2026-01-01T02:30:00+02:30", Some(1_767_225_600)),
            ("2025-12-31T23:00:00-0100", Some(1_767_225_600)),
            (" 2026-01-01 00:00Z ", Some(1_767_225_600)),
            ("2026-13-01T00:00:00Z", None),
            ("2026-02-30T00:00:00Z", None),
            ("2026-01-01T00:00:00", None),
            ("2026-01-01", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }

    #[test]
    fn implausible_times_are_rejected() {
        for text in [
            "0000-01-01T00:00:00Z",
            "-009999-01-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "+275760-09-13T00:00:00.000Z",
            "99999-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999999999-25:59",
            &format!("{}-01-01T00:00:00Z", "9".repeat(10_000)),
        ] {
            assert_eq!(seconds(text), None, "{text:.40}");
        }
    }
}
