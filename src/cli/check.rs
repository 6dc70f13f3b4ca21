//! `steplog check`: what would `serve` do, and is the store well?

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use steplog_exporter::map::{Mappings, Remapper};
use steplog_indexer::{CheckProgress, CheckReport, CheckStage, DayReport, IndexState, LogState, OpenError};
use steplog_model::event::Event;
use steplog_model::ids::Tenant;

use super::output::{self, Form};
use crate::app::{self, Folder};
use crate::config::{Resolved, ServeSettings, settings, settings_page, short_table, told_links};

#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// Print each setting, rule of the mapping and link, and where it came from, and look at nothing else.
    #[arg(long)]
    print: bool,
    /// Print settings in Markdown: the table of the README, docs/settings.md, or docs/mapping.md.
    #[arg(long, hide = true, value_name = "FOR", value_parser = ["readme", "docs", "mapping"])]
    table: Option<String>,
    /// Build the index of every day anew from its records.
    #[arg(long)]
    rebuild: bool,
    /// Fill the columns of all stored events anew, as the mapping of the settings now says. Without this a change of the
    /// mapping holds for new events only.
    #[arg(long, requires = "rebuild")]
    remap: bool,
    /// Compact the days that have ended first, without waiting for their hour and without a rest.
    #[arg(long)]
    compact: bool,
    #[command(flatten)]
    _settings: ServeSettings,
}

