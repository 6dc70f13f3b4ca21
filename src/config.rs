//! The settings of `serve`: each part's own, flattened, and the file that fills what flags and environment leave open.
//!
//! Precedence: defaults < settings file < environment < flags. The file's keys are the long flags with `_` for `-`,
//! so a setting is declared once, beside its user, and the file, the help, the tables of README and docs/settings.md and
//! `check --print` follow from that.

mod environment;
mod file;
mod links;
mod memory;
mod table;
mod tips;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args as _, Command, FromArgMatches as _};
use steplog_model::settings::units::Unit;

use file::SettingsFile;

/// The data directory of `--demo` where none is named: never that of somebody's own events.
pub(crate) const DEMO_DATA: &str = "steplog-demo";

pub use environment::check_environment;
pub use links::{links, told_links};
pub use table::{settings, settings_page, short_table};

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// Lines for people.
    Text,
}

/// What concerns steplog as a whole.
#[derive(Clone, Debug, clap::Args)]
pub struct AppSettings {
    /// Settings file. Without it ./steplog.toml is read if it exists.
    #[arg(long, env = "STEPLOG_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Feed steplog with invented events: those of the last 24 hours at once, then more as they happen. They have a
    /// directory of their own, steplog-demo, unless --data names one.
    #[arg(long, env = "STEPLOG_DEMO")]
    pub demo: bool,

    /// Listen on addresses that other machines reach, although nobody has to authenticate.
    #[arg(long, env = "STEPLOG_ALLOW_PUBLIC")]
    pub allow_public: bool,

    /// The memory that events and answers on their way may take together, in bytes. What each part may take follows
    /// from it, unless it is set itself.
    #[arg(long, env = "STEPLOG_MEMORY_BYTES", value_name = "BYTES", default_value_t = 512 << 20,
          value_parser = Unit::Bytes.within::<u64>(64 << 20..=1 << 40))]
    pub memory_bytes: u64,

    /// What is logged to stderr: error, warn, info, debug or trace, also by part: info,steplog_indexer=debug.
    #[arg(long, env = "STEPLOG_LOG", value_name = "FILTER", default_value = "info")]
    pub log: String,

    /// How it is logged: json, an object a line, or text. Without it: text on a terminal, json elsewhere.
    #[arg(long, env = "STEPLOG_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
}

/// All settings of `serve`.
#[derive(Clone, Debug, clap::Args)]
pub struct ServeSettings {
    /// Of the whole.
    #[command(flatten, next_help_heading = "General")]
    pub app: AppSettings,
    /// Of the receivers.
    #[command(flatten, next_help_heading = "Receiving")]
    pub receiver: steplog_exporter::ReceiverSettings,
    /// Of the store.
    #[command(flatten, next_help_heading = "Storing")]
    pub store: steplog_indexer::StoreSettings,
    /// Of API and page.
    #[command(flatten, next_help_heading = "Asking")]
    pub query: steplog_query::QuerySettings,
}

/// What is wrong with the settings: every problem that could be found at once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", problems.join("\n"))]
pub struct SettingsError {
    /// One line each: where, what, what to do.
    pub problems: Vec<String>,
}

impl From<String> for SettingsError {
    fn from(problem: String) -> Self {
        Self { problems: vec![problem] }
    }
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// The flags or the environment.
    #[error(transparent)]
    Usage(#[from] clap::Error),
    /// The settings file.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// Settings and where each came from.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The command line with what the file adds to it.
    pub matches: ArgMatches,
    /// The settings.
    pub settings: ServeSettings,
    file: Option<SettingsFile>,
    /// The settings that follow from another one.
    derived: Vec<&'static str>,
}

impl Resolved {
    /// Where a setting came from: a flag, a variable, a line of the file, or `default`.
    #[must_use]
    pub fn origin(&self, setting: &clap::Arg) -> String {
        let id = setting.get_id().as_str();
        if let Some(entry) = self.file.as_ref().and_then(|file| file.used(id)) {
            return entry;
        }
        if self.derived.contains(&id) {
            return "memory_bytes".to_owned();
        }
        match self.matches.value_source(id) {
            Some(ValueSource::CommandLine) => format!("--{}", setting.get_long().unwrap_or(id)),
            Some(ValueSource::EnvVariable) => {
                environment::variable(setting, |name| std::env::var_os(name)).unwrap_or_default().to_owned()
            }
            _ => "default".to_owned(),
        }
    }

    /// Whether anybody said what a setting is: a flag, a variable or the file.
    #[must_use]
    pub fn is_given(&self, id: &str) -> bool {
        self.matches.value_source(id).is_some_and(|source| source != ValueSource::DefaultValue)
    }

    /// The text of the settings file, for the parts that read tables of it such as `[mapping]`; empty without one.
    #[must_use]
    pub fn file_text(&self) -> &str {
        self.file.as_ref().map_or("", SettingsFile::text)
    }

