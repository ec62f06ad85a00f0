//! One directory.

use std::time::Instant;

use directory::LdapSource;
use domain::agent::{CheckOutcome, ReadinessCheck};
use domain::{DirectoryKind, Tracking};
use ports::{Source as _, SourceError};

use super::{Rest as _, check, names, protection, revocation, rights};
use crate::settings::DomainSettings;

pub async fn all(name: &str, domain: &DomainSettings) -> Vec<ReadinessCheck> {
    let did = format!("connected to {} and signed in as {}", domain.url, domain.bind_dn);
    let source = domain
        .ldap()
        .map_err(|error| error.to_string())
        .and_then(|settings| LdapSource::new(settings).map_err(|error| error.to_string()));
    let source = match source {
        Ok(source) => source,
        Err(problem) => {
            let bind = check("directoryBind", CheckOutcome::Failed, "read the configuration file", problem);
            let bind = bind.advice("correct it with: skybridge-agent connect");
            let checks = [names::of(name, &domain.url, None).await, bind];
            return checks.into_iter().map(|check| check.of(name)).collect();
        }
    };
    let start = Instant::now();
    let answer = source.probe().await;
    let latency = start.elapsed().as_millis();
    let kind = answer.as_ref().ok().map(|info| info.kind);
    let mut checks = vec![names::of(name, &domain.url, kind).await];
    checks.extend(protected(domain, &source).await);
    checks.push(
        check(
            "ntlm",
            CheckOutcome::Passed,
            "looked at how the agent signs in",
            "a simple bind; it cannot speak NTLM",
        )
        .limit("NTLM is not used"),
    );
    match answer {
        Ok(info) => {
            let found = format!("{}, {}, {latency} ms", info.product, info.base_dn);
            checks.push(check("directoryBind", CheckOutcome::Passed, did, found));
            checks.push(tracking(&source, info.kind).await);
            checks.extend(rights::of(&source).await);
        }
        Err(error) => {
            let advice = advice(&error);
            checks.push(check("directoryBind", CheckOutcome::Failed, did, error.to_string()).advice(advice));
        }
    }
    checks.into_iter().map(|check| check.of(name)).collect()
}

async fn protected(domain: &DomainSettings, source: &LdapSource) -> Vec<ReadinessCheck> {
    let did = format!("shook hands with {}", domain.url);
    match source.handshake().await {
        Ok(Some(handshake)) => vec![
            protection::of("directoryTls", did, &handshake, crate::clock::now()),
            revocation::lists("directoryRevocationLists", &domain.url, &handshake.certificate).await,
        ],
        Ok(None) => {
            let found = "no TLS: the password and all that is read go in the clear";
            let check = check("directoryTls", CheckOutcome::Warning, did, found);
            vec![check.limit("TLS 1.2 or better").advice("use ldaps://, or --start-tls with ldap://")]
        }
        Err(error) => {
            let check = check("directoryTls", CheckOutcome::Failed, did, error.to_string());
            vec![check.limit("TLS 1.2 or better").advice(advice(&error))]
        }
    }
}

/// What the account may see of changes: with fewer rights more has to be read.
async fn tracking(source: &LdapSource, kind: DirectoryKind) -> ReadinessCheck {
    let did = "asked for the present position in the directory's history";
    let found = match source.mark().await {
        Ok(found) => found.map(|cursor| cursor.tracking),
        Err(error) => {
            return check("changeTracking", CheckOutcome::Failed, did, error.to_string())
                .advice("without it every cycle reads everything; see the log of the directory");
        }
    };
    let (outcome, found) = match found {
        Some(Tracking::DirSync) => (CheckOutcome::Passed, "DirSync"),
        Some(Tracking::UsnChanged) => {
            (CheckOutcome::Warning, "sequence numbers: the account may not use DirSync")
        }
        Some(Tracking::ContentSync) => (CheckOutcome::Passed, "content synchronisation"),
        Some(Tracking::Timestamp) => {
            (CheckOutcome::Warning, "time stamps: the directory offers nothing better")
        }
        None => (CheckOutcome::Warning, "nothing: every cycle reads everything"),
    };
    let check = check("changeTracking", outcome, did, found);
    if kind == DirectoryKind::ActiveDirectory {
        check
            .limit("DirSync")
            .advice("grant the account the right Replicating Directory Changes on the domain's head")
    } else {
        check.limit("content synchronisation").advice("load the syncprov overlay (OpenLDAP) or its like")
    }
}

fn advice(error: &SourceError) -> &'static str {
    match error {
        SourceError::Unreachable { .. } | SourceError::Timeout { .. } => {
            "check the address, name resolution and whether a firewall is between this machine and the directory"
        }
        SourceError::Untrusted { .. } => {
            "give the authority of its certificate: skybridge-agent connect … --ca-file"
        }
        SourceError::Credentials { .. } => "enter account and password again: skybridge-agent connect",
        _ => "see the message, then try again: skybridge-agent check",
    }
}
