//! Events grouped by object, version and element.

use std::collections::BTreeMap;

use steplog_model::column::Column;
use steplog_model::limits;
use steplog_model::query::{Group, GroupKey, GroupStats, Hotspots, HotspotsRequest, Position};
use steplog_model::store::{Budget, StoreError};

use super::Day;
use super::groups::{Counted, SegmentGroups};
use super::hits::{Overlap, Times, visit_hits};
use super::plan::Plan;
use super::resolve::resolve;

/// The most groups, and the most that they keep apart.
const MAX_GROUPS: usize = if cfg!(test) { 300 } else { limits::MAX_GROUPS };
const MAX_ENTRIES: usize = limits::MAX_GROUP_ENTRIES;
/// How many records are read between two looks at the budget.
const READ_AT_ONCE: usize = 64;

pub(super) fn hotspots(
    days: &[Day],
    request: &HotspotsRequest,
    budget: &Budget,
) -> Result<Hotspots, StoreError> {
    let mut found = Found::default();
    if let Some(times) = Times::of(request.query.period) {
        let plan = Plan::new(&request.query);
        for (day, view) in days
            .iter()
            .enumerate()
            .flat_map(|(place, day)| day.snapshot.segments.iter().map(move |view| (place, view)))
        {
            budget.check()?;
            if times.overlap_of(view) == Overlap::None {
                continue;
            }
            let node = resolve(&plan.logic, view, budget)?;
            let mut groups = SegmentGroups::new(view, request.elements)?;
            visit_hits(view, &node, times, budget, &mut |hits| {
                groups.add(&hits);
                bounded(groups.len(), groups.entries)
            })?;
            found.add(day, groups.finish()?)?;
        }
    }
    if request.elements {
        found.read_types(days, budget)?;
    }
    Ok(Hotspots { groups: found.groups.into_iter().map(Joined::finish).collect(), complete: true })
}

fn bounded(groups: usize, entries: usize) -> Result<(), StoreError> {
    if groups > MAX_GROUPS || entries > MAX_ENTRIES {
        return Err(StoreError::TooBroad(
            "there are too many different objects, versions and elements in this period; ask for some of the \
             objects or for a shorter period"
                .to_owned(),
        ));
    }
    Ok(())
}

/// A group over all segments.
#[derive(Default)]
struct Joined {
    stats: GroupStats,
    /// The place of its last event, and the number of that event's day.
    last: Option<(Position, usize)>,
    element_type: Option<String>,
}

impl Joined {
    fn finish((key, joined): (GroupKey, Self)) -> Group {
        Group { key, element_type: joined.element_type, stats: joined.stats }
    }
}

/// The groups of all segments.
#[derive(Default)]
struct Found {
    groups: BTreeMap<GroupKey, Joined>,
    entries: usize,
}

impl Found {
    fn add(&mut self, day: usize, groups: Vec<(GroupKey, Counted)>) -> Result<(), StoreError> {
        for (key, counted) in groups {
            let joined = self.groups.entry(key).or_default();
            let before = joined.stats.entries();
            joined.stats.join(&counted.stats);
            self.entries += joined.stats.entries().saturating_sub(before);
            joined.last = joined.last.max(counted.last.map(|position| (position, day)));
        }
        bounded(self.groups.len(), self.entries)
    }

    /// Element types are no columns of the index: the last event of each group says its own.
    fn read_types(&mut self, days: &[Day], budget: &Budget) -> Result<(), StoreError> {
        for (number, day) in days.iter().enumerate() {
            let of_day = |joined: &&mut Joined| joined.last.is_some_and(|(_, found)| found == number);
            let named = self.groups.iter_mut().filter(|(key, _)| key.element.is_some());
            let mut wanted: Vec<&mut Joined> = named.map(|(_, joined)| joined).filter(of_day).collect();
            wanted.sort_unstable_by_key(|joined| joined.last.map(|(position, _)| position.seq));
            for some in wanted.chunks_mut(READ_AT_ONCE) {
                budget.check()?;
                let seqs: Vec<_> = some.iter().filter_map(|joined| Some(joined.last?.0.seq)).collect();
                for stored in day.records.read(&seqs)? {
                    let found = some
                        .iter_mut()
                        .find(|joined| joined.last.is_some_and(|(position, _)| position.seq == stored.seq));
                    if let Some(joined) = found {
                        joined.element_type = stored.event.value(Column::ElementType).map(str::to_owned);
                    }
                }
            }
        }
        Ok(())
    }
}
