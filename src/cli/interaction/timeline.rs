//! The steps in their order, each in the lane of who took it.

use std::collections::HashMap;

use anstyle::{AnsiColor, Style};
use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

use super::{Interaction, Lane, Reader, Step};
use crate::cli::clock::Clock;
use crate::cli::words::{self, Paint, cut, padded, printable, text};

/// The most lanes that are drawn side by side; further ones share the last.
const MOST_LANES: usize = 8;
/// The longest name of an event that others are lined up with.
const MOST_NAME: usize = 30;
/// Clock, and the pause since the step before.
const CLOCK: usize = 12 + 1 + 11;

/// Longer pauses are gaps to the API.
const MOST_PAUSE_NANOS: i64 = 30_000_000_000;

const LANE_COLOURS: [AnsiColor; 6] = [
    AnsiColor::Cyan,
    AnsiColor::Magenta,
    AnsiColor::Yellow,
    AnsiColor::Blue,
    AnsiColor::Green,
    AnsiColor::BrightBlack,
];

/// The lanes, and then a line for each step and each gap.
pub(super) fn told(page: &Interaction, reader: Reader<'_>) -> Vec<String> {
    let (Reader { clock, paint, .. }, drawing) = (reader, Drawing::new(page, reader));
    let mut lines = drawing.legend();
    lines.push(String::new());
    let gaps: HashMap<&str, i64> = page.gaps.iter().map(|gap| (gap.after.as_str(), gap.nanos)).collect();
    let mut before: Option<&Step> = None;
    for (place, step) in page.events.iter().enumerate() {
        let (day, _) = clock.moment(text(&step.row, "time"));
        let last_day = before.map(|before| clock.moment(text(&before.row, "time")).0);
        if last_day.is_some_and(|last_day| last_day != day) {
            lines.push(paint.dim(&format!("── {day} ──")));
        }
        lines.extend(drawing.step(place, step, before));
        if let Some(nanos) = gaps.get(text(&step.row, "id")) {
            let gap = format!("⋯ {} without any event", words::length(*nanos));
            lines.push(format!("{}{}  {}", " ".repeat(CLOCK), drawing.tracks(place, None), paint.dim(&gap)));
        }
        before = Some(step);
    }
    lines
}

struct Drawing<'a> {
    page: &'a Interaction,
    clock: &'a Clock,
    width: usize,
    paint: Paint,
    /// The places of the first and the last step of each lane that is drawn.
    extents: Vec<(usize, usize)>,
    names_width: usize,
    /// What is said of how long the span took that a step begins.
    spans: HashMap<&'a str, String>,
}

/// What a step did, and how long it took: where both do not fit, only the former is cut.
fn fitted(what: Option<String>, took: Option<String>, width: usize) -> String {
    const LEAST: usize = 4;
    match (what, took) {
        (Some(what), Some(took)) if took.width() + 1 + LEAST <= width => {
            format!("{} {took}", cut(&what, width - took.width() - 1))
        }
        (what, took) => cut(&what.into_iter().chain(took).collect::<Vec<_>>().join(" "), width),
    }
}

impl<'a> Drawing<'a> {
    fn new(page: &'a Interaction, reader: Reader<'a>) -> Self {
        let Reader { clock, width, paint } = reader;
        let drawn = page.lanes.len().min(MOST_LANES);
        let mut extents = vec![(usize::MAX, 0); drawn];
        for (place, step) in page.events.iter().enumerate() {
            if let Some((first, last)) = extents.get_mut(step.lane.min(MOST_LANES - 1)) {
                (*first, *last) = ((*first).min(place), place);
            }
        }
        let names = page.events.iter().map(|step| text(&step.row, "event").width());
        let spans = page.spans.iter().filter_map(|span| {
            let took = span.duration_nanos.map(words::length);
            let open = || span.open.then(|| "still open".to_owned());
            Some((span.start.as_str(), took.or_else(open)?))
        });
        let names_width = names.max().unwrap_or_default().min(MOST_NAME);
        Self { page, clock, width, paint, extents, names_width, spans: spans.collect() }
    }

    fn lane_style(lane: usize) -> Style {
        let colour = LANE_COLOURS.get(lane % LANE_COLOURS.len()).copied();
        Style::new().fg_color(colour.map(Into::into))
    }

