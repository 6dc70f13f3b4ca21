//! `facets`, `histogram`, `count` and `catalog`.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use bytes::Bytes;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use steplog_model::catalogue::{Catalogue, KnownEvent};
use steplog_model::query::{Bucket, Facet, FacetValue, GroupStats, HotspotsRequest, Query};
use steplog_model::store::{Budget, EventStore, StoreError};
use steplog_model::time::UnixNanos;

use super::Api;
use super::answer::{Answer, json, pairs};
use crate::answers::Caller;
use crate::catalog::CatalogColumn;
use crate::drawn::{Ahead, Drawn};
use crate::params::{HistogramParams, parse_count, parse_facets, parse_none};
use crate::row::moment;
use crate::shown::Shown;
use crate::turns::Length;

/// Value lists of columns.
pub(super) async fn facets(State(api): State<Arc<Api>>, caller: Caller, RawQuery(query): RawQuery) -> Answer {
    let request = parse_facets(&pairs(query.as_deref())?, &api.context(&caller))?;
    let paper = api.answers.paper(&caller)?;
    let body = api.questions.ask(&caller, Length::Long, move |store, budget| {
        let answer = store.facets(&request, budget)?;
        paper.write(&FacetsBody { facets: Columns(&answer.facets), complete: answer.complete })
    });
    Ok(json(body.await?))
}

#[derive(Serialize)]
struct FacetsBody<'a> {
    facets: Columns<'a>,
    complete: bool,
}

/// Value lists by the name of their column.
struct Columns<'a>(&'a [Facet]);

impl Serialize for Columns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|facet| (facet.column.name(), List(facet))))
    }
}

struct List<'a>(&'a Facet);

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let values: Vec<_> = self.0.values.iter().map(Value).collect();
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("values", &values)?;
        map.serialize_entry("more", &self.0.more)?;
        map.end()
    }
}

struct Value<'a>(&'a FacetValue);

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("value", &self.0.value)?;
        map.serialize_entry("count", &self.0.count)?;
        map.serialize_entry("matching", &self.0.matching)?;
        map.end()
    }
}

/// Bars of counts by status.
pub(super) async fn histogram(
    State(api): State<Arc<Api>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Answer {
    let params = HistogramParams::parse(&pairs(query.as_deref())?, &api.context(&caller))?;
    let paper = api.answers.paper(&caller)?;
    let body = api.questions.ask(&caller, Length::Long, move |store, budget| {
        let drawn = Drawn::ask(store, params, budget)?;
        paper.write(&HistogramBody(&drawn))
    });
    Ok(json(body.await?))
}

struct HistogramBody<'a>(&'a Drawn);

impl Serialize for HistogramBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Drawn { period, bars, buckets, ahead, complete } = self.0;
        let starts = bars.starts.iter().zip(buckets);
        let drawn: Vec<_> = starts.map(|(start, bucket)| Bar { time: moment(*start), bucket }).collect();
        let all = buckets.iter().chain(ahead.iter().map(|ahead| &ahead.bucket));
        let counts = all.flat_map(|bucket| &bucket.counts);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("from", &moment(period.from))?;
        map.serialize_entry("to", &moment(period.to))?;
        map.serialize_entry("step", &Shown(bars.step_nanos))?;
        map.serialize_entry("buckets", &drawn)?;
        map.serialize_entry("end", &moment(bars.end))?;
        map.serialize_entry("ahead", &ahead.as_ref().map(|ahead| ShownAhead { from: bars.end, ahead }))?;
        map.serialize_entry("total", &counts.map(|(_, count)| count).sum::<u64>())?;
        map.serialize_entry("complete", complete)?;
        map.end()
    }
}

struct ShownAhead<'a> {
    from: UnixNanos,
    ahead: &'a Ahead,
}

impl Serialize for ShownAhead<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("from", &moment(self.from))?;
        map.serialize_entry("last", &moment(self.ahead.last))?;
        map.serialize_entry("counts", &Counts(&self.ahead.bucket))?;
        map.end()
    }
}

struct Bar<'a, T> {
    time: T,
    bucket: &'a Bucket,
}

impl<T: Serialize> Serialize for Bar<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("time", &self.time)?;
        map.serialize_entry("counts", &Counts(self.bucket))?;
        map.end()
    }
}

struct Counts<'a>(&'a Bucket);

impl Serialize for Counts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.counts.iter().map(|(status, count)| (status, count)))
    }
}

#[derive(Serialize)]
struct CountBody {
    count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    interactions: Option<u64>,
    complete: bool,
}

/// How many events a question asks for.
pub(super) async fn count(State(api): State<Arc<Api>>, caller: Caller, RawQuery(query): RawQuery) -> Answer {
    let (query, interactions) = parse_count(&pairs(query.as_deref())?, &api.context(&caller))?;
    let paper = api.answers.paper(&caller)?;
    let body = api.questions.ask(&caller, Length::Long, move |store, budget| {
        let answer = store.count(&query, budget)?;
        let interactions = if interactions { interactions_of(store, query, budget)? } else { None };
        paper.write(&CountBody { count: answer.events, interactions, complete: answer.complete })
    });
    Ok(json(body.await?))
}

/// How many interactions the events of a question belong to; none where there are too many different objects.
fn interactions_of(store: &dyn EventStore, query: Query, budget: &Budget) -> Result<Option<u64>, StoreError> {
    match store.hotspots(&HotspotsRequest { query, elements: false }, budget) {
        Ok(found) => {
            let mut sum = GroupStats::default();
            found.groups.iter().for_each(|group| sum.join(&group.stats));
            Ok(Some(sum.interaction_count()))
        }
        Err(StoreError::TooBroad(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

#[derive(Serialize)]
struct CatalogBody<'a> {
    columns: Vec<CatalogColumn>,
    events: Vec<&'a KnownEvent>,
}

/// The answer of `catalog`.
pub(super) fn catalog_body(names: &Catalogue) -> Bytes {
    let columns = crate::catalog::columns().collect();
    let body = serde_json::to_vec(&CatalogBody { columns, events: names.iter().collect() });
    Bytes::from(body.expect("the catalogue has texts only, which are always written"))
}

/// The columns, and the known event names.
pub(super) async fn catalog(State(api): State<Arc<Api>>, RawQuery(query): RawQuery) -> Answer {
    parse_none(&pairs(query.as_deref())?)?;
    Ok(json(api.catalog.clone()))
}
