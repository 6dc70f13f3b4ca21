//! `steplog search`: events of a running steplog, as a table or as lines of JSON.

use std::process::ExitCode;

use super::api::{Api, Row};
use super::filters::Filters;
use super::{output, table};

/// The most events of one page of the API.
const PAGE: usize = steplog_model::limits::MAX_PAGE;

#[derive(Debug, clap::Args)]
pub(super) struct SearchArgs {
    /// Search text: words that must all occur, "a phrase", begin*, -not, this OR that, column:value.
    #[arg(allow_hyphen_values = false)]
    text: Vec<String>,
    /// From when: 2026-11-23T09:00:00Z, Unix nanoseconds, or now-24h. By default the last 24 hours.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Until when; this moment is not part of it.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// How many events at most.
    #[arg(long, default_value_t = 50, value_name = "NUMBER")]
    limit: usize,
    /// Order by time.
    #[arg(long, default_value = "-time", value_parser = ["-time", "time"], allow_hyphen_values = true)]
    sort: String,
    #[command(flatten)]
    filters: Filters,
    /// Lines of JSON on a terminal too.
    #[arg(long)]
    json: bool,
    /// The steplog to ask.
    #[arg(long, env = "STEPLOG_SERVER", value_name = "URL", default_value = "http://127.0.0.1:7837")]
    server: String,
}

impl SearchArgs {
    fn parameters(&self) -> Vec<(&str, String)> {
        let mut parameters = vec![("sort", self.sort.clone())];
        if !self.text.is_empty() {
            parameters.push(("q", self.text.join(" ")));
        }
        parameters.extend(self.from.iter().map(|from| ("from", from.clone())));
        parameters.extend(self.to.iter().map(|to| ("to", to.clone())));
        parameters.extend(self.filters.parameters().map(|(name, value)| (name, value.to_owned())));
        parameters
    }
}

pub(super) async fn run(args: SearchArgs) -> anyhow::Result<ExitCode> {
    let api = Api::new(&args.server).map_err(|error| output::Usage(format!("{error:#}")))?;
    let as_table = output::is_for_people() && !args.json;
    let parameters = args.parameters();
    let mut rows: Vec<Row> = Vec::new();
    let (mut cursor, mut found, mut complete) = (None::<String>, 0, true);
    while found < args.limit {
        let limit = (args.limit - found).min(PAGE).to_string();
        let mut page_parameters: Vec<(&str, &str)> =
            parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        page_parameters.push(("limit", &limit));
        if let Some(cursor) = &cursor {
            page_parameters.push(("cursor", cursor));
        }
        let page = api.events(&page_parameters).await?;
        found += page.events.len();
        complete &= page.complete;
        if as_table {
            rows.extend(page.events);
        } else {
            for row in &page.events {
                output::put_line(format_args!("{}", serde_json::to_string(row)?))?;
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    if as_table {
        print(&rows, cursor.is_some())?;
    }
    if !complete {
        output::tell(format_args!("a part of the store could not be read: events may be missing"));
    }
    Ok(ExitCode::SUCCESS)
}

fn print(rows: &[Row], more: bool) -> anyhow::Result<()> {
    if rows.is_empty() {
        output::put_line(format_args!(
            "No events. The period is the last 24 hours unless --from says otherwise."
        ))?;
        return Ok(());
    }
    output::put_line(format_args!("{}", table::of(rows, output::has_colours())))?;
    let more = if more { "; there are more, see --limit" } else { "" };
    output::put_line(format_args!("{} events, times in UTC{more}", rows.len()))?;
    Ok(())
}
