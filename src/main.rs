//! steplog
fn main() {}
