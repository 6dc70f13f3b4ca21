//! An object of OTLP, member by member. `null` is no member; of several of one name the last one counts, and the others
//! are not lost without a word.

use std::borrow::Cow;

use super::lexer::{Lexer, Syntax};
use super::{Fault, problem};

/// The members of which the last one counts. Lists of records are read as often as they come.
const NAMES: [&str; 36] = [
    "timeUnixNano",
    "observedTimeUnixNano",
    "severityNumber",
    "severityText",
    "body",
    "attributes",
    "droppedAttributesCount",
    "flags",
    "traceId",
    "spanId",
    "eventName",
    "traceState",
    "parentSpanId",
    "name",
    "kind",
    "startTimeUnixNano",
    "endTimeUnixNano",
    "events",
    "droppedEventsCount",
    "links",
    "droppedLinksCount",
    "status",
    "message",
    "code",
    "version",
    "schemaUrl",
    "resource",
    "scope",
    "instrumentationLibrary",
    "entityRefs",
    "type",
    "idKeys",
    "descriptionKeys",
    "key",
    "value",
    "values",
];

/// The most values of an object that are kept one by one; where more were written over, the object is kept whole.
const MOST_VALUES: usize = 16;

/// An object that is being read.
#[derive(Debug)]
pub(super) struct Object<'a> {
    /// Behind the brace.
    start: Lexer<'a>,
    first: bool,
    /// A bit for each name so far.
    names: u64,
    /// Whether two names had the same bit: then the object is read once more.
    any_twice: bool,
}

impl<'a> Object<'a> {
    /// The object whose brace was read.
    pub(super) fn new(lexer: &Lexer<'a>) -> Self {
        Self { start: lexer.clone(), first: true, names: 0, any_twice: false }
    }

    /// Reads up to the next member's value and gives its name; `None` at the end of the object.
    pub(super) fn next(&mut self, lexer: &mut Lexer<'a>) -> Result<Option<Cow<'a, [u8]>>, Syntax> {
        while let Some(name) = lexer.field(&mut self.first)? {
            if !lexer.null()? {
                let bit = bit_of(&name);
                self.any_twice |= self.names & bit != 0;
                self.names |= bit;
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// The values that a later and other one of the same name took the place of, with their names. The object was read
    /// up to its end, where `lexer` is.
    pub(super) fn overridden(self, lexer: &mut Lexer<'a>) -> Result<Vec<(&'static str, &'a [u8])>, Fault> {
        let start = self.start.clone();
        let again_bytes = if self.any_twice { lexer.offset() - start.offset() } else { 0 };
        if !lexer.may_read_again(again_bytes) {
            return problem("too many members come twice, within each other");
        }
        let found = self.overridden_outside()?;
        match found.last() {
            Some((name, _)) if found.len() > MOST_VALUES => Ok(vec![(*name, lexer.object_since(&start))]),
            _ => Ok(found),
        }
    }

    /// The same of an object around all others, as which it is read again whatever it holds; one value more than
    /// [`MOST_VALUES`] stands for any number.
    pub(super) fn overridden_outside(self) -> Result<Vec<(&'static str, &'a [u8])>, Syntax> {
        let (mut last, mut overridden) = ([None; NAMES.len()], Vec::new());
        let (mut again, mut first) = (self.start, true);
        while self.any_twice
            && overridden.len() <= MOST_VALUES
            && let Some(name) = again.field(&mut first)?
        {
            if again.null()? {
                continue;
            }
            let value = again.raw()?;
            let Some(place) = NAMES.iter().position(|known| is_same(known, &name)) else { continue };
            let earlier = last[place].replace(value).filter(|earlier| *earlier != value);
            overridden.extend(earlier.map(|earlier| (NAMES[place], earlier)));
        }
        Ok(overridden)
    }
}

/// A bit of a name: the members of one object of OTLP have different ones.
fn bit_of(name: &[u8]) -> u64 {
    let letters = name.iter().filter(|byte| **byte != b'_');
    let hash = letters.fold(0_u32, |hash, byte| hash.wrapping_mul(31) ^ u32::from(byte | 0x20));
    1 << (hash.wrapping_mul(0x9e37_79e9) >> 26)
}

/// Whether a name is a known one, in camel or in snake case.
fn is_same(known: &str, name: &[u8]) -> bool {
    let letters = name.iter().filter(|byte| **byte != b'_').map(u8::to_ascii_lowercase);
    letters.eq(known.bytes().map(|byte| byte.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_an_object_have_bits_of_their_own() {
        let objects: [&[&str]; 8] = [
            &[&NAMES[..11], &["x"]].concat(),
            &["traceId", "spanId", "attributes", "droppedAttributesCount", "flags"],
            &[&NAMES[11..22], &["traceId", "spanId", "flags", "attributes", "droppedAttributesCount"]]
                .concat(),
            &["resource", "scopeLogs", "scopeSpans", "schemaUrl"],
            &["scope", "logRecords", "spans", "schemaUrl"],
            &["name", "version", "attributes", "droppedAttributesCount", "timeUnixNano"],
            &["key", "value", "keyStrindex"],
            &["schemaUrl", "type", "idKeys", "descriptionKeys"],
        ];
        for names in objects {
            let bits = names.iter().fold(0, |bits, name| bits | bit_of(name.as_bytes()));
            assert_eq!(bits.count_ones() as usize, names.len(), "{names:?}");
        }
        assert_eq!(bit_of(b"time_unix_nano"), bit_of(b"timeUnixNano"));
        assert!(is_same("timeUnixNano", b"time_unix_nano") && !is_same("timeUnixNano", b"time_unix"));
    }

    #[track_caller]
    fn check(json: &str, want: &[(&str, &str)]) {
        let mut lexer = Lexer::new(json.as_bytes());
        lexer.open();
        let mut object = Object::new(&lexer);
        while object.next(&mut lexer).unwrap().is_some() {
            lexer.skip().unwrap();
        }
        let found = object.overridden(&mut lexer).unwrap();
        let text = |value| std::str::from_utf8(value).unwrap();
        let found: Vec<_> = found.into_iter().map(|(name, value)| (name, text(value))).collect();
        assert_eq!(found, want, "{json}");
    }

    #[test]
    fn values_that_are_written_over_are_given() {
        check(r#"{"name":"a","kind":1,"name":"b"}"#, &[("name", "\"a\"")]);
        check(r#"{"name":"a","name":null,"name":"a"}"#, &[]);
        check(
            r#"{"trace_id":"a","traceId":{"b": 1},"TraceId":2}"#,
            &[("traceId", "\"a\""), ("traceId", "{\"b\": 1}")],
        );
        check(r#"{"whatever":"a","whatever":"b"}"#, &[]);
        check("{}", &[]);
        let many = (0..20).map(|number| format!("\"name\":{number}")).collect::<Vec<_>>().join(",");
        let json = format!("{{{many}}}");
        check(&json, &[("name", &json)]);
    }
}
