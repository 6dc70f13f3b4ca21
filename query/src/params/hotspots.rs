//! The parameters of `hotspots`.

use steplog_model::column::Column;
use steplog_model::limits;
use steplog_model::query::{HotspotsRequest, Query, Target};

use super::fields::Fields;
use super::{DEFAULT_OBJECTS, ParseContext, accepted, read_query};
use crate::problem::Problem;

/// A question for hot-spots.
#[derive(Clone, Debug, PartialEq)]
pub struct HotspotsParams {
    /// What to ask the store.
    pub request: HotspotsRequest,
    /// How many objects to tell of.
    pub limit: usize,
    /// The object and the two of its versions that are compared.
    pub compare: Option<[String; 3]>,
    /// Whether to tell since when elements fail: of one object, whatever the status of its events.
    pub onsets: bool,
}

impl HotspotsParams {
    /// Reads the parameters: filters, `limit`, `elements`, `compare_a` with `compare_b`.
    ///
    /// The answer has elements if they are asked for, or if one object is.
    ///
    /// # Errors
    /// A [`Problem`] with everything that is wrong with them.
    pub fn parse(pairs: &[(String, String)], context: &ParseContext) -> Result<Self, Problem> {
        let mut fields = Fields::new(pairs, &accepted::HOTSPOTS);
        let query = read_query(&mut fields, context);
        let limit = fields.number("limit", DEFAULT_OBJECTS, limits::MAX_FACET_VALUES);
        let elements = fields.one_of("elements", &[("1", true), ("0", false)]);
        let object = only_value(&query, Column::Object);
        let compare = match (fields.single("compare_a"), fields.single("compare_b")) {
            (Some(a), Some(b)) => {
                if object.is_none() {
                    let hint = "ask for one object: object=NAME, or --object NAME on the command line";
                    fields.error("compare_a", "versions of one object only are compared", hint);
                }
                object.map(|object| [object.to_owned(), a.to_owned(), b.to_owned()])
            }
            (Some(_), None) => {
                fields.error(
                    "compare_b",
                    "it is missing",
                    "name the version to compare with, or leave compare_a away",
                );
                None
            }
            (None, Some(_)) => {
                fields.error(
                    "compare_a",
                    "it is missing",
                    "name the version to compare with, or leave compare_b away",
                );
                None
            }
            (None, None) => None,
        };
        let elements = compare.is_some() || elements.unwrap_or(object.is_some());
        let has_status = query.filters.iter().any(|filter| filter.target == Target::Column(Column::Status));
        let onsets = elements && object.is_some() && !has_status;
        fields.finish(&query)?;
        Ok(Self { request: HotspotsRequest { query, elements }, limit, compare, onsets })
    }
}

/// The value of a column that alone is asked for.
fn only_value(query: &Query, column: Column) -> Option<&str> {
    let filter = query.filters.iter().find(|filter| filter.target == Target::Column(column))?;
    match filter.any_of.as_slice() {
        [value] => Some(value),
        _ => None,
    }
}
