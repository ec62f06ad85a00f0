//! Generalized time (RFC 4517 section 3.3.13) to the second.

use domain::Entry;

const DAY: i64 = 86_400;

/// When an entry changed last, in seconds since 1970. Some directories give no time of a change before the first one.
pub(super) fn changed(entry: &Entry) -> Option<i64> {
    [entry.text("modifyTimestamp"), entry.text("createTimestamp")]
        .into_iter()
        .flatten()
        .filter_map(parse)
        .max()
}

pub(super) fn made(entry: &Entry) -> Option<i64> {
    entry.text("createTimestamp").and_then(parse)
}

/// Reads `YYYYMMDDHHMMSS`, a fraction that is dropped, and `Z` or a difference from it.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (digits, rest) = text.split_at_checked(14)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<i64>().ok());
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let (hour, minute, second) = (number(8, 10)?, number(10, 12)?, number(12, 14)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let zone =
        rest.trim_start_matches(|character: char| character.is_ascii_digit() || ".,".contains(character));
    let offset = match zone.as_bytes() {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), digits @ ..] if digits.len() == 4 || digits.len() == 2 => {
            let digits = std::str::from_utf8(digits).ok()?;
            let hours: i64 = digits.get(..2)?.parse().ok()?;
            let minutes: i64 =
                digits.get(2..).filter(|rest| !rest.is_empty()).map_or(Some(0), |it| it.parse().ok())?;
            (hours * 3_600 + minutes * 60) * if *sign == b'+' { 1 } else { -1 }
        }
        _ => return None,
    };
    Some(days(year, month, day) * DAY + hour * 3_600 + minute * 60 + second - offset)
}

/// The text of a second, in UTC.
pub(super) fn format(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = date(days);
    format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
}

/// Days from 1970-01-01, by the Gregorian calendar. Years begin in March, so that the leap day is the last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_fractions_and_zones() {
        for (text, seconds) in [
            ("19700101000000Z", 0),
            ("20260105101112Z", 1_767_607_872),
            ("20260105101112.000001Z", 1_767_607_872),
            ("20260105101112,5Z", 1_767_607_872),
            ("20260105111112+0100", 1_767_607_872),
            ("20260105081112-02", 1_767_607_872),
            ("20000229235959Z", 951_868_799),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
        for text in [
            "",
            "2026",
            "20261305101112Z",
            "20260105101112",
            "20260105101112+1",
            "2026010510111éZ",
            "2026010524xx12Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_survives_the_way_there_and_back() {
        for day in -200_000..200_000 {
            let seconds = day * DAY + 3_723;
            let text = format(seconds);
            if text.len() == 15 && !text.starts_with('-') {
                assert_eq!(parse(&text), Some(seconds), "{text}");
            }
        }
        assert_eq!(format(1_767_607_872), "20260105101112Z");
    }
}
