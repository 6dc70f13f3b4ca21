//! Retrying as OTLP asks: exponential backoff with jitter, and never sooner than the receiver says.

use std::time::Duration;

use rand::Rng;
use tokio::time::Instant;

use super::reply::Reply;
use super::{Message, Sender};

/// How long and how patiently to retry.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// The pause after the first failure, before jitter.
    pub first_pause: Duration,
    /// The longest pause, before jitter.
    pub longest_pause: Duration,
    /// Give up so long after the first attempt; `None` for never.
    pub give_up_after: Option<Duration>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(5),
            give_up_after: Some(Duration::from_secs(300)),
        }
    }
}

impl RetryPolicy {
    /// How long an attempt may take that begins so long after the first one: it is not waited for any longer than the
    /// policy would retry, but for a moment, so that the first attempt is one.
    fn longest_attempt(&self, since_first: Duration) -> Duration {
        const LEAST: Duration = Duration::from_secs(1);
        self.give_up_after.map_or(Duration::MAX, |most| most.saturating_sub(since_first).max(LEAST))
    }

    /// The pause after failure number `failures` (from 1): half fixed, half random, but at least what the receiver asked for.
    #[must_use]
    pub fn pause(&self, failures: u32, asked: Option<Duration>, rng: &mut impl Rng) -> Duration {
        let doubled = self.first_pause.saturating_mul(1 << failures.saturating_sub(1).min(16));
        let whole = doubled.min(self.longest_pause);
        let own = whole.mul_f64(rng.random_range(0.5..=1.0));
        // Jitter above what was asked for, so that senders do not all come back at once.
        asked.map_or(own, |asked| own.max(asked.mul_f64(rng.random_range(1.0..=1.25))))
    }
}

/// What became of a request after all its attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Attempts after the first one.
    pub retries: u32,
    /// The last reply: `Retry` if the sender gave up.
    pub reply: Reply,
}

impl Delivery {
    /// Whether the receiver acknowledged the request.
    #[must_use]
    pub const fn is_acknowledged(&self) -> bool {
        matches!(self.reply, Reply::Accepted { .. })
    }
}

/// Sends a request until it is accepted or refused, or the policy gives up.
///
/// `on_retry` is told the reason of each retry, before the pause.
pub async fn deliver(
    sender: &mut Sender,
    message: &Message,
    policy: &RetryPolicy,
    mut on_retry: impl FnMut(&str),
) -> Delivery {
    let start = Instant::now();
    let mut retries = 0;
    loop {
        let reply = sender.send_within(message, policy.longest_attempt(start.elapsed())).await;
        let Reply::Retry { after, reason } = &reply else {
            return Delivery { retries, reply };
        };
        let pause = policy.pause(retries + 1, *after, &mut rand::rng());
        if policy.give_up_after.is_some_and(|most| start.elapsed() + pause > most) {
            return Delivery { retries, reply };
        }
        on_retry(reason);
        tokio::time::sleep(pause).await;
        retries += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{Protocol, Target};
    use super::*;
    use crate::otlp_client::Compression;

    /// Connections to a port of which nobody takes them are made by the system, and never answered.
    #[tokio::test]
    async fn a_receiver_that_never_answers_is_given_up_in_time() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target =
            Target::new(Protocol::Http, &format!("http://{}", silent.local_addr().unwrap())).unwrap();
        let message = Message::new(bytes::Bytes::from_static(b"x"), Compression::None).unwrap();
        let policy =
            RetryPolicy { give_up_after: Some(Duration::from_millis(1_200)), ..RetryPolicy::default() };
        let start = Instant::now();
        let delivery = deliver(&mut Sender::new(target), &message, &policy, |_| {}).await;
        assert!(
            matches!(&delivery.reply, Reply::Retry { reason, .. } if reason.starts_with("no reply within 1."))
        );
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }

    #[tokio::test]
    async fn what_breaks_off_without_an_answer_is_asked_for_its_protocol() {
        let other = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = other.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = other.accept().await {
                drop(stream);
            }
        });
        let message = Message::new(bytes::Bytes::from_static(b"x"), Compression::None).unwrap();
        for (protocol, want) in
            [(Protocol::Grpc, "does a gRPC server"), (Protocol::Http, "does an HTTP server")]
        {
            let mut sender = Sender::new(Target::new(protocol, &format!("http://{address}")).unwrap());
            let Reply::Retry { reason, .. } = sender.send(&message).await else { panic!("somebody answers") };
            assert!(reason.contains(want), "{reason}");
        }
    }
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    #[test]
    fn pauses_double_up_to_the_longest_and_respect_the_receiver() {
        let (policy, mut rng) = (RetryPolicy::default(), SmallRng::seed_from_u64(1));
        let mut check = |failures, asked: Option<u64>, least: u64, most: u64| {
            for _ in 0..100 {
                let pause = policy.pause(failures, asked.map(Duration::from_millis), &mut rng).as_millis();
                assert!((u128::from(least)..=u128::from(most)).contains(&pause), "{pause} ms");
            }
        };
        check(1, None, 125, 250);
        check(2, None, 250, 500);
        check(100, None, 2_500, 5_000);
        check(1, Some(2_000), 2_000, 2_500);
        check(6, Some(1_000), 2_500, 5_000);
    }
}
