//! The hook, in a process of its own: it is one for all threads.

#![expect(clippy::panic, reason = "the hook is tested by panics")]

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use metrics_exporter_prometheus::PrometheusBuilder;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const FAILS_AT: u32 = line!() + 3;

fn fails() {
    panic!("secret \x1b[31m{}", std::process::id());
}

#[test]
fn a_panic_tells_its_place_and_nothing_of_its_text() {
    let metrics = PrometheusBuilder::new().install_recorder().unwrap();
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt().with_writer(move || writer.clone()).json().flatten_event(true).init();
    steplog_net::panics::install();

    let texts = std::thread::Builder::new().name("reader".to_owned()).spawn(fails);
    assert!(texts.unwrap().join().is_err());
    let values = std::thread::spawn(|| std::panic::panic_any(String::from("secret")));
    assert!(values.join().is_err());

    let log = log.0.lock().unwrap().clone();
    let log = String::from_utf8(log).unwrap();
    assert!(!log.contains("secret") && !log.contains("[31m"), "{log}");
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 2, "{log}");
    let place = format!("\"place\":\"net/tests/panics.rs:{FAILS_AT}:");
    assert!(lines[0].contains(&place) && lines[0].contains("\"thread\":\"reader\""), "{log}");
    assert!(metrics.render().lines().any(|line| line == "steplog_panics_total 2"), "{}", metrics.render());
}
