//! What reads the store's files, from bytes, for whoever tries it with bytes of all kinds. Each function fails where
//! something is read that is not so.

use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use steplog_model::event::{Event, StoredEvent};
use steplog_model::ids::Seq;

pub use crate::index::fuzzing::{exact, index_seed, journal, meta, side};

use crate::disk::{Disk, DiskFile, OpenMode, SimDisk, read_file};
use crate::log::append::Appender;
use crate::log::dictionary::Dictionary;
use crate::log::file_header::{FILE_HEADER_BYTES, FileHeader};
use crate::log::file_name::{self, LogFile};
use crate::log::frame::{
    Compressor, DecodedFrame, FRAME_HEADER_BYTES, FrameEncoder, FrameHeader, PiecesEncoder, Tag, open_frame,
};
use crate::log::read::{LogReader, Scanned};
use crate::log::table::{DayTable, FileTable};

const FIRST_SEQ: Seq = 7;
const SALT: u32 = 0x5eed;
/// The directory of the one file that is read.
const DIRECTORY: &str = "/day";

/// Bytes as a file of a disk in memory.
fn file_of(name: &str, bytes: &[u8]) -> io::Result<(SimDisk, Arc<dyn DiskFile>)> {
    let disk = SimDisk::default();
    disk.create_dir(Path::new(DIRECTORY))?;
    let file = disk.open(&Path::new(DIRECTORY).join(name), OpenMode::CreateNew)?;
    file.write_at(bytes, 0)?;
    Ok((disk, file))
}

/// Makes a log file of bytes, with every checksum right: headers stand where they would be, each taking what is there
/// for its fields. Nobody guesses a checksum, and behind it is what reads.
#[must_use]
pub fn sealed_log(bytes: &[u8]) -> Vec<u8> {
    let mut file = FileHeader { salt: SALT, first_seq: FIRST_SEQ }.encode().to_vec();
    let mut rest = bytes;
    while let Some((head, behind)) = rest.split_first_chunk::<20>() {
        let [a, b, c, d, e, f, g, h, count, places @ ..] = *head;
        let payload_bytes = usize::from(u16::from_le_bytes([places[0], places[1]])).min(behind.len());
        let (payload, after) = behind.split_at(payload_bytes);
        let header = FrameHeader {
            salt: SALT,
            payload_bytes: payload_bytes as u32,
            plain_bytes: u32::from_le_bytes([places[2], places[3], places[4] & 15, 0]),
            tag: Tag::of_bits(u32::from(places[5] & 1) << 31),
            first_seq: u64::from_le_bytes([a, b, c, d, e, f, g, h]),
            count: u32::from(count),
            dictionary: u32::from(places[5] >> 1 == 1),
            synced: u64::from(u32::from_le_bytes([places[6], places[7], places[8], places[9]])),
            payload_crc: crc32c::crc32c(payload),
        };
        // One in 256 stays damaged.
        let header = header.encode();
        let whole = places[10] != u8::MAX;
        file.extend_from_slice(if whole { &header } else { &header[..FRAME_HEADER_BYTES - 1] });
        file.extend_from_slice(payload);
        rest = after;
    }
    file.extend_from_slice(rest);
    file
}

/// Reads a log file from its beginning to its end, and the table that follows from it.
///
/// # Errors
/// As the disk says, which is one in memory.
///
/// # Panics
/// Where what is read goes back, or a table loses a frame.
pub fn log_file(bytes: &[u8]) -> io::Result<()> {
    let (_disk, file) = file_of(&file_name::log(LogFile(FIRST_SEQ)), bytes)?;
    let (mut reader, _) = LogReader::open(&*file, LogFile(FIRST_SEQ), 0)?;
    let mut table = DayTable::default();
    loop {
        let position = reader.position();
        let next = match reader.next()? {
            Scanned::Frame(header, place) => {
                assert!(place.offset >= FILE_HEADER_BYTES as u64 && header.count > 0);
                let frame = open_frame(&header, reader.payload(), |_| {
                    Err::<&Dictionary, _>(io::ErrorKind::NotFound.into())
                });
                if let Ok(frame) = frame {
                    check_frame(&frame);
                }
                table.push(place);
                None
            }
            Scanned::Hole => None,
            Scanned::Clean => break,
            Scanned::TornTail { next } | Scanned::Corrupt { next } => match next {
                Some(next) => Some(next),
                None => break,
            },
        };
        if let Some(next) = next {
            assert!(next > position, "from {position} on to {next}");
            reader.seek(next);
        }
        assert!(reader.position() > position && reader.position() <= reader.len());
    }
    check_table(&table);
    Ok(())
}

/// Looks for what a table leads to, whatever its numbers are.
fn check_table(table: &DayTable) {
    let blocks = || table.files.iter().flat_map(|file| &file.blocks);
    let firsts = blocks().map(|block| block.first_seq);
    for seq in firsts.flat_map(|seq| [seq.saturating_sub(1), seq, seq.saturating_add(1)]).chain([0, Seq::MAX])
    {
        let _ = table.find(seq);
        if let Some((key, block)) = table.next_after(seq) {
            let _ = table.following(key, block.offset);
        }
        assert!(table.events_after(seq) <= table.events());
        let _ = table.events_up_to(seq);
    }
}

