//! Message delivery: pending, delivered, seen, clicked; or not.

use steplog_model::status::{self, FAILURE, IN_PROGRESS, SUCCESS, TIMED_OUT};

use crate::generate::scene::{Actor, Draw, Extra, Failing, Object, Scene, Step};

const OBJECTS: &[Object] = &[
    Object { id: "tpl-welcome", name: "welcome_message", versions: &["5"], weak_version: None },
    Object { id: "tpl-cart", name: "cart_reminder", versions: &["9", "10"], weak_version: None },
    Object { id: "tpl-order", name: "order_shipped", versions: &["2"], weak_version: None },
    Object { id: "tpl-visit", name: "appointment_tomorrow", versions: &["4"], weak_version: None },
];

const EXTRAS: &[Extra] = &[
    ("message.bulk_id", Draw::Hex(16)),
    ("message.to", Draw::Phone),
    ("message.segments", Draw::Int(1, 4)),
    ("message.route", Draw::Pick(&["direct-eu-1", "direct-eu-2", "partner-apac", "partner-latam"])),
    (
        "message.price",
        Draw::Map(&[("amount", Draw::Double(0.001, 0.09)), ("currency", Draw::Pick(&["EUR", "USD"]))]),
    ),
    (
        "message.status",
        Draw::Map(&[
            ("group", Draw::Pick(&["pending", "delivered"])),
            ("code", Draw::Int(1, 80)),
            ("permanent", Draw::Bool(10)),
        ]),
    ),
];

/// One message on its way to the person.
pub(crate) const MESSAGE: Scene = Scene {
    context: status::MESSAGE,
    service: 4,
    objects: OBJECTS,
    goes_on: false,
    on_channel: true,
    in_conversation: false,
    extras: EXTRAS,
    steps: &[
        Step::new("message.pending", IN_PROGRESS).after(0, 1).says(8, 14),
        Step::new("message.delivered", SUCCESS).after(1, 20).takes(600, 20_000).says(14, 40).failing(
            Failing {
                permille: 150,
                name: "message.undeliverable",
                status: FAILURE,
                reasons: &[
                    "unknown subscriber",
                    "absent subscriber",
                    "blocked by the operator",
                    "mailbox full",
                    "HTTP 503 from the provider",
                ],
                ends_scene: true,
            },
        ),
        Step::new("message.seen", SUCCESS).by(Actor::User).chance(70).after(5, 400).failing(Failing {
            permille: 60,
            name: "message.expired",
            status: TIMED_OUT,
            reasons: &["not fetched within its validity"],
            ends_scene: true,
        }),
        Step::new("message.clicked", SUCCESS).by(Actor::User).chance(30).after(2, 120).with(&[
            ("link.position", Draw::Int(1, 4)),
            ("url.domain", Draw::Pick(&["shop.example", "go.example"])),
        ]),
    ],
};
