//! The project's conventions that neither the compiler nor clippy checks.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The files that git has, or would take, relative to the repository.
fn files() -> Vec<String> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("git");
    assert!(output.status.success(), "these tests need the git repository");
    let listed = String::from_utf8(output.stdout).expect("file names");
    listed.lines().filter(|file| root().join(file).is_file()).map(ToOwned::to_owned).collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn text(file: &str) -> String {
    String::from_utf8_lossy(&std::fs::read(root().join(file)).expect("a listed file")).into_owned()
}

fn is_rust(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|extension| extension == "rs")
}

#[test]
fn every_file_says_at_its_top_why_it_exists() {
    let rust = files().into_iter().filter(|file| is_rust(file));
    let silent: Vec<String> = rust.filter(|file| !text(file).starts_with("//! ")).collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn the_top_level_contains_only_the_planned_entries() {
    let named = [
        "Cargo.toml",
        "Cargo.lock",
        "README.md",
        "SKILL.md",
        "docs",
        "CHANGELOG.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "action.yml",
        "Dockerfile",
        "pyproject.toml",
        "npm",
        "pypi",
        "src",
        "hooks",
        "ci-examples",
        "tests",
        "benches",
    ];
    let files = files();
    let mut top: Vec<&str> = files.iter().filter_map(|file| file.split('/').next()).collect();
    top.dedup();
    top.retain(|entry| !entry.starts_with('.') && !named.contains(entry));
    assert!(top.is_empty(), "{top:#?}");
}

#[test]
fn no_file_mentions_the_machine_it_was_written_on() {
    let machine = ["work", "root", "tmp"].map(|folder| format!("/{folder}/"));
    let mut found = Vec::new();
    for file in files() {
        for (number, line) in text(&file).lines().enumerate() {
            if machine.iter().any(|folder| mentions(line, folder)) {
                found.push(format!("{file}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// Whether a line holds the folder as the start of a path, not as a part of one (`build/tmp/`) or of a URL.
fn mentions(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before
            .is_some_and(|before| before.is_alphanumeric() || matches!(before, '.' | '-' | '_' | '~' | '>' | '}' | '*'))
    })
}

#[test]
fn every_recorded_exchange_is_used() {
    let files = files();
    let code: String = files.iter().filter(|file| is_rust(file)).map(|file| text(file)).collect();
    let recorded = files.iter().filter_map(|file| file.strip_prefix("tests/exchanges/")?.strip_suffix(".http"));
    let unused: Vec<&str> = recorded.filter(|name| !code.contains(&format!("\"{name}\""))).collect();
    assert!(unused.is_empty(), "{unused:#?}");
}

#[test]
fn every_rule_file_is_in_the_table_under_its_name() {
    let files = files();
    let in_rules = files.iter().filter_map(|file| Some((file, file.strip_prefix("src/rules/")?.strip_suffix(".rs")?)));
    let of_rules = in_rules.filter(|(file, _)| text(file).contains("pub static RULE: Rule"));
    let mut in_files: Vec<String> = of_rules.map(|(_, stem)| stem.replace('_', "-")).collect();
    in_files.sort_unstable();
    let in_table: Vec<&str> = npm_preflight::rules::all().map(|rule| rule.id).collect();
    assert_eq!(in_files, in_table);
}

#[test]
fn every_snapshot_of_a_rule_belongs_to_a_rule() {
    let files = files();
    let snapshots = files.iter().filter_map(|file| file.strip_prefix("src/rules/snapshots/")?.strip_suffix(".snap"));
    let orphans: Vec<&str> = snapshots.filter(|id| npm_preflight::rules::find(id).is_none()).collect();
    assert!(orphans.is_empty(), "{orphans:#?}");
}
