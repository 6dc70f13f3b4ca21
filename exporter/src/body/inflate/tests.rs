use std::io::Write as _;

use proptest::prelude::*;

use super::*;
use steplog_net::{Client, Room};

const COMPRESSED: [Encoding; 6] =
    [Encoding::Gzip, Encoding::Zstd, Encoding::Zlib, Encoding::Snappy, Encoding::SnappyFramed, Encoding::Lz4];

fn deflate(plain: &[u8], encoding: Encoding) -> Vec<u8> {
    let level = flate2::Compression::default();
    match encoding {
        Encoding::Identity => plain.to_vec(),
        Encoding::Gzip => {
            let mut writer = flate2::write::GzEncoder::new(Vec::new(), level);
            writer.write_all(plain).unwrap();
            writer.finish().unwrap()
        }
        Encoding::Zlib => {
            let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), level);
            writer.write_all(plain).unwrap();
            writer.finish().unwrap()
        }
        Encoding::Zstd => zstd::encode_all(plain, 3).unwrap(),
        Encoding::Snappy => snap::raw::Encoder::new().compress_vec(plain).unwrap(),
        Encoding::SnappyFramed => {
            let mut writer = snap::write::FrameEncoder::new(Vec::new());
            writer.write_all(plain).unwrap();
            writer.into_inner().unwrap()
        }
        Encoding::Lz4 => {
            let mut writer = lz4_flex::frame::FrameEncoder::new(Vec::new());
            writer.write_all(plain).unwrap();
            writer.finish().unwrap()
        }
    }
}

/// Inflates with room for `room` bytes; what is charged afterwards must be the output's size.
fn inflate_in(body: &[u8], encoding: Encoding, limit: usize, room: usize) -> Result<Bytes, InflateError> {
    const HEAD: usize = 100;
    let room = Room::new(HEAD + room, HEAD + room, metrics::Gauge::noop());
    let mut charge = room.take(Client::default(), HEAD, 0).unwrap();
    let result = inflate(&Bytes::copy_from_slice(body), encoding, limit, &mut charge);
    if let Ok(bytes) = &result
        && encoding != Encoding::Identity
        && !body.is_empty()
    {
        assert_eq!(charge.units(), HEAD + bytes.len());
    }
    if result.is_err() {
        assert_eq!(charge.units(), HEAD, "all is given back");
    }
    result
}

#[test]
fn the_limit_is_exact() {
    let plain: Vec<u8> = (0..100_000_u32).flat_map(|n| (n / 7).to_le_bytes()).collect();
    for encoding in COMPRESSED {
        let body = deflate(&plain, encoding);
        let whole = inflate_in(&body, encoding, plain.len(), 1 << 20).unwrap();
        assert!(whole == plain, "{encoding:?}");
        let over = inflate_in(&body, encoding, plain.len() - 1, 1 << 20);
        assert!(matches!(over, Err(InflateError::TooLarge)), "{encoding:?}: {over:?}");
        let busy = inflate_in(&body, encoding, plain.len(), plain.len() - 1);
        assert!(matches!(busy, Err(InflateError::NoRoom)), "{encoding:?}: {busy:?}");
    }
    assert!(matches!(inflate_in(&[0; 9], Encoding::Identity, 8, 0), Err(InflateError::TooLarge)));
}

#[test]
fn nothing_is_nothing_in_every_encoding() {
    for encoding in COMPRESSED {
        assert_eq!(inflate_in(&[], encoding, 10, 0).unwrap(), "");
        assert_eq!(inflate_in(&deflate(&[], encoding), encoding, 10, 100).unwrap(), "", "{encoding:?}");
    }
}

#[test]
fn a_cut_body_is_malformed() {
    let plain: Vec<u8> = (0..50_000_u32).flat_map(|n| n.wrapping_mul(0x9e37_79b9).to_le_bytes()).collect();
    for encoding in COMPRESSED {
        let body = deflate(&plain, encoding);
        // The framing format of snappy has no end: a cut between two chunks cannot be told.
        let cuts: Vec<usize> = match encoding {
            Encoding::SnappyFramed => vec![1, 11, body.len() - 1],
            _ => (0..200).map(|n| 1 + n * (body.len() - 2) / 199).chain([body.len() - 4]).collect(),
        };
        for cut in cuts {
            let result = inflate_in(&body[..cut], encoding, 1 << 20, 4 << 20);
            assert!(matches!(result, Err(InflateError::Malformed(_))), "{encoding:?} cut at {cut}");
        }
    }
}

