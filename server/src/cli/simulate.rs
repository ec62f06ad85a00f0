//! `skybridge simulate`.

use std::io::{IsTerminal as _, Write};
use std::time::Duration;

use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::args::SimulateArgs;
use super::client::{Client, segment};
use super::error::{CliError, Outcome};
use super::get::print_json;
use super::run::{progress_bar, show};
use super::table::{cell, print, short};
use super::{apply, table};

/// How often the command asks how far the simulation is.
const ASK: Duration = Duration::from_millis(300);

pub async fn run(args: SimulateArgs) -> Result<Outcome, CliError> {
    let client = Client::new(&args.server)?;
    let path = format!("/configurations/{}/simulations", segment(&args.configuration));
    let mut body = json!({ "full": args.full });
    if let Some(file) = &args.plan {
        body["plan"] = apply::document(file)?;
    }
    let begun: Value = client.post(&path, &[], &body).await?;
    let path = format!("{path}/{}", cell(&begun, "id"));
    let simulation = follow(&client, &path).await?;
    if args.json {
        let objects = client.every(&format!("{path}/objects"), &[]).await?;
        print_json(&json!({ "simulation": simulation, "objects": objects }))?;
    } else if args.csv {
        csv(&client, &path).await?;
    } else {
        summary(&simulation);
    }
    judge(&simulation)
}

/// Waits for the end. An interrupt cancels the simulation.
async fn follow(client: &Client, path: &str) -> Result<Value, CliError> {
    let bar: Option<ProgressBar> = std::io::stderr().is_terminal().then(progress_bar);
    loop {
        let simulation: Value = client.get(path, &[]).await?;
        let state = cell(&simulation, "state");
        if let Some(bar) = &bar {
            show(bar, &simulation, &state);
        }
        if state != "running" {
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
            return Ok(simulation);
        }
        tokio::select! {
            () = tokio::time::sleep(ASK) => {}
            _ = tokio::signal::ctrl_c() => {
                client.delete(path).await?;
                return Err(CliError::failed("the simulation was cancelled; nothing was changed"));
            }
        }
    }
}

fn summary(simulation: &Value) {
    let tallies = simulation.get("tallies").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let row = |tally: &Value| ["kind", "action", "status", "count"].map(|name| cell(tally, name)).to_vec();
    print(&["KIND", "ACTION", "STATUS", "COUNT"], &tallies.iter().map(row).collect::<Vec<_>>());
    let count = |name: &str| cell(simulation, &format!("counts.{name}"));
    println!(
        "{} read, {} would stay as they are, {} wait",
        count("imported"),
        count("unchanged"),
        count("escrowed")
    );
    for note in simulation.get("notes").and_then(Value::as_array).into_iter().flatten() {
        println!("note: {}", table::shown(note.as_str().unwrap_or_default()));
    }
}

/// One line an object, as RFC 4180 has it.
async fn csv(client: &Client, path: &str) -> Result<(), CliError> {
    let broken = |error: std::io::Error| CliError::failed(format!("standard output broke: {error}"));
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    writeln!(
        out,
        "number,objectType,action,status,sourceId,displayName,distinguishedName,targetId,errorCode,reason,movement\r"
    )
    .map_err(broken)?;
    for row in client.every(&format!("{path}/objects"), &[]).await? {
        let columns = [
            "number",
            "objectType",
            "provisioningAction",
            "provisioningStatusInfo.status",
            "sourceIdentity.id",
            "sourceIdentity.displayName",
            "sourceIdentity.details.distinguishedName",
            "targetIdentity.id",
            "provisioningStatusInfo.errorInformation.errorCode",
            "provisioningStatusInfo.errorInformation.reason",
            "movement",
        ];
        let cells: Vec<_> = columns.iter().map(|column| plain(&row, column)).collect();
        out.write_all(domain::csv::line(&cells).as_bytes()).map_err(broken)?;
    }
    out.flush().map_err(broken)
}

/// An absent value is an empty field.
fn plain(row: &Value, path: &str) -> String {
    let absent = path.split('.').try_fold(row, |value, key| value.get(key)).is_none_or(Value::is_null);
    if absent { String::new() } else { cell(row, path) }
}

/// As `run --wait` would end.
fn judge(simulation: &Value) -> Result<Outcome, CliError> {
    let problem = cell(simulation, "problem.message");
    match cell(simulation, "state").as_str() {
        "Succeeded" if problem != "-" => {
            eprintln!("skybridge: the cycle would not end well: {problem}");
            Ok(Outcome::Quarantine)
        }
        "Succeeded" if cell(simulation, "counts.failed") != "0" => Ok(Outcome::FailedObjects),
        "Succeeded" => Ok(Outcome::Done),
        "Failed" => Err(CliError::failed(format!("the simulation could not be made: {problem}"))),
        state => Err(CliError::failed(format!(
            "the simulation did not go to its end ({}); start it again",
            short(state)
        ))),
    }
}
