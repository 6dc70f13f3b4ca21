//! One line: the records in it, each under the id that its event had.

mod item;
mod spans;

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use steplog_exporter::decode;
use steplog_exporter::map::Mapping;
use steplog_model::event::{Flags, TimeSource};
use steplog_model::ids::EventId;
use steplog_model::record::exported::Exported;
use steplog_model::time::UnixNanos;

pub use item::Item;
use item::{identified, without_needless_uid};

/// What was in a line.
#[derive(Clone, Debug, Default)]
pub struct Items {
    /// The records, in their order.
    pub items: Vec<Item>,
    /// How many records cannot be read.
    pub rejected: u64,
    /// Why, of the first of them.
    pub problem: Option<String>,
    /// How many spans are no events by the rules of the mapping.
    pub left_out: u64,
}

/// A line that is no event and no batch of records.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// Not JSON, or cut off.
    #[error("it is no JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// JSON of something else.
    #[error(
        "it has neither `record`, as lines of `steplog export --format ndjson` have, nor `resourceLogs` or \
         `resourceSpans`, as lines of OTLP do"
    )]
    Other,
    /// Metrics.
    #[error("it has metrics (`resourceMetrics`), which steplog does not keep")]
    Metrics,
    /// An event whose record or id is damaged.
    #[error("its {member} cannot be read: {why}")]
    Damaged {
        /// Which member.
        member: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

/// As much of a line as tells what it is.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    received: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    time: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    time_source: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    flags: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    record: Option<Parts<'a>>,
    #[serde(borrow, default, alias = "resourceLogs")]
    resource_logs: Option<&'a RawValue>,
    #[serde(borrow, default, alias = "resourceSpans")]
    resource_spans: Option<&'a RawValue>,
    #[serde(borrow, default, alias = "resourceMetrics")]
    resource_metrics: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Parts<'a> {
    #[serde(borrow)]
    resource: &'a RawValue,
    #[serde(borrow)]
    scope: &'a RawValue,
    #[serde(borrow, rename = "logRecord")]
    log_record: &'a RawValue,
}

/// Reads a line. `now` is the time of receipt of records without one of their own. Its `number` in its file, where one is
/// given, tells those that have no id either from equal ones of other lines, so that the file read twice adds nothing.
///
/// # Errors
/// [`LineError`], where nothing of it can be imported.
pub fn read(line: &[u8], number: Option<u64>, mapping: &Mapping, now: UnixNanos) -> Result<Items, LineError> {
    let text: Line<'_> = serde_json::from_slice(line)?;
    match (&text.record, text.resource_logs) {
        (Some(parts), _) => read_event(&text, parts, mapping, now),
        (None, Some(_)) => {
            let decoded = decode::decode_json(line).map_err(|error| damaged("resourceLogs", &error))?;
            let problems = [decoded.rejected.message(), decoded.not_understood.message()];
            let problem = problems.into_iter().flatten().collect::<Vec<_>>().join(". ");
            let rejected = decoded.rejected.total() + decoded.not_understood.count();
            let items = decoded.records.into_iter().map(|record| match number {
                Some(number) => identified(record, number, mapping, now),
                None => without_needless_uid(record, mapping, now),
            });
            let problem = (rejected > 0).then_some(problem);
            Ok(Items { items: items.collect(), rejected, problem, left_out: 0 })
        }
        (None, None) if text.resource_spans.is_some() => spans::read(line, number, mapping, now),
        (None, None) if text.resource_metrics.is_some() => Err(LineError::Metrics),
        (None, None) => Err(LineError::Other),
    }
}

fn damaged(member: &'static str, why: &impl ToString) -> LineError {
    LineError::Damaged { member, why: why.to_string() }
}

