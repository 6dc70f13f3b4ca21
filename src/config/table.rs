//! The settings as pages for people, written from their declarations.

use std::fmt::Write as _;

use clap::{Arg, Args as _, Command};

use super::ServeSettings;
use super::file::file_key;

/// The settings of the README's table: what most installations say something about.
const USUAL: [&str; 8] = [
    "data",
    "listen",
    "otlp-grpc",
    "otlp-http",
    "allow-public",
    "store-retention-days",
    "store-retention-bytes",
    "log",
];

/// What docs/settings.md tells before its tables.
const INTRODUCTION: &str = "\
# Settings

Written by `steplog check --table docs` from the declarations of the settings; a test holds it to them.

Each setting is a key of the settings file, an environment variable and a flag. Defaults count least, then the file,
then variables, then flags. The file is `./steplog.toml`, or what `--config` or `STEPLOG_CONFIG` name. A key, a variable
beginning with `STEPLOG_` or a flag that there is not is refused, with the nearest one that there is. A switch is `true`
or `false` in the file and in its variable; its flag takes no value. A list is an array in the file and separated by
commas elsewhere. A number is in the unit that its name ends with, or has a unit of its own where that is exactly as
much: `512MiB` or `4GB`, `5s`, `10m`, `24h` or `7d`; in the file such a number is a text, in quotes.

`steplog check` tells what is wrong; `steplog check --print` tells each value and where it came from. The table
`[mapping]` of the file (which attributes fill which columns) is told in mapping.md, `[links]` in the README.
";

/// The settings of `serve`, in the order of its help.
#[must_use]
pub fn settings() -> Vec<Arg> {
    let command = ServeSettings::augment_args(Command::new("steplog"));
    command.get_arguments().cloned().collect()
}

/// The README's table: flag, variable, default and meaning of the usual settings.
#[must_use]
pub fn short_table() -> String {
    let mut table = String::from("| Flag | Variable | Default | Meaning |\n|---|---|---|---|\n");
    let settings = settings();
    for name in USUAL {
        for setting in settings.iter().filter(|setting| setting.get_long() == Some(name)) {
            // Writing to a String cannot fail.
            let (flag, variable) = (flag(setting), variable(setting));
            let _ = writeln!(table, "| {flag} | {variable} | {} | {} |", default(setting), meaning(setting));
        }
    }
    table
}

/// The page docs/settings.md: every setting, under the headings of the help.
#[must_use]
pub fn settings_page() -> String {
    const HEAD: &str = "| Key in the file | Variable | Flag | Default | Meaning |\n|---|---|---|---|---|\n";
    let mut page = String::from(INTRODUCTION);
    let mut heading = None;
    for setting in settings() {
        let of_this = setting.get_help_heading().unwrap_or("General").to_owned();
        if heading.as_ref() != Some(&of_this) {
            let _ = write!(page, "\n## {of_this}\n\n{HEAD}");
            heading = Some(of_this);
        }
        let key = file_key(&setting).map(|key| format!("`{key}`")).unwrap_or_default();
        let (flag, variable) = (flag(&setting), variable(&setting));
        let (default, meaning) = (default(&setting), meaning(&setting));
        let _ = writeln!(page, "| {key} | {variable} | {flag} | {default} | {meaning} |");
    }
    page
}

fn flag(setting: &Arg) -> String {
    let takes_value = setting.get_action().takes_values();
    let value = setting.get_value_names().filter(|_| takes_value).map(|names| names.join(" "));
    let value = value.map(|name| format!(" {name}")).unwrap_or_default();
    format!("`--{}{value}`", setting.get_long().unwrap_or_default())
}

fn variable(setting: &Arg) -> String {
    setting.get_env().map(|name| format!("`{}`", name.to_string_lossy())).unwrap_or_default()
}

fn default(setting: &Arg) -> String {
    if !setting.get_action().takes_values() {
        return "`false`".to_owned();
    }
    let values = setting.get_default_values().iter();
    values.map(|value| format!("`{}`", value.to_string_lossy())).collect::<Vec<_>>().join(", ")
}

fn meaning(setting: &Arg) -> String {
    setting.get_help().map(ToString::to_string).unwrap_or_default().replace('\n', " ")
}
