//! Why a frame cannot be understood.

/// Why bytes whose checksum is right are no frame: written by a newer program, or by a faulty one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not understood: {0}; was it written by a newer steplog?")]
pub(crate) struct DecodeError(pub(super) &'static str);
