//! What feeds and measures steplog, beside the product: realistic events, a sender of OTLP requests, the benchmark.
//!
//! `steplog generate` and `steplog serve --demo` send with it; the program `steplog-bench` measures.

pub mod arguments;
pub mod bench;
pub mod generate;
pub mod otlp_client;
