//! Links from an event to where else something is known about it: a person's profile, a trace.
//!
//! A template is an address with placeholders such as `https://crm.example/people/{person}`. Only
//! `http` and `https`, and no placeholder in front of the path: what a sender writes into an event
//! never decides where a link leads, only what it asks for there.

use std::fmt::Write as _;

use serde::Serialize;
use steplog_model::column::Column;
use steplog_model::event::Event;

/// The most characters of a label or a template.
const MAX_CHARS: usize = 2_000;

/// The placeholders and the columns that fill them.
const PLACEHOLDERS: [(&str, Column); 9] = [
    ("person", Column::Person),
    ("conversation", Column::Conversation),
    ("interaction", Column::Interaction),
    ("object", Column::Object),
    ("object_id", Column::ObjectId),
    ("element", Column::Element),
    ("element_id", Column::ElementId),
    ("version", Column::Version),
    ("trace_id", Column::TraceId),
];

/// What a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// The profile of a person.
    Person,
    /// A conversation.
    Conversation,
    /// A step in the editor of its object.
    Element,
    /// A trace in a tracing tool.
    Trace,
}

impl LinkKind {
    /// All kinds, in the order in which links are listed.
    pub const ALL: [Self; 4] = [Self::Person, Self::Conversation, Self::Element, Self::Trace];

    /// The name in settings and API: `person`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Conversation => "conversation",
            Self::Element => "element",
            Self::Trace => "trace",
        }
    }
}

/// A template, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkTemplate {
    kind: LinkKind,
    label: String,
    template: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Value(Column),
}

/// A template that cannot be used: what is wrong and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LinkError(String);

impl LinkTemplate {
    /// Checks a label and a template.
    ///
    /// # Errors
    /// [`LinkError`] where the label is empty, the address is neither `http` nor `https`, has no
    /// placeholder, one before its path, or one that there is not.
    pub fn new(kind: LinkKind, label: &str, template: &str) -> Result<Self, LinkError> {
        if label.trim().is_empty() || label.chars().count() > MAX_CHARS || label.contains(char::is_control) {
            return Err(LinkError("the label is empty, too long, or has control characters".to_owned()));
        }
        if template.chars().count() > MAX_CHARS {
            return Err(LinkError(format!("the address has more than {MAX_CHARS} characters")));
        }
        let is_unsafe = |char: char| char.is_control() || char.is_whitespace() || "\"<>\\^`|".contains(char);
        if let Some(char) = template.chars().find(|char| is_unsafe(*char)) {
            return Err(LinkError(format!("the address has {char:?} in it; write it percent-encoded")));
        }
        let rest = ["https://", "http://"].iter().find_map(|scheme| template.strip_prefix(scheme));
        let Some(rest) = rest else {
            return Err(LinkError("the address must begin with https:// or http://".to_owned()));
        };
        let (host, _) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if host.is_empty() || host.contains(['{', '}', '@']) {
            let text = "the address must name its host, without placeholders or credentials, before the path";
            return Err(LinkError(text.to_owned()));
        }
        let parts = parts(template)?;
        if !parts.iter().any(|part| matches!(part, Part::Value(_))) {
            return Err(LinkError(format!("the address has no placeholder such as {{{}}}", kind.usual())));
        }
        Ok(Self { kind, label: label.trim().to_owned(), template: template.to_owned(), parts })
    }

    /// The address for an event; `None` where it lacks a value.
    fn url(&self, event: &Event) -> Option<String> {
        let mut url = String::with_capacity(self.template.len() + 32);
        for part in &self.parts {
            match part {
                Part::Text(text) => url.push_str(text),
                Part::Value(column) => {
                    let value = event.value(*column)?;
                    // Browsers take `..` for "one up", however it is encoded.
                    if matches!(value, "." | "..") {
                        return None;
                    }
                    put_encoded(&mut url, value);
                }
            }
        }
        Some(url)
    }
}

impl LinkKind {
    const fn usual(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Conversation => "conversation",
            Self::Element => "element_id",
            Self::Trace => "trace_id",
        }
    }
}

