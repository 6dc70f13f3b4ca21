//! The settings file with its tables of rules and links, and the document of saved views.

use std::ffi::OsString;
use std::fs;
use std::sync::LazyLock;

use clap::{Args as _, Command};
use steplog::config::{ResolveError, ServeSettings, links, resolve, told_links};
use steplog_exporter::map::{Mappings, told};
use steplog_query::fuzzing::views;
use tempfile::TempDir;

use crate::text;

struct Place {
    directory: TempDir,
    command: Command,
}

static PLACE: LazyLock<Place> = LazyLock::new(|| {
    // In memory: a disk would be most of the time.
    let directory = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).expect("a directory");
    let serve = ServeSettings::augment_args(Command::new("serve"));
    let command = Command::new("steplog").subcommand(serve.mut_args(|arg| arg.env(None)));
    Place { directory, command }
});

pub(crate) fn run(input: &[u8]) {
    settings(input);
    if input.first() == Some(&b'{') {
        views(input);
    }
    let Some(text) = text(input) else { return };
    if let Err(error) = Mappings::with_overrides(text) {
        assert!(!error.to_string().is_empty());
    }
    let _ = told(text);
    if let Err(error) = links(text, "steplog.toml") {
        assert!(!error.problems.is_empty() && error.problems.iter().all(|problem| !problem.is_empty()));
    }
    let _ = told_links(text);
}

fn settings(input: &[u8]) {
    let path = PLACE.directory.path().join("steplog.toml");
    fs::write(&path, input).expect("a file");
    let args: [OsString; 4] = ["steplog".into(), "serve".into(), "--config".into(), path.into()];
    match resolve(&PLACE.command, "serve", &args) {
        Ok(resolved) => assert!(text(input).is_some_and(|text| resolved.file_text() == text)),
        Err(ResolveError::Settings(error)) => {
            assert!(!error.problems.is_empty() && error.problems.iter().all(|problem| !problem.is_empty()));
        }
        Err(ResolveError::Usage(error)) => assert!(!error.to_string().is_empty()),
    }
}
