//! Whether a request was meant for this server: the names that it is asked by, and pages that write to it. Writes by the
//! pages of other sites are always refused.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, Method, Uri, header};
use steplog_net::Names;
use steplog_net::hosts::{FLAG, called};

use crate::config::QuerySettings;
use crate::params::shortened;
use crate::problem::{Problem, ProblemKind};

/// The names that requests may be for.
#[derive(Debug)]
pub(crate) struct Hosts(Names);

impl Hosts {
    /// Where only this machine gets in, a name without a dot is refused as well: who controls the network that a browser
    /// is in may make such a name lead anywhere.
    pub(crate) fn new(settings: &QuerySettings) -> Self {
        let others_get_in = !settings.listen.ip().to_canonical().is_loopback();
        Self(Names::new(&settings.query_allowed_hosts).with_private_names(others_get_in))
    }

    fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        if let Some(told) = self.0.refusal(uri, headers) {
            return Err(Problem::new(ProblemKind::HostNotAllowed, told));
        }
        if method.is_safe() {
            return Ok(());
        }
        let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
        let origin = origin.to_str().unwrap_or("?");
        let (_, from) = origin.split_once("://").unwrap_or(("", ""));
        let is_host = called(uri, headers).is_some_and(|host| host.eq_ignore_ascii_case(from));
        if is_host || self.0.owns(from) {
            return Ok(());
        }
        let detail = format!(
            "pages of {} may not write here; behind a proxy that changes the header Host, start the server with \
             {FLAG} NAME",
            shortened(origin)
        );
        Err(Problem::new(ProblemKind::OriginNotAllowed, detail))
    }
}

/// Refuses what was not meant for this server.
pub(crate) async fn check(State(hosts): State<Arc<Hosts>>, request: Request, next: Next) -> Response {
    match hosts.check(request.method(), request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn check(
        hosts: &Hosts,
        method: &Method,
        host: &str,
        origin: Option<&'static str>,
    ) -> Option<ProblemKind> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        headers.extend(origin.map(|origin| (header::ORIGIN, HeaderValue::from_static(origin))));
        hosts.check(method, &Uri::from_static("/"), &headers).err().map(|problem| problem.kind)
    }

    fn hosts(listen: &str, allowed: &[&str]) -> Hosts {
        let query_allowed_hosts = allowed.iter().map(|&name| name.to_owned()).collect();
        let listen = listen.parse().unwrap();
        Hosts::new(&QuerySettings { listen, query_allowed_hosts, ..QuerySettings::default() })
    }

    #[test]
    fn names_of_others_are_refused_wherever_it_listens() {
        let get = |hosts: &Hosts, host| check(hosts, &Method::GET, host, None);
        let refused = Some(ProblemKind::HostNotAllowed);
        for listen in ["127.0.0.1:7837", "0.0.0.0:7837"] {
            assert_eq!(get(&hosts(listen, &[]), "localhost:7837"), None);
            assert_eq!(get(&hosts(listen, &[]), "10.1.2.3:7837"), None);
            assert_eq!(get(&hosts(listen, &[]), "evil.example:7837"), refused);
            assert_eq!(get(&hosts(listen, &["Log.Example"]), "log.example."), None);
            assert_eq!(get(&hosts(listen, &["Log.Example"]), "evil.example"), refused);
        }
        assert_eq!(get(&hosts("0.0.0.0:7837", &[]), "steplog:7837"), None);
        assert_eq!(get(&hosts("127.0.0.1:7837", &[]), "steplog:7837"), refused);
    }

    #[test]
    fn pages_of_others_do_not_write() {
        let wide = hosts("0.0.0.0:7837", &["*"]);
        let refused = Some(ProblemKind::OriginNotAllowed);
        for (origin, want) in [
            (None, None),
            (Some("http://log.example:7837"), None),
            (Some("http://log.example"), refused),
            (Some("https://evil.example"), refused),
            (Some("null"), refused),
        ] {
            for method in [Method::POST, Method::PUT, Method::DELETE] {
                assert_eq!(check(&wide, &method, "log.example:7837", origin), want, "{origin:?}");
            }
            assert_eq!(check(&wide, &Method::GET, "log.example:7837", origin), None);
        }
        let proxied = hosts("0.0.0.0:7837", &["log.example", "inner"]);
        assert_eq!(check(&proxied, &Method::POST, "inner:7837", Some("https://log.example")), None);
    }
}
