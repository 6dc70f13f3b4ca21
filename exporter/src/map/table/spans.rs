//! What the table says of spans, and of records that say the same again.

use std::collections::BTreeMap;

use crate::decode::{NameSet, SpanRules};

/// Which spans are events.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::map) struct SpansTable {
    attributes: Vec<String>,
    names: Vec<String>,
    except_names: Vec<String>,
    except: BTreeMap<String, Vec<String>>,
    events: EventsTable,
}

#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct EventsTable {
    folded: Vec<String>,
    shared: Vec<String>,
}

/// `[mapping.spans]`: what it lists is added to the built-in lists.
#[derive(Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpansOverride {
    /// Whether spans with the built-in attributes are events.
    built_in: Option<bool>,
    #[serde(default)]
    attributes: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    except_names: Vec<String>,
    #[serde(default)]
    except: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    events: EventsOverride,
}

#[derive(Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct EventsOverride {
    folded: Option<Vec<String>>,
    #[serde(default)]
    shared: Vec<String>,
}

impl SpansOverride {
    pub(super) fn apply(self, table: &mut SpansTable) {
        if self.built_in == Some(false) {
            table.attributes.clear();
        }
        table.attributes.extend(self.attributes);
        table.names.extend(self.names);
        table.except_names.extend(self.except_names);
        for (attribute, values) in self.except {
            table.except.entry(attribute).or_default().extend(values);
        }
        table.events.folded = self.events.folded.unwrap_or_else(|| std::mem::take(&mut table.events.folded));
        table.events.shared.extend(self.events.shared);
    }
}

impl SpansTable {
    /// Each list by its key, for people.
    pub(in crate::map) fn lists(&self) -> Vec<(String, &[String])> {
        let named = |name: &str| name.to_owned();
        let mut lists: Vec<(String, &[String])> = vec![
            (named("attributes"), &self.attributes),
            (named("names"), &self.names),
            (named("except_names"), &self.except_names),
        ];
        lists.extend(
            self.except.iter().map(|(attribute, values)| (format!("except.{attribute:?}"), &**values)),
        );
        lists.push((named("events.folded"), &self.events.folded));
        lists.push((named("events.shared"), &self.events.shared));
        lists
    }

    /// The rules for the decoder.
    pub(in crate::map) fn rules(&self) -> SpanRules {
        let set = |names: &[String]| NameSet::new(names.iter().map(String::as_str));
        let except = self.except.iter();
        SpanRules {
            attributes: set(&self.attributes),
            names: set(&self.names),
            except_names: set(&self.except_names),
            except: except.map(|(name, values)| (name.as_str().into(), values.clone())).collect(),
            folded: set(&self.events.folded),
            shared: set(&self.events.shared),
        }
    }
}

/// Events that repeat what another event says.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::map) struct RepeatTable {
    /// The name.
    pub(in crate::map) event: String,
    /// Attributes that those have which repeat.
    #[serde(default)]
    pub(in crate::map) having: Names,
    /// Attributes that those lack which repeat.
    #[serde(default)]
    pub(in crate::map) lacking: Names,
}

/// One name, or a list of them.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(from = "OneOrMany")]
pub(in crate::map) struct Names(pub(in crate::map) Vec<String>);

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Names {
    fn from(names: OneOrMany) -> Self {
        match names {
            OneOrMany::One(name) => Self(vec![name]),
            OneOrMany::Many(names) => Self(names),
        }
    }
}
