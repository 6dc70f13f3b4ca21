//! The one way from the bytes of a request to its reply: inflate, decode, map, ingest.

pub(crate) mod events;
mod ingest;
mod summary;

use std::sync::Arc;
use std::time::Duration;

use steplog_model::event::Event;
use steplog_model::ids::Tenant;
use steplog_model::store::{EventStore, Ingested};
use steplog_model::time::Received;
use steplog_net::{Charge, Client, Refusals};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use self::events::EventRoom;
use self::summary::Summary;
use crate::body::inflate::{InflateError, inflate};
use crate::body::{Body, BodyLimits};
use crate::config::ReceiverSettings;
use crate::decode::Signal;
use crate::in_flight::InFlight;
use crate::map::Mappings;
use crate::reply::{RefusalReason, Reply, RetryCause};
use crate::wire::encoding::Encoding;
use crate::wire::media_type::Format;

/// The largest body, both as sent and decompressed, that is processed on the thread where it arrived: for smaller ones
/// moving the work to another thread costs more than it saves.
const INLINE_BYTES: usize = 64 << 10;

/// The part of the bytes in flight that is ingested at once: 9 MiB of the default.
const BATCH_PART: usize = 16;

/// What both protocols hand their requests to.
pub(crate) struct Pipeline {
    store: Arc<dyn EventStore>,
    mappings: Arc<Mappings>,
    in_flight: InFlight,
    /// Bounds the threads that large requests occupy.
    workers: Arc<Semaphore>,
    body_limits: BodyLimits,
    /// The most bytes of events that are ingested at once.
    batch_bytes: usize,
    store_timeout: Duration,
    refusals: Arc<Refusals>,
    /// Cancelled when the grace period of a stop ends: requests in progress get "send again".
    giving_up: CancellationToken,
}

/// A request's body, as it was sent.
pub(crate) struct Payload {
    pub(crate) signal: Signal,
    pub(crate) format: Format,
    pub(crate) encoding: Encoding,
    pub(crate) body: Body,
    pub(crate) sender: Client,
}

/// A request's events, ready to be ingested.
struct Prepared {
    events: Vec<Event>,
    summary: Summary,
    /// Held until the events are durable: they are slices of the charged bytes.
    charge: Charge,
}

/// Why a request could not be worked on where it arrived.
enum Unprepared {
    TooLargeHere(Payload),
    Answered(Reply),
}