#[test]
fn lz4_cut_between_blocks_is_malformed() {
    let info = lz4_flex::frame::FrameInfo::new().block_size(lz4_flex::frame::BlockSize::Max64KB);
    let mut writer = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    let plain: Vec<u8> = (0..50_000_u32).flat_map(|n| n.wrapping_mul(0x9e37_79b9).to_le_bytes()).collect();
    writer.write_all(&plain).unwrap();
    let body = writer.finish().unwrap();
    // A header of 7 bytes, then blocks of a length (the top bit says "not compressed") and data.
    let mut place = 7;
    while place < body.len() - 4 {
        let result = inflate_in(&body[..place], Encoding::Lz4, 1 << 20, 4 << 20);
        assert!(matches!(result, Err(InflateError::Malformed(_))), "cut at {place}");
        let length = u32::from_le_bytes(body[place..place + 4].try_into().unwrap()) & 0x7fff_ffff;
        place += 4 + length as usize;
    }
    assert_eq!(place, body.len() - 4, "the blocks were walked to the end mark");
}

#[test]
fn further_members_and_frames_are_read() {
    for encoding in [Encoding::Gzip, Encoding::Zstd, Encoding::Lz4, Encoding::SnappyFramed] {
        let body = [deflate(b"one ", encoding), deflate(b"two", encoding)].concat();
        assert_eq!(inflate_in(&body, encoding, 100, 100).unwrap(), "one two", "{encoding:?}");
    }
}

#[test]
fn zeros_behind_gzip_are_padding() {
    let members = [deflate(b"one ", Encoding::Gzip), deflate(b"two", Encoding::Gzip)].concat();
    for zeros in [1, 8, 10_000] {
        let padded = [&members[..], &vec![0; zeros]].concat();
        assert_eq!(inflate_in(&padded, Encoding::Gzip, 100, 100).unwrap(), "one two", "{zeros}");
        let behind = [&padded[..], b"x"].concat();
        assert!(matches!(inflate_in(&behind, Encoding::Gzip, 100, 100), Err(InflateError::Malformed(_))));
    }
    assert!(matches!(inflate_in(&[0; 20], Encoding::Gzip, 100, 100), Err(InflateError::Malformed(_))));
}

#[test]
fn bytes_after_the_end_are_malformed() {
    for encoding in COMPRESSED {
        let mut body = deflate(b"something to say", encoding);
        body.extend_from_slice(b"garbage!");
        let result = inflate_in(&body, encoding, 100, 100);
        assert!(matches!(result, Err(InflateError::Malformed(_))), "{encoding:?}: {result:?}");
    }
}

#[test]
fn snappy_under_its_plain_name_may_be_framed() {
    let body = deflate(b"framed", Encoding::SnappyFramed);
    assert_eq!(inflate_in(&body, Encoding::Snappy, 100, 100).unwrap(), "framed");
}

/// A zstd frame of `plain` that does not say its length, with a window of so many bytes as a power of two.
fn zstd_in_window(plain: &[u8], window_log: u32) -> Vec<u8> {
    let mut writer = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    writer.window_log(window_log).unwrap();
    writer.write_all(plain).unwrap();
    writer.finish().unwrap()
}

#[test]
fn a_zstd_window_has_a_bound() {
    let taken = inflate_in(&zstd_in_window(b"something to say", 23), Encoding::Zstd, 100, 100).unwrap();
    assert_eq!(taken, "something to say");
    for window_log in [24, 27] {
        let beyond = zstd_in_window(b"something to say", window_log);
        // Behind a frame that is fine, too.
        for body in [beyond.clone(), [deflate(b"one", Encoding::Zstd), beyond].concat()] {
            let result = inflate_in(&body, Encoding::Zstd, 100, 100);
            let Err(InflateError::Malformed(told)) = result else { panic!("{result:?}") };
            assert!(told.contains("window of more than 8 MiB"), "{told}");
        }
    }
    // The strongest of the ordinary levels stays within it.
    let strongest = zstd::encode_all(&b"something to say"[..], 19).unwrap();
    assert_eq!(inflate_in(&strongest, Encoding::Zstd, 100, 100).unwrap(), "something to say");
}

#[test]
fn a_claimed_length_reserves_nothing() {
    // A block that says it holds 4 GiB in five bytes.
    let result = inflate_in(&[0xff, 0xff, 0xff, 0xff, 0x0f], Encoding::Snappy, 64 << 20, 0);
    assert!(matches!(result, Err(InflateError::Malformed(_))), "{result:?}");
}

proptest! {
    #[test]
    fn what_is_deflated_comes_back(plain in proptest::collection::vec(any::<u8>(), 0..5_000)) {
        for encoding in COMPRESSED {
            let back = inflate_in(&deflate(&plain, encoding), encoding, plain.len(), 64 << 10).unwrap();
            prop_assert_eq!(&back[..], &plain[..]);
        }
    }

    #[test]
    fn hostile_bytes_end(noise in proptest::collection::vec(any::<u8>(), 1..300), place in 0_usize..300) {
        for encoding in COMPRESSED {
            let _ = inflate_in(&noise, encoding, 1 << 16, 1 << 16);
            let mut body = deflate(&[7; 3_000], encoding);
            let place = place % body.len();
            body[place] ^= noise[0];
            let _ = inflate_in(&body, encoding, 1 << 16, 1 << 17);
        }
    }
}
