//! The groups of one segment: events by the ordinals of their object, context, version and element.

use rustc_hash::FxHashMap;
use steplog_model::column::Column;
use steplog_model::query::{GroupKey, GroupStats, Position};
use steplog_model::status;
use steplog_model::store::StoreError;
use steplog_model::time::UnixNanos;
use tantivy::DocId;
use tantivy::columnar::ColumnValues as _;

use super::hits::Hits;
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
    /// How many of [`COLUMNS`] divide.
    divided_by: usize,
    /// Whether a status is a failure, by its ordinal.
    failures: Vec<bool>,
    groups: Vec<(Ords, Counted)>,
    places: FxHashMap<Ords, usize>,
    /// The group of the event before: neighbours are often of one.
    latest: Option<(Ords, usize)>,
    /// How many durations and interactions the groups keep apart.
    pub(super) entries: usize,
    read: Read,
}

/// What was read of some events, with room to use again.
#[derive(Default)]
struct Read {
    docs: Vec<DocId>,
    ords: [Vec<Option<u64>>; 4],
    statuses: Vec<Option<u64>>,
    times: Vec<i64>,
    durations: Vec<Option<u64>>,
    interactions: Vec<Option<u64>>,
}

impl<'a> SegmentGroups<'a> {
    pub(super) fn new(view: &'a SegmentView, elements: bool) -> Result<Self, StoreError> {
        let mut failures = Vec::new();
        if let Some(place) = facet_place(Column::Status) {
            visit_values(view, place, &mut |_, value| {
                failures.push(status::is_failure(value));
                Ok(())
            })?;
        }
        Ok(Self {
            view,
            divided_by: if elements { 4 } else { 3 },
            failures,
            groups: Vec::new(),
            places: FxHashMap::default(),
            latest: None,
            entries: 0,
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
        read.fill(self.view, self.divided_by);
        for place in 0..read.docs.len() {
            self.count(&read, place);
        }
        self.read = read;
    }

    fn count(&mut self, read: &Read, place: usize) {
        let mut ords: Ords = [ABSENT; 4];
        for (ord, found) in ords.iter_mut().zip(&read.ords) {
            *ord = found.get(place).copied().flatten().map_or(ABSENT, |ord| ord as u32);
        }
        let group = self.place_of(ords);
        let Some((_, Counted { stats, last })) = self.groups.get_mut(group) else { return };
        let (Some(time), Some(doc)) = (read.times.get(place), read.docs.get(place)) else { return };
        let time = UnixNanos(*time);
        stats.events += 1;
        let status = read.statuses.get(place).copied().flatten();
        let failed = status.and_then(|ord| self.failures.get(ord as usize)).copied().unwrap_or_default();
        stats.failures += u64::from(failed);
        stats.first = stats.first.min(time);
        // The arrival number decides between equal times only: documents lie in its order.
        if time >= stats.last {
            stats.last = time;
            *last = Some(Position { time, seq: self.view.seq_of(*doc) });
        }
        let mut entries = 0;
        if let Some(step) = read.durations.get(place).copied().flatten() {
            entries += usize::from(stats.durations.add(step as u16));
        }
        if let Some(bits) = read.interactions.get(place).copied().flatten() {
            entries += usize::from(stats.interactions.add(bits as u32));
        }
        self.entries += entries;
    }

    fn place_of(&mut self, ords: Ords) -> usize {
        if let Some((latest, place)) = self.latest
            && latest == ords
        {
            return place;
        }
        let next = self.groups.len();
        let place = *self.places.entry(ords).or_insert(next);
        if place == next {
            self.groups.push((ords, Counted::default()));
        }
        self.latest = Some((ords, place));
        place
    }

    /// The groups with the texts of their ordinals.
    pub(super) fn finish(self) -> Result<Vec<(GroupKey, Counted)>, StoreError> {
        let Self { view, groups, .. } = self;
        let text = |column: Column, ord: u32| match facet_place(column) {
            Some(place) if ord != ABSENT => value_of(view, place, ord).map(Some),
            _ => Ok(None),
        };
        let named = |(ords, counted): (Ords, Counted)| {
            let [object, occurred_in, version, element] = ords;
            let key = GroupKey {
                object: text(Column::Object, object)?,
                occurred_in: text(Column::OccurredIn, occurred_in)?,
                version: text(Column::Version, version)?,
                element: text(Column::Element, element)?,
            };
            Ok((key, counted))
        };
        groups.into_iter().map(named).collect()
    }
}

impl Read {
    fn fill(&mut self, view: &SegmentView, divided_by: usize) {
        let Self { docs, ords, statuses, times, durations, interactions } = self;
        let facet = |column, into: &mut Vec<Option<u64>>| {
            into.clear();
            into.resize(docs.len(), None);
            let found = facet_place(column).and_then(|place| view.columns.facets.get(place)?.as_ref());
            if let Some(found) = found {
                found.ords().first_vals(docs, into);
            }
        };
        for (column, into) in COLUMNS.into_iter().zip(ords).take(divided_by) {
            facet(column, into);
        }
        facet(Column::Status, statuses);
        times.resize(docs.len(), 0);
        view.columns.time.get_vals(docs, times);
        let columns = [(&view.columns.durations, durations), (&view.columns.interactions, interactions)];
        for (column, into) in columns {
            into.clear();
            into.resize(docs.len(), None);
            if let Some(column) = column {
                column.first_vals(docs, into);
            }
        }
    }
}
