//! Who said what to whom, and how far each message came.
//!
//! What is said are the events that the catalogue knows as such, and names that end in
//! `message.sent` or `message.received`. The state of delivery comes from the events of the context
//! `message` that carry the same message id. Where what was said carries none, it is the latest
//! message of the company before them, on the same channel, within a minute. A message that was
//! delivered without anybody saying it has an entry of its own.
//!
//! What agents and their models say is read from their records by the conventions of their telemetry, and shown once,
//! however many records repeat it.

mod agent;
mod delivery;
mod said;
mod threads;

use rapidhash::{RapidHashMap, RapidHashSet};
use serde::Serialize;
use steplog_model::catalogue::{Catalogue, Delivery, Side};
use steplog_model::column::Column;
use steplog_model::event::{Event, StoredEvent};
use steplog_model::ids::EventId;
use steplog_model::time::{NANOS_PER_SECOND, UnixNanos};

use super::details::Details;
use crate::shown::{Shown, shown};
use agent::{Kind, Speaker, Turn};
use delivery::State;
use said::Party;
use threads::{Key, New, Threads};

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
    kind: MessageKind,
    /// The tool, where one is called or gives its result.
    tool: Option<String>,
    /// The words; of a tool its arguments or result.
    text: String,
    delivery: Option<Delivery>,
    delivery_time: Option<Shown<UnixNanos>>,
    delivery_event: Option<Shown<EventId>>,
    /// Why it failed.
    reason: Option<&'a str>,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum MessageKind {
    Words,
    ToolCall,
    ToolResult,
}

/// All that was said, and what is missing of it.
pub(super) struct Transcript<'a> {
    /// In the order in which they were said.
    pub(super) messages: Vec<Message<'a>>,
    /// How many steps of agents and models there are whose records do not hold what was said.
    pub(super) unrecorded: usize,
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
    /// What it is, where an agent's record tells of it, and whether it was there when the step began.
    turn: Option<New>,
}

/// The messages of events that are in order.
pub(super) fn transcript<'a>(
    events: &'a [StoredEvent],
    details: &'a Details,
    names: &Catalogue,
) -> Transcript<'a> {
    let mut drafts = Drafts::default();
    // The steps that have no word in their own records or in their details.
    let mut silent = RapidHashSet::default();
    let mut all: Vec<_> = events.iter().chain(&details.events).collect();
    if !details.events.is_empty() {
        all.sort_by_key(|stored| (stored.event.time, stored.seq));
    }
    let step_of = |id: EventId| details.of_step.get(&id).copied().unwrap_or(id);
    let mut spoken = RapidHashSet::default();
    for stored in all {
        if let Some(side) = said::side(&stored.event, names) {
            drafts.say(stored, side);
        } else if let Some(news) = State::of_delivery(stored, names) {
            drafts.deliver(news);
        } else {
            let turns = agent::turns(&stored.event);
            let step = step_of(stored.event.id);
            if !turns.is_empty() {
                spoken.insert(step);
            } else if agent::talks(&stored.event) {
                silent.insert(step);
            }
            drafts.talk(stored, turns);
        }
    }
    let unrecorded = silent.difference(&spoken).count();
    let mut messages: Vec<_> = drafts.drafts.into_iter().map(Message::from).collect();
    messages.iter_mut().for_each(|message| message.id = step_of(message.id));
    // What a step heard was said before it ended, and maybe before other steps did.
    messages.sort_by_key(|message| message.time);
    Transcript { messages, unrecorded }
}

/// What one event says, where it says anything.
pub(crate) fn said_in(event: &Event, names: &Catalogue) -> Option<String> {
    if said::side(event, names).is_some() {
        return Some(said::text(event)).filter(|text| !text.is_empty());
    }
    let turns = agent::turns(event);
    // The last words: what a model answered, or else what it was asked.
    let words =
        |turns: &[Turn]| turns.iter().rfind(|turn| turn.kind == Kind::Words).map(|turn| turn.text.clone());
    words(&turns.answered).or_else(|| words(&turns.heard)).map(said::cut)
}

