//! Request bodies: read within the bounds of size, time and bytes in flight, then decompressed within them.

pub(crate) mod inflate;

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use steplog_net::{Charge, Client};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::in_flight::InFlight;
use crate::reply::{Reply, RetryCause};

/// Once so much of a body has arrived, room for all that was declared is reserved, so that it is not moved again.
const BELIEVED_BYTES: usize = 1 << 20;

/// The bounds on a body as it is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimits {
    pub(crate) bytes: usize,
    pub(crate) timeout: Duration,
}

/// A body as it was sent, and what it is charged.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) bytes: Bytes,
    pub(crate) charge: Charge,
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(crate) enum ReadError<E> {
    TooLarge,
    NoRoom,
    /// Others needed the room while the body did not go on.
    Crowded,
    TooSlow,
    /// The connection broke or the sender gave up.
    Broken(hyper::Error),
    /// The first bytes are wrong already.
    Refused(E),
}

impl ReadError<Reply> {
    /// The reply to the request whose body it was, of at most `limit` bytes.
    pub(crate) fn into_reply(self, limit: usize) -> Reply {
        let again = Duration::from_secs(1);
        match self {
            Self::TooLarge => Reply::too_large(limit),
            Self::NoRoom => Reply::no_room(),
            Self::Crowded => Reply::retry(
                RetryCause::Busy,
                again,
                "the body did not go on while others needed its room; send it again, all at once",
            ),
            Self::TooSlow => Reply::retry(
                RetryCause::Body,
                again,
                "the body did not arrive in time; send it again, or smaller batches",
            ),
            Self::Broken(error) => {
                Reply::retry(RetryCause::Body, again, format!("the body did not arrive to its end: {error}"))
            }
            Self::Refused(reply) => reply,
        }
    }
}

/// Who sends a body, and in which room it is held.
pub(crate) struct Sent<'r> {
    pub(crate) sender: Client,
    pub(crate) head: &'r HeaderMap,
    pub(crate) in_flight: &'r InFlight,
}

/// Reads a body. `inspect` sees what has arrived after each chunk and may end the reading.
pub(crate) async fn read<E>(
    body: &mut Incoming,
    limits: BodyLimits,
    from: Sent<'_>,
    mut inspect: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<Body, ReadError<E>> {
    let deadline = Instant::now() + limits.timeout;
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > limits.bytes {
        return Err(ReadError::TooLarge);
    }
    let mut charge = from.in_flight.begin(from.sender, from.head, declared).ok_or(ReadError::NoRoom)?;
    let crowded = CancellationToken::new();
    charge.waits(crowded.clone());
    let mut collected = Collected::default();
    loop {
        let frame = tokio::select! {
            biased;
            frame = timeout_at(deadline, body.frame()) => frame.map_err(|_| ReadError::TooSlow)?,
            () = crowded.cancelled() => return Err(ReadError::Crowded),
        };
        let Some(frame) = frame else { break };
        // Trailers of a request say nothing that OTLP uses.
        let Ok(chunk) = frame.map_err(ReadError::Broken)?.into_data() else { continue };
        if collected.len().saturating_add(chunk.len()) > limits.bytes {
            return Err(ReadError::TooLarge);
        }
        if !charge.grow(chunk.len()) {
            return Err(if crowded.is_cancelled() { ReadError::Crowded } else { ReadError::NoRoom });
        }
        charge.came(chunk.len());
        collected.push(chunk, declared);
        inspect(collected.bytes()).map_err(ReadError::Refused)?;
    }
    charge.works();
    if crowded.is_cancelled() {
        return Err(ReadError::Crowded);
    }
    Ok(Body { bytes: collected.finish(), charge })
}

/// Drains a body that is answered before its end: the rest is read and discarded in the background, within the same
/// bounds. Otherwise an HTTP/1 sender that is still writing would find its connection reset before it read the answer.
pub(crate) fn leave(body: Incoming, limits: BodyLimits) {
    if !body.is_end_stream() {
        tokio::spawn(discard(body, limits));
    }
}

async fn discard(mut body: Incoming, limits: BodyLimits) {
    let deadline = Instant::now() + limits.timeout;
    let mut seen = 0_usize;
    while let Ok(Some(Ok(frame))) = timeout_at(deadline, body.frame()).await {
        seen = seen.saturating_add(frame.data_ref().map_or(0, Bytes::len));
        if seen > limits.bytes {
            return;
        }
    }
}

/// A body in one piece: the first chunk is kept as it is, so that small bodies are never copied.
#[derive(Default)]
struct Collected {
    first: Bytes,
    joined: BytesMut,
}

impl Collected {
    fn len(&self) -> usize {
        self.bytes().len()
    }

    fn bytes(&self) -> &[u8] {
        if self.joined.is_empty() { &self.first } else { &self.joined }
    }

    fn push(&mut self, chunk: Bytes, declared: usize) {
        if self.len() == 0 {
            self.first = chunk;
            return;
        }
        if self.joined.is_empty() {
            // Grown by what arrives, not by what was declared: a declaration costs its sender nothing.
            let room = declared.min(4 * (self.first.len() + chunk.len()));
            self.joined.reserve(room);
            self.joined.extend_from_slice(&std::mem::take(&mut self.first));
        }
        if self.joined.len() > BELIEVED_BYTES {
            self.joined.reserve(declared.saturating_sub(self.joined.len()).max(chunk.len()));
        }
        self.joined.extend_from_slice(&chunk);
    }

    fn finish(self) -> Bytes {
        if self.joined.is_empty() { self.first } else { self.joined.freeze() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_in_order() {
        for split in 0..6 {
            let mut collected = Collected::default();
            for chunk in ["", &"abcde"[..split.min(5)], "", &"abcde"[split.min(5)..], "fg"] {
                collected.push(Bytes::copy_from_slice(chunk.as_bytes()), 7);
            }
            assert_eq!(collected.finish(), "abcdefg");
        }
    }
}
