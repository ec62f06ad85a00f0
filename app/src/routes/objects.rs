//! One object of a source: everything that is known of it, and why it is as it is.

use axum::extract::{Path, RawQuery};
use futures::future::join_all;
use service::{PageRequest, ServiceError, history::Explanation};

use super::{Answer, Reader};
use crate::{
    pages,
    view::{ObjectView, query},
};

const RECORDS: u32 = 20;
/// Configurations that are asked what they would do; an object rarely is in more than two.
const EXPLAINED: usize = 8;

pub async fn show(reader: Reader, Path(id): Path<String>, RawQuery(text): RawQuery) -> Answer {
    let pairs = query::parse(&text.unwrap_or_default());
    let after = query::first(&pairs, "after").map(str::to_owned);
    let later = after.is_some();
    let (service, who) = (&reader.service, &reader.principal);
    let history = service.object_history(who, &id, PageRequest { limit: RECORDS, after }).await;
    let history = history.map_err(|e| reader.failed(&e))?;
    // Older records are read about the past: the directory is not asked again.
    let asked = if later { 0 } else { EXPLAINED };
    let explained = join_all(history.places.iter().take(asked).map(|place| async {
        let reference = place.configuration_id.to_string();
        match service.explain_object(who, &reference, &history.object_id).await {
            Ok(explanation) => Ok(Some(explanation)),
            Err(ServiceError::NotFound { .. }) => Ok(None),
            Err(error @ (ServiceError::Forbidden { .. } | ServiceError::Internal(_))) => Err(error),
            Err(error) => {
                Ok(Some(Explanation::Unknown { code: error.code().to_owned(), message: error.to_string() }))
            }
        }
    }))
    .await;
    let explanations = explained.into_iter().collect::<Result<_, _>>().map_err(|e| reader.failed(&e))?;
    let view = ObjectView { history, explanations, later };
    let title = pages::object_title(&view.history);
    Ok(reader.page(title, || pages::object(view)))
}
