//! What the rules on the files of a package have in common: whether a file that is missing now may be there when the package is
//! packed, and how that is said.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;

use crate::facts::{Assumption, Gap};
use crate::plan::contents::{Contents, Missing};
use crate::plan::{Access, PublishPlan};
use crate::project::entries::Role;
use crate::project::manifest::Manifest;
use crate::publisher::Manager;
use crate::rules::Case;
use crate::rules::diagnostic::Fix;
use crate::text::count::and_more;
use crate::text::json::Value;

/// Scripts that run before the list of files is made.
const BEFORE: [&str; 3] = ["prepublishOnly", "prepack", "prepare"];

/// How deep scripts that call scripts are followed.
const MOST_CALLS: usize = 4;

/// Commands that make no files, by their first words.
const MAKERS_OF_NOTHING: [&str; 30] = [
    "husky",
    "lefthook",
    "simple-git-hooks",
    "pre-commit",
    "is-ci",
    "exit",
    "true",
    "echo",
    ":",
    "eslint",
    "prettier --check",
    "prettier -c",
    "biome check",
    "biome lint",
    "biome ci",
    "oxlint",
    "standard",
    "xo",
    "publint",
    "attw",
    "tsc --noEmit",
    "vitest",
    "jest",
    "mocha",
    "ava",
    "tap",
    "c8",
    "nyc",
    "only-allow",
    "git config",
];

/// Whether a file that is not there may be there when the package is packed.
pub(crate) enum Making {
    /// Nothing makes it.
    Never,
    /// This script may.
    Script(&'static str),
    /// What is built is not there yet: it is in no commit.
    Later,
}

impl Case<'_> {
    /// The files of the package; `None`: they are not known, which `entry-missing` says.
    pub(crate) fn contents(&self) -> Option<&Contents> {
        self.plan.packed().contents.as_ref().ok()
    }

    /// Whether a file that is not there may be there when the package is packed.
    pub(crate) fn making(&self) -> Making {
        let plan = self.plan;
        if plan.package.manifest.is_packed {
            return Making::Never;
        }
        if plan.git.pushed.commit.is_some() || plan.selection.skips_private || plan.runner.ci.is_proposal {
            return Making::Later;
        }
        if plan.ignores_scripts() {
            return Making::Never;
        }
        let mut scripts = BEFORE.into_iter();
        let maker = scripts.find(|name| {
            let script = plan.package.manifest.script(name);
            script.is_some_and(|script| !makes_nothing(&plan.package.manifest, script, MOST_CALLS))
        });
        maker.map_or(Making::Never, Making::Script)
    }

    /// The package goes to npm's registry, for everybody to see.
    pub(crate) fn is_for_everybody(&self) -> bool {
        self.plan.destination.npmjs
            && !self.plan.is_skipped()
            && !matches!(self.plan.options.access.value, Access::Restricted)
    }

    /// The package is for everybody, and says of itself what it is: advice on one that does not even do that, which is often a
    /// placeholder or not meant for others yet, would be noise.
    pub(crate) fn is_described(&self) -> bool {
        self.is_for_everybody() && self.plan.package.manifest.field("description").is_some_and(Value::is_truthy)
    }

    /// Whether `files` lists this very file, and not only a folder or a pattern that it falls under.
    pub(crate) fn is_entry_of_files(&self, path: &str) -> bool {
        let files = self.plan.package.manifest.field("files").into_iter().flat_map(Value::elements);
        let mut entries = files.filter_map(Value::as_str);
        entries.any(|entry| entry.trim_start_matches("./").trim_start_matches('/') == path)
    }

    /// The folders that are missing as a whole, and that what Node looks for lies in: one finding is enough for each.
    pub(crate) fn missing_folders(&self) -> BTreeSet<&str> {
        let missing = self.contents().into_iter().flat_map(|contents| &contents.missing);
        let missing = missing.filter(|missing| matches!(missing.target.role, Role::Export | Role::Main));
        missing.filter_map(|missing| missing.folder.as_deref()).collect()
    }
}

/// The package is taken for granted to be complete once a script ran.
pub(crate) fn assumed(plan: &PublishPlan, script: &str, path: &str) -> Gap {
    let statement = format!("the script `{script}` creates `{path}`");
    let evidence = format!("`{script}` runs before the package is packed");
    Gap::from(Assumption::new(statement).evidence(Some(evidence)).verify(plan.runner.words().list_files))
}

