//! The order of sources, written out once more: each column's list, every earlier name against every later one.

use steplog_model::column::Column;
use steplog_model::event::Flags;

use super::{RECEIVED, check_column, event, keeping_all, mapped};
use crate::map::Mapped;

/// Columns that take the value of the first attribute of the list that is there.
const LISTS: &[(Column, &[&str])] = &[
    (Column::Event, &["steplog.event.name", "otel.event.name", "event.name", "cloudevents.event_type"]),
    (
        Column::Status,
        &[
            "steplog.event.status",
            "cicd.pipeline.result",
            "cicd.pipeline.task.run.result",
            "cicd.pipeline.run.state",
        ],
    ),
    (
        Column::Object,
        &[
            "steplog.object.name",
            "steplog.object.id",
            "gen_ai.agent.name",
            "gen_ai.workflow.name",
            "traceloop.workflow.name",
            "cicd.pipeline.name",
            "traceloop.entity.name",
            "ai.telemetry.functionId",
            "service.name",
        ],
    ),
    (Column::Version, &["steplog.object.version", "gen_ai.agent.version", "service.version"]),
    (
        Column::Element,
        &[
            "steplog.element.name",
            "steplog.element.id",
            "gen_ai.tool.name",
            "cicd.pipeline.task.name",
            "ai.toolCall.name",
            "tool.name",
            "tool_name",
            "function_name",
        ],
    ),
    (
        Column::PerformedBy,
        &["steplog.actor.name", "steplog.actor.id", "gen_ai.agent.id", "gen_ai.agent.name", "service.name"],
    ),
    (
        Column::Person,
        &[
            "steplog.person.id",
            "enduser.id",
            "enduser.pseudo.id",
            "user.id",
            "traceloop.association.properties.user_id",
            "ai.telemetry.metadata.userId",
            "user.account_uuid",
            "user.account_id",
            "user.email",
        ],
    ),
    (
        Column::Interaction,
        &["steplog.interaction.id", "messaging.message.conversation_id", "session.id", "conversation.id"],
    ),
    (
        Column::Conversation,
        &[
            "steplog.conversation.id",
            "gen_ai.conversation.id",
            "conversation.id",
            "langsmith.metadata.thread_id",
            "traceloop.association.properties.chat_id",
            "traceloop.association.properties.session_id",
        ],
    ),
    (Column::ObjectId, &["steplog.object.id", "gen_ai.agent.id"]),
    (
        Column::ElementId,
        &[
            "steplog.element.id",
            "gen_ai.tool.call.id",
            "ai.toolCall.id",
            "cicd.pipeline.task.run.id",
            "call_id",
        ],
    ),
    (Column::Sequence, &["steplog.event.sequence", "event.sequence"]),
    (
        Column::Reason,
        &[
            "steplog.event.status_reason",
            "error.message",
            "exception.message",
            "error_message",
            "error",
            "error.type",
            "exception.type",
            "error_type",
        ],
    ),
];

#[test]
fn every_earlier_source_beats_every_later_one() {
    let mapping = keeping_all();
    for (column, names) in LISTS {
        for (place, first) in names.iter().enumerate() {
            for later in &names[place + 1..] {
                // The later one stands first in the record: its place there must not matter.
                let found = event(mapped(&mapping, "", &[(later, "later"), (first, "first")], &[]));
                let cell =
                    found.cell(*column).unwrap_or_else(|| panic!("{column} is empty: {first}, {later}"));
                assert_eq!(&*cell.value, "first", "{column}: {first} before {later}");
                let own = first.starts_with("steplog.");
                assert_eq!(cell.rule.is_none(), own, "{column}: {first} by {:?}", cell.rule);
                assert!(cell.rule.iter().all(|rule| rule.contains(first)), "{column}: {:?}", cell.rule);
            }
        }
    }
}

