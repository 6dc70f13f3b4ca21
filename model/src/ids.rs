//! Identifiers that steplog itself gives or normalises: event ids, arrival numbers, tenants; and the hash of exact terms.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use rapidhash::v3::{RapidSecrets, rapidhash_v3_seeded};

/// An event's identity: 128 bits, written as 32 lowercase hex digits.
///
/// The same id is the same event and is stored once for as long as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub u128);

impl EventId {
    /// The id of an event that names itself (`log.record.uid`).
    ///
    /// A UUID or 32 hex digits are taken as they are, whatever their case; any other text is hashed.
    #[must_use]
    pub fn from_uid(uid: &str) -> Self {
        let digits: String = uid.chars().filter(|c| *c != '-').collect();
        let whole_hex = digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        if whole_hex
            && (uid.len() == 32 || is_uuid_shape(uid.as_bytes()))
            && let Ok(bits) = u128::from_str_radix(&digits, 16)
        {
            return Self(bits);
        }
        Self::from_uid_bytes(uid.as_bytes())
    }

    /// The id of an event whose name is no UTF-8, or no UUID: the hash of the bytes as they were sent.
    #[must_use]
    pub fn from_uid_bytes(uid: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"steplog uid\0");
        hasher.update(uid);
        Self::from_hash(&hasher.finalize())
    }

    /// The first 128 bits of a BLAKE3 hash.
    #[must_use]
    pub fn from_hash(hash: &blake3::Hash) -> Self {
        let mut bits = [0; 16];
        for (to, from) in bits.iter_mut().zip(hash.as_bytes()) {
            *to = *from;
        }
        Self(u128::from_be_bytes(bits))
    }
}

/// Whether the bytes are spelled like a UUID: hex digits in groups of 8-4-4-4-12.
#[must_use]
pub fn is_uuid_shape(bytes: &[u8]) -> bool {
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// A text that is no event id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an event id; an event id has 32 hex digits")]
pub struct ParseEventIdError(pub String);

impl FromStr for EventId {
    type Err = ParseEventIdError;

    /// Reads 32 hex digits of any case, and a UUID.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseEventIdError(text.to_owned());
        let digits = match text.len() {
            36 if is_uuid_shape(text.as_bytes()) => Cow::Owned(text.replace('-', "")),
            32 => Cow::Borrowed(text),
            _ => return Err(error()),
        };
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(error());
        }
        u128::from_str_radix(&digits, 16).map(Self).map_err(|_| error())
    }
}

/// An event's arrival number in its store: counts from 1, never reused, breaks ties of equal time.
pub type Seq = u64;

/// The tenant that a credential stands for; `default` where there is none. Safe as a directory name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenant(String);

impl Tenant {
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Tenant {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that cannot name a tenant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} cannot name a tenant; use 1 to 64 of a-z, 0-9, - and _, starting with a letter or digit")]
pub struct ParseTenantError(pub String);

impl FromStr for Tenant {
    type Err = ParseTenantError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let starts_well = text.bytes().next().is_some_and(letter);
        let all_allowed = text.bytes().all(|b| letter(b) || b == b'-' || b == b'_');
        if starts_well && all_allowed && text.len() <= Self::MAX_BYTES {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseTenantError(text.to_owned()))
        }
    }
}

/// What an exact term is about. Part of the hash, so that equal texts of different kinds differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermKind {
    /// A column's value; the key is the column's name.
    Column,
    /// An attribute's value; the key is the attribute's (dotted) key.
    Attribute,
    /// An identifier found in free text; the key is empty.
    Identifier,
    /// The value of an attribute that is a number, as [`crate::record::value::number_text`] writes it.
    Number,
}

/// Hashes exact terms under a key: who does not know the key cannot choose values that share a hash.
///
/// Two texts may share a hash by chance; whoever shows hits verifies them on the record. Changing what this
/// computes changes the index format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TermHasher {
    secrets: RapidSecrets,
    /// The bits of a hash that are kept; all but in tests.
    kept: u64,
}

impl TermHasher {
    /// The hasher of a key.
    #[must_use]
    pub const fn new(key: u128) -> Self {
        let (seed, secrets) = ((key >> 64) as u64, RapidSecrets::seed(key as u64));
        Self { secrets: RapidSecrets { seed: seed ^ secrets.seed, ..secrets }, kept: u64::MAX }
    }

