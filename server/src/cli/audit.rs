//! `skybridge audit`.

use domain::access::Principal;
use serde_json::Value;

use super::args::AuditArgs;
use super::client::Client;
use super::error::{CliError, Outcome};
use super::get::print_json;
use super::table::{cell, print};
use crate::http::api;
use crate::serve::local_service;

pub async fn run(args: AuditArgs) -> Result<Outcome, CliError> {
    if let Some(data) = &args.data {
        let service = local_service(data).await?;
        let integrity = service.check_audit(&Principal::system()).await?;
        return verdict(&api::verification(&integrity), args.json);
    }
    let client = Client::new(&args.server)?;
    if args.verify {
        return verdict(&client.get("/auditLogs/verification", &[]).await?, args.json);
    }
    if args.json {
        print_json(&Value::Array(client.every("/auditLogs", &[]).await?))?;
    } else {
        let rows = client.up_to("/auditLogs", &[], args.limit).await?;
        let cells = |row: &Value| {
            [
                "activityDateTime",
                "initiatedBy.displayName",
                "initiatedBy.via",
                "initiatedBy.ipAddress",
                "activityDisplayName",
                "target",
                "reason",
            ]
            .iter()
            .map(|path| cell(row, path))
            .collect()
        };
        print(
            &["TIME", "WHO", "VIA", "FROM", "ACTIVITY", "ON", "REASON"],
            &rows.iter().map(cells).collect::<Vec<_>>(),
        );
    }
    Ok(Outcome::Done)
}

fn verdict(check: &Value, json: bool) -> Result<Outcome, CliError> {
    if json {
        print_json(check)?;
    }
    if check.get("intact").and_then(Value::as_bool) != Some(true) {
        return Err(CliError::failed(format!(
            "the audit log is damaged: {}; compare with a backup",
            cell(check, "message")
        )));
    }
    if !json {
        println!(
            "{} entries and {} checkpoints, the chain is whole and sealed; its end is {}",
            cell(check, "entries"),
            cell(check, "checkpoints"),
            cell(check, "hash")
        );
    }
    Ok(Outcome::Done)
}
