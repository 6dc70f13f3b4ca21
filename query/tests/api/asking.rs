//! What is shown can be asked for, and one question has one number.

use proptest::prelude::*;
use serde_json::{Value, json};
use steplog_model::column::Column;
use steplog_model::event::Event;
use steplog_model::record::wire::{put_bytes_field, put_fixed64_field, put_message_field, put_varint_field};
use steplog_model::testing::build::EventBuilder;
use steplog_model::time::{NANOS_PER_DAY, NANOS_PER_SECOND, UnixNanos};

use crate::support::{Server, ago, ids, step};

/// A value of each kind that an attribute can have.
#[derive(Clone, Debug)]
enum Sent {
    Text(String),
    Int(i64),
    Double(f64),
    Bool(bool),
    Bytes(Vec<u8>),
    Empty,
}

fn put_value(out: &mut Vec<u8>, value: &Sent) {
    match value {
        Sent::Text(text) => put_bytes_field(out, 1, text.as_bytes()),
        Sent::Bool(truth) => put_varint_field(out, 2, u64::from(*truth)),
        Sent::Int(int) => put_varint_field(out, 3, int.cast_unsigned()),
        Sent::Double(double) => put_fixed64_field(out, 4, double.to_bits()),
        Sent::Bytes(bytes) => put_bytes_field(out, 7, bytes),
        Sent::Empty => {}
    }
}

fn attribute(key: &str, values: &[Sent]) -> Vec<u8> {
    let mut out = Vec::new();
    put_message_field(&mut out, 6, |out| {
        put_bytes_field(out, 1, key.as_bytes());
        put_message_field(out, 2, |out| match values {
            [single] => put_value(out, single),
            several => put_message_field(out, 5, |out| {
                several.iter().for_each(|value| put_message_field(out, 1, |out| put_value(out, value)));
            }),
        });
    });
    out
}

fn sent() -> impl Strategy<Value = Sent> {
    prop_oneof![
        "\\PC{0,12}".prop_map(Sent::Text),
        "[!\\\\*,:\"+ ]{0,4}".prop_map(Sent::Text),
        any::<i64>().prop_map(Sent::Int),
        any::<f64>().prop_map(Sent::Double),
        prop_oneof![Just(-0.0), Just(1e21), Just(1.5e-7), Just(100.0), Just(f64::INFINITY), Just(f64::NAN)]
            .prop_map(Sent::Double),
        any::<bool>().prop_map(Sent::Bool),
        prop::collection::vec(any::<u8>(), 0..6).prop_map(Sent::Bytes),
        Just(Sent::Empty),
    ]
}

/// A value as a filter has it: the page does the same.
pub(crate) fn written(value: &str) -> String {
    if value.starts_with(['!', '\\', '*']) { format!("\\{value}") } else { value.to_owned() }
}

pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    let encoded = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    encoded.collect::<Vec<_>>().join("&")
}

fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// What a row shows of each value finds the event, by filter, in the search, and nothing finds it by "missing".
async fn check_round_trip(key: &str, values: &[Sent]) {
    let event = step(1, ago(60), "sent", "success").record_bytes(&attribute(key, values)).build();
    let server = Server::with(vec![event, step(2, ago(50), "other", "success").build()]).await;
    let name = format!("attr.{key}");
    let columns = steplog_query::columns::listed(&name);
    let page = server.ok(&format!("/api/v1/events?sort=time&{}", query(&[("columns", &columns)]))).await;
    let shown = match &page["events"][0][&name] {
        Value::Array(several) => several.clone(),
        single => vec![single.clone()],
    };
    for value in shown {
        let value = value.as_str().unwrap();
        let found = server.ok(&format!("/api/v1/events?{}", query(&[(&name, &written(value))]))).await;
        assert_eq!(ids(&found), [1], "{name} {value:?}");
        let excluded = format!("!{}", written(value));
        let others = server.ok(&format!("/api/v1/events?{}", query(&[(&name, &excluded)]))).await;
        assert_eq!(ids(&others), [2], "{name} not {value:?}");
        let escaped = |text: &str| text.chars().flat_map(|c| ['\\', c]).collect::<String>();
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        let plain = key.chars().all(|c| !c.is_alphanumeric() && !c.is_control());
        let search = format!("attr.{}:\"{quoted}\"", if plain { escaped(key) } else { key.to_owned() });
        if plain || key.chars().all(char::is_alphanumeric) {
            let found = server.ok(&format!("/api/v1/events?{}", query(&[("q", &search)]))).await;
            assert_eq!(ids(&found), [1], "{search}");
        }
    }
    for (written, want) in [("*", 1), ("!*", 2)] {
        let found = server.ok(&format!("/api/v1/events?{}", query(&[(&name, written)]))).await;
        assert_eq!(ids(&found), [want], "{name} {written}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn what_a_row_shows_finds_the_event(
        key in prop_oneof!["[a-z]{1,6}", "[,:\\\\ .!*]{0,4}", "\\PC{1,6}"],
        values in prop::collection::vec(sent(), 1..4),
    ) {
        block_on(check_round_trip(&key, &values));
    }
}

#[tokio::test]
async fn a_number_is_one_in_every_spelling_and_a_text_is_not() {
    let with =
        |id, value| step(id, ago(60), "x", "success").record_bytes(&attribute("cost", &[value])).build();
    let server = Server::with(vec![
        with(1, Sent::Double(1.5e-7)),
        with(2, Sent::Double(100.0)),
        with(3, Sent::Int(100)),
        with(4, Sent::Text("100.0".to_owned())),
        with(5, Sent::Double(f64::NEG_INFINITY)),
        with(6, Sent::Text("1.10".to_owned())),
        with(7, Sent::Double(1.1)),
    ])
    .await;
    for (value, want) in [
        ("1.5e-7", &[1][..]),
        ("0.00000015", &[1]),
        ("100", &[3, 2]),
        ("%2B1e2", &[3, 2]),
        ("100.0", &[4, 3, 2]),
        ("-inf", &[5]),
        ("-Infinity", &[5]),
        ("1.1", &[7]),
        ("1.10", &[7, 6]),
    ] {
        let found = server.ok(&format!("/api/v1/events?attr.cost={value}")).await;
        assert_eq!(ids(&found), want, "{value}");
    }
    let details = server.get(&format!("/api/v1/events/{:032x}", 2)).await;
    assert!(details.text.contains("{\"doubleValue\":100}"), "{}", details.text);
}

#[tokio::test]
async fn several_values_are_several() {
    let two = attribute("tag", &[Sent::Text("a, b".to_owned()), Sent::Int(7), Sent::Text("a, b".to_owned())]);
    let server = Server::with(vec![step(1, ago(60), "x", "success").record_bytes(&two).build()]).await;
    let page = server.ok("/api/v1/events?columns=attr.tag").await;
    assert_eq!(page["events"][0]["attr.tag"], json!(["a, b", "7"]));
    let csv = server.get("/api/v1/export?format=csv&columns=attr.tag").await.text;
    assert_eq!(csv, "attr.tag\r\n\"[\"\"a, b\"\",\"\"7\"\"]\"\r\n");
    let pasted = query(&[("q", "\"[\\\"a, b\\\",\\\"7\\\"]\"")]);
    assert_eq!(ids(&server.ok(&format!("/api/v1/events?{pasted}")).await), [1]);
}

#[tokio::test]
async fn an_event_opens_by_its_uuid() {
    let id = 0x6ba7_b810_9dad_11d1_80b4_00c0_4fd4_30c8;
    let server = Server::with(vec![step(id, ago(60), "x", "success").build()]).await;
    for spelled in ["6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B8109DAD11D180B400C04FD430C8"] {
        let found = server.ok(&format!("/api/v1/events/{spelled}")).await;
        assert_eq!(found["id"], "6ba7b8109dad11d180b400c04fd430c8");
    }
}

#[tokio::test]
async fn the_pages_own_words_find() {
    let event = step(1, ago(60), "journey.api.called", "failure")
        .cell(Column::OccurredIn, "journey")
        .cell(Column::Version, "15")
        .build();
    let server = Server::with(vec![event, step(2, ago(50), "other", "success").build()]).await;
    for question in [
        "status=Failure",
        "event=API%20called",
        "occurred_in=JOURNEY",
        "version=v15",
        "q=status:Failure",
        "q=event:%22API%20called%22",
        "q=version:v15",
        "status=!Success",
    ] {
        let found = server.ok(&format!("/api/v1/events?{question}")).await;
        assert_eq!(ids(&found), [1], "{question}");
    }
    let names = |answer: &Value| {
        let values = answer["facets"]["event"]["values"].as_array().unwrap().clone();
        values.iter().map(|value| value["value"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for prefix in ["API%20c", "called", "api"] {
        let found = server.ok(&format!("/api/v1/facets?columns=event&prefix={prefix}")).await;
        assert_eq!(names(&found), ["journey.api.called"], "{prefix}");
    }
    let matching = server.ok("/api/v1/facets?columns=event&status=failure").await;
    assert_eq!(names(&matching), ["journey.api.called", "other"], "what matches is first");
}

#[tokio::test]
async fn an_empty_answer_tells_what_is_near() {
    let event =
        step(1, ago(60), "x", "failure").cell(Column::Object, "Welcome series").body("delivered").build();
    let server = Server::with(vec![event]).await;
    for (question, parameter, instead) in [
        ("object=welcome%20series", "object", "Welcome series"),
        ("object=Welcome%20serie", "object", "Welcome series"),
        ("q=deliv", "q", "deliv*"),
        ("q=object:%22welcome%20series%22", "q", "object:\"Welcome series\""),
    ] {
        let page = server.ok(&format!("/api/v1/events?why=1&{question}")).await;
        let near = &page["near"][0];
        assert_eq!((&near["parameter"], &near["instead"]), (&json!(parameter), &json!(instead)), "{page}");
        assert_eq!(near["events"], 1);
    }
    let nothing = server.ok("/api/v1/events?why=1&q=zebra").await;
    assert_eq!(nothing["near"], json!([]));
}

/// Events of senders whose clocks are right, behind and ahead, by so many minutes; none so near to the end of a period
/// that it passes it during a test.
fn skewed(minutes: &[i64]) -> Vec<Event> {
    let event = |(place, minutes): (usize, &i64)| {
        let seconds = minutes * 60 + 30;
        let status = ["success", "failure", "in_progress"][place % 3];
        let builder = EventBuilder::new(place as u128 + 1, ago(-seconds)).cell(Column::Event, "x");
        if place % 4 == 3 { builder.build() } else { builder.cell(Column::Status, status).build() }
    };
    minutes.iter().enumerate().map(event).collect()
}

/// All numbers of one screen, under one period.
async fn check_sums(server: &Server, question: &str) {
    let count = server.ok(&format!("/api/v1/count?{question}")).await["count"].as_u64().unwrap();
    for buckets in ["1", "7", "60"] {
        for zone in ["UTC", "Europe/Zagreb", "Australia/Lord_Howe"] {
            let asked = format!("/api/v1/histogram?{question}&buckets={buckets}&tz={zone}");
            let bars = server.ok(&asked).await;
            assert_eq!(bars["total"], count, "{asked}: {bars}");
            let of = |counts: &Value| {
                counts.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum::<u64>()
            };
            let drawn = bars["buckets"].as_array().unwrap().iter().map(|bar| of(&bar["counts"])).sum::<u64>();
            let ahead = bars["ahead"].as_object().map_or(0, |ahead| of(&ahead["counts"]));
            assert_eq!(drawn + ahead, count, "{asked}: {bars}");
            if ahead > 0 {
                // What is told to be ahead is what a period from there on has.
                let from = bars["ahead"]["from"].as_str().unwrap();
                let filters = question.split('&').filter(|part| !part.starts_with("from="));
                let later = filters.map(|part| format!("&{part}")).collect::<String>();
                let later = server.ok(&format!("/api/v1/count?from={from}{later}")).await;
                assert_eq!(later["count"], ahead, "{asked}: {bars}");
                assert!(bars["ahead"]["last"].as_str().unwrap() >= from);
            }
            let drawn = bars["buckets"].as_array().unwrap().len();
            assert!(
                drawn <= buckets.parse::<usize>().unwrap() + usize::from(buckets != "1"),
                "{asked}: {drawn}"
            );
        }
    }
    let facets = server.ok(&format!("/api/v1/facets?columns=event&{question}")).await;
    let values = facets["facets"]["event"]["values"].as_array().unwrap();
    assert_eq!(values.iter().map(|value| value["matching"].as_u64().unwrap()).sum::<u64>(), count);
    let (mut rows, mut cursor) = (0, String::new());
    loop {
        let page = server.ok(&format!("/api/v1/events?{question}&limit=3{cursor}")).await;
        rows += page["events"].as_array().unwrap().len() as u64;
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(rows, count, "{question}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn one_question_has_one_number(
        minutes in prop::collection::vec(
            prop_oneof![-3_000_i64..0, -1_500_i64..1_500, 0_i64..1_500, -50_000_i64..0],
            0..20,
        ),
        period in prop::sample::select(&["", "from=0", "from=now-2d", "from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z", "to=now"][..]),
        filter in prop::sample::select(&["", "&status=failure", "&status=!*", "&status=!failure"][..]),
    ) {
        let question = format!("{period}{filter}");
        block_on(async {
            let server = Server::with(skewed(&minutes)).await;
            check_sums(&server, question.trim_start_matches('&')).await;
        });
    }
}

#[tokio::test]
async fn what_is_ahead_of_the_clock_does_not_stretch_the_bars() {
    for ahead in [3_600, 26 * 3_600, 400 * 86_400] {
        let times = [20 * 86_400, 60, -ahead].map(ago);
        let events = times.into_iter().zip(1..).map(|(time, id)| step(id, time, "x", "success").build());
        let server = Server::with(events.collect()).await;
        let bars = server.ok("/api/v1/histogram?buckets=96").await;
        assert_eq!(bars["step"], (900 * NANOS_PER_SECOND).to_string(), "bars of a quarter: {bars}");
        assert!(bars["buckets"].as_array().unwrap().len() <= 97);
        assert_eq!((&bars["total"], &bars["ahead"]["counts"]), (&json!(2), &json!({"success": 1})));
        let [first, _, last] = times;
        assert_eq!(bars["ahead"]["last"], last.to_string());
        assert_eq!(bars["ahead"]["from"], bars["end"]);

        let all = server.ok("/api/v1/histogram?from=0&buckets=20").await;
        assert_eq!(
            (&all["from"], &all["step"]),
            (&json!(first.to_string()), &json!(NANOS_PER_DAY.to_string()))
        );
        assert_eq!(all["total"], 3);
        let nothing = server.ok("/api/v1/histogram?from=0&buckets=20&event=none").await;
        assert_eq!(nothing["from"], all["from"], "the bars of one period are the same under all filters");
        assert_eq!(nothing["ahead"], json!(null));

        // From where they begin on, they are what is drawn.
        let later = format!("/api/v1/histogram?from={}", bars["end"].as_str().unwrap());
        let later = server.ok(&later).await;
        assert_eq!((&later["total"], &later["ahead"]), (&json!(1), &json!(null)));
        assert_eq!(later["to"], last.saturating_add(1).to_string());
    }
    let empty = Server::with(vec![]).await.ok("/api/v1/histogram?from=0").await;
    assert_eq!(empty["total"], 0);
}

#[tokio::test]
async fn interactions_are_counted_where_asked_for() {
    let event = |id, interaction: Option<&str>| {
        let event = EventBuilder::new(id, ago(60)).cell(Column::Event, "x");
        interaction.into_iter().fold(event, |event, id| event.cell(Column::Interaction, id)).build()
    };
    let some = [Some("a"), Some("a"), Some("b"), None, None];
    let server = Server::with(some.into_iter().zip(1..).map(|(one, id)| event(id, one)).collect()).await;
    let told = server.ok("/api/v1/count?interactions=1").await;
    assert_eq!((&told["count"], &told["interactions"]), (&json!(5), &json!(4)));
    assert_eq!(server.ok("/api/v1/count?interactions=1&interaction=a").await["interactions"], 1);
    assert!(server.ok("/api/v1/count").await.get("interactions").is_none());
}

#[tokio::test]
async fn one_bar_is_one() {
    let server = Server::with(vec![step(1, ago(60), "x", "success").build()]).await;
    let hour = UnixNanos(ago(7_200).0 / 1_000_000 * 1_000_000);
    let end = hour.saturating_add(3_600 * NANOS_PER_SECOND);
    let bars = server.ok(&format!("/api/v1/histogram?buckets=1&from={hour}&to={end}")).await;
    let starts: Vec<_> = bars["buckets"].as_array().unwrap().iter().map(|bar| bar["time"].clone()).collect();
    assert_eq!(starts, [json!(hour.to_string())]);
    assert_eq!(bars["end"], end.to_string());
}

#[tokio::test]
async fn days_are_those_of_the_zone() {
    let server = Server::with(vec![]).await;
    let bars = server
        .ok("/api/v1/histogram?from=2026-10-24T22:00:00Z&to=2026-10-26T23:00:00Z&buckets=2&tz=Europe/Zagreb");
    let bars = bars.await;
    let starts: Vec<_> = bars["buckets"].as_array().unwrap().iter().map(|bar| bar["time"].clone()).collect();
    assert_eq!(starts, ["2026-10-24T22:00:00.000000000Z", "2026-10-25T23:00:00.000000000Z"]);
    assert_eq!(bars["end"], "2026-10-26T23:00:00.000000000Z");
}
