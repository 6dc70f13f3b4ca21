//! Events from their pieces: some of them, or all.

use std::ops::Range;

use steplog_model::record::wire::put_varint;

use super::super::error::DecodeError;
use super::super::rows::{PLACE_BITS, Place, unzigzag, zigzag};
use super::rest::Rest;
use super::steps::{Form, Step};
use super::values::Column;
use super::{MAX_FOLLOWERS, MAX_PIECES};

/// The most nested messages of an event whose lengths are written after them.
const MAX_OPEN: usize = 64;
const BAD: DecodeError = DecodeError("its pieces do not fit together");

/// What stands before the pieces: the base times, and the tables behind the lengths of events.
pub(crate) fn tables(bytes: &[u8]) -> Result<([i64; 2], Range<usize>), DecodeError> {
    let mut rest = Rest(bytes);
    let read = |rest: &mut Rest<'_>| {
        let times = base_times(rest)?;
        let length = rest.bytes()?.len();
        let end = bytes.len() - rest.0.len();
        Some((times, end - length..end))
    };
    read(&mut rest).ok_or(BAD)
}

/// Restores some events of a frame, each with no more work than going over those between it and the one before.
pub(crate) struct Walk<'a> {
    bytes: &'a [u8],
    plain_bytes: usize,
    /// The frame, before the event of this place.
    at: Option<(Frame<'a>, usize)>,
}

impl<'a> Walk<'a> {
    /// `plain_bytes` is the size of the whole frame.
    pub(crate) fn new(bytes: &'a [u8], plain_bytes: usize) -> Self {
        Self { bytes, plain_bytes, at: None }
    }

    /// The bytes of an event.
    pub(crate) fn event(&mut self, place: usize) -> Result<Vec<u8>, DecodeError> {
        self.restore(place).ok_or(BAD)
    }

    fn restore(&mut self, place: usize) -> Option<Vec<u8>> {
        let before = self.at.take().filter(|(_, at)| *at <= place);
        let (mut frame, at) = match before {
            Some(before) => before,
            None => (Frame::read(self.bytes, self.plain_bytes)?, 0),
        };
        for _ in at..place {
            frame.pass_over()?;
        }
        let mut event = Vec::new();
        frame.write(&mut event)?;
        self.at = Some((frame, place + 1));
        Some(event)
    }
}

/// The bytes of all events of a frame, one behind the other, and where each of them ends.
pub(crate) fn restore(
    bytes: &[u8],
    count: u32,
    plain_bytes: usize,
) -> Result<(Vec<u8>, Vec<u32>), DecodeError> {
    let all = || {
        let mut frame = Frame::read(bytes, plain_bytes)?;
        let (mut events, mut ends) = (Vec::new(), Vec::new());
        events.try_reserve_exact(plain_bytes).ok()?;
        for _ in 0..count {
            frame.write(&mut events)?;
            ends.push(u32::try_from(events.len()).ok()?);
        }
        Some((events, ends))
    };
    all().ok_or(BAD)
}

fn base_times(rest: &mut Rest<'_>) -> Option<[i64; 2]> {
    let mut time = || Some(i64::from_le_bytes(*rest.take(8)?.first_chunk()?));
    Some([time()?, time()?])
}

/// A piece of the frame.
struct Piece<'a> {
    steps: &'a [u8],
    /// The form of its value, if that is kept.
    form: Option<Form>,
    /// Which of the followers are its own.
    followers: Range<usize>,
    column: Option<Column<'a>>,
}

/// A frame at one of its events.
struct Frame<'a> {
    pieces: Vec<Piece<'a>>,
    followers: Vec<u16>,
    choices: Rest<'a>,
    /// The piece before the next one.
    current: u16,
    base_time: i64,
    /// Of the event before the next time, as differences to the base times.
    times: (i64, i64),
    duration: u64,
    /// The length of the message that ends.
    length: Vec<u8>,
    /// Where the messages begin that have not ended.
    open: Vec<usize>,
    limit_bytes: usize,
    /// How many more pieces there can be: one that writes nothing must not be followed for ever.
    pieces_left: usize,
}

impl<'a> Frame<'a> {
    fn read(bytes: &'a [u8], plain_bytes: usize) -> Option<Self> {
        let mut rest = Rest(bytes);
        let [base_time, _] = base_times(&mut rest)?;
        rest.bytes()?;
        let (mut pieces, followers) = read_pieces(&mut rest)?;
        let choices = Rest(rest.bytes()?);
        for piece in &mut pieces {
            if let Some(kept) = piece.form.and_then(Form::kept) {
                piece.column = Some(Column::read(&mut rest, kept)?);
            }
        }
        rest.is_empty().then_some(Self {
            pieces,
            followers,
            choices,
            current: 0,
            base_time,
            times: (0, 0),
            duration: 0,
            length: Vec::new(),
            open: Vec::new(),
            limit_bytes: plain_bytes,
            pieces_left: plain_bytes,
        })
    }

    /// Goes to the next piece; 0 behind the last one of an event.
    fn follow(&mut self) -> Option<usize> {
        let followers = self.pieces.get(usize::from(self.current))?.followers.clone();
        let choice = if followers.len() > 1 { self.choices.byte()? } else { 0 };
        self.current = *self.followers.get(followers)?.get(usize::from(choice))?;
        self.pieces_left = self.pieces_left.checked_sub(1)?;
        Some(usize::from(self.current))
    }

