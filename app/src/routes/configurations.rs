use axum::extract::{Path, RawQuery};
use service::PageRequest;

use super::{Answer, Reader, convert, failure::Failure};
use crate::{
    pages,
    view::{ConfigurationDetail, ConfigurationDraft, Cycles, Errors, query},
};

const CYCLES_SHOWN: u32 = 15;

pub async fn list(reader: Reader) -> Answer {
    let read = reader.service.configurations(&reader.principal).await.map_err(|e| reader.failed(&e))?;
    let list = read.into_iter().map(convert::summary).collect();
    Ok(reader.page("Configurations", || pages::configurations(list)))
}

/// One configuration with everything.
pub async fn read(reader: &Reader, id: &str) -> Result<ConfigurationDetail, Failure> {
    let read = reader.service.configuration(&reader.principal, id).await;
    read.map(convert::detail).map_err(|e| reader.failed(&e))
}

pub async fn overview(reader: Reader, Path(id): Path<String>, RawQuery(text): RawQuery) -> Answer {
    let detail = read(&reader, &id).await?;
    let pairs = query::parse(&text.unwrap_or_default());
    let after = query::first(&pairs, "after").map(str::to_owned);
    let later = after.is_some();
    let request = PageRequest { limit: CYCLES_SHOWN, after };
    let id = detail.summary.id.to_string();
    let page = reader.service.cycles(&reader.principal, Some(&id), request).await;
    let page = page.map_err(|e| reader.failed(&e))?;
    let cycles = Cycles {
        // The running one has a card of its own.
        items: page.items.into_iter().filter(|cycle| cycle.state.is_finished()).collect(),
        next: page.next,
        later,
    };
    Ok(reader.page(detail.summary.name.clone(), || pages::configuration_overview(&detail, cycles)))
}

pub async fn properties(reader: Reader, Path(id): Path<String>) -> Answer {
    let detail = read(&reader, &id).await?;
    let names = &detail.summary.names;
    let draft = ConfigurationDraft::of(&detail.configuration, &names.domain, &names.target);
    let title = format!("Properties of {}", detail.summary.name);
    Ok(reader.page(title, || pages::properties(&detail, draft, &Errors::default())))
}
