//! The objects around log records and spans: `ExportLogsServiceRequest`, `ResourceLogs`, `ScopeLogs` and their like.

use std::borrow::Cow;
use std::ops::Range;

use steplog_model::record::wire::{close_message_field, open_message_field};

use super::super::outcome::{DecodeError, NotUnderstood, Problem, Rejections};
use super::super::room::{Buffer, Room};
use super::super::signal::Signal;
use super::Fault;
use super::head::{put_text, resource_content, scope_content};
use super::lexer::{Lexer, Next, Syntax};
use super::lost::Lost;
use super::object::Object;
use super::open::{open_array, open_object};
use super::record::{Parts, log_record};
use super::span::span;
use super::value::Writer;

/// A request rewritten as protobuf.
#[derive(Debug)]
pub(in super::super) struct Transcoded {
    /// The encoded `ExportLogsServiceRequest`, without the records that could not be read.
    pub(in super::super) request: Buffer,
    /// What could not be read.
    pub(in super::super) rejected: Rejections,
    /// The numbers of those records in the request, ascending, as far as something is still told of others by theirs.
    pub(in super::super) rejected_places: Vec<Range<u64>>,
    /// The records for which there was no room.
    pub(in super::super) beyond_room: u64,
    /// What is no log record.
    pub(in super::super) not_understood: NotUnderstood,
    /// How many records and groups are written in another form and read all the same.
    pub(in super::super) foreign: u64,
}

impl Transcoded {
    /// How many records are not in the request.
    fn left_out(&self) -> u64 {
        self.rejected.total() + self.beyond_room
    }

    /// Counts `count` records that were refused for one problem, which were those at `places` but for some that were
    /// refused before.
    fn reject(&mut self, problem: &Problem, places: Range<u64>, count: u64, place: impl FnOnce() -> String) {
        // Records that are refused later are told by their places, unless enough is told already.
        if !self.rejected.is_told() {
            match self.rejected_places.last_mut() {
                Some(last) if last.end == places.start => last.end = places.end,
                _ => self.rejected_places.push(places),
            }
        }
        self.rejected.add(problem, count, place);
    }
}

/// Rewrites a JSON request of log records or spans as protobuf.
pub(in super::super) fn transcode(
    body: &[u8],
    signal: Signal,
    room: &mut dyn Room,
) -> Result<Transcoded, DecodeError> {
    let mut request = Buffer::default();
    // Without that room nothing of it will be read.
    request.make_room(body.len() / 2, room);
    let mut transcoder = Transcoder {
        signal,
        room,
        lexer: Lexer::new(body),
        place: 0,
        parts: Parts::default(),
        made: Transcoded {
            request,
            rejected: Rejections::default(),
            rejected_places: Vec::new(),
            beyond_room: 0,
            not_understood: NotUnderstood::default(),
            foreign: 0,
        },
    };
    let error = |what: String, offset| DecodeError { signal, encoding: "JSON", what, offset };
    match transcoder.request() {
        Ok(()) => Ok(transcoder.made),
        Err(Fault::Syntax(Syntax { what, offset })) => Err(error(what.to_owned(), offset)),
        Err(Fault::Problem(problem)) => Err(error(problem.to_string(), transcoder.lexer.offset())),
    }
}

/// Of most records no more than this becomes of their text: room for it is made before they are read.
const RECORD_BYTES: usize = 1 << 10;

struct Transcoder<'a, 'r> {
    signal: Signal,
    room: &'r mut dyn Room,
    lexer: Lexer<'a>,
    /// The number of the next log record in the request.
    place: u64,
    parts: Parts,
    made: Transcoded,
}

/// What stands at the head of a group of records.
struct Head {
    /// The number of its attributes' field.
    attributes: u32,
    /// The content of a resource or scope, or why there is none.
    content: Result<Vec<u8>, Problem>,
    lost: Lost,
    /// The byte and the record with which the group begins, and how many records were left out before.
    start: (usize, u64, u64),
}

/// The lists of log records and spans.
const RECORDS: [&str; 3] = ["logRecords", "logs", "spans"];

/// The members of an object, as far as they matter to whether any of it was understood.
#[derive(Default)]
struct Members {
    records: bool,
    unknown: Option<String>,
}

impl Members {
    /// Passes over a member that nobody knows.
    fn skip(&mut self, lexer: &mut Lexer<'_>, name: &[u8]) -> Result<(), Syntax> {
        lexer.skip()?;
        self.unknown = Some(String::from_utf8_lossy(name).into_owned());
        Ok(())
    }
}

