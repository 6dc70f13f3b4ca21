//! One span, read and written as log records.

mod pairs;
mod price;

use std::borrow::Cow;

use rapidhash::{HashSetExt as _, RapidHashSet};
use steplog_model::record::wire::{
    Field, Reader, put_bytes_field, put_fixed32_field, put_fixed64_field, put_message_field, put_varint_field,
};

use super::super::outcome::Problem;
use super::rules::SpanRules;
use super::wrong_type;

use pairs::{hex, put_int, put_text};
pub(super) use price::scratch_bytes;

/// The attributes that say of a log record what its span's fields were. Each is there only where it says something.
pub mod attribute {
    /// The span's name.
    pub const NAME: &str = "steplog.span.name";
    /// `internal`, `server`, `client`, `producer` or `consumer`.
    pub const KIND: &str = "steplog.span.kind";
    /// `unset`, `ok` or `error`.
    pub const STATUS: &str = "steplog.span.status";
    /// What the sender says about the status.
    pub const STATUS_MESSAGE: &str = "steplog.span.status_message";
    /// Nanoseconds since 1970.
    pub const START: &str = "steplog.span.start";
    /// From start to end, in nanoseconds.
    pub const DURATION: &str = "steplog.span.duration";
    /// The id of the parent span.
    pub const PARENT: &str = "steplog.span.parent";
    /// The W3C trace state.
    pub const TRACE_STATE: &str = "steplog.span.trace_state";
    /// The span events that are part of the span, each with `name`, `time` and `attributes`.
    pub const EVENTS: &str = "steplog.span.events";
    /// The links, each with `trace_id`, `span_id`, and what else it has.
    pub const LINKS: &str = "steplog.span.links";
    /// How many span events the sender dropped.
    pub const DROPPED_EVENTS: &str = "steplog.span.dropped_events";
    /// How many links the sender dropped.
    pub const DROPPED_LINKS: &str = "steplog.span.dropped_links";
}

const KINDS: [&str; 6] = ["", "internal", "server", "client", "producer", "consumer"];
const STATUSES: [&str; 3] = ["unset", "ok", "error"];
/// The most attributes of a span that its span events share, and the longest of them in bytes.
const MAX_SHARED: usize = 32;
const MAX_SHARED_BYTES: usize = 512;
/// The span event by which SDKs record an exception.
const EXCEPTION: &str = "exception";

/// A span's fields (opentelemetry-proto 1.11, `trace.proto`), as slices of the request.
#[derive(Debug, Default)]
pub(super) struct Span<'a> {
    trace_id: &'a [u8],
    span_id: &'a [u8],
    trace_state: &'a [u8],
    parent: &'a [u8],
    flags: u32,
    name: &'a [u8],
    kind: u64,
    start: u64,
    end: u64,
    /// Encoded `KeyValue`s.
    attributes: Vec<&'a [u8]>,
    dropped_attributes: u64,
    events: Vec<SpanEvent<'a>>,
    dropped_events: u64,
    links: Vec<&'a [u8]>,
    dropped_links: u64,
    status: u64,
    status_message: &'a [u8],
}

#[derive(Debug, Default)]
struct SpanEvent<'a> {
    time: u64,
    name: &'a [u8],
    attributes: Vec<&'a [u8]>,
    dropped_attributes: u64,
}

/// Reads a span; `None` where it is no event by the rules.
pub(super) fn read<'a>(bytes: &'a [u8], rules: &SpanRules) -> Result<Option<Span<'a>>, Problem> {
    let span = read_fields(bytes)?;
    Ok(span.is_event(rules).then_some(span))
}

