//! The steps of a piece, by which it is written.

use steplog_model::record::wire::put_varint;

use super::rest::Rest;

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// Begins a message: the length of what is written up to its end goes before that.
    Open,
    /// Ends the message that was begun last.
    Close,
    /// Writes these bytes.
    Bytes(&'a [u8]),
    /// Writes nothing: tells pieces apart that are otherwise alike.
    Mark(u8),
    /// Writes the piece's value.
    Value(Form),
}

/// How a value stands in an event, and how it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Form {
    /// A LEB128 number.
    Number = 0,
    /// Four bytes.
    Bytes4,
    /// Eight bytes.
    Bytes8,
    /// Sixteen bytes.
    Bytes16,
    /// Bytes after their number.
    Text,
    /// The value of a cell that stands right there: its length is in the cell's head.
    Here,
    /// A text of 16 hex digits in lower case, kept as their bits, as are the next two.
    Hex16,
    /// A text of 32 hex digits.
    Hex32,
    /// A text of 32 hex digits with the hyphens of a UUID.
    Uuid,
    /// Eight bytes after their number: a span id.
    Id8,
    /// Sixteen bytes after their number: a trace id.
    Id16,
    /// The event's time; the difference to the event before is kept.
    Time,
    /// When it was received, likewise.
    Received,
    /// A time of the record in eight bytes; the difference to the event's is kept.
    Stamp,
    /// The event's duration, a number.
    Duration,
    /// The same number again; nothing is kept.
    SameDuration,
}

const FORMS: [Form; 16] = [
    Form::Number,
    Form::Bytes4,
    Form::Bytes8,
    Form::Bytes16,
    Form::Text,
    Form::Here,
    Form::Hex16,
    Form::Hex32,
    Form::Uuid,
    Form::Id8,
    Form::Id16,
    Form::Time,
    Form::Received,
    Form::Stamp,
    Form::Duration,
    Form::SameDuration,
];

/// How values of a form are kept one behind the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// In so many bytes.
    Bytes(usize),
    /// As a number.
    Number,
    /// As bytes after their number.
    Text,
}

impl Form {
    /// How its values are kept; `None` if they are not.
    pub(super) fn kept(self) -> Option<Kept> {
        match self {
            Self::Bytes4 => Some(Kept::Bytes(4)),
            Self::Bytes8 | Self::Hex16 | Self::Id8 => Some(Kept::Bytes(8)),
            Self::Bytes16 | Self::Hex32 | Self::Uuid | Self::Id16 => Some(Kept::Bytes(16)),
            Self::Number | Self::Time | Self::Received | Self::Stamp | Self::Duration => Some(Kept::Number),
            Self::Text | Self::Here => Some(Kept::Text),
            Self::SameDuration => None,
        }
    }
}

const OPEN: u8 = 0;
const CLOSE: u8 = 1;
const BYTES: u8 = 2;
const MARK: u8 = 3;
const FIRST_FORM: u8 = 4;

impl<'a> Step<'a> {
    pub(super) fn put(self, steps: &mut Vec<u8>) {
        match self {
            Self::Open => steps.push(OPEN),
            Self::Close => steps.push(CLOSE),
            Self::Bytes(bytes) => {
                steps.push(BYTES);
                put_varint(steps, bytes.len() as u64);
                steps.extend_from_slice(bytes);
            }
            Self::Mark(mark) => steps.extend_from_slice(&[MARK, mark]),
            Self::Value(form) => steps.push(FIRST_FORM + form as u8),
        }
    }

    pub(super) fn read(rest: &mut Rest<'a>) -> Option<Self> {
        Some(match rest.byte()? {
            OPEN => Self::Open,
            CLOSE => Self::Close,
            BYTES => Self::Bytes(rest.bytes()?),
            MARK => Self::Mark(rest.byte()?),
            form => Self::Value(*FORMS.get(usize::from(form - FIRST_FORM))?),
        })
    }
}
