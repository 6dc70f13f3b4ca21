//! Lines of a file, of whatever compression, and how much of it was read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, bail};

/// The longest line, in bytes: one of a Collector holds a whole request.
pub const MAX_LINE_BYTES: u64 = 64 << 20;
/// U+FEFF in UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
const BUFFER_BYTES: usize = 256 << 10;

/// What is read.
const WANTED: &str = "import and map read lines of JSON: what `steplog export` writes as ndjson or otlp-json, and what a \
                      Collector's file exporter writes as json, plain or compressed by gzip or zstd";

/// The first bytes of files that are taken for others, and what to say of them.
const KINDS: [(&[u8], &str); 7] = [
    (b"PK\x03\x04", "is a zip archive: unpack it first"),
    (b"\xfd7zXZ\0", "is compressed by xz: decompress it first"),
    (b"BZh", "is compressed by bzip2: decompress it first"),
    (b"\xff\xfe", "is text in UTF-16: write it as UTF-8"),
    (b"\xfe\xff", "is text in UTF-16: write it as UTF-8"),
    (b"PAR1", "is a Parquet file: it is read by other programs"),
    (b"[", "is a list in JSON: write each of its objects on a line, as `jq -c '.[]'` does"),
];

/// What a file is that begins with other bytes than a line of JSON.
fn kind(begin: &[u8]) -> &'static str {
    let known = KINDS.iter().find(|(first, _)| begin.starts_with(first));
    known.map_or("has no lines of JSON", |(_, told)| told)
}

/// What [`Input::next_line`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A line that has anything.
    Line,
    /// A line longer than [`MAX_LINE_BYTES`], which was passed over.
    TooLong,
    /// There is none.
    End,
}

/// A file that is read line by line. Knows gzip and zstd by their first bytes.
pub struct Input {
    name: String,
    reader: Box<dyn BufRead + Send>,
    number: u64,
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Input({}, line {})", self.name, self.number)
    }
}

impl Input {
    /// Opens a file; `-` is standard input. The bytes read of it, as they are on the disk, are counted in `read_bytes`.
    ///
    /// # Errors
    /// Where it cannot be read, or its first bytes are those of another kind of file.
    pub fn open(path: &Path, read_bytes: Arc<AtomicU64>) -> anyhow::Result<Self> {
        if path.as_os_str() == "-" {
            return Self::new("standard input", io::stdin(), read_bytes);
        }
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
        refuse_directory(path)?;
        Self::new(&name, file, read_bytes)
    }

    /// Reads from anywhere.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn new(
        name: &str,
        bytes: impl Read + Send + 'static,
        read_bytes: Arc<AtomicU64>,
    ) -> anyhow::Result<Self> {
        let mut raw = BufReader::with_capacity(BUFFER_BYTES, Counted { bytes, read_bytes });
        let begin = raw.fill_buf().with_context(|| format!("cannot read {name}"))?;
        let reader: Box<dyn BufRead + Send> = match begin {
            [0x1f, 0x8b, ..] => {
                Box::new(BufReader::with_capacity(BUFFER_BYTES, flate2::bufread::MultiGzDecoder::new(raw)))
            }
            [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                Box::new(BufReader::with_capacity(BUFFER_BYTES, zstd::Decoder::with_buffer(raw)?))
            }
            [0xef, 0xbb, 0xbf, ..] => Box::new(raw),
            [first, ..] if !first.is_ascii_whitespace() && *first != b'{' => {
                bail!("{name} {}; {WANTED}", kind(begin))
            }
            _ => Box::new(raw),
        };
        Ok(Self { name: name.to_owned(), reader, number: 0 })
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of the line that was read last, from 1.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Reads the next line that has anything into `line`.
    ///
    /// # Errors
    /// Where the file cannot be read on, or its compression is damaged or cut off.
    pub fn next_line(&mut self, line: &mut Vec<u8>) -> anyhow::Result<Next> {
        loop {
            line.clear();
            let mut bounded = self.reader.by_ref().take(MAX_LINE_BYTES + 1);
            let read = bounded.read_until(b'\n', line);
            let read =
                read.with_context(|| format!("cannot read {} after line {}", self.name, self.number))?;
            if read == 0 {
                return Ok(Next::End);
            }
            self.number += 1;
            if line.len() as u64 > MAX_LINE_BYTES {
                // Its memory too is given back.
                *line = Vec::new();
                self.pass_over_rest()?;
                return Ok(Next::TooLong);
            }
            // Programs of Windows begin a text with a byte order mark, and files are put behind each other.
            if line.starts_with(BYTE_ORDER_MARK) {
                line.drain(..BYTE_ORDER_MARK.len());
            }
            if !line.trim_ascii().is_empty() {
                return Ok(Next::Line);
            }
        }
    }

    /// Reads up to the end of a line without keeping it.
    fn pass_over_rest(&mut self) -> anyhow::Result<()> {
        loop {
            let told = || format!("cannot read {} within line {}", self.name, self.number);
            let buffer = self.reader.fill_buf().with_context(told)?;
            let (length, end) = match buffer.iter().position(|byte| *byte == b'\n') {
                Some(place) => (place + 1, true),
                None => (buffer.len(), buffer.is_empty()),
            };
            self.reader.consume(length);
            if end {
                return Ok(());
            }
        }
    }
}

