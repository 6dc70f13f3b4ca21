//! `steplog export`: all events of a question as a file.

mod file;
mod rows;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use http::HeaderMap;
use http_body_util::BodyExt as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Deserialize;
use steplog_model::settings::units::Unit;

use super::api::Api;
use super::filters::Question;
use super::interrupt::{self, Interrupt};
use super::output::{self, Form};
use super::source::SourceArgs;
use super::unknown::tell_unknown_values;
use super::words;
use file::Sink;
use rows::Rows;

#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    question: Question,
    /// ndjson has whole events, otlp-json is what Collectors read, csv is for spreadsheets. Without it the ending of
    /// --output tells: .csv; .json and .otlp.jsonl for otlp-json; .ndjson, .jsonl and none at all for ndjson.
    #[arg(long, value_parser = ["ndjson", "otlp-json", "csv"])]
    format: Option<String>,
    /// The columns of csv, separated by commas: names, id, seq, time, received, duration, body, attr.KEY; a \ before a
    /// comma of a key. Without it: all but attributes.
    #[arg(long, value_name = "NAMES")]
    columns: Option<String>,
    /// Begin csv with a byte order mark: Excel needs one to read it as UTF-8.
    #[arg(long)]
    bom: bool,
    /// Order by time: -time is newest first.
    #[arg(long, default_value = "-time", value_parser = ["-time", "time"], allow_hyphen_values = true)]
    sort: String,
    /// How many events at most.
    #[arg(long, value_name = "NUMBER", value_parser = Unit::Number.within::<u64>(1..))]
    limit: Option<u64>,
    /// Go on after the events of an earlier export or search with the same question.
    #[arg(long)]
    cursor: Option<String>,
    /// The file; a name that ends in .gz or .zst is compressed so. Without it: standard output.
    #[arg(long, short, value_name = "FILE", value_parser = words::path)]
    output: Option<PathBuf>,
    /// Replace the file if it is there.
    #[arg(long, requires = "output")]
    force: bool,
    #[command(flatten)]
    source: SourceArgs,
}

impl ExportArgs {
    /// Refuses what would not become the file that was meant.
    fn check_output(&self, format: &str) -> Result<(), output::Usage> {
        if self.bom && format != "csv" {
            return Err(output::Usage(format!(
                "--bom is for csv, and this writes {format}: add --format csv"
            )));
        }
        let Some(path) = &self.output else { return Ok(()) };
        let shown = path.display().to_string();
        if path.is_dir() || shown.ends_with('/') {
            let example = path.join("steplog.ndjson");
            let kind = if path.is_dir() { "is" } else { "names" };
            return Err(output::Usage(format!(
                "{shown} {kind} a directory: name a file in it, such as {}",
                example.display()
            )));
        }
        if !self.force && path.exists() {
            return Err(output::Usage(format!("{shown} is there already; --force replaces it")));
        }
        Ok(())
    }

    /// The format that was asked for, or that the file's name tells.
    fn format(&self) -> Result<&str, output::Usage> {
        match (&self.format, &self.output) {
            (Some(format), _) => Ok(format),
            (None, Some(path)) => file::format_of(path).map_err(output::Usage),
            (None, None) => Ok("ndjson"),
        }
    }

    fn parameters(&self, format: &str) -> Vec<(String, String)> {
        let mut parameters = self.question.parameters();
        parameters.push(("format".to_owned(), format.to_owned()));
        if format == "csv" {
            // To the millisecond, as spreadsheets read them.
            parameters.push(("tz".to_owned(), self.question.clock().name().to_owned()));
            parameters.push(("bom".to_owned(), u8::from(self.bom).to_string()));
        }
        parameters.push(("sort".to_owned(), self.sort.clone()));
        parameters.extend(self.columns.iter().map(|columns| ("columns".to_owned(), columns.clone())));
        parameters.extend(self.limit.iter().map(|limit| ("limit".to_owned(), limit.to_string())));
        parameters.extend(self.cursor.iter().map(|cursor| ("cursor".to_owned(), cursor.clone())));
        parameters
    }
}

#[derive(Deserialize)]
struct Count {
    count: u64,
}

pub(super) async fn run(mut args: ExportArgs, form: Form) -> anyhow::Result<ExitCode> {
    // What goes into a file is the same wherever it is written.
    args.question.in_utc();
    let path = args.output.as_deref();
    let format = args.format()?;
    args.check_output(format)?;
    let api = args.source.open().await?;
    let mut interrupt = Interrupt::new()?;
    let bar = match path {
        Some(_) => progress_bar(expected(&api, &args).await?),
        None => ProgressBar::hidden(),
    };
    let mut file = Sink::open(path)?;
    let received = tokio::select! {
        received = receive(&api, (&args, format), &mut file, &bar) => Some(received),
        () = interrupt.wait() => None,
    };
    bar.finish_and_clear();
    let (events, trailers) = match received {
        Some(Ok(received)) => received,
        Some(Err(error)) => {
            file.give_up();
            return Err(error);
        }
        None => {
            file.give_up();
            if let Some(path) = path {
                output::tell(format_args!("{} was not written: it would lack events", path.display()));
            }
            return Ok(interrupt::code());
        }
    };
    file.finish()?;
    tell_end(events, &args, &trailers, form)?;
    if events == 0 {
        if let (None, Some(name)) = (path, args.question.file_name()) {
            output::tell(format_args!(
                "{name} was searched for as text; a file is written by --output {name}"
            ));
        }
        tell_unknown_values(&api, &args.question, &[]).await;
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the answer to the file. How many events there were, and the trailers of the answer.
async fn receive(
    api: &Api,
    (args, format): (&ExportArgs, &str),
    file: &mut Sink,
    bar: &ProgressBar,
) -> anyhow::Result<(u64, HeaderMap)> {
    let mut body = api.stream(&["export"], &args.parameters(format)).await?;
    let mut rows = Rows::new(format == "csv", args.cursor.is_none());
    let mut trailers = HeaderMap::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.context("the export was cut short: what was written so far lacks the rest")?;
        match frame.into_data() {
            Ok(chunk) => {
                rows.count(&chunk);
                file.write(&chunk)?;
                bar.set_position(rows.events());
            }
            Err(frame) => trailers = frame.into_trailers().unwrap_or_default(),
        }
    }
    let events = rows.events();
    let stated = trailer(&trailers, "steplog-events").and_then(|stated| stated.parse::<u64>().ok());
    if let Some(stated) = stated.filter(|stated| *stated != events) {
        bail!("{} came, but the server sent {stated}: the export is damaged", output::events(events));
    }
    Ok((events, trailers))
}

fn trailer<'a>(trailers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    trailers.get(name)?.to_str().ok()
}

/// How many events there are, and from where another export goes on.
fn tell_end(events: u64, args: &ExportArgs, trailers: &HeaderMap, form: Form) -> anyhow::Result<()> {
    if form.is_json() {
        let cursor = trailer(trailers, "steplog-cursor");
        let end = serde_json::json!({"events": events, "output": args.output, "cursor": cursor});
        output::tell(format_args!("{}", serde_json::to_string(&end)?));
        return Ok(());
    }
    let place = args.output.as_ref().map(|path| format!(" in {}", path.display())).unwrap_or_default();
    let more = trailer(trailers, "steplog-cursor");
    let more = more.map(|cursor| format!("; --cursor {cursor} goes on after them")).unwrap_or_default();
    output::tell(format_args!("{}{place}{more}", output::events(events)));
    Ok(())
}

/// About how many events there will be.
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
