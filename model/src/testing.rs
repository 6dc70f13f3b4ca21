//! What tests of all crates share: events built by hand, a store that scans, the contract of stores.

pub mod arbitrary;
pub mod build;
pub mod contract;
mod delegate;
pub mod scan_store;
