//! `skybridge logs`.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::Value;

use super::args::LogsArgs;
use super::client::Client;
use super::error::{CliError, Outcome};
use super::get::print_json;
use super::table::{cell, print, short};

/// How often `--follow` asks for new records.
const FOLLOW: Duration = Duration::from_secs(2);

pub async fn run(args: LogsArgs) -> Result<Outcome, CliError> {
    let client = Client::new(&args.server)?;
    let mut query: Vec<(&str, String)> = Vec::new();
    query.extend(args.text.clone().map(|text| ("q", text)));
    query.extend(args.action.iter().map(|action| ("action", action.to_string())));
    query.extend(args.status.iter().map(|status| ("status", status.to_string())));
    query.extend(args.configuration.clone().map(|name| ("configuration", name)));
    if let Some(since) = args.since {
        query.push(("since", format!("{}s", since.0.num_seconds())));
    }
    let rows = client.up_to("/provisioningLogs", &query, args.limit).await?;
    if args.follow {
        return follow(&client, &query, rows, args.json).await;
    }
    if args.json {
        print_json(&Value::Array(rows))?;
    } else {
        let headings = ["TIME", "ACTION", "STATUS", "IDENTITY", "CONFIGURATION", "ERROR", "ID"];
        print(&headings, &rows.iter().map(cells).collect::<Vec<_>>());
    }
    Ok(Outcome::Done)
}

/// Prints what is there, oldest first, and then what comes, until the command is interrupted.
async fn follow(
    client: &Client,
    query: &[(&str, String)],
    mut rows: Vec<Value>,
    json: bool,
) -> Result<Outcome, CliError> {
    let mut seen: HashSet<String> = HashSet::new();
    loop {
        rows.reverse();
        for row in rows.drain(..) {
            if seen.insert(cell(&row, "id")) {
                if json {
                    println!("{row}");
                } else {
                    println!("{}", cells(&row).join("  "));
                }
            }
        }
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(Outcome::Done),
            () = tokio::time::sleep(FOLLOW) => {}
        }
        rows = client.up_to("/provisioningLogs", query, 500).await?;
        // Only what the newest page may repeat has to be remembered.
        let newest: HashSet<_> = rows.iter().map(|row| cell(row, "id")).collect();
        seen.retain(|id| newest.contains(id));
    }
}

fn cells(row: &Value) -> Vec<String> {
    let name = match cell(row, "sourceIdentity.displayName").as_str() {
        "" | "-" => cell(row, "targetIdentity.displayName"),
        name => name.to_owned(),
    };
    vec![
        cell(row, "activityDateTime"),
        cell(row, "provisioningAction"),
        cell(row, "provisioningStatusInfo.status"),
        short(&name),
        cell(row, "servicePrincipal.displayName"),
        cell(row, "provisioningStatusInfo.errorInformation.errorCode"),
        cell(row, "id"),
    ]
}
