//! The sets of roles that values of a segment have together.

use std::collections::HashMap;

use tantivy::directory::OwnedBytes;

use super::{NotExact, put_u64};

/// Sets of roles, numbered from 1 on as they come.
#[derive(Default)]
pub(super) struct RoleSets {
    sets: Vec<Box<[u64]>>,
    numbers: HashMap<Box<[u64]>, u32>,
}

impl RoleSets {
    /// The number of a set, given in one order only; a new one gets the next, unless there are `most`.
    pub(super) fn number(&mut self, roles: &[u64], most: usize) -> Option<u32> {
        if let Some(number) = self.numbers.get(roles) {
            return Some(*number);
        }
        if self.sets.len() >= most {
            return None;
        }
        let roles: Box<[u64]> = roles.into();
        self.sets.push(roles.clone());
        let number = self.sets.len() as u32;
        self.numbers.insert(roles, number);
        Some(number)
    }

    /// The roles of a set; none of 0.
    pub(super) fn roles(&self, number: u32) -> Result<&[u64], NotExact> {
        match number.checked_sub(1) {
            None => Ok(&[]),
            Some(place) => self.sets.get(place as usize).map(|roles| &**roles).ok_or(NotExact),
        }
    }

    /// Their numbers among those of `whole`, which takes in what it lacks; that of 0 is 0.
    pub(super) fn numbers_in(&self, whole: &mut RoleSets) -> Vec<u32> {
        let numbers = self.sets.iter().map(|roles| whole.number(roles, usize::MAX).unwrap_or_default());
        std::iter::once(0).chain(numbers).collect()
    }

    /// The memory they take, about.
    pub(super) fn memory_bytes(&self) -> usize {
        self.sets
            .iter()
            .map(|roles| 2 * (size_of_val(&**roles) + size_of::<Box<[u64]>>()) + size_of::<u64>())
            .sum()
    }

    /// Appends them as they are written.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        for roles in &self.sets {
            out.extend_from_slice(&(roles.len() as u32).to_le_bytes());
            roles.iter().for_each(|role| put_u64(out, *role));
        }
    }

    /// Reads what was written.
    pub(super) fn read(bytes: &OwnedBytes) -> Result<Self, NotExact> {
        let mut sets = Self::default();
        let mut rest = bytes.as_slice();
        while let Some((count, behind)) = rest.split_first_chunk() {
            let roles_bytes = (u32::from_le_bytes(*count) as usize).saturating_mul(size_of::<u64>());
            let (roles, behind) = behind.split_at_checked(roles_bytes).ok_or(NotExact)?;
            let (roles, _) = roles.as_chunks();
            let roles: Vec<u64> = roles.iter().map(|role| u64::from_le_bytes(*role)).collect();
            let expected = sets.sets.len() as u32 + 1;
            if sets.number(&roles, usize::MAX) != Some(expected) {
                return Err(NotExact);
            }
            rest = behind;
        }
        if rest.is_empty() { Ok(sets) } else { Err(NotExact) }
    }
}
