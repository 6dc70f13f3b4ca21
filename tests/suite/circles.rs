//! No circle: within a crate, and within each of its modules, modules see each other in one direction.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::tidy::{files, root};

/// The names that lead to a module, or to something in it, from the root of its crate.
type Names = Vec<String>;

/// The code of each module of a crate.
type Modules = BTreeMap<Names, String>;

/// Which modules of a folder each of its modules names.
type Edges = BTreeMap<String, BTreeSet<String>>;

/// Circles that are left: in each a small function of one module serves the other one, too.
const KNOWN: [&str; 2] = ["query::text: lexer term", "query::why::near: keys variants written"];

/// A source without its comments and the tests at its end.
fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Adds all that a path or the tree of a `use` names behind a prefix; returns the text behind it.
fn read_tree<'a>(prefix: &Names, text: &'a str, found: &mut BTreeSet<Names>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = read_tree(prefix, rest, found);
            let Some(end) = rest.find([',', '}']) else { return "" };
            let is_last = rest[end..].starts_with('}');
            rest = &rest[end + 1..];
            if is_last {
                return rest;
            }
        }
    }
    let (name, rest) = text.split_at(text.find(|c| !is_of_name(c)).unwrap_or(text.len()));
    let mut names = prefix.clone();
    match name {
        "super" => _ = names.pop(),
        "" | "self" => {}
        name => names.push(name.to_owned()),
    }
    if let Some(rest) = rest.strip_prefix("::").filter(|_| !name.is_empty()) {
        return read_tree(&names, rest, found);
    }
    found.insert(names);
    rest
}

/// All that a module names by a path that begins at the root, at itself, above itself or at a module within.
fn named(module: &Names, modules: &Modules) -> BTreeSet<Names> {
    let code = &modules[module];
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("::") {
        let before = code[..at].trim_end_matches(is_of_name);
        let (first, behind) = (&code[before.len()..at], &code[at + 2..]);
        let within = module.iter().cloned().chain([first.to_owned()]).collect();
        let from: Names = match first {
            _ if before.ends_with("::") => continue,
            "crate" => Vec::new(),
            "self" => module.clone(),
            "super" => module[..module.len().saturating_sub(1)].to_vec(),
            _ if modules.contains_key(&within) => within,
            _ => continue,
        };
        read_tree(&from, behind, &mut found);
    }
    found
}

/// The module to which names lead, without what they name in it.
fn module_of(names: &[String], modules: &Modules) -> Names {
    let ends = (0..=names.len()).rev().map(|end| names[..end].to_vec());
    ends.into_iter().find(|prefix| modules.contains_key(prefix)).unwrap_or_default()
}

/// Which modules each module names, also through what a module above them takes from one of its own.
fn module_edges(modules: &Modules) -> BTreeMap<Names, BTreeSet<Names>> {
    let all: BTreeMap<&Names, BTreeSet<Names>> =
        modules.keys().map(|module| (module, named(module, modules))).collect();
    let mut passed_on = BTreeMap::new();
    for (module, named) in &all {
        for names in named {
            let from = module_of(names, modules);
            if from.len() > module.len() && from.starts_with(module) && names.len() > from.len() {
                passed_on.insert(((*module).clone(), names[from.len()].clone()), names.clone());
            }
        }
    }
    let source_of = |names: &Names| {
        let above = module_of(names, modules);
        let name = names.get(above.len()).cloned().unwrap_or_default();
        module_of(passed_on.get(&(above, name)).unwrap_or(names), modules)
    };
    all.into_iter().map(|(module, named)| (module.clone(), named.iter().map(source_of).collect())).collect()
}

