//! Objects, versions and elements, sums on every level.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use steplog_model::query::{Group, GroupStats, Hotspots, Period, Query};
use steplog_model::store::{Budget, EventStore, StoreError};

use super::firsts::first_failures;
use super::onset::{self, Onset, Suspect};
use super::stats::Stats;
use crate::row::moment;

/// An object in its context: `None` for events without.
type ObjectKey = (Option<String>, Option<String>);

#[derive(Default)]
struct Object {
    stats: GroupStats,
    versions: BTreeMap<Option<String>, Version>,
}

#[derive(Default)]
struct Version {
    stats: GroupStats,
    elements: Vec<Group>,
}

/// All groups of an answer, by object and version.
pub(crate) struct Tree {
    objects: BTreeMap<ObjectKey, Object>,
    complete: bool,
}

impl Tree {
    pub(crate) fn new(hotspots: Hotspots) -> Self {
        let mut objects: BTreeMap<ObjectKey, Object> = BTreeMap::new();
        for group in hotspots.groups {
            let key = (group.key.object.clone(), group.key.occurred_in.clone());
            let object = objects.entry(key).or_default();
            object.stats.join(&group.stats);
            let version = object.versions.entry(group.key.version.clone()).or_default();
            version.stats.join(&group.stats);
            version.elements.push(group);
        }
        Self { objects, complete: hotspots.complete }
    }

    /// Since when those elements fail more often than before in which most interactions fail first.
    pub(crate) fn onsets(
        &self,
        store: &dyn EventStore,
        query: &Query,
        budget: &Budget,
    ) -> Result<Vec<Onset>, StoreError> {
        let mut elements: BTreeMap<&str, GroupStats> = BTreeMap::new();
        let versions = self.objects.values().flat_map(|object| object.versions.values());
        for group in versions.flat_map(|version| &version.elements) {
            if let Some(element) = &group.key.element {
                elements.entry(element).or_default().join(&group.stats);
            }
        }
        let firsts = first_failures(&elements.values().collect::<Vec<_>>());
        let mut suspects: Vec<_> =
            elements.iter().zip(firsts).filter(|(_, first)| *first >= onset::LEAST_FAILED).collect();
        suspects.sort_by_key(|(_, first)| Reverse(*first));
        suspects.truncate(onset::MOST);
        let suspect = |(element, stats): (&&str, &GroupStats)| Suspect {
            element: (*element).to_owned(),
            first: stats.first,
            last: stats.last,
        };
        let found = suspects.into_iter().map(|(entry, _)| onset::onset(store, query, suspect(entry), budget));
        found.filter_map(Result::transpose).collect()
    }

    /// Two versions beside each other, over all contexts.
    pub(crate) fn compare(&self, object: &str, a: &str, b: &str) -> Comparison {
        let mut sums = [GroupStats::default(), GroupStats::default()];
        let mut elements: BTreeMap<Option<&str>, Pair> = BTreeMap::new();
        for (name, found) in self.objects.values().flat_map(|object| &object.versions) {
            for (side, _) in
                [a, b].into_iter().enumerate().filter(|(_, wanted)| name.as_deref() == Some(*wanted))
            {
                sums[side].join(&found.stats);
                for group in &found.elements {
                    let pair = elements.entry(group.key.element.as_deref()).or_default();
                    pair.sides[side].get_or_insert_default().stats.join(&group.stats);
                    if group.element_type.is_some() {
                        pair.element_type.clone_from(&group.element_type);
                    }
                }
            }
        }
        for side in [0, 1] {
            let mut of_side: Vec<&mut Half> =
                elements.values_mut().filter_map(|pair| pair.sides[side].as_mut()).collect();
            let firsts = first_failures(&of_side.iter().map(|half| &half.stats).collect::<Vec<_>>());
            of_side.iter_mut().zip(firsts).for_each(|(half, first)| half.first_failed = first);
        }
        let named = |(element, pair): (Option<&str>, Pair)| (element.map(str::to_owned), pair);
        let mut elements: Vec<_> = elements.into_iter().map(named).collect();
        // What got worse comes first, then what cannot be compared, then the rest.
        elements.sort_by(|(_, one), (_, other)| other.rank().total_cmp(&one.rank()));
        let names = [a, b].map(str::to_owned);
        Comparison { object: object.to_owned(), names, sums, elements }
    }
}

/// The answer: the worst objects first.
pub(crate) struct Answer<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) period: Period,
    pub(crate) limit: usize,
    pub(crate) elements: bool,
    pub(crate) comparison: Option<&'a Comparison>,
    /// Told where one object is asked for.
    pub(crate) onsets: Option<&'a [Onset]>,
}

/// The worst come first: by interactions that failed, then by failures and events.
fn badness(stats: &GroupStats) -> Reverse<(u64, u64, u64)> {
    Reverse((stats.failed_interaction_count(), stats.failures, stats.events))
}

