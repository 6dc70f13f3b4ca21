//! Routes that cannot be without a description.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};
use http::Method;

use super::Api;
use crate::openapi::{Operation, Placed};

/// Routes, and what they do.
pub(super) struct Routes {
    pub(super) router: Router<Arc<Api>>,
    pub(super) placed: Vec<Placed>,
}

macro_rules! methods {
    ($($name:ident $method:ident;)*) => {
        impl Routes {$(
            pub(super) fn $name<H, T>(self, path: &'static str, operation: &'static Operation, handler: H) -> Self
            where
                H: Handler<T, Arc<Api>>,
                T: 'static,
            {
                let Self { router, mut placed } = self;
                placed.push(Placed { method: Method::$method, path, operation });
                Self { router: router.route(path, on(MethodFilter::$method, handler)), placed }
            }
        )*}
    };
}

methods! {
    get GET;
    post POST;
    put PUT;
    delete DELETE;
}

impl Routes {
    pub(super) fn new() -> Self {
        Self { router: Router::new(), placed: Vec::new() }
    }
}
