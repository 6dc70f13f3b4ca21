//! The pure part of the way: from the plain bytes of a request to its events.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use steplog_model::event::{Cell, Event, detach, size_bytes};
use steplog_model::time::Received;
use steplog_net::Charge;

use super::summary::Summary;
use crate::decode::{
    DecodeError, Decoded, RECORD_BYTES, Room, Signal, SpanRules, count_points_json, count_points_protobuf,
    decode_json_within, decode_protobuf_within, decode_spans_json_within, decode_spans_protobuf_within,
};
use crate::map::{Mapped, Mapping, share_conversations};
use crate::reply::{RefusalReason, Reply};
use crate::wire::media_type::Format;

/// Events are charged so many at a time.
const CHARGED_AT_ONCE: usize = 256;

/// The columns that most events have: room is left for them where records are taken.
const USUAL_CELLS: usize = 4;

/// A larger request of which less than half becomes events is not kept whole for them while they wait to be indexed:
/// one record would hold on to 16 MiB.
const KEPT_WHOLE_BYTES: usize = 64 << 10;

/// Why a request is not taken at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    #[error(transparent)]
    Malformed(#[from] DecodeError),
    #[error("there is no room for its records now")]
    NoRoom,
}

impl From<NotTaken> for Reply {
    fn from(why: NotTaken) -> Self {
        match why {
            NotTaken::Malformed(error) => Self::refused(RefusalReason::Malformed, error.to_string()),
            NotTaken::NoRoom => Self::no_room(),
        }
    }
}

/// The room for what is made of a request: its records are slices of bytes that are charged already, or copies.
pub(crate) struct EventRoom<'c> {
    /// Absent where a process hands events to itself.
    charge: Option<&'c mut Charge>,
    /// What this request may still take.
    left_bytes: usize,
    /// Whether there was none, since others have it: the request is to come again.
    is_refused: bool,
}

impl<'c> EventRoom<'c> {
    pub(crate) const fn new(charge: &'c mut Charge, most_bytes: usize) -> Self {
        Self { charge: Some(charge), left_bytes: most_bytes, is_refused: false }
    }

    /// Room without a bound.
    #[cfg(feature = "sdk")]
    pub(crate) const fn unbounded() -> Self {
        Self { charge: None, left_bytes: usize::MAX, is_refused: false }
    }

    /// What was refused while reading.
    fn refused(&self) -> Result<(), NotTaken> {
        if self.is_refused { Err(NotTaken::NoRoom) } else { Ok(()) }
    }
}

impl Room for EventRoom<'_> {
    fn take(&mut self, bytes: usize) -> bool {
        if self.is_refused || bytes > self.left_bytes {
            return false;
        }
        self.is_refused = self.charge.as_mut().is_some_and(|charge| !charge.grow(bytes));
        self.left_bytes -= if self.is_refused { 0 } else { bytes };
        !self.is_refused
    }

    fn give_back(&mut self, bytes: usize) {
        if let Some(charge) = &mut self.charge {
            charge.shrink(bytes);
        }
        self.left_bytes = self.left_bytes.saturating_add(bytes);
    }

    /// Records and the room for their events stand side by side for a while.
    fn take_records(&mut self, wanted: usize, each_bytes: usize) -> usize {
        let each_bytes = each_bytes + size_of::<Event>();
        let fitting = wanted.min(self.left_bytes / (each_bytes + USUAL_CELLS * size_of::<Cell>()));
        if self.take(fitting * each_bytes) { fitting } else { 0 }
    }
}

/// A number that no other request has, of this process or any other.
#[expect(
    clippy::disallowed_methods,
    reason = "keys of hashes that stay, where a random number each would cost more"
)]
fn next_sending() -> u128 {
    static SEEDS: LazyLock<[RandomState; 2]> = LazyLock::new(|| [RandomState::new(), RandomState::new()]);
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let [high, low] = SEEDS.each_ref().map(|seed| seed.hash_one(number));
    u128::from(high) << 64 | u128::from(low)
}

