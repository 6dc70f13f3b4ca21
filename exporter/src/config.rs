//! The receiver's settings.

use std::net::SocketAddr;
use std::time::Duration;

use steplog_model::settings::units::Unit;

/// Where and within which bounds log records are received.
#[derive(Clone, Debug, clap::Args)]
pub struct ReceiverSettings {
    /// Address that takes OTLP over gRPC, and over HTTP as well. Port 0 takes a free one.
    #[arg(
        long,
        env = "STEPLOG_OTLP_GRPC",
        value_name = "ADDR",
        default_value = "127.0.0.1:4317",
        value_parser = steplog_net::address::parse
    )]
    pub otlp_grpc: SocketAddr,

    /// Address that takes OTLP over HTTP (protobuf and JSON) at /v1/logs, and over gRPC as well. Port 0 takes a free one.
    #[arg(
        long,
        env = "STEPLOG_OTLP_HTTP",
        value_name = "ADDR",
        default_value = "127.0.0.1:4318",
        value_parser = steplog_net::address::parse
    )]
    pub otlp_http: SocketAddr,

    /// Largest request in bytes, as sent and again once decompressed. Larger ones are refused for good.
    #[arg(
        long,
        env = "STEPLOG_OTLP_REQUEST_BYTES",
        value_name = "BYTES",
        default_value_t = 64 << 20,
        value_parser = Unit::Bytes.within::<u32>(1024..=1 << 30)
    )]
    pub otlp_request_bytes: u32,

    /// Bytes of all requests being received and decoded at one time; above it senders are told to try again.
    /// At least twice the largest request.
    #[arg(long, env = "STEPLOG_OTLP_IN_FLIGHT_BYTES", value_name = "BYTES", default_value_t = 144 << 20, value_parser = Unit::Bytes.any::<usize>())]
    pub otlp_in_flight_bytes: usize,

    /// Most connections at one time, both ports together. Further ones are closed at once.
    #[arg(
        long,
        env = "STEPLOG_OTLP_MAX_CONNECTIONS",
        value_name = "NUMBER",
        default_value_t = 10_000,
        value_parser = Unit::Number.within::<u32>(1..=1_000_000)
    )]
    pub otlp_max_connections: u32,

    /// Most requests at one time on one HTTP/2 connection.
    #[arg(
        long,
        env = "STEPLOG_OTLP_MAX_STREAMS",
        value_name = "NUMBER",
        default_value_t = 128,
        value_parser = Unit::Number.within::<u32>(1..=10_000)
    )]
    pub otlp_max_streams: u32,

    /// Seconds in which a new connection must have sent the headers of its first request.
    #[arg(long, env = "STEPLOG_OTLP_HEADER_SECONDS", value_name = "SECONDS", default_value_t = 10, value_parser = Unit::Seconds.any::<u64>())]
    pub otlp_header_seconds: u64,

    /// Seconds in which the body of a request must have arrived.
    #[arg(long, env = "STEPLOG_OTLP_BODY_SECONDS", value_name = "SECONDS", default_value_t = 30, value_parser = Unit::Seconds.any::<u64>())]
    pub otlp_body_seconds: u64,

    /// Seconds that a request waits for its events to be durable before its sender is told to try again.
    #[arg(long, env = "STEPLOG_OTLP_STORE_SECONDS", value_name = "SECONDS", default_value_t = 10, value_parser = Unit::Seconds.any::<u64>())]
    pub otlp_store_seconds: u64,

    /// Seconds after which a connection without requests is closed.
    #[arg(long, env = "STEPLOG_OTLP_IDLE_SECONDS", value_name = "SECONDS", default_value_t = 300, value_parser = Unit::Seconds.any::<u64>())]
    pub otlp_idle_seconds: u64,

    /// Seconds after which a connection is closed once its requests are answered, so that senders
    /// behind a load balancer spread again.
    #[arg(long, env = "STEPLOG_OTLP_CONNECTION_SECONDS", value_name = "SECONDS", default_value_t = 3_600, value_parser = Unit::Seconds.any::<u64>())]
    pub otlp_connection_seconds: u64,

    /// Seconds between pings on a quiet HTTP/2 connection; one that does not answer for as long is closed.
    #[arg(long, env = "STEPLOG_OTLP_PING_SECONDS", value_name = "SECONDS", default_value_t = 30, value_parser = Unit::Seconds.any::<u64>())]
    pub otlp_ping_seconds: u64,

    /// Seconds that requests get to finish when steplog stops.
    #[arg(long, env = "STEPLOG_OTLP_DRAIN_SECONDS", value_name = "SECONDS", default_value_t = 5, value_parser = Unit::Seconds.any::<u64>())]
    pub otlp_drain_seconds: u64,

    /// Origins (scheme, host, port) of web pages that may send over HTTP, separated by commas; a host
    /// that starts with `*.` stands for all below it. None by default.
    #[arg(long, env = "STEPLOG_OTLP_CORS_ORIGINS", value_name = "ORIGINS", value_delimiter = ',')]
    pub otlp_cors_origins: Vec<String>,

    /// Further headers that these pages may send, separated by commas, such as traceparent; `*` for any. Content-Type,
    /// Content-Encoding and Authorization always are.
    #[arg(long, env = "STEPLOG_OTLP_CORS_HEADERS", value_name = "HEADERS", value_delimiter = ',')]
    pub otlp_cors_headers: Vec<String>,

    /// Further names by which senders may call the receivers. No setting of its own: page, API and receivers go by the
    /// same names.
    #[arg(skip)]
    pub allowed_hosts: Vec<String>,
}

