//! The sign-in provider.

use axum::{extract::RawForm, http::StatusCode};
use domain::access::Role;
use domain::document::SettingsEntry;
use service::ServiceError;

use super::{
    Answer, Reader,
    access::PAGE,
    edit::{form, refused},
    failure::sentence,
    restart::allowed,
};
use crate::{
    pages,
    view::{Errors, ProviderDraft},
};

pub async fn show(reader: Reader) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let settings = reader.service.settings(&reader.principal).await.map_err(|e| reader.failed(&e))?;
    let draft = ProviderDraft::of(settings.sign_in.as_ref(), reader.service.provider_return());
    Ok(reader.page("Sign-in provider", || pages::provider(draft, &Errors::default())))
}

pub async fn save(reader: Reader, RawForm(body): RawForm) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let mut draft = ProviderDraft::parse(&form(&body));
    let settings = SettingsEntry { sign_in: Some(draft.entry()), ..SettingsEntry::default() };
    let errors = match reader.service.update_settings(&reader.principal, settings).await {
        Ok(_) => return check(reader).await,
        Err(error) => refused(&reader, error)?,
    };
    let settings = reader.service.settings(&reader.principal).await.map_err(|e| reader.failed(&e))?;
    draft.is_set = settings.sign_in.is_some();
    draft.comes_back_to = reader.service.provider_return();
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(reader.page_with(status, "Sign-in provider", || pages::provider(draft, &errors)))
}

/// Says whether the provider answers as a sign-in needs it. What was saved stays saved.
pub async fn check(reader: Reader) -> Answer {
    match reader.service.test_provider(&reader.principal).await {
        Ok(()) => Ok(reader
            .done(PAGE, "The provider answers, and its keys were read. Sign in with it in another window.")),
        Err(error @ (ServiceError::Unavailable { .. } | ServiceError::Conflict(_))) => {
            Ok(reader.refused(PAGE, format!("The provider cannot be used yet. {}", sentence(&error))))
        }
        Err(error) => Err(reader.failed(&error)),
    }
}
