//! Ctrl-C, for commands that say where to go on.

use std::io;
use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a shell reports for a process that SIGINT ended.
pub(super) const INTERRUPTED: u8 = 130;

/// One stream of signals for the whole life of a command: a signal between two waits is not lost.
pub(super) struct Interrupt {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupt {
    /// Takes Ctrl-C and SIGTERM from now on.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Until the next one, which may have come already.
    pub(super) async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The exit code of a command that was interrupted and has printed its summary.
pub(super) fn code() -> ExitCode {
    ExitCode::from(INTERRUPTED)
}
