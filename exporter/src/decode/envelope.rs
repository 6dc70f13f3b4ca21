//! The messages around log records: `ExportLogsServiceRequest`, `ResourceLogs`, `ScopeLogs`.

use std::borrow::Cow;
use std::hash::BuildHasher as _;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rapidhash::fast::RandomState;
use steplog_model::event::Flags;
use steplog_model::limits;
use steplog_model::record::exported::Exported;
use steplog_model::record::wire::{Field, Reader};

use super::check::Checker;
use super::origins::{OriginParts, Origins, Resource};
use super::outcome::{DecodeError, Problem};
use super::room::{Meter, Room};
use super::signal::Signal;
use super::{Decoded, HashedOrigin, LogRecord, kept};

/// What the log records of a request were before.
#[derive(Clone, Copy)]
pub(super) struct Request<'m> {
    pub(super) signal: Signal,
    pub(super) places: Places<'m>,
    /// Whether what exports state of records is taken off them.
    pub(super) exports: bool,
}

/// Where records stood in the request as it was sent: what is said about one names its place there.
#[derive(Clone, Copy)]
pub(super) enum Places<'m> {
    /// The numbers of records that were taken out of it before, ascending.
    Missing(&'m [Range<u64>]),
    /// The span of each record.
    Spans(&'m [u64]),
}

impl Places<'_> {
    fn shown(self, place: u64) -> u64 {
        match self {
            Self::Missing(missing) => shown_place(missing, place),
            Self::Spans(spans) => {
                let span = usize::try_from(place).ok().and_then(|place| spans.get(place));
                span.or(spans.last()).copied().unwrap_or_default()
            }
        }
    }
}

/// What a record takes: itself, and its place among those that are compared, of which an eighth and up to half is free.
pub(crate) const RECORD_BYTES: usize = size_of::<LogRecord>() + 2 * (size_of::<u32>() + 1);

/// Reads an encoded `ExportLogsServiceRequest`.
pub(super) fn decode(
    body: &Bytes,
    request: &Request<'_>,
    room: &mut dyn Room,
) -> Result<Decoded, DecodeError> {
    let most = room.take_records(records(body).min(limits::MAX_REQUEST_RECORDS), RECORD_BYTES);
    let mut walk = Walk {
        body,
        request: *request,
        room,
        meter: Meter::default(),
        most,
        checker: Checker::default(),
        origins: Origins::new(body),
        seen: HashTable::with_capacity(most),
        seen_hasher: RandomState::new(),
        place: 0,
        decoded: Decoded { records: Vec::with_capacity(most), ..Decoded::default() },
    };
    let mut reader = Reader::new(body);
    let (mut groups, mut unknown) = (0_u64, None);
    loop {
        let offset = body.len() - reader.rest().len();
        let error = |what| DecodeError { signal: request.signal, encoding: "protobuf", what, offset };
        match reader.next_field().map_err(|problem| error(problem.to_string()))? {
            Some((1, Field::Bytes(resource_logs))) => {
                groups += 1;
                walk.resource_logs(resource_logs);
            }
            Some((1, _)) => return Err(error("field 1 (resource_logs) has the wrong wire type".to_owned())),
            Some((number, _)) => unknown = Some(number),
            None => {
                if let (0, Some(number)) = (groups, unknown) {
                    let what = || format!("the request has field {number}, but no resource_logs");
                    walk.decoded.not_understood.add(what);
                }
                return Ok(walk.decoded);
            }
        }
    }
}

struct Walk<'b, 'r> {
    body: &'b Bytes,
    request: Request<'b>,
    room: &'r mut dyn Room,
    meter: Meter,
    /// The most records for which there is room.
    most: usize,
    checker: Checker<'b>,
    origins: Origins<'b>,
    /// Of equal records the last one, as its number among those that are kept. The hasher's seed is random: nobody can
    /// choose records that collide.
    seen: HashTable<u32>,
    seen_hasher: RandomState,
    /// The number of the next log record in `body`.
    place: u64,
    decoded: Decoded,
}

