//! Codecs: how the bytes of a frame are compressed. A further one is a variant here, and its number in [`super::tag`].

use std::cell::RefCell;
use std::io;

use bytes::Bytes;
use zstd::zstd_safe::{self, CCtx, DCtx};

use crate::log::dictionary::Dictionary;

/// How bytes are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    /// zstd, with a dictionary or without.
    Zstd,
    /// As they are. It is read, so that a later program may write it, and written by tests alone.
    Uncompressed,
}

thread_local! {
    // Contexts are large; a thread keeps its own.
    static DECOMPRESSOR: RefCell<Option<DCtx<'static>>> = const { RefCell::new(None) };
}

impl Codec {
    /// The `plain_bytes` of a payload.
    pub(super) fn decompress(
        self,
        payload: &[u8],
        plain_bytes: usize,
        dictionary: Option<&Dictionary>,
    ) -> io::Result<Bytes> {
        let plain = match self {
            Self::Zstd => unzstd(payload, plain_bytes, dictionary)?,
            Self::Uncompressed => Bytes::copy_from_slice(payload),
        };
        if plain.len() == plain_bytes {
            Ok(plain)
        } else {
            let problem = "a payload of another length than its header says";
            Err(io::Error::new(io::ErrorKind::InvalidData, problem))
        }
    }
}

/// At most `plain_bytes` of a payload. A payload that is none is `InvalidData`; a lack of memory is not, since the frame
/// may be whole.
fn unzstd(payload: &[u8], plain_bytes: usize, dictionary: Option<&Dictionary>) -> io::Result<Bytes> {
    let mut plain = Vec::new();
    plain.try_reserve_exact(plain_bytes).map_err(|_| io::ErrorKind::OutOfMemory)?;
    DECOMPRESSOR.with_borrow_mut(|context| {
        if context.is_none() {
            *context = DCtx::try_create();
        }
        let context = context.as_mut().ok_or(io::ErrorKind::OutOfMemory)?;
        let result = match dictionary {
            Some(dictionary) => {
                context.decompress_using_ddict(&mut plain, payload, dictionary.decoder.as_ddict())
            }
            None => context.decompress(&mut plain, payload),
        };
        result.map_err(|code| io::Error::new(io::ErrorKind::InvalidData, zstd_safe::get_error_name(code)))
    })?;
    Ok(Bytes::from(plain))
}

/// Compresses frames.
pub(crate) struct Compressor {
    codec: Codec,
    context: CCtx<'static>,
    level: i32,
}

impl std::fmt::Debug for Compressor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Compressor({})", self.level)
    }
}

impl Compressor {
    pub(crate) fn new(level: i32) -> io::Result<Self> {
        let context = CCtx::try_create().ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { codec: Codec::Zstd, context, level })
    }

    /// Leaves bytes as they are.
    #[cfg(test)]
    pub(super) fn uncompressed() -> io::Result<Self> {
        Ok(Self { codec: Codec::Uncompressed, ..Self::new(1)? })
    }

    /// What it compresses with.
    pub(super) fn codec(&self) -> Codec {
        self.codec
    }

    /// Appends the compressed bytes to `output`.
    pub(super) fn compress(
        &mut self,
        plain: &[u8],
        dictionary: Option<&Dictionary>,
        output: &mut Vec<u8>,
    ) -> io::Result<()> {
        match self.codec {
            Codec::Zstd => self.zstd(plain, dictionary, output),
            Codec::Uncompressed => {
                output.extend_from_slice(plain);
                Ok(())
            }
        }
    }

    fn zstd(
        &mut self,
        plain: &[u8],
        dictionary: Option<&Dictionary>,
        output: &mut Vec<u8>,
    ) -> io::Result<()> {
        let start = output.len();
        output.resize(start + zstd_safe::compress_bound(plain.len()), 0);
        let target = output.get_mut(start..).unwrap_or_default();
        let result = match dictionary {
            Some(dictionary) => {
                self.context.compress_using_cdict(target, plain, dictionary.encoder()?.as_cdict())
            }
            None => self.context.compress(target, plain, self.level),
        };
        let written = result.map_err(|code| io::Error::other(zstd_safe::get_error_name(code)))?;
        output.truncate(start + written);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_memory_is_no_damage() {
        let mut payload = Vec::new();
        Compressor::new(1).unwrap().compress(b"events", None, &mut payload).unwrap();
        assert_eq!(Codec::Zstd.decompress(&payload, 6, None).unwrap(), "events");
        let kind = |payload: &[u8], plain_bytes| {
            Codec::Zstd.decompress(payload, plain_bytes, None).unwrap_err().kind()
        };
        // More than can be had, as a machine without memory answers.
        assert_eq!(kind(&payload, usize::MAX), io::ErrorKind::OutOfMemory);
        for (damaged, plain_bytes) in [(&payload[1..], 6), (&payload[..], 5), (&payload[..], 7)] {
            assert_eq!(kind(damaged, plain_bytes), io::ErrorKind::InvalidData);
        }
    }
}
