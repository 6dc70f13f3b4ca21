//! `steplog interaction`: one person's way from start to end, as a timeline.

mod timeline;
mod transcript;

use std::process::ExitCode;

use anyhow::anyhow;
use serde::Deserialize;

use super::api::{Api, NotFound, Row};
use super::clock::{Clock, ZoneArgs};
use super::output::{self, Form};
use super::source::SourceArgs;
use super::words::{self, Paint, printable};

#[derive(Debug, clap::Args)]
pub(super) struct InteractionArgs {
    /// The interaction's id.
    #[arg(value_parser = words::not_empty)]
    id: String,
    #[command(flatten)]
    zone: ZoneArgs,
    #[command(flatten)]
    source: SourceArgs,
}

/// An interaction, or a page of a long one, as the API tells it.
#[derive(Debug, Deserialize)]
struct Interaction {
    interaction: String,
    complete: bool,
    next: Option<String>,
    outcome: Outcome,
    started: String,
    ended: String,
    took_nanos: i64,
    busy_nanos: i64,
    first_failure: Option<Failure>,
    people: Vec<String>,
    conversations: Vec<String>,
    lanes: Vec<Lane>,
    gaps: Vec<Gap>,
    spans: Vec<Span>,
    messages: Vec<transcript::Message>,
    events: Vec<Step>,
}

