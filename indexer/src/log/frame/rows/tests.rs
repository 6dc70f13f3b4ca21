//! Frames that are written and read back.

use bytes::Bytes;
use bytestring::ByteString;
use proptest::prelude::*;
use steplog_model::column::Column;
use steplog_model::event::{Cell, Event, StoredEvent};
use steplog_model::ids::EventId;
use steplog_model::record::LogRecordRef;
use steplog_model::record::value::AnyValue;
use steplog_model::record::wire::put_bytes_field;
use steplog_model::testing::arbitrary;
use steplog_model::testing::build::EventBuilder;
use steplog_model::time::UnixNanos;

use super::*;
use crate::log::frame::DecodedFrame;

pub(in crate::log::frame) fn written(events: &[Event]) -> Vec<u8> {
    let mut encoder = FrameEncoder::default();
    events.iter().for_each(|event| encoder.push(event));
    encoder.finish().to_vec()
}

fn read(plain: Vec<u8>, count: usize) -> Vec<Event> {
    let frame = DecodedFrame::new(7, count as u32, Bytes::from(plain)).unwrap();
    frame.events().map(|stored| stored.unwrap().event).collect()
}

/// The event with columns that are slices of its record, as the mapping makes them: of its texts, and of parts of them.
fn with_slices(mut event: Event) -> Event {
    let record = event.record.clone();
    let texts = LogRecordRef::new(&record).attributes().filter_map(|(_, value)| match value {
        AnyValue::String(text) => Some(text),
        _ => None,
    });
    let texts: Vec<&str> = texts.collect();
    for (column, text) in [Column::Person, Column::Object, Column::Interaction].into_iter().zip(texts) {
        let half = text.get(..text.floor_char_boundary(text.len() / 2)).unwrap_or_default();
        for (column, part) in [(column, text), (Column::Reason, half)] {
            let value = ByteString::try_from(record.slice_ref(part.as_bytes())).unwrap();
            event.cells.push(Cell { column, value, rule: None });
        }
    }
    event
}

pub(in crate::log::frame) fn events() -> impl Strategy<Value = Vec<Event>> {
    let forms = (0..4_u8, any::<u128>(), arbitrary::event());
    let one = forms.prop_map(|(form, id, mut event)| {
        let digits = EventId(id).to_string();
        let uuid = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-");
        let text = match form {
            0 => return with_slices(event),
            1 => digits,
            2 => uuid,
            _ => uuid.to_uppercase(),
        };
        let stated =
            EventBuilder::new(id, UnixNanos(5)).attribute("k", "v").attribute("log.record.uid", &text);
        let trace = Bytes::copy_from_slice(&id.to_le_bytes());
        let mut fields = Vec::new();
        put_bytes_field(&mut fields, 9, &trace);
        let built =
            stated.cell(Column::TraceId, &trace.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        event = built.record_bytes(&fields).build();
        with_slices(event)
    });
    prop::collection::vec(one, 1..6)
}

proptest! {
    #[test]
    fn events_come_back_as_they_were_and_are_written_alike(events in events()) {
        let plain = written(&events);
        let back = read(plain.clone(), events.len());
        prop_assert_eq!(&back, &events);
        // As compaction does it.
        prop_assert_eq!(written(&back), plain);
    }

    #[test]
    fn bytes_that_were_changed_are_an_error_or_other_events(
        events in events(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut plain = written(&events);
        for (place, byte) in changes {
            let place = place.index(plain.len());
            plain[place] = byte;
        }
        if let Ok(frame) = DecodedFrame::new(1, events.len() as u32, Bytes::from(plain)) {
            for event in frame.events() {
                let _: Result<StoredEvent, _> = event;
            }
        }
    }
}

#[test]
fn what_the_record_states_is_not_written_again() {
    let id = 0x0123_4567_89ab_cdef_0011_2233_4455_6677_u128;
    let trace = 0xfedc_ba98_7654_3210_0f1e_2d3c_4b5a_6978_u128;
    let mut fields = Vec::new();
    put_bytes_field(&mut fields, 9, &trace.to_be_bytes());
    put_bytes_field(&mut fields, 10, &0xabcd_u64.to_be_bytes());
    let event = EventBuilder::new(id, UnixNanos(5))
        .attribute("log.record.uid", &EventId(id).to_string())
        .record_bytes(&fields)
        .cell(Column::TraceId, &format!("{trace:032x}"))
        .cell(Column::SpanId, "000000000000abcd")
        .build();
    let plain = written(std::slice::from_ref(&event));
    let holds = |bytes: &[u8]| plain.windows(bytes.len()).filter(|window| *window == bytes).count();
    assert_eq!((holds(&id.to_le_bytes()), holds(format!("{trace:032x}").as_bytes())), (0, 0));
    assert_eq!(holds(b"000000000000abcd"), 0);
    assert_eq!(read(plain, 1), [event]);
}

#[test]
fn zigzag_round_trips() {
    for value in [0, 1, -1, 63, -64, i64::MAX, i64::MIN] {
        assert_eq!(unzigzag(zigzag(value)), value);
    }
    assert_eq!(zigzag(-1), 1);
}
