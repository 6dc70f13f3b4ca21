//! All settings as a table for people.

use std::fmt::Write as _;

use clap::{Arg, Args as _, Command};

use super::ServeSettings;

/// The settings of `serve`, in the order of its help.
#[must_use]
pub fn settings() -> Vec<Arg> {
    let command = ServeSettings::augment_args(Command::new("steplog"));
    command.get_arguments().cloned().collect()
}

/// The README's table: flag, variable, default, meaning.
#[must_use]
pub fn markdown_table() -> String {
    let mut table = String::from("| Flag | Variable | Default | Meaning |\n|---|---|---|---|\n");
    for setting in settings() {
        let flag = setting.get_long().unwrap_or_default();
        let takes_value = setting.get_action().takes_values();
        let value = setting.get_value_names().filter(|_| takes_value).map(|names| names.join(" "));
        let value = value.map(|name| format!(" {name}")).unwrap_or_default();
        let variable = setting.get_env().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let defaults: Vec<_> = setting
            .get_default_values()
            .iter()
            .map(|value| format!("`{}`", value.to_string_lossy()))
            .collect();
        let default = if takes_value { defaults.join(", ") } else { "off".to_owned() };
        let help = setting.get_help().map(ToString::to_string).unwrap_or_default().replace('\n', " ");
        // Writing to a String cannot fail.
        let _ = writeln!(table, "| `--{flag}{value}` | `{variable}` | {default} | {help} |");
    }
    table
}
