//! `steplog tail`: events as they arrive.

mod sse;

use std::process::ExitCode;
use std::time::Duration;

use futures_util::StreamExt as _;
use serde::Deserialize;

use super::api::{Api, Row};
use super::clock::Clock;
use super::filters::Question;
use super::interrupt::{self, Interrupt};
use super::output::{self, Form};
use super::source::USUAL_SERVER;
use super::unknown::tell_unknown_values;
use super::words::{self, Paint, cut, padded, printable, text};
use sse::{Message, Reader};

/// The pause before a reconnect.
const PAUSE: Duration = Duration::from_secs(2);

#[derive(Debug, clap::Args)]
// It has no period, which the question of the other commands has.
#[command(mut_arg("from", |from| from.hide(true)), mut_arg("to", |to| to.hide(true)))]
pub(super) struct TailArgs {
    #[command(flatten)]
    question: Question,
    /// Go on after this place, as an earlier tail told it when it ended. Without it: from now on.
    #[arg(long, value_name = "PLACE")]
    last_event_id: Option<String>,
    /// The running steplog to follow.
    #[arg(long, env = "STEPLOG_SERVER", value_name = "URL", default_value = USUAL_SERVER, value_parser = words::not_empty)]
    server: String,
}

#[derive(Deserialize)]
struct Missed {
    missed: u64,
}

pub(super) async fn run(args: TailArgs, form: Form) -> anyhow::Result<ExitCode> {
    if !args.question.is_of_all_time() {
        return Err(
            output::Usage(
                "tail follows what arrives, and has neither --from nor --to; `steplog search` finds what arrived before"
                    .to_owned(),
            )
            .into()
        );
    }
    let api = Api::of_server(&args.server).map_err(|error| output::Usage(format!("{error:#}")))?;
    let mut tail = Tail {
        parameters: args.question.parameters(),
        place: args.last_event_id,
        is_for_people: form.is_for_people(),
        clock: args.question.clock(),
        day: String::new(),
        paint: Paint(output::has_colours()),
        begun: false,
    };
    let mut interrupt = Interrupt::new()?;
    let following = async {
        // It would wait for ever, and say nothing.
        tell_unknown_values(&api, &args.question, &[]).await;
        tail.follow_on(&api).await
    };
    tokio::select! {
        outcome = following => outcome,
        () = interrupt.wait() => {
            tail.tell_place();
            Ok(interrupt::code())
        }
    }
}

/// What is being followed.
struct Tail {
    parameters: Vec<(String, String)>,
    /// The place after which to go on.
    place: Option<String>,
    is_for_people: bool,
    clock: Clock,
    /// The day and zone that the last line was of.
    day: String,
    paint: Paint,
    begun: bool,
}

impl Tail {
    /// Until something is wrong that another connection would not mend.
    async fn follow_on(&mut self, api: &Api) -> anyhow::Result<ExitCode> {
        loop {
            match self.follow(api).await {
                // What was wrong with the first connection would be wrong with the next one too.
                Err(error) if !self.begun || output::is_broken_pipe(&error) => return Err(error),
                Err(error) => output::tell(format_args!("{error:#}; connecting again")),
                Ok(()) => output::tell(format_args!("the server ended the tail; connecting again")),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Until the connection ends.
    async fn follow(&mut self, api: &Api) -> anyhow::Result<()> {
        let mut parameters = self.parameters.clone();
        parameters.extend(self.place.iter().map(|place| ("last_event_id".to_owned(), place.clone())));
        let mut chunks = api.get(&["tail"], &parameters).await?.bytes_stream();
        let mut reader = Reader::default();
        while let Some(chunk) = chunks.next().await {
            for message in reader.push(&chunk?) {
                self.take(&message)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, message: &Message) -> anyhow::Result<()> {
        self.begun = true;
        match message.event.as_str() {
            "event" if self.is_for_people => {
                let row: Row = serde_json::from_str(&message.data)?;
                let time = text(&row, "time");
                let (day, clock) = self.clock.moment(time);
                let day = format!("{day} {}", self.clock.short([time]));
                if day != self.day {
                    output::put_line(format_args!("{}", self.paint.dim(&format!("── {day} ──"))))?;
                    self.day = day;
                }
                output::put_line(format_args!("{}", told(&row, &clock, output::width(), self.paint)))?;
            }
            "event" => output::put_line(format_args!("{}", message.data))?,
            "missed" => {
                let Missed { missed } = serde_json::from_str(&message.data)?;
                let (events, were) = (output::events(missed), if missed == 1 { "was" } else { "were" });
                output::tell(format_args!("{events} {were} missed: they came faster than they were read"));
            }
            "incomplete" => output::tell(format_args!(
                "some events cannot be read on the server ({}): its log says more",
                message.data
            )),
            _ => {}
        }
        // Only now: what was not written would be lost.
        if let Some(id) = &message.id {
            self.place = Some(id.clone());
        }
        Ok(())
    }

    fn tell_place(&self) {
        if let Some(place) = &self.place {
            output::tell(format_args!("--last-event-id {place} goes on from here"));
        }
    }
}

/// An event as a line: when, what, where, to whom, and why it failed.
fn told(row: &Row, clock: &str, width: usize, paint: Paint) -> String {
    let status = text(row, "status");
    let parts = ["object", "element", "person", "reason"].map(|name| printable(text(row, name)));
    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    let event = padded(&printable(text(row, "event")), 26.min(width.saturating_sub(16)));
    let rest = cut(&parts.join(" · "), width.saturating_sub(44).max(1));
    let rest = if steplog_model::status::is_failure(status) { paint.status(status, &rest) } else { rest };
    format!("{} {} {event}  {rest}", paint.dim(clock), paint.status(status, words::icon(status)))
}
