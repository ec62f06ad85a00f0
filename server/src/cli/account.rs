//! `skybridge account`.

use std::io::Read as _;

use domain::Secret;
use domain::access::Principal;
use service::ServiceError;

use super::args::AccountCommand;
use super::error::{CliError, Outcome};
use crate::serve::local_service;

pub async fn run(command: AccountCommand) -> Result<Outcome, CliError> {
    let AccountCommand::Create { username, role, password_stdin, data, public_url } = command;
    let password = if password_stdin { Some(read_password()?) } else { None };
    let service = local_service(&data).await?;
    let system = Principal::system().coming_from("command line of this machine");
    match service.create_account(&system, &username, role, password.as_ref()).await {
        Ok(account) if password.is_none() => {
            let link = service.create_sign_in_link(&system, account.id).await?;
            println!("{}/sign-in/{}", public_url.trim_end_matches('/'), link.expose());
        }
        Ok(_) => {}
        Err(ServiceError::Conflict(_)) => {
            return Err(CliError::failed(format!(
                "there is an account {username} already; choose another user name"
            )));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Outcome::Done)
}

fn read_password() -> Result<Secret, CliError> {
    let mut text = String::new();
    std::io::stdin()
        .take(4096)
        .read_to_string(&mut text)
        .map_err(|_| CliError::failed("the password could not be read from standard input as UTF-8 text"))?;
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(CliError::usage("standard input held no password"));
    }
    Ok(Secret::new(password))
}
