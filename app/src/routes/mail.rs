//! Mail: the history, the server's settings, a test message.

use axum::{
    extract::{RawForm, RawQuery},
    http::StatusCode,
};
use domain::access::Role;
use domain::document::SettingsEntry;
use domain::mail::DeliveryState;
use service::{DeliveryFilter, PageRequest, ServiceError};

use super::{
    Answer, Reader,
    edit::{at_fields, form},
    failure::{Failure, sentence},
    restart::allowed,
};
use crate::{
    pages,
    view::{Errors, MailDraft, MailList, MailQuery, query},
};

const ROWS: u32 = 50;

pub async fn show(reader: Reader, RawQuery(text): RawQuery) -> Answer {
    let filter = MailQuery::parse(&query::parse(&text.unwrap_or_default()));
    let view = look(&reader, filter).await?;
    Ok(reader.page("Mail", || pages::mail(view)))
}

async fn look(reader: &Reader, filter: MailQuery) -> Result<MailList, Failure> {
    let (service, who) = (&reader.service, &reader.principal);
    let settings = service.settings(who).await.map_err(|e| reader.failed(&e))?;
    let wanted =
        DeliveryFilter { state: filter.state, text: (!filter.text.is_empty()).then(|| filter.text.clone()) };
    let page = PageRequest { limit: ROWS, after: filter.after.clone() };
    let found = service.deliveries(who, &wanted, page).await.map_err(|e| reader.failed(&e))?;
    Ok(MailList { filter, server: settings.mail, rows: found.items, next: found.next, ..MailList::default() })
}

pub async fn test(reader: Reader, RawForm(body): RawForm) -> Answer {
    let to = query::first(&form(&body), "to").unwrap_or_default().trim().to_owned();
    match reader.service.send_test_mail(&reader.principal, &to).await {
        Ok(delivery) => {
            let answer = delivery.answer.unwrap_or_default();
            Ok(if delivery.state == DeliveryState::Sent {
                reader.done("/mail", format!("The mail server took the message to {to}: {answer}"))
            } else {
                reader.refused("/mail", format!("The message to {to} was not sent: {answer}"))
            })
        }
        Err(ServiceError::Invalid(problems)) => {
            let mut view = look(&reader, MailQuery::default()).await?;
            (view.to, view.errors) = (to, Errors::of_problems(problems));
            Ok(reader.page_with(StatusCode::UNPROCESSABLE_ENTITY, "Mail", || pages::mail(view)))
        }
        Err(error @ ServiceError::Conflict(_)) => Ok(reader.refused("/mail", sentence(&error))),
        Err(error) => Err(reader.failed(&error)),
    }
}

pub async fn server(reader: Reader) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let settings = reader.service.settings(&reader.principal).await.map_err(|e| reader.failed(&e))?;
    let draft = MailDraft::of(settings.mail.as_ref());
    Ok(reader.page("Mail server", || pages::mail_server(draft, &Errors::default())))
}

pub async fn save(reader: Reader, RawForm(body): RawForm) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let mut draft = MailDraft::parse(&form(&body));
    let errors = match draft.entry() {
        Err(errors) => errors,
        Ok(entry) => {
            let settings = SettingsEntry { mail: Some(entry), ..SettingsEntry::default() };
            match reader.service.update_settings(&reader.principal, settings).await {
                Ok(_) => return Ok(reader.done("/mail", "The mail server was saved. Send a test message.")),
                Err(ServiceError::Invalid(problems)) => at_fields(&problems),
                Err(error) => return Err(reader.failed(&error)),
            }
        }
    };
    let settings = reader.service.settings(&reader.principal).await.map_err(|e| reader.failed(&e))?;
    draft.has_password = settings.mail.is_some_and(|mail| mail.username.is_some());
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(reader.page_with(status, "Mail server", || pages::mail_server(draft, &errors)))
}
