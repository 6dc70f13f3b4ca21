//! Reads server-sent events (WHATWG HTML, "Server-sent events"), as far as steplog's API writes them.

/// One event of the stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    /// The last id stated so far in the stream, by this event or before it.
    pub(super) id: Option<String>,
    /// Its name; empty for an id alone.
    pub(super) event: String,
    pub(super) data: String,
}

/// Puts events together out of the pieces in which they arrive.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// A line that has not ended.
    line: Vec<u8>,
    next: Message,
}

impl Reader {
    /// The events that are whole with these bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Message> {
        let mut messages = Vec::new();
        for byte in bytes {
            if *byte != b'\n' {
                self.line.push(*byte);
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let line = String::from_utf8_lossy(&line);
            messages.extend(self.take(line.trim_end_matches('\r')));
        }
        messages
    }

    fn take(&mut self, line: &str) -> Option<Message> {
        if line.is_empty() {
            let next = std::mem::take(&mut self.next);
            return (next != Message::default()).then_some(next);
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "id" => self.next.id = Some(value.to_owned()),
            "event" => self.next.event = value.to_owned(),
            "data" if self.next.data.is_empty() => self.next.data = value.to_owned(),
            "data" => {
                self.next.data.push('\n');
                self.next.data.push_str(value);
            }
            // Comments, and the time after which to connect again.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_put_together_wherever_they_are_cut() {
        let stream = b"retry: 2000\nid: 7\nevent: ready\ndata: {}\n\n: alive\nid: 8\n\nid: 9\nevent: event\n\
                       data: {\"a\":\"\xc3\xa4\"}\r\n\n";
        let message = |id: &str, event: &str, data: &str| Message {
            id: Some(id.to_owned()),
            event: event.to_owned(),
            data: data.to_owned(),
        };
        let want =
            [message("7", "ready", "{}"), message("8", "", ""), message("9", "event", "{\"a\":\"ä\"}")];
        for size in 1..stream.len() {
            let mut reader = Reader::default();
            let messages: Vec<_> = stream.chunks(size).flat_map(|chunk| reader.push(chunk)).collect();
            assert_eq!(messages, want, "in pieces of {size} bytes");
        }
    }
}
