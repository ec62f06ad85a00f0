//! The file of checkpoints: where the audit log's chain was, written down outside the database. One line of JSON each,
//! only ever appended; the seal of a line goes over the seal of the line before, so that none can be left out.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use domain::audit::Checkpoint;
use serde::{Deserialize, Serialize};
use storage::AuditKey;
use storage::audit::AuditPlace;

const PURPOSE: &str = "checkpoint of the audit log";
/// A line is far shorter. What is longer was not written here.
const LONGEST_LINE: u64 = 4096;

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    #[serde(flatten)]
    checkpoint: Checkpoint,
    /// 64 hexadecimal digits.
    seal: String,
}

/// The checkpoints of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkpoints {
    pub places: Vec<AuditPlace>,
    pub last: Option<Checkpoint>,
    /// The first line, from 1, that does not fit.
    pub damaged: Option<i64>,
    /// Seal of the last line, which the next one goes over.
    seal: Vec<u8>,
    /// Bytes of whole lines. What follows was torn by a crash.
    length: u64,
}

impl Checkpoints {
    /// Reads a file; one that is not there has no checkpoints.
    pub fn read(path: &Path, key: &AuditKey) -> io::Result<Self> {
        let mut found = Self { seal: vec![0; 32], ..Self::default() };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            Err(error) => return Err(error),
        };
        let mut reader = BufReader::new(file);
        let mut text = Vec::new();
        loop {
            text.clear();
            let read = io::Read::take(&mut reader, LONGEST_LINE).read_until(b'\n', &mut text)?;
            if read == 0 || (text.last() != Some(&b'\n') && (read as u64) < LONGEST_LINE) {
                return Ok(found);
            }
            let number = found.count() + 1;
            let Some((checkpoint, hash, seal)) = understand(&text, number, &found.seal, key) else {
                found.damaged = Some(i64::try_from(number).unwrap_or(i64::MAX));
                return Ok(found);
            };
            found.places.push(AuditPlace { sequence: checkpoint.sequence, hash });
            found.last = Some(checkpoint);
            found.seal = seal;
            found.length += read as u64;
        }
    }

    pub fn count(&self) -> u64 {
        self.places.len() as u64
    }

    /// Where the chain was when the last checkpoint was written.
    pub fn place(&self) -> AuditPlace {
        self.places.last().cloned().unwrap_or_else(AuditPlace::beginning)
    }

    /// Appends a checkpoint. It is on the disk when this returns.
    pub fn append(&mut self, path: &Path, key: &AuditKey, checkpoint: Checkpoint) -> io::Result<()> {
        let hash = from_hex(&checkpoint.hash).ok_or_else(|| io::Error::other("no hash"))?;
        let seal = seal(key, self.count() + 1, &self.seal, &checkpoint, &hash);
        let line = Line { checkpoint, seal: to_hex(&seal) };
        let mut text = serde_json::to_vec(&line)?;
        text.push(b'\n');
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.set_len(self.length)?;
        file.seek(SeekFrom::End(0))?;
        file.write_all(&text)?;
        file.sync_all()?;
        self.length += text.len() as u64;
        self.places.push(AuditPlace { sequence: line.checkpoint.sequence, hash });
        self.last = Some(line.checkpoint);
        self.seal = seal;
        Ok(())
    }
}

fn understand(
    text: &[u8],
    number: u64,
    before: &[u8],
    key: &AuditKey,
) -> Option<(Checkpoint, Vec<u8>, Vec<u8>)> {
    let line: Line = serde_json::from_slice(text).ok()?;
    let (hash, given) = (from_hex(&line.checkpoint.hash)?, from_hex(&line.seal)?);
    let parts = parts(number, &line.checkpoint);
    let parts: Vec<&[u8]> = parts.iter().map(<[u8; 8]>::as_slice).chain([before, &hash]).collect();
    key.fits(PURPOSE, &parts, &given).then_some((line.checkpoint, hash, given))
}

fn seal(key: &AuditKey, number: u64, before: &[u8], checkpoint: &Checkpoint, hash: &[u8]) -> Vec<u8> {
    let parts = parts(number, checkpoint);
    let parts: Vec<&[u8]> = parts.iter().map(<[u8; 8]>::as_slice).chain([before, hash]).collect();
    key.seal(PURPOSE, &parts)
}

fn parts(number: u64, checkpoint: &Checkpoint) -> [[u8; 8]; 3] {
    [number.to_be_bytes(), checkpoint.sequence.to_be_bytes(), checkpoint.at.timestamp_micros().to_be_bytes()]
}

pub fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    (0..32).map(|index| u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).ok()).collect()
}

/// Where the file lies and what seals it.
#[derive(Debug)]
pub struct CheckpointFile {
    pub path: PathBuf,
    pub key: AuditKey,
}

impl CheckpointFile {
    pub fn read(&self) -> io::Result<Checkpoints> {
        Checkpoints::read(&self.path, &self.key)
    }

    pub fn append(&self, to: &mut Checkpoints, checkpoint: Checkpoint) -> io::Result<()> {
        to.append(&self.path, &self.key, checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(sequence: i64) -> Checkpoint {
        let at = domain::Time::from_timestamp(1_800_000_000 + sequence, 0).expect("a time");
        Checkpoint { sequence, hash: to_hex(&[u8::try_from(sequence).expect("small"); 32]), at }
    }

    fn written() -> (tempfile::TempDir, CheckpointFile) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = CheckpointFile { path: folder.path().join("c"), key: AuditKey::new([7; 32]) };
        let mut checkpoints = file.read().expect("none");
        for sequence in 1..=4 {
            file.append(&mut checkpoints, checkpoint(sequence)).expect("appends");
        }
        assert_eq!(file.read().expect("reads"), checkpoints);
        (folder, file)
    }

    #[test]
    fn every_change_of_a_line_is_found_at_its_line() {
        let (_folder, file) = written();
        let text = std::fs::read_to_string(&file.path).expect("reads");
        let lines: Vec<&str> = text.lines().collect();
        let changed = lines[1].replace("\"sequence\":2", "\"sequence\":3");
        for (name, lines, place) in [
            ("changed", vec![lines[0], &changed, lines[2], lines[3]], 2),
            ("removed", vec![lines[0], lines[2], lines[3]], 2),
            ("the first removed", vec![lines[1], lines[2], lines[3]], 1),
            ("exchanged", vec![lines[0], lines[2], lines[1], lines[3]], 2),
            ("repeated", vec![lines[0], lines[1], lines[1], lines[2], lines[3]], 3),
            ("nonsense", vec![lines[0], "{}"], 2),
        ] {
            std::fs::write(&file.path, lines.join("\n") + "\n").expect("writes");
            assert_eq!(file.read().expect("reads").damaged, Some(place), "{name}");
        }
        let other = CheckpointFile { path: file.path.clone(), key: AuditKey::new([8; 32]) };
        std::fs::write(&file.path, &text).expect("writes");
        assert_eq!(other.read().expect("reads").damaged, Some(1), "another key");
    }

    #[test]
    fn a_line_that_a_crash_tore_is_written_over() {
        let (_folder, file) = written();
        let text = std::fs::read_to_string(&file.path).expect("reads");
        std::fs::write(&file.path, &text[..text.len() - 9]).expect("tears");
        let mut checkpoints = file.read().expect("reads");
        assert_eq!((checkpoints.count(), checkpoints.damaged), (3, None));
        file.append(&mut checkpoints, checkpoint(4)).expect("appends");
        assert_eq!(std::fs::read_to_string(&file.path).expect("reads"), text);
    }
}
