//! Packages that npm would have to fetch before it publishes them, and does not: npm reads the package.json of what it is
//! given with nothing that says it was asked for (npm 12.2.2, lib/commands/publish.js `#getManifest`; pacote 22,
//! lib/fetcher.js `canUse`), so that of the values of these settings only `all` permits it.

use super::RULE;
use crate::npm::spec::RemoteKind;
use crate::plan::{PublishPlan, shown};
use crate::project::npm_config::{Entry, Origin, Value};
use crate::rules::diagnostic::Diagnostic;

/// What does not permit it.
pub(super) struct Refusal<'a> {
    setting: &'static str,
    /// npm's code.
    pub(super) code: &'static str,
    /// Where the setting is set; `None`: nowhere.
    entry: Option<&'a Entry>,
}

/// Why npm does not fetch something of this kind.
pub(super) fn refusal(plan: &PublishPlan, kind: RemoteKind) -> Option<Refusal<'_>> {
    let (setting, code) = match kind {
        RemoteKind::Git => ("allow-git", "EALLOWGIT"),
        RemoteKind::Url => ("allow-remote", "EALLOWREMOTE"),
        RemoteKind::Version | RemoteKind::Range | RemoteKind::Tag | RemoteKind::Alias => return None,
    };
    let fetches = plan.npm_release().fetches_by_default().filter(|_| plan.other_client().is_none())?;
    let entry = plan.config.flat(setting).filter(|entry| !matches!(entry.origin, Origin::Default));
    let is_allowed = entry.map_or(fetches, |entry| match &entry.value {
        Value::Undefined => true,
        value => value.as_text() == Some("all"),
    });
    (!is_allowed).then_some(Refusal { setting, code, entry })
}

impl Refusal<'_> {
    /// Says so of an argument, which is shown as `spec`.
    pub(super) fn diagnostic(&self, spec: &str) -> Diagnostic {
        let setting = self.setting;
        let diagnostic = Diagnostic::new(
            &RULE,
            format!("npm does not fetch `{spec}` to publish it"),
            self.why(),
            format!("pass a folder or a tarball, or `--{setting}=all`"),
        );
        let diagnostic = diagnostic.npm_error(self.code);
        match self.entry {
            Some(entry) => diagnostic.at_origin(&format!("`{setting}`"), &entry.origin, "this value"),
            None => diagnostic,
        }
    }

    /// Why: the rest of a sentence.
    pub(super) fn why(&self) -> String {
        let setting = self.setting;
        match self.entry {
            Some(entry) => format!("`{setting}` is `{}`, and npm asks for `all` before a publish", shown(&entry.value)),
            None => format!("`{setting}` is `none` by default since npm 12, and npm asks for `all` before a publish"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::npm::version::Version;

    const ID: &str = "publish-target";
    const GIT: &str = "git+https://host.example/alice/otter.git";
    const URL: &str = "https://host.example/otter.tgz";

    fn scene(spec: &str, npm: Version) -> Scene {
        Scene::version("1.0.0").args(&[spec]).npm(npm)
    }

    #[test]
    fn npm_12_fetches_no_repository_and_no_url_unless_it_is_allowed() {
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
    fn older_npm_fetches_neither_where_that_is_forbidden() {
        for value in ["none", "root"] {
            let npmrc = format!("allow-remote={value}\n");
            scene(URL, Version::new(11, 19, 1)).npmrc(&npmrc).finds(ID, 1);
            scene(URL, Version::new(10, 9, 4)).npmrc(&npmrc).undecided(ID);
            scene(GIT, Version::new(11, 19, 1)).npmrc(&npmrc).undecided(ID);
        }
    }

    #[test]
    fn a_folder_that_npm_takes_for_a_repository_stays_one() {
        let found = |npm| {
            let scene = Scene::version("1.0.0").file("packages/otter/package.json", "{}").npm(npm);
            scene.args(&["packages/otter"]).finds(ID, 1).remove(0)
        };
        let (old, new) = (found(Version::new(11, 19, 1)), found(Version::new(12, 0, 0)));
        assert_eq!((old.npm_error, new.npm_error), (None, Some("EALLOWGIT")));
        assert!(old.help == new.help && new.help.contains("`./packages/otter`"), "{}", new.help);
    }

    #[test]
    fn a_password_in_the_url_is_not_shown() {
        let spec = "https://alice:hunter2@host.example/otter.tgz";
        let found = scene(spec, Version::new(12, 0, 0)).finds(ID, 1);
        assert!(!found[0].message.contains("hunter2"), "{}", found[0].message);
    }
}