impl Serialize for Answer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut objects: Vec<(&ObjectKey, &Object)> = self.tree.objects.iter().collect();
        objects.sort_by_cached_key(|(_, object)| badness(&object.stats));
        let more = objects.len() > self.limit;
        objects.truncate(self.limit);
        let shown: Vec<_> = objects
            .into_iter()
            .map(|(key, object)| ShownObject { key, object, elements: self.elements })
            .collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("from", &moment(self.period.from))?;
        map.serialize_entry("to", &moment(self.period.to))?;
        map.serialize_entry("objects", &shown)?;
        map.serialize_entry("more", &more)?;
        map.serialize_entry("complete", &self.tree.complete)?;
        if let Some(comparison) = self.comparison {
            map.serialize_entry("compare", comparison)?;
        }
        if let Some(onsets) = self.onsets {
            map.serialize_entry("onsets", onsets)?;
        }
        map.end()
    }
}

struct ShownObject<'a> {
    key: &'a ObjectKey,
    object: &'a Object,
    elements: bool,
}

impl Serialize for ShownObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { key: (name, occurred_in), object, elements } = self;
        // The newest version first.
        let mut versions: Vec<_> = object.versions.iter().collect();
        versions.sort_by_key(|(_, version)| Reverse(version.stats.last));
        let versions: Vec<_> = versions
            .into_iter()
            .map(|(name, version)| ShownVersion { name: name.as_deref(), version, elements: *elements })
            .collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("object", name)?;
        map.serialize_entry("occurred_in", occurred_in)?;
        Stats(&object.stats).put(&mut map)?;
        map.serialize_entry("versions", &versions)?;
        map.end()
    }
}

struct ShownVersion<'a> {
    name: Option<&'a str>,
    version: &'a Version,
    elements: bool,
}

impl Serialize for ShownVersion<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &self.name)?;
        Stats(&self.version.stats).put(&mut map)?;
        if self.elements {
            let elements = &self.version.elements;
            let firsts = first_failures(&elements.iter().map(|group| &group.stats).collect::<Vec<_>>());
            let mut shown: Vec<_> = elements
                .iter()
                .zip(firsts)
                .map(|(group, first_failed)| ShownElement { group, first_failed })
                .collect();
            shown.sort_by_cached_key(|shown| (Reverse(shown.first_failed), badness(&shown.group.stats)));
            map.serialize_entry("elements", &shown)?;
        }
        map.end()
    }
}

struct ShownElement<'a> {
    group: &'a Group,
    first_failed: u64,
}

impl Serialize for ShownElement<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("element", &self.group.key.element)?;
        map.serialize_entry("element_type", &self.group.element_type)?;
        map.serialize_entry("first_failed", &self.first_failed)?;
        Stats(&self.group.stats).put(&mut map)?;
        map.end()
    }
}

/// Two versions of one object.
pub(crate) struct Comparison {
    object: String,
    names: [String; 2],
    sums: [GroupStats; 2],
    elements: Vec<(Option<String>, Pair)>,
}

/// One element in both versions.
#[derive(Default)]
struct Pair {
    element_type: Option<String>,
    sides: [Option<Half>; 2],
}

/// One element in one version.
#[derive(Default)]
struct Half {
    stats: GroupStats,
    /// In how many interactions it failed first.
    first_failed: u64,
}

impl Serialize for Half {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("first_failed", &self.first_failed)?;
        Stats(&self.stats).put(&mut map)?;
        map.end()
    }
}

impl Pair {
    fn is_few(&self) -> bool {
        self.sides.iter().any(|side| side.as_ref().is_none_or(|half| Stats(&half.stats).is_few()))
    }

    /// The difference of the rates; `None` where one side has too few interactions.
    fn change(&self) -> Option<f64> {
        match &self.sides {
            [Some(a), Some(b)] if !self.is_few() => Some(Stats(&b.stats).rate() - Stats(&a.stats).rate()),
            _ => None,
        }
    }

    fn rank(&self) -> f64 {
        self.change().unwrap_or(f64::MIN_POSITIVE)
    }
}

impl Serialize for Comparison {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [a, b] = [0, 1].map(|side| Side { name: &self.names[side], stats: &self.sums[side] });
        let elements: Vec<_> = self.elements.iter().map(ComparedElement::new).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("object", &self.object)?;
        map.serialize_entry("a", &a)?;
        map.serialize_entry("b", &b)?;
        map.serialize_entry("elements", &elements)?;
        map.end()
    }
}

struct Side<'a> {
    name: &'a str,
    stats: &'a GroupStats,
}

impl Serialize for Side<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", self.name)?;
        Stats(self.stats).put(&mut map)?;
        map.end()
    }
}

#[derive(Serialize)]
struct ComparedElement<'a> {
    element: Option<&'a str>,
    element_type: Option<&'a str>,
    a: Option<&'a Half>,
    b: Option<&'a Half>,
    change: Option<f64>,
    few: bool,
}

impl<'a> ComparedElement<'a> {
    fn new((name, pair): &'a (Option<String>, Pair)) -> Self {
        let [a, b] = [0, 1].map(|side| pair.sides[side].as_ref());
        Self {
            element: name.as_deref(),
            element_type: pair.element_type.as_deref(),
            a,
            b,
            change: pair.change(),
            few: pair.is_few(),
        }
    }
}