#[test]
fn contexts_come_from_what_the_record_is_about() {
    let derived = |pairs: &[(&str, &str)], fields: &str| {
        let found = event(mapped(&keeping_all(), fields, pairs, &[]));
        found.value(Column::OccurredIn).map(str::to_owned)
    };
    for (name, want) in [
        ("gen_ai.operation.name", "ai_agent"),
        ("gen_ai.agent.description", "ai_agent"),
        ("openinference.span.kind", "ai_agent"),
        ("gen_ai.workflow.name", "journey"),
        ("traceloop.workflow.name", "journey"),
        ("cicd.pipeline.name", "journey"),
        ("messaging.anything", "message"),
    ] {
        assert_eq!(derived(&[(name, "x")], "").as_deref(), Some(want), "{name}");
        // The name of the event is looked at last.
        assert_eq!(derived(&[(name, "x")], r#""eventName":"inbox.x""#).as_deref(), Some(want), "{name}");
    }
    assert_eq!(derived(&[], r#""eventName":"inbox.closed""#).as_deref(), Some("conversation"));
    assert_eq!(derived(&[], r#""eventName":"messagingx.closed""#), None);
}

#[test]
fn look_up_goes_from_the_record_to_its_body_to_scope_and_resource() {
    let user = |id: &str| format!(r#"[{{"key":"user.id","value":{{"stringValue":"{id}"}}}}]"#);
    let whole = |record: &str, body: &str, scope: &str, resource: &str| {
        let record = format!(
            r#"{{"attributes":{record},"body":{{"kvlistValue":{{"values":{body}}}}},"eventName":"a.b"}}"#
        );
        let json = format!(
            r#"{{"resourceLogs":[{{"resource":{{"attributes":{resource}}},"scopeLogs":[{{"scope":{{"attributes":{scope}}},"logRecords":[{record}]}}]}}]}}"#
        );
        let mut decoded = crate::decode::decode_json(json.as_bytes()).unwrap();
        let found = event(keeping_all().map(decoded.records.remove(0), RECEIVED));
        let cell = found.cell(Column::Person).cloned();
        cell.map(|cell| format!("{} < {}", cell.value, cell.rule.unwrap()))
    };
    let [r, b, s, e] = ["record", "body", "scope", "resource"].map(user);
    assert_eq!(whole(&r, &b, &s, &e).as_deref(), Some("record < user.id"));
    assert_eq!(whole("[]", &b, &s, &e).as_deref(), Some("body < user.id (body)"));
    assert_eq!(whole("[]", "[]", &s, &e).as_deref(), Some("scope < user.id (scope)"));
    assert_eq!(whole("[]", "[]", "[]", &e).as_deref(), Some("resource < user.id (resource)"));
    assert_eq!(whole("[]", "[]", "[]", "[]"), None);
}

#[test]
fn of_duplicate_keys_the_last_one_counts_even_if_it_is_empty() {
    let twice = |second: &str| {
        let found = event(mapped(&keeping_all(), "", &[("user.id", "a"), ("user.id", second)], &[]));
        assert!(found.flags.contains(Flags::DUPLICATE_KEYS));
        found.value(Column::Person).map(str::to_owned)
    };
    assert_eq!(twice("b").as_deref(), Some("b"));
    assert_eq!(twice(""), None);
}

#[test]
fn only_a_session_of_a_bot_or_agent_is_a_conversation() {
    let conversation = |context: &str| {
        let pairs = &[("steplog.context.type", context), ("session.id", "s")];
        event(mapped(&keeping_all(), "", pairs, &[])).value(Column::Conversation).map(str::to_owned)
    };
    assert_eq!(conversation("ai_agent").as_deref(), Some("s"));
    assert_eq!(conversation("Bot").as_deref(), Some("s"));
    assert_eq!(conversation("journey"), None);
}

#[test]
fn a_success_has_no_reason_but_the_one_stated() {
    let ok = ("steplog.event.status", "ok");
    check_column(Column::Reason, &[ok, ("error.message", "retried")], None);
    check_column(Column::Reason, &[ok, ("steplog.event.status_reason", "retried")], Some(("retried", None)));
}

#[test]
fn ids_that_name_no_trace_fill_nothing() {
    let traced = |fields: &str| {
        let found = event(mapped(&keeping_all(), fields, &[], &[]));
        let value = |column| found.value(column).map(str::to_owned);
        (value(Column::TraceId), value(Column::SpanId), value(Column::Interaction))
    };
    let zeros = "0".repeat(32);
    assert_eq!(traced(&format!(r#""traceId":"{zeros}","spanId":"0000000000000000""#)), (None, None, None));
    assert_eq!(traced(r#""traceId":"abcd","spanId":"xyz""#), (None, None, None));
    let id = "0AF7651916CD43DD8448EB211C80319C";
    let lower = Some(id.to_lowercase());
    assert_eq!(traced(&format!(r#""traceId":"{id}""#)), (lower.clone(), None, lower));
}

#[test]
fn severities_have_their_text_or_the_name_of_their_number() {
    let severity = |fields: &str| {
        let found = event(mapped(&keeping_all(), fields, &[], &[]));
        found
            .cell(Column::Severity)
            .map(|cell| (cell.value.to_string(), cell.rule.as_deref().map(str::to_owned)))
    };
    assert_eq!(severity(r#""severityNumber":9,"severityText":"notice""#), Some(("notice".to_owned(), None)));
    let by_number = |name: &str| Some((name.to_owned(), Some("severity_number".to_owned())));
    assert_eq!(severity(r#""severityNumber":9"#), by_number("INFO"));
    assert_eq!(severity(r#""severityNumber":24"#), by_number("FATAL4"));
    assert_eq!(severity(r#""severityNumber":25"#), None);
    assert_eq!(severity(""), None);
}

proptest::proptest! {
    /// Whatever a record holds: cells are sorted, each column once, none empty, none too long.
    #[test]
    fn cells_are_in_order_and_within_bounds(
        values in proptest::collection::vec(("\\PC{0,12}", 0..LISTS.len(), 0..12_usize, 1..400_usize), 0..12),
        name in "[a-z._]{0,12}",
        severity in 0..30_u8,
    ) {
        let pairs: Vec<(&str, String)> = values
            .iter()
            .map(|(value, list, place, times)| {
                let names = LISTS[*list].1;
                (names[place % names.len()], value.repeat(*times))
            })
            .collect();
        let pairs: Vec<_> = pairs
            .iter()
            // What starts with a brace is JSON to the helper.
            .map(|(key, value)| (*key, value.trim_start_matches('{')))
            .collect();
        let fields = format!(r#""eventName":"{name}","severityNumber":{severity}"#);
        if let Mapped::Event(event) = mapped(&keeping_all(), &fields, &pairs, &pairs) {
            proptest::prop_assert!(event.cells.is_sorted_by(|a, b| a.column < b.column));
            for cell in &event.cells {
                let length = cell.value.len();
                proptest::prop_assert!(length > 0 && length <= cell.column.max_value_bytes());
            }
        }
    }
}
