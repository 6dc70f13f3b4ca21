//! Counts the events of an export while it comes in.

/// A count of lines; those within the quotes of CSV are not ends of rows.
#[derive(Debug)]
pub(super) struct Rows {
    is_csv: bool,
    /// Rows that are no events: the head.
    heads: u64,
    is_quoted: bool,
    rows: u64,
}

impl Rows {
    /// A count of nothing yet. Only CSV has a head, and only where it begins.
    pub(super) const fn new(is_csv: bool, is_beginning: bool) -> Self {
        Self { is_csv, heads: if is_csv && is_beginning { 1 } else { 0 }, is_quoted: false, rows: 0 }
    }

    /// Counts on.
    pub(super) fn count(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                // A doubled quote within quotes ends and begins them again.
                b'"' if self.is_csv => self.is_quoted = !self.is_quoted,
                b'\n' if !self.is_quoted => self.rows += 1,
                _ => {}
            }
        }
    }

    /// The events so far.
    pub(super) const fn events(&self) -> u64 {
        self.rows.saturating_sub(self.heads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(is_csv: bool, is_beginning: bool, text: &str, want: u64) {
        let mut rows = Rows::new(is_csv, is_beginning);
        for byte in text.as_bytes().chunks(1) {
            rows.count(byte);
        }
        assert_eq!(rows.events(), want, "{text:?}");
    }

    #[test]
    fn rows_are_counted_and_heads_are_none() {
        check(true, true, "id,reason\r\n1,a\r\n2,\"two\nlines \"\"so\"\"\"\r\n", 2);
        check(true, false, "1,a\r\n2,b\r\n", 2);
        check(true, true, "id\r\n", 0);
        check(false, true, "{\"a\":\"x\"}\n{\"b\":1}\n", 2);
        check(false, false, "{}\n", 1);
        check(true, true, "", 0);
    }
}
