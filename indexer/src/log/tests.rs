//! Every way to cut a small log, and every way to flip a byte of it.

use std::path::Path;
use std::sync::Arc;

use steplog_model::event::StoredEvent;

use super::append::Appender;
use super::cache::ReadCache;
use super::dictionary::Dictionaries;
use super::file_header::FILE_HEADER_BYTES;
use super::file_name::{self, LogFile};
use super::frame::{Compressor, FRAME_HEADER_BYTES, FrameEncoder};
use super::records::LogRecords;
use crate::disk::{Disk, OpenMode, SimDisk, read_file};
use crate::recovery::{RecoveredLog, Verifying, recover_log};
use crate::testing::event;
use crate::unindexed_ids::Records as _;

const DAY: &str = "/data/default/2026-11-23";
/// Groups of the log, and the events of each, two frames to a group.
const GROUPS: u64 = 6;
const EVENTS: u64 = 6;

/// A log as it was written, and where its frames are.
struct Written {
    bytes: Vec<u8>,
    name: LogFile,
    /// End of each frame and its events, two frames to a group.
    frames: Vec<(usize, Vec<StoredEvent>)>,
}

impl Written {
    fn all(&self) -> Vec<StoredEvent> {
        self.frames.iter().flat_map(|(_, events)| events.clone()).collect()
    }

    /// The frame in which a byte lies; `None` in the file's header and behind the last frame.
    fn frame_of(&self, byte: usize) -> Option<usize> {
        if byte < FILE_HEADER_BYTES { None } else { self.frames.iter().position(|(end, _)| byte < *end) }
    }

    /// Where the last group, which no later frame knows to be synced, begins.
    fn last_group(&self) -> usize {
        self.frames.len() - 2
    }
}

fn write_groups(appender: &mut Appender, groups: std::ops::Range<u64>) -> Vec<(usize, Vec<StoredEvent>)> {
    let mut encoder = FrameEncoder::default();
    let mut compressor = Compressor::new(1).unwrap();
    let mut frames = Vec::new();
    for group in groups {
        let mut of_group = Vec::new();
        for half in 0..2 {
            let first = 1 + group * EVENTS + half * EVENTS / 2;
            let events: Vec<_> =
                (first..first + EVENTS / 2).map(|seq| StoredEvent { seq, event: event(seq) }).collect();
            events.iter().for_each(|stored| encoder.add(stored));
            appender.append(&mut encoder, &mut compressor, None).unwrap();
            of_group.push(events);
        }
        appender.write().unwrap();
        let (places, _) = appender.sync().unwrap();
        let ends = places.iter().map(|place| (place.offset + u64::from(place.length)) as usize);
        frames.extend(ends.zip(of_group));
    }
    frames
}

fn written() -> Written {
    let disk = SimDisk::default();
    disk.create_dir(Path::new(DAY)).unwrap();
    let mut appender = Appender::new(Arc::new(disk.clone()), Path::new(DAY), 1 << 20, None);
    let frames = write_groups(&mut appender, 0..GROUPS);
    let path = Path::new(DAY).join(file_name::log(LogFile(1)));
    let mut bytes = read_file(&disk, &path).unwrap();
    // Some of the preallocated zeros stay, as a crash leaves them.
    bytes.truncate(frames.last().unwrap().0 + 100);
    Written { bytes, name: LogFile(1), frames }
}

fn disk_with(name: LogFile, bytes: &[u8]) -> SimDisk {
    let disk = SimDisk::default();
    disk.create_dir(Path::new(DAY)).unwrap();
    let path = Path::new(DAY).join(file_name::log(name));
    disk.open(&path, OpenMode::CreateNew).unwrap().write_at(bytes, 0).unwrap();
    disk
}

