//! Parses lexemes. It notes every problem and goes on, so that all are reported at once.

use steplog_model::limits;
use steplog_model::query::Expr;

use super::TextError;
use super::lexer::{Lexed, Lexeme};
use super::term::{phrase, term};

/// Parses lexemes whose parentheses do not nest too deep. Meaningful only if `errors` stay empty.
pub(super) fn parse(lexemes: &[Lexed], end: usize, errors: &mut Vec<TextError>) -> Expr {
    let mut parser = Parser { lexemes, place: 0, end, terms: 0, errors };
    let expr = parser.search();
    while parser.take(&Lexeme::Close) {
        let position = parser.previous_position();
        parser.error(position, "no parenthesis is open here", "take it away, or put it in quotes");
        parser.search();
    }
    if parser.terms > limits::MAX_CLAUSES {
        let problem = format!("the search has more than {} parts", limits::MAX_CLAUSES);
        parser.error(0, &problem, "search for less at once");
    }
    if parser.errors.is_empty() && asks_nothing(&expr) {
        let hint = "a search looks at letters and digits; leave it away to see every event";
        parser.error(0, "there is nothing to search for", hint);
    }
    expr
}

/// Stands for a part with a problem that is noted already, so that no second one follows from it.
const UNREAD: Expr = Expr::Or(Vec::new());

struct Parser<'a> {
    lexemes: &'a [Lexed],
    place: usize,
    end: usize,
    terms: usize,
    errors: &'a mut Vec<TextError>,
}

impl<'a> Parser<'a> {
    fn error(&mut self, position: usize, problem: &str, hint: &str) {
        self.errors.push(TextError::new(position, problem, hint));
    }

    fn peek(&self) -> Option<&'a Lexeme> {
        self.lexemes.get(self.place).map(|lexed| &lexed.lexeme)
    }

    fn position(&self) -> usize {
        self.lexemes.get(self.place).map_or(self.end, |lexed| lexed.position)
    }

    fn previous_position(&self) -> usize {
        let previous = self.place.checked_sub(1).and_then(|place| self.lexemes.get(place));
        previous.map_or(0, |lexed| lexed.position)
    }

    fn take(&mut self, lexeme: &Lexeme) -> bool {
        let taken = self.peek() == Some(lexeme);
        self.place += usize::from(taken);
        taken
    }

    /// Up to the end or a closing parenthesis, which stays.
    fn search(&mut self) -> Expr {
        let mut parts = Vec::new();
        loop {
            let position = self.position();
            let part = self.all();
            let or = self.position();
            let another = self.take(&Lexeme::Or);
            match part {
                Some(part) => parts.push((position, part)),
                None if another => self.lonely_operator(or, "OR"),
                None if !parts.is_empty() => {
                    let before = self.previous_position();
                    self.lonely_operator(before, "OR");
                }
                None => {}
            }
            if !another {
                break;
            }
        }
        if parts.len() > 1 {
            for (position, part) in &parts {
                if asks_nothing(part) {
                    self.nothing_searchable(*position);
                }
            }
        }
        unwrap_single(parts.into_iter().map(|(_, part)| part).collect(), Expr::Or)
    }

    fn lonely_operator(&mut self, position: usize, operator: &str) {
        let hint = format!("add what is missing, or write \\{operator} for the word itself");
        self.error(position, &format!("{operator} needs something on both sides"), &hint);
    }

    fn nothing_searchable(&mut self, position: usize) {
        let hint = "a search looks at letters and digits; take it away";
        self.error(position, "there is no letter or digit here", hint);
    }

    /// Parts side by side; `None` where there is none at all.
    fn all(&mut self) -> Option<Expr> {
        let mut parts = Vec::new();
        let mut any = false;
        loop {
            let position = self.position();
            match self.peek() {
                None | Some(Lexeme::Close | Lexeme::Or) => break,
                Some(Lexeme::And) => {
                    self.place += 1;
                    let before_nothing = matches!(self.peek(), None | Some(Lexeme::Close | Lexeme::Or));
                    if !any || before_nothing || self.peek() == Some(&Lexeme::And) {
                        self.lonely_operator(position, "AND");
                    }
                }
                Some(_) => {
                    any = true;
                    parts.push(self.part());
                }
            }
        }
        parts.retain(|part| !asks_nothing(part));
        any.then(|| unwrap_single(parts, Expr::And))
    }

    fn part(&mut self) -> Expr {
        let start = self.position();
        let mut excluded = false;
        // A loop and no recursion: a text may begin with thousands of them.
        while self.take(&Lexeme::Not) {
            excluded = !excluded;
        }
        let position = self.position();
        let expr = match self.peek() {
            Some(Lexeme::Open) => self.group(),
            Some(Lexeme::Phrase(text)) => self.leaf(|| Ok(phrase(text))),
            Some(Lexeme::Word(word)) => self.leaf(|| term(word, position)),
            _ => {
                self.error(start, "there is nothing to exclude", "write what to exclude right after it");
                return UNREAD;
            }
        };
        if !excluded {
            return expr;
        }
        if asks_nothing(&expr) {
            self.nothing_searchable(position);
        }
        Expr::Not(Box::new(expr))
    }

    fn leaf(&mut self, term: impl FnOnce() -> Result<Expr, TextError>) -> Expr {
        self.place += 1;
        self.terms += 1;
        term().unwrap_or_else(|error| {
            self.errors.push(error);
            UNREAD
        })
    }

    fn group(&mut self) -> Expr {
        let open = self.position();
        self.place += 1;
        let first = self.place;
        let inner = self.search();
        let empty = self.place == first;
        if !self.take(&Lexeme::Close) {
            self.error(open, "the parenthesis is never closed", "add a ), or put it in quotes");
        } else if empty {
            self.error(open, "the parentheses are empty", "fill them, or put them in quotes");
        }
        if empty { UNREAD } else { inner }
    }
}

fn unwrap_single(mut parts: Vec<Expr>, several: fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.len() {
        0 => Expr::And(Vec::new()),
        1 => parts.remove(0),
        _ => several(parts),
    }
}

/// Whether it is punctuation only, which every event matches.
fn asks_nothing(expr: &Expr) -> bool {
    match expr {
        Expr::Phrase(phrase) => phrase.is_empty(),
        Expr::And(parts) => parts.is_empty(),
        _ => false,
    }
}
