//! What the example automations have in common: a logger, and one call for each step.

use std::error::Error;

use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry_otlp::LogExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{SdkLogger, SdkLoggerProvider};

/// The interaction that an example takes part in: its first argument, or one that all examples share.
pub(crate) fn interaction() -> String {
    std::env::args().nth(1).unwrap_or_else(|| "example-interaction".to_owned())
}

/// Emits the events of one automation in one interaction.
pub(crate) struct Emitter {
    provider: SdkLoggerProvider,
    logger: SdkLogger,
    common: Vec<(&'static str, AnyValue)>,
}

/// An attribute of one event.
pub(crate) type Attribute = (&'static str, AnyValue);

impl Emitter {
    /// An automation of a service; `common` is the same for all of its events.
    pub(crate) fn new(
        service: &'static str,
        common: &[(&'static str, &str)],
    ) -> Result<Self, Box<dyn Error>> {
        let exporter = LogExporter::builder().with_tonic().build()?;
        let resource = Resource::builder().with_service_name(service).build();
        let provider =
            SdkLoggerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build();
        let logger = provider.logger(service);
        let mut common: Vec<_> =
            common.iter().map(|(key, text)| (*key, AnyValue::from((*text).to_owned()))).collect();
        common.push(("steplog.interaction.id", interaction().into()));
        common.push(("steplog.person.id", "person-1".into()));
        Ok(Self { provider, logger, common })
    }

    /// One step that went as it should.
    pub(crate) fn step(&self, name: &'static str, text: &str, attributes: Vec<Attribute>) {
        self.emit(name, text, Severity::Info, attributes);
    }

    /// One step that failed, and why.
    pub(crate) fn failure(
        &self,
        name: &'static str,
        text: &str,
        reason: &'static str,
        mut attributes: Vec<Attribute>,
    ) {
        attributes.push(("steplog.event.status", "failure".into()));
        attributes.push(("steplog.event.status_reason", reason.into()));
        self.emit(name, text, Severity::Error, attributes);
    }

    fn emit(&self, name: &'static str, text: &str, severity: Severity, attributes: Vec<Attribute>) {
        let mut record = self.logger.create_log_record();
        record.set_event_name(name);
        record.set_timestamp(std::time::SystemTime::now());
        record.set_severity_number(severity);
        record.set_body(text.to_owned().into());
        record.add_attributes(self.common.iter().cloned());
        record.add_attributes(attributes);
        self.logger.emit(record);
    }

    /// Sends what is still waiting.
    pub(crate) fn finish(self) -> Result<(), Box<dyn Error>> {
        Ok(self.provider.shutdown()?)
    }
}
