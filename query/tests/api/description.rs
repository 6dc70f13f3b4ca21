//! The API's description: every route, parameter and problem is in it, and every answer is as it says.

use axum::Router;
use axum::body::Body;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use steplog_model::column::Column;
use steplog_query::problem::ProblemKind;
use tower::ServiceExt as _;

use crate::support::{Answer, Server};

pub(crate) async fn description(router: &Router) -> Value {
    let request = Request::get("/api/openapi.json").body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

/// The path of the description that an address belongs to.
fn template<'a>(description: &'a Value, path: &str) -> Option<&'a str> {
    let parts: Vec<_> = path.split('?').next()?.split('/').collect();
    let paths = description["paths"].as_object()?.keys();
    let mut paths: Vec<_> =
        paths.filter(|known| fits(&known.split('/').collect::<Vec<_>>(), &parts)).collect();
    paths.sort_by_key(|known| known.contains('{'));
    paths.first().map(|known| known.as_str())
}

fn fits(known: &[&str], parts: &[&str]) -> bool {
    let fit = |(known, part): (&&str, &&str)| known.starts_with('{') && !part.is_empty() || known == part;
    known.len() == parts.len() && known.iter().zip(parts).all(fit)
}

/// Schemas that allow nothing but what they name.
fn strict(schema: &mut Value) {
    match schema {
        Value::Array(parts) => parts.iter_mut().for_each(strict),
        Value::Object(parts) => {
            parts.values_mut().for_each(strict);
            // A field may be called `properties`: then its value is a schema, which has a type.
            if parts.get("type") == Some(&json!("object")) && parts.contains_key("properties") {
                parts.entry("additionalProperties").or_insert(json!(false));
            }
        }
        _ => {}
    }
}

/// Holds an answer to the description.
#[track_caller]
pub(crate) fn check(description: &Value, method: &Method, path: &str, answer: &Answer) {
    let Some(template) = template(description, path) else {
        assert!(
            !path.starts_with("/api/v1/") || answer.status == StatusCode::NOT_FOUND,
            "{path} is not described"
        );
        return;
    };
    let reads = if method == Method::HEAD { &Method::GET } else { method };
    let operation = &description["paths"][template][reads.as_str().to_ascii_lowercase()];
    if operation.is_null() {
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path} is not described");
        return;
    }
    let told = &operation["responses"][answer.status.as_str()];
    assert!(told.is_object(), "{method} {path}: {} is not described", answer.status);
    let Some(content) = told["content"].as_object().filter(|_| method != Method::HEAD) else {
        assert_eq!(answer.text, "", "{method} {path}");
        return;
    };
    let media_type = answer.header("content-type").split(';').next().unwrap();
    assert!(content.contains_key(media_type), "{method} {path}: {media_type} is not described");
    let body = &content[media_type];
    if !media_type.ends_with("json") || media_type.contains("ndjson") {
        return;
    }
    let mut schema = json!({"components": description["components"], "allOf": [body["schema"]]});
    strict(&mut schema);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let body = answer.json();
    let errors: Vec<_> =
        validator.iter_errors(&body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{method} {path}: {errors:#?}\n{body:#}");
}

#[tokio::test]
async fn every_operation_is_told_in_full() {
    let description = description(&Server::with(Vec::new()).await.router).await;
    let mut ids = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let place = format!("{method} {path}");
            ids.push(operation["operationId"].as_str().unwrap().to_owned());
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{place}");
            let group = &operation["tags"][0];
            assert!(
                description["tags"].as_array().unwrap().iter().any(|tag| &tag["name"] == group),
                "{place}"
            );
            let in_path =
                operation["parameters"].as_array().unwrap().iter().filter(|one| one["in"] == "path");
            assert_eq!(in_path.count(), path.matches('{').count(), "{place}");
        }
    }
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "an id is given twice");
}

#[tokio::test]
async fn every_parameter_that_is_told_is_taken_and_no_other() {
    let server = Server::with(Vec::new()).await;
    let description = description(&server.router).await;
    for (path, item) in description["paths"].as_object().unwrap() {
        let Some(operation) = item.get("get").filter(|_| path.starts_with("/api/v1/")) else { continue };
        let address = path.replace("{id}", &"0".repeat(32));
        let in_query = operation["parameters"].as_array().unwrap().iter().filter(|one| one["in"] == "query");
        let mut names: Vec<_> = in_query.map(|one| one["name"].as_str().unwrap()).collect();
        if names.contains(&"attributes") {
            names.retain(|name| *name != "attributes");
            names.push("attr.any");
            assert!(Column::ALL.iter().all(|column| names.contains(&column.name())), "{path}");
        }
        // An empty value is an error of a parameter that is known, and another one than that of an unknown name.
        let query: String = names.iter().chain(&["attributes"]).map(|name| format!("{name}=&")).collect();
        let answer = server.get(&format!("{address}?{query}")).await;
        let errors = answer.json()["errors"].as_array().unwrap().clone();
        let unknown: Vec<_> = errors
            .iter()
            .filter(|error| error["problem"] == "there is no such parameter")
            .map(|error| error["parameter"].as_str().unwrap())
            .collect();
        assert_eq!(unknown, ["attributes"], "{path}");
        // An attribute alone may be empty.
        let wrong = names.iter().filter(|name| !name.starts_with("attr.")).count();
        assert_eq!(errors.len(), wrong + 1, "{path}");
    }
}

#[tokio::test]
async fn every_problem_is_told() {
    let description = description(&Server::with(Vec::new()).await.router).await;
    let text = description["paths"].to_string();
    // No operation answers so: there is none at the address.
    let nowhere = [ProblemKind::RouteNotFound, ProblemKind::MethodNotAllowed];
    for kind in ProblemKind::ALL {
        let told = text.contains(&format!("\"{}\"", kind.uri()));
        assert_eq!(told, !nowhere.contains(kind), "{}", kind.uri());
        let all = &description["components"]["schemas"]["Problem"]["properties"]["type"]["enum"];
        assert!(all.as_array().unwrap().contains(&json!(kind.uri())));
    }
}

#[tokio::test]
async fn references_lead_somewhere() {
    fn walk(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Array(parts) => parts.iter().for_each(|part| walk(part, found)),
            Value::Object(parts) => {
                found.extend(parts.get("$ref").and_then(Value::as_str).map(str::to_owned));
                parts.values().for_each(|part| walk(part, found));
            }
            _ => {}
        }
    }
    let description = description(&Server::with(Vec::new()).await.router).await;
    let mut found = Vec::new();
    walk(&description, &mut found);
    assert!(found.len() > 30);
    for reference in found {
        assert!(description.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}
