//! A client of the API: of a running steplog, or over a store of this process.

use anyhow::{Context as _, bail};
use bytes::Bytes;
use reqwest::header::TE;
use reqwest::{Response, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::output::Usage;
use crate::app::Offline;

/// One row of a result: the columns that the event has.
pub(super) type Row = Map<String, Value>;

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

/// What was asked for by its id is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NotFound(String);

/// What a receiver of OTLP answers to what is no request of OTLP.
#[derive(Debug, Deserialize)]
struct OtlpStatus {
    #[serde(rename = "code")]
    _code: i32,
    #[serde(rename = "message")]
    _message: String,
}

impl Problem {
    /// The problem in an answer, if it is one of steplog's API: others have none of its members.
    fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok().filter(|problem: &Self| !problem.title.is_empty())
    }

    /// As lines for a terminal.
    fn told(&self) -> String {
        // The detail of a single mistake says all of it.
        if self.errors.len() < 2 {
            return if self.detail.is_empty() { self.title.clone() } else { self.detail.clone() };
        }
        let parts = self.errors.iter().map(|part| {
            let at = part.position.map(|position| format!(", position {position}")).unwrap_or_default();
            let hint = part.hint.as_deref().map(|hint| format!("; {hint}")).unwrap_or_default();
            format!("\n  {}{at}: {}{hint}", part.parameter, part.problem)
        });
        std::iter::once(format!("{} problems:", self.errors.len())).chain(parts).collect()
    }
}

/// Somebody who answers questions.
#[derive(Debug)]
pub(super) struct Api {
    backend: Backend,
    /// Before the paths of the API.
    base: Url,
    /// Whether the command can ask the store of a directory as well.
    has_store: bool,
}

#[derive(Debug)]
enum Backend {
    Server(reqwest::Client),
    Store(Box<Offline>),
}

impl Api {
    /// A client of the server at a URL such as `http://127.0.0.1:7837`.
    pub(super) fn of_server(server: &str) -> anyhow::Result<Self> {
        let server = if server.contains("://") { server.to_owned() } else { format!("http://{server}") };
        // What is below is known here.
        let server = server.trim_end_matches('/').trim_end_matches("/api/v1");
        let base: Url =
            server.parse().with_context(|| format!("{server:?} is no URL; write http://HOST:PORT"))?;
        if base.scheme() != "http" {
            bail!("{base} asks for TLS, which this command does not speak yet; use http:// and a tunnel");
        }
        let agent = concat!("steplog/", env!("CARGO_PKG_VERSION"));
        let client = reqwest::Client::builder().user_agent(agent).build()?;
        Ok(Self { backend: Backend::Server(client), base, has_store: false })
    }

    /// The same for a command that can ask the store of a directory as well.
    pub(super) fn or_store(self) -> Self {
        Self { has_store: true, ..self }
    }

    /// What to do where nobody answers.
    fn nobody(&self) -> String {
        let data =
            if self.has_store { ", or a directory with --data, while no steplog runs on it" } else { "" };
        format!(
            "no steplog answers at {}; start one with `steplog serve`, or name another with --server{data}",
            self.base
        )
    }

    /// The API over a store of this process.
    pub(super) fn of_store(store: Offline) -> Self {
        let base = Url::parse("http://localhost").expect("this is a URL");
        Self { backend: Backend::Store(Box::new(store)), base, has_store: true }
    }

    /// The answer to a GET of a path below `/api/v1/`, of which each part is encoded.
    ///
    /// # Errors
    /// Where nobody answers, or with anything but success.
    pub(super) async fn get<N: AsRef<str>, V: AsRef<str>>(
        &self,
        path: &[&str],
        parameters: &[(N, V)],
    ) -> anyhow::Result<Response> {
        let mut url = self.url(["api", "v1"].iter().chain(path));
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        self.fetch(url).await
    }

