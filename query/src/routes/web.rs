//! The page's files, part of the binary.

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderValue, StatusCode, Uri, header};

use super::Api;
use crate::cursor::hash;

/// Only the page's own files; nothing inline, no frames, no forms that leave it, no markup but Svelte's own
/// templates.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

/// The log's first question at its bare address, which browsers ask together with the page's own files. The page
/// builds the same question (`web/src/log/opening.ts`) and takes the answer over.
const FIRST_QUESTION: &str = "</api/v1/events?limit=100&why=1>; rel=preload; as=fetch; crossorigin";

/// A file of the page.
struct File {
    path: &'static str,
    kind: &'static str,
    content: &'static str,
}

macro_rules! files {
    ($($path:literal $name:literal $kind:literal;)*) => {
        const FILES: &[File] = &[$(File {
            path: $path,
            kind: $kind,
            content: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/web/dist/", $name)),
        }),*];
    };
}

// What `npm run build` writes to `web/dist`, to which a test holds this list, and the page that shows the API's
// description.
files! {
    "/" "index.html" "text/html; charset=utf-8";
    "/assets/style.css" "assets/style.css" "text/css; charset=utf-8";
    "/assets/index.js" "assets/index.js" "text/javascript; charset=utf-8";
    "/assets/DetailsPanel.js" "assets/DetailsPanel.js" "text/javascript; charset=utf-8";
    "/assets/Help.js" "assets/Help.js" "text/javascript; charset=utf-8";
    "/assets/HotspotsView.js" "assets/HotspotsView.js" "text/javascript; charset=utf-8";
    "/assets/InteractionView.js" "assets/InteractionView.js" "text/javascript; charset=utf-8";
    "/assets/Palette.js" "assets/Palette.js" "text/javascript; charset=utf-8";
    "/assets/main.js" "assets/main.js" "text/javascript; charset=utf-8";
    "/assets/page.js" "assets/page.js" "text/javascript; charset=utf-8";
    "/assets/Sheet.js" "assets/Sheet.js" "text/javascript; charset=utf-8";
    "/icon.svg" "icon.svg" "image/svg+xml";
    "/docs" "../../docs/index.html" "text/html; charset=utf-8";
    "/docs/docs.css" "../../docs/docs.css" "text/css; charset=utf-8";
    "/docs/docs.js" "../../docs/docs.js" "text/javascript; charset=utf-8";
}

/// Addresses of the page's views: they all are the one page, which reads its address.
const VIEWS: &[&str] = &["/hotspots", "/i/{id}"];

/// The routes of the page's files.
pub(super) fn files() -> Router<Arc<Api>> {
    let with_files = FILES.iter().fold(Router::new(), |router, file| serve(router, file.path, file));
    let with_icon = FILES
        .iter()
        .filter(|file| file.path == "/icon.svg")
        .fold(with_files, |router, file| serve(router, "/favicon.ico", file));
    let page = FILES.iter().filter(|file| file.path == "/");
    page.fold(with_icon, |router, page| VIEWS.iter().fold(router, |router, view| serve(router, view, page)))
}

fn serve(router: Router<Arc<Api>>, path: &str, file: &'static File) -> Router<Arc<Api>> {
    let tag = format!("\"{:016x}\"", hash(file.content.as_bytes()));
    router.route(
        path,
        get(move |uri: Uri, headers: HeaderMap| std::future::ready(page(file, &tag, &uri, &headers))),
    )
}

fn page(file: &File, tag: &str, uri: &Uri, asked: &HeaderMap) -> Response {
    let mut response = answer(file, tag, asked);
    if uri.path() == "/" && uri.query().is_none_or(str::is_empty) {
        response.headers_mut().insert(header::LINK, HeaderValue::from_static(FIRST_QUESTION));
    }
    response
}

fn answer(file: &File, tag: &str, asked: &HeaderMap) -> Response {
    let known = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    // Compressed answers carry the tag as a weak one.
    let unchanged = known.is_some_and(|tags| tags.split(',').any(|known| known.trim().ends_with(tag)));
    let mut response =
        if unchanged { StatusCode::NOT_MODIFIED.into_response() } else { file.content.into_response() };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}