/// A directory is none of a file's kinds.
pub(super) fn refuse_directory(path: &Path) -> anyhow::Result<()> {
    if path.is_dir() {
        let (name, files) = (path.display(), path.join("*.json"));
        bail!("{name} is a directory; name files in it, such as {}", files.display());
    }
    Ok(())
}

/// Counts what is read.
struct Counted<R> {
    bytes: R,
    read_bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        self.read_bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const LINES: &[u8] = b"{\"a\":1}\n\n{\"b\":2}";

    #[track_caller]
    fn check(bytes: Vec<u8>) {
        let count = Arc::new(AtomicU64::new(0));
        let size = bytes.len() as u64;
        let mut input = Input::new("test", io::Cursor::new(bytes), Arc::clone(&count)).unwrap();
        let (mut line, mut lines) = (Vec::new(), Vec::new());
        while input.next_line(&mut line).unwrap() != Next::End {
            lines.push((input.number(), String::from_utf8(line.trim_ascii().to_vec()).unwrap()));
        }
        assert_eq!(lines, [(1, "{\"a\":1}".to_owned()), (3, "{\"b\":2}".to_owned())]);
        assert_eq!(count.load(Ordering::Relaxed), size);
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn lines_are_read_through_each_compression() {
        check(LINES.to_vec());
        check(gzip(LINES));
        check(zstd::encode_all(LINES, 1).unwrap());
        let (head, tail) = LINES.split_at(4);
        check([gzip(head), gzip(tail)].concat());
        let marked = [BYTE_ORDER_MARK, LINES].concat();
        check(marked.clone());
        check(gzip(&marked));
        check([zstd::encode_all(head, 1).unwrap(), zstd::encode_all(tail, 1).unwrap()].concat());
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let long = io::repeat(b'x').take(2 * MAX_LINE_BYTES);
        let bytes = io::Cursor::new(LINES).chain(&b"\n"[..]).chain(long).chain(&b"\n{\"c\":3}\n"[..]);
        let mut input = Input::new("test", bytes, Arc::default()).unwrap();
        let mut line = Vec::new();
        let read = std::iter::repeat_with(|| (input.next_line(&mut line).unwrap(), input.number()));
        let read: Vec<_> = read.take(5).collect();
        assert_eq!(
            read,
            [(Next::Line, 1), (Next::Line, 3), (Next::TooLong, 4), (Next::Line, 5), (Next::End, 5)]
        );
    }

    #[test]
    fn what_is_cut_off_or_no_text_is_told() {
        let mut cut = gzip(LINES);
        cut.truncate(cut.len() - 6);
        let mut input = Input::new("cut.gz", io::Cursor::new(cut), Arc::default()).unwrap();
        let mut line = Vec::new();
        let outcome = std::iter::repeat_with(|| input.next_line(&mut line)).find(Result::is_err).unwrap();
        assert!(outcome.unwrap_err().to_string().contains("cut.gz after line"));
        let error = Input::new("x.pb", io::Cursor::new(vec![0, 0, 1, 10]), Arc::default()).unwrap_err();
        assert!(error.to_string().contains("x.pb has no lines of JSON"), "{error}");
        for (bytes, want) in [
            (&b"PK\x03\x04rest"[..], "x is a zip archive: unpack it first; import and map read"),
            (b"\xff\xfe{\0", "UTF-16"),
            (b"[{}]", "jq -c"),
            (b"a,b\n", "no lines of JSON"),
        ] {
            let error = Input::new("x", io::Cursor::new(bytes), Arc::default()).unwrap_err().to_string();
            assert!(error.contains(want) && error.contains("gzip or zstd"), "{error}");
        }
        let directory = Input::open(Path::new("src"), Arc::default()).unwrap_err().to_string();
        assert!(directory.contains("src is a directory") && directory.contains("src/*.json"), "{directory}");
    }
}
