//! The page's files: whole, kept by browsers, and strict.

use std::path::Path;

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::support::{Server, ago, step};

/// The files below a directory, by their path in it.
fn files_below(name: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let (mut files, mut directories) = (Vec::new(), vec![root.clone()]);
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                files.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!files.is_empty(), "{} is empty", root.display());
    files
}

#[tokio::test]
async fn every_file_that_was_built_is_served() {
    let server = Server::with(Vec::new()).await;
    for (name, text) in files_below("web/dist") {
        let path = if name == "index.html" { "/".to_owned() } else { format!("/{name}") };
        let answer = server.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.text, text, "{path}");
        assert!(answer.header("content-security-policy").contains("script-src 'self'"), "{path}");
    }
    assert_eq!(server.get("/favicon.ico").await.header("content-type"), "image/svg+xml");
    let page = server.get("/").await.text;
    for view in ["/hotspots", "/events"] {
        assert_eq!(server.get(view).await.text, page, "{view}");
    }
    let deeper = server.get("/i/some%20interaction%2Fof%20mine").await.text;
    assert_eq!(deeper, page.replace("\"./", "\"../"));
    assert_eq!(server.get("/other").await.status, StatusCode::NOT_FOUND);
    assert_eq!(server.get("/api/v1/other").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_bare_log_has_its_first_question_asked_at_once() {
    let server = Server::with(vec![step(1, ago(5), "asked", "success").build()]).await;
    let link = server.get("/").await.header("link").to_owned();
    let (question, how) = link.strip_prefix('<').and_then(|rest| rest.split_once('>')).unwrap();
    assert_eq!(how, "; rel=preload; as=fetch; crossorigin");
    assert!(!question.starts_with('/'), "{question} leaves the path that the page lives below");
    let answer = server.get(&format!("/{question}")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text.contains("\"asked\""), "{}", answer.text);
    for other in ["/?status=failure", "/hotspots", "/i/some", "/assets/index.js"] {
        assert!(server.get(other).await.headers.get("link").is_none(), "{other}");
    }
}

#[tokio::test]
async fn the_description_has_a_page_that_needs_no_other_server() {
    let server = Server::with(Vec::new()).await;
    let page = server.get("/docs").await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    for (name, text) in files_below("docs") {
        assert!(!text.contains("://"), "{name} leads elsewhere");
        if name != "index.html" {
            let answer = server.get(&format!("/docs/{name}")).await;
            assert!(page.text.contains(&format!("/docs/{name}")) && answer.text == text, "{name}");
            assert!(
                answer.header("content-security-policy").starts_with("default-src 'none'; script-src 'self'")
            );
        }
    }
}

#[test]
fn text_is_only_ever_text() {
    for (name, text) in files_below("web/src").into_iter().chain(files_below("docs")) {
        for forbidden in
            ["{@html", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "style=\""]
        {
            assert!(!text.contains(forbidden), "{name} has {forbidden}");
        }
    }
}

#[tokio::test]
async fn unchanged_files_are_not_sent_again() {
    let server = Server::with(Vec::new()).await;
    let tag = server.get("/assets/index.js").await.header("etag").to_owned();
    assert!(tag.len() > 10 && tag != server.get("/assets/style.css").await.header("etag"));
    for (known, status) in [
        (tag.clone(), StatusCode::NOT_MODIFIED),
        (format!("\"other\", W/{tag}"), StatusCode::NOT_MODIFIED),
        ("*".to_owned(), StatusCode::NOT_MODIFIED),
        ("\"other\"".to_owned(), StatusCode::OK),
    ] {
        let request = Request::get("/assets/index.js").header("if-none-match", &known);
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
