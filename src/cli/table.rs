//! Rows of events as a table that fits the terminal.

mod field;

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table};
use steplog_model::column::Column;
use unicode_width::UnicodeWidthStr as _;

use super::api::Row;
use super::clock::Clock;
use super::words::{self, cut};
pub(super) use field::{Field, all_columns, chosen, further_columns};

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

/// The fields that a table has by itself.
pub(super) fn usual() -> Vec<Field> {
    USUAL.to_vec()
}

/// Where a table is read, and by which clock.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) width: usize,
    pub(super) colours: bool,
    pub(super) clock: &'a Clock,
}

/// The table of the rows: the fields, or those that have values and fit.
pub(super) fn of(rows: &[Row], fields: &[Field], reader: Reader<'_>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    if reader.colours {
        table.enforce_styling();
    }
    if fields.is_empty() {
        fill_usual(&mut table, rows, reader);
    } else {
        fill_chosen(&mut table, rows, fields, reader);
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

/// The fields that were asked for. Texts share the room that times and identifiers leave, which are never cut: where even
/// they do not fit, the line is longer than the terminal.
fn fill_chosen(table: &mut Table, rows: &[Row], fields: &[Field], reader: Reader<'_>) {
    let columns: Vec<(String, Vec<String>)> =
        fields.iter().map(|field| shown(rows, *field, reader.clock)).collect();
    let widths = columns.iter().map(|(label, cells)| {
        cells.iter().map(|cell| cell.width()).max().unwrap_or_default().max(label.width())
    });
    let widths = shared(&widths.collect::<Vec<_>>(), fields, reader.width);
    table.set_header(
        columns.iter().zip(&widths).map(|((label, _), width)| head(&cut(label, *width), reader.colours)),
    );
    for (place, row) in rows.iter().enumerate() {
        let cells = fields.iter().zip(&columns).zip(&widths).map(|((field, (_, cells)), width)| {
            let is_coloured = reader.colours && matches!(field, Field::Of(Column::Status | Column::Reason));
            cell(cells.get(place).map(|text| cut(text, *width)).unwrap_or_default(), row, is_coloured)
        });
        table.add_row(cells.collect::<Vec<_>>());
    }
}

/// The head and the cells of a field.
fn shown(rows: &[Row], field: Field, clock: &Clock) -> (String, Vec<String>) {
    match field {
        Field::Time | Field::Received => {
            let times = Times::of(rows, field, clock);
            (times.label.clone(), rows.iter().map(|row| times.shown(row)).collect())
        }
        _ => (field.label().to_owned(), rows.iter().map(|row| field.shown(row, clock)).collect()),
    }
}

/// How wide each column is, of the widths that they would have: narrow texts stay whole, the wider ones get equal parts
/// of what is left.
fn shared(wanted: &[usize], fields: &[Field], width: usize) -> Vec<usize> {
    const LEAST: usize = 6;
    let cut: Vec<bool> = fields.iter().map(|field| field.is_cut()).collect();
    let whole: usize = wanted.iter().zip(&cut).filter(|(_, is_cut)| !**is_cut).map(|(width, _)| width).sum();
    let mut left = width.saturating_sub(whole + AROUND * fields.len());
    let mut narrow_first: Vec<usize> =
        wanted.iter().zip(&cut).filter(|(_, is_cut)| **is_cut).map(|(width, _)| *width).collect();
    narrow_first.sort_unstable();
    let mut most = usize::MAX;
    for (place, wanted) in narrow_first.iter().enumerate() {
        let part = (left / (narrow_first.len() - place)).max(LEAST);
        if *wanted > part {
            most = part;
            break;
        }
        left = left.saturating_sub(*wanted);
    }
    wanted
        .iter()
        .zip(cut)
        .map(|(wanted, is_cut)| if is_cut { (*wanted).min(most) } else { *wanted })
        .collect()
}

/// Time, status, and what fits of the rest.
fn fill_usual(table: &mut Table, rows: &[Row], reader: Reader<'_>) {
    let Reader { width, colours, clock } = reader;
    let time = Times::of(rows, Field::Time, clock);
    let (columns, rest) = columns(rows, width.saturating_sub(time.width + AROUND), clock);
    let has_word = columns.contains(&(Field::Of(Column::Status)));
    let status = if has_word { Field::Of(Column::Status).label() } else { "" };
    let heads = [time.label.as_str(), status]
        .into_iter()
        .chain(columns.iter().skip(usize::from(has_word)).map(|field| field.label()));
    table.set_header(heads.map(|label| head(label, colours)));
    for row in rows {
        let status = words::text(row, "status");
        let shown = if has_word {
            Field::Of(Column::Status).shown(row, clock)
        } else {
            words::icon(status).to_owned()
        };
        let mut cells = vec![Cell::new(time.shown(row)), cell(cut(&shown, TEXT_WIDTH), row, colours)];
        for field in columns.iter().skip(usize::from(has_word)) {
            let most = match field {
                field if field.is_rest() => rest,
                field if field.is_cut() => TEXT_WIDTH,
                _ => usize::MAX,
            };
            let is_reason = *field == Field::Of(Column::Reason);
            cells.push(cell(cut(&field.shown(row, clock), most), row, colours && is_reason));
        }
        table.add_row(cells);
    }
}

/// How the times of rows are written: their common day once, in the head, which tells the zone as well.
struct Times<'a> {
    field: Field,
    clock: &'a Clock,
    label: String,
    width: usize,
    is_one_day: bool,
}

