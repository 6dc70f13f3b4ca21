//! The settings of the API and the page.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 7837);
const CONCURRENCY: usize = 8;
const QUEUE: usize = 64;
const TIMEOUT_MS: u64 = 5_000;
const CONNECTIONS: usize = 1_024;
const HEADER_TIMEOUT_MS: u64 = 10_000;
const WRITE_TIMEOUT_MS: u64 = 60_000;
const EXPORTS: usize = 128;
const ANSWER_BYTES: u64 = 64 << 20;
const ADDRESS_BYTES: usize = 16_384;

/// Settings of the API and the page.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct QuerySettings {
    /// Address and port on which page and API listen; port 0 takes a free one
    #[arg(
        long,
        env = "STEPLOG_LISTEN",
        value_name = "ADDR",
        default_value_t = LISTEN,
        value_parser = steplog_net::address::parse
    )]
    pub listen: SocketAddr,

    /// How many questions are answered at once: at most three quarters of them for one address, and of those that
    /// count or export one less than there are cores
    #[arg(long, env = "STEPLOG_QUERY_CONCURRENCY", value_name = "COUNT", default_value_t = CONCURRENCY)]
    pub query_concurrency: usize,

    /// How many more questions may wait for their turn, shared by those who ask; further ones are told to come back
    #[arg(long, env = "STEPLOG_QUERY_QUEUE", value_name = "COUNT", default_value_t = QUEUE)]
    pub query_queue: usize,

    /// How long a question may wait for its turn, and then how long its answer may take, in milliseconds
    #[arg(long, env = "STEPLOG_QUERY_TIMEOUT_MS", value_name = "MS", default_value_t = TIMEOUT_MS)]
    pub query_timeout_ms: u64,

    /// How many connections to page and API may be open at once; a few more get health and metrics, and else are
    /// told to come back
    #[arg(long, env = "STEPLOG_QUERY_CONNECTIONS", value_name = "COUNT", default_value_t = CONNECTIONS)]
    pub query_connections: usize,

    /// How long a client may take to send the head of a request, in milliseconds; also how long a
    /// connection may stay open between requests
    #[arg(long, env = "STEPLOG_QUERY_HEADER_TIMEOUT_MS", value_name = "MS", default_value_t = HEADER_TIMEOUT_MS)]
    pub query_header_timeout_ms: u64,

    /// How long a client may take nothing of its answer before the connection is broken off, in milliseconds
    #[arg(long, env = "STEPLOG_QUERY_WRITE_TIMEOUT_MS", value_name = "MS", default_value_t = WRITE_TIMEOUT_MS)]
    pub query_write_timeout_ms: u64,

    /// The most bytes of answers that are being made or wait for their readers. Beyond, those whose readers take nothing
    /// are cut off, and further ones are told to come back
    #[arg(
        long,
        env = "STEPLOG_QUERY_ANSWER_BYTES",
        value_name = "BYTES",
        default_value_t = ANSWER_BYTES,
        value_parser = clap::value_parser!(u64).range(1 << 20..)
    )]
    pub query_answer_bytes: u64,

    /// How many exports may be open at once; further ones are told to come back
    #[arg(long, env = "STEPLOG_QUERY_EXPORTS", value_name = "COUNT", default_value_t = EXPORTS)]
    pub query_exports: usize,

    /// The longest address of a request (path and parameters), in bytes
    #[arg(long, env = "STEPLOG_QUERY_ADDRESS_BYTES", value_name = "BYTES", default_value_t = ADDRESS_BYTES)]
    pub query_address_bytes: usize,

    /// A further name by which page, API and receivers may be called, such as that of a proxy; may be given several
    /// times. `*.example.com` stands for all names below, `*` for any. Addresses, localhost and the machine's own name
    /// always are taken; so are names without a dot, but not by a page and API on loopback
    #[arg(long, env = "STEPLOG_QUERY_ALLOWED_HOSTS", value_name = "NAME", value_delimiter = ',')]
    pub query_allowed_hosts: Vec<String>,
}

impl Default for QuerySettings {
    fn default() -> Self {
        Self {
            listen: LISTEN,
            query_concurrency: CONCURRENCY,
            query_queue: QUEUE,
            query_timeout_ms: TIMEOUT_MS,
            query_connections: CONNECTIONS,
            query_header_timeout_ms: HEADER_TIMEOUT_MS,
            query_write_timeout_ms: WRITE_TIMEOUT_MS,
            query_answer_bytes: ANSWER_BYTES,
            query_exports: EXPORTS,
            query_address_bytes: ADDRESS_BYTES,
            query_allowed_hosts: Vec::new(),
        }
    }
}

impl QuerySettings {
    /// The time of a question.
    pub(crate) const fn timeout(&self) -> Duration {
        Duration::from_millis(self.query_timeout_ms)
    }

    /// The time of a request's head.
    pub(crate) const fn header_timeout(&self) -> Duration {
        Duration::from_millis(self.query_header_timeout_ms)
    }

    /// The time in which a client must take something.
    pub(crate) const fn write_timeout(&self) -> Duration {
        Duration::from_millis(self.query_write_timeout_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        query: QuerySettings,
    }

    #[test]
    fn the_defaults_are_those_of_the_flags() {
        assert_eq!(Flags::parse_from(["steplog"]).query, QuerySettings::default());
        let flags = Flags::parse_from(["steplog", "--listen", "[::1]:0", "--query-timeout-ms", "250"]);
        assert_eq!(flags.query.listen.port(), 0);
        assert_eq!(flags.query.timeout(), Duration::from_millis(250));
    }
}
