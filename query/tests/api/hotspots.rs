//! Where it goes wrong.

use http::StatusCode;
use serde_json::json;
use steplog_model::column::Column;
use steplog_model::event::Event;

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
                .cell(Column::Interaction, &format!("i-{version}-{}", number / 2))
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
    assert_eq!(worst["interactions"], json!(150));
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
    assert!((newest["rate"].as_f64().unwrap() - 0.01).abs() < 1e-9);
    let (low, high) = (newest["rate_low"].as_f64().unwrap(), newest["rate_high"].as_f64().unwrap());
    assert!(low > 0.0 && low < 0.01 && high > 0.01 && high < 0.06, "{low} {high}");
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
        (&elements[0]["element"], &elements[0]["element_type"], &elements[0]["failures"]),
        (&json!("Look up"), &json!("api_call"), &json!(50))
    );
    assert_eq!(elements[1]["element"], "Notify");
    let told = server.ok("/api/v1/hotspots?object=Order+updates&compare_a=13&compare_b=14").await;
    let compare = &told["compare"];
    assert_eq!((&compare["a"]["version"], &compare["a"]["events"]), (&json!("13"), &json!(100)));
    assert_eq!((&compare["b"]["version"], &compare["b"]["events"]), (&json!("14"), &json!(210)));
    let look_up = &compare["elements"][0];
    assert_eq!(look_up["element"], "Look up");
    assert!((look_up["change"].as_f64().unwrap() - 0.24).abs() < 1e-9);
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
