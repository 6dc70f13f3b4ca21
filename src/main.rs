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
        start_anew(&args, kept);
    }
    steplog::cli::main(args)
}

/// Takes the program's own place with an allocator that keeps no memory that was freed. It reads its options from the
/// environment, before there is a `main`.
///
/// By default it keeps what was freed for ten milliseconds at least, and then for as long as the thread rests whose it
/// was: nine senders of extremes beside slow readers took 610 MiB while 258 were in use, and take 346 to 470.
fn start_anew(args: &[OsString], kept: &str) {
    let (Ok(program), Some((name, rest))) = (env::current_exe(), args.split_first()) else { return };
    // It returns where it failed: the server runs as it is, and says so.
    drop(Command::new(program).arg0(name).args(rest).env(kept, "0").exec());
}
