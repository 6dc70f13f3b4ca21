//! Checks of stores that are well, behind, torn and damaged.