fn parts(template: &str) -> Result<Vec<Part>, LinkError> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some(open) = rest.find(['{', '}']) {
        let (text, placeholder) = rest.split_at(open);
        let name = placeholder.strip_prefix('{').and_then(|name| name.split_once('}'));
        let Some((name, after)) = name else {
            return Err(LinkError(
                "a brace has no partner; write braces that are no placeholder as %7B and %7D".to_owned(),
            ));
        };
        let Some((_, column)) = PLACEHOLDERS.iter().find(|(known, _)| *known == name) else {
            let known: Vec<_> = PLACEHOLDERS.iter().map(|(name, _)| format!("{{{name}}}")).collect();
            return Err(LinkError(format!("there is no placeholder {{{name}}}; use {}", known.join(" "))));
        };
        parts.extend([Part::Text(text.to_owned()), Part::Value(*column)]);
        rest = after;
    }
    parts.push(Part::Text(rest.to_owned()));
    Ok(parts)
}

/// Appends a value so that it is one piece of a path or a parameter (RFC 3986, "unreserved").
fn put_encoded(out: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

/// The templates of an installation, at most one of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links(Vec<LinkTemplate>);

impl FromIterator<LinkTemplate> for Links {
    /// Of several templates of one kind the first one counts.
    fn from_iter<T: IntoIterator<Item = LinkTemplate>>(templates: T) -> Self {
        let mut templates: Vec<_> = templates.into_iter().collect();
        templates.sort_by_key(|template| template.kind);
        templates.dedup_by_key(|template| template.kind);
        Self(templates)
    }
}

/// A template as the API shows it.
#[derive(Serialize)]
pub(crate) struct ListedTemplate<'a> {
    kind: LinkKind,
    label: &'a str,
    template: &'a str,
}

/// A template filled in.
#[derive(Serialize)]
pub(crate) struct Link<'a> {
    kind: LinkKind,
    label: &'a str,
    url: String,
}

impl Links {
    pub(crate) fn list(&self) -> impl Iterator<Item = ListedTemplate<'_>> {
        self.0.iter().map(|LinkTemplate { kind, label, template, .. }| ListedTemplate {
            kind: *kind,
            label,
            template,
        })
    }

    /// The links of an event: those whose placeholders all have a value.
    pub(crate) fn of(&self, event: &Event) -> Vec<Link<'_>> {
        let link = |template: &LinkTemplate| template.url(event).map(|url| (template.kind, url));
        let found = self.0.iter().filter_map(|template| Some((template, link(template)?)));
        found.map(|(template, (kind, url))| Link { kind, label: &template.label, url }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use steplog_model::testing::build::EventBuilder;
    use steplog_model::time::UnixNanos;

    fn url(template: &str, person: &str) -> Option<String> {
        let event = EventBuilder::new(1, UnixNanos(1)).cell(Column::Person, person).build();
        LinkTemplate::new(LinkKind::Person, "Profile", template).unwrap().url(&event)
    }

    #[test]
    fn values_are_one_piece_of_the_address() {
        let template = "https://crm.example/people/{person}?tab=log";
        let check = |person: &str, want: &str| {
            let want = format!("https://crm.example/people/{want}?tab=log");
            assert_eq!(url(template, person).as_deref(), Some(&*want), "{person}");
        };
        check("p-1", "p-1");
        check("a/../b?c#d&e=f", "a%2F..%2Fb%3Fc%23d%26e%3Df");
        check("Jürgen x", "J%C3%BCrgen%20x");
        check("\"><script>", "%22%3E%3Cscript%3E");
        assert_eq!(url(template, ".."), None);
        assert_eq!(url("http://x/{person}/{object}", "p-1"), None, "an absent value");
    }

    #[test]
    fn what_is_no_template_is_told() {
        for (template, want) in [
            ("javascript:alert({person})", "https://"),
            ("/people/{person}", "https://"),
            ("https://{person}.example/", "host"),
            ("https:///{person}", "host"),
            ("https://user:secret@crm.example/{person}", "host"),
            ("https://crm.example/{persn}", "{person}"),
            ("https://crm.example/{person", "partner"),
            ("https://crm.example/person}", "partner"),
            ("https://crm.example/", "no placeholder"),
            ("https://crm.example/ {person}", "percent-encoded"),
        ] {
            let error = LinkTemplate::new(LinkKind::Person, "Profile", template).unwrap_err().to_string();
            assert!(error.contains(want), "{template}: {error}");
        }
        assert!(LinkTemplate::new(LinkKind::Person, " ", "https://a.example/{person}").is_err());
    }
}
