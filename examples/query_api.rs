//! Asks the API: the failed events of an interaction, why they failed, and the whole way of the person.
//!
//! `cargo run --example query_api [INTERACTION]` asks `STEPLOG_SERVER`, or a steplog on this machine.

#![expect(clippy::print_stdout, reason = "an example tells whoever runs it")]

use std::error::Error;
use std::time::Duration;

use reqwest::Client;
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let interaction = std::env::args().nth(1).unwrap_or_else(|| "example-interaction".to_owned());
    let server = std::env::var("STEPLOG_SERVER").unwrap_or_else(|_| "http://127.0.0.1:7837".to_owned());
    let api = Api { client: Client::new(), base: format!("{server}/api/v1") };

    let page = api.newest_failures(&interaction).await?;
    for event in page["events"].as_array().into_iter().flatten() {
        println!(
            "{} {} {}: {}",
            text(event, "time"),
            text(event, "object"),
            text(event, "event"),
            text(event, "reason")
        );
    }
    // A whole event: every column, which rule filled it, and the log record as it was sent.
    if let Some(id) = page["events"][0]["id"].as_str() {
        let event = api.get(&format!("events/{id}"), &[]).await?;
        println!("\nthe newest of them, as it was sent:\n{:#}", event["record"]["logRecord"]);
    }
    let whole = api.get(&format!("interactions/{interaction}"), &[]).await?;
    println!("\nthe interaction has {} events", whole["events"].as_array().map_or(0, Vec::len));
    Ok(())
}

struct Api {
    client: Client,
    base: String,
}

impl Api {
    /// Events can be found about a second after they were acknowledged: asks again until then.
    async fn newest_failures(&self, interaction: &str) -> Result<Value, Box<dyn Error>> {
        let question = [("interaction", interaction), ("status", "failure"), ("limit", "20")];
        for _ in 0..50 {
            let page = self.get("events", &question).await?;
            if page["events"].as_array().is_some_and(|events| !events.is_empty()) {
                return Ok(page);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(format!("nothing of the interaction {interaction} failed in the last 24 hours; run the other examples first").into())
    }

    async fn get(&self, path: &str, question: &[(&str, &str)]) -> Result<Value, Box<dyn Error>> {
        let mut url = reqwest::Url::parse(&format!("{}/{path}", self.base))?;
        if !question.is_empty() {
            url.query_pairs_mut().extend_pairs(question);
        }
        let answer = self.client.get(url).send().await?;
        let status = answer.status();
        let json: Value = serde_json::from_slice(&answer.bytes().await?)?;
        // A problem says what is wrong with which parameter, and what to do.
        if status.is_success() { Ok(json) } else { Err(format!("{json:#}").into()) }
    }
}

fn text<'a>(event: &'a Value, column: &str) -> &'a str {
    event[column].as_str().unwrap_or_default()
}
