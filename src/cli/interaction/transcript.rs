//! Who said what to whom.

use serde::Deserialize;
use unicode_width::UnicodeWidthStr as _;

use super::Reader;
use crate::cli::words::{self, Paint, printable};

#[derive(Debug, Deserialize)]
pub(super) struct Message {
    time: String,
    from: Party,
    to: Option<Party>,
    channel: Option<String>,
    text: String,
    delivery: Option<String>,
    delivery_time: Option<String>,
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Party {
    role: String,
    name: Option<String>,
}

impl Party {
    fn told(&self) -> String {
        printable(self.name.as_deref().unwrap_or(&self.role))
    }
}

/// Each message: who to whom and how far it came, and below it what was said.
pub(super) fn told(messages: &[Message], reader: Reader<'_>) -> Vec<String> {
    let Reader { width, paint, .. } = reader;
    const INDENT: usize = 10;
    let mut lines = Vec::new();
    for message in messages {
        let (_, clock) = reader.clock.moment(&message.time);
        let clock = clock.get(..8).unwrap_or(&clock);
        let to = message.to.as_ref().map(|to| format!(" → {}", to.told())).unwrap_or_default();
        let channel =
            message.channel.as_ref().map(|channel| format!(" by {}", printable(channel))).unwrap_or_default();
        let who = words::cut(&format!("{}{to}{channel}", message.from.told()), width.saturating_sub(INDENT));
        let state = delivery(message, reader);
        let line = format!("{}  {}", paint.dim(clock), paint.bold(&who));
        // Beside each other where both fit.
        if INDENT + who.width() + 2 + state.width() <= width {
            lines.push(format!("{line}  {}", coloured(message, &state, paint)));
        } else {
            lines.push(line);
            let state = words::cut(&state, width.saturating_sub(INDENT));
            lines.push(format!("{}{}", " ".repeat(INDENT), coloured(message, &state, paint)));
        }
        for said in words::wrapped(&message.text, width.saturating_sub(INDENT).clamp(20, 100)) {
            lines.push(format!("{}{said}", " ".repeat(INDENT)));
        }
    }
    lines
}

fn delivery(message: &Message, reader: Reader<'_>) -> String {
    let Some(delivery) = &message.delivery else { return String::new() };
    let time = message.delivery_time.as_deref().map(|time| reader.clock.moment(time).1).unwrap_or_default();
    let reason =
        message.reason.as_deref().map(|reason| format!(": {}", printable(reason))).unwrap_or_default();
    format!("{delivery} {}{reason}", time.get(..8).unwrap_or(&time))
}

fn coloured(message: &Message, state: &str, paint: Paint) -> String {
    if message.delivery.as_deref() == Some("failed") {
        paint.status(steplog_model::status::FAILURE, state)
    } else {
        paint.dim(state)
    }
}
