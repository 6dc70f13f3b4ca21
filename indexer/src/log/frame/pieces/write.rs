//! Writes a frame in pieces.

use std::collections::HashMap;

use steplog_model::record::wire::put_varint;

use super::super::rows::{NAMES_PARTS, zigzag};
use super::rest::Rest;
use super::split::Split;
use super::steps::Form;
use super::values::Values;
use super::{MAX_FOLLOWERS, MAX_PIECES};

/// A frame that does not become so many times shorter stays in rows. The small frames of tests hardly repeat
/// themselves, but most of them are to be in pieces.
const LEAST_GAIN: usize = if cfg!(test) { 1 } else { 2 };

/// A piece of a frame.
#[derive(Debug, Default)]
struct Piece {
    steps: Vec<u8>,
    form: Option<Form>,
    values: Values,
    followers: Vec<u32>,
}

/// Writes one frame after the other. Its buffers are used again and again.
#[derive(Debug, Default)]
pub(crate) struct PiecesEncoder {
    split: Split,
    known: HashMap<Vec<u8>, u32>,
    pieces: Vec<Piece>,
    /// Which follower each piece of each event has.
    walk: Vec<(u32, u8)>,
    bytes: Vec<u8>,
    column: Vec<u8>,
}

/// The parts of a frame's plain bytes.
struct Parts<'a> {
    events: &'a [u8],
    base_times: [i64; 2],
    lengths: Vec<usize>,
    /// Origins and rules.
    tables: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(plain: &'a [u8], count: u32) -> Option<Self> {
        let (body, end) = plain.split_last_chunk::<4>()?;
        let end = u32::from_le_bytes(*end);
        let (events, tables) = body.split_at_checked((end & !NAMES_PARTS) as usize)?;
        if end & NAMES_PARTS == 0 {
            return None;
        }
        let mut rest = Rest(tables);
        let mut base_time = || Some(i64::from_le_bytes(rest.take(8)?.try_into().ok()?));
        let base_times = [base_time()?, base_time()?];
        let lengths = (0..count).map(|_| usize::try_from(rest.number()?).ok()).collect::<Option<_>>()?;
        Some(Self { events, base_times, lengths, tables: rest.0 })
    }
}

impl PiecesEncoder {
    /// The bytes of a whole frame of `count` events in pieces; `None` where that is not worth it.
    pub(crate) fn encode(&mut self, plain: &[u8], count: u32) -> Option<&[u8]> {
        self.clear();
        let parts = Parts::of(plain, count)?;
        self.split.start_frame(parts.base_times[0]);
        let mut events = Rest(parts.events);
        for length in &parts.lengths {
            self.split.cut(events.take(*length)?)?;
            self.add()?;
        }
        self.write(&parts);
        (self.bytes.len() <= plain.len() / LEAST_GAIN).then_some(&self.bytes)
    }

    fn clear(&mut self) {
        self.known.clear();
        self.pieces.clear();
        self.pieces.push(Piece::default());
        self.walk.clear();
        self.bytes.clear();
    }

    /// Adds the event that was cut.
    fn add(&mut self) -> Option<()> {
        let mut current = 0;
        for place in 0..self.split.pieces.len() {
            let piece = self.split.pieces.get(place)?;
            let steps = self.split.steps.get(piece.steps.clone())?;
            let number = match self.known.get(steps) {
                Some(number) => *number,
                None => {
                    let number = self.pieces.len() as u32;
                    let form = piece.value.as_ref().map(|(form, _)| *form);
                    self.pieces.push(Piece { steps: steps.to_vec(), form, ..Piece::default() });
                    self.known.insert(steps.to_vec(), number);
                    number
                }
            };
            if let Some((_, value)) = &piece.value {
                let value = self.split.values.get(value.clone())?;
                self.pieces.get_mut(number as usize)?.values.push(value);
            }
            self.follow(current, number)?;
            current = number;
        }
        self.follow(current, 0)?;
        (self.pieces.len() <= MAX_PIECES).then_some(())
    }

    fn follow(&mut self, piece: u32, next: u32) -> Option<()> {
        let followers = &mut self.pieces.get_mut(piece as usize)?.followers;
        let choice = followers.iter().position(|follower| *follower == next).unwrap_or_else(|| {
            followers.push(next);
            followers.len() - 1
        });
        self.walk.push((piece, choice as u8));
        (choice < MAX_FOLLOWERS).then_some(())
    }

    fn write(&mut self, parts: &Parts<'_>) {
        let output = &mut self.bytes;
        for time in parts.base_times {
            output.extend_from_slice(&time.to_le_bytes());
        }
        put_varint(output, parts.tables.len() as u64);
        output.extend_from_slice(parts.tables);
        put_varint(output, self.pieces.len() as u64);
        for piece in &self.pieces {
            put_varint(output, piece.steps.len() as u64);
            output.extend_from_slice(&piece.steps);
        }
        for (number, piece) in self.pieces.iter().enumerate() {
            put_varint(output, piece.followers.len() as u64);
            for follower in &piece.followers {
                put_varint(output, zigzag(i64::from(*follower) - (number as i64 + 1)));
            }
        }
        let choices = self.walk.iter().filter(|(piece, _)| {
            self.pieces.get(*piece as usize).is_some_and(|piece| piece.followers.len() > 1)
        });
        put_varint(output, choices.clone().count() as u64);
        output.extend(choices.map(|(_, choice)| *choice));
        for piece in &self.pieces {
            if let Some(kept) = piece.form.and_then(Form::kept) {
                piece.values.write(kept, &mut self.column, output);
            }
        }
    }
}
