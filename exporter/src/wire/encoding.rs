//! The names of compressions in headers.

use http::header::{HeaderMap, HeaderName};

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Identity,
    /// RFC 1952, any number of members.
    Gzip,
    /// RFC 8878, any number of frames.
    Zstd,
    /// RFC 1950: what HTTP calls deflate.
    Zlib,
    /// The block format; a stream in the framing format is told by its first bytes.
    Snappy,
    /// The framing format.
    SnappyFramed,
    /// The LZ4 frame format.
    Lz4,
}

/// Compressions by their names in `Content-Encoding`.
const HTTP: &[(&str, Encoding)] = &[
    ("gzip", Encoding::Gzip),
    ("zstd", Encoding::Zstd),
    ("deflate", Encoding::Zlib),
    ("zlib", Encoding::Zlib),
    ("snappy", Encoding::Snappy),
    ("x-snappy-framed", Encoding::SnappyFramed),
    ("lz4", Encoding::Lz4),
    ("x-gzip", Encoding::Gzip),
];

/// Compressions by their names in `grpc-encoding`. The snappy of gRPC is the framing format.
const GRPC: &[(&str, Encoding)] = &[
    ("gzip", Encoding::Gzip),
    ("zstd", Encoding::Zstd),
    ("deflate", Encoding::Zlib),
    ("snappy", Encoding::Snappy),
];

/// What a 415 names in `Accept-Encoding`.
pub(crate) const HTTP_ACCEPTED: &str = "gzip, zstd, deflate, snappy, x-snappy-framed, lz4, identity";
/// What goes into `grpc-accept-encoding`.
pub(crate) const GRPC_ACCEPTED: &str = "gzip,zstd,deflate,snappy,identity";

/// Why a body's compression is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EncodingError {
    #[error("the compression {0:?} is not supported; compress with gzip or zstd, or not at all")]
    Unknown(String),
    #[error("the body is compressed more than once ({0:?}); compress it once or not at all")]
    Stacked(String),
}

impl Encoding {
    /// The compression that `Content-Encoding` names.
    pub(crate) fn of_http(headers: &HeaderMap) -> Result<Self, EncodingError> {
        find(headers, &http::header::CONTENT_ENCODING, HTTP)
    }

    /// The compression that `grpc-encoding` names.
    pub(crate) fn of_grpc(headers: &HeaderMap) -> Result<Self, EncodingError> {
        find(headers, &HeaderName::from_static("grpc-encoding"), GRPC)
    }
}

fn find(
    headers: &HeaderMap,
    name: &HeaderName,
    known: &[(&str, Encoding)],
) -> Result<Encoding, EncodingError> {
    let mut found = None;
    for value in headers.get_all(name) {
        let text = String::from_utf8_lossy(value.as_bytes());
        for token in text.split(',').map(str::trim) {
            if token.is_empty() || token.eq_ignore_ascii_case("identity") {
                continue;
            }
            if found.is_some() {
                return Err(EncodingError::Stacked(shorten(&text)));
            }
            let matching = known.iter().find(|(name, _)| token.eq_ignore_ascii_case(name));
            let (_, encoding) = matching.ok_or_else(|| EncodingError::Unknown(shorten(token)))?;
            found = Some(*encoding);
        }
    }
    Ok(found.unwrap_or(Encoding::Identity))
}

/// A sender's own words as they are given back: short.
fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[track_caller]
    fn check(values: &[&str], want: Result<Encoding, &str>) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(http::header::CONTENT_ENCODING, HeaderValue::from_str(value).unwrap());
        }
        let found = Encoding::of_http(&headers).map_err(|error| error.to_string());
        match want {
            Ok(encoding) => assert_eq!(found, Ok(encoding), "{values:?}"),
            Err(words) => assert!(found.is_err_and(|error| error.contains(words)), "{values:?}"),
        }
    }

    #[test]
    fn content_encodings() {
        check(&[], Ok(Encoding::Identity));
        check(&[""], Ok(Encoding::Identity));
        check(&["identity"], Ok(Encoding::Identity));
        check(&["GZip"], Ok(Encoding::Gzip));
        check(&["identity, zstd"], Ok(Encoding::Zstd));
        check(&["deflate"], Ok(Encoding::Zlib));
        check(&["br"], Err("\"br\" is not supported"));
        check(&["gzip, gzip"], Err("more than once (\"gzip, gzip\")"));
        check(&["gzip", "zstd"], Err("more than once"));
    }

    #[test]
    fn advertised_names_are_understood() {
        for (accepted, header) in [(HTTP_ACCEPTED, "content-encoding"), (GRPC_ACCEPTED, "grpc-encoding")] {
            for name in accepted.split(',').map(str::trim) {
                let mut headers = HeaderMap::new();
                headers.insert(HeaderName::from_static(header), HeaderValue::from_str(name).unwrap());
                let of = if header == "grpc-encoding" { Encoding::of_grpc } else { Encoding::of_http };
                assert!(of(&headers).is_ok(), "{name}");
            }
        }
    }
}
