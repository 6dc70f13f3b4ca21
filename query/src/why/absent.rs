//! Values that no event has.

use steplog_model::column::{Column, ColumnKind};
use steplog_model::limits;
use steplog_model::query::{Expr, FacetRequest, Filter, Presence, Query, Target};
use steplog_model::store::{Budget, EventStore, StoreError};

use super::{Hint, near};
use crate::columns::{ATTRIBUTE, name_of};
use crate::nearest::nearest;
use crate::vocabulary::{Vocabulary, folded};

/// Any value, as a question asks for it.
const ANY: &str = "*";

/// The most columns and attributes that are looked at.
const MOST_ASKED: usize = 4;

/// What to know of each column and attribute of a question with no answer whose values are not listed, where nothing near
/// is known: whether any event of the period has it.
pub(super) fn hints(store: &dyn EventStore, query: &Query, budget: &Budget) -> Result<Vec<Hint>, StoreError> {
    let mut hints = Vec::new();
    for Asked { parameter, target, value } in &asked(query, |target| listed(target).is_none()) {
        let name = name_of(target);
        let having = Filter { presence: Presence::Present, ..Filter::on(target.clone()) };
        let having = Query { filters: vec![having], ..Query::all(query.tenant.clone(), query.period) };
        let hint = match store.count(&having, budget)?.events {
            0 => match target {
                Target::Attribute(key) => match near::meant_key(store, query, key, value, budget)? {
                    Some(meant) => format!("{}; did you mean {ATTRIBUTE}{meant}?", none_at_all(&name)),
                    None => none_at_all(&name),
                },
                Target::Column(_) => none_at_all(&name),
            },
            _ if value == ANY => continue,
            events => format!(
                "{events} {} {name} in this period, and a value is compared as a whole, with its small and capital \
                 letters; a search by text finds words of it",
                if events == 1 { "event has" } else { "events have" }
            ),
        };
        hints.push(told(*parameter, name, value, hint));
    }
    Ok(hints)
}

/// What to know of each value that no event of the period has in a column whose values are listed: the nearest one, or all.
pub(super) fn unlisted(
    store: &dyn EventStore,
    query: &Query,
    words: &Vocabulary,
    budget: &Budget,
) -> Result<Vec<Hint>, StoreError> {
    let mut hints = Vec::new();
    for Asked { parameter, target, value } in &asked(query, |target| listed(target).is_some()) {
        let Some(column) = listed(target) else { continue };
        let request = FacetRequest {
            query: Query::all(query.tenant.clone(), query.period),
            columns: vec![column],
            part: String::new(),
            named: Vec::new(),
            limit: limits::MAX_FACET_VALUES,
        };
        let known = match store.facets(&request, budget) {
            Err(StoreError::TooBroad(_)) => continue,
            answer => answer?.facets.into_iter().flat_map(|facet| facet.values),
        };
        let known: Vec<String> = known.map(|value| value.value).collect();
        let meant = words.meant(column, value);
        if known.iter().any(|known| known == value || meant.contains(known)) {
            continue;
        }
        let name = column.name();
        let hint = match known.is_empty() {
            true => none_at_all(name),
            false => format!("no event of this period has it; {}", offered(column, value, &known, words)),
        };
        hints.push(told(*parameter, name.to_owned(), value, hint));
    }
    Ok(hints)
}

/// What there is instead of a value.
fn offered(column: Column, value: &str, known: &[String], words: &Vocabulary) -> String {
    /// A reader looks through no more.
    const MOST_VALUES: usize = 12;
    let folded = folded(value);
    let of_values = known.iter().map(|known| (known.to_lowercase(), known.as_str()));
    let labels = words.labels(column).map(|(label, value)| (label.to_owned(), value));
    let (there, elsewhere): (Vec<_>, Vec<_>) =
        of_values.chain(labels).partition(|(_, value)| known.iter().any(|known| known == value));
    let near = |names: &[(String, &str)]| {
        let near = nearest(&folded, names.iter().map(|(name, _)| name.as_str()))?;
        names.iter().find(|(name, _)| name == near).map(|(_, value)| (*value).to_owned())
    };
    if let Some(near) = near(&there) {
        return format!("did you mean {near}?");
    }
    let shown = known.iter().take(MOST_VALUES).map(String::as_str).collect::<Vec<_>>().join(", ");
    let others = if known.len() > MOST_VALUES { " and others" } else { "" };
    match near(&elsewhere).filter(|near| near != value) {
        Some(near) => format!("{near} may be meant, which none has either; there are {shown}{others}"),
        None => format!("there are {shown}{others}"),
    }
}

fn none_at_all(name: &str) -> String {
    format!("no event of this period has {name} at all")
}

fn told(parameter: Option<&str>, name: String, value: &str, hint: String) -> Hint {
    match parameter {
        None => Hint { parameter: name, value: value.to_owned(), hint },
        Some(parameter) => Hint { parameter: parameter.to_owned(), value: format!("{name}:{value}"), hint },
    }
}

/// A value that is asked for.
struct Asked {
    /// The parameter, where it is not the target's own.
    parameter: Option<&'static str>,
    target: Target,
    value: String,
}

/// The values that a question asks for of some columns and attributes: the first of each filter, and those of the search.
fn asked(query: &Query, is_wanted: impl Fn(&Target) -> bool) -> Vec<Asked> {
    let mut of_text = Vec::new();
    query.text.iter().for_each(|expr| conditions(expr, &mut of_text));
    let filters = query.filters.iter().filter_map(|filter| {
        let is_any = filter.presence == Presence::Present && matches!(filter.target, Target::Attribute(_));
        let value = filter.any_of.first().cloned().or_else(|| is_any.then(|| ANY.to_owned()))?;
        Some(Asked { parameter: None, target: filter.target.clone(), value })
    });
    let of_text = of_text.into_iter().map(|(target, value)| Asked { parameter: Some("q"), target, value });
    filters.chain(of_text).filter(|asked| is_wanted(&asked.target)).take(MOST_ASKED).collect()
}

/// The column, where its values are listed.
fn listed(target: &Target) -> Option<Column> {
    match target {
        Target::Column(column) => Some(*column).filter(|column| column.kind() == ColumnKind::Facet),
        Target::Attribute(_) => None,
    }
}

/// The values that a search asks for, each with its column or attribute; of what it excludes, none.
fn conditions(expr: &Expr, found: &mut Vec<(Target, String)>) {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| conditions(part, found)),
        Expr::Column(column, value) => found.push((Target::Column(*column), value.clone())),
        Expr::Attribute(key, value) => found.push((Target::Attribute(key.clone()), value.clone())),
        Expr::Has(target @ Target::Attribute(_)) => found.push((target.clone(), ANY.to_owned())),
        _ => {}
    }
}