pub(super) fn run(args: &CheckArgs, resolved: Resolved, form: Form) -> anyhow::Result<ExitCode> {
    if let Some(reader) = &args.table {
        output::put_text(&match reader.as_str() {
            "mapping" => steplog_exporter::map::page(),
            "docs" => settings_page(),
            _ => short_table(),
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.print {
        return print(&resolved, form);
    }
    let mappings = app::check(&resolved)?.mappings;
    let data = &resolved.settings.store.data;
    if !data.exists() && !resolved.is_given("data") && !args.rebuild && !args.compact {
        output::tell(format_args!(
            "the settings are sound; there is no store at {} yet; name another one with --data",
            data.display()
        ));
        return Ok(ExitCode::SUCCESS);
    }
    let report = look(args, &resolved, &mappings);
    // In one sentence: "sound" alone would be taken for the store's.
    let report = report.context("the settings are sound, but the store is not checked")?;
    output::tell(format_args!("the settings are sound"));
    if form.is_json() {
        output::put_line(format_args!("{}", serde_json::to_string(&report)?))?;
    } else {
        tell(&report)?;
    }
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Compacts, rebuilds and maps again as the arguments say, and verifies every byte of the store.
fn look(args: &CheckArgs, resolved: &Resolved, mappings: &Mappings) -> anyhow::Result<CheckReport> {
    let data = &resolved.settings.store.data;
    let folder = Folder::look(data).with_context(|| format!("cannot read {}", data.display()))?;
    if let Some(problem) = folder.problem(data) {
        bail!(problem);
    }
    let name = "name a store's directory with --data";
    match folder {
        Folder::Foreign { example } => {
            bail!("{} is no store: it holds other things, such as {example}; {name}", data.display())
        }
        Folder::New if data.exists() => {
            bail!("{} is empty: there is no store in it yet; {name}", data.display())
        }
        Folder::New => bail!("there is no directory {}; {name}", data.display()),
        _ => {}
    }
    let bar = progress_bar();
    let mut notices = Vec::new();
    if args.compact {
        let compacted = steplog_indexer::compact(&resolved.settings.store, &mut |done| {
            bar.set_message(format!("compacting: {done} log files and merges so far"));
        });
        notices = compacted.map_err(|error| told(error, resolved)).context("cannot compact the store")?;
    }
    let mut progress = |progress| show(&bar, &progress);
    let report = if args.remap {
        let mut remappers: BTreeMap<Tenant, Remapper> = BTreeMap::new();
        let mut remap = |tenant: &Tenant, event: &mut Event| {
            let remapper = remappers.entry(tenant.clone());
            remapper.or_insert_with(|| mappings.for_tenant(tenant).remapper()).remap(event);
        };
        steplog_indexer::rebuild_remapped(data, &mut remap, &mut progress)
    } else {
        steplog_indexer::check(data, args.rebuild, &mut progress)
    };
    bar.finish_and_clear();
    for notice in notices {
        output::tell(format_args!("{notice}"));
    }
    report.map_err(|error| told(error, resolved))
}

/// What to do where a server has the store.
fn told(error: OpenError, resolved: &Resolved) -> anyhow::Error {
    if !matches!(error, OpenError::Locked { .. }) {
        return error.into();
    }
    let (data, listen) = (resolved.settings.store.data.display(), resolved.settings.query.listen);
    anyhow::anyhow!(
        "{data} is used by another steplog process. Look at a copy, which may be made while it runs: `cp -a {data} COPY`, \
         then `steplog check --data COPY`; or stop that process. What it notices by itself is told at \
         http://{listen}/health/ready"
    )
}

fn print(resolved: &Resolved, form: Form) -> anyhow::Result<ExitCode> {
    let put = |(name, value, origin): (&str, &str, &str), width: usize, value_width: usize| {
        if form.is_json() {
            let line = serde_json::json!({"name": name, "value": value, "origin": origin});
            output::put_line(format_args!("{line}"))
        } else {
            output::put_line(format_args!("{name:width$} = {value:value_width$} # {origin}"))
        }
    };
    let settings = settings();
    let names: Vec<_> = settings.iter().map(|s| s.get_long().unwrap_or_default().replace('-', "_")).collect();
    let width = names.iter().map(String::len).max().unwrap_or_default();
    for (setting, name) in settings.iter().zip(&names) {
        put((name, &resolved.value(setting), &resolved.origin(setting)), width, 32)?;
    }
    let (text, file) = (resolved.file_text(), resolved.file_name());
    // The same errors as in `serve`.
    app::check(resolved)?;
    for rule in steplog_exporter::map::told(text)? {
        let origin = rule.line.map_or_else(|| "built in".to_owned(), |line| format!("{file}:{line}"));
        put((&rule.key, &rule.value, &origin), 0, rule.value.chars().count() + 1)?;
    }
    for (name, template, line) in told_links(text) {
        put(
            (&format!("links.{name}"), &template, &format!("{file}:{line}")),
            0,
            template.chars().count() + 1,
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

fn progress_bar() -> ProgressBar {
    // indicatif hides itself where stderr is no terminal.
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:32.cyan/dim} {percent}%  {msg}") {
        bar.set_style(style);
    }
    bar
}

fn show(bar: &ProgressBar, progress: &CheckProgress) {
    let doing = match progress.stage {
        CheckStage::Rebuild => "building the index anew",
        CheckStage::Log => "reading the record log",
        CheckStage::Index => "reading the index",
    };
    bar.set_length(progress.total);
    bar.set_position(progress.done);
    let CheckProgress { tenant, day, place, days, .. } = progress;
    bar.set_message(format!("{tenant} {day} ({} of {days}): {doing}", place + 1));
}

fn tell(report: &CheckReport) -> anyhow::Result<()> {
    for day in &report.days {
        tell_day(day)?;
    }
    let (events, data) = (output::events(report.events()), report.data.display());
    let days = output::counted(report.days.len() as u64, "day");
    let rebuilt = match report.rebuilt_days {
        0 => String::new(),
        1 => ", 1 index built anew".to_owned(),
        rebuilt => format!(", {rebuilt} indexes built anew"),
    };
    output::put_line(format_args!("{data}: {events} in {days}{rebuilt}"))?;
    if !report.is_sound() {
        output::tell(format_args!(
            "something is damaged: serve sets damaged records aside and keeps all others; an index is built anew \
             by `steplog check --rebuild --data {data}`"
        ));
    }
    Ok(())
}

fn tell_day(day: &DayReport) -> anyhow::Result<()> {
    let log = match &day.log {
        LogState::Clean => "records clean".to_owned(),
        LogState::TornTail { .. } => {
            "records end in an append that a crash cut off; the next start removes it".to_owned()
        }
        LogState::Damaged { places } => {
            let places = places.iter().map(|place| {
                format!(
                    "\n    {} at {}: {} ({})",
                    place.file,
                    place.offset,
                    place.problem,
                    output::counted(place.bytes, "byte")
                )
            });
            format!("RECORDS DAMAGED{}", places.collect::<String>())
        }
    };
    let index = match &day.index {
        IndexState::Ok => "index ok".to_owned(),
        IndexState::Behind { events } => {
            format!("index lacks {}, which the next start adds", output::events(*events))
        }
        IndexState::Damaged { why } => format!("INDEX DAMAGED: {why}"),
    };
    let mebibytes = day.bytes.total() as f64 / f64::from(1 << 20);
    output::put_line(format_args!(
        "{} {}  {:>17}  {mebibytes:>8.1} MiB  {index}; {log}{}",
        day.tenant,
        day.day,
        output::events(day.events),
        sizes(day)
    ))?;
    for problem in &day.damage {
        output::put_line(format_args!("    damaged: {problem}"))?;
    }
    if day.bytes.damaged > 0 {
        output::put_line(format_args!(
            "    of damaged records, {} lie in damaged/",
            output::counted(day.bytes.damaged, "byte")
        ))?;
    }
    Ok(())
}

/// What an event takes, and how much of the records is compacted.
fn sizes(day: &DayReport) -> String {
    if day.events == 0 {
        return String::new();
    }
    let each = |bytes: u64| bytes as f64 / day.events as f64;
    let (all, log, index) = (each(day.bytes.total()), each(day.bytes.log), each(day.bytes.index));
    let compacted = match day.compacted_log_bytes {
        0 => String::new(),
        bytes => format!(", {:.0} % compacted", 100.0 * bytes as f64 / day.bytes.log.max(1) as f64),
    };
    format!("; {all:.0} bytes an event (records {log:.0}, index {index:.0}){compacted}")
}
