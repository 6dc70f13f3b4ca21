//! Rows of events as a table that fits the terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table};
use serde_json::Value;
use steplog_model::column::{Column, ColumnKind};
use steplog_query::nearest::nearest;
use unicode_width::UnicodeWidthStr as _;

use super::api::Row;
use super::words::{self, cut, printable};

/// What a table can show of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Id,
    Seq,
    Time,
    Received,
    Duration,
    /// The words around a hit of the search text.
    Snippet,
    Of(Column),
    /// An attribute; the name is that of the API, `attr.KEY`.
    Attribute(&'static str),
}

/// Before the key in the name of an attribute.
const ATTRIBUTE: &str = "attr.";

/// The columns that a table may have by itself, in the order in which they stand.
const USUAL: [Field; 14] = [
    Field::Of(Column::Event),
    Field::Of(Column::OccurredIn),
    Field::Of(Column::Object),
    Field::Of(Column::Version),
    Field::Of(Column::Element),
    Field::Of(Column::PerformedBy),
    Field::Of(Column::Channel),
    Field::Of(Column::Person),
    Field::Of(Column::Interaction),
    Field::Of(Column::Conversation),
    Field::Of(Column::Service),
    Field::Duration,
    Field::Snippet,
    Field::Of(Column::Reason),
];
/// The same by weight: where the terminal is narrow, the last ones are left out.
const BY_WEIGHT: [Field; 14] = [
    Field::Of(Column::Event),
    Field::Of(Column::Person),
    Field::Snippet,
    Field::Of(Column::Reason),
    Field::Of(Column::Object),
    Field::Of(Column::Interaction),
    Field::Of(Column::Element),
    Field::Of(Column::OccurredIn),
    Field::Of(Column::Version),
    Field::Of(Column::Channel),
    Field::Duration,
    Field::Of(Column::PerformedBy),
    Field::Of(Column::Conversation),
    Field::Of(Column::Service),
];
/// Texts wider than this are cut; identifiers never, so that they can be copied.
const TEXT_WIDTH: usize = 24;
/// The last column may be as wide as the terminal lets it, and is left out below this width.
const LEAST_REST: usize = 16;
/// The space around a cell.
const AROUND: usize = 2;

impl Field {
    /// All that can be asked for by name.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let own = [Self::Id, Self::Seq, Self::Time, Self::Received, Self::Duration];
        own.into_iter().chain(Column::ALL.iter().copied().map(Self::Of))
    }

    /// The field of a name.
    ///
    /// # Errors
    /// What to write instead.
    pub(super) fn named(name: &str) -> Result<Self, String> {
        if name.starts_with(ATTRIBUTE) {
            // A command has few of them and needs them to its end.
            return Ok(Self::Attribute(Box::leak(name.to_owned().into_boxed_str())));
        }
        Self::all().find(|field| field.name() == name).ok_or_else(|| {
            match nearest(name, Self::all().map(Self::name)) {
                Some(near) => format!("there is no such column; did you mean {near:?}?"),
                None => {
                    let names: Vec<_> = Self::all().map(Self::name).collect();
                    format!("there is no such column; there are {}, and attr.KEY", names.join(", "))
                }
            }
        })
    }

    /// The name in the API, but for `duration`, which is `duration_nanos` there.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Seq => "seq",
            Self::Time => "time",
            Self::Received => "received",
            Self::Duration => "duration",
            Self::Snippet => "snippet",
            Self::Of(column) => column.name(),
            Self::Attribute(name) => name,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Id => "Event ID",
            Self::Seq => "No.",
            Self::Time => "Time",
            Self::Received => "Received",
            Self::Duration => "Took",
            Self::Snippet => "Found",
            Self::Of(column) => column.label(),
            Self::Attribute(name) => name,
        }
    }

    const fn is_cut(self) -> bool {
        matches!(self, Self::Snippet)
            || matches!(self, Self::Of(column) if !matches!(column.kind(), ColumnKind::Identifier))
    }

    const fn is_rest(self) -> bool {
        matches!(self, Self::Snippet | Self::Of(Column::Reason))
    }

    /// What a person reads.
    fn shown(self, row: &Row) -> String {
        let time = |name| {
            let (day, moment) = words::moment(words::text(row, name));
            format!("{day} {moment}").trim().to_owned()
        };
        match self {
            Self::Id => words::text(row, "id").to_owned(),
            Self::Seq => row.get("seq").map(Value::to_string).unwrap_or_default(),
            Self::Time => time("time"),
            Self::Received => time("received"),
            Self::Duration => {
                row.get("duration_nanos").and_then(Value::as_i64).map(words::length).unwrap_or_default()
            }
            Self::Snippet => {
                let snippet = row.get("snippet").and_then(Value::as_object);
                printable(snippet.map(|snippet| words::text(snippet, "text")).unwrap_or_default())
            }
            Self::Of(Column::Status) => {
                let status = words::text(row, "status");
                format!("{} {}", words::icon(status), printable(status)).trim().to_owned()
            }
            Self::Of(column) => printable(words::text(row, column.name())),
            Self::Attribute(name) => printable(&words::values(row, name)),
        }
    }
}

