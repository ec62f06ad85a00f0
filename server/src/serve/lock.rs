//! One server a data folder: an advisory lock that the system drops with the process, however it ends.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::cli::CliError;

/// Held as long as the server runs.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

impl DataLock {
    pub fn take(data: &Path) -> Result<Self, CliError> {
        let path = data.join("skybridge.lock");
        let unusable = |error: &std::io::Error| {
            CliError::failed(format!(
                "the data folder {} cannot be used: {error}; check its owner and mode",
                data.display()
            ))
        };
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| unusable(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(CliError::failed(format!(
                "another skybridge serve uses the data folder {}; stop it or name another folder with --data",
                data.display()
            ))),
            Err(TryLockError::Error(error)) => Err(unusable(&error)),
        }
    }
}

/// Makes the data folder, for its owner only.
pub fn make_folder(data: &Path) -> Result<(), CliError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(data).map_err(|error| {
        CliError::failed(format!("the data folder {} cannot be made: {error}", data.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_server_on_the_same_folder_is_refused_until_the_first_ends() {
        let folder = tempfile::tempdir().expect("folder");
        let first = DataLock::take(folder.path()).expect("free");
        let error = DataLock::take(folder.path()).expect_err("taken").to_string();
        assert!(error.contains("another skybridge serve"), "{error}");
        drop(first);
        DataLock::take(folder.path()).expect("free again");
    }
}
