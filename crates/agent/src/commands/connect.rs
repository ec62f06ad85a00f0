//! `connect`.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;

use directory::LdapSource;
use domain::{DirectoryKind, Secret};
use ports::Source as _;

use super::Failure;
use crate::args::ConnectArgs;
use crate::controllers;
use crate::settings::{DomainSettings, Settings};

/// Controllers that are tried one after the other.
const TRIED: usize = 8;

pub async fn connect(path: &Path, args: ConnectArgs) -> Result<(), Failure> {
    Settings::load(path)?;
    let bind_password = password(&args)?;
    let ca_file =
        match args.ca_file {
            None => None,
            Some(file) => Some(std::fs::canonicalize(&file).map_err(|error| {
                Failure(format!("the CA file {} cannot be read: {error}", file.display()))
            })?),
        };
    let mut domain = DomainSettings {
        url: String::new(),
        start_tls: args.start_tls,
        allow_plaintext: args.allow_plaintext,
        bind_dn: args.bind_dn,
        bind_password,
        ca_file,
        base_dn: args.base_dn,
        kind: DirectoryKind::Auto,
    };
    match args.url {
        Some(url) if args.untried => {
            domain.url = url;
            LdapSource::new(domain.ldap()?)?;
            println!("Not tried.");
        }
        Some(url) => {
            domain.url = url;
            let found = probe(&domain).await.map_err(|error| {
                Failure(format!("{error}; nothing was written down (--untried writes it down nevertheless)"))
            })?;
            println!("Found {found}.");
        }
        None => {
            let (url, found) = first_controller(&args.domain, &domain).await?;
            println!("Found {found}, at {url}.");
            domain.url = url;
        }
    }
    Settings::change(path, |settings| {
        settings.domains.retain(|name, _| !name.eq_ignore_ascii_case(&args.domain));
        settings.domains.insert(args.domain.clone(), domain);
    })?;
    println!("Written down. A running agent takes it up when it is started again.");
    Ok(())
}

/// What answers, or why nothing does.
async fn probe(domain: &DomainSettings) -> Result<String, String> {
    let settings = domain.ldap().map_err(|error| error.to_string())?;
    let source = LdapSource::new(settings).map_err(|error| error.to_string())?;
    let info = source.probe().await.map_err(|error| error.to_string())?;
    Ok(format!("{}, {}", info.product, info.base_dn))
}

/// The address of the first controller of a domain that lets the account in, and what it is.
async fn first_controller(name: &str, domain: &DomainSettings) -> Result<(String, String), Failure> {
    let set = "say how the directory is reached with --url";
    let found = controllers::find(name).await.map_err(|problem| {
        Failure(format!("the controllers of {name} cannot be looked for: {problem}; {set}"))
    })?;
    let mut problems = Vec::new();
    for controller in found.controllers.iter().take(TRIED) {
        let url = controller.url();
        if !controller.is_of(name) {
            problems.push(format!(
                "{url} lies outside of {name} and was not asked; if it is right, give it with --url"
            ));
            continue;
        }
        match probe(&DomainSettings { url: url.clone(), ..domain.clone() }).await {
            Ok(found) => return Ok((url, found)),
            Err(problem) => problems.push(format!("{url}: {problem}")),
        }
    }
    Err(Failure(match problems.as_slice() {
        [] => format!("the name servers of this machine know no records {}; {set}", found.record),
        _ => format!(
            "no controller of {name} let {} in; nothing was written down\n  {}",
            domain.bind_dn,
            problems.join("\n  ")
        ),
    }))
}

fn password(args: &ConnectArgs) -> Result<Secret, Failure> {
    if let Some(file) = &args.password_file {
        let text = std::fs::read_to_string(file).map_err(|error| {
            Failure(format!("the password file {} cannot be read: {error}", file.display()))
        })?;
        return Ok(Secret::new(text.trim_end_matches(['\r', '\n'])));
    }
    if std::io::stdin().is_terminal() {
        eprintln!(
            "Password of {} (it is shown while you type; --password-file reads it from a file):",
            args.bind_dn
        );
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(Secret::new(line.trim_end_matches(['\r', '\n'])))
}
