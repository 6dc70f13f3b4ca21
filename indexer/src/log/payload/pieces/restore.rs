//! A frame's plain bytes from its pieces.

use steplog_model::record::wire::put_varint;

use super::super::decode::DecodeError;
use super::super::{NAMES_PARTS, PLACE_BITS, Place, unzigzag, zigzag};
use super::rest::Rest;
use super::steps::{Form, Step};
use super::values::Column;
use super::{MAX_FOLLOWERS, MAX_PIECES};

const BAD: DecodeError = DecodeError("its pieces do not fit together");

/// A piece of the frame.
struct Piece<'a> {
    steps: Vec<Step<'a>>,
    followers: Vec<u16>,
    column: Option<Column<'a>>,
    /// How often it occurs.
    times: usize,
}

/// The plain bytes of a frame of `count` events, of which there are `plain_bytes`.
pub(crate) fn restore(bytes: &[u8], count: u32, plain_bytes: usize) -> Result<Vec<u8>, DecodeError> {
    restored(Rest(bytes), count, plain_bytes).ok_or(BAD)
}

fn restored(mut rest: Rest<'_>, count: u32, plain_bytes: usize) -> Option<Vec<u8>> {
    let base_times = rest.take(16)?;
    let tables = rest.bytes()?;
    let mut pieces = pieces(&mut rest)?;
    let walk = walk(&mut rest, &mut pieces, count, plain_bytes)?;
    for piece in &mut pieces {
        let kept = piece.steps.iter().find_map(|step| match step {
            Step::Value(form) => form.kept(),
            _ => None,
        });
        piece.column = match kept {
            Some(kept) => Some(Column::read(&mut rest, kept, piece.times)?),
            None => None,
        };
    }
    let mut plain = Plain::new(base_times, plain_bytes)?;
    for number in walk {
        match number {
            0 => plain.end_event()?,
            number => plain.write(pieces.get_mut(usize::from(number))?)?,
        }
    }
    (rest.is_empty() && plain.lengths.len() == count as usize).then_some(())?;
    plain.finish(base_times, tables)
}

/// The pieces without their values.
fn pieces<'a>(rest: &mut Rest<'a>) -> Option<Vec<Piece<'a>>> {
    let count = rest.length().filter(|count| *count <= MAX_PIECES)?;
    let mut pieces = Vec::with_capacity(count);
    for _ in 0..count {
        let mut bytes = Rest(rest.bytes()?);
        let mut steps = Vec::new();
        while !bytes.is_empty() {
            steps.push(Step::read(&mut bytes)?);
        }
        let values = steps.iter().filter(|step| matches!(step, Step::Value(_))).count();
        (values <= 1).then_some(())?;
        pieces.push(Piece { steps, followers: Vec::new(), column: None, times: 0 });
    }
    for (number, piece) in pieces.iter_mut().enumerate() {
        let followers = rest.length().filter(|followers| *followers <= MAX_FOLLOWERS)?;
        for _ in 0..followers {
            let follower = unzigzag(rest.number()?).checked_add(number as i64 + 1)?;
            piece.followers.push(u16::try_from(follower).ok().filter(|follower| usize::from(*follower) < count)?);
        }
    }
    Some(pieces)
}

/// The pieces of all events in their order, 0 behind each event.
fn walk(rest: &mut Rest<'_>, pieces: &mut [Piece<'_>], count: u32, plain_bytes: usize) -> Option<Vec<u16>> {
    let mut choices = Rest(rest.bytes()?);
    let mut walk = Vec::new();
    let (mut current, mut events) = (0, 0);
    while events < count {
        let piece = pieces.get_mut(usize::from(current))?;
        let choice = if piece.followers.len() > 1 { choices.byte()? } else { 0 };
        current = *piece.followers.get(usize::from(choice))?;
        pieces.get_mut(usize::from(current))?.times += 1;
        walk.push(current);
        events += u32::from(current == 0);
        // A piece that writes nothing must not be walked for ever.
        (walk.len() <= plain_bytes).then_some(())?;
    }
    choices.is_empty().then_some(walk)
}

/// The bytes that are written.
struct Plain {
    bytes: Vec<u8>,
    limit: usize,
    lengths: Vec<usize>,
    event_start: usize,
    /// Where the messages begin that have not ended.
    open: Vec<usize>,
    /// The length of the message that ends.
    length: Vec<u8>,
    base_time: i64,
    times: (i64, i64),
    duration: u64,
}

