//! Runs one sample forest on its own, for load tests and for looking at it with other tools.

use std::{net::SocketAddr, time::Duration};

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Parser;
use lab::{Churn, Forest, ForestOptions, Lab, Tls};

/// A sample forest that answers like Active Directory.
#[derive(Debug, Parser)]
#[command(name = "lab")]
struct Arguments {
    /// DNS name of the forest.
    #[arg(long, default_value = "lab01.local")]
    forest: String,
    /// Number of people.
    #[arg(long, default_value_t = 300)]
    people: u32,
    /// Number of groups.
    #[arg(long, default_value_t = 40)]
    groups: u32,
    /// Number of mail contacts.
    #[arg(long, default_value_t = 8)]
    contacts: u32,
    /// One more group with so many direct members.
    #[arg(long)]
    large_group: Option<u32>,
    /// Address for plain LDAP.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Also offer StartTLS, and ldaps on a port of its own; the authority's certificate goes to this file.
    #[arg(long)]
    ca_file: Option<std::path::PathBuf>,
    /// Password of the bind account; otherwise a random one.
    #[arg(long, env = "LAB_BIND_PASSWORD", hide_env_values = true)]
    bind_password: Option<String>,
    /// Seconds between changes; 0: nothing changes.
    #[arg(long, default_value_t = 0)]
    churn: u64,
    /// Seed; the same seed gives the same forest.
    #[arg(long)]
    seed: Option<u64>,
    /// When the forest was created (RFC 3339); otherwise now.
    #[arg(long)]
    epoch: Option<DateTime<Utc>>,
    /// Include the sample's faults (needs at least 100 people).
    #[arg(long)]
    faults: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let arguments = Arguments::parse();
    #[expect(clippy::disallowed_methods, reason = "this binary is its own composition root")]
    let epoch = arguments.epoch.unwrap_or_else(Utc::now);
    let base = if arguments.faults {
        Lab::options(&arguments.forest, epoch)
    } else {
        ForestOptions::new(&arguments.forest, epoch)
    };
    let churn =
        (arguments.churn > 0).then(|| Churn { period: Duration::from_secs(arguments.churn), ticks_done: 0 });
    let forest = Forest::start(ForestOptions {
        seed: arguments.seed.unwrap_or(base.seed),
        people: arguments.people,
        groups: arguments.groups,
        contacts: arguments.contacts,
        large_group: arguments.large_group,
        listen: arguments.listen,
        tls: if arguments.ca_file.is_some() { Tls::SelfSigned } else { Tls::None },
        bind_password: arguments.bind_password,
        churn,
        ..base
    })
    .await?;
    println!("url           {}", forest.url());
    if let (Some(url), Some(pem), Some(file)) = (forest.ldaps_url(), forest.ca_pem(), &arguments.ca_file) {
        std::fs::write(file, pem)?;
        println!("ldaps url     {url}");
        println!("CA file       {}", file.display());
    }
    println!("base DN       {}", forest.base_dn());
    println!("bind DN       {}", forest.bind_dn());
    println!("bind password {}", forest.bind_password());
    tokio::signal::ctrl_c().await?;
    forest.stop().await;
    Ok(())
}
