//! Who calls, as far as the network tells.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The bits of an IPv6 address that one customer of a provider gets: the rest is theirs to choose.
const IPV6_NETWORK: u128 = !0 << 64;

/// A caller: an IPv4 address, or a network of IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Client(IpAddr);

impl Client {
    /// The caller at the other end of a connection.
    #[must_use]
    pub fn of(address: SocketAddr) -> Self {
        match address.ip().to_canonical() {
            IpAddr::V4(address) => Self(address.into()),
            IpAddr::V6(address) => Self(Ipv6Addr::from(u128::from(address) & IPV6_NETWORK).into()),
        }
    }
}

/// Nobody in particular: a call within the process.
impl Default for Client {
    fn default() -> Self {
        Self(Ipv4Addr::UNSPECIFIED.into())
    }
}

impl fmt::Display for Client {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => write!(out, "{address}"),
            IpAddr::V6(address) => write!(out, "{address}/64"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_are_told_apart_by_what_they_cannot_choose() {
        let client = |text: &str| Client::of(text.parse().unwrap());
        assert_eq!(client("10.0.0.1:1"), client("10.0.0.1:2"));
        assert_ne!(client("10.0.0.1:1"), client("10.0.0.2:1"));
        assert_eq!(client("[::ffff:10.0.0.1]:1"), client("10.0.0.1:1"));
        assert_eq!(client("[2001:db8:1:2::1]:1"), client("[2001:db8:1:2:ffff::9]:1"));
        assert_ne!(client("[2001:db8:1:2::1]:1"), client("[2001:db8:1:3::1]:1"));
        assert_eq!(client("[2001:db8:1:2::1]:1").to_string(), "2001:db8:1:2::/64");
        assert_eq!(client("10.0.0.1:1").to_string(), "10.0.0.1");
    }
}
