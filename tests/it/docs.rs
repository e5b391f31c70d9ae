//! The documents that are made from the rules are current; `UPDATE=1 cargo test` rewrites them.
#![expect(clippy::disallowed_methods, reason = "the documents are files of this repository")]

use std::path::Path;

use npm_preflight::report::explain;

#[test]
fn the_page_of_the_rules_is_current() {
    is_current("src/rules/README.md", |_| Some(explain::rule_page()));
}

#[test]
fn the_table_in_the_readme_is_current() {
    is_current("README.md", explain::with_readme_table);
}

/// `current` says what the file should hold, given what it holds; `None`: it has nothing to keep current.
fn is_current(path: &str, current: impl Fn(&str) -> Option<String>) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    let Some(expected) = current(&found) else { return };
    if std::env::var_os("UPDATE").is_some() {
        assert!(std::fs::write(&file, expected).is_ok(), "{path} cannot be written");
    } else {
        assert!(found == expected, "{path} is not current: run `UPDATE=1 cargo test`");
    }
}
