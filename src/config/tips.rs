//! What is offered to whoever wrote a flag that there is not, or something that is no flag.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command};
use steplog_query::nearest::nearest;

/// The commands that have the settings as flags, and nothing but flags.
const OF_SETTINGS: [&str; 2] = ["serve", "check"];

/// What clap offers, and for what.
const OFFERED: [(ContextKind, ContextKind); 3] = [
    (ContextKind::SuggestedArg, ContextKind::InvalidArg),
    (ContextKind::SuggestedSubcommand, ContextKind::InvalidSubcommand),
    (ContextKind::SuggestedValue, ContextKind::InvalidValue),
];

/// clap offers names of before and flags that are hidden as well, and names that share some letters and nothing else: the
/// tip names what the help has and what may be meant, or nothing. What is no flag of `serve` may be a command that comes
/// too late, or a directory without its flag.
pub(super) fn with_tips(mut error: clap::Error, command: &Command, args: &[OsString]) -> clap::Error {
    OFFERED.into_iter().for_each(|(offered, written)| leave_near(&mut error, offered, written));
    if let Some(ContextValue::String(flag)) = error.remove(ContextKind::SuggestedArg) {
        // What the command in question hides is not for it.
        let used = args.iter().skip(1).find_map(|arg| command.find_subcommand(arg));
        let commands = std::iter::once(command).chain(
            command
                .get_subcommands()
                .filter(|other| used.is_none_or(|used| used.get_name() == other.get_name())),
        );
        // Not among the arguments until it is built.
        let of_clap = matches!(&*flag, "--help" | "--version").then(|| flag.clone());
        if let Some(visible) = of_clap.or_else(|| visible_flag(commands, &flag)) {
            error.insert(ContextKind::SuggestedArg, ContextValue::String(visible));
        }
    }
    if let Some(tip) = of_late_command(&error, command, args) {
        // What is near among the flags of `serve` is not meant.
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::Usage);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    } else if let Some(tip) = of_value(&error, command, args) {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    }
    error
}

/// Takes back what clap offers for something that was written, where it is not near.
fn leave_near(error: &mut clap::Error, offered: ContextKind, written: ContextKind) {
    let Some(ContextValue::String(written)) = error.get(written).cloned() else { return };
    let near = match error.remove(offered) {
        Some(ContextValue::String(name)) if is_near(&written, &name) => ContextValue::String(name),
        Some(ContextValue::Strings(names)) => {
            ContextValue::Strings(names.into_iter().filter(|name| is_near(&written, name)).collect())
        }
        _ => return,
    };
    if !matches!(&near, ContextValue::Strings(names) if names.is_empty()) {
        error.insert(offered, near);
    }
}

/// Whether what clap offers may be meant by what was written.
pub(super) fn is_near(written: &str, offered: &str) -> bool {
    let bare = |name| str::trim_start_matches(name, '-');
    nearest(bare(written), std::iter::once(bare(offered))).is_some()
}

/// What to do about a flag of a command that stands before it, where it is taken for one of `serve`.
fn of_late_command(error: &clap::Error, command: &Command, args: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else { return None };
    let name = flag.strip_prefix("--")?;
    let mut commands = args.iter().skip(1).filter_map(|arg| command.find_subcommand(arg));
    commands.next().filter(|first| OF_SETTINGS.contains(&first.get_name()))?;
    let late = commands.next()?;
    late.get_arguments().find(|arg| arg.get_long() == Some(name))?;
    Some(format!("the command comes first, and its flags behind it: steplog {} {flag} ...", late.get_name()))
}

/// What to do about a word that is no flag, where a command takes flags alone.
fn of_value(error: &clap::Error, command: &Command, args: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidArg) else { return None };
    let takes_flags_alone = args.iter().skip(1).find_map(|arg| {
        let found = command.find_subcommand(arg)?;
        Some(OF_SETTINGS.contains(&found.get_name()))
    });
    if word.starts_with('-') || takes_flags_alone != Some(true) {
        return None;
    }
    Some(match command.find_subcommand(word) {
        Some(_) => format!("the command comes first, and its flags behind it: steplog {word} ..."),
        None => format!("a directory is named by its flag: --data {word}"),
    })
}

/// The flag that the help has for one of any of its names, also those of before.
pub(super) fn visible_flag<'a>(commands: impl Iterator<Item = &'a Command>, flag: &str) -> Option<String> {
    let name = flag.trim_start_matches('-');
    let is_called_so = |arg: &&Arg| {
        arg.get_long() == Some(name) || arg.get_all_aliases().is_some_and(|names| names.contains(&name))
    };
    let mut found = commands.flat_map(Command::get_arguments).filter(is_called_so);
    let shown = found.find(|arg| !arg.is_hide_set())?;
    Some(format!("--{}", shown.get_long()?))
}
