//! Once an hour, and at the start: records older than they may be kept are deleted, and then the bundles that nothing needs any more.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::call::almaty;
use super::flows::Flows;
use crate::config;
use crate::records::publications::Publications;
use crate::records::retention;
use crate::store::Store;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(3600);
/// Which hours bundles are swept in: the openings of all logs are read then.
const BUNDLES_EVERY_HOURS: usize = 24;
/// What was done under a key is known for longer than a job may ask again.
const DEEDS_KEPT_DAYS: u16 = 7;

/// Deletes what is older than it may be, hour by hour, and day by day the bundles that no log names.
pub(super) async fn every_hour(data: PathBuf, records: config::Records, flows: Arc<Flows>, store: Store) {
    let mut hours = tokio::time::interval(EVERY);
    for hour in 0.. {
        hours.tick().await;
        let (data, flows) = (data.clone(), Arc::clone(&flows));
        let sweep = move || {
            sweep_records(&data, records);
            if hour % BUNDLES_EVERY_HOURS == 0 {
                sweep_bundles(&data, &flows);
            }
        };
        if let Err(error) = tokio::task::spawn_blocking(sweep).await {
            tracing::error!(%error, "a sweep failed: a fault of dauys, please report it");
        }
        forget(&store, records.keep_days).await;
    }
}

/// With `keep_days` 0 records are kept for ever; sealed values never are.
fn sweep_records(data: &Path, records: config::Records) {
    let today = Timestamp::now().to_zoned(almaty()).date();
    let config::Records { keep_days, sealed_keep_days } = records;
    let kept_for = [(retention::SEALED, Some(sealed_keep_days)), (retention::RECORDS, Some(keep_days).filter(|days| *days > 0))];
    for (endings, keep_days) in kept_for {
        let Some(keep_days) = keep_days else { continue };
        match retention::sweep(data, endings, keep_days, today, SystemTime::now()) {
            Ok(0) => {}
            Ok(files) => tracing::info!(files, keep_days, "old records are deleted"),
            Err(error) => tracing::warn!(%error, "old records cannot be deleted"),
        }
    }
}

/// Rows of the database that are settled. Under a key that is forgotten a service's deed would be done again: so long nobody asks.
async fn forget(store: &Store, keep_days: u16) {
    let kept = Duration::from_secs(86_400 * u64::from(keep_days.max(DEEDS_KEPT_DAYS)));
    let Some(before) = Timestamp::now().checked_sub(kept).ok().filter(|_| keep_days > 0) else { return };
    match store.forget(before).await {
        Ok(0) => {}
        Ok(rows) => tracing::info!(rows, keep_days, "old rows of the database are deleted"),
        Err(error) => tracing::warn!(%error, "old rows of the database cannot be deleted"),
    }
}

fn sweep_bundles(data: &Path, flows: &Flows) {
    match Publications::new(data).sweep(&flows.in_use(), SystemTime::now()) {
        Ok(0) => {}
        Ok(deleted) => tracing::info!(deleted, "bundles and clips that nothing needs any more are deleted"),
        Err(error) => tracing::warn!(%error, "old bundles cannot be deleted"),
    }
}
