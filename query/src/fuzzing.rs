//! The small parsers that are reached through requests alone, for whoever tries them with bytes of all kinds.

use std::sync::Arc;

use steplog_model::event::Event;
use steplog_model::ids::Tenant;
use steplog_model::query::Expr;
use steplog_model::time::UnixNanos;
use steplog_model::views::ViewsStore as _;

use crate::cursor::Cursor;
use crate::snippet::Marks;
use crate::views::{InMemory, NewView, Views};
use crate::zone::Zone;

/// The words around a hit, and the beginning and end of each in characters.
#[must_use]
pub fn snippet(expr: &Expr, event: &Event) -> Option<(String, Vec<[usize; 2]>)> {
    let snippet = Marks::of(expr)?.snippet(event)?;
    Some((snippet.text, snippet.hits))
}

/// Opens saved views that a store has as this document, and saves one more.
pub fn views(document: &[u8]) {
    let (store, tenant) = (Arc::new(InMemory::default()), Tenant::default());
    let _ = store.replace(&tenant, document);
    if let Ok(views) = Views::open(store, tenant) {
        let _ = views.add(NewView { name: "a".to_owned(), query: String::new() }, UnixNanos(1));
        let _ = (views.notice(), views.list());
    }
}

/// A cursor, read for the question with this fingerprint and written again.
#[must_use]
pub fn cursor(text: &str, fingerprint: u64) -> Option<String> {
    Cursor::decode(text, fingerprint).ok().map(|cursor| cursor.encode(fingerprint))
}

/// The content of a cursor with the check that makes it one.
#[must_use]
pub fn sealed_cursor(content: &[u8]) -> String {
    crate::cursor::sealed(content)
}

/// A moment as `from` and `to` have it.
#[must_use]
pub fn moment(text: &str, now: UnixNanos) -> Option<UnixNanos> {
    crate::params::period::parse(text, now).ok()
}

/// What a clock shows at a moment, when it shows that, and how a file writes it.
#[must_use]
pub fn clock(zone: &Zone, moment: UnixNanos) -> (i128, UnixNanos, String) {
    let wall = zone.wall(moment);
    (wall, zone.moment(wall), zone.text(moment))
}

/// Cells as a line of CSV.
#[must_use]
pub fn csv_line(cells: &[Option<&str>]) -> Vec<u8> {
    crate::export::line(cells.iter().map(|cell| cell.map(str::to_owned)))
}
