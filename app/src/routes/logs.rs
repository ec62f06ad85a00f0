use axum::extract::{Path, RawQuery};
use domain::{ConfigurationId, RecordId, TargetKind};
use service::{PageRequest, RecordFilter, ServiceError};

use super::{Answer, Reader, convert, failure::Failure};
use crate::{
    pages,
    view::{LogDetail, LogFilter, LogList, LogTab, query},
};

const ROWS: u32 = 50;
const HISTORY: u32 = 8;

pub async fn list(reader: Reader, RawQuery(text): RawQuery) -> Answer {
    let filter = LogFilter::parse(&query::parse(&text.unwrap_or_default()));
    let wanted = convert::record_filter(&filter, reader.frame.now);
    let request = PageRequest { limit: ROWS, after: filter.after.clone() };
    let (service, who) = (&reader.service, &reader.principal);
    let page = service.records(who, &wanted, request).await.map_err(|e| reader.failed(&e))?;
    let facets = service.record_facets(who, &wanted).await.map_err(|e| reader.failed(&e))?;
    let view = LogList {
        rows: page.items,
        next: page.next,
        facets: convert::facets(facets),
        configurations: names(&reader).await?.into_iter().map(|(id, name, _)| (id, name)).collect(),
        filter,
    };
    Ok(reader.page("Provisioning logs", || pages::logs(view)))
}

/// Ids, names and source domains of the configurations.
pub async fn names(reader: &Reader) -> Result<Vec<(ConfigurationId, String, String)>, Failure> {
    let read = reader.service.configurations(&reader.principal).await.map_err(|e| reader.failed(&e))?;
    Ok(read.into_iter().map(|c| (c.configuration.id, c.configuration.name, c.domain)).collect())
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
