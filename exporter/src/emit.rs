//! Typed events for services: what an automation does, emitted through any OpenTelemetry [`Logger`].
//!
//! An [`Automation`] states once what all of its events have in common; a [`Step`] is one event of it. Both
//! write the attributes `steplog.*`, which fill the columns without any guess.
//!
//! ```
//! use opentelemetry::logs::LoggerProvider as _;
//! use opentelemetry_sdk::logs::SdkLoggerProvider;
//! use steplog_exporter::emit::{Actor, Automation, Context, Status};
//!
//! let provider = SdkLoggerProvider::builder().build(); // with the exporter that sends to steplog
//! let logger = provider.logger("parcel-helper");
//! let chatbot = Automation::new(Context::Chatbot, "Parcel helper").version("v22");
//! let visit = chatbot.interaction("7f3a06b2").person("38590217").conversation("90b1");
//! visit.step("chatbot.message.received").text("where is my parcel?").by(Actor::User, "38590217").emit(&logger);
//! visit
//!     .step("chatbot.intent.not_matched")
//!     .element("Understand")
//!     .status(Status::Failure)
//!     .reason("no intent above the threshold")
//!     .attribute("intent.confidence", 0.41)
//!     .emit(&logger);
//!
//! // A step that takes time begins, and ends with how long it took; left without a word, it was cancelled.
//! let call = visit.step("chatbot.api.called").element("Look up parcel").begin(&logger);
//! call.fail("HTTP 503");
//!
//! // What is called within knows interaction, person and conversation, in other tasks and services too.
//! let _within = visit.enter(); // of a future: visit.carry(future).await
//! Automation::new(Context::Message, "Notices").step("message.sent").emit(&logger);
//! ```

mod begun;
mod carried;

use std::time::{Duration, SystemTime};

use opentelemetry::Key;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger, Severity};
use steplog_model::status;

pub use begun::Begun;

/// What an automation is; the column Occurred in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Context {
    /// Runs for one person, step by step.
    Journey,
    /// A scripted conversation partner.
    Chatbot,
    /// Driven by a language model.
    AiAgent,
    /// An inbox in which people answer.
    Conversation,
    /// The delivery of one message.
    Message,
    /// Anything else, by its own name.
    Other(String),
}

impl Context {
    /// Its value in the column.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Journey => status::JOURNEY,
            Self::Chatbot => status::CHATBOT,
            Self::AiAgent => status::AI_AGENT,
            Self::Conversation => status::CONVERSATION,
            Self::Message => status::MESSAGE,
            Self::Other(name) => name,
        }
    }
}

/// How a step ended, or that it has not; the column Status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It ended well.
    Success,
    /// It failed.
    Failure,
    /// It began and has not ended.
    InProgress,
    /// It was left out on purpose.
    Skipped,
    /// Somebody or something called it off.
    Cancelled,
    /// It waited too long.
    TimedOut,
}

impl Status {
    /// Its value in the column.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => status::SUCCESS,
            Self::Failure => status::FAILURE,
            Self::InProgress => status::IN_PROGRESS,
            Self::Skipped => status::SKIPPED,
            Self::Cancelled => status::CANCELLED,
            Self::TimedOut => status::TIMED_OUT,
        }
    }
}

/// Who performed a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The person whom the interaction is with.
    User,
    /// The automation itself.
    System,
    /// Somebody who answers, human or AI.
    Agent,
}

impl Actor {
    const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::System => "system",
            Self::Agent => "agent",
        }
    }
}

/// What the events of one automation have in common.
#[derive(Clone, Debug)]
pub struct Automation {
    attributes: Vec<(Key, AnyValue)>,
}

impl Automation {
    /// An automation of a kind, by the name that people know it by.
    #[must_use]
    pub fn new(context: Context, object: impl Into<String>) -> Self {
        let automation = Self { attributes: Vec::new() };
        automation
            .with("steplog.context.type", context.as_str().to_owned())
            .with("steplog.object.name", object.into())
    }

    /// Its lasting id, where the name may change.
    #[must_use]
    pub fn object_id(self, id: impl Into<String>) -> Self {
        self.with("steplog.object.id", id.into())
    }

    /// The version that runs.
    #[must_use]
    pub fn version(self, version: impl Into<String>) -> Self {
        self.with("steplog.object.version", version.into())
    }

    /// The same automation at work in an interaction: one customer's way from start to end.
    #[must_use]
    pub fn interaction(&self, id: impl Into<String>) -> Self {
        self.clone().with("steplog.interaction.id", id.into())
    }

