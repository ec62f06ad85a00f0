//! The provisioning log as files, read a page at a time: whoever goes away stops the reading.

use axum::extract::{Path, RawQuery};
use chrono::Timelike as _;
use domain::{ProvisioningRecord, csv, record::Status};
use service::{PageRequest, ServiceError, graph};

use super::{
    Answer, Reader, convert,
    csv::{Format, Read, download_as, rfc3339},
    logs,
};
use crate::{
    pages,
    view::{Capped, LogFacets, LogFilter, query},
};

/// The page with the files. Its links end at this moment, and begin where the span did.
pub async fn show(reader: Reader, RawQuery(text): RawQuery) -> Answer {
    let mut filter = LogFilter::parse(&query::parse(&text.unwrap_or_default())).first_page();
    let now = reader.frame.now;
    let until =
        filter.until.unwrap_or_else(|| now.with_nanosecond(0).unwrap_or(now) + chrono::TimeDelta::seconds(1));
    filter.from = filter.from.or_else(|| filter.span.map(|span| span.since(now)));
    (filter.span, filter.until) = (None, Some(until));
    let wanted = convert::record_filter(&filter, now);
    let facets = reader.service.record_facets(&reader.principal, &wanted);
    let found = found(&convert::facets(facets.await.map_err(|e| reader.failed(&e))?), &filter);
    Ok(reader.page("Download provisioning logs", || pages::log_download(filter, until, found)))
}

/// How many records there are: those of the statuses that are asked for.
fn found(facets: &LogFacets, filter: &LogFilter) -> Capped {
    let wanted: &[Status] = if filter.statuses.is_empty() { Status::ALL } else { &filter.statuses };
    wanted.iter().map(|status| facets.of_status(*status)).fold(Capped::default(), |all, one| Capped {
        count: all.count + one.count,
        capped: all.capped || one.capped,
    })
}

pub async fn save(reader: Reader, Path(file): Path<String>, RawQuery(text): RawQuery) -> Answer {
    let filter = LogFilter::parse(&query::parse(&text.unwrap_or_default()));
    let filter = convert::record_filter(&filter, reader.frame.now);
    let names: Vec<_> = logs::names(&reader).await?.into_iter().map(|(id, name, _)| (id, name)).collect();
    let (format, lines): (Format, fn(&ProvisioningRecord, &str) -> String) = match file.as_str() {
        "records.csv" => (Format::csv(csv::line(RECORD)), record),
        "steps.csv" => (Format::csv(csv::line(STEP)), steps),
        "properties.csv" => (Format::csv(csv::line(PROPERTY)), properties),
        "records.jsonl" => (Format::json_lines(), whole),
        _ => return Err(reader.failed(&ServiceError::not_found("file of this name"))),
    };
    let name = format!("Provisioning {}", file.split('.').next().unwrap_or_default());
    let with_details = file != "records.csv";
    let (service, principal) = (reader.service.clone(), reader.principal.clone());
    let read: Read = Box::new(move |page: PageRequest| {
        let (service, principal, filter, names) =
            (service.clone(), principal.clone(), filter.clone(), names.clone());
        Box::pin(async move {
            let found = if with_details {
                service.whole_records(&principal, &filter, page).await?
            } else {
                service.records(&principal, &filter, page).await?
            };
            Ok(found.map(|record| {
                let name = names.iter().find(|(id, _)| *id == record.configuration_id);
                lines(&record, name.map_or("", |(_, name)| name.as_str()))
            }))
        })
    });
    download_as(&name, format, read).await.map_err(|e| reader.failed(&e))
}

const RECORD: &[&str] = &[
    "id",
    "time",
    "changeId",
    "cycleId",
    "configuration",
    "action",
    "status",
    "objectType",
    "sourceId",
    "sourceName",
    "sourceDn",
    "targetId",
    "targetName",
    "targetUserName",
    "sourceSystem",
    "targetSystem",
    "durationInMilliseconds",
    "initiatedBy",
    "errorCode",
    "errorCategory",
    "reason",
    "recommendedAction",
];

fn record(record: &ProvisioningRecord, configuration: &str) -> String {
    let error = record.error.as_ref();
    csv::line::<&str>(&[
        &record.id.to_string(),
        &rfc3339(record.at),
        &record.change_id.to_string(),
        &record.cycle_id.to_string(),
        configuration,
        record.action.as_str(),
        record.status.as_str(),
        record.kind.as_str(),
        &record.source.id,
        &record.source.display_name,
        &record.source.name,
        &record.target.id,
        &record.target.display_name,
        &record.target.name,
        &record.source_system,
        &record.target_system,
        &record.duration_ms.to_string(),
        record.initiated_by.as_deref().unwrap_or_default(),
        error.map_or("", |error| &error.error_code),
        error.map_or("", |error| error.error_category.as_str()),
        error.map_or("", |error| &error.reason),
        error.map_or("", |error| &error.recommended_action),
    ])
}

const STEP: &[&str] = &[
    "changeId",
    "recordId",
    "step",
    "name",
    "type",
    "status",
    "description",
    "durationInMilliseconds",
    "details",
];

fn steps(record: &ProvisioningRecord, _: &str) -> String {
    let line = |(place, step): (usize, &domain::record::Step)| {
        let details: Vec<_> = step.details.iter().map(|(name, value)| format!("{name}={value}")).collect();
        csv::line::<&str>(&[
            &record.change_id.to_string(),
            &record.id.to_string(),
            &(place + 1).to_string(),
            &step.name,
            step.kind.as_str(),
            step.status.as_str(),
            &step.description,
            &step.duration_ms.map(|took| took.to_string()).unwrap_or_default(),
            &details.join("; "),
        ])
    };
    record.steps.iter().enumerate().map(line).collect()
}

const PROPERTY: &[&str] = &["changeId", "recordId", "property", "oldValue", "newValue"];

fn properties(record: &ProvisioningRecord, _: &str) -> String {
    let line = |property: &domain::record::ModifiedProperty| {
        csv::line::<&str>(&[
            &record.change_id.to_string(),
            &record.id.to_string(),
            &property.display_name,
            property.old_value.as_deref().unwrap_or_default(),
            property.new_value.as_deref().unwrap_or_default(),
        ])
    };
    record.modified.iter().map(line).collect()
}

fn whole(record: &ProvisioningRecord, configuration: &str) -> String {
    format!("{}\n", graph::record(record, configuration, true))
}
