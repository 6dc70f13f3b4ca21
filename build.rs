//! Tells the program which commit it is built from: `STEPLOG_COMMIT` of the environment, else what git says, else
//! nothing, as in a source archive.
#![allow(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=STEPLOG_COMMIT");
    // The log of HEAD grows with each commit and each checkout, in a worktree of its own as well.
    if let Some(moves) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo:rerun-if-changed={moves}");
    }
    let commit = std::env::var("STEPLOG_COMMIT").ok().filter(|commit| !commit.is_empty());
    let commit = commit.or_else(|| git(&["rev-parse", "--short=12", "HEAD"]));
    let version = env!("CARGO_PKG_VERSION");
    match commit {
        Some(commit) => {
            // Not STEPLOG_…: `cargo run` hands them to the program, which refuses settings that it does not know.
            println!("cargo:rustc-env=BUILD_COMMIT={commit}");
            println!("cargo:rustc-env=BUILD_VERSION={version} ({commit})");
        }
        None => {
            println!("cargo:rustc-env=BUILD_COMMIT=unknown");
            println!("cargo:rustc-env=BUILD_VERSION={version}");
        }
    }
}

fn git(arguments: &[&str]) -> Option<String> {
    let output =
        Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
