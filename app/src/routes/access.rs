//! Accounts, passwords and API tokens.

use axum::{
    extract::{Path, RawForm},
    http::StatusCode,
};
use domain::{
    AccountId, Secret, TokenId,
    access::{Account, Role},
};
use service::ServiceError;

use super::{
    Answer, Reader,
    edit::{form, refused},
    failure::{Failure, sentence},
    restart::allowed,
};
use crate::{
    pages,
    view::{AccessView, Errors, query},
};

pub(super) const PAGE: &str = "/settings/access";

pub async fn show(reader: Reader) -> Answer {
    let view = look(&reader).await?;
    Ok(reader.page("Access", || pages::access(view)))
}

async fn look(reader: &Reader) -> Result<AccessView, Failure> {
    allowed(reader, Role::Administrator)?;
    let (service, who) = (&reader.service, &reader.principal);
    let accounts = service.accounts(who).await.map_err(|e| reader.failed(&e))?;
    let tokens = service.tokens(who).await.map_err(|e| reader.failed(&e))?;
    let provider = service.settings(who).await.map_err(|e| reader.failed(&e))?.sign_in;
    Ok(AccessView { accounts, tokens, provider, ..AccessView::default() })
}

pub async fn add_account(reader: Reader, RawForm(body): RawForm) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let form = form(&body);
    let username = query::first(&form, "username").unwrap_or_default().trim().to_owned();
    let role = query::first(&form, "account-role").and_then(|role| role.parse().ok()).unwrap_or(Role::Reader);
    let password = Secret::new(query::first(&form, "password").unwrap_or_default());
    match reader.service.create_account(&reader.principal, &username, role, Some(&password)).await {
        Ok(account) => Ok(reader.done(PAGE, format!("The account “{}” was added.", account.username))),
        Err(error) => {
            let account_errors = refused(&reader, error)?;
            let view =
                AccessView { username, account_role: Some(role), account_errors, ..look(&reader).await? };
            Ok(reader.page_with(StatusCode::UNPROCESSABLE_ENTITY, "Access", || pages::access(view)))
        }
    }
}

async fn account(reader: &Reader, id: &str) -> Result<Account, Failure> {
    let gone = || ServiceError::not_found("account with this id");
    let id: AccountId = id.parse().map_err(|_| reader.failed(&gone()))?;
    let all = reader.service.accounts(&reader.principal).await.map_err(|e| reader.failed(&e))?;
    all.into_iter().find(|account| account.id == id).ok_or_else(|| reader.failed(&gone()))
}

pub async fn delete_account(reader: Reader, Path(id): Path<String>) -> Answer {
    let account = account(&reader, &id).await?;
    match reader.service.delete_account(&reader.principal, account.id).await {
        Ok(()) => Ok(reader.done(PAGE, format!("The account “{}” was deleted.", account.username))),
        Err(error @ ServiceError::Conflict(_)) => Ok(reader.refused(PAGE, sentence(&error))),
        Err(error) => Err(reader.failed(&error)),
    }
}

pub async fn account_password(reader: Reader, Path(id): Path<String>) -> Answer {
    let account = account(&reader, &id).await?;
    Ok(password_page(&reader, StatusCode::OK, &account.username, &action(&account), &Errors::default()))
}

pub async fn set_account_password(reader: Reader, Path(id): Path<String>, RawForm(body): RawForm) -> Answer {
    let account = account(&reader, &id).await?;
    set_password(&reader, &account.username, &action(&account), PAGE, &body).await
}

pub async fn account_role(reader: Reader, Path(id): Path<String>) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let account = account(&reader, &id).await?;
    Ok(reader.page("Role", || pages::role(&account, account.role, &Errors::default())))
}

pub async fn set_account_role(reader: Reader, Path(id): Path<String>, RawForm(body): RawForm) -> Answer {
    let account = account(&reader, &id).await?;
    let chosen =
        query::first(&form(&body), "role").and_then(|role| role.parse().ok()).unwrap_or(account.role);
    match reader.service.set_role(&reader.principal, account.id, chosen).await {
        Ok(account) => {
            Ok(reader
                .done(PAGE, format!("“{}” has the role {} from now on.", account.username, account.role)))
        }
        Err(error) => {
            let errors = refused(&reader, error)?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(reader.page_with(status, "Role", || pages::role(&account, chosen, &errors)))
        }
    }
}

fn action(account: &Account) -> String {
    format!("{PAGE}/accounts/{}/password", account.id)
}

const OWN: &str = "/settings/password";

pub async fn own_password(reader: Reader) -> Answer {
    let name = reader.principal.name.clone();
    Ok(password_page(&reader, StatusCode::OK, &name, OWN, &Errors::default()))
}

pub async fn set_own_password(reader: Reader, RawForm(body): RawForm) -> Answer {
    let name = reader.principal.name.clone();
    set_password(&reader, &name, OWN, "/settings", &body).await
}

async fn set_password(reader: &Reader, username: &str, action: &str, then: &str, body: &[u8]) -> Answer {
    let form = form(body);
    let field = |name| Secret::new(query::first(&form, name).unwrap_or_default());
    let (password, again) = (field("password"), field("again"));
    let errors = if password.expose() == again.expose() {
        match reader.service.set_password(&reader.principal, username, &password).await {
            Ok(()) => return Ok(reader.done(then, format!("The password of “{username}” was set."))),
            Err(error) => refused(reader, error)?,
        }
    } else {
        Errors::one("again", "It is not the same as the one above.")
    };
    Ok(password_page(reader, StatusCode::UNPROCESSABLE_ENTITY, username, action, &errors))
}

fn password_page(
    reader: &Reader,
    status: StatusCode,
    username: &str,
    action: &str,
    errors: &Errors,
) -> axum::response::Response {
    reader.page_with(status, "Password", || pages::password(username.to_owned(), action.to_owned(), errors))
}

/// The token is in this answer and nowhere else, so that there is no other page to go on to.
pub async fn add_token(reader: Reader, RawForm(body): RawForm) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let form = form(&body);
    let token_name = query::first(&form, "name").unwrap_or_default().trim().to_owned();
    let role = query::first(&form, "token-role").and_then(|role| role.parse().ok()).unwrap_or(Role::Reader);
    match reader.service.create_token(&reader.principal, &token_name, role).await {
        Ok(made) => {
            let view = AccessView { made: Some(made), ..look(&reader).await? };
            Ok(reader.page("Access", || pages::access(view)))
        }
        Err(error) => {
            let token_errors = refused(&reader, error)?;
            let view =
                AccessView { token_name, token_role: Some(role), token_errors, ..look(&reader).await? };
            Ok(reader.page_with(StatusCode::UNPROCESSABLE_ENTITY, "Access", || pages::access(view)))
        }
    }
}

pub async fn delete_token(reader: Reader, Path(id): Path<String>) -> Answer {
    let gone = || ServiceError::not_found("token with this id");
    let id: TokenId = id.parse().map_err(|_| reader.failed(&gone()))?;
    match reader.service.delete_token(&reader.principal, id).await {
        Ok(()) => Ok(reader.done(PAGE, "The token was deleted; nobody gets in with it any more.")),
        Err(error) => Err(reader.failed(&error)),
    }
}
