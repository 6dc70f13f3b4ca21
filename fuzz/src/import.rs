//! Files of events, plain and compressed, line by line; and bodies in every compression.

use std::io::Cursor;
use std::sync::Arc;

use steplog::import::batch::Batch;
use steplog::import::input::{Input, Next};
use steplog::import::line;
use steplog_exporter::decode::decode_protobuf;
use steplog_exporter::fuzzing::{MAX_BYTES, inflate_all};
use steplog_model::time::{NANOS_PER_DAY, UnixNanos};

use crate::{NOW, shown};

/// So many lines of an input are read: a few bytes of a bomb are millions.
const MOST_LINES: usize = 16;

pub(crate) fn run(input: &[u8]) {
    for inflated in inflate_all(input) {
        assert!(inflated.len() <= MAX_BYTES, "{} bytes", inflated.len());
    }
    let Ok(mut file) = Input::new("input", Cursor::new(input.to_vec()), Arc::default()) else { return };
    let mut line = Vec::new();
    for _ in 0..MOST_LINES {
        match file.next_line(&mut line) {
            Ok(Next::Line) => check_line(&line, file.number()),
            Ok(Next::TooLong) => {}
            Ok(Next::End) | Err(_) => return,
        }
    }
}

/// What is imported are the events that a receiver makes of the records that are sent.
fn check_line(line: &[u8], number: u64) {
    let Ok(items) = line::read(line, Some(number), &shown::MAPPING, NOW) else { return };
    assert_eq!(items.rejected > 0, items.problem.is_some());
    let read = items.items.len();
    // A receiver judges times by its own clock: what one received that was far ahead is judged anew.
    let is_believed = |received: UnixNanos| received <= NOW.saturating_add(NANOS_PER_DAY);
    if !items.items.iter().all(|item| item.received.is_none_or(is_believed)) {
        return;
    }
    let mut batch = Batch::default();
    batch.items.extend(items.items.iter().cloned());
    let sent = decode_protobuf(batch.request()).expect("a request");
    assert_eq!((sent.rejected.total(), sent.records.len()), (0, read), "{:?}", sent.rejected);
    let received = shown::events(sent.records);
    let events: Vec<_> = items.items.iter().filter_map(|item| item.event.as_ref()).collect();
    assert_eq!(received.len(), events.len());
    for (received, event) in received.iter().zip(events) {
        assert_eq!((received.id, &received.record), (event.id, &event.record));
        assert_eq!(received.flags, event.flags);
    }
}
