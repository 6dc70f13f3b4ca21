//! Value lists: how often each value of a column occurs in a period, and how often under all other filters.

use std::collections::HashMap;

use steplog_model::column::Column;
use steplog_model::query::{Facet, FacetRequest, FacetValue, Facets, Fit, Query, Target};
use steplog_model::store::{Budget, StoreError};
use steplog_model::text::folded;
use tantivy::columnar::StrColumn;

use super::Day;
use super::hits::{Hits, Overlap, Times, visit_hits};
use super::node::Node;
use super::plan::Plan;
use super::resolve::resolve;
use super::unreadable;
use super::values::visit_values;
use crate::index::{SegmentView, facet_place};

/// The most different values of one column in memory while the most frequent are found: tens of megabytes.
pub(super) const MAX_VALUES: usize = if cfg!(test) { 500 } else { 1 << 18 };

/// How many values are visited between two checks of the budget.
const VALUES_PER_CHECK: usize = 4_096;

pub(super) fn facets(days: &[Day], request: &FacetRequest, budget: &Budget) -> Result<Facets, StoreError> {
    let mut lists: Vec<ValueList> = request.columns.iter().map(|column| ValueList::new(*column)).collect();
    let groups = groups(&request.query, &lists);
    let part = folded(&request.part);
    let times = Times::of(request.query.period);
    for view in days.iter().flat_map(|day| &day.snapshot.segments) {
        budget.check()?;
        let Some(times) = times.filter(|times| times.overlap_of(view) != Overlap::None) else { continue };
        let mut counts = SegmentCounts::new(view, &lists);
        counts.count_values(times, budget)?;
        for group in &groups {
            counts.count_matching(group, times, budget)?;
        }
        counts.add_to(&mut lists, request, &part, budget)?;
    }
    let facets = lists.into_iter().map(|list| list.finish(request, &part)).collect();
    Ok(Facets { facets, complete: true })
}

/// The values of one column over all segments.
struct ValueList {
    column: Column,
    /// The place among the facet columns; other columns have no values here.
    place: Option<usize>,
    /// `count` and `matching` of each value.
    values: HashMap<String, (u64, u64)>,
}

impl ValueList {
    fn new(column: Column) -> Self {
        Self { column, place: facet_place(column), values: HashMap::new() }
    }

    fn add(&mut self, value: &str, count: u64, matching: u64) -> Result<(), StoreError> {
        if let Some(sums) = self.values.get_mut(value) {
            *sums = (sums.0 + count, sums.1 + matching);
        } else if self.values.len() == MAX_VALUES {
            let column = self.column;
            return Err(StoreError::TooBroad(format!(
                "{column} has more than {MAX_VALUES} values in this period; ask for a shorter period or for \
                 values that hold some letters"
            )));
        } else {
            self.values.insert(value.to_owned(), (count, matching));
        }
        Ok(())
    }

    fn finish(self, request: &FacetRequest, part: &str) -> Facet {
        let limit = request.limit;
        let listed = |(value, (count, matching))| FacetValue { value, count, matching };
        let mut values: Vec<FacetValue> = self.values.into_iter().map(listed).collect();
        let fit = |value: &FacetValue| request.fit(part, self.column, &value.value).unwrap_or(Fit::Within);
        let order = |a: &FacetValue, b: &FacetValue| a.rank(fit(a)).cmp(&b.rank(fit(b)));
        let more = values.len() > limit;
        if more {
            values.select_nth_unstable_by(limit, order);
            values.truncate(limit);
        }
        values.sort_unstable_by(order);
        Facet { column: self.column, values, more }
    }
}

/// Columns whose `matching` has the same condition.
struct Group {
    plan: Plan,
    /// Places in the list of wanted columns.
    lists: Vec<usize>,
}

/// Each column is counted without its own filter; those without one share their condition.
fn groups(query: &Query, lists: &[ValueList]) -> Vec<Group> {
    let filtered = |column| query.filters.iter().any(|filter| filter.target == Target::Column(column));
    let mut groups = Vec::new();
    let mut shared = Group { plan: Plan::new(query), lists: Vec::new() };
    for (place, list) in lists.iter().enumerate() {
        if filtered(list.column) {
            groups.push(Group { plan: Plan::new(&query.without_filter(list.column)), lists: vec![place] });
        } else {
            shared.lists.push(place);
        }
    }
    groups.push(shared);
    groups.retain(|group| !group.lists.is_empty());
    groups
}

/// The counts of one column in one segment, by ordinal.
struct ColumnCounts {
    /// The place among the facet columns.
    place: Option<usize>,
    /// Open once a block needs it; `None` in it where no event has a value.
    values: Option<Option<StrColumn>>,
    counts: Vec<u32>,
    matching: Vec<u32>,
}

