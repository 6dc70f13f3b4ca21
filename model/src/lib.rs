//! The words of steplog, as types: an [`Event`](event::Event) and its [`Column`](column::Column)s,
//! questions to a store and what they mean, and the contract of a store. No input or output.
//!
//! | Word | Means |
//! |---|---|
//! | event | one stored step of an automation |
//! | interaction | all events that share an interaction id: one customer's way from start to end |
//! | log record | the OTLP message on the wire, before decoding |
//! | column | a fixed field of an event that the page shows and filters |
//! | attributes, resource, scope | OpenTelemetry's own senses |
//! | context | where a step occurred: journey, chatbot, AI agent, conversation, message; an open set |
//! | rejected | refused for good and counted in the reply |
//! | retry | not taken now, worth sending again |
//! | append, sync, acknowledge | written to the record log; fsynced; confirmed to the client, only after sync |
//! | seq | an event's arrival number, never reused |
//! | commit | Tantivy's: makes events searchable |
//! | checkpoint | the highest seq that is safe in a committed index |
//! | partition | one UTC day of event time of one tenant |
//! | cursor | a client's place in a time-sorted result |

pub mod asker;
pub mod catalogue;
pub mod column;
pub mod content;
pub mod counted;
pub mod event;
pub mod ids;
pub mod limits;
pub mod query;
pub mod random;
pub mod record;
pub mod settings;
pub mod sketch;
pub mod status;
pub mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod text;
pub mod time;
pub mod views;