    /// Who took part.
    fn legend(&self) -> Vec<String> {
        let mut lines = vec![self.paint.bold("Lanes")];
        for (place, lane) in self.page.lanes.iter().enumerate() {
            let Lane { context, object, version, events, failures } = lane;
            let drawn = place.min(MOST_LANES - 1);
            let indent = " ".repeat(2 * drawn);
            let version = version.as_ref().map(|version| format!(" version {version}")).unwrap_or_default();
            let who = [context.clone(), object.clone().map(|object| object + &version)];
            let who: Vec<String> = who.into_iter().flatten().map(|who| printable(&who)).collect();
            let who = if who.is_empty() { "without a context".to_owned() } else { who.join(": ") };
            let steps = if *events == 1 { "1 step".to_owned() } else { format!("{events} steps") };
            let failed = if *failures > 0 { format!(", {failures} failed") } else { String::new() };
            let sign = self.paint.put(Self::lane_style(drawn), "●");
            let line = cut(&format!("{who}: {steps}{failed}"), self.width.saturating_sub(2 * drawn + 4));
            lines.push(format!("  {indent}{sign} {line}"));
        }
        lines
    }

    /// The lanes at a place: a line for those that go on there, and the sign of the step, `own`, in its lane. Without
    /// a step of its own the line is below that of the place.
    fn tracks(&self, place: usize, own: Option<(usize, &str)>) -> String {
        let own = own.map(|(lane, status)| (lane.min(MOST_LANES - 1), status));
        let mut tracks = String::new();
        for (lane, (first, last)) in self.extents.iter().enumerate() {
            let style = Self::lane_style(lane);
            let has_begun = if own.is_some() { *first < place } else { *first <= place };
            tracks += &match own {
                Some((own, status)) if own == lane => self.paint.status(status, "●"),
                _ if has_begun && *last > place => self.paint.put(style, "│"),
                _ => " ".to_owned(),
            };
            tracks.push(' ');
        }
        tracks
    }

    fn step(&self, place: usize, step: &Step, before: Option<&Step>) -> Vec<String> {
        let (row, paint) = (&step.row, self.paint);
        let status = text(row, "status");
        let (_, clock) = self.clock.moment(text(row, "time"));
        let pause = before
            .map(|before| nanos_between(text(&before.row, "time"), text(row, "time")))
            .unwrap_or_default();
        // A longer one is a gap, which has a line of its own.
        let is_told = (1_000_000..=MOST_PAUSE_NANOS).contains(&pause);
        let pause = if is_told { format!("+{}", words::length(pause)) } else { String::new() };
        let start = CLOCK + 2 * self.extents.len();
        let tracks = self.tracks(place, Some((step.lane, status)));
        let name = printable(text(row, "event"));
        let took = row.get("duration_nanos").and_then(Value::as_i64).map(words::length);
        let took = took.or_else(|| self.spans.get(text(row, "id")).cloned()).map(|took| format!("({took})"));
        let what = Some(printable(text(row, "element"))).filter(|element| !element.is_empty());
        let space = self.width.saturating_sub(start + 2);
        let name_width = self.names_width.min(space);
        let name = if what.is_none() && took.is_none() {
            cut(&name, space)
        } else {
            padded(&name, name_width.max(name.width().min(space)))
        };
        let rest = fitted(what, took, space.saturating_sub(name.width() + 2));
        let name = if steplog_model::status::is_failure(status) { paint.status(status, &name) } else { name };
        let clock = paint.dim(&format!("{clock} {pause:<10} "));
        let icon = paint.status(status, words::icon(status));
        let mut lines = vec![format!("{clock}{tracks}{icon} {name}  {rest}")];
        lines.extend(self.remarks(step).into_iter().map(|remark| {
            let remark = cut(&remark, self.width.saturating_sub(start + 2));
            format!("{}{}  {}", " ".repeat(CLOCK), self.tracks(place, None), paint.status(status, &remark))
        }));
        lines
    }

    /// Why it failed, and whether it was the first.
    fn remarks(&self, step: &Step) -> Vec<String> {
        let reason = printable(text(&step.row, "reason"));
        let mut remarks = Vec::new();
        if !reason.is_empty() {
            remarks.push(reason);
        }
        let is_first =
            self.page.first_failure.as_ref().is_some_and(|first| first.id == text(&step.row, "id"));
        if is_first {
            remarks.push("▲ first failure".to_owned());
        }
        remarks
    }
}

/// The time between two moments of the API; 0 where one of them is none.
fn nanos_between(from: &str, to: &str) -> i64 {
    use steplog_model::time::UnixNanos;
    match (from.parse::<UnixNanos>(), to.parse::<UnixNanos>()) {
        (Ok(from), Ok(to)) => to.0.saturating_sub(from.0),
        _ => 0,
    }
}
