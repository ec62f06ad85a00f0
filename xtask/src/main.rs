//! The build that cargo alone cannot do: the browser part has to be compiled for another target, bound, named after
//! its content and compressed before the server can hand it out. No tool but cargo is needed.

mod agent;
mod cargo;
mod css;
mod files;
mod site;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Builds Skybridge")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Browser part and server
    Build {
        #[command(flatten)]
        site: SiteArgs,
        /// Optimised server
        #[arg(long)]
        release: bool,
    },
    /// The agent for another kind of machine, optimised: one file that needs no library of the system
    Agent {
        /// Where it shall run
        #[arg(long, value_enum)]
        target: agent::Target,
    },
    /// Browser part alone: wasm, styles, icons, into target/site
    Site {
        #[command(flatten)]
        site: SiteArgs,
    },
}

#[derive(Debug, Clone, Copy, Args)]
struct SiteArgs {
    /// Compile the browser part without optimisation: quick to build, large to load
    #[arg(long)]
    dev: bool,
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Agent { target } => agent::build(target),
        Command::Site { site } => site::build(site.dev),
        Command::Build { site, release } => {
            site::build(site.dev)?;
            cargo::build_server(release)
        }
    }
}
