//! Which turns of an event are new: a model call repeats the whole talk before it, and an agent's run its calls.
//!
//! Of a turn that an event has n times, as often as it was said before is known. Each trace is a thread of its own,
//! unless its first event repeats answers of a thread before: then it goes on with that one.

use rapidhash::RapidHashMap;

use super::agent::{Kind, Speaker, Turn, Turns};

/// What makes turns the same: how tools were called, and by what, differs between those who tell of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    speaker: Speaker,
    call: Option<String>,
    text: String,
}

impl Key {
    pub(super) fn new(turn: &Turn) -> Self {
        let call = match &turn.kind {
            Kind::Call(name) => Some(name.clone()),
            Kind::Words | Kind::Result(_) => None,
        };
        // Spaces are laid out differently by each of them.
        let text = turn.text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { speaker: turn.speaker, call, text }
    }
}

/// A turn that is new, and whether it was there when its step began.
pub(super) struct New {
    pub(super) turn: Turn,
    pub(super) heard: bool,
}

#[derive(Default)]
pub(super) struct Threads {
    said: Vec<RapidHashMap<Key, usize>>,
    of_trace: RapidHashMap<String, usize>,
}

impl Threads {
    /// The turns of an event that are new, in order.
    pub(super) fn new_of(&mut self, trace: &str, turns: Turns) -> Vec<New> {
        let thread = self.thread(trace, &turns);
        let Some(said) = self.said.get_mut(thread) else { return Vec::new() };
        let mut here: RapidHashMap<Key, usize> = RapidHashMap::default();
        let all = turns.heard.into_iter().map(|turn| New { turn, heard: true });
        let all = all.chain(turns.answered.into_iter().map(|turn| New { turn, heard: false }));
        all.filter(|new| {
            let key = Key::new(&new.turn);
            let times = here.entry(key.clone()).or_insert(0);
            *times += 1;
            let known = said.entry(key).or_insert(0);
            let is_new = *times > *known;
            *known = (*known).max(*times);
            is_new
        })
        .collect()
    }

    fn thread(&mut self, trace: &str, turns: &Turns) -> usize {
        if let Some(thread) = self.of_trace.get(trace) {
            return *thread;
        }
        let answers: Vec<Key> =
            turns.heard.iter().filter(|turn| turn.speaker == Speaker::Agent).map(Key::new).collect();
        let goes_on = self.said.iter().rposition(|said| answers.iter().any(|key| said.contains_key(key)));
        let thread = goes_on.unwrap_or_else(|| {
            self.said.push(RapidHashMap::default());
            self.said.len() - 1
        });
        self.of_trace.insert(trace.to_owned(), thread);
        thread
    }
}
