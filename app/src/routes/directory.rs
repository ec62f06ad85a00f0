use axum::extract::{Path, RawQuery};
use domain::ObjectKind;
use service::{DirectoryFilter, PageRequest, RecordFilter, ServiceError};

use super::{Answer, Reader, convert, failure::Failure, logs::names};
use crate::{
    format::capitalised,
    pages,
    view::{DirectoryDetail, DirectoryList, directory_href, query},
};

const ROWS: u32 = 50;
const MEMBERS: u32 = 50;
const GROUPS: u32 = 100;
/// Newest records that are looked at for the source of an object; its id stands in others' as manager or member.
const RECORDS: u32 = 20;

pub async fn users(reader: Reader, RawQuery(text): RawQuery) -> Answer {
    let pairs = query::parse(&text.unwrap_or_default());
    let kind = match query::first(&pairs, "type") {
        Some("contact") => ObjectKind::Contact,
        _ => ObjectKind::User,
    };
    list(reader, kind, &pairs).await
}

pub async fn groups(reader: Reader, RawQuery(text): RawQuery) -> Answer {
    list(reader, ObjectKind::Group, &query::parse(&text.unwrap_or_default())).await
}

async fn list(reader: Reader, kind: ObjectKind, pairs: &query::Pairs) -> Answer {
    let one = |name| query::first(pairs, name);
    let text = one("q").unwrap_or_default().trim().to_owned();
    let configuration = one("configuration").and_then(|id| id.parse().ok());
    let enabled = match one("account") {
        Some("enabled") if kind == ObjectKind::User => Some(true),
        Some("disabled") if kind == ObjectKind::User => Some(false),
        _ => None,
    };
    let filter = DirectoryFilter {
        kind: Some(kind),
        text: (!text.is_empty()).then(|| text.clone()),
        configuration,
        account_enabled: enabled,
    };
    let after = one("after").map(str::to_owned);
    let later = after.is_some();
    let (service, who) = (&reader.service, &reader.principal);
    let page = service.directory_objects(who, &filter, PageRequest { limit: ROWS, after }).await;
    let page = page.map_err(|e| reader.failed(&e))?;
    let counts = service.directory_counts(who).await.map_err(|e| reader.failed(&e))?;
    let view = DirectoryList {
        kind,
        text,
        configuration,
        enabled,
        rows: page.items.into_iter().map(convert::directory_entry).collect(),
        next: page.next,
        later,
        configurations: names(&reader).await?,
        total: match kind {
            ObjectKind::User => counts.users,
            ObjectKind::Group => counts.groups,
            ObjectKind::Contact => counts.contacts,
        },
    };
    Ok(reader.page(capitalised(kind.plural()), || pages::directory_list(view)))
}

pub async fn person(reader: Reader, Path(id): Path<String>, RawQuery(text): RawQuery) -> Answer {
    detail(reader, &id, &query::parse(&text.unwrap_or_default()), false).await
}

pub async fn group(reader: Reader, Path(id): Path<String>, RawQuery(text): RawQuery) -> Answer {
    detail(reader, &id, &query::parse(&text.unwrap_or_default()), true).await
}

async fn detail(reader: Reader, id: &str, pairs: &query::Pairs, group: bool) -> Answer {
    let (service, who) = (&reader.service, &reader.principal);
    let object = service.directory_object(who, id).await.map_err(|e| reader.failed(&e))?;
    if group != (object.kind == ObjectKind::Group) {
        return Err(reader.failed(&ServiceError::not_found(if group { "such group" } else { "such user" })));
    }
    let entry = convert::directory_entry(object);
    let manager = match entry.attributes.iter().find(|(name, _)| name == "manager") {
        Some((_, values)) => match values.first() {
            Some(manager) => service.directory_object(who, manager).await.ok(),
            None => None,
        },
        None => None,
    };
    let member_of = service.directory_member_of(who, id, PageRequest::first(GROUPS)).await;
    let member_of = member_of.map_err(|e| reader.failed(&e))?;
    let mut members = Vec::new();
    let mut members_next = None;
    let mut member_count = 0;
    if group {
        let after = query::first(pairs, "after").map(str::to_owned);
        let page = service.directory_members(who, id, PageRequest { limit: MEMBERS, after }).await;
        let page = page.map_err(|e| reader.failed(&e))?;
        members = page.items.into_iter().map(convert::directory_entry).collect();
        members_next = page.next;
        member_count = service.directory_member_count(who, id).await.map_err(|e| reader.failed(&e))?;
    }
    let configuration = service.configuration(who, &entry.configuration_id.to_string()).await.ok();
    let source_object = source_of(&reader, &entry.id).await?;
    let title = entry.display_name.clone();
    let view = DirectoryDetail {
        source_object,
        configuration: configuration
            .as_ref()
            .map_or_else(|| "deleted".to_owned(), |c| c.configuration.name.clone()),
        domain: configuration.map_or_else(|| "unknown".to_owned(), |c| c.domain),
        manager: manager.map(|m| (m.display_name.clone(), directory_href(m.kind, &m.id))),
        member_of: member_of.items.into_iter().map(convert::directory_entry).collect(),
        members,
        members_next,
        member_count,
        entry,
    };
    Ok(reader.page(title, || pages::directory_detail(view)))
}

/// The source object of an object of the built-in directory, from the newest record that names both.
async fn source_of(reader: &Reader, target_id: &str) -> Result<Option<String>, Failure> {
    let filter = RecordFilter { text: Some(target_id.to_owned()), ..RecordFilter::default() };
    let found = reader.service.records(&reader.principal, &filter, PageRequest::first(RECORDS)).await;
    let found = found.map_err(|e| reader.failed(&e))?.items;
    let of_it =
        |record: &domain::ProvisioningRecord| record.target.id == target_id && !record.source.id.is_empty();
    Ok(found.into_iter().find(of_it).map(|record| record.source.id))
}
