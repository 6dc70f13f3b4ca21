//! The parameters of a question, the same for the API, the page's address and the command line.
//!
//! | Parameter | Means |
//! |---|---|
//! | `q`, `typing` | the search box, see [`crate::text`]; `1` has its last word find what begins so |
//! | a column's name, `attr.KEY` | exact value, or what people call it, see [`crate::vocabulary`]; repeated = any of; `!value` = none of; `*` = any value, `!*` = none at all; `\!value` = the value `!value` (and `\\…` the value `\…`, `\*` the value `*`). An attribute may be asked for its empty value |
//! | `from`, `to` | RFC 3339, Unix nanoseconds, `now`, `now-24h` (s, m, h, d, w); half-open. Without `from`: 24 hours before `to`, or before now. Without `to`: no end, since a sender's clock may be ahead. Years before 1677 and after 2262 are no beginning and no end |
//! | `sort` | `-time` (default) or `time` |
//! | `limit`, `cursor`, `columns`, `why` | a page of events: 1 to 1,000 (50); where to go on; further columns and attributes (`attr.KEY`), separated by commas, with `\` before a comma or backslash of a key; `1` explains an empty page |
//! | `columns`, `prefix`, `limit` | value lists: which columns; values that hold this, or have a label that does; how many (100) |
//! | `limit`, `elements`, `compare_a`, `compare_b` | hot-spots: how many objects (100); `1` divides versions by element; two versions of the one object asked for |
//! | `columns`, `last_event_id` | the tail: further columns; the place to go on from |
//! | `format`, `sort`, `columns`, `limit`, `cursor` | an export: csv, ndjson or otlp-json; the columns of CSV; at most so many events; where an earlier one ended |
//! | `tz`, `bom` | CSV: times to the millisecond in this zone, as spreadsheets read them; `1` begins with a byte order mark |
//! | `buckets`, `tz` | a histogram: about how many bars (60); the zone in which they begin, such as `Europe/Zagreb` (UTC) |
//!
//! Unknown names, empty values of all but attributes, and single-valued parameters stated twice are errors. All problems
//! of a request are reported at once.

pub(crate) mod accepted;
mod fields;
mod filters;
mod hotspots;
pub(crate) mod period;

use std::sync::Arc;

use steplog_model::column::{Column, ColumnKind};
use steplog_model::ids::{Seq, Tenant};
use steplog_model::limits;
use steplog_model::query::{FacetRequest, Order, PageRequest, Period, Position, Query, Start};
use steplog_model::time::UnixNanos;

use crate::columns::RowColumn;
use crate::cursor::{Cursor, Direction, fingerprint};
use crate::export::{Format, Lines};
use crate::problem::Problem;
use crate::vocabulary::Vocabulary;
use crate::zone::Zone;
use fields::Fields;
pub(crate) use fields::{MAX_ROW_COLUMNS, shortened};
pub(crate) use filters::escaped;
pub use hotspots::HotspotsParams;

/// How many events a page has unless asked otherwise.
pub const DEFAULT_LIMIT: usize = 50;
/// How many values a value list has unless asked otherwise.
pub const DEFAULT_FACET_VALUES: usize = 100;
/// About how many bars a histogram has unless asked otherwise.
pub const DEFAULT_BUCKETS: usize = 60;

/// How many objects hot-spots tell of unless asked otherwise.
pub const DEFAULT_OBJECTS: usize = 100;

/// What the meaning of a question depends on: whose events, when it is asked, what names mean.
#[derive(Clone, Debug)]
pub struct ParseContext {
    /// Whose events.
    pub tenant: Tenant,
    /// What `now` is.
    pub now: UnixNanos,
    /// What the names of values mean.
    pub words: Arc<Vocabulary>,
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
    pub fn parse(pairs: &[(String, String)], context: &ParseContext) -> Result<Self, Problem> {
        let mut fields = Fields::new(pairs, &accepted::EVENTS);
        let mut query = read_query(&mut fields, context);
        let order = fields.one_of("sort", &[("-time", Order::NewestFirst), ("time", Order::OldestFirst)]);
        let order = order.unwrap_or_default();
        let limit = fields.number("limit", DEFAULT_LIMIT, limits::MAX_PAGE);
        let columns = fields.row_columns("columns").unwrap_or_default();
        let why = fields.one_of("why", &[("1", true), ("0", false)]).unwrap_or(false);
        let fingerprint = fingerprint(&query, order, fields.value("from"), fields.value("to"));
        let start = read_start(&mut fields, fingerprint, &mut query.period);
        fields.finish(&query)?;
        let request = PageRequest { query, order, start, limit, bytes: limits::MAX_PAGE_BYTES };
        Ok(Self { request, columns, why, fingerprint })
    }

