//! What keeps npm from publishing the intended package: an argument that npm does not read as a folder, a configuration
//! that makes it fail, a script that runs `npm publish` while npm publishes.

mod configuration;
mod fetching;
mod packing;
mod request;
mod scripts;
mod staging;

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::{Gap, Reason, Unknown};
use crate::plan::discover::Obstacle;
use crate::rules::diagnostic::{Diagnostic, Fix, Severity};
use fetching::Given;

/// The rule.
pub static RULE: Rule = Rule {
    id: "publish-target",
    category: Category::Correctness,
    summary: "npm would fail before it reads the package, publish something else, or recurse forever",
    npm_says: &[
        "E404",
        "EALLOWGIT",
        "EALLOWREMOTE",
        "EALLOWFILE",
        "EALLOWDIRECTORY",
        "EUSAGE",
        "EUNKNOWNCOMMAND",
        "cannot be provided when using",
        "double-loading config",
        "is not a function",
        "Exit handler never called",
        "Invalid time value",
        "minTimeout is greater than maxTimeout",
        "ERR_INVALID_ARG_TYPE",
        "ERR_OUT_OF_RANGE",
    ],
    asks: &[],
    since: "0.1.0",
    stops: Stops::ClientEarly,
    about: About::Target,
    decided_by: &[],
    needs: Needs::Argument,
    for_private: true,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

An argument, setting or script that makes npm fail before it reads the package, publish something else, or recurse forever.

- `npm publish dist` when there is a folder `dist`: npm reads a bare word as the name of a package on the registry, and
  `a/b` as a repository on GitHub.
- A URL or a git repository that npm does not fetch: npm 12 fetches them only if `allow-remote` or `allow-git` is `all`.
  Also a tarball if `allow-file` is not `all`. A warning where npm fetches it: what is there is not checked.
- A tarball that cannot be read.
- Settings that exclude each other, and settings that make npm fail, such as a `cafile` that is a folder, an unknown
  `loglevel` or a `fetch-timeout` that is not a number.
- An .npmignore or .gitignore that is a folder, and a README, LICENSE or `main` that you have no permission to read.
  This is undecided if a script that runs before npm packs may fix it.
- `--stage` with an npm that has no `npm stage`.
- A lifecycle script of `npm publish` that itself runs `npm publish` for the same package.

### Why it matters

npm downloads the other package and tries to publish that. When a setting is wrong, npm's error message often does not name
it. A script that publishes starts the whole publish again, forever.

### What to do

Write `./dist`, correct the setting that the diagnostic points at, or rename the script, for example to `release`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "scripts": { "publish": "npm publish --access public" }
}
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    if let Some(diagnostic) = configuration::fatal(plan) {
        return Ok(vec![diagnostic]);
    }
    if let Some(diagnostic) = staging::unknown(plan) {
        return Ok(vec![diagnostic]);
    }
    match &plan.selection.obstacle {
        Some(Obstacle::Remote { spec, exists: true, kind }) => {
            let mut diagnostic = Diagnostic::new(
                &RULE,
                format!("`npm publish {spec}` does not publish the folder `{spec}`"),
                "npm reads it as a package on the registry or a repository on GitHub, and would download and publish that",
                format!("write `./{spec}`"),
            )
            .fix(Fix::command("publish the folder", format!("npm publish ./{spec}")));
            if let Some(refusal) = fetching::refusal(plan, Given::Remote(*kind)) {
                diagnostic.why = format!("npm reads it as a repository on GitHub, and {}", refusal.why());
                diagnostic.npm_error = Some(refusal.code);
            }
            return Ok(vec![diagnostic]);
        }
        Some(Obstacle::Remote { spec, exists: false, kind }) => {
            if let Some(refusal) = fetching::refusal(plan, Given::Remote(*kind)) {
                return Ok(vec![refusal.diagnostic()]);
            }
            let detail = format!("the package that `{spec}` names was not checked");
            let open = Unknown::new(Reason::Unsupported, detail);
            if plan.runner.other_client().is_some() {
                return Err(open.into());
            }
            let help = if spec.contains(':') {
                "download the tarball and publish that, or publish a folder, such as `./dist`".to_owned()
            } else {
                format!("write `./{spec}` to publish a folder")
            };
            let why =
                format!("`{spec}` is not a folder or tarball here, so npm downloads what it names and publishes that");
            let found =
                Diagnostic::new(&RULE, format!("`npm publish {spec}` publishes nothing of this folder"), why, help);
            return Ok(vec![found.severity(Severity::Warning).leaves_open(open)]);
        }
        Some(Obstacle::Senseless { spec, why, code }) => {
            let mut diagnostic = Diagnostic::new(
                &RULE,
                format!("npm cannot parse the argument `{spec}`"),
                why.clone(),
                "pass a folder, such as `./dist`, or a tarball",
            );
            diagnostic.npm_error = *code;
            return Ok(vec![diagnostic]);
        }
        Some(Obstacle::Tarball { path, why }) => {
            let diagnostic = Diagnostic::new(
                &RULE,
                format!("`{path}` cannot be published"),
                why.clone(),
                "pack the package again with `npm pack`",
            );
            return Ok(vec![diagnostic]);
        }
        Some(Obstacle::LargeTarball { path, why }) => {
            return Err(Gap::unknown(Reason::Unsupported, format!("`{path}` was not checked: {why}")));
        }
        Some(_) => return Ok(vec![]),
        None => {}
    }
    if let Some(refusal) = fetching::refusal(plan, Given::on_disk(plan)) {
        return Ok(vec![refusal.diagnostic()]);
    }
    let unpacked = packing::unreadable(plan);
    let stops = unpacked.as_ref().ok().cloned().flatten().or_else(|| request::stops(plan));
    let found = stops.map_or_else(|| scripts::recursive(plan), |diagnostic| vec![diagnostic]);
    if found.is_empty() {
        unpacked?;
        request::patience(plan)?;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{Obstacle, Severity};
    use crate::commands::testing::Scene;
    use crate::npm::spec::RemoteKind;

    #[test]
    fn an_extra_word_next_to_folders_is_reported() {
        let scene = Scene::version("1.0.0").file("b/package.json", r#"{"name":"b","version":"1.0.0"}"#);
        let plans = scene.args(&[".", "./b", "next"]).plans();
        let found: Vec<_> =
            plans.iter().map(|plan| Scene::version("1.0.0").check_plan("publish-target", plan)).collect();
        assert!(
            matches!(&found[..], [Ok(here), Ok(there), Ok(stray)] if here.is_empty() && there.is_empty() && stray[0].npm_error == Some("EUSAGE")),
            "{found:?}"
        );
    }

    #[test]
    fn a_bare_word_is_not_a_folder() {
        let scene = Scene::version("1.0.0");
        let mut plan = scene.plan();
        let remote = |exists| Obstacle::Remote { spec: "dist".to_owned(), exists, kind: RemoteKind::Range };
        plan.selection.obstacle = Some(remote(true));
        assert!(scene.check_plan("publish-target", &plan).unwrap()[0].help.contains("`./dist`"));
        plan.selection.obstacle = Some(remote(false));
        let found = scene.check_plan("publish-target", &plan).unwrap();
        assert_eq!(
            (found[0].severity, found[0].open.is_some()),
            (Severity::Warning, true),
            "and nothing is known of it"
        );
        let (path, why) = ("x.tgz".to_owned(), "it is what it is".to_owned());
        plan.selection.obstacle = Some(Obstacle::LargeTarball { path: path.clone(), why: why.clone() });
        scene.check_plan("publish-target", &plan).unwrap_err();
        plan.selection.obstacle = Some(Obstacle::Tarball { path, why });
        assert_eq!(scene.check_plan("publish-target", &plan).unwrap().len(), 1);
    }
}
