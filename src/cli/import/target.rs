//! Which receiver an import sends to.

use anyhow::Context as _;
use reqwest::Url;
use steplog_load::otlp_client::{Compression, Protocol, Target};

use crate::cli::output::Usage;

/// A receiver, by its own address or by that of the steplog that it belongs to.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct TargetArgs {
    /// Transport of OTLP to a running steplog.
    #[arg(long, value_enum, default_value = "grpc")]
    protocol: Protocol,
    /// The running steplog, as for the commands that ask: events go to the OTLP port of the same host, 4317 for gRPC
    /// and 4318 for HTTP. [env: STEPLOG_SERVER].
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Where to send, if that is another port or host. By default http://127.0.0.1:4317 for gRPC and
    /// http://127.0.0.1:4318 for HTTP. Flags count more than variables. [env: OTEL_EXPORTER_OTLP_ENDPOINT].
    #[arg(long, value_name = "URL", conflicts_with = "server")]
    endpoint: Option<String>,
    /// Header of every request, such as authorization=Bearer KEY. May be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    header: Vec<String>,
}

impl TargetArgs {
    /// The receiver.
    ///
    /// # Errors
    /// [`Usage`] where an address or header is none.
    pub(super) fn read(&self) -> anyhow::Result<Target> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        self.target(variable).map_err(|error| Usage(format!("{error:#}")).into())
    }

    fn target(&self, variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Target> {
        let mut target = Target::new(self.protocol, &self.address(variable)?)?;
        for header in &self.header {
            target.add_header(header)?;
        }
        target.compression = Compression::Zstd;
        Ok(target)
    }

    /// Flags before variables, and an address of OTLP before one that it follows from.
    fn address(&self, variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<String> {
        if let Some(endpoint) = &self.endpoint {
            return Ok(endpoint.clone());
        }
        if let Some(server) = &self.server {
            return self.beside(server);
        }
        if let Some(endpoint) = variable("OTEL_EXPORTER_OTLP_ENDPOINT") {
            return Ok(endpoint);
        }
        self.beside(&variable("STEPLOG_SERVER").unwrap_or_else(|| "http://127.0.0.1:7837".to_owned()))
    }

    /// The receiver of the steplog whose API is at an address.
    fn beside(&self, server: &str) -> anyhow::Result<String> {
        let whole = if server.contains("://") { server.to_owned() } else { format!("http://{server}") };
        let url: Url =
            whole.parse().with_context(|| format!("{server:?} is no URL; write http://HOST:PORT"))?;
        let host =
            url.host_str().with_context(|| format!("{server:?} has no host; write http://HOST:PORT"))?;
        let port = match self.protocol {
            Protocol::Grpc => 4317,
            Protocol::Http => 4318,
        };
        Ok(format!("{}://{host}:{port}", url.scheme()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTLP: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:1");
    const SERVER: (&str, &str) = ("STEPLOG_SERVER", "http://logs.example:7837");

    #[track_caller]
    fn check(flags: [Option<&str>; 2], variables: &[(&str, &str)], want: &str) {
        let [endpoint, server] = flags.map(|flag| flag.map(str::to_owned));
        let args = TargetArgs { protocol: Protocol::Grpc, server, endpoint, header: Vec::new() };
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        assert_eq!(args.target(variable).map(|target| target.authority).unwrap_or_default(), want);
    }

    #[test]
    fn flags_count_more_than_variables_and_a_server_names_its_receiver() {
        check([None, None], &[], "127.0.0.1:4317");
        check([None, None], &[SERVER], "logs.example:4317");
        check([None, None], &[OTLP, SERVER], "collector:1");
        check([None, Some("other:7837")], &[OTLP, SERVER], "other:4317");
        check([None, Some("http://[::1]:7837/")], &[], "[::1]:4317");
        check([Some("http://h:9"), None], &[OTLP, SERVER], "h:9");
        check([None, Some("https://secure")], &[], "");
    }
}
