//! What the example automations have in common: a service that exports to steplog, and the interaction that they share.

use std::error::Error;

use opentelemetry::logs::LoggerProvider as _;
use opentelemetry_otlp::LogExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{SdkLogger, SdkLoggerProvider};

/// The interaction that an example takes part in: its first argument, or one that all examples share.
pub(crate) fn interaction() -> String {
    std::env::args().nth(1).unwrap_or_else(|| "example-interaction".to_owned())
}

/// A service that emits events.
pub(crate) struct Service {
    provider: SdkLoggerProvider,
    pub(crate) logger: SdkLogger,
}

impl Service {
    /// A service of a name, connected to steplog.
    pub(crate) fn new(name: &'static str) -> Result<Self, Box<dyn Error>> {
        let exporter = LogExporter::builder().with_tonic().build()?;
        let resource = Resource::builder().with_service_name(name).build();
        let provider =
            SdkLoggerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build();
        let logger = provider.logger(name);
        Ok(Self { provider, logger })
    }

    /// Sends what is still waiting.
    pub(crate) fn finish(self) -> Result<(), Box<dyn Error>> {
        Ok(self.provider.shutdown()?)
    }
}
