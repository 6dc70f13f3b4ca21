//! The API over the scanning store: shapes, problems, paging, limits.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod asking;
mod cases;
mod catalog;
mod description;
mod elsewhere;
mod export;
mod fairness;
mod files;
mod hints;
mod hotspots;
mod interactions;
mod limits;
mod near;
mod near_ids;
mod near_keys;
mod paging;
mod problems;
mod shapes;
mod shown;
mod slow_store;
mod sockets;
mod support;
mod tail;
mod talk;
mod tenants;
mod views;
