//! Values that no event has, of columns and attributes whose values are not listed.

use steplog_model::column::ColumnKind;
use steplog_model::query::{Expr, Filter, Presence, Query, Target};
use steplog_model::store::{Budget, EventStore, StoreError};

use super::Hint;
use crate::columns::name_of;

/// The most columns and attributes that are looked at.
const MOST_ASKED: usize = 4;

/// What to know of each column and attribute of a question with no answer, where nothing near it is known: whether any
/// event of the period has it.
pub(super) fn hints(store: &dyn EventStore, query: &Query, budget: &Budget) -> Result<Vec<Hint>, StoreError> {
    let mut asked: Vec<(&str, &Target, &str)> = Vec::new();
    let mut of_text = Vec::new();
    query.text.iter().for_each(|expr| conditions(expr, &mut of_text));
    let filters = query.filters.iter().filter_map(|filter| Some((filter, filter.any_of.first()?)));
    asked.extend(filters.map(|(filter, value)| ("", &filter.target, value.as_str())));
    asked.extend(of_text.iter().map(|(target, value)| ("q", target, value.as_str())));
    let is_listed =
        |target: &Target| matches!(target, Target::Column(column) if column.kind() == ColumnKind::Facet);
    let mut hints = Vec::new();
    for (parameter, target, value) in asked.into_iter().filter(|one| !is_listed(one.1)).take(MOST_ASKED) {
        let name = name_of(target);
        let having = Filter { presence: Presence::Present, ..Filter::on(target.clone()) };
        let having = Query { filters: vec![having], ..Query::all(query.tenant.clone(), query.period) };
        let hint = match store.count(&having, budget)?.events {
            0 => format!("no event of this period has {name} at all"),
            events => format!(
                "{events} {} {name} in this period, and a value is compared as a whole, with its small and capital \
                 letters; the search box finds words of it",
                if events == 1 { "event has" } else { "events have" }
            ),
        };
        hints.push(match parameter.is_empty() {
            true => Hint { parameter: name, value: value.to_owned(), hint },
            false => Hint { parameter: parameter.to_owned(), value: format!("{name}:{value}"), hint },
        });
    }
    Ok(hints)
}

/// The values that a search asks for, each with its column or attribute; of what it excludes, none.
fn conditions(expr: &Expr, found: &mut Vec<(Target, String)>) {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| conditions(part, found)),
        Expr::Column(column, value) => found.push((Target::Column(*column), value.clone())),
        Expr::Attribute(key, value) => found.push((Target::Attribute(key.clone()), value.clone())),
        _ => {}
    }
}