    /// One that tells only so many hashes apart, to see what becomes of values that share one.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub const fn blunt(bits: u32) -> Self {
        Self { kept: !(u64::MAX >> bits), ..Self::new(7) }
    }

    /// The 64-bit term of a key and its exact value.
    #[must_use]
    pub fn term(&self, kind: TermKind, key: &str, value: &str) -> u64 {
        self.term_of(self.role(kind, key), self.value(value))
    }

    /// The 64-bit hash of what a value is in an event: the value of a column, of an attribute, an identifier.
    #[must_use]
    pub fn role(&self, kind: TermKind, key: &str) -> u64 {
        let seed = match kind {
            TermKind::Column => 1,
            TermKind::Attribute => 2,
            TermKind::Identifier => 3,
            TermKind::Number => 4,
        };
        // Odd multipliers keep the mixture a bijection of each part.
        rapidhash_v3_seeded(key.as_bytes(), &self.secrets)
            .wrapping_add(seed)
            .rotate_left(23)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// The 64-bit hash of a value, whatever it is in an event.
    #[must_use]
    pub fn value(&self, value: &str) -> u64 {
        rapidhash_v3_seeded(value.as_bytes(), &self.secrets) & self.kept
    }

    /// The 64-bit hash of an event's id.
    #[must_use]
    pub fn id(&self, id: EventId) -> u64 {
        rapidhash_v3_seeded(&id.0.to_le_bytes(), &self.secrets) & self.kept
    }

    /// The term of a [`role`](Self::role) and a [`value`](Self::value).
    #[must_use]
    pub const fn term_of(&self, role: u64, value: u64) -> u64 {
        (value ^ role).wrapping_mul(0xff51_afd7_ed55_8ccd) & self.kept
    }
}

/// 30 bits for a column or an attribute, whatever its value: by these the index knows which an event has.
#[must_use]
pub fn key_hash(kind: TermKind, key: &str) -> u32 {
    const HASHER: TermHasher = TermHasher::new(0);
    (HASHER.role(kind, key) >> 34) as u32
}

/// The 64-bit hash by which an interaction is counted among others. It has no key, so that every day and every
/// store counts alike; who chooses values that share it only has his own counted as one.
#[must_use]
pub fn counting_hash(interaction: &str) -> u64 {
    const SECRETS: RapidSecrets = RapidSecrets::seed_cpp(0x5374_6570);
    rapidhash_v3_seeded(interaction.as_bytes(), &SECRETS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_ids_round_trip() {
        let id = EventId(0x0123);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("+0000000000000000000000000000123".parse::<EventId>().is_err());
        assert_eq!("00000000-0000-0000-0000-000000000123".parse(), Ok(id));
        assert_eq!(
            "550E8400-E29B-41D4-A716-446655440000".parse(),
            Ok(EventId::from_uid("550e8400e29b41d4a716446655440000"))
        );
        assert!("0000000-00000-0000-0000-000000000123".parse::<EventId>().is_err());
    }

    #[test]
    fn uids_keep_their_bits_or_are_hashed() {
        let uuid = "550E8400-e29b-41d4-a716-446655440000";
        assert_eq!(EventId::from_uid(uuid).to_string(), "550e8400e29b41d4a716446655440000");
        assert_eq!(EventId::from_uid("550e8400e29b41d4a716446655440000"), EventId::from_uid(uuid));
        assert_ne!(EventId::from_uid("a"), EventId::from_uid("b"));
        // Dashes elsewhere are no UUID: hashed, so it differs from the UUID with the same digits.
        assert_ne!(EventId::from_uid("550e-8400e29b41d4a716446655440000"), EventId::from_uid(uuid));
    }

    #[test]
    fn tenants_are_safe_directory_names() {
        for bad in ["", "..", "a/b", "A", "-a", "a b", "é", &"a".repeat(65)] {
            assert!(bad.parse::<Tenant>().is_err(), "{bad}");
        }
        assert!("acme-eu_1".parse::<Tenant>().is_ok());
    }

    #[test]
    fn kinds_and_keys_separate_terms() {
        let hasher = TermHasher::new(5);
        let term = |kind, key| hasher.term(kind, key, "x");
        assert_ne!(term(TermKind::Column, "k"), term(TermKind::Attribute, "k"));
        assert_ne!(term(TermKind::Attribute, "k"), term(TermKind::Attribute, "l"));
    }

    #[test]
    fn what_shares_a_hash_under_one_key_does_not_under_another() {
        const KEPT: u32 = 20;
        let kept = |hash: u64| hash >> (u64::BITS - KEPT);
        // Values and ids that share the first bits of their hashes under one key, as somebody would look for them.
        let (known, other) = (TermHasher::new(1), TermHasher::new(1 << 64));
        let target = kept(known.id(EventId(0)));
        let chosen: Vec<EventId> =
            (1..50_000_000_u128).map(EventId).filter(|id| kept(known.id(*id)) == target).take(20).collect();
        let shared = |hasher: TermHasher| {
            chosen.iter().filter(|id| kept(hasher.id(**id)) == kept(hasher.id(EventId(0)))).count()
        };
        assert_eq!((shared(known), shared(other)), (20, 0));
        let texts: Vec<String> = chosen.iter().map(ToString::to_string).collect();
        let values: std::collections::HashSet<u64> =
            texts.iter().map(|text| kept(other.value(text))).collect();
        assert_eq!(values.len(), 20);
    }
}
