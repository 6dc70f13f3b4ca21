//! Rows of events as a table that fits the terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table};
use serde_json::Value;
use steplog_model::column::{Column, ColumnKind};
use steplog_model::status;

use super::api::Row;

/// The columns that a table may have, in the order in which they stand.
const COLUMNS: [Column; 7] = [
    Column::Event,
    Column::OccurredIn,
    Column::Object,
    Column::Element,
    Column::Person,
    Column::Interaction,
    Column::Reason,
];
/// The same in the order in which they are left out where the terminal is narrow, the last one first.
const BY_WEIGHT: [Column; 7] = [
    Column::Event,
    Column::Person,
    Column::Reason,
    Column::Interaction,
    Column::Object,
    Column::Element,
    Column::OccurredIn,
];
/// A terminal that tells less, or nothing, is taken for one of this width.
const USUAL_WIDTH: u16 = 120;
const LEAST_WIDTH: u16 = 40;
/// Time and status, with the space around them.
const FIXED_WIDTH: usize = 24;
/// Texts wider than this are wrapped; identifiers never, so that they can be copied.
const TEXT_WIDTH: usize = 22;

/// The table of the rows, as wide as the terminal.
pub(super) fn of(rows: &[Row], colours: bool) -> Table {
    let mut table = Table::new();
    let width = table.width().filter(|width| *width >= LEAST_WIDTH).unwrap_or(USUAL_WIDTH);
    fill(&mut table, rows, width, colours);
    table
}

fn fill(table: &mut Table, rows: &[Row], width: u16, colours: bool) {
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    if colours {
        table.enforce_styling();
    }
    let styled = |cell: Cell, colour| if colours { cell.fg(colour) } else { cell };
    let columns = columns(rows, usize::from(width));
    let heads = ["Time", ""].into_iter().chain(columns.iter().map(|column| column.label()));
    table.set_header(heads.map(|head| {
        let cell = Cell::new(head);
        if colours { cell.add_attribute(Attribute::Bold) } else { cell }
    }));
    for row in rows {
        let status = text(row, Column::Status);
        let moment = row.get("time").and_then(Value::as_str).unwrap_or_default();
        let mut cells = vec![Cell::new(time(moment)), styled(Cell::new(icon(status)), colour(status))];
        for column in &columns {
            let cell = Cell::new(printable(text(row, *column)));
            cells.push(if *column == Column::Reason { styled(cell, colour(status)) } else { cell });
        }
        table.add_row(cells);
    }
}

/// The columns that have values and fit side by side.
fn columns(rows: &[Row], width: usize) -> Vec<Column> {
    let mut left = width.saturating_sub(FIXED_WIDTH);
    let mut chosen = Vec::new();
    for column in BY_WEIGHT {
        let widest = rows.iter().map(|row| text(row, column).chars().count()).max().unwrap_or_default();
        if widest == 0 {
            continue;
        }
        let longest = if column.kind() == ColumnKind::Identifier { widest } else { widest.min(TEXT_WIDTH) };
        let needed = longest.max(column.label().len()) + 2;
        if needed <= left || chosen.is_empty() {
            left = left.saturating_sub(needed);
            chosen.push(column);
        }
    }
    COLUMNS.into_iter().filter(|column| chosen.contains(column)).collect()
}

fn text(row: &Row, column: Column) -> &str {
    row.get(column.name()).and_then(Value::as_str).unwrap_or_default()
}

/// `2026-11-23T09:52:11.804000000Z` as `11-23 09:52:11.804`.
fn time(text: &str) -> String {
    let day = text.get(5..10).unwrap_or(text);
    let moment = text.get(11..23).unwrap_or_default();
    format!("{day} {moment}")
}

/// Values come from anybody: what would steer the terminal is shown as a sign of it.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn icon(name: &str) -> &'static str {
    match name {
        status::SUCCESS => "✔",
        status::FAILURE => "✘",
        status::IN_PROGRESS => "…",
        status::SKIPPED => "↷",
        status::CANCELLED => "⊘",
        status::TIMED_OUT => "⧖",
        "" => "",
        _ => "?",
    }
}

fn colour(name: &str) -> Color {
    match name {
        status::SUCCESS => Color::Green,
        status::FAILURE => Color::Red,
        status::TIMED_OUT => Color::Yellow,
        status::IN_PROGRESS => Color::Blue,
        _ => Color::Reset,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        let row = serde_json::json!({
            "time": "2026-11-23T09:52:11.804000000Z", "event": "a\u{1b}[31m", "status": "failure",
            "occurred_in": "journey", "object": "Cart reminder", "person": "person-0000042",
            "interaction": "655e4bb4-9812-b6b0-fcee-c1e3521fc09d", "reason": "HTTP 503 Service Unavailable",
        });
        let Value::Object(row) = row else { unreachable!() };
        row
    }

    fn shown(width: u16) -> String {
        let mut table = Table::new();
        fill(&mut table, &[row()], width, false);
        table.to_string()
    }

    #[test]
    fn rows_become_lines_without_control_characters() {
        let text = shown(160);
        assert!(
            text.contains("11-23 09:52:11.804") && text.contains("✘") && text.contains("HTTP 503"),
            "{text}"
        );
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn narrow_terminals_have_fewer_columns_and_whole_identifiers() {
        for width in [40, 60, 80, 100, 120, 200] {
            let text = shown(width);
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= usize::from(width), "{widest} of {width}:\n{text}");
            assert!(text.contains("11-23 09:52:11.804"), "{text}");
            assert_eq!(text.contains("Person ID"), text.contains("person-0000042"), "{text}");
            let interaction = "655e4bb4-9812-b6b0-fcee-c1e3521fc09d";
            assert_eq!(text.contains("Interaction ID"), text.contains(interaction), "{text}");
            assert!(!text.contains("Element"), "a column that no row has: {text}");
        }
        assert!(shown(60).contains("Person ID") && !shown(60).contains("Interaction ID"));
        assert!(shown(200).contains("Occurred in"));
    }
}
