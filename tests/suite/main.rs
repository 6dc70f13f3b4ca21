//! Drives the real program from outside: what is sent over OTLP, killed, stopped, set wrongly or made to hurt
//! is looked at through its ports, its exit code and its words alone.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests fail the test and tell why"
)]

mod bench;
mod carried;
mod circles;
mod command_line;
mod crash;
mod demo;
mod documents;
mod fixtures;
mod folders;
mod hostile;
mod imported_again;
mod mistakes;
mod monitoring;
mod refusals;
mod round_trip;
mod rust_sdk;
mod settings;
mod stop;
mod store_check;
mod supply;
mod support;
mod tidy;
mod wire_to_row;
