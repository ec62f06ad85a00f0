//! `target/site`: what the server hands out as files.
//!
//! Scripts, wasm, styles and icons live below `pkg/<hash of their content>/`, so that browsers may keep them for
//! ever; `pkg.txt` names the folder of this build. The files of `public/root/` keep their plain names.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::{Context, Result, anyhow};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::{
    cargo::{self, step},
    css,
    files::{self, Asset},
};

/// Builds that stay beside the new one: a running server goes on handing out the one it started with.
const KEPT: usize = 3;

/// Builds the site, or finds it up to date.
pub fn build(dev: bool) -> Result<()> {
    let compiled = cargo::build_wasm(dev)?;
    let mut assets = Vec::new();
    for module in cargo::MODULES {
        assets.extend(bind(&compiled, module)?);
    }
    let root = cargo::workspace();
    assets.push(Asset {
        path: "app.css".into(),
        bytes: css::bundle(&root.join("style/main.css"))?.into_bytes(),
    });
    assets.extend(files::read_folder(&root.join("public/pkg"))?);
    let plain = files::read_folder(&root.join("public/root"))?;

    let hash = hash_of(&assets);
    let site = cargo::target_dir().join("site");
    let stamp = hash_of(&plain) + &hash;
    let stamp_file = site.join("stamp.txt");
    if fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
        step("browser part is up to date");
        return Ok(());
    }
    step("compressing the browser part");
    let builds = site.join("pkg");
    keep_newest(&builds, KEPT)?;
    let pkg = builds.join(&hash);
    for asset in &assets {
        let size = files::write(&pkg, asset)?;
        report(asset, size);
    }
    for asset in &plain {
        files::write(&site, asset)?;
    }
    fs::write(site.join("pkg.txt"), &hash)?;
    fs::write(stamp_file, stamp)?;
    Ok(())
}

/// Deletes all but the newest folders.
fn keep_newest(folder: &Path, count: usize) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    let mut builds = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        builds.push((entry.metadata()?.modified()?, entry.path()));
    }
    builds.sort();
    builds.truncate(builds.len().saturating_sub(count));
    for (_, old) in builds {
        fs::remove_dir_all(&old).with_context(|| format!("{} cannot be deleted", old.display()))?;
    }
    Ok(())
}

/// Runs the binding step of a module, unless its result is that of this wasm file.
fn bind(compiled: &Path, module: &str) -> Result<Vec<Asset>> {
    let wasm = compiled.join(module).with_extension("wasm");
    let out = cargo::target_dir().join("site-bindgen").join(module);
    let stamp = out.join("stamp.txt");
    let wanted = hash_bytes(&fs::read(&wasm).with_context(|| format!("{} cannot be read", wasm.display()))?);
    if !fs::read_to_string(&stamp).is_ok_and(|old| old == wanted) {
        step("binding the browser part");
        if out.exists() {
            fs::remove_dir_all(&out)?;
        }
        Bindgen::new()
            .input_path(&wasm)
            .out_name(module)
            .web(true)
            .map_err(|e| anyhow!("{e:#}"))?
            .typescript(false)
            .omit_default_module_path(true)
            .remove_name_section(true)
            .remove_producers_section(true)
            .generate(&out)
            .map_err(|e| anyhow!("wasm-bindgen: {e:#}"))?;
        fs::write(&stamp, wanted)?;
    }
    let mut assets = files::read_folder(&out)?;
    assets.retain(|a| a.path != Path::new("stamp.txt"));
    Ok(assets)
}

fn hash_of(assets: &[Asset]) -> String {
    let mut hasher = Sha256::new();
    for asset in assets {
        hasher.update(asset.path.to_string_lossy().as_bytes());
        hasher.update((asset.bytes.len() as u64).to_le_bytes());
        hasher.update(&asset.bytes);
    }
    hex(&hasher.finalize())
}

fn hash_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().take(8).fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn report(asset: &Asset, compressed: usize) {
    eprintln!(
        "    {:<16} {:>7.1} kB, {:>6.1} kB compressed",
        asset.path.display(),
        asset.bytes.len() as f64 / 1000.0,
        compressed as f64 / 1000.0
    );
}
