//! Resources and scopes of a request: each different one is checked and hashed once, however many records it has.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;
use rapidhash::{HashMapExt as _, RapidHashMap};
use steplog_model::event::{Flags, Origin};
use steplog_model::limits;

use super::check::{Checker, Message};
use super::outcome::Problem;
use super::room::{Meter, Room};
use super::{HashedOrigin, kept, repair};

/// What a resource takes in its map, and what an origin takes with it.
const RESOURCE_BYTES: usize =
    3 * (size_of::<ResourceParts<'_>>() + size_of::<usize>()) + size_of::<Resource>();
const ORIGIN_BYTES: usize = 3
    * (size_of::<OriginParts<'_>>() + size_of::<Result<Arc<HashedOrigin>, Problem>>())
    + size_of::<HashedOrigin>()
    + size_of::<Origin>();

/// A resource, looked at once however many scopes it has.
pub(super) struct Resource {
    /// Tells the different resources of a request apart.
    pub(super) number: usize,
    checked: Result<CheckedResource, Problem>,
}

struct CheckedResource {
    resource: Bytes,
    schema_url: ByteString,
    hash: blake3::Hash,
    flags: Flags,
}

/// A resource and its schema URL, as sent.
pub(super) type ResourceParts<'b> = (Cow<'b, [u8]>, &'b [u8]);

/// The encoded parts that make an origin, as sent.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct OriginParts<'b> {
    pub(super) resource: usize,
    pub(super) scope: Cow<'b, [u8]>,
    pub(super) scope_schema_url: &'b [u8],
}

/// The resources and origins of a request so far.
pub(super) struct Origins<'b> {
    body: &'b Bytes,
    checker: Checker<'b>,
    meter: Meter,
    resources: RapidHashMap<ResourceParts<'b>, Arc<Resource>>,
    origins: RapidHashMap<OriginParts<'b>, Result<Arc<HashedOrigin>, Problem>>,
    /// The bytes of all different origins so far.
    origin_bytes: usize,
}

impl<'b> Origins<'b> {
    pub(super) fn new(body: &'b Bytes) -> Self {
        Self {
            body,
            checker: Checker::default(),
            meter: Meter::default(),
            resources: RapidHashMap::new(),
            origins: RapidHashMap::new(),
            origin_bytes: 0,
        }
    }

    /// The resource; `None` where there is no room for it.
    pub(super) fn resource(
        &mut self,
        parts: ResourceParts<'b>,
        room: &mut dyn Room,
    ) -> Option<Arc<Resource>> {
        if let Some(known) = self.resources.get(&parts) {
            return Some(Arc::clone(known));
        }
        if !self.meter.take(RESOURCE_BYTES + owned_bytes(&parts.0), room) {
            return None;
        }
        let checked = self.check_resource(&parts);
        let resource = Arc::new(Resource { number: self.resources.len(), checked });
        self.resources.insert(parts, Arc::clone(&resource));
        Some(resource)
    }

    fn check_resource(&mut self, (bytes, url): &ResourceParts<'b>) -> Result<CheckedResource, Problem> {
        let mut flags = Flags::default();
        let resource = self.origin_part(Message::Resource, bytes, &mut flags)?;
        let schema_url = self.schema_url(url, &mut flags)?;
        let hash = hash([bytes, url]);
        Ok(CheckedResource { resource, schema_url, hash, flags })
    }

    /// The origin; `None` where there is no room for it.
    pub(super) fn origin(
        &mut self,
        resource: &Resource,
        parts: OriginParts<'b>,
        room: &mut dyn Room,
    ) -> Option<Result<Arc<HashedOrigin>, Problem>> {
        if let Some(known) = self.origins.get(&parts) {
            return Some(known.clone());
        }
        if !self.meter.take(ORIGIN_BYTES + owned_bytes(&parts.scope), room) {
            return None;
        }
        let made = match &resource.checked {
            Ok(resource) => self.make_origin(resource, &parts),
            Err(problem) => Err(problem.clone()),
        };
        self.origins.insert(parts, made.clone());
        Some(made)
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

/// What a part takes that is no slice of the request, and its copy that is kept.
#[expect(clippy::ptr_arg, reason = "whether the part is borrowed is what is asked")]
fn owned_bytes(part: &Cow<'_, [u8]>) -> usize {
    match part {
        Cow::Borrowed(_) => 0,
        Cow::Owned(bytes) => 2 * bytes.len(),
    }
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
