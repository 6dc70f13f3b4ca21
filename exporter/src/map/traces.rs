//! Fills columns of spans from other spans of the same trace.

use std::sync::Arc;

use bytestring::ByteString;
use rapidhash::{HashMapExt as _, RapidHashMap};
use steplog_model::column::Column;
use steplog_model::event::{Cell, Event};
use steplog_model::status;

/// What filled an interaction that is nothing but its trace.
const BY_TRACE: &str = "derived: trace_id";
const RULE: &str = "derived: conversation of the trace";

/// Libraries name the conversation on model calls and leave it out on the tools between them. If a trace has one
/// conversation in this request, all agents' steps of the trace get it; else the tools would be another interaction.
pub fn share_conversations(events: &mut [Event]) {
    // The conversation of each trace; `None` where there are several.
    let mut traces: RapidHashMap<ByteString, Option<ByteString>> = RapidHashMap::new();
    for event in &*events {
        let (Some(trace), Some(conversation)) =
            (event.cell(Column::TraceId), event.cell(Column::Conversation))
        else {
            continue;
        };
        let known = traces.entry(trace.value.clone()).or_insert_with(|| Some(conversation.value.clone()));
        if known.as_ref().is_some_and(|known| *known != conversation.value) {
            *known = None;
        }
    }
    if traces.is_empty() {
        return;
    }
    let rule: Arc<str> = Arc::from(RULE);
    for event in events {
        let conversation =
            event.cell(Column::TraceId).and_then(|trace| traces.get(&trace.value)).cloned().flatten();
        let is_step = event.value(Column::OccurredIn) == Some(status::AI_AGENT);
        let Some(value) = conversation.filter(|_| is_step && event.value(Column::Conversation).is_none())
        else {
            continue;
        };
        if let Some(interaction) = event.cells.iter_mut().find(|cell| cell.column == Column::Interaction)
            && interaction.rule.as_deref() == Some(BY_TRACE)
        {
            (interaction.value, interaction.rule) = (value.clone(), Some(Arc::clone(&rule)));
        }
        let cell = Cell { column: Column::Conversation, value, rule: Some(Arc::clone(&rule)) };
        let place = event.cells.partition_point(|cell| cell.column < Column::Conversation);
        event.cells.insert(place, cell);
    }
}

/// The conversation that an event got from other spans: mapping it again does not see those spans.
pub(super) fn keep_shared(before: &[Cell], event: &mut Event) {
    let shared = |cell: &Cell| cell.rule.as_deref() == Some(RULE);
    let Some(conversation) = before.iter().find(|cell| cell.column == Column::Conversation && shared(cell))
    else {
        return;
    };
    if event.value(Column::Conversation).is_some() {
        return;
    }
    let interaction = event.cells.iter_mut().find(|cell| cell.column == Column::Interaction);
    if let Some(interaction) = interaction.filter(|cell| cell.rule.as_deref() == Some(BY_TRACE)) {
        (interaction.value, interaction.rule) = (conversation.value.clone(), conversation.rule.clone());
    }
    let place = event.cells.partition_point(|cell| cell.column < Column::Conversation);
    event.cells.insert(place, conversation.clone());
}
