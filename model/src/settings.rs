//! What settings are where nobody says anything, and how their numbers are written.

pub mod units;

use clap::{Args, Command};

/// The values that flags have by themselves, whatever the environment says: each default is stated once, at its flag.
///
/// # Panics
/// Where a flag has no valid default. A test of each kind of settings asks for them.
#[must_use]
pub fn defaults<T: Args>() -> T {
    let command = T::augment_args(Command::new("defaults")).no_binary_name(true);
    // The environment must not reach in here: every flag is read without its variable.
    let command = command.mut_args(|arg| arg.env(None));
    let matches = command.get_matches_from(std::iter::empty::<&str>());
    T::from_arg_matches(&matches).expect("every flag has a valid default")
}
