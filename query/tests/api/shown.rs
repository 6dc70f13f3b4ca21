//! Whatever an answer shows of an event can be put into a filter, or pasted into the search box, and finds that event;
//! where it cannot, the answer says so.

use proptest::prelude::*;
use serde_json::Value;
use steplog_model::column::Column;
use steplog_model::content::{ENDING_COLUMNS, MIN_ENDING_CHARS};
use steplog_model::event::Event;
use steplog_model::ids::EventId;
use steplog_model::testing::arbitrary::event;
use steplog_model::testing::build::EventBuilder;
use steplog_model::text::visit_tokens;

use crate::asking::{block_on, query, written};
use crate::support::{Server, ago, ids, step};

const ASKED: u128 = 1;

async fn finds(server: &Server, name: &str, value: &str) {
    let path = format!("/api/v1/events?from=0&{}", query(&[(name, value)]));
    let found = server.ok(&path).await;
    assert!(ids(&found).contains(&ASKED), "{name}={value:?} does not find the event: {found}");
}

/// Pastes a text into the search box, in quotes. What has neither letter nor digit is refused, with the reason.
async fn pasted(server: &Server, text: &str) {
    let quoted = format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut any = false;
    visit_tokens(text, &mut |_, _| any = true);
    if any {
        finds(server, "q", &quoted).await;
    } else {
        let answer = server.get(&format!("/api/v1/events?{}", query(&[("q", &quoted)]))).await;
        assert!(
            !answer.json()["errors"][0]["hint"].as_str().unwrap().is_empty(),
            "{text:?}: {}",
            answer.text
        );
    }
}

/// Pastes a body. A list, or names and values, of which nothing can be searched is told.
async fn pasted_body(server: &Server, body: &str) {
    let has_text = |value: &Value| {
        let mut any = false;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        visit_tokens(&text, &mut |_, _| any = !value.is_null());
        any
    };
    let Some(whole) = serde_json::from_str(body).ok().filter(|whole: &Value| !whole.is_string()) else {
        return pasted(server, body).await;
    };
    let (mut left, mut is_searched, mut has_names_or_texts) = (vec![&whole], false, false);
    while let Some(value) = left.pop() {
        match value {
            Value::Array(values) => left.extend(values),
            Value::Object(members) => {
                has_names_or_texts = true;
                left.extend(members.values());
            }
            scalar => {
                has_names_or_texts |= scalar.is_string();
                is_searched |= has_text(scalar);
            }
        }
    }
    if is_searched && has_names_or_texts || !whole.is_array() && !whole.is_object() {
        return pasted(server, body).await;
    }
    let quoted = format!("\"{}\"", body.replace('\\', "\\\\").replace('"', "\\\""));
    let answer = server.get(&format!("/api/v1/events?from=0&{}", query(&[("q", &quoted)]))).await.json();
    let (found, hint) = (&answer["events"][0]["id"], &answer["hints"][0]["hint"]);
    let refused = &answer["errors"][0]["hint"];
    assert!(found.is_string() || hint.is_string() || refused.is_string(), "{body}: {answer}");
}

/// The cells of a CSV file of one event, by the names at its head.
fn csv(text: &str) -> Vec<(String, String)> {
    let (mut lines, mut cell, mut quoted) = (vec![vec![]], String::new(), false);
    let mut chars = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(next) = chars.next() {
        match next {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => lines.last_mut().unwrap().push(std::mem::take(&mut cell)),
            '\r' if !quoted => {
                chars.next_if_eq(&'\n');
                lines.last_mut().unwrap().push(std::mem::take(&mut cell));
                lines.push(vec![]);
            }
            other => cell.push(other),
        }
    }
    assert_eq!((lines.len(), lines[0].len()), (3, lines[1].len()), "{text}");
    let row = lines.remove(1);
    lines.remove(0).into_iter().zip(row).collect()
}

/// All values that a record has below its attributes, with the dotted keys that ask for them.
fn leaves(key: &str, value: &Value, out: &mut Vec<(String, String)>) {
    for (kind, inner) in value.as_object().unwrap() {
        let nested = |inner: &Value| inner["values"].as_array().cloned().unwrap_or_default();
        match kind.as_str() {
            "arrayValue" => nested(inner).iter().for_each(|value| leaves(key, value, out)),
            "kvlistValue" => {
                for member in nested(inner) {
                    leaves(&format!("{key}.{}", member["key"].as_str().unwrap()), &member["value"], out);
                }
            }
            _ => out.push((key.to_owned(), inner.as_str().map_or_else(|| inner.to_string(), str::to_owned))),
        }
    }
}

