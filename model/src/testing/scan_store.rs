//! A store in memory that answers by scanning all of its events: the reference that others are compared with.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use crate::column::Column;
use crate::content::visit_texts;
use crate::event::{Event, EventBatch, StoredEvent};
use crate::ids::{EventId, Tenant, counting_hash};
use crate::limits::MAX_SPELLINGS;
use crate::query::{
    Arrivals, ArrivalsRequest, Bucket, Count, Facet, FacetRequest, FacetValue, Facets, Fit, Group, GroupKey,
    GroupStats, Histogram, HistogramRequest, Hotspots, HotspotsRequest, Order, Page, PageRequest, Position,
    Query, SpellingsRequest, Start,
};
use crate::sketch::{Distinct, duration_step};
use crate::status;
use crate::store::{Budget, EventStore, Health, IngestError, IngestFuture, Ingested, StoreError};
use crate::text::{Token, visit_tokens};
use crate::time::UnixNanos;

/// How many events are looked at between two looks at the budget.
const EVENTS_PER_CHECK: usize = 1_024;

/// An [`EventStore`] in memory. What is ingested is visible at once; nothing survives the process.
#[derive(Debug, Default)]
pub struct ScanStore {
    held: RwLock<Held>,
}

#[derive(Debug, Default)]
struct Held {
    /// In the order of arrival; the place is the seq less one.
    events: Vec<(Tenant, StoredEvent)>,
    ids: HashSet<(Tenant, EventId)>,
    not_writable: Option<String>,
    not_searchable: Option<String>,
}

impl ScanStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets all events.
    pub fn clear(&self) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Held::default();
    }

    /// Refuses events from now on with this reason, or takes them again.
    pub fn set_not_writable(&self, reason: Option<String>) {
        self.held.write().unwrap_or_else(PoisonError::into_inner).not_writable = reason;
    }

    /// Has the store say that answers lack something; it goes on answering.
    pub fn set_not_searchable(&self, reason: Option<String>) {
        self.held.write().unwrap_or_else(PoisonError::into_inner).not_searchable = reason;
    }

    fn held(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn ingest(&mut self, batch: EventBatch) -> Result<Ingested, IngestError> {
        if let Some(reason) = &self.not_writable {
            let retry_after = std::time::Duration::from_secs(1);
            return Err(IngestError::Unwritable { reason: reason.clone(), retry_after });
        }
        let mut done = Ingested::default();
        for event in batch.events {
            if self.ids.insert((batch.tenant.clone(), event.id)) {
                let seq = self.events.len() as u64 + 1;
                self.events.push((batch.tenant.clone(), StoredEvent { seq, event }));
                done.stored += 1;
            } else {
                done.duplicates += 1;
            }
        }
        Ok(done)
    }

    /// Calls `visit` with each event of the tenant.
    fn scan<'a>(
        &'a self,
        tenant: &Tenant,
        budget: &Budget,
        mut visit: impl FnMut(&'a StoredEvent),
    ) -> Result<(), StoreError> {
        budget.check()?;
        for chunk in self.events.chunks(EVENTS_PER_CHECK) {
            budget.check()?;
            chunk.iter().filter(|(owner, _)| owner == tenant).for_each(|(_, stored)| visit(stored));
        }
        Ok(())
    }

    fn matching(&self, query: &Query, budget: &Budget) -> Result<Vec<&StoredEvent>, StoreError> {
        let mut found = Vec::new();
        self.scan(&query.tenant, budget, |stored| {
            if query.matches(&stored.event) {
                found.push(stored);
            }
        })?;
        Ok(found)
    }

    fn facet(&self, request: &FacetRequest, column: Column, budget: &Budget) -> Result<Facet, StoreError> {
        let others = request.query.without_filter(column);
        let part = crate::text::folded(&request.part);
        let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        self.scan(&others.tenant, budget, |stored| {
            let Some(value) = value_in(&stored.event, &others, column) else { return };
            if request.fit(&part, column, value).is_some() {
                let (count, matching) = counts.entry(value).or_default();
                *count += 1;
                *matching += u64::from(others.matches(&stored.event));
            }
        })?;
        let listed = counts.into_iter().map(|(value, (count, matching))| FacetValue {
            value: value.to_owned(),
            count,
            matching,
        });
        let mut values: Vec<FacetValue> = listed.collect();
        let fit = |value: &FacetValue| request.fit(&part, column, &value.value).unwrap_or(Fit::Within);
        values.sort_by(|a, b| a.rank(fit(a)).cmp(&b.rank(fit(b))));
        let more = values.len() > request.limit;
        values.truncate(request.limit);
        Ok(Facet { column, values, more })
    }
}

