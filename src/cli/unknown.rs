//! Values of filters that no event has: a word that is none of a column's values finds nothing, and says nothing by that.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use steplog_model::column::{Column, ColumnKind};
use steplog_query::nearest::nearest;

use super::api::Api;
use super::filters::{self, Question, own_values};
use super::output;
use super::words::printable;

/// The most values of a column among which the nearest one is looked for.
const MOST_VALUES: usize = steplog_model::limits::MAX_FACET_VALUES;
/// The most values that are offered.
const MOST_OFFERED: usize = 12;

#[derive(Debug, Deserialize)]
struct Page {
    events: Vec<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
struct Answer {
    facets: BTreeMap<String, Facet>,
}

#[derive(Debug, Deserialize)]
struct Facet {
    values: Vec<Value>,
}

#[derive(Debug, Deserialize)]
struct Value {
    value: String,
}

/// Tells of each value asked for that no event of the period has, with the nearest one that there is, or all; not of
/// those columns for which something else was offered already.
pub(super) async fn tell_unknown_values(api: &Api, question: &Question, offered: &[String]) {
    let period = if question.is_of_all_time() { "the last 24 hours" } else { "the period" };
    for (column, wanted) in question.wanted_values() {
        if column.kind() != ColumnKind::Facet || offered.iter().any(|name| name == column.name()) {
            continue;
        }
        // A hint that cannot be given is none.
        let Ok(Some(offer)) = offer(api, question, column, wanted).await else { continue };
        output::tell(format_args!(
            "--{} {}: no event of {period} has it; {offer}",
            filters::flag(column),
            printable(wanted)
        ));
    }
}

/// What to write instead of a value; `None` where some event has it, by whatever name.
async fn offer(
    api: &Api,
    question: &Question,
    column: Column,
    wanted: &str,
) -> anyhow::Result<Option<String>> {
    let asked = |more: [(&str, String); 2]| {
        let mut parameters = question.period();
        parameters.extend(more.map(|(name, value)| (name.to_owned(), value)));
        parameters
    };
    let alone = asked([(column.name(), wanted.to_owned()), ("limit", "1".to_owned())]);
    let page: Page = api.json(&["events"], &alone).await?;
    if !page.events.is_empty() {
        return Ok(None);
    }
    let listed = asked([("columns", column.name().to_owned()), ("limit", MOST_VALUES.to_string())]);
    let answer: Answer = api.json(&["facets"], &listed).await?;
    let found = answer.facets.get(column.name()).map(|facet| facet.values.as_slice()).unwrap_or_default();
    let found = found.iter().map(|found| found.value.as_str()).collect::<Vec<_>>();
    Ok(Some(told(column, wanted, &found)))
}

/// The nearest of the values that were found, or all of them. Those that the column has by itself are told as such: a filter
/// by one of them finds nothing either.
fn told(column: Column, wanted: &str, found: &[&str]) -> String {
    if let Some(near) = nearest(wanted, found.iter().copied()) {
        return format!("did you mean {}?", printable(near));
    }
    let own = own_values(column);
    let shown = found.iter().take(MOST_OFFERED).map(|value| printable(value)).collect::<Vec<_>>().join(", ");
    let there = match found.len() {
        0 if own.is_empty() => "none has any".to_owned(),
        0 => format!("none has any; built in are {}", own.join(", ")),
        1..=MOST_OFFERED => format!("there are {shown}"),
        _ => format!("there are {shown} and others"),
    };
    match nearest(wanted, own.iter().copied()).filter(|near| *near != wanted) {
        Some(near) => format!("{near} may be meant, which none has either; {there}"),
        None => there,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_values_of_a_column_are_offered_or_the_nearest() {
        let check = |column, wanted: &str, found: &[&str], want: &str| {
            assert_eq!(told(column, wanted, found), want);
        };
        let contexts = "none has any; built in are journey, chatbot, ai_agent, conversation, message";
        check(Column::OccurredIn, "inbox", &[], contexts);
        check(Column::OccurredIn, "message", &[], contexts);
        check(Column::OccurredIn, "inbox", &["journey", "cron"], "there are journey, cron");
        check(Column::OccurredIn, "jorney", &["journey"], "did you mean journey?");
        check(
            Column::OccurredIn,
            "jorney",
            &["cron"],
            "journey may be meant, which none has either; there are cron",
        );
        check(Column::Status, "brewing", &["success"], "there are success");
        check(Column::Status, "failure", &["success"], "there are success");
        check(Column::Channel, "pigeon", &["sms", "e\u{1b}mail"], "there are sms, e\u{fffd}mail");
        check(Column::Channel, "pigeon", &[], "none has any");
        let many: Vec<String> = (10..40).map(|number| format!("channel {number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let told = told(Column::Channel, "pigeon", &many);
        assert!(told.ends_with("channel 21 and others"), "{told}");
    }
}
