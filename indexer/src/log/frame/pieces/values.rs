//! The values of one piece: their length in bytes, and then a byte: 0, and the values as they are, one behind the other; or else the number
//! of different ones, these, and for each value which of them it is, in a byte, unless there is only one.

use std::collections::HashMap;

use steplog_model::record::wire::put_varint;

use super::rest::Rest;
use super::steps::Kept;

/// Values while a frame is written.
#[derive(Debug, Default)]
pub(super) struct Values {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Values {
    pub(super) fn push(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.ends.push(self.bytes.len());
    }

    fn each(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| self.bytes.get(start..*end).unwrap_or_default())
    }

    /// Writes them behind `output`; `column` is a buffer to use.
    pub(super) fn write(&self, kept: Kept, column: &mut Vec<u8>, output: &mut Vec<u8>) {
        column.clear();
        self.write_column(kept, column);
        put_varint(output, column.len() as u64);
        output.extend_from_slice(column);
    }

    fn write_column(&self, kept: Kept, output: &mut Vec<u8>) {
        let mut numbers = HashMap::new();
        let mut different = Vec::new();
        let mut places = Vec::with_capacity(self.ends.len());
        for value in self.each() {
            let place = *numbers.entry(value).or_insert_with(|| {
                different.push(value);
                different.len() - 1
            });
            places.push(place as u8);
        }
        match u8::try_from(different.len()) {
            // A number for each is worth it where a quarter of the values need not be written.
            Ok(count) if different.len() <= self.ends.len() / 4 * 3 => {
                output.push(count);
                put_values(different.into_iter(), kept, output);
                if count > 1 {
                    output.extend_from_slice(&places);
                }
            }
            _ => {
                output.push(0);
                put_values(self.each(), kept, output);
            }
        }
    }
}

fn put_values<'a>(values: impl Iterator<Item = &'a [u8]>, kept: Kept, output: &mut Vec<u8>) {
    for value in values {
        if kept == Kept::Text {
            put_varint(output, value.len() as u64);
        }
        output.extend_from_slice(value);
    }
}

/// Values while a frame is read.
#[derive(Debug)]
pub(super) enum Column<'a> {
    /// The next value is in front.
    Plain(Rest<'a>),
    /// The different ones, and which ones are next.
    Numbered(Vec<&'a [u8]>, Rest<'a>),
    /// The only one.
    One(&'a [u8]),
}

impl<'a> Column<'a> {
    /// Reads the column in front of the bytes, and goes behind it.
    pub(super) fn read(rest: &mut Rest<'a>, kept: Kept) -> Option<Self> {
        let mut column = Rest(rest.bytes()?);
        match column.byte()? {
            0 => Some(Self::Plain(column)),
            1 => Some(Self::One(take(&mut column, kept)?)),
            different => {
                let values = (0..different).map(|_| take(&mut column, kept)).collect::<Option<_>>()?;
                Some(Self::Numbered(values, column))
            }
        }
    }

    pub(super) fn next(&mut self, kept: Kept) -> Option<&'a [u8]> {
        match self {
            Self::Plain(rest) => take(rest, kept),
            Self::Numbered(values, places) => values.get(usize::from(places.byte()?)).copied(),
            Self::One(value) => Some(value),
        }
    }
}

/// The value in front, without the number before a text.
fn take<'a>(rest: &mut Rest<'a>, kept: Kept) -> Option<&'a [u8]> {
    match kept {
        Kept::Bytes(length) => rest.take(length),
        Kept::Text => rest.bytes(),
        Kept::Number => {
            let start = rest.0;
            rest.number()?;
            start.get(..start.len() - rest.0.len())
        }
    }
}
