//! JSON as it is, broken, and as `serde_json` sees it.

use super::*;
use proptest::prelude::*;

#[track_caller]
fn check_text(json: &str, want: &[u8]) {
    assert_eq!(Lexer::new(json.as_bytes()).text().as_deref(), Ok(want), "{json}");
}

#[test]
fn texts() {
    check_text(r#""""#, b"");
    check_text(r#""plain ü""#, "plain ü".as_bytes());
    check_text(r#""a\"\\\/\b\f\n\r\tz""#, b"a\"\\/\x08\x0c\n\r\tz");
    check_text(r#""\u00fc\uD83D\ude00""#, "ü😀".as_bytes());
    check_text(r#""\ud83d!""#, b"\xff!");
    check_text(r#""\ud83d\u0041""#, b"\xffA");
    check_text(r#""\ude00""#, b"\xff");
    check_text("\"raw\nnewline\"", b"raw\nnewline");
}

#[track_caller]
fn check_skip(json: &str, want: Result<(), usize>) {
    let mut lexer = Lexer::new(json.as_bytes());
    let found = lexer.skip().and_then(|()| lexer.end()).map_err(|error| error.offset);
    assert_eq!(found, want, "{json}");
}

#[test]
fn whole_values() {
    for json in
        ["null", " [ ] ", "{}", "[1,-2.5e+3,\"x\",{\"a\":[{}]}]", "\u{feff}true", "[NaN,-Infinity]", "0"]
    {
        check_skip(json, Ok(()));
    }
    for (json, offset) in [
        ("", 0),
        ("[1 2]", 3),
        ("[,]", 1),
        ("[1,]", 3),
        ("{\"a\"}", 4),
        ("{a:1}", 1),
        ("{\"a\":1,}", 7),
        ("01", 0),
        ("1.", 2),
        ("-", 1),
        ("\"\\x\"", 2),
        ("\"\\u12g4\"", 5),
        ("\"open", 5),
        ("tru", 0),
        ("[}", 1),
        ("1 1", 2),
    ] {
        check_skip(json, Err(offset));
    }
    check_skip(&format!("{}{}", "[".repeat(60_000), "]".repeat(60_000)), Ok(()));
    check_skip(&"[".repeat(1_000_000), Err(MAX_SKIPPED_DEPTH));
}

proptest! {
    #[test]
    fn agrees_with_serde_json(json in "[\\[\\]{}:,\"\\\\u01.eE+-9atrnulfse \u{e9}]{0,24}") {
        let mut lexer = Lexer::new(json.as_bytes());
        let ours = lexer.skip().and_then(|()| lexer.end()).is_ok();
        if serde_json::from_str::<serde::de::IgnoredAny>(&json).is_ok() {
            prop_assert!(ours);
        }
    }

    #[test]
    fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut lexer = Lexer::new(&bytes);
        let _ = lexer.skip();
        prop_assert!(lexer.offset() <= bytes.len());
    }
}
