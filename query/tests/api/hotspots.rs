//! Where it goes wrong.

use http::StatusCode;
use serde_json::json;
use steplog_model::column::Column;
use steplog_model::event::Event;
use steplog_model::time::{NANOS_PER_SECOND, UnixNanos};

use crate::support::{Server, ago, step};

/// `count` runs of an element, of which `failures` fail; the nth takes n milliseconds.
fn runs(first: u128, version: &str, element: &str, count: u64, failures: u64) -> Vec<Event> {
    (0..count)
        .map(|number| {
            let status = if number < failures { "timed_out" } else { "success" };
            step(first + u128::from(number), ago(1_000 + number as i64), "journey.api.called", status)
                .cell(Column::OccurredIn, "journey")
                .cell(Column::Object, "Order updates")
                .cell(Column::Version, version)
                .cell(Column::Element, element)
                .cell(Column::ElementType, "api_call")
                .cell(Column::Interaction, &format!("i-{version}-{element}-{}", number / 2))
                .duration_nanos((number + 1) * 1_000_000)
                .build()
        })
        .collect()
}

async fn server() -> Server {
    let other = step(1, ago(60), "chatbot.intent.not_matched", "failure")
        .cell(Column::OccurredIn, "chatbot")
        .cell(Column::Object, "Helper")
        .build();
    let mut events = vec![other, step(2, ago(50), "plain", "success").build()];
    events.extend(runs(100, "13", "Look up", 100, 1));
    events.extend(runs(300, "14", "Look up", 200, 50));
    events.extend(runs(600, "14", "Notify", 10, 5));
    Server::with(events).await
}

#[tokio::test]
async fn objects_come_worst_first_with_their_versions() {
    let told = server().await.ok("/api/v1/hotspots").await;
    assert_eq!((&told["more"], &told["complete"]), (&json!(false), &json!(true)));
    let objects = told["objects"].as_array().unwrap();
    let names: Vec<_> = objects.iter().map(|object| (&object["object"], &object["occurred_in"])).collect();
    let want = [
        (&json!("Order updates"), &json!("journey")),
        (&json!("Helper"), &json!("chatbot")),
        (&json!(null), &json!(null)),
    ];
    assert_eq!(names, want);
    let worst = &objects[0];
    assert_eq!((&worst["events"], &worst["failures"]), (&json!(310), &json!(56)));
    // Two runs each make an interaction; of five failures in a row, the last is in one that its neighbour made.
    assert_eq!((&worst["interactions"], &worst["failed_interactions"]), (&json!(155), &json!(1 + 25 + 3)));
    // An event that belongs to no interaction is one of its own.
    assert_eq!((&objects[1]["interactions"], &objects[1]["failed_interactions"]), (&json!(1), &json!(1)));
    let versions: Vec<_> =
        worst["versions"].as_array().unwrap().iter().map(|version| &version["version"]).collect();
    assert_eq!(versions.len(), 2);
    assert!(worst["versions"][0].get("elements").is_none(), "elements are told where they are asked for");
    let newest =
        worst["versions"].as_array().unwrap().iter().find(|version| version["version"] == "13").unwrap();
    assert_eq!(
        (&newest["events"], &newest["failures"], &newest["durations"]),
        (&json!(100), &json!(1), &json!(100))
    );
    assert!((newest["rate"].as_f64().unwrap() - 0.02).abs() < 1e-9, "one of 50 interactions");
    let (low, high) = (newest["rate_low"].as_f64().unwrap(), newest["rate_high"].as_f64().unwrap());
    assert!(low > 0.0 && low < 0.02 && high > 0.02 && high < 0.12, "{low} {high}");
    let near = |found: &serde_json::Value, millis: f64| {
        let found = found.as_f64().unwrap() / 1e6;
        assert!((found - millis).abs() <= millis * 0.008, "{found} is not {millis}");
    };
    near(&newest["duration_p50_nanos"], 50.0);
    near(&newest["duration_p95_nanos"], 95.0);
}

