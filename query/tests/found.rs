//! What is shown of an event can be pasted, or typed in part, into the search box and finds the event.

use proptest::prelude::*;
use steplog_model::column::Column;
use steplog_model::content::{ENDING_COLUMNS, MAX_ENDING_CHARS, MIN_ENDING_CHARS};
use steplog_model::event::Event;
use steplog_model::record::LogRecordRef;
use steplog_model::record::leaves::visit_leaves;
use steplog_model::testing::arbitrary::event;
use steplog_model::testing::build::EventBuilder;
use steplog_model::text::{MIN_BEGINNING_CHARS, MIN_IDENTIFIER_CHARS, Token, readable, visit_tokens};
use steplog_model::time::UnixNanos;
use steplog_query::text::parse;

/// The values of body, attributes of the record and columns, as the details show them.
fn shown(event: &Event) -> Vec<String> {
    let record = LogRecordRef::new(&event.record);
    let mut found: Vec<String> = event.cells.iter().map(|cell| cell.value.to_string()).collect();
    let mut scratch = String::new();
    for value in record.body_value().into_iter().chain(record.attributes().map(|(_, value)| value)) {
        visit_leaves(&mut String::new(), value, &mut |_, leaf| {
            found.extend(leaf.scalar_text(&mut scratch).map(str::to_owned));
            true
        });
    }
    found
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether a search finds the event; `None` where the search is refused, with a reason.
fn finds(search: &str, event: &Event) -> Option<bool> {
    match parse(search) {
        Ok(expr) => Some(expr.matches(event)),
        Err(errors) => {
            assert!(errors.iter().all(|error| !error.hint.is_empty()), "{search:?}");
            None
        }
    }
}

fn has_tokens(text: &str) -> bool {
    let mut any = false;
    visit_tokens(text, &mut |_, _| any = true);
    any
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_value_is_found_as_it_is_shown(event in event()) {
        for value in shown(&event) {
            for text in [value.clone(), readable(&value).into_owned()] {
                let want = has_tokens(&text).then_some(true);
                prop_assert_eq!(finds(&quoted(&text), &event), want, "{:?}", text);
            }
        }
    }

    #[test]
    fn any_word_and_any_beginning_is_found(event in event(), cut in 1_usize..20) {
        // Trace and span ids are found as a whole only.
        let mut event = event;
        event.cells.retain(|cell| !matches!(cell.column, Column::TraceId | Column::SpanId));
        for value in shown(&event) {
            let text = readable(&value).into_owned();
            let mut pieces = Vec::new();
            visit_tokens(&text, &mut |token, range| {
                let (Token::Word(run) | Token::Identifier(run)) = token;
                pieces.push((run.to_owned(), text[range].to_owned()));
            });
            for (run, original) in pieces {
                for spelling in [&run, &original] {
                    prop_assert_eq!(finds(&quoted(spelling), &event), Some(true), "{:?} of {:?}", spelling, text);
                }
                // Two letters begin nearly every identifier: few letters mean words alone.
                let beginning: String = run.chars().take(cut).collect();
                if run.len() < MIN_IDENTIFIER_CHARS || cut >= MIN_BEGINNING_CHARS {
                    let found = finds(&format!("{beginning}*"), &event);
                    prop_assert_ne!(found, Some(false), "{:?}* of {:?}", beginning, text);
                }
            }
        }
    }

    #[test]
    fn what_is_copied_with_its_marks_shown_is_found(text in "[a-z \u{202a}-\u{202e}\u{2066}-\u{2069}]{1,24}") {
        let event = EventBuilder::new(1, UnixNanos(0)).body(&text).build();
        let is_shown = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let shown = text.replace(is_shown, "\u{fffd}");
        let want = has_tokens(&text).then_some(true);
        prop_assert_eq!(finds(&quoted(&shown), &event), want, "{:?}", text);
        for word in text.split(' ').filter(|word| has_tokens(word)) {
            let word = word.trim_matches(is_shown).replace(is_shown, "\u{fffd}");
            prop_assert_eq!(finds(&word, &event), Some(true), "{:?} of {:?}", word, text);
            prop_assert_ne!(finds(&format!("{word}*"), &event), Some(false), "{:?}* of {:?}", word, text);
        }
    }

    #[test]
    fn the_end_of_an_id_finds_it(event in event(), length in MIN_ENDING_CHARS..=MAX_ENDING_CHARS) {
        for column in ENDING_COLUMNS {
            let Some(value) = event.value(column) else { continue };
            let chars: Vec<char> = value.chars().collect();
            let ending: String = chars[chars.len().saturating_sub(length)..].iter().collect();
            let want = (ending.chars().count() >= MIN_ENDING_CHARS).then_some(true);
            prop_assert_eq!(finds(&format!("{}:*{}", column.name(), ending.replace(' ', "\\ ")), &event), want);
        }
    }
}

#[test]
fn what_senders_write_is_found() {
    let event = |body: &str| EventBuilder::new(1, UnixNanos(0)).body(body).build();
    let found =
        |body: &str, search: &str| assert_eq!(finds(search, &event(body)), Some(true), "{search} in {body}");
    found("We don’t ship there", "don't");
    found("l'ordre de Mme O’Brien", "ordre brien");
    found("\u{130}brahim", "ibrahim");
    found("ＡＢＣ１２３", "abc123");
    found("I ❤️ it", "❤");
    found("エラーメッセージが表示", "メッセージ");
    found("주문이 실패", "주문");
    found("\u{1b}[32mDEBUGGING\u{1b}[0;39m refund", "debugging");
    found(r#"{"text":"Gr\u00fc\u00dfe","more":"first\nsecond"}"#, "Grüße second");
    found(r#"{"text":"Gr\u00fc\u00dfe"}"#, r"Gr\u00fc\u00dfe");
    found("failed at checkout-v2-step-3-retry", "checkout");
    found("failed at checkout-v2-step-3-retry", "checkout-v2-step-3-retry");
    found("abandoned_cart_48h_email_2", "48h email");
    found("user_550e8400-e29b-41d4-a716-446655440001 left", "550e8400-e29b-41d4-a716-446655440001");
    found("user_550e8400-e29b-41d4-a716-446655440001 left", "550E8400E29B41D4A716446655440001");
    found("id 550e8400e29b41d4a716446655440001", "550e8400-e29b-41d4-a716-446655440001");
    found("订单550e8400-e29b-41d4-a716-446655440011失败", "“550e8400-e29b-41d4-a716-446655440011”");
    found("at 12:00:30Z", "30z*");
    found("part 30ZB of it", "30z*");
    found("part ab 30ZB of it", "ab 30z*");
    found("2026-11-29T10ab", "2026-11-29t10*");
    found("2026-11-29T10:15", "2026-11-29t10*");
    found("commit deadbeef0011223344", "deadbeef*");
    found("id 550e8400-e29b-41d4-a716-446655440001", "550e8400-e29*");
    found(r"login of ACME\jdoe failed", r"ACME\jdoe");
    found(r"C:\temp\new.txt", "\"C:\\temp\\new.txt\"");
    found(
        "mail a+b@example.com 1,234.56 10.0.0.1 v1.2.3 [TIMEOUT-5] 12:30 #tag",
        "a+b@example.com 1,234.56 [TIMEOUT-5]",
    );
}
