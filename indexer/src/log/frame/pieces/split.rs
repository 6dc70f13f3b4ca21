//! Cuts the bytes of an event into pieces.

use std::ops::Range;

use steplog_model::record::wire::put_varint;

use super::super::rows::{HAS_DURATION, PLACE_BITS, Place, unzigzag, zigzag};
use super::rest::Rest;
use super::steps::{Form, Step};

/// Keys of attributes up to this length are part of their pieces.
const KEY_BYTES: usize = 64;
/// Messages within more than so many others are values as a whole.
const DEPTH: u32 = 8;

/// The messages whose fields are known (opentelemetry/proto/logs/v1 and common/v1).
#[derive(Clone, Copy, Debug)]
enum Message {
    LogRecord,
    KeyValue,
    AnyValue,
    ArrayValue,
    KeyValueList,
}

/// What a field with a length is.
enum Content {
    Message(Message),
    Key,
    Id,
    Text,
}

impl Message {
    fn content(self, field: u64, length: usize) -> Content {
        match (self, field) {
            (Self::LogRecord, 5) | (Self::KeyValue, 2) | (Self::ArrayValue, 1) => {
                Content::Message(Self::AnyValue)
            }
            (Self::LogRecord, 6) | (Self::KeyValueList, 1) => Content::Message(Self::KeyValue),
            (Self::AnyValue, 5) => Content::Message(Self::ArrayValue),
            (Self::AnyValue, 6) => Content::Message(Self::KeyValueList),
            (Self::KeyValue, 1) if length <= KEY_BYTES => Content::Key,
            (Self::LogRecord, 9 | 10) => Content::Id,
            _ => Content::Text,
        }
    }
}

/// A piece of the event: ranges of [`Split::steps`] and [`Split::values`].
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) steps: Range<usize>,
    /// The form of its value, and where that is.
    pub(super) value: Option<(Form, Range<usize>)>,
}

/// Cuts one event after the other. Its buffers are used again and again.
#[derive(Debug, Default)]
pub(super) struct Split {
    /// The pieces of the event that was cut last.
    pub(super) pieces: Vec<Piece>,
    pub(super) steps: Vec<u8>,
    pub(super) values: Vec<u8>,
    /// Bytes that no step writes yet.
    fixed: Vec<u8>,
    /// Where the steps of the piece begin that is not whole yet.
    start: usize,
    /// Its value.
    value: Option<(Form, Range<usize>)>,
    base_time: i64,
    /// Of the event before, and then of this one, as differences to the base times.
    times: (i64, i64),
    duration: Option<u64>,
}

impl Split {
    pub(super) fn start_frame(&mut self, base_time: i64) {
        self.base_time = base_time;
        self.times = (0, 0);
    }

    /// Cuts an event; `None` where it is none.
    pub(super) fn cut(&mut self, event: &[u8]) -> Option<()> {
        self.clear();
        self.event(Rest(event))?;
        self.end_piece();
        Some(())
    }

    fn clear(&mut self) {
        self.pieces.clear();
        self.steps.clear();
        self.values.clear();
        self.fixed.clear();
        self.start = 0;
        self.value = None;
        self.duration = None;
    }

    fn event(&mut self, mut rest: Rest<'_>) -> Option<()> {
        let stated_id = rest.number()?;
        self.fixed_number(stated_id);
        if stated_id == 0 {
            self.put(Form::Bytes16, rest.take(16)?);
        }
        self.end_piece();
        let (before, times) = (self.times, (unzigzag(rest.number()?), unzigzag(rest.number()?)));
        self.times = times;
        self.put_number(Form::Time, zigzag(times.0.wrapping_sub(before.0)));
        self.put_number(Form::Received, zigzag(times.1.wrapping_sub(before.1)));
        let bits = rest.byte()?;
        self.fixed(&[bits]);
        self.put_number(Form::Number, rest.number()?);
        if bits & HAS_DURATION != 0 {
            let duration = rest.number()?;
            self.duration = Some(duration);
            self.put_number(Form::Duration, duration);
        }
        self.mark(0);
        self.put_number(Form::Number, rest.number()?);
        self.message(Message::LogRecord, rest.bytes()?, 0);
        self.end_piece();
        let cells = rest.number()?;
        self.fixed_number(cells);
        for _ in 0..cells {
            self.cell(&mut rest)?;
        }
        rest.is_empty().then_some(())
    }

    /// A cell that names a part of the record is the same in event after event; others have numbers of their own.
    fn cell(&mut self, rest: &mut Rest<'_>) -> Option<()> {
        self.end_piece();
        let column = rest.byte()?;
        self.fixed(&[column]);
        self.fixed_number(rest.number()?);
        let head = rest.number()?;
        let place = (head & ((1 << PLACE_BITS) - 1)) as u8;
        if [Place::Text, Place::Trace, Place::Span].map(|named| named as u8).contains(&place) {
            self.fixed_number(head);
        } else if place == Place::Here as u8 {
            self.put(Form::Here, rest.take(usize::try_from(head >> PLACE_BITS).ok()?)?);
        } else {
            self.mark(place);
            self.put_number(Form::Number, head);
            self.mark(1);
            self.put_number(Form::Number, rest.number()?);
        }
        Some(())
    }