/// A message with one embedded message (field 1), repeated ones (field 2) and a URL (field 3): what
/// `ResourceLogs` and `ScopeLogs` have in common.
struct Group<'b> {
    head: Cow<'b, [u8]>,
    schema_url: &'b [u8],
    problem: Option<Problem>,
}

impl<'b> Group<'b> {
    fn read(message: &'static str, bytes: &'b [u8]) -> Self {
        let mut group = Self { head: Cow::Borrowed(&[]), schema_url: &[], problem: None };
        let mut reader = Reader::new(bytes);
        loop {
            match reader.next_field() {
                // The encoding of a merged message is that of its parts in order.
                Ok(Some((1, Field::Bytes(head)))) if group.head.is_empty() => {
                    group.head = Cow::Borrowed(head);
                }
                Ok(Some((1, Field::Bytes(more)))) => group.head.to_mut().extend_from_slice(more),
                Ok(Some((3, Field::Bytes(url)))) => group.schema_url = url,
                Ok(Some((2, Field::Bytes(_)) | (4.., _))) => {}
                Ok(Some((field, _))) => group.problem = Some(Problem::WireType { message, field }),
                Ok(None) => return group,
                Err(problem) => {
                    group.problem = Some(problem.into());
                    return group;
                }
            }
        }
    }
}

/// How many records a request has, damaged ones among them.
fn records(body: &[u8]) -> usize {
    let resources = Reader::new(body).valid_fields().filter_map(|field| match field {
        (1, Field::Bytes(resource_logs)) => Some(resource_logs),
        _ => None,
    });
    resources.flat_map(scopes).map(|scope_logs| members(scope_logs).count()).sum()
}

/// The occurrences of field 2 up to the end or the first malformed field.
fn members(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    Reader::new(bytes).valid_fields().filter_map(|field| match field {
        (2, Field::Bytes(member)) => Some(member),
        _ => None,
    })
}

/// The groups of one scope each. Until OTLP 0.15 they were called `instrumentation_library_logs`, which had field
/// 1000 while both were sent, and the same form.
fn scopes(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    Reader::new(bytes).valid_fields().filter_map(|field| match field {
        (2 | 1_000, Field::Bytes(member)) => Some(member),
        _ => None,
    })
}

