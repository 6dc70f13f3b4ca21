//! The parameters of a question, the same for the API, the page's address and the command line.
//!
//! | Parameter | Means |
//! |---|---|
//! | `q` | the search box, see [`crate::text`] |
//! | a column's name, `attr.KEY` | exact value; repeated = any of; `!value` = none of; `\!value` = the value `!value` (and `\\…` the value `\…`) |
//! | `from`, `to` | RFC 3339, Unix nanoseconds, `now`, `now-24h` (s, m, h, d, w); half-open. Without `from`: 24 hours before `to`, or before now. Without `to`: no end, since a sender's clock may be ahead |
//! | `sort` | `-time` (default) or `time` |
//! | `limit`, `cursor`, `columns`, `why` | a page of events: 1 to 1,000 (50); where to go on; further columns and attributes (`attr.KEY`), separated by commas; `1` explains an empty page |
//! | `columns`, `prefix`, `limit` | value lists: which columns; values that start so; how many (100) |
//! | `limit`, `elements`, `compare_a`, `compare_b` | hot-spots: how many objects (100); `1` divides versions by element; two versions of the one object asked for |
//! | `columns`, `last_event_id` | the tail: further columns; the place to go on from |
//! | `format`, `sort`, `columns`, `limit`, `cursor` | an export: csv, ndjson or otlp-json; the columns of CSV; at most so many events; where an earlier one ended |
//! | `buckets` | a histogram: about how many bars (60) |
//!
//! Unknown names, empty values and single-valued parameters stated twice are errors. All problems
//! of a request are told at once.

pub(crate) mod accepted;
mod export;
mod fields;
mod filters;
mod hotspots;
mod period;
mod tail;

use steplog_model::column::{Column, ColumnKind};
use steplog_model::ids::Tenant;
use steplog_model::limits;
use steplog_model::query::{
    FacetRequest, HistogramRequest, Order, PageRequest, Period, Position, Query, Start,
};
use steplog_model::time::UnixNanos;

use crate::columns::RowColumn;
use crate::cursor::{Cursor, Direction, fingerprint};
use crate::problem::Problem;
use crate::steps;
pub use export::ExportParams;
use fields::Fields;
pub(crate) use fields::{MAX_ROW_COLUMNS, shortened};
pub use hotspots::HotspotsParams;
pub use tail::TailParams;

/// How many events a page has unless asked otherwise.
pub const DEFAULT_LIMIT: usize = 50;
/// How many values a value list has unless asked otherwise.
pub const DEFAULT_FACET_VALUES: usize = 100;
/// About how many bars a histogram has unless asked otherwise.
pub const DEFAULT_BUCKETS: usize = 60;

/// How many objects hot-spots tell of unless asked otherwise.
pub const DEFAULT_OBJECTS: usize = 100;

/// Who asks, and when: what a question means depends on both.
#[derive(Clone, Debug)]
pub struct Asker {
    /// Whose events.
    pub tenant: Tenant,
    /// What `now` is.
    pub now: UnixNanos,
}

/// A question for a page of events.
#[derive(Clone, Debug, PartialEq)]
pub struct EventsParams {
    /// What to ask the store.
    pub request: PageRequest,
    /// Columns beyond those of every row.
    pub columns: Vec<RowColumn>,
    /// Whether an empty page is to be explained.
    pub why: bool,
    fingerprint: u64,
}

impl EventsParams {
    /// Reads the parameters.
    ///
    /// # Errors
    /// A [`Problem`] with everything that is wrong with them.
    pub fn parse(pairs: &[(String, String)], asker: &Asker) -> Result<Self, Problem> {
        let mut fields = Fields::new(pairs, &accepted::EVENTS);
        let mut query = read_query(&mut fields, asker);
        let order = fields.one_of("sort", &[("-time", Order::NewestFirst), ("time", Order::OldestFirst)]);
        let order = order.unwrap_or_default();
        let limit = fields.number("limit", DEFAULT_LIMIT, limits::MAX_PAGE);
        let columns = fields.row_columns("columns").unwrap_or_default();
        let why = fields.one_of("why", &[("1", true), ("0", false)]).unwrap_or(false);
        let fingerprint = fingerprint(&query, order, fields.value("from"), fields.value("to"));
        let start = read_start(&mut fields, fingerprint, &mut query.period);
        fields.finish(&query)?;
        let request = PageRequest { query, order, start, limit };
        Ok(Self { request, columns, why, fingerprint })
    }