fn read_fields(bytes: &[u8]) -> Result<Span<'_>, Problem> {
    let mut span = Span::default();
    let mut reader = Reader::new(bytes);
    while let Some((number, field)) = reader.next_field()? {
        match (number, field) {
            (1, Field::Bytes(id)) => span.trace_id = id,
            (2, Field::Bytes(id)) => span.span_id = id,
            (3, Field::Bytes(state)) => span.trace_state = state,
            (4, Field::Bytes(id)) => span.parent = id,
            (5, Field::Bytes(name)) => span.name = name,
            (6, Field::Varint(kind)) => span.kind = kind,
            (7, Field::Fixed64(time)) => span.start = time,
            (8, Field::Fixed64(time)) => span.end = time,
            (9, Field::Bytes(pair)) => span.attributes.push(pair),
            (10, Field::Varint(count)) => span.dropped_attributes = count,
            (11, Field::Bytes(event)) => span.events.push(read_event(event)?),
            (12, Field::Varint(count)) => span.dropped_events = count,
            (13, Field::Bytes(link)) => span.links.push(link),
            (14, Field::Varint(count)) => span.dropped_links = count,
            (15, Field::Bytes(status)) => read_status(status, &mut span)?,
            (16, Field::Fixed32(flags)) => span.flags = flags,
            (17.., _) => {}
            _ => return Err(wrong_type("Span", number)),
        }
    }
    Ok(span)
}

fn read_status<'a>(bytes: &'a [u8], span: &mut Span<'a>) -> Result<(), Problem> {
    let mut reader = Reader::new(bytes);
    while let Some((number, field)) = reader.next_field()? {
        match (number, field) {
            (2, Field::Bytes(message)) => span.status_message = message,
            (3, Field::Varint(code)) => span.status = code,
            (1 | 4.., _) => {}
            _ => return Err(wrong_type("Status", number)),
        }
    }
    Ok(())
}

fn read_event(bytes: &[u8]) -> Result<SpanEvent<'_>, Problem> {
    let mut event = SpanEvent::default();
    let mut reader = Reader::new(bytes);
    while let Some((number, field)) = reader.next_field()? {
        match (number, field) {
            (1, Field::Fixed64(time)) => event.time = time,
            (2, Field::Bytes(name)) => event.name = name,
            (3, Field::Bytes(pair)) => event.attributes.push(pair),
            (4, Field::Varint(count)) => event.dropped_attributes = count,
            (5.., _) => {}
            _ => return Err(wrong_type("Span.Event", number)),
        }
    }
    Ok(event)
}

/// The key and the encoded value of a `KeyValue`; a malformed one is found when its record is checked.
fn key_and_value(pair: &[u8]) -> (&[u8], &[u8]) {
    let (mut key, mut value): (&[u8], &[u8]) = (&[], &[]);
    for (number, field) in Reader::new(pair).valid_fields() {
        match (number, field) {
            (1, Field::Bytes(bytes)) => key = bytes,
            (2, Field::Bytes(bytes)) => value = bytes,
            _ => {}
        }
    }
    (key, value)
}

fn key(pair: &[u8]) -> &str {
    text(key_and_value(pair).0)
}

/// A text that is compared only: one that is no UTF-8 equals nothing.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

impl<'a> Span<'a> {
    /// Whether it has the ids that make it unique.
    pub(super) const fn has_id(&self) -> bool {
        !self.trace_id.is_empty() && !self.span_id.is_empty()
    }

    fn is_event(&self, rules: &SpanRules) -> bool {
        let excepted = |pair: &&[u8]| {
            let (key, value) = key_and_value(pair);
            let Some(values) = rules.except.get(text(key)) else { return false };
            let value = Reader::new(value).valid_fields().find_map(|field| match field {
                (1, Field::Bytes(value)) => Some(text(value)),
                _ => None,
            });
            value.is_some_and(|value| values.iter().any(|one| one == value))
        };
        let name = text(self.name);
        (rules.names.contains(name)
            || self.attributes.iter().any(|pair| rules.attributes.contains(key(pair))))
            && !rules.except_names.contains(name)
            && !self.attributes.iter().any(excepted)
    }

