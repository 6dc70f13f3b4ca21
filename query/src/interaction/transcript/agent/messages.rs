//! The forms of messages: GenAI conventions old and new, and what the APIs of models themselves send.

use serde_json::{Map, Value};

use super::{Kind, MAX_DEPTH, Speaker, Turn, Turns, parsed_text};

/// Members in which other values hold their messages.
const HOLDERS: [&str; 10] = [
    "messages",
    "prompt",
    "inputs",
    "outputs",
    "input",
    "output",
    "kwargs",
    "args",
    "choices",
    "generations",
];

/// Parts that are no words, by what their type has in it.
const MEDIA: [&str; 7] = ["image", "audio", "video", "file", "blob", "document", "uri"];

/// The role of a message that an event of this name is; system instructions are no part of a talk.
pub(super) fn role_of_event(name: &str) -> Option<&str> {
    match name {
        "gen_ai.choice" => Some("choice"),
        _ => name.strip_prefix("gen_ai.")?.strip_suffix(".message"),
    }
}

/// Puts the message of an event of its own: its members are those of the body, or of the span event.
pub(super) fn put_event(role: &str, members: &Value, turns: &mut Turns) {
    let Some(object) = members.as_object() else {
        if let Some(speaker) = speaker(role) {
            put_parts(members, speaker, &mut turns.heard);
        }
        return;
    };
    if role == "choice" {
        put_content(object.get("message").unwrap_or(members), Speaker::Agent, &mut turns.answered);
        return;
    }
    let said = object.get("role").and_then(Value::as_str).unwrap_or(role);
    if let Some(speaker) = speaker(said) {
        put_object(object, speaker, &mut turns.heard, 0);
    }
}

/// A content that may be a text in JSON: a message, or the parts of one.
fn put_content(content: &Value, speaker: Speaker, turns: &mut Vec<Turn>) {
    let content = match content {
        Value::String(text) => &parsed_text(text),
        other => other,
    };
    match content {
        Value::Object(_) => put(content, speaker, turns),
        other => put_parts(other, speaker, turns),
    }
}

fn speaker(role: &str) -> Option<Speaker> {
    match role {
        "user" | "human" => Some(Speaker::Person),
        "assistant" | "ai" | "model" | "agent" | "AIMessage" | "AIMessageChunk" => Some(Speaker::Agent),
        "tool" | "function" | "ToolMessage" => Some(Speaker::Tool),
        "HumanMessage" => Some(Speaker::Person),
        _ => None,
    }
}

/// What of a value is a message or a list of them: the value itself, or what it holds.
pub(super) fn within(value: Value) -> Value {
    if let Some(answer) = streamed(&value) {
        return answer;
    }
    find(&value, 0).cloned().unwrap_or(value)
}

/// The one answer of Gemini's API in its pieces, each with candidates of which the first counts.
fn streamed(value: &Value) -> Option<Value> {
    let pieces = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    pieces.first()?.get("candidates")?;
    let (mut text, mut parts) = (String::new(), Vec::new());
    for part in
        pieces.iter().filter_map(|piece| piece.pointer("/candidates/0/content/parts")?.as_array()).flatten()
    {
        match part.get("text").and_then(Value::as_str) {
            Some(_) if part.get("thought") == Some(&Value::Bool(true)) => {}
            Some(more) => text.push_str(more),
            None => parts.push(part.clone()),
        }
    }
    parts.insert(0, Value::from(text));
    Some(serde_json::json!({ "role": "model", "parts": parts }))
}

fn find(value: &Value, depth: usize) -> Option<&Value> {
    if depth > 6 || is_message(value) {
        return is_message(value).then_some(value);
    }
    match value {
        Value::Array(items) if items.iter().any(is_message) => Some(value),
        Value::Array(items) => items.iter().find_map(|item| find(item, depth + 1)),
        Value::Object(members) => {
            HOLDERS.iter().find_map(|name| members.get(*name).and_then(|held| find(held, depth + 1)))
        }
        _ => None,
    }
}

