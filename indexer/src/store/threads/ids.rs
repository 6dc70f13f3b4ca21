//! Reads the ids of events that an index lacks. Until then their days take no events.

use std::sync::Arc;
use std::time::Duration;

use super::Links;
use crate::partition::Partition;
use crate::state::StoreState;
use crate::unindexed_ids::GoesOn;
use crate::workers::apart;

/// How often it looks for an index that was replaced.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often it looks for free memory.
const ROOM_EVERY: Duration = Duration::from_millis(100);

pub(super) fn read_ids_loop(links: &Links) {
    let Links { state, background, .. } = links;
    let mut pause = Duration::ZERO;
    while background.pause(pause) {
        pause = LOOK_EVERY;
        if state.env.ids.is_in_use() {
            let goes_on = || background.is_open();
            apart("steplog-ids", || pause = read_next(state, &goes_on));
        }
    }
}

/// Reads the ids of one day; returns how long to wait before the next day.
fn read_next(state: &StoreState, goes_on: &GoesOn<'_>) -> Duration {
    let unread = unread_days(state);
    let mut failed = false;
    for partition in &unread {
        match partition.read_ids(goes_on) {
            // There is not enough memory. An older day may need less.
            Ok(false) => {}
            Ok(true) => return Duration::ZERO,
            Err(error) => {
                failed = true;
                let text = format!("which events {} has cannot be read: {error}", partition.label());
                if state.health.notice(&about(partition), text.clone()) {
                    tracing::error!(text, "events of the day are not taken; it is tried again");
                }
            }
        }
    }
    if unread.is_empty() || failed { LOOK_EVERY } else { ROOM_EVERY }
}

/// The days whose ids are not known: those that senders wait for first, then the newest.
fn unread_days(state: &StoreState) -> Vec<Arc<Partition>> {
    let mut unread = state.partitions();
    unread.retain(|partition| {
        let known = partition.knows_ids();
        if known {
            state.health.clear_notice(&about(partition));
        }
        !known
    });
    unread.sort_by_key(|partition| std::cmp::Reverse((partition.ids.is_wanted(), partition.key.1)));
    unread
}

fn about(partition: &Partition) -> String {
    format!("ids {}", partition.label())
}
