//! Compressions over HTTP; those of gRPC stand with its transport.

use prost::Message as _;
use tonic::Code;

use crate::support::clients::post;
use crate::support::compress::{HTTP_NAMES, compress};
use crate::support::requests::{many, names};
use crate::support::start;

fn headers(encoding: &str) -> [(&str, &str); 2] {
    [("content-type", "application/x-protobuf"), ("content-encoding", encoding)]
}

#[tokio::test]
async fn every_compression_small_and_large() {
    let server = start().await;
    for count in [1, 2_000] {
        for name in HTTP_NAMES {
            let before = server.store.events().len();
            let body = compress(name, &many(name, count).encode_to_vec());
            let answer = post(&server.logs_url(), &headers(name), body).await;
            assert_eq!(answer.exported().partial_success, None, "{name}");
            let events = server.store.events();
            assert_eq!(events.len(), before + count, "{name}");
            assert_eq!(names(&events)[before], format!("{name}.0"));
        }
    }
}

#[tokio::test]
async fn json_is_compressed_alike() {
    let server = start().await;
    for name in HTTP_NAMES {
        let headers = [("content-type", "application/json"), ("content-encoding", name)];
        let answer = post(&server.logs_url(), &headers, compress(name, b"{\"resourceLogs\":[]}")).await;
        assert_eq!((answer.status, answer.json()), (200, serde_json::json!({})), "{name}");
    }
}

#[tokio::test]
async fn names_are_read_as_http_means_them() {
    let server = start().await;
    let plain = many("a", 1).encode_to_vec();
    for (name, written) in
        [("GZIP", "gzip"), ("x-gzip", "gzip"), ("identity, gzip", "gzip"), ("", "identity")]
    {
        let answer = post(&server.logs_url(), &headers(name), compress(written, &plain)).await;
        assert_eq!(answer.status, 200, "{name}");
    }
    // Collectors before the block format wrote the framing format under the same name.
    let answer = post(&server.logs_url(), &headers("snappy"), compress("x-snappy-framed", &plain)).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn unknown_and_stacked_compressions_are_refused() {
    let server = start().await;
    let plain = many("a", 1).encode_to_vec();
    let twice = compress("gzip", &compress("gzip", &plain));
    for (name, body) in [("br", plain.clone()), ("gzip, gzip", twice), ("zstd,gzip", plain.clone())] {
        let answer = post(&server.logs_url(), &headers(name), body).await;
        assert_eq!(answer.status, 415, "{name}");
        let accepted = answer.header("accept-encoding").unwrap();
        assert!(
            accepted.contains("gzip") && accepted.contains("zstd") && accepted.contains("lz4"),
            "{accepted}"
        );
        assert_eq!(answer.status_message().code, i32::from(Code::Unimplemented));
    }
    assert_eq!(server.store.batches(), 0);
}

#[tokio::test]
async fn a_body_that_is_not_what_it_says_is_400() {
    let server = start().await;
    let plain = many("a", 50).encode_to_vec();
    for name in HTTP_NAMES.into_iter().filter(|name| *name != "identity") {
        let whole = compress(name, &plain);
        let noise: Vec<u8> = whole.iter().map(|byte| byte ^ 0x5a).collect();
        for body in [&whole[..whole.len() - 5], &noise, &plain] {
            let answer = post(&server.logs_url(), &headers(name), body.to_vec()).await;
            assert_eq!(answer.status, 400, "{name}");
            assert!(answer.status_message().message.contains("not valid"), "{name}");
        }
    }
    assert_eq!(server.store.batches(), 0);
}

#[tokio::test]
async fn a_zstd_window_that_takes_too_much_memory_is_400() {
    let server = start().await;
    let in_window = |level: i32, window_log: Option<u32>| {
        let mut writer = zstd::stream::write::Encoder::new(Vec::new(), level).unwrap();
        window_log.into_iter().for_each(|window_log| writer.window_log(window_log).unwrap());
        std::io::Write::write_all(&mut writer, &many("a", 50).encode_to_vec()).unwrap();
        writer.finish().unwrap()
    };
    // 8 MiB, as the strongest of the ordinary levels has it.
    for body in [in_window(3, Some(23)), in_window(19, None)] {
        assert_eq!(post(&server.logs_url(), &headers("zstd"), body).await.status, 200);
    }
    for body in [in_window(3, Some(24)), in_window(3, Some(27)), in_window(22, None)] {
        let answer = post(&server.logs_url(), &headers("zstd"), body).await;
        assert_eq!(answer.status, 400);
        let message = answer.status_message().message;
        assert!(message.contains("window of more than 8 MiB"), "{message}");
    }
    assert_eq!(server.store.events().len(), 100);
}
