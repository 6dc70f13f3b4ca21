//! Pages by cursor: every event exactly once, in order, while others arrive.

use serde_json::Value;
use steplog_model::time::UnixNanos;

use crate::support::{Server, ago, ids, step};

const EVENTS: u128 = 10_000;

/// Follows `link` from page to page and returns the ids of all, adding an event between pages.
async fn follow(
    server: &Server,
    query: &str,
    link: &str,
    first: Option<String>,
    other: &mut u128,
) -> Vec<u128> {
    let (mut found, mut cursor) = (Vec::new(), first);
    loop {
        let at = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let page = server.ok(&format!("/api/v1/events?{query}{at}")).await;
        let mut rows = ids(&page);
        if link == "prev" {
            rows.reverse();
        }
        found.extend(rows);
        *other += 1;
        // Of another kind, so that the question does not ask for it.
        server.add(vec![step(*other, ago(0), "other", "success").build()]).await;
        match page[link].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return found,
        }
    }
}

async fn check(times: impl Fn(u128) -> UnixNanos) {
    let events = (1..=EVENTS).map(|id| step(id, times(id), "asked", "success").build()).collect();
    let server = Server::with(events).await;
    let oldest_first: Vec<u128> = (1..=EVENTS).collect();
    let newest_first: Vec<u128> = oldest_first.iter().rev().copied().collect();
    let mut other = EVENTS;
    for (limit, sort, want) in
        [(1_000, "-time", &newest_first), (999, "time", &oldest_first), (337, "-time", &newest_first)]
    {
        let query = format!("event=asked&limit={limit}&sort={sort}");
        let forth = follow(&server, &query, "next", None, &mut other).await;
        assert_eq!(&forth, want, "{query}");
        // And back from the last page: all but the page that the way back starts on.
        let last = last_page(&server, &query).await;
        let back =
            follow(&server, &query, "prev", last["prev"].as_str().map(str::to_owned), &mut other).await;
        let mut reversed: Vec<u128> = want[..want.len() - ids(&last).len()].to_vec();
        reversed.reverse();
        assert_eq!(back, reversed, "{query} back");
    }
}

async fn last_page(server: &Server, query: &str) -> Value {
    let mut page = server.ok(&format!("/api/v1/events?{query}")).await;
    while let Some(next) = page["next"].as_str() {
        page = server.ok(&format!("/api/v1/events?{query}&cursor={next}")).await;
    }
    page
}

#[tokio::test]
async fn ten_thousand_events_in_one_nanosecond() {
    let time = ago(3_600);
    check(|_| time).await;
}

#[tokio::test]
async fn ten_thousand_events_in_one_millisecond() {
    let time = ago(3_600);
    check(|id| time.saturating_add((id * 1_000_000 / EVENTS) as i64)).await;
}

#[tokio::test]
async fn single_events_page_in_both_directions() {
    let time = ago(60);
    let events = (1..=7).map(|id| step(id, time, "asked", "success").build()).collect();
    let server = Server::with(events).await;
    let mut other = 100;
    let forth = follow(&server, "event=asked&limit=1", "next", None, &mut other).await;
    assert_eq!(forth, [7, 6, 5, 4, 3, 2, 1]);
}
