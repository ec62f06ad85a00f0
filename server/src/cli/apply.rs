//! `skybridge apply`, `skybridge export` and `skybridge import-schema`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use service::ChangeLine;

use super::args::{ApplyArgs, ExportArgs, ExportFormat, ImportSchemaArgs};
use super::client::{Client, segment};
use super::error::{CliError, Outcome};
use super::table::shown;

/// A document larger than this is a mistake.
const LARGEST: u64 = 16 * 1024 * 1024;

pub async fn run(args: ApplyArgs) -> Result<Outcome, CliError> {
    let text = read(&args.file)?;
    let mut document = parse(&args.file, &text)?;
    let folder = args.file.parent().map(Path::to_owned).unwrap_or_default();
    resolve(&mut document, &folder)?;
    let client = Client::new(&args.server)?;
    let query = if args.dry_run { vec![("dryRun", "true".to_owned())] } else { Vec::new() };
    let answer: Value = client.post("/apply", &query, &document).await?;
    let lines: Vec<ChangeLine> =
        answer.get("changes").and_then(|changes| serde_json::from_value(changes.clone()).ok()).ok_or_else(
            || CliError::failed("the server's answer has no list of changes; are the versions equal?"),
        )?;
    for line in lines {
        println!("{}", shown(&line.to_string()));
    }
    Ok(Outcome::Done)
}

pub async fn export(args: ExportArgs) -> Result<Outcome, CliError> {
    let client = Client::new(&args.server)?;
    let document: Value = match &args.schema {
        Some(configuration) => client.get(&schema_of(configuration), &[]).await?,
        None => client.get("/export", &[]).await?,
    };
    let text = match args.format {
        ExportFormat::Json => serde_json::to_string_pretty(&document).map_err(|error| error.to_string()),
        ExportFormat::Yaml => serde_norway::to_string(&document).map_err(|error| error.to_string()),
    };
    println!("{}", text.map_err(CliError::failed)?.trim_end());
    Ok(Outcome::Done)
}

pub async fn import_schema(args: ImportSchemaArgs) -> Result<Outcome, CliError> {
    let schema = parse(&args.file, &read(&args.file)?)?;
    Client::new(&args.server)?.put(&schema_of(&args.configuration), &schema).await?;
    Ok(Outcome::Done)
}

fn schema_of(configuration: &str) -> String {
    format!("/configurations/{}/schema", segment(configuration))
}

/// A document of its own, read from a file or from standard input.
pub fn document(file: &Path) -> Result<Value, CliError> {
    parse(file, &read(file)?)
}

fn read(file: &Path) -> Result<String, CliError> {
    let failed = |error: std::io::Error| {
        CliError::failed(format!("the document {} cannot be read: {error}", file.display()))
    };
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().take(LARGEST).read_to_string(&mut text).map_err(failed)?;
    } else {
        let file = std::fs::File::open(file).map_err(failed)?;
        file.take(LARGEST).read_to_string(&mut text).map_err(failed)?;
    }
    if text.len() as u64 >= LARGEST {
        return Err(CliError::failed("the document is larger than 16 MiB"));
    }
    Ok(text)
}

/// JSON when it begins like JSON, YAML otherwise: a JSON document with a mistake gets JSON's error.
fn parse(file: &Path, text: &str) -> Result<Value, CliError> {
    let name = if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() };
    let wrong = |error: &dyn std::fmt::Display| {
        CliError::failed(format!("{name} is not a document: {error}; nothing was changed"))
    };
    if text.trim_start().starts_with(['{', '[']) {
        return serde_json::from_str(text).map_err(|error| wrong(&error));
    }
    serde_norway::from_str(text).map_err(|error| wrong(&error))
}