fn is_message(value: &Value) -> bool {
    let Some(members) = value.as_object() else { return false };
    let has_role = members.get("role").is_some_and(Value::is_string);
    let is_choice = members.get("message").is_some_and(Value::is_object);
    let by_type = members.get("type").and_then(Value::as_str).is_some_and(|kind| speaker(kind).is_some());
    let is_item =
        members.get("type").is_some_and(|kind| kind == "function_call" || kind == "function_call_output");
    let wrapped = members.get("kwargs").and_then(|inner| inner.get("type")).is_some();
    (has_role && members.len() > 1)
        || is_choice
        || is_item
        || wrapped
        || (by_type && members.contains_key("content"))
}

/// Puts all messages of a value. What says nothing of its speaker is said by `speaker`.
pub(super) fn put(value: &Value, default: Speaker, turns: &mut Vec<Turn>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| put(item, default, turns)),
        Value::Object(members) => {
            if let Some(inner) =
                members.get("message").or_else(|| wrapped(members)).filter(|inner| inner.is_object())
            {
                return put(inner, default, turns);
            }
            let role = members.get("role").and_then(Value::as_str);
            let role = role.or_else(|| {
                members.get("type").and_then(Value::as_str).filter(|kind| speaker(kind).is_some())
            });
            match role.map(speaker) {
                Some(Some(speaker)) => put_object(members, speaker, turns, 0),
                // System instructions, and roles that nobody knows.
                Some(None) => {}
                None => put_object(members, default, turns, 0),
            }
        }
        Value::String(text) => put_words(text, default, turns),
        _ => {}
    }
}

/// LangChain's own form of a message.
fn wrapped(members: &Map<String, Value>) -> Option<&Value> {
    members.get("kwargs").filter(|inner| inner.get("type").is_some())
}

/// Puts a value that is the content of a message, or a part of it.
pub(super) fn put_parts(value: &Value, speaker: Speaker, turns: &mut Vec<Turn>) {
    put_part(value, speaker, turns, 0);
}

fn put_object(members: &Map<String, Value>, speaker: Speaker, turns: &mut Vec<Turn>, depth: usize) {
    let inner = ["parts", "content", "contents"]
        .iter()
        .find_map(|name| members.get(*name))
        .filter(|inner| !inner.is_null());
    if speaker == Speaker::Tool {
        let before = turns.len();
        let inner = inner.map(|inner| match inner {
            Value::String(text) => parsed_text(text),
            other => other.clone(),
        });
        // Parts that say themselves that they are results, else the content is one.
        if let Some(inner) = &inner {
            put_part(inner, speaker, turns, depth + 1);
            let results = turns.iter().skip(before).any(|turn| matches!(turn.kind, Kind::Result(_)));
            if !results {
                turns.truncate(before);
                put_result(members, &flattened(inner), turns);
            }
        }
        return;
    }
    match inner {
        Some(Value::String(text)) => put_part(&parsed_text(text), speaker, turns, depth + 1),
        Some(inner) => put_part(inner, speaker, turns, depth + 1),
        None if members.contains_key("tool_calls") => {}
        None => put_typed(members, speaker, turns, depth + 1),
    }
    if let Some(calls) = members.get("tool_calls") {
        for call in calls.as_array().map_or(std::slice::from_ref(calls), Vec::as_slice) {
            if let Some(call) = call.as_object() {
                put_call(call, turns);
            }
        }
    }
}

fn put_part(part: &Value, speaker: Speaker, turns: &mut Vec<Turn>, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match part {
        Value::String(text) => put_words(text, speaker, turns),
        Value::Array(parts) => parts.iter().for_each(|part| put_part(part, speaker, turns, depth + 1)),
        Value::Object(members) => put_typed(members, speaker, turns, depth),
        Value::Null => {}
        other => put_words(&other.to_string(), speaker, turns),
    }
}

