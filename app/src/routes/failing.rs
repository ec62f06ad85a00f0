//! Objects that fail: the list, and trying again.

use axum::extract::{Path, RawForm, RawQuery};
use domain::ObjectKind;
use service::{PageRequest, ServiceError};

use super::{Answer, Reader, configurations::read, edit::form, failure::sentence};
use crate::{
    format::counted,
    pages,
    view::{FailingList, query},
};

const ROWS: u32 = 50;

pub async fn list(reader: Reader, Path(id): Path<String>, RawQuery(text): RawQuery) -> Answer {
    let detail = read(&reader, &id).await?;
    let pairs = query::parse(&text.unwrap_or_default());
    let after = query::first(&pairs, "after").map(str::to_owned);
    let later = after.is_some();
    let id = detail.summary.id.to_string();
    let page = reader.service.escrows(&reader.principal, &id, PageRequest { limit: ROWS, after }).await;
    let page = page.map_err(|e| reader.failed(&e))?;
    let list = FailingList { rows: page.items, next: page.next, later };
    let title = format!("Failing objects of {}", detail.summary.name);
    Ok(reader.page(title, || pages::failing(&detail, list)))
}

/// One object, `user:<id>`, or all.
pub async fn retry(reader: Reader, Path(id): Path<String>, RawForm(body): RawForm) -> Answer {
    let detail = read(&reader, &id).await?;
    let to = format!("{}/failing", detail.summary.href());
    let form = form(&body);
    let objects = match query::first(&form, "object") {
        None => None,
        Some(object) => match object_of(object) {
            Some(object) => Some(vec![object]),
            None => return Err(reader.failed(&ServiceError::not_found("such object"))),
        },
    };
    let id = detail.summary.id.to_string();
    match reader.service.retry_escrows(&reader.principal, &id, objects.as_deref()).await {
        Ok((0, _)) => Ok(reader.done(&to, "It does not fail any more.")),
        Ok((count, _)) => {
            Ok(reader.done(&to, format!("{} tried again now.", counted(count, "object is", "objects are"))))
        }
        Err(error @ ServiceError::Conflict(_)) => Ok(reader.refused(&to, sentence(&error))),
        Err(error) => Err(reader.failed(&error)),
    }
}

fn object_of(text: &str) -> Option<(ObjectKind, String)> {
    let (kind, id) = text.split_once(':')?;
    Some((kind.parse().ok()?, id.to_owned()))
}
