//! Attribute values: `AnyValue`, `ArrayValue`, `KeyValueList`, `KeyValue`.

use std::borrow::Cow;

use steplog_model::limits;
use steplog_model::record::wire::{
    close_message_field, open_message_field, put_bytes_field, put_fixed64_field, put_varint_field,
};

use super::super::outcome::Problem;
use super::lexer::{Lexer, Next};
use super::lost::Lost;
use super::object::Object;
use super::open::{open_array, open_object};
use super::scalar::{self, Number};
use super::{Fault, problem};

/// The members of an `AnyValue`, by their field numbers; 0 for a value that is wrapped once more, as some encoders do.
fn kind(name: &[u8]) -> Option<u32> {
    match name {
        b"stringValue" | b"string_value" => Some(1),
        b"boolValue" | b"bool_value" => Some(2),
        b"intValue" | b"int_value" => Some(3),
        b"doubleValue" | b"double_value" => Some(4),
        b"arrayValue" | b"array_value" => Some(5),
        b"kvlistValue" | b"kvlist_value" => Some(6),
        b"bytesValue" | b"bytes_value" => Some(7),
        b"stringValueStrindex" | b"string_value_strindex" => Some(8),
        b"value" => Some(0),
        _ => None,
    }
}

/// The most values that are kept one by one where one belongs.
const MOST_OTHERS: usize = 16;

/// Where values are written, and what could not be read of them.
pub(super) struct Writer<'w> {
    pub(super) out: &'w mut Vec<u8>,
    pub(super) lost: &'w mut Lost,
}

