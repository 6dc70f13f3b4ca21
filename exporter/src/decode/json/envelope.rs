//! The objects around log records and spans: `ExportLogsServiceRequest`, `ResourceLogs`, `ScopeLogs` and their like,
//! `Resource`, scope.

use std::borrow::Cow;

use steplog_model::record::wire::{
    close_message_field, open_message_field, put_bytes_field, put_varint_field,
};

use super::super::outcome::{DecodeError, Problem, Rejections};
use super::super::signal::Signal;
use super::lexer::{Lexer, Syntax};
use super::record::{Parts, log_record};
use super::span::span;
use super::value::{attributes, open_array, open_object};
use super::{Fault, scalar};

/// A request rewritten as protobuf.
#[derive(Debug)]
pub(in super::super) struct Transcoded {
    /// The encoded `ExportLogsServiceRequest`, without the records that could not be read.
    pub(in super::super) request: Vec<u8>,
    /// What could not be read.
    pub(in super::super) rejected: Rejections,
    /// The numbers of those records in the request, ascending.
    pub(in super::super) rejected_places: Vec<u64>,
}

/// Rewrites a JSON request of log records or spans as protobuf.
pub(in super::super) fn transcode(body: &[u8], signal: Signal) -> Result<Transcoded, DecodeError> {
    let mut transcoder = Transcoder {
        signal,
        lexer: Lexer::new(body),
        out: Vec::with_capacity(body.len() / 2),
        rejected: Rejections::default(),
        rejected_places: Vec::new(),
        place: 0,
        parts: Parts::default(),
    };
    let error = |what: String, offset| DecodeError { signal, encoding: "JSON", what, offset };
    match transcoder.request() {
        Ok(()) => {}
        Err(Fault::Syntax(Syntax { what, offset })) => return Err(error(what.to_owned(), offset)),
        Err(Fault::Problem(problem)) => {
            return Err(error(problem.to_string(), transcoder.lexer.offset()));
        }
    }
    let Transcoder { out, rejected, rejected_places, .. } = transcoder;
    Ok(Transcoded { request: out, rejected, rejected_places })
}

struct Transcoder<'a> {
    signal: Signal,
    lexer: Lexer<'a>,
    out: Vec<u8>,
    rejected: Rejections,
    rejected_places: Vec<u64>,
    /// The number of the next log record in the request.
    place: u64,
    parts: Parts,
}

/// What stands at the head of a group of records: the content of a resource or scope, or why there is none.
type Head = Result<Vec<u8>, Problem>;

impl<'a> Transcoder<'a> {
    fn request(&mut self) -> Result<(), Fault> {
        open_object(&mut self.lexer, "the request")?;
        let mut first = true;
        while let Some(name) = self.lexer.member(&mut first)? {
            match (&*name, self.signal) {
                (b"resourceLogs" | b"resource_logs", Signal::Logs) => {
                    self.each("resourceLogs", Self::resource)?;
                }
                (b"resourceSpans" | b"resource_spans", Signal::Traces) => {
                    self.each("resourceSpans", Self::resource)?;
                }
                _ => self.lexer.skip()?,
            }
        }
        Ok(self.lexer.end()?)
    }

    /// Reads each element of an array of objects. A list that comes twice is read twice: nothing is lost.
    fn each(&mut self, what: &str, read: fn(&mut Self) -> Result<(), Fault>) -> Result<(), Fault> {
        if !open_array(&mut self.lexer, what)? {
            return Ok(());
        }
        let mut first = true;
        while self.lexer.element(&mut first)? {
            if !self.lexer.null()? {
                read(self)?;
            }
        }
        Ok(())
    }

    /// A `ResourceLogs` or `ResourceSpans`.
    fn resource(&mut self) -> Result<(), Fault> {
        open_object(&mut self.lexer, "an element of resourceLogs or resourceSpans")?;
        let start = (self.out.len(), self.place);
        let field = open_message_field(&mut self.out, 1);
        let (mut resource, mut inner_url): (Head, _) = (Ok(Vec::new()), Cow::Borrowed(&b""[..]));
        let mut url = Cow::Borrowed(&b""[..]);
        let mut first = true;
        while let Some(name) = self.lexer.member(&mut first)? {
            match (&*name, self.signal) {
                (b"resource", _) => {
                    inner_url = Cow::Borrowed(b"");
                    resource = self.head(|lexer, out| resource_content(lexer, out, &mut inner_url))?;
                }
                (b"scopeLogs" | b"scope_logs", Signal::Logs) => self.each("scopeLogs", Self::scope)?,
                (b"scopeSpans" | b"scope_spans", Signal::Traces) => self.each("scopeSpans", Self::scope)?,
                (b"schemaUrl" | b"schema_url", _) => url = scalar::text(&mut self.lexer, "schemaUrl")?,
                _ => self.lexer.skip()?,
            }
        }
        // The JavaScript SDK writes it into the resource.
        let url = if url.is_empty() { inner_url } else { url };
        if self.put_head(&resource, &url, start) {
            close_message_field(&mut self.out, field);
        }
        Ok(())
    }

