//! What npm does not take a package from: npm reads the package.json of what it is given with nothing that says it was asked
//! for (npm 12.2.2, lib/commands/publish.js `#getManifest`; pacote 22, lib/fetcher.js `canUse`), so that of the values of these
//! settings only `all` permits it.

use super::RULE;
use crate::npm::spec::RemoteKind;
use crate::plan::{PublishPlan, shown};
use crate::project::npm_config::{Entry, Origin, Value};
use crate::rules::diagnostic::Diagnostic;

/// What npm is given.
#[derive(Clone, Copy)]
pub(super) enum Given {
    Remote(RemoteKind),
    Tarball,
    Folder,
}

impl Given {
    /// What npm packs, or gets packed.
    pub(super) fn on_disk(plan: &PublishPlan) -> Self {
        if plan.package.manifest.is_packed || plan.runner.other_client().is_some() {
            Self::Tarball
        } else {
            Self::Folder
        }
    }
}

/// What does not permit it.
pub(super) struct Refusal<'a> {
    setting: &'static str,
    /// What it is about.
    noun: &'static str,
    /// npm's code.
    pub(super) code: &'static str,
    /// Where the setting is set; `None`: nowhere.
    entry: Option<&'a Entry>,
}

/// Why npm does not take it.
pub(super) fn refusal(plan: &PublishPlan, given: Given) -> Option<Refusal<'_>> {
    let npm = plan.runner.npm_release();
    let by_default = npm.fetches_by_default().filter(|_| plan.runner.is_sent_by_npm())?;
    let (setting, noun, code, by_default) = match given {
        Given::Remote(RemoteKind::Git) => ("allow-git", "a repository", "EALLOWGIT", by_default),
        Given::Remote(RemoteKind::Url) => ("allow-remote", "a URL", "EALLOWREMOTE", by_default),
        Given::Tarball => ("allow-file", "a tarball", "EALLOWFILE", true),
        Given::Folder if npm.heeds_allow_directory() => ("allow-directory", "a folder", "EALLOWDIRECTORY", true),
        Given::Remote(_) | Given::Folder => return None,
    };
    let entry = plan.config.flat(setting).filter(|entry| !matches!(entry.origin, Origin::Default));
    let is_allowed = entry.map_or(by_default, |entry| match &entry.value {
        Value::Undefined => true,
        value => value.as_text() == Some("all"),
    });
    (!is_allowed).then_some(Refusal { setting, noun, code, entry })
}

impl Refusal<'_> {
    /// Says so.
    pub(super) fn diagnostic(&self) -> Diagnostic {
        let Self { setting, noun, code, .. } = self;
        let message = format!("npm does not publish {noun}");
        let help = format!("publish something else, or pass `--{setting}=all`");
        let diagnostic = Diagnostic::new(&RULE, message, self.why(), help).npm_error(code);
        match self.entry {
            Some(entry) => diagnostic.at_origin(&format!("`{setting}`"), &entry.origin, "this value"),
            None => diagnostic,
        }
    }

    /// Why: the rest of a sentence.
    pub(super) fn why(&self) -> String {
        let setting = self.setting;
        match self.entry {
            Some(entry) => format!("`{setting}` is `{}`, and only `all` lets npm publish that", shown(&entry.value)),
            None => format!("`{setting}` is `none` by default since npm 12, and only `all` lets npm publish that"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::npm::version::Version;
    use crate::publisher::Manager;

    const ID: &str = "publish-target";
    const GIT: &str = "git+https://host.example/alice/otter.git";
    const URL: &str = "https://host.example/otter.tgz";

    fn scene(spec: &str, npm: Version) -> Scene {
        Scene::version("1.0.0").args(&[spec]).npm(npm)
    }

    #[test]
    fn npm_12_fetches_repositories_and_urls_only_if_allowed() {
        for (spec, code) in [(GIT, "EALLOWGIT"), ("alice/otter", "EALLOWGIT"), (URL, "EALLOWREMOTE")] {
            assert_eq!(scene(spec, Version::new(12, 0, 0)).finds(ID, 1)[0].npm_error, Some(code), "{spec}");
            scene(spec, Version::new(11, 21, 2)).undecided(ID);
        }
        for (spec, flag) in [(GIT, "--allow-git=all"), (URL, "--allow-remote=all")] {
            scene(spec, Version::new(12, 0, 0)).args(&[flag]).undecided(ID);
        }
        scene("otter@1.0.0", Version::new(12, 0, 0)).undecided(ID);
    }

    #[test]
    fn older_npm_does_not_fetch_what_is_forbidden() {
        for value in ["none", "root"] {
            let npmrc = format!("allow-remote={value}\n");
            scene(URL, Version::new(11, 19, 1)).npmrc(&npmrc).finds(ID, 1);
            scene(URL, Version::new(10, 9, 4)).npmrc(&npmrc).undecided(ID);
            scene(GIT, Version::new(11, 19, 1)).npmrc(&npmrc).undecided(ID);
        }
    }

    #[test]
    fn a_folder_name_that_npm_reads_as_a_repository_is_reported() {
        let found = |npm| {
            let scene = Scene::version("1.0.0").file("packages/otter/package.json", "{}").npm(npm);
            scene.args(&["packages/otter"]).finds(ID, 1).remove(0)
        };
        let (old, new) = (found(Version::new(11, 19, 1)), found(Version::new(12, 0, 0)));
        assert_eq!((old.npm_error, new.npm_error), (None, Some("EALLOWGIT")));
        assert!(old.help == new.help && new.help.contains("`./packages/otter`"), "{}", new.help);
    }

    #[test]
    fn folders_and_tarballs_are_published_unless_forbidden() {
        let pnpm = |version: &str| {
            let manifest = format!(r#"{{"name":"a","version":"1.0.0","packageManager":"pnpm@{version}"}}"#);
            Scene::new(&manifest).client(Manager::Pnpm).npmrc("allow-file=root\n")
        };
        assert_eq!(pnpm("10.34.9").finds(ID, 1)[0].npm_error, Some("EALLOWFILE"), "it hands a tarball over to npm");
        pnpm("11.28.11").finds(ID, 0);
        for (npm, count) in [((11, 21, 2), 0), ((12, 0, 0), 1), ((12, 0, 2), 1), ((12, 1, 0), 0)] {
            let folder = scene(".", Version::new(npm.0, npm.1, npm.2));
            folder.npmrc("allow-directory=root\nallow-file=none\n").finds(ID, count);
        }
        scene(".", Version::new(12, 0, 0)).finds(ID, 0);
    }
}
