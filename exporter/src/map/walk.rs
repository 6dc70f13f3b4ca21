//! The walk over the attributes of a record and its origin, which finds what each is good for.

use std::collections::HashMap;

use bytes::Bytes;
use bytestring::ByteString;
use steplog_model::column::Column;
use steplog_model::event::Flags;
use steplog_model::limits;
use steplog_model::record::value::AnyValue;
use steplog_model::record::{LogRecordRef, ScopeRef, resource_attributes};

use super::source::{Compiled, Place, Source, Target};
use super::table::RecordField;
use super::text::severity_number;
use crate::decode::HashedOrigin;

/// A source that has something to look at.
#[derive(Clone, Debug)]
pub(super) struct Hit<'a> {
    pub(super) source: u32,
    pub(super) place: Place,
    pub(super) value: HitValue<'a>,
}

/// What a source looks at.
#[derive(Clone, Debug)]
pub(super) enum HitValue<'a> {
    /// A value in the record's bytes.
    Record(AnyValue<'a>),
    /// A value of the origin, or one made from a field.
    Text(ByteString),
    /// Another column, looked at when this one is filled.
    Column,
}

/// What the walk found in a record.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    pub(super) hits: Vec<Hit<'a>>,
    pub(super) duration_nanos: Option<u64>,
    /// The name that the sender gave the event.
    pub(super) uid: Option<AnyValue<'a>>,
    /// Whether the record has an attribute of steplog's own that fills a column other than its name.
    pub(super) states_columns: bool,
    /// The body, if it is a text.
    pub(super) body: Option<&'a str>,
    /// The attributes that tell repeats, as bits.
    pub(super) marks: u64,
    duration_rank: u16,
}

/// A value of the origin with the source that it is for; found once, used by all records of the origin.
#[derive(Clone, Debug)]
pub(super) struct OriginHit {
    source: u32,
    place: Place,
    value: ByteString,
}

/// What the origin's attributes are good for.
pub(super) fn walk_origin(compiled: &Compiled, hashed: &HashedOrigin) -> Vec<OriginHit> {
    let mut hits = Vec::new();
    let mut scratch = String::new();
    let flagged = hashed.flags.contains(Flags::DUPLICATE_KEYS);
    let origin = &hashed.origin;
    let scope = ScopeRef::new(&origin.scope).attributes();
    let lists = [
        (Place::Scope, scope, &origin.scope),
        (Place::Resource, resource_attributes(&origin.resource), &origin.resource),
    ];
    for (place, attributes, bytes) in lists {
        visit_targets(compiled, attributes, flagged, &mut |target, value| {
            if let Target::Source(source) = target
                && counts(compiled, source, value)
                && let Some(value) = text_of(value, bytes, &mut scratch)
            {
                hits.push(OriginHit { source, place, value });
            }
        });
    }
    hits
}

/// The text of a value as a slice of the message that holds it, where it is a text there.
fn text_of(value: AnyValue<'_>, message: &Bytes, scratch: &mut String) -> Option<ByteString> {
    match value {
        AnyValue::String(text) => ByteString::try_from(message.slice_ref(text.as_bytes())).ok(),
        other => other.scalar_text(scratch).map(ByteString::from),
    }
}

/// What the record's fields, attributes and body are good for, and what its origin is.
pub(super) fn walk_record<'a>(
    compiled: &Compiled,
    record: &LogRecordRef<'a>,
    flags: Flags,
    origin: &[OriginHit],
) -> Found<'a> {
    let mut found = Found { hits: Vec::with_capacity(32), ..Found::default() };
    found.fields(compiled, record);
    let flagged = flags.contains(Flags::DUPLICATE_KEYS);
    visit_targets(compiled, record.attributes(), flagged, &mut |target, value| {
        found.take(compiled, target, value, Place::Record);
    });
    if let Some(AnyValue::KvList(members)) = record.body_value() {
        let members = members.take(limits::MAX_ATTRIBUTES);
        visit_targets(compiled, members, false, &mut |target, value| {
            found.take(compiled, target, value, Place::Body);
        });
    }
    let text = |hit: &OriginHit| HitValue::Text(hit.value.clone());
    found.hits.extend(origin.iter().map(|hit| Hit {
        source: hit.source,
        place: hit.place,
        value: text(hit),
    }));
    let computed = compiled.computed.iter();
    found.hits.extend(computed.map(|source| Hit {
        source: *source,
        place: Place::Record,
        value: HitValue::Column,
    }));
    found
}

