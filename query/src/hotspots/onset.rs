//! Since when an element fails more often than before.

use serde::Serialize;
use steplog_model::column::Column;
use steplog_model::query::{
    Filter, GroupStats, HistogramRequest, HotspotsRequest, Order, PageRequest, Period, Query, Target,
};
use steplog_model::status;
use steplog_model::store::{Budget, EventStore, StoreError};
use steplog_model::time::{NANOS_PER_SECOND, UnixNanos};

use super::stats::Stats;
use crate::shown::Shown;

/// Of so many elements at most, those with the most first failures. Each takes four questions to the store.
pub(super) const MOST: usize = 3;
/// Fewer interactions that failed are no beginning of anything.
pub(super) const LEAST_FAILED: u64 = 5;

const MINUTE: i64 = 60 * NANOS_PER_SECOND;
/// Into about so many parts a period is cut: five minutes each in a day.
const PARTS: i64 = 288;
/// How much likelier two rates must be than one (logarithm of the ratio). Of a day's 41,000 stretches, one in which
/// nothing changed reaches it once in about a thousand days.
const LEAST_LIKELIHOOD: f64 = 17.0;
/// Twice as often is worth telling.
const LEAST_TIMES: f64 = 2.0;
/// So few events after it do not say that it is over.
const FEW_AFTER: u64 = 10;

/// A stretch of time in which an element failed more often than before it.
#[derive(Debug, Serialize)]
pub(crate) struct Onset {
    element: String,
    since: Shown<UnixNanos>,
    /// `None` where it lasts.
    until: Option<Shown<UnixNanos>>,
    interactions: u64,
    failed_interactions: u64,
    rate: f64,
    rate_before: f64,
}

/// An element that may have begun to fail.
pub(super) struct Suspect {
    pub(super) element: String,
    /// Where its events are.
    pub(super) first: UnixNanos,
    pub(super) last: UnixNanos,
}

/// The question for the events of an element that can fail.
fn of_element(query: &Query, element: &str) -> Query {
    let mut asked = query.without_filter(Column::Element);
    let mut filter = Filter::on(Target::Column(Column::Element));
    filter.any_of.push(element.to_owned());
    asked.filters.push(filter);
    let waits = status::WAIT_OVER.to_owned();
    let events = |filter: &&mut Filter| filter.target == Target::Column(Column::Event);
    if let Some(filter) = asked.filters.iter_mut().find(events) {
        filter.none_of.push(waits);
    } else {
        let mut filter = Filter::on(Target::Column(Column::Event));
        filter.none_of.push(waits);
        asked.filters.push(filter);
    }
    asked
}

/// When a suspect began to fail; `None` where nothing surely changed.
pub(super) fn onset(
    store: &dyn EventStore,
    query: &Query,
    suspect: Suspect,
    budget: &Budget,
) -> Result<Option<Onset>, StoreError> {
    let query = of_element(query, &suspect.element);
    let start = UnixNanos(suspect.first.0 - suspect.first.0.rem_euclid(MINUTE));
    let length = suspect.last.0.saturating_sub(start.0);
    let step_nanos = (length / PARTS / MINUTE + 1) * MINUTE;
    let buckets = (length / step_nanos + 1) as usize;
    let request = HistogramRequest { query: query.clone(), start, step_nanos, buckets };
    let parts: Vec<Part> = store.histogram(&request, budget)?.buckets.iter().map(Part::of).collect();
    let Some((from, to)) = stretch(&parts) else { return Ok(None) };
    let at = |place: usize| start.saturating_add(step_nanos.saturating_mul(place as i64));
    let over = (!lasts(&parts, from, to)).then(|| at(to));
    let within = |from, to| Query { period: Period { from, to }, ..query.clone() };

    let until = over.unwrap_or(query.period.to).min(query.period.to);
    let Some(since) = first_failure(store, &within(at(from).max(query.period.from), until), budget)? else {
        return Ok(None);
    };
    let during = sum(store, within(since, until), budget)?;
    let before = sum(store, within(query.period.from, since), budget)?;
    let (now, earlier) = (Stats(&during), Stats(&before));
    let surely = now.interval().0 > earlier.interval().1 && now.rate() >= LEAST_TIMES * earlier.rate();
    let many = during.failed_interaction_count() >= LEAST_FAILED;
    Ok((surely && many).then(|| Onset {
        element: suspect.element,
        since: Shown(since),
        until: over.map(Shown),
        interactions: during.interaction_count(),
        failed_interactions: during.failed_interaction_count(),
        rate: now.rate(),
        rate_before: earlier.rate(),
    }))
}

fn first_failure(
    store: &dyn EventStore,
    query: &Query,
    budget: &Budget,
) -> Result<Option<UnixNanos>, StoreError> {
    let mut filter = Filter::on(Target::Column(Column::Status));
    filter.any_of.extend([status::FAILURE, status::TIMED_OUT].map(str::to_owned));
    let mut asked = query.without_filter(Column::Status);
    asked.filters.push(filter);
    let page = store.page(&PageRequest::first(asked, Order::OldestFirst, 1), budget)?;
    Ok(page.events.first().map(|stored| stored.event.time))
}

