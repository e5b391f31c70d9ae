//! What npm's policy on dual-use content asks of packages that declare it: a file that explains it, and a second factor
//! for every version.

use super::content::Making;
use super::{About, Answer, Ask, Case, Category, Input, Needs, Order, Rule, Stops};
use crate::facts::credential::Credential;
use crate::facts::{DUAL_USE, OnceAsked as _, Seen};
use crate::npm::version::Version;
use crate::plan::Login;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "content-policy",
    category: Category::Suspicious,
    summary: "a package that declares dual-use content does not follow npm's rules for it",
    npm_says: &[],
    asks: &[Ask::Packument],
    since: "0.1.0",
    stops: Stops::Registry,
    about: About::Package,
    decided_by: &[Input::Destination],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A package whose package.json declares `"contentPolicy": { "class": "dual-use" }` and that is published directly from a
CI job, by trusted publishing or with a token, or whose tarball has no `DISCLOSURE` file next to package.json. Also a
package that no longer declares it although a published version does.

### Why it matters

npm's policy on dual-use content (July 2026) requires two-factor authentication for every version of such a package,
when it is published or approved, and a file that describes what the package can do. npm is enforcing it step by step,
so it may refuse the publish.

### What to do

Stage it with `npm stage publish`, and have a maintainer approve it. Add the file, and list it in `files`. Keep the
declaration and the file in later versions.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "contentPolicy": { "class": "dual-use" }
}
```
```text index.js
exports.lodge = 1
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let manifest = &plan.package.manifest;
    let class = manifest.field("contentPolicy").and_then(|policy| policy.get("class"));
    if !case.sends_to_npmjs() {
        return Ok(vec![]);
    }
    let Some(class) = class.filter(|class| class.as_str() == Some(DUAL_USE)) else { return no_longer_declared(case) };
    let place = manifest.place(class.span());
    let mut found = Vec::new();
    if is_published_at_once(case) {
        let diagnostic = Diagnostic::new(
            &RULE,
            "a package with dual-use content would be published directly from a CI job",
            "npm's policy requires two-factor authentication for every version, which a job cannot provide",
            "use `npm stage publish`, and have a maintainer approve the version",
        );
        found.push(diagnostic.at(place.clone(), "declared here"));
    }
    if !has_disclosure(case) {
        let diagnostic = Diagnostic::new(
            &RULE,
            "a package with dual-use content has no `DISCLOSURE` file",
            "npm's policy requires one next to package.json in the tarball that says what the package can do and why",
            "write `DISCLOSURE` and add it to `files`",
        );
        found.push(diagnostic.at(place, "declared here"));
    }
    if !found.is_empty() {
        plan.package.settled()?;
    }
    Ok(found)
}

/// An earlier version declares it, and this one does not.
fn no_longer_declared(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let Some(version) = plan.package.version() else { return Ok(vec![]) };
    // Hardly any package declares it, so being unable to ask leaves nothing undecided.
    let Ok(Seen::Here(packument)) = case.packument().once_asked()? else { return Ok(vec![]) };
    if packument.find(version).is_some() {
        return Ok(vec![]);
    }
    let declared = packument.versions.iter().filter(|(_, published)| published.dual_use);
    let Some(last) = declared.filter_map(|(text, _)| Version::valid(text, false)).max() else { return Ok(vec![]) };
    plan.package.settled()?;
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("{version} does not declare dual-use content, but {last} did"),
        "npm's policy requires later versions to keep the declaration, so npm may refuse this one",
        "set `contentPolicy.class` to \"dual-use\" again, and keep the `DISCLOSURE` file",
    );
    Ok(vec![diagnostic.at(plan.package.manifest.place_of("version"), "this version")])
}

/// By what publishes without a second factor: a trusted publisher, or a token where no one-time password can be entered.
fn is_published_at_once(case: &Case<'_>) -> bool {
    let plan = case.plan;
    let is_alone = match &plan.auth.login {
        Login::TrustedPublisher => true,
        Login::Credential { credential: Credential::Token(_), .. } => plan.auth.otp.is_none(),
        _ => false,
    };
    is_alone && plan.runner.ci.is_ci && !plan.options.stage && plan.git.pushed.commit.is_none()
}

/// Also where it is not known what is packed.
fn has_disclosure(case: &Case<'_>) -> bool {
    let Some(contents) = case.contents().filter(|_| matches!(case.making(), Making::Never)) else { return true };
    contents.files.iter().any(|file| {
        let name = file.path.to_ascii_lowercase();
        name == "disclosure" || name.starts_with("disclosure.")
    })
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    fn dual_use() -> Scene {
        let manifest = r#"{"name":"left-lodge","version":"1.0.0","contentPolicy":{"class":"dual-use"}}"#;
        Scene::new(manifest).file("index.js", "")
    }

    #[test]
    fn a_declaration_needs_a_file_beside_package_json() {
        dual_use().finds(ID, 1);
        dual_use().file("DISCLOSURE", "It opens locks.").finds(ID, 0);
        dual_use().file("DISCLOSURE.md", "It opens locks.").finds(ID, 0);
        dual_use().file("docs/DISCLOSURE", "It opens locks.").finds(ID, 1);
        dual_use().private_registry().finds(ID, 0);
    }

    #[test]
    fn a_ci_job_may_stage_it_but_not_publish_it() {
        let disclosed = || dual_use().file("DISCLOSURE", "It opens locks.");
        disclosed().env("CI", "true").finds(ID, 1);
        disclosed().logged_out().identity().finds(ID, 1);
        disclosed().env("CI", "true").stage().finds(ID, 0);
        disclosed().env("CI", "true").args(&["--otp", "123456"]).finds(ID, 0);
        disclosed().logged_out().env("CI", "true").finds(ID, 0);
    }

    #[test]
    fn dropping_a_published_declaration_is_a_warning() {
        let published = r#"{"versions":{"0.9.0":{"contentPolicy":{"class":"dual-use"}},"0.9.1":{}}}"#;
        let dropped = |version| Scene::version(version).packument(published);
        let found = dropped("1.0.0").finds(ID, 1);
        assert!(!found[0].is_error() && found[0].message.contains("0.9.0"), "{found:?}");
        dropped("0.9.1").finds(ID, 0);
        let kept = dual_use().file("DISCLOSURE", "It opens locks.");
        kept.packument(published).finds(ID, 0);
        dropped("1.0.0").private_registry().finds(ID, 0);
        Scene::version("1.0.0").answer("/left-lodge", 500, "").finds(ID, 0);
    }

    #[test]
    fn other_content_policy_classes_are_ignored() {
        for policy in [r#""dual-use""#, r#"{"class":"other"}"#, "{}", "null"] {
            let manifest = format!(r#"{{"name":"left-lodge","version":"1.0.0","contentPolicy":{policy}}}"#);
            Scene::new(&manifest).no_package().env("CI", "true").finds(ID, 0);
        }
    }
}
