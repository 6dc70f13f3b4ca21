//! Which parameters each question takes: used by the parsers and by the API's description.

use steplog_model::column::{Column, ColumnKind};
use steplog_model::limits;

use super::{DEFAULT_BUCKETS, DEFAULT_FACET_VALUES, DEFAULT_LIMIT, DEFAULT_OBJECTS};

/// What the value of a parameter looks like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// The text of the search box.
    Search,
    /// A moment, see [`super::period`].
    Moment,
    /// A whole number from 1 to `most`.
    Number { default: Option<usize>, most: usize },
    /// One of a few; the first is the default.
    OneOf(&'static [&'static str]),
    /// One of a few, which must be stated.
    Choice(&'static [&'static str]),
    /// Names of columns that fit, separated by commas.
    Columns(fn(Column) -> bool),
    /// Names of columns, of facts such as `id`, and `attr.KEY`, separated by commas.
    RowColumns,
    /// A time zone.
    Zone,
    /// A place in a tail.
    Place,
}

/// A parameter with one value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// What it means, for people.
    pub(crate) about: &'static str,
}

/// The parameters of a question.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Accepted {
    pub(crate) own: &'static [Parameter],
    /// Whether columns and attributes are parameters as well.
    pub(crate) filters: bool,
}

impl Accepted {
    /// The names of the parameters that are neither columns nor attributes.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        self.own.iter().map(|parameter| parameter.name)
    }
}

const fn parameter(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter { name, kind, about }
}

const Q: Parameter = parameter(
    "q",
    Kind::Search,
    "The search box: words (all of them), \"phrase\", word*, -not, OR, parentheses, column:value, attr.KEY:value.",
);
const TYPING: Parameter = parameter(
    "typing",
    Kind::OneOf(&["0", "1"]),
    "1: `q` is still being typed, so that its last word finds words that begin so as well.",
);
const FROM: Parameter = parameter(
    "from",
    Kind::Moment,
    "Where the period begins: RFC 3339, Unix nanoseconds, now, or now-24h (s, m, h, d, w). Without it: 24 hours before `to`.",
);
const TO: Parameter = parameter(
    "to",
    Kind::Moment,
    "Where the period ends, itself not part of it; written as `from`. Without it: no end, since a sender's clock may be ahead.",
);
const CURSOR_PARAMETER: Parameter =
    parameter("cursor", Kind::Text, "Where to go on: `next` or `prev` of an answer to the same question.");

const SORT: Parameter = parameter("sort", Kind::OneOf(&["-time", "time"]), "Newest first, or oldest first.");
const ROW_COLUMNS: Parameter = parameter(
    "columns",
    Kind::RowColumns,
    "What rows show beyond the columns of every row, separated by commas, with a \\ before a comma of a key.",
);

/// `events`.
pub(crate) const EVENTS: Accepted = Accepted {
    own: &[
        Q,
        TYPING,
        FROM,
        TO,
        SORT,
        parameter(
            "limit",
            Kind::Number { default: Some(DEFAULT_LIMIT), most: limits::MAX_PAGE },
            "How many events a page has.",
        ),
        CURSOR_PARAMETER,
        ROW_COLUMNS,
        parameter(
            "why",
            Kind::OneOf(&["0", "1"]),
            "1 explains an empty page: how many events there are without each single condition.",
        ),
    ],
    filters: true,
};

/// `export`.
pub(crate) const EXPORT: Accepted = Accepted {
    own: &[
        parameter("format", Kind::Choice(&["csv", "ndjson", "otlp-json"]), "The form of the file."),
        Q,
        TYPING,
        FROM,
        TO,
        SORT,
        parameter(
            "columns",
            Kind::RowColumns,
            "The columns of a CSV file, in this order, separated by commas. Without it: all but attributes.",
        ),
        parameter(
            "tz",
            Kind::Zone,
            "CSV: times to the millisecond in this zone (a name such as Europe/Zagreb, UTC, or an offset such as +05:45), \
             as spreadsheets read them. Without it: RFC 3339 in UTC with nine digits.",
        ),
        parameter(
            "bom",
            Kind::OneOf(&["0", "1"]),
            "CSV: 1 begins with a byte order mark, by which spreadsheets know UTF-8.",
        ),
        parameter(
            "limit",
            Kind::Number { default: None, most: super::ExportParams::MAX_LIMIT },
            "The most events of the file. Without it: all.",
        ),
        CURSOR_PARAMETER,
    ],
    filters: true,
};

/// `tail`.
pub(crate) const TAIL: Accepted = Accepted {
    own: &[Q, TYPING, ROW_COLUMNS, parameter("last_event_id", Kind::Place, LAST_EVENT_ID.about)],
    filters: true,
};

/// The header with which a client of server-sent events goes on.
pub(crate) const LAST_EVENT_ID: Parameter = parameter(
    "Last-Event-ID",
    Kind::Place,
    "The last id that came: what follows it is sent. Without it: from now on.",
);

/// `facets`.
pub(crate) const FACETS: Accepted = Accepted {
    own: &[
        Q,
        TYPING,
        FROM,
        TO,
        parameter(
            "columns",
            Kind::Columns(|column| matches!(column.kind(), ColumnKind::Facet)),
            "The columns whose values are wanted, separated by commas. Without it: all that have value lists.",
        ),
        parameter(
            "prefix",
            Kind::Text,
            "Only values that hold this, or have a label that does, in whatever case.",
        ),
        parameter(
            "limit",
            Kind::Number { default: Some(DEFAULT_FACET_VALUES), most: limits::MAX_FACET_VALUES },
            "How many values of a column are told.",
        ),
    ],
    filters: true,
};

/// `histogram`.
pub(crate) const HISTOGRAM: Accepted = Accepted {
    own: &[
        Q,
        TYPING,
        FROM,
        TO,
        parameter(
            "buckets",
            Kind::Number { default: Some(DEFAULT_BUCKETS), most: limits::MAX_BUCKETS },
            "About how many bars: their width is a round one, and there is one more at most. 1 is one, the period itself.",
        ),
        parameter(
            "tz",
            Kind::Zone,
            "The zone on whose clock bars begin: a name such as Europe/Zagreb, UTC, or an offset such as +05:45. Days \
             are days of this zone, over a change of summer time. Without it: UTC.",
        ),
    ],
    filters: true,
};

/// `hotspots`.
pub(crate) const HOTSPOTS: Accepted = Accepted {
    own: &[
        Q,
        TYPING,
        FROM,
        TO,
        parameter(
            "limit",
            Kind::Number { default: Some(DEFAULT_OBJECTS), most: limits::MAX_FACET_VALUES },
            "How many objects are told of.",
        ),
        parameter(
            "elements",
            Kind::OneOf(&["0", "1"]),
            "1 divides each version by element; so does asking for exactly one object.",
        ),
        parameter("compare_a", Kind::Text, "A version of the one object asked for; with compare_b."),
        parameter("compare_b", Kind::Text, "The version that compare_a is compared with."),
    ],
    filters: true,
};

/// `count`.
pub(crate) const COUNT: Accepted = Accepted {
    own: &[
        Q,
        TYPING,
        FROM,
        TO,
        parameter("interactions", Kind::OneOf(&["0", "1"]), "1 counts the interactions as well."),
    ],
    filters: true,
};

/// `interactions/{id}`.
pub(crate) const CURSOR: Accepted = Accepted { own: &[CURSOR_PARAMETER], filters: false };

/// What takes no parameters.
pub(crate) const NONE: Accepted = Accepted { own: &[], filters: false };
