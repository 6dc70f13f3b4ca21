//! Loads that are sent beside each other, as several senders of one moment are: about equally far.

use std::sync::Arc;

use tokio::sync::watch;

/// Keeps several loads level: none gets further ahead of another than so many events.
#[derive(Clone, Debug)]
pub struct Level {
    made: Arc<watch::Sender<Vec<u64>>>,
    slack_events: u64,
}

impl Level {
    /// For so many loads, numbered from 0.
    #[must_use]
    pub fn new(loads: usize, slack_events: u64) -> Self {
        Self { made: Arc::new(watch::Sender::new(vec![0; loads])), slack_events }
    }

    /// Waits until the load is not too far ahead.
    pub(super) async fn wait(&self, load: usize) {
        let is_level = |made: &Vec<u64>| {
            let mine = made.get(load).copied().unwrap_or(0);
            made.iter().all(|other| mine <= other.saturating_add(self.slack_events))
        };
        // It fails only once nobody holds a sender.
        let _ = self.made.subscribe().wait_for(is_level).await;
    }

    /// Notes how many events of the load are made: the highest number where there are no more.
    pub(super) fn note(&self, load: usize, made: u64) {
        self.made.send_modify(|all| {
            if let Some(mine) = all.get_mut(load) {
                *mine = made;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn nobody_gets_ahead_by_more_than_the_slack() {
        let level = Level::new(2, 10);
        level.note(0, 10);
        level.wait(0).await;
        level.note(0, 11);
        let mut waiting = Box::pin(level.wait(0));
        assert!(tokio::time::timeout(Duration::ZERO, &mut waiting).await.is_err(), "it is 11 ahead");
        level.wait(1).await;
        level.note(1, 1);
        waiting.await;
        // The end of one holds up no other.
        level.note(0, 5_000);
        level.note(1, u64::MAX);
        level.wait(0).await;
    }
}
