//! Many interactions at once, cut into batches: the events of all of them in the order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use bytes::Bytes;
use steplog_model::record::wire::{put_bytes_field, put_message_field};
use steplog_model::time::{NANOS_PER_SECOND, UnixNanos};

use super::encode::{put_attribute, put_record};
use super::scenes::SERVICES;
use super::story::{Averages, EventKey, Happening, Interaction, Outline};
use super::words::Words;

/// The number of the interaction that is longer than all others.
pub const LONG_INTERACTION: u64 = u64::MAX;

/// When the events happen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Times {
    /// Now, whenever a batch is made; about so many interactions run beside each other.
    Live {
        /// Interactions that are on their way at any moment.
        running: u32,
    },
    /// Spread evenly over a span that has passed.
    Spread {
        /// The span's start.
        from: UnixNanos,
        /// The span's end; no event is later.
        to: UnixNanos,
        /// The number of events that fill the span.
        events: u64,
    },
}

/// What decides the content of a stream of events.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Equal seeds give equal interactions.
    pub seed: u64,
    /// How many people there are.
    pub persons: u32,
    /// When the events happen.
    pub times: Times,
    /// Whether each event carries its own id as `log.record.uid`.
    pub uids: bool,
}

/// One export request, ready to be sent any number of times.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The encoded `ExportLogsServiceRequest`.
    pub request: Bytes,
    /// The events in it, in the order in which they happened.
    pub events: Vec<Outline>,
}

/// An endless sequence of batches.
#[derive(Debug)]
pub struct Stream {
    plan: Plan,
    words: Words,
    running: Vec<Option<(Interaction, Happening)>>,
    free: Vec<usize>,
    due: BinaryHeap<Reverse<(i64, usize)>>,
    next_number: u64,
    /// When the next interaction starts, in nanoseconds: after the share of time that those before it take.
    next_start: f64,
    /// The time for one event; an interaction takes that of an average one until it has ended, then its own.
    event_nanos: f64,
    average_events: f64,
    /// The time of the last event.
    clock_nanos: i64,
    pace: f64,
    batches: u64,
}

