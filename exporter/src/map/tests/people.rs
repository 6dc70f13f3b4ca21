//! What people read of the mapping: the page, and each rule with its place.

use super::super::{Mappings, Told, page, told};

/// The blocks of TOML in what the page tells before its tables.
fn examples() -> Vec<String> {
    let page = page();
    let (introduction, _) = page.split_once("## The columns").unwrap();
    let blocks = introduction.split("```toml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn the_examples_of_the_page_are_settings() {
    let examples = examples();
    assert_eq!(examples.len(), 5);
    for example in examples {
        Mappings::with_overrides(&example).unwrap_or_else(|error| panic!("{error}: {example}"));
        assert!(told(&example).unwrap().iter().any(|rule| rule.line.is_some()), "{example}");
    }
}

#[test]
fn the_page_has_every_rule_that_is_built_in() {
    let page = page();
    for rule in told("").unwrap() {
        assert_eq!(rule.line, None, "{rule:?}");
        if rule.key.ends_with(".sources") && rule.key.contains(".columns.") {
            assert!(page.lines().any(|line| line == rule.value), "{rule:?}");
        }
    }
    for column in steplog_model::column::Column::ALL {
        assert!(page.contains(&format!("### {} (`{column}`)", column.label())), "{column}");
    }
}

#[test]
fn what_is_told_is_the_same_mapping_again() {
    // All rules of a column, written as its `sources`, are read as what they are.
    let rules = told("").unwrap();
    let mut columns: Vec<&str> = rules.iter().map(|rule| rule.key.as_str()).collect();
    columns.retain(|key| key.starts_with("mapping.columns."));
    columns.dedup();
    assert!(columns.len() > 15, "{columns:?}");
    let mut settings = String::new();
    for key in columns {
        let sources = rules.iter().filter(|rule| rule.key == key).map(|rule| rule.value.as_str());
        let table = key.strip_suffix(".sources").unwrap();
        settings
            .push_str(&format!("[{table}]\nsources = [\n{}\n]\n", sources.collect::<Vec<_>>().join(",\n")));
    }
    let again = told(&settings).unwrap_or_else(|error| panic!("{error}: {settings}"));
    let values =
        |rules: &[Told]| rules.iter().map(|rule| (rule.key.clone(), rule.value.clone())).collect::<Vec<_>>();
    assert_eq!(values(&again), values(&rules));
    assert!(again.iter().filter(|rule| rule.key.contains(".columns.")).all(|rule| rule.line.is_some()));
}

#[test]
fn rules_of_the_settings_have_their_lines() {
    let settings = "[mapping.columns.person]\nprepend = [\n    \"acme.a\",\n    { attribute = \"acme.b\", prefix = \"b-\" },\n]\n\
                    [mapping.filter]\nunnamed = false\n[mapping.words.status]\nfailure = [\"refused\"]\n\
                    [mapping.tenant.acme.columns.channel]\nappend = [\"acme.channel\"]\n";
    let said: Vec<_> = told(settings).unwrap().into_iter().filter(|rule| rule.line.is_some()).collect();
    let rule = |key: &str, value: &str, line| Told {
        key: key.to_owned(),
        value: value.to_owned(),
        line: Some(line),
    };
    let expected = [
        rule("mapping.columns.person.sources", "\"acme.a\"", 3),
        rule("mapping.columns.person.sources", r#"{ attribute = "acme.b", prefix = "b-" }"#, 4),
        rule("mapping.filter.unnamed", "false", 7),
        rule("mapping.words.status.failure", r#"["refused"]"#, 8),
    ];
    assert_eq!(said[..4], expected);
    assert!(
        said.contains(&rule("mapping.tenant.acme.columns.channel.sources", "\"acme.channel\"", 11)),
        "{said:?}"
    );
    // The first rule is the one that is tried first.
    let person = told(settings).unwrap().into_iter().find(|rule| rule.key.contains("columns.person"));
    assert_eq!(person.unwrap().value, "\"acme.a\"");
}
