//! Messages as lines of a file that only its owner reads: for trying things out without an SMS centre.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use dauys_core::sms;
use serde::Serialize;

use super::{Outgoing, Sent};

/// The file in the data folder.
const FILE: &str = "sms.jsonl";

/// Appends.
pub struct File {
    path: PathBuf,
}

#[derive(Serialize)]
struct Line<'a> {
    key: &'a str,
    to: &'a str,
    text: &'a str,
    /// In how many parts it would have gone.
    parts: usize,
}

impl File {
    pub(super) fn new(data: &Path) -> Self {
        Self { path: data.join(FILE) }
    }

    pub(super) async fn send(&self, part: &Outgoing<'_>) -> Sent {
        let line = Line { key: part.key, to: part.to.e164(), text: part.text, parts: sms::parts(part.text) };
        let (path, line) = (self.path.clone(), serde_json::to_string(&line).map(|line| line + "\n"));
        let written = tokio::task::spawn_blocking(move || append(&path, &line?)).await;
        match written {
            Ok(Ok(())) => Sent::Accepted { id: None },
            Ok(Err(error)) => {
                tracing::warn!(%error, "a message is not written to the file of messages");
                Sent::Unknown
            }
            Err(_) => Sent::Unknown,
        }
    }
}

fn append(path: &Path, line: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    file.write_all(line.as_bytes())?;
    file.sync_data()
}