impl Stream {
    /// The stream of a plan, from its first interaction.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        let averages = Averages::of(plan.seed);
        let (start, event_nanos, pace) = match plan.times {
            Times::Live { running } => {
                (0.0, averages.length_nanos / f64::from(running.max(1)) / averages.events, 1.0)
            }
            Times::Spread { from, to, events } => {
                let span = (to.0.saturating_sub(from.0)).max(NANOS_PER_SECOND) as f64;
                // In a short span people hurry, so that most interactions fit into it.
                let pace = (span / 4.0 / averages.length_nanos).min(1.0);
                (from.0 as f64, (span - averages.length_nanos * pace) / events.max(1) as f64, pace)
            }
        };
        Self {
            plan,
            words: Words::default(),
            running: Vec::new(),
            free: Vec::new(),
            due: BinaryHeap::new(),
            next_number: 0,
            next_start: start,
            event_nanos,
            average_events: averages.events,
            clock_nanos: start as i64,
            pace,
            batches: 0,
        }
    }

    /// The same with one interaction among the others that goes on for all of the span and has about so many events:
    /// it ends with the route that has the last of them. They are among those that fill the span; a live stream has none such.
    #[must_use]
    pub fn with_long_interaction(mut self, events: u32) -> Self {
        let Times::Spread { from, to, events: all } = self.plan.times else { return self };
        let long = |start, pace| {
            Interaction::new(self.plan.seed, LONG_INTERACTION, self.plan.persons, start, pace)
                .going_on_for(events)
        };
        // How long its own route takes, which it goes again and again.
        let mut rehearsal = long(0, 1.0);
        let nanos = std::iter::from_fn(|| rehearsal.next()).last().map_or(1, |last| last.time_nanos);
        let span = to.0.saturating_sub(from.0) as f64;
        // A little less, so that it has ended when the others do, however the draws fall.
        let mut long = long(from.0, span * 0.97 / nanos as f64);
        // What it takes is no longer there for the others.
        self.event_nanos *= all as f64 / all.saturating_sub(events.into()).max(1) as f64;
        if let Some(first) = long.next() {
            self.due.push(Reverse((first.time_nanos, self.running.len())));
            self.running.push(Some((long, first)));
        }
        self
    }

    /// The next `events` events as one request; `now` is their time in a live stream.
    #[must_use]
    pub fn batch(&mut self, events: usize, now: UnixNanos) -> Batch {
        let mut records: [Vec<u8>; SERVICES.len()] = Default::default();
        let mut outlines = Vec::with_capacity(events);
        for place in 0..events {
            self.start_interactions();
            let Some(Reverse((due, slot))) = self.due.pop() else { break };
            self.clock_nanos = due;
            let Some((mut interaction, mut happening)) = self.running.get_mut(slot).and_then(Option::take)
            else {
                continue;
            };
            happening.time_nanos = match self.plan.times {
                // A microsecond apart, so that equal times are the exception that they are in life.
                Times::Live { .. } => now.0.saturating_sub((events - place) as i64 * 1_000),
                Times::Spread { to, .. } => happening.time_nanos.min(to.0),
            };
            // Live events come when they are sent: none took longer than the time since the one before.
            if let (Times::Live { .. }, Some(told)) = (self.plan.times, interaction.told_nanos) {
                let passed = u64::try_from(happening.time_nanos.saturating_sub(told)).unwrap_or_default();
                happening.duration_nanos = happening.duration_nanos.map(|nanos| nanos.min(passed));
            }
            interaction.told_nanos = Some(happening.time_nanos);
            let key = EventKey { interaction: interaction.number, sequence: happening.sequence };
            let uid = self.plan.uids.then(|| key.uid(self.plan.seed));
            if let Some(out) = records.get_mut(happening.scene.service) {
                // ScopeLogs.log_records
                put_message_field(out, 2, |out| {
                    put_record(out, &mut interaction, &happening, uid, &self.words)
                });
            }
            let time = UnixNanos(happening.time_nanos);
            let (person, group) = (interaction.person_number, happening.group());
            outlines.push(Outline { key, time, person, group });
            self.put_back(slot, interaction);
        }
        self.batches += 1;
        Batch { request: assemble(&records, self.batches), events: outlines }
    }

    /// Starts the interactions that begin before the next event of the running ones.
    fn start_interactions(&mut self) {
        while self.due.peek().is_none_or(|Reverse((due, _))| self.next_start < *due as f64) {
            let start = (self.next_start as i64).max(self.clock_nanos);
            let interaction =
                Interaction::new(self.plan.seed, self.next_number, self.plan.persons, start, self.pace);
            self.next_number += 1;
            self.next_start += self.event_nanos * self.average_events;
            let slot = self.free.pop().unwrap_or_else(|| {
                self.running.push(None);
                self.running.len() - 1
            });
            self.put_back(slot, interaction);
        }
    }

    /// Keeps an interaction until its next event, or drops it at its end.
    fn put_back(&mut self, slot: usize, mut interaction: Interaction) {
        match interaction.next() {
            Some(next) => {
                self.due.push(Reverse((next.time_nanos, slot)));
                if let Some(place) = self.running.get_mut(slot) {
                    *place = Some((interaction, next));
                }
            }
            None if interaction.number == LONG_INTERACTION => self.free.push(slot),
            None => {
                // Without this, a sample's error in the average would add up, and a spread end early or late.
                self.next_start += self.event_nanos * (f64::from(interaction.events()) - self.average_events);
                self.free.push(slot);
            }
        }
    }
}

