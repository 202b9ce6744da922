//! The few things that keeping a bundle and publishing it ask of a disk, so that a test can stop a publication between any two of them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// A disk. What it was told is on it when it returns.
pub(super) trait Disk {
    /// Makes a folder with those above it, where they are not there.
    fn make_folder(&self, path: &Path) -> io::Result<()>;
    /// Writes a whole file.
    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()>;
    /// Puts a file or a folder in its place, over a file that is there.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Makes the names in a folder last.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
    /// Deletes a folder with all that is in it.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
}

/// The machine's.
pub(super) struct Real;

impl Disk for Real {
    fn make_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut file = File::create(path)?;
        file.write_all(content)?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }
}

/// A disk that is gone after so many steps, as after `kill -9`: a write that it no longer finishes leaves half a file, and nothing that comes later is done.
#[cfg(test)]
pub(super) struct Gone {
    left: std::cell::Cell<usize>,
}

#[cfg(test)]
impl Gone {
    pub(super) fn after(steps: usize) -> Self {
        Self { left: steps.into() }
    }

    fn step(&self) -> io::Result<()> {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        if left > 0 { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
    }
}

#[cfg(test)]
impl Disk for Gone {
    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.make_folder(path))
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let is_last = self.left.get() == 1;
        self.step()?;
        if !is_last {
            return Real.write(path, content);
        }
        Real.write(path, &content[..content.len() / 2])?;
        Err(io::ErrorKind::StorageFull.into())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.rename(from, to))
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.sync_folder(path))
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.remove_folder(path))
    }
}
