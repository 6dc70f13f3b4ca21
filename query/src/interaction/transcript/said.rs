//! What one event says: which side, who, the text, the id of the message.

use serde::Serialize;
use steplog_model::catalogue::{Catalogue, Side};
use steplog_model::column::Column;
use steplog_model::event::Event;
use steplog_model::record::LogRecordRef;
use steplog_model::record::leaves::visit_leaves;
use steplog_model::record::value::AnyValue;
use steplog_model::status;
use steplog_model::text::readable;

use super::agent;

/// The most of a message that a transcript shows, in bytes; the event has the whole.
const MAX_TEXT_BYTES: usize = 4_096;

/// The attributes that name a message, in order of precedence.
const MESSAGE_IDS: [&str; 3] = ["steplog.message.id", "message.id", "messaging.message.id"];

/// The attributes that hold what was said, in order of precedence; then comes the body.
const TEXTS: [&str; 2] = ["message.text", "prompt"];

/// One who speaks or is spoken to.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Party<'a> {
    role: Role,
    name: Option<&'a str>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Role {
    Person,
    Bot,
    AiAgent,
    Agent,
    Tool,
    System,
}

impl<'a> Party<'a> {
    /// The person of an event.
    pub(super) fn person(event: &'a Event) -> Self {
        Self { role: Role::Person, name: event.value(Column::Person) }
    }

    /// The agent of an event of its own.
    pub(super) fn agent(event: &'a Event) -> Self {
        Self { role: Role::AiAgent, name: event.value(Column::Object) }
    }

    /// A tool; which one, the message says.
    pub(super) const fn tool() -> Self {
        Self { role: Role::Tool, name: None }
    }

    /// Who speaks for the company: in conversations the colleague who acted, else the object itself.
    pub(super) fn company(event: &'a Event) -> Self {
        let object = event.value(Column::Object);
        let acted = || match event.value(Column::PerformedByType) {
            Some("agent") => event.value(Column::PerformedBy),
            _ => None,
        };
        let (role, name) = match event.value(Column::OccurredIn) {
            Some(status::CHATBOT) => (Role::Bot, object),
            Some(status::AI_AGENT) => (Role::AiAgent, object.or_else(acted)),
            Some(status::CONVERSATION) => match event.value(Column::PerformedByType) {
                Some("system") => (Role::System, object),
                _ => (Role::Agent, acted().or(object)),
            },
            _ => match acted() {
                Some(name) => (Role::Agent, Some(name)),
                None => (Role::System, object),
            },
        };
        Self { role, name }
    }
}

/// The side that speaks in an event; `None` where nothing is said, or the message was held back.
pub(super) fn side(event: &Event, names: &Catalogue) -> Option<Side> {
    if matches!(event.value(Column::Status), Some(status::SKIPPED | status::CANCELLED)) {
        return None;
    }
    let name = event.value(Column::Event)?;
    match names.get(name) {
        Some(known) => known.said_by,
        // The names of the delivery of messages say nothing new.
        None if event.value(Column::OccurredIn) == Some(status::MESSAGE) => None,
        None if name.ends_with("message.sent") => Some(Side::Company),
        None if name.ends_with("message.received") => Some(Side::Person),
        None => None,
    }
}

/// The id of the message that an event is about.
pub(super) fn message_id(event: &Event) -> Option<String> {
    attribute(event, &MESSAGE_IDS)
}

/// The words of a message that an event states as such: those of delivery, too, have a body, which may say how it went.
pub(super) fn stated(event: &Event) -> Option<String> {
    attribute(event, &TEXTS)
}

/// What was said, cut to what a transcript shows.
pub(super) fn text(event: &Event) -> String {
    cut(stated(event).unwrap_or_else(|| body(event)))
}

/// A text, cut to what a transcript shows.
pub(super) fn cut(mut text: String) -> String {
    if text.len() > MAX_TEXT_BYTES {
        text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
        text.push('…');
    }
    text
}

/// The first of the attributes of the record that has a text.
fn attribute(event: &Event, keys: &[&str]) -> Option<String> {
    let mut found: Option<(usize, String)> = None;
    let mut scratch = String::new();
    for (key, value) in LogRecordRef::new(&event.record).attributes() {
        let Some(place) = keys.iter().position(|known| *known == key) else { continue };
        let text = value.scalar_text(&mut scratch).filter(|text| !text.is_empty());
        if let Some(text) = text.filter(|_| found.as_ref().is_none_or(|(best, _)| place <= *best)) {
            found = Some((place, readable(text).into_owned()));
        }
    }
    found.map(|(_, text)| text)
}

/// The words of the body; of one that follows no known form all its texts, one a line.
fn body(event: &Event) -> String {
    let Some(body) = LogRecordRef::new(&event.record).body_value() else { return String::new() };
    if let Some(words) = agent::words(body) {
        return readable(&words).into_owned();
    }
    let mut text = String::new();
    visit_leaves(&mut String::new(), body, &mut |_, leaf| {
        if let AnyValue::String(part) = leaf {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&readable(part));
        }
        text.len() <= MAX_TEXT_BYTES
    });
    text
}
