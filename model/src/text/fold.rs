//! Folding: spellings that a reader takes for one, or that a keyboard cannot type, become one text.

use std::ops::Range;

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
use unicode_normalization::{UnicodeNormalization, is_nfkc};
use unicode_segmentation::UnicodeSegmentation;

use super::class::{decimal_digit, is_dash, is_left_out, is_picture};

/// How often a text is folded at most until folding changes nothing more. Two passes are the most that was seen.
const MOST_PASSES: usize = 4;

/// The mark between the numbers of a fraction such as `½`.
const FRACTION: char = '\u{2044}';

/// A folded text, and from where in the original its pieces come.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub(super) text: String,
    /// Where a piece begins in `text`, and its range in the original; in order.
    pieces: Vec<(usize, Range<usize>)>,
}

impl Folded {
    /// `original`, folded piece by piece.
    pub(super) fn new(original: &str) -> Self {
        let mut folded = Self::once(original);
        let mut passes = 1;
        // Pieces that were apart can join: two Korean letters of the kind that stands alone make a syllable.
        while passes < MOST_PASSES && !is_nfkc(&folded.text) {
            let again = Self::once(&folded.text);
            folded = again.of(&folded);
            passes += 1;
        }
        folded
    }

    fn once(original: &str) -> Self {
        let mut folded = Self::default();
        for (start, cluster) in original.grapheme_indices(true) {
            folded.pieces.push((folded.text.len(), start..start + cluster.len()));
            fold_cluster(cluster, &mut folded.text);
        }
        folded
    }

    /// This text, with the ranges of the one that it was folded from.
    fn of(self, before: &Self) -> Self {
        let pieces = self.pieces.into_iter().map(|(start, range)| (start, before.original(range)));
        Self { text: self.text, pieces: pieces.collect() }
    }

    /// The range of the original that a range of the folded text comes from.
    pub(super) fn original(&self, range: Range<usize>) -> Range<usize> {
        let piece_of = |at: usize| {
            let after = self.pieces.partition_point(|(start, _)| *start <= at);
            after.checked_sub(1).and_then(|place| self.pieces.get(place)).map(|(_, range)| range.clone())
        };
        let first = piece_of(range.start).unwrap_or_default();
        let last = piece_of(range.end.saturating_sub(1).max(range.start)).unwrap_or_default();
        first.start..last.end.max(first.end)
    }
}

/// Appends what one character to the eye is folded to; often nothing or itself, sometimes several.
fn fold_cluster(cluster: &str, out: &mut String) {
    let Some(first) = cluster.chars().next() else { return };
    // Before anything else: the normal form of some pictures is letters.
    if is_picture(first) {
        out.extend(cluster.chars().filter(|c| is_picture(*c)));
        return;
    }
    let mut text = cluster.to_owned();
    if stands_apart(first, cluster) {
        text = format!(" {text} ");
    }
    for _ in 0..MOST_PASSES {
        let next = fold_once(&text);
        if next == text {
            break;
        }
        text = next;
    }
    out.push_str(&text);
}

/// Whether what a character is folded to is no part of the word beside it: ten and a half is not a hundred and one
/// halves, and the sign `㍘`, which is folded to `0点`, makes no identifier longer.
fn stands_apart(first: char, cluster: &str) -> bool {
    let is_symbol =
        GeneralCategoryGroup::Symbol.contains(CodePointMapData::<GeneralCategory>::new().get(first));
    cluster.nfkc().any(|c| c == FRACTION) || is_symbol && std::iter::once(first).nfkc().nth(1).is_some()
}

fn fold_once(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkc().filter(|c| !is_left_out(*c)) {
        match c {
            // What Turkish writes on a capital I: the letter without it is the same word.
            '\u{307}' if folded.ends_with('i') => {}
            _ if is_dash(c) => folded.push('-'),
            _ => push_case_folded(c, &mut folded),
        }
    }
    folded.nfkc().map(bare).collect()
}

/// A letter or digit as people type it: digits of every script as those of ASCII, Greek without the stress that its
/// capitals do not have, `ё` as `е`, which most Russian texts write for it.
fn bare(c: char) -> char {
    match c {
        _ if c.is_ascii() => c,
        'ά' => 'α',
        'έ' => 'ε',
        'ή' => 'η',
        'ί' => 'ι',
        'ό' => 'ο',
        'ύ' => 'υ',
        'ώ' => 'ω',
        'ΐ' => 'ϊ',
        'ΰ' => 'ϋ',
        'ё' => 'е',
        _ => decimal_digit(c).unwrap_or(c),
    }
}

/// Appends the full case folding of a character (Unicode, section 3.13): `ß` as `ss`, every sigma as `σ`; and the
/// Turkish `ı` as `i`, since both are the small letter of a capital `I`.
fn push_case_folded(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    for lower in c.to_lowercase() {
        for upper in lower.to_uppercase() {
            for folded in upper.to_lowercase() {
                // A dot above that İ brings along.
                if folded != '\u{307}' || !out.ends_with('i') {
                    out.push(folded);
                }
            }
        }
    }
}