impl Plain {
    fn new(base_times: &[u8], limit: usize) -> Option<Self> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(limit).ok()?;
        let base_time = i64::from_le_bytes(*base_times.first_chunk()?);
        Some(Self {
            bytes,
            limit,
            lengths: Vec::new(),
            event_start: 0,
            open: Vec::new(),
            length: Vec::new(),
            base_time,
            times: (0, 0),
            duration: 0,
        })
    }

    fn write(&mut self, piece: &mut Piece<'_>) -> Option<()> {
        for step in &piece.steps {
            match step {
                Step::Open => self.open.push(self.bytes.len()),
                Step::Close => self.close()?,
                Step::Bytes(bytes) => self.bytes.extend_from_slice(bytes),
                Step::Mark(_) => {}
                Step::Value(form) => {
                    let value = match (form.kept(), &mut piece.column) {
                        (Some(kept), Some(column)) => column.next(kept)?,
                        _ => &[],
                    };
                    self.value(*form, value)?;
                }
            }
        }
        (self.bytes.len() <= self.limit).then_some(())
    }

    fn value(&mut self, form: Form, value: &[u8]) -> Option<()> {
        let bytes = &mut self.bytes;
        match form {
            Form::Number | Form::Bytes4 | Form::Bytes8 | Form::Bytes16 => bytes.extend_from_slice(value),
            Form::Text | Form::Id8 | Form::Id16 => {
                put_varint(bytes, value.len() as u64);
                bytes.extend_from_slice(value);
            }
            Form::Here => {
                put_varint(bytes, (value.len() as u64) << PLACE_BITS | Place::Here as u64);
                bytes.extend_from_slice(value);
            }
            Form::Hex16 | Form::Hex32 => {
                put_varint(bytes, 2 * value.len() as u64);
                bytes.extend(value.iter().flat_map(|byte| digits(*byte)));
            }
            Form::Uuid => put_uuid(bytes, value),
            Form::Time => {
                self.times.0 = self.times.0.wrapping_add(unzigzag(Rest(value).number()?));
                put_varint(bytes, zigzag(self.times.0));
            }
            Form::Received => {
                self.times.1 = self.times.1.wrapping_add(unzigzag(Rest(value).number()?));
                put_varint(bytes, zigzag(self.times.1));
            }
            Form::Stamp => {
                let event = self.base_time.wrapping_add(self.times.0);
                let time = event.wrapping_add(unzigzag(Rest(value).number()?));
                bytes.extend_from_slice(&time.to_le_bytes());
            }
            Form::Duration => {
                self.duration = Rest(value).number()?;
                bytes.extend_from_slice(value);
            }
            Form::SameDuration => put_varint(bytes, self.duration),
        }
        Some(())
    }

    /// Puts the length of the message that ends before it.
    fn close(&mut self) -> Option<()> {
        let start = self.open.pop()?;
        let end = self.bytes.len();
        self.length.clear();
        put_varint(&mut self.length, end.checked_sub(start)? as u64);
        self.bytes.extend_from_slice(&self.length);
        self.bytes.copy_within(start..end, start + self.length.len());
        self.bytes.get_mut(start..start + self.length.len())?.copy_from_slice(&self.length);
        Some(())
    }

    fn end_event(&mut self) -> Option<()> {
        self.lengths.push(self.bytes.len() - self.event_start);
        self.event_start = self.bytes.len();
        self.open.is_empty().then_some(())
    }

    fn finish(mut self, base_times: &[u8], tables: &[u8]) -> Option<Vec<u8>> {
        let end = u32::try_from(self.bytes.len()).ok().filter(|end| end & NAMES_PARTS == 0)?;
        self.bytes.extend_from_slice(base_times);
        for length in &self.lengths {
            put_varint(&mut self.bytes, *length as u64);
        }
        self.bytes.extend_from_slice(tables);
        self.bytes.extend_from_slice(&(end | NAMES_PARTS).to_le_bytes());
        (self.bytes.len() == self.limit).then_some(self.bytes)
    }
}

fn digits(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]
}

fn put_uuid(bytes: &mut Vec<u8>, value: &[u8]) {
    put_varint(bytes, 36);
    for (place, byte) in value.iter().enumerate() {
        if [4, 6, 8, 10].contains(&place) {
            bytes.push(b'-');
        }
        bytes.extend_from_slice(&digits(*byte));
    }
}
