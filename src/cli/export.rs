//! `steplog export`: all events of a question as a file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use futures_util::StreamExt as _;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Deserialize;

use super::api::Api;
use super::filters::Question;
use super::output;
use super::source::SourceArgs;

#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    question: Question,
    /// ndjson has whole events, otlp-json is what Collectors read, csv is for spreadsheets.
    #[arg(long, default_value = "ndjson", value_parser = ["ndjson", "otlp-json", "csv"])]
    format: String,
    /// The columns of csv, separated by commas: names, id, seq, time, received, duration, attr.KEY. Without it: all.
    #[arg(long, value_name = "NAMES")]
    columns: Option<String>,
    /// Order by time: -time is newest first.
    #[arg(long, default_value = "-time", value_parser = ["-time", "time"], allow_hyphen_values = true)]
    sort: String,
    /// How many events at most.
    #[arg(long, value_name = "NUMBER")]
    limit: Option<u64>,
    /// Go on after the events of an earlier export or search with the same question.
    #[arg(long)]
    cursor: Option<String>,
    /// The file; a name that ends in .gz or .zst is compressed so. Without it: standard output.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    source: SourceArgs,
}

#[derive(Deserialize)]
struct Count {
    count: u64,
}

pub(super) async fn run(args: ExportArgs) -> anyhow::Result<ExitCode> {
    let api = args.source.open().await?;
    let mut parameters = args.question.parameters();
    let bar = match &args.output {
        Some(_) => progress_bar(expected(&api, &args).await?),
        None => ProgressBar::hidden(),
    };
    parameters.push(("format".to_owned(), args.format.clone()));
    parameters.push(("sort".to_owned(), args.sort.clone()));
    parameters.extend(args.columns.iter().map(|columns| ("columns".to_owned(), columns.clone())));
    parameters.extend(args.limit.iter().map(|limit| ("limit".to_owned(), limit.to_string())));
    parameters.extend(args.cursor.iter().map(|cursor| ("cursor".to_owned(), cursor.clone())));
    let answer = api.get(&["export"], &parameters).await?;
    let mut file = Sink::open(args.output.as_deref())?;
    let mut lines = 0;
    let mut chunks = answer.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.context("the export was cut short: what was written so far lacks the rest")?;
        file.write(&chunk)?;
        lines += chunk.iter().filter(|byte| **byte == b'\n').count() as u64;
        bar.set_position(lines);
    }
    file.finish()?;
    bar.finish_and_clear();
    if let Some(path) = &args.output {
        let lines = if args.format == "csv" { lines.saturating_sub(1) } else { lines };
        output::tell(format_args!("{} lines in {}", HumanCount(lines), path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// How many events there will be, as far as can be told before.
async fn expected(api: &Api, args: &ExportArgs) -> anyhow::Result<u64> {
    let Count { count } = api.json(&["count"], &args.question.parameters()).await?;
    Ok(count.min(args.limit.unwrap_or(u64::MAX)))
}

fn progress_bar(events: u64) -> ProgressBar {
    // indicatif hides itself where stderr is no terminal.
    let bar = ProgressBar::with_draw_target(Some(events), ProgressDrawTarget::stderr());
    let template = "{bar:32.cyan/dim} {human_pos}/{human_len} events  {per_sec}  {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// Where the file goes to. One with a name has that name only once it is whole.
enum Sink {
    Stdout(BufWriter<io::Stdout>),
    File { writer: Box<Writer>, part: PathBuf, path: PathBuf },
}

enum Writer {
    Plain(BufWriter<File>),
    Gzip(flate2::write::GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

impl Sink {
    fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self::Stdout(BufWriter::new(io::stdout()))) };
        let mut part = path.to_path_buf().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part).with_context(|| format!("cannot write {}", part.display()))?;
        let file = BufWriter::new(file);
        let writer = match path.extension().and_then(|ending| ending.to_str()) {
            Some("gz") => Writer::Gzip(flate2::write::GzEncoder::new(file, flate2::Compression::default())),
            Some("zst") => Writer::Zstd(zstd::Encoder::new(file, 3)?),
            _ => Writer::Plain(file),
        };
        Ok(Self::File { writer: Box::new(writer), part, path: path.to_path_buf() })
    }

    fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        match self {
            // Not in other words: a reader that went away is known by its error.
            Self::Stdout(stdout) => stdout.write_all(bytes)?,
            Self::File { writer, part, .. } => {
                writer.write_all(bytes).with_context(|| format!("cannot write {}", part.display()))?;
            }
        }
        Ok(())
    }

    fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Stdout(mut stdout) => stdout.flush()?,
            Self::File { writer, part, path } => {
                let told = || format!("cannot write {}", path.display());
                writer.finish().with_context(told)?.sync_all().with_context(told)?;
                std::fs::rename(&part, &path).with_context(told)?;
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
