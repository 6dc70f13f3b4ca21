//! The files of an index: side files, exact terms, the journal of segments, the meta file.

use std::sync::LazyLock;

use steplog_indexer::fuzzing::{exact, journal, meta, side};
use steplog_model::event::Event;

use crate::seeds;

static EVENTS: LazyLock<Vec<Event>> = LazyLock::new(seeds::events);

pub(crate) fn run(input: &[u8]) {
    side(input);
    exact(input, &EVENTS);
    journal(input);
    if input.first() == Some(&b'{') {
        meta(input);
    }
}
