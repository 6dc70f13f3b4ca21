//! Compressing bodies as senders do.

use std::io::Write as _;

/// The compressions of OTLP over HTTP, by their names there.
pub(crate) const HTTP_NAMES: [&str; 8] =
    ["identity", "gzip", "zstd", "deflate", "zlib", "snappy", "x-snappy-framed", "lz4"];

/// Compresses as `Content-Encoding` names it.
pub(crate) fn compress(name: &str, plain: &[u8]) -> Vec<u8> {
    let level = flate2::Compression::default();
    match name {
        "identity" => plain.to_vec(),
        "gzip" => {
            let mut writer = flate2::write::GzEncoder::new(Vec::new(), level);
            writer.write_all(plain).unwrap();
            writer.finish().unwrap()
        }
        "zstd" => zstd::encode_all(plain, 3).unwrap(),
        "deflate" | "zlib" => {
            let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), level);
            writer.write_all(plain).unwrap();
            writer.finish().unwrap()
        }
        "snappy" => snap::raw::Encoder::new().compress_vec(plain).unwrap(),
        "x-snappy-framed" => {
            let mut writer = snap::write::FrameEncoder::new(Vec::new());
            writer.write_all(plain).unwrap();
            writer.into_inner().unwrap()
        }
        "lz4" => {
            let mut writer = lz4_flex::frame::FrameEncoder::new(Vec::new());
            writer.write_all(plain).unwrap();
            writer.finish().unwrap()
        }
        other => panic!("no compression {other}"),
    }
}

/// A gzip body of one member that inflates to `chunks` times 16 MiB of zeros and never reaches its
/// end: made of one deflated piece, repeated.
pub(crate) fn gzip_bomb(chunks: usize) -> Vec<u8> {
    let mut deflate = flate2::Compress::new(flate2::Compression::best(), false);
    let zeros = vec![0; 16 << 20];
    let mut piece = vec![0; 1 << 20];
    // A full flush ends at a byte and refers to nothing before it, so the piece can be repeated.
    let mut read = 0;
    while deflate.total_in() < zeros.len() as u64 {
        let written = deflate.total_out() as usize;
        deflate.compress(&zeros[read..], &mut piece[written..], flate2::FlushCompress::None).unwrap();
        read = deflate.total_in() as usize;
    }
    let written = deflate.total_out() as usize;
    deflate.compress(&[], &mut piece[written..], flate2::FlushCompress::Full).unwrap();
    piece.truncate(deflate.total_out() as usize);
    let header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    [&header[..], &piece.repeat(chunks)].concat()
}
