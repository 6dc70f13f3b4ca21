//! What people call the values of columns: labels, the words of senders, other cases.
//!
//! The store compares exact values. People write labels or the words of senders: `Failure`, `failed`, `API called`,
//! `v15` for `failure`, `journey.api.called`, `15`. So a question asks for the word as it is and for the values that it
//! stands for.

use rapidhash::RapidHashMap;
use steplog_model::catalogue::Catalogue;
use steplog_model::column::Column;
use steplog_model::query::{Expr, Query, Target};
use steplog_model::{status, text};

/// A word of senders: the column, the word, and the value that it is replaced by on the way in.
pub type Word = (Column, String, String);

/// The names that values have.
#[derive(Debug, Default)]
pub struct Vocabulary {
    /// By column and folded name.
    values: RapidHashMap<(Column, String), Vec<String>>,
    /// Column, folded name, value: the names that people read.
    labels: Vec<(Column, String, String)>,
}

impl Vocabulary {
    /// The names of the catalogue, of the canonical values, and the words of senders.
    #[must_use]
    pub fn new(names: &Catalogue, words: &[Word]) -> Self {
        let mut found = Self::default();
        for event in names {
            found.add(Column::Event, &event.name, &event.name);
            found.add(Column::Event, &event.label, &event.name);
            // Where events of several contexts have one label, people read both.
            found.add(Column::Event, &format!("{}, {}", event.label, event.context), &event.name);
            found.labels.push((Column::Event, folded(&event.label), event.name.clone()));
        }
        let canonical =
            [(Column::Status, &status::STATUSES[..]), (Column::OccurredIn, &status::CONTEXTS[..])];
        for (column, values) in canonical {
            for value in values {
                found.add(column, value, value);
                found.labels.push((column, folded(value), (*value).to_owned()));
            }
        }
        // The label is "Started": the status does not say whether it still runs.
        found.add(Column::Status, "started", "in_progress");
        found.labels.push((Column::Status, "started".to_owned(), "in_progress".to_owned()));
        for (column, word, value) in words {
            found.add(*column, value, value);
            found.add(*column, word, value);
        }
        found
    }

    /// Without words of senders.
    #[must_use]
    pub fn built_in() -> Self {
        Self::new(&Catalogue::built_in(), &[])
    }

    fn add(&mut self, column: Column, name: &str, value: &str) {
        let values = self.values.entry((column, folded(name))).or_default();
        if !values.iter().any(|known| known == value) {
            values.push(value.to_owned());
        }
    }

