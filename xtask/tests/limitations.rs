//! Every test that `docs/LIMITATIONS.md` names exists.

use std::collections::BTreeSet;
use std::path::Path;

/// Names of functions in every Rust file beneath a folder.
fn functions(folder: &Path, found: &mut BTreeSet<String>) {
    let entries = std::fs::read_dir(folder).expect("a folder that can be read");
    for entry in entries {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "node_modules"].contains(&name) {
                functions(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("source text");
            let names = text.lines().filter_map(|line| line.trim_start().split_once("fn "));
            found.extend(names.filter_map(|(_, rest)| rest.split(['(', '<']).next()).map(str::to_owned));
        }
    }
}

#[test]
fn every_test_that_the_page_of_limitations_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let page = std::fs::read_to_string(root.join("docs/LIMITATIONS.md")).expect("the page");
    let mut found = BTreeSet::new();
    for folder in ["crates", "server"] {
        functions(&root.join(folder), &mut found);
    }
    let named: Vec<&str> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|code| code.starts_with("limitation_") || code.starts_with("pain_"))
        .collect();
    assert!(named.len() > 30, "the page names {} tests", named.len());
    let missing: Vec<&&str> = named.iter().filter(|name| !found.contains(**name)).collect();
    assert!(missing.is_empty(), "docs/LIMITATIONS.md names tests that do not exist: {missing:#?}");
}
