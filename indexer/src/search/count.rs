//! Exact counts.

use steplog_model::query::{Count, Query};
use steplog_model::store::{Budget, StoreError};

use super::Day;
use super::hits::{Hits, Overlap, Times, visit_hits};
use super::node::Node;
use super::plan::Plan;
use super::resolve::resolve;

pub(super) fn count(days: &[Day], query: &Query, budget: &Budget) -> Result<Count, StoreError> {
    let plan = Plan::new(query);
    let mut events = 0;
    let Some(times) = Times::of(query.period) else { return Ok(Count { events, complete: true }) };
    for view in days.iter().flat_map(|day| &day.snapshot.segments) {
        budget.check()?;
        let overlap = times.overlap_of(view);
        if overlap == Overlap::None {
            continue;
        }
        let node = resolve(&plan.logic, view, budget)?;
        events += match (&node, overlap) {
            (Node::All, Overlap::Whole) => u64::from(view.side.num_docs),
            (Node::Postings(..) | Node::Docs(_), Overlap::Whole) => {
                u64::from(node.at_most(view.side.num_docs))
            }
            _ => {
                let mut found = 0;
                visit_hits(view, &node, times, budget, &mut |hits| {
                    found += match hits {
                        Hits::Block(place) => view.side.docs_of(place).len(),
                        Hits::Docs(_, docs) => docs.len(),
                    } as u64;
                    Ok(())
                })?;
                found
            }
        };
    }
    Ok(Count { events, complete: true })
}