impl<'a> Times<'a> {
    fn of(rows: &[Row], field: Field, clock: &'a Clock) -> Self {
        let day = |row: &Row| clock.moment(words::text(row, field.name())).0;
        let first = rows.first().map(day).unwrap_or_default();
        let is_one_day = field == Field::Time && rows.iter().all(|row| day(row) == first);
        let zone = clock.short(rows.iter().map(|row| words::text(row, field.name())));
        let label =
            if is_one_day { format!("{first} {zone}") } else { format!("{} ({zone})", field.label()) };
        let width = label.width().max(if is_one_day { 12 } else { 23 });
        Self { field, clock, label, width, is_one_day }
    }

    fn shown(&self, row: &Row) -> String {
        let (day, moment) = self.clock.moment(words::text(row, self.field.name()));
        if self.is_one_day { moment } else { format!("{day} {moment}").trim().to_owned() }
    }
}

/// The columns that have values and fit side by side, the word of the status first if that fits; and how wide those
/// may be that take the rest. Identifiers are shown whole or not at all.
fn columns(rows: &[Row], width: usize, clock: &Clock) -> (Vec<Field>, usize) {
    const ICON: usize = 1 + AROUND;
    let widest =
        |field: Field| rows.iter().map(|row| field.shown(row, clock).width()).max().unwrap_or_default();
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
    use serde_json::Value;

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

    fn reads(rows: &[Row], fields: &[Field], width: usize) -> String {
        of(rows, fields, Reader { width, colours: false, clock: &Clock::named("UTC") })
    }

    fn shown(width: usize) -> String {
        reads(&[row()], &[], width)
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
        let text = reads(&[row()], &fields, 100);
        let line = text.lines().nth(1).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(line, "person-0000042 09:52:11.804 152 ms");
        assert!(text.contains("2026-11-23 UTC"), "{text}");
        let json = chosen(&row(), &fields).unwrap();
        let want = r#"{"person":"person-0000042","time":"2026-11-23T09:52:11.804000000Z","duration_nanos":151608000}"#;
        assert_eq!(json, want);
    }

    #[test]
    fn rows_of_several_days_have_the_day_each() {
        let mut other = row();
        other.insert("time".to_owned(), "2026-11-24T00:00:00.000000000Z".into());
        let text = reads(&[row(), other], &[], 80);
        assert!(
            text.contains("2026-11-23 09:52:11.804") && text.contains("2026-11-24 00:00:00.000"),
            "{text}"
        );
    }

    #[test]
    fn times_and_identifiers_are_whole_at_any_width() {
        let names = [
            "time",
            "status",
            "event",
            "object",
            "person",
            "interaction",
            "reason",
            "attr.no.such",
            "received",
        ];
        let fields = names.map(|name| Field::named(name).unwrap());
        let mut other = row();
        other.insert("time".to_owned(), "2026-11-24T00:00:00.000000000Z".into());
        let zagreb = Clock::named("Europe/Zagreb");
        for count in 1..=names.len() {
            for width in [40, 80, 120, 200] {
                let reader = Reader { width, colours: false, clock: &zagreb };
                let text = of(&[row(), other.clone()], &fields[..count], reader);
                assert!(text.contains("2026-11-23 10:52:11.804") && text.contains("Time (+01:00)"), "{text}");
                let interaction = "655e4bb4-9812-b6b0-fcee-c1e3521fc09d";
                assert_eq!(text.contains(interaction), count > 5, "{text}");
                let widest = text.lines().map(|line| line.width()).max().unwrap();
                let needed = 25 + 8 * usize::from(count > 1) + 8 * 4 + 16 + 38 + 25;
                assert!(widest <= width.max(needed), "{widest} of {width}:\n{text}");
                assert_eq!(text.lines().count(), 3, "{text}");
            }
        }
    }
}
