//! The two cargo builds.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

/// The workspace's root: cargo starts `xtask` with its own manifest folder in the environment.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Where cargo puts its output.
pub fn target_dir() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from)
}

/// The browser's modules: the islands, and what helps while a mapping is written.
pub const MODULES: [&str; 2] = ["app", "editor"];

/// Compiles the browser's modules and returns the folder of the wasm files.
pub fn build_wasm(dev: bool) -> Result<PathBuf> {
    let profile = if dev { "dev" } else { "wasm-release" };
    step(if dev {
        "compiling the browser part"
    } else {
        "compiling the browser part, optimised for size (minutes the first time)"
    });
    run(&[
        "build",
        "--package",
        "app",
        "--package",
        "editor",
        "--lib",
        "--target",
        "wasm32-unknown-unknown",
        "--no-default-features",
        "--features",
        "app/hydrate",
        "--profile",
        profile,
    ])?;
    let folder = if dev { "debug" } else { "wasm-release" };
    Ok(target_dir().join("wasm32-unknown-unknown").join(folder))
}

/// Compiles `skybridge` and `skybridge-agent`.
pub fn build_server(release: bool) -> Result<()> {
    step("compiling the server and the agent (minutes the first time)");
    let mut arguments = vec!["build", "--package", "server", "--package", "agent"];
    if release {
        arguments.push("--release");
    }
    run(&arguments)
}

/// Compiles `skybridge-agent` alone for one of rustc's targets.
pub fn build_agent(triple: &str) -> Result<()> {
    run(&[
        "build",
        "--package",
        "agent",
        "--bins",
        "--profile",
        "agent-release",
        "--locked",
        "--target",
        triple,
    ])
}

/// One line that says what goes on now.
pub fn step(what: &str) {
    eprintln!("==> {what}");
}

fn run(arguments: &[&str]) -> Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(arguments)
        .current_dir(workspace())
        .status()
        .context("cargo could not be started")?;
    if !status.success() {
        bail!("cargo {} failed: see its messages above", arguments.join(" "));
    }
    Ok(())
}
