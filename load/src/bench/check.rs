//! Whether the answers are right: a fast wrong answer is a failure.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use steplog_model::column::Column;
use steplog_model::query::Period;
use steplog_model::status;

use super::questions::{Asks, Question, count, period_of};
use super::recent::RecentEvents;
use super::server::ServerProcess;
use super::tally::{Condition, Tally};

/// Holds each answer to what was sent, and tells how many events each question is about.
///
/// Counts, value lists and bars are compared with the generator's own account over the whole period; pages, and
/// counts under words and attributes, with a scan of the newest events.
///
/// # Errors
/// If an answer is wrong, not complete, or none.
pub async fn check_all(
    server: &ServerProcess,
    questions: &[Question],
    tally: &Tally,
    recent: &RecentEvents,
    whole: Period,
) -> anyhow::Result<Vec<u64>> {
    let mut counts = Vec::new();
    for question in questions {
        let checked = check(server, question, tally, recent, whole).await;
        counts.push(checked.with_context(|| format!("a wrong answer to \"{}\"", question.name))?);
    }
    Ok(counts)
}

async fn check(
    server: &ServerProcess,
    question: &Question,
    tally: &Tally,
    recent: &RecentEvents,
    whole: Period,
) -> anyhow::Result<u64> {
    let period = period_of(question.span, whole);
    let found = count(server, question, period).await?;
    if let Some(sent) = tally.count(&question.conditions, question.span) {
        ensure!(found == sent, "{found} events are found, {sent} were sent");
    }
    let answer = server.get(&question.path(period)).await?;
    ensure!(answer.get("complete") != Some(&Value::Bool(false)), "the answer is not complete");
    match &question.asks {
        Asks::Page => check_rows(&answer, question, found.min(50))?,
        Asks::Timeline => check_rows(&answer, question, found)?,
        Asks::DeepPage => {}
        Asks::Facets(columns) => check_values(&answer, columns, question, tally)?,
        Asks::Histogram => check_bars(&answer, question, tally)?,
        Asks::Hotspots => check_objects(&answer, question, tally)?,
    }
    recent.check(server, question, whole).await?;
    Ok(found)
}

/// So many rows, each with the values that were asked for.
fn check_rows(answer: &Value, question: &Question, want: u64) -> anyhow::Result<()> {
    let rows = answer.get("events").and_then(Value::as_array).context("the answer has no events")?;
    ensure!(rows.len() as u64 == want, "{} events are listed, not {want}", rows.len());
    for (name, wanted) in &question.conditions {
        if !Column::ALL.iter().any(|column| column.name() == *name) {
            continue;
        }
        let has = |row: &Value, value: &str| row.get(name).and_then(Value::as_str) == Some(value);
        let is_right = |row: &Value| match wanted.strip_prefix('!') {
            Some(unwanted) => !has(row, unwanted),
            None => has(row, wanted),
        };
        // A timeline need not repeat in each row what all of them share.
        if question.asks == Asks::Page {
            ensure!(rows.iter().all(is_right), "an event is listed that has another {name}");
        }
    }
    Ok(())
}

/// Every value with both of its counts.
fn check_values(
    answer: &Value,
    columns: &[Column],
    question: &Question,
    tally: &Tally,
) -> anyhow::Result<()> {
    for column in columns {
        let want =
            tally.values(*column, &question.conditions, question.span).context("a column is not counted")?;
        let list = answer.pointer(&format!("/facets/{}/values", column.name())).and_then(Value::as_array);
        let list = list.with_context(|| format!("the answer has no values of {}", column.name()))?;
        ensure!(list.len() == want.len(), "{} has {} values, not {}", column.name(), list.len(), want.len());
        for one in list {
            let number = |name: &str| one.get(name).and_then(Value::as_u64);
            let value = one.get("value").and_then(Value::as_str).unwrap_or_default();
            let found = number("count").zip(number("matching"));
            ensure!(found == want.get(value).copied(), "{} {value:?} is counted as {found:?}", column.name());
        }
    }
    Ok(())
}

/// The sums of the bars by status.
fn check_bars(answer: &Value, question: &Question, tally: &Tally) -> anyhow::Result<()> {
    if tally.count(&question.conditions, question.span).is_none() {
        return Ok(());
    }
    let want =
        tally.values(Column::Status, &question.conditions, question.span).context("status is not counted")?;
    let bars = answer.get("buckets").and_then(Value::as_array).context("the answer has no bars")?;
    for (status, (_, sent)) in want {
        let of_bar =
            |bar: &Value| bar.pointer(&format!("/counts/{status}")).and_then(Value::as_u64).unwrap_or(0);
        let found: u64 = bars.iter().map(of_bar).sum();
        ensure!(found == sent, "the bars have {found} events with status {status}, {sent} were sent");
    }
    Ok(())
}

