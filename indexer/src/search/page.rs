//! Pages.

use rapidhash::RapidHashMap;
use steplog_model::event::StoredEvent;
use steplog_model::ids::Seq;
use steplog_model::query::{Order, Page, PageRequest, Query, Start};
use steplog_model::store::{Budget, StoreError};

use super::Day;
use super::key::{Direction, Key, Span};
use super::plan::Plan;
use super::walk::Searcher;

pub(super) fn page(days: &[Day], request: &PageRequest, budget: &Budget) -> Result<Page, StoreError> {
    budget.check()?;
    let sorted = newest_first(days);
    let plan = Plan::new(&request.query);
    let searcher = Searcher::new(&sorted, &plan, budget);
    PageReader { days: &sorted, query: &request.query, plan: &plan, searcher, budget }.page(request)
}

/// The days, newest first; they share what they hold with those given.
fn newest_first(days: &[Day]) -> Vec<Day> {
    let mut sorted: Vec<Day> = days
        .iter()
        .map(|day| Day { day: day.day, snapshot: day.snapshot.clone(), records: day.records.clone() })
        .collect();
    sorted.sort_by_key(|day| std::cmp::Reverse(day.day));
    sorted
}

struct PageReader<'a> {
    /// Newest first.
    days: &'a [Day],
    query: &'a Query,
    plan: &'a Plan,
    searcher: Searcher<'a>,
    budget: &'a Budget,
}

/// What a walk came by.
#[derive(Default)]
struct Found {
    /// In the order of the walk.
    events: Vec<(Key, StoredEvent)>,
    /// The bytes of the events.
    held: usize,
    /// The most of them, one event apart.
    bytes: usize,
    /// Whether an event was found that did not fit.
    full: bool,
    complete: bool,
}

impl Found {
    fn within(bytes: usize) -> Self {
        Self { bytes, complete: true, ..Self::default() }
    }

    /// Adds an event, unless no more fit.
    fn push(&mut self, key: Key, stored: StoredEvent) {
        self.held += stored.event.whole_bytes();
        self.full = self.held > self.bytes && !self.events.is_empty();
        if !self.full {
            self.events.push((key, stored));
        }
    }
}

impl PageReader<'_> {
    fn page(&self, request: &PageRequest) -> Result<Page, StoreError> {
        let order = match request.order {
            Order::NewestFirst => Direction::Down,
            Order::OldestFirst => Direction::Up,
        };
        // A page before a position is walked from there, against the request's order.
        let (direction, from) = match request.start {
            Start::First => (order, None),
            Start::After(position) => (order, Some(position)),
            Start::Before(position) => (order.opposite(), Some(position)),
        };
        let from = from.map(|position| direction.key(position.time.0, position.seq));
        let Some(whole) = direction.span(request.query.period) else {
            return Ok(Page { complete: true, ..Page::default() });
        };
        let span = from.map_or(Some(whole), |key| whole.after(key));
        let mut found = Found::within(request.bytes);
        if let Some(span) = span {
            self.read(direction, span, request.limit.saturating_add(1), &mut found)?;
        }
        let more_ahead = found.full || found.events.len() > request.limit;
        found.events.truncate(request.limit);
        let more_behind = from.is_some() && self.any_behind(direction, whole, from, &found)?;
        let (more_before, more_after) =
            if direction == order { (more_behind, more_ahead) } else { (more_ahead, more_behind) };
        let mut events: Vec<StoredEvent> = found.events.into_iter().map(|(_, event)| event).collect();
        if direction != order {
            events.reverse();
        }
        Ok(Page { events, more_before, more_after, complete: found.complete })
    }

    /// Whether anything matches before what was found, against the direction of the walk.
    fn any_behind(
        &self,
        direction: Direction,
        whole: Span,
        from: Option<Key>,
        found: &Found,
    ) -> Result<bool, StoreError> {
        let back = direction.opposite();
        // A key read the other way is its complement.
        let whole = Span { first: !whole.last, last: !whole.first };
        let span = match (found.events.first(), from) {
            (Some((first, _)), _) => whole.after(!first),
            (None, Some(from)) => whole.from(!from),
            (None, None) => None,
        };
        let Some(span) = span else { return Ok(false) };
        if !self.plan.hashed {
            // What the index finds matches: no record need be read.
            return self.any_key(back, span);
        }
        let mut behind = Found::within(found.bytes);
        self.read(back, span, 1, &mut behind)?;
        Ok(!behind.events.is_empty())
    }

    fn any_key(&self, direction: Direction, span: Span) -> Result<bool, StoreError> {
        for day in 0..self.days.len() {
            self.budget.check()?;
            if !self.searcher.first_of_day(day, direction, span, 1)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads events in the order of the walk until there are `want`, or no more fit.
    fn read(
        &self,
        direction: Direction,
        span: Span,
        want: usize,
        found: &mut Found,
    ) -> Result<(), StoreError> {
        for step in 0..self.days.len() {
            let day = match direction {
                Direction::Down => step,
                Direction::Up => self.days.len() - 1 - step,
            };
            let mut rest = Some(span);
            while let Some(span) = rest
                && found.events.len() < want
                && !found.full
            {
                self.budget.check()?;
                let missing = want - found.events.len();
                let keys = self.searcher.first_of_day(day, direction, span, missing)?;
                self.read_records(day, direction, &keys, found)?;
                // Some of them may not match, or be unreadable: continue after the last one.
                rest = keys.last().filter(|_| keys.len() == missing).and_then(|last| span.after(*last));
            }
        }
        Ok(())
    }

    /// Reads the events of the keys; leaves out those that cannot be read or do not match, and ends where
    /// no more fit.
    fn read_records(
        &self,
        day: usize,
        direction: Direction,
        keys: &[Key],
        found: &mut Found,
    ) -> Result<(), StoreError> {
        let Some(day) = self.days.get(day).filter(|_| !keys.is_empty()) else { return Ok(()) };
        let seqs: Vec<Seq> = keys.iter().map(|key| direction.position(*key).seq).collect();
        let mut places = 0..keys.len();
        while !places.is_empty() && !found.full {
            self.budget.check()?;
            let rest = seqs.get(places.clone()).unwrap_or_default();
            let (events, taken) = day.records.read_within(rest, found.bytes.saturating_sub(found.held))?;
            let mut by_seq: RapidHashMap<Seq, StoredEvent> =
                events.into_iter().map(|event| (event.seq, event)).collect();
            let keys = keys.get(places.clone()).unwrap_or_default();
            for (key, seq) in keys.iter().zip(rest).take(taken) {
                match by_seq.remove(seq) {
                    Some(stored) if !self.plan.hashed || self.query.matches(&stored.event) => {
                        found.push(*key, stored);
                    }
                    Some(_) => {}
                    None => found.complete = false,
                }
            }
            places.start += taken.max(1);
        }
        Ok(())
    }
}