fn recover(disk: &SimDisk) -> (RecoveredLog, Vec<StoredEvent>) {
    let log = recover_log(disk, Path::new(DAY), 0, &Verifying::all()).unwrap();
    let (dictionaries, cache) = (Arc::new(Dictionaries::new(1)), Arc::new(ReadCache::new(1 << 20)));
    let shared_disk: Arc<dyn Disk> = Arc::new(disk.clone());
    let records = LogRecords::new(&shared_disk, &dictionaries, &cache, Path::new(DAY), log.table.clone());
    let mut events = Vec::new();
    let mut seq = 0;
    loop {
        let (read, next) = records.read_after(seq).unwrap();
        assert_eq!(read.damaged, 0, "recovery left a frame that cannot be read");
        if next == seq {
            break;
        }
        seq = next;
        events.extend(read.events);
    }
    let ids: Vec<_> = events.iter().map(|stored| (stored.event.id, stored.seq)).collect();
    let (mut known, mut seq) = (Vec::new(), 0);
    while let (read, next) = records.ids_after(seq).unwrap()
        && next > seq
    {
        known.extend(read);
        seq = next;
    }
    assert_eq!(known, ids, "what is readable and what the check for duplicates knows");
    (log, events)
}

#[test]
fn a_start_leaves_to_tables_what_it_need_not_verify() {
    let written = written();
    let (name, mut bytes) = (written.name, written.bytes.clone());
    // Within the first frame's payload.
    bytes[FILE_HEADER_BYTES + FRAME_HEADER_BYTES + 3] ^= 1;
    let disk = disk_with(name, &written.bytes);
    let table = recover(&disk).0.table;
    table.files[0].store(&disk, Path::new(DAY)).unwrap();
    let path = Path::new(DAY).join(file_name::log(name));
    disk.open(&path, OpenMode::Write).unwrap().write_at(&bytes, 0).unwrap();
    let recovered = |verifying| recover_log(&disk, Path::new(DAY), 0, &verifying).unwrap();
    let trusting = recovered(Verifying::up_to(table.files[0].end - 1));
    assert_eq!((trusting.damage.len(), trusting.table.files), (0, table.files.clone()));
    let verified = recovered(Verifying::up_to(table.files[0].end));
    assert_eq!(verified.damage.len(), 1, "{:?}", verified.damage);
}

/// Recovers twice: what the first leaves must be clean. Returns what the first found.
fn recover_twice(disk: &SimDisk) -> (RecoveredLog, Vec<StoredEvent>) {
    let first = recover(disk);
    let (again, events) = recover(disk);
    assert_eq!(events, first.1);
    assert!(again.damage.is_empty() && !again.torn, "{:?}", again.damage);
    first
}

#[test]
fn a_log_cut_anywhere_keeps_all_whole_frames_before() {
    let written = written();
    for cut in 0..written.bytes.len() {
        let disk = disk_with(written.name, &written.bytes[..cut]);
        let (log, events) = recover_twice(&disk);
        let whole = written.frames.iter().take_while(|(end, _)| *end <= cut);
        let want: Vec<StoredEvent> = whole.flat_map(|(_, events)| events.clone()).collect();
        assert_eq!(events, want, "cut at {cut}");
        assert_eq!(log.damage, Vec::<String>::new(), "cut at {cut}: a torn tail is no damage");
        // Where the file ends after a frame, or in the zeros behind, nothing is torn.
        let ends: Vec<usize> = written.frames.iter().map(|(end, _)| *end).collect();
        let clean = cut == FILE_HEADER_BYTES || ends.contains(&cut) || cut >= *ends.last().unwrap();
        assert_eq!(log.torn, !clean, "cut at {cut}");
    }
}

#[test]
fn a_flipped_byte_costs_its_frame_at_most_and_alters_no_event() {
    let written = written();
    for place in 0..written.bytes.len() {
        let mut bytes = written.bytes.clone();
        bytes[place] ^= 1 << (place % 8);
        let (log, events) = recover_twice(&disk_with(written.name, &bytes));
        let frame = written.frame_of(place);
        let kept = |number: &usize| match frame {
            None => true,
            // The frame alone; the last group cannot be told from a torn one: it goes from there on.
            Some(hit) if hit < written.last_group() => *number != hit,
            Some(hit) => *number < hit,
        };
        let frames = written.frames.iter().enumerate().filter(|(number, _)| kept(number));
        let want: Vec<StoredEvent> = frames.flat_map(|(_, (_, events))| events.clone()).collect();
        assert_eq!(events, want, "byte {place} of frame {frame:?}");
        let is_damage = place < FILE_HEADER_BYTES || frame.is_some_and(|hit| hit < written.last_group());
        assert_eq!((log.damage.len(), log.torn), (usize::from(is_damage), !is_damage), "byte {place}");
    }
}

