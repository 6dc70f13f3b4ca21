//! Whether a request was meant for this server: names that it is asked by, and pages that write to it.
//!
//! A page of anybody can make its own name lead to 127.0.0.1 ("DNS rebinding") and so read what only this machine
//! shall see. Its requests still say that name as their `Host`. The name is checked where the server listens on
//! loopback only, or where names are set: behind a proxy or in a cluster the names are others' choice, and such a
//! server has to be protected by what is in front of it anyway. Writes by the pages of other sites are always refused.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, Method, header};

use crate::config::QuerySettings;
use crate::params::shortened;
use crate::problem::{Problem, ProblemKind};

/// The names that requests may be for.
#[derive(Debug)]
pub(super) struct Hosts {
    /// In lower case.
    names: Vec<String>,
    checked: bool,
}

impl Hosts {
    pub(super) fn new(settings: &QuerySettings) -> Self {
        // Where the system does not tell its name there, it has to be set.
        let own = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let own = Some(own.trim()).filter(|name| !name.is_empty());
        let set = settings.query_allowed_hosts.iter().map(String::as_str);
        let names = set.chain(own).map(str::to_lowercase).collect();
        let checked = settings.listen.ip().is_loopback() || !settings.query_allowed_hosts.is_empty();
        Self { names, checked }
    }

    fn allows(&self, authority: &str) -> bool {
        if authority.parse::<SocketAddr>().is_ok() {
            return true;
        }
        let Ok(authority) = authority.parse::<Authority>() else { return false };
        let host = authority.host().to_lowercase();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        let host = host.trim_end_matches('.');
        address.parse::<IpAddr>().is_ok()
            || host == "localhost"
            || host.ends_with(".localhost")
            || self.names.iter().any(|name| name == host)
    }

    fn check(&self, method: &Method, uri: Option<&Authority>, headers: &HeaderMap) -> Result<(), Problem> {
        let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        // A whole address in the first line goes before the header (RFC 9112, 3.2.2).
        let host = uri.map(Authority::as_str).or_else(|| text(header::HOST));
        if let Some(host) = host.filter(|host| self.checked && !self.allows(host)) {
            let detail = format!(
                "this server does not go by the name {}; ask it as localhost or by its address, or start it with \
                 --query-allowed-hosts NAME",
                shortened(host)
            );
            return Err(Problem::new(ProblemKind::HostNotAllowed, detail));
        }
        if method.is_safe() {
            return Ok(());
        }
        let Some(origin) = text(header::ORIGIN) else { return Ok(()) };
        let (_, from) = origin.split_once("://").unwrap_or(("", ""));
        let named = |name: &String| {
            from.parse::<Authority>().is_ok_and(|from| from.host().eq_ignore_ascii_case(name))
        };
        let own = host.is_some_and(|host| host.eq_ignore_ascii_case(from)) || self.names.iter().any(named);
        if own {
            return Ok(());
        }
        let detail = format!(
            "pages of {} may not write here; behind a proxy that changes the header Host, start the server with \
             --query-allowed-hosts NAME",
            shortened(origin)
        );
        Err(Problem::new(ProblemKind::OriginNotAllowed, detail))
    }
}

/// Refuses what was not meant for this server.
pub(super) async fn check(State(hosts): State<Arc<Hosts>>, request: Request, next: Next) -> Response {
    match hosts.check(request.method(), request.uri().authority(), request.headers()) {
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
        hosts.check(method, None, &headers).err().map(|problem| problem.kind)
    }

    fn hosts(listen: &str, allowed: &[&str]) -> Hosts {
        let query_allowed_hosts = allowed.iter().map(|&name| name.to_owned()).collect();
        let listen = listen.parse().unwrap();
        Hosts::new(&QuerySettings { listen, query_allowed_hosts, ..QuerySettings::default() })
    }

    #[test]
    fn names_of_others_are_refused_on_loopback() {
        let local = hosts("127.0.0.1:7837", &[]);
        let get = |hosts: &Hosts, host| check(hosts, &Method::GET, host, None);
        for good in [
            "localhost",
            "LOCALHOST:7837",
            "a.localhost",
            "127.0.0.1:7837",
            "10.1.2.3",
            "[::1]:7837",
            "[::1]",
        ] {
            assert_eq!(get(&local, good), None, "{good}");
        }
        for bad in [
            "evil.example",
            "evil.example:7837",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "",
            "a b",
        ] {
            assert_eq!(get(&local, bad), Some(ProblemKind::HostNotAllowed), "{bad}");
        }
        let named = hosts("0.0.0.0:7837", &["Log.Example"]);
        assert_eq!(get(&named, "log.example."), None);
        assert_eq!(get(&named, "evil.example"), Some(ProblemKind::HostNotAllowed));
        assert_eq!(get(&hosts("0.0.0.0:7837", &[]), "steplog.monitoring.svc"), None);
    }

    #[test]
    fn pages_of_others_do_not_write() {
        let wide = hosts("0.0.0.0:7837", &[]);
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
