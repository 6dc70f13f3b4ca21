//! How objects and arrays open.

use super::lexer::{Lexer, Next};
use super::{Fault, problem};

/// Reads an opening brace.
pub(super) fn open_object(lexer: &mut Lexer<'_>, what: &str) -> Result<(), Fault> {
    match lexer.peek()? {
        Next::Object => {
            lexer.open();
            Ok(())
        }
        _ => problem(format!("{what} must be an object")),
    }
}

/// Reads an opening bracket; `false` where `null` stands for an empty array.
pub(super) fn open_array(lexer: &mut Lexer<'_>, what: &str) -> Result<bool, Fault> {
    match lexer.peek()? {
        Next::Array => {
            lexer.open();
            Ok(true)
        }
        Next::Null => {
            lexer.literal()?;
            Ok(false)
        }
        _ => problem(format!("{what} must be an array")),
    }
}
