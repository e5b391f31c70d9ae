//! `lint --fix`: applies the edits of the report that need no decision.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::cli::Fixing;
use crate::project::npm_config::NpmConfig;
use crate::project::npm_config::args::Parsed;
use crate::project::world::World;
use crate::project::world::replace::ReplaceError;
use crate::rules::diagnostic::{Applied, Choice};
use crate::rules::lint::Report;
use crate::text::count::plural;
use crate::text::edit::{self, Change};
use crate::text::json::Document;
use crate::text::source::Source;

/// How often a project is checked and fixed at most: one edit may make room for another.
pub(super) const MOST_ROUNDS: usize = 3;

/// Why a file keeps its content.
#[derive(Debug, thiserror::Error)]
enum Kept {
    #[error("it is not in the project")]
    Elsewhere,
    #[error("it would no longer be valid JSON")]
    Broken,
    #[error(transparent)]
    Replace(#[from] ReplaceError),
}

/// What would be changed in a file.
struct File {
    source: Arc<Source>,
    changes: Vec<Change>,
}

/// What would be changed, by the paths of the files as they are shown.
pub(super) struct Fixes(BTreeMap<String, File>);

impl Fixes {
    /// Those of a report.
    pub(super) fn of(report: &Report, what: Fixing) -> Self {
        let always = edits(report, |applied| applied == Applied::Always);
        let asked =
            edits(report, |applied| what == Fixing::AccessPublic && applied == Applied::Asked(Choice::AccessPublic));
        let mut files = always;
        for (path, file) in asked {
            // What is misspelt may be what is missing.
            files.entry(path).or_insert(file);
        }
        for file in files.values_mut() {
            file.changes = edit::together(file.source.text(), std::mem::take(&mut file.changes));
        }
        files.retain(|_, file| !file.changes.is_empty());
        Self(files)
    }

    /// There are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them as a unified diff.
    pub(super) fn diff(&self) -> String {
        self.0.values().fold(String::new(), |diff, file| diff + &edit::unified(&file.source, &file.changes))
    }

    /// Writes the files; one sentence for each, and whether any was written.
    pub(super) fn carry_out(&self, world: &World, config: &NpmConfig) -> (Vec<String>, bool) {
        let mut any = false;
        let sentences = self.0.iter().map(|(path, file)| {
            let written = write(world, config, path, file);
            any |= written.is_ok();
            match written {
                Ok(()) => format!("fixed `{path}` in {}", plural(file.changes.len(), "place")),
                Err(kept) => format!("`{path}` was not changed: {kept}"),
            }
        });
        (sentences.collect(), any)
    }
}

fn edits(report: &Report, wanted: impl Fn(Applied) -> bool) -> BTreeMap<String, File> {
    let mut files: BTreeMap<String, File> = BTreeMap::new();
    let ways = report.found.iter().filter_map(|found| found.diagnostic.fix.as_ref());
    for edit in ways.filter(|fix| wanted(fix.applied)).flat_map(|fix| &fix.edits) {
        let source = &edit.place.source;
        let file = files
            .entry(source.path().to_owned())
            .or_insert_with(|| File { source: Arc::clone(source), changes: Vec::new() });
        // Of a file that changed in between one state counts.
        if file.source.text() == source.text() {
            file.changes.push(Change { span: edit.place.span, text: edit.text.clone() });
        }
    }
    files
}

fn write(world: &World, config: &NpmConfig, shown: &str, file: &File) -> Result<(), Kept> {
    let old = file.source.text();
    let new = edit::apply(old, &file.changes);
    if Document::parse(old).is_ok() && Document::parse(&new).is_err() {
        return Err(Kept::Broken);
    }
    // The path that was shown may be meant in two ways; the content that was read shows which.
    let paths = paths(world, config, shown);
    let mut kept = Kept::Elsewhere;
    for path in paths {
        match world.replace(&path, old.as_bytes(), new.as_bytes()) {
            Ok(()) => return Ok(()),
            Err(error) => kept = error.into(),
        }
    }
    Err(kept)
}

/// The files of the project that are shown like this.
fn paths(world: &World, config: &NpmConfig, shown: &str) -> Vec<PathBuf> {
    let mut candidates = vec![world.resolve(shown)];
    candidates.extend(shown.strip_prefix("~/").map(|rest| world.resolve(world.home().join(rest))));
    let root = world.repository(&world.cwd).unwrap_or(&config.local_prefix);
    let is_inside = |path: &Path| {
        let real = |path: &Path| world.files.real_path(path).ok();
        path.starts_with(root) && real(path).zip(real(root)).is_some_and(|(path, root)| path.starts_with(root))
    };
    candidates.retain(|path| is_inside(path));
    candidates
}

/// What is said where nothing can be fixed; in a dry run no report follows.
pub(super) fn nothing(report: &Report, what: Fixing, is_dry: bool) -> String {
    let left = plural(report.found.len(), "finding");
    if report.found.is_empty() {
        return "there is nothing to fix".to_owned();
    }
    let (nothing, left) = if is_dry {
        ("nothing would be fixed", format!("; `npm-preflight lint` shows {left}"))
    } else {
        ("nothing was fixed", String::new())
    };
    let asked = what != Fixing::AccessPublic && !Fixes::of(report, Fixing::AccessPublic).is_empty();
    let asked = if asked { "; `--fix=access:public` would make new scoped packages public" } else { "" };
    format!("{nothing}: no finding has exactly one right fix{left}{asked}")
}

/// The arguments without `--dry-run`, and whether it was among them: it means the fixing, not the publish that is checked.
pub(super) fn without_dry_run(npm: &Parsed) -> (Parsed, bool) {
    let mut npm = npm.clone();
    let is_dry =
        npm.flags.iter().rev().find(|(key, ..)| key == "dry-run").is_some_and(|(_, value, _)| value.is_truthy());
    npm.flags.retain(|(key, ..)| key != "dry-run");
    (npm, is_dry)
}
