//! Frames in pieces that are written and restored.

use bytes::Bytes;
use proptest::prelude::*;
use steplog_model::event::Event;
use steplog_model::record::wire::{put_bytes_field, put_varint_field};
use steplog_model::testing::build::EventBuilder;
use steplog_model::time::UnixNanos;

use super::*;
use crate::log::frame::DecodedFrame;
use crate::log::frame::rows::tests::{events, written};

/// Frames of few events are no shorter in pieces, so the same ones come again.
fn repeated(events: &[Event]) -> Vec<Event> {
    events.iter().cycle().take(events.len() * 16).cloned().collect()
}

fn pieces(plain: &[u8], count: usize) -> Option<Vec<u8>> {
    PiecesEncoder::default().encode(plain, count as u32).map(<[u8]>::to_vec)
}

fn in_pieces(pieces: &[u8], plain: &[u8], count: usize) -> DecodedFrame {
    DecodedFrame::in_pieces(7, count as u32, Bytes::copy_from_slice(pieces), plain.len()).unwrap()
}

/// Events of one kind with ids of their own.
fn alike(number: u64) -> Event {
    let uuid = format!("{:08x}-1111-4222-8333-{number:012x}", number as u32);
    EventBuilder::new(u128::from(number), UnixNanos(1_000_000 + number as i64 * 1_000))
        .attribute("channel", if number.is_multiple_of(3) { "sms" } else { "email" })
        .attribute("conversation.id", &uuid)
        .attribute("message.hash", &format!("{:032x}", u128::from(number) << 64 | 0xabc))
        .attribute("text", &format!("Hello number {number}, how are you?"))
        .build()
}

proptest! {
    #[test]
    fn frames_come_back_to_the_byte(events in events(), others in events()) {
        // One encoder after the other frame: nothing of it may be left.
        let mut encoder = PiecesEncoder::default();
        for events in [repeated(&events), repeated(&others)] {
            let plain = written(&events);
            if let Some(pieces) = encoder.encode(&plain, events.len() as u32) {
                let frame = in_pieces(pieces, &plain, events.len());
                let end = 7 + events.len() as u64;
                let seqs = [6, 7, 7, 10, 11, end - 1, end];
                for (seq, picked) in seqs.into_iter().zip(frame.pick(&seqs)) {
                    let event = (seq as usize).checked_sub(7).and_then(|place| events.get(place));
                    let picked = picked.map(|stored| stored.unwrap().event);
                    prop_assert_eq!(picked.as_ref(), event);
                }
                let all = frame.events().map(|stored| stored.unwrap().event);
                prop_assert_eq!(all.collect::<Vec<_>>(), events);
            }
        }
    }

    #[test]
    fn pieces_that_were_changed_are_an_error_or_other_bytes(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), shorter in 0..3_usize,
    ) {
        let events: Vec<Event> = (0..40).map(alike).collect();
        let plain = written(&events);
        let mut pieces = pieces(&plain, events.len()).unwrap();
        for (place, byte) in changes {
            let place = place.index(pieces.len());
            pieces[place] = byte;
        }
        pieces.truncate(pieces.len() - shorter);
        if let Ok((restored, ends)) = restore(&pieces, events.len() as u32, plain.len()) {
            prop_assert!(restored.len() <= plain.len() && ends.len() == events.len());
        }
        let frame = DecodedFrame::in_pieces(7, events.len() as u32, Bytes::from(pieces), plain.len());
        if let Ok(frame) = frame {
            prop_assert_eq!(frame.pick(&[9, 20]).len(), 2);
            prop_assert_eq!(frame.events().count(), events.len());
        }
    }
}

#[test]
fn most_of_what_events_have_in_common_is_gone() {
    let events: Vec<Event> = (0..200).map(alike).collect();
    let plain = written(&events);
    let pieces = pieces(&plain, events.len()).unwrap();
    assert!(pieces.len() * 5 < plain.len() * 2, "{} of {} bytes", pieces.len(), plain.len());
    let times = |text: &[u8]| pieces.windows(text.len()).filter(|window| *window == text).count();
    assert_eq!((times(b"channel"), times(b"conversation.id"), times(b"email")), (1, 1, 1));
    // Hex digits are kept as bits.
    assert_eq!(times(b"-4222-8333-"), 0);
    assert_eq!(times(&[0x11, 0x11, 0x42, 0x22, 0x83, 0x33]), 200);
}

#[test]
fn what_is_no_known_message_is_kept_as_a_whole() {
    let mut fields = Vec::new();
    // A field that nobody knows, a body that is none, and a number in more bytes than it needs.
    put_varint_field(&mut fields, 999, 7);
    put_bytes_field(&mut fields, 5, b"\xff\xff\xff");
    fields.extend_from_slice(&[0x38, 0x80, 0x80, 0x00]);
    let deep = (0..40).fold(b"\x0a\x01x".to_vec(), |inner, _| {
        let (mut array, mut value) = (Vec::new(), Vec::new());
        put_bytes_field(&mut array, 1, &inner);
        put_bytes_field(&mut value, 5, &array);
        value
    });
    put_bytes_field(&mut fields, 5, &deep);
    let events: Vec<Event> =
        (0..50).map(|id| EventBuilder::new(id, UnixNanos(5)).record_bytes(&fields).build()).collect();
    let plain = written(&events);
    let pieces = pieces(&plain, events.len()).unwrap();
    let frame = in_pieces(&pieces, &plain, 50);
    assert_eq!(frame.events().map(|stored| stored.unwrap().event).collect::<Vec<_>>(), events);
    assert!(pieces.windows(3).any(|window| window == b"\xff\xff\xff"));
}

#[test]
fn a_frame_of_events_that_have_nothing_in_common_stays_as_it_was() {
    let event = |id: u128| {
        // No digits that could be bits.
        let key = format!("#{:032x}", id.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
        EventBuilder::new(id, UnixNanos(5)).attribute(&key, &key).build()
    };
    let events: Vec<Event> = (1..100).map(event).collect();
    assert_eq!(pieces(&written(&events), events.len()), None);
    // A piece with more followers than a choice can tell.
    let many: Vec<Event> = (1..400).map(event).collect();
    assert_eq!(pieces(&written(&many), many.len()), None);
}
