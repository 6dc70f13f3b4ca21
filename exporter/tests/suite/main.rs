//! OTLP conformance, driven through real sockets: what a sender sees and what reaches the store.

mod abuse;
mod compression;
mod data_model;
mod grpc;
mod health;
mod hostile;
mod http;
mod json;
mod lifecycle;
mod metrics;
mod retry;
mod semantics;
mod support;
