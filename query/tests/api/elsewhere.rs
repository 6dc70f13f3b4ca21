//! Addresses that are none.

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::support::Server;

async fn ask(path: &str, accept: &str) -> (StatusCode, String, String, String) {
    let server = Server::with(vec![]).await;
    let request = Request::get(path).header("accept", accept).body(Body::empty()).unwrap();
    let response = server.router.clone().oneshot(request).await.unwrap();
    let text =
        |name: &str| response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    let (status, kind, location) = (response.status(), text("content-type"), text("location"));
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, kind, location, String::from_utf8(body.to_vec()).unwrap())
}

const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

#[tokio::test]
async fn a_slash_at_the_end_leads_to_the_page() {
    for (path, want) in [
        ("/hotspots/", "../hotspots"),
        ("/hotspots//?object=a%20b", "../../hotspots?object=a%20b"),
        ("/i/some%2Fid/", "../some%2Fid"),
    ] {
        let (status, _, location, _) = ask(path, BROWSER).await;
        assert_eq!((status, location.as_str()), (StatusCode::PERMANENT_REDIRECT, want), "{path}");
    }
}

#[tokio::test]
async fn a_wrong_path_is_told_in_the_form_that_was_asked_for() {
    for path in ["/nonsense", "/nonsense/", "/a/b/c", "/i/"] {
        let (status, kind, _, body) = ask(path, BROWSER).await;
        assert_eq!((status, kind.as_str()), (StatusCode::NOT_FOUND, "text/html; charset=utf-8"), "{path}");
        assert!(body.contains("Nothing is at this address"), "{body}");
        let (status, kind, _, _) = ask(path, "*/*").await;
        assert_eq!((status, kind.as_str()), (StatusCode::NOT_FOUND, "application/problem+json"), "{path}");
    }
    assert!(ask("/a/b", BROWSER).await.3.contains("href=\"./../\""));
    assert_eq!(ask("/api/v1/nonsense", BROWSER).await.1, "application/problem+json");
}

#[tokio::test]
async fn an_id_with_a_slash_is_told_how_to_be_written() {
    let (status, _, _, body) = ask("/i/order/47\"11&a/", BROWSER).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(body.contains("href=\"./../../../i/order%2F47%2211&amp;a\""), "{body}");
    for path in ["/i/order/4711", "/api/v1/interactions/order/4711"] {
        let (status, kind, _, body) = ask(path, "*/*").await;
        assert_eq!((status, kind.as_str()), (StatusCode::NOT_FOUND, "application/problem+json"), "{path}");
        assert!(body.contains(&path.replace("order/", "order%2F")), "{body}");
    }
    assert_eq!(ask("/i/order%2F4711", BROWSER).await.0, StatusCode::OK);
    for other in ["/a/b/c", "/i/"] {
        assert!(!ask(other, BROWSER).await.3.contains("%2F"), "{other}");
    }
}
