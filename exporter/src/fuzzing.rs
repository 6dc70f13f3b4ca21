//! The decompression of bodies, for whoever tries it with bytes of all kinds.

use bytes::Bytes;
use steplog_net::{Client, Room};

use crate::body::inflate::inflate;
use crate::wire::encoding::Encoding;

/// The most bytes that a body becomes here.
pub const MAX_BYTES: usize = 1 << 20;

/// What a body is in each compression in which it is one.
#[must_use]
pub fn inflate_all(body: &[u8]) -> Vec<Bytes> {
    let body = Bytes::copy_from_slice(body);
    let all = [
        Encoding::Identity,
        Encoding::Gzip,
        Encoding::Zstd,
        Encoding::Zlib,
        Encoding::Snappy,
        Encoding::SnappyFramed,
        Encoding::Lz4,
    ];
    let room = Room::new(2 * MAX_BYTES, 2 * MAX_BYTES, metrics::Gauge::noop());
    let one = |encoding| {
        let mut charge = room.take(Client::default(), 0, 0)?;
        let inflated = inflate(&body, encoding, MAX_BYTES, &mut charge).ok();
        if let Some(bytes) = inflated.as_ref().filter(|_| encoding != Encoding::Identity && !body.is_empty())
        {
            assert_eq!(charge.units(), bytes.len(), "{encoding:?}");
        }
        drop(charge);
        assert_eq!(room.used(), 0, "{encoding:?}");
        inflated
    };
    all.into_iter().filter_map(one).collect()
}
