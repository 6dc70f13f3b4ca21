//! Variables of the environment that begin as steplog's do: a misspelt one would be a setting that silently is none.

use std::ffi::OsString;

use clap::{Arg, Command};
use steplog_query::nearest::nearest;

use super::SettingsError;

const PREFIX: &str = "STEPLOG_";
/// Begins names that tests and whoever runs them may use.
const OF_TESTS: &str = "STEPLOG_TEST_";
/// What Kubernetes gives every container of a namespace that has a service called `steplog`.
const OF_KUBERNETES: [&str; 2] = ["STEPLOG_SERVICE_", "STEPLOG_PORT_"];
const PORT_OF_KUBERNETES: &str = "STEPLOG_PORT";

/// Variables that had another name before, which still says the same where the one of today is not set: setting,
/// variable of before.
const RENAMED: [(&str, &str); 3] = [
    ("query_timeout_millis", "STEPLOG_QUERY_TIMEOUT_MS"),
    ("query_header_timeout_millis", "STEPLOG_QUERY_HEADER_TIMEOUT_MS"),
    ("query_write_timeout_millis", "STEPLOG_QUERY_WRITE_TIMEOUT_MS"),
];

/// The variable that a setting is read from: its own, or the one of before where that alone is set.
pub(super) fn variable(setting: &Arg, value: impl Fn(&str) -> Option<OsString>) -> Option<&str> {
    let own = setting.get_env()?.to_str()?;
    let renamed = RENAMED.iter().find(|(id, _)| setting.get_id() == id);
    let before = renamed.map(|(_, before)| *before).filter(|before| value(before).is_some());
    Some(before.filter(|_| value(own).is_none()).unwrap_or(own))
}

/// The command with each setting read from the variable that is set.
pub(super) fn with_variables_of_before(command: Command) -> Command {
    command.mut_subcommands(|subcommand| {
        subcommand.mut_args(|setting| {
            let renamed = RENAMED.iter().find(|(id, _)| setting.get_id() == id);
            match renamed {
                Some((_, before)) if variable(&setting, |name| std::env::var_os(name)) == Some(before) => {
                    setting.env(*before)
                }
                _ => setting,
            }
        })
    })
}

/// Refuses every variable that begins as steplog's do and is none of a command's.
///
/// # Errors
/// One problem for each, with the nearest name that there is.
pub fn check_environment(
    command: &Command,
    names: impl Iterator<Item = String>,
) -> Result<(), SettingsError> {
    let commands = std::iter::once(command).chain(command.get_subcommands());
    let known = commands.flat_map(Command::get_arguments).filter_map(Arg::get_env);
    let known: Vec<&str> = known.filter_map(|name| name.to_str()).collect();
    let is_known = |name: &str| known.contains(&name) || RENAMED.iter().any(|(_, before)| *before == name);
    let mut unknown: Vec<String> = names.filter(|name| is_ours(name) && !is_known(name)).collect();
    unknown.sort();
    let problems: Vec<String> = unknown.iter().map(|name| problem(name, &known)).collect();
    if problems.is_empty() { Ok(()) } else { Err(SettingsError { problems }) }
}

fn is_ours(name: &str) -> bool {
    let is_of_others = name == PORT_OF_KUBERNETES
        || OF_KUBERNETES.iter().any(|prefix| name.starts_with(prefix))
        || name.starts_with(OF_TESTS);
    name.starts_with(PREFIX) && !is_of_others
}

fn problem(name: &str, known: &[&str]) -> String {
    // Without what all have in common, which would make every name look near.
    let bare = |name: &str| name.strip_prefix(PREFIX).unwrap_or(name).to_owned();
    let candidates: Vec<String> = known.iter().map(|name| bare(name)).collect();
    let hint = match nearest(&bare(name), candidates.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {PREFIX}{near}?"),
        None => "`steplog check --print` lists all settings; unset it".to_owned(),
    };
    format!("environment variable {name}: there is no such setting; {hint}")
}

#[cfg(test)]
mod tests {
    use clap::Args as _;

    use super::*;
    use crate::config::ServeSettings;

    #[track_caller]
    fn check(names: &[&str], want: &[&str]) {
        let command = Command::new("steplog").subcommand(ServeSettings::augment_args(Command::new("serve")));
        let problems = check_environment(&command, names.iter().map(ToString::to_string))
            .map_or_else(|error| error.problems, |()| Vec::new());
        assert_eq!(problems, want);
    }

    #[test]
    fn misspelt_variables_are_told_with_the_nearest_name() {
        check(
            &["STEPLOG_OTLP_GPRC", "STEPLOG_LISEN", "STEPLOG_ZZZZ", "STEPLOG_DATA", "PATH"],
            &[
                "environment variable STEPLOG_LISEN: there is no such setting; did you mean STEPLOG_LISTEN?",
                "environment variable STEPLOG_OTLP_GPRC: there is no such setting; did you mean STEPLOG_OTLP_GRPC?",
                "environment variable STEPLOG_ZZZZ: there is no such setting; `steplog check --print` lists all \
                 settings; unset it",
            ],
        );
    }

    #[test]
    fn variables_of_before_are_read_where_those_of_today_are_not_set() {
        let command = ServeSettings::augment_args(Command::new("serve"));
        let timeout =
            command.get_arguments().find(|setting| setting.get_id() == "query_timeout_millis").unwrap();
        let check = |set: &[&str], want: &str| {
            let value = |name: &str| set.contains(&name).then(|| OsString::from("1"));
            assert_eq!(variable(timeout, value), Some(want), "{set:?}");
        };
        let (today, before) = ("STEPLOG_QUERY_TIMEOUT_MILLIS", "STEPLOG_QUERY_TIMEOUT_MS");
        check(&[], today);
        check(&[before], before);
        check(&[today], today);
        check(&[before, today], today);
    }

    #[test]
    fn variables_of_others_are_let_be() {
        check(
            &[
                "STEPLOG_SERVICE_HOST",
                "STEPLOG_PORT",
                "STEPLOG_PORT_4317_TCP_ADDR",
                "STEPLOG_TEST_SEED",
                "OTHER_LISEN",
                "STEPLOG_QUERY_TIMEOUT_MS",
            ],
            &[],
        );
    }
}
