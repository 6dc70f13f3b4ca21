//! A client's place in a time-sorted result.
//!
//! A cursor is opaque to clients. It carries the position and direction, the period as it was
//! resolved for the first page (so that `now-24h` means the same on every page), and the fingerprint
//! of the question, since a position in one result means nothing in another. It is no secret: a forged one only starts
//! elsewhere in a result that its sender may read anyway.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use steplog_model::query::{Endings, Expr, Order, Period, Position, Presence, Query, Target};
use steplog_model::time::UnixNanos;

/// The version of the layout and the fingerprint; another one is refused.
const VERSION: u8 = 1;
/// Version, direction, period, position, fingerprint, check sum.
const LENGTH: usize = 2 + 5 * 8 + 8;

/// Whether a page reads on or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The events after the position, in the order of the question.
    After,
    /// The events before it.
    Before,
}

/// A cursor, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) direction: Direction,
    pub(crate) period: Period,
    pub(crate) position: Position,
}

/// Why a text is no cursor of the question that it came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CursorError {
    #[error("it is no cursor, or only a part of one")]
    Damaged,
    #[error("it was made by another version of steplog")]
    OtherVersion,
    #[error("it belongs to another question")]
    OtherQuestion,
}

impl CursorError {
    /// What to do about it.
    pub(crate) const fn hint(self) -> &'static str {
        match self {
            Self::Damaged => "send `next` or `prev` of an earlier page as it is",
            Self::OtherVersion => "start again without a cursor",
            Self::OtherQuestion => {
                "keep the search, filters, period and order of the page that it came with, or leave it away"
            }
        }
    }
}

impl Cursor {
    /// The cursor's text: URL-safe, 67 characters.
    pub(crate) fn encode(&self, fingerprint: u64) -> String {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.push(VERSION);
        bytes.push(u8::from(self.direction == Direction::Before));
        for moment in [self.period.from, self.period.to, self.position.time] {
            bytes.extend_from_slice(&moment.0.to_le_bytes());
        }
        bytes.extend_from_slice(&self.position.seq.to_le_bytes());
        bytes.extend_from_slice(&fingerprint.to_le_bytes());
        sealed(&bytes)
    }

    /// Reads a cursor's text for the question with this fingerprint.
    pub(crate) fn decode(text: &str, fingerprint: u64) -> Result<Self, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError::Damaged)?;
        let (content, sum) = bytes.split_last_chunk::<8>().ok_or(CursorError::Damaged)?;
        let [version, direction, numbers @ ..] = content else { return Err(CursorError::Damaged) };
        if hash(content) != u64::from_le_bytes(*sum) {
            return Err(CursorError::Damaged);
        }
        if *version != VERSION {
            return Err(CursorError::OtherVersion);
        }
        let ([from, to, time, seq, print], []) = numbers.as_chunks::<8>() else {
            return Err(CursorError::Damaged);
        };
        if u64::from_le_bytes(*print) != fingerprint {
            return Err(CursorError::OtherQuestion);
        }
        let moment = |bytes: &[u8; 8]| UnixNanos(i64::from_le_bytes(*bytes));
        Ok(Self {
            direction: if *direction == 0 { Direction::After } else { Direction::Before },
            period: Period { from: moment(from), to: moment(to) },
            position: Position { time: moment(time), seq: u64::from_le_bytes(*seq) },
        })
    }
}

/// The text of what a cursor holds: with a check sum, by which a cut or altered one is noticed.
pub(crate) fn sealed(content: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode([content, &hash(content).to_le_bytes()].concat())
}