/// Calls `visit` with all that the attributes are looked up for. Of an attribute that occurs twice,
/// as `flagged` says, only the last one counts; empty values fill no column.
fn visit_targets<'a>(
    compiled: &Compiled,
    attributes: impl Iterator<Item = (&'a str, AnyValue<'a>)> + Clone,
    flagged: bool,
    visit: &mut impl FnMut(Target, AnyValue<'a>),
) {
    let last: HashMap<&str, usize> = if flagged {
        attributes.clone().enumerate().map(|(place, (key, _))| (key, place)).collect()
    } else {
        HashMap::new()
    };
    for (place, (key, value)) in attributes.enumerate() {
        let superseded = flagged && last.get(key) != Some(&place);
        if superseded || matches!(value, AnyValue::Empty | AnyValue::String("")) {
            continue;
        }
        for target in compiled.attributes.get(key).map_or(&[][..], Vec::as_slice) {
            visit(*target, value);
        }
        for (family, source) in &compiled.families {
            if key.starts_with(&**family) {
                visit(Target::Source(*source), value);
            }
        }
    }
}

impl<'a> Found<'a> {
    fn fields(&mut self, compiled: &Compiled, record: &LogRecordRef<'a>) {
        if let Some(AnyValue::String(body)) = record.body_value() {
            self.body = Some(body);
        }
        for field in RecordField::ALL {
            let value = match field {
                RecordField::EventName => text_field(record.event_name),
                RecordField::SeverityText => text_field(record.severity_text),
                RecordField::Body => self.body.and_then(text_field),
                RecordField::SeverityNumber => severity_field(Some(record.severity_number)),
                RecordField::Severity if record.severity_number == 0 => {
                    severity_field(severity_number(record.severity_text))
                }
                RecordField::Severity => severity_field(Some(record.severity_number)),
                RecordField::TraceId => hex_id::<16>(record.trace_id).map(HitValue::Text),
                RecordField::SpanId => hex_id::<8>(record.span_id).map(HitValue::Text),
                // These are attributes by now.
                RecordField::SpanName
                | RecordField::SpanKind
                | RecordField::SpanStatus
                | RecordField::SpanStatusMessage
                | RecordField::SpanParent => None,
            };
            let Some(value) = value else { continue };
            for source in &compiled.fields[field as usize] {
                self.hits.push(Hit { source: *source, place: Place::Record, value: value.clone() });
            }
        }
    }

    fn take(&mut self, compiled: &Compiled, target: Target, value: AnyValue<'a>, place: Place) {
        match target {
            Target::Source(source) if !counts(compiled, source, value) => {}
            Target::Source(source) => {
                let Source { own, column, .. } = compiled.sources[source as usize];
                self.states_columns |= own && column != Column::Event;
                self.hits.push(Hit { source, place, value: HitValue::Record(value) });
            }
            Target::Duration(rank, unit_nanos) => {
                if (self.duration_nanos.is_none() || rank < self.duration_rank)
                    && let Some(nanos) = nanos(value, unit_nanos)
                {
                    (self.duration_nanos, self.duration_rank) = (Some(nanos), rank);
                }
            }
            Target::Mark(mark) => {
                self.marks |= 1_u64.checked_shl(mark.into()).unwrap_or(0);
            }
            // An event is named by the record itself, never by what surrounds it.
            Target::Id => {
                let is_list = matches!(value, AnyValue::Array(_) | AnyValue::KvList(_));
                if place == Place::Record && !is_list {
                    self.uid = Some(value);
                }
            }
        }
    }
}

/// Whether a source looks at a value of this type.
fn counts(compiled: &Compiled, source: u32, value: AnyValue<'_>) -> bool {
    !matches!(value, AnyValue::Bool(_)) || compiled.sources[source as usize].takes_truth()
}

/// A severity of OpenTelemetry's scale, 1 to 24; other numbers mean nothing.
fn severity_field<'a>(number: Option<i32>) -> Option<HitValue<'a>> {
    let number = number.filter(|number| (1..=24).contains(number))?;
    Some(HitValue::Record(AnyValue::Int(number.into())))
}

fn text_field(text: &str) -> Option<HitValue<'_>> {
    (!text.is_empty()).then_some(HitValue::Record(AnyValue::String(text)))
}

/// The hex digits of an id of `N` bytes; one of another length or all zeros is none.
fn hex_id<const N: usize>(id: &[u8]) -> Option<ByteString> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    if id.len() != N || id.iter().all(|byte| *byte == 0) {
        return None;
    }
    let digits = id.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    Some(digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect::<String>().into())
}

/// A duration in nanoseconds; negative and senseless numbers are none.
fn nanos(value: AnyValue<'_>, unit_nanos: u32) -> Option<u64> {
    let from_int = |int: i64| u64::try_from(int).ok()?.checked_mul(u64::from(unit_nanos));
    let from_double = |double: f64| {
        let nanos = double * f64::from(unit_nanos);
        // 2^64 is exact as a double; what is below it fits.
        (0.0..18_446_744_073_709_551_616.0).contains(&nanos).then_some(nanos.round() as u64)
    };
    match value {
        AnyValue::Int(int) => from_int(int),
        AnyValue::Double(double) => from_double(double),
        AnyValue::String(text) => {
            let text = text.trim();
            text.parse().ok().map_or_else(|| text.parse().ok().and_then(from_double), from_int)
        }
        _ => None,
    }
}
