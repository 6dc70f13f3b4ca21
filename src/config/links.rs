//! The table `[links]` of the settings file: where links of events lead.

use std::collections::BTreeMap;

use steplog_query::links::{LinkKind, LinkTemplate, Links};
use toml::Spanned;

use super::{SettingsError, position};

#[derive(serde::Deserialize)]
struct Whole {
    #[serde(default)]
    links: BTreeMap<Spanned<String>, Spanned<Template>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    label: String,
    url: String,
}

/// The links of a settings file's text; none where it has no such table.
///
/// # Errors
/// Every template that cannot be used, with its place in the file of this name.
pub fn links(text: &str, file: &str) -> Result<Links, SettingsError> {
    let at = |place: usize, what: &str| {
        let (line, column) = position(text, place);
        format!("{file}:{line}:{column}: {what}")
    };
    let whole: Whole = toml::from_str(text).map_err(|error| {
        at(error.span().unwrap_or_default().start, &format!("links: {}", error.message()))
    })?;
    let (mut templates, mut problems) = (Vec::new(), Vec::new());
    for (name, template) in &whole.links {
        let kind = LinkKind::ALL.into_iter().find(|kind| kind.name() == name.get_ref());
        let Some(kind) = kind else {
            let known = LinkKind::ALL.map(LinkKind::name).join(", ");
            problems.push(at(name.span().start, &format!("links: {:?} is none of {known}", name.get_ref())));
            continue;
        };
        let Template { label, url } = template.get_ref();
        match LinkTemplate::new(kind, label, url) {
            Ok(template) => templates.push(template),
            Err(error) => {
                problems.push(at(template.span().start, &format!("links.{}: {error}", kind.name())));
            }
        }
    }
    if problems.is_empty() { Ok(templates.into_iter().collect()) } else { Err(SettingsError { problems }) }
}

/// Each link of a settings file's text: its name, its template in TOML and its line. A text that is wrong has none.
#[must_use]
pub fn told_links(text: &str) -> Vec<(String, String, usize)> {
    let whole: Whole = toml::from_str(text).unwrap_or_else(|_| Whole { links: BTreeMap::new() });
    let told = |(name, template): (&Spanned<String>, &Spanned<Template>)| {
        let Template { label, url } = template.get_ref();
        let [label, url] = [label, url].map(|text| toml::Value::from(text.as_str()).to_string());
        let line = position(text, name.span().start).0;
        (name.get_ref().clone(), format!("{{ label = {label}, url = {url} }}"), line)
    };
    whole.links.iter().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_read_and_problems_have_places() {
        assert_eq!(links("demo = true\n", "f").unwrap(), Links::default());
        let good = "[links]\nperson = {label = \"Profile\", url = \"https://crm.example/{person}\"}\n";
        assert_ne!(links(good, "f").unwrap(), Links::default());
        let template = r#"{ label = "Profile", url = "https://crm.example/{person}" }"#;
        assert_eq!(told_links(good), [("person".to_owned(), template.to_owned(), 2)]);
        let bad = "[links]\npersn = {label = \"a\", url = \"https://a.example/{person}\"}\n\
                   trace = {label = \"a\", url = \"ftp://a.example/{trace_id}\"}\n";
        let problems = links(bad, "f").unwrap_err().problems;
        assert_eq!(problems[0], "f:2:1: links: \"persn\" is none of person, conversation, element, trace");
        assert_eq!(problems[1], "f:3:9: links.trace: the address must begin with https:// or http://");
        let shape = links("[links]\nperson = {label = \"a\", link = \"b\"}\n", "f").unwrap_err().to_string();
        assert!(shape.starts_with("f:2:") && shape.contains("link"), "{shape}");
    }
}
