//! What is at no address: a slash too many, a mistyped path.

use axum::extract::Request;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::{HeaderValue, Method, StatusCode, Uri, header};

use super::edge;

/// What a browser gets where nothing is. `{up}` leads to the log.
const NOWHERE: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width\">\n<title>Nothing here · steplog</title>\n\
    <h1>Nothing is at this address</h1>\n<p>It may be mistyped, or cut short where it was copied.</p>\n\
    <p><a href=\"{up}\">Open the log</a></p>\n</html>\n";

/// Answers what no route takes. A slash at the end leads to the page without it; a browser gets a page that says so,
/// and whoever asks for anything else the problem.
pub(super) async fn elsewhere(request: Request) -> Response {
    let (method, uri) = (request.method(), request.uri());
    let reads = matches!(*method, Method::GET | Method::HEAD);
    if reads && let Some(address) = without_slash(uri) {
        return Redirect::permanent(&address).into_response();
    }
    let accepted = request.headers().get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    let wants_page = accepted.is_some_and(|accepted| accepted.contains("text/html"));
    if !(reads && wants_page) || uri.path().starts_with("/api/") {
        return edge::not_found(uri.clone()).await.into_response();
    }
    let up = format!("./{}", "../".repeat(uri.path().matches('/').count().saturating_sub(1)));
    let mut response = (StatusCode::NOT_FOUND, NOWHERE.replace("{up}", &up)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
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
