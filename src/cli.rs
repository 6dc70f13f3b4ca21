//! The command line: one file a command.

mod api;
mod check;
mod clock;
mod export;
mod facets;
mod filters;
mod generate;
mod hotspots;
mod import;
mod interaction;
mod interrupt;
mod manual;
mod map;
mod output;
mod search;
mod serve;
mod show;
mod source;
mod table;
mod tail;
mod unknown;
mod words;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::config::{ResolveError, ServeSettings};

/// How long a thread that answered a question waits for another; meanwhile it keeps the memory that it needed.
const THREAD_RESTS: Duration = Duration::from_secs(1);

/// The variable by which the allocator is told how long it keeps memory that was freed.
pub const KEPT_MILLIS: &str = "MIMALLOC_PURGE_DELAY";

/// An interaction log for OpenTelemetry: what happened to this person, step by step.
#[derive(Debug, Parser)]
#[command(name = "steplog", version = env!("BUILD_VERSION"), max_term_width = 110)]
struct Cli {
    #[command(flatten)]
    form: output::Form,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Receive, keep and show events. What steplog does if no command is given.
    Serve(Box<ServeSettings>),
    /// Send realistic events over OTLP to a receiver: steplog, a Collector, any other.
    Generate(generate::GenerateArgs),
    /// Find events: a table, or lines of JSON.
    Search(search::SearchArgs),
    /// Tell everything about one event.
    Show(show::ShowArgs),
    /// Tell one interaction from start to end.
    Interaction(interaction::InteractionArgs),
    /// Tell which values columns have, and how often.
    Facets(facets::FacetsArgs),
    /// Tell where things go wrong: objects, versions and elements by failures and durations.
    Hotspots(hotspots::HotspotsArgs),
    /// Follow events as they arrive.
    Tail(tail::TailArgs),
    /// Write all events of a question to a file.
    Export(Box<export::ExportArgs>),
    /// Take in events of files: exports of steplog, or what a Collector's file exporter wrote.
    Import(Box<import::ImportArgs>),
    /// Show what log records of files would become, and by which rule; nothing is stored.
    Map(map::MapArgs),
    /// Check the settings, and the store while no steplog runs on it.
    Check(Box<check::CheckArgs>),
    /// Print what a shell needs to complete commands and flags.
    Completions(manual::CompletionsArgs),
    /// Write manual pages into a directory.
    Man(manual::ManArgs),
}

/// Runs the command line and tells how it ended: 0 well, 1 failed, 2 wrongly used or set.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    steplog_net::panics::install();
    let mut args = with_default_command(args.into_iter().collect());
    // Those that take a search text.
    let asks = ["search", "facets", "hotspots", "tail", "export"];
    if args.get(place_of_command(&args)).is_some_and(|command| asks.iter().any(|name| command == name)) {
        args = filters::with_excluded_words(args);
    }
    match run(&args) {
        Ok(code) => code,
        Err(error) => output::exit_with(&error),
    }
}

fn run(args: &[OsString]) -> anyhow::Result<ExitCode> {
    let matches = crate::config::parse(&Cli::command(), args)?;
    let cli = Cli::from_arg_matches(&matches)?;
    let names = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
    crate::config::check_environment(&Cli::command(), names)?;
    let form = cli.form;
    match cli.command {
        // The settings are read again, this time with those of the file.
        Command::Serve(_) => block_on(serve::run(resolve("serve", args)?, form)),
        Command::Generate(generate) => block_on(generate::run(generate, form)),
        Command::Search(search) => block_on(search::run(search, form)),
        Command::Show(show) => block_on(show::run(show, form)),
        Command::Interaction(interaction) => block_on(interaction::run(interaction, form)),
        Command::Facets(facets) => block_on(facets::run(facets, form)),
        Command::Hotspots(hotspots) => block_on(hotspots::run(hotspots, form)),
        Command::Tail(tail) => block_on(tail::run(tail, form)),
        Command::Export(export) => block_on(export::run(*export, form)),
        Command::Import(import) => block_on(import::run(*import, form)),
        Command::Map(map) => map::run(&map, form),
        Command::Completions(_) | Command::Man(_) if form.is_chosen() => {
            Err(output::Usage("what this writes has one form: leave --json and --text away".to_owned())
                .into())
        }
        Command::Completions(completions) => manual::completions(&completions, Cli::command()),
        Command::Man(man) => manual::man(&man, Cli::command()),
        Command::Check(check) => check::run(&check, resolve("check", args)?, form),
    }
}

fn resolve(subcommand: &str, args: &[OsString]) -> Result<crate::config::Resolved, ResolveError> {
    crate::config::resolve(&Cli::command(), subcommand, args)
}

/// The first argument that is neither `--json` nor `--text`, which may stand anywhere.
fn place_of_command(args: &[OsString]) -> usize {
    let forms = args.iter().skip(1).take_while(|arg| *arg == "--json" || *arg == "--text");
    1 + forms.count()
}