/// Reads bytes as the table of a log file, as they are and with the checksum that they would have.
///
/// # Panics
/// Where a table says what cannot be.
pub fn table(bytes: &[u8]) {
    let sealed = [bytes, &crc32c::crc32c(bytes).to_le_bytes()].concat();
    for bytes in [bytes, &sealed] {
        if let Some((table, _)) = FileTable::parse(bytes) {
            check_table(&DayTable { files: vec![table] });
        }
    }
}

/// Reads bytes as the plain payload of a frame of so many events, in rows and in pieces of so many bytes.
///
/// # Panics
/// Where events are others when they are read one by one, or when they are written again.
pub fn frame(bytes: &[u8], count: u8, plain_bytes: u16) {
    let (bytes, count) = (Bytes::copy_from_slice(bytes), u32::from(count));
    if let Ok(frame) = DecodedFrame::new(FIRST_SEQ, count, bytes.clone()) {
        check_frame(&frame);
    }
    if let Ok(frame) = DecodedFrame::in_pieces(FIRST_SEQ, count, bytes, usize::from(plain_bytes)) {
        check_frame(&frame);
    }
}

/// One by one, and all at once, a frame has the same events; those written again are the same as well.
fn check_frame(frame: &DecodedFrame) {
    let Some(end) = frame.first_seq().checked_add(frame.count() as u64) else { return };
    let seqs: Vec<Seq> = (frame.first_seq()..end).collect();
    let all: Vec<Result<StoredEvent, _>> = frame.events().collect();
    let picked = frame.pick(&seqs);
    assert_eq!(all.len(), picked.len());
    // A frame in pieces is restored up to the first event that cannot be.
    for (one, picked) in
        all.iter().zip(&picked).filter_map(|(one, picked)| Some((one.as_ref().ok()?, picked)))
    {
        assert_eq!(picked.as_ref().and_then(|picked| picked.as_ref().ok()), Some(one));
    }
    let events: Vec<Event> = all.into_iter().map_while(Result::ok).map(|stored| stored.event).collect();
    check_written(&events);
}

fn check_written(events: &[Event]) {
    let count = events.len() as u32;
    let plain = Bytes::from(frame_seed(events));
    let in_rows = DecodedFrame::new(FIRST_SEQ, count, plain.clone());
    let mut encoder = PiecesEncoder::default();
    let pieces = encoder.encode(&plain, count).map(Bytes::copy_from_slice);
    let in_pieces = pieces.map(|bytes| DecodedFrame::in_pieces(FIRST_SEQ, count, bytes, plain.len()));
    for frame in [Some(in_rows), in_pieces].into_iter().flatten() {
        let again = frame.and_then(|frame| frame.events().collect::<Result<Vec<_>, _>>());
        let again = again.map(|events| events.into_iter().map(|stored| stored.event).collect::<Vec<_>>());
        assert_eq!(again.as_deref().map_err(ToString::to_string), Ok(events));
    }
}

/// The plain payload of a frame of events.
#[must_use]
pub fn frame_seed(events: &[Event]) -> Vec<u8> {
    let mut encoder = FrameEncoder::default();
    events.iter().for_each(|event| encoder.push(event));
    encoder.finish().to_vec()
}

/// The same in pieces, where that is shorter, and the length of the former.
#[must_use]
pub fn pieces_seed(events: &[Event]) -> Option<(Vec<u8>, usize)> {
    let plain = frame_seed(events);
    let mut encoder = PiecesEncoder::default();
    Some((encoder.encode(&plain, events.len() as u32)?.to_vec(), plain.len()))
}

/// A log file of events as the store writes it, with its table.
///
/// # Errors
/// As the disk says, which is one in memory.
pub fn log_seed(events: &[Event]) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let disk = SimDisk::default();
    let directory = Path::new(DIRECTORY);
    disk.create_dir(directory)?;
    let mut appender = Appender::new(Arc::new(disk.clone()), directory, 1 << 20, None);
    let (mut encoder, mut compressor) = (FrameEncoder::default(), Compressor::new(1)?);
    let mut places = Vec::new();
    for (number, events) in events.chunks(4).enumerate() {
        for (place, event) in events.iter().enumerate() {
            let seq = FIRST_SEQ + (4 * number + place) as u64;
            encoder.add(&StoredEvent { seq, event: event.clone() });
        }
        appender.append(&mut encoder, &mut compressor, None)?;
        appender.write()?;
        places.extend(appender.sync()?.0);
    }
    appender.close()?;
    let mut table = FileTable::new(LogFile(FIRST_SEQ));
    places.into_iter().for_each(|place| table.push(place));
    table.store(&disk, directory)?;
    let read = |name: String| read_file(&disk, &directory.join(name));
    Ok((read(file_name::log(LogFile(FIRST_SEQ)))?, read(file_name::table(LogFile(FIRST_SEQ)))?))
}