impl<'a> Transcoder<'a, '_> {
    fn request(&mut self) -> Result<(), Fault> {
        open_object(&mut self.lexer, "the request")?;
        let mut members = Members::default();
        let mut object = Object::new(&self.lexer);
        while let Some(name) = object.next(&mut self.lexer)? {
            match (&*name, self.signal) {
                (b"resourceLogs" | b"resource_logs", Signal::Logs) => {
                    members.records = true;
                    if open_array(&mut self.lexer, "resourceLogs")? {
                        self.each("resourceLogs", Self::resource)?;
                    }
                }
                (b"resourceSpans" | b"resource_spans", Signal::Traces) => {
                    members.records = true;
                    if open_array(&mut self.lexer, "resourceSpans")? {
                        self.each("resourceSpans", Self::resource)?;
                    }
                }
                _ => members.skip(&mut self.lexer, &name)?,
            }
        }
        self.judge(members, "the request");
        Ok(self.lexer.end()?)
    }

    /// Where a message has something else instead of what leads to log records.
    fn judge(&mut self, members: Members, what: &str) {
        if let (false, Some(name)) = (members.records, members.unknown) {
            self.made.not_understood.add(|| {
                let items = self.signal.items();
                format!("{what} has {name:?}, which is none of OTLP's {items}")
            });
        }
    }

    /// Reads an array of objects that may be something else. A list that comes twice is read twice: nothing is lost.
    fn list(&mut self, what: &'static str, read: fn(&mut Self) -> Result<(), Fault>) -> Result<(), Fault> {
        match self.lexer.peek()? {
            Next::Array => {
                self.lexer.open();
                self.each(what, read)
            }
            Next::Null => Ok(self.lexer.literal()?),
            _ => {
                self.lexer.skip()?;
                self.made.not_understood.add(|| format!("{what} is no array"));
                Ok(())
            }
        }
    }

    /// Reads each element of an array that is open.
    fn each(&mut self, what: &str, read: fn(&mut Self) -> Result<(), Fault>) -> Result<(), Fault> {
        let mut first = true;
        while self.lexer.element(&mut first)? {
            match self.lexer.peek()? {
                Next::Null => self.lexer.literal()?,
                Next::Object => read(self)?,
                // One that is none is rejected, and counted among the others.
                _ if RECORDS.contains(&what) => read(self)?,
                _ => {
                    self.lexer.skip()?;
                    self.made.not_understood.add(|| format!("an element of {what} is no object"));
                }
            }
        }
        Ok(())
    }

    /// A `ResourceLogs` or `ResourceSpans`.
    fn resource(&mut self) -> Result<(), Fault> {
        self.lexer.open();
        let mut head = self.head(1);
        let field = open_message_field(&mut self.made.request.bytes, 1);
        let (mut inner_url, mut url) = (Cow::Borrowed(&b""[..]), Cow::Borrowed(&b""[..]));
        let mut members = Members::default();
        let mut object = Object::new(&self.lexer);
        while let Some(name) = object.next(&mut self.lexer)? {
            match (&*name, self.signal) {
                (b"resource", _) => {
                    inner_url = Cow::Borrowed(b"");
                    self.content(&mut head, |lexer, writer| resource_content(lexer, writer, &mut inner_url))?;
                }
                (b"scopeLogs" | b"scope_logs", Signal::Logs) => {
                    members.records = true;
                    self.list("scopeLogs", Self::scope)?;
                }
                (b"scopeSpans" | b"scope_spans", Signal::Traces) => {
                    members.records = true;
                    self.list("scopeSpans", Self::scope)?;
                }
                // Their names until OTLP 0.15; the form is the same.
                (b"instrumentationLibraryLogs" | b"instrumentation_library_logs", Signal::Logs)
                | (b"instrumentationLibrarySpans" | b"instrumentation_library_spans", Signal::Traces) => {
                    members.records = true;
                    self.lexer.note_foreign();
                    self.list("a list of instrumentation libraries", Self::scope)?;
                }
                (b"schemaUrl" | b"schema_url", _) => url = head.lost.text(&mut self.lexer, "schemaUrl")?,
                _ => members.skip(&mut self.lexer, &name)?,
            }
        }
        self.judge(members, "a resource");
        Self::keep_overridden(object, &mut head)?;
        // The JavaScript SDK writes it into the resource.
        let url = if url.is_empty() { inner_url } else { url };
        if self.put_head(head, &url) {
            close_message_field(&mut self.made.request.bytes, field);
        }
        Ok(())
    }

    /// A `ScopeLogs` or `ScopeSpans`.
    fn scope(&mut self) -> Result<(), Fault> {
        self.lexer.open();
        let mut head = self.head(3);
        let field = open_message_field(&mut self.made.request.bytes, 2);
        let mut url = Cow::Borrowed(&b""[..]);
        let mut members = Members::default();
        let mut object = Object::new(&self.lexer);
        while let Some(name) = object.next(&mut self.lexer)? {
            match (&*name, self.signal) {
                (b"scope", _) => self.content(&mut head, scope_content)?,
                (b"logRecords" | b"log_records", Signal::Logs) => {
                    members.records = true;
                    self.list("logRecords", Self::record)?;
                }
                (b"spans", Signal::Traces) => {
                    members.records = true;
                    self.list("spans", Self::record)?;
                }
                (b"instrumentationLibrary" | b"instrumentation_library", _) => {
                    self.lexer.note_foreign();
                    self.content(&mut head, scope_content)?;
                }
                (b"logs", Signal::Logs) => {
                    members.records = true;
                    self.lexer.note_foreign();
                    self.list("logs", Self::record)?;
                }
                (b"schemaUrl" | b"schema_url", _) => url = head.lost.text(&mut self.lexer, "schemaUrl")?,
                _ => members.skip(&mut self.lexer, &name)?,
            }
        }
        self.judge(members, "a scope");
        Self::keep_overridden(object, &mut head)?;
        if self.put_head(head, &url) {
            close_message_field(&mut self.made.request.bytes, field);
        }
        Ok(())
    }

    /// Keeps the heads of a group that others took the place of.
    fn keep_overridden(object: Object<'a>, head: &mut Head) -> Result<(), Syntax> {
        for (name, value) in object.overridden_outside()? {
            head.lost.keep_written(name, value)?;
        }
        Ok(())
    }

    /// The head of a group that begins here.
    fn head(&self, attributes: u32) -> Head {
        let start = (self.made.request.bytes.len(), self.place, self.made.left_out());
        Head { attributes, content: Ok(Vec::new()), lost: Lost::default(), start }
    }

    /// Reads a resource or scope, or passes over one that is beyond the limits. What is none is kept as it was sent.
    fn content(
        &mut self,
        head: &mut Head,
        read: impl FnOnce(&mut Lexer<'a>, Writer<'_>) -> Result<(), Fault>,
    ) -> Result<(), Syntax> {
        let name = if head.attributes == 1 { "resource" } else { "scope" };
        head.content = Ok(Vec::new());
        let Ok(content) = &mut head.content else { return Ok(()) };
        let (start, lost) = (self.lexer.clone(), head.lost.count());
        if !head.lost.opens(&mut self.lexer, Next::Object, name)? {
            return Ok(());
        }
        match read(&mut self.lexer, Writer { out: content, lost: &mut head.lost }) {
            Ok(()) => Ok(()),
            Err(Fault::Syntax(syntax)) => Err(syntax),
            Err(Fault::Problem(problem)) => {
                head.lost.truncate(lost);
                head.content = Err(problem);
                self.lexer = start;
                self.lexer.skip()
            }
        }
    }

    /// Ends a group of records. Without its head its records cannot be kept: they are taken back and `false` is given.
    fn put_head(&mut self, head: Head, schema_url: &[u8]) -> bool {
        self.made.foreign += u64::from(self.lexer.take_foreign());
        let made = &mut self.made;
        match head.content {
            Ok(mut content) => {
                head.lost.put(&mut content, head.attributes);
                put_text(&mut made.request.bytes, 1, &content);
                put_text(&mut made.request.bytes, 3, schema_url);
                true
            }
            Err(problem) => {
                let (bytes, first, left_out) = head.start;
                made.request.bytes.truncate(bytes);
                let count = self.place - first - (made.left_out() - left_out);
                let item = self.signal.item();
                made.rejected_places.retain(|places| places.start < first);
                made.reject(&problem, first..self.place, count, || {
                    format!("resource or scope of {item} {first}")
                });
                false
            }
        }
    }

    /// A log record or a span.
    fn record(&mut self) -> Result<(), Fault> {
        let place = self.place;
        self.place += 1;
        // What stands around it is written otherwise: that is one thing, each record another.
        self.made.foreign += u64::from(self.lexer.take_foreign());
        let start = self.lexer.clone();
        if !self.made.request.make_room(RECORD_BYTES, self.room) {
            self.made.beyond_room += 1;
            return Ok(self.lexer.skip()?);
        }
        let made = &mut self.made;
        let out = &mut made.request.bytes;
        let length = out.len();
        let field = open_message_field(out, 2);
        let item = self.signal.item();
        let read = match self.signal {
            Signal::Traces => span(&mut self.lexer, out),
            _ => log_record(&mut self.lexer, out, &mut self.parts),
        };
        match read {
            Ok(understood) => {
                close_message_field(out, field);
                made.foreign += u64::from(self.lexer.take_foreign());
                if !understood {
                    made.not_understood.add(|| format!("{item} {place} has none of its members"));
                }
            }
            Err(Fault::Syntax(syntax)) => return Err(syntax.into()),
            Err(Fault::Problem(problem)) => {
                out.truncate(length);
                made.reject(&problem, place..place + 1, 1, || format!("{item} {place}"));
                self.lexer = start;
                self.lexer.skip()?;
            }
        }
        Ok(())
    }
}
