//! What a connection begins with, by its first bytes: another protocol than the port's own, TLS above all, reaches no
//! request that could be answered, so that operators are told of the connection.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a connection begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// The record of a handshake of TLS; no request of HTTP can begin so.
    Tls,
    /// HTTP/2 without TLS, as gRPC speaks it.
    Http2,
    /// Anything else.
    Other,
}

/// The content type of a handshake, which begins each connection with TLS.
const HANDSHAKE: u8 = 0x16;
/// The beginning of HTTP/2; no method of HTTP/1 is called so.
const PREFACE: &[u8] = b"PRI * HTTP/2.0";

impl Opening {
    /// `None` where more bytes are needed.
    fn of(head: &[u8]) -> Option<Self> {
        match head.first()? {
            &HANDSHAKE => Some(Self::Tls),
            _ if head.starts_with(PREFACE) => Some(Self::Http2),
            _ if PREFACE.starts_with(head) => None,
            _ => Some(Self::Other),
        }
    }
}

/// A stream that tells once what it began with, as it is read.
#[derive(Debug)]
pub struct Opened<S, F> {
    stream: S,
    head: Vec<u8>,
    tell: Option<F>,
}

impl<S, F: FnOnce(Opening)> Opened<S, F> {
    /// Tells `tell` what the stream begins with.
    pub const fn new(stream: S, tell: F) -> Self {
        Self { stream, head: Vec::new(), tell: Some(tell) }
    }

    fn look(&mut self, bytes: &[u8]) {
        let missing = PREFACE.len().saturating_sub(self.head.len());
        self.head.extend(bytes.iter().take(missing));
        if let Some(opening) = Opening::of(&self.head)
            && let Some(tell) = self.tell.take()
        {
            self.head = Vec::new();
            tell(opening);
        }
    }
}

impl<S: AsyncRead + Unpin, F: FnOnce(Opening) + Unpin> AsyncRead for Opened<S, F> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        if this.tell.is_some() {
            this.look(buffer.filled().get(before..).unwrap_or_default());
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin, F: Unpin> AsyncWrite for Opened<S, F> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of bytes that come so many at a time.
    fn told(bytes: &[u8], at_once: usize) -> Vec<Opening> {
        let mut told = Vec::new();
        let mut opened = Opened::new((), |opening| told.push(opening));
        for piece in bytes.chunks(at_once) {
            if opened.tell.is_some() {
                opened.look(piece);
            }
        }
        told
    }

    #[test]
    fn what_a_connection_begins_with_is_told_once_however_its_bytes_come() {
        for (bytes, want) in [
            (&b"\x16\x03\x01\x02\x00\x01"[..], Opening::Tls),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Opening::Http2),
            (b"PRINT / HTTP/1.1\r\n", Opening::Other),
            (b"POST /v1/logs HTTP/1.1\r\n", Opening::Other),
            (b"\0\x16", Opening::Other),
        ] {
            for at_once in [1, 3, 100] {
                assert_eq!(told(bytes, at_once), [want], "{bytes:?} by {at_once}");
            }
        }
        assert!(told(b"", 1).is_empty() && told(b"PRI * HTTP/", 4).is_empty());
    }
}
