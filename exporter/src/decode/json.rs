//! OTLP in JSON, rewritten as protobuf in one streaming pass and then decoded like protobuf, so that
//! equal records have equal bytes and ids however they are sent.
//!
//! Lenient where senders differ: names in camel or snake case, numbers as texts, `null` for anything unset,
//! enum names, any base64, the last one of duplicate members (the others are kept beside), unknown members. What is written in another form but
//! is unambiguous is read, and reported. A value that cannot be read is unset, and kept in an attribute as it was sent.
//! A record that is none is skipped and counted; only text that is no JSON, or no such message, refuses the request.

mod envelope;
mod head;
mod lexer;
mod lost;
mod object;
mod open;
mod points;
mod record;
mod scalar;
mod span;
mod value;

use bytes::Bytes;

use super::Decoded;
use super::envelope::{self as protobuf, Places, Request};
use super::outcome::{DecodeError, Problem};
use super::room::Room;
use super::signal::Signal;
use lexer::Syntax;

pub(super) use envelope::transcode;
pub(super) use points::count as count_points;

/// Reads a JSON `ExportLogsServiceRequest`, and takes off what exports state of records where `exports` asks for that.
pub(super) fn decode(body: &[u8], exports: bool, room: &mut dyn Room) -> Result<Decoded, DecodeError> {
    let transcoded = transcode(body, Signal::Logs, room)?;
    let places = Places::Missing(&transcoded.rejected_places);
    let request = Request { signal: Signal::Logs, places, exports };
    let mut decoded = protobuf::decode(&Bytes::from(transcoded.request.bytes), &request, room)?;
    decoded.rejected.prepend(transcoded.rejected);
    decoded.not_understood = transcoded.not_understood;
    decoded.warnings.foreign = transcoded.foreign;
    decoded.beyond_room += transcoded.beyond_room;
    Ok(decoded)
}

/// Why reading stopped.
#[derive(Debug)]
enum Fault {
    /// The text is no JSON from here on.
    Syntax(Syntax),
    /// What is being read is not what it should be; reading can go on behind it.
    Problem(Problem),
}

impl From<Syntax> for Fault {
    fn from(syntax: Syntax) -> Self {
        Self::Syntax(syntax)
    }
}

/// A problem in words.
fn problem<T>(what: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Problem(Problem::Json(what.into())))
}