#[derive(Default)]
struct Drafts<'a> {
    drafts: Vec<Draft<'a>>,
    /// The places of those with an id.
    by_id: RapidHashMap<String, usize>,
    threads: Threads,
    /// Messages of persons that no agent's record repeated yet, and how often.
    heard: RapidHashMap<Key, usize>,
    /// The places of agents' answers that no message to a person tells of yet.
    answers: RapidHashMap<Key, usize>,
}

impl<'a> Drafts<'a> {
    fn say(&mut self, stored: &'a StoredEvent, side: Side) {
        let id = said::message_id(&stored.event);
        let known =
            id.as_ref().and_then(|id| self.by_id.get(id)).and_then(|place| self.drafts.get_mut(*place));
        match known {
            // Two events may say one message: a journey that waits for it, and the chatbot that gets it.
            Some(draft) if draft.said && draft.is_another(stored, side) => self.say_new(stored, side, None),
            Some(draft) if draft.said => {}
            Some(draft) => (draft.told_by, draft.said, draft.side) = (stored, true, side),
            None => self.say_new(stored, side, id),
        }
    }

    /// A message that no other event said; a model may have: the agent that answers by it, or heard it.
    fn say_new(&mut self, stored: &'a StoredEvent, side: Side, id: Option<String>) {
        let speaker = if side == Side::Person { Speaker::Person } else { Speaker::Agent };
        let key = Key::new(&Turn { speaker, kind: Kind::Words, text: said::text(&stored.event) });
        let state = State::of_saying(stored).filter(|_| side == Side::Company);
        let answered = self.answers.remove(&key).filter(|_| side == Side::Company);
        if let Some((place, draft)) = answered.and_then(|place| Some((place, self.drafts.get_mut(place)?))) {
            (draft.told_by, draft.has_id, draft.state, draft.turn) = (stored, id.is_some(), state, None);
            self.by_id.extend(id.map(|id| (id, place)));
            return;
        }
        if side == Side::Person {
            *self.heard.entry(key).or_insert(0) += 1;
        }
        self.push(Draft { told_by: stored, said: true, side, has_id: id.is_some(), state, turn: None }, id);
    }

    /// Adds the turns of an agent's record that no record before had.
    fn talk(&mut self, stored: &'a StoredEvent, turns: agent::Turns) {
        if turns.is_empty() {
            return;
        }
        let trace = stored.event.value(Column::TraceId).unwrap_or_default();
        for new in self.threads.new_of(trace, turns) {
            let key = Key::new(&new.turn);
            if let Some(times) = self.heard.get_mut(&key).filter(|times| **times > 0) {
                *times -= 1;
                continue;
            }
            let side = if new.turn.speaker == Speaker::Person { Side::Person } else { Side::Company };
            let is_answer = new.turn.speaker == Speaker::Agent && new.turn.kind == Kind::Words;
            let turn = Some(new);
            let draft = Draft { told_by: stored, said: true, side, has_id: false, state: None, turn };
            let place = self.push(draft, None);
            if is_answer {
                self.answers.insert(key, place);
            }
        }
    }

