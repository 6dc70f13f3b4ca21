//! Numbers of things, as they are said.

/// `1 event`, `2 events`, `3 retries`.
#[must_use]
pub fn counted(count: u64, one: &str) -> String {
    format!("{count} {}", things(count, one))
}

/// The word for so many things: `event` for one of them, else `events`.
#[must_use]
pub fn things(count: u64, one: &str) -> String {
    match one.strip_suffix('y') {
        _ if count == 1 => one.to_owned(),
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{one}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_said_as_one() {
        assert_eq!(counted(1, "log record"), "1 log record");
        assert_eq!([0, 2].map(|count| counted(count, "day")), ["0 days", "2 days"]);
        assert_eq!([1, 2].map(|count| counted(count, "retry")), ["1 retry", "2 retries"]);
    }
}
