//! The way to the portal.

use std::time::Instant;

use domain::agent::{CheckOutcome, ReadinessCheck};
use tokio::net::TcpStream;

use super::{Rest as _, check, clock, protection, revocation};
use crate::portal::get;
use crate::run::way;
use crate::settings::Settings;

pub async fn all(settings: &Settings) -> Vec<ReadinessCheck> {
    let mut checks = main_port(settings).await;
    checks.extend([status_port(settings).await, proxy(settings)]);
    checks
}

/// The connection itself, and what can be seen once it stands.
async fn main_port(settings: &Settings) -> Vec<ReadinessCheck> {
    let way = match way(settings) {
        Ok(way) => way,
        Err(error) => {
            let failed =
                check("portal", CheckOutcome::Failed, "read the configuration file", error.to_string());
            return vec![failed.advice("correct the configuration file, or leave and enrol again")];
        }
    };
    let address = way.address.authority();
    let by = if way.proxy.is_some() { " through the proxy" } else { "" };
    let with = if way.address.tls { ", TLS 1.2 or better" } else { " without TLS on this machine" };
    let did = format!("connected to {address}{by}{with}");
    let limit = "a connection with TLS 1.2 or better";
    let start = Instant::now();
    let (stream, handshake) = match way.look().await {
        Ok(seen) => seen,
        Err(error) => {
            let failed = check("portal", CheckOutcome::Failed, did, error.to_string()).limit(limit);
            return vec![failed.advice(format!(
                "let this machine open connections to {address}; if a proxy is in the way, name it with --proxy when enrolling"
            ))];
        }
    };
    let took = format!("{} ms", start.elapsed().as_millis());
    let mut checks = vec![check("portal", CheckOutcome::Passed, did, took).limit(limit)];
    let answer = get(stream, &address, "/healthz").await.ok();
    let now = crate::clock::now();
    checks.push(clock::of(answer.and_then(|answer| answer.date).as_deref(), now));
    if let Some(handshake) = handshake {
        checks.push(protection::of("portalTls", format!("shook hands with {address}"), &handshake, now));
        checks.push(revocation::lists("portalRevocationLists", &address, &handshake.certificate).await);
    }
    checks
}

async fn status_port(settings: &Settings) -> ReadinessCheck {
    let Some(address) = &settings.status else {
        return check(
            "statusPort",
            CheckOutcome::NotChecked,
            "read the configuration file",
            "the portal has no status port",
        );
    };
    let did = format!("connected to {address}");
    let connecting = tokio::time::timeout(std::time::Duration::from_secs(10), TcpStream::connect(address));
    let problem = match connecting.await {
        Ok(Ok(_)) => return check("statusPort", CheckOutcome::Passed, did, "reachable"),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer within 10 s".to_owned(),
    };
    // Work goes on without it.
    check("statusPort", CheckOutcome::Warning, did, problem).advice(format!(
        "let this machine open connections to {address}, so that the portal hears of it when the main port is blocked"
    ))
}

fn proxy(settings: &Settings) -> ReadinessCheck {
    let did = "read the configuration file and the environment";
    let environment = ["https_proxy", "HTTPS_PROXY"].iter().find_map(|name| std::env::var(name).ok());
    match (&settings.proxy, environment) {
        (Some(proxy), _) => {
            let user = if proxy.user.is_some() { "with" } else { "without" };
            check("proxy", CheckOutcome::Passed, did, format!("{} {user} a user", proxy.address))
        }
        (None, Some(other)) => {
            let other: String = other.rsplit('@').next().unwrap_or_default().chars().take(200).collect();
            check("proxy", CheckOutcome::Warning, did, format!("none is set up, but the environment names {other}"))
                .advice("the agent does not take proxies from the environment; if it needs this one, enrol with --proxy")
        }
        (None, None) => check("proxy", CheckOutcome::Passed, did, "none"),
    }
}
