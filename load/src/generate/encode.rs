//! From a happening to an OTLP log record, written straight into protobuf bytes.

use std::io::Write as _;

use rand::Rng;
use rand::rngs::SmallRng;
use steplog_model::record::wire::{
    put_bytes_field, put_fixed32_field, put_fixed64_field, put_message_field, put_varint_field,
};

use steplog_model::status::MESSAGE;

use super::scene::{Actor, Draw, Extra, Scene, Step, pick};
use super::story::{Group, Happening, Interaction};
use super::words::{Voice, Words};

/// Attributes that any step may have; drawn until an event has its 6 to 15.
const COMMON: &[Extra] = &[
    ("app.build", Draw::Hex(10)),
    ("device.type", Draw::Pick(&["phone", "tablet", "desktop", "kiosk"])),
    ("geo.country", Draw::Pick(&["HR", "DE", "PT", "BR", "JP", "NG", "IN"])),
    ("cost.cents", Draw::Double(0.0, 12.0)),
    ("queue.lag_ms", Draw::Int(0, 4_000)),
    ("experiment", Draw::Map(&[("name", Draw::Pick(&["tone", "delay", "offer"])), ("arm", Draw::Int(0, 3))])),
    ("profile.consent", Draw::Bool(95)),
    ("note", Draw::Text(3)),
    ("region", Draw::Pick(&["eu-west", "eu-north", "sa-east", "ap-south"])),
    ("request.id", Draw::Hex(16)),
    ("partner.code", Draw::Int(10, 99_999)),
    ("cache.hit", Draw::Bool(60)),
];

/// `LogRecord.attributes`.
const ATTRIBUTES: u32 = 6;

/// Appends the `LogRecord` of a happening. `uid` becomes the attribute `log.record.uid`.
pub(super) fn put_record(
    out: &mut Vec<u8>,
    interaction: &mut Interaction,
    happening: &Happening,
    uid: Option<u128>,
    words: &Words,
) {
    let Group { event: name, status, .. } = happening.group();
    let reason = happening.failed.map(|(_, reason)| reason);
    let failed = steplog_model::status::is_failure(status);
    let (severity, severity_text) = if failed { (17, "ERROR") } else { (9, "INFO") };
    let time = happening.time_nanos.max(0) as u64;
    put_fixed64_field(out, 1, time);
    put_varint_field(out, 2, severity);
    put_bytes_field(out, 3, severity_text.as_bytes());
    put_message_field(out, 5, |out| {
        put_message_field(out, 1, |out| put_body(out, interaction, happening, reason, words));
    });
    put_columns(out, interaction, happening, status, reason);
    if let Some(uid) = uid {
        put_formatted(out, "log.record.uid", format_args!("{uid:032x}"));
    }
    put_extras(out, &mut interaction.rng, happening, words);
    put_fixed32_field(out, 8, 1);
    put_bytes_field(out, 9, &interaction.trace_id);
    put_bytes_field(out, 10, &interaction.rng.random::<u64>().max(1).to_be_bytes());
    put_fixed64_field(out, 11, time + interaction.rng.random_range(50_000..20_000_000));
    put_bytes_field(out, 12, name.as_bytes());
}

/// Who speaks in a step's body.
fn voice(scene: &Scene, step: &Step) -> Voice {
    if step.name.ends_with("message.received") {
        Voice::Person
    } else if scene.context == MESSAGE
        || step.name.ends_with("message.sent")
        || step.name.ends_with("responded")
    {
        Voice::Company
    } else {
        Voice::Note
    }
}

fn put_body(
    out: &mut Vec<u8>,
    interaction: &mut Interaction,
    happening: &Happening,
    reason: Option<&str>,
    words: &Words,
) {
    let (least, most) = happening.step.words;
    let least = interaction.rng.random_range(least..=most);
    words.put_text(out, &mut interaction.rng, voice(happening.scene, happening.step), least);
    if let Some(reason) = reason {
        out.push(b' ');
        out.extend_from_slice(reason.as_bytes());
    }
}

