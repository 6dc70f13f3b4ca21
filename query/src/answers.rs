//! Bounds the memory of answers that are not sent yet. All of them share one room; a chunk is charged when it is made and
//! released when it is sent. If the room is full, clients that read nothing are cut off, the one that waits longest first.

use std::convert::Infallible;
use std::io::{self, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::FromRequestParts;
use bytes::Bytes;
use http::request::Parts;
use http_body::{Frame, SizeHint};
use metrics::{counter, gauge};
use serde::Serialize;
use steplog_model::asker::Asker;
use steplog_model::event::StoredEvent;
use steplog_model::limits;
use steplog_net::{Charge, Client, Room, asker};
use tokio_util::sync::CancellationToken;

use crate::config::QuerySettings;
use crate::problem::{Problem, ProblemKind};

/// The size of the first chunk of an answer, into which most answers fit, and of further ones.
const FIRST_BYTES: usize = 4 << 10;
const CHUNK_BYTES: usize = 64 << 10;
/// The part of the room that the events of one page may take: as many questions as run at once hold half of it.
const PAGE_PART: usize = 16;
/// The bytes of a page's events at least.
const LEAST_PAGE_BYTES: usize = 64 << 10;
/// When somebody may come back for whose answer there was no room.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The connection that a request came on, which says so in the request's extensions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connection {
    pub(crate) client: Client,
    /// Ends it.
    pub(crate) end: CancellationToken,
}

/// Who asks, and on which connection: what every route that tells of events or views begins with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    pub(crate) asker: Asker,
    pub(crate) client: Client,
    /// Ends the connection.
    pub(crate) end: CancellationToken,
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let Connection { client, end } = parts.extensions.get().cloned().unwrap_or_default();
        Ok(Self { asker: asker(&parts.extensions), client, end })
    }
}

/// The room of all answers.
#[derive(Debug)]
pub(crate) struct Answers(Room);

impl Answers {
    pub(crate) fn new(settings: &QuerySettings) -> Self {
        let bytes = usize::try_from(settings.query_answer_bytes).unwrap_or(usize::MAX);
        Self(Room::new(bytes, 0, gauge!("steplog_search_answer_bytes")))
    }

    /// A buffer for one answer.
    pub(crate) fn paper(&self, caller: &Caller) -> Result<Paper, Problem> {
        let charge = self.0.take(caller.client, FIRST_BYTES, 0).ok_or_else(no_room)?;
        let held = Arc::new(Held { charge: Mutex::new(charge), end: caller.end.clone() });
        let first = Chunk::with_capacity(FIRST_BYTES, &held);
        Ok(Paper {
            held,
            full: Vec::new(),
            last: first,
            bytes: 0,
            events_bytes: 0,
            most_bytes: self.0.total(),
        })
    }

    /// The most bytes of events that one page is to have: they are in memory before they are charged.
    pub(crate) fn page_bytes(&self) -> usize {
        (self.0.total() / PAGE_PART).clamp(LEAST_PAGE_BYTES, limits::MAX_PAGE_BYTES)
    }

    /// A chunk of an answer that is made step by step.
    pub(crate) fn chunk(&self, caller: &Caller, bytes: Vec<u8>) -> Result<Bytes, Problem> {
        let charge = self.0.take(caller.client, bytes.capacity(), 0).ok_or_else(no_room)?;
        let held = Arc::new(Held { charge: Mutex::new(charge), end: caller.end.clone() });
        held.waits();
        Ok(Bytes::from_owner(Chunk { bytes, held }))
    }
}

fn no_room() -> Problem {
    counter!("steplog_search_refused_total", "why" => "answer_bytes").increment(1);
    let detail = "too many answers are being made or wait for their readers (--query-answer-bytes); ask again in a second";
    Problem { retry_after: Some(RETRY_AFTER), ..Problem::new(ProblemKind::Busy, detail) }
}

/// What all chunks of an answer share.
#[derive(Debug)]
struct Held {
    charge: Mutex<Charge>,
    end: CancellationToken,
}

impl Held {
    fn charge(&self) -> MutexGuard<'_, Charge> {
        self.charge.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on the answer waits for its client.
    fn waits(&self) {
        self.charge().waits(self.end.clone());
    }
}

/// Bytes of an answer, charged until they are dropped.
#[derive(Debug)]
struct Chunk {
    bytes: Vec<u8>,
    held: Arc<Held>,
}

impl Chunk {
    fn with_capacity(bytes: usize, held: &Arc<Held>) -> Self {
        Self { bytes: Vec::with_capacity(bytes), held: Arc::clone(held) }
    }
}

impl AsRef<[u8]> for Chunk {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        let mut charge = self.held.charge();
        charge.came(self.bytes.capacity());
        charge.shrink(self.bytes.capacity());
    }
}

/// The buffer of one answer.
#[derive(Debug)]
pub(crate) struct Paper {
    held: Arc<Held>,
    full: Vec<Chunk>,
    last: Chunk,
    bytes: usize,
    /// What is charged for the events that it is written of.
    events_bytes: usize,
    most_bytes: usize,
}

impl Paper {
    /// The most bytes of events that one answer is written of, however many pages they come in.
    pub(crate) const fn most_events_bytes(&self) -> usize {
        self.most_bytes / 4
    }

    /// Charges events that are held until the answer is written, half of the room at most, since one event is always
    /// told; returns their bytes.
    pub(crate) fn hold(&mut self, events: &[StoredEvent]) -> Result<usize, Problem> {
        let bytes: usize = events.iter().map(|stored| stored.event.whole_bytes()).sum();
        let charged = bytes.min((self.most_bytes / 2).saturating_sub(self.events_bytes));
        if !self.held.charge().grow(charged) {
            return Err(no_room());
        }
        self.events_bytes += charged;
        Ok(bytes)
    }

