//! The names by which a server is called.
//!
//! Protection against DNS rebinding. A web page of a stranger can let its own name resolve to 127.0.0.1, or to a machine
//! behind a firewall, and so read from it or send to it. Its requests still carry that name in `Host`. So a server answers
//! only to its own names, whatever it listens on.

use std::net::{IpAddr, SocketAddr};

use http::uri::Authority;
use http::{HeaderMap, Uri, header};

/// The setting that adds names, for what people are told.
pub const FLAG: &str = "--query-allowed-hosts";

/// What private names end in: reserved for networks of one's own (RFC 6762, RFC 8375, ICANN's board on .internal).
const PRIVATE_ENDINGS: [&str; 3] = [".internal", ".local", ".home.arpa"];

/// The most characters of a foreign name in a message.
const SHOWN_CHARS: usize = 60;

/// The names that requests may be for: addresses, `localhost`, this machine's own name, and those that are set.
#[derive(Clone, Debug)]
pub struct Names {
    /// In lower case.
    names: Vec<String>,
    /// What names may end in, with the dot before it.
    endings: Vec<String>,
    any: bool,
    private: bool,
}

impl Names {
    /// The usual names and those that are set: `log.example.com`, `*.example.com` for all below, `*` for any.
    #[must_use]
    pub fn new(set: &[String]) -> Self {
        // Where the system does not tell its name there, it has to be set.
        let own = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let own = Some(own.trim()).filter(|name| !name.is_empty());
        // A dot at the end says that a name is whole; a request has it or not.
        let plain = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
        let all = set.iter().map(String::as_str).chain(own).map(plain).filter(|name| !name.is_empty());
        let (patterns, names): (Vec<String>, Vec<String>) = all.partition(|name| name.starts_with('*'));
        let any = patterns.iter().any(|pattern| pattern == "*");
        let endings = patterns.iter().filter_map(|pattern| pattern.strip_prefix('*'));
        let endings = endings.filter(|ending| !ending.is_empty()).map(str::to_owned).collect();
        Self { names, endings, any, private: false }
    }

    /// Also takes names that nobody can own in the public DNS: those without a dot, such as those of services in a
    /// compose file, and `host.docker.internal`, `steplog.default.svc.cluster.local` and their like.
    #[must_use]
    pub fn with_private_names(self, private: bool) -> Self {
        Self { private, ..self }
    }

    /// Whether a request for `authority` (a name or an address, with or without a port) is one for this server.
    #[must_use]
    pub fn allows(&self, authority: &str) -> bool {
        if self.any || authority.parse::<SocketAddr>().is_ok() {
            return true;
        }
        let Some(host) = host_of(authority) else { return false };
        let address = host.trim_start_matches('[').trim_end_matches(']');
        address.parse::<IpAddr>().is_ok()
            || host == "localhost"
            || host.ends_with(".localhost")
            || (self.private && is_private(&host))
            || self.has(&host)
    }

    /// Whether a page of this host is one of this server: its name is set, and not by `*` for any.
    #[must_use]
    pub fn owns(&self, authority: &str) -> bool {
        host_of(authority).is_some_and(|host| self.has(&host))
    }

    fn has(&self, host: &str) -> bool {
        self.names.iter().any(|name| name == host)
            || self
                .endings
                .iter()
                .any(|ending| host.strip_suffix(&**ending).is_some_and(|start| !start.is_empty()))
    }

    /// The refusal of a request for a name that is not this server's; `None` where it is. A request without any name, as
    /// only old or simple clients make, is accepted.
    #[must_use]
    pub fn refusal(&self, uri: &Uri, headers: &HeaderMap) -> Option<String> {
        let host = called(uri, headers).filter(|host| !self.allows(host))?;
        let shown: String = host.chars().take(SHOWN_CHARS).collect();
        Some(format!(
            "this server does not go by the name {shown:?}; call it localhost or by its address, or start it with \
             {FLAG} NAME"
        ))
    }
}

/// The name or address that a request is for.
#[must_use]
pub fn called<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> Option<&'r str> {
    // A whole address in the first line goes before the header (RFC 9112, 3.2.2).
    let header = || headers.get(header::HOST).map(|value| value.to_str().unwrap_or("?"));
    uri.authority().map(Authority::as_str).or_else(header)
}

