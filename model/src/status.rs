//! The canonical values of the columns Status and Occurred in. Both stay open: another value is kept as it is.

/// The step ended well.
pub const SUCCESS: &str = "success";
/// The step failed.
pub const FAILURE: &str = "failure";
/// The step began and has not ended.
pub const IN_PROGRESS: &str = "in_progress";
/// The step was left out on purpose.
pub const SKIPPED: &str = "skipped";
/// Somebody or something called it off.
pub const CANCELLED: &str = "cancelled";
/// It waited too long.
pub const TIMED_OUT: &str = "timed_out";
/// The sender said that it does not know.
pub const UNKNOWN: &str = "unknown";

/// The canonical statuses, in the order in which the page lists them.
pub const STATUSES: [&str; 7] = [SUCCESS, FAILURE, TIMED_OUT, IN_PROGRESS, SKIPPED, CANCELLED, UNKNOWN];

/// A journey: an automation that runs for one person, step by step.
pub const JOURNEY: &str = "journey";
/// A scripted conversation partner.
pub const CHATBOT: &str = "chatbot";
/// A conversation partner or worker driven by a language model.
pub const AI_AGENT: &str = "ai_agent";
/// An inbox in which people answer.
pub const CONVERSATION: &str = "conversation";
/// The delivery of one message.
pub const MESSAGE: &str = "message";

/// The known contexts, in the order in which the page lists them.
pub const CONTEXTS: [&str; 5] = [JOURNEY, CHATBOT, AI_AGENT, CONVERSATION, MESSAGE];

/// Whether a status says that something went wrong and the reason matters.
#[must_use]
pub fn is_failure(status: &str) -> bool {
    status == FAILURE || status == TIMED_OUT
}

/// The event that tells of a wait that ran out.
pub const WAIT_OVER: &str = "journey.wait.timed_out";

/// Whether an event counts as a failure where failures are counted by interaction. A wait that ran out does not: nobody
/// answering in time is often what the journey was planned for.
#[must_use]
pub fn went_wrong(event: &str, status: &str) -> bool {
    is_failure(status) && !is_wait_over(event, status)
}

/// Whether an event tells of a wait that ran out.
#[must_use]
pub fn is_wait_over(event: &str, status: &str) -> bool {
    status == TIMED_OUT && event == WAIT_OVER
}
