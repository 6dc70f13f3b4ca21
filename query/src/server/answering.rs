//! Requests of a connection that are being answered: from their head to the end of their answer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use axum::body::Body;
use http_body_util::BodyExt as _;

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
        Body::new(body.map_err(move |error| {
            let _answered = &self;
            error
        }))
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
