//! One person's interaction: which steps happen, when, and how they end. Deterministic from the seed and the interaction's number.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use steplog_model::status;
use steplog_model::time::{NANOS_PER_SECOND, UnixNanos};

use super::scene::{Failing, Object, Scene, Step, pick};
use super::scenes::{CHANNELS, COLLEAGUES, ROUTES};

/// Which event of the seed's endless sequence of interactions an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey {
    /// The interaction's number, from 0.
    pub interaction: u64,
    /// The event's number within it, from 1: the attribute `steplog.event.sequence`.
    pub sequence: u32,
}

impl EventKey {
    /// The interaction's id, spelled like a UUID.
    #[must_use]
    pub fn interaction_id(self, seed: u64) -> String {
        interaction_id(seed, self.interaction)
    }

    /// The id that the event carries as `log.record.uid` where it carries one.
    #[must_use]
    pub fn uid(self, seed: u64) -> u128 {
        wide(seed, self.interaction, u64::from(self.sequence) << 8 | 7)
    }
}

/// A number that looks random and depends on its arguments alone (splitmix64).
fn mix(seed: u64, index: u64, purpose: u64) -> u64 {
    let mut x =
        seed ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ purpose.wrapping_mul(0xd1b5_4a32_d192_ed03);
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

fn wide(seed: u64, index: u64, purpose: u64) -> u128 {
    u128::from(mix(seed, index, purpose)) << 64 | u128::from(mix(!seed, index, purpose))
}

fn interaction_id(seed: u64, index: u64) -> String {
    let digits = format!("{:032x}", wide(seed, index, 1));
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// The columns of an event whose values are few: what lists of values and filters count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    /// The event's name.
    pub event: &'static str,
    /// How it went.
    pub status: &'static str,
    /// The context.
    pub occurred_in: &'static str,
    /// The object's name.
    pub object: &'static str,
    /// The object's version.
    pub version: &'static str,
    /// The element's name, where the step has an element.
    pub element: Option<&'static str>,
}

/// What an event is about, without its record: enough to count what a store must find again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outline {
    /// Which event it is.
    pub key: EventKey,
    /// When it happens.
    pub time: UnixNanos,
    /// Who it happens to; [`Self::person_id`] spells it.
    pub person: u32,
    /// Its columns.
    pub group: Group,
}

impl Outline {
    /// The person's id.
    #[must_use]
    pub fn person_id(person: u32) -> String {
        format!("person-{person:07}")
    }
}

/// One event as it happened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Happening {
    pub(super) scene: &'static Scene,
    pub(super) step: &'static Step,
    pub(super) object: Object,
    pub(super) version: &'static str,
    /// How it went wrong and why, where it did.
    pub(super) failed: Option<(Failing, &'static str)>,
    pub(super) time_nanos: i64,
    pub(super) duration_nanos: Option<u64>,
    pub(super) sequence: u32,
}

impl Happening {
    /// The columns whose values are few.
    pub(super) fn group(&self) -> Group {
        let (event, status) = match &self.failed {
            Some((failing, _)) => (failing.name, failing.status),
            None => (self.step.name, self.step.status),
        };
        Group {
            event,
            status,
            occurred_in: self.scene.context,
            object: self.object.name,
            version: self.version,
            element: self.step.element.map(|(_, name, _)| name),
        }
    }
}

