//! What answers tell of an event that no search looks at: when it was, how long it took, its arrival number, what was
//! noticed.

use steplog_model::event::Flags;

use crate::text::Values;

/// Units of durations, as the page and people write them.
const UNITS: [&str; 13] =
    ["ns", "µs", "μs", "us", "ms", "s", "sec", "seconds", "m", "min", "minutes", "h", "d"];

/// What stands before a duration where it is shown.
const NAMES_OF_DURATIONS: [&str; 4] = ["duration_ms", "duration", "took", "busy"];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// What to know about a search that is nothing but such a fact.
pub(super) fn of(text: &str) -> Option<&'static str> {
    let text = bare(text);
    if let Some(values) = Values::read(&text.replace("\\\"", "\"").replace("\\\\", "\\")) {
        return of_json(&values);
    }
    if is_moment(text) {
        return Some(OF_MOMENT);
    }
    if is_duration(text) {
        return Some(
            "the search does not look at how long steps took: rows have it in the column Duration, CSV has it as \
             duration_ms, and Hot-spots tells what takes long",
        );
    }
    if is_number(text) {
        return Some(
            "a number is found in the groups that a text has it in (170 1234567 is not 1701234567); the search does not \
             look at arrival numbers and durations (seq, duration_ms)",
        );
    }
    let is_flag = Flags::WARNINGS.names().any(|name| name == text);
    is_flag.then_some("the search does not look at what was noticed: rows have it in the column flags")
}

/// What to know about JSON.
const fn of_json(values: &Values) -> Option<&'static str> {
    if values.is_empty() {
        Some(
            "in a list, or in names and values, the search looks at the values alone, not at their names; here all values \
             are empty",
        )
    } else if values.is_text() {
        Some(
            "numbers in brackets are looked for as they stand in a message, side by side; those of a list are found one by \
             one: write them without the brackets and commas",
        )
    } else {
        None
    }
}

/// What to know about a moment.
pub(super) const OF_MOMENT: &str =
    "the search does not look at the times of events: ask for a moment by from and to, the period";

/// Whether a text is a moment or a day as rows, files and people write them: `15:46:02.617`, `30 Nov 16:47:11`,
/// `2026-11-30`, `2026-11-30T15:46:02Z`.
pub(super) fn is_moment(text: &str) -> bool {
    let (mut is_one, mut has_month, mut has_day) = (false, false, false);
    let parts = bare(text).split(|c: char| c.is_whitespace() || c == ',');
    for part in parts.filter(|part| !part.is_empty()) {
        let (date, clock) = part.split_once(['T', 't']).unwrap_or((part, part));
        let is_both = is_date(date) && is_clock(clock);
        let is_digits = |most: usize| {
            let digits = part.trim_end_matches('.');
            digits.len() <= most && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        let month = part.to_ascii_lowercase();
        if is_both || is_date(part) || is_clock(part) {
            is_one = true;
        } else if is_digits(2) {
            has_day = true;
        } else if month.len() > 2 && MONTHS.iter().any(|name| name.starts_with(&month)) {
            has_month = true;
        } else if !is_digits(4)
            && !["am", "pm", "utc", "gmt", "z"].iter().any(|word| part.eq_ignore_ascii_case(word))
        {
            return false;
        }
    }
    is_one || (has_month && has_day)
}

/// Whether a text is a day of a year, whichever stands first.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['-', '.', '/']).collect();
    let is_number = |part: &&str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let [first, month, last] = parts.as_slice() else { return false };
    let of_year = |year: &&str, day: &&str| is_number(year, 4..=4) && is_number(day, 1..=2);
    (of_year(first, last) || of_year(last, first)) && is_number(month, 1..=2)
}

/// Whether a text is a time of a day, with a zone or without one.
fn is_clock(text: &str) -> bool {
    let text = text.trim_end_matches(['Z', 'z']);
    let text = text.find(['+', '-']).map_or(text, |at| &text[..at]);
    let mut parts: Vec<&str> = text.split(':').collect();
    let fraction = parts.last_mut().and_then(|last| {
        let (seconds, fraction) = last.split_once(['.', ','])?;
        *last = seconds;
        Some(fraction)
    });
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_fitting =
        |(place, part): (usize, &&str)| digits(part) && (part.len() == 2 || (place == 0 && part.len() == 1));
    (2..=3).contains(&parts.len())
        && fraction.is_none_or(|fraction| parts.len() == 3 && digits(fraction))
        && parts.iter().enumerate().all(is_fitting)
}

