//! The messages around log records: `ExportLogsServiceRequest`, `ResourceLogs`, `ScopeLogs`.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;
use rapidhash::{HashMapExt as _, RapidHashMap};
use steplog_model::event::{Flags, Origin};
use steplog_model::limits;
use steplog_model::record::wire::{Field, Reader};

use super::check::{Checker, Message};
use super::outcome::{DecodeError, Problem};
use super::repair;
use super::signal::Signal;
use super::{Decoded, HashedOrigin, LogRecord, kept};

/// What the log records of a request were before.
#[derive(Clone, Copy)]
pub(super) struct Request<'m> {
    pub(super) signal: Signal,
    pub(super) places: Places<'m>,
    /// Whether what exports state of records is taken off them.
    pub(super) exports: bool,
}

/// Where records stood in the request as it was sent: what is said about one names its place there.
#[derive(Clone, Copy)]
pub(super) enum Places<'m> {
    /// The numbers of records that were taken out of it before, ascending.
    Missing(&'m [u64]),
    /// The span of each record.
    Spans(&'m [u64]),
}

impl Places<'_> {
    fn shown(self, place: u64) -> u64 {
        match self {
            Self::Missing(missing) => shown_place(missing, place),
            Self::Spans(spans) => {
                let span = usize::try_from(place).ok().and_then(|place| spans.get(place));
                span.or(spans.last()).copied().unwrap_or_default()
            }
        }
    }
}

/// Reads an encoded `ExportLogsServiceRequest`.
pub(super) fn decode(body: &Bytes, request: &Request<'_>) -> Result<Decoded, DecodeError> {
    let mut walk = Walk {
        body,
        request: *request,
        checker: Checker::default(),
        resources: RapidHashMap::new(),
        origins: RapidHashMap::new(),
        origin_bytes: 0,
        seen: RapidHashMap::new(),
        place: 0,
        decoded: Decoded::default(),
    };
    let mut reader = Reader::new(body);
    let (mut groups, mut unknown) = (0_u64, None);
    loop {
        let offset = body.len() - reader.rest().len();
        let error = |what| DecodeError { signal: request.signal, encoding: "protobuf", what, offset };
        match reader.next_field().map_err(|problem| error(problem.to_string()))? {
            Some((1, Field::Bytes(resource_logs))) => {
                groups += 1;
                walk.resource_logs(resource_logs);
            }
            Some((1, _)) => return Err(error("field 1 (resource_logs) has the wrong wire type".to_owned())),
            Some((number, _)) => unknown = Some(number),
            None => {
                if let (0, Some(number)) = (groups, unknown) {
                    let what = || format!("the request has field {number}, but no resource_logs");
                    walk.decoded.not_understood.add(what);
                }
                return Ok(walk.decoded);
            }
        }
    }
}

/// A resource, looked at once however many scopes it has.
struct Resource {
    /// Tells the different resources of a request apart.
    number: usize,
    checked: Result<CheckedResource, Problem>,
}

struct CheckedResource {
    resource: Bytes,
    schema_url: ByteString,
    hash: blake3::Hash,
    flags: Flags,
}

/// A resource and its schema URL, as sent.
type ResourceParts<'b> = (Cow<'b, [u8]>, &'b [u8]);

/// The encoded parts that make an origin, as sent.
#[derive(Clone, PartialEq, Eq, Hash)]
struct OriginParts<'b> {
    resource: usize,
    scope: Cow<'b, [u8]>,
    scope_schema_url: &'b [u8],
}

struct Walk<'b> {
    body: &'b Bytes,
    request: Request<'b>,
    checker: Checker<'b>,
    resources: RapidHashMap<ResourceParts<'b>, Arc<Resource>>,
    origins: RapidHashMap<OriginParts<'b>, Result<Arc<HashedOrigin>, Problem>>,
    /// The bytes of all different origins so far.
    origin_bytes: usize,
    /// How often a record was seen, by the first bits of its origin's hash and its bytes. The
    /// hasher's seed is random: nobody can choose records that collide.
    seen: RapidHashMap<(u64, Bytes), u32>,
    /// The number of the next log record in `body`.
    place: u64,
    decoded: Decoded,
}

/// A message with one embedded message (field 1), repeated ones (field 2) and a URL (field 3): what
/// `ResourceLogs` and `ScopeLogs` have in common.
struct Group<'b> {
    head: Cow<'b, [u8]>,
    schema_url: &'b [u8],
    problem: Option<Problem>,
}