fn sum(store: &dyn EventStore, query: Query, budget: &Budget) -> Result<GroupStats, StoreError> {
    let found = store.hotspots(&HotspotsRequest { query, elements: false }, budget)?;
    let mut sum = GroupStats::default();
    found.groups.iter().for_each(|group| sum.join(&group.stats));
    Ok(sum)
}

/// Events of a part of the period.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    events: u64,
    failures: u64,
}

impl Part {
    fn of(bucket: &steplog_model::query::Bucket) -> Self {
        let failed = |status: &str| status::is_failure(status);
        bucket.counts.iter().fold(Self::default(), |sum, (status, count)| Self {
            events: sum.events + count,
            failures: sum.failures + if failed(status) { *count } else { 0 },
        })
    }

    fn rate(self) -> f64 {
        if self.events == 0 { 0.0 } else { self.failures as f64 / self.events as f64 }
    }

    fn without(self, other: Self) -> Self {
        Self { events: self.events - other.events, failures: self.failures - other.failures }
    }

    /// The logarithm of how likely its failures are at its own rate.
    fn likelihood(self) -> f64 {
        let of = |count: u64| {
            if count == 0 { 0.0 } else { count as f64 * (count as f64 / self.events as f64).ln() }
        };
        of(self.failures) + of(self.events - self.failures)
    }
}

/// The stretch that differs most from the rest, if it surely does: from which part to before which one (the scan
/// statistic for rates; M. Kulldorff, "A spatial scan statistic", 1997). What is before it must be better: of what is
/// as bad from the first part on, nobody knows when it began.
fn stretch(parts: &[Part]) -> Option<(usize, usize)> {
    let mut sums = vec![Part::default()];
    for part in parts {
        let last = sums.last().copied().unwrap_or_default();
        sums.push(Part { events: last.events + part.events, failures: last.failures + part.failures });
    }
    let all = sums.last().copied()?;
    let even = all.likelihood();
    let mut best = (LEAST_LIKELIHOOD, None);
    for from in (1..parts.len()).filter(|from| parts[*from].failures > 0) {
        for to in (from + 1..=parts.len()).filter(|to| parts[to - 1].failures > 0) {
            let inside = sums[to].without(sums[from]);
            let outside = all.without(inside);
            let began = sums[from].rate() * LEAST_TIMES <= inside.rate() && inside.rate() > outside.rate();
            if inside.failures < LEAST_FAILED || !began {
                continue;
            }
            let likelier = inside.likelihood() + outside.likelihood() - even;
            if likelier > best.0 {
                best = (likelier, Some((from, to)));
            }
        }
    }
    best.1
}

/// Whether a stretch reaches up to now: there is little after it, or that is hardly better.
fn lasts(parts: &[Part], from: usize, to: usize) -> bool {
    let joined = |parts: &[Part]| {
        parts.iter().fold(Part::default(), |sum, part| Part {
            events: sum.events + part.events,
            failures: sum.failures + part.failures,
        })
    };
    let (during, after) = (joined(&parts[from..to]), joined(&parts[to..]));
    after.events < FEW_AFTER || after.rate() * LEAST_TIMES >= during.rate()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(failures: &[(usize, u64)]) -> Vec<Part> {
        let many = failures.iter().flat_map(|(count, failures)| {
            std::iter::repeat_n(Part { events: 20, failures: *failures }, *count)
        });
        many.collect()
    }

    #[track_caller]
    fn check(failures: &[(usize, u64)], want: Option<(usize, usize, bool)>) {
        let parts = parts(failures);
        let found = stretch(&parts).map(|(from, to)| (from, to, lasts(&parts, from, to)));
        assert_eq!(found, want, "{failures:?}");
    }

    #[test]
    fn a_stretch_is_found_where_it_begins_and_ends() {
        check(&[(200, 0), (30, 10)], Some((200, 230, true)));
        check(&[(200, 0), (30, 10), (50, 0)], Some((200, 230, false)));
        // A single part without a failure does not end it.
        check(&[(200, 0), (30, 10), (1, 0), (20, 9)], Some((200, 251, true)));
        check(&[(1, 0), (40, 20)], Some((1, 41, true)));
    }

    #[test]
    fn what_does_not_change_has_no_beginning() {
        check(&[(288, 0)], None);
        check(&[(288, 1)], None);
        check(&[(288, 20)], None);
        // Few failures are noise.
        check(&[(200, 0), (1, 3), (87, 0)], None);
        // It began before the period.
        check(&[(144, 10), (144, 0)], None);
        check(&[], None);
    }

    #[test]
    fn noise_is_seldom_a_beginning() {
        // A linear congruential generator: the same numbers in every run.
        let mut state = 7_u64;
        let mut chance = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / f64::from(1_u32 << 31)
        };
        let mut found = 0;
        for _ in 0..40 {
            let mut day = vec![Part { events: 20, failures: 0 }; 288];
            for part in &mut day {
                part.failures = (0..20).filter(|_| chance() < 0.02).count() as u64;
            }
            found += usize::from(stretch(&day).is_some());
        }
        assert_eq!(found, 0);
    }
}