/// The attributes that fill the columns.
fn put_columns(
    out: &mut Vec<u8>,
    interaction: &Interaction,
    happening: &Happening,
    status: &str,
    reason: Option<&str>,
) {
    let (scene, step) = (happening.scene, happening.step);
    put_text(out, "steplog.interaction.id", &interaction.id);
    put_text(out, "steplog.person.id", &interaction.person);
    put_text(out, "steplog.context.type", scene.context);
    put_text(out, "steplog.object.id", happening.object.id);
    put_text(out, "steplog.object.name", happening.object.name);
    put_text(out, "steplog.object.version", happening.version);
    put_text(out, "steplog.event.status", status);
    put_int(out, "steplog.event.sequence", i64::from(happening.sequence));
    if let Some((id, name, kind)) = step.element {
        put_text(out, "steplog.element.id", id);
        put_text(out, "steplog.element.name", name);
        put_text(out, "steplog.element.type", kind);
    }
    let (actor, kind) = match step.actor {
        Actor::System => (super::scenes::SERVICES[scene.service].0, "system"),
        Actor::User => (&*interaction.person, "user"),
        Actor::Colleague => (interaction.colleague, "agent"),
        Actor::Agent => (happening.object.name, "agent"),
    };
    put_text(out, "steplog.actor.id", actor);
    put_text(out, "steplog.actor.type", kind);
    if scene.in_conversation {
        put_text(out, "steplog.conversation.id", &interaction.conversation);
    }
    if scene.on_channel {
        put_text(out, "steplog.channel", interaction.channel);
    }
    if scene.context == MESSAGE || step.name == "journey.message.sent" {
        put_formatted(out, "message.id", format_args!("{:032x}", interaction.message_id));
    }
    if let Some(reason) = reason {
        put_text(out, "steplog.event.status_reason", reason);
    }
    if let Some(duration) = happening.duration_nanos {
        put_int(out, "steplog.event.duration", i64::try_from(duration).unwrap_or(i64::MAX));
    }
}

/// 6 to 15 further attributes: those of the step, then of the scene, then common ones.
fn put_extras(out: &mut Vec<u8>, rng: &mut SmallRng, happening: &Happening, words: &Words) {
    // The lower of two draws: most payloads are plain, some are rich.
    let wanted = rng.random_range(6..=15).min(rng.random_range(6..=15));
    let first = rng.random_range(0..COMMON.len());
    let own = happening.step.extras.iter().chain(happening.scene.extras);
    let common = COMMON.iter().cycle().skip(first).take(COMMON.len());
    for (key, draw) in own.chain(common).take(wanted) {
        put_attribute(out, ATTRIBUTES, key, |out| put_value(out, draw, rng, words));
    }
}

/// Appends a `KeyValue` as field `field`; `value` appends the content of its `AnyValue`.
pub(super) fn put_attribute(out: &mut Vec<u8>, field: u32, key: &str, value: impl FnOnce(&mut Vec<u8>)) {
    put_message_field(out, field, |out| {
        put_bytes_field(out, 1, key.as_bytes());
        put_message_field(out, 2, value);
    });
}

fn put_text(out: &mut Vec<u8>, key: &str, text: &str) {
    put_attribute(out, ATTRIBUTES, key, |out| put_bytes_field(out, 1, text.as_bytes()));
}

fn put_int(out: &mut Vec<u8>, key: &str, int: i64) {
    put_attribute(out, ATTRIBUTES, key, |out| put_varint_field(out, 3, int.cast_unsigned()));
}

fn put_formatted(out: &mut Vec<u8>, key: &str, text: std::fmt::Arguments<'_>) {
    put_attribute(out, ATTRIBUTES, key, |out| {
        put_message_field(out, 1, |out| {
            // Writing to a vector cannot fail.
            let _ = out.write_fmt(text);
        });
    });
}

fn put_value(out: &mut Vec<u8>, draw: &Draw, rng: &mut SmallRng, words: &Words) {
    match *draw {
        Draw::Int(least, most) => {
            put_varint_field(out, 3, rng.random_range(least..=most).cast_unsigned());
        }
        Draw::Double(least, most) => {
            let double = (rng.random_range(least..=most) * 1_000.0).round() / 1_000.0;
            put_fixed64_field(out, 4, double.to_bits());
        }
        Draw::Bool(percent) => put_varint_field(out, 2, u64::from(rng.random_range(0..100) < percent)),
        Draw::Hex(digits) => put_message_field(out, 1, |out| put_hex(out, digits, rng)),
        Draw::Pick(texts) => put_bytes_field(out, 1, pick(texts, rng).unwrap_or_default().as_bytes()),
        Draw::Text(least) => {
            put_message_field(out, 1, |out| words.put_text(out, rng, Voice::Note, least));
        }
        Draw::Phone => put_message_field(out, 1, |out| {
            let number = rng.random_range(0..10_000);
            let _ = write!(out, "+1555012{number:04}");
        }),
        Draw::Map(members) => put_message_field(out, 6, |out| {
            for (key, draw) in members {
                put_attribute(out, 1, key, |out| put_value(out, draw, rng, words));
            }
        }),
        Draw::List(length, draw) => put_message_field(out, 5, |out| {
            for _ in 0..length {
                put_message_field(out, 1, |out| put_value(out, draw, rng, words));
            }
        }),
    }
}

fn put_hex(out: &mut Vec<u8>, digits: usize, rng: &mut SmallRng) {
    for place in 0..digits.div_ceil(16) {
        let mut bits = rng.random::<u64>();
        for _ in 0..(digits - 16 * place).min(16) {
            out.push(b"0123456789abcdef"[(bits & 15) as usize]);
            bits >>= 4;
        }
    }
}
