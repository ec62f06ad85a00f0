//! Objects of the target that match nothing: looked for, listed, saved. Nothing is done to them.

use axum::extract::{Path, RawQuery};
use domain::{csv, unmatched::UnmatchedObject};
use service::{PageRequest, ServiceError, unmatched::UnmatchedFilter};

use super::{Answer, Reader, configurations::read, csv::download, failure::sentence};
use crate::{
    pages,
    view::{UnmatchedQuery, UnmatchedView, query},
};

const ROWS: u32 = 50;

pub async fn show(reader: Reader, Path(id): Path<String>, RawQuery(text): RawQuery) -> Answer {
    let detail = read(&reader, &id).await?;
    let filter = UnmatchedQuery::parse(&query::parse(&text.unwrap_or_default()));
    let id = detail.summary.id.to_string();
    let scan = reader.service.unmatched_scan(&reader.principal, &id).await.map_err(|e| reader.failed(&e))?;
    let page = PageRequest { limit: ROWS, after: filter.after.clone() };
    let found = reader.service.unmatched(&reader.principal, &id, &wanted(&filter), page).await;
    let found = found.map_err(|e| reader.failed(&e))?;
    let view = UnmatchedView { scan, filter, rows: found.items, next: found.next };
    let title = format!("Unmatched objects of {}", detail.summary.name);
    Ok(reader.page(title, || pages::unmatched(&detail, view)))
}

fn wanted(filter: &UnmatchedQuery) -> UnmatchedFilter {
    UnmatchedFilter { text: (!filter.text.is_empty()).then(|| filter.text.clone()), kind: filter.kind }
}

pub async fn search(reader: Reader, Path(id): Path<String>) -> Answer {
    let detail = read(&reader, &id).await?;
    let to = format!("{}/unmatched", detail.summary.href());
    let id = detail.summary.id.to_string();
    match reader.service.search_unmatched(&reader.principal, &id).await {
        Ok(_) => Ok(reader.done(&to, "The search was started. Nothing is done to what is found.")),
        Err(error @ (ServiceError::Busy(_) | ServiceError::Conflict(_))) => {
            Ok(reader.refused(&to, sentence(&error)))
        }
        Err(error) => Err(reader.failed(&error)),
    }
}

pub async fn save(reader: Reader, Path(id): Path<String>, RawQuery(text): RawQuery) -> Answer {
    let detail = read(&reader, &id).await?;
    let filter = wanted(&UnmatchedQuery::parse(&query::parse(&text.unwrap_or_default())));
    let (service, principal) = (reader.service.clone(), reader.principal.clone());
    let id = detail.summary.id.to_string();
    let lines = Box::new(move |page| -> futures::future::BoxFuture<'static, _> {
        let (service, principal, id, filter) =
            (service.clone(), principal.clone(), id.clone(), filter.clone());
        Box::pin(async move {
            let found = service.unmatched(&principal, &id, &filter, page).await?;
            Ok(found.map(|object| line(&object)))
        })
    });
    let head = csv::line(&["objectType", "targetId", "displayName", "name", "anchor", "administrator"]);
    let name = format!("Unmatched of {}", detail.summary.name);
    download(&name, head, lines).await.map_err(|e| reader.failed(&e))
}

fn line(object: &UnmatchedObject) -> String {
    let administrator = if object.administrator { "true" } else { "false" };
    csv::line::<&str>(&[
        object.kind.as_str(),
        &object.id,
        &object.display_name,
        &object.name,
        &object.anchor,
        administrator,
    ])
}
