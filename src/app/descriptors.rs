//! How many connections there may be, so that the store always gets the descriptors that it needs.
//!
//! A soft limit of 1,024 is what shells and systemd give, for programs of old that cannot do with more. It is raised to
//! the hard one, and connections are bounded below that.

use anyhow::bail;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::ServeSettings;

/// For the store: 256 log files that are read, 64 days that are written with their directories, the files of commits and
/// merges; and for the rest of the program: listeners, standard streams, health checks beyond the bound.
const FOR_FILES: u64 = 512;
/// With fewer nothing works.
const FEWEST: u64 = 64;

/// Raises the limit and lowers the settings' numbers of connections below it.
///
/// # Errors
/// Where the limit is so low that the store could not open its files.
pub(super) fn bound(settings: &mut ServeSettings) -> anyhow::Result<()> {
    let Some(limit) = raise() else { return Ok(()) };
    if limit < FEWEST {
        bail!(
            "only {limit} files may be open at once, and {FEWEST} are needed at least: raise it (ulimit -n, LimitNOFILE)"
        );
    }
    let wanted = (settings.receiver.otlp_max_connections, settings.query.query_connections);
    let (senders, askers) = share(limit, wanted);
    if (senders, askers) == wanted {
        tracing::info!(open_files = limit, otlp_connections = senders, query_connections = askers, "limits");
    } else {
        tracing::warn!(
            open_files = limit,
            otlp_connections = senders,
            query_connections = askers,
            "fewer connections than set, for so many files may be open at once: raise that (ulimit -n, LimitNOFILE)"
        );
    }
    settings.receiver.otlp_max_connections = senders;
    settings.query.query_connections = askers;
    Ok(())
}

/// The number of descriptors that this process may have now; `None` where there is no limit.
fn raise() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised =
        current != maximum && setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    if raised { maximum } else { current }
}

/// The connections of senders and askers that so many descriptors allow, of those that are wanted.
fn share(limit: u64, (senders, askers): (u32, usize)) -> (u32, usize) {
    let room = limit.saturating_sub(FOR_FILES.min(limit / 2));
    let askers = askers.min(usize::try_from(room / 4).unwrap_or(usize::MAX));
    let left = room.saturating_sub(askers as u64);
    (senders.min(u32::try_from(left).unwrap_or(u32::MAX)), askers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_stay_below_the_limit() {
        assert_eq!(share(20_000, (10_000, 1_024)), (10_000, 1_024));
        assert_eq!(share(1_024, (10_000, 1_024)), (384, 128));
        assert_eq!(share(64, (10_000, 1_024)), (24, 8));
        for limit in FEWEST..5_000 {
            let (senders, askers) = share(limit, (10_000, 1_024));
            assert!(u64::from(senders) + askers as u64 + (limit / 2).min(FOR_FILES) <= limit);
            assert!(senders > 0 && askers > 0, "{limit}");
        }
    }
}
