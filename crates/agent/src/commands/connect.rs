//! `connect`.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;

use directory::LdapSource;
use domain::{DirectoryKind, Secret};
use ports::Source as _;

use super::Failure;
use crate::args::ConnectArgs;
use crate::settings::{DomainSettings, Settings};

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
    let domain = DomainSettings {
        url: args.url,
        start_tls: args.start_tls,
        allow_plaintext: args.allow_plaintext,
        bind_dn: args.bind_dn,
        bind_password,
        ca_file,
        base_dn: args.base_dn,
        kind: DirectoryKind::Auto,
    };
    let source = LdapSource::new(domain.ldap()?)?;
    if args.untried {
        println!("Not tried.");
    } else {
        let info = source.probe().await.map_err(|error| {
            Failure(format!("{error}; nothing was written down (--untried writes it down nevertheless)"))
        })?;
        println!("Found {}, {}.", info.product, info.base_dn);
    }
    Settings::change(path, |settings| {
        settings.domains.retain(|name, _| !name.eq_ignore_ascii_case(&args.domain));
        settings.domains.insert(args.domain.clone(), domain);
    })?;
    println!("Written down. A running agent takes it up when it is started again.");
    Ok(())
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