    /// Writes a value as JSON. Done where blocking is allowed: a page may have megabytes.
    pub(crate) fn write(mut self, value: &impl Serialize) -> Result<Written, Problem> {
        match serde_json::to_writer(&mut self, value) {
            Ok(()) => {
                self.full.push(self.last);
                self.held.charge().shrink(self.events_bytes);
                self.held.waits();
                Ok(Written { bytes: self.bytes, chunks: self.full })
            }
            // The last eighth of the room is for callers who hold little, so no single answer gets it.
            Err(error)
                if error.is_io()
                    && self.events_bytes + self.bytes + CHUNK_BYTES > self.most_bytes / 8 * 7 =>
            {
                let detail = "the answer has more bytes than all answers may together (--query-answer-bytes); ask for less";
                Err(Problem::new(ProblemKind::TooBroad, detail))
            }
            Err(error) if error.is_io() => Err(no_room()),
            Err(error) => {
                tracing::error!(%error, "an answer cannot be written");
                Err(Problem::new(ProblemKind::StoreFailed, "the answer cannot be written as JSON"))
            }
        }
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.last.bytes.len() == self.last.bytes.capacity() {
            if !self.held.charge().grow(CHUNK_BYTES) {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let next = Chunk::with_capacity(CHUNK_BYTES, &self.held);
            self.full.push(std::mem::replace(&mut self.last, next));
        }
        let free = self.last.bytes.capacity() - self.last.bytes.len();
        let taken = bytes.get(..free).unwrap_or(bytes);
        self.last.bytes.extend_from_slice(taken);
        self.bytes += taken.len();
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Written {
    bytes: usize,
    chunks: Vec<Chunk>,
}

impl From<Written> for Body {
    fn from(written: Written) -> Self {
        Self::new(WrittenBody { left: written.bytes as u64, chunks: written.chunks.into_iter() })
    }
}

struct WrittenBody {
    left: u64,
    chunks: std::vec::IntoIter<Chunk>,
}

impl HttpBody for WrittenBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.chunks.next();
        self.left -= next.as_ref().map_or(0, |chunk| chunk.bytes.len() as u64);
        Poll::Ready(next.map(|chunk| Ok(Frame::data(Bytes::from_owner(chunk)))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    fn answers(query_answer_bytes: u64) -> Answers {
        Answers::new(&QuerySettings { query_answer_bytes, ..QuerySettings::default() })
    }

    #[tokio::test]
    async fn an_answer_is_whole_and_leaves_as_it_is_taken() {
        let answers = answers(16 << 20);
        for length in [0, 10, FIRST_BYTES - 2, FIRST_BYTES, 1_000_000] {
            let text = "a".repeat(length);
            let written = answers.paper(&Caller::default()).unwrap().write(&text).unwrap();
            assert!(answers.0.used() >= length);
            let mut body = Body::from(written);
            assert_eq!(body.size_hint().exact(), Some(length as u64 + 2));
            let (mut taken, mut before) = (Vec::new(), answers.0.used());
            while let Some(frame) = body.frame().await {
                taken.extend_from_slice(frame.unwrap().data_ref().unwrap());
                assert!(answers.0.used() < before || taken.len() == length + 2);
                before = answers.0.used();
            }
            assert_eq!(taken, format!("\"{text}\"").as_bytes());
            drop(body);
            assert_eq!(answers.0.used(), 0);
        }
    }

    #[test]
    fn events_are_charged_until_the_answer_is_written() {
        use steplog_model::testing::build::EventBuilder;
        use steplog_model::time::UnixNanos;

        let answers = answers(1 << 20);
        assert_eq!((answers.page_bytes(), self::answers(1 << 40).page_bytes()), (64 << 10, 16 << 20));
        let event = EventBuilder::new(1, UnixNanos(5)).body(&"a".repeat(300_000)).build();
        let events = [StoredEvent { seq: 1, event: event.clone() }, StoredEvent { seq: 2, event }];
        let mut paper = answers.paper(&Caller::default()).unwrap();
        let bytes = paper.hold(&events).unwrap();
        assert!(bytes > 600_000);
        // Half of the room, since more may be held than there is.
        assert_eq!(answers.0.used(), (1 << 19) + FIRST_BYTES);
        // Together they would be more than there is.
        let other = answers.paper(&Caller::default()).unwrap().hold(&events).unwrap_err();
        assert_eq!((other.kind, other.retry_after), (ProblemKind::Busy, Some(RETRY_AFTER)));
        let written = paper.write(&"short").unwrap();
        assert_eq!(answers.0.used(), FIRST_BYTES);
        drop(written);
        assert_eq!(answers.0.used(), 0);
    }

    #[test]
    fn what_has_no_room_is_told_to_come_back_or_to_ask_for_less() {
        let answers = answers(1 << 20);
        let paper = |text: &str| answers.paper(&Caller::default()).unwrap().write(&text);
        let held = paper(&"a".repeat(800_000)).unwrap();
        let busy = paper(&"a".repeat(400_000)).unwrap_err();
        assert_eq!((busy.kind, busy.retry_after), (ProblemKind::Busy, Some(RETRY_AFTER)));
        drop(held);
        assert_eq!(paper(&"a".repeat(2_000_000)).unwrap_err().kind, ProblemKind::TooBroad);
        assert_eq!(answers.0.used(), 0);
    }
}
