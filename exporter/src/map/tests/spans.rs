//! Spans and agents: what becomes of them by the built-in table.

use steplog_model::column::Column;
use steplog_model::event::Event;

use super::{RECEIVED, attributes, cells, event, mapped};
use crate::decode::decode_spans_json;
use crate::map::{FilterReason, Mapped, Mapping, Mappings, share_conversations};

/// The events of one span with these fields and attributes.
fn events(mapping: &Mapping, fields: &str, pairs: &[(&str, &str)]) -> Vec<Event> {
    let span = format!(
        r#"{{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00f067aa0ba902b7","startTimeUnixNano":"1795424399000000000","endTimeUnixNano":"1795424400000000000",{fields},"attributes":[{}]}}"#,
        attributes(pairs)
    );
    let json = format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{}]}},"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#,
        attributes(&[("service.name", "shop")])
    );
    let decoded =
        decode_spans_json(json.as_bytes(), mapping.spans()).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert_eq!(decoded.rejected.message(), None, "{json}");
    decoded.records.into_iter().map(|record| event(mapping.map(record, RECEIVED))).collect()
}

#[track_caller]
fn check(fields: &str, pairs: &[(&str, &str)], want: &[(Column, Option<&str>)]) {
    let events = events(&Mapping::built_in(), fields, pairs);
    assert_eq!(events.len(), 1, "{fields} {pairs:?}");
    for (column, value) in want {
        assert_eq!(events[0].value(*column), *value, "{column} of {fields} {pairs:?}");
    }
}

#[test]
fn a_model_call() {
    let events = events(
        &Mapping::built_in(),
        r#""name":"chat gpt-5-mini","parentSpanId":"0102030405060708""#,
        &[
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.request.model", "gpt-5-mini"),
            ("gen_ai.agent.name", "Care agent"),
            ("gen_ai.conversation.id", "c-1"),
        ],
    );
    assert_eq!(events[0].duration_nanos, Some(1_000_000_000));
    assert_eq!(
        cells(&events[0]),
        [
            "event=ai_agent.model.called < gen_ai.operation.name",
            "status=success < derived: span_status",
            "occurred_in=ai_agent < gen_ai.operation.name",
            "object=Care agent < gen_ai.agent.name",
            "element=gpt-5-mini < gen_ai.request.model",
            "performed_by=Care agent < gen_ai.agent.name",
            "service=shop < service.name (resource)",
            "interaction=c-1 < derived: column conversation",
            "conversation=c-1 < gen_ai.conversation.id",
            "trace_id=0af7651916cd43dd8448eb211c80319c",
            "span_id=00f067aa0ba902b7",
            "parent=0102030405060708",
            "element_type=model < gen_ai.request.model",
            "performed_by_type=agent < gen_ai.agent.name",
        ]
    );
}

#[test]
fn what_each_telemetry_calls_its_steps() {
    for (pair, name) in [
        (("gen_ai.operation.name", "execute_tool"), "ai_agent.tool.called"),
        (("gen_ai.operation.name", "invoke_agent"), "ai_agent.invoked"),
        (("gen_ai.operation.name", "invoke_workflow"), "ai_agent.workflow.ran"),
        (("gen_ai.operation.name", "retrieval"), "ai_agent.knowledge.retrieved"),
        (("gen_ai.operation.name", "execute_event_loop_cycle"), "own name"),
        (("openinference.span.kind", "LLM"), "ai_agent.model.called"),
        (("openinference.span.kind", "CHAIN"), "ai_agent.chain.ran"),
        (("openinference.span.kind", "GUARDRAIL"), "ai_agent.guardrail.checked"),
        (("traceloop.span.kind", "tool"), "ai_agent.tool.called"),
        (("ai.operationId", "ai.generateText.doGenerate"), "ai_agent.model.called"),
        (("ai.operationId", "ai.toolCall"), "ai_agent.tool.called"),
        (("logfire.msg_template", "own name"), "own name"),
        (("messaging.operation.type", "send"), "messaging.send"),
        (("cicd.pipeline.run.id", "7"), "cicd.pipeline.run"),
        (("steplog.person.id", "p"), "own name"),
        (("steplog.event.name", "order.paid"), "order.paid"),
    ] {
        check(
            r#""name":"own name""#,
            &[pair],
            &[(Column::Event, Some(name)), (Column::Status, Some("success"))],
        );
    }
}

