//! The API's description as OpenAPI 3.1, derived from what the routes use: the registered addresses, the parameters of
//! the parsers, the columns and the kinds of problems.
//!
//! Hand-written serializers write answers straight from events. [`schemas`] describes them, and the tests of the API
//! compare every answer with it.

pub(crate) mod operations;
mod parameters;
mod schemas;

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::params::accepted::{Accepted, Parameter};
use crate::problem::ProblemKind;

/// What an address does under one method.
pub(crate) struct Operation {
    /// Its name, for programs that are made from the description.
    pub(crate) id: &'static str,
    /// The group it belongs to, one of [`operations::GROUPS`].
    pub(crate) group: &'static str,
    /// One line.
    pub(crate) summary: &'static str,
    /// All that there is to say, in Markdown.
    pub(crate) about: &'static str,
    /// The parts of the path that are filled in.
    pub(crate) path: &'static [PathPart],
    /// The parameters of its address.
    pub(crate) accepted: &'static Accepted,
    /// The headers that it heeds.
    pub(crate) headers: &'static [Parameter],
    /// The schema of the JSON that it takes.
    pub(crate) body: Option<&'static str>,
    /// What it answers with where all is well.
    pub(crate) answer: Answer,
    /// What may go wrong.
    pub(crate) problems: &'static [&'static [ProblemKind]],
}

/// A part of a path that is filled in.
pub(crate) struct PathPart {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// A regular expression that its values match.
    pub(crate) pattern: &'static str,
}

/// An answer where all is well.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) about: &'static str,
    /// Media types and schemas of its body; none for no body.
    pub(crate) body: &'static [(&'static str, &'static str)],
    /// Headers, and what they say.
    pub(crate) headers: &'static [(&'static str, &'static str)],
}

/// An operation where it is found.
pub(crate) struct Placed {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) operation: &'static Operation,
}

/// The description of some operations.
pub(crate) fn document(placed: &[Placed]) -> Value {
    let mut paths = Map::new();
    for Placed { method, path, operation } in placed {
        let item = paths.entry(*path).or_insert_with(|| Value::Object(Map::new()));
        item[method.as_str().to_ascii_lowercase()] = described(operation);
    }
    let groups = operations::GROUPS.iter().map(|(name, about)| json!({"name": name, "description": about}));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "steplog",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "What happened to a person, step by step.",
            "description": operations::ABOUT,
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This server"}],
        "tags": groups.collect::<Vec<_>>(),
        "paths": paths,
        "components": {"schemas": schemas::all()},
    })
}

fn described(operation: &Operation) -> Value {
    let mut parameters: Vec<_> = operation.path.iter().map(parameters::path_part).collect();
    parameters.extend(parameters::of(operation.accepted));
    parameters.extend(operation.headers.iter().map(parameters::header));
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.group],
        "summary": operation.summary,
        "description": operation.about,
        "parameters": parameters,
        "responses": responses(operation),
    });
    if let Some(schema) = operation.body {
        described["requestBody"] =
            json!({"required": true, "content": {"application/json": {"schema": schemas::named(schema)}}});
    }
    described
}

fn responses(operation: &Operation) -> Map<String, Value> {
    let mut responses = Map::new();
    let Answer { status, about, body, headers } = &operation.answer;
    let content = body
        .iter()
        .map(|(media_type, schema)| ((*media_type).to_owned(), json!({"schema": schemas::named(schema)})));
    let header = |(name, about): &(&str, &str)| {
        ((*name).to_owned(), json!({"description": about, "schema": {"type": "string"}}))
    };
    let mut good = json!({"description": about});
    if !body.is_empty() {
        good["content"] = Value::Object(content.collect());
    }
    if !headers.is_empty() {
        good["headers"] = Value::Object(headers.iter().map(header).collect());
    }
    responses.insert(status.as_str().to_owned(), good);
    let mut kinds: Vec<ProblemKind> = operation.problems.iter().copied().flatten().copied().collect();
    kinds.sort_by_key(|kind| kind.status());
    for kinds in kinds.chunk_by(|one, other| one.status() == other.status()) {
        let status = kinds[0].status().as_str().to_owned();
        responses.insert(status, problem(kinds));
    }
    responses
}

/// The answer with one of some problems of one status.
fn problem(kinds: &[ProblemKind]) -> Value {
    let line = |kind: &ProblemKind| format!("`{}`: {}", kind.uri(), kind.about());
    let schema = schemas::problem(kinds);
    json!({
        "description": kinds.iter().map(line).collect::<Vec<_>>().join("\n\n"),
        "content": {"application/problem+json": {"schema": schema}},
    })
}
