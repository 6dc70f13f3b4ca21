//! The classes of spellings that are one, and what is cut how.

use proptest::prelude::*;
use proptest::sample::select;
use unicode_normalization::{UnicodeNormalization, is_nfkc};

use super::*;

fn tokens(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    visit_tokens(text, &mut |token, _| {
        found.push(match token {
            Token::Word(word) => word.to_owned(),
            Token::Identifier(run) => format!("#{run}"),
        });
    });
    found
}

#[track_caller]
fn check(text: &str, want: &[&str]) {
    assert_eq!(tokens(text), want, "{text}");
}

/// Spellings that are one, each to be found by each.
const CLASSES: [&[&str]; 31] = [
    // Apostrophes.
    &["don't", "don’t", "don‘t", "donʼt", "don＇t", "don´t", "don`t", "don′t", "donʻt"],
    &["l'ordre", "l’ordre", "L’ORDRE"],
    &["O'Brien", "O’Brien", "oʼbrien"],
    // Dashes.
    &[
        "foo-bar",
        "foo‐bar",
        "foo‑bar",
        "foo–bar",
        "foo—bar",
        "foo−bar",
        "foo－bar",
        "foo﹣bar",
        "foo_bar",
        "foo＿bar",
    ],
    // Spaces.
    &["a b", "a\u{a0}b", "a\u{202f}b", "a\u{3000}b", "a\u{2009}b", "a\tb", "a\u{2028}b"],
    // What nobody sees.
    &[
        "payment",
        "pay\u{ad}ment",
        "pay\u{200b}ment",
        "pay\u{2060}ment",
        "\u{feff}payment",
        "\u{200e}payment\u{202c}",
    ],
    &["می\u{200c}خواهم", "میخواهم"],
    // Digits.
    &["4711", "٤٧١١", "۴۷۱۱", "४७११", "৪৭১১", "๔๗๑๑", "４７１１"],
    // What many leave out, and what capitals do not have.
    &["ёлка", "елка", "Ёлка", "ЕЛКА"],
    &["οδός", "ΟΔΟΣ", "οδοσ", "Οδός", "ΟΔΌΣ"],
    // Moments.
    &["2026-11-29T10:20:30Z", "2026-11-29 10:20:30 Z", "2026-11-29t10:20:30z"],
    &["2026-11-29T1", "2026 11 29 1"],
    // Width.
    &["ABC123", "ＡＢＣ１２３", "abc123", "𝐀𝐁𝐂𝟏𝟐𝟑"],
    &["メッセージ", "ﾒｯｾｰｼﾞ"],
    &["ﬁne", "fine"],
    &["12:30", "１２：３０"],
    // Case.
    &["ibrahim", "İbrahim", "Ibrahim", "I\u{307}brahim", "ıbrahim", "IBRAHIM"],
    &["iptal", "İPTAL"],
    &["straße", "STRASSE", "strasse", "STRAẞE"],
    &["ΟΔΥΣΣΕΥΣ", "οδυσσευς", "οδυσσευσ"],
    &["Größe", "GRÖSSE", "gro\u{308}ße"],
    &["ΩΜΕΓΑ", "ωμεγα", "Ωμεγα"],
    &["ЗАКАЗ", "заказ"],
    // Pictures.
    &["❤️", "❤", "❤\u{fe0e}"],
    &["👍🏽", "👍", "👍🏿"],
    &["1️⃣", "1"],
    // Vowel points and the line that stretches a word.
    &["مُحَمَّد", "محمد", "محـــمد"],
    &["שָׁלוֹם", "שלום"],
    // Composed or not.
    &["étude", "e\u{301}tude", "ÉTUDE"],
    &["주문", "\u{110c}\u{116e}\u{1106}\u{116e}\u{11ab}"],
    &["ﷺ", "صلى الله عليه وسلم"],
];

#[test]
fn spellings_of_a_class_are_one() {
    for class in CLASSES {
        let first = tokens(class[0]);
        assert!(!first.is_empty(), "{class:?}");
        for spelling in class {
            assert_eq!(tokens(spelling), first, "{spelling:?} and {:?}", class[0]);
            // In a phrase too, whatever stands around it.
            let phrase = |word: &str| tokens(&format!("the “{word}”, end"));
            assert_eq!(phrase(spelling), phrase(class[0]), "{spelling:?}");
        }
    }
}

