//! What settings change of the mapping table.

use std::collections::BTreeMap;

use serde::de::{self, Deserialize, Deserializer};
use steplog_model::ids::Tenant;
use toml::Spanned;

use super::spans::{RepeatTable, SpansOverride};
use super::{AddedWords, ColumnName, DurationTable, FilterTable, SourceTable, Sources, Table, WordTable};

/// A settings text, of which only `[mapping]` is read here.
#[derive(serde::Deserialize)]
pub(in crate::map) struct SettingsText {
    #[serde(default)]
    pub(in crate::map) mapping: Overrides<Tenants>,
}

/// `[mapping.tenant]`.
pub(in crate::map) type Tenants = BTreeMap<TenantName, Overrides>;

/// `[mapping]`, or `[mapping.tenant.NAME]`, which has no tenants of its own.
#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "T: Default + Deserialize<'de>"))]
pub(in crate::map) struct Overrides<T = NoTenants> {
    #[serde(default)]
    columns: BTreeMap<ColumnName, ListOverride<SourceTable>>,
    duration: Option<ListOverride<DurationTable>>,
    filter: Option<FilterOverride>,
    spans: Option<Spanned<SpansOverride>>,
    #[serde(default)]
    words: BTreeMap<Spanned<String>, WordTable>,
    #[serde(default)]
    tenant: T,
}

/// Refuses a tenant of a tenant.
#[derive(Default)]
pub(in crate::map) struct NoTenants;

impl<'de> Deserialize<'de> for NoTenants {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(de::Error::custom("a tenant has no tenants of its own; write [mapping.tenant.NAME] for each"))
    }
}

impl Overrides {
    /// The columns whose lists it changes.
    pub(in crate::map) fn columns(&self) -> impl Iterator<Item = ColumnName> {
        self.columns.keys().copied()
    }
}

impl Overrides<Tenants> {
    /// What holds for all tenants, and what for single ones.
    pub(in crate::map) fn split(self) -> (Overrides, Tenants) {
        let Self { columns, duration, filter, spans, words, tenant } = self;
        (Overrides { columns, duration, filter, spans, words, tenant: NoTenants }, tenant)
    }
}

/// What has a place in the settings' text.
trait Placed {
    fn place(&mut self, at: usize);
}

impl Placed for SourceTable {
    fn place(&mut self, at: usize) {
        self.at = Some(at);
    }
}

impl Placed for DurationTable {
    fn place(&mut self, at: usize) {
        self.at = Some(at);
    }
}

#[derive(Clone, serde::Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "T: Deserialize<'de>"))]
struct ListOverride<T> {
    #[serde(default = "Vec::new")]
    prepend: Vec<Spanned<T>>,
    #[serde(default = "Vec::new")]
    append: Vec<Spanned<T>>,
    sources: Option<Vec<Spanned<T>>>,
}

impl<T: Placed> ListOverride<T> {
    fn apply(self, list: &mut Vec<T>) {
        let placed = |sources: Vec<Spanned<T>>| {
            sources.into_iter().map(|source| {
                let at = source.span().start;
                let mut source = source.into_inner();
                source.place(at);
                source
            })
        };
        let kept = std::mem::take(list);
        let kept: Vec<T> = self.sources.map_or(kept, |instead| placed(instead).collect());
        *list = placed(self.prepend).chain(kept).chain(placed(self.append)).collect();
    }
}

#[derive(Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FilterOverride {
    tracing_default_names: Option<Spanned<bool>>,
    unnamed: Option<Spanned<bool>>,
    names: Option<Spanned<Vec<String>>>,
    repeats: Option<Spanned<Vec<RepeatTable>>>,
}

impl FilterOverride {
    fn apply(self, filter: &mut FilterTable) {
        let [default_names_at, unnamed_at, names_at, repeats_at] = &mut filter.at;
        put(self.tracing_default_names, &mut filter.tracing_default_names, default_names_at);
        put(self.unnamed, &mut filter.unnamed, unnamed_at);
        put(self.names, &mut filter.names, names_at);
        put(self.repeats, &mut filter.repeats, repeats_at);
    }
}

/// Puts a value that is said in the place of the one before.
fn put<T>(said: Option<Spanned<T>>, value: &mut T, at: &mut Option<usize>) {
    if let Some(said) = said {
        *at = Some(said.span().start);
        *value = said.into_inner();
    }
}

/// A tenant by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::map) struct TenantName(pub(in crate::map) Tenant);

impl<'de> Deserialize<'de> for TenantName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(de::Error::custom)
    }
}

/// A table of words that does not exist, and where it is named.
#[derive(Debug)]
pub(in crate::map) struct UnknownWords {
    pub(in crate::map) name: Spanned<String>,
    pub(in crate::map) known: Vec<String>,
}

impl Table {
    /// Changes the table as settings say.
    pub(in crate::map) fn apply(&mut self, overrides: Overrides) -> Result<(), UnknownWords> {
        for (column, list) in overrides.columns {
            let sources = self.columns.entry(column).or_insert_with(|| Sources { sources: Vec::new() });
            list.apply(&mut sources.sources);
        }
        if let Some(list) = overrides.duration {
            list.apply(&mut self.duration.sources);
        }
        if let Some(filter) = overrides.filter {
            filter.apply(&mut self.filter);
        }
        if let Some(spans) = overrides.spans {
            self.spans_at = Some(spans.span().start);
            spans.into_inner().apply(&mut self.spans);
        }
        for (name, added) in overrides.words {
            let known = self.words.keys().cloned().collect();
            let Some(words) = self.words.get_mut(name.get_ref()) else {
                return Err(UnknownWords { name, known });
            };
            for (canonical, more) in added {
                // A word means what it was last said to mean.
                words.values_mut().for_each(|old| old.retain(|word| !more.contains(word)));
                self.added_words.push(AddedWords {
                    table: name.get_ref().clone(),
                    canonical: canonical.clone(),
                    words: more.clone(),
                    at: name.span().start,
                });
                words.entry(canonical).or_default().extend(more);
            }
        }
        Ok(())
    }
}
