//! Every input of the corpus through its target, and those that follow from the formats.

use std::fs;
use std::path::Path;

use steplog_fuzz::{MAX_INPUT_BYTES, TARGETS, seeds};

// One test: the targets measure the time and the memory of the process.
#[test]
fn every_input_is_read_as_it_should_be() {
    for target in TARGETS {
        target.warm_up();
        for input in seeds::of(target.name) {
            target.check(&input);
        }
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
        let mut inputs = 0;
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            let input = fs::read(&path).unwrap();
            assert!(input.len() <= MAX_INPUT_BYTES, "{} is too long", path.display());
            target.check(&input);
            inputs += 1;
        }
        assert!(inputs > 0, "{} has none", directory.display());
    }
}
