//! Attribute values: `AnyValue`, `ArrayValue`, `KeyValueList`, `KeyValue`.

use std::borrow::Cow;

use steplog_model::limits;
use steplog_model::record::wire::{
    close_message_field, open_message_field, put_bytes_field, put_fixed64_field, put_varint_field,
};

use super::super::outcome::Problem;
use super::lexer::{Lexer, Next};
use super::scalar::{self, Number};
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

/// Appends the content of an `AnyValue` inside of `depth` lists. Of several kinds of value the last one counts.
pub(super) fn any_value(lexer: &mut Lexer<'_>, out: &mut Vec<u8>, depth: usize) -> Result<(), Fault> {
    if depth > limits::MAX_VALUE_DEPTH {
        return Err(Fault::Problem(Problem::TooDeep));
    }
    if lexer.peek()? != Next::Object {
        return problem("a value must be an object such as {\"stringValue\": \"text\"}");
    }
    lexer.open();
    let start = out.len();
    let mut first = true;
    while let Some(kind) = lexer.member(&mut first)? {
        if lexer.null()? {
            continue;
        }
        match &*kind {
            b"stringValue" | b"string_value" => {
                let text = scalar::text(lexer, "stringValue")?;
                out.truncate(start);
                put_bytes_field(out, 1, &text);
            }
            b"boolValue" | b"bool_value" => {
                let truth = scalar::bool(lexer, "boolValue")?;
                out.truncate(start);
                put_varint_field(out, 2, u64::from(truth));
            }
            b"intValue" | b"int_value" => {
                let number = scalar::number(lexer, "intValue")?;
                out.truncate(start);
                match number {
                    Number::Int(int) => put_varint_field(out, 3, int as u64),
                    Number::Double(double) => put_fixed64_field(out, 4, double.to_bits()),
                }
            }
            b"doubleValue" | b"double_value" => {
                let double = scalar::double(lexer, "doubleValue")?;
                out.truncate(start);
                put_fixed64_field(out, 4, double.to_bits());
            }
            b"arrayValue" | b"array_value" => {
                out.truncate(start);
                list(lexer, out, 5, depth)?;
            }
            b"kvlistValue" | b"kvlist_value" => {
                out.truncate(start);
                list(lexer, out, 6, depth)?;
            }
            b"bytesValue" | b"bytes_value" => {
                let bytes = scalar::bytes(lexer, "bytesValue")?;
                out.truncate(start);
                put_bytes_field(out, 7, &bytes);
            }
            b"stringValueStrindex" | b"string_value_strindex" => {
                let index = scalar::u32(lexer, "stringValueStrindex")?;
                out.truncate(start);
                put_varint_field(out, 8, u64::from(index));
            }
            _ => lexer.skip()?,
        }
    }
    Ok(())
}

/// Appends an `ArrayValue` (member 5 of an `AnyValue`) or a `KeyValueList` (member 6).
fn list(lexer: &mut Lexer<'_>, out: &mut Vec<u8>, member: u32, depth: usize) -> Result<(), Fault> {
    open_object(lexer, if member == 5 { "arrayValue" } else { "kvlistValue" })?;
    let field = open_message_field(out, member);
    let start = out.len();
    let mut first = true;
    while let Some(name) = lexer.member(&mut first)? {
        if &*name != b"values" {
            lexer.skip()?;
            continue;
        }
        out.truncate(start);
        if member == 6 {
            attributes(lexer, out, 1, depth + 1)?;
        } else if open_array(lexer, "values")? {
            let mut first = true;
            while lexer.element(&mut first)? {
                let field = open_message_field(out, 1);
                // The place of an empty value in its array means something.
                if !lexer.null()? {
                    any_value(lexer, out, depth + 1)?;
                }
                close_message_field(out, field);
            }
        }
    }
    close_message_field(out, field);
    Ok(())
}

/// Appends the `KeyValue`s of an array as message field `number`.
pub(super) fn attributes(
    lexer: &mut Lexer<'_>,
    out: &mut Vec<u8>,
    number: u32,
    depth: usize,
) -> Result<(), Fault> {
    if !open_array(lexer, "a list of attributes")? {
        return Ok(());
    }
    let mut first = true;
    while lexer.element(&mut first)? {
        if lexer.null()? {
            continue;
        }
        let field = open_message_field(out, number);
        key_value(lexer, out, depth)?;
        close_message_field(out, field);
    }
    Ok(())
}

/// Appends the content of a `KeyValue`, the key first as encoders write it.
fn key_value(lexer: &mut Lexer<'_>, out: &mut Vec<u8>, depth: usize) -> Result<(), Fault> {
    open_object(lexer, "an attribute")?;
    let start = out.len();
    let (mut key, mut written) = (Cow::Borrowed(&b""[..]), 0);
    let (mut value_read, mut key_is_late, mut reference) = (false, false, 0);
    let mut first = true;
    while let Some(name) = lexer.member(&mut first)? {
        match &*name {
            b"key" => {
                key = scalar::text(lexer, "key")?;
                if value_read {
                    key_is_late = true;
                } else {
                    out.truncate(start);
                    put_key(out, &key);
                    written = out.len() - start;
                }
            }
            b"value" => {
                out.truncate(start + written);
                value_read = true;
                if !lexer.null()? {
                    let field = open_message_field(out, 2);
                    any_value(lexer, out, depth)?;
                    close_message_field(out, field);
                }
            }
            b"keyStrindex" | b"key_strindex" => reference = scalar::u32(lexer, "keyStrindex")?,
            _ => lexer.skip()?,
        }
    }
    if key_is_late {
        let mut field = Vec::with_capacity(key.len() + 4);
        put_key(&mut field, &key);
        out.splice(start..start + written, field);
    }
    if reference != 0 {
        put_varint_field(out, 3, u64::from(reference));
    }
    Ok(())
}

fn put_key(out: &mut Vec<u8>, key: &[u8]) {
    if !key.is_empty() {
        put_bytes_field(out, 1, key);
    }
}
