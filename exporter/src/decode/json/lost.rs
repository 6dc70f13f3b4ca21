//! What could not be read of a message, kept as it was sent.

use std::borrow::Cow;

use steplog_model::limits;
use steplog_model::record::wire::{put_bytes_field, put_message_field};

use super::super::UNREADABLE;
use super::super::outcome::Problem;
use super::lexer::{Lexer, Next, Syntax};
use super::object::Object;
use super::{Fault, scalar};

/// The values of a message that could not be read, by their names.
#[derive(Debug, Default)]
pub(super) struct Lost {
    values: Vec<Value>,
}

#[derive(Debug)]
struct Value {
    /// Dotted, where the value is in a list of keys and values.
    name: Vec<u8>,
    /// A text, or JSON as it was written.
    sent: Vec<u8>,
    /// Whether it is a member of the message itself.
    is_member: bool,
}

impl Lost {
    pub(super) fn clear(&mut self) {
        self.values.clear();
    }

    /// How many there are: what comes later can be taken back and named.
    pub(super) fn count(&self) -> usize {
        self.values.len()
    }

    /// Takes back what came later.
    pub(super) fn truncate(&mut self, count: usize) {
        self.values.truncate(count);
    }

    /// Adds what another one has.
    pub(super) fn append(&mut self, mut other: Self) {
        self.values.append(&mut other.values);
    }

    /// Keeps the next value as it was sent, without a name so far.
    pub(super) fn keep(&mut self, lexer: &mut Lexer<'_>) -> Result<(), Syntax> {
        let sent = match lexer.peek()? {
            Next::Text => lexer.text()?.into_owned(),
            _ => lexer.raw()?.to_vec(),
        };
        self.values.push(Value { name: Vec::new(), sent, is_member: false });
        Ok(())
    }

    /// Keeps a value that was read, as it is written, under a name.
    pub(super) fn keep_written(&mut self, name: &str, json: &[u8]) -> Result<(), Syntax> {
        let count = self.count();
        self.keep(&mut Lexer::new(json))?;
        self.name(count, name.as_bytes());
        Ok(())
    }

    /// Keeps the values of an object that others of the same name took the place of.
    pub(super) fn keep_overridden<'a>(
        &mut self,
        object: Object<'a>,
        lexer: &mut Lexer<'a>,
    ) -> Result<(), Fault> {
        for (name, value) in object.overridden(lexer)? {
            self.keep_written(name, value)?;
        }
        Ok(())
    }

    /// Puts `key` before the names of what came after the first `count`.
    pub(super) fn name(&mut self, count: usize, key: &[u8]) {
        for value in self.values.iter_mut().skip(count) {
            value.name = match (key, value.name.is_empty()) {
                (_, true) => key.to_vec(),
                ([], false) => continue,
                (key, false) => [key, &value.name].join(&b'.'),
            };
        }
    }

    /// Reads the next value; where that fails it is kept under `name`, and unset.
    pub(super) fn read<'a, T: Default>(
        &mut self,
        lexer: &mut Lexer<'a>,
        name: &str,
        read: impl FnOnce(&mut Lexer<'a>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.read_about(lexer, name, |lexer| Ok((read(lexer)?, true)))
    }

    /// The same for what may be read inexactly, as `false` says; it is kept as well then.
    pub(super) fn read_about<'a, T: Default>(
        &mut self,
        lexer: &mut Lexer<'a>,
        name: &str,
        read: impl FnOnce(&mut Lexer<'a>) -> Result<(T, bool), Fault>,
    ) -> Result<T, Fault> {
        // Of a member that comes twice the last one counts; the others are kept at the end of their object.
        self.values.retain(|value| !value.is_member || value.name != name.as_bytes());
        let (start, count) = (lexer.clone(), self.count());
        let value = match read(lexer) {
            Ok((value, true)) => return Ok(value),
            Ok((value, false)) => value,
            Err(Fault::Problem(Problem::Json(_))) => T::default(),
            Err(other) => return Err(other),
        };
        *lexer = start;
        self.keep(lexer)?;
        self.name(count, name.as_bytes());
        self.values.iter_mut().skip(count).for_each(|kept| kept.is_member = true);
        Ok(value)
    }

    /// Reads the opening bracket of an array or object; `false` where there is none. What stands there instead is
    /// kept under `name`.
    pub(super) fn opens(&mut self, lexer: &mut Lexer<'_>, wanted: Next, name: &str) -> Result<bool, Syntax> {
        match lexer.peek()? {
            Next::Null => lexer.literal()?,
            next if next == wanted => {
                lexer.open();
                return Ok(true);
            }
            _ => {
                let count = self.count();
                self.keep(lexer)?;
                self.name(count, name.as_bytes());
            }
        }
        Ok(false)
    }

    /// Reads a text; one that is none is unset.
    pub(super) fn text<'a>(&mut self, lexer: &mut Lexer<'a>, name: &str) -> Result<Cow<'a, [u8]>, Fault> {
        self.read(lexer, name, |lexer| scalar::text(lexer, name))
    }

    /// Reads a number of 32 bits; what is none is unset.
    pub(super) fn u32(&mut self, lexer: &mut Lexer<'_>, name: &str) -> Result<u32, Fault> {
        self.read(lexer, name, |lexer| scalar::u32(lexer, name))
    }

    /// Appends the attribute that keeps all of it as message field `number`; nothing where all was read.
    pub(super) fn put(&self, out: &mut Vec<u8>, number: u32) {
        if self.values.is_empty() {
            return;
        }
        put_message_field(out, number, |out| {
            put_bytes_field(out, 1, UNREADABLE.as_bytes());
            put_message_field(out, 2, |out| {
                put_message_field(out, 6, |out| {
                    self.values.iter().for_each(|value| put_value(out, value));
                });
            });
        });
    }
}

/// Appends a `KeyValue` with a text.
fn put_value(out: &mut Vec<u8>, Value { name, sent, .. }: &Value) {
    // A longer key would cost the record.
    let name = name.get(..limits::MAX_KEY_BYTES).unwrap_or(name);
    put_message_field(out, 1, |out| {
        put_bytes_field(out, 1, name);
        put_message_field(out, 2, |out| put_bytes_field(out, 1, sent));
    });
}