    /// The settings file's name, empty without one.
    #[must_use]
    pub fn file_name(&self) -> String {
        self.file.as_ref().map(SettingsFile::name).unwrap_or_default()
    }

    /// A setting's value as it would be written, empty where there is none.
    #[must_use]
    pub fn value(&self, setting: &clap::Arg) -> String {
        if setting.get_id() == "data" {
            return self.settings.store.data.display().to_string();
        }
        let raw = self.matches.get_raw(setting.get_id().as_str());
        let texts = raw.into_iter().flatten().map(|text| text.to_string_lossy().into_owned());
        texts.collect::<Vec<_>>().join(",")
    }
}

/// The settings of a subcommand that has all of [`ServeSettings`], out of `args`, the environment and the file.
///
/// # Errors
/// [`ResolveError`], with all problems of the file at once.
pub fn resolve(command: &Command, subcommand: &str, args: &[OsString]) -> Result<Resolved, ResolveError> {
    let first = matches(command, subcommand, args)?;
    let file = match SettingsFile::find(first.get_one::<PathBuf>("config"))? {
        Some(mut file) => {
            file.choose(&first)?;
            Some(file)
        }
        None => None,
    };
    let mut all_args = args.to_vec();
    all_args.extend(file.iter().flat_map(SettingsFile::as_args));
    let given = matches(command, subcommand, &all_args)?;
    let derived = memory::follow(&ServeSettings::from_arg_matches(&given)?, &given);
    let flag = |(id, value): &(&str, u64)| OsString::from(format!("--{}={value}", id.replace('_', "-")));
    all_args.extend(derived.iter().map(flag));
    let matches = matches(command, subcommand, &all_args)?;
    let settings = ServeSettings::from_arg_matches(&matches)?;
    let derived = derived.into_iter().map(|(id, _)| id).collect();
    let mut resolved = Resolved { matches, settings, file, derived };
    if resolved.settings.app.demo && !resolved.is_given("data") {
        resolved.settings.store.data = DEMO_DATA.into();
    }
    Ok(resolved)
}

/// Parses the command line.
///
/// # Errors
/// clap's, with the name of the variable where a wrong value comes from one.
pub fn parse(command: &Command, args: &[OsString]) -> Result<ArgMatches, clap::Error> {
    let command = &with_negative_numbers(environment::with_variables_of_before(command.clone()));
    let matches =
        command.clone().try_get_matches_from(args).map_err(|error| tips::with_tips(error, command, args));
    matches.map_err(|error| match variable_of(&error, command, args) {
        Some(variable) => {
            let written = error.to_string();
            let first_line = written.lines().next().unwrap_or_default().trim_start_matches("error: ");
            let wanted = expected(&error).map(|values| format!("; write {values}")).unwrap_or_default();
            let said =
                format!("{first_line}{wanted}; the value comes from the environment variable {variable}\n");
            clap::Error::raw(error.kind(), said)
        }
        None => error,
    })
}

/// The command with `-1` behind a flag read as its value, which then is refused for what it is.
fn with_negative_numbers(command: Command) -> Command {
    command.mut_subcommands(|subcommand| {
        subcommand.mut_args(|arg| {
            let has_value = arg.get_long().is_some() && arg.get_action().takes_values();
            if has_value { arg.allow_negative_numbers(true) } else { arg }
        })
    })
}

/// The values that there are instead of a wrong one, where they are few.
fn expected(error: &clap::Error) -> Option<String> {
    match error.get(ContextKind::ValidValue)? {
        ContextValue::Strings(values) if !values.is_empty() => Some(values.join(" or ")),
        _ => None,
    }
}

/// The variable that an error is about: that of a flag which is not among the arguments.
fn variable_of(error: &clap::Error, command: &Command, args: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else { return None };
    let flag = flag.split(' ').next()?;
    if args.iter().any(|arg| arg.to_string_lossy().split('=').next() == Some(flag)) {
        return None;
    }
    let mut settings = command.get_subcommands().flat_map(Command::get_arguments);
    let setting = settings.find(|setting| setting.get_long() == flag.strip_prefix("--"))?;
    Some(setting.get_env()?.to_string_lossy().into_owned())
}

fn matches(command: &Command, subcommand: &str, args: &[OsString]) -> Result<ArgMatches, clap::Error> {
    let mut matches = parse(command, args)?;
    match matches.remove_subcommand() {
        Some((name, matches)) if name == subcommand => Ok(matches),
        _ => Err(clap::Error::raw(
            clap::error::ErrorKind::MissingSubcommand,
            format!("{subcommand} is missing"),
        )),
    }
}

/// A command that has the settings as its flags and nothing else, not even the environment.
fn bare_command() -> Command {
    let command = ServeSettings::augment_args(Command::new("steplog"));
    command.disable_help_flag(true).mut_args(|arg| arg.env(None))
}

/// Line and column of a byte, both from 1.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    (before.matches('\n').count() + 1, column)
}

#[cfg(test)]
mod tests;
