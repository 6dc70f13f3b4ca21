//! Asking: the HTTP API, its grammar, and the page.
//!
//! [`params`] and [`text`] turn what somebody asks for into a [`steplog_model::query::Query`]; the
//! command line uses them as well. [`router`] answers over HTTP, [`bind`] puts that on a port.

mod answers;
mod catalog;
pub mod columns;
pub mod config;
pub mod cursor;
mod drawn;
mod export;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod hotspots;
mod interaction;
pub mod links;
mod local;
pub mod nearest;
mod openapi;
pub mod pairs;
pub mod params;
pub mod problem;
mod questions;
mod record;
mod routes;
mod row;
mod server;
mod shown;
mod snippet;
mod steps;
mod tail;
mod tenants;
pub mod text;
mod turns;
mod views;
pub mod vocabulary;
mod why;
pub mod zone;

pub use config::QuerySettings;
pub use local::Local;
pub use routes::{ApiContext, Receivers, router, router_with};
pub use server::{BindError, Server, bind, bind_with};
pub use tenants::SenderWords;
