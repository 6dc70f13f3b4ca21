//! Decompressing a body within a bound: what would grow beyond it is stopped there.

use std::io::{self, Read};

use bytes::Bytes;
use steplog_net::Charge;
use zstd::zstd_safe;
use zstd::zstd_safe::zstd_sys::ZSTD_ErrorCode;

use crate::wire::encoding::Encoding;

/// The first bytes of a stream in snappy's framing format.
const SNAPPY_STREAM: &[u8] = b"\xff\x06\x00\x00sNaPpY";
/// The most that snappy's block format can grow: a copy of 64 bytes takes 3.
const SNAPPY_MOST_GROWTH: usize = 22;
/// The most bytes that the output grows by at once.
const STEP_BYTES: usize = 1 << 20;

/// The largest window of a zstd frame, the one that RFC 8878 asks of decoders: 8 MiB. It is held beside what is charged,
/// by as many requests at once as there are threads. Levels up to 19 need no more.
const ZSTD_WINDOW_LOG: u32 = 23;

/// An output larger than this is moved once at most: room for all that the limit allows is reserved.
const MOST_MOVED_BYTES: usize = 4 << 20;

/// Why a body could not be decompressed.
#[derive(Debug)]
pub(crate) enum InflateError {
    /// It is larger than the bound.
    TooLarge,
    /// There is no room for it now.
    NoRoom,
    /// It is not what its header says; the text says how.
    Malformed(String),
}

/// Decompresses `body` to at most `limit` bytes, charging them as they come.
pub(crate) fn inflate(
    body: &Bytes,
    encoding: Encoding,
    limit: usize,
    charge: &mut Charge,
) -> Result<Bytes, InflateError> {
    if body.is_empty() || encoding == Encoding::Identity {
        return if body.len() > limit { Err(InflateError::TooLarge) } else { Ok(body.clone()) };
    }
    let mut output = Output { bytes: Vec::new(), filled: 0, limit, charge };
    let read = output.read(body, encoding);
    if read.is_err() {
        output.filled = 0;
    }
    let inflated = output.finish();
    read.map(|()| inflated)
}

/// What zstd says of a frame with a larger window. Its reader hands on no codes of errors, only their texts.
fn zstd_window_too_large() -> &'static str {
    let kind = ZSTD_ErrorCode::ZSTD_error_frameParameter_windowTooLarge;
    // A code is the negated number of its kind.
    zstd_safe::get_error_name((kind as usize).wrapping_neg())
}

fn zstd_reader(input: &[u8]) -> io::Result<zstd::stream::read::Decoder<'static, &[u8]>> {
    let mut reader = zstd::stream::read::Decoder::with_buffer(input)?;
    reader.window_log_max(ZSTD_WINDOW_LOG)?;
    Ok(reader)
}

fn malformed(name: &str, error: &dyn std::fmt::Display) -> InflateError {
    InflateError::Malformed(format!("the body is not valid {name}: {error}"))
}

/// The decompressed bytes so far. `bytes` is longer than what is `filled`: its rest is room, charged already.
struct Output<'c> {
    bytes: Vec<u8>,
    filled: usize,
    limit: usize,
    charge: &'c mut Charge,
}

