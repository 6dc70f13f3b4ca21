//! The settings file: TOML, read with positions so that every complaint has one.

use std::error::Error as _;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches};
use steplog_exporter::map::Mappings;
use toml::de::{DeTable, DeValue};

use super::tips::{is_near, visible_flag};
use super::{SettingsError, bare_command, position};

/// Tables that the parts read themselves, out of the text.
const SECTIONS: [&str; 2] = ["mapping", "links"];
/// The file that is read if none is named.
const USUAL_NAME: &str = "steplog.toml";

/// One setting of the file.
#[derive(Clone, Debug)]
struct Entry {
    id: String,
    /// The flags that say the same.
    args: Vec<OsString>,
    line: usize,
    /// Whether neither environment nor flags say otherwise.
    used: bool,
}

/// A settings file that was read and checked.
#[derive(Clone, Debug)]
pub(super) struct SettingsFile {
    path: PathBuf,
    text: String,
    entries: Vec<Entry>,
}

impl SettingsFile {
    /// The file at `named`, or the usual one if there is one.
    pub(super) fn find(named: Option<&PathBuf>) -> Result<Option<Self>, SettingsError> {
        let path = named.map_or(Path::new(USUAL_NAME), PathBuf::as_path);
        match fs::read_to_string(path) {
            Ok(text) => Ok(Some(Self { path: path.to_owned(), text, entries: Vec::new() })),
            Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => Ok(None),
            Err(error) => Err(format!(
                "cannot read the settings file {}: {error}; name a file of TOML with --config or STEPLOG_CONFIG",
                path.display()
            )
            .into()),
        }
    }

    /// Checks all keys and values, and marks those that neither flags nor environment override.
    pub(super) fn choose(&mut self, given: &ArgMatches) -> Result<(), SettingsError> {
        let table = DeTable::parse(&self.text)
            .map_err(|error| self.problem(error.span().unwrap_or_default(), error.message()))?;
        let command = bare_command();
        let (mut entries, mut problems) = (Vec::new(), Vec::new());
        let mut settings: Vec<_> = table.get_ref().iter().collect();
        settings.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in settings {
            if SECTIONS.contains(&&**key.get_ref()) {
                continue;
            }
            let setting = command.get_arguments().find(|arg| is_key(key.get_ref(), arg));
            let Some(setting) = setting else {
                problems.push(self.problem(key.span(), &unknown_key(key.get_ref())));
                continue;
            };
            match as_args(setting, value.get_ref()) {
                Ok(args) => {
                    let id = setting.get_id().to_string();
                    let used = !matches!(
                        given.value_source(&id),
                        Some(ValueSource::CommandLine | ValueSource::EnvVariable)
                    );
                    entries.push(Entry { id, args, line: position(&self.text, key.span().start).0, used });
                }
                Err(problem) => {
                    problems.push(self.problem(value.span(), &format!("{}: {problem}", key.get_ref())))
                }
            }
        }
        if !problems.is_empty() {
            problems.extend(self.problems_of_sections());
            return Err(SettingsError { problems });
        }
        self.entries = entries;
        Ok(())
    }

    /// What is wrong in the tables that the parts read themselves.
    fn problems_of_sections(&self) -> Vec<String> {
        let mapping = Mappings::with_overrides(&self.text).err();
        let mapping = mapping.map(|error| format!("{}: {error}", self.name()));
        let links = super::links(&self.text, &self.name()).err();
        mapping.into_iter().chain(links.into_iter().flat_map(|error| error.problems)).collect()
    }

    /// The flags that the file stands for.
    pub(super) fn as_args(&self) -> impl Iterator<Item = OsString> {
        self.entries.iter().filter(|entry| entry.used).flat_map(|entry| entry.args.iter().cloned())
    }

