//! Each kind of scalar in every spelling, and what is none.

use super::*;

#[track_caller]
fn check_number(json: &str, want: Option<Number>) {
    let found = number(&mut Lexer::new(json.as_bytes()), "x").ok();
    assert_eq!(found.map(|(number, _)| number), want, "{json}");
}

#[test]
fn numbers_of_any_spelling() {
    use Number::{Double, Int};
    check_number("12", Some(Int(12)));
    check_number("\"-12\"", Some(Int(-12)));
    check_number("1e3", Some(Int(1_000)));
    check_number("10.0", Some(Int(10)));
    check_number("9223372036854775807", Some(Int(i64::MAX)));
    check_number("\"-9223372036854775808\"", Some(Int(i64::MIN)));
    check_number("9223372036854775808", Some(Double(9_223_372_036_854_775_808.0)));
    check_number("1e21", Some(Double(1e21)));
    check_number("0.5", Some(Double(0.5)));
    check_number("1e999", Some(Double(f64::INFINITY)));
    check_number("null", Some(Int(0)));
    check_number("\"twelve\"", None);
    check_number("[]", None);
}

#[test]
fn numbers_that_lose_digits_say_so() {
    let exact = |json: &str| number(&mut Lexer::new(json.as_bytes()), "x").unwrap().1;
    for json in ["9223372036854775808", "\"18446744073709551616\"", "1e21", "0.1", "12"] {
        assert!(exact(json), "{json}");
    }
    for json in ["9223372036854775809", "\"18446744073709551615\"", "-9223372036854775809"] {
        assert!(!exact(json), "{json}");
    }
    let long = r#"{"low":-1,"high":1,"unsigned":false}"#;
    check_number(long, Some(Number::Int(0x1_ffff_ffff)));
    check_number(r#"{"low":1}"#, None);
    check_number(r#"{"low":1,"high":2,"other":3}"#, None);
}

#[test]
fn unsigned_and_narrow_numbers() {
    let wide = |json: &str| time(&mut Lexer::new(json.as_bytes()), "x").ok();
    assert_eq!(wide("\"18446744073709551615\""), Some((u64::MAX, true)));
    assert_eq!(wide("1.7e18"), Some((1_700_000_000_000_000_000, true)));
    assert_eq!(wide("\"\""), Some((0, true)));
    assert_eq!(wide("\"2026-11-23T09:00:00+01:00\""), Some((1_795_420_800_000_000_000, true)));
    // Beyond 64 bits, and with parts of a nanosecond.
    assert_eq!(wide("1795424400123456789000000"), Some((u64::MAX, false)));
    assert_eq!(wide("\"1795424400123456789000000\""), Some((u64::MAX, false)));
    assert_eq!(wide("1e999"), Some((u64::MAX, false)));
    assert_eq!(wide("1.5"), Some((1, false)));
    for none in ["-1", "\"soon\"", "\"NaN\"", "true", "[]"] {
        assert_eq!(wide(none), None, "{none}");
    }
    assert_eq!(u32(&mut Lexer::new(b"\"7\""), "x").ok(), Some(7));
    assert_eq!(u32(&mut Lexer::new(b"4294967296"), "x").ok(), None);
}

#[test]
fn doubles_and_truth() {
    let read = |json: &str| double(&mut Lexer::new(json.as_bytes()), "x").ok().map(|(double, _)| double);
    assert!(read("\"NaN\"").unwrap().is_nan() && read("NaN").unwrap().is_nan());
    assert_eq!(read("\"-Infinity\""), Some(f64::NEG_INFINITY));
    assert_eq!(read("\"0.25\""), Some(0.25));
    assert_eq!(read("\"\""), None);
    assert_eq!(bool(&mut Lexer::new(b"\"true\""), "x").ok(), Some(true));
    let truth = |json: &str| bool(&mut Lexer::new(json.as_bytes()), "x").ok();
    for (json, want) in [("1", true), ("0", false), ("\"TRUE\"", true), ("\"False\"", false), ("null", false)]
    {
        assert_eq!(truth(json), Some(want), "{json}");
    }
    for none in ["2", "\"yes\"", "[]", "{}"] {
        assert_eq!(truth(none), None, "{none}");
    }
}

#[test]
fn severities() {
    let read = |json: &str| severity(&mut Lexer::new(json.as_bytes()), "x").ok();
    assert_eq!(read("9"), Some(9));
    assert_eq!(read("\"17\""), Some(17));
    assert_eq!(read("\"SEVERITY_NUMBER_INFO2\""), Some(10));
    assert_eq!(read("\"FATAL4\""), Some(24));
    assert_eq!(read("\"SEVERITY_NUMBER_UNSPECIFIED\""), Some(0));
    assert_eq!(read("\"Error\""), Some(17));
    assert_eq!(read("\"\""), Some(0));
    assert_eq!(read("null"), Some(0));
    for none in ["\"LOUD\"", "\"INFO5\"", "1.5", "true", "4294967296"] {
        assert_eq!(read(none), None, "{none}");
    }
}

#[test]
fn ids_and_bytes() {
    let id = |json: &str| id::<8>(&mut Lexer::new(json.as_bytes()), "x").ok();
    assert_eq!(id("\"0aFf\""), Some(vec![10, 255]));
    for empty in ["null", "\"\""] {
        assert_eq!(id(empty), Some(vec![]), "{empty}");
    }
    for eight in ["\"0001020304050607\"", "\"AAECAwQFBgc=\"", "[0,1,2,3,4,5,6,7]"] {
        assert_eq!(id(eight), Some((0..8).collect()), "{eight}");
    }
    for none in ["\"0aF\"", "\"zz\"", "5", "[1,2]", "{}"] {
        assert_eq!(id(none), None, "{none}");
    }
    let read = |json: &str| bytes(&mut Lexer::new(json.as_bytes()), "x").ok();
    for spelled in ["\"+/8=\"", "\"-_8\"", "\"-_8=\"", "\"+/8\""] {
        assert_eq!(read(spelled), Some(vec![0xfb, 0xff]), "{spelled}");
    }
    for listed in
        ["[104,105]", r#"{"type":"Buffer","data":[104,105]}"#, r#"{"0":104,"1":105}"#, "\"aG\\nk=\""]
    {
        assert_eq!(read(listed), Some(b"hi".to_vec()), "{listed}");
    }
    for none in ["\"?\"", "[256]", "[-1]", "[1.5]", r#"{"1":1}"#, r#"{"type":"Blob","data":[1]}"#, "7"] {
        assert_eq!(read(none), None, "{none}");
    }
    assert_eq!(read("null"), Some(vec![]));
}