fn host_of(authority: &str) -> Option<String> {
    let authority: Authority = authority.parse().ok()?;
    Some(authority.host().to_ascii_lowercase().trim_end_matches('.').to_owned())
}

fn is_private(host: &str) -> bool {
    PRIVATE_ENDINGS.iter().any(|ending| host.ends_with(ending)) || is_single_label(host)
}

fn is_single_label(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// What is wrong with a name of the settings, if anything.
#[must_use]
pub fn problem(name: &str) -> Option<String> {
    let rest = name.strip_prefix("*.").unwrap_or(name);
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let mut labels = rest.strip_suffix('.').unwrap_or(rest).split('.');
    let is_name = labels.all(|label| !label.is_empty() && label.bytes().all(is_letter));
    if name == "*" || is_name {
        return None;
    }
    Some(format!(
        "{FLAG} has {name:?}, which is no name; write a name without scheme and port, such as log.example.com, \
         *.example.com for all below it, or * for any"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(set: &[&str]) -> Names {
        Names::new(&set.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
    }

    #[track_caller]
    fn check(names: &Names, good: &[&str], bad: &[&str]) {
        for host in good {
            assert!(names.allows(host), "{host}");
        }
        for host in bad {
            assert!(!names.allows(host), "{host}");
        }
    }

    #[test]
    fn only_names_of_its_own_are_answered() {
        let usual = [
            "localhost",
            "LOCALHOST:7837",
            "a.localhost",
            "127.0.0.1:7837",
            "10.1.2.3",
            "[::1]:7837",
            "[::1]",
        ];
        let foreign = [
            "evil.example",
            "evil.example:7837",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "",
            "a b",
            "?",
        ];
        check(&names(&[]), &usual, &foreign);
        check(&names(&[]), &[], &["steplog", "steplog:7837"]);
        let private = names(&[]).with_private_names(true);
        check(&private, &usual, &foreign);
        let of_networks =
            ["steplog", "steplog:4318", "otel_sink", "host.docker.internal:4318", "a.svc.cluster.local."];
        check(&private, &of_networks, &["steplog.evil", ".", "internal.evil.example", "evil.xinternal"]);
        check(&names(&[]), &[], &of_networks);
        let set = names(&["Log.Example", "*.svc.cluster.local"]);
        check(&set, &["log.example.", "LOG.example:1", "steplog.a.svc.cluster.local"], &foreign);
        check(
            &set,
            &[],
            &["x.log.example", ".svc.cluster.local", "svc.cluster.local", "evilsvc.cluster.local"],
        );
        let whole = names(&["log.example.", "*.svc.example."]);
        check(&whole, &["log.example", "log.example.", "a.svc.example:1"], &foreign);
        check(&names(&["*"]), &["evil.example", "x"], &[]);
    }

    #[test]
    fn pages_are_its_own_by_a_name_that_is_set() {
        assert!(names(&["log.example"]).owns("log.example:8443"));
        assert!(!names(&["log.example"]).owns("localhost"));
        assert!(!names(&["*"]).owns("evil.example"), "any name does not make any page its own");
    }

    #[test]
    fn the_first_line_goes_before_the_header() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "localhost".parse().unwrap());
        let uri: Uri = "http://evil.example/v1/logs".parse().unwrap();
        let told = names(&[]).refusal(&uri, &headers).unwrap();
        assert!(told.contains("\"evil.example\"") && told.contains(FLAG), "{told}");
        assert_eq!(names(&[]).refusal(&"/v1/logs".parse().unwrap(), &headers), None);
        assert_eq!(names(&[]).refusal(&"/v1/logs".parse().unwrap(), &HeaderMap::new()), None);
    }

    #[test]
    fn names_of_the_settings() {
        for good in ["log.example", "*.example.com", "*", "steplog", "a_b", "log.example.", "*.example.com."]
        {
            assert_eq!(problem(good), None, "{good}");
        }
        for bad in ["", "http://a", "a:1", "*.", "a.*", "**", "a b", ".", "a..b", "a..", ".a"] {
            assert!(problem(bad).is_some_and(|told| told.contains(FLAG)), "{bad}");
        }
    }
}
