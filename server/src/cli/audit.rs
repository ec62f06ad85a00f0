//! `skybridge audit`.

use serde_json::Value;

use super::args::AuditArgs;
use super::client::Client;
use super::error::{CliError, Outcome};
use super::get::print_json;
use super::table::{cell, print};

pub async fn run(args: AuditArgs) -> Result<Outcome, CliError> {
    let client = Client::new(&args.server)?;
    if args.verify {
        let check: Value = client.get("/auditLogs/verification", &[]).await?;
        if args.json {
            print_json(&check)?;
        }
        if check.get("intact").and_then(Value::as_bool) == Some(true) {
            if !args.json {
                println!("{} entries, the chain is whole", cell(&check, "entries"));
            }
            return Ok(Outcome::Done);
        }
        return Err(CliError::failed(format!(
            "entry {} of the audit log does not fit the one before it: somebody changed or removed an entry; \
             compare with a backup",
            cell(&check, "brokenAt")
        )));
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
                "activityDisplayName",
                "target",
            ]
            .iter()
            .map(|path| cell(row, path))
            .collect()
        };
        print(&["TIME", "WHO", "VIA", "ACTIVITY", "ON"], &rows.iter().map(cells).collect::<Vec<_>>());
    }
    Ok(Outcome::Done)
}