async fn check(event: Event) {
    let server = Server::with(vec![event, step(9, ago(50), "other", "success").build()]).await;
    let all: Vec<&str> = Column::ALL.iter().map(|column| column.name()).collect();
    let page = server.ok(&format!("/api/v1/events?from=0&sort=time&columns={},body", all.join(","))).await;
    let id = EventId(ASKED).to_string();
    let rows = page["events"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == id.as_str()).unwrap();
    for column in Column::ALL {
        let Some(value) = row[column.name()].as_str() else { continue };
        finds(&server, column.name(), &written(value)).await;
        finds(&server, "q", &format!("{column}:\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")))
            .await;
        pasted(&server, value).await;
        let end: String =
            value.chars().skip(value.chars().count().saturating_sub(MIN_ENDING_CHARS)).collect();
        if ENDING_COLUMNS.contains(column) && end.chars().count() == MIN_ENDING_CHARS {
            finds(&server, column.name(), &format!("*{end}")).await;
        }
    }
    pasted(&server, &id).await;
    if let Some(body) = row["body"].as_str() {
        pasted_body(&server, body).await;
    }

    let details = server.ok(&format!("/api/v1/events/{id}")).await;
    let mut values = Vec::new();
    for attribute in details["record"]["logRecord"]["attributes"].as_array().unwrap() {
        leaves(attribute["key"].as_str().unwrap(), &attribute["value"], &mut values);
    }
    for (key, value) in values {
        finds(&server, &format!("attr.{key}"), &written(&value)).await;
        pasted(&server, &value).await;
    }

    let file = server.get(&format!("/api/v1/export?format=csv&from=0&{}", query(&[("q", &id)]))).await.text;
    for (name, cell) in csv(&file).into_iter().filter(|(_, cell)| !cell.is_empty()) {
        // A cell that a spreadsheet would run stands behind an apostrophe.
        let cell = cell.strip_prefix('\'').unwrap_or(&cell);
        if name.parse::<Column>().is_ok() {
            finds(&server, &name, &written(cell)).await;
        } else if name == "id" {
            pasted(&server, cell).await;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whatever_is_shown_finds_the_event(event in event()) {
        block_on(check(Event { id: EventId(ASKED), ..event }));
    }

    #[test]
    fn every_line_of_a_transcript_finds_its_event(
        said in prop_oneof!["\\PC{1,40}", "[a-zé ]{1,20}", Just("{\"text\":\"Gr\\u00fc\\u00dfe\\nund\"}".to_owned())],
    ) {
        block_on(async {
            let event = step(ASKED, ago(60), "chatbot.message.received", "success").cell(Column::OccurredIn, "chatbot");
            let server = Server::with(vec![event.body(&said).build()]).await;
            let told = server.ok("/api/v1/interactions/i-1").await;
            for message in told["messages"].as_array().unwrap() {
                pasted(&server, message["text"].as_str().unwrap()).await;
            }
        });
    }
}

#[tokio::test]
async fn what_cannot_be_found_is_told() {
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let event = step(ASKED, ago(60), "x", "success").cell(Column::TraceId, trace).build();
    let server = Server::with(vec![event]).await;
    for (name, value, parameter) in [
        ("trace_id", "4bf92f35", "trace_id"),
        ("q", "4bf92f35", "q"),
        ("q", "4bf92f35*", "q"),
        ("q", "4bf92f3577b34da6a3ce", "q"),
        ("q", "2026-11-30T07:39:57.773000000Z", "q"),
        ("object", "Order*", "object"),
        ("person", "p-*", "person"),
        ("attr.note", "*x", "attr.note"),
        ("attr.note", "a\u{fffd}x", "attr.note"),
        ("person", "p\u{fffd}1", "person"),
        ("q", "person:p\u{fffd}1", "q"),
        ("q", "14.4 s", "q"),
        ("q", "\"2 min 3 s\"", "q"),
        ("q", "14400.5", "q"),
        ("q", "time_ahead", "q"),
    ] {
        let page = server.ok(&format!("/api/v1/events?{}", query(&[(name, value)]))).await;
        assert_eq!(page["hints"][0]["parameter"], parameter, "{name}={value}: {page}");
    }
    for (name, value) in [("trace_id", trace), ("q", trace)] {
        finds(&server, name, value).await;
    }
    let refused = server.get("/api/v1/events?person=*41").await;
    assert!(refused.text.contains("4 to 24 characters"), "{}", refused.text);
}

#[tokio::test]
async fn an_end_of_an_id_is_one_meaning_in_every_parameter() {
    let person = |id, person: &str| EventBuilder::new(id, ago(60)).cell(Column::Person, person).build();
    let server =
        Server::with(vec![person(ASKED, "Customer-00AB"), person(2, "*00ab"), person(3, "x-0042")]).await;
    for (asked, want) in [
        ("person=*00ab", &[2, 1][..]),
        ("person=\\*00ab", &[2]),
        ("person=!*00ab", &[3]),
        ("person=*00ab&person=x-0042", &[3, 2, 1]),
        ("person=*00ab&person=!\\*00ab", &[1]),
        ("q=person:*00ab", &[2, 1]),
        ("q=*00ab", &[2, 1]),
        ("object=*00ab", &[]),
        ("person=!*&person=*0042", &[3]),
    ] {
        let found = server.ok(&format!("/api/v1/events?{asked}")).await;
        assert_eq!(ids(&found), want, "{asked}");
    }
    // Another case, or another mark, is near.
    for (asked, want) in [("customer-00AB", "Customer-00AB"), ("00AB", "\\*00ab")] {
        let page = server.ok(&format!("/api/v1/events?why=1&person={asked}")).await;
        assert_eq!(page["near"][0]["instead"], want, "{page}");
    }
}
