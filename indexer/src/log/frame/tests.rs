//! Every encoding with every codec, written and opened.

use std::io;

use steplog_model::event::{Event, StoredEvent};

use super::codec::Codec;
use super::*;
use crate::log::dictionary::{Dictionary, Use};
use crate::testing::event;

/// Enough events to be shorter in pieces.
const EVENTS: u64 = 64;

fn stored() -> Vec<StoredEvent> {
    (0..EVENTS).map(|place| StoredEvent { seq: 7 + place, event: event(place) }).collect()
}

fn rows(events: &[StoredEvent]) -> Vec<u8> {
    let mut encoder = FrameEncoder::default();
    events.iter().for_each(|stored| encoder.push(&stored.event));
    encoder.finish().to_vec()
}

fn no_dictionary(id: u32) -> io::Result<Box<Dictionary>> {
    Err(io::Error::new(io::ErrorKind::NotFound, format!("dictionary {id}")))
}

#[track_caller]
fn comes_back(draft: &Draft<'_>, compressor: &mut Compressor, codec: Codec, encoding: Encoding) {
    let mut frame = Vec::new();
    let mut header = draft.write(compressor, &mut frame).unwrap();
    header.place(9, 4_096, &mut frame);
    let (head, payload) = frame.split_first_chunk::<FRAME_HEADER_BYTES>().unwrap();
    let read = FrameHeader::parse(head).unwrap();
    assert_eq!(read, header);
    assert_eq!((read.salt, read.synced, read.tag.codec, read.tag.encoding), (9, 4_096, codec, encoding));
    assert_eq!(read.frame_bytes(), frame.len() as u64);
    let opened = match draft.dictionary {
        Some(dictionary) => open_frame(&read, payload, |_| Ok(dictionary)),
        None => open_frame(&read, payload, no_dictionary),
    };
    let events: Vec<Event> = opened.unwrap().events().map(|stored| stored.unwrap().event).collect();
    let want: Vec<Event> = stored().into_iter().map(|stored| stored.event).collect();
    assert_eq!(events, want);
}

#[test]
fn frames_of_every_tag_come_back() {
    let events = stored();
    let rows = rows(&events);
    let mut encoder = PiecesEncoder::default();
    let pieces = encoder.encode(&rows, EVENTS as u32).unwrap();
    let lengths = [rows.len() / 8; 8];
    let dictionary = Dictionary::train(Use::Rows, &rows[..rows.len() / 8 * 8], &lengths, 1).ok();
    for dictionary in [None, dictionary.as_ref()] {
        for (pieces, encoding) in [(None, Encoding::Rows), (Some(pieces), Encoding::Pieces)] {
            let draft = Draft { first_seq: 7, count: EVENTS as u32, rows: &rows, pieces, dictionary };
            comes_back(&draft, &mut Compressor::new(1).unwrap(), Codec::Zstd, encoding);
            comes_back(&draft, &mut Compressor::uncompressed().unwrap(), Codec::Uncompressed, encoding);
        }
    }
}

#[test]
fn a_frame_whose_dictionary_is_gone_is_damaged_and_one_of_another_length_too() {
    let events = stored();
    let rows = rows(&events);
    let draft = Draft { first_seq: 7, count: EVENTS as u32, rows: &rows, pieces: None, dictionary: None };
    for mut compressor in [Compressor::new(1).unwrap(), Compressor::uncompressed().unwrap()] {
        let mut frame = Vec::new();
        let header = draft.write(&mut compressor, &mut frame).unwrap();
        let payload = &frame[FRAME_HEADER_BYTES..];
        let kind = |header: FrameHeader| open_frame(&header, payload, no_dictionary).unwrap_err().kind();
        assert_eq!(kind(FrameHeader { dictionary: 5, ..header }), io::ErrorKind::InvalidData);
        let plain_bytes = header.plain_bytes + 1;
        assert_eq!(kind(FrameHeader { plain_bytes, ..header }), io::ErrorKind::InvalidData);
    }
}
