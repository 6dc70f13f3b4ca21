//! Where it goes wrong, as the answer tells it: objects, their versions, their elements, and two versions compared.

mod firsts;
mod onset;
mod stats;
mod tree;

pub(crate) use tree::{Answer, Tree};
