//! Known senders, with records of the form that they send without any change to their code.

use super::check;

#[test]
fn steplogs_own_attributes_state_every_column() {
    check(
        r#""eventName":"message.undelivered","severityNumber":17,"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00f067aa0ba902b7""#,
        &[
            ("steplog.interaction.id", "i-1"),
            ("steplog.person.id", "P-1"),
            ("steplog.conversation.id", "c-1"),
            ("steplog.context.type", "message"),
            ("steplog.object.id", "o-1"),
            ("steplog.object.name", "Order shipped"),
            ("steplog.object.version", "v6"),
            ("steplog.element.id", "e-1"),
            ("steplog.element.name", "Send SMS"),
            ("steplog.element.type", "send"),
            ("steplog.actor.id", "gateway"),
            ("steplog.actor.type", "system"),
            ("steplog.event.status", "failure"),
            ("steplog.event.status_reason", "Unreachable"),
            ("steplog.event.sequence", r#"{"intValue":"7"}"#),
            ("steplog.channel", "sms"),
        ],
        &[("service.name", "messaging")],
        &[
            "event=message.undelivered",
            "status=failure",
            "occurred_in=message",
            "object=Order shipped",
            "version=v6",
            "element=Send SMS",
            "performed_by=gateway",
            "channel=sms",
            "service=messaging < service.name (resource)",
            "person=P-1",
            "interaction=i-1",
            "conversation=c-1",
            "trace_id=0af7651916cd43dd8448eb211c80319c",
            "span_id=00f067aa0ba902b7",
            "object_id=o-1",
            "element_id=e-1",
            "element_type=send",
            "performed_by_type=system",
            "severity=ERROR < severity_number",
            "reason=Unreachable",
            "sequence=7",
        ],
    );
}

#[test]
fn claude_code() {
    check(
        r#""body":{"stringValue":"claude_code.tool_result"}"#,
        &[
            ("event.name", "tool_result"),
            ("session.id", "s-1"),
            ("user.id", "u-1"),
            ("tool_name", "Bash"),
            ("success", "false"),
            ("error", "exit status 1\nmore"),
            ("event.sequence", r#"{"intValue":3}"#),
        ],
        &[("service.name", "claude-code"), ("service.version", "2.1.0")],
        &[
            "event=claude_code.tool_result < event.name",
            "status=failure < success",
            "occurred_in=ai_agent < derived: name start claude_code",
            "object=claude-code < derived: service.name (resource)",
            "version=2.1.0 < derived: service.version (resource)",
            "element=Bash < tool_name",
            "performed_by=claude-code < derived: service.name (resource)",
            "service=claude-code < service.name (resource)",
            "person=u-1 < user.id",
            "interaction=s-1 < session.id",
            "conversation=s-1 < session.id",
            "element_type=tool < tool_name",
            "performed_by_type=system < derived: service.name (resource)",
            "reason=exit status 1 more < error",
            "sequence=3 < event.sequence",
        ],
    );
}

#[test]
fn codex() {
    check(
        "",
        &[
            ("event.name", "codex.tool_decision"),
            ("conversation.id", "c-1"),
            ("tool_name", "shell"),
            ("call_id", "call-9"),
            ("user.account_id", "acc-1"),
        ],
        &[("service.name", "codex_cli_rs")],
        &[
            "event=codex.tool_decision < event.name",
            "occurred_in=ai_agent < derived: name start codex",
            "object=codex_cli_rs < derived: service.name (resource)",
            "element=shell < tool_name",
            "performed_by=codex_cli_rs < derived: service.name (resource)",
            "service=codex_cli_rs < service.name (resource)",
            "person=acc-1 < user.account_id",
            "interaction=c-1 < conversation.id",
            "conversation=c-1 < conversation.id",
            "element_id=call-9 < call_id",
            "element_type=tool < tool_name",
            "performed_by_type=system < derived: service.name (resource)",
        ],
    );
}

#[test]
fn gemini_cli() {
    check(
        r#""body":{"stringValue":"Tool call: read_file. Success: true. Duration: 12ms."}"#,
        &[
            ("event.name", "gemini_cli.tool_call"),
            ("session.id", "s-2"),
            ("function_name", "read_file"),
            ("success", r#"{"boolValue":true}"#),
        ],
        &[("service.name", "gemini-cli")],
        &[
            "event=gemini_cli.tool_call < event.name",
            "status=success < success",
            "occurred_in=ai_agent < derived: name start gemini_cli",
            "object=gemini-cli < derived: service.name (resource)",
            "element=read_file < function_name",
            "performed_by=gemini-cli < derived: service.name (resource)",
            "service=gemini-cli < service.name (resource)",
            "interaction=s-2 < session.id",
            "conversation=s-2 < session.id",
            "element_type=tool < function_name",
            "performed_by_type=system < derived: service.name (resource)",
        ],
    );
}

#[test]
fn agents_with_the_gen_ai_conventions() {
    check(
        r#""eventName":"gen_ai.client.operation.exception","severityText":"WARN""#,
        &[
            ("gen_ai.operation.name", "execute_tool"),
            ("gen_ai.agent.name", "Order concierge"),
            ("gen_ai.agent.id", "asst_5j66"),
            ("gen_ai.agent.version", "r118"),
            ("gen_ai.tool.name", "get_order"),
            ("gen_ai.tool.call.id", "call_1"),
            ("gen_ai.conversation.id", "conv_1"),
            ("exception.type", "TimeoutError"),
            ("exception.message", "The order service did not answer"),
            ("enduser.pseudo.id", "p-7"),
        ],
        &[],
        &[
            "event=gen_ai.client.operation.exception",
            "status=failure < derived: exception.*",
            "occurred_in=ai_agent < gen_ai.operation.name",
            "object=Order concierge < gen_ai.agent.name",
            "version=r118 < gen_ai.agent.version",
            "element=get_order < gen_ai.tool.name",
            "performed_by=asst_5j66 < gen_ai.agent.id",
            "person=p-7 < enduser.pseudo.id",
            "interaction=conv_1 < derived: column conversation",
            "conversation=conv_1 < gen_ai.conversation.id",
            "object_id=asst_5j66 < gen_ai.agent.id",
            "element_id=call_1 < gen_ai.tool.call.id",
            "element_type=tool < gen_ai.tool.name",
            "performed_by_type=agent < gen_ai.agent.id",
            "severity=WARN",
            "reason=The order service did not answer < exception.message",
        ],
    );
}

#[test]
fn pipelines_and_messaging() {
    check(
        r#""eventName":"cicd.task.ended""#,
        &[
            ("cicd.pipeline.name", "Nightly import"),
            ("cicd.pipeline.task.name", "Load"),
            ("cicd.pipeline.task.run.result", "timeout"),
        ],
        &[],
        &[
            "event=cicd.task.ended",
            "status=timed_out < cicd.pipeline.task.run.result",
            "occurred_in=journey < cicd.pipeline.name",
            "object=Nightly import < cicd.pipeline.name",
            "element=Load < cicd.pipeline.task.name",
            "status_raw=timeout < cicd.pipeline.task.run.result",
        ],
    );
    check(
        r#""eventName":"queue.message.expired""#,
        &[("messaging.system", "rabbitmq"), ("messaging.message.conversation_id", "corr-1")],
        &[],
        &[
            "event=queue.message.expired",
            "status=timed_out < derived: name ending expired",
            "occurred_in=message < messaging.*",
            "interaction=corr-1 < messaging.message.conversation_id",
        ],
    );
}
