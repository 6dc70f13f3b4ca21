//! The settings of the API and the page.

use std::net::SocketAddr;
use std::time::Duration;

use steplog_model::settings::units::Unit;

/// Settings of the API and the page.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct QuerySettings {
    /// Address and port on which page and API listen; port 0 takes a free one
    #[arg(
        long,
        env = "STEPLOG_LISTEN",
        value_name = "ADDR",
        default_value = "127.0.0.1:7837",
        value_parser = steplog_net::address::parse
    )]
    pub listen: SocketAddr,

    /// How many questions are answered at once: at most three quarters of them for one address, and of those that
    /// count or export one less than there are cores
    #[arg(long, env = "STEPLOG_QUERY_CONCURRENCY", value_name = "NUMBER", default_value_t = 8, value_parser = Unit::Number.any::<usize>())]
    pub query_concurrency: usize,

    /// How many more questions may wait for their turn, shared by those who ask; further ones are told to come back
    #[arg(long, env = "STEPLOG_QUERY_QUEUE", value_name = "NUMBER", default_value_t = 64, value_parser = Unit::Number.any::<usize>())]
    pub query_queue: usize,

    /// How long a question may wait for its turn, and then how long its answer may take, in milliseconds
    #[arg(
        long,
        alias = "query-timeout-ms",
        env = "STEPLOG_QUERY_TIMEOUT_MILLIS",
        value_name = "MILLISECONDS",
        default_value_t = 5_000, value_parser = Unit::Millis.any::<u64>()
    )]
    pub query_timeout_millis: u64,

    /// How many connections to page and API may be open at once; a few more get health and metrics, and else are
    /// told to come back
    #[arg(long, env = "STEPLOG_QUERY_CONNECTIONS", value_name = "NUMBER", default_value_t = 1_024, value_parser = Unit::Number.any::<usize>())]
    pub query_connections: usize,

    /// How long a client may take to send the head of a request, in milliseconds; also how long a
    /// connection may stay open between requests
    #[arg(
        long,
        alias = "query-header-timeout-ms",
        env = "STEPLOG_QUERY_HEADER_TIMEOUT_MILLIS",
        value_name = "MILLISECONDS",
        default_value_t = 10_000, value_parser = Unit::Millis.any::<u64>()
    )]
    pub query_header_timeout_millis: u64,

    /// How long a client may take nothing of its answer before the connection is broken off, in milliseconds
    #[arg(
        long,
        alias = "query-write-timeout-ms",
        env = "STEPLOG_QUERY_WRITE_TIMEOUT_MILLIS",
        value_name = "MILLISECONDS",
        default_value_t = 60_000, value_parser = Unit::Millis.any::<u64>()
    )]
    pub query_write_timeout_millis: u64,

    /// The most bytes of answers that are being made, of the events that they tell, and of answers that wait for their
    /// readers. Beyond, those whose readers take nothing are cut off, and further ones are told to come back
    #[arg(
        long,
        env = "STEPLOG_QUERY_ANSWER_BYTES",
        value_name = "BYTES",
        default_value_t = 64 << 20,
        value_parser = Unit::Bytes.within::<u64>(1 << 20..)
    )]
    pub query_answer_bytes: u64,

    /// How many exports may be open at once; further ones are told to come back
    #[arg(long, env = "STEPLOG_QUERY_EXPORTS", value_name = "NUMBER", default_value_t = 128, value_parser = Unit::Number.any::<usize>())]
    pub query_exports: usize,

    /// The longest address of a request (path and parameters), in bytes
    #[arg(long, env = "STEPLOG_QUERY_ADDRESS_BYTES", value_name = "BYTES", default_value_t = 16_384, value_parser = Unit::Bytes.any::<usize>())]
    pub query_address_bytes: usize,

    /// A further name by which page, API and receivers may be called, such as that of a proxy; may be given several
    /// times. `*.example.com` stands for all names below, `*` for any. Addresses, localhost and the machine's own name
    /// always are taken; so are names without a dot and those below .internal, .local and .home.arpa, but not by a page and
    /// API on loopback
    #[arg(long, env = "STEPLOG_QUERY_ALLOWED_HOSTS", value_name = "NAME", value_delimiter = ',')]
    pub query_allowed_hosts: Vec<String>,
}

impl Default for QuerySettings {
    fn default() -> Self {
        steplog_model::settings::defaults()
    }
}

impl QuerySettings {
    /// The time of a question.
    pub(crate) const fn timeout(&self) -> Duration {
        Duration::from_millis(self.query_timeout_millis)
    }

    /// The time of a request's head.
    pub(crate) const fn header_timeout(&self) -> Duration {
        Duration::from_millis(self.query_header_timeout_millis)
    }

    /// The time in which a client must take something.
    pub(crate) const fn write_timeout(&self) -> Duration {
        Duration::from_millis(self.query_write_timeout_millis)
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
    fn flags_are_read_by_their_names_of_before_as_well() {
        let timeout = |flag| Flags::parse_from(["steplog", flag, "250"]).query.timeout();
        assert_eq!(timeout("--query-timeout-millis"), Duration::from_millis(250));
        assert_eq!(timeout("--query-timeout-ms"), Duration::from_millis(250));
        assert_eq!(QuerySettings::default().timeout(), Duration::from_secs(5));
    }
}
