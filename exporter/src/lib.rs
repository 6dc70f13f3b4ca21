//! OTLP in: receivers for gRPC and HTTP, decoding, mapping to columns, replies.

pub mod decode;
pub mod map;
