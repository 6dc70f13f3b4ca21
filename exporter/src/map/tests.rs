//! The mapping as a whole: from records as senders write them to columns, each with its rule.

mod columns;
mod encodings;
mod identity;
mod overrides;
mod people;
mod precedence;
mod senders;
mod spans;

use steplog_model::column::Column;
use steplog_model::event::Event;
use steplog_model::time::UnixNanos;

use super::{Mapped, Mapping, Mappings};
use crate::decode::{LogRecord, decode_json};

/// 2026-11-23T09:00:00Z.
const RECEIVED: UnixNanos = UnixNanos(1_795_424_400_000_000_000);

/// The one record of a request with this record and these resource attributes, both in JSON.
fn decoded(record: &str, resource: &str) -> LogRecord {
    let json = format!(
        r#"{{"resourceLogs":[{{"resource":{{"attributes":[{resource}]}},"scopeLogs":[{{"logRecords":[{record}]}}]}}]}}"#
    );
    let mut decoded = decode_json(json.as_bytes()).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert_eq!(decoded.rejected.message(), None, "{json}");
    decoded.records.remove(0)
}

/// Attributes in JSON: texts, or JSON values of OTLP where they start with a brace.
fn attributes(pairs: &[(&str, &str)]) -> String {
    let pair = |(key, value): &(&str, &str)| {
        let value = if value.starts_with('{') {
            (*value).to_owned()
        } else {
            format!(r#"{{"stringValue":{}}}"#, serde_json::Value::from(*value))
        };
        format!(r#"{{"key":"{key}","value":{value}}}"#)
    };
    pairs.iter().map(pair).collect::<Vec<_>>().join(",")
}

fn mapped(mapping: &Mapping, fields: &str, pairs: &[(&str, &str)], resource: &[(&str, &str)]) -> Mapped {
    let comma = if fields.is_empty() { "" } else { "," };
    let record = format!(r#"{{{fields}{comma}"attributes":[{}]}}"#, attributes(pairs));
    mapping.map(decoded(&record, &attributes(resource)), RECEIVED)
}

#[track_caller]
fn event(mapped: Mapped) -> Event {
    match mapped {
        Mapped::Event(event) => event,
        Mapped::Filtered(reason) => panic!("left out: {reason:?}"),
    }
}

/// The built-in table, but records without a name are kept: for looking at one column.
fn keeping_all() -> Mapping {
    let mappings = Mappings::with_overrides("[mapping.filter]\nunnamed = false").unwrap();
    mappings.for_tenant(&steplog_model::ids::Tenant::default()).clone()
}

/// An event's cells as `column=value`, with ` < rule` where there is one.
fn cells(event: &Event) -> Vec<String> {
    let told = |cell: &steplog_model::event::Cell| {
        let rule = cell.rule.as_ref().map(|rule| format!(" < {rule}")).unwrap_or_default();
        format!("{}={}{rule}", cell.column, cell.value)
    };
    event.cells.iter().map(told).collect()
}

/// Checks all cells of the record's event by the built-in table.
#[track_caller]
fn check(fields: &str, pairs: &[(&str, &str)], resource: &[(&str, &str)], want: &[&str]) {
    let event = event(mapped(&Mapping::built_in(), fields, pairs, resource));
    assert_eq!(cells(&event), want, "{fields} {pairs:?}");
}

/// Checks one column of a record without name and resource.
#[track_caller]
fn check_column(column: Column, pairs: &[(&str, &str)], want: Option<(&str, Option<&str>)>) {
    let event = event(mapped(&keeping_all(), "", pairs, &[]));
    let found = event.cell(column).map(|cell| (&*cell.value, cell.rule.as_deref()));
    assert_eq!(found, want, "{column} of {pairs:?}");
}