/// The fields that a table has by itself.
pub(super) fn usual() -> Vec<Field> {
    USUAL.to_vec()
}

/// The parameter `columns` of the API that these fields need.
pub(super) fn further_columns(fields: &[Field]) -> String {
    let columns = fields.iter().filter_map(|field| match field {
        Field::Of(column) => Some(column.name().to_owned()),
        Field::Attribute(name) => Some(steplog_query::columns::listed(name)),
        _ => None,
    });
    columns.collect::<Vec<_>>().join(",")
}

/// The chosen members of a row as a line of JSON, in their order; those that the event lacks are left out.
pub(super) fn chosen(row: &Row, fields: &[Field]) -> serde_json::Result<String> {
    let mut line = String::from("{");
    for field in fields {
        let name = if *field == Field::Duration { "duration_nanos" } else { field.name() };
        if let Some(value) = row.get(name) {
            let separator = if line.len() > 1 { "," } else { "" };
            line.push_str(&format!("{separator}\"{name}\":{}", serde_json::to_string(value)?));
        }
    }
    Ok(line + "}")
}

/// The table of the rows: the fields, or those that have values and fit.
pub(super) fn of(rows: &[Row], fields: &[Field], width: usize, colours: bool) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_truncation_indicator("…");
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    if colours {
        table.enforce_styling();
    }
    if fields.is_empty() {
        fill_usual(&mut table, rows, width, colours);
    } else {
        fill_chosen(&mut table, rows, fields, colours);
    }
    let lines = table.lines().map(|line| format!("{}\n", line.trim_end()));
    lines.collect()
}

fn head(label: &str, colours: bool) -> Cell {
    let cell = Cell::new(label);
    if colours { cell.add_attribute(Attribute::Bold) } else { cell }
}

fn cell(text: String, row: &Row, is_coloured: bool) -> Cell {
    let colour = words::colour(words::text(row, "status")).filter(|_| is_coloured);
    match colour {
        Some(colour) => Cell::new(text).fg(terminal_colour(colour)),
        None => Cell::new(text),
    }
}

const fn terminal_colour(colour: anstyle::AnsiColor) -> Color {
    match colour {
        anstyle::AnsiColor::Green => Color::DarkGreen,
        anstyle::AnsiColor::Red => Color::DarkRed,
        anstyle::AnsiColor::Yellow => Color::DarkYellow,
        anstyle::AnsiColor::Blue => Color::DarkBlue,
        _ => Color::Reset,
    }
}

/// The fields that were asked for. What does not fit is cut.
fn fill_chosen(table: &mut Table, rows: &[Row], fields: &[Field], colours: bool) {
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(fields.iter().map(|field| head(field.label(), colours)));
    for row in rows {
        let cells = fields.iter().map(|field| {
            let is_coloured = colours && matches!(field, Field::Of(Column::Status | Column::Reason));
            cell(field.shown(row), row, is_coloured)
        });
        table.add_row(comfy_table::Row::from(cells.collect::<Vec<_>>()));
        if let Some(row) = table.row_mut(table.row_count().saturating_sub(1)) {
            row.max_height(1);
        }
    }
}

/// Time, status, and what fits of the rest.
fn fill_usual(table: &mut Table, rows: &[Row], width: usize, colours: bool) {
    table.set_content_arrangement(ContentArrangement::Disabled);
    let time = Times::of(rows);
    let (columns, rest) = columns(rows, width.saturating_sub(time.width + AROUND));
    let has_word = columns.contains(&(Field::Of(Column::Status)));
    let status = if has_word { Field::Of(Column::Status).label() } else { "" };
    let heads = [time.label.as_str(), status]
        .into_iter()
        .chain(columns.iter().skip(usize::from(has_word)).map(|field| field.label()));
    table.set_header(heads.map(|label| head(label, colours)));
    for row in rows {
        let status = words::text(row, "status");
        let shown =
            if has_word { Field::Of(Column::Status).shown(row) } else { words::icon(status).to_owned() };
        let mut cells = vec![Cell::new(time.shown(row)), cell(cut(&shown, TEXT_WIDTH), row, colours)];
        for field in columns.iter().skip(usize::from(has_word)) {
            let most = match field {
                field if field.is_rest() => rest,
                field if field.is_cut() => TEXT_WIDTH,
                _ => usize::MAX,
            };
            let is_reason = *field == Field::Of(Column::Reason);
            cells.push(cell(cut(&field.shown(row), most), row, colours && is_reason));
        }
        table.add_row(cells);
    }
}

/// How the times of rows are written: their common day once, in the head.
struct Times {
    label: String,
    width: usize,
    is_one_day: bool,
}