    /// The cursor of the page after or before a position of this result.
    #[must_use]
    pub fn cursor(&self, direction: Direction, position: Position) -> String {
        let period = self.request.query.period;
        Cursor { direction, period, position }.encode(self.fingerprint)
    }
}

/// What is exported, and how.
#[derive(Clone, Debug)]
pub struct ExportParams {
    /// The first page to ask for.
    pub(crate) request: PageRequest,
    pub(crate) lines: Lines,
    /// The most events of the file.
    pub(crate) limit: Option<u64>,
    /// It goes on with an earlier file.
    pub(crate) resumed: bool,
    fingerprint: u64,
}

impl ExportParams {
    /// The most events of one file that can be asked for.
    pub const MAX_LIMIT: usize = 1 << 40;

    /// Reads the parameters: filters, `format`, `sort`, `columns` (of CSV), `limit`, `cursor`.
    ///
    /// # Errors
    /// A [`Problem`] with everything that is wrong with them.
    pub fn parse(pairs: &[(String, String)], context: &ParseContext) -> Result<Self, Problem> {
        let mut fields = Fields::new(pairs, &accepted::EXPORT);
        let mut query = read_query(&mut fields, context);
        let order = fields.one_of("sort", &[("-time", Order::NewestFirst), ("time", Order::OldestFirst)]);
        let order = order.unwrap_or_default();
        let format = fields.one_of("format", &Format::NAMES);
        if format.is_none() && fields.value("format").is_none() {
            fields.error("format", "it is missing", "write csv or ndjson or otlp-json");
        }
        let columns = fields.row_columns("columns");
        let zone = fields.zone("tz");
        let bom = fields.one_of("bom", &[("1", true), ("0", false)]).unwrap_or(false);
        let limit = fields.value("limit").map(|_| fields.number("limit", 1, Self::MAX_LIMIT) as u64);
        let fingerprint = fingerprint(&query, order, fields.value("from"), fields.value("to"));
        let start = read_start(&mut fields, fingerprint, &mut query.period);
        let resumed = start != Start::First;
        fields.finish(&query)?;
        let request =
            PageRequest { query, order, start, limit: limits::MAX_PAGE, bytes: limits::MAX_PAGE_BYTES };
        let format = format.unwrap_or(Format::Ndjson);
        let lines = Lines { format, columns: columns.unwrap_or_else(every_column), zone, bom };
        Ok(Self { request, lines, limit, resumed, fingerprint })
    }

    /// The cursor of what follows a position of this result.
    pub(crate) fn cursor(&self, direction: Direction, position: Position) -> String {
        let period = self.request.query.period;
        Cursor { direction, period, position }.encode(self.fingerprint)
    }
}

/// The columns of a file where none are chosen: all.
fn every_column() -> Vec<RowColumn> {
    RowColumn::names().filter_map(|name| name.parse().ok()).collect()
}

/// What is followed as it arrives.
#[derive(Clone, Debug)]
pub struct TailParams {
    /// What of it: over all of time.
    pub(crate) query: Query,
    /// Columns beyond those of every row.
    pub(crate) columns: Vec<RowColumn>,
    /// The place to go on from; `None` for now.
    pub(crate) from: Option<Seq>,
}

impl TailParams {
    /// Reads the parameters: filters without a period, `columns`, `last_event_id`. `header` is the
    /// value of `Last-Event-ID`, which counts where both are there: it is the newer one.
    ///
    /// # Errors
    /// A [`Problem`] with everything that is wrong with them.
    pub fn parse(
        pairs: &[(String, String)],
        header: Option<&str>,
        context: &ParseContext,
    ) -> Result<Self, Problem> {
        const ID: &str = "last_event_id";
        let mut fields = Fields::new(pairs, &accepted::TAIL);
        let query = Query { period: Period::ALL, ..read_query(&mut fields, context) };
        let columns = fields.row_columns("columns").unwrap_or_default();
        let stated = header.filter(|id| !id.is_empty()).or_else(|| fields.single(ID));
        let from = stated.and_then(|id| {
            let digits = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
            let place = id.parse().ok().filter(|_| digits);
            if place.is_none() {
                let problem = format!("{:?} is no id of this tail", shortened(id));
                fields.error(ID, &problem, "send the last id that came, or none to begin now");
            }
            place
        });
        fields.finish(&query)?;
        Ok(Self { query, columns, from })
    }
}

