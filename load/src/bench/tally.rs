//! What was sent, counted by the generator's own account: what the answers are held to.

use std::collections::{BTreeMap, HashMap};

use steplog_model::column::Column;
use steplog_model::time::{NANOS_PER_DAY, UnixNanos};

use crate::generate::{EventKey, Group, Outline};

/// Which part of what was sent a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// All of it.
    All,
    /// Its last 24 hours.
    LastDay,
}

/// A condition as a parameter states it: the column's name, and a value or `!value`.
pub type Condition = (&'static str, String);

/// Counts of what was sent.
#[derive(Clone, Debug)]
pub struct Tally {
    last_day_from: UnixNanos,
    groups: HashMap<Group, Counts>,
    interactions: HashMap<(u64, u64), u32>,
    persons: HashMap<u32, u32>,
    days: BTreeMap<i64, u64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    all: u64,
    last_day: u64,
}

impl Counts {
    const fn of(self, span: Span) -> u64 {
        match span {
            Span::All => self.all,
            Span::LastDay => self.last_day,
        }
    }
}

impl Tally {
    /// An empty count of what ends at `to`.
    #[must_use]
    pub fn new(to: UnixNanos) -> Self {
        Self {
            last_day_from: to.saturating_add(-NANOS_PER_DAY),
            groups: HashMap::new(),
            interactions: HashMap::new(),
            persons: HashMap::new(),
            days: BTreeMap::new(),
        }
    }

    /// Counts events of the stream of a seed.
    pub fn add(&mut self, seed: u64, events: &[Outline]) {
        for event in events {
            let counts = self.groups.entry(event.group).or_default();
            counts.all += 1;
            counts.last_day += u64::from(event.time >= self.last_day_from);
            *self.interactions.entry((seed, event.key.interaction)).or_default() += 1;
            *self.persons.entry(event.person).or_default() += 1;
            *self.days.entry(event.time.0.div_euclid(NANOS_PER_DAY)).or_default() += 1;
        }
    }

    /// How many events there are under all conditions; `None` where that was not counted.
    #[must_use]
    pub fn count(&self, conditions: &[Condition], span: Span) -> Option<u64> {
        if let [(name, value)] = conditions
            && span == Span::All
        {
            match *name {
                "person" => return Some(self.person_events(value)),
                "interaction" => return Some(self.interaction_events(value)),
                _ => {}
            }
        }
        let countable = |(name, _): &Condition| VALUES.iter().any(|(column, _)| column.name() == *name);
        if !conditions.iter().all(countable) {
            return None;
        }
        let passing = self.groups.iter().filter(|(group, _)| passes(group, conditions));
        Some(passing.map(|(_, counts)| counts.of(span)).sum())
    }

    /// Each value of a column with how many events have it, and how many of them under the conditions on other columns.
    #[must_use]
    pub fn values(
        &self,
        column: Column,
        conditions: &[Condition],
        span: Span,
    ) -> Option<BTreeMap<&'static str, (u64, u64)>> {
        let (_, value_of) = VALUES.iter().find(|(known, _)| *known == column)?;
        let others: Vec<_> = conditions.iter().filter(|(name, _)| *name != column.name()).cloned().collect();
        let mut values = BTreeMap::new();
        for (group, counts) in &self.groups {
            let (Some(value), count) = (value_of(group), counts.of(span)) else { continue };
            if count > 0 {
                let (all, matching) = values.entry(value).or_insert((0, 0));
                *all += count;
                *matching += if passes(group, &others) { count } else { 0 };
            }
        }
        Some(values)
    }

    /// The most common group of columns with a status, where it is clear which; else the first of them by name.
    #[must_use]
    pub fn commonest(&self, status: &str) -> Option<Group> {
        let with_status = self.groups.iter().filter(|(group, _)| group.status == status);
        with_status
            .max_by_key(|(group, counts)| (counts.all, std::cmp::Reverse(**group)))
            .map(|(group, _)| *group)
    }

    /// An interaction of the usual length from the middle of all, and how many events it has.
    #[must_use]
    pub fn usual_interaction(&self) -> Option<(String, u32)> {
        let long = |least| self.interactions.iter().filter(move |(_, events)| **events >= least);
        let mut some: Vec<_> = long(8).collect();
        some.sort_unstable();
        let ((seed, number), events) = *some.get(some.len() / 2)?;
        Some((EventKey { interaction: *number, sequence: 0 }.interaction_id(*seed), *events))
    }

    /// The interaction with the most events.
    #[must_use]
    pub fn longest_interaction(&self) -> Option<String> {
        let longest = self.interactions.iter().max_by_key(|(number, events)| (**events, **number));
        longest
            .map(|((seed, number), _)| EventKey { interaction: *number, sequence: 0 }.interaction_id(*seed))
    }

    /// Somebody with a few interactions behind them.
    #[must_use]
    pub fn usual_person(&self) -> Option<String> {
        let mut some: Vec<_> = self
            .persons
            .iter()
            .filter(|(_, events)| (10..=60).contains(*events))
            .map(|(person, _)| *person)
            .collect();
        some.sort_unstable();
        some.get(some.len() / 2).copied().map(Outline::person_id)
    }

    /// Events of all days.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.days.values().sum()
    }

    /// Events of each UTC day, the oldest day first.
    #[must_use]
    pub fn days(&self) -> Vec<u64> {
        self.days.values().copied().collect()
    }

    fn person_events(&self, id: &str) -> u64 {
        let found = self.persons.iter().find(|(person, _)| Outline::person_id(**person) == id);
        found.map_or(0, |(_, events)| u64::from(*events))
    }

    fn interaction_events(&self, id: &str) -> u64 {
        let spelled =
            |seed: u64, number: u64| EventKey { interaction: number, sequence: 0 }.interaction_id(seed);
        let found = self.interactions.iter().find(|((seed, number), _)| spelled(*seed, *number) == id);
        found.map_or(0, |(_, events)| u64::from(*events))
    }
}

