//! The content of an event for the index, in buffers that the next event reuses.

use std::sync::Arc;

use bytestring::ByteString;
use steplog_model::column::{Column, ColumnKind};
use steplog_model::content::{ENDING_COLUMNS, OriginTerms, Searchable, reversed_ending, visit_searchable};
use steplog_model::event::StoredEvent;
use steplog_model::ids::{TermHasher, TermKind, counting_hash};
use steplog_model::sketch::{Distinct, duration_step};
use tantivy::Document;
use tantivy::schema::Field;
use tantivy::schema::document::{ReferenceValue, ReferenceValueLeaf, Value};

use super::exact::EventTerms;
use super::schema::{
    self, BEGINNING_LETTER, FIRST_COLUMN, ending_letter, facet_letter, facet_place, push_shape,
};
use super::tokens::{WordText, push_facet};

/// What the index keeps of one event.
#[derive(Debug)]
pub(super) struct Content {
    time: i64,
    seq: u64,
    /// Numbers that not every event has, with their fields, ordered by field.
    numbers: Vec<(Field, u64)>,
    /// Facet columns with their fields, ordered by field.
    columns: Vec<(Field, ByteString)>,
    facets: String,
    words: WordText,
    terms: EventTerms,
    /// Which columns and attributes there are.
    keys: Vec<u32>,
}

impl Content {
    /// An empty content. `hasher` hashes its exact terms.
    pub(super) fn new(hasher: TermHasher) -> Self {
        Self {
            time: 0,
            seq: 0,
            numbers: Vec::new(),
            columns: Vec::new(),
            facets: String::new(),
            words: WordText::default(),
            terms: EventTerms::new(hasher),
            keys: Vec::new(),
        }
    }

    /// Replaces the content by that of an event.
    pub(super) fn fill(&mut self, stored: &StoredEvent, origin: &OriginTerms) {
        self.clear();
        let event = &stored.event;
        self.terms.begin(event.id);
        (self.time, self.seq) = (event.time.0, stored.seq);
        let duration = event.duration_nanos.map(|nanos| (schema::DURATION, u64::from(duration_step(nanos))));
        let interaction = event
            .value(Column::Interaction)
            .map(|value| (schema::INTERACTION, u64::from(Distinct::bits(counting_hash(value)))));
        self.numbers.extend(duration.into_iter().chain(interaction));
        for cell in event.cells.iter().filter(|cell| cell.column.kind() == ColumnKind::Facet) {
            push_facet(&mut self.facets, facet_letter(cell.column), &cell.value);
            self.columns.push((column_field(cell.column), cell.value.clone()));
        }
        for cell in event.cells.iter().filter(|cell| ENDING_COLUMNS.contains(&cell.column)) {
            push_facet(&mut self.facets, ending_letter(cell.column), &reversed_ending(&cell.value));
        }
        visit_searchable(event, origin, self);
        self.keys.sort_unstable();
        self.keys.dedup();
        push_shape(&mut self.facets, &self.keys);
        self.terms.end();
        self.words.end();
    }

    /// The exact terms.
    pub(super) fn terms(&self) -> &EventTerms {
        &self.terms
    }

    /// Releases the event's buffers.
    pub(super) fn clear(&mut self) {
        self.numbers.clear();
        self.columns.clear();
        self.facets.clear();
        self.keys.clear();
        self.words.clear();
    }
}

fn column_field(column: Column) -> Field {
    let place = facet_place(column).unwrap_or_default();
    Field::from_field_id(FIRST_COLUMN + place as u32)
}

impl Searchable for Content {
    fn word(&mut self, word: &str) {
        self.words.push(word);
    }

    fn beginning(&mut self, beginning: &str) {
        push_facet(&mut self.facets, BEGINNING_LETTER, beginning);
    }

    fn end_text(&mut self) {
        self.words.end_text();
    }

    fn value(&mut self, kind: TermKind, key: &str, value: &str) {
        self.terms.add(kind, key, value);
    }

    fn origin_term(&mut self, term: u64) {
        self.terms.add_hash(term);
    }

    fn key(&mut self, key: u32) {
        self.keys.push(key);
    }
}

/// A handle on a [`Content`]; Tantivy wants documents that own what they hold.
#[derive(Debug)]
pub(super) struct EventDocument(pub(super) Arc<Content>);

impl Document for EventDocument {
    type Value<'a> = EventValue<'a>;
    type FieldsValuesIter<'a> = EventValues<'a>;

    fn iter_fields_and_values(&self) -> EventValues<'_> {
        EventValues { content: &self.0, next: 0 }
    }
}

/// The values of an event, ordered by field.
pub(super) struct EventValues<'a> {
    content: &'a Content,
    next: usize,
}

impl<'a> Iterator for EventValues<'a> {
    type Item = (Field, EventValue<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let content = self.content;
        let place = self.next;
        self.next += 1;
        match place {
            0 => Some((schema::TIME, EventValue::I64(content.time))),
            1 => Some((schema::SEQ, EventValue::U64(content.seq))),
            2 => Some((schema::TEXT, EventValue::Text(content.words.as_str()))),
            3 => Some((schema::FACET, EventValue::Text(&content.facets))),
            _ => {
                let place = place - 4;
                if let Some((field, number)) = content.numbers.get(place) {
                    return Some((*field, EventValue::U64(*number)));
                }
                let (field, value) = content.columns.get(place - content.numbers.len())?;
                Some((*field, EventValue::Text(value)))
            }
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum EventValue<'a> {
    I64(i64),
    U64(u64),
    Text(&'a str),
}

impl<'a> Value<'a> for EventValue<'a> {
    type ArrayIter = std::iter::Empty<Self>;
    type ObjectIter = std::iter::Empty<(&'a str, Self)>;

    fn as_value(&self) -> ReferenceValue<'a, Self> {
        ReferenceValue::Leaf(match *self {
            Self::I64(value) => ReferenceValueLeaf::I64(value),
            Self::U64(value) => ReferenceValueLeaf::U64(value),
            Self::Text(value) => ReferenceValueLeaf::Str(value),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use steplog_model::testing::build::EventBuilder;
    use steplog_model::time::UnixNanos;

    #[test]
    fn values_come_ordered_by_field_and_buffers_are_used_again() {
        let event = EventBuilder::new(7, UnixNanos(5))
            .cell(Column::Status, "failure")
            .cell(Column::Event, "step")
            .cell(Column::Person, "p")
            .cell(Column::Interaction, "i")
            .duration_nanos(7)
            .body("two words")
            .build();
        let hasher = TermHasher::new(1);
        let mut content = Content::new(hasher);
        for seq in 1..3 {
            let stored = StoredEvent { seq, event: event.clone() };
            content.fill(&stored, &OriginTerms::new(&event.origin, &hasher));
        }
        let document = EventDocument(Arc::new(content));
        let values: Vec<_> = document.iter_fields_and_values().collect();
        assert!(values.is_sorted_by_key(|(field, _)| *field), "{values:?}");
        let texts: Vec<_> = values.iter().filter_map(|(_, value)| value.as_str()).collect();
        // Of the second event alone.
        assert_eq!(texts[0], "step failure p i \ntwo words \n");
        assert_eq!(&texts[2..], ["step", "failure"]);
        let durations: Vec<_> = values.iter().filter(|(field, _)| *field == schema::DURATION).collect();
        assert_eq!(durations.len(), 1);
    }
}
