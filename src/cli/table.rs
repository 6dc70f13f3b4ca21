//! Rows of events as a table that fits the terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table};
use serde_json::Value;
use steplog_model::column::Column;
use steplog_model::status;

use super::api::Row;

const COLUMNS: [Column; 6] =
    [Column::Event, Column::OccurredIn, Column::Object, Column::Element, Column::Person, Column::Interaction];

/// The table of the rows, as wide as the terminal.
pub(super) fn of(rows: &[Row], colours: bool) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    if colours {
        table.enforce_styling();
    }
    let styled = |cell: Cell, colour| if colours { cell.fg(colour) } else { cell };
    let heads = ["Time", ""].into_iter().chain(COLUMNS.into_iter().map(Column::label)).chain(["Reason"]);
    table.set_header(heads.map(|head| {
        let cell = Cell::new(head);
        if colours { cell.add_attribute(Attribute::Bold) } else { cell }
    }));
    for row in rows {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
        let status = text(Column::Status.name());
        let mut cells = vec![Cell::new(time(text("time"))), styled(Cell::new(icon(status)), colour(status))];
        cells.extend(COLUMNS.into_iter().map(|column| Cell::new(printable(text(column.name())))));
        cells.push(styled(Cell::new(printable(text(Column::Reason.name()))), colour(status)));
        table.add_row(cells);
    }
    table
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

    #[test]
    fn rows_become_lines_without_control_characters() {
        let row = serde_json::json!({
            "time": "2026-11-23T09:52:11.804000000Z", "event": "a\u{1b}[31m", "status": "failure", "reason": "HTTP 503",
        });
        let Value::Object(row) = row else { unreachable!() };
        let text = of(&[row], false).to_string();
        assert!(
            text.contains("11-23 09:52:11.804") && text.contains("✘") && text.contains("HTTP 503"),
            "{text}"
        );
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}