    /// The place of a setting in the file, if it is from there.
    pub(super) fn used(&self, id: &str) -> Option<String> {
        let entry = self.entries.iter().find(|entry| entry.used && entry.id == id)?;
        Some(format!("{}:{}", self.path.display(), entry.line))
    }

    /// The file's text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The file's name, as it was given.
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn problem(&self, span: Range<usize>, what: &str) -> String {
        let (line, column) = position(&self.text, span.start);
        format!("{}:{line}:{column}: {what}", self.path.display())
    }
}

/// The key of a setting in the file; `None` for what a file cannot set.
pub(super) fn file_key(setting: &Arg) -> Option<String> {
    let long = setting.get_long().filter(|long| *long != "config")?;
    Some(long.replace('-', "_"))
}

/// Whether a key is that of a setting, or was before.
fn is_key(key: &str, setting: &Arg) -> bool {
    let before = setting.get_all_aliases().unwrap_or_default();
    file_key(setting).as_deref() == Some(key) || before.iter().any(|alias| alias.replace('-', "_") == key)
}

fn unknown_key(key: &str) -> String {
    // Written as a flag, or as a variable: the name is right but for its letters and dashes.
    let bare = key.trim_start_matches('-').to_ascii_lowercase().replace('-', "_");
    let bare = bare.strip_prefix("steplog_").unwrap_or(&bare);
    if let Some(setting) = bare_command().get_arguments().find(|setting| is_key(bare, setting))
        && let Some(meant) = file_key(setting)
    {
        return format!("there is no setting {key:?}; did you mean {meant:?}?");
    }
    let flag = format!("--{}", bare.replace('_', "-"));
    let error = bare_command().try_get_matches_from(["steplog", &flag]).err();
    let near =
        error.as_ref().and_then(|error| error.get(ContextKind::SuggestedArg)).and_then(|near| match near {
            ContextValue::String(near) if is_near(&flag, near) => Some(near.clone()),
            _ => None,
        });
    match near.and_then(|flag| visible_flag(std::iter::once(&bare_command()), &flag)) {
        Some(flag) => {
            format!(
                "there is no setting {key:?}; did you mean {:?}?",
                flag.trim_start_matches('-').replace('-', "_")
            )
        }
        None => format!("there is no setting {key:?}; `steplog check --print` lists them all"),
    }
}

/// The flags that say what the file says, once clap has agreed to the value.
fn as_args(setting: &Arg, value: &DeValue<'_>) -> Result<Vec<OsString>, String> {
    let flag = format!("--{}", setting.get_long().unwrap_or_default());
    let is_switch = matches!(setting.get_action(), ArgAction::SetTrue);
    let args = match value {
        DeValue::Boolean(on) if is_switch => {
            if *on {
                vec![flag]
            } else {
                Vec::new()
            }
        }
        _ if is_switch => return Err(format!("must be true or false, not {}", article(value))),
        DeValue::Array(values) if !matches!(setting.get_action(), ArgAction::Set) => {
            let each = values.iter().map(|value| Ok(format!("{flag}={}", scalar(value.get_ref())?)));
            each.collect::<Result<_, String>>()?
        }
        value => vec![format!("{flag}={}", scalar(value)?)],
    };
    let alone = std::iter::once("steplog").chain(args.iter().map(String::as_str));
    if let Err(error) = bare_command().try_get_matches_from(alone) {
        let written = error.to_string();
        let first_line = written.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        return Err(error.source().map_or(first_line, ToString::to_string));
    }
    Ok(args.into_iter().map(OsString::from).collect())
}

fn scalar(value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(int) if int.radix() == 10 => Ok(int.as_str().to_owned()),
        DeValue::Float(float) => Ok(float.as_str().to_owned()),
        DeValue::Boolean(truth) => Ok(truth.to_string()),
        other => Err(format!("must be a text, a decimal number, true or false, not {}", article(other))),
    }
}

fn article(value: &DeValue<'_>) -> String {
    let kind = value.type_str();
    let article = if kind.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {kind}")
}
