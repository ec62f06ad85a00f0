//! Names of the domain's controllers: their service records, and addresses as the system's own resolver gives them, which
//! is what connections are made with.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use domain::DirectoryKind;
use domain::agent::{CheckOutcome, ReadinessCheck};
use url::Url;

use super::{Rest as _, check};
use crate::controllers::{self, Found, records};

const PATIENCE: Duration = Duration::from_secs(10);
/// Controllers whose addresses are looked up.
const LOOKED_UP: usize = 16;

const ASK_THE_DOMAIN: &str =
    "let this machine ask a DNS server that knows the domain, such as a domain controller";

/// `url`: the directory's address, `kind`: what answers there, where it did.
pub async fn of(domain: &str, url: &str, kind: Option<DirectoryKind>) -> ReadinessCheck {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let host = host.filter(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().is_err());
    let [record, general] = records(domain);
    let mut did =
        format!("asked for the service records {record} and {general}, and for the controllers' addresses");
    if let Some(host) = &host {
        did = format!("looked up the addresses of {host}; {did}");
        if let Err(problem) = addresses(host).await {
            return check("names", CheckOutcome::Failed, did, format!("{host}: {problem}"))
                .limit("the directory's host has an address")
                .advice(ASK_THE_DOMAIN);
        }
    }
    let (outcome, found) = match controllers::find(domain).await {
        Ok(found) => told(found, kind).await,
        Err(problem) => (CheckOutcome::Warning, problem),
    };
    check("names", outcome, did, found)
        .limit("the directory's host and each of the domain's controllers has an address")
        .advice(format!(
            "{ASK_THE_DOMAIN}; the agent works without, as long as the directory's own address is right"
        ))
}

async fn told(found: Found, kind: Option<DirectoryKind>) -> (CheckOutcome, String) {
    let Found { record, controllers } = found;
    if controllers.is_empty() {
        return match kind {
            // Only Active Directory promises them.
            Some(kind) if kind != DirectoryKind::ActiveDirectory => {
                (CheckOutcome::Passed, format!("no records {record}; such a directory need not have any"))
            }
            _ => (CheckOutcome::Warning, format!("no records {record}")),
        };
    }
    let (count, mut lost) = (controllers.len(), false);
    let mut shown = Vec::new();
    for controller in controllers.into_iter().take(LOOKED_UP) {
        let host = controller.host;
        match addresses(&host).await {
            Ok(addresses) => {
                let addresses: Vec<String> = addresses.iter().take(4).map(ToString::to_string).collect();
                shown.push(format!("{host} ({})", addresses.join(", ")));
            }
            Err(problem) => {
                lost = true;
                shown.push(format!("{host} ({problem})"));
            }
        }
    }
    let more = if count > LOOKED_UP { format!(", and {} more", count - LOOKED_UP) } else { String::new() };
    let noun = if count == 1 { "controller" } else { "controllers" };
    let outcome = if lost { CheckOutcome::Warning } else { CheckOutcome::Passed };
    (outcome, format!("{count} {noun}: {}{more}", shown.join(", ")))
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
    use crate::controllers::Controller;

    fn controllers(hosts: &[&str]) -> Found {
        let controllers =
            hosts.iter().map(|host| Controller { host: (*host).to_owned(), port: 389 }).collect();
        Found { record: "_ldap._tcp.corp.example".into(), controllers }
    }

    #[tokio::test]
    async fn names_without_addresses_are_told() {
        // RFC 6761 section 6.4: no such name exists.
        let host = of("lab01.invalid", "ldaps://dc1.lab01.invalid", None).await;
        assert_eq!(host.outcome, CheckOutcome::Failed, "{host:?}");
        assert!(host.found.starts_with("dc1.lab01.invalid: "), "{host:?}");
        let (outcome, found) = told(controllers(&["localhost", "dc2.lab01.invalid"]), None).await;
        assert_eq!(outcome, CheckOutcome::Warning, "{found}");
        assert!(
            found.starts_with("2 controllers: localhost (") && found.contains("dc2.lab01.invalid ("),
            "{found}"
        );
        let (outcome, found) = told(controllers(&["localhost"]), None).await;
        assert_eq!(outcome, CheckOutcome::Passed, "{found}");
        assert!(found.contains("127.0.0.1") || found.contains("::1"), "{found}");
    }

    #[tokio::test]
    async fn only_active_directory_has_to_have_service_records() {
        for (kind, outcome) in [
            (None, CheckOutcome::Warning),
            (Some(DirectoryKind::ActiveDirectory), CheckOutcome::Warning),
            (Some(DirectoryKind::Ldap), CheckOutcome::Passed),
        ] {
            let found = of("lab01.invalid", "ldaps://127.0.0.1:636", kind).await;
            assert_eq!(found.outcome, outcome, "{found:?}");
            assert!(found.found.contains("_ldap._tcp.dc._msdcs.lab01.invalid"), "{found:?}");
        }
    }

    #[tokio::test]
    async fn of_many_controllers_the_first_are_looked_up() {
        let (_, found) = told(controllers(&["localhost"; 20]), None).await;
        assert!(found.starts_with("20 controllers: ") && found.ends_with(", and 4 more"), "{found}");
    }
}
