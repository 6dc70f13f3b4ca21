//! libFuzzer around the target that the variable `FUZZ_TARGET` names. Into the directory that `FUZZ_WORK` names it puts
//! what to begin with: inputs that follow from the formats, and words that its parsers know.
#![no_main]

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use steplog_fuzz::{TARGETS, Target, seeds};

static TARGET: OnceLock<Target> = OnceLock::new();

/// What the environment asks for.
fn chosen() -> Target {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    Target::named(&name).unwrap_or_else(|| {
        let names = TARGETS.map(|target| target.name).join(", ");
        panic!("FUZZ_TARGET is {name:?}; it must be one of {names}")
    })
}

fn prepare(target: &Target) -> io::Result<()> {
    let Some(work) = std::env::var_os("FUZZ_WORK").map(PathBuf::from) else { return Ok(()) };
    let inputs = work.join("corpus");
    fs::create_dir_all(&inputs)?;
    for (number, input) in seeds::of(target.name).into_iter().enumerate() {
        fs::write(inputs.join(format!("seed-{number}")), input)?;
    }
    fs::write(work.join("dictionary"), seeds::dictionary(target.name))
}

fuzz_target!(
    init: {
        let target = TARGET.get_or_init(chosen);
        target.warm_up();
        prepare(target).unwrap_or_else(|error| panic!("FUZZ_WORK: {error}"));
    },
    |input: &[u8]| {
        TARGET.get_or_init(chosen).check(input);
    }
);
