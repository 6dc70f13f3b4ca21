//! A client of the API of a running steplog.

use anyhow::{Context as _, bail};
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Map, Value};

/// One row of a result: the columns that the event has.
pub(super) type Row = Map<String, Value>;

/// One page of events.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    /// The rows, in the order asked for.
    pub(super) events: Vec<Row>,
    /// The cursor of the page after this one.
    pub(super) next: Option<String>,
    /// Whether no part of the store was unreadable.
    pub(super) complete: bool,
}

/// Problem details (RFC 9457) as steplog writes them.
#[derive(Debug, Deserialize)]
struct Problem {
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    errors: Vec<ProblemPart>,
}

#[derive(Debug, Deserialize)]
struct ProblemPart {
    #[serde(default)]
    parameter: String,
    position: Option<u64>,
    #[serde(default)]
    problem: String,
    hint: Option<String>,
}

impl Problem {
    /// The problem in an answer, if it is one of steplog's API: others have none of its members.
    fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok().filter(|problem: &Self| !problem.title.is_empty())
    }

    /// As lines for a terminal.
    fn told(&self) -> String {
        let head = if self.detail.is_empty() { &self.title } else { &self.detail };
        // The detail of a single mistake says all of it.
        let listed = if self.errors.len() > 1 { self.errors.as_slice() } else { &[] };
        let parts = listed.iter().map(|part| {
            let at = part.position.map(|position| format!(", position {position}")).unwrap_or_default();
            let hint = part.hint.as_deref().map(|hint| format!("; {hint}")).unwrap_or_default();
            format!("\n  {}{at}: {}{hint}", part.parameter, part.problem)
        });
        std::iter::once(head.clone()).chain(parts).collect()
    }
}

/// Talks to one server.
#[derive(Debug)]
pub(super) struct Api {
    client: reqwest::Client,
    server: Url,
}

impl Api {
    /// A client of the server at a URL such as `http://127.0.0.1:7837`.
    pub(super) fn new(server: &str) -> anyhow::Result<Self> {
        let server = if server.contains("://") { server.to_owned() } else { format!("http://{server}") };
        let server: Url =
            server.parse().with_context(|| format!("{server:?} is no URL; write http://HOST:PORT"))?;
        if server.scheme() != "http" {
            bail!("{server} asks for TLS, which this command does not speak yet; use http:// and a tunnel");
        }
        let agent = concat!("steplog/", env!("CARGO_PKG_VERSION"));
        Ok(Self { client: reqwest::Client::builder().user_agent(agent).build()?, server })
    }

    /// One page of `GET /api/v1/events`.
    pub(super) async fn events(&self, parameters: &[(&str, &str)]) -> anyhow::Result<Page> {
        let mut url = self.server.join("/api/v1/events")?;
        url.query_pairs_mut().extend_pairs(parameters);
        let response = self.client.get(url).send().await.with_context(|| {
            format!(
                "no steplog answers at {}; start one with `steplog serve`, or name another with --server",
                self.server
            )
        })?;
        let status = response.status();
        let body = response.bytes().await?;
        if status.is_success() {
            return serde_json::from_slice(&body).with_context(|| {
                format!("{} answers, but not as steplog does; is --server right?", self.server)
            });
        }
        match Problem::read(&body) {
            Some(problem) => bail!("{}", problem.told()),
            None => bail!(
                "{} answers with HTTP {status}, but not as steplog's API does; is --server right?",
                self.server
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_told_in_lines() {
        let problem: Problem = serde_json::from_str(
            r#"{"type":"t","title":"Bad request","status":400,"detail":"2 parameters are wrong","errors":[
                {"parameter":"stauts","position":null,"problem":"there is no such parameter","hint":"did you mean status?"},
                {"parameter":"q","position":4,"problem":"a parenthesis is not closed","hint":null}]}"#,
        )
        .unwrap();
        let want = "2 parameters are wrong\n  stauts: there is no such parameter; did you mean status?\n  \
                    q, position 4: a parenthesis is not closed";
        assert_eq!(problem.told(), want);
    }

    #[test]
    fn errors_of_others_are_no_problems() {
        assert!(Problem::read(br#"{"code":12,"message":"send logs to /v1/logs"}"#).is_none());
        assert!(Problem::read(b"<html>").is_none());
        assert!(Problem::read(br#"{"title":"Too many questions at once"}"#).is_some());
    }

    #[test]
    fn servers_may_be_named_without_a_scheme() {
        assert_eq!(Api::new("localhost:7837").unwrap().server.as_str(), "http://localhost:7837/");
        assert!(Api::new("https://x").is_err());
        assert!(Api::new("http://").is_err());
    }
}
