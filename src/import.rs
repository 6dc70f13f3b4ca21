//! Files of events, turned back into log records: lines of JSON as steplog's export writes them (`ndjson` and
//! `otlp-json`) and as the file exporter of a Collector does.
//!
//! An event keeps its id. Most ids are a hash of the record, so the same record has the same id again; where it would
//! not, the record gets the id as its `log.record.uid`. Where an export wrote that attribute and the record has the id
//! without it, the attribute is taken out again. So what is imported equals what was exported.

pub mod batch;
pub mod input;
pub mod line;
