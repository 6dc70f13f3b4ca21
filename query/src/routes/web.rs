//! The page's files, part of the binary.

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};

use super::Api;
use crate::cursor::hash;

/// Only the page's own files; nothing inline, no frames, no forms that leave it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'";

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
            content: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/web/", $name)),
        }),*];
    };
}

files! {
    "/" "index.html" "text/html; charset=utf-8";
    "/assets/page.css" "page.css" "text/css; charset=utf-8";
    "/assets/app.js" "app.js" "text/javascript; charset=utf-8";
    "/assets/api.js" "api.js" "text/javascript; charset=utf-8";
    "/assets/chart.js" "chart.js" "text/javascript; charset=utf-8";
    "/assets/details.js" "details.js" "text/javascript; charset=utf-8";
    "/assets/dom.js" "dom.js" "text/javascript; charset=utf-8";
    "/assets/state.js" "state.js" "text/javascript; charset=utf-8";
    "/assets/table.js" "table.js" "text/javascript; charset=utf-8";
    "/assets/words.js" "words.js" "text/javascript; charset=utf-8";
    "/favicon.ico" "icon.svg" "image/svg+xml";
}

/// The routes of the page's files.
pub(super) fn files() -> Router<Arc<Api>> {
    FILES.iter().fold(Router::new(), |router, file| {
        let tag = format!("\"{:016x}\"", hash(file.content.as_bytes()));
        router
            .route(file.path, get(move |headers: HeaderMap| std::future::ready(answer(file, &tag, &headers))))
    })
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
