//! Requests of a connection that are being answered: from their head to the end of their answer.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// How many requests a connection has; shared with them.
#[derive(Clone, Debug, Default)]
pub(super) struct Answering(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    requests: usize,
    /// Who waits for the last answer to end.
    waiting: Option<Waker>,
}

impl Answering {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request until the returned guard is dropped.
    pub(super) fn begin(&self) -> Answered {
        self.state().requests += 1;
        Answered(self.clone())
    }

    /// Whether there are any; whoever asks is woken once there are none.
    pub(super) fn any(&self, cx: &Context<'_>) -> bool {
        let mut state = self.state();
        let any = state.requests > 0;
        state.waiting = any.then(|| cx.waker().clone());
        any
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Answered(Answering);

impl Answered {
    /// The body of the answer; the request is answered once it is sent or dropped.
    pub(super) fn with(self, body: Body) -> Body {
        Body::new(AnswerBody { body, _answered: self })
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.requests -= 1;
        if state.requests == 0
            && let Some(waiting) = state.waiting.take()
        {
            waiting.wake();
        }
    }
}

struct AnswerBody {
    body: Body,
    _answered: Answered,
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
