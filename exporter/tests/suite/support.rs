//! A receiver on free ports, a store that can be told what to answer, and clients.

pub(crate) mod clients;
pub(crate) mod compress;
pub(crate) mod requests;
pub(crate) mod store;

use std::net::SocketAddr;
use std::sync::Arc;

use steplog_exporter::map::Mappings;
use steplog_exporter::{ReceiverSettings, bind};
use steplog_net::Refusals;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use store::TestStore;

/// A running receiver.
pub(crate) struct Server {
    pub(crate) grpc: SocketAddr,
    pub(crate) http: SocketAddr,
    pub(crate) store: Arc<TestStore>,
    pub(crate) refusals: Arc<Refusals>,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

/// The default settings on free ports.
pub(crate) fn settings() -> ReceiverSettings {
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    ReceiverSettings { otlp_grpc: free, otlp_http: free, ..ReceiverSettings::defaults() }
}

pub(crate) async fn start() -> Server {
    start_with(settings()).await
}

pub(crate) async fn start_with(settings: ReceiverSettings) -> Server {
    let store = Arc::new(TestStore::default());
    let receiver = bind(settings, Arc::clone(&store) as _, Arc::new(Mappings::built_in())).await.unwrap();
    let (grpc, http, refusals) = (receiver.grpc_addr(), receiver.http_addr(), receiver.refusals());
    let (stop, stopped) = oneshot::channel();
    let running = tokio::spawn(receiver.run(async {
        let _ = stopped.await;
    }));
    Server { grpc, http, store, refusals, stop: Some(stop), running }
}

impl Server {
    /// Begins to stop; resolves nothing yet.
    pub(crate) fn begin_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until the receiver has stopped.
    pub(crate) async fn stopped(mut self) {
        self.begin_stop();
        self.running.await.unwrap();
    }

    pub(crate) fn logs_url(&self) -> String {
        format!("http://{}/v1/logs", self.http)
    }
}