    /// Appends the span and its span events as `LogRecord`s (field 2 of a `ScopeLogs`); gives how many.
    pub(super) fn put(&self, out: &mut Vec<u8>, rules: &SpanRules) -> usize {
        let (folded, own): (Vec<&SpanEvent<'_>>, Vec<_>) = self.events.iter().partition(|event| {
            let name = text(event.name);
            // An exception of a span that went on says something new; of one that failed it says why.
            rules.folded.contains(name) && (name != EXCEPTION || self.status == 2)
        });
        let shared = if own.is_empty() { Vec::new() } else { self.shared(rules) };
        for event in &own {
            put_message_field(out, 2, |out| self.put_event(out, event, &shared));
        }
        put_message_field(out, 2, |out| self.put_span(out, &folded));
        own.len() + 1
    }

    /// The attributes that each span event gets, few and short: they are copied for each.
    fn shared(&self, rules: &SpanRules) -> Vec<&'a [u8]> {
        let shared = self
            .attributes
            .iter()
            .filter(|pair| pair.len() <= MAX_SHARED_BYTES && rules.shared.contains(key(pair)));
        shared.take(MAX_SHARED).copied().collect()
    }

    fn put_span(&self, out: &mut Vec<u8>, folded: &[&SpanEvent<'a>]) {
        let end = if self.end == 0 { self.start } else { self.end };
        put_time(out, end);
        put_pairs(out, 6, &self.attributes);
        // The exception goes into the attributes that a log record has for it; of several the last one counts.
        let exception = folded.iter().rposition(|event| event.name == EXCEPTION.as_bytes());
        let exceptions =
            exception.and_then(|place| folded.get(place)).map_or(&[][..], |event| &event.attributes);
        let (lifted, rest) = unless_present(exceptions, &self.attributes);
        put_pairs(out, 6, &lifted);
        self.put_fields(out, end);
        if !folded.is_empty() {
            put_list(out, attribute::EVENTS, folded.iter().enumerate(), |out, (place, event)| {
                put_text(out, 1, "name", event.name);
                put_int(out, 1, "time", event.time);
                put_member(out, if Some(place) == exception { &rest } else { &event.attributes });
            });
        }
        if !self.links.is_empty() {
            put_list(out, attribute::LINKS, &self.links, |out, link| put_link(out, link));
        }
        self.put_tail(out, self.dropped_attributes);
    }

    /// Appends what only spans have as attributes of a log record.
    fn put_fields(&self, out: &mut Vec<u8>, end: u64) {
        let put = |out: &mut Vec<u8>, name, value: &[u8]| {
            if !value.is_empty() {
                put_text(out, 6, name, value);
            }
        };
        let put_number = |out: &mut Vec<u8>, name, value| {
            if value != 0 {
                put_int(out, 6, name, value);
            }
        };
        // One that is not known is its number.
        let named = |names: &[&'static str], number: u64| {
            let name = usize::try_from(number).ok().and_then(|number| names.get(number).copied());
            name.map_or_else(|| number.to_string().into(), Cow::Borrowed)
        };
        put(out, attribute::NAME, self.name);
        put(out, attribute::KIND, named(&KINDS, self.kind).as_bytes());
        put(out, attribute::STATUS, named(&STATUSES, self.status).as_bytes());
        put(out, attribute::STATUS_MESSAGE, self.status_message);
        put_number(out, attribute::START, self.start);
        if self.start != 0 && end >= self.start {
            put_int(out, 6, attribute::DURATION, end - self.start);
        }
        if self.parent.iter().any(|byte| *byte != 0) {
            put_text(out, 6, attribute::PARENT, hex(self.parent).as_bytes());
        }
        put(out, attribute::TRACE_STATE, self.trace_state);
        put_number(out, attribute::DROPPED_EVENTS, self.dropped_events);
        put_number(out, attribute::DROPPED_LINKS, self.dropped_links);
    }

    fn put_event(&self, out: &mut Vec<u8>, event: &SpanEvent<'a>, shared: &[&'a [u8]]) {
        put_time(out, if event.time == 0 { self.end } else { event.time });
        put_pairs(out, 6, &event.attributes);
        put_pairs(out, 6, &unless_present(shared, &event.attributes).0);
        self.put_tail(out, event.dropped_attributes);
        if !event.name.is_empty() {
            put_bytes_field(out, 12, event.name);
        }
    }

    /// Appends the fields of a `LogRecord` behind its attributes.
    fn put_tail(&self, out: &mut Vec<u8>, dropped_attributes: u64) {
        if dropped_attributes != 0 {
            put_varint_field(out, 7, dropped_attributes);
        }
        if self.flags != 0 {
            put_fixed32_field(out, 8, self.flags);
        }
        for (number, id) in [(9, self.trace_id), (10, self.span_id)] {
            if !id.is_empty() {
                put_bytes_field(out, number, id);
            }
        }
    }
}

