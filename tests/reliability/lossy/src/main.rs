//! A file system that loses what was not synced when its power is cut.
//!
//! `lossy DIRECTORY` mounts it there and says `mounted`. A line `cut SEED` on its input cuts the power: from then on every
//! call fails, those under way among them, and it says how much was lost. `restore` mounts it anew with what the cut
//! left. It ends with its input.

mod disk;

use std::ffi::OsStr;
use std::io::{self, BufRead as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use disk::{Directory, Disk, File, Node};
use fuser::{
    BsdFileFlags, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo,
    LockOwner, MountOption, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory,
    ReplyEmpty, ReplyEntry, ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};

/// The kernel remembers nothing: the next cut may change it.
const TTL: Duration = Duration::ZERO;
const BLOCK_BYTES: u32 = 4096;
/// What a sync takes: long enough that other calls, and kills, come meanwhile.
const SYNC: Duration = Duration::from_millis(2);
const THREADS: usize = 4;
/// So that nobody sees a disk that fills up.
const FREE_BLOCKS: u64 = 1 << 24;

#[derive(Clone, Default)]
struct Lossy(Arc<Mutex<Disk>>);

impl Lossy {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn attributes(disk: &Disk, number: u64, caller: &Request) -> FileAttr {
    let is_directory = disk.is_directory(number);
    let size = disk.length(number);
    FileAttr {
        ino: INodeNo(number),
        size,
        blocks: size.div_ceil(512),
        atime: UNIX_EPOCH,
        mtime: UNIX_EPOCH,
        ctime: UNIX_EPOCH,
        crtime: UNIX_EPOCH,
        kind: if is_directory { FileType::Directory } else { FileType::RegularFile },
        perm: if is_directory { 0o755 } else { 0o644 },
        nlink: 1,
        uid: caller.uid(),
        gid: caller.gid(),
        rdev: 0,
        blksize: BLOCK_BYTES,
        flags: 0,
    }
}

fn done(outcome: Result<(), Errno>, reply: ReplyEmpty) {
    match outcome {
        Ok(()) => reply.ok(),
        Err(error) => reply.error(error),
    }
}

fn entry(disk: &Disk, found: Result<u64, Errno>, caller: &Request, reply: ReplyEntry) {
    match found {
        Ok(number) => reply.entry(&TTL, &attributes(disk, number, caller), Generation(0)),
        Err(error) => reply.error(error),
    }
}

impl Filesystem for Lossy {
    fn lookup(&self, caller: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let mut disk = self.disk();
        let found = disk.find(parent.0, name);
        entry(&disk, found, caller, reply);
    }

    fn getattr(&self, caller: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        let disk = self.disk();
        match disk.node(ino.0) {
            Ok(_) => reply.attr(&TTL, &attributes(&disk, ino.0, caller)),
            Err(error) => reply.error(error),
        }
    }

    fn setattr(
        &self,
        caller: &Request,
        ino: INodeNo,
        _mode: Option<u32>,
        _uid: Option<u32>,
        _gid: Option<u32>,
        size: Option<u64>,
        _atime: Option<TimeOrNow>,
        _mtime: Option<TimeOrNow>,
        _ctime: Option<SystemTime>,
        _handle: Option<FileHandle>,
        _crtime: Option<SystemTime>,
        _chgtime: Option<SystemTime>,
        _bkuptime: Option<SystemTime>,
        _flags: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let mut disk = self.disk();
        match size.map_or(Ok(()), |size| disk.set_length(ino.0, size as usize)) {
            Ok(()) => reply.attr(&TTL, &attributes(&disk, ino.0, caller)),
            Err(error) => reply.error(error),
        }
    }

    fn mkdir(
        &self,
        caller: &Request,
        parent: INodeNo,
        name: &OsStr,
        _mode: u32,
        _umask: u32,
        reply: ReplyEntry,
    ) {
        let mut disk = self.disk();
        let made = disk.create(parent.0, name, Node::Directory(Directory::default()));
        entry(&disk, made, caller, reply);
    }

    fn create(
        &self,
        caller: &Request,
        parent: INodeNo,
        name: &OsStr,
        _mode: u32,
        _umask: u32,
        _flags: i32,
        reply: ReplyCreate,
    ) {
        let mut disk = self.disk();
        match disk.create(parent.0, name, Node::File(File::default())) {
            Ok(number) => {
                let attributes = attributes(&disk, number, caller);
                reply.created(&TTL, &attributes, Generation(0), FileHandle(0), FopenFlags::empty());
            }
            Err(error) => reply.error(error),
        }
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        done(self.disk().remove(parent.0, name, false), reply);
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        done(self.disk().remove(parent.0, name, true), reply);
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        newparent: INodeNo,
        newname: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        if !flags.is_empty() {
            return reply.error(Errno::EINVAL);
        }
        done(self.disk().rename((parent.0, name), (newparent.0, newname)), reply);
    }

    fn read(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        match self.disk().read(ino.0, offset as usize, size as usize) {
            Ok(bytes) => reply.data(&bytes),
            Err(error) => reply.error(error),
        }
    }

    fn write(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match self.disk().write(ino.0, offset as usize, data) {
            Ok(()) => reply.written(data.len() as u32),
            Err(error) => reply.error(error),
        }
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fsync(&self, _: &Request, ino: INodeNo, _: FileHandle, _datasync: bool, reply: ReplyEmpty) {
        std::thread::sleep(SYNC);
        done(self.disk().sync(ino.0), reply);
    }

    fn fsyncdir(&self, _: &Request, ino: INodeNo, _: FileHandle, _datasync: bool, reply: ReplyEmpty) {
        std::thread::sleep(SYNC);
        done(self.disk().sync(ino.0), reply);
    }

    fn readdir(&self, _: &Request, ino: INodeNo, _: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let mut disk = self.disk();
        let entries = match disk.entries(ino.0) {
            Ok(entries) => entries,
            Err(error) => return reply.error(error),
        };
        for ((name, number), next) in entries.into_iter().zip(1..).skip(offset as usize) {
            let kind = if disk.is_directory(number) { FileType::Directory } else { FileType::RegularFile };
            if reply.add(INodeNo(number), next, kind, &name) {
                break;
            }
        }
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        reply.statfs(
            2 * FREE_BLOCKS,
            FREE_BLOCKS,
            FREE_BLOCKS,
            1 << 20,
            1 << 20,
            BLOCK_BYTES,
            255,
            BLOCK_BYTES,
        );
    }
}

fn main() -> io::Result<()> {
    let usage = || io::Error::other("usage: lossy DIRECTORY");
    let target = std::env::args_os().nth(1).ok_or_else(usage)?;
    let mut options = Config::default();
    options.n_threads = Some(THREADS);
    options.mount_options = vec![MountOption::FSName("lossy".into())];
    let lossy = Lossy::default();
    let mount = || fuser::spawn_mount(lossy.clone(), Path::new(&target), &options);
    let mut mounted = mount()?;
    println!("mounted");
    for line in io::stdin().lock().lines() {
        let line = line?;
        if let Some(seed) = line.strip_prefix("cut ").and_then(|seed| seed.parse().ok()) {
            let lost = lossy.disk().cut_power(seed);
            println!("lost {} sectors and {} entries", lost.sectors, lost.entries);
        } else if line == "restore" {
            mounted.umount_and_join()?;
            lossy.disk().restore_power();
            mounted = mount()?;
            println!("mounted");
        } else {
            return Err(io::Error::other(format!("{line:?} is neither `cut SEED` nor `restore`")));
        }
    }
    mounted.umount_and_join()
}
