//! Reads JSON (RFC 8259) piece by piece, without recursion and without copies where a text has no escapes.

use std::borrow::Cow;

/// How deep lists and objects may nest in what is passed over; what is read has bounds of its own.
const MAX_SKIPPED_DEPTH: usize = 1 << 16;

/// Text that is no JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Syntax {
    pub(super) what: &'static str,
    pub(super) offset: usize,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Object,
    Array,
    Text,
    Number,
    True,
    False,
    Null,
}

/// A place in a JSON text.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    /// Whether something was read that OTLP/JSON writes in another form.
    foreign: bool,
    /// How many bytes may be read once more.
    again_bytes: usize,
}

/// How often a text may be read once more, on the whole: what is in several objects each of which is read again would
/// else be read as often.
const MOST_TIMES_AGAIN: usize = 4;

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        // A byte order mark is no JSON, but common.
        let at = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Self { text, at, foreign: false, again_bytes: text.len().saturating_mul(MOST_TIMES_AGAIN) }
    }

    /// The offset of the next byte.
    pub(super) const fn offset(&self) -> usize {
        self.at
    }

    /// What was read since the lexer was at `start`.
    pub(super) fn since(&self, start: &Self) -> &'a [u8] {
        self.text.get(start.at..self.at).unwrap_or_default()
    }

    /// The object that was read since the lexer was at `start`, right behind its brace.
    pub(super) fn object_since(&self, start: &Self) -> &'a [u8] {
        self.text.get(start.at.saturating_sub(1)..self.at).unwrap_or_default()
    }

    /// Whether so many bytes may be read once more, which then counts.
    pub(super) const fn may_read_again(&mut self, bytes: usize) -> bool {
        let may = bytes <= self.again_bytes;
        self.again_bytes = self.again_bytes.saturating_sub(bytes);
        may
    }

    /// Takes note that something is written in another form than OTLP/JSON's.
    pub(super) const fn note_foreign(&mut self) {
        self.foreign = true;
    }

    /// Whether such a note was taken since the last call.
    pub(super) const fn take_foreign(&mut self) -> bool {
        std::mem::replace(&mut self.foreign, false)
    }

    /// An error at the next byte.
    pub(super) const fn error(&self, what: &'static str) -> Syntax {
        Syntax { what, offset: self.at }
    }

    fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
    }

    /// Takes `wanted` if it is the next byte that is no space.
    fn take(&mut self, wanted: u8) -> bool {
        self.skip_space();
        let found = self.byte() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    /// The kind of the next value, which is not read yet.
    pub(super) fn peek(&mut self) -> Result<Next, Syntax> {
        self.skip_space();
        match self.byte() {
            Some(b'{') => Ok(Next::Object),
            Some(b'[') => Ok(Next::Array),
            Some(b'"') => Ok(Next::Text),
            Some(b't') => Ok(Next::True),
            Some(b'f') => Ok(Next::False),
            Some(b'n') => Ok(Next::Null),
            // Python writes NaN and Infinity bare.
            Some(b'-' | b'0'..=b'9' | b'N' | b'I') => Ok(Next::Number),
            Some(_) => Err(self.error("a value was expected")),
            None => Err(self.error("the text ends where a value was expected")),
        }
    }

    /// Reads the opening bracket that [`Self::peek`] announced.
    pub(super) fn open(&mut self) {
        self.at += 1;
    }

    /// Reads up to the next member's value and gives its name; `None` at the end of the object.
    pub(super) fn member(&mut self, first: &mut bool) -> Result<Option<Cow<'a, [u8]>>, Syntax> {
        if self.ends(first, b'}')? {
            return Ok(None);
        }
        self.skip_space();
        if self.byte() != Some(b'"') {
            return Err(self.error("a member's name in quotes was expected"));
        }
        let name = self.text()?;
        if !self.take(b':') {
            return Err(self.error("a colon was expected after a member's name"));
        }
        Ok(Some(name))
    }

    /// As [`Self::member`], for the objects of OTLP: `ResourceLogs` is `resourceLogs`, as encoders write it that
    /// know nothing of OTLP's names.
    pub(super) fn field(&mut self, first: &mut bool) -> Result<Option<Cow<'a, [u8]>>, Syntax> {
        let Some(name) = self.member(first)? else { return Ok(None) };
        if !name.first().is_some_and(u8::is_ascii_uppercase) {
            return Ok(Some(name));
        }
        self.note_foreign();
        let mut camel = name.into_owned();
        if let Some(letter) = camel.first_mut() {
            letter.make_ascii_lowercase();
        }
        Ok(Some(Cow::Owned(camel)))
    }

    /// Passes over the next value and gives it as it is written.
    pub(super) fn raw(&mut self) -> Result<&'a [u8], Syntax> {
        self.skip_space();
        let start = self.at;
        self.skip()?;
        Ok(&self.text[start..self.at])
    }

    /// Reads up to the next element of an array; `false` at its end.
    pub(super) fn element(&mut self, first: &mut bool) -> Result<bool, Syntax> {
        Ok(!self.ends(first, b']')?)
    }

    fn ends(&mut self, first: &mut bool, end: u8) -> Result<bool, Syntax> {
        if self.take(end) {
            return Ok(true);
        }
        if !std::mem::take(first) && !self.take(b',') {
            return Err(self.error("a comma or a closing bracket was expected"));
        }
        Ok(false)
    }

    /// Reads `null`, `true` or `false`.
    pub(super) fn literal(&mut self) -> Result<(), Syntax> {
        for word in ["null", "true", "false", "NaN", "Infinity", "-Infinity"] {
            if self.text[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(());
            }
        }
        Err(self.error("a value was expected"))
    }

    /// Reads `null` if it is the next value.
    pub(super) fn null(&mut self) -> Result<bool, Syntax> {
        let null = self.peek()? == Next::Null;
        if null {
            self.literal()?;
        }
        Ok(null)
    }

    /// Reads a number and gives its text.
    pub(super) fn number(&mut self) -> Result<&'a str, Syntax> {
        let start = self.at;
        let unsigned = start + usize::from(self.byte() == Some(b'-'));
        if let Some(b'N' | b'I') = self.text.get(unsigned) {
            self.literal()?;
        } else {
            self.at = unsigned;
            let leading_zero = self.byte() == Some(b'0');
            if self.digits() > 1 && leading_zero {
                return Err(Syntax { what: "a number starts with a superfluous zero", offset: unsigned });
            }
            if self.byte() == Some(b'.') {
                self.at += 1;
                self.some_digits()?;
            }
            if let Some(b'e' | b'E') = self.byte() {
                self.at += 1;
                if let Some(b'+' | b'-') = self.byte() {
                    self.at += 1;
                }
                self.some_digits()?;
            }
            if self.at == unsigned {
                return Err(self.error("a digit was expected"));
            }
        }
        std::str::from_utf8(&self.text[start..self.at]).map_err(|_| self.error("a number was expected"))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        self.at - start
    }

    fn some_digits(&mut self) -> Result<(), Syntax> {
        if self.digits() == 0 { Err(self.error("a digit was expected")) } else { Ok(()) }
    }

    /// Reads a text. What is no UTF-8 is passed on as it is, half a surrogate pair as a byte that is no UTF-8:
    /// whoever checks the texts of records repairs both alike.
    pub(super) fn text(&mut self) -> Result<Cow<'a, [u8]>, Syntax> {
        self.at += 1;
        let plain = self.plain_run();
        if self.byte() == Some(b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_vec();
        loop {
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(text));
                }
                Some(b'\\') => {
                    self.at += 1;
                    self.escape(&mut text)?;
                }
                Some(_) => text.extend_from_slice(self.plain_run()),
                None => return Err(self.error("the text ends inside of quotes")),
            }
        }
    }

    /// The bytes up to the next quote or backslash.
    fn plain_run(&mut self) -> &'a [u8] {
        let rest = &self.text[self.at..];
        let length = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn escape(&mut self, text: &mut Vec<u8>) -> Result<(), Syntax> {
        let byte = match self.byte() {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                self.at += 1;
                let character = self.unicode_escape()?;
                match character {
                    Some(character) => text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
                    None => text.push(0xff),
                }
                return Ok(());
            }
            _ => return Err(self.error("an unknown escape")),
        };
        self.at += 1;
        text.push(byte);
        Ok(())
    }

    /// The character behind `\u`, with its second half if it has one; `None` for half a character.
    fn unicode_escape(&mut self) -> Result<Option<char>, Syntax> {
        let first = self.hex_digits()?;
        if !(0xd800..0xdc00).contains(&first) {
            return Ok(char::from_u32(first));
        }
        if !self.text[self.at..].starts_with(b"\\u") {
            return Ok(None);
        }
        let before = self.at;
        self.at += 2;
        let second = self.hex_digits()?;
        if (0xdc00..0xe000).contains(&second) {
            return Ok(char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)));
        }
        self.at = before;
        Ok(None)
    }

    fn hex_digits(&mut self) -> Result<u32, Syntax> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.byte().and_then(|byte| char::from(byte).to_digit(16));
            value = value << 4 | digit.ok_or_else(|| self.error("four hex digits were expected"))?;
            self.at += 1;
        }
        Ok(value)
    }

    /// Passes over the next value, however deep.
    pub(super) fn skip(&mut self) -> Result<(), Syntax> {
        // One entry per open bracket: whether it is an object's, and whether nothing was read in it.
        let mut open: Vec<(bool, bool)> = Vec::new();
        loop {
            if let Some((object, first)) = open.last_mut() {
                let ended = if *object { self.member(first)?.is_none() } else { !self.element(first)? };
                if ended {
                    open.pop();
                    if open.is_empty() {
                        return Ok(());
                    }
                    continue;
                }
            }
            match self.peek()? {
                next @ (Next::Object | Next::Array) => {
                    if open.len() == MAX_SKIPPED_DEPTH {
                        return Err(self.error("brackets nest deeper than 65536 levels"));
                    }
                    self.open();
                    open.push((next == Next::Object, true));
                    continue;
                }
                Next::Text => {
                    self.text()?;
                }
                Next::Number => {
                    self.number()?;
                }
                Next::True | Next::False | Next::Null => self.literal()?,
            }
            if open.is_empty() {
                return Ok(());
            }
        }
    }

    /// Makes sure that nothing follows.
    pub(super) fn end(&mut self) -> Result<(), Syntax> {
        self.skip_space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.error("the text goes on after its end")) }
    }
}

#[cfg(test)]
mod tests;
