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
    /// The tool, where one is called or gives its result.
    tool: Option<String>,
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
    /// Its name; of a tool, which the message knows, that it is one.
    fn told(&self, tool: Option<&str>) -> String {
        match (&self.name, tool) {
            (Some(name), _) => printable(name),
            (None, Some(tool)) if self.role == "tool" => format!("tool {}", printable(tool)),
            (None, _) => printable(&self.role.replace('_', " ")),
        }
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
        let tool = message.tool.as_deref();
        let to = message.to.as_ref().map(|to| format!(" → {}", to.told(tool))).unwrap_or_default();
        let channel =
            message.channel.as_ref().map(|channel| format!(" by {}", printable(channel))).unwrap_or_default();
        let who =
            words::cut(&format!("{}{to}{channel}", message.from.told(tool)), width.saturating_sub(INDENT));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::clock::Clock;

    #[test]
    fn tools_are_called_by_their_names() {
        let messages: Vec<Message> = serde_json::from_str(
            r#"[{"time":"2026-11-25T13:26:09Z","from":{"role":"person","name":"p-1"},"to":{"role":"ai_agent","name":null},
                 "channel":"sms","tool":null,"text":"Where is it?"},
                {"time":"2026-11-25T13:26:10Z","from":{"role":"ai_agent","name":"Care"},"to":{"role":"tool","name":null},
                 "channel":null,"tool":"find_order","text":"{}"},
                {"time":"2026-11-25T13:26:11Z","from":{"role":"tool","name":null},"to":{"role":"ai_agent","name":"Care"},
                 "channel":null,"tool":null,"text":"{}"}]"#,
        )
        .unwrap();
        let lines = told(&messages, Reader { clock: &Clock::named("UTC"), width: 80, paint: Paint(false) });
        let heads: Vec<_> = lines.iter().step_by(2).map(|line| line.trim_end()).collect();
        let want =
            ["13:26:09  p-1 → ai agent by sms", "13:26:10  Care → tool find_order", "13:26:11  tool → Care"];
        assert_eq!(heads, want);
    }
}
