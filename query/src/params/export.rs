//! The parameters of an export.

use steplog_model::limits;
use steplog_model::query::{Order, PageRequest, Position, Start};

use super::fields::Fields;
use super::{Asker, accepted, read_query, read_start};
use crate::columns::RowColumn;
use crate::cursor::{Cursor, Direction, fingerprint};
use crate::export::{Format, Lines};
use crate::problem::Problem;

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
    pub fn parse(pairs: &[(String, String)], asker: &Asker) -> Result<Self, Problem> {
        let mut fields = Fields::new(pairs, &accepted::EXPORT);
        let mut query = read_query(&mut fields, asker);
        let order = fields.one_of("sort", &[("-time", Order::NewestFirst), ("time", Order::OldestFirst)]);
        let order = order.unwrap_or_default();
        let format = fields.one_of("format", &Format::NAMES);
        if format.is_none() && fields.value("format").is_none() {
            fields.error("format", "it is missing", "write csv or ndjson or otlp-json");
        }
        let columns = fields.row_columns("columns");
        let limit = fields.value("limit").map(|_| fields.number("limit", 1, Self::MAX_LIMIT) as u64);
        let fingerprint = fingerprint(&query, order, fields.value("from"), fields.value("to"));
        let start = read_start(&mut fields, fingerprint, &mut query.period);
        let resumed = start != Start::First;
        fields.finish(&query)?;
        let request = PageRequest { query, order, start, limit: limits::MAX_PAGE };
        let format = format.unwrap_or(Format::Ndjson);
        let lines = Lines { format, columns: columns.unwrap_or_else(every_column) };
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
