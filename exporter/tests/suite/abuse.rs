//! HTTP/2 frame by frame: used to exhaust the server, its connection ends and others do not notice; used by one who is
//! slow to read, nothing is lost.

use std::net::SocketAddr;
use std::time::Duration;

use prost::Message as _;
use steplog_exporter::ReceiverSettings;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::clients::export;
use crate::support::requests::one;
use crate::support::store::Answer;
use crate::support::{settings, start, start_with};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
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

/// The next frame of a connection: its kind, flags and stream; `None` at its end.
async fn next_frame(stream: &mut TcpStream) -> Option<(u8, u8, u32)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.ok()?;
    let [a, b, c, kind, flags, stream_id @ ..] = head;
    let length = u32::from_be_bytes([0, a, b, c]) as usize;
    stream.read_exact(&mut vec![0; length]).await.ok()?;
    Some((kind, flags, u32::from_be_bytes(stream_id)))
}

/// Reads until a frame is of a kind, with these flags, on this stream.
async fn until_frame(stream: &mut TcpStream, wanted: (u8, u8, u32)) {
    loop {
        let (kind, flags, on) = next_frame(stream).await.unwrap();
        if (kind, on) == (wanted.0, wanted.2) && flags & wanted.1 == wanted.1 {
            return;
        }
    }
}

/// A request of one record to the HTTP port, on this stream.
fn export_frames(stream: u32) -> Vec<u8> {
    let literal = |name: &[u8], value: &[u8]| [name, &[u8::try_from(value.len()).unwrap()], value].concat();
    // Fields of HPACK that are not put into the table: POST, http, path, authority, content type.
    let path = literal(&[0x04], b"/v1/logs");
    let kind = literal(&[0x0f, 0x10], b"application/x-protobuf");
    let head = [&[0x83, 0x86][..], &path, &literal(&[0x01], b"x"), &kind].concat();
    let body = one("a.b").encode_to_vec();
    [frame(HEADERS, END_HEADERS, stream, &head), frame(DATA, END_STREAM, stream, &body)].concat()
}

#[tokio::test]
async fn a_request_that_meets_the_goodbye_half_way_is_answered() {
    let server = start_with(ReceiverSettings { otlp_idle_seconds: 1, ..settings() }).await;
    let mut stream = TcpStream::connect(server.http).await.unwrap();
    stream.write_all(&[preface(), export_frames(1)].concat()).await.unwrap();
    until_frame(&mut stream, (HEADERS, END_HEADERS, 1)).await;
    // A good-bye that its sender has not read yet: it is not answered, as RFC 9113 has it with a ping.
    until_frame(&mut stream, (GOAWAY, 0, 0)).await;
    server.store.answer(Answer::Hold);
    stream.write_all(&export_frames(3)).await.unwrap();
    server.store.wait_for_batches(2).await;
    // The second is over in which a connection without requests would have to end.
    let early = tokio::time::timeout(Duration::from_millis(1_500), until_frame(&mut stream, (HEADERS, 0, 3)));
    assert!(early.await.is_err(), "it is not answered before the store has it");
    server.store.answer(Answer::Take);
    until_frame(&mut stream, (HEADERS, END_HEADERS, 3)).await;
    assert_eq!(server.store.events().len(), 2);
}
