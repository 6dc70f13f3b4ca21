//! The questions of the benchmark: those that people ask of a log, and those that are hard for one.

use anyhow::{Context as _, ensure};
use steplog_model::column::Column;
use steplog_model::query::Period;
use steplog_model::status;
use steplog_model::time::{NANOS_PER_DAY, UnixNanos};

use super::server::ServerProcess;
use super::tally::{Condition, Span, Tally};

/// How deep the page lies that stands for deep paging.
pub const DEEP_EVENTS: usize = 100_000;

/// The six columns of the larger value lists.
const SIX: [Column; 6] =
    [Column::Event, Column::Status, Column::OccurredIn, Column::Object, Column::Version, Column::Element];

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asks {
    /// A page of events.
    Page,
    /// A page behind so many events.
    DeepPage,
    /// Everything about one interaction.
    Timeline,
    /// Value lists of columns.
    Facets(&'static [Column]),
    /// 60 bars.
    Histogram,
    /// Failures and durations by object, version and element.
    Hotspots,
}

/// One question, asked in the same words each time.
#[derive(Clone, Debug)]
pub struct Question {
    /// What people call it.
    pub name: &'static str,
    /// What is asked for.
    pub asks: Asks,
    /// About which time.
    pub span: Span,
    /// Which events: column, `attr.KEY` or `q`, and value.
    pub conditions: Vec<Condition>,
    /// The goal for the warm median, in milliseconds.
    pub goal_ms: Option<f64>,
    rest: Vec<(&'static str, String)>,
}

impl Question {
    /// A question about all that was sent, without a goal.
    pub(super) fn new(name: &'static str, asks: Asks, conditions: &[(&'static str, &str)]) -> Self {
        let conditions = conditions.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { name, asks, span: Span::All, conditions, goal_ms: None, rest: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.rest.push((name, value.into()));
        self
    }

    fn last_day(self) -> Self {
        Self { span: Span::LastDay, ..self }
    }

    fn goal(self, ms: f64) -> Self {
        Self { goal_ms: Some(ms), ..self }
    }

    /// The question's path and parameters, for a period.
    #[must_use]
    pub fn path(&self, period: Period) -> String {
        let route = match &self.asks {
            Asks::Page | Asks::DeepPage => "events",
            Asks::Facets(_) => "facets",
            Asks::Histogram => "histogram",
            Asks::Hotspots => "hotspots",
            Asks::Timeline => {
                let id = self.conditions.first().map(|(_, id)| id.as_str()).unwrap_or_default();
                return format!("/api/v1/interactions/{id}");
            }
        };
        format!("/api/v1/{route}?{}", encoded(&self.pairs(period)))
    }

    /// The parameters of a page of this question.
    #[must_use]
    pub fn pairs(&self, period: Period) -> Vec<(String, String)> {
        let own = self.conditions.iter().chain(&self.rest);
        let own = own.map(|(name, value)| ((*name).to_owned(), value.clone()));
        bounds(period).into_iter().chain(own).collect()
    }

    /// The path that counts the events of this question in a period.
    #[must_use]
    pub fn count_path(&self, period: Period) -> String {
        let own = self.conditions.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        format!("/api/v1/histogram?{}", encoded(&bounds(period).into_iter().chain(own).collect::<Vec<_>>()))
    }

    /// The order of a page: whether the newest come first.
    #[must_use]
    pub fn is_newest_first(&self) -> bool {
        !self.rest.iter().any(|(name, value)| *name == "sort" && value == "time")
    }
}

/// The part of what was sent up to `to` that a span is about.
#[must_use]
pub fn period_of(span: Span, whole: Period) -> Period {
    match span {
        Span::All => whole,
        // The whole ends right after the last moment that an event can have.
        Span::LastDay => Period { from: whole.to.saturating_add(-NANOS_PER_DAY - 1), ..whole },
    }
}

fn bounds(period: Period) -> [(String, String); 2] {
    let nanos = |time: UnixNanos| time.0.to_string();
    [("from".to_owned(), nanos(period.from)), ("to".to_owned(), nanos(period.to))]
}

fn encoded(pairs: &[(String, String)]) -> String {
    let Ok(mut url) = reqwest::Url::parse("http://localhost/") else { return String::new() };
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

/// All questions about what was sent; the deep page is left out where there is no second page.
///
/// # Errors
/// If nothing fitting was sent, or the server does not answer.
pub async fn all(server: &ServerProcess, tally: &Tally, whole: Period) -> anyhow::Result<Vec<Question>> {
    let failed = tally.commonest(status::FAILURE).context("nothing failed; send more events")?;
    let (interaction, _) = tally.usual_interaction().context("no interaction has eight events; send more")?;
    let longest = tally.longest_interaction().context("there is no interaction")?;
    let person = tally.usual_person().context("nobody has ten events; send more")?;
    let deep = deep_cursor(server, whole).await?;
    let three = [("status", failed.status), ("event", failed.event), ("object", failed.object)];
    let number = person.trim_start_matches(|c: char| !c.is_ascii_digit());
    let page = |name, conditions: &[_]| Question::new(name, Asks::Page, conditions).with("limit", "50");
    let facets = |name, columns: &'static [Column], conditions: &[_]| {
        let names: Vec<_> = columns.iter().map(|column| column.name()).collect();
        Question::new(name, Asks::Facets(columns), conditions).with("columns", names.join(",")).last_day()
    };
    let histogram = |name, conditions: &[_]| Question::new(name, Asks::Histogram, conditions);
    let mut questions = vec![
        page("newest 50", &[]).goal(2.0),
        page("newest 50, last 24 h", &[]).last_day().goal(2.0),
        page("oldest 50", &[]).with("sort", "time"),
        page("one filter", &[("status", failed.status)]).goal(2.0),
        page("three filters", &three).goal(2.0),
        page("excluded value", &[("status", "!success")]),
        page("person", &[("person", &person)]).goal(2.0),
        page("interaction", &[("interaction", &interaction)]).goal(2.0),
        page("interaction, pasted", &[("q", &interaction)]),
        Question::new("interaction timeline", Asks::Timeline, &[("interaction", &interaction)]),
        Question::new("longest timeline", Asks::Timeline, &[("interaction", &longest)]),
        page("interaction of the longest timeline", &[("interaction", &longest)]),
        page("attributes", &[("attr.geo.country", "JP"), ("attr.device.type", "kiosk")]),
        page("common word", &[("q", "delivery")]).goal(3.0),
        page("rare word", &[("q", number)]).goal(3.0),
        page("two words", &[("q", "delivery thermos")]),
        page("phrase", &[("q", "\"for your\"")]).goal(3.0),
        page("prefix", &[("q", "avalan*")]).goal(3.0),
        page("common word and person", &[("q", "your"), ("person", &person)]),
        page("excluded word and person", &[("q", "-delivery"), ("person", &person)]),
        facets("facet of one column, 24 h", &[Column::Event], &[]).goal(2.0),
        facets("facets of six columns, 24 h", &SIX, &[]).goal(5.0),
        facets("facets of six columns, filtered, 24 h", &SIX, &[("status", failed.status)]),
        histogram("histogram, 24 h", &[]).last_day().goal(2.0),
        histogram("histogram, all days", &[]).goal(2.0),
        histogram("histogram, common word, 24 h", &[("q", "delivery")]).last_day().goal(20.0),
        Question::new("hotspots, 24 h", Asks::Hotspots, &[]).last_day(),
        Question::new("hotspots of one object", Asks::Hotspots, &[("object", failed.object)]),
    ];
    questions.extend(deep.map(|cursor| {
        let page = Question::new("page after 100,000 events", Asks::DeepPage, &[]);
        page.with("limit", "50").with("cursor", cursor).goal(2.0)
    }));
    Ok(questions)
}

/// The cursor behind the newest [`DEEP_EVENTS`] events, or behind as many as there are but one page.
async fn deep_cursor(server: &ServerProcess, whole: Period) -> anyhow::Result<Option<String>> {
    let mut cursor: Option<String> = None;
    for _ in 0..DEEP_EVENTS / 1_000 {
        let at = cursor.iter().map(|cursor| ("cursor".to_owned(), cursor.clone()));
        let limit = [("limit".to_owned(), "1000".to_owned())];
        let pairs: Vec<_> = bounds(whole).into_iter().chain(limit).chain(at).collect();
        let page = server.get(&format!("/api/v1/events?{}", encoded(&pairs))).await?;
        match page.get("next").and_then(serde_json::Value::as_str) {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    Ok(cursor)
}

/// How many events the server finds under a question in a period.
///
/// # Errors
/// If the server does not answer, or not completely.
pub async fn count(server: &ServerProcess, question: &Question, period: Period) -> anyhow::Result<u64> {
    let histogram = server.get(&question.count_path(period)).await?;
    ensure!(histogram.get("complete") == Some(&serde_json::Value::Bool(true)), "the count is not complete");
    histogram.get("total").and_then(serde_json::Value::as_u64).context("the histogram has no total")
}

/// How many events the server finds in a period.
///
/// # Errors
/// If the server does not answer, or not completely.
pub async fn total(server: &ServerProcess, period: Period) -> anyhow::Result<u64> {
    count(server, &Question::new("all", Asks::Histogram, &[]), period).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_what_is_asked() {
        let period = Period { from: UnixNanos(5), to: UnixNanos(9) };
        let question = Question::new("x", Asks::Page, &[("q", "\"for your\""), ("status", "!success")])
            .with("limit", "50")
            .with("sort", "time");
        assert_eq!(
            question.path(period),
            "/api/v1/events?from=5&to=9&q=%22for+your%22&status=%21success&limit=50&sort=time"
        );
        assert_eq!(
            question.count_path(period),
            "/api/v1/histogram?from=5&to=9&q=%22for+your%22&status=%21success"
        );
        assert!(!question.is_newest_first());
        assert_eq!(
            Question::new("x", Asks::Timeline, &[("interaction", "a-b")]).path(period),
            "/api/v1/interactions/a-b"
        );
    }
}
