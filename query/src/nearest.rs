//! The known name that somebody most likely meant.

/// The candidate with the fewest edits to `name`, if it is near enough to be meant.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Names are short; nobody mistypes one into a kilobyte.
    let name: String = name.chars().take(64).collect();
    let allowed = name.chars().count().div_ceil(3).max(1);
    let contains = |candidate: &str| {
        name.len() >= 4 && candidate.len() >= 4 && (name.contains(candidate) || candidate.contains(&name))
    };
    candidates
        .map(|candidate| (strsim::levenshtein(&name, candidate), candidate))
        .filter(|(edits, candidate)| *edits <= allowed || contains(candidate))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let names = ["status", "event", "person", "interaction", "occurred_in", "limit"];
        let check = |name: &str, want| assert_eq!(nearest(name, names.into_iter()), want, "{name}");
        check("stauts", Some("status"));
        check("Status", Some("status"));
        check("person_id", Some("person"));
        check("interaction_id", Some("interaction"));
        check("occured_in", Some("occurred_in"));
        check("limits", Some("limit"));
        check("zzz", None);
        check(&"s".repeat(10_000), None);
    }
}
