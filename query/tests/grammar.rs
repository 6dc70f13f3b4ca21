//! The search grammar and the parameters, by the vectors that the page shares.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use steplog_model::column::Column;
use steplog_model::ids::Tenant;
use steplog_model::query::{Expr, Filter, Order, Period, Presence, Start, Target};
use steplog_model::text::{Token, visit_tokens};
use steplog_model::time::UnixNanos;
use steplog_query::columns::RowColumn;
use steplog_query::pairs;
use steplog_query::params::{
    EventsParams, HistogramParams, ParseContext, parse_count, parse_facets, parse_none,
};
use steplog_query::problem::{Problem, ProblemKind};
use steplog_query::text::{parse, parse_typed};
use steplog_query::vocabulary::Vocabulary;

const NOW: UnixNanos = UnixNanos(1_795_420_800_000_000_000);

fn context() -> ParseContext {
    ParseContext { tenant: Tenant::default(), now: NOW, words: Arc::new(Vocabulary::built_in()) }
}

fn vectors(name: &str) -> Value {
    let path = format!("{}/tests/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn meaning(expr: &Expr) -> Value {
    let all = |parts: &[Expr]| parts.iter().map(meaning).collect::<Vec<_>>();
    match expr {
        Expr::And(parts) => json!({"and": all(parts)}),
        Expr::Or(parts) => json!({"or": all(parts)}),
        Expr::Not(part) => json!({"not": meaning(part)}),
        Expr::Column(column, value) => json!({"column": column.name(), "value": value}),
        Expr::Attribute(key, value) => json!({"attribute": key, "value": value}),
        Expr::Has(Target::Column(column)) => json!({"has": column.name()}),
        Expr::Has(Target::Attribute(key)) => json!({"has": format!("attr.{key}")}),
        Expr::Prefix(start) => json!({"prefix": start}),
        Expr::Begun(phrase, start) => {
            let mut words = meaning(&Expr::Phrase(phrase.clone()));
            words["begun"] = json!(start);
            words
        }
        Expr::Ending(None, end) => json!({"ending": end}),
        Expr::Ending(Some(column), end) => json!({"ending": end, "column": column.name()}),
        Expr::Phrase(phrase) => {
            let mut map = serde_json::Map::new();
            for (name, list) in [("words", &phrase.words), ("identifiers", &phrase.identifiers)] {
                if !list.is_empty() {
                    map.insert(name.to_owned(), json!(list));
                }
            }
            Value::Object(map)
        }
    }
}

#[test]
fn search_texts_mean_what_the_vectors_say() {
    let vectors = vectors("search");
    for case in vectors["read"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let found = parse(text).unwrap_or_else(|errors| panic!("{text:?}: {errors:?}"));
        assert_eq!(meaning(&found), case["means"], "{text:?}");
    }
}

#[test]
fn texts_are_cut_as_the_vectors_say() {
    let vectors = vectors("words");
    for case in vectors["cut"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let mut found = Vec::new();
        visit_tokens(text, &mut |token, range| {
            let points = |at: usize| text[..at].chars().count();
            let (kind, run) = match token {
                Token::Word(run) => ("word", run),
                Token::Identifier(run) => ("identifier", run),
            };
            found.push(json!([kind, run, points(range.start), points(range.end)]));
        });
        assert_eq!(json!(found), case["tokens"], "{text:?}");
    }
}

#[test]
fn search_texts_are_refused_as_the_vectors_say() {
    for case in vectors("search")["refused"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let errors = parse(text).err().unwrap_or_else(|| panic!("{text:?} was read"));
        let at: Vec<_> = errors.iter().map(|error| error.position).collect();
        let problems: Vec<_> = errors.iter().map(|error| error.problem.clone()).collect();
        assert_eq!((json!(at), json!(problems)), (case["at"].clone(), case["problems"].clone()), "{text:?}");
        assert!(errors.iter().all(|error| !error.hint.is_empty()), "{text:?} without a hint");
    }
}

#[test]
fn hints_name_what_was_meant() {
    let hint = |text: &str| parse(text).unwrap_err()[0].hint.clone();
    assert!(hint("stauts:x").starts_with("did you mean status:x?"));
    assert!(hint("Status:x").starts_with("did you mean status:x?"));
    assert!(hint("http_code:503").starts_with("for an attribute write attr.http_code:503."));
    assert!(hint("session:abc:123").starts_with("for an attribute write attr.session:abc:123."));
    assert!(hint("status: failure").starts_with("write status:value without a space"));
}

#[test]
fn hostile_search_texts_end_at_once() {
    let one = |text: &str, problem: &str| {
        let errors = parse(text).unwrap_err();
        assert!(errors.len() <= 16 && errors[0].problem.contains(problem), "{errors:?}");
    };
    one(&"(".repeat(4_096), "deeper than 32");
    one(&"(".repeat(10_000), "longer than 4096 bytes");
    one(&format!("{}a{}", "(".repeat(33), ")".repeat(33)), "deeper than 32");
    one(&"a OR ".repeat(100), "OR needs");
    one(&format!("{}a", "a OR ".repeat(800)), "more than 256 parts");
    one(&"a ".repeat(2_000), "more than 256 parts");
    one(&")".repeat(4_000), "no parenthesis");
    one(&"é".repeat(2_049), "longer than 4096 bytes");
    one(&format!("{}*", "a".repeat(65)), "an identifier");
    one(&format!("*{}", "1".repeat(25)), "an id's end");
    assert!(parse(&format!("{}a", "-".repeat(4_095))).is_ok());
    assert!(parse(&format!("{}a{}", "(".repeat(32), ")".repeat(32))).is_ok());
    let most = vec!["a"; 256].join(" ");
    assert!(parse(&most).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever is typed, a mark of the grammar at any place in any script: it is read, or refused at a place in it.
    #[test]
    fn any_text_is_read_or_refused(text in "([*\\\\:\"()-]|[a-z0-9 ]|[éßİ订ー🙂👍🏽]|\\PC|\\pC){0,12}") {
        match parse(&text) {
            Ok(found) => prop_assert!(steplog_query::text::clauses(&found) > 0),
            Err(errors) => for error in errors {
                prop_assert!(error.position <= text.chars().count(), "{error:?}");
                prop_assert!(!error.problem.is_empty() && !error.hint.is_empty(), "{error:?}");
            },
        }
    }
}

fn read(query: &str) -> Result<EventsParams, Problem> {
    let pairs = pairs::decode(query).map_err(Problem::of_parameters)?;
    EventsParams::parse(&pairs, &context())
}

#[test]
fn parameters_are_refused_as_the_vectors_say() {
    for case in vectors("params")["refused"].as_array().unwrap() {
        let query = case["query"].as_str().unwrap();
        let problem = read(query).err().unwrap_or_else(|| panic!("{query} was read"));
        assert_eq!(problem.kind, ProblemKind::InvalidParameter);
        let found = problem.errors.iter().map(|error| (&*error.parameter, &*error.problem, &*error.hint));
        let wanted = case["errors"].as_array().unwrap();
        for (found, want) in found.zip(wanted) {
            assert_eq!((found.0, found.1), (want[0].as_str().unwrap(), want[1].as_str().unwrap()), "{query}");
            assert!(want[2].is_null() || want[2] == found.2, "{query}: {}", found.2);
        }
        assert_eq!(problem.errors.len(), wanted.len(), "{query}: {:?}", problem.errors);
    }
}

#[test]
fn values_are_written_as_the_vectors_say() {
    let vectors = vectors("params");
    for vector in vectors["filters"].as_array().unwrap() {
        let text = |name: &str| vector[name].as_str().unwrap().to_owned();
        let written = ("object".to_owned(), text("written"));
        let (query, _) = parse_count(&[written], &context()).unwrap();
        let (wanted, others) = match vector["excluded"].as_bool().unwrap() {
            true => (&query.filters[0].none_of, &query.filters[0].any_of),
            false => (&query.filters[0].any_of, &query.filters[0].none_of),
        };
        assert_eq!((wanted.as_slice(), others.len()), (&[text("value")][..], 0), "{vector}");
    }
}

#[test]
fn parameters_become_a_question() {
    let found = read(
        "status=failure&status=timed_out&status=!success&object=%5C!x&attr.order.total=7&q=card+expired\
         &from=now-7d&to=now&sort=time&limit=1000&columns=trace_id,%20channel&why=1",
    )
    .unwrap();
    let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
    let filter = |target, any_of: &[&str], none_of: &[&str]| Filter {
        any_of: owned(any_of),
        none_of: owned(none_of),
        ..Filter::on(target)
    };
    let want = [
        filter(Target::Column(Column::Status), &["failure", "timed_out"], &["success"]),
        filter(Target::Column(Column::Object), &["!x"], &[]),
        filter(Target::Attribute("order.total".to_owned()), &["7"], &[]),
    ];
    assert_eq!(found.request.query.filters, want);
    assert_eq!(found.request.query.text, parse("card expired").ok());
    let week = 604_800_000_000_000;
    assert_eq!(found.request.query.period, Period { from: NOW.saturating_add(-week), to: NOW });
    assert_eq!((found.request.order, found.request.limit), (Order::OldestFirst, 1_000));
    assert_eq!(found.request.start, Start::First);
    assert_eq!(
        (found.columns, found.why),
        (vec![RowColumn::Column(Column::TraceId), RowColumn::Column(Column::Channel)], true)
    );
}

#[test]
fn empty_and_absent_can_be_asked_for() {
    let filters = |query: &str| read(query).unwrap().request.query.filters;
    let check = |query: &str, any_of: &[&str], none_of: &[&str], presence| {
        let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
        let found = filters(query).remove(0);
        assert_eq!(
            (found.any_of, found.none_of, found.presence),
            (owned(any_of), owned(none_of), presence),
            "{query}"
        );
    };
    check("attr.note=", &[""], &[], Presence::Any);
    check("attr.note=!", &[], &[""], Presence::Any);
    check("attr.note=*", &[], &[], Presence::Present);
    check("attr.note=!*", &[], &[], Presence::Missing);
    check("attr.note=!*&attr.note=x", &["x"], &[], Presence::Missing);
    check("attr.note=*&attr.note=!*&attr.note=x&attr.note=!y", &[], &["y"], Presence::Any);
    check("person=!*", &[], &[], Presence::Missing);
    check("attr.note=%5C*", &["*"], &[], Presence::Any);
    check("attr.=x", &["x"], &[], Presence::Any);
    assert_eq!(filters("attr.size,%20cm=12")[0].target, Target::Attribute("size, cm".to_owned()));
    let columns = read("columns=attr.size%5C,%20cm,attr.host:8080").unwrap().columns;
    let keys = ["size, cm", "host:8080"].map(|key| RowColumn::Attribute(key.to_owned()));
    assert_eq!(columns, keys);
}

#[test]
fn the_last_word_of_what_is_typed_finds_what_begins_so() {
    let check = |text: &str, want: Value| assert_eq!(meaning(&parse_typed(text).unwrap()), want, "{text}");
    let begun = |word: &str| json!({"or": [{"words": [word]}, {"prefix": word}]});
    check("deliv", begun("deliv"));
    check("Deliv", begun("deliv"));
    check("not delive", json!({"and": [{"words": ["not"]}, begun("delive")]}));
    check("-deliv", json!({"not": begun("deliv")}));
    // What is ended, quoted, escaped into another meaning, or no word is taken as it is.
    check("deliv ", json!({"words": ["deliv"]}));
    check("\"deliv\"", json!({"words": ["deliv"]}));
    check("deliv*", json!({"prefix": "deliv"}));
    check("status:fail", json!({"column": "status", "value": "fail"}));
    check("d", json!({"words": ["d"]}));
    check("foo-ba", json!({"or": [{"words": ["foo", "ba"]}, {"words": ["foo"], "begun": "ba"}]}));
    check("deadbeef00112233", meaning(&parse("deadbeef00112233").unwrap()));
    let found = read("q=deliv&typing=1").unwrap().request.query.text;
    assert_eq!(found, parse_typed("deliv").ok());
}

#[test]
fn the_words_of_the_page_mean_what_they_say() {
    let query = |query: &str| read(query).unwrap().request.query;
    assert_eq!(query("status=Failure").filters[0].any_of, ["Failure", "failure"]);
    assert_eq!(query("version=v15").filters[0].any_of, ["v15", "15"]);
    assert_eq!(query("occurred_in=!AI agent").filters[0].none_of, ["AI agent", "ai_agent"]);
    let found = query("q=event:\"API called\"").text.unwrap();
    let names = ["API called", "journey.api.called", "chatbot.api.called"];
    let want = names.map(|name| json!({"column": "event", "value": name}));
    assert_eq!(meaning(&found), json!({"or": want}));
    let facets = parse_facets(&pairs::decode("columns=event&prefix=api c").unwrap(), &context()).unwrap();
    assert_eq!(facets.named, ["journey", "chatbot"].map(|of| (Column::Event, format!("{of}.api.called"))));
}

#[test]
fn without_parameters_the_last_day_newest_first() {
    let found = read("").unwrap().request;
    let day = 86_400_000_000_000;
    assert_eq!(found.query.period, Period { from: NOW.saturating_add(-day), to: UnixNanos::MAX });
    assert_eq!((found.order, found.limit), (Order::NewestFirst, 50));
    let until = read("to=2026-11-20T00:00:00Z").unwrap().request.query.period;
    assert_eq!(until.to.0 - until.from.0, day);
    assert_eq!(
        read("from=0").unwrap().request.query.period,
        Period { from: UnixNanos(0), to: UnixNanos::MAX }
    );
}

#[test]
fn every_column_filters() {
    for column in Column::ALL {
        let found = read(&format!("{}=x", column.name())).unwrap().request.query.filters;
        assert_eq!(found[0].target, Target::Column(*column));
    }
}

#[test]
fn conditions_are_bounded() {
    let many =
        |count: usize| (0..count).map(|number| format!("person={number}")).collect::<Vec<_>>().join("&");
    assert_eq!(read(&many(256)).unwrap().request.query.filters[0].any_of.len(), 256);
    let problem = read(&format!("{}&q=a", many(256))).unwrap_err();
    assert_eq!(problem.errors[0].problem, "the question has 257 values and search parts");
    // However much is wrong, the answer stays short.
    let bad = (0..1_000).map(|number| format!("x{number}=1")).collect::<Vec<_>>().join("&");
    assert_eq!(read(&bad).unwrap_err().errors.len(), 64);
    let long = read(&format!("{}=1", "x".repeat(10_000))).unwrap_err();
    assert!(long.errors[0].parameter.chars().count() < 100);
}

#[test]
fn lists_and_histograms_have_their_own() {
    let pairs = |query: &str| pairs::decode(query).unwrap();
    let facets = parse_facets(&pairs("columns=status,event&prefix=f&limit=3"), &context()).unwrap();
    assert_eq!(
        (facets.columns, facets.part.as_str(), facets.limit),
        (vec![Column::Status, Column::Event], "f", 3)
    );
    assert_eq!(parse_facets(&pairs(""), &context()).unwrap().columns.len(), Column::facets().count());
    let problem = parse_facets(&pairs("columns=person&cursor=x"), &context()).unwrap_err();
    let problems: Vec<_> = problem.errors.iter().map(|error| &*error.problem).collect();
    assert_eq!(problems, ["there is no such parameter", "\"person\" is no column with a value list"]);

    let histogram = |query: &str| HistogramParams::parse(&pairs(query), &context());
    let found = histogram("from=now-24h&to=now&buckets=24&tz=Europe/Zagreb").unwrap();
    assert_eq!((found.wanted, found.zone.name(), found.query.period.to), (24, "Europe/Zagreb", NOW));
    assert_eq!(histogram("tz=%2B05:45").unwrap().zone.name(), "+05:45");
    assert_eq!(histogram("tz=Mars/Olympus").unwrap_err().errors[0].parameter, "tz");
    assert!(histogram("buckets=1001").is_err());
    assert!(histogram("sort=time").is_err());

    assert!(parse_count(&pairs("person=1&from=0"), &context()).is_ok());
    assert!(parse_count(&pairs("limit=1"), &context()).is_err());
    assert_eq!(parse_none(&pairs("a=1")).unwrap_err().errors[0].hint, "this address takes no parameters");
}
