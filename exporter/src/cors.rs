//! Which web pages may send: explicit origins, with one leading wildcard label at most.

use std::time::Duration;

use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// How long a browser may keep the answer to its question whether it may send.
const MAX_AGE: Duration = Duration::from_secs(3_600);

/// The layer that answers browsers; `None` where no page may send.
pub(crate) fn layer(origins: &[String], more_headers: &[String]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let patterns: Vec<Pattern> = origins.iter().map(|origin| Pattern::new(origin)).collect();
    let allowed = AllowOrigin::predicate(move |origin: &HeaderValue, _: &Parts| {
        origin.to_str().is_ok_and(|origin| patterns.iter().any(|pattern| pattern.matches(origin)))
    });
    let usual = [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::AUTHORIZATION];
    let headers = match more_headers.iter().any(|header| header == "*") {
        // Said back by name: `*` itself would leave out Authorization.
        true => AllowHeaders::mirror_request(),
        false => usual
            .into_iter()
            .chain(more_headers.iter().filter_map(|header| header.parse().ok()))
            .collect::<Vec<_>>()
            .into(),
    };
    let cors = CorsLayer::new().allow_origin(allowed).allow_methods([Method::POST]).allow_headers(headers);
    Some(cors.expose_headers([header::RETRY_AFTER]).max_age(MAX_AGE))
}

/// What is wrong with a header of the settings, if anything.
pub(crate) fn header_problem(header: &str) -> Option<String> {
    let wrong = header != "*" && header.parse::<HeaderName>().is_err();
    wrong.then(|| {
        format!("--otlp-cors-headers has {header:?}, which is no name of a header; write names such as traceparent, or *")
    })
}

/// What is wrong with an origin of the settings, if anything.
pub(crate) fn origin_problem(origin: &str) -> Option<String> {
    let wrong = |what: &str| {
        Some(format!(
            "--otlp-cors-origins has {origin:?}, {what}; write an origin such as https://app.example.com or \
             https://*.example.com"
        ))
    };
    let Some((scheme, host)) = origin.split_once("://") else { return wrong("which has no scheme") };
    if scheme != "https" && scheme != "http" {
        return wrong("whose scheme is neither https nor http");
    }
    let rest = host.strip_prefix("*.").unwrap_or(host);
    if rest.is_empty() || rest.contains('*') {
        return wrong("which would let any page send");
    }
    if rest.contains(['/', '?', '#', '@', ' ']) {
        return wrong("which is more than scheme, host and port");
    }
    None
}

/// An allowed origin. Only `*.` right after the scheme is a wildcard, for one or more labels.
#[derive(Clone, Debug)]
struct Pattern {
    before: String,
    after: Option<String>,
}

impl Pattern {
    fn new(origin: &str) -> Self {
        let origin = origin.to_ascii_lowercase();
        match origin.split_once('*') {
            Some((before, after)) => Self { before: before.to_owned(), after: Some(after.to_owned()) },
            None => Self { before: origin, after: None },
        }
    }

    fn matches(&self, origin: &str) -> bool {
        let Some(after) = &self.after else { return origin == self.before };
        let middle = origin.strip_prefix(&*self.before).and_then(|rest| rest.strip_suffix(&**after));
        middle.is_some_and(|labels| {
            !labels.is_empty()
                && labels.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, origin: &str, want: bool) {
        assert_eq!(origin_problem(pattern), None);
        assert_eq!(Pattern::new(pattern).matches(origin), want, "{pattern} and {origin}");
    }

    #[test]
    fn origins_match_exactly_or_by_their_first_labels() {
        check("https://a.example", "https://a.example", true);
        check("https://a.example", "http://a.example", false);
        check("https://a.example", "https://a.example:8443", false);
        check("https://*.a.example", "https://b.a.example", true);
        check("https://*.a.example", "https://c.b.a.example", true);
        check("https://*.a.example", "https://a.example", false);
        check("https://*.a.example", "https://.a.example", false);
        check("https://*.a.example", "https://evil.example/x.a.example", false);
        check("https://*.a.example", "https://user@b.a.example", false);
        check("http://localhost:3000", "http://localhost:3000", true);
    }

    #[test]
    fn origins_that_say_too_much_are_refused() {
        for origin in
            ["*", "example.com", "https://*", "https://*.", "https://a.*.b", "https://a/b", "ftp://a"]
        {
            let problem = origin_problem(origin).unwrap_or_default();
            assert!(
                problem.contains("--otlp-cors-origins") && problem.contains(origin),
                "{origin}: {problem}"
            );
        }
    }
}
