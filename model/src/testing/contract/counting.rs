//! What facets and histograms promise.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::corpus::{questions, start};
use super::{ample, corpus, ingest_visibly};
use crate::column::Column;
use crate::event::Event;
use crate::ids::{Tenant, counting_hash};
use crate::query::{
    Bucket, Facet, FacetRequest, FacetValue, Fit, GroupStats, HistogramRequest, HotspotsRequest, Period,
    Query,
};
use crate::sketch::Distinct;
use crate::store::EventStore;
use crate::time::NANOS_PER_SECOND;

fn fit(request: &FacetRequest, column: Column, value: &str) -> Option<Fit> {
    request.fit(&crate::text::folded(&request.part), column, value)
}

/// The value list that counting one event after the other gives.
fn want_facet(events: &[Event], request: &FacetRequest, column: Column) -> Facet {
    let others = request.query.without_filter(column);
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for event in events.iter().filter(|event| others.period.contains(event.time)) {
        let Some(value) = event.value(column) else { continue };
        if fit(request, column, value).is_some() {
            let entry = counts.entry(value).or_default();
            entry.0 += 1;
            entry.1 += u64::from(others.matches(event));
        }
    }
    let mut values: Vec<FacetValue> = counts
        .into_iter()
        .map(|(value, (count, matching))| FacetValue { value: value.to_owned(), count, matching })
        .collect();
    values.sort_by_key(|value| {
        let matching = (value.matching == 0, fit(request, column, &value.value), Reverse(value.matching));
        (matching, Reverse(value.count), value.value.clone())
    });
    let more = values.len() > request.limit;
    values.truncate(request.limit);
    Facet { column, values, more }
}

pub(super) fn facets_are_exact(store: &dyn EventStore) {
    let events = corpus(start(), 401);
    ingest_visibly(store, &Tenant::default(), &events, 401);
    let columns = vec![Column::Status, Column::Event, Column::OccurredIn, Column::Channel];
    let mut seen = 0;
    for (place, query) in questions(start()).into_iter().enumerate() {
        let part = ["", "", "s", "üB", "out", "none such"][place % 6].to_owned();
        let named = vec![(Column::Event, "API called".to_owned())];
        let limit = [1_000, 2, 1][place % 3];
        let request = FacetRequest { query, columns: columns.clone(), part, named, limit };
        let answer = store.facets(&request, &ample()).expect("facets are answered");
        assert!(answer.complete);
        let want: Vec<Facet> = columns.iter().map(|column| want_facet(&events, &request, *column)).collect();
        seen += want.iter().map(|facet| facet.values.len()).sum::<usize>();
        assert_eq!(answer.facets, want, "{request:?}");
    }
    assert!(seen > 50, "the requests list values: {seen}");
}

/// Each interaction that failed once, with the time of its first failure.
fn check_firsts<'a>(stats: &GroupStats, failures: impl Iterator<Item = &'a Event>) {
    let (mut alone, mut firsts) = (0, BTreeMap::new());
    for event in failures {
        let Some(interaction) = event.value(Column::Interaction) else {
            alone += 1;
            continue;
        };
        let first = firsts.entry(Distinct::bits(counting_hash(interaction))).or_insert(event.time);
        *first = event.time.min(*first);
    }
    assert_eq!(stats.failed_interaction_count(), firsts.len() as u64 + alone);
    let told: Vec<_> = stats.failed.iter().map(|(bits, first)| (bits, first.time)).collect();
    assert_eq!(told, firsts.into_iter().collect::<Vec<_>>());
}

