//! Questions to a store and their meaning.
//!
//! [`Query::matches`] defines what a question means; every store answers as a scan with it would.

mod arrivals;
mod expr;
mod hotspots;
mod spellings;

pub use arrivals::{Arrivals, ArrivalsRequest};
pub use expr::{Expr, Phrase};
pub use hotspots::{Group, GroupKey, GroupStats, Hotspots, HotspotsRequest};
pub use spellings::SpellingsRequest;

use std::cmp::Reverse;

use crate::column::Column;
use crate::content;
use crate::event::{Event, StoredEvent};
use crate::ids::{Seq, Tenant, TermKind};
use crate::record::value::number_text;
use crate::text::folded;
use crate::time::UnixNanos;

/// A half-open span of time: `from` belongs to it, `to` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first moment.
    pub from: UnixNanos,
    /// The moment after the last one.
    pub to: UnixNanos,
}

impl Period {
    /// All of time, but for its very last nanosecond.
    pub const ALL: Self = Self { from: UnixNanos::MIN, to: UnixNanos::MAX };

    /// Whether `time` lies in the period.
    #[must_use]
    pub fn contains(&self, time: UnixNanos) -> bool {
        self.from <= time && time < self.to
    }
}

/// What a filter looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A column.
    Column(Column),
    /// An attribute of record, scope or resource, by its dotted key.
    Attribute(String),
}

impl Target {
    /// Whether the event has it, with whatever value; an empty one is one, an empty list is none.
    #[must_use]
    pub fn is_in(&self, event: &Event) -> bool {
        match self {
            Self::Column(column) => event.value(*column).is_some(),
            Self::Attribute(key) => {
                let mut found = false;
                content::visit_attribute_keys(event, &mut |k| found |= k == key);
                found
            }
        }
    }
}

/// Whether there must be a value at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// The values alone decide.
    #[default]
    Any,
    /// There must be one, whatever it is.
    Present,
    /// There must be none; beside other values, none or one of these.
    Missing,
}

/// A condition on one column or attribute; exact and case-sensitive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// What it looks at.
    pub target: Target,
    /// The value must be one of these; empty for no such condition.
    pub any_of: Vec<String>,
    /// The value must be none of these; an absent value is none of them.
    pub none_of: Vec<String>,
    /// Whether there must be a value at all.
    pub presence: Presence,
    /// Endings that match as well as the whole values; of [`content::ENDING_COLUMNS`] alone.
    pub endings: Endings,
}

/// Ends of values, each as that of [`Expr::Ending`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endings {
    /// A value that ends so is one of those wanted.
    pub any_of: Vec<String>,
    /// A value that ends so is one of those not wanted.
    pub none_of: Vec<String>,
}

impl Filter {
    /// The filter on a target that every event passes.
    #[must_use]
    pub const fn on(target: Target) -> Self {
        let endings = Endings { any_of: Vec::new(), none_of: Vec::new() };
        Self { target, any_of: Vec::new(), none_of: Vec::new(), presence: Presence::Any, endings }
    }

    /// Whether it says which values are wanted.
    #[must_use]
    pub const fn names_values(&self) -> bool {
        !self.any_of.is_empty() || !self.endings.any_of.is_empty()
    }

    /// Whether the event passes.
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        let one = |value: &String| match &self.target {
            Target::Column(column) => event.value(*column) == Some(value),
            Target::Attribute(key) => has_attribute(event, key, value),
        };
        let ends = |ending: &String| match &self.target {
            Target::Column(column) => expr::ends_with(event, *column, ending),
            Target::Attribute(_) => false,
        };
        let named = || self.any_of.iter().any(one) || self.endings.any_of.iter().any(ends);
        let wanted = match self.presence {
            Presence::Any => !self.names_values() || named(),
            Presence::Present => self.target.is_in(event),
            Presence::Missing => !self.target.is_in(event) || named(),
        };
        wanted && !self.none_of.iter().any(one) && !self.endings.none_of.iter().any(ends)
    }
}

/// A text is compared as it is, a number by its one text in whatever spelling it is asked for.
pub(crate) fn has_attribute(event: &Event, key: &str, value: &str) -> bool {
    let number = number_text(value);
    let mut found = false;
    content::visit_typed_attributes(event, &mut |k, v, kind| {
        found |= k == key
            && match kind {
                TermKind::Number => number.as_deref() == Some(v),
                _ => v == value,
            };
    });
    found
}

/// Which events are asked for: those of the tenant in the period that pass all filters and the search text.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Whose events.
    pub tenant: Tenant,
    /// When they happened.
    pub period: Period,
    /// The filters, at most one per target.
    pub filters: Vec<Filter>,
    /// The search text, parsed.
    pub text: Option<Expr>,
}

impl Query {
    /// All events of a tenant in a period.
    #[must_use]
    pub const fn all(tenant: Tenant, period: Period) -> Self {
        Self { tenant, period, filters: Vec::new(), text: None }
    }

    /// Whether an event (of the right tenant) is asked for. The meaning of every question.
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        self.period.contains(event.time)
            && self.filters.iter().all(|filter| filter.matches(event))
            && self.text.as_ref().is_none_or(|text| text.matches(event))
    }

    /// The same question without its filter on `column`.
    #[must_use]
    pub fn without_filter(&self, column: Column) -> Self {
        let other = |filter: &&Filter| filter.target != Target::Column(column);
        let filters = self.filters.iter().filter(other).cloned().collect();
        Self { filters, ..self.clone() }
    }
}