/// The counts of one segment.
struct SegmentCounts<'a> {
    view: &'a SegmentView,
    /// One for each wanted column.
    columns: Vec<ColumnCounts>,
    /// A reused buffer.
    ords: Vec<u64>,
    found: Vec<Option<u64>>,
}

impl<'a> SegmentCounts<'a> {
    fn new(view: &'a SegmentView, lists: &[ValueList]) -> Self {
        let empty = |list: &ValueList| ColumnCounts {
            place: list.place,
            values: None,
            counts: Vec::new(),
            matching: Vec::new(),
        };
        Self { view, columns: lists.iter().map(empty).collect(), ords: Vec::new(), found: Vec::new() }
    }

    /// Counts the values in the period: the kept counts less the events outside of it, or the
    /// events inside, whichever are fewer.
    fn count_values(&mut self, times: Times, budget: &Budget) -> Result<(), StoreError> {
        let view = self.view;
        let num_blocks = view.side.blocks.len();
        let inside = (0..num_blocks).filter(|block| times.overlap_of_block(view, *block) == Overlap::Whole);
        let subtract = inside.count() * 2 > num_blocks;
        for column in &mut self.columns {
            let Some(facet) = column.place.and_then(|place| view.side.facets.get(place)) else { continue };
            column.counts = if subtract { facet.counts.clone() } else { vec![0; facet.counts.len()] };
        }
        let parts: Vec<Times> = if subtract { times.others().collect() } else { vec![times] };
        for part in parts.into_iter().filter(|part| part.overlap_of(view) != Overlap::None) {
            visit_hits(view, &Node::All, part, budget, &mut |hits| {
                let add = |column: &mut ColumnCounts, ord: usize| {
                    if let Some(count) = column.counts.get_mut(ord) {
                        *count = if subtract { *count - 1 } else { *count + 1 };
                    }
                };
                self.add(&hits, None, add)
            })?;
        }
        Ok(())
    }

    fn count_matching(&mut self, group: &Group, times: Times, budget: &Budget) -> Result<(), StoreError> {
        for list in &group.lists {
            let Some(column) = self.columns.get_mut(*list) else { continue };
            column.matching =
                if group.plan.is_all() { column.counts.clone() } else { vec![0; column.counts.len()] };
        }
        if group.plan.is_all() {
            return Ok(());
        }
        let view = self.view;
        let node = resolve(&group.plan.logic, view, budget)?;
        visit_hits(view, &node, times, budget, &mut |hits| {
            let add = |column: &mut ColumnCounts, ord: usize| {
                if let Some(count) = column.matching.get_mut(ord) {
                    *count += 1;
                }
            };
            self.add(&hits, Some(&group.lists), add)
        })
    }

    /// Calls `add` with each wanted column and each ordinal that the hits have in it.
    fn add(
        &mut self,
        hits: &Hits<'_>,
        wanted: Option<&[usize]>,
        add: impl Fn(&mut ColumnCounts, usize),
    ) -> Result<(), StoreError> {
        for (list, column) in self.columns.iter_mut().enumerate() {
            let Some(place) = column.place.filter(|_| wanted.is_none_or(|wanted| wanted.contains(&list)))
            else {
                continue;
            };
            let values = match &column.values {
                Some(values) => values.clone(),
                None => column.values.insert(self.view.columns.facet(place).map_err(unreadable)?).clone(),
            };
            let Some(values) = values else { continue };
            match hits {
                Hits::Block(block) => {
                    let rows = values.ords().index.docid_range_to_rowids(self.view.side.docs_of(*block));
                    self.ords.resize(rows.len(), 0);
                    values.ords().values.get_range(u64::from(rows.start), &mut self.ords);
                    self.ords.iter().for_each(|ord| add(column, *ord as usize));
                }
                Hits::Docs(_, docs) => {
                    self.found.clear();
                    self.found.resize(docs.len(), None);
                    values.ords().first_vals(docs, &mut self.found);
                    self.found.iter().flatten().for_each(|ord| add(column, *ord as usize));
                }
            }
        }
        Ok(())
    }

    fn add_to(
        self,
        lists: &mut [ValueList],
        request: &FacetRequest,
        part: &str,
        budget: &Budget,
    ) -> Result<(), StoreError> {
        for (list, column) in lists.iter_mut().zip(self.columns) {
            let Some(place) = column.place else { continue };
            visit_values(self.view, place, &mut |ord, value| {
                if ord % VALUES_PER_CHECK == 0 {
                    budget.check()?;
                }
                let number = |numbers: &[u32]| u64::from(numbers.get(ord).copied().unwrap_or(0));
                let count = number(&column.counts);
                if count == 0 || request.fit(part, list.column, value).is_none() {
                    return Ok(());
                }
                list.add(value, count, number(&column.matching))
            })?;
        }
        Ok(())
    }
}
