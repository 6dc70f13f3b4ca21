//! Messages as they are kept: a slice of the request, a repaired copy, or a record without what an export stated of it.

use bytes::Bytes;
use steplog_model::event::Flags;
use steplog_model::record::exported::Exported;

use super::check::{Checker, Findings, Message};
use super::outcome::Problem;
use super::repair;

/// A log record of the request, with what an export stated of it where `exports` asks for that.
pub(super) fn record<'b>(
    checker: &mut Checker<'b>,
    body: &Bytes,
    bytes: &'b [u8],
    exports: bool,
) -> Result<(Bytes, Option<Exported>, Flags), Problem> {
    let found =
        if exports { checker.check_exported(bytes)? } else { checker.check(Message::LogRecord, bytes)? };
    if exports && found.is_exported {
        return without_statement(body, bytes, found);
    }
    let (record, flags) = message(body, Message::LogRecord, bytes, found)?;
    Ok((record, None, flags))
}

/// A checked message of the request as it is kept.
pub(super) fn message(
    body: &Bytes,
    message: Message,
    bytes: &[u8],
    found: Findings,
) -> Result<(Bytes, Flags), Problem> {
    if found.rewrite { repaired(message, bytes, found) } else { Ok((body.slice_ref(bytes), found.flags)) }
}

/// The repaired copy of a message, checked again: replacing bytes makes texts longer and may join keys.
pub(super) fn repaired(message: Message, bytes: &[u8], found: Findings) -> Result<(Bytes, Flags), Problem> {
    let copy = repair::repair(message, bytes);
    let mut flags = Checker::default().check(message, &copy)?.flags;
    flags.insert(found.flags);
    Ok((Bytes::from(copy), flags))
}

/// The record and the statement, apart. One that cannot be read stays an attribute of the record.
fn without_statement(
    body: &Bytes,
    bytes: &[u8],
    found: Findings,
) -> Result<(Bytes, Option<Exported>, Flags), Problem> {
    let whole = if found.rewrite {
        Bytes::from(repair::repair(Message::LogRecord, bytes))
    } else {
        body.slice_ref(bytes)
    };
    let (record, exported) = match Exported::taken_off(&whole) {
        // One that states nothing protects an attribute of the same name: the record is whole without it.
        Some((record, exported)) => {
            (Bytes::from(record), Some(exported).filter(|stated| *stated != Exported::default()))
        }
        None => (whole, None),
    };
    // Flags of the record without the statement: its id may repeat a key of the record, which is no duplicate.
    let mut left = Checker::default().check(Message::LogRecord, &record)?;
    left.flags.insert(found.flags.within(Flags::UTF8_REPAIRED));
    let (record, flags) = if left.rewrite {
        // An id that was stated may be a spelled one.
        repaired(Message::LogRecord, &record, left)?
    } else {
        (record, left.flags)
    };
    Ok((record, exported, flags))
}