/// The record of an exported event.
fn read_event(
    line: &Line<'_>,
    parts: &Parts<'_>,
    mapping: &Mapping,
    now: UnixNanos,
) -> Result<Items, LineError> {
    let id = line.id.as_deref().unwrap_or_default();
    let id: EventId = id.parse().map_err(|error| damaged("id", &error))?;
    let moment = |member, text: Option<&str>| match text {
        Some(text) => text.parse::<UnixNanos>().map(Some).map_err(|error| damaged(member, &error)),
        None => Ok(None),
    };
    let received = moment("received", line.received.as_deref())?;
    let time = moment("time", line.time.as_deref())?;
    let request = request(parts)?;
    let decoded = decode::decode_json_as_stored(&request).map_err(|error| damaged("record", &error))?;
    let problem = decoded.rejected.message();
    let rejected = decoded.rejected.total();
    let mut flags = Flags::default();
    line.flags.iter().filter_map(|name| Flags::named(name)).for_each(|flag| flags.insert(flag));
    let source = line.time_source.as_deref().and_then(TimeSource::named).unwrap_or(TimeSource::Record);
    let exported = match time.or(received) {
        Some(time) => Exported::new(Some(id), flags, source, time),
        None => Exported { id: Some(id), flags: flags.within(Exported::FLAGS), time: None },
    };
    let items = decoded.records.into_iter().map(|mut record| {
        record.exported = Some(Box::new(exported));
        Item::of(record, received, mapping, now)
    });
    Ok(Items { items: items.collect(), rejected, problem, left_out: 0 })
}

/// The parts of an exported record as an export request in JSON.
fn request(parts: &Parts<'_>) -> Result<Vec<u8>, LineError> {
    #[derive(Deserialize)]
    struct Schema<'a> {
        #[serde(borrow, default, rename = "schemaUrl")]
        url: Cow<'a, str>,
    }
    let url = |part: &RawValue| -> Result<String, LineError> {
        let schema: Schema<'_> = serde_json::from_str(part.get())?;
        Ok(serde_json::to_string(&schema.url)?)
    };
    let (resource, scope, record) = (parts.resource.get(), parts.scope.get(), parts.log_record.get());
    let (resource_url, scope_url) = (url(parts.resource)?, url(parts.scope)?);
    let request = format!(
        "{{\"resourceLogs\":[{{\"resource\":{resource},\"schemaUrl\":{resource_url},\"scopeLogs\":[{{\"scope\":{scope},\
         \"schemaUrl\":{scope_url},\"logRecords\":[{record}]}}]}}]}}"
    );
    Ok(request.into_bytes())
}

#[cfg(test)]
mod tests {
    use steplog_model::event::Event;
    use steplog_model::record::LogRecordRef;
    use steplog_model::record::exported::UID;

    use super::*;

