//! The words around a hit, for a row under a search text.

use std::ops::Range;

use serde::Serialize;
use steplog_model::content::{has_beginning, has_identifier_beginning, visit_texts};
use steplog_model::event::Event;
use steplog_model::query::{Expr, Phrase};
use steplog_model::text::{Token, spellings, visit_tokens};

/// How many characters of a snippet come before its first hit.
const BEFORE_CHARS: usize = 48;
/// The most characters of a snippet, the marks of omission left out.
const MOST_CHARS: usize = 200;
/// The most hits that are marked in one snippet.
const MOST_HITS: usize = 32;

/// A part of one of the event's texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Snippet {
    /// The text; `…` stands where it was cut, a space for each control character.
    pub(crate) text: String,
    /// Beginning and end of each hit in it, in characters (Unicode code points) from 0, in order.
    pub(crate) hits: Vec<[usize; 2]>,
}

/// What a search text looks for in texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    phrases: Vec<Phrase>,
    prefixes: Vec<String>,
    /// Words with a beginning behind them.
    begun: Vec<(Phrase, String)>,
}

impl Marks {
    /// The words, phrases and prefixes that a search text does not exclude; `None` if there are none.
    pub(crate) fn of(expr: &Expr) -> Option<Self> {
        let mut marks = Self::default();
        marks.gather(expr);
        let none = marks.phrases.is_empty() && marks.prefixes.is_empty() && marks.begun.is_empty();
        (!none).then_some(marks)
    }

    fn gather(&mut self, expr: &Expr) {
        match expr {
            Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| self.gather(part)),
            Expr::Phrase(phrase) => self.phrases.push(phrase.clone()),
            Expr::Prefix(prefix) => self.prefixes.push(prefix.clone()),
            Expr::Begun(phrase, start) => self.begun.push((phrase.clone(), start.clone())),
            Expr::Not(_) | Expr::Column(..) | Expr::Attribute(..) | Expr::Has(_) | Expr::Ending(..) => {}
        }
    }

    /// The part of the event's texts in which most of the marks are hit; `None` where none is, as
    /// for identifiers in columns.
    pub(crate) fn snippet(&self, event: &Event) -> Option<Snippet> {
        let mut best: Option<(usize, Snippet)> = None;
        visit_texts(event, &mut |text| {
            let (marks, hits) = self.hits(text);
            if marks > best.as_ref().map_or(0, |(most, _)| *most) {
                best = Some((marks, cut(text, &hits)));
            }
        });
        best.map(|(_, snippet)| snippet)
    }

    /// How many of the marks the text has, and where, in bytes, in order and apart.
    fn hits(&self, text: &str) -> (usize, Vec<Range<usize>>) {
        let (mut words, mut identifiers) = (Vec::new(), Vec::new());
        visit_tokens(text, &mut |token, range| match token {
            Token::Word(word) => words.push((word.to_owned(), range)),
            Token::Identifier(run) => identifiers.push((run.to_owned(), range)),
        });
        let mut hits: Vec<Range<usize>> = Vec::new();
        let mut marks = 0;
        for phrase in &self.phrases {
            let before = hits.len();
            let length = phrase.words.len();
            if length > 0 {
                for window in words.windows(length) {
                    let same = window.iter().zip(&phrase.words).all(|((word, _), want)| word == want);
                    if let (true, [(_, first), ..], [.., (_, last)]) = (same, window, window) {
                        hits.push(first.start..last.end);
                    }
                }
            }
            let ids: Vec<String> = phrase.identifiers.iter().flat_map(|id| spellings(id)).collect();
            let wanted = identifiers.iter().filter(|(run, _)| ids.contains(run));
            hits.extend(wanted.map(|(_, range)| range.clone()));
            marks += usize::from(hits.len() > before);
        }
        for prefix in &self.prefixes {
            let before = hits.len();
            let wanted = words.iter().chain(&identifiers).filter(|(run, _)| has_beginning(run, prefix));
            hits.extend(wanted.map(|(_, range)| range.clone()));
            marks += usize::from(hits.len() > before);
        }
        for (phrase, start) in &self.begun {
            let before = hits.len();
            for window in words.windows(phrase.words.len() + 1) {
                let Some(((last, end), head)) = window.split_last() else { continue };
                let same = head.iter().zip(&phrase.words).all(|((word, _), want)| word == want);
                if same && last.starts_with(start) {
                    hits.push(head.first().map_or(end.start, |(_, first)| first.start)..end.end);
                }
            }
            let begun = identifiers.iter().filter(|(run, _)| has_identifier_beginning(run, start));
            hits.extend(begun.map(|(_, range)| range.clone()));
            marks += usize::from(hits.len() > before);
        }
        (marks, joined(hits))
    }
}

