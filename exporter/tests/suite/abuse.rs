//! HTTP/2 used to exhaust the server: its connection ends, others do not notice.

use std::net::SocketAddr;

use steplog_exporter::ReceiverSettings;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::clients::export;
use crate::support::requests::one;
use crate::support::{settings, start, start_with};

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;
const ENHANCE_YOUR_CALM: u8 = 11;

/// POST http://x/ by HPACK's static table.
const POST: &[u8] = &[0x83, 0x86, 0x84, 0x41, 0x01, b'x'];

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

fn preface() -> Vec<u8> {
    [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(SETTINGS, 0, 0, &[])].concat()
}

/// The kind and payload of the frames that a server sent.
fn frames(mut bytes: &[u8]) -> Vec<(u8, &[u8])> {
    let mut frames = Vec::new();
    while let [a, b, c, kind, _flags, _, _, _, _, rest @ ..] = bytes {
        let (payload, next) = rest.split_at(rest.len().min(u32::from_be_bytes([0, *a, *b, *c]) as usize));
        frames.push((*kind, payload));
        bytes = next;
    }
    frames
}

/// The error code of the connection's end: the second half of what GOAWAY carries.
fn error_code(answer: &[u8]) -> Option<u8> {
    let frames = frames(answer);
    let (_, payload) = frames.iter().find(|(kind, _)| *kind == GOAWAY)?;
    payload.get(7).copied()
}

/// Sends the preface and then pieces until the server has enough; what came back.
async fn flood(address: SocketAddr, pieces: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let (mut reader, mut writer) = TcpStream::connect(address).await.unwrap().into_split();
    let read = tokio::spawn(async move {
        let mut answer = Vec::new();
        let _ = reader.read_to_end(&mut answer).await;
        answer
    });
    writer.write_all(&preface()).await.unwrap();
    for piece in pieces {
        if writer.write_all(&piece).await.is_err() {
            break;
        }
    }
    read.await.unwrap()
}

#[tokio::test]
async fn a_flood_of_resets_ends_its_connection() {
    let server = start().await;
    for address in [server.grpc, server.http] {
        let pieces = (0..50_000_u32).map(|n| {
            let stream = 2 * n + 1;
            let reset = frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes());
            [frame(HEADERS, END_HEADERS, stream, POST), reset].concat()
        });
        let answer = flood(address, pieces).await;
        assert_eq!(error_code(&answer), Some(ENHANCE_YOUR_CALM));
    }
    export(server.grpc, one("still.alive")).await.unwrap();
}

#[tokio::test]
async fn headers_without_end_end_their_connection() {
    let server = start().await;
    for address in [server.grpc, server.http] {
        // A header that is not in the table, of 1,000 bytes, again and again: 100 MB if it were read.
        let field = [&[0x00, 0x01, b'a', 0x7f, 0xe9, 0x06][..], &[b'v'; 1_000]].concat();
        let first = frame(HEADERS, 0, 1, POST);
        let more = std::iter::repeat_n(frame(CONTINUATION, 0, 1, &field), 100_000);
        let answer = flood(address, std::iter::once(first).chain(more)).await;
        assert_eq!(error_code(&answer), Some(ENHANCE_YOUR_CALM));
    }
    export(server.grpc, one("still.alive")).await.unwrap();
}

#[tokio::test]
async fn a_peer_that_answers_no_ping_is_gone() {
    // Nothing else would end this connection.
    let settings = ReceiverSettings { otlp_ping_seconds: 1, otlp_header_seconds: 3_600, ..settings() };
    let server = start_with(settings).await;
    let answer = flood(server.grpc, std::iter::empty()).await;
    assert!(frames(&answer).iter().any(|(kind, _)| *kind == PING));
}
