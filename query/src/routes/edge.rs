//! Middleware of every request: limits, counts, protective headers; and the answers for unknown addresses.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, Uri, header};
use metrics::{counter, histogram};

use super::Api;
use crate::params::shortened;
use crate::problem::{Problem, ProblemKind};

pub(super) async fn not_found(uri: Uri) -> Problem {
    let detail = format!(
        "nothing is at {}; the API is below /api/v1/, and OTLP goes to ports of its own (--otlp-grpc, --otlp-http)",
        shortened(uri.path())
    );
    Problem::new(ProblemKind::RouteNotFound, detail)
}

pub(super) async fn method_not_allowed(request: Request) -> Problem {
    let detail = format!(
        "{} is not allowed here; the header Allow says what is",
        shortened(request.method().as_str())
    );
    Problem::new(ProblemKind::MethodNotAllowed, detail)
}

/// Refuses addresses that are longer than the limit, before they are decoded.
pub(super) async fn limit_address(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let length = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    if length <= api.address_bytes {
        return next.run(request).await;
    }
    let detail = format!("the address has {length} bytes, of {} at most; ask for less", api.address_bytes);
    Problem::new(ProblemKind::AddressTooLong, detail).into_response()
}

/// Counts requests by route and status, and how long they took.
pub(super) async fn observe(request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    // The pattern and not the path: its values are bounded and hold no personal data.
    let route = route.map_or_else(|| "none".to_owned(), |route| route.as_str().to_owned());
    let status = response.status().as_str().to_owned();
    let seconds = begin.elapsed().as_secs_f64();
    tracing::debug!(route, status, seconds, "answered");
    histogram!("steplog_search_request_seconds", "route" => route.clone()).record(seconds);
    counter!("steplog_search_requests_total", "route" => route, "status" => status).increment(1);
    response
}

/// Answers health and metrics only: for connections beyond the limit.
pub(crate) async fn only_operation(request: Request, next: Next) -> Response {
    if matches!(request.uri().path(), "/health/live" | "/health/ready" | "/metrics") {
        return next.run(request).await;
    }
    let detail = "all connections are taken (--query-connections); close some, or ask again in a few seconds";
    busy("connections", Duration::from_secs(2), detail).into_response()
}

/// The answer of a handler that panicked. The panic hook has logged the place; the text is not logged, it may hold data.
pub(super) fn failed_within(_: Box<dyn Any + Send>) -> Response {
    Problem::failed_within().into_response()
}

/// A counted refusal that says when to come back.
pub(super) fn busy(why: &'static str, retry_after: Duration, detail: &str) -> Problem {
    counter!("steplog_search_refused_total", "why" => why).increment(1);
    Problem { retry_after: Some(retry_after), ..Problem::new(ProblemKind::Busy, detail) }
}

/// Headers that keep browsers from reading more into an answer than it says.
pub(super) async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    // The page's files bring their own; all else shows nothing, runs nothing and is kept nowhere.
    set(header::CACHE_CONTROL, "no-store");
    set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; sandbox");
    response
}