/// A beginning of a word is a beginning of its folded form, wherever it is cut.
#[test]
fn folded_beginnings_begin_folded_words() {
    for word in ["İbrahim", "STRAẞE", "straße", "ΟΔΥΣΣΕΥΣ", "Größe", "ＡＢＣ", "ﬁne", "payment"]
    {
        let whole = tokens(word).concat();
        for (at, _) in word.char_indices().skip(1) {
            let beginning = tokens(&word[..at]).concat();
            assert!(whole.starts_with(&beginning), "{beginning} of {whole}");
        }
    }
}

#[test]
fn words_of_any_script() {
    check("Hello, World_wide-web 3.14", &["hello", "world", "wide", "web", "3", "14"]);
    check("GRÜSSE an Åsa", &["grüsse", "an", "åsa"]);
    check("订单失败", &["订", "单", "失", "败"]);
    check("エラーメッセージが", &["エ", "ラ", "ー", "メ", "ッ", "セ", "ー", "ジ", "が"]);
    check("주문이 실패", &["주", "문", "이", "실", "패"]);
    check("สั่งซื้อ", &["สั่", "ง", "ซื้", "อ"]);
    check("заказ отменён", &["заказ", "отменен"]);
    check("заказ123 订单A1", &["заказ", "123", "订", "单", "a1"]);
    check("done ✅ 👩‍💻 🇩🇪", &["done", "✅", "👩", "💻", "🇩", "🇪"]);
    check("Steplog™ m² H₂O 10½", &["steplog", "™", "m2", "h2o", "10", "1", "2"]);
    check("हिन्दी भाषा", &["हिन्दी", "भाषा"]);
    check("", &[]);
    check("--__..“”…", &[]);
}

#[test]
fn moments_fall_into_day_and_time() {
    check("2026-11-29T10:20:30.123Z", &["2026", "11", "29", "10", "20", "30", "123", "z"]);
    check("x_2026-11-29T10:20:30+01:00", &["x", "2026", "11", "29", "10", "20", "30", "01", "00"]);
    // Nothing else that looks a little like one.
    check(
        "29T10 11-29T10 2026-11-29T100 2026-11-29x10",
        &["29t10", "11", "29t10", "2026", "11", "29t100", "2026", "11", "29x10"],
    );
    check("3ds 4xz 1234567890z", &["3ds", "4xz", "1234567890z"]);
}

#[test]
fn names_fall_into_their_parts() {
    check("checkout-v2-step-3-retry", &["checkout", "v2", "step", "3", "retry"]);
    check("payment_method_3ds_v2_failed", &["payment", "method", "3ds", "v2", "failed"]);
    check("abandoned_cart_48h_email_2", &["abandoned", "cart", "48h", "email", "2"]);
    check("job-2026-11-29-0001.log", &["job", "2026", "11", "29", "0001", "log"]);
    check("checkout-7d9f8b6c5-x2x4z", &["checkout", "7d9f8b6c5", "x2x4z"]);
    check("InternalServerErrorException2", &["internalservererrorexception2"]);
    check("cust-12345", &["cust", "12345"]);
}

const UUID: &str = "550e8400-e29b-41d4-a716-446655440001";

#[test]
fn identifiers_stay_whole() {
    let id = format!("#{UUID}");
    check("order 550E8400-e29b-41d4-a716-446655440001!", &["order", &id]);
    check(&format!("user_{UUID}"), &["user", &id]);
    check(&format!("order-{UUID}-retry_2"), &["order", &id, "retry", "2"]);
    check(&format!("订单{UUID}失败"), &["订", "单", &id, "失", "败"]);
    check(&format!("заказ{UUID}"), &["заказ", &id]);
    check(&UUID.replace('-', "\u{2011}"), &[&id]);
    check("deadbeef00112233", &["#deadbeef00112233"]);
    check("abcdefabcdefabcdef", &["abcdefabcdefabcdef"]);
    check("a1B2c3d4e5F6g7h8i9J0", &["#a1b2c3d4e5f6g7h8i9j0"]);
    check(&"x".repeat(65), &[&format!("#{}", "x".repeat(65))]);
}

