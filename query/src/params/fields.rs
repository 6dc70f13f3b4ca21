//! Named values of a request, with everything that is wrong with them gathered up.

use std::fmt::Write as _;
use std::str::FromStr;

use steplog_model::column::Column;
use steplog_model::limits;
use steplog_model::query::{Filter, Presence, Query};

use super::accepted::Accepted;
pub(super) use crate::columns::ATTRIBUTE;
use crate::columns::{self, RowColumn};
use crate::nearest::nearest;
use crate::problem::{ParameterError, Problem};
use crate::text;
use crate::zone::Zone;

/// The most columns of a row that can be asked for.
pub(crate) const MAX_ROW_COLUMNS: usize = 100;

/// The most problems reported of one request.
const MAX_ERRORS: usize = 64;

/// The pairs of a request and the problems found so far.
pub(super) struct Fields<'a> {
    pairs: &'a [(String, String)],
    errors: Vec<ParameterError>,
}

impl<'a> Fields<'a> {
    /// Notes names that are not accepted, names that are stated twice, and empty values.
    pub(super) fn new(pairs: &'a [(String, String)], accepted: &Accepted) -> Self {
        let mut fields = Self { pairs, errors: Vec::new() };
        for (place, (name, value)) in pairs.iter().enumerate() {
            let is_filter = accepted.filters && is_filter(name);
            if !is_filter && !accepted.names().any(|known| known == name) {
                fields.unknown(name, accepted);
            } else if !is_filter && pairs[..place].iter().any(|(earlier, _)| earlier == name) {
                fields.error(name, "it is stated more than once", "state it once");
            } else if value.is_empty() && !name.starts_with(ATTRIBUTE) {
                let hint = match is_filter {
                    true => "give a value, write !* for events without one, or leave the parameter away",
                    false => "give a value, or leave the parameter away",
                };
                fields.error(name, "its value is empty", hint);
            }
        }
        fields
    }

    fn unknown(&mut self, name: &str, accepted: &Accepted) {
        let columns = Column::ALL.iter().filter(|_| accepted.filters).map(|column| column.name());
        let names = accepted.names().chain(columns);
        let hint = match nearest(name, names.clone()) {
            Some(near) => format!("did you mean {near:?}?"),
            None if names.clone().next().is_none() => "this address takes no parameters".to_owned(),
            None => {
                let mut all = String::from("the names are ");
                names.for_each(|name| {
                    // Writing to a String cannot fail.
                    let _ = write!(all, "{name}, ");
                });
                if accepted.filters { all + "attr.KEY" } else { all.trim_end_matches(", ").to_owned() }
            }
        };
        self.error(&shortened(name), "there is no such parameter", &hint);
    }

    pub(super) fn error(&mut self, parameter: &str, problem: &str, hint: &str) {
        self.error_at(parameter, None, problem, hint);
    }