/// The state of one interaction on its way.
#[derive(Debug)]
pub(super) struct Interaction {
    pub(super) number: u64,
    pub(super) rng: SmallRng,
    pub(super) id: String,
    pub(super) person: String,
    pub(super) person_number: u32,
    pub(super) conversation: String,
    pub(super) trace_id: [u8; 16],
    /// Of the message that is under way or comes next.
    pub(super) message_id: u128,
    seed: u64,
    pub(super) channel: &'static str,
    pub(super) colleague: &'static str,
    route: &'static [&'static Scene],
    scene: usize,
    step: usize,
    object: Option<(Object, &'static str)>,
    /// What the journey is that the person entered: its end is of the same.
    journey: Option<(Object, &'static str)>,
    sequence: u32,
    /// The route begins anew until there were so many events.
    least_events: u32,
    time_nanos: i64,
    /// When its last event was told, in a live stream.
    pub(super) told_nanos: Option<i64>,
    /// Waiting times are multiplied by this, so that an interaction fits into the time there is.
    pace: f64,
}

impl Interaction {
    /// The interaction of a number, starting at a time, of one of `persons` people.
    pub(super) fn new(seed: u64, number: u64, persons: u32, start_nanos: i64, pace: f64) -> Self {
        let mut rng = SmallRng::seed_from_u64(mix(seed, number, 2));
        // Log-uniform: some people are seen every day, most of them once.
        let person = f64::from(persons.max(1)).powf(rng.random::<f64>()) as u32;
        let route = route(&mut rng);
        Self {
            number,
            id: interaction_id(seed, number),
            person: Outline::person_id(person),
            person_number: person,
            conversation: format!("conv-{:012x}", mix(seed, number, 3) >> 16),
            trace_id: wide(seed, number, 4).to_be_bytes(),
            message_id: wide(seed, number, 5),
            seed,
            channel: pick(&CHANNELS, &mut rng).unwrap_or_default(),
            colleague: pick(&COLLEAGUES, &mut rng).unwrap_or_default(),
            rng,
            route,
            scene: 0,
            step: 0,
            object: None,
            journey: None,
            sequence: 0,
            least_events: 0,
            time_nanos: start_nanos,
            told_nanos: None,
            pace,
        }
    }

    /// The same, going its route again and again until there were so many events.
    pub(super) fn going_on_for(self, events: u32) -> Self {
        Self { least_events: events, ..self }
    }

    /// How many events there were so far.
    pub(super) const fn events(&self) -> u32 {
        self.sequence
    }

    /// The next event; `None` once the interaction has ended.
    pub(super) fn next(&mut self) -> Option<Happening> {
        loop {
            if self.scene >= self.route.len() && self.sequence < self.least_events {
                self.scene = 0;
            }
            let scene = *self.route.get(self.scene)?;
            let Some(step) = scene.steps.get(self.step) else {
                self.scene += 1;
                self.step = 0;
                if scene.context == status::MESSAGE {
                    self.message_id = wide(self.seed, self.number, 16 + self.scene as u64);
                }
                if scene.context == status::JOURNEY {
                    self.journey = self.object;
                }
                let goes_on = self.route.get(self.scene).is_some_and(|scene| scene.goes_on);
                self.object = if goes_on { self.journey } else { None };
                continue;
            };
            self.step += 1;
            if self.rng.random_range(0..100) < step.chance {
                return Some(self.happen(scene, step));
            }
        }
    }

    fn happen(&mut self, scene: &'static Scene, step: &'static Step) -> Happening {
        let rng = &mut self.rng;
        let (object, version) = *self.object.get_or_insert_with(|| {
            // A scene always has objects, and an object versions.
            let object = pick(scene.objects, rng).unwrap_or(scene.objects[0]);
            (object, pick(object.versions, rng).unwrap_or_default())
        });
        let (least, most) = step.gap_seconds;
        let gap = rng.random_range(f64::from(least)..=f64::from(most)) * self.pace;
        let gap_nanos = (gap * NANOS_PER_SECOND as f64) as i64;
        let jitter_nanos = rng.random_range(1..2_000_000);
        let factor = if object.weak_version == Some(version) { 4 } else { 1 };
        let failing = step.failing.filter(|failing| rng.random_range(0..1_000) < failing.permille * factor);
        let failed = failing.map(|failing| (failing, pick(failing.reasons, rng).unwrap_or_default()));
        let duration_nanos = step.duration_millis.map(|(least, most)| {
            let micros = rng.random_range(u64::from(least) * 1_000..=u64::from(most) * 1_000);
            (micros as f64 * 1_000.0 * self.pace) as u64
        });
        // An event is told at its end: what it took lies behind the event before.
        self.time_nanos += gap_nanos.max(duration_nanos.unwrap_or_default().cast_signed()) + jitter_nanos;
        if failed.is_some_and(|(failing, _)| failing.ends_scene) {
            self.step = usize::MAX;
        }
        self.sequence += 1;
        let (time_nanos, sequence) = (self.time_nanos, self.sequence);
        Happening { scene, step, object, version, failed, time_nanos, duration_nanos, sequence }
    }
}

fn route(rng: &mut SmallRng) -> &'static [&'static Scene] {
    let whole: u32 = ROUTES.iter().map(|(weight, _)| weight).sum();
    let mut left = rng.random_range(0..whole);
    for (weight, route) in &ROUTES {
        if left < *weight {
            return route;
        }
        left -= weight;
    }
    &[]
}