    /// A `ScopeLogs` or `ScopeSpans`.
    fn scope(&mut self) -> Result<(), Fault> {
        open_object(&mut self.lexer, "an element of scopeLogs or scopeSpans")?;
        let start = (self.out.len(), self.place);
        let field = open_message_field(&mut self.out, 2);
        let mut scope: Head = Ok(Vec::new());
        let mut url = Cow::Borrowed(&b""[..]);
        let mut first = true;
        while let Some(name) = self.lexer.member(&mut first)? {
            match (&*name, self.signal) {
                (b"scope", _) => scope = self.head(scope_content)?,
                (b"logRecords" | b"log_records", Signal::Logs) => self.each("logRecords", Self::record)?,
                (b"spans", Signal::Traces) => self.each("spans", Self::record)?,
                (b"schemaUrl" | b"schema_url", _) => url = scalar::text(&mut self.lexer, "schemaUrl")?,
                _ => self.lexer.skip()?,
            }
        }
        if self.put_head(&scope, &url, start) {
            close_message_field(&mut self.out, field);
        }
        Ok(())
    }

    /// Reads a resource or scope, or passes over one that cannot be read.
    fn head(
        &mut self,
        read: impl FnOnce(&mut Lexer<'a>, &mut Vec<u8>) -> Result<(), Fault>,
    ) -> Result<Head, Syntax> {
        if self.lexer.null()? {
            return Ok(Ok(Vec::new()));
        }
        let start = self.lexer.clone();
        let mut content = Vec::new();
        match read(&mut self.lexer, &mut content) {
            Ok(()) => Ok(Ok(content)),
            Err(Fault::Syntax(syntax)) => Err(syntax),
            Err(Fault::Problem(problem)) => {
                self.lexer = start;
                self.lexer.skip()?;
                Ok(Err(problem))
            }
        }
    }

    /// Ends a group of records that began at byte and record `start`. Without its head its records cannot be
    /// kept: they are taken back and `false` is given.
    fn put_head(&mut self, head: &Head, schema_url: &[u8], start: (usize, u64)) -> bool {
        match head {
            Ok(content) => {
                put_text(&mut self.out, 1, content);
                put_text(&mut self.out, 3, schema_url);
                true
            }
            Err(problem) => {
                let (bytes, first) = start;
                self.out.truncate(bytes);
                let known = self.rejected_places.partition_point(|place| *place < first);
                let rejected = self.rejected_places.split_off(known);
                let count = self.place - first - rejected.len() as u64;
                let item = self.signal.item();
                self.rejected.add(problem, count, || format!("resource or scope of {item} {first}"));
                self.rejected_places.extend(first..self.place);
                false
            }
        }
    }

    /// A log record or a span.
    fn record(&mut self) -> Result<(), Fault> {
        let place = self.place;
        self.place += 1;
        let start = self.lexer.clone();
        let length = self.out.len();
        let field = open_message_field(&mut self.out, 2);
        let read = match self.signal {
            Signal::Traces => span(&mut self.lexer, &mut self.out),
            _ => log_record(&mut self.lexer, &mut self.out, &mut self.parts),
        };
        match read {
            Ok(()) => close_message_field(&mut self.out, field),
            Err(Fault::Syntax(syntax)) => return Err(syntax.into()),
            Err(Fault::Problem(problem)) => {
                self.out.truncate(length);
                let item = self.signal.item();
                self.rejected.add(&problem, 1, || format!("{item} {place}"));
                self.rejected_places.push(place);
                self.lexer = start;
                self.lexer.skip()?;
            }
        }
        Ok(())
    }
}

/// Appends the content of a `Resource`.
fn resource_content<'a>(
    lexer: &mut Lexer<'a>,
    out: &mut Vec<u8>,
    schema_url: &mut Cow<'a, [u8]>,
) -> Result<(), Fault> {
    open_object(lexer, "resource")?;
    let (mut dropped, mut entities) = (0, Vec::new());
    let mut first = true;
    while let Some(name) = lexer.member(&mut first)? {
        match &*name {
            b"attributes" => {
                out.clear();
                attributes(lexer, out, 1, 0)?;
            }
            b"droppedAttributesCount" | b"dropped_attributes_count" => {
                dropped = scalar::u32(lexer, "droppedAttributesCount")?;
            }
            b"entityRefs" | b"entity_refs" => {
                entities.clear();
                entity_refs(lexer, &mut entities)?;
            }
            b"schemaUrl" | b"schema_url" => *schema_url = scalar::text(lexer, "schemaUrl")?,
            _ => lexer.skip()?,
        }
    }
    if dropped != 0 {
        put_varint_field(out, 2, u64::from(dropped));
    }
    out.extend_from_slice(&entities);
    Ok(())
}

