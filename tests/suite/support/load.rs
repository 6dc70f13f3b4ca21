//! Senders that retry as OTLP says and keep a journal of what they sent and what was acknowledged.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use prost::Message as _;
use steplog_load::generate::stream::{Batch, Plan, Stream, Times};
use steplog_load::otlp_client::reply::Reply;
use steplog_load::otlp_client::retry::{RetryPolicy, deliver};
use steplog_load::otlp_client::{Message, Sender, Target};
use steplog_model::time::UnixNanos;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Events of a request.
const BATCH: usize = 64;

/// What was sent, and what of it was acknowledged: by event id.
#[derive(Default)]
pub(crate) struct Journal {
    /// Every event of every request that a sender began to send.
    pub(crate) sent: HashMap<String, LogRecord>,
    /// Those of requests that were acknowledged.
    pub(crate) acknowledged: HashSet<String>,
    /// Attempts after a first one.
    pub(crate) retries: u64,
    /// Requests that were refused for good: there must be none.
    pub(crate) refused: Vec<String>,
}

/// Running senders.
pub(crate) struct Senders {
    pub(crate) journal: Arc<Mutex<Journal>>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Senders {
    /// One sender for each target and patience, each offering so many events per second with contents of its own.
    pub(crate) fn start(senders: Vec<(Target, RetryPolicy)>, seed: u64, rate: f64) -> Self {
        let (journal, stop) = (Arc::default(), CancellationToken::new());
        let mut tasks = JoinSet::new();
        for ((target, retry), number) in senders.into_iter().zip(0..) {
            let times = Times::Live { running: 100 };
            let stream = Stream::new(Plan { seed: seed ^ number, persons: 10_000, times, uids: true });
            tasks.spawn(send(Sender::new(target), stream, Arc::clone(&journal), (rate, retry, stop.clone())));
        }
        Self { journal, stop, tasks }
    }

    /// The number of events acknowledged so far.
    pub(crate) fn acknowledged(&self) -> usize {
        self.journal.lock().unwrap().acknowledged.len()
    }

    /// Sends nothing new, waits for what is on its way, and gives the journal.
    pub(crate) async fn finish(mut self) -> Journal {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
        std::mem::take(&mut *self.journal.lock().unwrap())
    }
}

async fn send(
    mut sender: Sender,
    mut stream: Stream,
    journal: Arc<Mutex<Journal>>,
    (rate, retry, stop): (f64, RetryPolicy, CancellationToken),
) {
    let mut due = tokio::time::interval(Duration::from_secs_f64(BATCH as f64 / rate));
    loop {
        tokio::select! {
            _ = due.tick() => {}
            () = stop.cancelled() => return,
        }
        let batch = stream.batch(BATCH, UnixNanos::now());
        let message = Message::new(batch.request.clone(), sender.target().compression).unwrap();
        let records = records(&batch);
        let ids: Vec<String> = records.iter().map(|(id, _)| id.clone()).collect();
        journal.lock().unwrap().sent.extend(records);
        let delivery = deliver(&mut sender, &message, &retry, |_| journal.lock().unwrap().retries += 1).await;
        let mut journal = journal.lock().unwrap();
        match delivery.reply {
            Reply::Accepted { rejected: 0, .. } => journal.acknowledged.extend(ids),
            Reply::Accepted { message, .. } => journal.refused.push(message),
            Reply::Refused { reason } => journal.refused.push(reason),
            // Given up: such events may be there or not.
            Reply::Retry { .. } => {}
        }
    }
}

/// The records of a batch by the ids that they carry.
fn records(batch: &Batch) -> Vec<(String, LogRecord)> {
    let request = ExportLogsServiceRequest::decode(batch.request.clone()).unwrap();
    let scopes = request.resource_logs.into_iter().flat_map(|resource| resource.scope_logs);
    let records = scopes.flat_map(|scope| scope.log_records);
    records.map(|record| (uid(&record), record)).collect()
}

fn uid(record: &LogRecord) -> String {
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    let attribute = record.attributes.iter().find(|attribute| attribute.key == "log.record.uid").unwrap();
    match attribute.value.as_ref().unwrap().value.as_ref().unwrap() {
        Value::StringValue(uid) => uid.clone(),
        other => panic!("{other:?} is no id"),
    }
}
