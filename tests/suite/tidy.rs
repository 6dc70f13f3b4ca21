//! The shape of the house: which crate may see which, and how large a file may be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// More lines have two subjects.
const MAX_LINES: usize = 400;

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What cargo knows, with or without the dependencies of others.
pub(crate) fn metadata(arguments: &[&str]) -> Value {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["metadata", "--format-version", "1", "--locked", "--offline"]).args(arguments);
    let output = cargo.current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The dependencies of each of our crates; `dev` tells those of tests from the others.
fn dependencies(dev: bool) -> BTreeMap<String, Vec<String>> {
    let metadata = metadata(&["--no-deps"]);
    let packages = metadata["packages"].as_array().unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    packages
        .iter()
        .map(|package| {
            let all = package["dependencies"].as_array().unwrap().iter();
            let mut names: Vec<_> = all.filter(|one| (one["kind"] == "dev") == dev).map(name).collect();
            names.sort();
            names.dedup();
            (name(package), names)
        })
        .collect()
}

#[test]
fn only_the_root_package_sees_all_parts() {
    let ours = |names: &[String]| -> Vec<String> {
        names.iter().filter_map(|name| name.strip_prefix("steplog-").map(str::to_owned)).collect()
    };
    let edges: Vec<_> = dependencies(false).iter().map(|(name, names)| (name.clone(), ours(names))).collect();
    let edges: Vec<_> = edges.iter().map(|(name, to)| format!("{name} -> {}", to.join(" "))).collect();
    let want = [
        "steplog -> exporter indexer load model net query",
        "steplog-exporter -> model net",
        // Which tries the parsers of all of them.
        "steplog-fuzz -> exporter indexer load model net query",
        "steplog-indexer -> model",
        "steplog-load -> exporter model query",
        "steplog-model -> ",
        "steplog-net -> model",
        "steplog-query -> model net",
    ];
    assert_eq!(edges, want);
    for (name, names) in dependencies(true) {
        // The exporter's features for services are used by its own tests and by the examples.
        let may_see_exporter = matches!(name.as_str(), "steplog" | "steplog-exporter");
        // And the indexer's stages by the benchmarks.
        let is_fine = |one: &String| match one.as_str() {
            "model" | "net" => true,
            "exporter" => may_see_exporter,
            "indexer" => name == "steplog",
            _ => false,
        };
        assert!(ours(&names).iter().all(is_fine), "tests of {name} see {names:?}");
    }
}

#[test]
fn each_large_dependency_has_one_place() {
    let who = |dev: bool, dependency: &str| -> Vec<String> {
        let all = dependencies(dev);
        all.into_iter()
            .filter(|(_, names)| names.iter().any(|name| name == dependency))
            .map(|(name, _)| name)
            .collect()
    };
    assert_eq!(who(false, "tantivy"), ["steplog-indexer"]);
    assert_eq!(who(true, "tantivy"), [""; 0]);
    assert_eq!(who(false, "opentelemetry-proto"), ["steplog-exporter"]);
    assert_eq!(who(true, "opentelemetry-proto"), ["steplog", "steplog-load"]);
    assert_eq!(who(false, "axum"), ["steplog-query"]);
    assert_eq!(who(false, "opentelemetry_sdk"), ["steplog-exporter"]);
}

/// Files that git knows, or would if they were added.
pub(crate) fn files() -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "*.rs"])
        .current_dir(root())
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let files: Vec<_> = listed.lines().map(PathBuf::from).filter(|path| root().join(path).exists()).collect();
    assert!(files.len() > 100, "git tells the files of a clone");
    files
}

#[test]
fn files_are_short_and_no_module_hides_in_mod_rs() {
    let mut problems = Vec::new();
    for path in files() {
        let lines = std::fs::read_to_string(root().join(&path)).unwrap().lines().count();
        if lines > MAX_LINES {
            problems.push(format!("{}: {lines} lines; split it by what it does", path.display()));
        }
        if path.ends_with("mod.rs") {
            problems.push(format!("{}: a module is a file beside its folder", path.display()));
        }
    }
    assert_eq!(problems, [""; 0]);
}
