//! Names of the domain's controllers. The system's own resolver is asked, as programs ask it; it gives addresses, no
//! service records, and a domain's name has the addresses of its controllers.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use domain::agent::{CheckOutcome, ReadinessCheck};
use url::Url;

use super::{Rest as _, check};

const PATIENCE: Duration = Duration::from_secs(10);

/// `url`: the directory's address.
pub async fn of(domain: &str, url: &str) -> ReadinessCheck {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let host = host.filter(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().is_err());
    let did = match &host {
        Some(host) => {
            format!("looked up the addresses of {host} and of {domain}; no SRV record was asked for")
        }
        None => format!("looked up the addresses of {domain}; no SRV record was asked for"),
    };
    let limit = "the directory's host and the domain's name have addresses";
    if let Some(host) = &host
        && let Err(problem) = addresses(host).await
    {
        return check("names", CheckOutcome::Failed, did, format!("{host}: {problem}"))
            .limit(limit)
            .advice("let this machine ask a DNS server that knows the domain, such as a domain controller");
    }
    match addresses(domain).await {
        Ok(found) => {
            let shown: Vec<String> = found.iter().take(8).map(ToString::to_string).collect();
            let found = format!("{domain} has {} addresses: {}", found.len(), shown.join(", "));
            check("names", CheckOutcome::Passed, did, found).limit(limit)
        }
        // Only the directory's own address is needed.
        Err(problem) => check("names", CheckOutcome::Warning, did, format!("{domain}: {problem}"))
            .limit(limit)
            .advice("let this machine ask a DNS server that knows the domain; the agent works without, as long as the \
                     directory's address is right"),
    }
}

async fn addresses(name: &str) -> Result<BTreeSet<IpAddr>, String> {
    match tokio::time::timeout(PATIENCE, tokio::net::lookup_host((name, 389))).await {
        Ok(Ok(found)) => {
            let found: BTreeSet<IpAddr> = found.map(|address| address.ip()).collect();
            if found.is_empty() { Err("it has no address".to_owned()) } else { Ok(found) }
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_without_addresses_are_told() {
        let good = of("localhost", "ldaps://localhost:636").await;
        assert_eq!(good.outcome, CheckOutcome::Passed, "{good:?}");
        assert!(good.found.contains("127.0.0.1") || good.found.contains("::1"), "{good:?}");
        // RFC 6761 section 6.4: no such name exists.
        let domain = of("lab01.invalid", "ldaps://127.0.0.1:636").await;
        assert_eq!(domain.outcome, CheckOutcome::Warning, "{domain:?}");
        let host = of("localhost", "ldaps://dc1.lab01.invalid").await;
        assert_eq!(host.outcome, CheckOutcome::Failed, "{host:?}");
        assert!(host.found.starts_with("dc1.lab01.invalid: "), "{host:?}");
    }
}
