//! The API without a port: for a program that has the store itself and asks it in its own process.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use http::{Request, Response};
use steplog_model::store::EventStore;
use tower::ServiceExt as _;

use crate::config::QuerySettings;
use crate::routes::{ApiContext, router_with};

/// The routes of [`crate::router_with`], asked by calling them.
#[derive(Clone, Debug)]
pub struct Local {
    router: Router,
}

impl Local {
    /// The API over a store, with views, links and the rest.
    pub fn new(store: Arc<dyn EventStore>, settings: &QuerySettings, context: ApiContext) -> Self {
        Self { router: router_with(store, settings, context) }
    }

    /// The answer to a GET of an address: a path, `?` and parameters. Its body is a stream of bytes, as it would
    /// come over the network.
    ///
    /// # Errors
    /// Where the text is no address.
    pub async fn get(&self, address: &str) -> Result<Response<BodyDataStream>, http::Error> {
        let request = Request::get(address).body(Body::empty())?;
        let answer = self.router.clone().oneshot(request).await;
        let response = answer.unwrap_or_else(|never| match never {});
        Ok(response.map(Body::into_data_stream))
    }
}