/// Ranges in order, those that overlap made one.
fn joined(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match apart.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

/// The part of the text around its first hit.
fn cut(text: &str, hits: &[Range<usize>]) -> Snippet {
    let first = hits.first().map_or(0, |hit| hit.start);
    let start = text[..first].char_indices().rev().take(BEFORE_CHARS).last().map_or(first, |(at, _)| at);
    let start = whole_word(text, start, first);
    let end = text[start..].char_indices().nth(MOST_CHARS).map_or(text.len(), |(at, _)| start + at);
    let mut snippet = Snippet { text: String::new(), hits: Vec::new() };
    if start > 0 {
        snippet.text.push('…');
    }
    let offset = usize::from(start > 0);
    snippet.text.extend(text[start..end].chars().map(|c| if c.is_control() { ' ' } else { c }));
    if end < text.len() {
        snippet.text.push('…');
    }
    let place = |at: usize| offset + text[start..at.clamp(start, end)].chars().count();
    let within = hits.iter().filter(|hit| hit.start < end).take(MOST_HITS);
    snippet.hits = within.map(|hit| [place(hit.start), place(hit.end)]).collect();
    snippet
}

/// `start`, moved behind the next space before the hit so that no word is cut, if there is one.
fn whole_word(text: &str, start: usize, hit: usize) -> usize {
    if start == 0 {
        return 0;
    }
    let space = text[start..hit].char_indices().find(|(_, c)| c.is_whitespace());
    space.map_or(start, |(at, space)| start + at + space.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use steplog_model::testing::build::EventBuilder;
    use steplog_model::time::UnixNanos;

    /// The snippet with its hits in brackets.
    fn shown(search: &str, text: &str) -> Option<String> {
        let expr = crate::text::parse(search).unwrap();
        let event = EventBuilder::new(1, UnixNanos(0)).body(text).build();
        let snippet = Marks::of(&expr)?.snippet(&event)?;
        let mut out = String::new();
        for (place, c) in snippet.text.chars().enumerate() {
            out.extend(snippet.hits.iter().filter(|hit| hit[0] == place).map(|_| '['));
            out.push(c);
            out.extend(snippet.hits.iter().filter(|hit| hit[1] == place + 1).map(|_| ']'));
        }
        Some(out)
    }

    #[test]
    fn hits_are_marked_in_characters() {
        let check = |search, text, want: &str| assert_eq!(shown(search, text).as_deref(), Some(want));
        check("card", "Card refused: CARD expired", "[Card] refused: [CARD] expired");
        check("\"card expired\"", "a card; card expired", "a card; [card expired]");
        check("refus* -absent", "It was refused, a refusal.", "It was [refused], a [refusal].");
        check("заказ", "订单 😀 заказ\nотменён", "订单 😀 [заказ] отменён");
        check("étude", "une e\u{301}tude", "une [e\u{301}tude]");
        check("DEADBEEF00112233", "id deadbeef00112233.", "id [deadbeef00112233].");
        check("checkout-v2-re*", "at checkout-v2-retry, checkout-v2", "at [checkout-v2-retry], checkout-v2");
        check("deadb*", "id deadbeef00112233.", "id [deadbeef00112233].");
        check(
            "550e8400e29b41d4a716446655440001",
            "“550e8400-e29b-41d4-a716-446655440001”",
            "“[550e8400-e29b-41d4-a716-446655440001]”",
        );
        check("メッセージ", "エラーメッセージが", "エラー[メッセージ]が");
        check("don't grüße", "we don’t {\"say\":\"Gr\\u00fc\\u00dfe\"}", "we [don’t] {\"say\":\"[Grüße]\"}");
        check("debugging", "\u{1b}[32mDEBUGGING\u{1b}[0m on", "[DEBUGGING] on");
        assert_eq!(shown("-card", "Card refused"), None);
        assert_eq!(shown("status:failure", "Card refused"), None);
        assert_eq!(shown("other", "Card refused"), None);
    }

    #[test]
    fn long_texts_are_cut_around_the_first_hit() {
        let text = format!("{}needle {}needle", "före ".repeat(100), "efter ".repeat(100));
        let found = shown("needle", &text).unwrap();
        assert!(found.starts_with("…före ") && found.ends_with('…'), "{found}");
        assert!(found.contains(" [needle] efter"), "{found}");
        assert_eq!(found.chars().count(), MOST_CHARS + "…[]…".chars().count());
        let no_spaces = format!("{}needle", "é-".repeat(300));
        assert!(shown("needle", &no_spaces).unwrap().ends_with("[needle]"));
    }

    proptest! {
        #[test]
        fn offsets_lie_in_the_text(text in "(ab |a\u{301}|😀|\\PC){0,300}") {
            let expr = crate::text::parse("a* OR ab OR b*").unwrap();
            let event = EventBuilder::new(1, UnixNanos(0)).body(&text).build();
            if let Some(snippet) = Marks::of(&expr).unwrap().snippet(&event) {
                let length = snippet.text.chars().count();
                let mut end = 0;
                for hit in &snippet.hits {
                    prop_assert!(end <= hit[0] && hit[0] < hit[1] && hit[1] <= length, "{snippet:?}");
                    end = hit[1];
                }
                prop_assert!(!snippet.hits.is_empty());
            }
        }
    }
}