/// The `ExportLogsServiceRequest` of the records of each service.
fn assemble(records: &[Vec<u8>; SERVICES.len()], batch: u64) -> Bytes {
    let mut out = Vec::with_capacity(records.iter().map(Vec::len).sum::<usize>() + 2_048);
    for (place, (records, (service, version, scope))) in records.iter().zip(SERVICES).enumerate() {
        if records.is_empty() {
            continue;
        }
        let instance = (batch + place as u64) % 3;
        put_message_field(&mut out, 1, |out| {
            put_message_field(out, 1, |out| put_resource(out, service, version, instance));
            put_message_field(out, 2, |out| {
                put_message_field(out, 1, |out| {
                    put_bytes_field(out, 1, scope.as_bytes());
                    put_bytes_field(out, 2, version.as_bytes());
                });
                out.extend_from_slice(records);
            });
        });
    }
    out.into()
}

fn put_resource(out: &mut Vec<u8>, service: &str, version: &str, instance: u64) {
    let host = format!("{service}-{instance}");
    let attributes = [
        ("service.name", service),
        ("service.version", version),
        ("service.instance.id", &*host),
        ("deployment.environment.name", "demo"),
        ("cloud.region", "eu-west"),
    ];
    for (key, value) in attributes {
        put_attribute(out, 1, key, |out| put_bytes_field(out, 1, value.as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    use opentelemetry_proto::tonic::logs::v1::LogRecord;
    use prost::Message as _;
    use steplog_model::time::NANOS_PER_DAY;

    use super::*;

    fn spread(events: u64) -> Plan {
        let times = Times::Spread { from: UnixNanos(0), to: UnixNanos(NANOS_PER_DAY), events };
        Plan { seed: 5, persons: 1_000_000, times, uids: true }
    }

    fn records(batch: &Batch) -> Vec<LogRecord> {
        let request = ExportLogsServiceRequest::decode(batch.request.clone()).unwrap();
        let scopes = request.resource_logs.into_iter().flat_map(|resource| resource.scope_logs);
        scopes.flat_map(|scope| scope.log_records).collect()
    }

    #[test]
    fn a_spread_is_filled_evenly_and_in_order() {
        let mut stream = Stream::new(spread(20_000));
        let mut keys = HashSet::new();
        let mut quarters = [0_u32; 4];
        let mut newest = 0;
        for _ in 0..40 {
            let batch = stream.batch(500, UnixNanos(0));
            keys.extend(batch.events.iter().map(|event| event.key));
            let records = records(&batch);
            assert_eq!(records.len(), 500);
            let times = records.iter().map(|record| record.time_unix_nano as i64);
            assert!(times.clone().min().unwrap() >= newest, "batches follow each other in time");
            newest = times.clone().max().unwrap();
            times.for_each(|time| quarters[(time * 4 / (NANOS_PER_DAY + 1)) as usize] += 1);
        }
        assert_eq!(keys.len(), 20_000, "no event comes twice");
        assert!(quarters.iter().all(|events| (4_400..5_600).contains(events)), "{quarters:?}");
    }

    #[test]
    fn a_long_interaction_goes_on_among_the_others() {
        let mut stream = Stream::new(spread(20_000)).with_long_interaction(1_000);
        let events: Vec<_> = (0..40).flat_map(|_| stream.batch(500, UnixNanos(0)).events).collect();
        assert!(events.is_sorted_by_key(|event| event.time));
        let newest = events.last().unwrap().time.0;
        assert!((NANOS_PER_DAY / 100 * 97..NANOS_PER_DAY).contains(&newest), "{newest}");
        let long: Vec<_> = events.iter().filter(|event| event.key.interaction == LONG_INTERACTION).collect();
        assert!((800..=1_040).contains(&long.len()), "{} events", long.len());
        assert!(long.iter().zip(1..).all(|(event, sequence)| event.key.sequence == sequence));
        let halves = long.iter().filter(|event| event.time.0 < NANOS_PER_DAY / 2).count();
        assert!((350..650).contains(&halves), "{halves} in the first half");
    }

    #[test]
    fn spreads_of_all_seeds_end_where_they_shall() {
        for seed in 0..20 {
            let records = records(&Stream::new(Plan { seed, ..spread(5_000) }).batch(5_000, UnixNanos(0)));
            let newest = records.iter().map(|record| record.time_unix_nano as i64).max().unwrap();
            // Before the end, so that none had to be moved there, and at most 3 % before it.
            assert!((NANOS_PER_DAY / 100 * 97..NANOS_PER_DAY).contains(&newest), "seed {seed}: {newest}");
        }
    }

    #[test]
    fn events_are_about_nine_hundred_bytes() {
        let plan = Plan { uids: false, ..spread(20_000) };
        let batch = Stream::new(plan).batch(5_000, UnixNanos(0));
        let average = batch.request.len() / 5_000;
        assert!((850..1_050).contains(&average), "{average} bytes");
    }

    #[test]
    fn equal_plans_give_equal_bytes() {
        let make = |seed| Stream::new(Plan { seed, ..spread(1_000) }).batch(300, UnixNanos(0)).request;
        assert_eq!(make(1), make(1));
        assert_ne!(make(1), make(2));
    }

    #[test]
    fn live_events_happen_now() {
        let plan = Plan { times: Times::Live { running: 50 }, ..spread(0) };
        let now = UnixNanos(NANOS_PER_DAY * 20_000);
        for record in records(&Stream::new(plan).batch(2_000, now)) {
            let age = now.0 - record.time_unix_nano as i64;
            assert!((0..=2_000_000).contains(&age), "{age} ns");
        }
    }

    #[test]
    fn no_step_takes_longer_than_the_time_since_the_one_before() {
        let live = Plan { times: Times::Live { running: 5 }, ..spread(0) };
        let hurried =
            Times::Spread { from: UnixNanos(0), to: UnixNanos(600 * NANOS_PER_SECOND), events: 1_000 };
        for plan in [live, spread(1_000), Plan { times: hurried, ..spread(0) }] {
            let (mut stream, mut before) = (Stream::new(plan), std::collections::HashMap::new());
            let mut durations = 0;
            for second in 1..=1_000 {
                for record in records(&stream.batch(1, UnixNanos(second * 10 * NANOS_PER_SECOND))) {
                    let values = |key: &str| {
                        let mut all = record.attributes.iter().filter(|attribute| attribute.key == key);
                        all.next().and_then(|attribute| attribute.value.as_ref()?.value.clone())
                    };
                    let interaction = format!("{:?}", values("steplog.interaction.id"));
                    let (time, before) =
                        (record.time_unix_nano, before.insert(interaction, record.time_unix_nano));
                    let (Some(before), Some(Value::IntValue(nanos))) =
                        (before, values("steplog.event.duration"))
                    else {
                        continue;
                    };
                    durations += 1;
                    assert!(nanos.cast_unsigned() <= time - before, "{plan:?}: {nanos} of {}", time - before);
                }
            }
            assert!(durations > 50, "{plan:?}: {durations}");
        }
    }

    #[test]
    fn records_say_what_their_outlines_say() {
        let batch = Stream::new(spread(1_000)).batch(200, UnixNanos(0));
        let text = |record: &LogRecord, key: &str| {
            let attribute = record.attributes.iter().find(|attribute| attribute.key == key).unwrap();
            format!("{:?}", attribute.value.as_ref().unwrap().value.as_ref().unwrap())
        };
        let told: HashSet<_> = records(&batch)
            .iter()
            .map(|record| {
                let keys = ["log.record.uid", "steplog.interaction.id", "steplog.person.id"];
                let columns = ["steplog.event.status", "steplog.object.name", "steplog.object.version"];
                let texts = keys.into_iter().chain(columns).map(|key| text(record, key));
                (record.time_unix_nano as i64, record.event_name.clone(), texts.collect::<Vec<_>>())
            })
            .collect();
        let want: HashSet<_> = batch
            .events
            .iter()
            .map(|Outline { key, time, person, group }| {
                let keys =
                    [format!("{:032x}", key.uid(5)), key.interaction_id(5), Outline::person_id(*person)];
                let columns = [group.status, group.object, group.version].map(str::to_owned);
                let texts = keys.into_iter().chain(columns).map(|text| format!("StringValue({text:?})"));
                (time.0, group.event.to_owned(), texts.collect::<Vec<_>>())
            })
            .collect();
        assert_eq!(told, want);
    }
}
