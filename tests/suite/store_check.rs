//! `steplog check` on a store: what is well, what is damaged, and an index made anew from its records.
