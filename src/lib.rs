//! steplog, put together: settings, the running application, the command line; and the sender of realistic events.
//!
//! The binary is [`cli::main`] and nothing else; tests and benchmarks use the same parts.

pub mod app;
pub mod bench;
pub mod cli;
pub mod config;
pub mod generate;
pub mod import;
pub mod otlp_client;
