//! What the servers of steplog have in common: the addresses they listen on, the names they are called by, who calls
//! and who asks, how much each of them may hold, what is refused, what a connection begins with, and what becomes of a panic. Nothing here knows of
//! events.

pub mod address;
mod auth;
mod client;
pub mod hosts;
mod opening;
pub mod panics;
mod refusals;
mod room;

pub use auth::asker;
pub use client::Client;
pub use hosts::Names;
pub use opening::{Opened, Opening};
pub use refusals::Refusals;
pub use room::{Charge, Room};
