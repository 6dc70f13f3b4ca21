//! What a data directory is before anything opens it: a store, a new one, or a mistake of whoever named it.

use std::io;
use std::path::{Path, PathBuf};

use steplog_model::time::UtcDay;

/// What a directory is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Folder {
    /// It is not there, or has nothing in it.
    New,
    /// It holds a store, or days of one that were copied back.
    Store,
    /// It lies within a store.
    Within {
        /// The directory of that store, as far as the path tells it.
        store: PathBuf,
    },
    /// It is a file.
    File,
    /// It holds other things.
    Foreign {
        /// One of them.
        example: String,
    },
}

impl Folder {
    /// Looks at a directory.
    ///
    /// # Errors
    /// As the disk says.
    pub fn look(data: &Path) -> io::Result<Self> {
        let names = match names(data) {
            Ok(names) => names,
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(Self::File),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        if names.iter().any(|name| name == "store.json") {
            return Ok(Self::Store);
        }
        let path =
            data.canonicalize().or_else(|_| std::path::absolute(data)).unwrap_or_else(|_| data.to_owned());
        if let Some(store) = path.ancestors().skip(1).find(|above| above.join("store.json").is_file()) {
            return Ok(Self::Within { store: store.to_owned() });
        }
        let above = |levels| path.ancestors().nth(levels).unwrap_or(&path).to_owned();
        if names.iter().any(|name| is_log(name)) {
            return Ok(Self::Within { store: above(2) });
        }
        if names.iter().any(|name| is_day(name)) {
            return Ok(Self::Within { store: above(1) });
        }
        if names.iter().any(|name| has_days(&data.join(name))) {
            return Ok(Self::Store);
        }
        // What steplog itself leaves before the first event, and what a new file system or an editor does.
        let ours = |name: &&String| {
            !matches!(
                name.as_str(),
                "lock" | "default" | "lost+found" | "demo.json" | "clock.json" | "retention.json"
            )
        };
        match names.iter().filter(ours).find(|name| !name.starts_with('.')) {
            Some(example) => Ok(Self::Foreign { example: example.clone() }),
            None => Ok(Self::New),
        }
    }
}

impl Folder {
    /// Why no store can be in it, for a message; nothing where one is, or can begin.
    #[must_use]
    pub fn problem(&self, data: &Path) -> Option<String> {
        let data = data.display();
        match self {
            Self::Within { store } => Some(format!(
                "{data} is a part of the store at {}: name that one with --data",
                store.display()
            )),
            Self::File => {
                Some(format!("cannot use {data}: it is a file; name a writable directory with --data"))
            }
            Self::New | Self::Store | Self::Foreign { .. } => None,
        }
    }
}

fn names(directory: &Path) -> io::Result<Vec<String>> {
    let entries = std::fs::read_dir(directory)?;
    let mut names: Vec<_> = entries
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<_>>()?;
    names.sort();
    Ok(names)
}

fn is_day(name: &str) -> bool {
    name.parse::<UtcDay>().is_ok()
}

fn is_log(name: &str) -> bool {
    name.starts_with("log-") && name.ends_with(".frames")
}

fn has_days(directory: &Path) -> bool {
    names(directory).is_ok_and(|names| names.iter().any(|name| is_day(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: &[&str], asked: &str, want: impl FnOnce(&Path) -> Folder) {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        for file in files {
            let path = directory.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let found = Folder::look(&directory.path().join(asked)).unwrap();
        assert_eq!(found, want(&root), "{files:?}");
    }

    #[test]
    fn a_directory_is_what_lies_in_it() {
        let day = "default/2026-11-29/log-1.frames";
        check(&[], "", |_| Folder::New);
        check(&[], "absent", |_| Folder::New);
        check(&["lost+found/x", ".hidden"], "", |_| Folder::New);
        check(&["store.json", "notes.txt"], "", |_| Folder::Store);
        check(&[day], "", |_| Folder::Store);
        check(&["store.json", day], "default", |root| Folder::Within { store: root.to_owned() });
        check(&["store.json", day], "default/2026-11-29", |root| Folder::Within { store: root.to_owned() });
        check(&["store.json"], "shop", |root| Folder::Within { store: root.to_owned() });
        check(&["store.json", "default/2026-11-29/index/meta"], "default/2026-11-29/index", |root| {
            Folder::Within { store: root.to_owned() }
        });
        check(&["notes.txt"], "notes.txt", |_| Folder::File);
        check(&["notes.txt"], "notes.txt/data", |_| Folder::File);
        check(&["notes.txt"], "", |_| Folder::Foreign { example: "notes.txt".to_owned() });
        check(&["src/main.rs"], "", |_| Folder::Foreign { example: "src".to_owned() });
    }
}