impl ReceiverSettings {
    /// The settings that apply where nothing is set: what the flags' defaults say.
    #[must_use]
    pub fn defaults() -> Self {
        steplog_model::settings::defaults()
    }

    /// What is wrong with the settings taken together, and which flag to change.
    pub(crate) fn problem(&self) -> Option<String> {
        let least = crate::in_flight::least_bytes(self.request_limit());
        if self.otlp_in_flight_bytes < least {
            return Some(format!(
                "--otlp-in-flight-bytes is {} but must be at least {least}: twice --otlp-request-bytes, because a \
                 request is held compressed and decompressed",
                self.otlp_in_flight_bytes
            ));
        }
        let origins = self.otlp_cors_origins.iter().find_map(|origin| crate::cors::origin_problem(origin));
        origins
            .or_else(|| self.otlp_cors_headers.iter().find_map(|header| crate::cors::header_problem(header)))
    }

    pub(crate) fn request_limit(&self) -> usize {
        // u32 fits usize on every platform that this runs on.
        self.otlp_request_bytes as usize
    }

    pub(crate) fn header_timeout(&self) -> Duration {
        Duration::from_secs(self.otlp_header_seconds)
    }

    pub(crate) fn body_timeout(&self) -> Duration {
        Duration::from_secs(self.otlp_body_seconds)
    }

    pub(crate) fn store_timeout(&self) -> Duration {
        Duration::from_secs(self.otlp_store_seconds)
    }

    pub(crate) fn idle_timeout(&self) -> Duration {
        Duration::from_secs(self.otlp_idle_seconds)
    }

    pub(crate) fn connection_age(&self) -> Duration {
        Duration::from_secs(self.otlp_connection_seconds)
    }

    pub(crate) fn ping_interval(&self) -> Duration {
        Duration::from_secs(self.otlp_ping_seconds)
    }

    pub(crate) fn drain_timeout(&self) -> Duration {
        Duration::from_secs(self.otlp_drain_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_sound() {
        let settings = ReceiverSettings::defaults();
        assert_eq!(settings.problem(), None);
        assert_eq!(settings.request_limit(), 64 << 20);
        assert!(settings.otlp_grpc.ip().is_loopback() && settings.otlp_http.ip().is_loopback());
        assert!(settings.otlp_cors_origins.is_empty());
    }

    #[test]
    fn a_budget_below_one_request_is_a_problem() {
        let settings = ReceiverSettings { otlp_in_flight_bytes: 1 << 20, ..ReceiverSettings::defaults() };
        let problem = settings.problem().unwrap();
        assert!(
            problem.contains("--otlp-in-flight-bytes") && problem.contains("--otlp-request-bytes"),
            "{problem}"
        );
    }
}