impl Writer<'_> {
    /// Appends the content of an `AnyValue` inside of `depth` lists. Of several kinds of value the last one counts, and
    /// the others are kept as they were sent.
    pub(super) fn any_value<'a>(&mut self, lexer: &mut Lexer<'a>, depth: usize) -> Result<(), Fault> {
        if depth > limits::MAX_VALUE_DEPTH {
            return Err(Fault::Problem(Problem::TooDeep));
        }
        if lexer.peek()? != Next::Object {
            lexer.note_foreign();
            return self.bare(lexer, depth);
        }
        let (start, lost) = (self.out.len(), self.lost.count());
        let whole = lexer.clone();
        lexer.open();
        let mut value: Option<(u32, &'a [u8])> = None;
        let mut others = Vec::new();
        let mut object = Object::new(lexer);
        while let Some(name) = object.next(lexer)? {
            let Some(kind) = kind(&name) else {
                others.push(lexer.raw()?);
                continue;
            };
            self.out.truncate(start);
            self.lost.truncate(lost);
            let before = lexer.clone();
            self.or_keep(lexer, |writer, lexer| writer.member(lexer, kind, depth))?;
            let read = (kind, lexer.since(&before));
            others.extend(value.replace(read).filter(|earlier| *earlier != read).map(|(_, written)| written));
        }
        if others.len() > MOST_OTHERS || value.is_none() && !others.is_empty() {
            return Ok(self.lost.keep_written("", lexer.since(&whole))?);
        }
        for written in others {
            self.lost.keep_written("", written)?;
        }
        Ok(())
    }

    /// Appends what `read` reads; where that fails nothing of it, and where it fails or is inexact the value is kept
    /// as it was sent.
    fn or_keep(
        &mut self,
        lexer: &mut Lexer<'_>,
        read: impl FnOnce(&mut Self, &mut Lexer<'_>) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        let (before, start, lost) = (lexer.clone(), self.out.len(), self.lost.count());
        match read(self, lexer) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(Fault::Problem(Problem::Json(_))) => {
                self.out.truncate(start);
                self.lost.truncate(lost);
            }
            Err(other) => return Err(other),
        }
        *lexer = before;
        Ok(self.lost.keep(lexer)?)
    }

    /// Appends one member of an `AnyValue`; `false` where it was read inexactly.
    fn member(&mut self, lexer: &mut Lexer<'_>, kind: u32, depth: usize) -> Result<bool, Fault> {
        match kind {
            1 => put_bytes_field(self.out, 1, &scalar::text(lexer, "stringValue")?),
            2 => put_varint_field(self.out, 2, u64::from(scalar::bool(lexer, "boolValue")?)),
            3 => return self.number(lexer),
            4 => {
                let (double, exact) = scalar::double(lexer, "doubleValue")?;
                put_fixed64_field(self.out, 4, double.to_bits());
                return Ok(exact);
            }
            7 => put_bytes_field(self.out, 7, &scalar::bytes(lexer, "bytesValue")?),
            8 => put_varint_field(self.out, 8, u64::from(scalar::u32(lexer, "stringValueStrindex")?)),
            0 => {
                lexer.note_foreign();
                self.any_value(lexer, depth + 1)?;
            }
            list => self.list(lexer, list, depth)?,
        }
        Ok(true)
    }

    fn number(&mut self, lexer: &mut Lexer<'_>) -> Result<bool, Fault> {
        let (number, exact) = scalar::number(lexer, "intValue")?;
        match number {
            Number::Int(int) => put_varint_field(self.out, 3, int as u64),
            Number::Double(double) => put_fixed64_field(self.out, 4, double.to_bits()),
        }
        Ok(exact)
    }

    /// Appends a value that stands where an `AnyValue` belongs.
    fn bare(&mut self, lexer: &mut Lexer<'_>, depth: usize) -> Result<(), Fault> {
        let kind = match lexer.peek()? {
            Next::Null => return Ok(lexer.literal()?),
            Next::Text | Next::Object => 1,
            Next::True | Next::False => 2,
            Next::Number => 3,
            Next::Array => 5,
        };
        self.or_keep(lexer, |writer, lexer| writer.member(lexer, kind, depth))
    }

    /// Appends an `ArrayValue` (member 5 of an `AnyValue`) or a `KeyValueList` (member 6).
    fn list(&mut self, lexer: &mut Lexer<'_>, member: u32, depth: usize) -> Result<(), Fault> {
        let field = open_message_field(self.out, member);
        if lexer.peek()? == Next::Array {
            lexer.note_foreign();
            self.values(lexer, member, depth)?;
            close_message_field(self.out, field);
            return Ok(());
        }
        open_object(lexer, if member == 5 { "arrayValue" } else { "kvlistValue" })?;
        let (start, lost) = (self.out.len(), self.lost.count());
        let (mut known, mut unknown) = (false, false);
        let mut object = Object::new(lexer);
        while let Some(name) = object.next(lexer)? {
            if &*name != b"values" {
                unknown = true;
                lexer.skip()?;
                continue;
            }
            known = true;
            self.out.truncate(start);
            self.lost.truncate(lost);
            self.values(lexer, member, depth)?;
        }
        if unknown && !known {
            return problem("a list without values");
        }
        for (_, written) in object.overridden(lexer)? {
            self.lost.keep_written("", written)?;
        }
        close_message_field(self.out, field);
        Ok(())
    }

    fn values(&mut self, lexer: &mut Lexer<'_>, member: u32, depth: usize) -> Result<(), Fault> {
        if member == 6 {
            return self.attributes(lexer, 1, depth + 1);
        }
        if open_array(lexer, "values")? {
            let mut first = true;
            while lexer.element(&mut first)? {
                let field = open_message_field(self.out, 1);
                // The place of an empty value in its array means something.
                if !lexer.null()? {
                    self.any_value(lexer, depth + 1)?;
                }
                close_message_field(self.out, field);
            }
        }
        Ok(())
    }

    /// Appends the `KeyValue`s of an array as message field `number`. An object stands for its members.
    pub(super) fn attributes(
        &mut self,
        lexer: &mut Lexer<'_>,
        number: u32,
        depth: usize,
    ) -> Result<(), Fault> {
        match lexer.peek()? {
            Next::Null => return Ok(lexer.literal()?),
            Next::Object => return self.members(lexer, number, depth),
            Next::Array => lexer.open(),
            _ => return self.keep_attribute(lexer),
        }
        let mut first = true;
        while lexer.element(&mut first)? {
            match lexer.peek()? {
                Next::Null => lexer.literal()?,
                Next::Object => {
                    let field = open_message_field(self.out, number);
                    self.key_value(lexer, depth)?;
                    close_message_field(self.out, field);
                }
                _ => self.keep_attribute(lexer)?,
            }
        }
        Ok(())
    }

    /// Keeps what is no attribute where some belong.
    fn keep_attribute(&mut self, lexer: &mut Lexer<'_>) -> Result<(), Fault> {
        let lost = self.lost.count();
        self.lost.keep(lexer)?;
        self.lost.name(lost, b"attributes");
        Ok(())
    }

    fn members(&mut self, lexer: &mut Lexer<'_>, number: u32, depth: usize) -> Result<(), Fault> {
        lexer.note_foreign();
        lexer.open();
        let mut first = true;
        while let Some(key) = lexer.member(&mut first)? {
            let lost = self.lost.count();
            let field = open_message_field(self.out, number);
            put_key(self.out, &key);
            if !lexer.null()? {
                let value = open_message_field(self.out, 2);
                self.any_value(lexer, depth)?;
                close_message_field(self.out, value);
            }
            close_message_field(self.out, field);
            self.lost.name(lost, &key);
        }
        Ok(())
    }

    /// Appends the content of a `KeyValue`, the key first as encoders write it.
    fn key_value(&mut self, lexer: &mut Lexer<'_>, depth: usize) -> Result<(), Fault> {
        let whole = lexer.clone();
        open_object(lexer, "an attribute")?;
        let (start, lost) = (self.out.len(), self.lost.count());
        let (mut key, mut written) = (Cow::Borrowed(&b""[..]), 0);
        let (mut value_read, mut key_is_late, mut reference, mut unknown) = (false, false, 0, false);
        let mut lost_keys = Lost::default();
        let mut object = Object::new(lexer);
        while let Some(name) = object.next(lexer)? {
            match &*name {
                b"key" => {
                    key = lost_keys.read(lexer, "key", |lexer| scalar::text(lexer, "key"))?;
                    if value_read {
                        key_is_late = true;
                    } else {
                        self.out.truncate(start);
                        put_key(self.out, &key);
                        written = self.out.len() - start;
                    }
                }
                b"value" => {
                    self.out.truncate(start + written);
                    self.lost.truncate(lost);
                    value_read = true;
                    let field = open_message_field(self.out, 2);
                    self.any_value(lexer, depth)?;
                    close_message_field(self.out, field);
                }
                b"keyStrindex" | b"key_strindex" => {
                    let read = |lexer: &mut Lexer<'_>| scalar::u32(lexer, "keyStrindex");
                    reference = lost_keys.read(lexer, "keyStrindex", read)?;
                }
                _ => {
                    unknown = true;
                    lexer.skip()?;
                }
            }
        }
        if key_is_late {
            let mut field = Vec::with_capacity(key.len() + 4);
            put_key(&mut field, &key);
            self.out.splice(start..start + written, field);
        }
        if reference != 0 {
            put_varint_field(self.out, 3, u64::from(reference));
        }
        if unknown && !value_read {
            // Its value stands under a name that nobody knows.
            self.lost.keep_written("", lexer.since(&whole))?;
        }
        for (name, written) in object.overridden(lexer)? {
            match name {
                "value" => self.lost.keep_written("", written)?,
                name => lost_keys.keep_written(name, written)?,
            }
        }
        self.lost.name(lost, &key);
        self.lost.append(lost_keys);
        Ok(())
    }
}

fn put_key(out: &mut Vec<u8>, key: &[u8]) {
    if !key.is_empty() {
        put_bytes_field(out, 1, key);
    }
}
