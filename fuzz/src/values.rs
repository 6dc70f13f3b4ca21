//! The small parsers: times, zones, lists, addresses, cursors, names, templates of links, lines of CSV.

use steplog_model::column::Column;
use steplog_model::ids::EventId;
use steplog_model::time::UnixNanos;
use steplog_net::{Names, hosts};
use steplog_query::columns::{RowColumn, listed, split};
use steplog_query::fuzzing::{clock, csv_line, cursor, moment, sealed_cursor};
use steplog_query::links::{LinkKind, LinkTemplate};
use steplog_query::nearest::nearest;
use steplog_query::pairs;
use steplog_query::zone::Zone;

use crate::{NOW, text};

pub(crate) fn run(input: &[u8]) {
    sealed(input);
    let Some(text) = text(input) else { return };
    times(text);
    lists(text);
    addresses(text);
    cells(text);
    assert!(cursor(text, 0).is_none_or(|again| again == text), "{text:?}");
    let (first, second) = text.split_once('\n').unwrap_or((text, ""));
    if let Some(zone) = Zone::named(first) {
        assert_eq!(Zone::named(zone.name()).as_ref(), Some(&zone), "{first:?}");
        for moment in [NOW, UnixNanos::MIN, UnixNanos::MAX].into_iter().chain(second.parse().ok()) {
            check_clock(&zone, moment);
        }
    }
    let _ = nearest(first, Column::ALL.iter().map(|column| column.name()));
    for kind in LinkKind::ALL {
        let _ = LinkTemplate::new(kind, second, first);
    }
    if let Ok(id) = first.parse::<EventId>() {
        assert_eq!(id.to_string().parse::<EventId>().ok(), Some(id), "{first:?}");
    }
}

/// A cursor of any content: read, or refused.
fn sealed(content: &[u8]) {
    let text = sealed_cursor(content);
    let question = content.last_chunk().map_or(0, |print| u64::from_le_bytes(*print));
    let again = cursor(&text, question);
    // The direction is one of two, and no other number is written.
    let is_plain = content.get(1).is_some_and(|direction| *direction <= 1);
    assert!(again.is_none_or(|again| again == text || !is_plain), "{text:?}");
}

fn times(text: &str) {
    if let Ok(time) = text.parse::<UnixNanos>() {
        assert_eq!(time.to_string().parse().ok(), Some(time), "{text:?}");
    }
    if let Some(time) = moment(text, NOW) {
        assert_eq!(moment(&time.to_string(), NOW), Some(time), "{text:?}");
    }
}

/// A moment that a clock shows leads back to it, or to the first of two that it shows alike.
fn check_clock(zone: &Zone, moment: UnixNanos) {
    let (wall, found, written) = clock(zone, moment);
    assert!(!written.is_empty());
    // At the ends of time there is nothing beyond.
    if moment.0.unsigned_abs() < i64::MAX.unsigned_abs() - 200_000_000_000_000 {
        assert!(found <= moment && clock(zone, found).0 == wall, "{}: {moment} {found}", zone.name());
    }
}

fn lists(text: &str) {
    let parts = split(text);
    let again: Vec<_> = parts.iter().map(|part| listed(part)).collect();
    assert_eq!(split(&again.join(",")), parts, "{text:?}");
    for part in &parts {
        if let Ok(column) = part.parse::<RowColumn>() {
            assert_eq!(column.name().parse::<RowColumn>().ok(), Some(column), "{part:?}");
        }
    }
}

fn addresses(text: &str) {
    match pairs::decode(text) {
        Ok(found) => {
            let part = crate::api::encoded;
            let written: Vec<_> = found.iter().map(|(name, value)| part(name) + "=" + &part(value)).collect();
            assert_eq!(pairs::decode(&written.join("&")).ok(), Some(found), "{text:?}");
        }
        Err(errors) => assert!(!errors.is_empty(), "{text:?}"),
    }
    let names = Names::new(&[text.to_owned()]);
    // A name that may be set is one by which the server goes.
    if hosts::problem(text).is_none() && !text.contains('*') && text.parse::<http::uri::Authority>().is_ok() {
        assert!(names.allows(text), "{text:?}");
    }
    let _ = names.owns(text);
}

/// Cells that are written as a line are the same when they are read, but for the mark before a formula.
fn cells(text: &str) {
    let cells: Vec<_> = text.split('\0').map(|cell| (cell != "absent").then_some(cell)).collect();
    let line = String::from_utf8(csv_line(&cells)).expect("texts are written");
    let (read, rest) = read_csv(&line);
    assert_eq!(rest, "", "{line:?}");
    assert_eq!(read.len(), cells.len(), "{line:?}");
    for (read, cell) in read.iter().zip(cells) {
        let cell = cell.unwrap_or_default();
        assert!(read == cell || read.strip_prefix('\'') == Some(cell), "{line:?}: {read:?} for {cell:?}");
        let run = read.starts_with(['=', '+', '-', '@', '\t', '\r']) && read.parse::<f64>().is_err();
        assert!(!run, "{read:?} would be run");
    }
}

/// The cells of the first line (RFC 4180), and what is behind it.
fn read_csv(line: &str) -> (Vec<String>, &str) {
    let (mut cells, mut rest) = (Vec::new(), line);
    loop {
        let mut cell = String::new();
        if let Some(mut quoted) = rest.strip_prefix('"') {
            while let Some((part, behind)) = quoted.split_once('"') {
                cell.push_str(part);
                quoted = behind;
                match quoted.strip_prefix('"') {
                    Some(more) => {
                        cell.push('"');
                        quoted = more;
                    }
                    None => break,
                }
            }
            rest = quoted;
        } else {
            let end = rest.find([',', '\r', '\n']).unwrap_or(rest.len());
            cell.push_str(&rest[..end]);
            rest = &rest[end..];
        }
        cells.push(cell);
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return (cells, rest.strip_prefix("\r\n").unwrap_or(rest)),
        }
    }
}
