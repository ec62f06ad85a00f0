//! `skybridge get`.

use serde_json::Value;

use super::args::{GetArgs, Resource};
use super::client::Client;
use super::error::{CliError, Outcome};
use super::table::{cell, print};

pub async fn run(args: GetArgs) -> Result<Outcome, CliError> {
    let client = Client::new(&args.server)?;
    let (path, columns): (&str, &[(&str, &str)]) = match args.resource {
        Resource::Domains => {
            ("/domains", &[("NAME", "name"), ("KIND", "kind"), ("ADDRESS", "connection.url"), ("ID", "id")])
        }
        Resource::Targets => {
            ("/targets", &[("NAME", "name"), ("KIND", "kind"), ("ADDRESS", "url"), ("ID", "id")])
        }
        Resource::Configurations => (
            "/configurations",
            &[
                ("NAME", "name"),
                ("DOMAIN", "domain"),
                ("TARGET", "target"),
                ("STATUS", "status.code"),
                ("LAST CYCLE", "status.lastExecution.timeEnded"),
                ("RESULT", "status.lastExecution.state"),
                ("ID", "id"),
            ],
        ),
        Resource::Agents => (
            "/agents",
            &[
                ("MACHINE", "machineName"),
                ("STATUS", "status"),
                ("LAST HEARTBEAT", "lastHeartbeatDateTime"),
                ("OVER", "lastHeartbeatChannel"),
                ("VERSION", "version"),
                ("ADDRESS", "externalIp"),
                ("FAILED CHECKS", "failedChecks"),
                ("ID", "id"),
            ],
        ),
        Resource::Alerts => (
            "/alerts",
            &[
                ("SEVERITY", "severity"),
                ("STATE", "state"),
                ("TITLE", "title"),
                ("SINCE", "sinceDateTime"),
                ("RESOLVED", "resolvedDateTime"),
                ("ACKNOWLEDGED BY", "acknowledgedBy"),
                ("ID", "id"),
            ],
        ),
        Resource::Cycles => (
            "/cycles",
            &[
                ("STARTED", "startedDateTime"),
                ("CONFIGURATION", "configuration"),
                ("STATE", "state"),
                ("IMPORTED", "counts.imported"),
                ("CREATED", "counts.created"),
                ("UPDATED", "counts.updated"),
                ("DISABLED", "counts.disabled"),
                ("DELETED", "counts.deleted"),
                ("FAILED", "counts.failed"),
                ("ID", "id"),
            ],
        ),
        Resource::Users => (
            "/users",
            &[
                ("DISPLAY NAME", "displayName"),
                ("USER PRINCIPAL NAME", "userPrincipalName"),
                ("ENABLED", "accountEnabled"),
                ("SOURCE", "sourceDomain"),
                ("ID", "id"),
            ],
        ),
        Resource::Groups => (
            "/groups",
            &[("DISPLAY NAME", "displayName"), ("MAIL", "mail"), ("SOURCE", "sourceDomain"), ("ID", "id")],
        ),
        Resource::Contacts => (
            "/contacts",
            &[("DISPLAY NAME", "displayName"), ("MAIL", "mail"), ("SOURCE", "sourceDomain"), ("ID", "id")],
        ),
    };
    let rows = client.every(path, &[]).await?;
    if args.json {
        print_json(&Value::Array(rows))?;
    } else {
        let headings: Vec<_> = columns.iter().map(|(heading, _)| *heading).collect();
        let cells = |row: &Value| columns.iter().map(|(_, path)| cell(row, path)).collect();
        print(&headings, &rows.iter().map(cells).collect::<Vec<_>>());
    }
    Ok(Outcome::Done)
}

/// Prints JSON as the only thing on standard output.
pub fn print_json(value: &Value) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| CliError::failed(error.to_string()))?;
    println!("{text}");
    Ok(())
}
