//! Lines of CSV (RFC 4180) that a spreadsheet takes for text.

use steplog_model::event::StoredEvent;

use crate::columns::{Attributes, RowColumn};
use crate::zone::Zone;

/// An event as a line.
pub(super) fn event(stored: &StoredEvent, columns: &[RowColumn], zone: Option<&Zone>) -> Vec<u8> {
    let attributes = Attributes::of(&stored.event, columns);
    line(columns.iter().map(|column| column.text(stored, &attributes, zone)))
}

/// Cells as a line. An absent value is an empty cell, an empty text a quoted one.
pub(crate) fn line(cells: impl Iterator<Item = Option<String>>) -> Vec<u8> {
    let mut out = Vec::new();
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            out.push(b',');
        }
        if let Some(cell) = cell {
            put(&mut out, &cell);
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// Whether a spreadsheet would run a cell: it begins as a formula does, in the width of any script, maybe behind
/// what is not seen. A number is none, also one with a sign.
fn is_formula(cell: &str) -> bool {
    let seen = cell.trim_start_matches(|c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '"' | '\'')
    });
    let begins = seen.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹢', '﹣', '﹦', '﹫']);
    let steers = cell.starts_with(['\t', '\r', '\n']);
    (begins || steers) && !is_number(cell)
}

/// Whether the text is a number as every program writes it: `-5.25`, `1.5e-7`.
fn is_number(cell: &str) -> bool {
    let plain = |c: u8| c.is_ascii_digit() || matches!(c, b'.' | b'+' | b'-' | b'e' | b'E');
    cell.bytes().all(plain) && cell.bytes().any(|c| c.is_ascii_digit()) && cell.parse::<f64>().is_ok()
}

/// Puts a cell. An apostrophe makes a formula a text (OWASP, "CSV injection").
fn put(out: &mut Vec<u8>, cell: &str) {
    let formula = is_formula(cell);
    let quoted = formula || cell.is_empty() || cell.contains(['"', ',', '\r', '\n']) || cell.trim() != cell;
    if !quoted {
        out.extend_from_slice(cell.as_bytes());
        return;
    }
    out.push(b'"');
    if formula {
        out.push(b'\'');
    }
    for byte in cell.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::line;

    fn text(cells: &[Option<&str>]) -> String {
        String::from_utf8(line(cells.iter().map(|cell| cell.map(str::to_owned)))).unwrap()
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(text(&[Some("a b"), None, Some(""), Some("c")]), "a b,,\"\",c\r\n");
        assert_eq!(
            text(&[Some("say \"hi\""), Some("x,y"), Some("two\nlines"), Some(" edge")]),
            "\"say \"\"hi\"\"\",\"x,y\",\"two\nlines\",\" edge\"\r\n"
        );
    }

    #[test]
    fn nothing_is_taken_for_a_formula() {
        let formulas = [
            "=1+1",
            "+49 170",
            "-1+1",
            "-cmd",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            " =1",
            "\u{a0}=1",
            "\u{feff}=1",
            "＝1",
            "＋1",
            "－1",
            "＠x",
            "+",
            "-",
            "-inf",
            "+1e",
            "\t5",
            "\u{3000}＝1",
        ];
        for cell in formulas {
            assert_eq!(text(&[Some(cell)]), format!("\"'{cell}\"\r\n"));
        }
        for number in ["-1", "-5.25", "+5", "1e21", "-1.5e-7", "-.5", "1e+21"] {
            assert_eq!(text(&[Some(number)]), format!("{number}\r\n"));
        }
        assert_eq!(text(&[Some("a=1")]), "a=1\r\n");
    }
}
