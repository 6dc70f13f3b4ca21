//! Which receiver an import sends to.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context as _, bail};
use reqwest::Url;
use serde::Deserialize;
use steplog_load::otlp_client::{Compression, Protocol, Target};

use crate::cli::api::Api;
use crate::cli::output::{self, Usage};
use crate::cli::source::USUAL_SERVER;
use crate::cli::words;

/// Standard variable of senders.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// A receiver, by its own address or by that of the steplog that it belongs to.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct TargetArgs {
    /// Transport of OTLP to a running steplog.
    #[arg(long, value_enum, default_value = "grpc", conflicts_with = "data")]
    protocol: Protocol,
    /// The running steplog, as for the commands that ask, http://127.0.0.1:7837 by default: it tells on which address
    /// it takes OTLP. [env: STEPLOG_SERVER].
    #[arg(long, value_name = "URL", value_parser = words::not_empty, conflicts_with_all = ["data", "endpoint"])]
    server: Option<String>,
    /// Where to send instead, such as http://127.0.0.1:4317, without asking a steplog for it. Flags count more than
    /// variables. [env: OTEL_EXPORTER_OTLP_ENDPOINT].
    #[arg(long, value_name = "URL", value_parser = words::not_empty, conflicts_with = "data")]
    endpoint: Option<String>,
    /// Header of every request, such as authorization=Bearer KEY. May be repeated.
    #[arg(long, value_name = "NAME=VALUE", conflicts_with = "data")]
    header: Vec<String>,
}

/// What is known of a receiver.
#[derive(Debug, PartialEq, Eq)]
enum Known {
    /// Its address, by the flag.
    Named(String),
    /// Its address, by the variable.
    Variable(String),
    /// The steplog that it belongs to.
    Server(String),
}

/// What a steplog tells of itself.
#[derive(Deserialize)]
struct Ready {
    receivers: Receivers,
}

#[derive(Clone, Copy, Deserialize)]
struct Receivers {
    grpc: SocketAddr,
    http: SocketAddr,
}

impl TargetArgs {
    /// The receiver. Says which one, unless it was named for this import.
    ///
    /// # Errors
    /// [`Usage`] where an address or header is none; where no steplog tells its receivers.
    pub(super) async fn read(&self) -> anyhow::Result<Target> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let (endpoint, told) = match self.known(variable) {
            Known::Named(endpoint) => (endpoint, None),
            Known::Variable(endpoint) => (endpoint, Some(format!("as {ENDPOINT} says"))),
            Known::Server(server) => {
                let endpoint = self.of_server(&server).await?;
                (endpoint, Some(format!("where the steplog at {server} takes OTLP")))
            }
        };
        if let Some(told) = told {
            output::tell(format_args!("importing into {endpoint}, {told}"));
        }
        self.target(&endpoint).map_err(|error| Usage(format!("{error:#}")).into())
    }

    fn target(&self, endpoint: &str) -> anyhow::Result<Target> {
        let mut target = Target::new(self.protocol, endpoint)?;
        for header in &self.header {
            target.add_header(header)?;
        }
        target.compression = Compression::Zstd;
        Ok(target)
    }

    /// Flags before variables, and an address of OTLP before one that it follows from.
    fn known(&self, variable: impl Fn(&str) -> Option<String>) -> Known {
        let (endpoint, server) = (self.endpoint.clone(), self.server.clone());
        let named = endpoint.map(Known::Named).or_else(|| server.map(Known::Server));
        let named = named.or_else(|| variable(ENDPOINT).map(Known::Variable));
        named.unwrap_or_else(|| {
            Known::Server(variable("STEPLOG_SERVER").unwrap_or_else(|| USUAL_SERVER.to_owned()))
        })
    }

    /// The receiver of the steplog whose API is at an address.
    async fn of_server(&self, server: &str) -> anyhow::Result<String> {
        let api = Api::of_server(server).map_err(|error| Usage(format!("{error:#}")))?;
        let instead = "name where to send with --endpoint, or import into a directory with --data";
        let ready: Ready = api
            .ready()
            .await
            .with_context(|| format!("{server} does not tell where it takes OTLP; {instead}"))?;
        let Receivers { grpc, http } = ready.receivers;
        let receiver = match self.protocol {
            Protocol::Grpc => grpc,
            Protocol::Http => http,
        };
        reached(api.base(), receiver).with_context(|| instead)
    }
}

/// How a receiver is reached from here, by the address that its steplog has for it and the one by which that is known.
fn reached(server: &Url, receiver: SocketAddr) -> anyhow::Result<String> {
    let host = server.host_str().unwrap_or_default();
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    let is_here = host == "localhost" || address.is_some_and(|address| address.is_loopback());
    let ip = receiver.ip().to_canonical();
    match (ip.is_unspecified(), ip.is_loopback(), is_here) {
        (true, ..) => Ok(format!("http://{host}:{}", receiver.port())),
        (_, true, false) => {
            bail!("the steplog at {host} takes OTLP on {receiver}, which its own machine alone reaches")
        }
        _ => Ok(format!("http://{receiver}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTLP: (&str, &str) = (ENDPOINT, "http://collector:1");
    const SERVER: (&str, &str) = ("STEPLOG_SERVER", "http://logs.example:7837");

    #[track_caller]
    fn check(flags: [Option<&str>; 2], variables: &[(&str, &str)], want: fn(String) -> Known, named: &str) {
        let [endpoint, server] = flags.map(|flag| flag.map(str::to_owned));
        let args = TargetArgs { protocol: Protocol::Grpc, server, endpoint, header: Vec::new() };
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        assert_eq!(args.known(variable), want(named.to_owned()));
    }

    #[test]
    fn flags_count_more_than_variables_and_a_receiver_more_than_its_server() {
        check([None, None], &[], Known::Server, USUAL_SERVER);
        check([None, None], &[SERVER], Known::Server, SERVER.1);
        check([None, None], &[OTLP, SERVER], Known::Variable, OTLP.1);
        check([None, Some("other:7837")], &[OTLP, SERVER], Known::Server, "other:7837");
        check([Some("http://h:9"), None], &[OTLP, SERVER], Known::Named, "http://h:9");
    }

    #[test]
    fn a_receiver_is_reached_by_what_its_server_says_of_it() {
        let check = |server: &str, receiver: &str, want: Option<&str>| {
            let reached = reached(&server.parse().unwrap(), receiver.parse().unwrap());
            assert_eq!(reached.ok().as_deref(), want, "{server} {receiver}");
        };
        check("http://127.0.0.1:7837", "127.0.0.1:14317", Some("http://127.0.0.1:14317"));
        check("http://localhost:7837", "[::1]:14317", Some("http://[::1]:14317"));
        check("http://logs.example:7837", "0.0.0.0:14317", Some("http://logs.example:14317"));
        check("http://[::1]:7837", "[::]:4317", Some("http://[::1]:4317"));
        check("http://logs.example/steplog/", "10.0.0.9:4317", Some("http://10.0.0.9:4317"));
        check("http://logs.example:7837", "127.0.0.1:4317", None);
    }
}
