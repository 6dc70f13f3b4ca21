//! What answers tell of an event that no search looks at: how long it took, its arrival number, what was noticed.

use steplog_model::event::Flags;

/// Units of durations, as the page and people write them.
const UNITS: [&str; 13] =
    ["ns", "µs", "μs", "us", "ms", "s", "sec", "seconds", "m", "min", "minutes", "h", "d"];

/// What to know about a search that is nothing but such a fact.
pub(super) fn of(text: &str) -> Option<&'static str> {
    let text = bare(text);
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

/// Whether a text is an amount of time or several side by side: `14.4 s`, `2 min 3 s`, `350ms`.
pub(super) fn is_duration(text: &str) -> bool {
    let mut rest = bare(text).trim_start_matches(['+', '-', '\u{2212}']);
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
        ] {
            assert!(is_duration(text), "{text}");
        }
        for text in ["", "s", "14", "14.4 apples", "ms 14", "14 s late", "v2 s", "s 2"] {
            assert!(!is_duration(text), "{text}");
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
        ] {
            let told = of(text);
            assert_eq!(told.map(|_| ()), want.map(|_| ()), "{text}");
            assert!(want.is_none_or(|word| told.is_some_and(|told| told.contains(word))), "{text}");
        }
    }
}
