//! Which spans are events, and what becomes of what they hold.

use rapidhash::{RapidHashMap, RapidHashSet};

/// A name, or all names with one beginning.
#[derive(Clone, Debug, Default)]
pub struct NameSet {
    exact: RapidHashSet<Box<str>>,
    starts: Vec<Box<str>>,
}

impl NameSet {
    /// The set of these names; one that ends with `*` stands for all that start so.
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut set = Self::default();
        for name in names {
            match name.strip_suffix('*') {
                Some(start) => set.starts.push(start.into()),
                None => drop(set.exact.insert(name.into())),
            }
        }
        set
    }

    /// Whether the name is in it.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.exact.contains(name) || self.starts.iter().any(|start| name.starts_with(&**start))
    }
}

/// Which spans are events: those with one of the attributes, or one of the names.
#[derive(Clone, Debug, Default)]
pub struct SpanRules {
    /// Attributes that only spans of interest have.
    pub attributes: NameSet,
    /// Names of spans.
    pub names: NameSet,
    /// Names of spans that are no events after all.
    pub except_names: NameSet,
    /// Attribute to the values of spans that are no events after all.
    pub except: RapidHashMap<Box<str>, Vec<String>>,
    /// Names of span events that are part of their span's event and no events of their own.
    pub folded: NameSet,
    /// Attributes of the span that its span events share, unless they have them themselves.
    pub shared: NameSet,
}
