//! The panic hook: it logs the place of a panic and counts it. It never logs the text, which may hold data, such as what
//! somebody searched for.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::Write as _;
use std::panic::PanicHookInfo;

/// The message to a user whose answer failed by a panic.
pub const TOLD: &str = "steplog failed within; its log names the place. Please report that";

/// From now on a panic of any thread is one line of the log with its place, and counted.
pub fn install() {
    std::panic::set_hook(Box::new(tell));
}

fn tell(panic: &PanicHookInfo<'_>) {
    metrics::counter!("steplog_panics_total").increment(1);
    let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    if !tracing::dispatcher::has_been_set() {
        // A command that keeps no log. Where even standard error is closed there is nobody to tell.
        let _ =
            writeln!(std::io::stderr(), "error: steplog failed within, at {place}; please report this place");
        return;
    }
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or("unnamed");
    // Frames are names of functions and places, nothing of what these were called with.
    let trace = Backtrace::capture();
    let trace = (trace.status() == BacktraceStatus::Captured).then(|| trace.to_string());
    tracing::error!(place, thread, trace, "steplog failed within; please report this place");
}
