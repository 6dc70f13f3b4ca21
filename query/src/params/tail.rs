//! The parameters of the live tail.

use steplog_model::ids::Seq;
use steplog_model::query::{Period, Query};

use super::fields::Fields;
use super::{Asker, accepted, read_query, shortened};
use crate::columns::RowColumn;
use crate::problem::Problem;

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
    pub fn parse(pairs: &[(String, String)], header: Option<&str>, asker: &Asker) -> Result<Self, Problem> {
        const ID: &str = "last_event_id";
        let mut fields = Fields::new(pairs, &accepted::TAIL);
        let query = Query { period: Period::ALL, ..read_query(&mut fields, asker) };
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
