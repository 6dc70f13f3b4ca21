//! Files of events, turned back into log records: lines of JSON as steplog's export writes them (`ndjson` and
//! `otlp-json`) and as the file exporter of a Collector does.
//!
//! An event keeps its id, its time and its flags. Most records are the same event wherever they are received. Of the
//! others it is stated what they do not tell, in attributes that a receiver takes off again
//! ([`steplog_model::record::exported`]). So what is imported equals what was exported.

pub mod batch;
pub mod input;
pub mod line;