    fn message(&mut self, message: Message, bytes: &[u8], depth: u32) {
        self.begin();
        self.flush();
        let (steps, pieces, values, start) =
            (self.steps.len(), self.pieces.len(), self.values.len(), self.start);
        Step::Open.put(&mut self.steps);
        if depth < DEPTH && self.fields(message, Rest(bytes), depth).is_some() {
            self.flush();
            Step::Close.put(&mut self.steps);
            return;
        }
        self.steps.truncate(steps);
        self.pieces.truncate(pieces);
        self.values.truncate(values);
        self.start = start;
        self.fixed.clear();
        self.value = None;
        self.put(Form::Text, bytes);
    }

    fn fields(&mut self, message: Message, mut rest: Rest<'_>, depth: u32) -> Option<()> {
        while !rest.is_empty() {
            let tag = rest.number()?;
            self.fixed_number(tag);
            match tag & 7 {
                0 => {
                    let value = rest.number()?;
                    match self.duration == Some(value) && value > 0 {
                        true => self.put(Form::SameDuration, &[]),
                        false => self.put_number(Form::Number, value),
                    }
                }
                1 => self.eight_bytes(message, tag >> 3, rest.take(8)?)?,
                2 => {
                    let content = rest.bytes()?;
                    match message.content(tag >> 3, content.len()) {
                        Content::Message(inner) => self.message(inner, content, depth + 1),
                        Content::Key => {
                            self.fixed_number(content.len() as u64);
                            self.fixed(content);
                        }
                        Content::Id => self.put(id_form(content), content),
                        Content::Text => self.text(content),
                    }
                }
                5 => self.put(Form::Bytes4, rest.take(4)?),
                _ => return None,
            }
        }
        Some(())
    }

    /// A number of eight bytes, which in a record may be its time or when it was observed.
    fn eight_bytes(&mut self, message: Message, field: u64, bytes: &[u8]) -> Option<()> {
        match (message, field) {
            (Message::LogRecord, 1 | 11) => {
                let time = i64::from_le_bytes(bytes.try_into().ok()?);
                let event = self.base_time.wrapping_add(self.times.0);
                self.put_number(Form::Stamp, zigzag(time.wrapping_sub(event)));
            }
            _ => self.put(Form::Bytes8, bytes),
        }
        Some(())
    }

    fn text(&mut self, text: &[u8]) {
        const HYPHENS: [usize; 4] = [8, 13, 18, 23];
        let bits = match text.len() {
            16 => {
                bits_of(text.iter()).map(|bits: [u8; 8]| (Form::Hex16, u128::from(u64::from_le_bytes(bits))))
            }
            32 => bits_of(text.iter()).map(|bits| (Form::Hex32, u128::from_le_bytes(bits))),
            36 if HYPHENS.iter().all(|place| text.get(*place) == Some(&b'-')) => {
                let digits = text.iter().enumerate().filter(|(place, _)| !HYPHENS.contains(place));
                bits_of(digits.map(|(_, digit)| digit)).map(|bits| (Form::Uuid, u128::from_le_bytes(bits)))
            }
            _ => None,
        };
        match bits {
            Some((Form::Hex16, bits)) => self.put(Form::Hex16, &(bits as u64).to_le_bytes()),
            Some((form, bits)) => self.put(form, &bits.to_le_bytes()),
            None => self.put(Form::Text, text),
        }
    }

    fn put(&mut self, form: Form, value: &[u8]) {
        self.begin();
        self.flush();
        let start = self.values.len();
        self.values.extend_from_slice(value);
        self.value = Some((form, start..self.values.len()));
        Step::Value(form).put(&mut self.steps);
    }

    fn put_number(&mut self, form: Form, value: u64) {
        self.begin();
        self.flush();
        let start = self.values.len();
        put_varint(&mut self.values, value);
        self.value = Some((form, start..self.values.len()));
        Step::Value(form).put(&mut self.steps);
    }

    fn fixed(&mut self, bytes: &[u8]) {
        self.begin();
        self.fixed.extend_from_slice(bytes);
    }

    fn fixed_number(&mut self, value: u64) {
        self.begin();
        put_varint(&mut self.fixed, value);
    }

    fn mark(&mut self, mark: u8) {
        self.begin();
        self.flush();
        Step::Mark(mark).put(&mut self.steps);
    }

    fn flush(&mut self) {
        if !self.fixed.is_empty() {
            Step::Bytes(&self.fixed).put(&mut self.steps);
            self.fixed.clear();
        }
    }

    /// Something begins, other than the end of a message: a piece that has its value is whole.
    fn begin(&mut self) {
        if self.value.is_some() {
            self.end_piece();
        }
    }

    fn end_piece(&mut self) {
        self.flush();
        if self.steps.len() > self.start {
            self.pieces.push(Piece { steps: self.start..self.steps.len(), value: self.value.take() });
        }
        self.start = self.steps.len();
    }
}

fn id_form(id: &[u8]) -> Form {
    match id.len() {
        8 => Form::Id8,
        16 => Form::Id16,
        _ => Form::Text,
    }
}

/// The bits of as many hex digits in lower case.
fn bits_of<'a, const N: usize>(mut digits: impl Iterator<Item = &'a u8>) -> Option<[u8; N]> {
    let mut digit = || match digits.next()? {
        digit @ b'0'..=b'9' => Some(digit - b'0'),
        digit @ b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bits = [0; N];
    for byte in &mut bits {
        *byte = digit()? << 4 | digit()?;
    }
    Some(bits)
}
