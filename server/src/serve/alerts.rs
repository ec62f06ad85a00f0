//! Has alerts looked for, and measures the volume of the data folder for them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use service::alerts::{Volume, VolumeProbe};
use service::{Hint, Service};
use tokio_util::sync::CancellationToken;

use super::hints::settled;
use crate::http;

/// From one look to the next. Most of them find nothing new.
const PERIOD: Duration = Duration::from_secs(10);

/// Runs until `stop`.
pub async fn run(service: Service, stop: CancellationToken) {
    let mut hints = service.hints();
    loop {
        if let Err(error) = service.look_for_alerts().await {
            tracing::warn!(error = http::chain(&error), "alerts could not be looked for");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PERIOD) => {}
            () = settled(&mut hints, |hint| !matches!(hint, Hint::Cycle(..) | Hint::Readiness)) => {}
        }
    }
}

/// How full the volume of a folder is.
pub fn volume_of(folder: PathBuf) -> VolumeProbe {
    Arc::new(move || {
        let found = rustix::fs::statvfs(&folder).ok()?;
        let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
        // What only root may use is not free.
        let used = found.f_blocks.saturating_sub(found.f_bfree);
        let free = bytes(found.f_bavail);
        Some(Volume { total: bytes(used).saturating_add(free), free })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_volume_of_a_folder_has_a_size_and_one_of_no_folder_has_none() {
        let volume = volume_of(std::env::temp_dir())().expect("is measured");
        assert!(volume.total >= volume.free && volume.total > 0, "{volume:?}");
        assert_eq!(volume_of("/nowhere/at/all".into())(), None);
    }
}
