//! `steplog serve`: the server.

use std::process::ExitCode;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::output::{self, Form};
use crate::app::{self, Addresses};
use crate::config::Resolved;

/// What a shell reports for a process that SIGINT ended.
const INTERRUPTED: i32 = 130;

pub(super) async fn run(resolved: Resolved, form: Form) -> anyhow::Result<ExitCode> {
    let tables = app::check(&resolved)?;
    let settings = resolved.settings;
    app::init_logging(&settings.app.log, settings.app.log_format)?;
    if std::env::var_os(super::KEPT_MILLIS).is_none() {
        tracing::warn!(
            to_do = format!("set {}=0 in its environment", super::KEPT_MILLIS),
            "the program could not execute itself with that, so what it frees is kept for a while: it may take more \
             memory than --memory-bytes"
        );
    }
    // Before anything is opened: a signal from now on finds somebody who listens.
    let signals = Signals::new()?;
    let stop = CancellationToken::new();
    tokio::spawn(signals.watch(stop.clone()));
    let app = app::start(&settings, tables).await?;
    let addresses = app.addresses().clone();
    let (state, stop_within) = (State::of(&app), app.stop_within());
    let running = tokio::spawn(app.run(stop.clone()));
    greet(&addresses, &state, form)?;
    let ended = tokio::select! {
        ended = running => Some(ended),
        () = overdue(&stop, stop_within) => None,
    };
    match ended {
        Some(ended) => ended??,
        None => anyhow::bail!(
            "the stop took longer than {} s; acknowledged events are safe",
            stop_within.as_secs()
        ),
    }
    Ok(ExitCode::SUCCESS)
}

/// Once a stop has taken longer than it is to: each of its parts has a bound, but the processor may be taken.
async fn overdue(stop: &CancellationToken, within: Duration) {
    stop.cancelled().await;
    tokio::time::sleep(within).await;
}

/// The signals that ask for the end.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// The first one stops in good order, the second one at once: what was acknowledged is safe in either case.
    async fn watch(mut self, stop: CancellationToken) {
        self.next().await;
        stop.cancel();
        self.next().await;
        std::process::exit(INTERRUPTED);
    }
}

/// How it begins, in a few words.
struct State {
    /// What the store holds.
    held: String,
    /// That it is ready, or what keeps it from being so.
    ready: String,
}

impl State {
    fn of(app: &app::App) -> Self {
        let ready = match app.takes_nothing() {
            Some(reason) => format!("answers, but takes no events:\n{reason}"),
            None => "is ready".to_owned(),
        };
        Self { held: held(app), ready }
    }
}

fn held(app: &app::App) -> String {
    let kept = app.kept();
    let invented = if app.invented() { "; all of them are invented by --demo" } else { "" };
    match (kept.events, kept.oldest) {
        (0, _) => "new, empty".to_owned(),
        (events, Some(oldest)) => {
            format!("{} since {}{invented}", output::events(events), oldest.day())
        }
        (events, None) => format!("{}{invented}", output::events(events)),
    }
}

/// The first line for whoever started this: the addresses, as words or as JSON.
fn greet(addresses: &Addresses, state: &State, form: Form) -> anyhow::Result<()> {
    if !form.is_for_people() {
        output::put_line(format_args!("{}", serde_json::to_string(addresses)?))?;
        return Ok(());
    }
    let Addresses { grpc, http, listen, data } = addresses;
    let data = data.display();
    let version = env!("BUILD_VERSION");
    let State { held, ready } = state;
    output::put_line(format_args!(
        "\nsteplog {version} {ready}\n\n  page and API    http://{listen}\n  OTLP over gRPC  http://{grpc}\n  \
         OTLP over HTTP  http://{http}/v1/logs\n  data            {data}\n                  {held}\n\nCtrl-C stops it.\n"
    ))?;
    Ok(())
}
