//! No circle: within a crate, modules see each other in one direction.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::tidy::{files, root};

/// Which modules of a crate each of its modules names.
type Edges = BTreeMap<String, BTreeSet<String>>;

/// A source without its comments and the tests at its end.
fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The modules that a source names from the root of its crate: `crate::one::…`, `crate::{one, two::…}`.
fn named(code: &str) -> BTreeSet<String> {
    let first_name = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut named = BTreeSet::new();
    for (at, found) in code.match_indices("crate::") {
        let rest = &code[at + found.len()..];
        let Some(list) = rest.strip_prefix('{') else {
            named.insert(first_name(rest));
            continue;
        };
        let mut depth = 0;
        for part in list.split_inclusive(['{', '}', ',']) {
            if depth == 0 {
                named.insert(first_name(part));
            }
            depth += i32::from(part.ends_with('{')) - i32::from(part.ends_with('}'));
            if depth < 0 {
                break;
            }
        }
    }
    named
}

/// The edges between the modules of a crate that lie right in its `src`.
fn edges(package: &Path) -> Edges {
    let source = package.join("src");
    let mut edges = Edges::new();
    for path in files() {
        let Ok(inner) = path.strip_prefix(&source) else { continue };
        let parts: Vec<_> = inner.iter().map(|part| part.to_string_lossy().replace(".rs", "")).collect();
        let is_test = parts.iter().any(|part| matches!(part.as_str(), "tests" | "testing"));
        let Some(module) = parts.first().filter(|module| !matches!(module.as_str(), "lib" | "main")) else {
            continue;
        };
        if !is_test {
            let code = code(&std::fs::read_to_string(root().join(&path)).unwrap());
            edges.entry(module.clone()).or_default().extend(named(&code));
        }
    }
    let modules: BTreeSet<_> = edges.keys().cloned().collect();
    for (module, named) in &mut edges {
        named.retain(|name| name != module && modules.contains(name));
    }
    edges
}

/// All that is reached from a module.
fn reached(edges: &Edges, from: &str) -> BTreeSet<String> {
    let (mut reached, mut waiting) = (BTreeSet::new(), vec![from.to_owned()]);
    while let Some(module) = waiting.pop() {
        for next in edges.get(&module).into_iter().flatten() {
            if reached.insert(next.clone()) {
                waiting.push(next.clone());
            }
        }
    }
    reached
}

/// The sets of modules that reach each other.
fn circles(edges: &Edges) -> BTreeSet<String> {
    let reached: BTreeMap<_, _> = edges.keys().map(|module| (module, reached(edges, module))).collect();
    let in_a_circle = reached.iter().filter(|(module, reached)| reached.contains(**module));
    in_a_circle
        .map(|(module, own)| {
            let back = |other: &&String| reached.get(other).is_some_and(|others| others.contains(*module));
            own.iter().filter(back).cloned().collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[test]
fn circles_are_found() {
    let of = |lines: &[(&str, &str)]| -> BTreeSet<String> {
        let one = |(module, code): &(&str, &str)| ((*module).to_owned(), named(code));
        circles(&lines.iter().map(one).collect())
    };
    assert!(of(&[("a", "use crate::b::C;"), ("b", "use crate::c;"), ("c", "")]).is_empty());
    let around =
        [("a", "use crate::{x, b::{C, d}, y};"), ("b", "fn f() { crate::c::g() }"), ("c", "crate::a::h")];
    assert_eq!(of(&around), ["a b c".to_owned()].into());
    let inner = named("use crate::{a::{b, c}, d};");
    assert!(inner.contains("a") && inner.contains("d") && !inner.contains("b"), "{inner:?}");
}

#[test]
fn modules_see_each_other_in_one_direction() {
    let mut found = BTreeSet::new();
    for package in ["", "model", "net", "exporter", "indexer", "query", "load"] {
        let edges = edges(Path::new(package));
        assert!(edges.len() > 2, "{package}: {edges:?}");
        let name = if package.is_empty() { "steplog" } else { package };
        found.extend(circles(&edges).iter().map(|circle| format!("{name}: {circle}")));
    }
    assert!(found.is_empty(), "modules name each other in a circle: {found:?}");
}
