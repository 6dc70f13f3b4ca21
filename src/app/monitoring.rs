//! Metrics of the process in Prometheus' text format.

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use steplog_model::store::EventStore;

use super::series;

/// Bounds of histograms of seconds: from a cached answer to a question that times out.
const SECONDS: [f64; 14] =
    [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// Bounds of histograms of bytes: from one record to the largest request.
const BYTES: [f64; 9] =
    [256.0, 1_024.0, 4_096.0, 16_384.0, 65_536.0, 262_144.0, 1_048_576.0, 8_388_608.0, 67_108_864.0];

/// Installs the recorder of this process.
pub(super) fn install() -> anyhow::Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_bytes".to_owned()), &BYTES)?
        .install_recorder()?;
    series::begin();
    let upkeep = handle.clone();
    // Histograms keep raw samples until somebody asks; without asking they would grow.
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(std::time::Duration::from_secs(5));
        loop {
            tick.tick().await;
            upkeep.run_upkeep();
        }
    });
    Ok(handle)
}

/// All metrics, those of the store's health as of now.
pub(super) fn render(handle: &PrometheusHandle, store: &dyn EventStore) -> String {
    let health = store.health();
    metrics::gauge!("steplog_store_writable").set(if health.not_writable.is_none() { 1.0 } else { 0.0 });
    metrics::gauge!("steplog_store_notices").set(health.notices.len() as f64);
    metrics::gauge!("steplog_store_events").set(health.events as f64);
    metrics::gauge!("steplog_index_waiting_events").set(health.unindexed_events as f64);
    metrics::gauge!("steplog_queue_waiting_bytes").set(health.queued_bytes as f64);
    handle.render()
}
