//! The API over a store in memory, asked in this process.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use steplog_model::event::{Event, EventBatch};
use steplog_model::ids::Tenant;
use steplog_model::store::EventStore;
use steplog_model::testing::scan_store::ScanStore;
use steplog_query::{ApiContext, Local, QuerySettings};
use tokio::runtime::{Builder, Runtime};

/// The API over a store.
pub(crate) struct Api {
    local: Local,
    store: Arc<ScanStore>,
    runtime: Runtime,
}

/// What came.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

impl Api {
    pub(crate) fn new() -> Self {
        let store = Arc::new(ScanStore::new());
        let asked: Arc<dyn EventStore> = store.clone();
        let local = Local::new(asked, &QuerySettings::default(), ApiContext::default());
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { local, store, runtime }
    }

    /// Puts events into the store; none of one id twice.
    pub(crate) fn put(&self, events: Vec<Event>) {
        let batch = EventBatch { tenant: Tenant::default(), events };
        self.runtime.block_on(self.store.ingest(batch)).expect("the store takes everything");
    }

    /// Removes all events.
    pub(crate) fn clear(&self) {
        self.store.clear();
    }

    /// Asks; `None` where the text is no address. The stream of a tail has no end and is not read.
    pub(crate) fn get(&self, address: &str) -> Option<Answer> {
        self.runtime.block_on(async {
            let answer = self.local.get(address).await.ok()?;
            let status = answer.status().as_u16();
            assert!(status < 500 || status == 505, "{status} for {address:?}");
            let is_stream =
                answer.headers().get("content-type").is_some_and(|kind| kind == "text/event-stream");
            let body = if is_stream { Bytes::new() } else { body(answer.into_body()).await };
            Some(Answer { status, body })
        })
    }

    /// Asks for what must be there.
    pub(crate) fn must_get(&self, address: &str) -> Bytes {
        let answer = self.get(address).unwrap_or_else(|| panic!("{address:?} is no address"));
        assert_eq!(answer.status, 200, "{address:?}: {}", String::from_utf8_lossy(&answer.body));
        answer.body
    }
}

async fn body<E: std::fmt::Debug>(body: impl futures_util::TryStream<Ok = Bytes, Error = E>) -> Bytes {
    let chunks: Vec<Bytes> = body.try_collect().await.expect("an answer that ends");
    chunks.concat().into()
}

/// A text as a part of an address.
pub(crate) fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(one).collect()
}
