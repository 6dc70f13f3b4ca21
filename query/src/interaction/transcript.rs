//! Who said what to whom, and how far each message came.
//!
//! What is said are the events that the catalogue knows as such, and names that end in
//! `message.sent` or `message.received`. The state of delivery comes from the events of the context
//! `message` that carry the same message id. Where what was said carries none, it is the latest
//! message of the company before them, on the same channel, within a minute. A message that was
//! delivered without anybody saying it has an entry of its own.

mod delivery;
mod said;

use rustc_hash::FxHashMap;
use serde::Serialize;
use steplog_model::catalogue::{Catalogue, Delivery, Side};
use steplog_model::column::Column;
use steplog_model::event::{Event, StoredEvent};
use steplog_model::ids::EventId;
use steplog_model::time::{NANOS_PER_SECOND, UnixNanos};

use super::summary::shown;
use crate::row::Shown;
use delivery::State;
use said::Party;

/// How long after it was said the first news of a message's delivery may come, where no id joins them.
const JOIN_NANOS: i64 = 60 * NANOS_PER_SECOND;

/// How many messages back one is looked for that news without an id may be about.
const LOOK_BACK: usize = 32;

/// One message between the person and the company.
#[derive(Serialize)]
pub(super) struct Message<'a> {
    /// The event that says it.
    #[serde(serialize_with = "shown")]
    id: EventId,
    #[serde(serialize_with = "shown")]
    time: UnixNanos,
    from: Party<'a>,
    to: Option<Party<'a>>,
    channel: Option<&'a str>,
    text: String,
    delivery: Option<Delivery>,
    delivery_time: Option<Shown<UnixNanos>>,
    delivery_event: Option<Shown<EventId>>,
    /// Why it failed.
    reason: Option<&'a str>,
}

/// What becomes of one message while the events are read.
struct Draft<'a> {
    /// The event that says it, or the first of its delivery.
    told_by: &'a StoredEvent,
    /// Whether an event says it.
    said: bool,
    side: Side,
    has_id: bool,
    state: Option<State<'a>>,
}

/// The messages of events that are in order, in the order in which they were said.
pub(super) fn transcript<'a>(events: &'a [StoredEvent], names: &Catalogue) -> Vec<Message<'a>> {
    let mut drafts = Drafts::default();
    for stored in events {
        if let Some(side) = said::side(&stored.event, names) {
            drafts.say(stored, side);
        } else if let Some(news) = State::of_delivery(stored, names) {
            drafts.deliver(news);
        }
    }
    drafts.drafts.into_iter().map(Message::from).collect()
}

/// What one event says, where it says anything.
pub(crate) fn said_in(event: &Event, names: &Catalogue) -> Option<String> {
    said::side(event, names).map(|_| said::text(event)).filter(|text| !text.is_empty())
}

#[derive(Default)]
struct Drafts<'a> {
    drafts: Vec<Draft<'a>>,
    /// The places of those with an id.
    by_id: FxHashMap<String, usize>,
}

impl<'a> Drafts<'a> {
    fn say(&mut self, stored: &'a StoredEvent, side: Side) {
        let id = said::message_id(&stored.event);
        let state = State::of_saying(stored).filter(|_| side == Side::Company);
        let known =
            id.as_ref().and_then(|id| self.by_id.get(id)).and_then(|place| self.drafts.get_mut(*place));
        match known {
            // Two events may say one message: a journey that waits for it, and the chatbot that gets it.
            Some(draft) if draft.said => {}
            Some(draft) => (draft.told_by, draft.said, draft.side) = (stored, true, side),
            None => {
                self.push(Draft { told_by: stored, said: true, side, has_id: id.is_some(), state }, id);
            }
        }
    }

    fn deliver(&mut self, news: State<'a>) {
        let id = said::message_id(&news.event.event);
        let known = id.as_ref().and_then(|id| self.by_id.get(id).copied());
        let place = match known.or_else(|| unnamed(&self.drafts, news.event, id.is_some())) {
            Some(place) => {
                // Later news of this id are about the same message.
                self.by_id.extend(id.map(|id| (id, place)));
                place
            }
            None => {
                let (told_by, has_id) = (news.event, id.is_some());
                self.push(Draft { told_by, said: false, side: Side::Company, has_id, state: None }, id)
            }
        };
        if let Some(draft) = self.drafts.get_mut(place) {
            draft.state = Some(State::join(draft.state, news));
        }
    }

    fn push(&mut self, draft: Draft<'a>, id: Option<String>) -> usize {
        let place = self.drafts.len();
        self.drafts.push(draft);
        self.by_id.extend(id.map(|id| (id, place)));
        place
    }
}

/// The message without an id that these news may be about: the latest one of their channel, where
/// they come within a minute, or go on with news without an id.
fn unnamed(drafts: &[Draft<'_>], news: &StoredEvent, has_id: bool) -> Option<usize> {
    let channel = news.event.value(Column::Channel);
    let same_channel = |draft: &Draft<'_>| match (draft.told_by.event.value(Column::Channel), channel) {
        (Some(told), Some(news)) => told == news,
        _ => true,
    };
    let skipped = drafts.len().saturating_sub(LOOK_BACK);
    let latest = drafts
        .get(skipped..)?
        .iter()
        .rposition(|draft| draft.side == Side::Company && same_channel(draft))?;
    let draft = drafts.get(skipped + latest)?;
    let waited = news.event.time.0.saturating_sub(draft.told_by.event.time.0);
    let fits = if draft.state.is_some() { !has_id } else { waited <= JOIN_NANOS };
    (!draft.has_id && fits).then_some(skipped + latest)
}

impl<'a> From<Draft<'a>> for Message<'a> {
    fn from(draft: Draft<'a>) -> Self {
        let Draft { told_by: stored, side, state, .. } = draft;
        let event = &stored.event;
        let (person, company) = (Party::person(event), Party::company(event));
        let (from, to) = match side {
            Side::Person => (person, Some(company)),
            Side::Company => (company, event.value(Column::Person).is_some().then_some(person)),
        };
        Self {
            id: event.id,
            time: event.time,
            from,
            to,
            channel: event.value(Column::Channel),
            text: said::text(event),
            delivery: state.map(|state| state.delivery),
            delivery_time: state.map(|state| Shown(state.event.event.time)),
            delivery_event: state.map(|state| Shown(state.event.event.id)),
            reason: state.and_then(|state| state.reason()),
        }
    }
}
