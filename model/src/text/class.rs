//! What a character is to the cutting of text, by the properties that Unicode gives it.

use icu_properties::props::{
    DefaultIgnorableCodePoint, Emoji, EmojiModifier, ExtendedPictographic, GeneralCategory,
    GeneralCategoryGroup, RegionalIndicator, Script,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// The class of a folded character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Part of a run of Latin letters, ASCII digits and the two marks that hang names together.
    Latin,
    /// A letter or digit of another script whose words are parted by spaces.
    Spaced(Script),
    /// A letter or digit of a script without spaces: a word of its own.
    Spaceless,
    /// A picture: a word of its own.
    Picture,
    /// Belongs to the letter before it.
    Mark,
    /// Part of no word.
    Separator,
}

/// The class of a character that was folded.
pub(super) fn class(c: char) -> Class {
    if c.is_ascii() {
        let latin = c.is_ascii_alphanumeric() || c == '-' || c == '_';
        return if latin { Class::Latin } else { Class::Separator };
    }
    if is_picture(c) {
        return Class::Picture;
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    if GeneralCategoryGroup::Mark.contains(category) {
        return Class::Mark;
    }
    let in_word =
        GeneralCategoryGroup::Letter.contains(category) || GeneralCategoryGroup::Number.contains(category);
    if !in_word || is_apostrophe(c) {
        return Class::Separator;
    }
    match CodePointMapData::<Script>::new().get(c) {
        Script::Latin => Class::Latin,
        // The mark that makes a vowel of kana long is of no script.
        _ if c == '\u{30fc}' => Class::Spaceless,
        script if is_spaceless(script) => Class::Spaceless,
        script => Class::Spaced(script),
    }
}

/// Scripts that put no spaces between words, and Korean, whose particles hang on the word before them.
fn is_spaceless(script: Script) -> bool {
    matches!(
        script,
        Script::Han
            | Script::Hiragana
            | Script::Katakana
            | Script::Bopomofo
            | Script::Hangul
            | Script::Thai
            | Script::Lao
            | Script::Khmer
            | Script::Myanmar
            | Script::Tibetan
            | Script::Yi
            | Script::TaiLe
            | Script::NewTaiLue
            | Script::TaiTham
            | Script::TaiViet
            | Script::Javanese
            | Script::Balinese
    )
}

/// Pictures, which people do search for.
pub(super) fn is_picture(c: char) -> bool {
    if c.is_ascii() {
        return false;
    }
    let dingbat = matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}');
    (dingbat
        || CodePointSetData::new::<ExtendedPictographic>().contains(c)
        || CodePointSetData::new::<Emoji>().contains(c)
        || CodePointSetData::new::<RegionalIndicator>().contains(c))
        && !CodePointSetData::new::<EmojiModifier>().contains(c)
}

/// Letters that are apostrophes to the eye; those that are no letters part words anyway.
pub(super) const fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\u{2b9}'
            ..='\u{2bf}'
                | '\u{2c8}'
                | '\u{2ca}'
                | '\u{2cb}'
                | '\u{55a}'
                | '\u{5f3}'
                | '\u{7f4}'
                | '\u{7f5}'
                | '\u{a78b}'
                | '\u{a78c}'
    )
}

/// The digit of ASCII that a decimal digit of another script stands for.
///
/// Ten digits stand in a row, from a code point on that ends with 0 or 6.
pub(super) fn decimal_digit(c: char) -> Option<char> {
    let is_digit = |c| CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::DecimalNumber;
    if !is_digit(c) {
        return None;
    }
    let (row, place) = (u32::from(c) & !0xf, u32::from(c) & 0xf);
    let zero = if char::from_u32(row).is_some_and(is_digit) { 0 } else { 6 };
    char::from_digit(place.checked_sub(zero)?, 10)
}

/// Dashes of every length and the minus.
pub(super) fn is_dash(c: char) -> bool {
    c == '\u{2212}'
        || c == '\u{2043}'
        || CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::DashPunctuation
}

/// What a reader does not see, or leaves out: format characters, selectors, skin tones, the key around a digit, the
/// line that stretches an Arabic word, vowel points of Arabic and Hebrew.
pub(super) fn is_left_out(c: char) -> bool {
    if c.is_ascii() {
        return false;
    }
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || CodePointSetData::new::<EmojiModifier>().contains(c)
        || CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::Format
        || matches!(c, '\u{20e3}' | '\u{640}')
        || is_vowel_point(c)
}

const fn is_vowel_point(c: char) -> bool {
    matches!(c,
        '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}'
        | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}'
        | '\u{6df}'..='\u{6e4}' | '\u{6e7}' | '\u{6e8}' | '\u{6ea}'..='\u{6ed}' | '\u{898}'..='\u{89f}'
        | '\u{8ca}'..='\u{8e1}' | '\u{8e3}'..='\u{8ff}')
}
