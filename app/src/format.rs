//! Figures and times as people read them. Pure, so that pages are the same whoever draws them.

use domain::Time;

/// `12,345`.
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 user`, `12 users`.
pub fn counted(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(value), if value == 1 { one } else { many })
}

/// `2026-11-21 10:47:02 UTC`.
pub fn full_time(at: Time) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The time alone for today, the date with it otherwise.
pub fn short_time(at: Time, now: Time) -> String {
    if at.date_naive() == now.date_naive() {
        at.format("%H:%M:%S UTC").to_string()
    } else {
        at.format("%Y-%m-%d %H:%M UTC").to_string()
    }
}

/// `3 min ago`, `in 40 s`.
pub fn relative(at: Time, now: Time) -> String {
    let seconds = (now - at).num_seconds();
    if seconds.abs() < 2 {
        return "just now".to_owned();
    }
    let amount = coarse(seconds.unsigned_abs());
    if seconds > 0 { format!("{amount} ago") } else { format!("in {amount}") }
}

fn coarse(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        86_400..5_184_000 => counted(seconds / 86_400, "day", "days"),
        5_184_000..63_072_000 => counted(seconds / 2_592_000, "month", "months"),
        _ => counted(seconds / 31_536_000, "year", "years"),
    }
}

/// `340 ms`, `2.4 s`, `3 min 12 s`, `1 h 4 min`.
pub fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => format!("{seconds}.{} s", milliseconds % 1000 / 100),
        60_000..3_600_000 => two(seconds / 60, "min", seconds % 60, "s"),
        _ => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
    }
}

fn two(large: u64, of: &str, small: u64, of_small: &str) -> String {
    if small == 0 { format!("{large} {of}") } else { format!("{large} {of} {small} {of_small}") }
}

/// Milliseconds between two moments, never negative.
pub fn elapsed_ms(from: Time, to: Time) -> u64 {
    u64::try_from((to - from).num_milliseconds()).unwrap_or(0)
}

/// A name of the interface from a name of the API: `stageddelete` stays readable.
pub fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// For the places whose content leptos writes as it is.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        text.parse().expect("a time")
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(600_000), "600,000");
        assert_eq!(number(1_234_567), "1,234,567");
    }

    #[test]
    fn a_moment_is_told_from_both_sides() {
        let now = at("2026-11-21T10:00:00Z");
        assert_eq!(relative(at("2026-11-21T09:57:00Z"), now), "3 min ago");
        assert_eq!(relative(at("2026-11-21T10:00:40Z"), now), "in 40 s");
        assert_eq!(relative(now, now), "just now");
        assert_eq!(relative(at("2026-11-20T09:00:00Z"), now), "1 day ago");
    }

    #[test]
    fn the_date_appears_when_it_is_another_day() {
        let now = at("2026-11-21T10:00:00Z");
        assert_eq!(short_time(at("2026-11-21T09:57:01Z"), now), "09:57:01 UTC");
        assert_eq!(short_time(at("2026-11-20T23:59:59Z"), now), "2026-11-20 23:59 UTC");
    }

    #[test]
    fn durations_keep_two_units_at_most() {
        assert_eq!(duration(7), "7 ms");
        assert_eq!(duration(2_449), "2.4 s");
        assert_eq!(duration(192_000), "3 min 12 s");
        assert_eq!(duration(3_840_000), "1 h 4 min");
        assert_eq!(duration(120_000), "2 min");
    }

    #[test]
    fn markup_in_a_title_is_text() {
        assert_eq!(escape("a <b> & c"), "a &lt;b&gt; &amp; c");
    }
}