    /// The cursor of the page after or before a position of this result.
    #[must_use]
    pub fn cursor(&self, direction: Direction, position: Position) -> String {
        let period = self.request.query.period;
        Cursor { direction, period, position }.encode(self.fingerprint)
    }
}

/// Reads the parameters of a question for value lists: filters, `columns`, `prefix`, `limit`.
///
/// # Errors
/// A [`Problem`] with everything that is wrong with them.
pub fn parse_facets(pairs: &[(String, String)], asker: &Asker) -> Result<FacetRequest, Problem> {
    let mut fields = Fields::new(pairs, &accepted::FACETS);
    let query = read_query(&mut fields, asker);
    let has_list = |column: Column| column.kind() == ColumnKind::Facet;
    let columns = fields.columns("columns", has_list, "column with a value list");
    let columns = columns.unwrap_or_else(|| Column::facets().collect());
    let prefix = fields.single("prefix").unwrap_or_default().to_owned();
    let limit = fields.number("limit", DEFAULT_FACET_VALUES, limits::MAX_FACET_VALUES);
    fields.finish(&query)?;
    Ok(FacetRequest { query, columns, prefix, limit })
}

/// Reads the parameters of a question for a histogram: filters, `buckets`.
///
/// A period without end is drawn up to the asker's now. The width of a bar is a round one, and bars
/// begin at its multiples, so that there are about as many bars as asked for and never more than one more.
///
/// # Errors
/// A [`Problem`] with everything that is wrong with them.
pub fn parse_histogram(pairs: &[(String, String)], asker: &Asker) -> Result<HistogramRequest, Problem> {
    let mut fields = Fields::new(pairs, &accepted::HISTOGRAM);
    let mut query = read_query(&mut fields, asker);
    let wanted = fields.number("buckets", DEFAULT_BUCKETS, limits::MAX_BUCKETS);
    fields.finish(&query)?;
    if query.period.to == UnixNanos::MAX {
        query.period.to = asker.now.max(query.period.from.saturating_add(1));
    }
    let bars = steps::bars(query.period, wanted);
    Ok(HistogramRequest { query, start: bars.start, step_nanos: bars.step_nanos, buckets: bars.count })
}

/// Reads the parameters that say which events are asked for, and no others: for counts and exports.
///
/// # Errors
/// A [`Problem`] with everything that is wrong with them.
pub fn parse_query(pairs: &[(String, String)], asker: &Asker) -> Result<Query, Problem> {
    let mut fields = Fields::new(pairs, &accepted::QUERY);
    let query = read_query(&mut fields, asker);
    fields.finish(&query)?;
    Ok(query)
}

/// Reads the one parameter of a question whose events are given otherwise: `cursor`.
///
/// # Errors
/// A [`Problem`] with everything that is wrong with the parameters.
pub(crate) fn parse_start(
    pairs: &[(String, String)],
    query: &mut Query,
    fingerprint: u64,
) -> Result<Start, Problem> {
    let mut fields = Fields::new(pairs, &accepted::CURSOR);
    let start = read_start(&mut fields, fingerprint, &mut query.period);
    fields.finish(query)?;
    Ok(start)
}

/// Refuses parameters of a route that has none.
///
/// # Errors
/// A [`Problem`] that names them all.
pub fn parse_none(pairs: &[(String, String)]) -> Result<(), Problem> {
    let nothing = Query::all(Tenant::default(), Period::ALL);
    Fields::new(pairs, &accepted::NONE).finish(&nothing)
}

/// Where a page starts. A cursor also gives the period as it was resolved for the first page.
fn read_start(fields: &mut Fields<'_>, fingerprint: u64, period: &mut Period) -> Start {
    let Some(text) = fields.single("cursor") else { return Start::First };
    match Cursor::decode(text, fingerprint) {
        Ok(cursor) => {
            *period = cursor.period;
            match cursor.direction {
                Direction::After => Start::After(cursor.position),
                Direction::Before => Start::Before(cursor.position),
            }
        }
        Err(error) => {
            // With other problems the fingerprint says nothing; they are told first.
            if !fields.has_errors() {
                fields.error("cursor", &error.to_string(), error.hint());
            }
            Start::First
        }
    }
}

fn read_query(fields: &mut Fields<'_>, asker: &Asker) -> Query {
    let filters = filters::read(fields);
    let period = period::read(fields, asker.now);
    let text = fields.single("q").and_then(|text| match crate::text::parse(text) {
        Ok(expr) => Some(expr),
        Err(errors) => {
            for error in errors {
                fields.error_at("q", Some(error.position), &error.problem, &error.hint);
            }
            None
        }
    });
    Query { tenant: asker.tenant.clone(), period, filters, text }
}
