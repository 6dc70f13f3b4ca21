//! What agents and their models said, by the conventions of their telemetry.
//!
//! A model call repeats the whole talk before it, and the agent around it repeats the call: [`Turn`]s of one event are
//! all that its record holds; which of them are new is for [`super::threads`] to say.

mod flat;
mod messages;
mod tools;

use serde_json::{Map, Value};
use steplog_model::column::Column;
use steplog_model::event::Event;
use steplog_model::record::LogRecordRef;
use steplog_model::record::value::AnyValue;

/// How deep values are read.
const MAX_DEPTH: usize = 32;

/// Attributes that hold what was said to a model or agent, as a list of messages or as JSON of one.
const HEARD: [&str; 9] = [
    "gen_ai.input.messages",
    "pydantic_ai.all_messages",
    "all_messages_events",
    "ai.prompt.messages",
    "ai.prompt",
    "gen_ai.prompt",
    "langfuse.observation.input",
    "traceloop.entity.input",
    "input.value",
];

/// Attributes that hold what it said.
const ANSWERED: [&str; 7] = [
    "gen_ai.output.messages",
    "gen_ai.completion",
    "ai.response.text",
    "response_text",
    "langfuse.observation.output",
    "traceloop.entity.output",
    "output.value",
];

/// Beginnings of attributes that hold them piece by piece: heard, then answered.
const FLAT: [(&str, &str); 2] =
    [("llm.input_messages.", "llm.output_messages."), ("gen_ai.prompt.", "gen_ai.completion.")];

/// The steps of agents in which something is said, tools aside.
const SPEAKING: [&str; 3] = ["ai_agent.model.called", "ai_agent.invoked", "ai_agent.workflow.ran"];

/// Who speaks in a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Speaker {
    /// Whoever asks the agent: mostly the person.
    Person,
    Agent,
    Tool,
}

/// What a turn is beyond words.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Words,
    /// The agent asks for a tool of this name.
    Call(String),
    /// What came back of it, with the name where it is known.
    Result(Option<String>),
}

/// One thing that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) speaker: Speaker,
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// What one event's record holds of a talk.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// What was there when the step began.
    pub(super) heard: Vec<Turn>,
    /// What came of it.
    pub(super) answered: Vec<Turn>,
}

impl Turns {
    pub(super) const fn is_empty(&self) -> bool {
        self.heard.is_empty() && self.answered.is_empty()
    }
}

/// Whether an event is a step in which an agent or a model says something, if its record only held it.
pub(super) fn talks(event: &Event) -> bool {
    let step = event.value(Column::Event).unwrap_or_default();
    let is_model = event.value(Column::ElementType) == Some("model");
    matches!(step, "ai_agent.model.called" | "ai_agent.invoked")
        || (is_model && step == "gen_ai.client.inference.operation.details")
}

