//! OTLP in: receivers for gRPC and HTTP, decoding, mapping to columns, replies.
//!
//! ```text
//! grpc ─┐
//!       ├─ body (read, inflate) ─ decode ─ map ─ EventStore::ingest ─ reply
//! http ─┘
//! ```
//!
//! [`bind`] binds both ports, [`Receiver::run`] serves them until shutdown. A request is answered with success only
//! once its events are durable.
//!
//! Two features are for services: `emit` has typed calls for what an automation does, over any OpenTelemetry
//! logger; `sdk` has an exporter of the OpenTelemetry SDK that keeps events in a store of the same process.
//! Without the feature `receiver` (on by default) no server is built.

pub mod decode;
#[cfg(feature = "emit")]
pub mod emit;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod map;

#[cfg(feature = "receiver")]
mod body;
#[cfg(feature = "receiver")]
mod config;
#[cfg(feature = "receiver")]
mod cors;
#[cfg(feature = "receiver")]
mod edge;
#[cfg(feature = "receiver")]
mod grpc;
#[cfg(feature = "receiver")]
mod http;
#[cfg(feature = "receiver")]
mod in_flight;
#[cfg(feature = "receiver")]
mod meter;
#[cfg(feature = "receiver")]
mod receiver;
#[cfg(feature = "receiver")]
mod reply;
#[cfg(feature = "sdk")]
pub mod sdk;
#[cfg(feature = "receiver")]
mod serve;
#[cfg(feature = "receiver")]
mod submit;
#[cfg(feature = "receiver")]
mod wire;

#[cfg(feature = "receiver")]
pub use config::ReceiverSettings;
#[cfg(feature = "receiver")]
pub use receiver::{BindError, Receiver, bind};