    /// Whom it is at work for.
    #[must_use]
    pub fn person(self, id: impl Into<String>) -> Self {
        self.with("steplog.person.id", id.into())
    }

    /// The conversation that it takes part in.
    #[must_use]
    pub fn conversation(self, id: impl Into<String>) -> Self {
        self.with("steplog.conversation.id", id.into())
    }

    /// By which channel it reaches the person.
    #[must_use]
    pub fn channel(self, name: impl Into<String>) -> Self {
        self.with("steplog.channel", name.into())
    }

    /// One step of it, that went well unless it is told otherwise. `event` is a dotted name such as
    /// `journey.step.completed`. Interaction, person and conversation are those of the automation, else those that the
    /// current OpenTelemetry context carries.
    #[expect(
        clippy::disallowed_methods,
        reason = "it runs in other programs and speaks OpenTelemetry's types"
    )]
    pub fn step(&self, event: &'static str) -> Step {
        let mut attributes = self.attributes.clone();
        carried::add(&mut attributes);
        Step { event, time: SystemTime::now(), status: Status::Success, text: None, attributes }
    }

    fn with(mut self, key: &'static str, value: String) -> Self {
        set(&mut self.attributes, key.into(), value.into());
        self
    }
}

/// One event, not yet emitted.
#[derive(Clone, Debug)]
#[must_use = "a step is an event only once it is emitted"]
pub struct Step {
    event: &'static str,
    time: SystemTime,
    status: Status,
    text: Option<String>,
    attributes: Vec<(Key, AnyValue)>,
}

impl Step {
    /// The event's id. Two events of one id are stored once; without it, only what is sent again is.
    pub fn id(self, id: impl Into<String>) -> Self {
        self.attribute("log.record.uid", id.into())
    }

    /// When it happened, if that is not now.
    pub fn at(mut self, time: SystemTime) -> Self {
        self.time = time;
        self
    }

    /// How it ended.
    pub fn status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// Why it ended so, in a few words.
    pub fn reason(self, words: impl Into<String>) -> Self {
        self.attribute("steplog.event.status_reason", words.into())
    }

    /// How long it took.
    pub fn took(self, duration: Duration) -> Self {
        self.attribute("steplog.event.duration", i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX))
    }

    /// Its place among events of one time.
    pub fn sequence(self, number: i64) -> Self {
        self.attribute("steplog.event.sequence", number)
    }

    /// The element of the automation that it belongs to.
    pub fn element(self, name: impl Into<String>) -> Self {
        self.attribute("steplog.element.name", name.into())
    }

    /// The element's lasting id.
    pub fn element_id(self, id: impl Into<String>) -> Self {
        self.attribute("steplog.element.id", id.into())
    }

    /// What kind of element it is.
    pub fn element_type(self, kind: impl Into<String>) -> Self {
        self.attribute("steplog.element.type", kind.into())
    }

    /// Who performed it.
    pub fn by(self, actor: Actor, id: impl Into<String>) -> Self {
        self.attribute("steplog.actor.type", actor.as_str()).attribute("steplog.actor.id", id.into())
    }

    /// Their name, where people know them by one.
    pub fn actor_name(self, name: impl Into<String>) -> Self {
        self.attribute("steplog.actor.name", name.into())
    }

    /// What a person would read: the words of a message, or what happened in a sentence.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Anything else; the later of two values of one key counts.
    pub fn attribute(mut self, key: impl Into<Key>, value: impl Into<AnyValue>) -> Self {
        set(&mut self.attributes, key.into(), value.into());
        self
    }

    /// Hands the event to the logger. Whether and when it is sent is up to what the logger's provider exports to.
    pub fn emit(self, logger: &impl Logger) {
        let mut record = logger.create_log_record();
        record.set_event_name(self.event);
        record.set_timestamp(self.time);
        record.set_severity_number(match self.status {
            Status::Failure | Status::TimedOut => Severity::Error,
            _ => Severity::Info,
        });
        if let Some(text) = self.text {
            record.set_body(text.into());
        }
        record.add_attribute("steplog.event.status", self.status.as_str());
        record.add_attributes(self.attributes);
        logger.emit(record);
    }
}

/// Duplicate keys are illegal in OTLP.
fn set(attributes: &mut Vec<(Key, AnyValue)>, key: Key, value: AnyValue) {
    match attributes.iter_mut().find(|(known, _)| *known == key) {
        Some((_, old)) => *old = value,
        None => attributes.push((key, value)),
    }
}
