//! Journeys: the entry of a person, the steps on the way, the end.

use steplog_model::status::{self, FAILURE, IN_PROGRESS, SKIPPED, SUCCESS, TIMED_OUT};

use crate::generate::scene::{Draw, Extra, Failing, Object, Scene, Step};

const OBJECTS: &[Object] = &[
    Object { id: "jrn-1041", name: "Welcome series", versions: &["7", "8"], weak_version: None },
    Object { id: "jrn-1077", name: "Cart reminder", versions: &["14", "15"], weak_version: Some("15") },
    Object { id: "jrn-1102", name: "Order updates", versions: &["31"], weak_version: None },
    Object { id: "jrn-1130", name: "Win back", versions: &["3", "4"], weak_version: None },
    Object { id: "jrn-1164", name: "Appointment reminder", versions: &["11"], weak_version: None },
    Object { id: "jrn-1188", name: "Renewal offer", versions: &["2", "3"], weak_version: None },
];

const EXTRAS: &[Extra] = &[
    ("journey.run.id", Draw::Hex(16)),
    ("journey.entry.source", Draw::Pick(&["event", "audience", "api", "import", "inbound_message"])),
    ("journey.audience.name", Draw::Pick(&["new_customers", "abandoned_cart", "inactive_90d", "vip", "all"])),
    ("journey.timezone", Draw::Pick(&["Europe/Zagreb", "Europe/Berlin", "Asia/Tokyo", "America/Sao_Paulo"])),
    ("journey.attempt", Draw::Int(1, 3)),
];

const API: &[Extra] = &[
    ("http.request.method", Draw::Pick(&["GET", "POST", "PUT"])),
    (
        "url.template",
        Draw::Pick(&["/v2/orders/{id}", "/v1/loyalty/{id}/points", "/stock/{sku}", "/v3/profiles/{id}"]),
    ),
    ("server.address", Draw::Pick(&["shop.example", "crm.example", "erp.example"])),
    ("http.response.body.size", Draw::Int(180, 48_000)),
    (
        "order",
        Draw::Map(&[
            ("number", Draw::Int(100_000, 9_999_999)),
            ("currency", Draw::Pick(&["EUR", "USD", "JPY", "BRL"])),
            ("amount", Draw::Double(4.0, 900.0)),
            (
                "items",
                Draw::List(3, &Draw::Pick(&["mug", "lamp", "tent", "blanket", "bicycle pump", "notebook"])),
            ),
        ]),
    ),
];

const SPLIT: &[Extra] = &[
    ("split.branch", Draw::Pick(&["A", "B", "holdout"])),
    ("split.score", Draw::Double(0.0, 1.0)),
    (
        "profile",
        Draw::Map(&[
            ("language", Draw::Pick(&["en", "hr", "de", "pt", "ja"])),
            ("loyalty_level", Draw::Pick(&["none", "silver", "gold"])),
            ("orders_12m", Draw::Int(0, 40)),
        ]),
    ),
];

/// A person enters a journey and is written to.
pub(crate) const JOURNEY: Scene = Scene {
    context: status::JOURNEY,
    service: 0,
    objects: OBJECTS,
    goes_on: false,
    on_channel: false,
    in_conversation: false,
    extras: EXTRAS,
    steps: &[
        Step::new("journey.started", IN_PROGRESS).at("el-1", "Entry", "entry").says(8, 14),
        Step::new("journey.audience.split", SUCCESS)
            .at("el-2", "Audience split", "split")
            .chance(45)
            .takes(2, 40)
            .with(SPLIT)
            .says(8, 16),
        Step::new("journey.api.called", SUCCESS)
            .at("el-3", "Look up order", "api_call")
            .chance(70)
            .after(0, 4)
            .takes(40, 2_400)
            .with(API)
            .failing(Failing {
                permille: 220,
                name: "journey.api.called",
                status: FAILURE,
                reasons: &[
                    "HTTP 503 Service Unavailable",
                    "HTTP 429 Too Many Requests",
                    "connection reset by peer",
                    "HTTP 404 order not found",
                ],
                ends_scene: false,
            }),
        Step::new("journey.wait.ended", SUCCESS)
            .at("el-4", "Wait for a quiet hour", "wait")
            .chance(30)
            .after(60, 900)
            .takes(60_000, 900_000)
            .failing(Failing {
                permille: 180,
                name: "journey.wait.timed_out",
                status: TIMED_OUT,
                reasons: &["no event within 15 minutes", "the person was not active in time"],
                ends_scene: false,
            }),
        Step::new("journey.message.sent", SUCCESS)
            .at("el-5", "Send message", "message")
            .after(1, 6)
            .takes(20, 300)
            .says(12, 40)
            .failing(Failing {
                permille: 90,
                name: "journey.message.skipped",
                status: SKIPPED,
                reasons: &[
                    "frequency cap reached",
                    "no consent for this channel",
                    "quiet hours of the recipient",
                ],
                ends_scene: true,
            }),
    ],
};

/// The person leaves the journey.
pub(crate) const JOURNEY_END: Scene = Scene {
    goes_on: true,
    steps: &[
        Step::new("journey.profile.updated", SUCCESS)
            .at("el-8", "Update profile", "profile_update")
            .chance(35)
            .after(2, 40)
            .takes(5, 90)
            .failing(Failing {
                permille: 140,
                name: "journey.profile.updated",
                status: FAILURE,
                reasons: &["the profile was changed meanwhile", "HTTP 409 Conflict"],
                ends_scene: false,
            }),
        Step::new("journey.ended", SUCCESS).at("el-9", "Exit", "exit").after(1, 30).says(8, 14),
    ],
    ..JOURNEY
};
