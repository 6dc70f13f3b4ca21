//! Messages that are spread over attributes with numbers in their names, as in `llm.input_messages.0.message.role`.

use serde_json::{Map, Value};
use steplog_model::record::value::AnyValue;

/// The most messages, and parts of one, that are put together.
const MAX_PLACES: usize = 4_096;
/// The most parts of a name.
const MAX_PARTS: usize = 16;
/// Members that only wrap another one.
const WRAPPERS: [&str; 3] = ["message", "message_content", "tool_call"];

/// The list whose members' attributes start with `start`; empty where there are none.
pub(super) fn list(attributes: &[(&str, AnyValue<'_>)], start: &str) -> Value {
    let mut root = Node::default();
    for (key, value) in attributes {
        let Some(way) = key.strip_prefix(start) else { continue };
        if way.split('.').count() <= MAX_PARTS {
            root.put(way, super::json(*value, 0));
        }
    }
    match root.into_value() {
        list @ Value::Array(_) => list,
        _ => Value::Array(Vec::new()),
    }
}

#[derive(Default)]
struct Node {
    value: Option<Value>,
    /// In the order in which they came; few, so a list.
    members: Vec<(String, Node)>,
}

impl Node {
    fn put(&mut self, way: &str, value: Value) {
        let (name, rest) = match way.split_once('.') {
            Some((name, rest)) => (name, Some(rest)),
            None => (way, None),
        };
        let place = match self.members.iter().position(|(known, _)| known == name) {
            Some(place) => place,
            None if self.members.len() < MAX_PLACES => {
                self.members.push((name.to_owned(), Self::default()));
                self.members.len() - 1
            }
            None => return,
        };
        let Some((_, node)) = self.members.get_mut(place) else { return };
        match rest {
            Some(rest) => node.put(rest, value),
            None => node.value = Some(value),
        }
    }

    fn into_value(self) -> Value {
        if self.members.is_empty() {
            return self.value.unwrap_or_default();
        }
        let mut numbers: Vec<(usize, Value)> = Vec::new();
        let mut names = Map::new();
        for (name, node) in self.members {
            let value = node.into_value();
            match name.parse() {
                Ok(number) => numbers.push((number, value)),
                Err(_) if WRAPPERS.contains(&name.as_str()) => return value,
                Err(_) => drop(names.insert(name, value)),
            }
        }
        if names.is_empty() {
            numbers.sort_by_key(|(number, _)| *number);
            return numbers.into_iter().map(|(_, value)| value).collect();
        }
        Value::Object(names)
    }
}
