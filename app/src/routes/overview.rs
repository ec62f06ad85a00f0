use axum::extract::RawQuery;

use super::{Answer, Reader, alerts, convert};
use crate::{
    pages,
    view::{ChartBy, DirectoryFigures, Overview, query},
};

/// As many as stand beside the chart without being taller.
const RECENT: usize = 6;

pub async fn overview(reader: Reader, RawQuery(text): RawQuery) -> Answer {
    let pairs = query::parse(&text.unwrap_or_default());
    let by = query::first(&pairs, "by").and_then(|by| by.parse().ok()).unwrap_or(ChartBy::Action);
    let read = reader.service.overview(&reader.principal).await.map_err(|e| reader.failed(&e))?;
    let agents = reader.service.agent_summary(&reader.principal).await.map_err(|e| reader.failed(&e))?;
    let mut recent = read.latest;
    recent.truncate(RECENT);
    let view = Overview {
        configurations: read.configurations.into_iter().map(convert::summary).collect(),
        directory: DirectoryFigures {
            users: read.directory.users,
            groups: read.directory.groups,
            contacts: read.directory.contacts,
        },
        by,
        hours: convert::hours(read.hours),
        recent,
        agents,
        alerts: alerts::glance(&reader).await?,
    };
    Ok(reader.page("Overview", || pages::overview(view)))
}