/// What interactions of a seed are like on average.
#[derive(Clone, Copy, Debug)]
pub(super) struct Averages {
    /// Events of an interaction.
    pub(super) events: f64,
    /// From its first to its last event, in nanoseconds, at pace 1.
    pub(super) length_nanos: f64,
}

impl Averages {
    /// Measured on a few hundred interactions.
    pub(super) fn of(seed: u64) -> Self {
        const SAMPLE: u64 = 400;
        let (mut events, mut length) = (0_u64, 0_i64);
        for number in 0..SAMPLE {
            let mut interaction = Interaction::new(seed, number, 1, 0, 1.0);
            while interaction.next().is_some() {
                events += 1;
            }
            length += interaction.time_nanos;
        }
        Self { events: events as f64 / SAMPLE as f64, length_nanos: length as f64 / SAMPLE as f64 }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn sample() -> Vec<Happening> {
        let mut all = Vec::new();
        for number in 0..2_000 {
            let mut interaction = Interaction::new(9, number, 1_000_000, 0, 1.0);
            all.extend(std::iter::from_fn(|| interaction.next()));
        }
        all
    }

    #[test]
    fn interactions_are_about_twelve_events_in_all_contexts_with_some_failures() {
        let all = sample();
        let per_interaction = all.len() as f64 / 2_000.0;
        assert!((10.0..14.0).contains(&per_interaction), "{per_interaction} events");
        let contexts: BTreeSet<_> = all.iter().map(|happening| happening.scene.context).collect();
        assert_eq!(contexts, status::CONTEXTS.into_iter().collect());
        let failures =
            all.iter().filter(|h| h.failed.is_some_and(|(f, _)| status::is_failure(f.status))).count();
        let share = failures as f64 / all.len() as f64;
        assert!((0.04..0.08).contains(&share), "{share} of the events fail");
    }

    #[test]
    fn a_journey_ends_as_it_began() {
        let mut ended = 0;
        for number in 0..500 {
            let mut interaction = Interaction::new(9, number, 1_000_000, 0, 1.0).going_on_for(60);
            let mut entered = None;
            for happening in std::iter::from_fn(|| interaction.next()) {
                let Group { event, object, version, .. } = happening.group();
                if event == "journey.started" {
                    entered = Some((object, version));
                } else if event == "journey.ended" {
                    assert_eq!(entered, Some((object, version)), "interaction {number}");
                    ended += 1;
                }
            }
        }
        assert!(ended > 500, "{ended}");
    }

    #[test]
    fn a_number_always_gives_the_same_interaction() {
        let tell = |seed| {
            let mut interaction = Interaction::new(seed, 7, 1_000_000, 0, 1.0);
            let steps = std::iter::from_fn(|| interaction.next())
                .map(|h| (h.step.name, h.time_nanos))
                .collect::<Vec<_>>();
            (interaction.id, interaction.person, steps)
        };
        assert_eq!(tell(1), tell(1));
        assert_ne!(tell(1), tell(2));
    }

    #[test]
    fn times_and_sequences_grow() {
        let mut interaction = Interaction::new(3, 3, 10, 0, 0.5);
        let told: Vec<_> = std::iter::from_fn(|| interaction.next()).collect();
        assert!(told.windows(2).all(|pair| pair[0].time_nanos < pair[1].time_nanos));
        assert!(told.iter().zip(1..).all(|(happening, number)| happening.sequence == number));
    }
}
