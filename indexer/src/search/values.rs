//! The values of facet columns by their ordinals in a segment.

use steplog_model::store::StoreError;

use super::unreadable;
use crate::index::SegmentView;

/// The value of an ordinal of the facet column at `place`.
pub(super) fn value_of(view: &SegmentView, place: usize, ord: u32) -> Result<String, StoreError> {
    let kept = view.side.facets.get(place).and_then(|facet| facet.values.as_ref());
    if let Some(value) = kept.and_then(|values| values.get(ord as usize)) {
        return Ok(value.to_owned());
    }
    let mut value = String::new();
    if let Some(column) = view.columns.facet(place).map_err(unreadable)? {
        column.ord_to_str(u64::from(ord), &mut value).map_err(unreadable)?;
    }
    Ok(value)
}

/// Calls `visit` with each ordinal of the facet column at `place` and its value, in order, until it fails.
pub(super) fn visit_values(
    view: &SegmentView,
    place: usize,
    visit: &mut impl FnMut(usize, &str) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let Some(facet) = view.side.facets.get(place) else { return Ok(()) };
    if let Some(values) = &facet.values {
        return (0..facet.counts.len()).try_for_each(|ord| visit(ord, values.get(ord).unwrap_or_default()));
    }
    let Some(column) = view.columns.facet(place).map_err(unreadable)? else { return Ok(()) };
    let mut stream = column.dictionary().stream().map_err(unreadable)?;
    let mut ord = 0;
    while stream.advance() {
        visit(ord, std::str::from_utf8(stream.key()).unwrap_or_default())?;
        ord += 1;
    }
    Ok(())
}