    /// The values that a name stands for, besides the one that it may be itself.
    #[must_use]
    pub fn meant(&self, column: Column, name: &str) -> Vec<String> {
        // A bare number is shown with a v before it.
        let version =
            name.strip_prefix(['v', 'V']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if column == Column::Version {
            return version.map(str::to_owned).into_iter().collect();
        }
        // No name is longer; what is need not be folded.
        const MAX_NAME_BYTES: usize = 256;
        if name.len() > MAX_NAME_BYTES {
            return Vec::new();
        }
        let known = self.values.get(&(column, folded(name)));
        let values = known.map(Vec::as_slice).unwrap_or_default();
        // An exact value has no other meaning.
        if values.iter().any(|value| value == name) {
            return Vec::new();
        }
        values.to_vec()
    }

    /// The values with a label that holds `part`, where the values themselves may not.
    #[must_use]
    pub fn labelled(&self, columns: &[Column], part: &str) -> Vec<(Column, String)> {
        let part = folded(part);
        if part.is_empty() {
            return Vec::new();
        }
        let holds =
            self.labels.iter().filter(|(column, label, _)| columns.contains(column) && label.contains(&part));
        holds.map(|(column, _, value)| (*column, value.clone())).collect()
    }

    /// The labels of a column's values, folded, each with its value.
    pub(crate) fn labels(&self, column: Column) -> impl Iterator<Item = (&str, &str)> {
        let of = self.labels.iter().filter(move |(labelled, ..)| *labelled == column);
        of.map(|(_, label, value)| (label.as_str(), value.as_str()))
    }

    /// Adds to each value of the question the values that it stands for.
    pub fn expand(&self, query: &mut Query) {
        for filter in &mut query.filters {
            let Target::Column(column) = filter.target else { continue };
            for values in [&mut filter.any_of, &mut filter.none_of] {
                let meant: Vec<String> = values.iter().flat_map(|value| self.meant(column, value)).collect();
                for value in meant {
                    if !values.contains(&value) {
                        values.push(value);
                    }
                }
            }
        }
        if let Some(text) = query.text.take() {
            query.text = Some(self.expanded(text));
        }
    }

    /// Recurses as deep as parentheses may nest.
    fn expanded(&self, expr: Expr) -> Expr {
        let all = |parts: Vec<Expr>| parts.into_iter().map(|part| self.expanded(part)).collect();
        match expr {
            Expr::And(parts) => Expr::And(all(parts)),
            Expr::Or(parts) => Expr::Or(all(parts)),
            Expr::Not(part) => Expr::Not(Box::new(self.expanded(*part))),
            Expr::Column(column, value) => {
                let meant = self.meant(column, &value);
                if meant.is_empty() {
                    return Expr::Column(column, value);
                }
                let values = std::iter::once(value).chain(meant);
                Expr::Or(values.map(|value| Expr::Column(column, value)).collect())
            }
            other => other,
        }
    }
}

/// A name as names are compared: folded as words are, with one space for spaces, hyphens and underlines.
pub(crate) fn folded(name: &str) -> String {
    let plain = text::folded(name);
    let words =
        plain.split(|c: char| c.is_whitespace() || matches!(c, '-' | '_')).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary() -> Vocabulary {
        let words = [(Column::Status, "failed".to_owned(), "failure".to_owned())];
        Vocabulary::new(&Catalogue::built_in(), &words)
    }

    #[test]
    fn labels_and_words_stand_for_values() {
        let words = vocabulary();
        let check = |column, name: &str, want: &[&str]| assert_eq!(words.meant(column, name), want, "{name}");
        for name in ["Failure", "FAILURE", "failed", "Failed", " failure"] {
            check(Column::Status, name, &["failure"]);
        }
        for name in ["Timed out", "timed out", "TIMED-OUT", "Timed_Out"] {
            check(Column::Status, name, &["timed_out"]);
        }
        for name in ["Started", "in progress", "In_Progress"] {
            check(Column::Status, name, &["in_progress"]);
        }
        check(Column::Status, "failure", &[]);
        check(Column::Status, "brewing", &[]);
        check(Column::OccurredIn, "Journey", &["journey"]);
        check(Column::OccurredIn, "AI agent", &["ai_agent"]);
        check(Column::Event, "api called", &["journey.api.called", "chatbot.api.called"]);
        check(Column::Event, "Journey.API.called", &["journey.api.called"]);
        check(Column::Event, "API called, Chatbot", &["chatbot.api.called"]);
        check(Column::Version, "v15", &["15"]);
        check(Column::Version, "V1.2", &["1.2"]);
        check(Column::Version, "15", &[]);
        check(Column::Version, "vNext", &[]);
        check(Column::Object, "Failure", &[]);
    }

    #[test]
    fn what_is_excluded_is_excluded_by_any_name() {
        use steplog_model::ids::Tenant;
        use steplog_model::query::{Filter, Period};
        let target = Target::Column(Column::Status);
        let none_of = vec!["Failure".to_owned()];
        let filter = Filter { none_of, ..Filter::on(target) };
        let mut query = Query { filters: vec![filter], ..Query::all(Tenant::default(), Period::ALL) };
        let failed = Expr::Column(Column::Status, "failed".to_owned());
        query.text = Some(Expr::Not(Box::new(failed.clone())));
        vocabulary().expand(&mut query);
        assert_eq!(query.filters[0].none_of, ["Failure", "failure"]);
        let both = Expr::Or(vec![failed, Expr::Column(Column::Status, "failure".to_owned())]);
        assert_eq!(query.text, Some(Expr::Not(Box::new(both))));
    }

    #[test]
    fn labels_are_found_by_what_they_hold() {
        let words = vocabulary();
        let found = words.labelled(&[Column::Event], "I call");
        let names = ["journey.api.called", "chatbot.api.called"];
        assert_eq!(found, names.map(|name| (Column::Event, name.to_owned())));
        assert_eq!(words.labelled(&[Column::Status], "d o"), [(Column::Status, "timed_out".to_owned())]);
        assert!(words.labelled(&[Column::Status], "-").is_empty());
    }
}