/// Appends `EntityRef`s as field 3 of a `Resource`.
fn entity_refs(lexer: &mut Lexer<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
    if !open_array(lexer, "entityRefs")? {
        return Ok(());
    }
    let mut first = true;
    while lexer.element(&mut first)? {
        if lexer.null()? {
            continue;
        }
        let field = open_message_field(out, 3);
        entity_ref(lexer, out)?;
        close_message_field(out, field);
    }
    Ok(())
}

/// Appends the content of an `EntityRef`, its fields in the order of their numbers, as encoders write them:
/// the resource's bytes are part of the identity of its events.
fn entity_ref(lexer: &mut Lexer<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
    open_object(lexer, "an element of entityRefs")?;
    let (mut url, mut kind) = (Cow::Borrowed(&b""[..]), Cow::Borrowed(&b""[..]));
    let (mut ids, mut descriptions) = (Vec::new(), Vec::new());
    let mut first = true;
    while let Some(name) = lexer.member(&mut first)? {
        match &*name {
            b"schemaUrl" | b"schema_url" => url = scalar::text(lexer, "schemaUrl")?,
            b"type" => kind = scalar::text(lexer, "type")?,
            b"idKeys" | b"id_keys" => texts(lexer, &mut ids, 3, "idKeys")?,
            b"descriptionKeys" | b"description_keys" => {
                texts(lexer, &mut descriptions, 4, "descriptionKeys")?
            }
            _ => lexer.skip()?,
        }
    }
    put_text(out, 1, &url);
    put_text(out, 2, &kind);
    out.extend_from_slice(&ids);
    out.extend_from_slice(&descriptions);
    Ok(())
}

/// Appends a field unless it is empty, as encoders do.
fn put_text(out: &mut Vec<u8>, number: u32, content: &[u8]) {
    if !content.is_empty() {
        put_bytes_field(out, number, content);
    }
}

fn texts(lexer: &mut Lexer<'_>, out: &mut Vec<u8>, number: u32, what: &str) -> Result<(), Fault> {
    out.clear();
    if open_array(lexer, what)? {
        let mut first = true;
        while lexer.element(&mut first)? {
            put_bytes_field(out, number, &scalar::text(lexer, what)?);
        }
    }
    Ok(())
}

/// Appends the content of an `InstrumentationScope`.
fn scope_content(lexer: &mut Lexer<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
    open_object(lexer, "scope")?;
    let (mut scope_name, mut version) = (Cow::Borrowed(&b""[..]), Cow::Borrowed(&b""[..]));
    let (mut pairs, mut dropped) = (Vec::new(), 0);
    let mut first = true;
    while let Some(name) = lexer.member(&mut first)? {
        match &*name {
            b"name" => scope_name = scalar::text(lexer, "name")?,
            b"version" => version = scalar::text(lexer, "version")?,
            b"attributes" => {
                pairs.clear();
                attributes(lexer, &mut pairs, 3, 0)?;
            }
            b"droppedAttributesCount" | b"dropped_attributes_count" => {
                dropped = scalar::u32(lexer, "droppedAttributesCount")?;
            }
            _ => lexer.skip()?,
        }
    }
    put_text(out, 1, &scope_name);
    put_text(out, 2, &version);
    out.extend_from_slice(&pairs);
    if dropped != 0 {
        put_varint_field(out, 4, u64::from(dropped));
    }
    Ok(())
}
