//! Once an hour, and at the start: records older than they may be kept are deleted.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::call::almaty;
use crate::records::retention;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(3600);

/// Deletes what is older than `keep_days`, hour by hour; 0: nothing, ever.
pub(super) async fn every_hour(data: PathBuf, keep_days: u16) {
    if keep_days == 0 {
        return;
    }
    let mut hours = tokio::time::interval(EVERY);
    loop {
        hours.tick().await;
        let (data, today) = (data.clone(), Timestamp::now().to_zoned(almaty()).date());
        let swept = tokio::task::spawn_blocking(move || retention::sweep(&data, keep_days, today, SystemTime::now())).await;
        match swept {
            Ok(Ok(0)) | Err(_) => {}
            Ok(Ok(files)) => tracing::info!(files, keep_days, "old records are deleted"),
            Ok(Err(error)) => tracing::warn!(%error, "old records cannot be deleted"),
        }
    }
}
