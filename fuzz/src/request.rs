//! Addresses of the API, from the bytes to the answer.

use std::sync::LazyLock;

use serde_json::Value;

use crate::api::{Api, encoded};
use crate::{seeds, text};

/// So many events are there to be asked for.
const EVENTS: usize = 120;

static FILLED: LazyLock<Api> = LazyLock::new(|| {
    let api = Api::new();
    api.put(seeds::some_events(EVENTS));
    api
});

pub(crate) fn run(input: &[u8]) {
    let Some(address) = text(input) else { return };
    let Some(answer) = FILLED.get(address) else { return };
    let Ok(json) = serde_json::from_slice::<Value>(&answer.body) else { return };
    if answer.status == 200 {
        follow(address, &json);
    } else if answer.status >= 400 {
        assert!(json["title"].is_string(), "{address:?}: {json}");
    }
}

/// The cursors of an answer are ones of the same question.
fn follow(address: &str, json: &Value) {
    let bare = |pair: &&str| !pair.starts_with("cursor=");
    let Some((path, query)) = address.split_once('?') else { return };
    let query: Vec<_> = query.split('&').filter(bare).collect();
    for name in ["next", "prev"] {
        let Some(cursor) = json[name].as_str() else { continue };
        let next = format!("{path}?{}&cursor={}", query.join("&"), encoded(cursor));
        let answer = FILLED.get(&next).unwrap_or_else(|| panic!("{next:?} is no address"));
        assert_eq!(answer.status, 200, "{next:?}: {}", String::from_utf8_lossy(&answer.body));
    }
}
