//! Single columns: precedence, normal forms, hostile values, names, times, ids.

use steplog_model::column::Column;
use steplog_model::event::{Flags, TimeSource};
use steplog_model::limits::MAX_CELL_BYTES;
use steplog_model::time::{NANOS_PER_DAY, UnixNanos};

use super::{Mapped, Mapping, RECEIVED, check_column, decoded, event, keeping_all, mapped};
use crate::map::FilterReason;

#[test]
fn the_first_source_wins_wherever_it_stands_in_the_record() {
    check_column(Column::Person, &[("user.id", "b"), ("enduser.id", "a")], Some(("a", Some("enduser.id"))));
    check_column(Column::Person, &[("user.id", "b"), ("steplog.person.id", "a")], Some(("a", None)));
    // An empty value states nothing.
    check_column(
        Column::Person,
        &[("steplog.person.id", ""), ("user.id", "b")],
        Some(("b", Some("user.id"))),
    );
    // Numbers and truth values have their text; lists and maps fill no column.
    check_column(Column::Person, &[("steplog.person.id", r#"{"intValue":42}"#)], Some(("42", None)));
    check_column(Column::Person, &[("steplog.person.id", r#"{"arrayValue":{}}"#)], None);
}

#[test]
fn the_record_comes_before_the_resource() {
    let mapping = keeping_all();
    let pairs: &[_] = &[("steplog.object.name", "record")];
    let resource: &[_] = &[("steplog.object.name", "resource"), ("steplog.person.id", "everybody")];
    let found = event(mapped(&mapping, "", pairs, resource));
    assert_eq!(found.value(Column::Object), Some("record"));
    let person = found.cell(Column::Person).unwrap();
    assert_eq!((&*person.value, person.rule.as_deref()), ("everybody", None));
}

#[test]
fn statuses_are_made_canonical_and_kept_as_sent() {
    for (sent, canonical) in [
        ("success", "success"),
        ("OK", "success"),
        ("Completed", "success"),
        ("FAILED", "failure"),
        ("In Progress", "in_progress"),
        ("canceled", "cancelled"),
        ("expired", "timed_out"),
        ("skip", "skipped"),
        ("UNSET", "unknown"),
        ("half done", "half done"),
    ] {
        let found = event(mapped(&keeping_all(), "", &[("steplog.event.status", sent)], &[]));
        assert_eq!(found.value(Column::Status), Some(canonical), "{sent}");
        let raw = (sent != canonical).then_some(sent);
        assert_eq!(found.value(Column::StatusRaw), raw, "{sent}");
    }
}

#[test]
fn contexts_are_made_canonical_and_stay_open() {
    for (sent, canonical, raw) in
        [("Workflow", "journey", Some("Workflow")), ("journey", "journey", None), ("kiosk", "kiosk", None)]
    {
        let found = event(mapped(&keeping_all(), "", &[("steplog.context.type", sent)], &[]));
        assert_eq!(found.value(Column::OccurredIn), Some(canonical), "{sent}");
        assert_eq!(found.value(Column::OccurredInRaw), raw, "{sent}");
    }
}

#[test]
fn failures_are_derived_from_errors_and_severity() {
    let check = |fields: &str, pairs: &[(&str, &str)], want: Option<&str>| {
        let found = event(mapped(&keeping_all(), fields, pairs, &[]));
        assert_eq!(found.value(Column::Status), want, "{fields} {pairs:?}");
    };
    check("", &[("error.type", "timeout")], Some("failure"));
    check("", &[("http.response.status_code", r#"{"intValue":503}"#)], Some("failure"));
    check("", &[("http.response.status_code", r#"{"intValue":204}"#)], Some("success"));
    check(r#""eventName":"api.failed""#, &[("http.response.status_code", "200")], Some("failure"));
    check(r#""eventName":"message.undelivered""#, &[], Some("failure"));
    check(r#""severityNumber":17"#, &[], Some("failure"));
    check(r#""severityNumber":16"#, &[], None);
    check(r#""eventName":"x.started""#, &[], Some("in_progress"));
    check(r#""eventName":"x.delivered""#, &[], Some("success"));
    // What the sender says comes first.
    check(r#""severityNumber":17"#, &[("steplog.event.status", "success")], Some("success"));
}

#[test]
fn reasons_are_a_few_words() {
    check_column(
        Column::Reason,
        &[("http.response.status_code", r#"{"intValue":503}"#)],
        Some(("HTTP 503", Some("http.response.status_code >= 400"))),
    );
    // What a logger says, unless somebody else says why, or it is no sentence, or it was said to somebody.
    for (body, pairs, want) in [
        (r"Address\nnot found", &[][..], Some("Address not found")),
        ("Address not found", &[("error.type", "KeyError")], Some("KeyError")),
        ("Address not found", &[("steplog.event.status", "success")], None),
        ("Hello", &[("steplog.context.type", "chatbot")], None),
        ("order.failed", &[], None),
        (r#"{\"order\":7}"#, &[], None),
    ] {
        let fields = format!(r#""severityNumber":17,"body":{{"stringValue":"{body}"}}"#);
        let found = event(mapped(&keeping_all(), &fields, pairs, &[]));
        assert_eq!(found.value(Column::Reason), want, "{body} {pairs:?}");
    }
    let long = "word ".repeat(500);
    let found = event(mapped(&keeping_all(), "", &[("error.message", &long)], &[]));
    let reason = found.value(Column::Reason).unwrap();
    assert!(reason.len() < 300 && !reason.contains('\n'), "{reason}");
}

#[test]
fn long_values_are_shortened_and_stay_apart() {
    let value = |key: &str, column: Column, text: &str| {
        let found = event(mapped(&keeping_all(), "", &[(key, text)], &[]));
        let flagged = found.flags.contains(Flags::VALUE_TRUNCATED);
        (found.value(column).map(str::to_owned).unwrap(), flagged)
    };
    let long = "é".repeat(MAX_CELL_BYTES);
    for (key, column) in [("steplog.object.name", Column::Object), ("session.id", Column::Interaction)] {
        let whole = long.repeat(column.max_value_bytes() / MAX_CELL_BYTES);
        let (one, flagged) = value(key, column, &format!("{whole}1"));
        let (other, _) = value(key, column, &format!("{whole}2"));
        assert!(flagged && one.starts_with("éé") && one.len() <= column.max_value_bytes(), "{one}");
        assert_ne!(one, other);
        assert_eq!(column.kept(&format!("{whole}1")), one, "the whole value asks for it");
    }
    // An identifier is whole as long as anybody sends one.
    assert_eq!(value("session.id", Column::Interaction, &long), (long, false));
}

#[test]
fn names_of_the_tracing_bridge_are_no_events_unless_they_say_more() {
    let default = "event src/main.rs:12";
    let name = &format!(r#""eventName":"{default}""#);
    let mapping = Mapping::built_in();
    let left_out = Mapped::Filtered(FilterReason::TracingDefaultName);
    assert_eq!(mapped(&mapping, name, &[], &[]), left_out);
    // Wherever it stands, also beside the same in the field.
    for key in ["event.name", "otel.event.name", "steplog.event.name", "cloudevents.event_type"] {
        assert_eq!(mapped(&mapping, "", &[(key, default)], &[]), left_out, "{key}");
        assert_eq!(mapped(&mapping, name, &[(key, default)], &[]), left_out, "{key}");
    }
    let body = &format!(r#""body":{{"stringValue":"{default}"}}"#);
    assert_eq!(mapped(&mapping, body, &[], &[]), left_out);
    let named = event(mapped(&mapping, name, &[("event.name", "order.paid")], &[]));
    assert_eq!(named.value(Column::Event), Some("order.paid"));
    let own = event(mapped(&mapping, name, &[("steplog.person.id", "p")], &[]));
    assert_eq!((own.value(Column::Event), own.value(Column::Person)), (None, Some("p")));
}

#[test]
fn records_without_a_name_are_left_out_unless_they_fill_columns_of_their_own() {
    let mapping = Mapping::built_in();
    let body = r#""body":{"stringValue":"Something happened"}"#;
    for pairs in [&[][..], &[("event.name", "")], &[("user.id", "u")]] {
        assert_eq!(mapped(&mapping, body, pairs, &[]), Mapped::Filtered(FilterReason::Unnamed), "{pairs:?}");
    }
    // What all records of a sender have says nothing of this one.
    let resource = &[("steplog.person.id", "p")];
    assert_eq!(mapped(&mapping, body, &[], resource), Mapped::Filtered(FilterReason::Unnamed));
    let own = event(mapped(&mapping, body, &[("steplog.event.status", "ok")], &[]));
    assert_eq!((own.value(Column::Event), own.value(Column::Status)), (None, Some("success")));
}

#[test]
fn a_flag_is_no_text() {
    let check = |key: &str, sent: &str, want: (Option<&str>, Option<&str>)| {
        let found = event(mapped(&keeping_all(), "", &[(key, sent)], &[]));
        assert_eq!((found.value(Column::Status), found.value(Column::Reason)), want, "{key} {sent}");
    };
    for nothing in [r#"{"boolValue":false}"#, "false", "False", r#"{"intValue":0}"#, "", "none"] {
        check("error", nothing, (None, None));
    }
    for failure in [r#"{"boolValue":true}"#, "true", "TRUE", r#"{"intValue":1}"#] {
        check("error", failure, (Some("failure"), None));
    }
    check("error", "card declined", (Some("failure"), Some("card declined")));
    check("exception.escaped", r#"{"boolValue":false}"#, (None, None));
    check("success", r#"{"intValue":1}"#, (Some("success"), None));
    check("success", "No", (Some("failure"), None));
    // Nobody is called true.
    let truth = r#"{"boolValue":true}"#;
    for (key, column) in
        [("user.id", Column::Person), ("tool_name", Column::Element), ("error.message", Column::Reason)]
    {
        check_column(column, &[(key, truth)], None);
        let resource = event(mapped(&keeping_all(), "", &[], &[(key, truth)]));
        assert_eq!(resource.value(column), None, "{key}");
    }
    // Who says so by steplog's own attribute is taken at their word.
    check_column(Column::Channel, &[("steplog.channel", truth)], Some(("true", None)));
}

#[test]
fn a_severity_given_as_a_text_counts_as_its_number() {
    let status = |fields: &str| {
        let found = event(mapped(&keeping_all(), fields, &[], &[]));
        let cell = found.cell(Column::Status);
        cell.map(|cell| format!("{} < {}", cell.value, cell.rule.as_deref().unwrap_or_default()))
    };
    let failure = Some("failure < derived: severity >= 17".to_owned());
    for fields in [
        r#""severityText":"ERROR""#,
        r#""severityText":"error","severityNumber":0"#,
        r#""severityText":"CRITICAL""#,
        r#""severityNumber":24"#,
        r#""severityNumber":"SEVERITY_NUMBER_ERROR""#,
    ] {
        assert_eq!(status(fields), failure, "{fields}");
    }
    // The number is what counts where there is one, and none of another scale.
    for fields in [
        r#""severityText":"ERROR","severityNumber":9"#,
        r#""severityText":"WARN""#,
        r#""severityText":"loud""#,
        r#""severityNumber":400"#,
        r#""severityNumber":-7"#,
    ] {
        assert_eq!(status(fields), None, "{fields}");
    }
}

#[test]
fn bodies_name_events_only_if_they_look_like_names() {
    let name_of = |body: &str| {
        let fields = format!(r#""body":{{"stringValue":"{body}"}}"#);
        let found = event(mapped(&keeping_all(), &fields, &[], &[]));
        found.value(Column::Event).map(str::to_owned)
    };
    assert_eq!(name_of("order.shipped"), Some("order.shipped".to_owned()));
    assert_eq!(name_of("The order was shipped."), None);
    assert_eq!(name_of("shipped"), None);
}

#[test]
fn times_fall_back_in_order() {
    let check = |time: &str, observed: &str, want: (i64, TimeSource, bool)| {
        let record = format!(r#"{{"timeUnixNano":"{time}","observedTimeUnixNano":"{observed}"}}"#);
        let found = event(keeping_all().map(decoded(&record, ""), RECEIVED));
        let flagged = found.flags.contains(Flags::TIME_IMPLAUSIBLE);
        assert_eq!((found.time.0, found.time_source, flagged), want, "{time} {observed}");
    };
    let (now, at) = (RECEIVED.0, RECEIVED.0 - 5);
    let text = at.to_string();
    check(&text, "0", (at, TimeSource::Record, false));
    check("0", &text, (at, TimeSource::Observed, false));
    check("0", "0", (now, TimeSource::Received, false));
    // 1970, milliseconds where nanoseconds belong, beyond 2262, ten years ahead.
    for bad in ["1", "1795424400000", "18446744073709551615"] {
        check(bad, &text, (at, TimeSource::Observed, true));
        check(bad, "0", (now, TimeSource::Received, true));
    }
    let minutes = |count: i64| {
        let record = format!(r#"{{"timeUnixNano":"{}"}}"#, now + count * 60_000_000_000);
        event(keeping_all().map(decoded(&record, ""), RECEIVED)).flags
    };
    assert_eq!(minutes(1), Flags::default());
    assert_eq!(minutes(2), Flags::TIME_AHEAD);
    let ahead = |days: i64| UnixNanos(now).saturating_add(days * NANOS_PER_DAY).0;
    check(&ahead(3_650).to_string(), &text, (at, TimeSource::Observed, true));
    check(&ahead(1).to_string(), &text, (ahead(1), TimeSource::Record, false));
}

#[test]
fn durations_have_units() {
    let check = |key: &str, value: &str, want: Option<u64>| {
        let found = event(mapped(&keeping_all(), "", &[(key, value)], &[]));
        assert_eq!(found.duration_nanos, want, "{key} {value}");
    };
    check("steplog.event.duration", r#"{"intValue":"1500"}"#, Some(1_500));
    check("duration_ms", r#"{"doubleValue":1.5}"#, Some(1_500_000));
    check("duration_ms", "12", Some(12_000_000));
    check("duration_ms", r#"{"doubleValue":"NaN"}"#, None);
    check("duration_ms", r#"{"intValue":-1}"#, None);
}

#[test]
fn events_larger_than_the_index_keeps_are_flagged() {
    let flagged = |pairs: &[(&str, &str)]| {
        event(mapped(&keeping_all(), "", pairs, &[])).flags.contains(Flags::INDEX_TRUNCATED)
    };
    let (long, longer) = ("word ".repeat(1_600), "word ".repeat(1_700));
    assert!(!flagged(&[("a", &long)]));
    assert!(flagged(&[("a", &longer)]));
    let keys: Vec<String> = (0..1_025).map(|key| format!("key{key}")).collect();
    let pairs: Vec<_> = keys.iter().map(|key| (key.as_str(), "x")).collect();
    assert!(flagged(&pairs));
    assert!(!flagged(&pairs[..1_024]));
}
