//! From what the service says to what pages show.

use domain::status::StatusCode;
use service::{
    CappedCount, ConfigurationView, DirectoryObject, Facets, RecordFilter, insights::OperationSlot,
};

use crate::view::{
    Capped, ConfigurationDetail, ConfigurationSummary, DirectoryEntry, Following, HourFigure, LogFacets,
    LogFilter, Names,
};

pub fn summary(view: ConfigurationView) -> ConfigurationSummary {
    let quarantine = view.state.quarantine.as_ref();
    let failed = view.last.as_ref().and_then(|cycle| cycle.problem.as_ref());
    let reason = match view.code {
        StatusCode::Quarantine => quarantine.map(|q| q.error.message.clone()),
        StatusCode::Active => failed.map(|problem| problem.message.clone()),
        StatusCode::Paused => Some("Nothing runs until it is resumed.".to_owned()),
        StatusCode::Disabled => {
            Some("Keeps everything it knows and does nothing until it is enabled.".to_owned())
        }
        StatusCode::NotRun | StatusCode::NotConfigured => None,
    };
    ConfigurationSummary {
        id: view.configuration.id,
        name: view.configuration.name,
        names: Names { domain: view.domain, target: view.target, target_kind: view.target_kind },
        status: view.code,
        since: quarantine.map(|q| q.current_began),
        reason,
        running: view.running,
        last: view.last,
        next_due: view.queued.map(|cycle| cycle.due_at),
        linked: view.links,
        failing: view.escrows,
    }
}

pub fn detail(view: ConfigurationView) -> ConfigurationDetail {
    ConfigurationDetail {
        configuration: view.configuration.clone(),
        state: view.state.clone(),
        following: view
            .cursor
            .as_ref()
            .map(|cursor| Following { tracking: cursor.tracking, server: cursor.server() }),
        staged: view.staged,
        next_full_at: view.next_full_at(),
        summary: summary(view),
    }
}

pub fn hours(hours: Vec<OperationSlot>) -> Vec<HourFigure> {
    hours
        .into_iter()
        .map(|h| HourFigure { hour: h.at, action: h.action, status: h.status, count: h.count })
        .collect()
}

pub fn record_filter(filter: &LogFilter, now: domain::Time) -> RecordFilter {
    RecordFilter {
        text: (!filter.text.is_empty()).then(|| filter.text.clone()),
        actions: filter.actions.clone(),
        statuses: filter.statuses.clone(),
        configuration: filter.configuration,
        cycle: filter.cycle,
        kind: filter.kind,
        error_code: filter.error_code.clone(),
        since: filter.from.or_else(|| filter.span.map(|span| span.since(now))),
        until: filter.until,
        object_id: filter.object.clone(),
        oldest_first: filter.oldest_first,
    }
}

pub fn facets(facets: Facets) -> LogFacets {
    fn each<T>(list: Vec<(T, CappedCount)>) -> Vec<(T, Capped)> {
        list.into_iter().map(|(of, c)| (of, Capped { count: c.count, capped: c.capped })).collect()
    }
    LogFacets {
        actions: each(facets.actions),
        statuses: each(facets.statuses),
        kinds: each(facets.kinds),
        error_codes: each(facets.error_codes),
        other: Capped { count: 0, capped: facets.partial },
    }
}

pub fn directory_entry(object: DirectoryObject) -> DirectoryEntry {
    DirectoryEntry {
        id: object.id,
        kind: object.kind,
        anchor: object.anchor,
        display_name: object.display_name,
        user_principal_name: object.user_principal_name,
        mail: object.mail,
        account_enabled: object.account_enabled,
        attributes: object
            .attributes
            .into_iter()
            .map(|(name, value)| (name, value.each().iter().map(ToString::to_string).collect()))
            .collect(),
        configuration_id: object.configuration_id,
        change_id: object.change_id,
        created_at: object.created_at,
        updated_at: object.updated_at,
    }
}