/// How many of the first events make a page.
fn fitting<'a>(events: impl IntoIterator<Item = &'a &'a StoredEvent>, request: &PageRequest) -> usize {
    let mut bytes = 0;
    let fits = events.into_iter().take(request.limit).enumerate().take_while(|(place, stored)| {
        bytes += stored.event.whole_bytes();
        *place == 0 || bytes <= request.bytes
    });
    fits.count()
}

fn value_in<'a>(event: &'a Event, query: &Query, column: Column) -> Option<&'a str> {
    event.value(column).filter(|_| query.period.contains(event.time))
}

/// What one event amounts to.
fn stats_of(stored: &StoredEvent) -> GroupStats {
    let event = &stored.event;
    let (name, status) = (event.value(Column::Event), event.value(Column::Status).unwrap_or_default());
    let failed = status::went_wrong(name.unwrap_or_default(), status);
    let mut stats = GroupStats {
        events: 1,
        failures: u64::from(failed),
        waits_over: u64::from(status::is_wait_over(name.unwrap_or_default(), status)),
        first: event.time,
        last: event.time,
        ..GroupStats::default()
    };
    if let Some(nanos) = event.duration_nanos {
        stats.durations.add(duration_step(nanos));
    }
    if let Some(interaction) = event.value(Column::Interaction) {
        let bits = Distinct::bits(counting_hash(interaction));
        stats.interactions.add(bits);
        if failed {
            stats.failed.add(bits, Position::from(stored));
        }
    } else {
        (stats.alone, stats.alone_failures) = (1, u64::from(failed));
    }
    stats
}

impl EventStore for ScanStore {
    fn ingest(&self, batch: EventBatch) -> IngestFuture {
        let outcome = self.held.write().unwrap_or_else(PoisonError::into_inner).ingest(batch);
        Box::pin(std::future::ready(outcome))
    }

    fn page(&self, request: &PageRequest, budget: &Budget) -> Result<Page, StoreError> {
        let held = self.held();
        let mut found = held.matching(&request.query, budget)?;
        // From here on `found` is in the request's order, and a place in it is a place in the result.
        let forward = |a: &StoredEvent, b: &StoredEvent| Position::from(a).cmp(&Position::from(b));
        match request.order {
            Order::NewestFirst => found.sort_by(|a, b| forward(b, a)),
            Order::OldestFirst => found.sort_by(|a, b| forward(a, b)),
        }
        let comes_before = |stored: &StoredEvent, position: Position| match request.order {
            Order::NewestFirst => Position::from(stored) > position,
            Order::OldestFirst => Position::from(stored) < position,
        };
        let range = match request.start {
            Start::First => 0..fitting(&found, request),
            Start::After(position) => {
                let begin = found.partition_point(|stored| {
                    comes_before(stored, position) || Position::from(*stored) == position
                });
                let fits = fitting(found.get(begin..).unwrap_or_default(), request);
                begin..begin + fits
            }
            Start::Before(position) => {
                let end = found.partition_point(|stored| comes_before(stored, position));
                let fits = fitting(found.get(..end).unwrap_or_default().iter().rev(), request);
                end - fits..end
            }
        };
        let events = found.get(range.clone()).unwrap_or_default().iter().copied().cloned().collect();
        let (more_before, more_after) = (range.start > 0, range.end < found.len());
        Ok(Page { events, more_before, more_after, complete: true })
    }

    fn event(
        &self,
        tenant: &Tenant,
        id: EventId,
        budget: &Budget,
    ) -> Result<Option<StoredEvent>, StoreError> {
        let mut found = None;
        self.held().scan(tenant, budget, |stored| {
            if stored.event.id == id {
                found = Some(stored.clone());
            }
        })?;
        Ok(found)
    }

    fn facets(&self, request: &FacetRequest, budget: &Budget) -> Result<Facets, StoreError> {
        let held = self.held();
        let facets = request.columns.iter().map(|column| held.facet(request, *column, budget));
        Ok(Facets { facets: facets.collect::<Result<_, _>>()?, complete: true })
    }