impl<'b> Group<'b> {
    fn read(message: &'static str, bytes: &'b [u8]) -> Self {
        let mut group = Self { head: Cow::Borrowed(&[]), schema_url: &[], problem: None };
        let mut reader = Reader::new(bytes);
        loop {
            match reader.next_field() {
                // The encoding of a merged message is that of its parts in order.
                Ok(Some((1, Field::Bytes(head)))) if group.head.is_empty() => {
                    group.head = Cow::Borrowed(head);
                }
                Ok(Some((1, Field::Bytes(more)))) => group.head.to_mut().extend_from_slice(more),
                Ok(Some((3, Field::Bytes(url)))) => group.schema_url = url,
                Ok(Some((2, Field::Bytes(_)) | (4.., _))) => {}
                Ok(Some((field, _))) => group.problem = Some(Problem::WireType { message, field }),
                Ok(None) => return group,
                Err(problem) => {
                    group.problem = Some(problem.into());
                    return group;
                }
            }
        }
    }
}

/// The occurrences of field 2 up to the end or the first malformed field.
fn members(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    Reader::new(bytes).valid_fields().filter_map(|field| match field {
        (2, Field::Bytes(member)) => Some(member),
        _ => None,
    })
}

/// The groups of one scope each. Until OTLP 0.15 they were called `instrumentation_library_logs`, which had field
/// 1000 while both were sent, and the same form.
fn scopes(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    Reader::new(bytes).valid_fields().filter_map(|field| match field {
        (2 | 1_000, Field::Bytes(member)) => Some(member),
        _ => None,
    })
}

impl<'b> Walk<'b> {
    fn resource_logs(&mut self, bytes: &'b [u8]) {
        let group = Group::read("ResourceLogs", bytes);
        let resource = self.resource((group.head.clone(), group.schema_url));
        for scope_logs in scopes(bytes) {
            self.scope_logs(&resource, scope_logs);
        }
        self.reject_rest("resource_logs", &group);
    }

    fn scope_logs(&mut self, resource: &Resource, bytes: &'b [u8]) {
        let scope = Group::read("ScopeLogs", bytes);
        if members(bytes).next().is_none() {
            self.reject_rest("scope_logs", &scope);
            return;
        }
        let parts = OriginParts {
            resource: resource.number,
            scope: scope.head.clone(),
            scope_schema_url: scope.schema_url,
        };
        match self.origin(resource, parts) {
            Ok(origin) => {
                for record in members(bytes) {
                    self.record(&origin, record);
                }
            }
            Err(problem) => {
                let (Request { signal, places, .. }, first) = (self.request, self.place);
                let count = members(bytes).count() as u64;
                self.place += count;
                let place = || format!("resource or scope of {} {}", signal.item(), places.shown(first));
                self.decoded.rejected.add(&problem, count, place);
            }
        }
        self.reject_rest("scope_logs", &scope);
    }

    /// What follows the damage in a message is unknown: it counts as one record.
    fn reject_rest(&mut self, field: &str, group: &Group<'_>) {
        if let Some(problem) = &group.problem {
            let (Request { signal, places, .. }, place) = (self.request, self.place);
            let place = || format!("{field}, before {} {}", signal.item(), places.shown(place));
            self.decoded.rejected.add(problem, 1, place);
        }
    }

    fn record(&mut self, origin: &Arc<HashedOrigin>, bytes: &'b [u8]) {
        let place = self.place;
        self.place += 1;
        let kept = if self.decoded.records.len() < limits::MAX_REQUEST_RECORDS {
            kept::record(&mut self.checker, self.body, bytes, self.request.exports)
        } else {
            Err(Problem::TooManyRecords)
        };
        let (record, exported, mut flags) = match kept {
            Ok(kept) => kept,
            Err(problem) => {
                let Request { signal, places, .. } = self.request;
                let place = || format!("{} {}", signal.item(), places.shown(place));
                self.decoded.rejected.add(&problem, 1, place);
                return;
            }
        };
        let unrepaired = flags.contains(Flags::UTF8_REPAIRED).then(|| self.body.slice_ref(bytes));
        flags.insert(origin.flags);
        self.decoded.warnings.count(flags);
        // One whose id is stated needs nothing to tell it from others, and is no other's equal.
        let is_named = exported.as_ref().is_some_and(|exported| exported.id.is_some());
        let ordinal = if is_named { 0 } else { self.ordinal(origin, unrepaired.as_ref().unwrap_or(&record)) };
        let (origin, exported) = (Arc::clone(origin), exported.map(Box::new));
        self.decoded.records.push(LogRecord { origin, record, unrepaired, flags, ordinal, exported });
    }

