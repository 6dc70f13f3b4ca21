//! Counting requests: how many, how large, how long, with which outcome.

use std::time::Instant;

use http::Response;

use crate::reply::{RefusalReason, Reply};
use crate::wire::Protocol;

/// Measures one request. One that is dropped before its answer was made counts as abandoned, as its sender went away, or
/// as failed within, where a panic drops it.
#[derive(Debug)]
pub(crate) struct Meter {
    protocol: Protocol,
    started: Instant,
    finished: bool,
}

impl Meter {
    pub(crate) fn start(protocol: Protocol) -> Self {
        Self { protocol, started: Instant::now(), finished: false }
    }

    /// Counts the bytes of the body as they were sent.
    pub(crate) fn received(&self, bytes: usize) {
        metrics::counter!("steplog_receive_bytes_total", "protocol" => self.protocol.name())
            .increment(bytes as u64);
    }

    /// Counts the request with its outcome and hands its response on.
    pub(crate) fn finish<B>(mut self, reply: &Reply, response: Response<B>) -> Response<B> {
        self.finished = true;
        self.count(reply.outcome());
        if let Reply::Refused(_) | Reply::Retry(_) = reply {
            tracing::debug!(protocol = self.protocol.name(), outcome = reply.outcome(), "request not taken");
        }
        response
    }

    fn count(&self, outcome: &'static str) {
        let protocol = self.protocol.name();
        metrics::counter!("steplog_receive_requests_total", "protocol" => protocol, "outcome" => outcome)
            .increment(1);
        metrics::histogram!("steplog_receive_request_seconds", "protocol" => protocol)
            .record(self.started.elapsed().as_secs_f64());
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if !self.finished {
            self.count(if std::thread::panicking() { RefusalReason::Internal.name() } else { "abandoned" });
        }
    }
}

/// Counts connections, by what became of them.
pub(crate) fn count_connection(outcome: &'static str) {
    metrics::counter!("steplog_receive_connections_total", "outcome" => outcome).increment(1);
}
