//! The known name that somebody most likely meant.

/// The candidate with the fewest edits to `name`, if it is near enough to be meant.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Names are short; nobody mistypes one into a kilobyte.
    let name: Vec<char> = name.chars().take(64).collect();
    let allowed = name.len().div_ceil(3).max(1);
    let contains = |candidate: &str| {
        name.len() >= 4 && candidate.len() >= 4 && {
            let text: String = name.iter().collect();
            text.contains(candidate) || candidate.contains(&text)
        }
    };
    candidates
        .map(|candidate| (distance(&name, candidate), candidate))
        .filter(|(edits, candidate)| *edits <= allowed || contains(candidate))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// The number of characters to insert, remove or replace (Levenshtein's distance).
fn distance(from: &[char], to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (number, a) in from.iter().enumerate() {
        let mut diagonal = number;
        let mut left = number + 1;
        for (place, b) in to.iter().enumerate() {
            let Some(above) = row.get_mut(place + 1) else { break };
            let replaced = diagonal + usize::from(a != b);
            diagonal = *above;
            *above = replaced.min(left + 1).min(diagonal + 1);
            left = *above;
        }
        if let Some(first) = row.first_mut() {
            *first = number + 1;
        }
    }
    row.last().copied().unwrap_or(from.len())
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

    #[test]
    fn counts_edits() {
        let check = |from: &str, to, want| {
            assert_eq!(distance(&from.chars().collect::<Vec<_>>(), to), want, "{from} {to}");
        };
        check("", "abc", 3);
        check("abc", "", 3);
        check("kitten", "sitting", 3);
        check("same", "same", 0);
    }
}
