//! A line of spans, as a Collector's file exporter writes traces.

use steplog_exporter::decode;
use steplog_exporter::map::{Mapping, share_conversations};
use steplog_model::event::Event;
use steplog_model::time::UnixNanos;

use super::item::{Item, identified};
use super::{Items, LineError, damaged};

/// The spans of a line that are events by the mapping's rules, and their span events, as the receiver of traces has them.
pub(super) fn read(
    line: &[u8],
    number: Option<u64>,
    mapping: &Mapping,
    now: UnixNanos,
) -> Result<Items, LineError> {
    let decoded =
        decode::decode_spans_json(line, mapping.spans()).map_err(|error| damaged("resourceSpans", &error))?;
    let problems = [decoded.rejected.message(), decoded.not_understood.message()];
    let problem = problems.into_iter().flatten().collect::<Vec<_>>().join(". ");
    let rejected = decoded.rejected.total() + decoded.not_understood.count();
    let records = decoded.records.into_iter();
    let mut items: Vec<Item> =
        records.map(|record| identified(record, number.unwrap_or_default(), mapping, now)).collect();
    share(&mut items);
    let problem = (rejected > 0).then_some(problem);
    Ok(Items { items, rejected, problem, left_out: decoded.unlisted })
}

fn share(items: &mut [Item]) {
    let (mut places, mut events): (Vec<usize>, Vec<Event>) =
        items.iter_mut().enumerate().filter_map(|(place, item)| Some((place, item.event.take()?))).unzip();
    share_conversations(&mut events);
    for (place, event) in places.drain(..).zip(events) {
        if let Some(item) = items.get_mut(place) {
            item.event = Some(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use steplog_model::column::Column;

    use super::*;
    use crate::import::line;

    const NOW: UnixNanos = UnixNanos(1_800_000_000_000_000_000);

    fn span(id: u64, attributes: &str) -> String {
        format!(
            r#"{{"traceId":"{:032x}","spanId":"{id:016x}","name":"chat","startTimeUnixNano":"1764000000000000000",
            "endTimeUnixNano":"1764000001000000000","attributes":[{attributes}]}}"#,
            7
        )
    }

    #[test]
    fn spans_are_the_events_that_the_receiver_makes_of_them() {
        let text =
            |key: &str, value: &str| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#);
        let call = [text("gen_ai.operation.name", "chat"), text("gen_ai.conversation.id", "c-1")].join(",");
        let tool =
            [text("gen_ai.operation.name", "execute_tool"), text("gen_ai.tool.name", "find")].join(",");
        let spans = [span(1, &call), span(2, &tool), span(3, &text("http.route", "/")), "7".to_owned()];
        let line = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","));
        let line = line.replace('\n', " ");
        let mapping = Mapping::built_in();
        let items = line::read(line.as_bytes(), Some(1), &mapping, NOW).unwrap();
        assert_eq!((items.items.len(), items.rejected, items.left_out), (2, 1, 1), "{:?}", items.problem);
        let decoded = decode::decode_spans_json(line.as_bytes(), mapping.spans()).unwrap();
        for (item, record) in items.items.iter().zip(decoded.records) {
            let event = item.event.as_ref().unwrap();
            assert_eq!(event.value(Column::Conversation), Some("c-1"));
            assert_eq!(event.duration_nanos, Some(1_000_000_000));
            assert_eq!(item.record, record, "another import, or the sender itself, adds nothing");
        }
        let metrics =
            line::read(br#"{"resourceMetrics":[]}"#, Some(1), &mapping, NOW).unwrap_err().to_string();
        assert!(metrics.contains("metrics"), "{metrics}");
    }
}