    /// How many equal records came before.
    fn ordinal(&mut self, origin: &HashedOrigin, sent: &Bytes) -> u32 {
        let origin_bits = origin.hash.first_chunk().map_or(0, |bits| u64::from_le_bytes(*bits));
        let seen = self.seen.entry((origin_bits, sent.clone())).or_insert(0);
        let ordinal = *seen;
        *seen = seen.saturating_add(1);
        ordinal
    }

    fn resource(&mut self, parts: ResourceParts<'b>) -> Arc<Resource> {
        if let Some(known) = self.resources.get(&parts) {
            return Arc::clone(known);
        }
        let checked = self.check_resource(&parts);
        let resource = Arc::new(Resource { number: self.resources.len(), checked });
        self.resources.insert(parts, Arc::clone(&resource));
        resource
    }

    fn check_resource(&mut self, (bytes, url): &ResourceParts<'b>) -> Result<CheckedResource, Problem> {
        let mut flags = Flags::default();
        let resource = self.origin_part(Message::Resource, bytes, &mut flags)?;
        let schema_url = self.schema_url(url, &mut flags)?;
        let hash = hash([bytes, url]);
        Ok(CheckedResource { resource, schema_url, hash, flags })
    }

    fn origin(&mut self, resource: &Resource, parts: OriginParts<'b>) -> Result<Arc<HashedOrigin>, Problem> {
        if let Some(known) = self.origins.get(&parts) {
            return known.clone();
        }
        let made = match &resource.checked {
            Ok(resource) => self.make_origin(resource, &parts),
            Err(problem) => Err(problem.clone()),
        };
        self.origins.insert(parts, made.clone());
        made
    }

    fn make_origin(
        &mut self,
        resource: &CheckedResource,
        parts: &OriginParts<'b>,
    ) -> Result<Arc<HashedOrigin>, Problem> {
        let scope_bytes = parts.scope.len() + parts.scope_schema_url.len();
        let bytes = resource.resource.len() + resource.schema_url.len() + scope_bytes;
        // The first origin has bounds of its own.
        let most = limits::max_origin_bytes(self.body.len());
        if self.origin_bytes > 0 && self.origin_bytes + bytes > most {
            return Err(Problem::TooManyOrigins(most));
        }
        self.origin_bytes += bytes;
        let mut flags = resource.flags;
        let scope = self.origin_part(Message::Scope, &parts.scope, &mut flags)?;
        let scope_schema_url = self.schema_url(parts.scope_schema_url, &mut flags)?;
        let hash = hash([resource.hash.as_bytes(), &parts.scope, parts.scope_schema_url]);
        let (resource, resource_schema_url) = (resource.resource.clone(), resource.schema_url.clone());
        let origin = Origin { resource, resource_schema_url, scope, scope_schema_url };
        Ok(Arc::new(HashedOrigin { origin: Arc::new(origin), hash: *hash.as_bytes(), flags }))
    }

    fn schema_url(&self, bytes: &'b [u8], flags: &mut Flags) -> Result<ByteString, Problem> {
        if bytes.len() > limits::MAX_RECORD_BYTES {
            return Err(Problem::TooLarge(bytes.len()));
        }
        Ok(ByteString::try_from(self.body.slice_ref(bytes)).unwrap_or_else(|_| {
            flags.insert(Flags::UTF8_REPAIRED);
            ByteString::from(repair::repair_text(bytes).into_owned())
        }))
    }

    #[expect(clippy::ptr_arg, reason = "a borrowed part stays a slice of the body, an owned one is copied")]
    fn origin_part(
        &mut self,
        message: Message,
        bytes: &Cow<'b, [u8]>,
        flags: &mut Flags,
    ) -> Result<Bytes, Problem> {
        let (part, found) = match bytes {
            Cow::Borrowed(bytes) => {
                let found = self.checker.check(message, bytes)?;
                kept::message(self.body, message, bytes, found)?
            }
            Cow::Owned(bytes) => {
                let found = Checker::default().check(message, bytes)?;
                if found.rewrite {
                    kept::repaired(message, bytes, found)?
                } else {
                    (Bytes::copy_from_slice(bytes), found.flags)
                }
            }
        };
        flags.insert(found);
        Ok(part)
    }
}

/// A record's number in the request as it was sent.
pub(super) fn shown_place(missing: &[u64], place: u64) -> u64 {
    // Each missing record that is not behind moves it by one.
    missing.iter().fold(place, |place, missing| place + u64::from(*missing <= place))
}

fn hash<const N: usize>(parts: [&[u8]; N]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        // The length keeps parts apart.
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize()
}
