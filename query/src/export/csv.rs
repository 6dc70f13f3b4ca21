//! Lines of CSV (RFC 4180) that a spreadsheet takes for text.

use steplog_model::event::StoredEvent;

use crate::columns::{Attributes, RowColumn};

/// An event as a line.
pub(super) fn event(stored: &StoredEvent, columns: &[RowColumn]) -> Vec<u8> {
    let attributes = Attributes::of(&stored.event, columns);
    line(columns.iter().map(|column| column.text(stored, &attributes)))
}

/// Cells as a line. An absent value is an empty cell, an empty text a quoted one.
pub(super) fn line(cells: impl Iterator<Item = Option<String>>) -> Vec<u8> {
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

/// A cell that begins as a formula does would be run by spreadsheets: an apostrophe makes it a text
/// (OWASP, "CSV injection").
fn put(out: &mut Vec<u8>, cell: &str) {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
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
        for cell in ["=1+1", "+49 170", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(text(&[Some(cell)]), format!("\"'{cell}\"\r\n"));
        }
        assert_eq!(text(&[Some("a=1")]), "a=1\r\n");
    }
}
