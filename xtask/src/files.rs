//! Reading a folder in a stable order, and compressing once while building instead of at every request.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};

/// A file to be served: its path below the site and its bytes.
#[derive(Debug)]
pub struct Asset {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

/// Every file below `folder`, sorted, with paths relative to it. A folder that is not there is empty.
pub fn read_folder(folder: &Path) -> Result<Vec<Asset>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        if !next.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&next).with_context(|| format!("{} cannot be listed", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let bytes = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
                found.push(Asset { path: path.strip_prefix(folder)?.to_path_buf(), bytes });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// Writes the asset and, where it is worth it, its brotli and gzip forms beside it. Returns the brotli size.
pub fn write(folder: &Path, asset: &Asset) -> Result<usize> {
    let path = folder.join(&asset.path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(&path, &asset.bytes).with_context(|| format!("{} cannot be written", path.display()))?;
    if !is_text_like(&path) {
        return Ok(asset.bytes.len());
    }
    let br = brotli(&asset.bytes)?;
    fs::write(with_suffix(&path, "br"), &br)?;
    fs::write(with_suffix(&path, "gz"), gzip(&asset.bytes)?)?;
    Ok(br.len())
}

fn is_text_like(path: &Path) -> bool {
    path.extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| matches!(e, "css" | "js" | "wasm" | "svg" | "txt" | "json" | "webmanifest"))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &params)?;
    Ok(out)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
