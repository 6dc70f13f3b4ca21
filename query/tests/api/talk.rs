//! What agents and their models said, in the forms of each telemetry.

use serde_json::{Value, json};
use steplog_model::column::Column;
use steplog_model::event::Event;
use steplog_model::record::value::put_string_attribute;
use steplog_model::record::wire::{put_bytes_field, put_message_field};
use steplog_model::testing::build::EventBuilder;
use steplog_model::time::NANOS_PER_SECOND;

use crate::support::{Server, ago, step};

const QUESTION: &str = "person, words: Where is my order?";
const CALL: &str = r#"ai_agent, tool_call find_order: {"order_id":"A-17"}"#;
const RESULT: &str = r#"tool, tool_result: {"state":"shipped"}"#;
const ANSWER: &str = "ai_agent, words: It is on its way.";

/// A step of an agent.
fn agent(id: u128, seconds: i64, name: &str) -> EventBuilder {
    step(id, ago(100 - seconds), name, "success")
        .cell(Column::OccurredIn, "ai_agent")
        .cell(Column::Object, "Care")
        .cell(Column::Channel, "sms")
        .cell(Column::TraceId, "0af7651916cd43dd8448eb211c80319c")
}

fn model(id: u128, seconds: i64, pairs: &[(&str, &str)]) -> Event {
    with(agent(id, seconds, "ai_agent.model.called").cell(Column::ElementType, "model"), pairs)
}

fn with(event: EventBuilder, pairs: &[(&str, &str)]) -> Event {
    pairs.iter().fold(event, |event, (key, value)| event.attribute(key, value)).build()
}

async fn told(events: Vec<Event>) -> Value {
    Server::with(events).await.ok("/api/v1/interactions/i-1").await
}

fn lines(told: &Value) -> Vec<String> {
    let line = |message: &Value| {
        let tool = message["tool"].as_str().filter(|tool| !tool.is_empty()).map(|tool| format!(" {tool}"));
        format!(
            "{}, {}{}: {}",
            message["from"]["role"].as_str().unwrap(),
            message["kind"].as_str().unwrap(),
            tool.unwrap_or_default(),
            message["text"].as_str().unwrap()
        )
    };
    told["messages"].as_array().unwrap().iter().map(line).collect()
}

/// Two calls of a model, the second of which repeats the first, in one form: the whole talk is told once.
#[track_caller]
fn check_calls(form: &str, told: &Value) {
    let lines: Vec<String> =
        lines(told).iter().map(|line| line.replace("tool_result find_order", "tool_result")).collect();
    assert_eq!(lines, [QUESTION, CALL, RESULT, ANSWER], "{form}");
    assert_eq!(told["unrecorded"], 0, "{form}");
}

