//! Where the source code is.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::plan::PublishPlan;
use crate::plan::contents::is_licence;
use crate::rules::diagnostic::{Diagnostic, Fix};
use crate::text::json::Value;

/// The rule.
pub static RULE: Rule = Rule {
    id: "repository-missing",
    category: Category::Advice,
    summary: "package.json has no `repository`",
    npm_says: &[],
    asks: &[],
    since: "0.1.0",
    stops: Stops::Nowhere,
    about: About::Package,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A package for npm's registry with a `description` and a licence file, and without `repository`. For a publish with provenance, see `provenance-repository`.

### Why it matters

Users cannot find the source code or report a problem, and tools that update dependencies find no release notes.

### What to do

Set `repository`, and in a monorepo `repository.directory`.

`lint --fix` does both if git has only one remote, on GitHub, GitLab or Bitbucket.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "description": "A lodge, left"
}
```
```text LICENSE
MIT
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    // A licence text is for others, who will look for the source.
    let has_licence = case.contents().is_some_and(|contents| contents.files.iter().any(|file| is_licence(&file.path)));
    let is_there = plan.package.manifest.field("repository").is_some_and(Value::is_truthy);
    if is_there || !has_licence || !case.is_described() || plan.provenance.wanted.value || plan.adds_provenance() {
        return Ok(vec![]);
    }
    plan.package.settled()?;
    let message = "package.json has no `repository`";
    let why = "users of the package cannot find its source code or report a problem";
    let help = "set `repository` to the address of the git repository";
    let diagnostic = Diagnostic::new(&RULE, message, why, help).at(plan.package.manifest.place_of("repository"), "");
    Ok(vec![diagnostic.fix(mended(plan))])
}

/// The address is that of the only remote, and of what the CI job builds, if there is one.
fn mended(plan: &PublishPlan) -> Option<Fix> {
    let cloned = plan.git.cloned.as_ref()?;
    let built = plan.runner.ci.repository.as_ref().map(|built| format!("git+{built}.git"));
    let directory = cloned.directory(&plan.package.manifest.folder)?;
    let (place, text) = plan.package.manifest.naming_repository(&cloned.url, Some(&directory))?;
    let is_decided = built.is_none_or(|built| built == cloned.url);
    is_decided.then(|| Fix::replace(format!("set `repository` to `{}`", cloned.url), place, text))
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn the_fix_writes_the_remote_as_npm_normalizes_it() {
        let config = "[remote \"origin\"]\n\turl = git@github.com:alice/left-lodge.git\n";
        let package = "{\n  \"name\": \"left-lodge\",\n  \"version\": \"1.0.0\",\n  \"description\": \"A lodge\"\n}\n";
        let scene = |root: &str| {
            let scene = Scene::new(package).file("LICENSE", "").file("index.js", "");
            scene.file(&format!("{root}.git/HEAD"), "x").file(&format!("{root}.git/config"), config)
        };
        let url = "\"url\": \"git+https://github.com/alice/left-lodge.git\"";
        let mended = scene("").mended(ID);
        let expected = format!("  \"repository\": {{\n    \"type\": \"git\",\n    {url}\n  }}\n}}\n");
        assert!(mended.text("package.json").ends_with(&expected), "{}", mended.text("package.json"));
        mended.finds(ID, 0);
        let member = scene("/").mended(ID);
        assert!(member.text("package.json").contains("\"directory\": \"project\""));
        let in_ci = |repository| {
            let scene = scene("").env("GITHUB_ACTIONS", "true").env("GITHUB_SERVER_URL", "https://github.com");
            scene.env("GITHUB_REPOSITORY", repository).finds(ID, 1)[0].fix.is_some()
        };
        assert_eq!((in_ci("alice/left-lodge"), in_ci("bob/fork")), (true, false));
    }

    #[test]
    fn only_public_packages_need_a_repository() {
        let scene =
            || Scene::new(r#"{"name":"left-lodge","version":"1.0.0","description":"A lodge"}"#).file("LICENSE", "");
        scene().finds(ID, 1);
        scene().private_registry().finds(ID, 0);
        scene().args(&["--access", "restricted"]).finds(ID, 0);
        Scene::version("1.0.0").finds(ID, 0);
        Scene::new(
            r#"{"name":"left-lodge","version":"1.0.0","description":"A lodge","repository":"alice/left-lodge"}"#,
        )
        .finds(ID, 0);
    }
}