#[test]
fn a_failure_says_why() {
    let failed = r#""name":"chat","status":{"code":2,"message":"too many requests"}"#;
    let call =
        [("gen_ai.operation.name", "chat"), ("gen_ai.request.model", "m"), ("error.type", "RateLimitError")];
    let want = [(Column::Status, Some("failure")), (Column::Reason, Some("too many requests"))];
    check(failed, &call, &want);
    let thrown = r#""name":"x","status":{"code":2},"events":[{"name":"exception","attributes":[{"key":"exception.message","value":{"stringValue":"no such order"}}]}]"#;
    let want = [(Column::Status, Some("failure")), (Column::Reason, Some("no such order"))];
    check(thrown, &[("gen_ai.tool.name", "find_order")], &want);
    // OpenInference names the model by the answer, and there is none.
    let call = [
        ("openinference.span.kind", "LLM"),
        ("llm.invocation_parameters", r#"{"stringValue":"{\"model\": \"broken\", \"temperature\": 1}"}"#),
    ];
    let want = [(Column::Element, Some("broken")), (Column::ElementType, Some("model"))];
    check(failed, &call, &want);
    check(failed, &[call[0], ("llm.invocation_parameters", "model")], &[(Column::Element, None)]);
    // Neither an error nor its absence.
    check(r#""name":"x""#, &[("gen_ai.x", "y"), ("error.type", "E")], &[(Column::Status, Some("failure"))]);
}

#[test]
fn span_events_share_who_and_where() {
    let fields = r#""name":"x","events":[{"timeUnixNano":"1795424399500000000","name":"order.checked"}]"#;
    let pairs = [
        ("gen_ai.agent.name", "Care agent"),
        ("session.id", "s-1"),
        ("user.id", "anna"),
        ("gen_ai.prompt", "no"),
    ];
    let events = events(&Mapping::built_in(), fields, &pairs);
    assert_eq!(events.len(), 2);
    for event in &events {
        assert_eq!(event.value(Column::Person), Some("anna"));
        assert_eq!(event.value(Column::Interaction), Some("s-1"));
        assert_eq!(event.value(Column::Object), Some("Care agent"));
    }
    assert_eq!(events[0].value(Column::Event), Some("order.checked"));
    assert_eq!(events[0].time.0, 1_795_424_399_500_000_000);
}

#[test]
fn settings_name_spans_and_look_at_their_fields() {
    let settings = r#"
        [mapping.spans]
        built_in = false
        names = ["acme.*"]
        [mapping.columns.channel]
        prepend = [{ field = "span_kind" }]
    "#;
    let mappings = Mappings::with_overrides(settings).unwrap();
    let mapping = mappings.for_tenant(&steplog_model::ids::Tenant::default());
    assert!(events(mapping, r#""name":"chat""#, &[("gen_ai.operation.name", "chat")]).is_empty());
    let events = events(mapping, r#""name":"acme.paid","kind":2"#, &[]);
    assert_eq!(events[0].value(Column::Event), Some("acme.paid"));
    assert_eq!(events[0].cell(Column::Channel).unwrap().rule.as_deref(), Some("span_kind"));
    assert!(Mappings::with_overrides("[mapping.spans]\nname = []").is_err());
}

#[test]
fn log_records_of_model_calls_have_their_outcome() {
    let call = [("gen_ai.operation.name", "chat"), ("gen_ai.request.model", "m")];
    let reasons = ("gen_ai.response.finish_reasons", r#"{"arrayValue":{"values":[{"stringValue":"stop"}]}}"#);
    let name = r#""eventName":"gen_ai.client.inference.operation.details""#;
    let of = |pairs: &[(&str, &str)]| {
        let event = event(mapped(&Mapping::built_in(), name, pairs, &[]));
        (event.value(Column::Status).map(str::to_owned), event.value(Column::Element).map(str::to_owned))
    };
    let model = Some("m".to_owned());
    assert_eq!(of(&[call[0], call[1], reasons]), (Some("success".to_owned()), model.clone()));
    assert_eq!(
        of(&[call[0], call[1], reasons, ("error.type", "E")]),
        (Some("failure".to_owned()), model.clone())
    );
    assert_eq!(of(&call), (None, model));
    for (code, status) in [("200", Some("success")), ("302", None), ("404", Some("failure"))] {
        let event = event(mapped(
            &Mapping::built_in(),
            r#""eventName":"x""#,
            &[("http.response.status_code", code)],
            &[],
        ));
        assert_eq!(event.value(Column::Status), status, "{code}");
    }
    for (failed, status) in [("false", "success"), ("true", "failure")] {
        let flag = format!(r#"{{"boolValue":{failed}}}"#);
        let routed = [("failed", flag.as_str()), ("decision_model", "m")];
        let event =
            event(mapped(&Mapping::built_in(), r#""eventName":"gemini_cli.model_routing""#, &routed, &[]));
        assert_eq!((event.value(Column::Status), event.value(Column::Element)), (Some(status), Some("m")));
    }
}

#[test]
fn repeats_are_left_out_and_can_be_kept() {
    let stream =
        |pairs: &[(&str, &str)]| mapped(&Mapping::built_in(), r#""eventName":"codex.sse_event""#, pairs, &[]);
    assert_eq!(stream(&[("event.kind", "response.created")]), Mapped::Filtered(FilterReason::Repeat));
    let status = |pairs: &[(&str, &str)]| event(stream(pairs)).value(Column::Status).map(str::to_owned);
    let completed = ("event.kind", "response.completed");
    assert_eq!(status(&[completed, ("input_token_count", "42")]).as_deref(), Some("success"));
    // A stream that breaks off is told by nothing else: the request before it was answered.
    assert_eq!(status(&[completed, ("error.type", "response_completed")]).as_deref(), Some("failure"));
    assert_eq!(
        status(&[("error.message", "idle timeout"), ("success", "false")]).as_deref(),
        Some("failure")
    );
    let details = r#""eventName":"gen_ai.client.inference.operation.details""#;
    let of = |pairs: &[(&str, &str)]| mapped(&Mapping::built_in(), details, pairs, &[]);
    assert!(matches!(of(&[("gen_ai.operation.name", "chat")]), Mapped::Event(_)));
    assert_eq!(of(&[("auth_type", "gemini-api-key")]), Mapped::Filtered(FilterReason::Repeat));
    let mappings = Mappings::with_overrides("[mapping.filter]\nrepeats = []").unwrap();
    let mapping = mappings.for_tenant(&steplog_model::ids::Tenant::default());
    let kept = mapped(mapping, r#""eventName":"codex.sse_event""#, &[], &[]);
    assert!(matches!(kept, Mapped::Event(_)));
}

#[test]
fn steps_of_a_trace_share_its_conversation() {
    let mapping = Mapping::built_in();
    let call = [("gen_ai.operation.name", "chat"), ("gen_ai.conversation.id", "c-1")];
    let tool = [("gen_ai.operation.name", "execute_tool"), ("gen_ai.tool.name", "find_order")];
    let own = [
        ("gen_ai.operation.name", "execute_tool"),
        ("session.id", "s-1"),
        ("steplog.conversation.id", "c-1"),
    ];
    let mut all = [&call[..], &tool, &own].map(|pairs| events(&mapping, r#""name":"x""#, pairs).remove(0));
    share_conversations(&mut all);
    let told = |event: &Event| {
        let cell = |column| {
            event.cell(column).map(|cell| (cell.value.to_string(), cell.rule.as_deref().map(str::to_owned)))
        };
        (cell(Column::Conversation), cell(Column::Interaction))
    };
    let shared = Some(("c-1".to_owned(), Some("derived: conversation of the trace".to_owned())));
    assert_eq!(told(&all[1]), (shared.clone(), shared));
    assert_eq!(all[2].value(Column::Interaction), Some("s-1"), "what is stated stays");
    assert!(all[1].cells.is_sorted_by_key(|cell| cell.column));
    // Of several conversations of a trace none is everybody's.
    let other = [("gen_ai.operation.name", "chat"), ("gen_ai.conversation.id", "c-2")];
    let mut all = [&call[..], &tool, &other].map(|pairs| events(&mapping, r#""name":"x""#, pairs).remove(0));
    share_conversations(&mut all);
    assert_eq!(all[1].value(Column::Conversation), None);
}
