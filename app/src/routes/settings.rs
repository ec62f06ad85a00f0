//! Settings of the installation.

use axum::{extract::RawForm, http::StatusCode};
use domain::access::Role;

use super::{
    Answer, Reader,
    edit::{form, refused},
    restart::allowed,
};
use crate::{
    pages,
    view::{Errors, SettingsDraft},
};

pub async fn show(reader: Reader) -> Answer {
    let settings = reader.service.settings(&reader.principal).await.map_err(|e| reader.failed(&e))?;
    let draft = SettingsDraft::of(&settings);
    Ok(reader.page("Settings", || pages::settings(draft, &Errors::default())))
}

pub async fn save(reader: Reader, RawForm(body): RawForm) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let draft = SettingsDraft::parse(&form(&body));
    let errors = match draft.entry() {
        Err(errors) => errors,
        Ok(settings) => match reader.service.update_settings(&reader.principal, settings).await {
            Ok(_) => return Ok(reader.done("/settings", "The settings were saved.")),
            Err(error) => refused(&reader, error)?,
        },
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(reader.page_with(status, "Settings", || pages::settings(draft, &errors)))
}
