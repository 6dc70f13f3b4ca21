//! Dialogues: the chatbot, the AI agent, the inbox in which people answer.

use steplog_model::status::{self, CANCELLED, FAILURE, IN_PROGRESS, SUCCESS, TIMED_OUT};

use crate::generate::scene::{Actor, Draw, Extra, Failing, Object, Scene, Step};

const SAID: &[Extra] = &[
    ("message.language", Draw::Pick(&["en", "hr", "de", "pt", "ja"])),
    ("message.sentiment", Draw::Double(-1.0, 1.0)),
    ("message.attachments", Draw::Int(0, 2)),
];

/// A scripted dialogue.
pub(crate) const CHATBOT: Scene = Scene {
    context: status::CHATBOT,
    service: 1,
    goes_on: false,
    objects: &[
        Object { id: "bot-21", name: "Order assistant", versions: &["19", "20"], weak_version: None },
        Object { id: "bot-34", name: "Service desk", versions: &["6"], weak_version: None },
        Object { id: "bot-40", name: "Booking helper", versions: &["3"], weak_version: None },
    ],
    on_channel: true,
    in_conversation: true,
    extras: &[
        ("chatbot.session.id", Draw::Hex(16)),
        (
            "chatbot.dialogue",
            Draw::Pick(&["main menu", "where is my order", "change appointment", "complaint", "small talk"]),
        ),
        ("chatbot.turn", Draw::Int(1, 14)),
        (
            "chatbot.slots",
            Draw::Map(&[
                ("order_number", Draw::Int(100_000, 9_999_999)),
                ("city", Draw::Pick(&["Zagreb", "Lisbon", "Osaka", "Hamburg", "Recife"])),
                ("confirmed", Draw::Bool(60)),
            ]),
        ),
    ],
    steps: &[
        Step::new("chatbot.session.started", IN_PROGRESS).after(3, 60).says(8, 14),
        Step::new("chatbot.message.received", SUCCESS).by(Actor::User).after(2, 40).with(SAID).says(8, 34),
        Step::new("chatbot.intent.matched", SUCCESS)
            .at("dlg-2", "Understand the request", "intent")
            .takes(8, 160)
            .with(&[
                ("intent.name", Draw::Pick(&["order_status", "refund", "booking", "opening_hours", "human"])),
                ("intent.confidence", Draw::Double(0.4, 1.0)),
            ])
            .failing(Failing {
                permille: 180,
                name: "chatbot.intent.not_matched",
                status: FAILURE,
                reasons: &["no intent above the threshold", "two intents equally likely"],
                ends_scene: false,
            }),
        Step::new("chatbot.message.sent", SUCCESS)
            .at("dlg-4", "Answer", "message")
            .after(0, 3)
            .takes(20, 200)
            .with(SAID)
            .says(12, 40),
        Step::new("chatbot.session.ended", SUCCESS).chance(80).after(5, 90).failing(Failing {
            permille: 120,
            name: "chatbot.session.expired",
            status: TIMED_OUT,
            reasons: &["no answer within the session's time"],
            ends_scene: true,
        }),
    ],
};

const MODEL: &[Extra] = &[
    ("gen_ai.operation.name", Draw::Pick(&["chat"])),
    ("gen_ai.request.model", Draw::Pick(&["atlas-large", "atlas-small", "lynx-2"])),
    ("gen_ai.usage.input_tokens", Draw::Int(200, 9_000)),
    ("gen_ai.usage.output_tokens", Draw::Int(10, 900)),
    ("gen_ai.request.temperature", Draw::Double(0.0, 1.0)),
    ("gen_ai.response.id", Draw::Hex(24)),
];

const TOOL: &[Extra] = &[
    ("gen_ai.tool.call.id", Draw::Hex(16)),
    (
        "gen_ai.tool.call.arguments",
        Draw::Map(&[
            ("customer", Draw::Hex(12)),
            ("since", Draw::Pick(&["2026-01-01", "2026-06-01", "2026-09-15"])),
            ("fields", Draw::List(3, &Draw::Pick(&["status", "total", "items", "address", "carrier"]))),
        ]),
    ),
    ("gen_ai.tool.call.result.rows", Draw::Int(0, 40)),
];

