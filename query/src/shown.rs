//! Values that JSON has as texts.

use serde::ser::{Serialize, Serializer};

/// A text made while it is written.
#[derive(Debug)]
pub(crate) struct Shown<T>(pub(crate) T);

impl<T: std::fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Writes a field as its text, for `serialize_with`.
pub(crate) fn shown<T: std::fmt::Display, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    Shown(value).serialize(serializer)
}