fn put_time(out: &mut Vec<u8>, time: u64) {
    if time != 0 {
        put_fixed64_field(out, 1, time);
    }
}

/// Those `pairs` whose keys are not among `present`, and the others.
fn unless_present<'a>(pairs: &[&'a [u8]], present: &[&'a [u8]]) -> (Vec<&'a [u8]>, Vec<&'a [u8]>) {
    if pairs.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let mut keys = RapidHashSet::with_capacity(present.len());
    keys.extend(present.iter().map(|pair| key_and_value(pair).0));
    pairs.iter().partition(|pair| !keys.contains(key_and_value(pair).0))
}

/// Appends encoded `KeyValue`s as message field `number`.
fn put_pairs(out: &mut Vec<u8>, number: u32, pairs: &[&[u8]]) {
    pairs.iter().for_each(|pair| put_bytes_field(out, number, pair));
}

/// Appends an attribute whose value is a list of lists of keys and values.
fn put_list<T>(
    out: &mut Vec<u8>,
    name: &str,
    items: impl IntoIterator<Item = T>,
    write: impl Fn(&mut Vec<u8>, T),
) {
    put_message_field(out, 6, |out| {
        put_bytes_field(out, 1, name.as_bytes());
        put_message_field(out, 2, |out| {
            put_message_field(out, 5, |out| {
                for item in items {
                    put_message_field(out, 1, |out| put_message_field(out, 6, |out| write(out, item)));
                }
            });
        });
    });
}

/// Appends the member `attributes` of a list of keys and values, unless there are none.
fn put_member(out: &mut Vec<u8>, pairs: &[&[u8]]) {
    if pairs.is_empty() {
        return;
    }
    put_message_field(out, 1, |out| {
        put_bytes_field(out, 1, b"attributes");
        put_message_field(out, 2, |out| {
            put_message_field(out, 6, |out| put_pairs(out, 1, pairs));
        });
    });
}

/// Appends the members of a link, in one order however it was sent; what is malformed in it is left out.
fn put_link(out: &mut Vec<u8>, link: &[u8]) {
    let (mut ids, mut state) = ([&[][..]; 2], &[][..]);
    let (mut pairs, mut dropped, mut flags) = (Vec::new(), 0, 0);
    for (number, field) in Reader::new(link).valid_fields() {
        match (number, field) {
            (1, Field::Bytes(id)) => ids[0] = id,
            (2, Field::Bytes(id)) => ids[1] = id,
            (3, Field::Bytes(bytes)) => state = bytes,
            (4, Field::Bytes(pair)) => pairs.push(pair),
            (5, Field::Varint(count)) => dropped = count,
            (6, Field::Fixed32(bits)) => flags = bits,
            _ => {}
        }
    }
    for (name, id) in ["trace_id", "span_id"].into_iter().zip(ids) {
        put_text(out, 1, name, hex(id).as_bytes());
    }
    if !state.is_empty() {
        put_text(out, 1, "trace_state", state);
    }
    for (name, number) in [("dropped_attributes", dropped), ("flags", u64::from(flags))] {
        if number != 0 {
            put_int(out, 1, name, number);
        }
    }
    put_member(out, &pairs);
}
