//! `steplog map`: what log records become, and by which rule, without storing anything.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use serde_json::{Map, Value, json};
use steplog_exporter::map::{Mapped, Mapping};
use steplog_model::event::{Event, Flags};
use steplog_model::ids::Tenant;
use steplog_model::record::LogRecordRef;
use steplog_model::time::UnixNanos;

use super::clock::{Clock, ZoneArgs};
use super::output::{self, Form};
use super::words::{self, Paint, printable};
use crate::app;
use crate::import::input::{Input, MAX_LINE_BYTES, Next};
use crate::import::line::{self, Item};

#[derive(Debug, clap::Args)]
pub(super) struct MapArgs {
    /// Files of lines of OTLP in JSON, as `steplog import` takes them; - is standard input.
    #[arg(default_value = "-", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Settings file with the mapping to try. Without it ./steplog.toml is read if it exists.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Map as for this tenant.
    #[arg(long, value_name = "NAME", default_value_t)]
    tenant: Tenant,
    #[command(flatten)]
    zone: ZoneArgs,
}

pub(super) fn run(args: &MapArgs, form: Form) -> anyhow::Result<ExitCode> {
    let mut serve: Vec<std::ffi::OsString> = vec!["steplog".into(), "serve".into()];
    if let Some(config) = &args.config {
        serve.extend(["--config".into(), config.into()]);
    }
    let tables = app::check(&super::resolve("serve", &serve)?)?;
    let mapping = tables.mappings.for_tenant(&args.tenant);
    let mut shown = Shown { form, clock: args.zone.clock(), mapping, records: 0, problems: 0 };
    if args.files.iter().any(|path| path.as_os_str() == "-") {
        output::tell_waiting();
    }
    for path in &args.files {
        let mut input = Input::open(path, Arc::default())?;
        let mut text = Vec::new();
        loop {
            match input.next_line(&mut text)? {
                Next::End => break,
                Next::TooLong => {
                    shown.problem(&input, &format!("it is longer than {} MiB", MAX_LINE_BYTES >> 20));
                }
                Next::Line => shown.line(&input, &text)?,
            }
        }
    }
    if shown.records == 0 && shown.problems == 0 {
        bail!("there is no line in what was read; give lines of OTLP in JSON");
    }
    Ok(if shown.problems == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What was shown so far.
struct Shown<'a> {
    form: Form,
    clock: Clock,
    mapping: &'a Mapping,
    records: u64,
    problems: u64,
}

impl Shown<'_> {
    fn problem(&mut self, input: &Input, what: &str) {
        self.problems += 1;
        output::tell(format_args!("line {} of {}: {what}", input.number(), input.name()));
    }

    fn line(&mut self, input: &Input, text: &[u8]) -> anyhow::Result<()> {
        let now = UnixNanos::now();
        let items = match line::read(text, None, self.mapping, now) {
            Ok(items) => items,
            Err(error) => {
                self.problem(input, &error.to_string());
                return Ok(());
            }
        };
        if let Some(problem) = &items.problem {
            self.problem(input, problem);
        }
        for (place, item) in (1..).zip(items.items) {
            self.records += 1;
            self.record(input.number(), place, item, now)?;
        }
        if items.left_out > 0 {
            self.records += items.left_out;
            self.spans(input.number(), items.left_out)?;
        }
        Ok(())
    }

    fn spans(&self, line: u64, count: u64) -> anyhow::Result<()> {
        let why = "no steps by the names and attributes in [mapping.spans]";
        if self.form.is_for_people() {
            let title = Paint(output::has_colours()).bold(&format!("Line {line}"));
            output::put_text(&format!("{title}: left out: {}: {why}\n\n", output::counted(count, "span")))?;
        } else {
            let told = json!({"line": line, "left_out": "spans", "spans": count, "why": why});
            output::put_line(format_args!("{told}"))?;
        }
        Ok(())
    }

    fn record(&self, line: u64, place: u64, item: Item, now: UnixNanos) -> anyhow::Result<()> {
        let mapped = match item.event {
            Some(event) => Mapped::Event(event),
            None => self.mapping.map(item.record, now),
        };
        if !self.form.is_for_people() {
            output::put_line(format_args!("{}", as_json(line, place, &mapped)))?;
            return Ok(());
        }
        let paint = Paint(output::has_colours());
        let title = format!("Line {line}, record {place}");
        let text = match &mapped {
            Mapped::Event(event) => format!("{}\n{}", paint.bold(&title), as_text(event, &self.clock, paint)),
            Mapped::Filtered(reason) => format!("{}: left out: {}\n", paint.bold(&title), reason.words()),
        };
        output::put_text(&format!("{text}\n"))?;
        Ok(())
    }
}

/// Where an event's id is from.
fn id_source(event: &Event) -> &'static str {
    let record = LogRecordRef::new(&event.record);
    if event.flags.contains(Flags::EXPLICIT_ID) {
        "log.record.uid"
    } else if record.time_unix_nano == 0 && record.observed_time_unix_nano == 0 {
        "another each time it is sent: the record states neither an id nor a time"
    } else {
        "a hash of resource, scope and record"
    }
}

fn time_source(event: &Event) -> &'static str {
    match event.time_source.name() {
        "record" => "the record's time",
        "observed" => "the record's observed time",
        _ => "the time of receipt",
    }
}

fn as_text(event: &Event, clock: &Clock, paint: Paint) -> String {
    let mut rows = vec![
        ("id".to_owned(), event.id.to_string(), id_source(event).to_owned()),
        ("time".to_owned(), clock.full(&event.time.to_string()), time_source(event).to_owned()),
    ];
    if let Some(nanos) = event.duration_nanos {
        let length = words::length(i64::try_from(nanos).unwrap_or(i64::MAX));
        rows.push(("duration".to_owned(), length, String::new()));
    }
    for cell in &event.cells {
        let rule = cell.rule.as_deref().unwrap_or("as its sender states it");
        rows.push((cell.column.to_string(), printable(&cell.value), rule.to_owned()));
    }
    let flags: Vec<_> = event.flags.names().collect();
    if !flags.is_empty() {
        rows.push(("flags".to_owned(), flags.join(", "), String::new()));
    }
    let width = rows.iter().map(|(name, ..)| name.len()).max().unwrap_or_default();
    let line = |(name, value, rule): (String, String, String)| {
        let rule = if rule.is_empty() { rule } else { paint.dim(&format!("  < {rule}")) };
        format!("  {name:width$}  {value}{rule}\n")
    };
    rows.into_iter().map(line).collect()
}

fn as_json(line: u64, place: u64, mapped: &Mapped) -> Value {
    match mapped {
        Mapped::Event(event) => {
            let cells = event.cells.iter().map(|cell| {
                let cell_json = json!({"value": &*cell.value, "rule": cell.rule.as_deref()});
                (cell.column.to_string(), cell_json)
            });
            json!({
                "line": line,
                "record": place,
                "id": event.id.to_string(),
                "id_from": id_source(event),
                "time": event.time.to_string(),
                "time_source": event.time_source.name(),
                "duration_nanos": event.duration_nanos,
                "columns": cells.collect::<Map<_, _>>(),
                "flags": event.flags.names().collect::<Vec<_>>(),
            })
        }
        Mapped::Filtered(reason) => {
            json!({"line": line, "record": place, "left_out": reason.name(), "why": reason.words()})
        }
    }
}
