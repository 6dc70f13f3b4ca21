//! Small questions about texts that the mapping asks.

use std::borrow::Cow;

/// The longest word that a table of words knows, in bytes.
const MAX_WORD_BYTES: usize = 64;

/// The longest text of one line, in bytes: a few words, the record has the whole.
const MAX_LINE_BYTES: usize = 200;

/// The longest text that is taken for an event name, in bytes.
const MAX_NAME_BYTES: usize = 128;

/// Writes `word` into `out` as tables of words compare it: in lower case, with `_` for spaces and
/// hyphens. Words longer than any table's leave `out` empty.
pub(super) fn fold(word: &str, out: &mut String) {
    out.clear();
    let word = word.trim();
    if word.len() > MAX_WORD_BYTES {
        return;
    }
    for character in word.chars() {
        match character {
            ' ' | '-' => out.push('_'),
            'a'..='z' | '_' | '.' | '0'..='9' => out.push(character),
            _ => out.extend(character.to_lowercase()),
        }
    }
}

/// Whether the name is the Rust tracing bridge's default: `event FILE:LINE`.
pub(super) fn is_tracing_default(name: &str) -> bool {
    name.strip_prefix("event ").and_then(|place| place.rsplit_once(':')).is_some_and(|(file, line)| {
        !file.is_empty() && !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// The severity number that a text stands for: a name of OpenTelemetry's or syslog's, of any case.
pub(super) fn severity_number(text: &str) -> Option<i32> {
    let mut folded = String::new();
    fold(text, &mut folded);
    let (name, step) = match folded.as_bytes().split_last() {
        Some((digit @ b'2'..=b'4', name)) => (folded.get(..name.len())?, i32::from(digit - b'1')),
        _ => (folded.as_str(), 0),
    };
    let base = match name {
        "trace" => 1,
        "debug" => 5,
        "info" => 9,
        "warn" => 13,
        "error" => 17,
        "fatal" => 21,
        _ if step > 0 => return None,
        "verbose" => 1,
        "information" | "informational" => 9,
        "notice" => 10,
        "warning" => 13,
        "err" | "severe" => 17,
        "crit" | "critical" => 18,
        "alert" => 19,
        "emerg" | "emergency" | "panic" => 21,
        _ => return None,
    };
    Some(base + step)
}

/// Whether a text looks like a dotted event name: `journey.message_sent`.
pub(super) fn looks_like_name(text: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    };
    text.len() <= MAX_NAME_BYTES && text.contains('.') && text.split('.').all(is_part)
}

/// Whether a text is for people: neither a dotted name nor JSON.
pub(super) fn looks_like_sentence(text: &str) -> bool {
    let text = text.trim();
    !looks_like_name(text) && !text.starts_with(['{', '['])
}

/// The body, where it is the name with a first part before it: `claude_code.tool_result` for `tool_result`.
pub(super) fn name_after_body<'a>(name: &str, body: Option<&'a str>) -> Option<&'a str> {
    let body = body?;
    let first = body.strip_suffix(name)?.strip_suffix('.')?;
    (!first.is_empty() && looks_like_name(body)).then_some(body)
}

/// The member `model` of a text that is JSON.
pub(super) fn model(json: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Parameters {
        model: String,
    }
    serde_json::from_str(json).ok().map(|Parameters { model }| model)
}

/// The text on one line, cut to a few words; `None` where nothing is left.
pub(super) fn line(text: &str) -> Option<Cow<'_, str>> {
    let clean = |text: &str| {
        !text.contains("  ") && !text.contains(|c: char| c.is_control() || (c.is_whitespace() && c != ' '))
    };
    let text = text.trim();
    if text.len() <= MAX_LINE_BYTES && clean(text) {
        return (!text.is_empty()).then_some(Cow::Borrowed(text));
    }
    let mut out = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        if out.len() > MAX_LINE_BYTES {
            out.truncate(out.floor_char_boundary(MAX_LINE_BYTES));
            out.push('…');
            break;
        }
    }
    (!out.is_empty()).then_some(Cow::Owned(out))
}

/// The endings of an event name's last part, longest first, as tables of words compare them.
pub(super) fn endings(folded: &str) -> impl Iterator<Item = &str> {
    let last = folded.rsplit('.').next().unwrap_or(folded);
    let later = last.char_indices().filter(|(_, c)| *c == '_').map(|(place, _)| &last[place + 1..]);
    std::iter::once(last).chain(later)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_tracing_bridge() {
        for name in ["event src/main.rs:12", "event C:\\x y\\a.rs:1", "event a:b:7"] {
            assert!(is_tracing_default(name), "{name}");
        }
        for name in ["event src/main.rs", "event :7", "event a:", "event a:7b", "my event a:7", "event"] {
            assert!(!is_tracing_default(name), "{name}");
        }
    }

    #[test]
    fn severities_have_numbers() {
        for (text, number) in [
            ("TRACE", Some(1)),
            ("Debug4", Some(8)),
            ("info", Some(9)),
            ("Warning", Some(13)),
            ("ERROR", Some(17)),
            (" error2 ", Some(18)),
            ("critical", Some(18)),
            ("FATAL4", Some(24)),
            ("emerg", Some(21)),
            ("err2", None),
            ("error5", None),
            ("loud", None),
            ("", None),
        ] {
            assert_eq!(severity_number(text), number, "{text}");
        }
    }

    #[test]
    fn dotted_names() {
        for name in ["a.b", "journey.message_sent", "gemini_cli.tool-call.x9"] {
            assert!(looks_like_name(name), "{name}");
        }
        for name in ["", "a", "a.", ".b", "a..b", "1.2", "a.2", "Hello. World", "é.b", &"a.b".repeat(60)] {
            assert!(!looks_like_name(name), "{name}");
        }
        assert_eq!(name_after_body("tool_result", Some("x.tool_result")), Some("x.tool_result"));
        assert_eq!(name_after_body("tool_result", Some("tool_result")), None);
        assert_eq!(name_after_body("tool_result", Some("I did a x.tool_result")), None);
        assert_eq!(name_after_body("tool_result", None), None);
    }

    #[test]
    fn lines_are_short_and_single() {
        assert_eq!(line("a b").as_deref(), Some("a b"));
        assert!(matches!(line(" a b\n"), Some(Cow::Borrowed("a b"))));
        assert_eq!(line("a\r\n\tb\0c  d").as_deref(), Some("a b c d"));
        assert_eq!(line(" \n "), None);
        let long = line(&"é".repeat(1_000)).unwrap().into_owned();
        assert!(long.ends_with("é…") && long.len() <= 203, "{long}");
    }

    #[test]
    fn endings_start_with_the_longest() {
        let found: Vec<_> = endings("journey.wait_has_timed_out").collect();
        assert_eq!(found, ["wait_has_timed_out", "has_timed_out", "timed_out", "out"]);
        assert_eq!(endings("").collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn words_are_folded() {
        let mut out = String::new();
        fold(" Timed-Out NOW ", &mut out);
        assert_eq!(out, "timed_out_now");
        fold(&"x".repeat(65), &mut out);
        assert_eq!(out, "");
    }
}