/// Every object with its events and its failures.
fn check_objects(answer: &Value, question: &Question, tally: &Tally) -> anyhow::Result<()> {
    let values = |conditions: &[Condition]| {
        tally.values(Column::Object, conditions, question.span).context("objects are not counted")
    };
    let with_status = |status: &str| {
        let condition = ("status", status.to_owned());
        values(&question.conditions.iter().cloned().chain([condition]).collect::<Vec<_>>())
    };
    let (failed, timed_out) = (with_status(status::FAILURE)?, with_status(status::TIMED_OUT)?);
    // A wait that ran out is no failure.
    let over = [("event", status::WAIT_OVER.to_owned()), ("status", status::TIMED_OUT.to_owned())];
    let over = values(&question.conditions.iter().cloned().chain(over).collect::<Vec<_>>())?;
    let asked_for = question.conditions.iter().find(|(name, _)| *name == "object");
    let mut want = values(&question.conditions)?;
    want.retain(|object, _| asked_for.is_none_or(|(_, wanted)| object == wanted));
    let list = answer.get("objects").and_then(Value::as_array).context("the answer has no objects")?;
    ensure!(list.len() == want.len(), "there are {} objects, not {}", list.len(), want.len());
    for one in list {
        let object = one.get("object").and_then(Value::as_str).unwrap_or_default();
        let matching =
            |counts: &BTreeMap<&str, (u64, u64)>| counts.get(object).map_or(0, |(_, matching)| *matching);
        let sent = (matching(&want), matching(&failed) + matching(&timed_out) - matching(&over));
        let number = |name: &str| one.get(name).and_then(Value::as_u64);
        let found = number("events").zip(number("failures"));
        ensure!(found == Some(sent), "{object:?} has {found:?} events and failures, {sent:?} were sent");
    }
    Ok(())
}

/// Whether all events of a period are there.
///
/// # Errors
/// If some are missing or too many.
pub async fn check_total(server: &ServerProcess, whole: Period, sent: u64) -> anyhow::Result<()> {
    let found = super::questions::total(server, whole).await?;
    ensure!(found == sent, "{found} events are found, {sent} were sent");
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use steplog_model::time::UnixNanos;

    use super::*;
    use crate::generate::{EventKey, Group, Outline};

    /// Three successes and a failure.
    fn tally() -> Tally {
        let mut tally = Tally::new(UnixNanos(9));
        for (sequence, status) in [(1, "success"), (2, "success"), (3, "failure"), (4, "success")] {
            let group = Group {
                event: "step.ended",
                status,
                occurred_in: "journey",
                object: "welcome",
                version: "1",
                element: None,
            };
            let key = EventKey { interaction: 1, sequence };
            tally.add(1, &[Outline { key, time: UnixNanos(5), person: 1, group }]);
        }
        tally
    }

    #[test]
    fn rows_that_were_not_asked_for_are_found_out() {
        let question = Question::new("x", Asks::Page, &[("status", "failure"), ("event", "!step.begun")]);
        let check = |rows: Value, want| check_rows(&json!({"events": rows}), &question, want).is_ok();
        let right = json!({"status": "failure", "event": "step.ended"});
        assert!(check(json!([right]), 1));
        assert!(!check(json!([right]), 2), "one is missing");
        assert!(!check(json!([{"status": "success", "event": "step.ended"}]), 1), "another status");
        assert!(
            !check(json!([{"status": "failure", "event": "step.begun"}]), 1),
            "an event that was excluded"
        );
    }

    #[test]
    fn wrong_counts_of_values_are_found_out() {
        let question = Question::new("x", Asks::Facets(&[Column::Status]), &[("event", "step.ended")]);
        let list = |failures: u64| {
            let failure = json!({"value": "failure", "count": failures, "matching": 1});
            let success = json!({"value": "success", "count": 3, "matching": 3});
            json!({"facets": {"status": {"values": [success, failure]}}})
        };
        assert!(check_values(&list(1), &[Column::Status], &question, &tally()).is_ok());
        assert!(check_values(&list(2), &[Column::Status], &question, &tally()).is_err());
        let short = json!({"facets": {"status": {"values": []}}});
        assert!(check_values(&short, &[Column::Status], &question, &tally()).is_err());
    }

    #[test]
    fn wrong_failures_of_objects_are_found_out() {
        let question = Question::new("x", Asks::Hotspots, &[("object", "welcome")]);
        let check = |events: u64, failures: u64| {
            let objects = json!([{"object": "welcome", "events": events, "failures": failures}]);
            check_objects(&json!({"objects": objects}), &question, &tally()).is_ok()
        };
        assert!(check(4, 1));
        assert!(!check(4, 2) && !check(3, 1));
        assert!(check_objects(&json!({"objects": []}), &question, &tally()).is_err());
    }

    #[test]
    fn wrong_sums_of_bars_are_found_out() {
        let question = Question::new("x", Asks::Histogram, &[]);
        let bars = |last: u64| json!({"buckets": [{"counts": {"success": 2}}, {"counts": {"success": last, "failure": 1}}]});
        assert!(check_bars(&bars(1), &question, &tally()).is_ok());
        assert!(check_bars(&bars(2), &question, &tally()).is_err());
    }
}