impl Pipeline {
    pub(crate) fn new(
        settings: &ReceiverSettings,
        store: Arc<dyn EventStore>,
        mappings: Arc<Mappings>,
        refusals: Arc<Refusals>,
    ) -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let limits = BodyLimits { bytes: settings.request_limit(), timeout: settings.body_timeout() };
        Self {
            store,
            mappings,
            in_flight: InFlight::new(settings.otlp_in_flight_bytes, settings.request_limit()),
            workers: Arc::new(Semaphore::new(threads)),
            body_limits: limits,
            batch_bytes: settings.otlp_in_flight_bytes / BATCH_PART,
            store_timeout: settings.store_timeout(),
            refusals,
            giving_up: CancellationToken::new(),
        }
    }

    /// Once `giving_up` is cancelled, requests in progress get "send again".
    pub(crate) fn giving_up_at(self, giving_up: CancellationToken) -> Self {
        Self { giving_up, ..self }
    }

    pub(crate) fn in_flight(&self) -> &InFlight {
        &self.in_flight
    }

    /// The bounds on a body as it is sent; the one on bytes holds again once it is decompressed.
    pub(crate) fn body_limits(&self) -> BodyLimits {
        self.body_limits
    }

    /// The outcome of `work` on a request, unless the receiver stops before: a connection that is cut
    /// off without an answer is an error that some senders do not try again after.
    pub(crate) async fn unless_stopped(&self, work: impl Future<Output = Result<Reply, Reply>>) -> Reply {
        tokio::select! {
            reply = work => reply.unwrap_or_else(|reply| reply),
            () = self.giving_up.cancelled() => {
                let message = "steplog is stopping; the events may or may not be stored, send them again";
                Reply::retry(RetryCause::Stopping, Duration::from_secs(1), message)
            }
        }
    }

    /// Takes a request all the way; the answer says what became of it.
    pub(crate) async fn submit(self: &Arc<Self>, tenant: Tenant, payload: Payload) -> Reply {
        let (received, sender) = (self.store.received(), payload.sender);
        let inline_limit = INLINE_BYTES.min(self.body_limits.bytes);
        let prepared = match self.prepare(payload, &tenant, received, inline_limit) {
            Ok(prepared) => prepared,
            Err(Unprepared::Answered(reply)) => return reply,
            Err(Unprepared::TooLargeHere(payload)) => {
                match self.prepare_elsewhere(payload, tenant.clone(), received).await {
                    Ok(prepared) => prepared,
                    Err(reply) => return reply,
                }
            }
        };
        self.ingest(tenant, sender, prepared).await
    }

    /// The same on a thread of its own, within the full limit.
    async fn prepare_elsewhere(
        self: &Arc<Self>,
        payload: Payload,
        tenant: Tenant,
        received: Received,
    ) -> Result<Prepared, Reply> {
        // The semaphore is never closed; the queue for it is bounded by the bytes in flight.
        let worker = Arc::clone(&self.workers).acquire_owned().await;
        let this = Arc::clone(self);
        let work = tokio::task::spawn_blocking(move || {
            let _worker = worker;
            this.prepare(payload, &tenant, received, this.body_limits.bytes)
        });
        match work.await {
            Ok(Ok(prepared)) => Ok(prepared),
            Ok(Err(Unprepared::Answered(reply))) => Err(reply),
            Ok(Err(Unprepared::TooLargeHere(_))) => Err(Reply::too_large(self.body_limits.bytes)),
            // A panic, whose place is in the log. Its text may hold what the request does.
            Err(_) => Err(Reply::failed_within()),
        }
    }

    /// Inflates, decodes and maps. Pure work, no waiting.
    fn prepare(
        &self,
        payload: Payload,
        tenant: &Tenant,
        received: Received,
        limit: usize,
    ) -> Result<Prepared, Unprepared> {
        if payload.body.bytes.len() > limit {
            return Err(Unprepared::TooLargeHere(payload));
        }
        let Payload { signal, format, encoding, body: Body { bytes, mut charge }, sender } = payload;
        let plain = match inflate(&bytes, encoding, limit, &mut charge) {
            Ok(plain) => plain,
            Err(InflateError::TooLarge) => {
                let body = Body { bytes, charge };
                return Err(Unprepared::TooLargeHere(Payload { signal, format, encoding, body, sender }));
            }
            Err(InflateError::NoRoom) => return Err(Unprepared::Answered(Reply::no_room())),
            Err(InflateError::Malformed(what)) => {
                return Err(Unprepared::Answered(Reply::refused(RefusalReason::Malformed, what)));
            }
        };
        if encoding != Encoding::Identity {
            charge.shrink(bytes.len());
        }
        drop(bytes);
        let mut room = EventRoom::new(&mut charge, self.in_flight.most_for_events_bytes());
        let mapping = self.mappings.for_tenant(tenant);
        let taken = events::decode_and_map(mapping, (signal, format), plain, received, &mut room);
        let (events, summary) = taken.map_err(|why| Unprepared::Answered(why.into()))?;
        Ok(Prepared { events, summary, charge })
    }

    async fn ingest(&self, tenant: Tenant, sender: Client, prepared: Prepared) -> Reply {
        let Prepared { events, mut summary, charge } = prepared;
        let ingested = if events.is_empty() {
            Ingested::default()
        } else {
            let ingest = ingest::ingest(&*self.store, &tenant, events, self.batch_bytes);
            match tokio::time::timeout(self.store_timeout, ingest).await {
                Ok(Ok(ingested)) => ingested,
                Ok(Err(error)) => return error.into(),
                Err(_) => {
                    let message =
                        "the store took too long; the events may or may not be stored, send them again";
                    return Reply::retry(RetryCause::Slow, Duration::from_secs(5), message);
                }
            }
        };
        drop(charge);
        summary.ingested(&ingested);
        summary.count();
        summary.tell(sender, &self.refusals);
        Reply::Accepted(summary.into_accepted())
    }
}