#[tokio::test]
async fn one_object_is_told_by_element_and_two_versions_side_by_side() {
    let server = server().await;
    let one = server.ok("/api/v1/hotspots?object=Order+updates").await;
    let elements = &one["objects"][0]["versions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|version| version["version"] == "14")
        .unwrap()["elements"];
    assert_eq!(
        (&elements[0]["element"], &elements[0]["element_type"], &elements[0]["first_failed"]),
        (&json!("Look up"), &json!("api_call"), &json!(25))
    );
    assert_eq!(elements[1]["element"], "Notify");
    let told = server.ok("/api/v1/hotspots?object=Order+updates&compare_a=13&compare_b=14").await;
    let compare = &told["compare"];
    assert_eq!((&compare["a"]["version"], &compare["a"]["events"]), (&json!("13"), &json!(100)));
    assert_eq!((&compare["b"]["version"], &compare["b"]["events"]), (&json!("14"), &json!(210)));
    let look_up = &compare["elements"][0];
    assert_eq!(look_up["element"], "Look up");
    assert!((look_up["change"].as_f64().unwrap() - (0.25 - 0.02)).abs() < 1e-9);
    assert_eq!(look_up["few"], false);
    let notify = &compare["elements"][1];
    assert_eq!((&notify["a"], &notify["change"], &notify["few"]), (&json!(null), &json!(null), &json!(true)));
    // A version that did not run is told as such.
    let none = server.ok("/api/v1/hotspots?object=Order+updates&compare_a=13&compare_b=99").await;
    assert_eq!((&none["compare"]["b"]["events"], &none["compare"]["b"]["last"]), (&json!(0), &json!(null)));
}

#[tokio::test]
async fn filters_and_limits_hold_and_mistakes_are_told() {
    let server = server().await;
    let told = server.ok("/api/v1/hotspots?status=timed_out&limit=1").await;
    assert_eq!((told["objects"].as_array().unwrap().len(), &told["more"]), (1, &json!(false)));
    assert_eq!(told["objects"][0]["events"], 56);
    assert_eq!(server.ok("/api/v1/hotspots?limit=1").await["more"], true);
    let wrong = server.get("/api/v1/hotspots?compare_a=13&object=x&object=y&limit=0&sort=time").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let parameters: Vec<String> = wrong.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["parameter"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(parameters, ["sort", "limit", "compare_b"]);
    let wrong = server.get("/api/v1/hotspots?compare_a=13&compare_b=14").await;
    assert_eq!(wrong.json()["errors"][0]["parameter"], "compare_a");
}

/// A journey of two steps: the first may fail; where it does the exit fails with it.
fn journey(number: u64, fails: bool, seconds_ago: i64) -> [Event; 2] {
    let run = |id: u64, element: &str, seconds: i64| {
        step(u128::from(id), ago(seconds), "journey.api.called", if fails { "failure" } else { "success" })
            .cell(Column::Object, "Parcel delay")
            .cell(Column::Version, if number.is_multiple_of(2) { "14" } else { "15" })
            .cell(Column::Element, element)
            .cell(Column::Interaction, &format!("run-{number}"))
            .build()
    };
    [run(2 * number + 10, "Look up carrier", seconds_ago), run(2 * number + 11, "Exit", seconds_ago - 1)]
}

/// Of each element of a version, how many interactions failed there first, and how many there at all.
fn firsts(version: &serde_json::Value) -> Vec<(String, u64, u64)> {
    let number = |element: &serde_json::Value, name: &str| element[name].as_u64().unwrap();
    let told = |element: &serde_json::Value| {
        let name = element["element"].as_str().unwrap().to_owned();
        (name, number(element, "first_failed"), number(element, "failed_interactions"))
    };
    version["elements"].as_array().unwrap().iter().map(told).collect()
}

#[tokio::test]
async fn a_failure_counts_where_the_interaction_failed_first() {
    let mut events: Vec<Event> =
        (0..100).flat_map(|number| journey(number, number % 4 < 2, 5_000 + number as i64)).collect();
    // One person who tries again and again is one interaction.
    events.extend((0..120).map(|number| {
        step(5_000 + number, ago(300 + number as i64), "journey.api.called", "failure")
            .cell(Column::Object, "Retry storm")
            .cell(Column::Element, "Pay")
            .cell(Column::Interaction, "the-one")
            .build()
    }));
    let server = Server::with(events).await;
    let told = server.ok("/api/v1/hotspots").await;
    let names: Vec<_> = told["objects"].as_array().unwrap().iter().map(|one| &one["object"]).collect();
    assert_eq!(names, ["Parcel delay", "Retry storm"], "fifty people before one");
    assert_eq!(
        (&told["objects"][1]["failures"], &told["objects"][1]["failed_interactions"]),
        (&json!(120), &json!(1))
    );
    let one = server.ok("/api/v1/hotspots?object=Parcel+delay").await;
    for version in one["objects"][0]["versions"].as_array().unwrap() {
        assert_eq!(firsts(version), [("Look up carrier".to_owned(), 25, 25), ("Exit".to_owned(), 0, 25)]);
        assert_eq!(version["failed_interactions"], 25);
    }
    let two = server.ok("/api/v1/hotspots?object=Parcel+delay&compare_a=14&compare_b=15").await;
    for element in two["compare"]["elements"].as_array().unwrap() {
        let first = if element["element"] == "Exit" { 0 } else { 25 };
        assert_eq!(
            (&element["a"]["first_failed"], &element["b"]["first_failed"]),
            (&json!(first), &json!(first))
        );
    }
}

#[tokio::test]
async fn a_wait_that_ran_out_is_no_failure() {
    let wait = |id, name: &str| {
        step(id, ago(60), name, "timed_out")
            .cell(Column::Object, "Welcome")
            .cell(Column::Element, "Wait")
            .build()
    };
    let server = Server::with(vec![wait(1, "journey.wait.timed_out"), wait(2, "journey.api.called")]).await;
    let told = &server.ok("/api/v1/hotspots?object=Welcome").await["objects"][0];
    assert_eq!((&told["events"], &told["failures"], &told["waits_over"]), (&json!(2), &json!(1), &json!(1)));
    let only = server.ok("/api/v1/hotspots?object=Welcome&event=journey.wait.timed_out").await;
    assert_eq!(
        (&only["objects"][0]["failed_interactions"], &only["objects"][0]["rate"]),
        (&json!(0), &json!(0.0))
    );
}

#[tokio::test]
async fn since_when_an_element_fails_is_told_with_what_was_before() {
    let hour = 3_600;
    let at = |number: u64| 20 * hour - number as i64 * 60;
    // One each minute over twenty hours; in the last two of them each second one fails.
    let bad = |number: u64| (number >= 1_080 && number.is_multiple_of(2)) || number % 100 == 7;
    let events: Vec<Event> = (0..1_200).flat_map(|number| journey(number, bad(number), at(number))).collect();
    let began = events[2 * 1_080].time;
    let server = Server::with(events).await;
    let told = server.ok("/api/v1/hotspots?object=Parcel+delay").await;
    let onset = &told["onsets"][0];
    assert_eq!((&onset["element"], &onset["until"]), (&json!("Look up carrier"), &json!(null)), "{told}");
    assert_eq!(onset["since"], began.to_string());
    assert_eq!(told["onsets"].as_array().unwrap().len(), 1, "the exit failed nowhere first");
    let rate = |name: &str| onset[name].as_f64().unwrap();
    assert!((rate("rate") - 0.51).abs() < 0.02 && (rate("rate_before") - 0.01).abs() < 0.005, "{onset}");
    // The numbers are those that the log has from then on.
    let log = "/api/v1/count?object=Parcel+delay&element=Look+up+carrier&interactions=1";
    let since = onset["since"].as_str().unwrap();
    let failed = server.ok(&format!("{log}&from={since}&status=failure")).await;
    assert_eq!(failed["interactions"], onset["failed_interactions"]);
    assert_eq!(server.ok(&format!("{log}&from={since}")).await["interactions"], onset["interactions"]);
    // It is not told of what was as bad from the beginning on, nor of one status alone.
    let later = server.ok("/api/v1/hotspots?object=Parcel+delay&from=now-90m").await;
    assert_eq!(later["onsets"], json!([]));
    let status = server.ok("/api/v1/hotspots?object=Parcel+delay&status=failure").await;
    assert!(status.get("onsets").is_none());
    assert!(server.ok("/api/v1/hotspots").await.get("onsets").is_none());
}

#[tokio::test]
async fn a_stretch_that_is_over_tells_its_end() {
    let at = |number: u64| 20 * 3_600 - number as i64 * 60;
    let bad = |number: u64| (600..660).contains(&number);
    let events = (0..1_199).flat_map(|number| journey(number, bad(number), at(number))).collect();
    let told = Server::with(events).await.ok("/api/v1/hotspots?object=Parcel+delay").await;
    let until: UnixNanos = told["onsets"][0]["until"].as_str().unwrap().parse().unwrap();
    let end = ago(at(660));
    assert!(until.0.abs_diff(end.0) < 330 * NANOS_PER_SECOND as u64, "{until} is not about {end}");
}
