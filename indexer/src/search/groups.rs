//! The groups of one segment: events by the ordinals of their object, context, version and element.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use rapidhash::RapidHashMap;
use steplog_model::column::Column;
use steplog_model::query::{GroupKey, GroupStats, Position};
use steplog_model::sketch::Firsts;
use steplog_model::status;
use steplog_model::store::StoreError;
use steplog_model::time::UnixNanos;
use tantivy::DocId;
use tantivy::columnar::{Column as NumberColumn, ColumnValues, StrColumn};

use super::hits::Hits;
use super::unreadable;
use super::values::{value_of, visit_values};
use crate::index::{ABSENT, SegmentView, facet_place};

/// The columns that make a group, the element last.
const COLUMNS: [Column; 4] = [Column::Object, Column::OccurredIn, Column::Version, Column::Element];

/// Ordinals in a segment, [`ABSENT`] for none.
type Ords = [u32; 4];

/// A group as far as it was counted.
#[derive(Default)]
pub(super) struct Counted {
    pub(super) stats: GroupStats,
    /// The place of its last event.
    pub(super) last: Option<Position>,
}

/// The groups of one segment.
pub(super) struct SegmentGroups<'a> {
    view: &'a SegmentView,
    /// What a status says of an event, by its ordinal.
    outcomes: Vec<Outcome>,
    /// The ordinal of the event that tells of a wait that ran out.
    wait_over: Option<u32>,
    groups: Vec<Group>,
    places: Places,
    /// How many durations and interactions the groups keep apart.
    pub(super) entries: usize,
    columns: GroupColumns,
    read: Read,
}

/// How an event ended, as far as groups count it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Other,
    Failed,
    TimedOut,
    WaitOver,
}

/// The columns that groups are counted from.
struct GroupColumns {
    /// Of those of [`COLUMNS`] that divide.
    ords: Vec<Option<StrColumn>>,
    statuses: Option<StrColumn>,
    names: Option<StrColumn>,
    seqs: Arc<dyn ColumnValues<u64>>,
    times: Arc<dyn ColumnValues<i64>>,
    durations: Option<NumberColumn<u64>>,
    interactions: Option<NumberColumn<u64>>,
}

impl GroupColumns {
    fn open(view: &SegmentView, divided_by: usize) -> io::Result<Self> {
        let columns = &view.columns;
        let facet = |column| facet_place(column).map_or(Ok(None), |place| columns.facet(place));
        Ok(Self {
            ords: COLUMNS.into_iter().take(divided_by).map(facet).collect::<io::Result<_>>()?,
            statuses: facet(Column::Status)?,
            names: facet(Column::Event)?,
            seqs: columns.seq()?,
            times: columns.time()?,
            durations: columns.durations()?,
            interactions: columns.interactions()?,
        })
    }
}

/// A group of one segment.
struct Group {
    ords: Ords,
    stats: GroupStats,
    /// The document of its last event.
    last: DocId,
}

/// Which group events with the same ordinals belong to.
enum Places {
    /// By the ordinals as the digits of one number, with the number of values in each place; [`ABSENT`] for none yet.
    Dense([usize; 4], Vec<u32>),
    /// Where that table would be large.
    Sparse(RapidHashMap<Ords, u32>),
}

impl Places {
    const MAX_DENSE: usize = if cfg!(test) { 24 } else { 1 << 16 };

    fn new(view: &SegmentView, divided_by: usize) -> Self {
        let mut widths = [1; 4];
        for (width, column) in widths.iter_mut().zip(COLUMNS).take(divided_by) {
            let facet = facet_place(column).and_then(|place| view.side.facets.get(place));
            // One more, for none.
            *width = facet.map_or(0, |facet| facet.counts.len()) + 1;
        }
        let slots = widths.iter().try_fold(1_usize, |slots, width| slots.checked_mul(*width));
        match slots.filter(|slots| *slots <= Self::MAX_DENSE) {
            Some(slots) => Self::Dense(widths, vec![ABSENT; slots]),
            None => Self::Sparse(RapidHashMap::default()),
        }
    }

