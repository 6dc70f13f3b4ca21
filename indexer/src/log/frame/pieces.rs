//! A frame's plain bytes once more, for days that are read seldom: what events have in common stands in it once.
//!
//! An event is cut into **pieces**. A piece is a value with what always stands around it: the tags and the key of an
//! attribute, lengths of messages, the numbers of a cell. Pieces that are written alike are one; each has its values
//! in a column of their own, and the pieces that followed it. So a frame is:
//!
//! - its base times, and its tables behind the lengths of events, which are those of the pieces;
//! - the steps of each piece ([`steps`]), the first of which has none: it stands before and behind every event;
//! - the followers of each piece, as differences to the piece behind it;
//! - the choices: for every piece of every event that has several followers, which of them came;
//! - the values of each piece ([`values`]).
//!
//! All of it is compressed; its length in four bytes stands before the payload, as that of rows is in the header.
//!
//! Times are kept as differences to the event before, hex digits and UUIDs as their bits, a value of few as its number.
//! It comes to a third of the plain bytes, and these come back from it to the byte: who writes it makes sure of that.
//! Single events are restored by going through the choices of those before them, without writing these.
//! What is no known message is a value as a whole; a frame of events that hardly repeat each other stays as it was.

mod rest;
mod restore;
mod split;
mod steps;
#[cfg(test)]
mod tests;
mod values;
mod write;

pub(crate) use restore::{Walk, restore, tables};
pub(crate) use write::PiecesEncoder;

/// No piece has more followers: a choice is one byte.
const MAX_FOLLOWERS: usize = 1 << 8;
/// No frame has more pieces.
const MAX_PIECES: usize = 1 << 14;
