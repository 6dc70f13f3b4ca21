//! Addresses to listen on, as people write them: an address or a name, and a port.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs as _};

/// The address that `text` stands for. Of a name with several addresses the first of IPv4, since most clients try that
/// first: so `localhost` means the same on every machine.
///
/// # Errors
/// What is wrong, and how an address is written.
pub fn parse(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    const WANTED: &str = "write ADDRESS:PORT or NAME:PORT, such as 127.0.0.1:8080 or localhost:8080";
    if let Some((scheme, rest)) = text.split_once("://") {
        let rest = rest.split('/').next().unwrap_or_default();
        return Err(format!("an address has no scheme ({scheme}://); write {rest}"));
    }
    let Some((name, port)) = text.rsplit_once(':') else {
        if let Ok(port) = text.parse::<u16>() {
            return Err(format!("the address is missing; write 127.0.0.1:{port} or localhost:{port}"));
        }
        return Err(format!("the port is missing; {WANTED}"));
    };
    let port: u16 = port.parse().map_err(|_| format!("{port:?} is no port from 0 to 65535; {WANTED}"))?;
    if name.is_empty() {
        return Err(format!(
            "the address is missing; write 0.0.0.0:{port} for all addresses of this machine"
        ));
    }
    if name.contains(':') {
        return Err(format!("an IPv6 address is written in brackets, such as [::1]:{port}"));
    }
    if name.eq_ignore_ascii_case("localhost") {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    let found = (name, port).to_socket_addrs();
    let found: Vec<SocketAddr> =
        found.map_err(|error| format!("{name:?} is not known: {error}; {WANTED}"))?.collect();
    let best = found.iter().find(|address| address.is_ipv4()).or(found.first());
    best.copied().ok_or_else(|| format!("{name:?} has no address; {WANTED}"))
}

/// Why an address cannot be listened on.
#[must_use]
pub fn unusable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "the port is taken, maybe by another steplog or, of OTLP, by a Collector on this machine"
                .to_owned()
        }
        io::ErrorKind::AddrNotAvailable => {
            "this machine has no such address (0.0.0.0 and [::] stand for all that it has)".to_owned()
        }
        io::ErrorKind::PermissionDenied => {
            "the system does not let this user have it; ports below 1024 are mostly kept for root".to_owned()
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses() {
        for (text, want) in [
            ("127.0.0.1:4318", "127.0.0.1:4318"),
            ("localhost:4318", "127.0.0.1:4318"),
            ("LocalHost:0", "127.0.0.1:0"),
            ("[::1]:4318", "[::1]:4318"),
            ("0.0.0.0:4318", "0.0.0.0:4318"),
        ] {
            assert_eq!(parse(text).map(|address| address.to_string()), Ok(want.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_told_with_what_to_write() {
        for (text, want) in [
            ("localhost", "the port is missing"),
            ("", "the port is missing"),
            ("8080", "write 127.0.0.1:8080"),
            ("localhost:otlp", "\"otlp\" is no port"),
            ("localhost:65536", "is no port from 0 to 65535"),
            (":4318", "0.0.0.0:4318"),
            ("::1:4318", "[::1]:4318"),
            ("http://localhost:4318/v1/logs", "write localhost:4318"),
            ("no.such.name.invalid:4318", "is not known"),
        ] {
            let told = parse(text).unwrap_err();
            assert!(told.contains(want), "{text}: {told}");
        }
    }
}
