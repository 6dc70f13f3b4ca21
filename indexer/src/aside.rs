//! Work on several things at once, for who waits for all of them.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, available_parallelism, scope};

/// The most threads of one piece of work: beyond, each one's memory costs more than it gains.
const MAX_THREADS: usize = 4;

/// How many things are worked on at once.
pub(crate) fn threads() -> usize {
    available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS)
}

/// Does `work` for each item on up to [`threads`] threads, of which the caller's is one, and returns the results in
/// the order of the items. A panic in one of them is one of the caller.
pub(crate) fn side_by_side<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let helpers = threads().min(items.len()).saturating_sub(1);
    let waiting = Mutex::new(items.into_iter().enumerate());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    let run = || {
        let mut done = Vec::new();
        while let Some((place, item)) = next() {
            done.push((place, work(item)));
        }
        done
    };
    let mut done = scope(|scope| {
        let begin = |_| Builder::new().name("steplog-aside".to_owned()).spawn_scoped(scope, run);
        // Where no thread is to be had, the others do its part.
        let helpers: Vec<_> = (0..helpers).filter_map(|helper| begin(helper).ok()).collect();
        let mut done = run();
        for helper in helpers {
            done.extend(helper.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        assert!(side_by_side(Vec::<u32>::new(), |item| item).is_empty());
        assert_eq!(side_by_side(vec![7], |item| item + 1), [8]);
        let items: Vec<u32> = (0..1_000).collect();
        assert_eq!(side_by_side(items.clone(), |item| item), items);
    }

    #[test]
    #[should_panic = "of an item"]
    fn a_panic_is_passed_on() {
        side_by_side((0..100).collect(), |item: u32| assert!(item != 99, "of an item"));
    }
}
