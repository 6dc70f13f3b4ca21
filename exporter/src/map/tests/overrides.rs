//! Settings that change the table, and what is said where they are wrong.

use steplog_model::column::Column;
use steplog_model::ids::Tenant;

use super::{Mapped, Mappings, event, mapped};
use crate::map::FilterReason;

#[track_caller]
fn value(settings: &str, tenant: &str, pairs: &[(&str, &str)], column: Column) -> Option<String> {
    let mappings = Mappings::with_overrides(settings).unwrap();
    let tenant: Tenant = tenant.parse().unwrap();
    let found = event(mapped(mappings.for_tenant(&tenant), r#""eventName":"a.b""#, pairs, &[]));
    found.value(column).map(str::to_owned)
}

#[test]
fn sources_are_put_before_behind_or_instead() {
    let pairs = &[("acme.customer", "acme"), ("user.id", "user")];
    let person = |settings: &str| value(settings, "default", pairs, Column::Person);
    assert_eq!(person(""), Some("user".to_owned()));
    let prepend = "[mapping.columns.person]\nprepend = [\"acme.customer\"]";
    assert_eq!(person(prepend), Some("acme".to_owned()));
    let append = "[mapping.columns.person]\nappend = [\"acme.customer\"]";
    assert_eq!(person(append), Some("user".to_owned()));
    let instead = "[mapping.columns.person]\nsources = [\"acme.other\"]";
    assert_eq!(person(instead), None);
}

#[test]
fn tenants_have_tables_of_their_own() {
    let settings = "[mapping.tenant.acme.columns.person]\nprepend = [\"acme.customer\"]";
    let pairs = &[("acme.customer", "acme"), ("user.id", "user")];
    assert_eq!(value(settings, "acme", pairs, Column::Person), Some("acme".to_owned()));
    assert_eq!(value(settings, "other", pairs, Column::Person), Some("user".to_owned()));
}

#[test]
fn words_are_added() {
    let settings = "[mapping.words.status]\nskipped = [\"opted out\"]";
    let pairs = &[("steplog.event.status", "Opted out")];
    assert_eq!(value(settings, "default", pairs, Column::Status), Some("skipped".to_owned()));
}

#[test]
fn filters_leave_records_out() {
    let check = |settings: &str, fields: &str, want: Option<FilterReason>| {
        let mappings = Mappings::with_overrides(settings).unwrap();
        let reason = match mapped(mappings.for_tenant(&Tenant::default()), fields, &[], &[]) {
            Mapped::Event(_) => None,
            Mapped::Filtered(reason) => Some(reason),
        };
        assert_eq!(reason, want, "{settings} {fields}");
    };
    let names = "[mapping.filter]\nnames = [\"debug.*\", \"ping\"]\nunnamed = false";
    check(names, r#""eventName":"debug.cache.hit""#, Some(FilterReason::ExcludedName));
    check(names, r#""eventName":"ping""#, Some(FilterReason::ExcludedName));
    check(names, r#""eventName":"pinged""#, None);
    check(names, "", None);
    check("", "", Some(FilterReason::Unnamed));
    check("[mapping.filter]\ntracing_default_names = false", r#""eventName":"event a.rs:1""#, None);
}

#[track_caller]
fn check_error(settings: &str, place: (usize, usize), words: &str) {
    let error = Mappings::with_overrides(settings).map(|_| ()).unwrap_err();
    assert_eq!((error.line, error.column), place, "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn errors_say_where() {
    check_error("[mapping.columns.persn]\nprepend = [\"a\"]", (1, 18), "persn");
    check_error("[mapping.columns.person]\n\nprepends = [\"a\"]", (3, 1), "prepends");
    check_error(
        "[mapping.columns.person]\nprepend = [{ attribute = \"a\", words = \"colours\" }]",
        (2, 39),
        "colours",
    );
    check_error("[mapping\n", (1, 9), "");
    check_error("[mapping.tenant.\"A B\".filter]\nunnamed = true", (1, 17), "tenant");
}
