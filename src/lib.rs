//! steplog, put together: settings, the running application, the command line.
//!
//! The binary is [`cli::main`] and nothing else; tests and benchmarks use the same parts.

pub mod app;
pub mod cli;
pub mod config;
mod durable;
pub mod import;
