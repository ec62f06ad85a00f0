use axum::{
    extract::{Path, RawForm, RawQuery},
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use domain::{ConfigurationId, ProvisioningRecord, RecordId, TargetKind};
use service::{PageRequest, RecordFilter, SavedSearch, ServiceError};

use super::{
    Answer, Reader, convert,
    edit::form,
    failure::{Failure, sentence},
};
use crate::{
    pages,
    view::{LogDetail, LogFilter, LogList, LogTab, query},
};

const ROWS: u32 = 50;
const HISTORY: u32 = 8;

pub async fn list(reader: Reader, RawQuery(text): RawQuery) -> Answer {
    let filter = LogFilter::parse(&query::parse(&text.unwrap_or_default()));
    let view = look(&reader, filter).await?;
    if view.rows.is_empty() && view.filter.before.is_some() {
        return Ok(Redirect::to(&view.filter.first_page().href()).into_response());
    }
    Ok(reader.page("Provisioning logs", || pages::logs(view)))
}

async fn look(reader: &Reader, filter: LogFilter) -> Result<LogList, Failure> {
    // Backwards is the other order from a record on, turned round.
    let backwards = filter.before.is_some();
    let mut wanted = convert::record_filter(&filter, reader.frame.now);
    wanted.oldest_first ^= backwards;
    let cursor = filter.before.clone().or_else(|| filter.after.clone());
    let request = PageRequest { limit: ROWS, after: cursor };
    let (service, who) = (&reader.service, &reader.principal);
    let (page, facets) =
        service.records_with_facets(who, &wanted, request).await.map_err(|e| reader.failed(&e))?;
    let (mut rows, further) = (page.items, page.next);
    if backwards {
        rows.reverse();
    }
    let id = |record: Option<&ProvisioningRecord>| record.map(|record| record.id.to_string());
    let (previous, next) = if backwards {
        (further, id(rows.last()))
    } else {
        (filter.after.as_ref().and_then(|_| id(rows.first())), further)
    };
    let saved = service.saved_searches(who).await.map_err(|e| reader.failed(&e))?;
    Ok(LogList {
        rows,
        next,
        previous,
        facets: convert::facets(facets),
        configurations: names(reader).await?.into_iter().map(|(id, name, _)| (id, name)).collect(),
        filter,
        saved,
        problem: None,
    })
}

pub async fn save_search(reader: Reader, RawForm(body): RawForm) -> Answer {
    let pairs = form(&body);
    let one = |name| query::first(&pairs, name).unwrap_or_default().to_owned();
    // As the page itself would write it: nothing else is kept.
    let filter = LogFilter::parse(&query::parse(&one("query"))).first_page();
    let search = SavedSearch { name: one("name"), query: filter.query() };
    let name = search.name.trim().to_owned();
    match reader.service.save_search(&reader.principal, search).await {
        Ok(()) => Ok(reader.done(&filter.href(), format!("The search “{name}” was saved."))),
        Err(ServiceError::Invalid(problems)) => {
            let mut view = look(&reader, filter).await?;
            let told = problems.iter().map(|problem| format!("The {} {}.", problem.path, problem.message));
            view.problem = Some(format!("Not saved. {}", told.collect::<Vec<_>>().join(" ")));
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(reader.page_with(status, "Provisioning logs", || pages::logs(view)))
        }
        Err(error) => Err(reader.failed(&error)),
    }
}

pub async fn delete_search(reader: Reader, RawForm(body): RawForm) -> Answer {
    let pairs = form(&body);
    let name = query::first(&pairs, "name").unwrap_or_default();
    match reader.service.delete_search(&reader.principal, name).await {
        Ok(()) => Ok(reader.done("/logs", format!("The saved search “{name}” was deleted."))),
        Err(error @ ServiceError::NotFound { .. }) => Ok(reader.refused("/logs", sentence(&error))),
        Err(error) => Err(reader.failed(&error)),
    }
}

/// Ids, names and source domains of the configurations.
pub async fn names(reader: &Reader) -> Result<Vec<(ConfigurationId, String, String)>, Failure> {
    let read = reader.service.configuration_names(&reader.principal).await.map_err(|e| reader.failed(&e))?;
    Ok(read.into_iter().map(|c| (c.id, c.name, c.domain)).collect())
}

pub async fn detail(reader: Reader, Path(id): Path<String>, RawQuery(text): RawQuery) -> Answer {
    let pairs = query::parse(&text.unwrap_or_default());
    let tab = query::first(&pairs, "tab").and_then(|tab| tab.parse().ok()).unwrap_or(LogTab::Steps);
    let (service, who) = (&reader.service, &reader.principal);
    let id: i64 =
        id.parse().map_err(|_| reader.failed(&ServiceError::not_found("record with this number")))?;
    let record = service.record(who, RecordId(id)).await.map_err(|e| reader.failed(&e))?;
    let history = if record.source.id.is_empty() {
        Vec::new()
    } else {
        let same = RecordFilter { object_id: Some(record.source.id.clone()), ..RecordFilter::default() };
        service.records(who, &same, PageRequest::first(HISTORY)).await.map_err(|e| reader.failed(&e))?.items
    };
    let configuration = service.configuration(who, &record.configuration_id.to_string()).await.ok();
    let built_in = configuration.as_ref().is_some_and(|c| c.target_kind == TargetKind::BuiltIn);
    let target_href = if built_in && service.directory_object(who, &record.target.id).await.is_ok() {
        Some(crate::view::directory_href(record.kind, &record.target.id))
    } else {
        None
    };
    let title = format!("Provisioning record {}", record.id);
    let view = LogDetail {
        configuration: configuration.map(|c| c.configuration.name),
        target_href,
        history,
        tab,
        record,
    };
    Ok(reader.page(title, || pages::log_detail(view)))
}
