//! Who may connect: without authentication, this machine only.

use std::net::SocketAddr;

use crate::config::ServeSettings;

/// A line for each address that others reach although nobody has to authenticate.
pub(super) fn problems(settings: &ServeSettings) -> Vec<String> {
    if settings.app.allow_public {
        return Vec::new();
    }
    let addresses = [
        ("--listen", settings.query.listen),
        ("--otlp-grpc", settings.receiver.otlp_grpc),
        ("--otlp-http", settings.receiver.otlp_http),
    ];
    addresses.iter().filter_map(|(flag, address)| problem(flag, *address)).collect()
}

fn problem(flag: &str, address: SocketAddr) -> Option<String> {
    if address.ip().to_canonical().is_loopback() {
        return None;
    }
    Some(format!(
        "{flag} {address} lets other machines in, and nobody has to authenticate: whoever reaches it could read all \
         events or send false ones. Listen on 127.0.0.1 behind something that authenticates, or, if the network \
         itself keeps strangers out, add --allow-public"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_private() {
        let check = |address: &str, private| {
            assert_eq!(problem("--listen", address.parse().unwrap()).is_none(), private, "{address}");
        };
        check("127.0.0.1:1", true);
        check("127.9.9.9:1", true);
        check("[::1]:1", true);
        check("[::ffff:127.0.0.1]:1", true);
        check("0.0.0.0:1", false);
        check("[::]:1", false);
        check("10.0.0.1:1", false);
    }
}