/// The edges between the modules that lie right in a folder, each with all that lies below it.
fn edges_in(folder: &Names, all: &BTreeMap<Names, BTreeSet<Names>>) -> Edges {
    let child = |names: &Names| {
        let rest = names.strip_prefix(folder.as_slice())?;
        rest.first().cloned()
    };
    let mut edges = Edges::new();
    for (module, named) in all {
        if let Some(from) = child(module) {
            let to = named.iter().filter_map(child).filter(|to| *to != from);
            edges.entry(from.clone()).or_default().extend(to);
        }
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

/// The circles of a crate, each behind the folder that it is in.
fn all_circles(modules: &Modules) -> BTreeSet<String> {
    let edges = module_edges(modules);
    let folders: BTreeSet<Names> =
        modules.keys().flat_map(|names| (0..names.len()).map(|end| names[..end].to_vec())).collect();
    let within = |folder: &Names| {
        let found = circles(&edges_in(folder, &edges));
        found.into_iter().map(|circle| format!("{}: {circle}", folder.join("::"))).collect::<Vec<_>>()
    };
    folders.iter().flat_map(within).collect()
}

/// The modules of a package, without its tests. The first is the root, `lib.rs` and `main.rs` together.
fn modules(package: &Path) -> Modules {
    let source = package.join("src");
    let mut modules = Modules::new();
    for path in files() {
        let Ok(inner) = path.strip_prefix(&source) else { continue };
        let mut names: Names =
            inner.with_extension("").iter().map(|name| name.to_string_lossy().into()).collect();
        if matches!(&*names.join("/"), "lib" | "main") {
            names.clear();
        }
        if !names.iter().any(|name| matches!(name.as_str(), "tests" | "testing")) {
            let code = code(&std::fs::read_to_string(root().join(&path)).unwrap());
            modules.entry(names).or_default().push_str(&code);
        }
    }
    modules
}

#[test]
fn circles_are_found() {
    let of = |sources: &[(&str, &str)]| -> Vec<String> {
        let names = |path: &str| path.split_terminator("::").map(str::to_owned).collect();
        let one = |(path, code): &(&str, &str)| (names(path), (*code).to_owned());
        all_circles(&sources.iter().map(one).chain([(Vec::new(), String::new())]).collect())
            .into_iter()
            .collect()
    };
    let none = [""; 0];
    assert_eq!(of(&[("a", "use crate::b::C;"), ("b", "use crate::c;"), ("c", "")]), none);
    let around =
        [("a", "use crate::{x, b::{C, d}, y};"), ("b", "fn f() { crate::c::g() }"), ("c", "crate::a::h")];
    assert_eq!(of(&around), [": a b c"]);
    assert_eq!(of(&[("a", "use crate::{c::{b, d}, e};"), ("b", "use crate::a;"), ("c", "")]), none);
    let nested = [("a", "mod b; mod c;"), ("a::b", "use super::c::D;"), ("a::c", "super::super::a::b::e()")];
    assert_eq!(of(&nested), ["a: b c"]);
    let below = [("a", "b::f()"), ("a::b", "use super::g;"), ("a::c", "use self::d::E;"), ("a::c::d", "")];
    assert_eq!(of(&below), none, "a module and what lies in it are one");
    let passed_on = [("a", "pub use b::D;"), ("a::b", "use super::c;"), ("a::c", "use super::{D, E};")];
    assert_eq!(of(&passed_on), ["a: b c"]);
    let deep = [("a", ""), ("a::b", ""), ("a::b::x", "use crate::a::c::y;"), ("a::c", "use super::b::x::z;")];
    assert_eq!(of(&deep), ["a: b c"]);
}

#[test]
fn modules_see_each_other_in_one_direction() {
    let mut found = BTreeSet::new();
    for package in ["", "model", "net", "exporter", "indexer", "query", "load"] {
        let modules = modules(Path::new(package));
        let edges = edges_in(&Vec::new(), &module_edges(&modules));
        assert!(edges.len() > 2 && edges.values().any(|named| !named.is_empty()), "{package}: {edges:?}");
        let name = if package.is_empty() { "steplog" } else { package };
        found.extend(all_circles(&modules).iter().map(|circle| format!("{name}::{circle}")));
    }
    assert_eq!(found, KNOWN.map(str::to_owned).into(), "modules name each other in a circle");
}
