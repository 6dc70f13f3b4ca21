//! The binary `steplog`; everything is in the library.

use std::env;
use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args: Vec<OsString> = env::args_os().collect();
    let kept = steplog::cli::KEPT_MILLIS;
    if steplog::cli::serves(&args) && env::var_os(kept).is_none() {
        exec_again(&args, kept);
    }
    steplog::cli::main(args)
}

/// Executes this program once more in its own place, with an allocator that keeps no memory that was freed: mimalloc reads
/// its options from the environment, before there is a `main`.
///
/// By default it keeps what was freed for ten milliseconds at least, and then for as long as the thread rests whose it
/// was: nine senders of extremes beside slow readers took 610 MiB while 258 were in use, and take 346 to 470.
fn exec_again(args: &[OsString], kept: &str) {
    let (Ok(program), Some((name, rest))) = (env::current_exe(), args.split_first()) else { return };
    // Whoever starts the program by naming it to the dynamic loader has that as the executable, which knows no `serve`.
    if program.file_name().is_some_and(|file| file.to_string_lossy().starts_with("ld-")) {
        return;
    }
    // It returns where it failed: the server runs as it is, and says so.
    drop(Command::new(program).arg0(name).args(rest).env(kept, "0").exec());
}
