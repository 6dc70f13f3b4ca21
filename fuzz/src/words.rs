//! How texts are cut and folded: what a text shows finds it.

use std::ops::Range;

use steplog_model::event::Event;
use steplog_model::limits::MAX_SEARCH_BYTES;
use steplog_model::query::Expr;
use steplog_model::testing::build::EventBuilder;
use steplog_model::text::{MIN_BEGINNING_CHARS, MIN_IDENTIFIER_CHARS, Token, readable, visit_tokens};
use steplog_query::text::parse;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::search::{check_snippet, quoted};
use crate::{NOW, text};

/// So many words of a text are looked for.
const MOST_WORDS: usize = 12;

pub(crate) fn run(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let event = EventBuilder::new(1, NOW).body(text).build();
    let read = readable(text);
    let read_words = words(&read);
    check_whole(&read, read_words.is_empty(), &event);
    // With what only steers a terminal, where there is anything else.
    if !read_words.is_empty() {
        check_whole(text, words(text).is_empty(), &event);
    }
    check_words(&read, &read_words, &event);
}

/// The words and identifiers of a text as they are folded, and as each stands there; one that shares a character to the
/// eye with another stands nowhere alone.
fn words(shown: &str) -> Vec<(String, Option<&str>)> {
    let (mut words, mut last) = (Vec::<(String, Range<usize>)>::new(), 0);
    visit_tokens(shown, &mut |token, range| {
        let (Token::Word(run) | Token::Identifier(run)) = token;
        assert!(!run.is_empty() && !range.is_empty(), "{shown:?}: {range:?}");
        assert!(last <= range.start, "{shown:?}: {range:?} goes back");
        last = range.start;
        words.push((run.to_owned(), range));
    });
    let apart = |one: Option<&(String, Range<usize>)>, other: &Range<usize>| {
        one.is_none_or(|(_, range)| range.end <= other.start || other.end <= range.start)
    };
    let alone = |(place, (_, range)): (usize, &(String, Range<usize>))| {
        let before = place.checked_sub(1).and_then(|before| words.get(before));
        (apart(before, range) && apart(words.get(place + 1), range)).then(|| &shown[range.clone()])
    };
    let alone: Vec<_> = words.iter().enumerate().map(alone).collect();
    words.into_iter().map(|(run, _)| run).zip(alone).collect()
}

fn check_whole(shown: &str, is_empty: bool, event: &Event) {
    let search = quoted(shown);
    if search.len() <= MAX_SEARCH_BYTES {
        let found = finds(&search, event);
        assert_eq!(found, (!is_empty).then_some(true), "{shown:?} does not find itself");
    }
}

fn check_words(shown: &str, words: &[(String, Option<&str>)], event: &Event) {
    // Some of the beginning and some of the end.
    let places = (0..words.len()).take(MOST_WORDS / 2);
    let places = places.chain(words.len().saturating_sub(MOST_WORDS / 2)..words.len());
    for (run, original) in places.filter_map(|place| words.get(place)) {
        for spelling in [Some(&**run), *original].into_iter().flatten() {
            let search = quoted(spelling);
            if search.len() <= MAX_SEARCH_BYTES {
                assert_eq!(finds(&search, event), Some(true), "{spelling:?} of {shown:?}");
            }
        }
        for cut in [1, 4, 15] {
            // A letter without the marks on it is another one.
            let beginning: String = run.graphemes(true).take(cut).collect();
            if run.len() < MIN_IDENTIFIER_CHARS || cut >= MIN_BEGINNING_CHARS {
                assert_ne!(
                    finds(&format!("{beginning}*"), event),
                    Some(false),
                    "{beginning:?}* of {shown:?}"
                );
            }
        }
    }
}

/// Whether a search finds the event; `None` where it is refused.
fn finds(search: &str, event: &Event) -> Option<bool> {
    parse(search).ok().map(|expr: Expr| {
        check_snippet(&expr, event);
        expr.matches(event)
    })
}