#[tokio::test]
async fn genai_conventions_of_today() {
    let user = json!({"role": "user", "parts": [{"type": "text", "content": "Where is my order?"}]});
    let call = json!({"role": "assistant", "parts": [{"type": "tool_call", "id": "1", "name": "find_order", "arguments": {"order_id": "A-17"}}]});
    let result = json!({"role": "tool", "parts": [{"type": "tool_call_response", "id": "1", "response": "{\"state\": \"shipped\"}"}]});
    let answer = json!({"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}, {"type": "text", "content": "It is on its way."}]});
    let system = json!({"role": "system", "parts": [{"type": "text", "content": "You help."}]});
    let list = |messages: &[&Value]| json!(messages).to_string();
    let events = vec![
        model(
            1,
            1,
            &[
                ("gen_ai.input.messages", &list(&[&system, &user])),
                ("gen_ai.output.messages", &list(&[&call])),
            ],
        ),
        with(
            agent(2, 2, "ai_agent.tool.called")
                .cell(Column::Element, "find_order")
                .cell(Column::ElementType, "tool"),
            &[
                ("gen_ai.tool.call.arguments", r#"{"order_id": "A-17"}"#),
                ("gen_ai.tool.call.result", r#"{"state":"shipped"}"#),
            ],
        ),
        model(
            3,
            3,
            &[
                ("gen_ai.input.messages", &list(&[&system, &user, &call, &result])),
                ("gen_ai.output.messages", &list(&[&answer])),
            ],
        ),
        with(
            agent(4, 4, "ai_agent.invoked"),
            &[("gen_ai.input.messages", &list(&[&user])), ("gen_ai.output.messages", &list(&[&answer]))],
        ),
    ];
    let told = told(events).await;
    check_calls("today", &told);
    assert_eq!(told["messages"][0]["to"]["name"], "Care");
    assert_eq!(told["messages"][2]["tool"], "find_order");
    // The channel is the person's, not that of tools.
    let channels: Vec<_> =
        told["messages"].as_array().unwrap().iter().map(|message| message["channel"].clone()).collect();
    assert_eq!(channels, [json!("sms"), Value::Null, Value::Null, json!("sms")]);
}

#[tokio::test]
async fn messages_in_flat_attributes() {
    let openinference = [
        vec![
            ("llm.input_messages.0.message.role", "user"),
            ("llm.input_messages.0.message.contents.0.message_content.type", "text"),
            ("llm.input_messages.0.message.contents.0.message_content.text", "Where is my order?"),
            ("llm.output_messages.0.message.role", "assistant"),
            ("llm.output_messages.0.message.tool_calls.0.tool_call.function.name", "find_order"),
            (
                "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments",
                r#"{"order_id": "A-17"}"#,
            ),
            ("input.value", "{}"),
        ],
        vec![
            ("llm.input_messages.0.message.role", "user"),
            ("llm.input_messages.0.message.content", "Where is my order?"),
            ("llm.input_messages.1.message.role", "assistant"),
            ("llm.input_messages.1.message.tool_calls.0.tool_call.function.name", "find_order"),
            (
                "llm.input_messages.1.message.tool_calls.0.tool_call.function.arguments",
                r#"{"order_id":"A-17"}"#,
            ),
            ("llm.input_messages.2.message.role", "tool"),
            ("llm.input_messages.2.message.content", r#"{"state": "shipped"}"#),
            ("llm.output_messages.0.message.role", "assistant"),
            ("llm.output_messages.0.message.content", "It is on its way."),
        ],
    ];
    let openllmetry = [
        vec![
            ("gen_ai.prompt.0.role", "user"),
            ("gen_ai.prompt.0.content", "Where is my order?"),
            ("gen_ai.completion.0.role", "assistant"),
            ("gen_ai.completion.0.finish_reason", "tool_calls"),
            ("gen_ai.completion.0.tool_calls.0.name", "find_order"),
            ("gen_ai.completion.0.tool_calls.0.arguments", r#"{"order_id": "A-17"}"#),
        ],
        vec![
            ("gen_ai.prompt.0.role", "user"),
            ("gen_ai.prompt.0.content", r#"[{"type": "text", "text": "Where is my order?"}]"#),
            ("gen_ai.prompt.1.role", "assistant"),
            ("gen_ai.prompt.1.tool_calls.0.name", "find_order"),
            ("gen_ai.prompt.1.tool_calls.0.arguments", r#"{"order_id": "A-17"}"#),
            ("gen_ai.prompt.2.role", "tool"),
            ("gen_ai.prompt.2.content", r#"{"state": "shipped"}"#),
            ("gen_ai.completion.0.role", "assistant"),
            ("gen_ai.completion.0.content", "It is on its way."),
        ],
    ];
    for (form, [first, second]) in [("openinference", openinference), ("openllmetry", openllmetry)] {
        check_calls(form, &told(vec![model(1, 1, &first), model(2, 2, &second)]).await);
    }
}

#[tokio::test]
async fn messages_as_the_apis_of_models_send_them() {
    let anthropic = json!([
        {"role": "user", "content": [{"type": "text", "text": "Where is my order?"}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "find_order", "input": {"order_id": "A-17"}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": [{"type": "text", "text": "{\"state\": \"shipped\"}"}]}]},
        {"role": "assistant", "content": "It is on its way."},
    ]);
    let bedrock = json!([
        {"role": "user", "content": [{"text": "Where is my order?"}]},
        {"role": "assistant", "content": [{"toolUse": {"name": "find_order", "input": {"order_id": "A-17"}}}]},
        {"role": "user", "content": [{"toolResult": {"content": [{"text": "{\"state\":\"shipped\"}"}]}}]},
        {"role": "assistant", "content": [{"text": "It is on its way."}]},
    ]);
    let gemini = json!([
        {"role": "user", "parts": [{"text": "Where is my order?"}]},
        {"role": "model", "parts": [{"functionCall": {"name": "find_order", "args": {"order_id": "A-17"}}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "find_order", "response": {"state": "shipped"}}}]},
        {"role": "model", "parts": [{"text": "It is on its way."}]},
    ]);
    let ai_sdk = json!([
        {"role": "user", "content": [{"type": "text", "text": "Where is my order?"}]},
        {"role": "assistant", "content": [{"type": "tool-call", "toolName": "find_order", "input": {"order_id": "A-17"}}]},
        {"role": "tool", "content": [{"type": "tool-result", "toolName": "find_order", "output": {"type": "json", "value": {"state": "shipped"}}}]},
        {"role": "assistant", "content": [{"type": "text", "text": "It is on its way."}]},
    ]);
    let langchain = json!({"messages": [[
        {"lc": 1, "kwargs": {"type": "human", "content": "Where is my order?"}},
        {"lc": 1, "kwargs": {"type": "ai", "content": "", "tool_calls": [{"name": "find_order", "args": {"order_id": "A-17"}}]}},
        {"lc": 1, "kwargs": {"type": "tool", "content": "{\"state\": \"shipped\"}"}},
        {"lc": 1, "kwargs": {"type": "ai", "content": "It is on its way."}},
    ]]});
    let responses = json!({"input": [
        {"role": "user", "content": "Where is my order?"},
        {"type": "function_call", "name": "find_order", "arguments": "{\"order_id\": \"A-17\"}"},
        {"type": "function_call_output", "output": "{\"state\": \"shipped\"}"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "It is on its way."}]},
    ]});
    for (form, key, messages) in [
        ("anthropic", "gen_ai.input.messages", anthropic),
        ("bedrock", "gen_ai.input.messages", bedrock),
        ("gemini", "langfuse.observation.input", gemini),
        ("ai sdk", "ai.prompt.messages", ai_sdk),
        ("langchain", "traceloop.entity.input", langchain),
        ("responses", "input.value", responses),
    ] {
        check_calls(form, &told(vec![model(1, 1, &[(key, &messages.to_string())])]).await);
    }
    let streamed = r#"[{"candidates":[{"content":{"role":"model","parts":[{"text":"It is on "}]}}]},{"candidates":[{"content":{"parts":[{"text":"its way."}]}}]}]"#;
    assert_eq!(lines(&told(vec![model(1, 1, &[("response_text", streamed)])]).await), [ANSWER]);
    let chosen = [("response_text", streamed), ("role", "utility_router")];
    assert_eq!(lines(&told(vec![model(1, 1, &chosen)]).await), [""; 0]);
}

/// A body of keys and texts.
fn body(members: &[(&str, &str)]) -> Vec<u8> {
    let mut record = Vec::new();
    put_message_field(&mut record, 5, |out| {
        put_message_field(out, 6, |out| {
            members.iter().for_each(|(key, value)| put_string_attribute(out, 1, key, value));
        });
    });
    record
}

#[tokio::test]
async fn events_and_span_events_of_messages() {
    let said = |id, seconds, name: &str, members: &[(&str, &str)]| {
        agent(id, seconds, name).record_bytes(&body(members)).build()
    };
    let answer = r#"{"role":"assistant","content":"It is on its way."}"#;
    let call =
        r#"[{"type":"function","function":{"name":"find_order","arguments":"{\"order_id\": \"A-17\"}"}}]"#;
    let logs = vec![
        said(1, 1, "gen_ai.system.message", &[("content", "You help.")]),
        said(2, 1, "gen_ai.user.message", &[("content", "Where is my order?")]),
        said(3, 2, "gen_ai.assistant.message", &[("tool_calls", call)]),
        said(4, 3, "gen_ai.tool.message", &[("content", r#"{"state": "shipped"}"#), ("id", "1")]),
        said(5, 4, "gen_ai.choice", &[("finish_reason", "stop"), ("message", answer)]),
    ];
    // A list in a text inside of a body is a list all the same.
    let told_logs = told(logs).await;
    assert_eq!(lines(&told_logs)[0], QUESTION);
    assert_eq!(lines(&told_logs).last().unwrap(), ANSWER);

    let mut events = Vec::new();
    put_message_field(&mut events, 6, |out| {
        put_bytes_field(out, 1, b"steplog.span.events");
        put_message_field(out, 2, |out| {
            put_message_field(out, 5, |out| {
                for (name, key, value) in [
                    ("gen_ai.user.message", "content", r#"[{"text": "Where is my order?"}]"#),
                    (
                        "gen_ai.assistant.message",
                        "content",
                        r#"[{"toolUse": {"name": "find_order", "input": {"order_id": "A-17"}}}]"#,
                    ),
                    (
                        "gen_ai.tool.message",
                        "content",
                        r#"[{"toolResult": {"content": [{"text": "{\"state\":\"shipped\"}"}]}}]"#,
                    ),
                    ("gen_ai.choice", "message", r#"[{"text": "It is on its way."}]"#),
                ] {
                    put_message_field(out, 1, |out| {
                        put_message_field(out, 6, |out| {
                            put_string_attribute(out, 1, "name", name);
                            put_message_field(out, 1, |out| {
                                put_bytes_field(out, 1, b"attributes");
                                put_message_field(out, 2, |out| {
                                    put_message_field(out, 6, |out| put_string_attribute(out, 1, key, value));
                                });
                            });
                        });
                    });
                }
            });
        });
    });
    let event = agent(1, 1, "ai_agent.model.called").record_bytes(&events).build();
    check_calls("span events", &told(vec![event]).await);
}

#[tokio::test]
async fn a_log_record_of_a_spans_details_is_one_step_with_it() {
    let messages = |role: &str, text: &str| {
        json!([{"role": role, "parts": [{"type": "text", "content": text}]}]).to_string()
    };
    let span = agent(1, 5, "ai_agent.model.called")
        .cell(Column::SpanId, "00000000000000aa")
        .cell(Column::ElementType, "model")
        .attribute("steplog.span.status", "unset")
        .duration_nanos(2 * NANOS_PER_SECOND as u64)
        .build();
    let details = agent(2, 5, "gen_ai.client.inference.operation.details")
        .cell(Column::SpanId, "00000000000000aa")
        .attribute("gen_ai.input.messages", &messages("user", "Where is my order?"))
        .attribute("gen_ai.output.messages", &messages("assistant", "It is on its way."))
        .build();
    let alone = agent(3, 9, "gen_ai.choice")
        .cell(Column::SpanId, "00000000000000bb")
        .record_bytes(&body(&[("message", "Bye.")]))
        .build();
    let told = told(vec![details, span, alone]).await;
    assert_eq!(crate::support::ids(&told), [1, 3]);
    assert_eq!((&told["folded"], &told["unrecorded"]), (&json!(1), &json!(0)));
    assert_eq!(lines(&told), [QUESTION, ANSWER, "ai_agent, words: Bye."]);
    let ids: Vec<_> = told["messages"].as_array().unwrap().iter().map(|message| &message["id"]).collect();
    assert_eq!(ids[..2], [&told["events"][0]["id"]; 2], "what it says is said by the step");
}

#[tokio::test]
async fn what_channels_and_models_both_tell_is_told_once() {
    let messages = |role: &str, text: &str| json!([{"role": role, "content": text}]).to_string();
    let events = vec![
        step(1, ago(90), "chatbot.message.received", "success")
            .attribute("message.text", "Where is my order?")
            .build(),
        model(
            2,
            20,
            &[
                ("gen_ai.input.messages", &messages("user", "Where is my  order?")),
                ("gen_ai.output.messages", &messages("assistant", "It is on its way.")),
            ],
        ),
        step(3, ago(70), "chatbot.message.sent", "success")
            .attribute("message.text", "It is on its way.")
            .build(),
    ];
    let told = told(events).await;
    assert_eq!(lines(&told), [QUESTION, "system, words: It is on its way."]);
    assert_eq!(told["messages"][1]["id"], told["events"][2]["id"], "its delivery is that of what was sent");
}

#[tokio::test]
async fn the_same_words_in_another_talk_are_said_again() {
    let asked = |id, seconds, trace: &str| {
        let event = agent(id, seconds, "ai_agent.model.called").cell(Column::TraceId, trace);
        with(event, &[("gen_ai.input.messages", r#"[{"role":"user","content":"Where is my order?"}]"#)])
    };
    let told = told(vec![asked(1, 1, "t-1"), asked(2, 2, "t-1"), asked(3, 3, "t-2")]).await;
    assert_eq!(lines(&told), [QUESTION, QUESTION]);
}

#[tokio::test]
async fn where_nothing_is_recorded_it_says_so() {
    let silent = told(vec![model(1, 1, &[]), model(2, 2, &[("gen_ai.usage.input_tokens", "42")])]).await;
    assert_eq!((lines(&silent), &silent["unrecorded"]), (vec![], &json!(2)));
    let other = told(vec![step(1, ago(5), "journey.started", "success").build()]).await;
    assert_eq!(other["unrecorded"], 0);
}

#[tokio::test]
async fn a_structured_body_is_its_text() {
    for (members, want) in [
        (vec![("type", "text"), ("text", "please refund me")], "please refund me"),
        (vec![("content", "please refund me")], "please refund me"),
        (vec![("greeting", "hello"), ("wish", "a refund")], "hello\na refund"),
    ] {
        let event =
            step(1, ago(5), "chatbot.message.received", "success").record_bytes(&body(&members)).build();
        assert_eq!(told(vec![event]).await["messages"][0]["text"], want);
    }
}
