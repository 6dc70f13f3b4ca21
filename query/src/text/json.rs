//! What JSON says that was pasted into the search: a row or a file writes a list, or keys and values, as JSON, and in the
//! event each value is a text of its own.

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use steplog_model::record::value::number_text;
use steplog_model::text::visit_tokens;

/// The values of a list, or of keys and values.
#[derive(Debug, Default)]
pub(crate) struct Values {
    /// Those with a word.
    pub(super) texts: Vec<String>,
    /// Whether there is a name or a text among them: numbers alone, as in `[1, 2]`, are mostly part of a message.
    pub(super) has_names_or_texts: bool,
}

impl Values {
    /// Reads all values of a text that is a list or an object, those of a name that comes twice among them; `None` for other
    /// texts.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if !text.starts_with(['[', '{']) {
            return None;
        }
        let mut found = Self::default();
        let mut left: Vec<&RawValue> = vec![serde_json::from_str(text).ok()?];
        while let Some(value) = left.pop() {
            let written = value.get();
            match written.as_bytes().first()? {
                b'[' => left.extend(serde_json::from_str::<Vec<&RawValue>>(written).ok()?),
                b'{' => {
                    found.has_names_or_texts = true;
                    left.extend(serde_json::from_str::<Members<'_>>(written).ok()?.0);
                }
                b'"' => {
                    found.has_names_or_texts = true;
                    // Half a surrogate pair is no text.
                    let text = serde_json::from_str(written).unwrap_or_else(|_| written.to_owned());
                    found.add(text);
                }
                b'n' => {}
                _ => found.add(number_text(written).unwrap_or_else(|| written.to_owned())),
            }
        }
        Some(found)
    }

    fn add(&mut self, text: String) {
        let mut has_word = false;
        visit_tokens(&text, &mut |_, _| has_word = true);
        if has_word {
            self.texts.push(text);
        }
    }

    /// Whether nothing of it can be searched.
    pub(crate) const fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Whether they are looked for side by side, as they stand.
    pub(crate) const fn is_text(&self) -> bool {
        !self.has_names_or_texts
    }
}

/// The values of an object, whatever their names.
struct Members<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut values = Vec::new();
                while let Some((_, value)) = map.next_entry::<IgnoredAny, &'de RawValue>()? {
                    values.push(value);
                }
                Ok(Members(values))
            }
        }

        deserializer.deserialize_map(Each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &[&str], is_text: bool) {
        let found = Values::read(text).unwrap();
        let mut texts: Vec<&str> = found.texts.iter().map(String::as_str).collect();
        texts.sort_unstable();
        assert_eq!((texts.as_slice(), found.is_text()), (want, is_text), "{text}");
        assert_eq!(found.is_empty(), want.is_empty(), "{text}");
    }

    #[test]
    fn all_values_are_read() {
        check(r#"{"a":"x","a":null,"b":{"a":"y","a":"z"}}"#, &["x", "y", "z"], false);
        check(r#"[{"order":-1.50},[1e400,true,"…"]]"#, &["-1.5", "Infinity", "true"], false);
        check(" [1, 2] ", &["1", "2"], true);
        check(r#"{"a":null,"b":"","c":[]}"#, &[], false);
        check(r#"["half \ud800 a pair"]"#, &[r#""half \ud800 a pair""#], false);
        for text in ["plain", "[TIMEOUT]", r#""a""#, "{", r#"{"a":1} behind"#] {
            assert!(Values::read(text).is_none(), "{text}");
        }
    }
}