#[test]
fn damage_is_set_aside_byte_for_byte() {
    let written = written();
    let (start, end) = (written.frames[1].0, written.frames[2].0);
    let mut bytes = written.bytes.clone();
    bytes[start + FRAME_HEADER_BYTES] ^= 1;
    let disk = disk_with(written.name, &bytes);
    recover(&disk);
    let aside =
        Path::new(DAY).join(file_name::DAMAGED_DIR).join(file_name::damaged(written.name, start as u64));
    assert_eq!(read_file(&disk, &aside).unwrap(), bytes[start..end]);
}

#[test]
fn a_log_continues_after_damage_and_after_a_torn_tail() {
    let written = written();
    let torn = written.frames[5].0 + 10;
    let mut bytes = written.bytes[..torn].to_vec();
    bytes[FILE_HEADER_BYTES + 5] ^= 1;
    let disk = disk_with(written.name, &bytes);
    let (log, kept) = recover(&disk);
    assert!(log.torn && log.damage.len() == 1);
    let mut appender = Appender::new(Arc::new(disk.clone()), Path::new(DAY), 1 << 20, log.tail);
    let added = write_groups(&mut appender, GROUPS..GROUPS + 1);
    let (log, events) = recover(&disk);
    let added = added.into_iter().flat_map(|(_, events)| events);
    assert_eq!(events, kept.into_iter().chain(added).collect::<Vec<_>>());
    assert!(log.damage.is_empty() && !log.torn);
}

#[test]
fn a_kept_table_proves_what_was_synced() {
    let written = written();
    let disk = disk_with(written.name, &written.bytes);
    let (log, _) = recover(&disk);
    log.table.files[0].store(&disk, Path::new(DAY)).unwrap();
    let path = Path::new(DAY).join(file_name::log(written.name));
    let file = disk.open(&path, OpenMode::Write).unwrap();
    // The last group, which looks torn without the table.
    let last = written.frames[written.last_group() + 1].0 - 1;
    file.write_at(&[written.bytes[last] ^ 1], last as u64).unwrap();
    let (log, events) = recover_twice(&disk);
    assert!(!log.torn && log.damage.len() == 1, "{:?}", log.damage);
    assert_eq!(events.len() as u64, (GROUPS * EVENTS) - EVENTS / 2);
    // The table told where frames were that are gone: it must not be believed any more.
    let table = super::table::FileTable::load(&disk, Path::new(DAY), written.name).unwrap();
    assert_eq!(table, None);
}

#[test]
fn a_sealed_file_that_was_cut_short_is_reported() {
    let written = written();
    let disk = disk_with(written.name, &written.bytes);
    recover(&disk).0.table.files[0].store(&disk, Path::new(DAY)).unwrap();
    let path = Path::new(DAY).join(file_name::log(written.name));
    disk.open(&path, OpenMode::Write).unwrap().set_len(written.frames[3].0 as u64).unwrap();
    let (log, events) = recover_twice(&disk);
    assert_eq!(log.damage.len(), 1, "{:?}", log.damage);
    assert_eq!(events, written.all()[..4 * EVENTS as usize / 2]);
}

#[test]
fn what_a_killed_process_wrote_lasts_once_it_was_recovered() {
    for seed in 0..50 {
        let disk = disk_with(LogFile(1), &written().bytes).after_kill();
        let (_, before) = recover(&disk);
        // Its directories are the business of the store.
        disk.sync_dir(Path::new("/")).unwrap();
        disk.sync_dir(Path::new("/data")).unwrap();
        disk.sync_dir(Path::new("/data/default")).unwrap();
        assert_eq!(recover(&disk.after_power_cut(seed)).1, before, "seed {seed}");
    }
}