#[test]
fn a_uuid_is_one_with_and_without_hyphens() {
    let digits = UUID.replace('-', "");
    assert_eq!(spellings(UUID), [digits.clone(), UUID.to_owned()]);
    assert_eq!(spellings(&digits), [digits.clone(), UUID.to_owned()]);
    assert_eq!(spellings("deadbeef00112233"), ["deadbeef00112233"]);
    assert_eq!((beginning(UUID), beginning(&digits)), (digits[..15].into(), digits[..15].into()));
}

/// Whether a character is neither a letter nor a digit, nor another shape of one such as `ⓐ`.
fn is_no_letter(c: char) -> bool {
    let folded: Vec<char> = std::iter::once(c).nfkc().collect();
    let is_shape = matches!(folded[..], [one] if one.is_alphanumeric());
    class(c) == Class::Separator && !c.is_alphanumeric() && !is_shape
}

/// Characters that are neither letters nor digits in any alphabet that hangs words together, and letters of some that
/// do not.
fn neighbour() -> impl Strategy<Value = String> {
    let odd = select(vec![
        "",
        " ",
        "\u{a0}",
        "“",
        "”",
        "「",
        "」",
        "：",
        "…",
        "，",
        "’",
        "'",
        "\u{200b}",
        "\u{feff}",
        "订",
        "单",
        "か",
        "ー",
        "ก็",
        "주",
        "заказ",
        "🙂",
        "👍🏽",
        "-",
        "_",
        "=",
        "#",
        "½ ",
        "—",
        "\u{1b}",
        "\n",
        "مرحبا",
    ]);
    let any = any::<char>().prop_filter("a mark of no word", |c| is_no_letter(*c));
    prop_oneof![odd.prop_map(str::to_owned), any.prop_map(String::from)]
}

/// Each sign that is folded to letters or digits: `㍘` to `0点`, `㎏` to `kg`.
#[test]
fn signs_that_are_folded_to_letters_are_no_part_of_an_identifier() {
    let signs = ('\u{80}'..=char::MAX).filter(|c| !is_nfkc(c.encode_utf8(&mut [0; 4])));
    let mut count = 0;
    for sign in signs.filter(|c| is_no_letter(*c)) {
        count += 1;
        let found = tokens(&format!("{sign}{UUID}{sign}"));
        assert!(found.contains(&format!("#{UUID}")), "{sign:?}: {found:?}");
    }
    assert!(count > 500, "{count} signs");
    check("5㎏, ㏂, 20℃", &["5", "kg", "a", "m", "20", "c"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn an_identifier_is_one_whatever_stands_beside_it(
        before in neighbour(),
        after in neighbour(),
        id in select(vec![UUID, "deadbeef00112233", "0000000000000000000000000000002a", "a1b2c3d4e5f6g7h8i9j0"]),
        upper in any::<bool>(),
    ) {
        let written = if upper { id.to_uppercase() } else { id.to_owned() };
        let found = tokens(&format!("{before}{written}{after}"));
        prop_assert!(found.contains(&format!("#{id}")), "{found:?}");
    }

    #[test]
    fn ranges_point_at_the_words(text in "(\\PC|\\pC|[a-f0-9-]){0,60}") {
        let mut start = 0;
        visit_tokens(&text, &mut |_, range| {
            assert!(range.start >= start && text.get(range.clone()).is_some_and(|slice| !slice.is_empty()));
            start = range.start;
        });
    }

    /// What was cut and folded is cut and folded to itself; so what a search was read as can be shown and typed again.
    #[test]
    fn folding_is_stable(text in "(\\PC|[a-zA-ZİıßẞΣςǰᾳᾴㅋㅏ가́̇ﾞ½㎏Ⅳ]){0,40}") {
        visit_tokens(&text, &mut |token, _| {
            let Token::Word(word) = token else { return };
            assert_eq!(tokens(word), [word], "{word:?} of {text:?}");
        });
    }

    /// Case counts nowhere: the text in capitals, or in small letters, has the same tokens.
    #[test]
    fn case_does_not_count(text in "([a-zA-Z0-9_-]|[àßıİΣσςжЖǅﬁ]){0,40}") {
        let whole = tokens(&text);
        prop_assert_eq!(&tokens(&text.to_uppercase()), &whole);
        prop_assert_eq!(&tokens(&text.to_lowercase()), &whole);
    }
}
