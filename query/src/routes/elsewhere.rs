//! What is at no address: a slash too many, a mistyped path.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::{HeaderValue, Method, StatusCode, Uri, header};

use super::{Api, edge};
use crate::answers::Connection;
use crate::params::shortened;
use crate::problem::{Problem, ProblemKind};

/// Where senders of OTLP send over HTTP.
const OTLP: [&str; 3] = ["/v1/logs", "/v1/traces", "/v1/metrics"];

/// What a browser gets where nothing is. `{up}` leads to the log, `{perhaps}` to what may be meant.
const NOWHERE: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width\">\n<title>Nothing here · steplog</title>\n\
    <h1>Nothing is at this address</h1>\n<p>It may be mistyped, or cut short where it was copied.</p>\n\
    {perhaps}<p><a href=\"{up}\">Open the log</a></p>\n</html>\n";

/// Answers what no route takes. A slash at the end leads to the page without it; a browser gets a page that says so,
/// and whoever asks for anything else the problem.
pub(super) async fn elsewhere(State(api): State<Arc<Api>>, request: Request) -> Response {
    let (method, uri) = (request.method(), request.uri());
    if *method == Method::POST && OTLP.iter().any(|path| uri.path().trim_end_matches('/').ends_with(path)) {
        return otlp(&api, &request).into_response();
    }
    let reads = matches!(*method, Method::GET | Method::HEAD);
    if reads && let Some(address) = without_slash(uri) {
        return Redirect::permanent(&address).into_response();
    }
    let meant = reads.then(|| interaction_with_slash(uri.path())).flatten();
    let accepted = request.headers().get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    let wants_page = accepted.is_some_and(|accepted| accepted.contains("text/html"));
    if !(reads && wants_page) || uri.path().starts_with("/api/") {
        let Some((begin, id)) = meant else { return edge::not_found(uri.clone()).await.into_response() };
        let detail = format!("a slash in an id is written %2F in an address: {begin}{}", shortened(&id));
        return Problem::new(ProblemKind::RouteNotFound, detail).into_response();
    }
    let up = format!("./{}", "../".repeat(uri.path().matches('/').count().saturating_sub(1)));
    let perhaps = meant.map(|(_, id)| {
        // Of what the path of an address may have, these two mean something within a link.
        let id = id.replace('&', "&amp;").replace('"', "%22");
        format!(
            "<p>A slash in the id of an interaction is written %2F: <a href=\"{up}i/{id}\">open the interaction</a></p>\n"
        )
    });
    let page = NOWHERE.replace("{perhaps}", &perhaps.unwrap_or_default()).replace("{up}", &up);
    let mut response = (StatusCode::NOT_FOUND, page).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// Answers a sender that sends to the page, and tells operators: few SDKs show what they are answered.
fn otlp(api: &Api, request: &Request) -> Problem {
    let client = request.extensions().get::<Connection>().map(|connection| connection.client);
    let client = client.unwrap_or_default();
    let path = shortened(request.uri().path());
    let addresses = api.receivers.map(|receivers| format!(" {} and {}", receivers.http, receivers.grpc));
    let addresses = addresses.unwrap_or_default();
    if api.refusals.note(client, "protocol", 1) {
        tracing::warn!(
            kind = "protocol",
            sender = %client,
            port = "query",
            path,
            to_do = format!("page and API take no OTLP: let the sender send to --otlp-http or --otlp-grpc{addresses}"),
            "a request is refused; more of this kind from there are counted only, for a minute"
        );
    }
    let detail = format!(
        "page and API take no OTLP at {path}: over HTTP and over gRPC it goes to ports of its own{addresses} (--otlp-http, \
         --otlp-grpc)"
    );
    Problem::new(ProblemKind::RouteNotFound, detail)
}

/// The address that was meant by one of an interaction whose id has slashes: what comes before the id, and the id as it
/// is written there. The page itself cannot be served at the other: what it loads would be looked for a level too deep.
fn interaction_with_slash(path: &str) -> Option<(&'static str, String)> {
    let (begin, id) = ["/i/", "/api/v1/interactions/"]
        .into_iter()
        .find_map(|begin| Some((begin, path.strip_prefix(begin)?.trim_end_matches('/'))))?;
    id.contains('/').then(|| (begin, id.replace('/', "%2F")))
}

/// The address of a view that was written with slashes at its end. Relative to it, since the page may live below a
/// path that only a proxy knows.
fn without_slash(uri: &Uri) -> Option<String> {
    let path = uri.path().trim_end_matches('/');
    let slashes = uri.path().len() - path.len();
    let mut parts = path.split('/').skip(1);
    let is_view = match (parts.next(), parts.next(), parts.next()) {
        (Some("hotspots" | "events" | "docs"), None, None) => true,
        (Some("i"), Some(id), None) => !id.is_empty(),
        _ => false,
    };
    let last = path.rsplit('/').next().filter(|_| is_view && slashes > 0)?;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{}{last}{query}", "../".repeat(slashes)))
}
