//! What an export adds to a record so that an import gives the same event again.
//!
//! Most records are the same event wherever they are received. Others are not: an id that came from bytes which were
//! repaired, from the ordinal among equal records or from the moment of receipt; a time that was judged by another
//! clock; a flag about what is not in the record any more. An export writes that into two attributes behind all others:
//! `log.record.uid`, which anybody understands, and [`EXPORTED`]. A receiver takes both off again, so that the event is
//! stored as it was.

use super::LogRecordRef;
use super::value::{AnyValue, KeyValues, put_string_attribute};
use super::wire::{Field, Reader, put_bytes_field, put_fixed32_field, put_fixed64_field, put_varint_field};
use crate::event::{Event, Flags, TimeSource};
use crate::ids::EventId;
use crate::time::UnixNanos;

/// The attribute with what is stated, in words that spaces part: `uid` where the last `log.record.uid` was added to the
/// record, names of flags, `time=SOURCE`, `observed=NANOS` where the moment of receipt stands in the place of the
/// record's own time of observation, `trace_id=HEX` and `span_id=HEX` where an id has a length that OTLP does not know.
pub const EXPORTED: &str = "steplog.exported";

/// The attribute in which a sender gives a record its id.
pub const UID: &str = "log.record.uid";

/// The most attributes that a statement takes.
pub const MOST_ATTRIBUTES: usize = 2;

/// The most bytes that a statement takes in an encoded record: the names of all flags, two numbers and an id.
pub const MOST_BYTES: usize = 512;

const TRACE_ID: u32 = 9;
const SPAN_ID: u32 = 10;
const OBSERVED_TIME: u32 = 11;

/// What is stated of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Its id, where the record does not give it by itself.
    pub id: Option<EventId>,
    /// What was noticed about it; what a receiver notices by itself is added.
    pub flags: Flags,
    /// Which of its times it was filed under, where another clock might judge otherwise.
    pub time: Option<(TimeSource, UnixNanos)>,
}

impl Exported {
    /// The flags that say how a time was judged.
    pub const OF_TIME: Flags = Flags(Flags::TIME_IMPLAUSIBLE.0 | Flags::TIME_AHEAD.0);

    /// The flags that can be stated. The others follow from the record and from the settings of whoever receives it.
    pub const FLAGS: Flags = Flags(
        Self::OF_TIME.0
            | Flags::UTF8_REPAIRED.0
            | Flags::DUPLICATE_KEYS.0
            | Flags::EXPLICIT_ID.0
            | Flags::STRING_REFERENCE.0
            | Flags::VALUE_UNREADABLE.0,
    );

    /// What is stated of an event with this id, these flags and this time.
    #[must_use]
    pub fn new(id: Option<EventId>, flags: Flags, source: TimeSource, time: UnixNanos) -> Self {
        let flags = flags.within(Self::FLAGS);
        let is_judged = source == TimeSource::Received || flags.within(Self::OF_TIME) != Flags::default();
        Self { id, flags, time: is_judged.then_some((source, time)) }
    }

