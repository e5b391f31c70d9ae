//! The documents are correct: generated parts are up to date, commands print what is shown, and links work. `UPDATE=1
//! cargo test --test it -- docs` rewrites what is made.
#![expect(clippy::disallowed_methods, reason = "the documents are files of this repository")]

mod commands;
mod fences;
mod links;
mod picture;
mod projects;

use std::path::Path;

use clap::ValueEnum as _;
use npm_preflight::npm::release::NpmRelease;
use npm_preflight::publisher::Manager;
use npm_preflight::report::explain;

#[test]
fn the_rules_page_is_up_to_date() {
    is_current("src/rules/README.md", &explain::rule_page());
}

#[test]
fn the_settings_schema_is_up_to_date() {
    is_current("src/commands/settings/schema.json", &npm_preflight::commands::settings::schema());
}

#[test]
fn the_readme_is_short() {
    let lines = fences::read("README.md").lines().count();
    assert!(lines <= 150, "{lines} lines: what not everybody needs belongs into docs/");
}

#[test]
fn the_client_table_matches_the_version_output() {
    let text = fences::read("docs/monorepos-and-clients.md");
    let rows = text.lines().skip_while(|line| !line.starts_with("| client |")).take_while(|line| line.starts_with('|'));
    let mut documented = [const { Vec::new() }; 4];
    for row in rows {
        let mut cells = row.split('|').map(str::trim).skip(1);
        let (client, versions) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        let of_client = |manager: &&Manager| client.starts_with(manager.name());
        if let Some(at) = Manager::value_variants().iter().position(|manager| of_client(&manager)) {
            documented[at].extend(versions.split(", ").map(ToOwned::to_owned));
        }
    }
    for (manager, mut documented) in Manager::value_variants().iter().zip(documented) {
        let number = |version: &String| -> Vec<u32> { version.split('.').flat_map(str::parse).collect() };
        documented.sort_by_key(number);
        assert_eq!(documented, manager.tried_with(), "{}", manager.name());
    }
    assert_eq!(Manager::Npm.tried_with().last(), Some(&NpmRelease::REFERENCE.to_string().as_str()));
}

#[test]
fn the_docs_name_the_release_of_this_version() {
    let marks = ["/releases/download/v", "npm-preflight/npm-preflight@v", "rev: v"];
    let mut named = Vec::new();
    for file in fences::documents().into_iter().chain(["hooks/README.md".to_owned()]) {
        let text = fences::read(&file);
        let rests = marks.iter().flat_map(|mark| text.split(mark).skip(1));
        named.extend(rests.filter_map(|rest| rest.split_whitespace().next()).map(ToOwned::to_owned));
    }
    assert!(named.len() >= 5, "{named:?}");
    named.retain(|version| version != env!("CARGO_PKG_VERSION"));
    assert!(named.is_empty(), "{named:?}");
}

/// The file holds what it should hold.
fn is_current(path: &str, expected: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE").is_some() {
        assert!(std::fs::write(&file, expected).is_ok(), "{path} cannot be written");
    } else {
        let found = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(found == expected, "{path} is not current: run `UPDATE=1 cargo test --test it -- docs`");
    }
}