/// Replaces what lies on this machine by its content: secrets from the environment and files, certificates.
fn resolve(document: &mut Value, folder: &Path) -> Result<(), CliError> {
    let mut problems = Vec::new();
    for (list, inner, secret) in [("domains", Some("connection"), "bindPassword"), ("targets", None, "token")]
    {
        let items = document.get_mut(list).and_then(Value::as_array_mut);
        for (index, item) in items.into_iter().flatten().enumerate() {
            let (path, item) = match inner {
                None => (format!("{list}[{index}]"), Some(item)),
                Some(inner) => (format!("{list}[{index}].{inner}"), item.get_mut(inner)),
            };
            if let Some(item) = item.and_then(Value::as_object_mut) {
                resolve_item(item, secret, folder, &path, &mut problems);
            }
        }
    }
    for (part, secret) in [("mail", "password"), ("signIn", "clientSecret")] {
        let item = document.get_mut("settings").and_then(|settings| settings.get_mut(part));
        if let Some(item) = item.and_then(Value::as_object_mut) {
            resolve_item(item, secret, folder, &format!("settings.{part}"), &mut problems);
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(CliError::failed(problems.join("\n"))) }
}

fn resolve_item(
    item: &mut Map<String, Value>,
    secret: &str,
    folder: &Path,
    path: &str,
    problems: &mut Vec<String>,
) {
    if let Some(Value::Object(source)) = item.get(secret)
        && let (1, Some((kind, Value::String(name)))) = (source.len(), source.iter().next())
    {
        let found = match kind.as_str() {
            "env" => std::env::var(name)
                .map_err(|_| format!("the environment variable {name} is not set (or not text)")),
            "file" => {
                read_small(&folder.join(name)).map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
            }
            _ => return resolve_certificate(item, folder, path, problems),
        };
        match found {
            Ok(value) => {
                item.insert(secret.to_owned(), serde_json::json!({ "value": value }));
            }
            Err(problem) => problems.push(format!("{path}.{secret}: {problem}")),
        }
    }
    resolve_certificate(item, folder, path, problems);
}

fn resolve_certificate(item: &mut Map<String, Value>, folder: &Path, path: &str, problems: &mut Vec<String>) {
    let Some(Value::String(name)) = item.get("caFile") else { return };
    match read_small(&folder.join(name)) {
        Ok(pem) => {
            item.remove("caFile");
            item.insert("caPem".to_owned(), Value::String(pem));
        }
        Err(problem) => problems.push(format!("{path}.caFile: {problem}")),
    }
}

fn read_small(path: &PathBuf) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_and_certificates_are_read_beside_the_document() {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("secret"), "hunter2\n").expect("writes");
        std::fs::write(folder.path().join("ca.pem"), "PEM").expect("writes");
        let mut document = json!({
            "domains": [{"connection": {"bindPassword": {"file": "secret"}, "caFile": "ca.pem"}}],
            "targets": [{"token": {"value": "t"}}, {"token": 5}],
        });
        resolve(&mut document, folder.path()).expect("resolves");
        assert_eq!(
            document,
            json!({
                "domains": [{"connection": {"bindPassword": {"value": "hunter2"}, "caPem": "PEM"}}],
                "targets": [{"token": {"value": "t"}}, {"token": 5}],
            })
        );
    }

    #[test]
    fn everything_that_cannot_be_read_is_named_by_its_path() {
        let mut document = json!({
            "domains": [{"connection": {"bindPassword": {"file": "absent"}, "caFile": "absent.pem"}}],
            "targets": [{"token": {"env": "SKYBRIDGE_TEST_NO_SUCH_VARIABLE"}}],
        });
        let error = resolve(&mut document, Path::new("/nonexistent")).expect_err("refuses").to_string();
        for path in ["domains[0].connection.bindPassword", "domains[0].connection.caFile", "targets[0].token"]
        {
            assert!(error.contains(path), "{error}");
        }
    }

    #[test]
    fn json_and_yaml_are_both_taken() {
        let json = parse(Path::new("a"), "{\"targets\": []}").expect("json");
        assert_eq!(parse(Path::new("a"), "targets: []\n").expect("yaml"), json);
        assert!(parse(Path::new("a"), "{\"targets\": ").is_err());
    }
}