    /// What is stated of an event by somebody who does not know which id its record has by itself. A sender's own is in
    /// the record, unless it was in bytes that are no UTF-8.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        let is_named =
            event.flags.contains(Flags::EXPLICIT_ID) && !event.flags.contains(Flags::UTF8_REPAIRED);
        Self::new((!is_named).then_some(event.id), event.flags, event.time_source, event.time)
    }

    /// How the record is written with it.
    #[must_use]
    pub fn written(&self, record: &LogRecordRef<'_>) -> Written {
        let (time, observed) = (record.time_unix_nano, record.observed_time_unix_nano);
        let mut written = Written { times: (time, observed), words: String::new(), uid: None };
        let flags = match self.id {
            Some(id) => {
                written.uid = Some(id.to_string());
                written.word("uid");
                self.flags
            }
            None => self.flags.without(Flags::EXPLICIT_ID),
        };
        flags.names().for_each(|name| written.word(name));
        if let Some((source, at)) = self.time {
            written.word(&format!("time={}", source.name()));
            if source == TimeSource::Received {
                written.times.1 = u64::try_from(at.0).unwrap_or(0);
                if observed != 0 {
                    written.word(&format!("observed={observed}"));
                }
            }
        }
        written
    }

    /// The record with it, for a receiver of protobuf.
    #[must_use]
    pub fn put(&self, record: &[u8]) -> Vec<u8> {
        let view = LogRecordRef::new(record);
        let written = self.written(&view);
        let is_timed = written.times.1 != view.observed_time_unix_nano;
        let mut out = Vec::with_capacity(record.len() + MOST_BYTES);
        for (number, field) in Reader::new(record).valid_fields() {
            if !(is_timed && number == OBSERVED_TIME) {
                put_field(&mut out, number, field);
            }
        }
        if is_timed {
            put_fixed64_field(&mut out, OBSERVED_TIME, written.times.1);
        }
        for (key, text) in written.attributes(&view) {
            put_string_attribute(&mut out, LogRecordRef::ATTRIBUTES, key, text);
        }
        out
    }

    /// Whether a record has such an attribute, of whoever's making: then the next statement is the one that counts.
    #[must_use]
    pub fn is_in(record: &LogRecordRef<'_>) -> bool {
        record.attributes().any(|(key, _)| key == EXPORTED)
    }

    /// What the last such attribute states, and the record without it; `None` where there is none that can be read.
    #[must_use]
    pub fn taken_off(record: &[u8]) -> Option<(Vec<u8>, Self)> {
        let view = LogRecordRef::new(record);
        let (place, value) = last(&view, EXPORTED)?;
        let AnyValue::String(text) = value else { return None };
        let words = Words::read(text)?;
        let mut stated = Self { id: None, flags: words.flags.without(Flags::EXPLICIT_ID), time: None };
        let mut named = None;
        if words.is_named {
            stated.flags = words.flags;
            let (place, uid) = last(&view, UID)?;
            let AnyValue::String(uid) = uid else { return None };
            (named, stated.id) = (Some(place), Some(uid.parse().ok()?));
        }
        let mut observed = None;
        if let Some(source) = words.source {
            let nanos = match source {
                TimeSource::Record => view.time_unix_nano,
                TimeSource::Observed | TimeSource::Received => view.observed_time_unix_nano,
            };
            stated.time = Some((source, UnixNanos(i64::try_from(nanos).ok()?)));
            observed = (source == TimeSource::Received).then_some(words.observed);
        }
        let mut out = Vec::with_capacity(record.len());
        let mut attributes = 0..;
        for (number, field) in Reader::new(record).valid_fields() {
            let is_attribute = matches!((number, field), (LogRecordRef::ATTRIBUTES, Field::Bytes(_)));
            let attribute = if is_attribute { attributes.next() } else { None };
            let is_off = attribute.is_some_and(|at| at == place || Some(at) == named);
            if !(is_off || observed.is_some() && number == OBSERVED_TIME) {
                put_field(&mut out, number, field);
            }
        }
        for (number, id, there) in
            [(TRACE_ID, words.trace_id, view.trace_id), (SPAN_ID, words.span_id, view.span_id)]
        {
            match id {
                Some(_) if !there.is_empty() => return None,
                Some(id) => put_bytes_field(&mut out, number, &id),
                None => {}
            }
        }
        if let Some(nanos) = observed.filter(|nanos| *nanos != 0) {
            put_fixed64_field(&mut out, OBSERVED_TIME, nanos);
        }
        Some((out, stated))
    }
}

/// How a record is written with what is stated of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// When it happened and when that was observed, in nanoseconds since 1970; 0 for none.
    pub times: (u64, u64),
    words: String,
    uid: Option<String>,
}

impl Written {
    /// Moves an id that OTLP does not know into the statement.
    pub fn move_trace_id(&mut self, digits: &str) {
        self.word(&format!("trace_id={digits}"));
    }

    /// The same of a span's.
    pub fn move_span_id(&mut self, digits: &str) {
        self.word(&format!("span_id={digits}"));
    }

    /// The attributes to add behind those of the record.
    pub fn attributes(&self, record: &LogRecordRef<'_>) -> impl Iterator<Item = (&'static str, &str)> {
        let is_needed = !self.words.is_empty() || Exported::is_in(record);
        let uid = self.uid.as_deref().map(|uid| (UID, uid));
        uid.into_iter().chain(is_needed.then_some((EXPORTED, &*self.words)))
    }

    fn word(&mut self, word: &str) {
        if !self.words.is_empty() {
            self.words.push(' ');
        }
        self.words.push_str(word);
    }
}

#[derive(Default)]
struct Words {
    is_named: bool,
    flags: Flags,
    source: Option<TimeSource>,
    observed: u64,
    trace_id: Option<Vec<u8>>,
    span_id: Option<Vec<u8>>,
}

