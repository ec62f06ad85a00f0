//! `skybridge run`.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::args::RunArgs;
use super::client::{Client, segment};
use super::error::{CliError, Outcome};
use super::get::print_json;
use super::table::cell;

/// How often a waiting command asks how far the cycle is.
const ASK: Duration = Duration::from_millis(200);

pub async fn run(args: RunArgs) -> Result<Outcome, CliError> {
    let client = Client::new(&args.server)?;
    let name = segment(&args.configuration);
    let cycle: Value =
        client.post(&format!("/configurations/{name}/cycles"), &[], &json!({ "full": args.full })).await?;
    if !args.wait {
        if args.json {
            print_json(&cycle)?;
        } else {
            println!("{}", cell(&cycle, "id"));
        }
        return Ok(Outcome::Done);
    }
    let cycle = wait(&client, &cell(&cycle, "id")).await?;
    let configuration: Value = client.get(&format!("/configurations/{name}"), &[]).await?;
    if args.json {
        print_json(&cycle)?;
    } else {
        println!("{}", summary(&cycle));
    }
    judge(&cycle, &configuration)
}

/// Follows a cycle to its end.
async fn wait(client: &Client, id: &str) -> Result<Value, CliError> {
    let bar = std::io::stderr().is_terminal().then(progress_bar);
    loop {
        let cycle: Value = client.get(&format!("/cycles/{id}"), &[]).await?;
        let state = cell(&cycle, "state");
        if let Some(bar) = &bar {
            show(bar, &cycle, &state);
        }
        if !matches!(state.as_str(), "queued" | "running") {
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
            return Ok(cycle);
        }
        tokio::time::sleep(ASK).await;
    }
}

pub fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_bar} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar
}

pub fn show(bar: &ProgressBar, cycle: &Value, state: &str) {
    let number = |path: &str| cycle.get(path).and_then(Value::as_u64).unwrap_or_default();
    let done = number("done");
    bar.set_length(number("expected").max(done));
    bar.set_position(done);
    bar.set_message(if state == "queued" {
        "waiting for the worker".to_owned()
    } else {
        cell(cycle, "phase")
    });
    bar.tick();
}

fn summary(cycle: &Value) -> String {
    let count = |name: &str| cell(cycle, &format!("counts.{name}"));
    format!(
        "{}: {} imported, {} created, {} updated, {} disabled, {} deleted, {} unchanged, {} failed",
        cell(cycle, "state"),
        count("imported"),
        count("created"),
        count("updated"),
        count("disabled"),
        count("deleted"),
        count("unchanged"),
        count("failed")
    )
}

fn judge(cycle: &Value, configuration: &Value) -> Result<Outcome, CliError> {
    let text = |value: &Value, path: &str| Some(cell(value, path)).filter(|text| text != "-");
    if let Some(message) = text(configuration, "status.quarantine.error.message") {
        eprintln!("skybridge: the configuration is in quarantine: {message}");
        return Ok(Outcome::Quarantine);
    }
    match cell(cycle, "state").as_str() {
        "Succeeded" => Ok(Outcome::Done),
        "EntryLevelErrors" => Ok(Outcome::FailedObjects),
        state => Err(CliError::failed(match text(cycle, "problem.message") {
            Some(message) => format!("the cycle did not end well ({state}): {message}"),
            None => format!("the cycle did not go through the whole directory ({state}); run it again"),
        })),
    }
}
