//! Where it goes wrong: events grouped by object, version and element.

use crate::sketch::{Distinct, Durations, Firsts};
use crate::time::UnixNanos;

use super::{Position, Query};

/// A question for groups of events.
#[derive(Clone, Debug, PartialEq)]
pub struct HotspotsRequest {
    /// Which events.
    pub query: Query,
    /// Whether versions are divided further by element.
    pub elements: bool,
}

/// What the events of a group have in common; `None` for events that have no such value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey {
    /// The journey, chatbot, agent, …
    pub object: Option<String>,
    /// Its context.
    pub occurred_in: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The step; always `None` where the request does not ask for elements.
    pub element: Option<String>,
}

/// What the events of a group amount to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupStats {
    /// How many.
    pub events: u64,
    /// Those that failed or timed out; see [`status::went_wrong`](crate::status::went_wrong).
    pub failures: u64,
    /// Those that are no failure, since what was waited for did not happen.
    pub waits_over: u64,
    /// Those that belong to no interaction.
    pub alone: u64,
    /// Failures among those.
    pub alone_failures: u64,
    /// The time of the first.
    pub first: UnixNanos,
    /// The time of the last.
    pub last: UnixNanos,
    /// How long those took that tell it.
    pub durations: Durations,
    /// The interactions that they belong to.
    pub interactions: Distinct,
    /// The interactions in which one of them failed, and the first of each that did.
    pub failed: Firsts<Position>,
}

impl Default for GroupStats {
    fn default() -> Self {
        Self {
            events: 0,
            failures: 0,
            waits_over: 0,
            alone: 0,
            alone_failures: 0,
            first: UnixNanos::MAX,
            last: UnixNanos::MIN,
            durations: Durations::default(),
            interactions: Distinct::default(),
            failed: Firsts::default(),
        }
    }
}

impl GroupStats {
    /// How many durations and interactions it keeps apart: what it takes of memory.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.durations.entries() + self.interactions.entries() + self.failed.entries()
    }

    /// Adds those of another group.
    pub fn join(&mut self, other: &Self) {
        self.events += other.events;
        self.failures += other.failures;
        self.waits_over += other.waits_over;
        self.alone += other.alone;
        self.alone_failures += other.alone_failures;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.durations.join(&other.durations);
        self.interactions.join(&other.interactions);
        self.failed.join(&other.failed);
    }

    /// How many interactions there are. An event that belongs to none counts as one of its own.
    #[must_use]
    pub fn interaction_count(&self) -> u64 {
        // Where both are estimates, the part must not exceed the whole.
        self.interactions.count().max(self.failed.count()) + self.alone
    }

    /// In how many of them something failed.
    #[must_use]
    pub fn failed_interaction_count(&self) -> u64 {
        self.failed.count() + self.alone_failures
    }
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What its events have in common.
    pub key: GroupKey,
    /// The element type of its last event, where elements are asked for and that event has one.
    pub element_type: Option<String>,
    /// What they amount to.
    pub stats: GroupStats,
}

/// The answer to a [`HotspotsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hotspots {
    /// The groups that have events, in the order of their keys.
    pub groups: Vec<Group>,
    /// `false` where a part of the store could not be read.
    pub complete: bool,
}
