//! What each address does, for people and programs.

use http::StatusCode;

use super::{Answer, Operation, PathPart};
use crate::params::accepted;
use crate::problem::ProblemKind::{self, *};

/// What is said of the whole API.
pub(super) const ABOUT: &str = "\
Events of automations, by person, by interaction, by step.\n\n\
Times are RFC 3339 in UTC with nine digits, ids and cursors are strings, counts are numbers, and durations are \
numbers of nanoseconds whose names end in `_nanos`. Columns that an event lacks are left out. Where `complete` is \
`false`, a part of the store could not be read in time or at all, and the answer is without it.\n\n\
Parameters that there are not are errors, never ignored. What goes wrong is told as RFC 9457 problem details, \
everything that is wrong with a request at once.";

/// The groups of operations, and what they are for.
pub(super) const GROUPS: &[(&str, &str)] = &[
    ("events", "Events: pages of them, one of them, all of one interaction."),
    ("summaries", "Counts of events: by value, by time, by object."),
    ("page", "What the page needs beside events: names, links, saved views."),
    ("operation", "Whether the server is well, and this description."),
];

const JSON: &str = "application/json";

/// What may go wrong with any address.
const ANY: &[ProblemKind] = &[AddressTooLong, HostNotAllowed, FailedWithin];
/// What may go wrong with a question to the store.
const QUESTION: &[ProblemKind] = &[
    InvalidParameter,
    TooBroad,
    AddressTooLong,
    Busy,
    Withdrawn,
    TimedOut,
    StoreFailed,
    HostNotAllowed,
    FailedWithin,
];
/// What may go wrong where no parameters are taken.
const PLAIN: &[ProblemKind] = &[InvalidParameter, AddressTooLong, HostNotAllowed, FailedWithin];
/// What may go wrong where something is changed.
const WRITE: &[ProblemKind] = &[OriginNotAllowed];
/// What may go wrong with a view that is sent.
const VIEW: &[ProblemKind] =
    &[InvalidBody, NameTaken, TooManyViews, BodyTooLarge, UnsupportedMediaType, StoreFailed];

const VIEW_ID: PathPart = PathPart { name: "id", about: "The view's id.", pattern: r"^[0-9]{1,20}$" };

macro_rules! good {
    ($about:literal, $schema:literal) => {
        Answer { status: StatusCode::OK, about: $about, body: &[(JSON, $schema)], headers: &[] }
    };
}

/// An operation without parameters; the others state how they differ from it.
const BASE: Operation = Operation {
    id: "",
    group: "events",
    summary: "",
    about: "",
    path: &[],
    accepted: &accepted::NONE,
    headers: &[],
    body: None,
    answer: good!("", ""),
    problems: &[QUESTION],
};

pub(crate) const EVENTS: Operation = Operation {
    id: "listEvents",
    summary: "A page of events",
    about: "The newest first, or the oldest with `sort=time`. `next` and `prev` are cursors of the pages around it; \
            a cursor belongs to its filters and its order, and keeps the period of the first page. A page of large events \
            has fewer than `limit`, never more than 16 MiB of them or one: `next` says whether there are more.",
    accepted: &accepted::EVENTS,
    answer: good!("A page.", "Events"),
    ..BASE
};

pub(crate) const EVENT: Operation = Operation {
    id: "getEvent",
    summary: "All that is known about one event",
    about: "All columns with the rules that filled those which the sender did not state, the whole log record as \
            OTLP/JSON, and links to where more is known.",
    path: &[PathPart {
        name: "id",
        about: "The event's id, or the UUID that it is.",
        pattern: "^[0-9A-Fa-f-]{32,36}$",
    }],
    answer: good!("The event.", "Event"),
    problems: &[QUESTION, &[EventNotFound, EventNotSearchable]],
    ..BASE
};

pub(crate) const INTERACTION: Operation = Operation {
    id: "getInteraction",
    summary: "One interaction from start to end",
    about: "Its events in order over all contexts, starts joined to finishes, gaps, the first failure, who took part, \
            and what was said. Of more than 10,000 events, or 32 MiB of them, one page is told at a time.",
    path: &[PathPart { name: "id", about: "The interaction's id.", pattern: r"^[\s\S]+$" }],
    accepted: &accepted::CURSOR,
    answer: good!("The interaction.", "Interaction"),
    problems: &[QUESTION, &[InteractionNotFound]],
    ..BASE
};

pub(crate) const FACETS: Operation = Operation {
    id: "listValues",
    group: "summaries",
    summary: "Value lists of columns, with counts",
    about: "`count` is of the period alone, so that filters do not change which values there are; `matching` is under \
            all filters but those of the column itself. The most frequent come first.",
    accepted: &accepted::FACETS,
    answer: good!("The lists.", "Facets"),
    ..BASE
};

pub(crate) const HISTOGRAM: Operation = Operation {
    id: "getHistogram",
    group: "summaries",
    summary: "Events over time, by status",
    about: "Bars begin at multiples of their width. A period without end is drawn up to now; what is ahead of it, since \
            the clock of a sender is, is told apart.",
    accepted: &accepted::HISTOGRAM,
    answer: good!("The bars.", "Histogram"),
    ..BASE
};

pub(crate) const HOTSPOTS: Operation = Operation {
    id: "listHotspots",
    group: "summaries",
    summary: "Where things go wrong",
    about: "Objects, their versions and their elements: in how many interactions they failed, and first; durations; the \
            worst first. Of one object also since when. With `compare_a` and `compare_b`: two versions of one object side \
            by side.",
    accepted: &accepted::HOTSPOTS,
    answer: good!("The objects.", "Hotspots"),
    ..BASE
};