/// Reads the parameters of a question for value lists: filters, `columns`, `prefix`, `limit`.
///
/// # Errors
/// A [`Problem`] with everything that is wrong with them.
pub fn parse_facets(pairs: &[(String, String)], context: &ParseContext) -> Result<FacetRequest, Problem> {
    let mut fields = Fields::new(pairs, &accepted::FACETS);
    let query = read_query(&mut fields, context);
    let has_list = |column: Column| column.kind() == ColumnKind::Facet;
    let columns = fields.columns("columns", has_list, "column with a value list");
    let columns = columns.unwrap_or_else(|| Column::facets().collect());
    let (part, named) = read_part(&mut fields, &columns, context);
    let limit = fields.number("limit", DEFAULT_FACET_VALUES, limits::MAX_FACET_VALUES);
    fields.finish(&query)?;
    Ok(FacetRequest { query, columns, part, named, limit })
}

/// What values hold, and those with a label that does.
fn read_part(
    fields: &mut Fields<'_>,
    columns: &[Column],
    context: &ParseContext,
) -> (String, Vec<(Column, String)>) {
    let part = fields.single("prefix").unwrap_or_default();
    let named = context.words.labelled(columns, part);
    // Versions are shown with a v before their number.
    let version = part.strip_prefix(['v', 'V']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let part = version.filter(|_| columns == [Column::Version]).unwrap_or(part);
    (part.to_owned(), named)
}

/// A question for a histogram. Where its bars begin and end depends on the events that there are.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramParams {
    /// Which events.
    pub query: Query,
    /// About how many bars.
    pub wanted: usize,
    /// Where bars begin on the clock.
    pub zone: Zone,
    /// What `now` is: an open period is drawn at least up to it.
    pub now: UnixNanos,
}

impl HistogramParams {
    /// Reads the parameters: filters, `buckets`, `tz`.
    ///
    /// # Errors
    /// A [`Problem`] with everything that is wrong with them.
    pub fn parse(pairs: &[(String, String)], context: &ParseContext) -> Result<Self, Problem> {
        let mut fields = Fields::new(pairs, &accepted::HISTOGRAM);
        let query = read_query(&mut fields, context);
        let wanted = fields.number("buckets", DEFAULT_BUCKETS, limits::MAX_BUCKETS);
        let zone = fields.zone("tz").unwrap_or_else(Zone::utc);
        fields.finish(&query)?;
        Ok(Self { query, wanted, zone, now: context.now })
    }
}

/// Reads the parameters of a count: which events are asked for, and whether their interactions are counted as well.
///
/// # Errors
/// A [`Problem`] with everything that is wrong with them.
pub fn parse_count(pairs: &[(String, String)], context: &ParseContext) -> Result<(Query, bool), Problem> {
    let mut fields = Fields::new(pairs, &accepted::COUNT);
    let query = read_query(&mut fields, context);
    let interactions = fields.one_of("interactions", &[("1", true), ("0", false)]).unwrap_or_default();
    fields.finish(&query)?;
    Ok((query, interactions))
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
            // With other problems the fingerprint says nothing; they are reported first.
            if !fields.has_errors() {
                fields.error("cursor", &error.to_string(), error.hint());
            }
            Start::First
        }
    }
}

fn read_query(fields: &mut Fields<'_>, context: &ParseContext) -> Query {
    let filters = filters::read(fields);
    let period = period::read(fields, context.now);
    let typed = fields.one_of("typing", &[("1", true), ("0", false)]).unwrap_or(false);
    let parse = if typed { crate::text::parse_typed } else { crate::text::parse };
    let text = fields.single("q").and_then(|text| match parse(text) {
        Ok(expr) => Some(expr),
        Err(errors) => {
            for error in errors {
                fields.error_at("q", Some(error.position), &error.problem, &error.hint);
            }
            None
        }
    });
    let mut query = Query { tenant: context.tenant.clone(), period, filters, text };
    context.words.expand(&mut query);
    query
}
