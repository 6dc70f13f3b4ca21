//! Every parser of steplog under bytes that somebody else chooses.
//!
//! A **target** takes bytes, hands them to the parsers of one kind, and fails where one of them panics, says something
//! that is not so, takes longer than a second, or takes more memory than such an input may cost. `fuzz/run` drives the
//! targets with libFuzzer, which looks for inputs that reach code that no other did; `cargo test -p steplog-fuzz` takes
//! each through the inputs of `corpus/`. What was found lies there too, beside what real senders write.

mod api;
mod import;
mod index;
mod json;
mod log;
mod otlp;
mod request;
mod search;
pub mod seeds;
mod settings;
mod shown;
mod store;
mod values;
mod words;

use std::time::Duration;

use peak_alloc::PeakAlloc;
use rustix::time::{ClockId, clock_gettime};
use steplog_model::time::UnixNanos;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The most processor time of one input. The largest are some hundred kilobytes, and the code is not optimised.
const MAX_TIME: Duration = Duration::from_secs(1);

/// When everything is received that a target receives: 2026-11-23T08:00:00Z.
const NOW: UnixNanos = UnixNanos(1_795_420_800_000_000_000);

/// The most bytes of one input; libFuzzer is told the same.
pub const MAX_INPUT_BYTES: usize = 16 << 10;

/// One kind of parser.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, which its directory of `corpus/` has as well.
    pub name: &'static str,
    /// The most memory that one input may take at any moment, in bytes, whatever its size.
    max_memory_bytes: usize,
    run: fn(&[u8]),
}

const fn target(name: &'static str, max_memory_bytes: usize, run: fn(&[u8])) -> Target {
    Target { name, max_memory_bytes, run }
}

const MIB: usize = 1 << 20;

/// All targets.
pub const TARGETS: [Target; 9] = [
    target("text", 16 * MIB, text_of_people),
    target("request", 16 * MIB, request::run),
    target("values", 16 * MIB, values::run),
    target("otlp", 16 * MIB, otlp::run),
    target("json", 16 * MIB, json::run),
    target("import", 64 * MIB, import::run),
    target("settings", 16 * MIB, settings::run),
    target("files", 32 * MIB, files),
    target("store", 64 * MIB, store::run),
];

/// What people write, as a search text and as a text that is searched.
fn text_of_people(input: &[u8]) {
    search::run(input);
    words::run(input);
}

/// The store's files one by one.
fn files(input: &[u8]) {
    log::run(input);
    index::run(input);
}

impl Target {
    /// The target of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TARGETS.into_iter().find(|target| target.name == name)
    }

    /// Makes once what lasts, which is no input's price.
    pub fn warm_up(&self) {
        seeds::of(self.name).iter().for_each(|input| (self.run)(input));
    }

    /// Takes one input through the parsers.
    ///
    /// # Panics
    /// Where anything is wrong with what they do.
    pub fn check(&self, input: &[u8]) {
        MEMORY.reset_peak_usage();
        let (before_bytes, before) = (MEMORY.current_usage(), cpu_time());
        (self.run)(input);
        let (time, bytes) =
            (cpu_time().saturating_sub(before), MEMORY.peak_usage().saturating_sub(before_bytes));
        assert!(time < MAX_TIME, "{} bytes took {time:?}", input.len());
        assert!(bytes < self.max_memory_bytes, "{} bytes took {bytes} bytes of memory", input.len());
    }
}

/// The time that the process has computed, over all its threads.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// The input as a text, for parsers that get nothing else.
fn text(input: &[u8]) -> Option<&str> {
    std::str::from_utf8(input).ok()
}
