//! The moment of receipt is the one that the store believes in, whichever way events take.

use std::sync::Arc;

use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _};
use opentelemetry_sdk::logs::SdkLoggerProvider;
use prost::Message as _;
use steplog_exporter::map::Mappings;
use steplog_exporter::sdk::StoreLogExporter;
use steplog_model::event::{Flags, TimeSource};
use steplog_model::time::{NANOS_PER_DAY, Received, UnixNanos};

use crate::support::clients::post_protobuf;
use crate::support::requests::one;
use crate::support::start;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_behind_makes_no_time_implausible() {
    let server = start().await;
    let now = UnixNanos::now();
    // The machine's clock fell back by a week, and the store knows of later events.
    let clock = now.saturating_add(-7 * NANOS_PER_DAY);
    server.store.set_received(Received { clock, latest: now });
    assert_eq!(post_protobuf(&server.logs_url(), one("sent").encode_to_vec()).await.status, 200);
    let exporter = StoreLogExporter::new(Arc::clone(&server.store) as _, Arc::new(Mappings::built_in()));
    let provider = SdkLoggerProvider::builder().with_simple_exporter(exporter).build();
    let logger = provider.logger("tests");
    let mut record = logger.create_log_record();
    record.set_event_name("handed.over");
    record.set_timestamp(std::time::UNIX_EPOCH + std::time::Duration::from_nanos(now.0.cast_unsigned()));
    logger.emit(record);
    provider.shutdown().unwrap();
    let events = server.store.events();
    assert_eq!(events.len(), 2);
    for event in events {
        assert_eq!((event.received, event.time_source), (clock, TimeSource::Record));
        assert!(!event.flags.contains(Flags::TIME_IMPLAUSIBLE) && event.time >= now);
    }
}