/// Decodes and maps a request; the summary tells what was left out.
///
/// Small records are a few bytes each, and hundreds around them: those for which the request has no room are rejected.
pub(crate) fn decode_and_map(
    mapping: &Mapping,
    (signal, format): (Signal, Format),
    plain: Bytes,
    received: Received,
    room: &mut EventRoom<'_>,
) -> Result<(Vec<Event>, Summary), NotTaken> {
    if signal == Signal::Metrics {
        return Ok((Vec::new(), Summary::of_points(count_points(format, &plain)?)));
    }
    let sent_bytes = plain.len();
    let decoded = decode((signal, format), mapping.spans(), plain, room)?;
    let Decoded { records, rejected, warnings, not_understood, unlisted, repeated, mut beyond_room } =
        decoded;
    let wanted = records.len();
    let (started, records_bytes) = (Instant::now(), records.capacity() * RECORD_BYTES);
    let mut mapper = mapping.mapper(received).of_sending(next_sending());
    let mut events = Vec::with_capacity(records.len());
    let mut summary = Summary::new(signal, rejected, (warnings, not_understood));
    (summary.unlisted, summary.repeated) = (unlisted, repeated);
    let mut uncharged = 0;
    for (done, record) in records.into_iter().enumerate() {
        match mapper.map(record) {
            Mapped::Event(event) => {
                uncharged += event.around_bytes();
                events.push(event);
            }
            Mapped::Filtered(reason) => summary.filtered(reason),
        }
        if uncharged > 0
            && events.len().is_multiple_of(CHARGED_AT_ONCE)
            && !room.take(std::mem::take(&mut uncharged))
        {
            room.refused()?;
            events.truncate(events.len() - CHARGED_AT_ONCE);
            beyond_room += (wanted - (done + 1) + CHARGED_AT_ONCE) as u64;
            break;
        }
    }
    if !room.take(uncharged) {
        room.refused()?;
        let uncharged = events.len() % CHARGED_AT_ONCE;
        events.truncate(events.len() - uncharged);
        beyond_room += uncharged as u64;
    }
    summary.beyond_room(beyond_room);
    // Not before it is known which are taken.
    events.iter().for_each(|event| summary.note(event));
    room.give_back(records_bytes);
    if signal == Signal::Traces {
        share_conversations(&mut events);
    }
    if sent_bytes > KEPT_WHOLE_BYTES && sent_bytes / 2 > size_bytes(&events) {
        detach(&mut events);
    }
    metrics::histogram!("steplog_map_seconds").record(started.elapsed().as_secs_f64());
    Ok((events, summary))
}

/// Reads the records for which there is room.
fn decode(
    (signal, format): (Signal, Format),
    rules: &SpanRules,
    plain: Bytes,
    room: &mut EventRoom<'_>,
) -> Result<Decoded, NotTaken> {
    metrics::counter!("steplog_decode_bytes_total").increment(plain.len() as u64);
    let started = Instant::now();
    let decoded = if (signal, format) == (Signal::Logs, Format::Protobuf) {
        decode_protobuf_within(&plain, room)
    } else {
        let decoded = match (signal, format) {
            (Signal::Traces, Format::Protobuf) => decode_spans_protobuf_within(&plain, rules, room),
            (Signal::Traces, Format::Json) => decode_spans_json_within(&plain, rules, room),
            _ => decode_json_within(&plain, room),
        };
        // The records are slices of what it was rewritten as.
        room.give_back(plain.len());
        decoded
    }?;
    room.refused()?;
    metrics::histogram!("steplog_decode_seconds").record(started.elapsed().as_secs_f64());
    Ok(decoded)
}

fn count_points(format: Format, plain: &[u8]) -> Result<u64, NotTaken> {
    Ok(match format {
        Format::Protobuf => count_points_protobuf(plain),
        Format::Json => count_points_json(plain),
    }?)
}