/// Puts a part by what its members say that it is.
fn put_typed(members: &Map<String, Value>, speaker: Speaker, turns: &mut Vec<Turn>, depth: usize) {
    let object = |name: &str| members.get(name).and_then(Value::as_object);
    match members.get("type").and_then(Value::as_str) {
        Some("tool_call" | "tool-call" | "tool_use" | "function_call" | "function") => {
            return put_call(members, turns);
        }
        Some("tool_call_response" | "tool-result" | "tool_result" | "function_call_output") => {
            let result =
                ["response", "result", "output", "content"].iter().find_map(|name| members.get(*name));
            return put_result(members, &result.map(flattened).unwrap_or_default(), turns);
        }
        // What a model thinks is not said to anybody.
        Some("reasoning" | "thinking" | "redacted_thinking") => return,
        _ => {}
    }
    if let Some(call) = object("toolUse").or(object("functionCall")) {
        return put_call(call, turns);
    }
    if members.contains_key("toolName") && (members.contains_key("args") || members.contains_key("input")) {
        return put_call(members, turns);
    }
    if let Some(result) = object("toolResult").or(object("functionResponse")) {
        let held = result.get("content").or_else(|| result.get("response"));
        return put_result(result, &held.map(flattened).unwrap_or_default(), turns);
    }
    for name in ["text", "content", "value", "parts", "prompt"] {
        if let Some(inner) = members.get(name) {
            return put_part(inner, speaker, turns, depth + 1);
        }
    }
    let kind = members.get("type").or_else(|| members.get("modality")).and_then(Value::as_str);
    if let Some(kind) = kind.filter(|kind| MEDIA.iter().any(|media| kind.contains(media))) {
        put_words(&format!("[{kind}]"), speaker, turns);
    }
}

fn put_words(text: &str, speaker: Speaker, turns: &mut Vec<Turn>) {
    let text = text.trim();
    if !text.is_empty() {
        turns.push(Turn { speaker, kind: Kind::Words, text: text.to_owned() });
    }
}

fn put_call(call: &Map<String, Value>, turns: &mut Vec<Turn>) {
    let call = call.get("function").and_then(Value::as_object).unwrap_or(call);
    let name = call.get("name").or_else(|| call.get("toolName")).and_then(Value::as_str).unwrap_or_default();
    let arguments = ["arguments", "input", "args"].iter().find_map(|key| call.get(*key));
    let text = arguments.map(arguments_text).unwrap_or_default();
    turns.push(Turn { speaker: Speaker::Agent, kind: Kind::Call(name.to_owned()), text });
}

fn put_result(members: &Map<String, Value>, text: &str, turns: &mut Vec<Turn>) {
    let name = members.get("name").or_else(|| members.get("toolName")).and_then(Value::as_str);
    let kind = Kind::Result(name.map(str::to_owned));
    turns.push(Turn { speaker: Speaker::Tool, kind, text: text.trim().to_owned() });
}

/// Arguments in one spelling, however they were sent.
pub(super) fn arguments_text(arguments: &Value) -> String {
    match arguments {
        Value::String(text) => match parsed_text(text) {
            Value::String(text) => text,
            other => other.to_string(),
        },
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The words of a result, or its JSON in one spelling.
pub(super) fn flattened(value: &Value) -> String {
    match value {
        Value::String(text) => match parsed_text(text) {
            Value::String(text) => text,
            other => flattened(&other),
        },
        Value::Array(parts) if parts.iter().all(|part| plain(part).is_some()) => {
            arguments_text(&Value::from(parts.iter().filter_map(plain).collect::<Vec<_>>().join("\n")))
        }
        Value::Object(members)
            if members.len() == 2 && members.contains_key("type") && members.contains_key("value") =>
        {
            members.get("value").map(flattened).unwrap_or_default()
        }
        other => plain(other).map_or_else(|| arguments_text(other), str::to_owned),
    }
}

/// The text of a part that is nothing but a text.
fn plain(part: &Value) -> Option<&str> {
    match part {
        Value::String(text) => Some(text),
        Value::Object(members) => {
            let is_text =
                members.keys().all(|key| matches!(key.as_str(), "type" | "text" | "value" | "annotations"));
            let text = members.get("text").or_else(|| members.get("value")).and_then(Value::as_str);
            text.filter(|_| is_text)
        }
        _ => None,
    }
}
