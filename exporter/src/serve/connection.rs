//! One connection, from its first byte to its end.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Request;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use steplog_net::{Charge, Opened};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;

use super::{Accepted, Connections};
use crate::meter::count_connection;

/// How long a connection that is idle gets to say good-bye, from its last request on.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long a connection may take over what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// From the first byte to the end of the headers of the first request.
    pub(super) first_request: Duration,
    /// Without any request.
    pub(super) idle: Duration,
    /// In all; requests that are then under way have `grace` to finish.
    pub(super) age: Duration,
    pub(super) grace: Duration,
}

/// Serves a connection until it ends, idles, grows old, others need its place or the receiver stops.
pub(super) async fn serve(connections: &Connections, accepted: Accepted) {
    let Accepted { stream, client, slot, port } = accepted;
    let limits = connections.limits;
    let crowded = CancellationToken::new();
    let activity = Activity::new(slot, crowded.clone());
    let opened = Opened::new(stream, {
        let port = port.clone();
        move |opening| port.note_opening(opening, client)
    });
    let service = service_fn({
        let activity = activity.clone();
        move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(client);
            let (port, busy) = (port.clone(), activity.begin());
            async move {
                let response = port.answer(request).await;
                // The request is under way until its response's body is sent or dropped.
                let kept = move |error: tonic::Status| {
                    let _busy = &busy;
                    error
                };
                Ok::<_, Infallible>(response.map(|body| Body::new(body.map_err(kept))))
            }
        }
    });
    let mut served = pin!(connections.builder.serve_connection(TokioIo::new(opened), service));
    let old_at = Instant::now() + limits.age;
    let mut goodbye: Option<Goodbye> = None;
    loop {
        let wake_at = activity.look_at(goodbye, old_at, limits);
        let why = tokio::select! {
            biased;
            result = served.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!(error = %error, "a connection ended badly");
                }
                return;
            }
            () = connections.stopping.cancelled(), if goodbye.is_none() => End::Stopping,
            () = crowded.cancelled(), if goodbye.is_none() => End::Crowded,
            () = sleep_until(wake_at) => match activity.state().verdict(goodbye, old_at, limits) {
                Some(end) => end,
                None => continue,
            },
        };
        count_connection(why.name());
        match why {
            End::NoRequest | End::Overdue => return,
            // Nobody is there to say good-bye to.
            End::Crowded if !activity.state().any_request => return,
            End::Idle | End::Crowded | End::Old | End::Stopping => {
                served.as_mut().graceful_shutdown();
                // A stop has a deadline of its own, for all connections together.
                let quiet = if matches!(why, End::Idle | End::Crowded) { FAREWELL } else { limits.grace };
                goodbye = Some(Goodbye { at: Instant::now(), quiet });
            }
        }
    }
}

/// A good-bye that was said to a connection. A request may have been on its way then.
#[derive(Clone, Copy, Debug)]
struct Goodbye {
    at: Instant,
    /// How long the connection may last without any request.
    quiet: Duration,
}

/// Why a connection is ended from this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    NoRequest,
    Idle,
    /// Others needed its place while it had no request.
    Crowded,
    Old,
    Stopping,
    Overdue,
}

impl End {
    const fn name(self) -> &'static str {
        match self {
            Self::NoRequest => "no_request",
            Self::Idle => "idle",
            Self::Crowded => "crowded",
            Self::Old => "old",
            Self::Stopping => "stopping",
            Self::Overdue => "overdue",
        }
    }
}

/// What a connection is doing; shared with its requests.
#[derive(Clone)]
struct Activity(Arc<Mutex<State>>);

struct State {
    requests: usize,
    any_request: bool,
    quiet_since: Instant,
    /// The place of the connection, which may be needed elsewhere while there is no request.
    slot: Charge,
    crowded: CancellationToken,
}

impl Activity {
    fn new(mut slot: Charge, crowded: CancellationToken) -> Self {
        slot.waits(crowded.clone());
        let state = State { requests: 0, any_request: false, quiet_since: Instant::now(), slot, crowded };
        Self(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request until the returned guard is dropped.
    fn begin(&self) -> Busy {
        let mut state = self.state();
        state.requests += 1;
        state.any_request = true;
        state.slot.works();
        Busy(self.clone())
    }

    /// When to look again whether the connection is idle or overdue: a request may come and go before that.
    fn look_at(&self, goodbye: Option<Goodbye>, old_at: Instant, limits: Limits) -> Instant {
        let state = self.state();
        if let Some(goodbye) = goodbye {
            return state.dead_at(goodbye, limits).min(Instant::now() + goodbye.quiet);
        }
        let latest = old_at.min(Instant::now() + limits.idle);
        if state.requests > 0 { latest } else { latest.min(state.idle_at(limits)) }
    }
}

impl State {
    fn idle_at(&self, limits: Limits) -> Instant {
        self.quiet_since + if self.any_request { limits.idle } else { limits.first_request }
    }

    /// When a connection is cut off that does not end by itself. While it has requests they get the time of any request.
    fn dead_at(&self, goodbye: Goodbye, limits: Limits) -> Instant {
        let latest = goodbye.at + limits.grace;
        if self.requests > 0 { latest } else { latest.min(self.quiet_since.max(goodbye.at) + goodbye.quiet) }
    }

    /// What is to be done now, if anything.
    fn verdict(&self, goodbye: Option<Goodbye>, old_at: Instant, limits: Limits) -> Option<End> {
        let now = Instant::now();
        match goodbye {
            Some(goodbye) => (now >= self.dead_at(goodbye, limits)).then_some(End::Overdue),
            None if self.requests == 0 && now >= self.idle_at(limits) => {
                Some(if self.any_request { End::Idle } else { End::NoRequest })
            }
            None => (now >= old_at).then_some(End::Old),
        }
    }
}

/// A request under way.
struct Busy(Activity);

impl Drop for Busy {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.requests -= 1;
        state.quiet_since = Instant::now();
        if state.requests == 0 {
            let crowded = state.crowded.clone();
            state.slot.waits(crowded);
        }
    }
}
