//! Questions that people have asked of this and other systems, one row each.

use http::Method;
use steplog_model::column::Column;
use steplog_model::testing::build::EventBuilder;

use crate::asking::{query, written};
use crate::support::{Server, ago, ids, step};

/// Ids and values of every mark.
const ODD: [&str; 24] = [
    "a/b",
    "a%2Fb",
    "100%",
    "..",
    ".",
    "a\tb",
    "😀",
    "a b",
    "a?b",
    "a#b",
    "a&b=c",
    "a+b",
    "\"a\"",
    "a\\b",
    "!a",
    "*a",
    "a,b",
    "a:b",
    "Grüße 你好",
    "\u{202e}rtl",
    "two\nlines",
    "’",
    "ＡＢＣ",
    "~a;b",
];

fn in_path(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn ids_of_every_mark_are_reached_by_filter_and_by_address() {
    for id in ODD {
        let event =
            EventBuilder::new(1, ago(60)).cell(Column::Interaction, id).cell(Column::Object, id).build();
        let server = Server::with(vec![event, step(2, ago(50), "x", "success").build()]).await;
        for name in ["interaction", "object"] {
            for (value, want) in [(written(id), 1), (format!("!{}", written(id)), 2)] {
                let found = server.ok(&format!("/api/v1/events?{}", query(&[(name, &value)]))).await;
                assert_eq!(ids(&found), [want], "{name} {value:?}");
            }
        }
        let told = server.ok(&format!("/api/v1/interactions/{}", in_path(id))).await;
        assert_eq!(told["interaction"], id);
    }
}

#[tokio::test]
async fn long_ids_are_told_apart_and_found() {
    let long = |last: &str| "t".repeat(1_115) + last;
    let event = |id, value: &str| {
        let kept = Column::Person.kept(value).into_owned();
        EventBuilder::new(id, ago(60)).cell(Column::Person, &kept).cell(Column::Interaction, &kept).build()
    };
    let server = Server::with(vec![event(1, &long("a")), event(2, &long("b"))]).await;
    for (id, last) in [(1, "a"), (2, "b")] {
        let found = server.ok(&format!("/api/v1/events?person={}", long(last))).await;
        assert_eq!(ids(&found), [id]);
        let told = server.ok(&format!("/api/v1/interactions/{}", long(last))).await;
        assert_eq!(told["events"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn times_are_read_in_every_form_and_what_is_none_is_refused_with_a_hint() {
    let server = Server::with(vec![]).await;
    for time in [
        "2026-11-29T10:20:30Z",
        "2026-11-29t10:20:30z",
        "2026-11-29T10:20:60Z",
        "2026-11-29T10:20:30.123456789+05:45",
        "2026-11-29T10:20:30-00:00",
        "0001-01-01T00:00:00Z",
        "1796007999871196609",
        "now-24h",
        "now",
    ] {
        server
            .ok(&format!("/api/v1/count?{}", query(&[("from", time), ("to", "9999-12-31T23:59:59Z")])))
            .await;
    }
    for time in [
        "2026-11-29T10:20:30",
        "2026-11-29T10:20:30+25:00",
        "2026-02-30T00:00:00Z",
        "2026-11-29T24:01:00Z",
        "yesterday",
        "now+",
        "1.5",
        "-",
    ] {
        let answer = server.get(&format!("/api/v1/count?{}", query(&[("from", time)]))).await;
        assert_eq!(answer.status, 400, "{time}");
        assert!(!answer.json()["errors"][0]["hint"].as_str().unwrap().is_empty(), "{time}");
    }
}

#[tokio::test]
async fn every_address_answers_to_head_as_to_get() {
    let server = Server::with(vec![step(1, ago(60), "x", "success").build()]).await;
    for path in
        ["/", "/api/v1/events", "/api/v1/count", "/api/v1/interactions/i-1", "/health/live", "/api/v1/none"]
    {
        let get = server.get(path).await;
        let head = server.request(Method::HEAD, path).await;
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
}

#[tokio::test]
async fn a_cursor_into_what_is_gone_gives_an_empty_page() {
    let server = Server::with((1..=3).map(|id| step(id, ago(60), "x", "success").build()).collect()).await;
    let page = server.ok("/api/v1/events?limit=1").await;
    let next = page["next"].as_str().unwrap();
    let other = Server::with(vec![step(9, ago(5), "x", "success").build()]).await;
    let rest = other.ok(&format!("/api/v1/events?limit=1&cursor={next}")).await;
    assert_eq!((ids(&rest), rest["complete"].as_bool()), (vec![], Some(true)));
}

#[tokio::test]
async fn an_end_that_never_comes_is_none() {
    let server = Server::with(vec![step(1, ago(60), "x", "success").build()]).await;
    for to in ["9999-12-31T23:59:59Z", "2262-04-12T00:00:00Z", "9223372036854775807"] {
        assert_eq!(ids(&server.ok(&format!("/api/v1/events?to={to}")).await), [1], "{to}");
    }
}