impl Output<'_> {
    fn read(&mut self, input: &[u8], encoding: Encoding) -> Result<(), InflateError> {
        let length = input.len();
        match encoding {
            Encoding::Gzip => self.read_all("gzip", length, GzipReader::new(input)),
            Encoding::Zlib => self.read_all("deflate", length, ZlibReader::new(input)),
            Encoding::Zstd => {
                let reader = zstd_reader(input).map_err(|error| malformed("zstd", &error))?;
                self.read_all("zstd", length, reader)
            }
            Encoding::Lz4 => self.read_all("lz4", length, Lz4Reader::new(input)),
            Encoding::Snappy if !input.starts_with(SNAPPY_STREAM) => self.read_snappy_block(input),
            Encoding::Snappy | Encoding::SnappyFramed => {
                self.read_all("snappy", length, snap::read::FrameDecoder::new(input))
            }
            Encoding::Identity => self.read_all("identity", length, input),
        }
    }

    /// Reads to the end; the input's length helps to guess the output's.
    fn read_all(
        &mut self,
        name: &str,
        input_bytes: usize,
        mut reader: impl Read,
    ) -> Result<(), InflateError> {
        self.make_room(input_bytes.saturating_mul(4).clamp(4 << 10, STEP_BYTES))?;
        loop {
            if self.filled == self.bytes.len() && self.filled < self.limit {
                self.make_room(self.filled.clamp(4 << 10, STEP_BYTES))?;
            }
            // At the limit one more byte is asked for: to tell an end from more.
            let mut probe = [0];
            let full = self.filled == self.limit;
            let room =
                if full { &mut probe[..] } else { self.bytes.get_mut(self.filled..).unwrap_or_default() };
            match reader.read(room) {
                Ok(0) => return Ok(()),
                Ok(_) if full => return Err(InflateError::TooLarge),
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.to_string() == zstd_window_too_large() => {
                    let told = "the body's zstd frame has a window of more than 8 MiB; compress with level 19 or less and \
                                without long-distance matching, or in smaller batches";
                    return Err(InflateError::Malformed(told.to_owned()));
                }
                Err(error) => return Err(malformed(name, &error)),
            }
        }
    }

    /// The block format says its length at the start, so it is decompressed in one go.
    fn read_snappy_block(&mut self, input: &[u8]) -> Result<(), InflateError> {
        let length = snap::raw::decompress_len(input).map_err(|e| malformed("snappy", &e))?;
        if length > input.len().saturating_mul(SNAPPY_MOST_GROWTH) {
            return Err(malformed("snappy", &"it says a length that it cannot have"));
        }
        if length > self.limit {
            return Err(InflateError::TooLarge);
        }
        self.make_room(length)?;
        let decompressed = snap::raw::Decoder::new().decompress(input, &mut self.bytes);
        self.filled = decompressed.map_err(|e| malformed("snappy", &e))?;
        Ok(())
    }

    fn make_room(&mut self, more_bytes: usize) -> Result<(), InflateError> {
        let more_bytes = more_bytes.min(self.limit - self.filled);
        if !self.charge.grow(more_bytes) {
            return Err(InflateError::NoRoom);
        }
        let length = self.bytes.len() + more_bytes;
        if length > MOST_MOVED_BYTES {
            // Growing by doubling would leave as much behind as it holds. Reserved pages cost nothing until written.
            self.bytes.reserve_exact(self.limit - self.bytes.len());
        }
        self.bytes.resize(length, 0);
        Ok(())
    }

    /// What is filled; room that was not needed is given back.
    fn finish(mut self) -> Bytes {
        self.charge.shrink(self.bytes.len() - self.filled);
        self.bytes.truncate(self.filled);
        Bytes::from(self.bytes)
    }
}

/// Like flate2's own reader of several members, but zeros behind the last one are padding, as gzip(1) has it: tapes and
/// blocks are filled up with them.
struct GzipReader<'a> {
    member: flate2::bufread::GzDecoder<&'a [u8]>,
}

impl<'a> GzipReader<'a> {
    fn new(input: &'a [u8]) -> Self {
        Self { member: flate2::bufread::GzDecoder::new(input) }
    }
}

impl Read for GzipReader<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.member.read(room)?;
            let rest = *self.member.get_ref();
            if count > 0 || rest.iter().all(|byte| *byte == 0) {
                return Ok(count);
            }
            self.member = flate2::bufread::GzDecoder::new(rest);
        }
    }
}

/// Like flate2's own reader, but a stream that ends early is an error.
struct ZlibReader<'a> {
    rest: &'a [u8],
    inflater: flate2::Decompress,
    ended: bool,
}

impl<'a> ZlibReader<'a> {
    fn new(input: &'a [u8]) -> Self {
        Self { rest: input, inflater: flate2::Decompress::new(true), ended: false }
    }
}

impl Read for ZlibReader<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        while !self.ended {
            let (read, written) = (self.inflater.total_in(), self.inflater.total_out());
            let status = self.inflater.decompress(self.rest, room, flate2::FlushDecompress::None)?;
            let read = (self.inflater.total_in() - read) as usize;
            let written = (self.inflater.total_out() - written) as usize;
            self.rest = self.rest.get(read..).unwrap_or_default();
            self.ended = status == flate2::Status::StreamEnd;
            if self.ended && !self.rest.is_empty() {
                return Err(io::Error::other("bytes follow the end of the stream"));
            }
            if written > 0 {
                return Ok(written);
            }
            if !self.ended && read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(0)
    }
}

/// Like lz4_flex's own reader, but a frame that ends early is an error, and further frames are read.
struct Lz4Reader<'a> {
    decoder: lz4_flex::frame::FrameDecoder<&'a [u8]>,
}

impl<'a> Lz4Reader<'a> {
    fn new(input: &'a [u8]) -> Self {
        Self { decoder: lz4_flex::frame::FrameDecoder::new(input) }
    }

    /// The decoder takes the end of the input between two blocks for the end of the frame, and does
    /// not tell which it was. Zeros tell: inside a frame they are its end mark, after one they are
    /// no frame's first bytes.
    fn is_between_frames(&mut self) -> bool {
        *self.decoder.get_mut() = &[0; 64];
        let Err(error) = self.decoder.read(&mut [0]) else { return false };
        let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<lz4_flex::frame::Error>());
        matches!(cause, Some(lz4_flex::frame::Error::WrongMagicNumber))
    }
}

impl Read for Lz4Reader<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.decoder.read(room)?;
            if count > 0 {
                return Ok(count);
            }
            if self.decoder.get_ref().is_empty() {
                return if self.is_between_frames() {
                    Ok(0)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
        }
    }
}

#[cfg(test)]
mod tests;
