//! Which room may know which: reads `cargo metadata` and fails on an arrow that the plan does not have.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Every room with the rooms that it may depend on, and foreign crates that it must never meet.
const PLAN: &[(&str, &[&str], &[&str])] = &[
    ("domain", &[], &["tokio", "axum", "leptos", "sqlx", "ldap3", "reqwest"]),
    ("expression", &["domain"], &["tokio", "axum", "leptos", "sqlx", "ldap3", "reqwest"]),
    (
        "editor",
        &["domain", "expression"],
        &["tokio", "axum", "leptos", "serde_json", "sqlx", "ldap3", "reqwest"],
    ),
    ("ports", &["domain"], &["tokio", "axum", "leptos", "sqlx", "ldap3", "reqwest"]),
    ("channel", &["domain", "ports"], &["axum", "leptos", "sqlx", "ldap3", "reqwest"]),
    ("agent", &["channel", "directory", "domain", "ports"], &["axum", "leptos", "sqlx", "ldap3", "reqwest"]),
    ("storage", &["domain"], &["axum", "leptos", "sqlx", "ldap3", "reqwest"]),
    (
        "engine",
        &["domain", "expression", "ports", "storage"],
        &["axum", "leptos", "sqlx", "ldap3", "reqwest"],
    ),
    ("directory", &["domain", "ports"], &["axum", "leptos", "sqlx", "reqwest"]),
    ("notify", &["domain"], &["axum", "leptos", "sqlx", "ldap3", "reqwest"]),
    ("openid", &["domain"], &["tokio", "axum", "leptos", "sqlx", "ldap3"]),
    ("targets", &["domain", "ports", "storage"], &["axum", "leptos", "sqlx", "ldap3"]),
    (
        "service",
        &["channel", "domain", "expression", "engine", "notify", "openid", "ports", "storage"],
        &["axum", "leptos", "lettre", "openidconnect", "sqlx", "ldap3", "reqwest"],
    ),
    ("storage-sqlite", &["domain", "storage"], &["axum", "leptos", "ldap3", "reqwest"]),
    ("lab", &[], &["axum", "leptos", "sqlx", "ldap3", "reqwest"]),
    ("app", &["domain", "editor", "expression", "service"], &["sqlx", "ldap3", "reqwest"]),
    (
        "server",
        &[
            "app",
            "channel",
            "directory",
            "domain",
            "engine",
            "expression",
            "lab",
            "ports",
            "service",
            "storage",
            "storage-sqlite",
            "targets",
        ],
        &["sqlx", "ldap3"],
    ),
    ("xtask", &[], &["axum", "sqlx", "ldap3"]),
];

/// Direct dependencies of every member of the workspace, those of tests left out.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .output()
        .expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    metadata["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"]
                .as_array()
                .expect("dependencies")
                .iter()
                .filter(|dependency| dependency["kind"] != "dev")
                .map(|dependency| text(&dependency["name"]))
                .collect();
            (text(&package["name"]), dependencies)
        })
        .collect()
}

#[test]
fn every_room_is_in_the_plan() {
    let planned: BTreeSet<&str> = PLAN.iter().map(|(room, ..)| *room).collect();
    let found = dependencies();
    let found: BTreeSet<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(found, planned, "add a new room here and to docs/ARCHITECTURE.md");
}

#[test]
fn no_arrow_points_where_the_plan_has_none() {
    let found = dependencies();
    let rooms: BTreeSet<&str> = PLAN.iter().map(|(room, ..)| *room).collect();
    let mut wrong = Vec::new();
    for (room, allowed, forbidden) in PLAN {
        for dependency in &found[*room] {
            let dependency = dependency.as_str();
            if rooms.contains(dependency) && !allowed.contains(&dependency) {
                wrong.push(format!("{room} -> {dependency}"));
            }
            if forbidden.contains(&dependency) {
                wrong.push(format!("{room} -> {dependency} (a crate that this room must not know)"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
