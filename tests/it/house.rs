//! The rules of the house that neither the compiler nor clippy knows.

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

/// Files of rules: the folder, without what rules share.
fn rule_files() -> Vec<String> {
    let rules = files().into_iter().filter(|file| file.starts_with("src/rules/") && is_rust(file));
    rules.filter(|file| text(file).contains("pub static RULE: Rule")).collect()
}

#[test]
fn every_file_says_at_its_top_why_it_exists() {
    let rust = files().into_iter().filter(|file| is_rust(file));
    let silent: Vec<String> = rust.filter(|file| !text(file).starts_with("//! ")).collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn no_file_is_too_long_to_read() {
    let limit = |file: &str| if file.starts_with("src/rules/") { 200 } else { 400 };
    let rust = files().into_iter().filter(|file| is_rust(file));
    let lengths = rust.map(|file| (text(&file).lines().count(), file));
    let long: Vec<(usize, String)> = lengths.filter(|(lines, file)| *lines > limit(file)).collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn no_test_waits_for_the_clock() {
    let call = ["thread::", "sleep"].concat();
    let waiting: Vec<String> = files().into_iter().filter(|file| is_rust(file) && text(file).contains(&call)).collect();
    assert!(waiting.is_empty(), "{waiting:#?}");
}

#[test]
fn the_top_level_holds_what_the_design_names_and_dotfiles() {
    let named = [
        "Cargo.toml",
        "Cargo.lock",
        "README.md",
        "CHANGELOG.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "action.yml",
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
fn no_file_knows_the_machine_it_was_written_on() {
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
fn every_rule_is_registered_under_the_name_of_its_file() {
    let table = text("src/rules.rs");
    let (_, after) = table.split_once("rules! {").expect("the table of rules");
    let (names, _) = after.split_once('}').expect("the table of rules ends");
    let registered: Vec<&str> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let mut wrong = Vec::new();
    let files = rule_files();
    assert!(!files.is_empty());
    for file in &files {
        let stem = Path::new(file).file_stem().and_then(|stem| stem.to_str()).expect("a file name");
        if !registered.contains(&stem) {
            wrong.push(format!("{file} is not in the table of src/rules.rs"));
        }
        let id = format!("id: \"{}\"", stem.replace('_', "-"));
        if !text(file).contains(&id) {
            wrong.push(format!("{file} does not hold `{id}`"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(registered.len(), files.len(), "every registered rule has a file of its own");
}

#[test]
fn every_rule_uses_the_questions_it_declares() {
    // What asks what, directly or through src/case.rs; that nothing undeclared is asked, the rules' own tests assert.
    let calls: &[(&str, &[&str])] = &[
        ("Packument", &["packument()", "packument_along_with(", "packument_of(", "is_new()"]),
        ("Versions", &["versions_at("]),
        ("Whoami", &["whoami()", "user()"]),
        ("Profile", &["profile()"]),
        ("Tokens", &["tokens()", "own_token_rows()"]),
        ("Roster", &["roster()"]),
        ("Collaborators", &["collaborators()", "permission("]),
        ("Visibility", &["visibility()"]),
        ("DistTags", &["dist_tags()"]),
        ("Stage", &["staging()"]),
        ("Version", &["version_document()"]),
        ("Search", &["search()"]),
        ("Ping", &["ping()"]),
    ];
    let mut idle = Vec::new();
    for rule in npm_preflight::rules::all() {
        let stem = format!("src/rules/{}", rule.id.replace('-', "_"));
        let parts =
            files().into_iter().filter(|file| *file == format!("{stem}.rs") || file.starts_with(&format!("{stem}/")));
        let code: String = parts.map(|part| text(&part)).collect();
        for ask in rule.asks {
            let known = calls.iter().find(|(name, _)| *name == format!("{ask:?}"));
            if !known.is_some_and(|(_, calls)| calls.iter().any(|call| code.contains(&format!("case.{call}")))) {
                idle.push(format!("{} declares {ask:?}", rule.id));
            }
        }
    }
    assert!(idle.is_empty(), "{idle:#?}");
}
