//! Once an hour, and at the start: records older than they may be kept are deleted.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::call::almaty;
use crate::config;
use crate::records::retention;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(3600);

/// Deletes what is older than it may be, hour by hour. With `keep_days` 0 records are kept for ever; sealed values never are.
pub(super) async fn every_hour(data: PathBuf, records: config::Records) {
    let mut hours = tokio::time::interval(EVERY);
    loop {
        hours.tick().await;
        let today = Timestamp::now().to_zoned(almaty()).date();
        let config::Records { keep_days, sealed_keep_days } = records;
        let sweeps = [(retention::SEALED, sealed_keep_days), (retention::RECORDS, keep_days)];
        for (endings, keep_days) in sweeps.into_iter().filter(|(endings, days)| *days > 0 || *endings == retention::SEALED) {
            let data = data.clone();
            let swept = tokio::task::spawn_blocking(move || retention::sweep(&data, endings, keep_days, today, SystemTime::now())).await;
            match swept {
                Ok(Ok(0)) | Err(_) => {}
                Ok(Ok(files)) => tracing::info!(files, keep_days, "old records are deleted"),
                Ok(Err(error)) => tracing::warn!(%error, "old records cannot be deleted"),
            }
        }
    }
}
