//! Steps that are the use of a tool: what it was asked, and what came back.

use steplog_model::column::Column;
use steplog_model::event::Event;
use steplog_model::record::value::AnyValue;

use super::messages::{arguments_text, flattened};
use super::{Kind, Speaker, Turn, Turns, attribute, parsed};

/// Attributes that hold what a tool was asked, in order of precedence.
const ASKED: [&str; 10] = [
    "gen_ai.tool.call.arguments",
    "ai.toolCall.args",
    "tool.parameters",
    "function_args",
    "arguments",
    "tool_parameters",
    "tool_input",
    "langfuse.observation.input",
    "traceloop.entity.input",
    "input.value",
];

/// Attributes that hold what came back.
const RETURNED: [&str; 7] = [
    "gen_ai.tool.call.result",
    "ai.toolCall.result",
    "output",
    "tool_output",
    "langfuse.observation.output",
    "traceloop.entity.output",
    "output.value",
];

/// What is said in the use of a tool; `None` where the event is something else.
pub(super) fn turns(event: &Event, attributes: &[(&str, AnyValue<'_>)]) -> Option<Turns> {
    if event.value(Column::ElementType) != Some("tool") {
        return None;
    }
    let name = event.value(Column::Element)?;
    let first = |keys: &[&str]| keys.iter().find_map(|key| attribute(attributes, key)).map(parsed);
    let mut turns = Turns::default();
    if let Some(asked) = first(&ASKED) {
        let (speaker, kind) = (Speaker::Agent, Kind::Call(name.to_owned()));
        turns.heard.push(Turn { speaker, kind, text: arguments_text(&asked) });
    }
    if let Some(returned) = first(&RETURNED) {
        let (speaker, kind) = (Speaker::Tool, Kind::Result(Some(name.to_owned())));
        turns.answered.push(Turn { speaker, kind, text: flattened(&returned) });
    }
    Some(turns)
}
