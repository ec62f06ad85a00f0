//! Insights: the page and its files.

use axum::extract::{Path, RawQuery};
use domain::access::Principal;
use futures::FutureExt as _;
use service::{
    Page, Service, ServiceError,
    insights::{Insights, InsightsRequest},
};

use super::{Answer, Reader, csv::download, failure::sentence};
use crate::{
    pages,
    view::{InsightTable, InsightsQuery, InsightsView, query},
};

pub async fn show(reader: Reader, RawQuery(text): RawQuery) -> Answer {
    let query = InsightsQuery::parse(&query::parse(&text.unwrap_or_default()));
    let names = reader.service.configuration_names(&reader.principal).await;
    let names = names.map_err(|e| reader.failed(&e))?.into_iter().map(|one| (one.id, one.name)).collect();
    let insights = match read(&reader.service, &reader.principal, &query).await {
        Ok(insights) => Ok(insights),
        Err(error @ (ServiceError::Invalid(_) | ServiceError::NotFound { .. })) => Err(sentence(&error)),
        Err(error) => return Err(reader.failed(&error)),
    };
    let view = InsightsView { query, configurations: names, insights };
    Ok(reader.page("Insights", || pages::insights(view)))
}

async fn read(service: &Service, who: &Principal, query: &InsightsQuery) -> Result<Insights, ServiceError> {
    let range = query.range(service.now());
    let (since, until) = range.map_err(|problem| ServiceError::invalid("from", problem))?;
    let configuration = query.configuration.map(|id| id.to_string());
    service.insights(who, &InsightsRequest { since, until, configuration }).await
}

pub async fn save(reader: Reader, Path(file): Path<String>, RawQuery(text): RawQuery) -> Answer {
    let missing = || reader.failed(&ServiceError::not_found("such file"));
    let table: InsightTable =
        file.strip_suffix(".csv").and_then(|name| name.parse().ok()).ok_or_else(missing)?;
    let query = InsightsQuery::parse(&query::parse(&text.unwrap_or_default()));
    let insights = read(&reader.service, &reader.principal, &query).await.map_err(|e| reader.failed(&e))?;
    let lines = table.csv(&insights);
    let whole = Box::new(move |_| {
        let page = Page { items: vec![lines.clone()], next: None };
        async move { Ok(page) }.boxed()
    });
    download(&format!("Insights {table}"), String::new(), whole).await.map_err(|e| reader.failed(&e))
}
