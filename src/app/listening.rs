//! The addresses on which the program listens.

use std::net::SocketAddr;

use crate::config::ServeSettings;

/// Addresses that two of them have: only one can listen there.
pub(super) fn taken_twice(settings: &ServeSettings) -> Vec<String> {
    let [page, grpc, http] = addresses(settings);
    let pairs = [(page, grpc), (page, http), (grpc, http)].into_iter();
    let equal = pairs.filter(|((_, one), (_, other))| one == other && one.port() != 0);
    let told = equal.map(|((one, address), (other, _))| {
        format!("{one} and {other} are both {address}: give one of them another port (0 takes a free one)")
    });
    told.collect()
}

/// Each with its flag.
pub(super) fn addresses(settings: &ServeSettings) -> [(&'static str, SocketAddr); 3] {
    [
        ("--listen", settings.query.listen),
        ("--otlp-grpc", settings.receiver.otlp_grpc),
        ("--otlp-http", settings.receiver.otlp_http),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_that_of_one_port() {
        let mut settings: ServeSettings = steplog_model::settings::defaults();
        assert!(taken_twice(&settings).is_empty());
        settings.receiver.otlp_http = settings.receiver.otlp_grpc;
        let told = taken_twice(&settings);
        assert_eq!(told.len(), 1);
        assert!(told[0].starts_with("--otlp-grpc and --otlp-http are both 127.0.0.1:4317: give"), "{told:?}");
        settings.query.listen = settings.receiver.otlp_grpc;
        assert_eq!(taken_twice(&settings).len(), 3);
        for address in
            [&mut settings.query.listen, &mut settings.receiver.otlp_grpc, &mut settings.receiver.otlp_http]
        {
            address.set_port(0);
        }
        assert!(taken_twice(&settings).is_empty());
    }
}