/// What a cursor is tied to: tenant, filters, search, order, and the period as it was written.
pub(crate) fn fingerprint(query: &Query, order: Order, from: Option<&str>, to: Option<&str>) -> u64 {
    let mut text = Vec::new();
    let mut put = |part: &str| {
        text.extend_from_slice(&(part.len() as u64).to_le_bytes());
        text.extend_from_slice(part.as_bytes());
    };
    put(query.tenant.as_str());
    put(if order == Order::NewestFirst { "-time" } else { "time" });
    put(from.unwrap_or_default());
    put(to.unwrap_or_default());
    // The same filters in another order are the same question.
    let mut filters: Vec<_> = query.filters.iter().collect();
    filters.sort_by_key(|filter| match &filter.target {
        Target::Column(column) => (0, column.name()),
        Target::Attribute(key) => (1, key.as_str()),
    });
    for filter in filters {
        match &filter.target {
            Target::Column(column) => put(column.name()),
            Target::Attribute(key) => {
                put("attr");
                put(key);
            }
        }
        let Endings { any_of, none_of } = &filter.endings;
        let endings =
            [("ends", any_of), ("no ends", none_of)].into_iter().filter(|(_, list)| !list.is_empty());
        for (mark, list) in [("any", &filter.any_of), ("none", &filter.none_of)].into_iter().chain(endings) {
            put(mark);
            let mut values: Vec<_> = list.iter().collect();
            values.sort();
            put(&values.len().to_string());
            values.into_iter().for_each(|value| put(value));
        }
        put(match filter.presence {
            Presence::Any => "",
            Presence::Present => "present",
            Presence::Missing => "missing",
        });
    }
    if let Some(expr) = &query.text {
        put_expr(expr, &mut put);
    }
    hash(&text)
}

fn put_expr(expr: &Expr, put: &mut impl FnMut(&str)) {
    let mut put_parts = |mark: &str, parts: &[Expr]| {
        put(mark);
        put(&parts.len().to_string());
        parts.iter().for_each(|part| put_expr(part, put));
    };
    match expr {
        Expr::And(parts) => put_parts("and", parts),
        Expr::Or(parts) => put_parts("or", parts),
        Expr::Not(part) => put_parts("not", std::slice::from_ref(part)),
        Expr::Column(column, value) => ["column", column.name(), value].into_iter().for_each(put),
        Expr::Attribute(key, value) => ["attr", key, value].into_iter().for_each(put),
        Expr::Has(Target::Column(column)) => ["has column", column.name()].into_iter().for_each(put),
        Expr::Has(Target::Attribute(key)) => ["has attr", key].into_iter().for_each(put),
        Expr::Ending(column, end) => {
            ["ending", column.map_or("", steplog_model::column::Column::name), end].into_iter().for_each(put);
        }
        Expr::Prefix(start) => ["prefix", start].into_iter().for_each(&mut *put),
        Expr::Begun(phrase, start) => {
            ["begun", start].into_iter().for_each(&mut *put);
            put_expr(&Expr::Phrase(phrase.clone()), put);
        }
        Expr::Phrase(phrase) => {
            put("phrase");
            for list in [&phrase.words, &phrase.identifiers] {
                put(&list.len().to_string());
                list.iter().for_each(|part| put(part));
            }
        }
    }
}

/// FNV-1a with 64 bits: the same on every machine and in every release of this layout.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cursor() -> Cursor {
        let period = Period { from: UnixNanos(-5), to: UnixNanos::MAX };
        let position = Position { time: UnixNanos(1_795_420_800_000_000_001), seq: u64::MAX };
        Cursor { direction: Direction::Before, period, position }
    }

    #[test]
    fn round_trips_and_is_safe_in_an_address() {
        let text = cursor().encode(7);
        assert_eq!(text.len(), 67);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
        assert_eq!(Cursor::decode(&text, 7), Ok(cursor()));
        assert_eq!(Cursor::decode(&text, 8), Err(CursorError::OtherQuestion));
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let text = cursor().encode(7);
        for place in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(Cursor::decode(&changed, 7).is_err(), "{changed}");
            assert!(Cursor::decode(&text[..place], 7).is_err(), "cut at {place}");
        }
        assert!(Cursor::decode(&(text + "AAAA"), 7).is_err());
    }

    #[test]
    fn other_versions_are_told_apart() {
        let mut bytes = URL_SAFE_NO_PAD.decode(cursor().encode(7)).unwrap();
        bytes.truncate(LENGTH - 8 - 8);
        bytes[0] = 2;
        let sum = hash(&bytes);
        bytes.extend_from_slice(&sum.to_le_bytes());
        assert_eq!(Cursor::decode(&URL_SAFE_NO_PAD.encode(bytes), 7), Err(CursorError::OtherVersion));
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,90}") {
            prop_assert!(Cursor::decode(&text, 7).is_err());
        }
    }
}