pub(crate) const COUNT: Operation = Operation {
    id: "countEvents",
    group: "summaries",
    summary: "How many events there are",
    about: "As many as all pages of `events`, or an export, have together.",
    accepted: &accepted::COUNT,
    answer: good!("The count.", "Count"),
    ..BASE
};

pub(crate) const TAIL: Operation = Operation {
    id: "followEvents",
    summary: "Events as they arrive",
    about: "Server-sent events. `ready` comes first, then an `event` for each event that meets the filters, with a row \
            as its data, and `missed` with `{\"missed\": N}` where N events of any kind could not be sent: the reader was too \
            slow, or was away too long. `incomplete` with `{\"after\": \"SEQ\", \"upto\": \"SEQ\"}` says that events with numbers between \
            these cannot be read; those that can follow. A client that sends the last id again goes on after it, without gap or repeat.",
    accepted: &accepted::TAIL,
    headers: &[accepted::LAST_EVENT_ID],
    answer: Answer {
        status: StatusCode::OK,
        about: "Events, for as long as the client reads.",
        body: &[("text/event-stream", "Text")],
        headers: &[],
    },
    ..BASE
};

pub(crate) const EXPORT: Operation = Operation {
    id: "exportEvents",
    summary: "All events of a question as a file",
    about: "Streamed. `csv` for spreadsheets: cells that these would take for formulas begin with `'`. `ndjson`: one event a \
            line, as `events/{id}` tells it. `otlp-json`: one `LogsData` a line, as a Collector's file exporter writes it. \
            Two trailers follow a whole file: `Steplog-Events`, how many there are, and `Steplog-Cursor`, from where a \
            later export goes on. A file that is cut short ends by breaking off the connection.",
    accepted: &accepted::EXPORT,
    answer: Answer {
        status: StatusCode::OK,
        about: "The file.",
        body: &[("application/x-ndjson", "Text"), ("text/csv", "Text")],
        headers: &[("Content-Disposition", "A name for the file.")],
    },
    problems: &[QUESTION, &[HttpVersion]],
    ..BASE
};

pub(crate) const CATALOG: Operation = Operation {
    id: "listNames",
    group: "page",
    summary: "The columns, and the event names that are known",
    about: "What the columns are called, what they hold and where they stand; what the names mean, and which ends which. Other names are stored and searched as well.",
    answer: good!("The columns and the names.", "Catalog"),
    problems: &[PLAIN],
    ..BASE
};

pub(crate) const LINKS: Operation = Operation {
    id: "listLinks",
    group: "page",
    summary: "Where links of events lead",
    about: "The templates of the settings. `events/{id}` has them filled in.",
    answer: good!("The templates.", "Links"),
    problems: &[PLAIN],
    ..BASE
};

pub(crate) const VIEWS: Operation = Operation {
    id: "listViews",
    group: "page",
    summary: "The saved views",
    about: "Questions that somebody gave a name, in the order of their names.",
    answer: good!("The views.", "Views"),
    problems: &[PLAIN],
    ..BASE
};

pub(crate) const ADD_VIEW: Operation = Operation {
    id: "addView",
    group: "page",
    summary: "Save a view",
    about: "Answered once it is on disk.",
    body: Some("NewView"),
    answer: Answer {
        status: StatusCode::CREATED,
        about: "The view.",
        body: &[(JSON, "View")],
        headers: &[("Location", "Where it is now.")],
    },
    problems: &[PLAIN, WRITE, VIEW],
    ..BASE
};

pub(crate) const CHANGE_VIEW: Operation = Operation {
    id: "changeView",
    group: "page",
    summary: "Change a view",
    about: "Its name and its query are those that are sent from then on.",
    path: &[VIEW_ID],
    body: Some("NewView"),
    answer: good!("The view.", "View"),
    problems: &[PLAIN, WRITE, VIEW, &[ViewNotFound]],
    ..BASE
};

pub(crate) const DELETE_VIEW: Operation = Operation {
    id: "deleteView",
    group: "page",
    summary: "Delete a view",
    about: "Its id is not given again.",
    path: &[VIEW_ID],
    answer: Answer { status: StatusCode::NO_CONTENT, about: "It is gone.", body: &[], headers: &[] },
    problems: &[PLAIN, WRITE, &[ViewNotFound, StoreFailed]],
    ..BASE
};

pub(crate) const LIVE: Operation = Operation {
    id: "isLive",
    group: "operation",
    summary: "Whether the process answers",
    about: "",
    answer: good!("It does.", "Live"),
    problems: &[ANY],
    ..BASE
};

pub(crate) const READY: Operation = Operation {
    id: "isReady",
    group: "operation",
    summary: "Whether events are taken",
    about: "`notices` are what an operator should know, in words. While events that are kept do not show in answers, \
            as on a full disk or while an index is built anew, `status` is `degraded` and `not_searchable` says how many.",
    answer: good!("They are.", "Ready"),
    problems: &[ANY, &[NotReady]],
    ..BASE
};

pub(crate) const METRICS: Operation = Operation {
    id: "getMetrics",
    group: "operation",
    summary: "Metrics of the process",
    about: "In Prometheus' text format.",
    answer: Answer {
        status: StatusCode::OK,
        about: "The metrics.",
        body: &[("text/plain", "Text")],
        headers: &[],
    },
    problems: &[],
    ..BASE
};

pub(crate) const DESCRIPTION: Operation = Operation {
    id: "getDescription",
    group: "operation",
    summary: "This description",
    about: "OpenAPI 3.1. `/docs` shows it.",
    answer: good!("The description.", "Description"),
    problems: &[PLAIN],
    ..BASE
};
