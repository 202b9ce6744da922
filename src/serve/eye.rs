//! Notices that flows were saved or published. What that means is decided elsewhere; it only wakes.
//!
//! A file system that tells of no changes (some network mounts) wakes nobody: then SIGHUP does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

use crate::config::{Config, Source};
use crate::records::publications::Publications;

/// What below a root belongs to a draft.
const DRAFT: [&str; 3] = ["flows", "prompts", "audio"];

/// An eye on folders, until it is dropped.
pub(super) struct Eye {
    watcher: Option<RecommendedWatcher>,
    folders: Vec<(PathBuf, RecursiveMode)>,
}

impl Eye {
    /// Wakes `look` whenever something changes in the folders that the flows of this configuration come from.
    pub(super) fn begin(config: &Config, look: &Arc<Notify>) -> Self {
        let folders = folders(config);
        let wanted: Vec<_> =
            folders.iter().filter(|(_, mode)| *mode == RecursiveMode::Recursive).map(|(folder, _)| folder.clone()).collect();
        let look = Arc::clone(look);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| is_of_interest(&event, &wanted)) {
                look.notify_one();
            }
        });
        let watcher =
            watcher.inspect_err(|error| tracing::warn!(%error, "changed flows are not noticed; send SIGHUP to have them looked at"));
        let mut eye = Self { watcher: watcher.ok(), folders };
        for (folder, error) in eye.renew() {
            tracing::warn!(folder = %folder.display(), %error, "what changes here is not noticed; send SIGHUP to have it looked at");
        }
        eye
    }

    /// Looks at the folders of these names anew, since some may have been replaced. Those that are there and cannot be watched are told.
    pub(super) fn renew(&mut self) -> Vec<(PathBuf, notify::Error)> {
        let Some(watcher) = &mut self.watcher else { return Vec::new() };
        let there = self.folders.iter().filter(|(folder, _)| folder.is_dir());
        there.filter_map(|(folder, mode)| watcher.watch(folder, *mode).err().map(|error| (folder.clone(), error))).collect()
    }
}

/// Folders that matter with all that is in them, and the root alone, where one of them may come back that was moved away.
fn folders(config: &Config) -> Vec<(PathBuf, RecursiveMode)> {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (root, published) = (absolute(&config.root), absolute(Publications::new(&config.data).folder()));
    let (of_draft, of_published) = match config.flows.source {
        Source::Auto => (true, true),
        Source::Published => (false, true),
        Source::Draft => (true, false),
    };
    let mut folders = Vec::new();
    if of_published {
        let _ = std::fs::create_dir_all(&published); // what fails here is said by whoever publishes
        folders.push((published, RecursiveMode::Recursive));
    }
    if of_draft {
        folders.extend(DRAFT.map(|folder| (root.join(folder), RecursiveMode::Recursive)));
        folders.push((root, RecursiveMode::NonRecursive));
    }
    folders
}

/// Whoever reads changes nothing, and files whose names begin with a dot are no part of anything.
fn is_of_interest(event: &Event, wanted: &[PathBuf]) -> bool {
    let is_change = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Other => true,
    };
    let is_hidden = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let is_wanted = |path: &PathBuf| !is_hidden(path) && wanted.iter().any(|folder| path.starts_with(folder));
    is_change && (event.need_rescan() || event.paths.iter().any(is_wanted))
}