/// An agent driven by a language model.
pub(crate) const AGENT: Scene = Scene {
    context: status::AI_AGENT,
    service: 2,
    goes_on: false,
    objects: &[
        Object {
            id: "agt-7",
            name: "Care agent",
            versions: &["2026-10", "2026-11"],
            weak_version: Some("2026-11"),
        },
        Object { id: "agt-9", name: "Sales agent", versions: &["2026-09"], weak_version: None },
    ],
    on_channel: true,
    in_conversation: true,
    extras: &[
        ("agent.run.id", Draw::Hex(16)),
        ("agent.iteration", Draw::Int(1, 6)),
        ("agent.budget.left", Draw::Double(0.0, 1.0)),
    ],
    steps: &[
        Step::new("ai_agent.started", IN_PROGRESS).by(Actor::Agent).after(1, 8).says(8, 14),
        Step::new("ai_agent.model.called", SUCCESS)
            .at("agt-plan", "Plan", "model_call")
            .by(Actor::Agent)
            .takes(300, 9_000)
            .after(1, 9)
            .with(MODEL)
            .failing(Failing {
                permille: 80,
                name: "ai_agent.model.called",
                status: FAILURE,
                reasons: &[
                    "HTTP 529 model overloaded",
                    "context length exceeded",
                    "HTTP 503 Service Unavailable",
                ],
                ends_scene: false,
            }),
        Step::new("ai_agent.tool.called", SUCCESS)
            .at("tool-orders", "find_orders", "tool")
            .by(Actor::Agent)
            .chance(75)
            .takes(30, 3_000)
            .with(TOOL)
            .failing(Failing {
                permille: 200,
                name: "ai_agent.tool.called",
                status: FAILURE,
                reasons: &[
                    "HTTP 503 Service Unavailable",
                    "tool timed out after 10 s",
                    "arguments did not fit the schema",
                ],
                ends_scene: false,
            }),
        Step::new("ai_agent.guardrail.triggered", CANCELLED)
            .at("guard-1", "Policy check", "guardrail")
            .by(Actor::Agent)
            .chance(6)
            .with(&[(
                "guardrail.rule",
                Draw::Pick(&["no medical advice", "no price promise", "personal data"]),
            )]),
        Step::new("ai_agent.responded", SUCCESS)
            .by(Actor::Agent)
            .after(1, 6)
            .takes(400, 6_000)
            .with(SAID)
            .says(14, 40),
        Step::new("ai_agent.finished", SUCCESS).by(Actor::Agent).says(8, 16),
    ],
};

/// People answer.
pub(crate) const INBOX: Scene = Scene {
    context: status::CONVERSATION,
    service: 3,
    goes_on: false,
    objects: &[
        Object { id: "inb-1", name: "Customer care", versions: &["1"], weak_version: None },
        Object { id: "inb-2", name: "Returns", versions: &["1"], weak_version: None },
    ],
    on_channel: true,
    in_conversation: true,
    extras: &[
        ("conversation.queue", Draw::Pick(&["general", "returns", "vip", "technical"])),
        ("conversation.priority", Draw::Int(1, 5)),
        (
            "conversation.tags",
            Draw::List(2, &Draw::Pick(&["refund", "late parcel", "praise", "damaged", "vip"])),
        ),
        ("conversation.waiting_seconds", Draw::Int(0, 900)),
        ("conversation.reopened", Draw::Bool(8)),
    ],
    steps: &[
        Step::new("conversation.created", IN_PROGRESS).after(1, 10).says(8, 14),
        Step::new("conversation.assigned", SUCCESS)
            .at("route-1", "Find a colleague", "routing")
            .after(5, 300)
            .takes(5_000, 300_000)
            .failing(Failing {
                permille: 160,
                name: "conversation.assignment.timed_out",
                status: TIMED_OUT,
                reasons: &["no colleague free within 5 minutes", "outside opening hours"],
                ends_scene: false,
            }),
        Step::new("conversation.message.sent", SUCCESS)
            .by(Actor::Colleague)
            .after(10, 240)
            .with(SAID)
            .says(14, 40),
        Step::new("conversation.message.received", SUCCESS)
            .by(Actor::User)
            .chance(70)
            .after(10, 400)
            .with(SAID)
            .says(8, 36),
        Step::new("conversation.note.added", SUCCESS)
            .by(Actor::Colleague)
            .chance(25)
            .after(5, 60)
            .says(8, 30),
        Step::new("conversation.closed", SUCCESS).by(Actor::Colleague).after(10, 300).says(8, 16),
    ],
};
