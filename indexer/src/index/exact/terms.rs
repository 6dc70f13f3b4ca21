//! The exact values of an event as terms, and the terms that a question looks up for an exact value.

use steplog_model::ids::{EventId, TermHasher, TermKind, is_uuid_shape};

use super::ExactTerm;

/// Values of fewer bytes have a term for each of their roles: small numbers and words meet by chance, in ever other
/// roles.
const MIN_SHARED_BYTES: usize = 9;

/// What `log.record.uid` and the like are to the id that they state: the same digits.
const AS_DIGITS: u64 = 0x9fb2_1c65_1e98_df25;
/// The same digits with hyphens between them.
const AS_UUID: u64 = 0xd6e8_feb8_6659_fd93;

/// The exact terms of one event, used again for the next one.
#[derive(Debug)]
pub(in super::super) struct EventTerms {
    hasher: TermHasher,
    id: Option<EventId>,
    /// Terms of values in one role.
    alone: Vec<ExactTerm>,
    /// Hashes of longer values with a role of each.
    values: Vec<(u64, u64)>,
    /// The roles of the event's own id.
    own: Vec<u64>,
    /// Its terms in each of these roles alone.
    own_alone: Vec<ExactTerm>,
}

/// A longer value of an event: its hash with each of its roles, which rise.
pub(super) type ValueRoles<'a> = &'a [(u64, u64)];

impl EventTerms {
    /// None yet; they are to be as `hasher` has them.
    pub(in super::super) const fn new(hasher: TermHasher) -> Self {
        Self {
            hasher,
            id: None,
            alone: Vec::new(),
            values: Vec::new(),
            own: Vec::new(),
            own_alone: Vec::new(),
        }
    }

    /// What hashes them.
    pub(in super::super) const fn hasher(&self) -> &TermHasher {
        &self.hasher
    }

    /// Forgets what was there; the terms of the event of this id follow.
    pub(in super::super) fn begin(&mut self, id: EventId) {
        self.id = Some(id);
        self.alone.clear();
        self.values.clear();
        self.own.clear();
        self.own_alone.clear();
    }

    /// Adds a value in a role; also several times.
    pub(in super::super) fn add(&mut self, kind: TermKind, key: &str, value: &str) {
        let (role, hash) = (self.hasher.role(kind, key), self.hasher.value(value));
        if value.len() < MIN_SHARED_BYTES {
            self.add_hash(self.hasher.term_of(role, hash));
            return;
        }
        match as_id(value) {
            Some((id, form)) if Some(id) == self.id => {
                self.own.push(role ^ form);
                self.own_alone.push(ExactTerm::of_hash(self.hasher.term_of(role, hash)));
            }
            _ => self.values.push((hash, role)),
        }
    }

    /// Adds a value in one role by its [`TermHasher::term`].
    pub(in super::super) fn add_hash(&mut self, hash: u64) {
        self.alone.push(ExactTerm::of_hash(hash));
    }

    /// Brings them into the order in which they are taken out.
    pub(in super::super) fn end(&mut self) {
        self.own.sort_unstable();
        self.own.dedup();
        self.values.sort_unstable();
        self.values.dedup();
    }

    /// The term of the event's id.
    pub(super) fn id(&self) -> ExactTerm {
        ExactTerm::of_id(&self.hasher, self.id.unwrap_or(EventId(0)))
    }

    pub(super) fn alone(&self) -> &[ExactTerm] {
        &self.alone
    }

    pub(super) fn own(&self) -> &[u64] {
        &self.own
    }

    pub(super) fn own_alone(&self) -> &[ExactTerm] {
        &self.own_alone
    }

    pub(super) fn values(&self) -> impl Iterator<Item = ValueRoles<'_>> {
        self.values.chunk_by(|(a, _), (b, _)| a == b)
    }
}

/// An exact value in a role, as a question asks for it in every segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExactValue {
    kind: TermKind,
    key: String,
    value: String,
}

impl ExactValue {
    /// A value in a role.
    pub(crate) fn new(kind: TermKind, key: &str, value: &str) -> Self {
        Self { kind, key: key.to_owned(), value: value.to_owned() }
    }

    /// What to look up where terms are as `hasher` has them.
    pub(super) fn terms(&self, hasher: &TermHasher) -> ValueTerms {
        let (role, hash) = (hasher.role(self.kind, &self.key), hasher.value(&self.value));
        let shared = (self.value.len() >= MIN_SHARED_BYTES).then(|| (ExactTerm::of_value(hash), role));
        let own = as_id(&self.value).map(|(id, form)| (ExactTerm::of_id(hasher, id), role ^ form));
        ValueTerms { alone: ExactTerm::of_hash(hasher.term_of(role, hash)), shared, own }
    }
}

/// The terms of an exact value in a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ValueTerms {
    /// Its term where it has no other role.
    pub(super) alone: ExactTerm,
    /// Its term where it has several, and the one that is asked for.
    pub(super) shared: Option<(ExactTerm, u64)>,
    /// The id that it may state, and its role there.
    pub(super) own: Option<(ExactTerm, u64)>,
}

/// The id that a text in lower case states, and in which form.
fn as_id(text: &str) -> Option<(EventId, u64)> {
    let form = match text.len() {
        32 if !text.contains('-') => AS_DIGITS,
        36 if is_uuid_shape(text.as_bytes()) => AS_UUID,
        _ => return None,
    };
    let mut bits = 0;
    for byte in text.bytes().filter(|byte| *byte != b'-') {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        bits = bits << 4 | u128::from(digit);
    }
    Some((EventId(bits), form))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_states_an_id_in_one_of_two_forms() {
        let digits = "550e8400e29b41d4a716446655440000";
        let uuid = "550e8400-e29b-41d4-a716-446655440000";
        let id = EventId::from_uid(digits);
        assert_eq!(as_id(digits), Some((id, AS_DIGITS)));
        assert_eq!(as_id(uuid), Some((id, AS_UUID)));
        for other in [
            "",
            &digits[1..],
            &digits.to_uppercase(),
            &uuid.to_uppercase(),
            "550e8400-e29b41d4a716446655440000",
        ] {
            assert_eq!(as_id(other), None, "{other}");
        }
        // As many bytes, but hyphens where there are none.
        assert_eq!(as_id("-50e8400e29b41d4a71644665544000-"), None);
    }
}