/// The order of a page; ties of time are broken by `seq` in the same direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// `-time`.
    #[default]
    NewestFirst,
    /// `time`.
    OldestFirst,
}

/// An event's place in the total order of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The event's time.
    pub time: UnixNanos,
    /// The event's arrival number.
    pub seq: Seq,
}

impl From<&StoredEvent> for Position {
    fn from(stored: &StoredEvent) -> Self {
        Self { time: stored.event.time, seq: stored.seq }
    }
}

/// From where a page reads, in the request's order. The position itself is never part of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// The first events of the order.
    #[default]
    First,
    /// The events right after a position.
    After(Position),
    /// The events right before a position; the page still comes in the request's order.
    Before(Position),
}

/// A request for one page.
#[derive(Clone, Debug, PartialEq)]
pub struct PageRequest {
    /// Which events.
    pub query: Query,
    /// In which order.
    pub order: Order,
    /// From where.
    pub start: Start,
    /// How many at most: 1 to [`crate::limits::MAX_PAGE`].
    pub limit: usize,
    /// How many bytes at most, as [`Event::whole_bytes`] counts them; usually [`crate::limits::MAX_PAGE_BYTES`].
    /// A page has as many events as fit, but one at least: one that has fewer than `limit` says
    /// by `more_before` and `more_after` whether there are others, and the next page goes on without a gap.
    pub bytes: usize,
}

impl PageRequest {
    /// The first page in an order: so many events at most, and as many bytes as a page has.
    #[must_use]
    pub const fn first(query: Query, order: Order, limit: usize) -> Self {
        Self { query, order, start: Start::First, limit, bytes: crate::limits::MAX_PAGE_BYTES }
    }
}

/// One page of a time-sorted result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The events, in the request's order.
    pub events: Vec<StoredEvent>,
    /// Whether there are events before the first one of the page, in the request's order.
    pub more_before: bool,
    /// Whether there are events after the last one of the page, in the request's order.
    pub more_after: bool,
    /// `false` where a part of the store could not be read: events may be missing.
    pub complete: bool,
}

/// A request for value lists.
#[derive(Clone, Debug, PartialEq)]
pub struct FacetRequest {
    /// The period and tenant decide which values there are; the filters and text only `matching`.
    pub query: Query,
    /// The facet columns wanted.
    pub columns: Vec<Column>,
    /// Only values that hold this, folded as words are; empty for all. See [`Fit`].
    pub part: String,
    /// Values that are listed besides: those with another name that holds it.
    pub named: Vec<(Column, String)>,
    /// The most values per column.
    pub limit: usize,
}

/// One value of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetValue {
    /// The value.
    pub value: String,
    /// How many events of the period have it.
    pub count: u64,
    /// How many of them also pass the search text and all filters but those of this column.
    pub matching: u64,
}

impl FacetValue {
    /// The place in a list, of a value that fits so: sorts before what stands behind it.
    #[must_use]
    pub fn rank(&self, fit: Fit) -> impl Ord + '_ {
        (self.matching == 0, fit, Reverse(self.matching), Reverse(self.count), self.value.as_str())
    }
}

/// How a value fits what is typed of it, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// It begins with it, or nothing is typed.
    Beginning,
    /// One of its words does.
    Word,
    /// It is somewhere within, or in another name of the value.
    Within,
}

impl FacetRequest {
    /// How a value of a column fits, where it is to be listed. `part` is that of the request, folded.
    #[must_use]
    pub fn fit(&self, part: &str, column: Column, value: &str) -> Option<Fit> {
        if part.is_empty() {
            return Some(Fit::Beginning);
        }
        let folded = folded(value);
        let begins_word = |(place, _): (usize, &str)| {
            folded
                .get(..place)
                .and_then(|before| before.chars().next_back())
                .is_none_or(|c| !c.is_alphanumeric())
        };
        if folded.starts_with(part) {
            Some(Fit::Beginning)
        } else if folded.match_indices(part).any(begins_word) {
            Some(Fit::Word)
        } else if folded.contains(part)
            || self.named.iter().any(|(of, named)| *of == column && named == value)
        {
            Some(Fit::Within)
        } else {
            None
        }
    }
}

/// The value list of one column: those that match first, then those that fit best, then the most frequent, then by
/// value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// The column.
    pub column: Column,
    /// Its values.
    pub values: Vec<FacetValue>,
    /// Whether there are more values than the request's limit.
    pub more: bool,
}

/// The answer to a [`FacetRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facets {
    /// One facet for each column of the request, in its order.
    pub facets: Vec<Facet>,
    /// `false` where a part of the store could not be read.
    pub complete: bool,
}

/// A request for a histogram: `buckets` bars of `step_nanos`, the first one starting at `start`.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramRequest {
    /// Which events. Those outside of the bars are not counted.
    pub query: Query,
    /// The start of the first bar.
    pub start: UnixNanos,
    /// The width of a bar, above 0.
    pub step_nanos: i64,
    /// The number of bars: 1 to [`crate::limits::MAX_BUCKETS`].
    pub buckets: usize,
}

/// One bar of a histogram.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Events by status, sorted by status; an event without status counts under the empty text.
    pub counts: Vec<(String, u64)>,
}

/// The answer to a [`HistogramRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// The bars, in the order of time.
    pub buckets: Vec<Bucket>,
    /// `false` where a part of the store could not be read.
    pub complete: bool,
}

/// A number of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// How many.
    pub events: u64,
    /// `false` where a part of the store could not be read.
    pub complete: bool,
}
