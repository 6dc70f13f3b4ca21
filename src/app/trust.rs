//! Who may connect: without authentication, this machine only, and by no other names than its own.

use std::net::SocketAddr;

use steplog_net::hosts::{self, FLAG};

use super::listening::addresses;
use crate::config::ServeSettings;

/// A line for each address that others reach although nobody has to authenticate.
pub(super) fn problems(settings: &ServeSettings) -> Vec<String> {
    let names = settings.query.query_allowed_hosts.iter().filter_map(|name| hosts::problem(name));
    if settings.app.allow_public {
        return names.collect();
    }
    names
        .chain(addresses(settings).into_iter().filter_map(|(flag, address)| problem(flag, address)))
        .collect()
}

/// Asks for the names by which others call this server, where they are let in and no name is set.
pub(super) fn warn(settings: &ServeSettings) {
    let public = addresses(settings).into_iter().any(|(_, address)| !is_private(address));
    if public && settings.query.query_allowed_hosts.is_empty() {
        tracing::warn!(
            "other machines are let in, and no name is set by which they call this one: it answers to its addresses, \
             to localhost, to its own name and to names without a dot. Add others with {FLAG} NAME"
        );
    }
}

fn is_private(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

fn problem(flag: &str, address: SocketAddr) -> Option<String> {
    if is_private(address) {
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