/// Whether a text is an amount of time or several side by side: `14.4 s`, `2 min 3 s`, `350ms`.
pub(super) fn is_duration(text: &str) -> bool {
    let text = bare(text);
    let named = NAMES_OF_DURATIONS.iter().find_map(|name| {
        let (begin, behind) = text.split_at_checked(name.len())?;
        begin.eq_ignore_ascii_case(name).then(|| behind.trim_start_matches([':', '=', ' ', '\t', '"']))
    });
    let mut rest = named.unwrap_or(text).trim_start_matches(['+', '-', '\u{2212}']);
    let mut any = false;
    while !rest.is_empty() {
        let number = rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
        let unit = number.trim_start();
        let end = unit.find(|c: char| !c.is_alphabetic()).unwrap_or(unit.len());
        let (unit, behind) = unit.split_at(end);
        if number.len() == rest.len() || !UNITS.contains(&unit) {
            return false;
        }
        any = true;
        rest = behind.trim_start();
    }
    any
}

fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '"')
}

/// A number, also one of a telephone.
fn is_number(text: &str) -> bool {
    let is_one = |c: char| c.is_ascii_digit() || c.is_whitespace() || "+-.,/()".contains(c);
    text.contains(|c: char| c.is_ascii_digit()) && text.chars().all(is_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_the_page_writes_them() {
        for text in [
            "412 ms",
            "2.02 s",
            "14.4 s",
            "1 min 17 s",
            "4 h 10 min",
            "3 d 2 h",
            "1,234 µs",
            "0 ms",
            "+350ms",
            "Took 14.4 s",
            "Duration: 412 ms",
            "busy 22.9 s",
        ] {
            assert!(is_duration(text), "{text}");
        }
        for text in ["", "s", "14", "14.4 apples", "ms 14", "14 s late", "v2 s", "s 2"] {
            assert!(!is_duration(text), "{text}");
        }
    }

    #[test]
    fn moments_as_rows_and_people_write_them() {
        for text in [
            "15:46:02.617",
            "2026-11-30 15:46:02.617",
            "30 Nov 16:47:11.570",
            "30 November 2026",
            "Nov 30, 2026 4:47:11 PM",
            "2026-11-30",
            "30.11.2026 15:00",
            "11/30/2026",
            "2026-11-30T07:39:57.773000000Z",
            "\"2026-11-30T07:39:57+01:00\"",
            "12:30",
        ] {
            assert!(is_moment(text), "{text}");
        }
        for text in [
            "",
            "30",
            "Nov",
            "2026",
            "1.2.3",
            "127.0.0.1",
            "10:20 late",
            "order 12:30",
            "2026-11",
            "12:3",
            "+49 170 1234567",
            "a:bc",
            "2026 11 30 07 39 57",
            "T",
            "marching 4",
        ] {
            assert!(!is_moment(text), "{text}");
        }
    }

    #[test]
    fn facts_are_told_alone() {
        for (text, want) in [
            ("\"14.4 s\"", Some("Duration")),
            ("14400.5", Some("duration_ms")),
            (" 20117 ", Some("seq")),
            ("time_ahead", Some("flags")),
            ("order 20117", None),
            ("explicit_id", None),
            ("-5", Some("seq")),
            ("+49 (0)170/1234567", Some("groups")),
            ("- -", None),
            (r#"{"a":null}"#, Some("values alone")),
            (r#""{\"a\":[\"\"]}""#, Some("values alone")),
            (r#"{"a":"x"}"#, None),
            ("[1, 2]", Some("brackets")),
        ] {
            let told = of(text);
            assert_eq!(told.map(|_| ()), want.map(|_| ()), "{text}");
            assert!(want.is_none_or(|word| told.is_some_and(|told| told.contains(word))), "{text}");
        }
    }
}
