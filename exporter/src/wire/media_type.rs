//! Content types, with or without parameters.

use http::header::{self, HeaderMap};

/// How a request and its reply are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Protobuf,
    Json,
}

/// What the `Content-Type` of a request says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ContentType {
    Otlp(Format),
    /// gRPC, where the request comes over HTTP/2.
    Grpc,
    /// Something else, in the sender's own words.
    Other(String),
    Missing,
}

impl Format {
    /// The content type of replies, bare.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }
}

impl ContentType {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let Some(value) = headers.get(header::CONTENT_TYPE) else { return Self::Missing };
        let text = String::from_utf8_lossy(value.as_bytes());
        let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match &*essence {
            "application/x-protobuf" | "application/protobuf" => Self::Otlp(Format::Protobuf),
            "application/json" => Self::Otlp(Format::Json),
            "" => Self::Missing,
            "application/grpc" => Self::Grpc,
            grpc if grpc.starts_with("application/grpc+") => Self::Grpc,
            _ => Self::Other(essence.chars().take(60).collect()),
        }
    }

    /// The encoding of an answer to a request that is refused: its own, or JSON, which people can read.
    pub(crate) const fn answer_format(&self) -> Format {
        match self {
            Self::Otlp(format) => *format,
            Self::Grpc | Self::Other(_) | Self::Missing => Format::Json,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[track_caller]
    fn check(text: &str, want: &ContentType) {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(text).unwrap());
        assert_eq!(&ContentType::of(&headers), want, "{text}");
    }

    #[test]
    fn media_types() {
        check("application/json", &ContentType::Otlp(Format::Json));
        check("application/json; charset=utf-8", &ContentType::Otlp(Format::Json));
        check("Application/JSON;charset=\"utf-8\"", &ContentType::Otlp(Format::Json));
        check("application/x-protobuf", &ContentType::Otlp(Format::Protobuf));
        check("application/x-protobuf ; messageType=\"x\"", &ContentType::Otlp(Format::Protobuf));
        check("application/protobuf", &ContentType::Otlp(Format::Protobuf));
        check("application/grpc", &ContentType::Grpc);
        check("Application/gRPC ; x=y", &ContentType::Grpc);
        check("application/grpc+proto", &ContentType::Grpc);
        for other in [
            "application/grpc-web",
            "application/grpc-web+proto",
            "application/grpc-web-text",
            "application/grpcx",
            "application/json+x",
            "application/x-protobuf-seq",
        ] {
            check(other, &ContentType::Other(other.into()));
        }
        check("", &ContentType::Missing);
        check("text/plain", &ContentType::Other("text/plain".into()));
        check("application/jsonp", &ContentType::Other("application/jsonp".into()));
        assert_eq!(ContentType::of(&HeaderMap::new()), ContentType::Missing);
    }
}
