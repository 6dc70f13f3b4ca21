//! `steplog show`: everything about one event.

use std::process::ExitCode;

use serde_json::{Map, Value};
use steplog_model::column::Column;
use steplog_model::ids::EventId;

use super::clock::{Clock, ZoneArgs};
use super::output::{self, Form};
use super::source::SourceArgs;
use super::words::{self, Paint, printable, text};

#[derive(Debug, clap::Args)]
pub(super) struct ShowArgs {
    /// The event's id, as `search` tells it in JSON or with `--columns id`.
    id: EventId,
    #[command(flatten)]
    zone: ZoneArgs,
    #[command(flatten)]
    source: SourceArgs,
}

pub(super) async fn run(args: ShowArgs, form: Form) -> anyhow::Result<ExitCode> {
    let api = args.source.open().await?;
    let no_parameters: [(&str, &str); 0] = [];
    let body = api.body(&["events", &args.id.to_string()], &no_parameters).await?;
    if form.is_for_people() {
        let event: Map<String, Value> = serde_json::from_slice(&body)?;
        output::put_text(&told(&event, &args.zone.clock(), output::width(), Paint(output::has_colours())))?;
    } else {
        output::put_line(format_args!("{}", String::from_utf8_lossy(&body)))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The event as people read it.
fn told(event: &Map<String, Value>, clock: &Clock, width: usize, paint: Paint) -> String {
    let mut page = Page { lines: String::new(), width, paint };
    let status = text(event, "status");
    let title = format!("{} {}", words::icon(status), printable(text(event, "event")));
    page.line(&paint.status(status, &paint.bold(&title)));
    page.fields(&[
        ("Event ID", text(event, "id").to_owned()),
        ("Time", said_time(event, clock)),
        ("Received", clock.full(text(event, "received"))),
        (
            "Duration",
            event.get("duration_nanos").and_then(Value::as_i64).map(words::length).unwrap_or_default(),
        ),
    ]);
    page.columns(event);
    let flags: Vec<_> = event
        .get("flags")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    page.fields(&[("Noticed", flags.join(", "))]);
    for link in
        event.get("links").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
    {
        page.fields(&[(text(link, "label"), printable(text(link, "url")))]);
    }
    let part =
        |name: &str| event.get("record").and_then(|record| record.get(name)).and_then(Value::as_object);
    if let Some(record) = part("logRecord") {
        if let Some(body) = record.get("body") {
            page.values("Body", vec![(String::new(), body)]);
        }
        page.values("Attributes", attributes(record));
    }
    for (title, name) in [("Scope", "scope"), ("Resource", "resource")] {
        if let Some(part) = part(name) {
            let own = ["name", "version", "schemaUrl"]
                .into_iter()
                .filter_map(|key| Some((key.to_owned(), part.get(key)?)));
            page.values(title, own.chain(attributes(part)).collect());
        }
    }
    page.lines
}

fn said_time(event: &Map<String, Value>, clock: &Clock) -> String {
    let source = match text(event, "time_source") {
        "observed" => "; when the sender's logger saw it",
        "received" => "; when it was received, for want of another",
        _ => "",
    };
    format!("{}{source}", clock.full(text(event, "time")))
}

/// By which rule a column was filled, in words.
fn origin(rule: &str) -> String {
    match rule.strip_prefix("derived:") {
        Some(from) => format!("derived from {}", printable(from.trim())),
        None => format!("from {}", printable(rule)),
    }
}

fn attributes(part: &Map<String, Value>) -> Vec<(String, &Value)> {
    let attributes = part.get("attributes").and_then(Value::as_array).into_iter().flatten();
    attributes.filter_map(|one| Some((one.get("key")?.as_str()?.to_owned(), one.get("value")?))).collect()
}

/// Lines that are being gathered.
struct Page {
    lines: String,
    width: usize,
    paint: Paint,
}

impl Page {
    const NAME_WIDTH: usize = 18;

    fn line(&mut self, line: &str) {
        self.lines.push_str(line.trim_end());
        self.lines.push('\n');
    }

    /// Names and values; those without a value are left out. Long ones go on below their beginning.
    fn fields(&mut self, fields: &[(&str, String)]) {
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
            self.field(name, value, "");
        }
    }

    fn field(&mut self, name: &str, value: &str, remark: &str) {
        let name_width = Self::NAME_WIDTH.max(unicode_width::UnicodeWidthStr::width(name));
        let space = self.width.saturating_sub(Self::NAME_WIDTH + 4).max(16);
        let mut lines = words::wrapped(value, space).into_iter();
        let name = self.paint.dim(&words::padded(name, name_width));
        let first = lines.next().unwrap_or_default();
        let remark = if remark.is_empty() { String::new() } else { self.paint.dim(&format!("  ({remark})")) };
        self.line(&format!("  {name}  {first}{remark}"));
        for line in lines {
            self.line(&format!("  {}  {line}", " ".repeat(Self::NAME_WIDTH)));
        }
    }

    /// The columns, each with the rule that filled it where the sender did not state it.
    fn columns(&mut self, event: &Map<String, Value>) {
        let derived = event.get("derived").and_then(Value::as_object);
        for column in Column::ALL.iter().filter(|column| **column != Column::Event) {
            let value = text(event, column.name());
            if !value.is_empty() {
                let rule = derived.map(|derived| text(derived, column.name())).unwrap_or_default();
                let remark = if rule.is_empty() { String::new() } else { origin(rule) };
                self.field(column.label(), value, &remark);
            }
        }
    }

    /// Values of OTLP under a title.
    fn values(&mut self, title: &str, values: Vec<(String, &Value)>) {
        let mut lines = Vec::new();
        for (key, value) in values {
            flatten(key, value, &mut lines);
        }
        if lines.is_empty() {
            return;
        }
        let title = self.paint.bold(title);
        self.line("");
        self.line(&title);
        for (key, value) in lines {
            self.field(&printable(&key), &value, "");
        }
    }
}

/// A value of OTLP/JSON as lines of `path value`: maps become paths with dots, lists paths with numbers.
fn flatten(path: String, value: &Value, lines: &mut Vec<(String, String)>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let Some((kind, inner)) = value.as_object().and_then(|value| value.iter().next()) else {
        // The name of a scope or a schema's address, or a value that was left unset.
        let plain = value.as_str().map(str::to_owned).unwrap_or_default();
        lines.push((path, if plain.is_empty() { "(empty)".to_owned() } else { plain }));
        return;
    };
    match (kind.as_str(), inner.get("values").and_then(Value::as_array)) {
        ("kvlistValue", Some(members)) if !members.is_empty() => {
            for member in members {
                let key = member.get("key").and_then(Value::as_str).unwrap_or_default();
                flatten(below(key), member.get("value").unwrap_or(&Value::Null), lines);
            }
        }
        ("arrayValue", Some(items)) if !items.is_empty() => {
            for (place, item) in items.iter().enumerate() {
                flatten(format!("{path}[{place}]"), item, lines);
            }
        }
        ("kvlistValue", _) => lines.push((path, "{}".to_owned())),
        ("arrayValue", _) => lines.push((path, "[]".to_owned())),
        ("bytesValue", _) => lines.push((path, format!("{} (base64)", inner.as_str().unwrap_or_default()))),
        _ => {
            let text = inner.as_str().map_or_else(|| inner.to_string(), str::to_owned);
            lines.push((path, if text.is_empty() { "(empty)".to_owned() } else { text }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_told_whole() {
        let event = serde_json::json!({
            "id": "2a3a3f86814584dafdaa6c09b354df0d", "time": "2026-11-25T13:26:09.411571220Z",
            "received": "2026-11-25T13:26:09.500000000Z", "time_source": "observed", "event": "order.paid",
            "status": "failure", "duration_nanos": 151_608_000, "person": "p\u{1b}7", "reason": "no route",
            "derived": {"person": "user.id", "reason": "derived: body"}, "flags": ["utf8_repaired"],
            "links": [{"kind": "person", "label": "Profile", "url": "https://crm/p7"}],
            "record": {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
                "scope": {"name": "cart", "attributes": []},
                "logRecord": {
                    "body": {"stringValue": "said"},
                    "attributes": [
                        {"key": "n", "value": {"intValue": "7"}},
                        {"key": "m", "value": {"kvlistValue": {"values": [
                            {"key": "a", "value": {"boolValue": true}},
                            {"key": "l", "value": {"arrayValue": {"values": [{"doubleValue": 0.5}, {}]}}},
                        ]}}},
                    ],
                },
            },
        });
        let Value::Object(event) = event else { unreachable!() };
        let told = told(&event, &Clock::named("UTC"), 100, Paint(false));
        let words = told.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        let words: Vec<_> = words.collect();
        for want in [
            "✘ order.paid",
            "Time 2026-11-25 13:26:09.411 UTC; when the sender's logger saw it",
            "Duration 152 ms",
            "Person ID p\u{fffd}7 (from user.id)",
            "Reason no route (derived from body)",
            "Noticed utf8_repaired",
            "Profile https://crm/p7",
            "n 7",
            "m.a true",
            "m.l[0] 0.5",
            "m.l[1] (empty)",
            "name cart",
            "service.name shop",
            "said",
        ] {
            assert!(words.iter().any(|line| line == want), "{want:?} is not in\n{told}");
        }
    }
}
