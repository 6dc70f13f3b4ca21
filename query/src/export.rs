//! Events as the lines of a file.

mod csv;

use serde::Serialize;
use steplog_model::event::StoredEvent;
use steplog_model::time::UnixNanos;

use crate::columns::RowColumn;
use crate::links::Links;
use crate::record::LogsData;
use crate::row::Details;
use crate::zone::Zone;
#[cfg(feature = "fuzzing")]
pub(crate) use csv::line;

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// RFC 4180, for spreadsheets: a head, then one event a line.
    Csv,
    /// One event a line, with all that is known about it, as `events/{id}` tells it.
    Ndjson,
    /// One `LogsData` of OTLP/JSON a line, one event in each, as a Collector's file exporter writes and reads it.
    OtlpJson,
}

impl Format {
    /// The names in the API.
    pub(crate) const NAMES: [(&str, Self); 3] =
        [("csv", Self::Csv), ("ndjson", Self::Ndjson), ("otlp-json", Self::OtlpJson)];

    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Ndjson | Self::OtlpJson => "application/x-ndjson",
        }
    }

    /// A name for the file that says when it was made.
    pub(crate) fn file_name(self, now: UnixNanos) -> String {
        let time: String =
            now.to_string().chars().take(19).map(|char| if char == ':' { '-' } else { char }).collect();
        let ending = match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::OtlpJson => "otlp.jsonl",
        };
        format!("steplog-events-{time}Z.{ending}")
    }
}

/// Writes events in a form.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    pub(crate) format: Format,
    /// The columns of a CSV file.
    pub(crate) columns: Vec<RowColumn>,
    /// In whose clock a CSV file tells times, as spreadsheets read them.
    pub(crate) zone: Option<Zone>,
    /// Whether a CSV file begins with a byte order mark, by which spreadsheets know UTF-8.
    pub(crate) bom: bool,
}

/// U+FEFF in UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

impl Lines {
    /// What comes before the first event.
    pub(crate) fn head(&self) -> Vec<u8> {
        match self.format {
            Format::Csv => {
                let mark = if self.bom { BYTE_ORDER_MARK } else { &[] };
                let head = csv::line(self.columns.iter().map(|column| Some(column.head(self.zone.as_ref()))));
                [mark, &head].concat()
            }
            Format::Ndjson | Format::OtlpJson => Vec::new(),
        }
    }

    /// The lines of events.
    ///
    /// # Errors
    /// Where an event cannot be written as JSON.
    pub(crate) fn of(&self, events: &[StoredEvent]) -> serde_json::Result<Vec<u8>> {
        let mut out = Vec::new();
        for stored in events {
            match self.format {
                Format::Csv => out.extend(csv::event(stored, &self.columns, self.zone.as_ref())),
                Format::Ndjson => put(&mut out, &Details { stored, links: &Links::default(), said: None })?,
                Format::OtlpJson => put(&mut out, &LogsData(&stored.event))?,
            }
        }
        Ok(out)
    }
}

fn put(out: &mut Vec<u8>, value: &impl Serialize) -> serde_json::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.push(b'\n');
    Ok(())
}