    fn deliver(&mut self, news: State<'a>) {
        let id = said::message_id(&news.event.event);
        let known = id.as_ref().and_then(|id| self.by_id.get(id).copied());
        let place = match known.or_else(|| unnamed(&self.drafts, news, id.is_some())) {
            Some(place) => {
                // Later news of this id are about the same message.
                self.by_id.extend(id.map(|id| (id, place)));
                place
            }
            None => {
                let (told_by, has_id) = (news.event, id.is_some());
                self.push(
                    Draft { told_by, said: false, side: Side::Company, has_id, state: None, turn: None },
                    id,
                )
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
fn unnamed(drafts: &[Draft<'_>], news: State<'_>, has_id: bool) -> Option<usize> {
    let channel = news.event.event.value(Column::Channel);
    let same_channel = |draft: &Draft<'_>| match (draft.told_by.event.value(Column::Channel), channel) {
        (Some(told), Some(news)) => told == news,
        _ => true,
    };
    let skipped = drafts.len().saturating_sub(LOOK_BACK);
    let latest = drafts.get(skipped..)?.iter().rposition(|draft| {
        draft.side == Side::Company && same_channel(draft) && !draft.is_another(news.event, Side::Company)
    })?;
    let draft = drafts.get(skipped + latest)?;
    let waited = news.event.event.time.0.saturating_sub(draft.told_by.event.time.0);
    let fits = if draft.state.is_some() { !has_id } else { waited <= JOIN_NANOS };
    let is_told_again = draft.state.is_some_and(|state| news.repeats(state) && draft.differs(news.event));
    (!draft.has_id && fits && !is_told_again).then_some(skipped + latest)
}

impl Draft<'_> {
    /// Whether an event is about another message than this one: of another side or person, or with other words.
    fn is_another(&self, stored: &StoredEvent, side: Side) -> bool {
        let (told, event) = (&self.told_by.event, &stored.event);
        let is_other = |[told, now]: [Option<&str>; 2]| told.is_some() && now.is_some() && told != now;
        let words = said::stated(event).filter(|_| self.turn.is_none());
        self.side != side
            || is_other([told, event].map(|event| event.value(Column::Person)))
            || is_other([said::stated(told).as_deref(), words.as_deref()])
    }

    /// Whether an event has other words than all that is known of this message.
    fn differs(&self, stored: &StoredEvent) -> bool {
        let words = said::text(&stored.event);
        let first = match &self.turn {
            Some(new) => new.turn.text.clone(),
            None => said::text(&self.told_by.event),
        };
        let last = self.state.map(|state| said::text(&state.event.event));
        let mut known = std::iter::once(first).chain(last);
        !words.is_empty() && known.all(|known| !known.is_empty() && known != words)
    }
}

impl<'a> From<Draft<'a>> for Message<'a> {
    fn from(draft: Draft<'a>) -> Self {
        let Draft { told_by: stored, side, state, turn, .. } = draft;
        let event = &stored.event;
        let (person, company) = (Party::person(event), Party::company(event));
        let (from, to) = match side {
            Side::Person => (person, Some(company)),
            Side::Company => (company, event.value(Column::Person).is_some().then_some(person)),
        };
        let mut message = Self {
            id: event.id,
            time: event.time,
            from,
            to,
            channel: event.value(Column::Channel),
            kind: MessageKind::Words,
            tool: None,
            text: String::new(),
            delivery: state.map(|state| state.delivery),
            delivery_time: state.map(|state| Shown(state.event.event.time)),
            delivery_event: state.map(|state| Shown(state.event.event.id)),
            reason: state.and_then(|state| state.reason()),
        };
        match turn {
            None => message.text = said::text(event),
            Some(new) => message.turn(event, new),
        }
        message
    }
}

impl<'a> Message<'a> {
    /// Says what an agent's record tells.
    fn turn(&mut self, event: &'a Event, New { turn, heard }: New) {
        let agent = Party::agent(event);
        self.text = said::cut(turn.text);
        if let (true, Some(nanos)) = (heard, event.duration_nanos) {
            self.time = UnixNanos(event.time.0.saturating_sub_unsigned(nanos));
        }
        match turn.kind {
            Kind::Words if turn.speaker == Speaker::Person => self.to = Some(agent),
            Kind::Words if turn.speaker == Speaker::Tool => self.from = Party::tool(),
            Kind::Words => self.from = agent,
            // The channel of the talk leads to the person, and not to tools.
            Kind::Call(name) => {
                self.channel = None;
                (self.kind, self.tool) = (MessageKind::ToolCall, Some(name));
                (self.from, self.to) = (agent, Some(Party::tool()));
            }
            Kind::Result(name) => {
                self.channel = None;
                (self.kind, self.tool) = (MessageKind::ToolResult, name);
                (self.from, self.to) = (Party::tool(), Some(agent));
            }
        }
    }
}
