//! The page's files, part of the binary.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
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
const FIRST_QUESTION: &str = "<api/v1/events?limit=100&why=1>; rel=preload; as=fetch; crossorigin";

/// A file of the page.
struct File {
    path: &'static str,
    kind: &'static str,
    content: &'static str,
}

// `PAGE`: whatever `npm run build` wrote to `web/dist` (see `build.rs`).
include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// The page that shows the API's description.
const DOCS: &[File] = &[
    File { path: "/docs", kind: "text/html; charset=utf-8", content: include_str!("../../docs/index.html") },
    File {
        path: "/docs/docs.css",
        kind: "text/css; charset=utf-8",
        content: include_str!("../../docs/docs.css"),
    },
    File {
        path: "/docs/docs.js",
        kind: "text/javascript; charset=utf-8",
        content: include_str!("../../docs/docs.js"),
    },
];

/// Addresses of the page's views other than the log. All are the one page, which reads its address. Each with what
/// leads from there to the page's root: the page may live below a path that only a proxy knows.
const VIEWS: &[(&str, &str)] = &[("/hotspots", "./"), ("/events", "./"), ("/i/{id}", "../")];

/// The routes of the page's files. Where the events are invented the document says so, and its style shows it.
pub(super) fn files(invented: bool) -> Router<Arc<Api>> {
    PAGE.iter().chain(DOCS).fold(Router::new(), |router, file| {
        if file.path == "/" {
            let document = if invented {
                file.content.replacen("<html ", "<html data-demo ", 1)
            } else {
                file.content.to_owned()
            };
            let router = serve(router, "/", file.kind, document.clone().into());
            return VIEWS.iter().fold(router, |router, (view, root)| {
                serve(router, view, file.kind, document.replace("\"./", &format!("\"{root}")).into())
            });
        }
        let router = serve(router, file.path, file.kind, file.content.into());
        match file.path {
            "/icon.svg" => serve(router, "/favicon.ico", file.kind, file.content.into()),
            _ => router,
        }
    })
}

fn serve(router: Router<Arc<Api>>, path: &str, kind: &'static str, content: Bytes) -> Router<Arc<Api>> {
    let served = Served { kind, tag: format!("\"{:016x}\"", hash(&content)), content };
    router.route(
        path,
        get(move |uri: Uri, headers: HeaderMap| std::future::ready(page(&served, &uri, &headers))),
    )
}

/// A file as it is sent.
#[derive(Clone)]
struct Served {
    kind: &'static str,
    tag: String,
    content: Bytes,
}

fn page(served: &Served, uri: &Uri, asked: &HeaderMap) -> Response {
    let mut response = answer(served, asked);
    if uri.path() == "/" && uri.query().is_none_or(str::is_empty) {
        response.headers_mut().insert(header::LINK, HeaderValue::from_static(FIRST_QUESTION));
    }
    response
}

fn answer(Served { kind, tag, content }: &Served, asked: &HeaderMap) -> Response {
    let known = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    // Compressed answers carry the tag as a weak one.
    let unchanged = known.is_some_and(|tags| {
        tags.trim() == "*" || tags.split(',').any(|known| known.trim().ends_with(tag.as_str()))
    });
    let mut response =
        if unchanged { StatusCode::NOT_MODIFIED.into_response() } else { content.clone().into_response() };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}