    pub(super) fn error_at(&mut self, parameter: &str, position: Option<usize>, problem: &str, hint: &str) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(ParameterError {
                parameter: parameter.to_owned(),
                position,
                problem: problem.to_owned(),
                hint: hint.to_owned(),
            });
        }
    }

    pub(super) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The filters of the request as they are written.
    pub(super) fn filters(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let pairs = self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        pairs.filter(|(name, value)| is_filter(name) && (!value.is_empty() || name.starts_with(ATTRIBUTE)))
    }

    /// The first value of a name, as it is written.
    pub(super) fn value(&self, name: &str) -> Option<&'a str> {
        self.pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The value of a single-valued name; `None` where it is absent or empty, which is noted already.
    pub(super) fn single(&mut self, name: &str) -> Option<&'a str> {
        self.value(name).filter(|value| !value.is_empty())
    }

    /// A whole number from 1 to `most`.
    pub(super) fn number(&mut self, name: &str, default: usize, most: usize) -> usize {
        let Some(text) = self.single(name) else { return default };
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if digits && (1..=most).contains(&number) => number,
            _ => {
                let problem = format!("{:?} is not a number from 1 to {most}", shortened(text));
                self.error(name, &problem, &format!("write a number from 1 to {most}"));
                default
            }
        }
    }

    /// One of the few values that a name can have.
    pub(super) fn one_of<T: Copy>(&mut self, name: &str, values: &[(&str, T)]) -> Option<T> {
        let text = self.single(name)?;
        let found = values.iter().find(|(value, _)| *value == text);
        if found.is_none() {
            let known: Vec<_> = values.iter().map(|(value, _)| *value).collect();
            let problem = format!("{:?} is not one of its values", shortened(text));
            self.error(name, &problem, &format!("write {}", known.join(" or ")));
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// A time zone; `None` where the parameter is absent.
    pub(super) fn zone(&mut self, name: &str) -> Option<Zone> {
        let text = self.single(name)?;
        let zone = Zone::named(text);
        if zone.is_none() {
            let problem = format!("{:?} is no time zone", shortened(text));
            self.error(
                name,
                &problem,
                "write a name such as Europe/Zagreb, UTC, or an offset such as %2B05:45",
            );
        }
        zone
    }

    /// Columns of a kind, separated by commas; `None` where the parameter is absent.
    pub(super) fn columns(
        &mut self,
        name: &str,
        fits: impl Fn(Column) -> bool,
        kind: &str,
    ) -> Option<Vec<Column>> {
        let text = self.single(name)?;
        let mut columns = Vec::new();
        for part in text.split(',') {
            match Column::from_str(part.trim()) {
                Ok(column) if fits(column) => {
                    if !columns.contains(&column) {
                        columns.push(column);
                    }
                }
                _ => {
                    let fitting = Column::ALL.iter().copied().filter(|column| fits(*column));
                    let names: Vec<_> = fitting.map(Column::name).collect();
                    let hint = match nearest(part.trim(), names.iter().copied()) {
                        Some(near) => format!("did you mean {near:?}?"),
                        None => format!("write some of {}, separated by commas", names.join(", ")),
                    };
                    self.error(name, &format!("{:?} is no {kind}", shortened(part)), &hint);
                }
            }
        }
        Some(columns)
    }

    /// Columns, facts and attributes that a row shows, separated by commas; `None` where the parameter is absent.
    pub(super) fn row_columns(&mut self, name: &str) -> Option<Vec<RowColumn>> {
        let text = self.single(name)?;
        let mut columns = Vec::new();
        for part in columns::split(text) {
            match RowColumn::from_str(&part) {
                Ok(column) => {
                    if !columns.contains(&column) {
                        columns.push(column);
                    }
                }
                Err(()) => {
                    let hint = match nearest(&part, RowColumn::names()) {
                        Some(near) => format!("did you mean {near:?}?"),
                        None => {
                            let names: Vec<_> = RowColumn::names().collect();
                            format!("write some of {}, attr.KEY, separated by commas", names.join(", "))
                        }
                    };
                    self.error(name, &format!("{:?} is no column", shortened(&part)), &hint);
                }
            }
        }
        if columns.len() > MAX_ROW_COLUMNS {
            let problem = format!("there are {} columns", columns.len());
            self.error(name, &problem, &format!("ask for {MAX_ROW_COLUMNS} at most"));
        }
        Some(columns)
    }

    /// All problems of the request, if there are any. Counts the conditions of the question.
    pub(super) fn finish(mut self, query: &Query) -> Result<(), Problem> {
        let values = |filter: &Filter| {
            let endings = filter.endings.any_of.len() + filter.endings.none_of.len();
            filter.any_of.len()
                + filter.none_of.len()
                + endings
                + usize::from(filter.presence != Presence::Any)
        };
        let clauses =
            query.filters.iter().map(values).sum::<usize>() + query.text.as_ref().map_or(0, text::clauses);
        if clauses > limits::MAX_CLAUSES {
            let problem = format!("the question has {clauses} values and search parts");
            self.error("", &problem, &format!("ask with {} at most", limits::MAX_CLAUSES));
        }
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::of_parameters(self.errors)) }
    }
}

fn is_filter(name: &str) -> bool {
    name.starts_with(ATTRIBUTE) || Column::from_str(name).is_ok()
}

/// A text from outside, short enough to be repeated in an answer.
pub(crate) fn shortened(text: &str) -> String {
    const MOST_CHARS: usize = 80;
    if text.chars().count() <= MOST_CHARS {
        return text.to_owned();
    }
    text.chars().take(MOST_CHARS).chain(['…']).collect()
}
