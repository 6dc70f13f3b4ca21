//! Runs work in other threads and waits for it: in parallel, or apart from the caller's thread.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, available_parallelism, scope};

/// The most threads of one piece of work. Beyond, a thread's memory costs more than it gains.
const MAX_THREADS: usize = 4;

/// How many items are worked on in parallel.
pub(crate) fn threads() -> usize {
    available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS)
}

/// Does `work` for each item on up to [`threads`] threads, the caller's among them. Returns the results in the order of
/// the items. Passes a panic on.
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
        // Where no thread can be spawned, the others do its part.
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

/// Does `work` in a thread of its own, and waits for it. Passes a panic on.
///
/// An idle thread keeps memory that other threads freed: the allocator (mimalloc) takes it back only when the thread
/// runs or ends. So work that needs much memory now and then runs in a short-lived thread.
pub(crate) fn apart(name: &str, work: impl FnOnce() + Send) {
    let work = Mutex::new(Some(work));
    let take = || work.lock().unwrap_or_else(PoisonError::into_inner).take();
    let run = || take().map_or((), |work| work());
    scope(|scope| match Builder::new().name(name.to_owned()).spawn_scoped(scope, run) {
        Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
        // Where no thread can be spawned, the caller does it.
        Err(_) => run(),
    });
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

    #[test]
    #[should_panic = "of work apart"]
    fn work_apart_is_done_once_in_another_thread() {
        let mut done = Vec::new();
        apart("elsewhere", || done.push(std::thread::current().name().map(str::to_owned)));
        assert_eq!(done, [Some("elsewhere".to_owned())]);
        apart("elsewhere", || assert!(done.is_empty(), "of work apart"));
    }
}
