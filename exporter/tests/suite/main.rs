//! OTLP conformance, driven through real sockets: what a sender sees and what reaches the store.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail the test")]

mod abuse;
mod cases;
mod compression;
mod data_model;
mod edge;
mod fairness;
mod grpc;
mod health;
mod hostile;
mod http;
mod json;
mod lifecycle;
mod metrics;
mod price;
mod receipt;
mod retry;
mod semantics;
mod signals;
mod support;
mod traces;
