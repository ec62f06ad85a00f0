//! `skybridge token`.

use domain::access::Principal;

use super::args::TokenCommand;
use super::error::{CliError, Outcome};
use crate::serve::local_service;

pub async fn run(command: TokenCommand) -> Result<Outcome, CliError> {
    let TokenCommand::Create { name, role, data } = command;
    let service = local_service(&data).await?;
    let (_, secret) = service
        .create_token(&Principal::system().coming_from("command line of this machine"), &name, role)
        .await?;
    println!("{}", secret.expose());
    Ok(Outcome::Done)
}
