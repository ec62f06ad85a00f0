//! The agent for machines other than the one it is built on: its hosts are many, and what they have of libraries differs.

use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::cargo;

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Target {
    /// Any Linux on this processor: musl, statically linked
    Linux,
    /// Windows on x86-64
    Windows,
}

struct Tools {
    triple: &'static str,
    /// Compiles the C parts and links.
    compiler: &'static str,
    /// Debian's package with it.
    package: &'static str,
    file: &'static str,
}

impl Target {
    const fn tools(self) -> Tools {
        match self {
            Self::Linux => Tools {
                triple: if cfg!(target_arch = "aarch64") {
                    "aarch64-unknown-linux-musl"
                } else {
                    "x86_64-unknown-linux-musl"
                },
                compiler: "musl-gcc",
                package: "musl-tools",
                file: "skybridge-agent",
            },
            Self::Windows => Tools {
                triple: "x86_64-pc-windows-gnu",
                compiler: "x86_64-w64-mingw32-gcc",
                package: "gcc-mingw-w64-x86-64",
                file: "skybridge-agent.exe",
            },
        }
    }
}

pub fn build(target: Target) -> Result<()> {
    let tools = target.tools();
    missing(&tools)?;
    cargo::step("compiling the agent (minutes the first time)");
    cargo::build_agent(tools.triple)?;
    let file = cargo::target_dir().join(tools.triple).join("agent-release").join(tools.file);
    let size = file.metadata().with_context(|| format!("no {}", file.display()))?.len();
    println!("{} ({:.1} MB)", file.display(), size as f64 / 1e6);
    Ok(())
}

/// Names everything that has to be installed, at once.
fn missing(tools: &Tools) -> Result<()> {
    let mut advice = Vec::new();
    if Command::new(tools.compiler).arg("--version").output().is_err() {
        advice.push(format!("apt-get install {}", tools.package));
    }
    // Without rustup the target's library may be there all the same: cargo says so if not.
    if let Ok(installed) = Command::new("rustup").args(["target", "list", "--installed"]).output()
        && !String::from_utf8_lossy(&installed.stdout).lines().any(|line| line == tools.triple)
    {
        advice.push(format!("rustup target add {}", tools.triple));
    }
    if advice.is_empty() { Ok(()) } else { bail!("first install what is missing: {}", advice.join(" && ")) }
}