impl Times {
    fn of(rows: &[Row]) -> Self {
        let day = |row: &Row| words::moment(words::text(row, "time")).0.to_owned();
        let first = rows.first().map(day).unwrap_or_default();
        let is_one_day = rows.iter().all(|row| day(row) == first);
        let label = if is_one_day { first } else { "Time".to_owned() };
        Self { label, width: if is_one_day { 12 } else { 23 }, is_one_day }
    }

    fn shown(&self, row: &Row) -> String {
        let (day, moment) = words::moment(words::text(row, "time"));
        if self.is_one_day { moment.to_owned() } else { format!("{day} {moment}") }
    }
}

/// The columns that have values and fit side by side, the word of the status first if that fits; and how wide those
/// may be that take the rest. Identifiers are shown whole or not at all.
fn columns(rows: &[Row], width: usize) -> (Vec<Field>, usize) {
    const ICON: usize = 1 + AROUND;
    let widest = |field: Field| rows.iter().map(|row| field.shown(row).width()).max().unwrap_or_default();
    let needed = |field: Field| {
        let longest = if field.is_cut() { widest(field).min(TEXT_WIDTH) } else { widest(field) };
        let longest = if field.is_rest() { longest.min(LEAST_REST) } else { longest };
        longest.max(field.label().width()) + AROUND
    };
    let mut left = width.saturating_sub(ICON);
    let mut chosen = Vec::new();
    for field in BY_WEIGHT.into_iter().filter(|field| widest(*field) > 0) {
        if needed(field) <= left || chosen.is_empty() {
            left = left.saturating_sub(needed(field));
            chosen.push(field);
        }
    }
    let status = Field::Of(Column::Status);
    let word = needed(status).saturating_sub(ICON);
    let has_word = word <= left;
    if has_word {
        left -= word;
    }
    let flexible = chosen.iter().filter(|field| field.is_rest()).count().max(1);
    let in_order = USUAL.into_iter().filter(|field| chosen.contains(field));
    (has_word.then_some(status).into_iter().chain(in_order).collect(), LEAST_REST + left / flexible)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        let row = serde_json::json!({
            "time": "2026-11-23T09:52:11.804000000Z", "event": "a\u{1b}[31m", "status": "failure",
            "occurred_in": "journey", "object": "Cart reminder", "person": "person-0000042",
            "interaction": "655e4bb4-9812-b6b0-fcee-c1e3521fc09d", "duration_nanos": 151_608_000,
            "reason": "HTTP 503 Service Unavailable, and the text of it goes on and on for longer than any terminal \
                       has columns, so that it is cut where the line ends and the table keeps its shape",
        });
        let Value::Object(row) = row else { unreachable!() };
        row
    }

    fn shown(width: usize) -> String {
        of(&[row()], &[], width, false)
    }

    #[test]
    fn rows_become_lines_without_control_characters() {
        let text = shown(160);
        let parts = ["2026-11-23", "09:52:11.804", "✘ failure", "HTTP 503", "152 ms"];
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn narrow_terminals_have_fewer_columns_and_whole_identifiers() {
        for width in [40, 60, 80, 100, 120, 200] {
            let text = shown(width);
            let widest = text.lines().map(|line| line.width()).max().unwrap();
            assert!(widest <= width, "{widest} of {width}:\n{text}");
            assert_eq!(text.lines().count(), 2, "{text}");
            assert_eq!(text.contains("Person ID"), text.contains("person-0000042"), "{text}");
            let interaction = "655e4bb4-9812-b6b0-fcee-c1e3521fc09d";
            assert_eq!(text.contains("Interaction ID"), text.contains(interaction), "{text}");
            assert!(!text.contains("Element"), "a column that no row has: {text}");
        }
        assert!(shown(60).contains("Person ID") && !shown(60).contains("Interaction ID"));
        assert!(shown(200).contains("Occurred in"));
    }

    #[test]
    fn chosen_fields_stand_in_their_order() {
        assert_eq!(Field::named("attr.geo.country").unwrap().name(), "attr.geo.country");
        assert!(Field::named("persn").unwrap_err().contains("\"person\""));
        let fields = ["person", "time", "duration", "version"].map(|name| Field::named(name).unwrap());
        let text = of(&[row()], &fields, 100, false);
        let line = text.lines().nth(1).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(line, "person-0000042 2026-11-23 09:52:11.804 152 ms");
        let json = chosen(&row(), &fields).unwrap();
        let want = r#"{"person":"person-0000042","time":"2026-11-23T09:52:11.804000000Z","duration_nanos":151608000}"#;
        assert_eq!(json, want);
    }

    #[test]
    fn rows_of_several_days_have_the_day_each() {
        let mut other = row();
        other.insert("time".to_owned(), "2026-11-24T00:00:00.000000000Z".into());
        let text = of(&[row(), other], &[], 80, false);
        assert!(
            text.contains("2026-11-23 09:52:11.804") && text.contains("2026-11-24 00:00:00.000"),
            "{text}"
        );
    }
}