impl Words {
    fn read(text: &str) -> Option<Self> {
        let mut words = Self::default();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            match word.split_once('=') {
                None if word == "uid" => words.is_named = true,
                None => {
                    let flag = Flags::named(word).filter(|flag| Exported::FLAGS.contains(*flag))?;
                    words.flags.insert(flag);
                }
                Some(("time", source)) => words.source = Some(TimeSource::named(source)?),
                Some(("observed", nanos)) => words.observed = nanos.parse().ok()?,
                Some(("trace_id", digits)) => words.trace_id = Some(bytes_of(digits)?),
                Some(("span_id", digits)) => words.span_id = Some(bytes_of(digits)?),
                Some(_) => return None,
            }
        }
        Some(words)
    }
}

fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    if rest.is_empty() { bytes } else { None }
}

/// The last attribute of a key, and its place among the attributes.
fn last<'a>(record: &LogRecordRef<'a>, wanted: &str) -> Option<(usize, AnyValue<'a>)> {
    let attributes: KeyValues<'a> = record.attributes();
    attributes.enumerate().filter(|(_, (key, _))| *key == wanted).map(|(at, (_, value))| (at, value)).last()
}

fn put_field(out: &mut Vec<u8>, number: u32, field: Field<'_>) {
    match field {
        Field::Bytes(bytes) => put_bytes_field(out, number, bytes),
        Field::Varint(value) => put_varint_field(out, number, value),
        Field::Fixed64(value) => put_fixed64_field(out, number, value),
        Field::Fixed32(value) => put_fixed32_field(out, number, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    const RECEIVED: UnixNanos = UnixNanos(1_795_420_800_000_000_000);

    fn record(attributes: &[(String, String)], times: (u64, u64)) -> Vec<u8> {
        let mut out = Vec::new();
        if times.0 != 0 {
            put_fixed64_field(&mut out, 1, times.0);
        }
        for (key, value) in attributes {
            put_string_attribute(&mut out, LogRecordRef::ATTRIBUTES, key, value);
        }
        if times.1 != 0 {
            put_fixed64_field(&mut out, OBSERVED_TIME, times.1);
        }
        out
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-c]{0,2}",
            prop::sample::select(
                &[
                    UID,
                    EXPORTED,
                    "uid",
                    "",
                    "uid time=received",
                    "time=record",
                    "utf8_repaired",
                    "span_id=01",
                    "000000000000000000000000000000aa"
                ][..]
            )
            .prop_map(str::to_owned),
        ]
    }

    fn stated() -> impl Strategy<Value = Exported> {
        let source =
            prop::sample::select(&[TimeSource::Record, TimeSource::Observed, TimeSource::Received][..]);
        (any::<Option<u128>>(), any::<u32>(), source).prop_map(|(id, flags, source)| {
            let flags = Flags(flags);
            // Without an id that is stated there is nothing to say about where it is from.
            let flags = if id.is_none() { flags.without(Flags::EXPLICIT_ID) } else { flags };
            Exported::new(id.map(EventId), flags, source, RECEIVED)
        })
    }

    proptest! {
        #[test]
        fn what_is_stated_is_read_and_leaves_the_record_as_it_was(
            attributes in prop::collection::vec((text(), text()), 0..5), observed in 0..2_u64, stated in stated(),
        ) {
            let at = RECEIVED.0.cast_unsigned();
            // The time that counts is one of the record's own.
            let times = match stated.time {
                Some((TimeSource::Record, _)) => (at, observed),
                Some((TimeSource::Observed, _)) => (observed, at),
                _ => (0, observed),
            };
            let record = record(&attributes, times);
            let put = stated.put(&record);
            prop_assert!(put.len() <= record.len() + MOST_BYTES);
            let is_needed = stated != Exported::default() || Exported::is_in(&LogRecordRef::new(&record));
            prop_assert_eq!(put != record, is_needed);
            if is_needed {
                prop_assert_eq!(Exported::taken_off(&put), Some((record, stated)));
            }
        }

        #[test]
        fn what_nobody_stated_is_an_attribute_like_others(text in "[ =a-z_0-9]{0,20}") {
            let record = record(&[(EXPORTED.to_owned(), text)], (0, 0));
            if let Some((rest, stated)) = Exported::taken_off(&record) {
                prop_assert!(rest.is_empty() || stated.id.is_none());
            }
        }
    }

    #[test]
    fn what_cannot_be_true_is_not_taken_off() {
        for text in
            ["uid", "time=received", "time=soon", "index_truncated", "trace_id=0", "observed=-1", "later"]
        {
            let uid = (UID.to_owned(), "mine".to_owned());
            let record = record(&[uid, (EXPORTED.to_owned(), text.to_owned())], (0, u64::MAX));
            assert_eq!(Exported::taken_off(&record), None, "{text}");
        }
    }
}