    const NOW: UnixNanos = UnixNanos(1_800_000_000_000_000_000);
    /// As `ndjson` says it.
    const RECEIVED: UnixNanos = UnixNanos(1_764_000_001_000_000_000);
    const RECORD: &str = r#"{"timeUnixNano":"1764000000000000000","eventName":"order.paid",
        "body":{"stringValue":"paid"},"attributes":[{"key":"steplog.person.id","value":{"stringValue":"p-7"}}]}"#;

    fn otlp(record: &str) -> String {
        let record = record.replace('\n', " ");
        format!(
            r#"{{"resourceLogs":[{{"resource":{{"attributes":[]}},"schemaUrl":"r","scopeLogs":[{{"scope":{{"name":"s"}},"schemaUrl":"u","logRecords":[{record}]}}]}}]}}"#
        )
    }

    fn ndjson(id: &str, source: &str, record: &str) -> String {
        format!(
            r#"{{"id":"{id}","received":"2025-11-24T16:00:01.000000000Z","time_source":"{source}","record":{{"resource":{{"attributes":[],"schemaUrl":"r"}},"scope":{{"name":"s","attributes":[],"schemaUrl":"u"}},"logRecord":{record}}}}}"#
        )
    }

    #[track_caller]
    fn one(line: &str) -> Item {
        let items = read(line.as_bytes(), Some(1), &Mapping::built_in(), NOW).unwrap();
        assert_eq!((items.items.len(), items.rejected), (1, 0), "{:?}", items.problem);
        items.items.into_iter().next().unwrap()
    }

    fn has_uid(item: &Item) -> bool {
        LogRecordRef::new(&item.sent()).attributes().any(|(key, _)| key == UID)
    }

    #[test]
    fn an_exported_event_is_the_same_event_again() {
        let original = one(&otlp(RECORD));
        let id = original.id().unwrap().to_string();
        let again = one(&ndjson(&id, "record", RECORD));
        assert_eq!(again.sent(), original.sent());
        assert_eq!(again.record.origin, original.record.origin);
        let want = |event| Event { received: RECEIVED, has_exported_id: true, ..event };
        assert_eq!(again.event, original.event.map(want));
    }

    #[test]
    fn an_id_that_the_record_does_not_have_by_itself_is_stated() {
        let id = "00112233445566778899aabbccddeeff";
        let item = one(&ndjson(id, "record", RECORD));
        assert_eq!(item.id().unwrap().to_string(), id);
        assert!(has_uid(&item));
        // It is stated for a receiver alone, who does not keep it.
        let event = item.event.unwrap();
        assert!(!event.flags.contains(Flags::EXPLICIT_ID));
        assert_eq!(LogRecordRef::new(&event.record).attributes().count(), 1);
    }

    #[test]
    fn an_id_that_only_the_export_stated_is_taken_out() {
        let original = one(&otlp(RECORD));
        let uid = |id: &str| {
            let stated = format!(r#""attributes":[{{"key":"{UID}","value":{{"stringValue":"{id}"}}}},"#);
            otlp(&RECORD.replace(r#""attributes":["#, &stated))
        };
        let exported = one(&uid(&original.id().unwrap().to_string()));
        assert_eq!(exported.record.record, original.record.record);
        let other = "00112233445566778899aabbccddeeff";
        let named = one(&uid(other));
        assert!(has_uid(&named));
        assert_eq!(named.id().unwrap().to_string(), other);
    }

    #[test]
    fn events_timed_by_their_receipt_keep_their_time() {
        let timeless = r#"{"eventName":"order.paid"}"#;
        let item = one(&ndjson("00112233445566778899aabbccddeeff", "received", timeless));
        let want: UnixNanos = "2025-11-24T16:00:01.000000000Z".parse().unwrap();
        assert_eq!(item.event.unwrap().time, want);
    }

    #[test]
    fn a_record_without_id_and_time_is_known_by_its_line() {
        let timeless = otlp(r#"{"eventName":"job.started"}"#);
        let of_line = |number| {
            let items = read(timeless.as_bytes(), Some(number), &Mapping::built_in(), NOW).unwrap();
            items.items.into_iter().next().unwrap()
        };
        assert_eq!(of_line(1).id(), of_line(1).id());
        assert_ne!(of_line(1).id(), of_line(2).id());
        // A receiver that takes it gives it the same id.
        assert!(has_uid(&of_line(1)));
        // What states a time is one event wherever it stands.
        let timed =
            read(otlp(RECORD).as_bytes(), Some(2), &Mapping::built_in(), NOW).unwrap().items.remove(0);
        assert_eq!(timed.id(), one(&otlp(RECORD)).id());
    }

    #[test]
    fn other_lines_are_told() {
        let check = |line: &str, want: &str| {
            let told = read(line.as_bytes(), Some(1), &Mapping::built_in(), NOW).unwrap_err().to_string();
            assert!(told.contains(want), "{told}");
        };
        check("{", "no JSON");
        check("{}", "neither `record`");
        check(&ndjson("12", "record", RECORD), "its id");
        check(r#"{"resourceLogs":7}"#, "resourceLogs");
        let items =
            read(br#"{"resourceLogs":[{"scopeSpans":[{}]}]}"#, None, &Mapping::built_in(), NOW).unwrap();
        assert_eq!((items.items.len(), items.rejected), (0, 1));
        assert!(items.problem.unwrap().contains("scopeSpans"));
    }
}
