//! The addresses of the API and the page.

mod answer;
mod described;
mod docs;
mod edge;
mod elsewhere;
mod events;
mod export;
mod health;
mod host;
mod hotspots;
mod interactions;
mod links;
mod lists;
mod tail;
mod views;
mod web;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse as _;
use axum::routing::{MethodRouter, get};
use bytes::Bytes;
use http::{HeaderName, header};
use serde::Serialize;
use steplog_model::catalogue::Catalogue;
use steplog_model::store::EventStore;
use steplog_model::time::UnixNanos;
use steplog_model::views::ViewsStore;
use steplog_net::{Refusals, Room};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::answers::{Answers, Caller};
use crate::config::QuerySettings;
use crate::links::Links;
use crate::openapi::operations;
use crate::params::ParseContext;
use crate::problem::Problem;
use crate::questions::Questions;
use crate::tenants::{SenderWords, Sources, Tenants};
use crate::views::InMemory;
use described::Routes;
pub(crate) use edge::only_operation;
use host::Hosts;

/// What the API is given besides a store.
pub struct ApiContext {
    /// Where links of events lead.
    pub links: Links,
    /// Where saved views are kept. Those of the default are gone with the process.
    pub views: Arc<dyn ViewsStore>,
    /// The words of senders, as the mapping of the settings has them.
    pub words: SenderWords,
    /// Where events are received, where this process does that.
    pub receivers: Option<Receivers>,
    /// What the servers refused.
    pub refusals: Arc<Refusals>,
    /// Whether the events are invented: the page then says so, lest anybody takes them for somebody's.
    pub invented: bool,
}

impl Default for ApiContext {
    fn default() -> Self {
        Self {
            links: Links::default(),
            views: Arc::new(InMemory::default()),
            words: SenderWords::default(),
            receivers: None,
            refusals: Arc::default(),
            invented: false,
        }
    }
}

/// The addresses that the receivers have, with the ports that were taken.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Receivers {
    /// OTLP over gRPC.
    pub grpc: SocketAddr,
    /// OTLP over HTTP.
    pub http: SocketAddr,
}

/// What the routes share.
pub(crate) struct Api {
    questions: Questions,
    answers: Answers,
    names: Catalogue,
    /// The answer of `catalog`, which never changes.
    catalog: Bytes,
    links: Links,
    tenants: Tenants,
    receivers: Option<Receivers>,
    refusals: Arc<Refusals>,
    address_bytes: usize,
    /// Places for exports.
    exports: Room,
}

impl Api {
    fn new(store: Arc<dyn EventStore>, settings: &QuerySettings, context: ApiContext) -> Self {
        let names = Catalogue::built_in();
        let (views, words) = (context.views, context.words);
        let sources = Sources { store: Arc::clone(&store), views, words, names: Catalogue::built_in() };
        Self {
            questions: Questions::new(store, settings),
            answers: Answers::new(settings),
            catalog: lists::catalog_body(&names),
            names,
            links: context.links,
            tenants: Tenants::new(sources),
            receivers: context.receivers,
            refusals: context.refusals,
            address_bytes: settings.query_address_bytes,
            exports: Room::new(settings.query_exports.max(1), 0, metrics::gauge!("steplog_export_open")),
        }
    }

    fn context(&self, caller: &Caller) -> ParseContext {
        let words = Arc::clone(&self.tenants.of(&caller.asker).words);
        ParseContext { tenant: caller.asker.tenant.clone(), now: UnixNanos::now(), words }
    }
}

/// The API and the page over a store, without links, and with views that nobody keeps.
pub fn router(store: Arc<dyn EventStore>, settings: &QuerySettings) -> Router {
    router_with(store, settings, ApiContext::default())
}

/// The API and the page over a store, with views, links and the rest.
pub fn router_with(store: Arc<dyn EventStore>, settings: &QuerySettings, context: ApiContext) -> Router {
    let invented = context.invented;
    let api = Arc::new(Api::new(store, settings, context));
    let hosts = from_fn_with_state(Arc::new(Hosts::new(settings)), host::check);
    let limits = from_fn_with_state(Arc::clone(&api), edge::limit_address);
    let routes = Routes::new()
        .get("/api/v1/events", &operations::EVENTS, events::page)
        .get("/api/v1/events/{id}", &operations::EVENT, events::details)
        .get("/api/v1/interactions/{id}", &operations::INTERACTION, interactions::interaction)
        .get("/api/v1/facets", &operations::FACETS, lists::facets)
        .get("/api/v1/histogram", &operations::HISTOGRAM, lists::histogram)
        .get("/api/v1/hotspots", &operations::HOTSPOTS, hotspots::hotspots)
        .get("/api/v1/count", &operations::COUNT, lists::count)
        .get("/api/v1/tail", &operations::TAIL, tail::tail)
        .get("/api/v1/export", &operations::EXPORT, export::export)
        .get("/api/v1/catalog", &operations::CATALOG, lists::catalog)
        .get("/api/v1/links", &operations::LINKS, links::list)
        .get("/api/v1/views", &operations::VIEWS, views::list)
        .post("/api/v1/views", &operations::ADD_VIEW, views::add)
        .put("/api/v1/views/{id}", &operations::CHANGE_VIEW, views::update)
        .delete("/api/v1/views/{id}", &operations::DELETE_VIEW, views::remove)
        .get("/health/live", &operations::LIVE, health::live)
        .get("/health/ready", &operations::READY, health::ready);
    docs::with_description(routes)
        .merge(web::files(invented))
        .fallback(elsewhere::elsewhere)
        .method_not_allowed_fallback(edge::method_not_allowed)
        .layer(DefaultBodyLimit::max(views::MAX_BODY_BYTES))
        .layer(limits)
        .layer(hosts)
        .layer(CatchPanicLayer::custom(edge::failed_within))
        .layer(from_fn(edge::observe))
        .layer(CompressionLayer::new().gzip(true).zstd(true))
        .layer(from_fn(edge::protect))
        .with_state(api)
}

/// The route of `/metrics`, with what `render` gives in Prometheus' text format.
pub(crate) fn metrics_route(
    settings: &QuerySettings,
    render: impl Fn() -> String + Clone + Send + Sync + 'static,
) -> MethodRouter {
    const TEXT: (HeaderName, &str) = (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    // It asks the store how it is, which may take a while.
    let answer = async move || match tokio::task::spawn_blocking(render.clone()).await {
        Ok(text) => ([TEXT], text).into_response(),
        // A panic, whose place is in the log.
        Err(_) => Problem::failed_within().into_response(),
    };
    get(answer)
        .fallback(edge::method_not_allowed)
        .layer::<_, Infallible>(from_fn_with_state(Arc::new(Hosts::new(settings)), host::check))
        .layer::<_, Infallible>(CatchPanicLayer::custom(edge::failed_within))
        .layer(from_fn(edge::protect))
}
