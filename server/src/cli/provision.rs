//! `skybridge provision`.

use std::io::IsTerminal as _;

use serde_json::{Value, json};

use super::args::ProvisionArgs;
use super::client::{Client, segment};
use super::error::{CliError, Outcome};
use super::get::print_json;
use super::table::{cell, shown};

pub async fn run(args: ProvisionArgs) -> Result<Outcome, CliError> {
    let client = Client::new(&args.server)?;
    let body = match &args.object_id {
        Some(id) => json!({ "objectId": id, "dryRun": args.dry_run }),
        None => json!({ "dn": args.dn, "dryRun": args.dry_run }),
    };
    let path = format!("/configurations/{}/provisionOnDemand", segment(&args.configuration));
    let answer: Value = client.post(&path, &[], &body).await?;
    if args.json {
        print_json(&answer)?;
    } else {
        print!("{}", text(&answer, std::io::stdout().is_terminal()));
    }
    judge(&answer)
}

/// The four steps for people.
fn text(answer: &Value, terminal: bool) -> String {
    let bold = |text: &str| if terminal { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() };
    let mut lines = Vec::new();
    for step in rows(answer, "provisioningSteps") {
        let status = cell(step, "status");
        let mark = match status.as_str() {
            "success" => "ok",
            "failure" => "FAILED",
            other => other,
        };
        let kind = cell(step, "provisioningStepType");
        lines.push(format!("{} [{mark}] {}", bold(&format!("{kind:<19}")), cell(step, "description")));
    }
    let properties = rows(answer, "modifiedProperties");
    if !properties.is_empty() {
        lines.push(bold("changes"));
        for property in properties {
            let value = |name: &str| property.get(name).and_then(Value::as_str).map(shown);
            let change = match (value("oldValue"), value("newValue")) {
                (None, Some(new)) => new,
                (old, new) => format!("{} -> {}", old.unwrap_or_default(), new.unwrap_or_default()),
            };
            lines.push(format!("  {}: {change}", cell(property, "displayName")));
        }
    }
    for note in rows(answer, "notes").iter().filter_map(Value::as_str) {
        lines.push(format!("note: {}", shown(note)));
    }
    let dry = if answer.get("dryRun").and_then(Value::as_bool) == Some(true) { " (dry run)" } else { "" };
    let result = format!("{}: {}{dry}", cell(answer, "action"), cell(answer, "statusInfo.status"));
    lines.push(bold(&result));
    lines.push(String::new());
    lines.join("\n")
}

fn rows<'v>(answer: &'v Value, name: &str) -> &'v [Value] {
    answer.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// An object that failed, and one that is not there, could not be done. One that needs nothing, or that the scope leaves
/// out, is done.
fn judge(answer: &Value) -> Result<Outcome, CliError> {
    let error = |name: &str| cell(answer, &format!("statusInfo.errorInformation.{name}"));
    let missing = error("errorCode") == domain::catalogue::IMPORT_SKIPPED.code;
    if cell(answer, "statusInfo.status") == "failure" || missing {
        let reason = error("reason");
        let reason = reason.trim_end_matches('.');
        return Err(CliError::failed(format!("{reason}. {}", error("recommendedAction"))));
    }
    Ok(Outcome::Done)
}
