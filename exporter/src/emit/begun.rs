//! Steps that take time: from their beginning to their end, which tells how long they took.

use std::time::{Instant, SystemTime};

use opentelemetry::logs::Logger;

use super::{Status, Step};

/// Without a word on how it ended, as where a task is aborted or an error returns early.
const LEFT: &str = "it was left before its end was told";
const PANICKED: &str = "the program panicked in it";

/// A step that has begun. It ends with [`Self::finish`], [`Self::fail`] or [`Self::end`], and is emitted then, with how long
/// it took. Dropped before that it is emitted as cancelled, or, while a panic unwinds, as failed.
#[derive(Debug)]
#[must_use = "a step that is dropped at once has taken no time"]
pub struct Begun<'a, L: Logger> {
    step: Option<Step>,
    logger: &'a L,
    since: Instant,
}

impl Step {
    /// Begins the step: it is emitted as in progress now, and again, under the same name, when it ends. Events of one name
    /// and element, of which one is in progress, are shown as one span of time.
    pub fn begin<L: Logger>(self, logger: &L) -> Begun<'_, L> {
        let name = self.event;
        self.begin_as(name, logger)
    }

    /// The same, where the beginning has a name of its own: `journey.started` before `journey.ended`.
    pub fn begin_as<'a, L: Logger>(self, event: &'static str, logger: &'a L) -> Begun<'a, L> {
        let mut start = self.clone();
        // An id is that of one event: the end's.
        start.attributes.retain(|(key, _)| key.as_str() != "log.record.uid");
        Step { event, ..start }.status(Status::InProgress).emit(logger);
        self.measure(logger)
    }

    /// Begins the step without an event of its beginning: one is emitted when it ends, with how long it took.
    pub fn measure<L: Logger>(self, logger: &L) -> Begun<'_, L> {
        Begun { step: Some(self), logger, since: Instant::now() }
    }
}

impl<L: Logger> Begun<'_, L> {
    /// Adds to what is emitted at the end: `call.tell(|step| step.attribute("http.response.status_code", 200))`.
    pub fn tell(&mut self, add: impl FnOnce(Step) -> Step) {
        self.step = self.step.take().map(add);
    }

    /// It ended with the status that the step had, which is success unless it was told otherwise.
    pub fn finish(mut self) {
        self.emit(|step| step);
    }

    /// It failed, and why.
    pub fn fail(mut self, reason: impl Into<String>) {
        self.emit(|step| step.status(Status::Failure).reason(reason));
    }

    /// It ended so.
    pub fn end(mut self, status: Status) {
        self.emit(|step| step.status(status));
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "it runs in other programs and speaks OpenTelemetry's types"
    )]
    fn emit(&mut self, ended: impl FnOnce(Step) -> Step) {
        if let Some(step) = self.step.take() {
            ended(step).at(SystemTime::now()).took(self.since.elapsed()).emit(self.logger);
        }
    }
}

impl<L: Logger> Drop for Begun<'_, L> {
    fn drop(&mut self) {
        let (status, reason) =
            if std::thread::panicking() { (Status::Failure, PANICKED) } else { (Status::Cancelled, LEFT) };
        self.emit(|step| step.status(status).reason(reason));
    }
}
