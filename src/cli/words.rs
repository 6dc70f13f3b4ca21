//! Moments, lengths of time, statuses and values from anybody, as people read them.

use anstyle::{AnsiColor, Style};
use serde_json::Value;
use steplog_model::status;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Puts styles around texts where colours are wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint(pub(super) bool);

impl Paint {
    /// The text in a style.
    pub(super) fn put(self, style: Style, text: &str) -> String {
        if self.0 && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.put(Style::new().bold(), text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.put(Style::new().dimmed(), text)
    }

    /// The text in the colour of a status.
    pub(super) fn status(self, name: &str, text: &str) -> String {
        self.put(Style::new().fg_color(colour(name).map(Into::into)), text)
    }
}

/// A number as people read it: `41,474`.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The colour of a status.
pub(super) fn colour(name: &str) -> Option<AnsiColor> {
    match name {
        status::SUCCESS => Some(AnsiColor::Green),
        status::FAILURE => Some(AnsiColor::Red),
        status::TIMED_OUT => Some(AnsiColor::Yellow),
        status::IN_PROGRESS => Some(AnsiColor::Blue),
        _ => None,
    }
}

/// The sign of a status.
pub(super) fn icon(name: &str) -> &'static str {
    match name {
        status::SUCCESS => "✔",
        status::FAILURE => "✘",
        status::IN_PROGRESS => "…",
        status::SKIPPED => "↷",
        status::CANCELLED => "⊘",
        status::TIMED_OUT => "⧖",
        "" => " ",
        _ => "?",
    }
}

/// A length of time in its two largest units.
pub(super) fn length(nanos: i64) -> String {
    if nanos <= 0 {
        return "0 ms".to_owned();
    }
    let millis = nanos as f64 / 1e6;
    let seconds = nanos / 1_000_000_000;
    match seconds {
        0 if nanos < 10_000_000 => format!("{millis:.1} ms"),
        0 => format!("{millis:.0} ms"),
        1..60 => format!("{:.1} s", millis / 1e3),
        60..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

fn two(large: i64, large_unit: &str, small: i64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large} {large_unit}")
    } else {
        format!("{large} {large_unit} {small} {small_unit}")
    }
}

/// Values come from anybody: what would steer the terminal is shown as a sign of it.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_unseen(c) { '\u{fffd}' } else { c }).collect()
}

/// Marks that turn the direction of writing, so that a text could look like another one.
const fn is_unseen(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A value of the command line, which may be anything but empty: a variable of a script that was not set.
pub(super) fn not_empty(value: &str) -> Result<String, String> {
    if value.trim().is_empty() {
        return Err("it is empty; is a variable not set?".to_owned());
    }
    Ok(value.to_owned())
}

/// A file or directory of the command line.
pub(super) fn path(value: &str) -> Result<std::path::PathBuf, String> {
    not_empty(value).map(Into::into)
}

/// The text of a member, empty where it has none.
pub(super) fn text<'a>(members: &'a serde_json::Map<String, Value>, name: &str) -> &'a str {
    members.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The text of a member, of several texts all of them.
pub(super) fn values(members: &serde_json::Map<String, Value>, name: &str) -> String {
    match members.get(name) {
        Some(Value::Array(several)) => {
            several.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        _ => text(members, name).to_owned(),
    }
}

/// As much of a text as fits into so many columns of the terminal, with `…` where it was cut.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let Some(mut left) = columns.checked_sub(1) else { return String::new() };
    let mut short = String::new();
    for c in text.chars() {
        let needed = c.width().unwrap_or_default();
        if needed > left {
            break;
        }
        left -= needed;
        short.push(c);
    }
    short + "…"
}

/// A text cut or filled up to so many columns of the terminal.
pub(super) fn padded(text: &str, columns: usize) -> String {
    let mut text = cut(text, columns);
    let missing = columns.saturating_sub(text.width());
    text.extend(std::iter::repeat_n(' ', missing));
    text
}

/// A text as lines of so many columns, broken between words where there are any.
pub(super) fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let mut word = printable(word);
            if !line.is_empty() && line.width() + 1 + word.width() > columns {
                lines.push(std::mem::take(&mut line));
            }
            while word.width() > columns {
                let head: String = cut(&word, columns).trim_end_matches('…').to_owned();
                word = word.get(head.len()..).unwrap_or_default().to_owned();
                if head.is_empty() {
                    break;
                }
                lines.push(head);
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_their_two_largest_units() {
        let check = |nanos, want| assert_eq!(length(nanos), want);
        check(400_000, "0.4 ms");
        check(151_608_000, "152 ms");
        check(1_250_000_000, "1.2 s");
        check(60_000_000_000, "1 min");
        check(123_000_000_000, "2 min 3 s");
        check(11_100_000_000_000, "3 h 5 min");
        check(187_200_000_000_000, "2 d 4 h");
        check(-1, "0 ms");
        check(i64::MIN, "0 ms");
    }

    #[test]
    fn texts_fit_by_what_a_terminal_shows() {
        let check = |text, columns, want| assert_eq!(cut(text, columns), want);
        check("short", 5, "short");
        check("longer", 5, "long…");
        check("漢字漢字", 8, "漢字漢字");
        check("漢字漢字", 6, "漢字…");
        check("e\u{301}e\u{301}e\u{301}", 3, "e\u{301}e\u{301}e\u{301}");
        assert_eq!(padded("漢", 4), "漢  ");
    }

    #[test]
    fn words_are_kept_whole_where_they_fit() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("a\nb\u{1b}[31m", 20), ["a", "b\u{fffd}[31m"]);
        assert_eq!(wrapped("abcdefghij", 5), ["abcd", "efgh", "ij"]);
    }

    #[test]
    fn what_steers_a_terminal_or_turns_the_text_is_shown() {
        assert_eq!(printable("a\u{1b}[2J\u{202e}b"), "a\u{fffd}[2J\u{fffd}b");
    }
}