/// Lists the files in `files` that it alone leaves out: all that one rule found, since there is one place for them.
pub(crate) fn listing<'m>(plan: &PublishPlan, missing: impl IntoIterator<Item = &'m Missing>) -> Option<Fix> {
    let paths: BTreeSet<&str> = missing.into_iter().filter_map(Missing::unlisted).collect();
    let paths: Vec<&str> = paths.into_iter().collect();
    let (place, text) = plan.package.manifest.listing(&paths)?;
    let description = format!("add `{}`{} to `files`", paths.first()?, and_more(paths.len() - 1, "file"));
    Some(Fix::replace(description, place, text))
}

/// Why a file that is there is not packed.
pub(crate) fn excluded(missing: &Missing, path: &str) -> String {
    let by = if missing.is_unlisted { "`files` does not list it" } else { "`files` or an ignore file excludes it" };
    format!("`{path}` exists, but {by}")
}

/// How a missing file comes into the package.
pub(crate) fn remedy(plan: &PublishPlan, missing: Option<&Missing>, field: &str) -> String {
    if let Some(Missing { other_case: Some(other), .. }) = missing {
        return format!("write `{other}`, or rename the file: names are case-sensitive on Linux");
    }
    if missing.is_some_and(|missing| missing.is_unlisted) {
        return format!("add it to `files`, or correct `{field}`");
    }
    if missing.is_some_and(|missing| missing.unpacked.is_some()) {
        return format!("add it to `files`, remove it from the ignore file, or correct `{field}`");
    }
    let manifest = &plan.package.manifest;
    let has_script = BEFORE.into_iter().find(|name| manifest.script(name).is_some());
    if let Some(script) = has_script.filter(|_| plan.ignores_scripts() && !manifest.is_packed) {
        return format!("do what `{script}` does first, because `ignore-scripts` disables it");
    }
    if manifest.is_packed {
        return "build the package and pack it again".to_owned();
    }
    match manifest.script("build") {
        Some(_) => format!("run `{} build` first, or in a `prepack` script", plan.runner.words().run),
        None => format!("create it before the package is packed, or correct `{field}`"),
    }
}

/// Whether a script only checks something, or sets something up that is not packed.
fn makes_nothing(manifest: &Manifest, script: &str, calls: usize) -> bool {
    if calls == 0 {
        return false;
    }
    let commands = script.split(['&', '|', ';', '\n']).map(str::trim).filter(|command| !command.is_empty());
    commands.into_iter().all(|command| {
        let mut words = command.split_whitespace().skip_while(|word| word.contains('=') && !word.starts_with('-'));
        let first = words.next().unwrap_or_default();
        let rest: Vec<&str> = words.collect();
        let called = match (first, rest.first().copied().unwrap_or_default()) {
            ("npx" | "bunx", _) => return makes_nothing(manifest, &rest.join(" "), calls - 1),
            ("npm" | "pnpm" | "yarn" | "bun", "test" | "t") => "test",
            ("npm" | "pnpm" | "yarn" | "bun", "run" | "run-script") => rest.get(1).copied().unwrap_or_default(),
            ("pnpm" | "yarn", script) => script,
            _ => "",
        };
        if called == "test" {
            return true;
        }
        if !called.is_empty() {
            return manifest.script(called).is_some_and(|script| makes_nothing(manifest, script, calls - 1));
        }
        let command = std::iter::once(first).chain(rest).collect::<Vec<_>>().join(" ");
        MAKERS_OF_NOTHING
            .iter()
            .any(|known| command.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
    })
}

/// The client that publishes puts fields of publishConfig in the place of the package's own.
pub(crate) fn rewrites(plan: &PublishPlan) -> bool {
    matches!(plan.runner.other_client(), Some(Manager::Pnpm | Manager::Yarn))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn scripts_that_check_or_install_hooks_build_nothing() {
        let package = r#"{"scripts":{"lint":"eslint .","build":"tsc","check":"npm run lint && npm test"}}"#;
        let manifest = Manifest::parse("package.json".to_owned(), package.as_bytes(), Path::new("/project"));
        let is_idle = |script| makes_nothing(&manifest, script, MOST_CALLS);
        for script in [
            "husky",
            "husky install",
            "is-ci || husky install",
            "npm run check",
            "exit 0",
            "npx only-allow pnpm",
            "CI=1 npm test",
        ] {
            assert!(is_idle(script), "{script}");
        }
        for script in
            ["tsc", "npm run build", "npm run lint && npm run build", "node tools/x.js", "pnpm build", "huskybuild"]
        {
            assert!(!is_idle(script), "{script}");
        }
    }
}