impl<'b> Walk<'b, '_> {
    fn resource_logs(&mut self, bytes: &'b [u8]) {
        let group = Group::read("ResourceLogs", bytes);
        match self.origins.resource((group.head.clone(), group.schema_url), self.room) {
            Some(resource) => scopes(bytes).for_each(|scope_logs| self.scope_logs(&resource, scope_logs)),
            None => scopes(bytes).for_each(|scope_logs| self.beyond_room(scope_logs)),
        }
        self.reject_rest("resource_logs", &group);
    }

    fn scope_logs(&mut self, resource: &Resource, bytes: &'b [u8]) {
        let scope = Group::read("ScopeLogs", bytes);
        if members(bytes).next().is_none() {
            self.reject_rest("scope_logs", &scope);
            return;
        }
        let parts = OriginParts {
            resource: resource.number,
            scope: scope.head.clone(),
            scope_schema_url: scope.schema_url,
        };
        match self.origins.origin(resource, parts, self.room) {
            None => self.beyond_room(bytes),
            Some(Ok(origin)) => {
                for record in members(bytes) {
                    self.record(&origin, record);
                }
            }
            Some(Err(problem)) => {
                let (Request { signal, places, .. }, first) = (self.request, self.place);
                let count = members(bytes).count() as u64;
                self.place += count;
                let place = || format!("resource or scope of {} {}", signal.item(), places.shown(first));
                self.decoded.rejected.add(&problem, count, place);
            }
        }
        self.reject_rest("scope_logs", &scope);
    }

    /// What follows the damage in a message is unknown: it counts as one record.
    fn reject_rest(&mut self, field: &str, group: &Group<'_>) {
        if let Some(problem) = &group.problem {
            let (Request { signal, places, .. }, place) = (self.request, self.place);
            let place = || format!("{field}, before {} {}", signal.item(), places.shown(place));
            self.decoded.rejected.add(problem, 1, place);
        }
    }

    /// Passes over the records of a `ScopeLogs` for which there is no room.
    fn beyond_room(&mut self, bytes: &[u8]) {
        let count = members(bytes).count() as u64;
        self.place += count;
        self.decoded.beyond_room += count;
    }

    fn record(&mut self, origin: &Arc<HashedOrigin>, bytes: &'b [u8]) {
        let place = self.place;
        self.place += 1;
        let kept = if self.decoded.records.len() < self.most {
            kept::record(&mut self.checker, self.body, bytes, self.request.exports)
        } else if self.most < limits::MAX_REQUEST_RECORDS {
            self.decoded.beyond_room += 1;
            return;
        } else {
            Err(Problem::TooManyRecords)
        };
        let (record, exported, mut flags) = match kept {
            Ok(kept) => kept,
            Err(problem) => {
                let Request { signal, places, .. } = self.request;
                let place = || format!("{} {}", signal.item(), places.shown(place));
                self.decoded.rejected.add(&problem, 1, place);
                return;
            }
        };
        let copied = if found_in(self.body, &record) { 0 } else { record.len() };
        let stated = exported.as_ref().map_or(0, |_| size_of::<Exported>());
        if copied + stated > 0 && !self.meter.take(copied + stated, self.room) {
            self.decoded.beyond_room += 1;
            return;
        }
        let unrepaired = flags.contains(Flags::UTF8_REPAIRED).then(|| self.body.slice_ref(bytes));
        flags.insert(origin.flags);
        self.decoded.warnings.count(flags);
        // One whose id is stated needs nothing to tell it from others, and is no other's equal.
        let is_named = exported.as_ref().is_some_and(|exported| exported.id.is_some());
        let (origin, exported) = (Arc::clone(origin), exported.map(Box::new));
        let record = LogRecord { origin, record, unrepaired, flags, ordinal: 0, exported };
        let ordinal = if is_named { 0 } else { self.ordinal(&record) };
        self.decoded.records.push(LogRecord { ordinal, ..record });
    }

    /// How many records came before that are equal to the one that comes next.
    fn ordinal(&mut self, record: &LogRecord) -> u32 {
        let (records, hasher) = (&self.decoded.records, &self.seen_hasher);
        let at = |number: &u32| records.get(*number as usize);
        let hash = |record: &LogRecord| hasher.hash_one((record.origin.hash, as_sent(record)));
        let is_equal =
            |other: &LogRecord| other.origin.hash == record.origin.hash && as_sent(other) == as_sent(record);
        let equal = |number: &u32| at(number).is_some_and(is_equal);
        // A request has less than 2^18 records that are kept.
        let number = records.len() as u32;
        match self.seen.entry(hash(record), equal, |number| at(number).map_or(0, hash)) {
            Entry::Occupied(mut last) => {
                let ordinal = at(last.get()).map_or(0, |last| last.ordinal.saturating_add(1));
                *last.get_mut() = number;
                ordinal
            }
            Entry::Vacant(place) => {
                place.insert(number);
                0
            }
        }
    }
}

/// The bytes of a record as they were sent.
fn as_sent(record: &LogRecord) -> &[u8] {
    record.unrepaired.as_ref().unwrap_or(&record.record)
}

/// Whether a part is a slice of the whole.
fn found_in(whole: &[u8], part: &[u8]) -> bool {
    whole.as_ptr_range().contains(&part.as_ptr())
}

/// A record's number in the request as it was sent.
pub(super) fn shown_place(missing: &[Range<u64>], place: u64) -> u64 {
    // Each missing record that is not behind moves it by one.
    missing.iter().fold(place, |place, missing| {
        if missing.start <= place { place + (missing.end - missing.start) } else { place }
    })
}