    fn histogram(&self, request: &HistogramRequest, budget: &Budget) -> Result<Histogram, StoreError> {
        let held = self.held();
        let mut bars: Vec<BTreeMap<&str, u64>> = vec![BTreeMap::new(); request.buckets];
        for stored in held.matching(&request.query, budget)? {
            // In 128 bits: the two ends may lie further apart than 64 bits can say.
            let offset = i128::from(stored.event.time.0) - i128::from(request.start.0);
            let place = usize::try_from(offset.div_euclid(i128::from(request.step_nanos)));
            if let Some(bar) = place.ok().and_then(|place| bars.get_mut(place)) {
                *bar.entry(stored.event.value(Column::Status).unwrap_or_default()).or_default() += 1;
            }
        }
        let bucket = |bar: BTreeMap<&str, u64>| Bucket {
            counts: bar.into_iter().map(|(status, count)| (status.to_owned(), count)).collect(),
        };
        Ok(Histogram { buckets: bars.into_iter().map(bucket).collect(), complete: true })
    }

    fn spellings(&self, request: &SpellingsRequest, budget: &Budget) -> Result<Vec<String>, StoreError> {
        let query = Query::all(request.tenant.clone(), request.period);
        let is_near = |word: &str| {
            let edits = strsim::osa_distance(word, &request.word);
            let begins_so = word.starts_with(|first| request.word.starts_with(first));
            edits <= usize::from(request.edits) && (begins_so || edits <= 1)
        };
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for stored in self.held().matching(&query, budget)? {
            let mut words = BTreeSet::new();
            visit_texts(&stored.event, &mut |text| {
                visit_tokens(text, &mut |token, _| match token {
                    Token::Word(word) if is_near(word) => drop(words.insert(word.to_owned())),
                    _ => {}
                });
            });
            words.into_iter().for_each(|word| *counts.entry(word).or_default() += 1);
        }
        let mut words: Vec<_> = counts.into_iter().collect();
        words.sort_by_key(|(_, count)| Reverse(*count));
        words.truncate(MAX_SPELLINGS);
        Ok(words.into_iter().map(|(word, _)| word).collect())
    }

    fn count(&self, query: &Query, budget: &Budget) -> Result<Count, StoreError> {
        let events = self.held().matching(query, budget)?.len() as u64;
        Ok(Count { events, complete: true })
    }

    fn hotspots(&self, request: &HotspotsRequest, budget: &Budget) -> Result<Hotspots, StoreError> {
        let held = self.held();
        let mut groups: BTreeMap<GroupKey, (Position, Group)> = BTreeMap::new();
        for stored in held.matching(&request.query, budget)? {
            let event = &stored.event;
            let value = |column| event.value(column).map(str::to_owned);
            let key = GroupKey {
                object: value(Column::Object),
                occurred_in: value(Column::OccurredIn),
                version: value(Column::Version),
                element: value(Column::Element).filter(|_| request.elements),
            };
            let position = Position::from(stored);
            let empty = || {
                let group = Group { key: key.clone(), element_type: None, stats: GroupStats::default() };
                (Position { time: UnixNanos::MIN, seq: 0 }, group)
            };
            let (last, group) = groups.entry(key.clone()).or_insert_with(empty);
            if position > *last {
                *last = position;
                let typed = request.elements && group.key.element.is_some();
                group.element_type = value(Column::ElementType).filter(|_| typed);
            }
            group.stats.join(&stats_of(stored));
        }
        let groups = groups.into_values().map(|(_, group)| group).collect();
        Ok(Hotspots { groups, complete: true })
    }

    fn arrivals(&self, request: &ArrivalsRequest, budget: &Budget) -> Result<Arrivals, StoreError> {
        let held = self.held();
        let mut events = Vec::new();
        held.scan(&request.tenant, budget, |stored| {
            if stored.seq > request.after && events.len() < request.limit {
                events.push(stored.clone());
            }
        })?;
        let newest = held.events.len() as u64;
        let told =
            events.last().map(|stored: &StoredEvent| stored.seq).filter(|_| events.len() == request.limit);
        let upto = if request.limit == 0 { newest } else { told.unwrap_or(newest.max(request.after)) };
        let newer =
            |(owner, stored): &&(Tenant, StoredEvent)| *owner == request.tenant && stored.seq > request.after;
        let behind = held.events.iter().filter(newer).count() as u64;
        Ok(Arrivals { events, upto, behind, complete: true })
    }

    fn health(&self) -> Health {
        let held = self.held();
        Health {
            not_writable: held.not_writable.clone(),
            not_searchable: held.not_searchable.clone(),
            events: held.events.len() as u64,
            ..Health::default()
        }
    }
}