    fn url<'a>(&self, path: impl Iterator<Item = &'a &'a str>) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().extend(path);
        }
        url
    }

    async fn fetch(&self, url: Url) -> anyhow::Result<Response> {
        let response = match &self.backend {
            Backend::Server(client) => {
                let answer = client.get(url).header(TE, "trailers").send().await;
                // Without the address of the question, which can be as long as a search.
                answer.map_err(reqwest::Error::without_url).with_context(|| self.nobody())?
            }
            Backend::Store(store) => {
                let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
                let answer = store.api().get(&format!("{}{query}", url.path())).await?;
                answer.map(reqwest::Body::wrap_stream).into()
            }
        };
        if response.status().is_success() { Ok(response) } else { Err(self.told(response).await) }
    }

    /// What it tells of its state.
    ///
    /// # Errors
    /// As [`Self::get`], and where it is not ready.
    pub(super) async fn ready<T: DeserializeOwned>(&self) -> anyhow::Result<T> {
        let answer = self.fetch(self.url(["health", "ready"].iter())).await?;
        self.read(&answer.bytes().await.context("the answer broke off")?)
    }

    /// Its address.
    pub(super) const fn base(&self) -> &Url {
        &self.base
    }

    /// The body of an answer, with the trailers that a server sends behind it.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub(super) async fn stream(
        &self,
        path: &[&str],
        parameters: &[(String, String)],
    ) -> anyhow::Result<reqwest::Body> {
        Ok(self.get(path, parameters).await?.into())
    }

    /// The answer as JSON.
    ///
    /// # Errors
    /// As [`Self::get`], and where it is not what it should be.
    pub(super) async fn json<T: DeserializeOwned, N: AsRef<str>, V: AsRef<str>>(
        &self,
        path: &[&str],
        parameters: &[(N, V)],
    ) -> anyhow::Result<T> {
        self.read(&self.body(path, parameters).await?)
    }

    fn read<T: DeserializeOwned>(&self, body: &[u8]) -> anyhow::Result<T> {
        serde_json::from_slice(body)
            .with_context(|| format!("{} answers, but not as steplog does; is --server right?", self.base))
    }

    /// The bytes of an answer.
    ///
    /// # Errors
    /// As [`Self::get`], and where the answer breaks off.
    pub(super) async fn body<N: AsRef<str>, V: AsRef<str>>(
        &self,
        path: &[&str],
        parameters: &[(N, V)],
    ) -> anyhow::Result<Bytes> {
        let response = self.get(path, parameters).await?;
        response.bytes().await.context("the answer broke off")
    }

    /// What an answer without success says.
    async fn told(&self, response: Response) -> anyhow::Error {
        let status = response.status();
        let body = response.bytes().await.unwrap_or_default();
        match Problem::read(&body) {
            Some(problem) if status == StatusCode::BAD_REQUEST => Usage(problem.told()).into(),
            Some(problem) if status == StatusCode::NOT_FOUND => NotFound(problem.told()).into(),
            Some(problem) => anyhow::anyhow!("{}", problem.told()),
            // As OTLP tells errors.
            None if serde_json::from_slice::<OtlpStatus>(&body).is_ok() => anyhow::anyhow!(
                "{} answers with HTTP {status}: it takes OTLP and answers no questions; name the port of page and API with \
                 --server (7837 by default)",
                self.base
            ),
            None => anyhow::anyhow!(
                "{} answers with HTTP {status}, but not as steplog's API does; is --server right?",
                self.base
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
            r#"{"type":"t","title":"Bad request","status":400,"detail":"2 problems; see `errors`","errors":[
                {"parameter":"stauts","position":null,"problem":"there is no such parameter","hint":"did you mean status?"},
                {"parameter":"q","position":4,"problem":"a parenthesis is not closed","hint":null}]}"#,
        )
        .unwrap();
        let want = "2 problems:\n  stauts: there is no such parameter; did you mean status?\n  \
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
        assert_eq!(Api::of_server("localhost:7837").unwrap().base.as_str(), "http://localhost:7837/");
        assert_eq!(Api::of_server("http://x/below/api/v1/").unwrap().base.as_str(), "http://x/below");
        assert!(Api::of_server("https://x").is_err());
        assert!(Api::of_server("http://").is_err());
    }
}
