//! Events for tests, built step by step, with a record that says the same as the columns.

use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;

use crate::column::Column;
use crate::event::{Cell, Event, Flags, Origin, TimeSource};
use crate::ids::EventId;
use crate::record::LogRecordRef;
use crate::record::value::put_string_attribute;
use crate::record::wire::{put_bytes_field, put_fixed64_field, put_message_field};
use crate::time::UnixNanos;

/// Builds one event.
#[derive(Clone, Debug)]
pub struct EventBuilder {
    event: Event,
    record: Vec<u8>,
}

impl EventBuilder {
    /// An event with this id and time, received a millisecond later, without columns.
    #[must_use]
    pub fn new(id: u128, time: UnixNanos) -> Self {
        let mut record = Vec::new();
        put_fixed64_field(&mut record, 1, u64::try_from(time.0).unwrap_or(0));
        let event = Event {
            id: EventId(id),
            time,
            time_source: TimeSource::Record,
            received: time.saturating_add(1_000_000),
            flags: Flags::default(),
            has_exported_id: false,
            duration_nanos: None,
            cells: Vec::new(),
            origin: Arc::new(origin("shop")),
            record: Bytes::new(),
        };
        Self { event, record }
    }

    /// Fills a column, as if the sender had stated it.
    #[must_use]
    pub fn cell(self, column: Column, value: &str) -> Self {
        self.put(column, value, None)
    }

    /// Fills a column by a mapping rule.
    #[must_use]
    pub fn derived(self, column: Column, value: &str, rule: &str) -> Self {
        self.put(column, value, Some(Arc::from(rule)))
    }

    fn put(mut self, column: Column, value: &str, rule: Option<Arc<str>>) -> Self {
        self.event.cells.retain(|cell| cell.column != column);
        self.event.cells.push(Cell { column, value: ByteString::from(value), rule });
        self
    }

    /// Adds an attribute to the record.
    #[must_use]
    pub fn attribute(mut self, key: &str, value: &str) -> Self {
        put_string_attribute(&mut self.record, LogRecordRef::ATTRIBUTES, key, value);
        self
    }

    /// Sets the record's body to a text.
    #[must_use]
    pub fn body(mut self, text: &str) -> Self {
        put_message_field(&mut self.record, 5, |out| put_bytes_field(out, 1, text.as_bytes()));
        self
    }

    /// Appends encoded fields to the record.
    #[must_use]
    pub fn record_bytes(mut self, fields: &[u8]) -> Self {
        self.record.extend_from_slice(fields);
        self
    }

    /// Sets how long the step took.
    #[must_use]
    pub const fn duration_nanos(mut self, nanos: u64) -> Self {
        self.event.duration_nanos = Some(nanos);
        self
    }

    /// Adds a flag.
    #[must_use]
    pub fn flag(mut self, flag: Flags) -> Self {
        self.event.flags.insert(flag);
        self
    }

    /// Sets resource and scope.
    #[must_use]
    pub fn origin(mut self, origin: Arc<Origin>) -> Self {
        self.event.origin = origin;
        self
    }

    /// The event.
    #[must_use]
    pub fn build(self) -> Event {
        let mut event = self.event;
        event.cells.sort_by_key(|cell| cell.column);
        event.record = Bytes::from(self.record);
        event
    }
}

/// The origin of a service: a resource with its name, a scope `steplog-tests` 1.
#[must_use]
pub fn origin(service: &str) -> Origin {
    let mut resource = Vec::new();
    put_string_attribute(&mut resource, 1, "service.name", service);
    let mut scope = Vec::new();
    put_bytes_field(&mut scope, 1, b"steplog-tests");
    put_bytes_field(&mut scope, 2, b"1");
    Origin { resource: Bytes::from(resource), scope: Bytes::from(scope), ..Origin::default() }
}