/// Whether the arguments of a process start a server.
#[must_use]
pub fn serves(args: &[OsString]) -> bool {
    let args = with_default_command(args.to_vec());
    args.get(place_of_command(&args)).is_some_and(|command| command == "serve")
}

/// `serve` is the default command.
fn with_default_command(mut args: Vec<OsString>) -> Vec<OsString> {
    let asks_about_all = ["-h", "--help", "-V", "--version"];
    let place = place_of_command(&args);
    let first = args.get(place).map(|first| first.to_string_lossy());
    let names_command =
        first.is_some_and(|first| !first.starts_with('-') || asks_about_all.contains(&&*first));
    if !names_command {
        args.insert(place.min(args.len()), "serve".into());
    }
    args
}

fn block_on(future: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    // Boxed: what some commands wait for is large, and the main thread's stack is what it is.
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().thread_keep_alive(THREAD_RESTS).build()?;
    let outcome = runtime.block_on(Box::pin(future));
    // A thread that waits for standard input would wait for ever.
    runtime.shutdown_background();
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn tips_name_flags_that_the_help_has() {
        use clap::error::{ContextKind, ContextValue};
        let command = Cli::command();
        let mut tips = 0;
        for subcommand in command.get_subcommands() {
            let visible: Vec<_> = subcommand.get_arguments().filter(|arg| !arg.is_hide_set()).collect();
            let is_visible = |flag: &str| {
                flag == "--help" || visible.iter().any(|arg| arg.get_long() == flag.strip_prefix("--"))
            };
            let names = subcommand.get_arguments().flat_map(|arg| {
                let before = arg.get_all_aliases().unwrap_or_default();
                before.into_iter().chain(arg.get_long()).map(str::to_owned).collect::<Vec<_>>()
            });
            for name in names {
                // With a letter too many.
                let args = ["steplog", subcommand.get_name(), &format!("--{name}x")].map(OsString::from);
                let Err(error) = crate::config::parse(&command, &args) else { continue };
                if let Some(ContextValue::String(tip)) = error.get(ContextKind::SuggestedArg) {
                    assert!(is_visible(tip), "--{name}x: {error}");
                    tips += 1;
                }
            }
        }
        assert!(tips > 100, "{tips}");
        let args = ["steplog", "serve", "--query-timeout-m"].map(OsString::from);
        let told = crate::config::parse(&command, &args).unwrap_err().to_string();
        assert!(told.contains("'--query-timeout-millis'"), "{told}");
        // What shares some letters with a name is not meant.
        for (args, meant) in [
            (["search", "--foo"], None),
            (["search", "--perso"], Some("'--person'")),
            (["serve", "--port"], None),
            (["serve", "--otlp-http-port"], Some("'--otlp-http'")),
            (["serve", "--log-format=jsonn"], Some("'json'")),
            (["serve", "--log-format=rust"], None),
            (["seach", "x"], Some("'search'")),
            (["status", "x"], None),
        ] {
            let args = ["steplog", args[0], args[1]].map(OsString::from);
            let told = crate::config::parse(&command, &args).unwrap_err().to_string();
            assert_eq!(told.contains("similar"), meant.is_some(), "{told}");
            assert!(meant.is_none_or(|meant| told.contains(meant)), "{told}");
        }
    }

    #[test]
    fn words_that_are_no_flags_are_told_where_they_belong() {
        let told = |args: &[&str]| {
            let args = std::iter::once("steplog").chain(args.iter().copied()).map(OsString::from).collect();
            crate::config::parse(&Cli::command(), &with_default_command(args)).unwrap_err().to_string()
        };
        let late = told(&["--listen", "127.0.0.1:0", "search"]);
        assert!(late.contains("the command comes first") && late.contains("steplog search"), "{late}");
        let late = told(&["--tz", "UTC", "search"]);
        assert!(late.contains("steplog search --tz ...") && !late.contains("--store"), "{late}");
        assert!(told(&["serve", "my-data"]).contains("--data my-data"));
        assert!(told(&["check", "my-data"]).contains("--data my-data"));
        assert!(!told(&["show", "a", "b"]).contains("--data"));
    }

    #[track_caller]
    fn check(args: &[&str], want: &[&str]) {
        let whole = |args: &[&str]| {
            std::iter::once("steplog").chain(args.iter().copied()).map(OsString::from).collect()
        };
        let want: Vec<OsString> = whole(want);
        assert_eq!(with_default_command(whole(args)), want);
    }

    #[test]
    fn serve_is_the_default_command() {
        check(&[], &["serve"]);
        check(&["--demo"], &["serve", "--demo"]);
        check(&["--help"], &["--help"]);
        check(&["search", "x"], &["search", "x"]);
        check(&["--json", "search", "x"], &["--json", "search", "x"]);
        check(&["--json"], &["--json", "serve"]);
        check(&["--text", "--demo"], &["--text", "serve", "--demo"]);
    }
}