/// What an event's record holds of a talk; nothing where it follows no known convention.
pub(super) fn turns(event: &Event) -> Turns {
    let record = LogRecordRef::new(&event.record);
    let attributes: Vec<(&str, AnyValue<'_>)> = record.attributes().collect();
    let name = event.value(Column::Event).unwrap_or_default();
    let mut turns = Turns::default();
    if let Some(role) = messages::role_of_event(name) {
        let body = record.body_value().map(|body| json(body, 0)).unwrap_or_default();
        let body = if body.is_null() { object_of(&attributes) } else { body };
        messages::put_event(role, &body, &mut turns);
        return turns;
    }
    if let Some(tool) = tools::turns(event, &attributes) {
        return tool;
    }
    // What the parts of an agent hand to each other is said by nobody; models and agents tell of what is.
    if name.starts_with("ai_agent.") && !SPEAKING.contains(&name) {
        return turns;
    }
    // What serves the agent itself, as choosing its model does, is no talk.
    if attribute(&attributes, "role").is_some_and(|role| text(role).starts_with("utility")) {
        return turns;
    }
    read(&attributes, &mut turns);
    turns
}

/// Reads the attributes of a record, or those of a span event that is part of it.
fn read(attributes: &[(&str, AnyValue<'_>)], turns: &mut Turns) {
    for (heard, answered) in FLAT {
        messages::put(&flat::list(attributes, heard), Speaker::Person, &mut turns.heard);
        messages::put(&flat::list(attributes, answered), Speaker::Agent, &mut turns.answered);
    }
    if turns.is_empty() {
        read_events(attributes, turns);
    }
    let first = |keys: &[&str]| keys.iter().find_map(|key| attribute(attributes, key)).map(parsed);
    if turns.heard.is_empty()
        && let Some(heard) = first(&HEARD)
    {
        messages::put(&messages::within(heard), Speaker::Person, &mut turns.heard);
    }
    if turns.answered.is_empty() {
        if let Some(answered) = first(&ANSWERED) {
            messages::put(&messages::within(answered), Speaker::Agent, &mut turns.answered);
        }
        if let Some(calls) = attribute(attributes, "ai.response.toolCalls") {
            messages::put_parts(&parsed(calls), Speaker::Agent, &mut turns.answered);
        }
    }
    // All messages of a run end with its answer: it is said at the end.
    if turns.answered.is_empty()
        && turns.heard.len() > 1
        && let Some(last) = turns.heard.pop_if(|turn| turn.speaker == Speaker::Agent)
    {
        turns.answered.push(last);
    }
}

/// Reads the span events that are part of their span.
fn read_events(attributes: &[(&str, AnyValue<'_>)], turns: &mut Turns) {
    let Some(AnyValue::Array(events)) = attribute(attributes, "steplog.span.events") else { return };
    for event in events {
        let AnyValue::KvList(members) = event else { continue };
        let members: Vec<_> = members.collect();
        let name = attribute(&members, "name").map(text).unwrap_or_default();
        let Some(AnyValue::KvList(pairs)) = attribute(&members, "attributes") else { continue };
        let pairs: Vec<_> = pairs.collect();
        match messages::role_of_event(&name) {
            Some(role) => messages::put_event(role, &object_of(&pairs), turns),
            None if name == "gen_ai.client.inference.operation.details" => read(&pairs, turns),
            None => {}
        }
    }
}

/// The last attribute of this name.
fn attribute<'a>(attributes: &[(&str, AnyValue<'a>)], key: &str) -> Option<AnyValue<'a>> {
    let found = attributes.iter().rfind(|(name, _)| *name == key);
    found.map(|(_, value)| *value).filter(|value| !matches!(value, AnyValue::Empty | AnyValue::String("")))
}

/// A scalar as text, a list as JSON.
fn text(value: AnyValue<'_>) -> String {
    match value.scalar_text(&mut String::new()) {
        Some(text) => text.to_owned(),
        None => json(value, 0).to_string(),
    }
}

fn object_of(attributes: &[(&str, AnyValue<'_>)]) -> Value {
    let members = attributes.iter().map(|(key, value)| ((*key).to_owned(), parsed(*value)));
    Value::Object(members.collect())
}

/// A value; of a text that is JSON, what it says.
fn parsed(value: AnyValue<'_>) -> Value {
    match value {
        AnyValue::String(text) => parsed_text(text),
        other => json(other, 0),
    }
}

fn parsed_text(text: &str) -> Value {
    let structured = text.trim_start().starts_with(['[', '{']);
    let json = structured.then(|| serde_json::from_str(text).ok()).flatten();
    json.unwrap_or_else(|| Value::from(text))
}

/// A value as JSON, cut where it is too deep.
fn json(value: AnyValue<'_>, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return Value::Null;
    }
    match value {
        AnyValue::Empty => Value::Null,
        AnyValue::String(text) => Value::from(text),
        AnyValue::Bool(truth) => Value::from(truth),
        AnyValue::Int(int) => Value::from(int),
        AnyValue::Double(double) => Value::from(double),
        AnyValue::Array(values) => values.map(|value| json(value, depth + 1)).collect(),
        AnyValue::KvList(members) => {
            let members = members.map(|(key, value)| (key.to_owned(), json(value, depth + 1)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        AnyValue::Bytes(_) => Value::from("[bytes]"),
    }
}

/// The words of a body or another value that is somebody's message: `{type, text}` is its text.
pub(super) fn words(value: AnyValue<'_>) -> Option<String> {
    let mut turns = Vec::new();
    messages::put_parts(&json(value, 0), Speaker::Person, &mut turns);
    let texts: Vec<String> = turns.into_iter().map(|turn| turn.text).collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}
