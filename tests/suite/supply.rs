//! What we depend on: licences, bans and sources as `deny.toml` has them, checked over the whole lock file.
//!
//! `cargo deny` reads the same file; building it takes longer than all of our tests.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use toml::Table;

use crate::tidy::{metadata, root};

fn list(table: &Table, section: &str, key: &str) -> BTreeSet<String> {
    let values = table[section][key].as_array().unwrap().iter();
    let name = |value: &toml::Value| value.as_str().or_else(|| value["name"].as_str()).unwrap().to_owned();
    values.map(name).collect()
}

/// Whether an SPDX expression can be met with the allowed licences alone. `/` is an old way to write OR.
fn allowed(expression: &str, licences: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let met = any_of(&mut words, licences);
    met && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any_of(words: &mut Words<'_>, licences: &BTreeSet<String>) -> bool {
    let mut met = all_of(words, licences);
    while words.next_if_eq(&"OR").is_some() {
        met |= all_of(words, licences);
    }
    met
}

fn all_of(words: &mut Words<'_>, licences: &BTreeSet<String>) -> bool {
    let mut met = one(words, licences);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, licences);
    }
    met
}

fn one(words: &mut Words<'_>, licences: &BTreeSet<String>) -> bool {
    match words.next() {
        Some("(") => {
            let met = any_of(words, licences);
            met && words.next() == Some(")")
        }
        Some(licence) => {
            let exception = words.next_if_eq(&"WITH").and_then(|_| words.next());
            let whole = exception.map_or(licence.to_owned(), |name| format!("{licence} WITH {name}"));
            licences.contains(&whole)
        }
        None => false,
    }
}

#[test]
fn expressions_are_read_as_spdx_means_them() {
    let licences: BTreeSet<_> = ["MIT", "ISC"].map(str::to_owned).into();
    let check = |expression, want| assert_eq!(allowed(expression, &licences), want, "{expression}");
    check("MIT", true);
    check("GPL-3.0", false);
    check("GPL-3.0 OR MIT", true);
    check("GPL-3.0 AND MIT", false);
    check("Apache-2.0/MIT", true);
    check("(MIT OR GPL-3.0) AND ISC", true);
    check("(GPL-2.0 OR GPL-3.0) AND ISC", false);
    check("GPL-3.0 OR MIT AND ISC", true);
    check("MIT WITH X-exception", false);
    check("", false);
}

#[test]
fn every_crate_of_the_lock_file_may_be_there() {
    let deny: Table = std::fs::read_to_string(root().join("deny.toml")).unwrap().parse().unwrap();
    let licences = list(&deny, "licenses", "allow");
    let banned = list(&deny, "bans", "deny");
    let sources: Vec<_> =
        list(&deny, "sources", "allow-registry").iter().map(|url| format!("registry+{url}")).collect();
    let mut problems = Vec::new();
    let metadata = metadata(&["--all-features", "--filter-platform", "x86_64-unknown-linux-gnu"]);
    let used: BTreeSet<_> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["id"].as_str().unwrap())
        .collect();
    let packages = metadata["packages"].as_array().unwrap();
    for package in packages.iter().filter(|package| used.contains(package["id"].as_str().unwrap())) {
        let name = package["name"].as_str().unwrap();
        if package["source"] == Value::Null {
            assert!(name.starts_with("steplog"), "{name} is not from a registry");
            continue;
        }
        if !allowed(package["license"].as_str().unwrap_or_default(), &licences) {
            problems.push(format!("{name}: licence {}", package["license"]));
        }
        if banned.contains(name) {
            problems.push(format!("{name}: banned"));
        }
        if !sources.iter().any(|source| package["source"] == **source) {
            problems.push(format!("{name}: from {}", package["source"]));
        }
    }
    assert_eq!(problems, [""; 0]);
    assert!(used.len() > 100, "{} packages", used.len());
}

/// Whether a text names a crate as Rust does: in a path, or where it is brought in.
fn names(text: &str, krate: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(krate).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + krate.len()..]);
        !before.ends_with(is_part) && ["::", ";", " as "].iter().any(|next| after.starts_with(next))
    })
}

/// All Rust of a crate in these of its folders.
fn sources(package: &Path, folders: &[&str]) -> String {
    let mut waiting: Vec<_> = folders.iter().map(|folder| package.join(folder)).collect();
    let mut text = String::new();
    while let Some(path) = waiting.pop() {
        if let Ok(entries) = std::fs::read_dir(&path) {
            waiting.extend(entries.map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text += &std::fs::read_to_string(path).unwrap_or_default();
        }
    }
    text
}

#[test]
fn names_are_told_from_parts_of_names() {
    assert!(
        names("use a_b::c;", "a_b") && names("let x = a_b::c();", "a_b") && names("use a_b as d;", "a_b")
    );
    assert!(!names("use x_a_b::c;", "a_b") && !names("let a_b = 1;", "a_b") && !names("a_b_c::d", "a_b"));
}

#[test]
fn every_dependency_is_used() {
    let metadata = metadata(&["--no-deps"]);
    let mut unused = Vec::new();
    let mut wanted = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        let directory = Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap();
        let own = sources(directory, &["src", "build.rs"]);
        let tests = sources(directory, &["src", "tests", "benches", "examples"]);
        for dependency in package["dependencies"].as_array().unwrap() {
            let name = dependency["name"].as_str().unwrap();
            wanted.insert(name.to_owned());
            let text = if dependency["kind"] == "dev" { &tests } else { &own };
            if !names(text, &dependency["rename"].as_str().unwrap_or(name).replace('-', "_")) {
                unused.push(format!("{} asks for {name} and does not use it", package["name"]));
            }
        }
    }
    let workspace: Table = std::fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    let stated = workspace["workspace"]["dependencies"].as_table().unwrap();
    unused.extend(
        stated
            .keys()
            .filter(|name| !wanted.contains(*name))
            .map(|name| format!("{name} is stated and wanted nowhere")),
    );
    assert_eq!(unused, [""; 0]);
    assert!(wanted.len() > 50, "{wanted:?}");
}
