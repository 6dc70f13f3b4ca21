//! The event names that steplog knows, with what people read in their place. The set of names
//! stays open: a name that is not here is an event like any other.

use std::collections::BTreeMap;

use rapidhash::RapidHashMap;
use serde::{Deserialize, Serialize};

/// What is known about an event name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KnownEvent {
    /// The name, as senders write it: `journey.started`.
    pub name: String,
    /// What the page calls it.
    pub label: String,
    /// One sentence for somebody who sees it for the first time.
    pub description: String,
    /// The context it belongs to, one of [`crate::status::CONTEXTS`].
    pub context: String,
    /// The name of one of the page's icons.
    pub icon: String,
    /// The name of the event that this one ends; the two make one span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finishes: Option<String>,
    /// The names of the events that end what this one starts; empty for an event without a partner.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub finished_by: Vec<String>,
    /// Whether it starts a whole object, which is entered at one element and left at another: its finish is
    /// found whatever the elements of the two.
    #[serde(skip)]
    pub whole: bool,
    /// Who speaks, where the event is something said to the other side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said_by: Option<Side>,
    /// What the event says of a message on its way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
}

/// The two sides of a talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The customer.
    Person,
    /// Whoever answers for the company: a chatbot, an agent, a colleague, a journey.
    Company,
}

/// How far a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Taken, and on its way.
    Accepted,
    /// Handed to the person's provider.
    Sent,
    /// It did not, or will not, arrive.
    Failed,
    /// On the person's device.
    Delivered,
    /// Opened by the person.
    Seen,
    /// The person followed a link of it.
    Clicked,
}

/// The known event names. Iterates in the order of contexts, then of names.
#[derive(Clone, Debug)]
pub struct Catalogue {
    events: Vec<KnownEvent>,
    places: RapidHashMap<String, usize>,
}

/// The catalogue's file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    context: BTreeMap<String, BTreeMap<String, Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    label: String,
    description: String,
    icon: String,
    finishes: Option<String>,
    #[serde(default)]
    whole: bool,
    said_by: Option<Side>,
    delivery: Option<Delivery>,
}

impl Catalogue {
    /// The catalogue that comes with steplog, `catalogue.toml` beside this file.
    #[must_use]
    pub fn built_in() -> Self {
        let file: File = toml::from_str(include_str!("catalogue.toml"))
            .expect("the built-in catalogue is well-formed, a test reads it");
        Self::new(file)
    }

    fn new(mut file: File) -> Self {
        let mut events = Vec::new();
        // The page's order first; contexts that it does not know come after.
        for context in crate::status::CONTEXTS {
            let known = file.context.remove_entry(context);
            events.extend(known.into_iter().flat_map(|(context, names)| known_events(context, names)));
        }
        events.extend(file.context.into_iter().flat_map(|(context, names)| known_events(context, names)));
        let places: RapidHashMap<_, _> =
            events.iter().enumerate().map(|(place, event)| (event.name.clone(), place)).collect();
        for place in 0..events.len() {
            let KnownEvent { name, finishes, .. } = &events[place];
            let starter = finishes.as_ref().and_then(|starter| places.get(starter).copied());
            let name = name.clone();
            if let Some(starter) = starter {
                events[starter].finished_by.push(name);
            }
        }
        Self { events, places }
    }

    /// What is known about a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&KnownEvent> {
        self.places.get(name).map(|place| &self.events[*place])
    }

    /// All known names.
    pub fn iter(&self) -> std::slice::Iter<'_, KnownEvent> {
        self.events.iter()
    }
}

impl<'a> IntoIterator for &'a Catalogue {
    type Item = &'a KnownEvent;
    type IntoIter = std::slice::Iter<'a, KnownEvent>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

fn known_events(context: String, names: BTreeMap<String, Entry>) -> impl Iterator<Item = KnownEvent> {
    names.into_iter().map(move |(name, entry)| KnownEvent {
        name,
        label: entry.label,
        description: entry.description,
        context: context.clone(),
        icon: entry.icon,
        finishes: entry.finishes,
        finished_by: Vec::new(),
        whole: entry.whole,
        said_by: entry.said_by,
        delivery: entry.delivery,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::CONTEXTS;

    #[test]
    fn the_built_in_catalogue_is_whole() {
        let catalogue = Catalogue::built_in();
        for context in CONTEXTS {
            let count = catalogue.iter().filter(|event| event.context == context).count();
            assert!(count >= 10, "{context} has {count} events");
        }
        for event in &catalogue {
            assert!(CONTEXTS.contains(&&*event.context), "{}", event.name);
            assert_eq!(catalogue.get(&event.name), Some(event));
            assert!(!event.label.is_empty() && event.description.ends_with('.'), "{}", event.name);
            assert!(event.name.contains('.') && !event.name.contains(' '), "{}", event.name);
        }
        assert_eq!(catalogue.get("acme.unheard_of"), None);
    }

    #[test]
    fn pairs_know_each_other() {
        let catalogue = Catalogue::built_in();
        for event in &catalogue {
            if let Some(starter) = &event.finishes {
                let starter = catalogue.get(starter).unwrap_or_else(|| panic!("{starter} is no event"));
                assert!(starter.finished_by.contains(&event.name), "{}", event.name);
            }
        }
        let started = catalogue.get("chatbot.session.started").unwrap();
        let finished_by = ["chatbot.session.ended", "chatbot.session.expired", "chatbot.transferred"];
        assert_eq!(started.finished_by, finished_by);
        for event in catalogue.iter().filter(|event| event.whole) {
            assert!(!event.finished_by.is_empty(), "{} has no finish", event.name);
        }
    }
}
