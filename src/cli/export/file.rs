//! The file of an export.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::durable;

/// The format that a file's name tells, behind the ending of a compression.
///
/// # Errors
/// Where it has the ending of something else, in words: whoever opens a file by that would find no such thing.
pub(super) fn format_of(path: &Path) -> Result<&'static str, String> {
    let is_compressed = path.extension().is_some_and(|ending| ending == "gz" || ending == "zst");
    let stem = if is_compressed { path.file_stem().map(Path::new) } else { Some(path) };
    let ending = stem.and_then(Path::extension).and_then(OsStr::to_str).unwrap_or_default();
    // A Collector's file exporter writes .json, the page .otlp.jsonl.
    let is_otlp =
        stem.and_then(Path::file_stem).is_some_and(|rest| rest.as_encoded_bytes().ends_with(b".otlp"));
    match ending.to_ascii_lowercase().as_str() {
        "csv" => Ok("csv"),
        "json" => Ok("otlp-json"),
        "jsonl" if is_otlp => Ok("otlp-json"),
        "ndjson" | "jsonl" | "" => Ok("ndjson"),
        other => {
            let instead = if ["xlsx", "xls", "ods", "tsv"].contains(&other) {
                "; .csv opens in a spreadsheet"
            } else {
                ""
            };
            Err(format!(
                "no export is a .{other} file: let the name end in .csv, .ndjson, .jsonl or .json, maybe with .gz or .zst \
                 behind it, or state --format{instead}"
            ))
        }
    }
}

/// Where the file goes to. One with a name has that name only once it is whole.
pub(super) enum Sink {
    Stdout(BufWriter<io::Stdout>),
    File { writer: Box<Writer>, part: PathBuf, path: PathBuf },
}

/// A file, compressed or not.
pub(super) enum Writer {
    Plain(BufWriter<File>),
    Gzip(flate2::write::GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

/// What cannot be written, by the name that the user gave it where that tells what to do.
fn cannot_create(path: &Path, part: &Path) -> String {
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    match directory.filter(|directory| !directory.exists()) {
        Some(directory) => {
            format!("cannot write {}: create the directory {} first", path.display(), directory.display())
        }
        None => format!("cannot write {}", part.display()),
    }
}

impl Sink {
    /// Opens the file beside its name, or standard output.
    pub(super) fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self::Stdout(BufWriter::new(io::stdout()))) };
        let mut part = path.to_path_buf().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part).with_context(|| cannot_create(path, &part))?;
        let file = BufWriter::new(file);
        let writer = match path.extension().and_then(|ending| ending.to_str()) {
            Some("gz") => Writer::Gzip(flate2::write::GzEncoder::new(file, flate2::Compression::default())),
            Some("zst") => Writer::Zstd(zstd::Encoder::new(file, 3)?),
            _ => Writer::Plain(file),
        };
        Ok(Self::File { writer: Box::new(writer), part, path: path.to_path_buf() })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        match self {
            // Not in other words: a reader that went away is known by its error.
            Self::Stdout(stdout) => stdout.write_all(bytes)?,
            Self::File { writer, part, .. } => {
                writer.write_all(bytes).with_context(|| format!("cannot write {}", part.display()))?;
            }
        }
        Ok(())
    }

    /// Removes what was written of a file that will not be whole.
    pub(super) fn give_up(self) {
        if let Self::File { part, .. } = self {
            // What cannot be removed has a name that tells what it is.
            let _ = std::fs::remove_file(part);
        }
    }

    /// Makes the file durable and gives it its name, which lasts as well.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Stdout(mut stdout) => stdout.flush()?,
            Self::File { writer, part, path } => {
                let told = || format!("cannot write {}", path.display());
                writer.finish().with_context(told)?.sync_all().with_context(told)?;
                std::fs::rename(&part, &path).with_context(told)?;
                durable::sync_name(&path).with_context(told)?;
            }
        }
        Ok(())
    }
}

impl Writer {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.write_all(bytes),
            Self::Gzip(file) => file.write_all(bytes),
            Self::Zstd(file) => file.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<File> {
        let buffer = match self {
            Self::Plain(file) => file,
            Self::Gzip(file) => file.finish()?,
            Self::Zstd(file) => file.finish()?,
        };
        buffer.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_formats() {
        let check = |name: &str, want| assert_eq!(format_of(Path::new(name)), Ok(want), "{name}");
        check("x.csv", "csv");
        check("a.b/x.CSV.gz", "csv");
        check("x.json.zst", "otlp-json");
        check("steplog-events.otlp.jsonl", "otlp-json");
        check("x.jsonl", "ndjson");
        check("x.ndjson.zst", "ndjson");
        check("x.gz", "ndjson");
        check("x", "ndjson");
        for other in ["x.xlsx", "x.XLS", "x.parquet.gz", "x.txt"] {
            assert!(format_of(Path::new(other)).unwrap_err().contains("--format"), "{other}");
        }
    }
}
