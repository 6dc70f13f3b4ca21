//! The page's files: whole, small, kept by browsers, and strict.

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::support::{Server, ago, step};

/// The quoted paths in a text that begin with `start`.
fn quoted<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    text.split('"').filter(|part| part.starts_with(start)).collect()
}

/// The page and everything that it refers to, by path.
async fn files(server: &Server) -> Vec<(String, String)> {
    let mut files = vec![("/".to_owned(), server.get("/").await.text)];
    let mut place = 0;
    while let Some((_, text)) = files.get(place).cloned() {
        let modules = quoted(&text, "./").into_iter().map(|name| format!("/assets/{}", &name[2..]));
        let assets = quoted(&text, "/assets/").into_iter().map(str::to_owned);
        for path in assets.chain(modules) {
            if !files.iter().any(|(known, _)| *known == path) {
                let answer = server.get(&path).await;
                assert_eq!(answer.status, StatusCode::OK, "{path}");
                files.push((path, answer.text));
            }
        }
        place += 1;
    }
    files
}

#[tokio::test]
async fn all_files_are_there_and_small() {
    let server = Server::with(Vec::new()).await;
    let files = files(&server).await;
    for wanted in ["/assets/page.css", "/assets/app.js", "/assets/details.js", "/assets/chart.js"] {
        assert!(files.iter().any(|(path, _)| path == wanted), "{wanted} is not referred to");
    }
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    assert!(bytes < 80_000, "{bytes}");
    assert_eq!(server.get("/favicon.ico").await.header("content-type"), "image/svg+xml");
}

#[tokio::test]
async fn text_is_only_ever_text() {
    let server = Server::with(Vec::new()).await;
    for (path, text) in files(&server).await {
        for forbidden in
            ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "javascript:"]
        {
            assert!(!text.contains(forbidden), "{path} has {forbidden}");
        }
        assert!(
            !text.contains("http://") || text.contains("http://www.w3.org/2000/svg"),
            "{path} goes elsewhere"
        );
    }
}

#[tokio::test]
async fn unchanged_files_are_not_sent_again() {
    let server = Server::with(Vec::new()).await;
    let tag = server.get("/assets/app.js").await.header("etag").to_owned();
    assert!(tag.len() > 10 && tag != server.get("/assets/api.js").await.header("etag"));
    for (known, status) in [
        (tag.clone(), StatusCode::NOT_MODIFIED),
        (format!("\"other\", W/{tag}"), StatusCode::NOT_MODIFIED),
        ("\"other\"".to_owned(), StatusCode::OK),
    ] {
        let request = Request::get("/assets/app.js").header("if-none-match", &known);
        let answer = server.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), status, "{known}");
    }
}

#[tokio::test]
async fn answers_are_compressed_as_asked() {
    let events = (1..=50).map(|id| step(id, ago(5), "asked", "success").build()).collect();
    let server = Server::with(events).await;
    let plain = server.get("/api/v1/events").await.text.len();
    for coding in ["gzip", "zstd"] {
        let request = Request::get("/api/v1/events").header("accept-encoding", coding);
        let answer = server.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.headers()["content-encoding"], coding);
        assert_eq!(answer.headers()["vary"], "accept-encoding");
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(bytes.len() * 4 < plain, "{coding}: {} of {plain} bytes", bytes.len());
    }
}