type ValueOf = fn(&Group) -> Option<&'static str>;

/// The columns that are counted, and where a group has them.
const VALUES: [(Column, ValueOf); 6] = [
    (Column::Event, |group| Some(group.event)),
    (Column::Status, |group| Some(group.status)),
    (Column::OccurredIn, |group| Some(group.occurred_in)),
    (Column::Object, |group| Some(group.object)),
    (Column::Version, |group| Some(group.version)),
    (Column::Element, |group| group.element),
];

fn passes(group: &Group, conditions: &[Condition]) -> bool {
    conditions.iter().all(|(name, wanted)| {
        let value = VALUES.iter().find(|(column, _)| column.name() == *name).and_then(|(_, of)| of(group));
        match wanted.strip_prefix('!') {
            Some(unwanted) => value != Some(unwanted),
            None => value == Some(wanted),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TO: UnixNanos = UnixNanos(10 * NANOS_PER_DAY);

    fn event(interaction: u64, status: &'static str, days_old: i64) -> Outline {
        let group = Group {
            event: if status == "success" { "step.done" } else { "step.broken" },
            status,
            occurred_in: "journey",
            object: "welcome",
            version: "1",
            element: (status == "success").then_some("Send"),
        };
        let key = EventKey { interaction, sequence: 1 };
        let time = TO.saturating_add(-NANOS_PER_DAY * days_old);
        Outline { key, time, person: 7, group }
    }

    fn tally() -> Tally {
        let mut tally = Tally::new(TO);
        tally.add(1, &[event(1, "success", 0), event(1, "failure", 1), event(2, "failure", 3)]);
        tally.add(2, &[event(1, "success", 3)]);
        tally
    }

    #[test]
    fn events_are_counted_under_conditions_and_spans() {
        #[track_caller]
        fn check(conditions: &[(&'static str, &str)], span: Span, want: Option<u64>) {
            let conditions: Vec<Condition> =
                conditions.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            assert_eq!(tally().count(&conditions, span), want, "{conditions:?} {span:?}");
        }
        check(&[], Span::All, Some(4));
        check(&[], Span::LastDay, Some(2));
        check(&[("status", "failure")], Span::All, Some(2));
        check(&[("status", "!failure")], Span::All, Some(2));
        check(&[("status", "failure"), ("event", "step.broken")], Span::LastDay, Some(1));
        check(&[("element", "!Send")], Span::All, Some(2));
        check(&[("person", "person-0000007")], Span::All, Some(4));
        let id = EventKey { interaction: 1, sequence: 0 }.interaction_id(1);
        check(&[("interaction", &id)], Span::All, Some(2));
        check(&[("q", "word")], Span::All, None);
    }

    #[test]
    fn values_are_counted_under_the_conditions_on_other_columns() {
        let conditions = [("status", "failure".to_owned())];
        let tally = tally();
        let values = |column| tally.values(column, &conditions, Span::All).unwrap();
        assert_eq!(values(Column::Status), [("failure", (2, 2)), ("success", (2, 2))].into());
        assert_eq!(values(Column::Event), [("step.broken", (2, 2)), ("step.done", (2, 0))].into());
        assert_eq!(values(Column::Element), [("Send", (2, 0))].into());
    }
}
