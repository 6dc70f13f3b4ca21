//! What a request carries: log records, spans or metrics.

use steplog_model::counted::counted;

/// A signal of OTLP, with the words that its senders read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Log records: each is an event.
    #[default]
    Logs,
    /// Spans: those that [`super::SpanRules`] take are events.
    Traces,
    /// Metrics: no event, answered so that a sender of all three signals goes on.
    Metrics,
}

impl Signal {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Logs, Self::Traces, Self::Metrics];

    /// The name in metrics and paths.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Logs => "logs",
            Self::Traces => "traces",
            Self::Metrics => "metrics",
        }
    }

    /// So many of them, as in `1 span` and `3 spans`.
    #[must_use]
    pub fn counted(self, count: u64) -> String {
        counted(count, self.item())
    }

    /// What it consists of.
    #[must_use]
    pub const fn items(self) -> &'static str {
        match self {
            Self::Logs => "log records",
            Self::Traces => "spans",
            Self::Metrics => "data points",
        }
    }

    /// One of them, as in `span 3`.
    #[must_use]
    pub const fn item(self) -> &'static str {
        match self {
            Self::Logs => "log record",
            Self::Traces => "span",
            Self::Metrics => "data point",
        }
    }

    /// The message of an export request.
    #[must_use]
    pub const fn request(self) -> &'static str {
        match self {
            Self::Logs => "ExportLogsServiceRequest",
            Self::Traces => "ExportTraceServiceRequest",
            Self::Metrics => "ExportMetricsServiceRequest",
        }
    }
}