    /// Goes behind the next event.
    fn pass_over(&mut self) -> Option<()> {
        loop {
            let number = self.follow()?;
            if number == 0 {
                return Some(());
            }
            let piece = self.pieces.get_mut(number)?;
            if let (Some(form), Some(column)) = (piece.form, &mut piece.column) {
                let value = column.next(form.kept()?)?;
                self.pass_time(form, value)?;
            }
        }
    }

    /// Times count from the event before. A duration does not: where it comes again, it is in the same event.
    fn pass_time(&mut self, form: Form, value: &[u8]) -> Option<()> {
        match form {
            Form::Time => self.times.0 = self.times.0.wrapping_add(unzigzag(Rest(value).number()?)),
            Form::Received => self.times.1 = self.times.1.wrapping_add(unzigzag(Rest(value).number()?)),
            _ => {}
        }
        Some(())
    }

    /// Writes the next event behind `plain`.
    fn write(&mut self, plain: &mut Vec<u8>) -> Option<()> {
        loop {
            let number = self.follow()?;
            if number == 0 {
                return self.open.is_empty().then_some(());
            }
            let mut steps = Rest(self.pieces.get(number)?.steps);
            while !steps.is_empty() {
                match Step::read(&mut steps)? {
                    Step::Open => {
                        // What opens and writes nothing must not go on for ever either.
                        (self.open.len() < MAX_OPEN).then_some(())?;
                        self.open.push(plain.len());
                    }
                    Step::Close => self.close(plain)?,
                    Step::Bytes(bytes) => plain.extend_from_slice(bytes),
                    Step::Mark(_) => {}
                    Step::Value(form) => {
                        let column = &mut self.pieces.get_mut(number)?.column;
                        let value = match form.kept() {
                            Some(kept) => column.as_mut()?.next(kept)?,
                            None => &[],
                        };
                        self.value(form, value, plain)?;
                    }
                }
            }
            (plain.len() <= self.limit_bytes).then_some(())?;
        }
    }

    fn value(&mut self, form: Form, value: &[u8], plain: &mut Vec<u8>) -> Option<()> {
        self.pass_time(form, value)?;
        match form {
            Form::Number | Form::Bytes4 | Form::Bytes8 | Form::Bytes16 => plain.extend_from_slice(value),
            Form::Text | Form::Id8 | Form::Id16 => {
                put_varint(plain, value.len() as u64);
                plain.extend_from_slice(value);
            }
            Form::Here => {
                put_varint(plain, (value.len() as u64) << PLACE_BITS | Place::Here as u64);
                plain.extend_from_slice(value);
            }
            Form::Hex16 | Form::Hex32 => {
                put_varint(plain, 2 * value.len() as u64);
                plain.extend(value.iter().flat_map(|byte| digits(*byte)));
            }
            Form::Uuid => put_uuid(plain, value),
            Form::Time => put_varint(plain, zigzag(self.times.0)),
            Form::Received => put_varint(plain, zigzag(self.times.1)),
            Form::Stamp => {
                let event = self.base_time.wrapping_add(self.times.0);
                let time = event.wrapping_add(unzigzag(Rest(value).number()?));
                plain.extend_from_slice(&time.to_le_bytes());
            }
            Form::Duration => {
                self.duration = Rest(value).number()?;
                plain.extend_from_slice(value);
            }
            Form::SameDuration => put_varint(plain, self.duration),
        }
        Some(())
    }

    /// Puts the length of the message that ends before it.
    fn close(&mut self, plain: &mut Vec<u8>) -> Option<()> {
        let start = self.open.pop()?;
        let end = plain.len();
        self.length.clear();
        put_varint(&mut self.length, end.checked_sub(start)? as u64);
        plain.extend_from_slice(&self.length);
        plain.copy_within(start..end, start + self.length.len());
        plain.get_mut(start..start + self.length.len())?.copy_from_slice(&self.length);
        Some(())
    }
}

/// The pieces without their values, and the followers of all of them.
fn read_pieces<'a>(rest: &mut Rest<'a>) -> Option<(Vec<Piece<'a>>, Vec<u16>)> {
    let count = rest.length().filter(|count| *count <= MAX_PIECES)?;
    let mut pieces = Vec::with_capacity(count);
    for _ in 0..count {
        let steps = rest.bytes()?;
        let (mut left, mut form) = (Rest(steps), None);
        while !left.is_empty() {
            if let Step::Value(value) = Step::read(&mut left)? {
                // There is one at most.
                form.is_none().then_some(())?;
                form = Some(value);
            }
        }
        pieces.push(Piece { steps, form, followers: 0..0, column: None });
    }
    let mut followers = Vec::with_capacity(2 * count);
    for (number, piece) in pieces.iter_mut().enumerate() {
        let (start, own) = (followers.len(), rest.length().filter(|own| *own <= MAX_FOLLOWERS)?);
        for _ in 0..own {
            let follower = unzigzag(rest.number()?).checked_add(number as i64 + 1)?;
            followers.push(u16::try_from(follower).ok().filter(|follower| usize::from(*follower) < count)?);
        }
        piece.followers = start..followers.len();
    }
    Some((pieces, followers))
}

fn digits(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]
}

fn put_uuid(plain: &mut Vec<u8>, value: &[u8]) {
    put_varint(plain, 36);
    for (place, byte) in value.iter().enumerate() {
        if [4, 6, 8, 10].contains(&place) {
            plain.push(b'-');
        }
        plain.extend_from_slice(&digits(*byte));
    }
}