    /// The place of a group, which is `next` where it is a new one.
    fn of(&mut self, ords: Ords, next: u32) -> u32 {
        match self {
            Self::Dense(widths, table) => {
                // None is the last digit of each place.
                let digit = |(ord, width): (&u32, &usize)| (*ord as usize).min(width - 1);
                let digits = ords.iter().zip(widths.iter()).map(digit);
                let slot = digits.zip(widths.iter()).fold(0, |slot, (digit, width)| slot * width + digit);
                let Some(place) = table.get_mut(slot) else { return next };
                if *place == ABSENT {
                    *place = next;
                }
                *place
            }
            Self::Sparse(places) => *places.entry(ords).or_insert(next),
        }
    }
}

/// What was read of some events, with room to use again. Numbers that an event lacks are [`ABSENT`], which is neither
/// an ordinal nor a step of durations.
#[derive(Default)]
struct Read {
    docs: Vec<DocId>,
    ords: [Vec<u32>; 4],
    statuses: Vec<u32>,
    times: Vec<i64>,
    durations: Vec<u32>,
    interactions: Vec<Option<u64>>,
    found: Vec<Option<u64>>,
    values: Vec<u64>,
}

impl<'a> SegmentGroups<'a> {
    pub(super) fn new(view: &'a SegmentView, elements: bool) -> Result<Self, StoreError> {
        let mut outcomes = Vec::new();
        if let Some(place) = facet_place(Column::Status) {
            visit_values(view, place, &mut |_, value| {
                outcomes.push(match value {
                    status::TIMED_OUT => Outcome::TimedOut,
                    _ if status::is_failure(value) => Outcome::Failed,
                    _ => Outcome::Other,
                });
                Ok(())
            })?;
        }
        let mut wait_over = None;
        if let Some(place) = facet_place(Column::Event).filter(|_| outcomes.contains(&Outcome::TimedOut)) {
            visit_values(view, place, &mut |ord, value| {
                wait_over = wait_over.or((value == status::WAIT_OVER).then_some(ord as u32));
                Ok(())
            })?;
        }
        let divided_by = if elements { 4 } else { 3 };
        Ok(Self {
            view,
            outcomes,
            wait_over,
            groups: Vec::new(),
            places: Places::new(view, divided_by),
            entries: 0,
            columns: GroupColumns::open(view, divided_by).map_err(unreadable)?,
            read: Read::default(),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.groups.len()
    }

    pub(super) fn add(&mut self, hits: &Hits<'_>) {
        let mut read = std::mem::take(&mut self.read);
        read.docs.clear();
        match hits {
            Hits::Block(place) => read.docs.extend(self.view.side.docs_of(*place)),
            Hits::Docs(_, docs) => read.docs.extend_from_slice(docs),
        }
        read.fill(&self.columns);
        for place in 0..read.docs.len() {
            self.count(&read, place);
        }
        self.read = read;
    }

    fn count(&mut self, read: &Read, place: usize) {
        let get = |column: &[u32]| column.get(place).copied().unwrap_or(ABSENT);
        let (Some(time), Some(doc)) = (read.times.get(place), read.docs.get(place)) else { return };
        let time = UnixNanos(*time);
        let outcome = self.outcome_of(get(&read.statuses), *doc);
        let failed = matches!(outcome, Outcome::Failed | Outcome::TimedOut);
        let group = self.place_of(read.ords.each_ref().map(|ords| get(ords)));
        let Some(Group { stats, last, .. }) = self.groups.get_mut(group as usize) else { return };
        stats.events += 1;
        stats.failures += u64::from(failed);
        stats.waits_over += u64::from(outcome == Outcome::WaitOver);
        stats.first = stats.first.min(time);
        // The arrival number decides between equal times only: documents lie in its order.
        if time >= stats.last {
            stats.last = time;
            *last = *doc;
        }
        let step = get(&read.durations);
        if step != ABSENT {
            self.entries += usize::from(stats.durations.add(step as u16));
        }
        let Some(bits) = read.interactions.get(place).copied().flatten() else {
            stats.alone += 1;
            stats.alone_failures += u64::from(failed);
            return;
        };
        self.entries += usize::from(stats.interactions.add(bits as u32));
        if failed {
            let position = Position { time, seq: self.columns.seqs.get_val(*doc) };
            self.entries +=
                usize::from(stats.failed.add(bits as u32, position)) * Firsts::<Position>::ENTRIES;
        }
    }

    fn outcome_of(&self, status: u32, doc: DocId) -> Outcome {
        let outcome = self.outcomes.get(status as usize).copied().unwrap_or(Outcome::Other);
        if outcome == Outcome::TimedOut && self.wait_over.is_some() {
            let name = self.columns.names.as_ref().and_then(|names| names.ords().first(doc));
            if name.map(|name| name as u32) == self.wait_over {
                return Outcome::WaitOver;
            }
        }
        outcome
    }

    fn place_of(&mut self, ords: Ords) -> u32 {
        let next = self.groups.len() as u32;
        let place = self.places.of(ords, next);
        if place == next {
            self.groups.push(Group { ords, stats: GroupStats::default(), last: 0 });
        }
        place
    }

    /// The groups with the texts of their ordinals.
    pub(super) fn finish(self) -> Result<Vec<(GroupKey, Counted)>, StoreError> {
        let Self { view, groups, columns, .. } = self;
        let text = |column: Column, ord: u32| match facet_place(column) {
            Some(place) if ord != ABSENT => value_of(view, place, ord).map(Some),
            _ => Ok(None),
        };
        let named = |Group { ords, stats, last }: Group| {
            let [object, occurred_in, version, element] = ords;
            let key = GroupKey {
                object: text(Column::Object, object)?,
                occurred_in: text(Column::OccurredIn, occurred_in)?,
                version: text(Column::Version, version)?,
                element: text(Column::Element, element)?,
            };
            let last = Some(Position { time: stats.last, seq: columns.seqs.get_val(last) });
            Ok((key, Counted { stats, last }))
        };
        groups.into_iter().map(named).collect()
    }
}

impl Read {
    fn fill(&mut self, columns: &GroupColumns) {
        let Self { docs, ords, statuses, times, durations, interactions, found, values } = self;
        let mut numbers = |column: Option<&NumberColumn<u64>>, into: &mut Vec<u32>| {
            into.clear();
            match column {
                Some(column) => read_numbers(column, docs, found, values, into),
                None => into.resize(docs.len(), ABSENT),
            }
        };
        for (column, into) in columns.ords.iter().zip(ords) {
            numbers(column.as_ref().map(|column| column.ords()), into);
        }
        numbers(columns.statuses.as_ref().map(|column| column.ords()), statuses);
        numbers(columns.durations.as_ref(), durations);
        times.resize(docs.len(), 0);
        match run_of(docs) {
            Some(run) => columns.times.get_range(u64::from(run.start), times),
            None => columns.times.get_vals(docs, times),
        }
        interactions.clear();
        interactions.resize(docs.len(), None);
        if let Some(column) = &columns.interactions {
            column.first_vals(docs, interactions);
        }
    }
}

/// The documents as a range, where they have no gap.
fn run_of(docs: &[DocId]) -> Option<Range<DocId>> {
    let (first, last) = (*docs.first()?, *docs.last()?);
    ((last - first) as usize + 1 == docs.len()).then_some(first..last + 1)
}

/// The number of each document, [`ABSENT`] for none. Where neighbours all have one they lie side by side.
fn read_numbers(
    column: &NumberColumn<u64>,
    docs: &[DocId],
    found: &mut Vec<Option<u64>>,
    values: &mut Vec<u64>,
    into: &mut Vec<u32>,
) {
    let rows = run_of(docs).map(|run| column.index.docid_range_to_rowids(run));
    match rows {
        // No column has two values of one event.
        Some(rows) if rows.len() == docs.len() => {
            values.resize(docs.len(), 0);
            column.values.get_range(u64::from(rows.start), values);
            into.extend(values.iter().map(|value| *value as u32));
        }
        Some(rows) if rows.is_empty() => into.resize(docs.len(), ABSENT),
        _ => {
            found.clear();
            found.resize(docs.len(), None);
            column.first_vals(docs, found);
            into.extend(found.iter().map(|value| value.map_or(ABSENT, |value| value as u32)));
        }
    }
}
