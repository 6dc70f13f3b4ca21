//! Realistic interactions, seeded, sent over real OTLP: for trying steplog out, for the demo, tests and benchmarks.
//!
//! A [`stream::Stream`] makes batches out of a [`stream::Plan`]; [`load::run`] sends them over many connections
//! and tells what became of them. Equal plans give equal events; only live times differ.

mod encode;
pub mod level;
pub mod load;
mod scene;
mod scenes;
mod story;
pub mod stream;
mod words;

pub use story::{EventKey, Group, Outline};
