//! What `catalog` tells of the columns: true of the answers, and what the page has in its lists.

use http::StatusCode;
use serde_json::Value;
use steplog_model::column::Column;
use steplog_model::event::Flags;
use steplog_model::status;
use steplog_query::vocabulary::Vocabulary;

use crate::support::{Server, ago, step};

/// What the page's tests compare its own lists with.
fn vectors() -> Value {
    let path = format!("{}/tests/vectors/columns.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn columns() -> Vec<Value> {
    vectors()["columns"].as_array().unwrap().clone()
}

fn names(of: impl Fn(&Value) -> bool) -> Vec<String> {
    columns()
        .iter()
        .filter(|column| of(column))
        .map(|column| column["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_columns_are_those_that_the_page_has() {
    let catalog = Server::with(Vec::new()).await.ok("/api/v1/catalog").await;
    assert_eq!(catalog["columns"], vectors()["columns"]);
}

#[tokio::test]
async fn a_row_has_what_every_row_has_and_the_rest_when_asked() {
    let mut event =
        step(1, ago(60), "api.called", "failure").duration_nanos(7).body("a body").flag(Flags::TIME_AHEAD);
    for column in Column::ALL
        .iter()
        .filter(|column| !matches!(column.name(), "event" | "status" | "person" | "interaction"))
    {
        event = event.cell(*column, "some");
    }
    let server = Server::with(vec![event.build()]).await;
    let row = |page: Value| -> Vec<String> {
        let row = page["events"][0].as_object().unwrap();
        let mut names: Vec<_> = row.keys().map(|name| name.replace("duration_nanos", "duration")).collect();
        names.sort();
        names
    };
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    let plain = row(server.ok("/api/v1/events").await);
    assert_eq!(plain, sorted(names(|column| column["in_every_row"] == true)));
    let asked = format!("/api/v1/events?columns={}", names(|_| true).join(","));
    assert_eq!(row(server.ok(&asked).await), sorted(names(|_| true)));
}

#[tokio::test]
async fn facets_are_counted_and_all_but_facts_are_filters() {
    let server = Server::with(vec![step(1, ago(60), "api.called", "failure").build()]).await;
    for column in columns() {
        let name = column["name"].as_str().unwrap();
        let facets = server.get(&format!("/api/v1/facets?columns={name}")).await;
        let wanted = if column["kind"] == "facet" { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        assert_eq!(facets.status, wanted, "{name}: {}", facets.text);
        let filtered = server.get(&format!("/api/v1/events?{name}=some")).await;
        let wanted = if column["group"] == "fact" { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        assert_eq!(filtered.status, wanted, "{name}: {}", filtered.text);
    }
}

#[test]
fn what_the_page_calls_a_value_is_taken_as_that_value() {
    let words = Vocabulary::built_in();
    let values = &vectors()["values"];
    for (column, canonical) in
        [(Column::Status, &status::STATUSES[..]), (Column::OccurredIn, &status::CONTEXTS[..])]
    {
        let labelled = values[column.name()].as_array().unwrap();
        let told: Vec<&str> = labelled.iter().map(|pair| pair[0].as_str().unwrap()).collect();
        assert_eq!(told, canonical);
        for pair in labelled {
            assert_eq!(words.meant(column, pair[1].as_str().unwrap()), [pair[0].as_str().unwrap()]);
        }
    }
}
