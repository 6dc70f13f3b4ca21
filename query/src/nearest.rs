//! The known name that somebody most likely meant.

/// In a shorter name one slip is half of it: `tz` is not `to`.
const LEAST_CHARS: usize = 3;

/// The candidate with the fewest edits to `name`, if it is near enough to be meant.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Names are short; nobody mistypes one into a kilobyte.
    let name: String = name.chars().take(64).collect();
    let chars = name.chars().count();
    let allowed = if chars < LEAST_CHARS { 0 } else { chars.div_ceil(3) };
    let contains = |candidate: &str| {
        name.len() >= 4 && candidate.len() >= 4 && (name.contains(candidate) || candidate.contains(&name))
    };
    let first = |text: &str| text.chars().next().map(|c| c.to_lowercase().collect::<String>());
    let begins_so = |candidate: &str| first(&name) == first(candidate);
    candidates
        .map(|candidate| (edits(&name, candidate), candidate))
        .filter(|(edits, candidate)| {
            // Several slips that change the first letter as well make another word: `session` is not `version`.
            (*edits <= allowed && (*edits < 2 || begins_so(candidate))) || contains(candidate)
        })
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// The edits between two names; case is none where that is all.
fn edits(name: &str, other: &str) -> usize {
    if name.eq_ignore_ascii_case(other) { 0 } else { strsim::levenshtein(name, other) }
}

/// The most edits of a slip in a word; `None` where it is too short for one.
pub(crate) fn most_edits(word: &str) -> Option<u8> {
    match word.chars().count() {
        0..3 => None,
        3..6 => Some(1),
        _ => Some(2),
    }
}

/// The edits between a word and another that is the same but for a slip of the hand: one or, from six characters on, two,
/// where characters that changed places are one. Other digits are another number.
pub(crate) fn slip(word: &str, other: &str) -> Option<usize> {
    let most = usize::from(most_edits(word)?);
    if other.chars().count().abs_diff(word.chars().count()) > most {
        return None;
    }
    let digits = |text: &str| text.chars().filter(|c| c.is_numeric()).collect::<String>();
    let edits = strsim::osa_distance(word, other);
    (edits <= most && digits(word) == digits(other)).then_some(edits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_an_edit_or_two_and_no_other_number() {
        let check = |word, other, want| assert_eq!(slip(word, other), want, "{word} {other}");
        check("strated", "started", Some(1));
        check("faliure", "failure", Some(1));
        check("agnet", "agent", Some(1));
        check("ordr", "order", Some(1));
        check("chekcot", "checkout", Some(2));
        check("ordr", "older", None);
        check("ms", "sms", None);
        check("step3", "step4", None);
        check("step3", "stpe3", Some(1));
        check("same", "same", Some(0));
        check(&"s".repeat(10_000), "started", None);
    }

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
        check("tz", None);
        check("LIMIT", Some("limit"));
        check("tatus", Some("status"));
        check(&"s".repeat(10_000), None);
        let check_one =
            |name: &str, candidate, want| assert_eq!(nearest(name, [candidate].into_iter()), want, "{name}");
        check_one("session", "version", None);
        check_one("tz", "to", None);
        check_one("Q", "q", Some("q"));
        check_one("frm", "from", Some("from"));
    }
}