pub(super) fn groups_are_exact(store: &dyn EventStore) {
    let events = corpus(start(), 401);
    ingest_visibly(store, &Tenant::default(), &events, 401);
    let mut seen = 0;
    for (place, query) in questions(start()).into_iter().enumerate() {
        let elements = place % 2 == 0;
        let request = HotspotsRequest { query, elements };
        let answer = store.hotspots(&request, &ample()).expect("groups are answered");
        assert!(answer.complete);
        assert!(answer.groups.is_sorted_by(|a, b| a.key < b.key), "each group once, in order");
        let matching: Vec<&Event> = events.iter().filter(|event| request.query.matches(event)).collect();
        let total: u64 = answer.groups.iter().map(|group| group.stats.events).sum();
        assert_eq!(total, matching.len() as u64, "{request:?}");
        for group in &answer.groups {
            let of_group = |event: &&&Event| {
                let has = |column, value: &Option<String>| event.value(column) == value.as_deref();
                has(Column::Object, &group.key.object)
                    && has(Column::OccurredIn, &group.key.occurred_in)
                    && has(Column::Version, &group.key.version)
                    && (!elements || has(Column::Element, &group.key.element))
            };
            let own: Vec<&&Event> = matching.iter().filter(of_group).collect();
            let failed = |event: &&&&Event| {
                let value = |column| event.value(column).unwrap_or_default();
                crate::status::went_wrong(value(Column::Event), value(Column::Status))
            };
            let stats = &group.stats;
            assert_eq!(
                (stats.events, stats.failures),
                (own.len() as u64, own.iter().filter(failed).count() as u64)
            );
            assert_eq!(own.iter().map(|event| event.time).min(), Some(stats.first));
            assert_eq!(own.iter().map(|event| event.time).max(), Some(stats.last));
            let interactions: BTreeSet<_> =
                own.iter().filter_map(|event| event.value(Column::Interaction)).collect();
            assert_eq!(stats.interactions.count(), interactions.len() as u64);
            let alone = own.iter().filter(|event| event.value(Column::Interaction).is_none()).count();
            assert_eq!(stats.interaction_count(), (interactions.len() + alone) as u64);
            check_firsts(stats, own.iter().filter(failed).map(|event| **event));
            let mut durations: Vec<u64> = own.iter().filter_map(|event| event.duration_nanos).collect();
            durations.sort_unstable();
            assert_eq!(stats.durations.total(), durations.len() as u64);
            let median = durations.len().div_ceil(2).checked_sub(1).map(|place| durations[place] as f64);
            let told = stats.durations.quantile(0.5).map(|nanos| nanos as f64);
            assert_eq!(told.is_some(), median.is_some());
            assert!(told.zip(median).is_none_or(|(told, median)| (told - median).abs() <= median * 0.008));
            seen += 1;
        }
    }
    assert!(seen > 20, "the requests have groups: {seen}");
}

fn want_buckets(events: &[Event], request: &HistogramRequest) -> Vec<Bucket> {
    let bar = |number: i64| {
        let from = request.start.saturating_add(number * request.step_nanos);
        let period = Period { from, to: from.saturating_add(request.step_nanos) };
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for event in events.iter().filter(|event| period.contains(event.time)) {
            if request.query.matches(event) {
                *counts.entry(event.value(Column::Status).unwrap_or_default().to_owned()).or_default() += 1;
            }
        }
        Bucket { counts: counts.into_iter().collect() }
    };
    (0..request.buckets as i64).map(bar).collect()
}

pub(super) fn histograms_are_exact(store: &dyn EventStore) {
    let events = corpus(start(), 401);
    ingest_visibly(store, &Tenant::default(), &events, 401);
    let mut seen = 0;
    for (place, query) in questions(start()).into_iter().enumerate() {
        let hour = 3_600 * NANOS_PER_SECOND;
        let (step_nanos, buckets) = [(hour, 60), (1_234_567_890_123, 7), (48 * hour, 1)][place % 3];
        let begin = [start(), start().saturating_add(5 * hour), start().saturating_add(-hour - 1)];
        let request = HistogramRequest { query, start: begin[place % 3], step_nanos, buckets };
        let answer = store.histogram(&request, &ample()).expect("a histogram is answered");
        assert!(answer.complete);
        let want = want_buckets(&events, &request);
        seen += want.iter().map(|bucket| bucket.counts.len()).sum::<usize>();
        assert_eq!(answer.buckets, want, "{request:?}");
    }
    assert!(seen > 50, "the requests count events: {seen}");
}

pub(super) fn empty_periods_are_empty(store: &dyn EventStore) {
    ingest_visibly(store, &Tenant::default(), &corpus(start(), 30), 30);
    let period = Period { from: start(), to: start() };
    let query = Query::all(Tenant::default(), period);
    assert_eq!(store.count(&query, &ample()).map(|count| count.events), Ok(0));
    let request =
        FacetRequest { query, columns: vec![Column::Status], part: String::new(), named: vec![], limit: 10 };
    let facets = store.facets(&request, &ample()).expect("facets are answered").facets;
    assert_eq!(facets, [Facet { column: Column::Status, values: Vec::new(), more: false }]);
}