#[derive(Debug, Deserialize)]
struct Outcome {
    finished: bool,
    failures: u64,
    last_status: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Failure {
    id: String,
}

#[derive(Debug, Deserialize)]
struct Lane {
    context: Option<String>,
    object: Option<String>,
    version: Option<String>,
    events: u64,
    failures: u64,
}

#[derive(Debug, Deserialize)]
struct Gap {
    after: String,
    nanos: i64,
}

#[derive(Debug, Deserialize)]
struct Span {
    start: String,
    duration_nanos: Option<i64>,
    open: bool,
}

#[derive(Debug, Deserialize)]
struct Step {
    lane: usize,
    #[serde(flatten)]
    row: Row,
}

pub(super) async fn run(args: InteractionArgs, form: Form) -> anyhow::Result<ExitCode> {
    let api = args.source.open().await?;
    let mut cursor = None;
    loop {
        let parameters: Vec<_> = cursor.iter().map(|cursor: &String| ("cursor", cursor.as_str())).collect();
        let body = match api.body(&["interactions", &args.id], &parameters).await {
            Err(error) if error.is::<NotFound>() => {
                // An offer that cannot be made is none.
                let near = near(&api, &args.id).await.unwrap_or_default();
                return Err(if near.is_empty() { error } else { anyhow!("{error}; did you mean {near}?") });
            }
            body => body?,
        };
        let page: Interaction = serde_json::from_slice(&body)?;
        if form.is_for_people() {
            let clock = args.zone.clock();
            let reader =
                Reader { clock: &clock, width: output::width(), paint: Paint(output::has_colours()) };
            output::put_text(&told(&page, reader))?;
        } else {
            output::put_line(format_args!("{}", String::from_utf8_lossy(&body)))?;
        }
        if page.next.is_none() {
            if cursor.is_none() && !page.complete {
                output::tell(format_args!("a part of the store could not be read: events may be missing"));
            }
            return Ok(ExitCode::SUCCESS);
        }
        cursor = page.next;
    }
}

/// How many ids are offered.
const MOST_OFFERED: usize = 5;

#[derive(Deserialize)]
struct Found {
    events: Vec<Row>,
    #[serde(default)]
    near: Vec<Near>,
}

#[derive(Deserialize)]
struct Near {
    instead: String,
}

/// The ids of interactions that are spelled nearly as one that nobody has, or that end so.
async fn near(api: &Api, id: &str) -> anyhow::Result<String> {
    let asked = |id: &str, more: (&'static str, &str)| {
        [("from", "0"), ("interaction", id), more].map(|(name, value)| (name, value.to_owned()))
    };
    let nobody: Found = api.json(&["events"], &asked(id, ("why", "1"))).await?;
    let mut ids: Vec<String> = Vec::new();
    for Near { instead } in &nobody.near {
        let found: Found = api.json(&["events"], &asked(instead, ("limit", "100"))).await?;
        for row in &found.events {
            let id = printable(words::text(row, "interaction"));
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    ids.truncate(MOST_OFFERED);
    Ok(ids.join(" or "))
}

/// Who reads, where, and by which clock.
#[derive(Clone, Copy)]
struct Reader<'a> {
    clock: &'a Clock,
    width: usize,
    paint: Paint,
}

fn told(page: &Interaction, reader: Reader<'_>) -> String {
    let mut lines = head(page, reader);
    lines.push(String::new());
    lines.extend(timeline::told(page, reader));
    if !page.messages.is_empty() {
        lines.push(String::new());
        lines.push(reader.paint.bold("Messages"));
        lines.extend(transcript::told(&page.messages, reader));
    }
    let mut text = String::new();
    for line in lines {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn head(page: &Interaction, reader: Reader<'_>) -> Vec<String> {
    let (Interaction { outcome, started, ended, .. }, Reader { clock, width, paint }) = (page, reader);
    let mut lines = vec![paint.bold(&format!("Interaction {}", printable(&page.interaction)))];
    let mut field = |name: &str, value: &str| {
        for (place, line) in words::wrapped(value, width.saturating_sub(16).max(20)).into_iter().enumerate() {
            let name = if place == 0 { name } else { "" };
            lines.push(format!("  {}{line}", paint.dim(&words::padded(name, 14))));
        }
    };
    let failures = match outcome.failures {
        0 => "no failure".to_owned(),
        1 => "1 failure".to_owned(),
        many => format!("{many} failures"),
    };
    let end = match (page.next.is_some(), outcome.finished) {
        (true, _) => "a part of it",
        (false, true) => "all that began has ended",
        (false, false) => "something that began has not ended",
    };
    let last =
        outcome.last_status.as_deref().map(|status| format!("; last status {status}")).unwrap_or_default();
    field("Outcome", &format!("{failures}; {end}{last}"));
    field("Person", &page.people.join(", "));
    field("Conversation", &page.conversations.join(", "));
    let ((day, from), (last_day, to)) = (clock.moment(started), clock.moment(ended));
    let until = if day == last_day { to } else { format!("{last_day} {to}") };
    let (took, busy) = (words::length(page.took_nanos), words::length(page.busy_nanos));
    let busy = if page.gaps.is_empty() { String::new() } else { format!(", {busy} without the gaps") };
    let zone = clock.short([started.as_str(), ended]);
    // A long name of a zone stands behind the times.
    let (zoned, behind) = if zone.len() <= 6 {
        (format!("Time ({zone})"), String::new())
    } else {
        ("Time".to_owned(), format!(", {zone}"))
    };
    field(&zoned, &format!("{day} {from} to {until}{behind}: {took}{busy}"));
    field("Steps", &indicatif::HumanCount(page.events.len() as u64).to_string());
    lines
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::*;

    fn page() -> Interaction {
        serde_json::from_str(include_str!("interaction/example.json")).unwrap()
    }

    fn reads(width: usize) -> String {
        told(&page(), Reader { clock: &Clock::named("UTC"), width, paint: Paint(false) })
    }

    #[test]
    fn a_way_is_told_within_the_terminal() {
        for width in [60, 80, 200] {
            let text = reads(width);
            for line in text.lines() {
                assert!(line.width() <= width, "{} of {width}: {line}\n{text}", line.width());
            }
            let order =
                ["1 failure", "journey.started", "journey.api.called", "connection reset", "first failure"];
            let mut from = 0;
            for part in order {
                let place = text.get(from..).and_then(|rest| rest.find(part));
                from += place.unwrap_or_else(|| unreachable!("{part} is not in its place in\n{text}"));
            }
        }
    }

    #[test]
    fn gaps_are_folded_and_messages_have_their_delivery() {
        let text = reads(100);
        assert!(text.contains("2 min 3 s without any event"), "{text}");
        assert!(text.contains("Cart reminder → person-0007267"), "{text}");
        assert!(text.contains("delivered 13:28:14"), "{text}");
        assert!(
            text.contains(
                "Time (UTC)    2026-11-25 13:26:09.411 to 13:28:14.411: 2 min 5 s, 2.0 s without the gaps"
            ),
            "{text}"
        );
        assert!(text.contains("(still open)") && text.contains("(152 ms)"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}
