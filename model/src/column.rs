//! The fixed fields of an event that the page shows and filters.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::ids::EventId;
use crate::limits;

/// How a column is indexed, and so what can be asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Few distinct values: exact filter, value list with counts.
    Facet,
    /// Exact, case-sensitive identifier: exact filter, found when pasted into the search box.
    Identifier,
    /// Further detail: exact filter only.
    Detail,
}

macro_rules! columns {
    ($($variant:ident $name:literal $label:literal $kind:ident $doc:literal;)*) => {
        /// A column of an event. The names are those of the API, the URL, the command line and the settings.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Column { $(#[doc = $doc] $variant),* }

        impl Column {
            /// All columns, in the order of their numbers on disk.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name in the API, the URL and the settings: `occurred_in`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The name that people read: `Occurred in`.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),* }
            }

            /// What it holds, in a sentence.
            #[must_use]
            pub const fn help(self) -> &'static str {
                match self { $(Self::$variant => $doc),* }
            }

            /// How it is indexed.
            #[must_use]
            pub const fn kind(self) -> ColumnKind {
                match self { $(Self::$variant => ColumnKind::$kind),* }
            }
        }
    };
}

// The order is the number on disk: add at the end only, and raise the versions of log files and store.json
// (`steplog_indexer`): an older program takes a column that it does not know for damage.
columns! {
    Event "event" "Event name" Facet "What happened; an open set of names.";
    Status "status" "Status" Facet "How it ended; see `status` for the canonical values.";
    OccurredIn "occurred_in" "Occurred in" Facet "The context: journey, chatbot, ai_agent, conversation, message, or another.";
    Object "object" "Object name" Facet "The journey, chatbot, agent, … that ran.";
    Version "version" "Version ID" Facet "The object's version.";
    Element "element" "Element" Facet "The step of the object.";
    PerformedBy "performed_by" "Performed by" Facet "Who acted.";
    Channel "channel" "Channel" Facet "The channel of a message or conversation.";
    Service "service" "Service" Facet "The service that sent the event.";
    Person "person" "Person ID" Identifier "The customer.";
    Interaction "interaction" "Interaction ID" Identifier "The customer's way from start to end.";
    Conversation "conversation" "Conversation ID" Identifier "The conversation.";
    TraceId "trace_id" "Trace ID" Identifier "32 hex digits.";
    SpanId "span_id" "Span ID" Identifier "16 hex digits.";
    Parent "parent" "Parent" Identifier "The interaction, step or agent that started this one.";
    ObjectId "object_id" "Object ID" Detail "The object's own id.";
    ElementId "element_id" "Element ID" Detail "The element's own id.";
    ElementType "element_type" "Element type" Detail "The kind of element.";
    PerformedByType "performed_by_type" "Performed by type" Detail "user, system or agent.";
    Severity "severity" "Severity" Detail "The log record's severity text, or the name of its number.";
    Reason "reason" "Reason" Detail "A few words on why it did not succeed.";
    StatusRaw "status_raw" "Status as sent" Detail "The status before it was made canonical, where they differ.";
    OccurredInRaw "occurred_in_raw" "Context as sent" Detail "The context before it was made canonical, where they differ.";
    Sequence "sequence" "Sequence" Detail "The sender's own count of its events.";
}

impl Column {
    /// The longest value that the column keeps whole, in bytes.
    #[must_use]
    pub const fn max_value_bytes(self) -> usize {
        match self.kind() {
            ColumnKind::Identifier => limits::MAX_ID_BYTES,
            ColumnKind::Facet | ColumnKind::Detail => limits::MAX_CELL_BYTES,
        }
    }

    /// The value as the column keeps it and as it is compared: itself, or where it is too long its beginning and a hash
    /// of the whole, so that values which differ behind the cut stay different. Whoever asks for the whole value
    /// or for what is shown of it finds it.
    #[must_use]
    pub fn kept(self, value: &str) -> Cow<'_, str> {
        let most = self.max_value_bytes();
        if value.len() <= most {
            return Cow::Borrowed(value);
        }
        let hash = EventId::from_hash(&blake3::hash(value.as_bytes()));
        let mark = format!("…{hash}");
        let start = value.get(..value.floor_char_boundary(most - mark.len())).unwrap_or_default();
        Cow::Owned(format!("{start}{mark}"))
    }

    /// The columns with value lists.
    pub fn facets() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|column| column.kind() == ColumnKind::Facet)
    }

    /// The column of a number on disk.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The number on disk.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no column.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no column {0:?}")]
pub struct UnknownColumn(pub String);

impl FromStr for Column {
    type Err = UnknownColumn;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().copied().find(|column| column.name() == name);
        found.ok_or_else(|| UnknownColumn(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_round_trip() {
        for column in Column::ALL {
            assert_eq!(column.name().parse(), Ok(*column));
            assert_eq!(Column::from_number(column.number()), Some(*column));
        }
        assert_eq!(Column::from_number(200), None);
    }

    #[test]
    fn values_that_differ_behind_the_cut_stay_different() {
        let long = "ä".repeat(limits::MAX_ID_BYTES);
        for column in [Column::Person, Column::Object, Column::Reason] {
            let most = column.max_value_bytes();
            let [one, other] = ["1", "2"].map(|end| column.kept(&format!("{long}{end}")).into_owned());
            assert_ne!(one, other);
            assert!(one.len() <= most && one.len() > most - 4 && one.starts_with("ää"), "{one}");
            // What is shown is kept as it is.
            assert_eq!(column.kept(&one), one);
            assert_eq!(column.kept(&long[..most]), long[..most]);
        }
    }
}
