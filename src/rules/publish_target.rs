//! What keeps npm from starting on the package that is meant: an argument it does not take for a folder, a configuration
//! it stops at, a script that publishes while npm publishes.

mod configuration;
mod packing;
mod request;
mod scripts;
mod staging;

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::{Gap, Reason};
use crate::plan::discover::Obstacle;
use crate::rules::diagnostic::{Diagnostic, Fix};

/// The rule.
pub static RULE: Rule = Rule {
    id: "publish-target",
    category: Category::Correctness,
    summary: "npm would stop before it looks at the package, publish something else, or the same package without end",
    npm_says: &[
        "E404",
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

`npm publish dist` where a folder `dist` exists: npm takes a bare word for a package of the registry and `a/b` for a
repository on GitHub; a tarball that cannot be read; settings that exclude each other, and others at which npm stops,
such as a `cafile` that is a folder, an unknown `loglevel` or a `fetch-timeout` that is no number; an .npmignore or
.gitignore that is a folder, and a README, LICENSE or `main` that you may not read (undecided where a script that runs
before npm packs may mend it); `--stage` with an npm that has no `npm stage`. And a lifecycle script of
`npm publish` that itself runs `npm publish` for the same package.

### Why it matters

npm downloads that other package and tries to publish it. Its message about a setting often does not name it. A script that publishes starts the whole publish again, without
end.

### What to do

Write `./dist`; correct the setting the diagnostic points at; give the script another name, such as `release`.

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
    match &plan.obstacle {
        Some(Obstacle::Remote { spec, exists: true }) => {
            let diagnostic = Diagnostic::new(
                &RULE,
                format!("`npm publish {spec}` does not publish the folder `{spec}`"),
                "npm takes it for a package of the registry or a repository on GitHub, fetches that and publishes it",
                format!("write `./{spec}`"),
            )
            .fix(Fix::command("name the folder", format!("npm publish ./{spec}")));
            return Ok(vec![diagnostic]);
        }
        Some(Obstacle::Remote { spec, exists: false }) => {
            let detail = format!("`{spec}` is no folder or tarball here: npm would fetch it and publish what it gets");
            return Err(Gap::unknown(Reason::Unsupported, detail));
        }
        Some(Obstacle::Senseless { spec, why, code }) => {
            let mut diagnostic = Diagnostic::new(
                &RULE,
                format!("npm can make nothing of the argument `{spec}`"),
                why.clone(),
                "give a folder as `./dist`, or a tarball",
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
            return Err(Gap::unknown(Reason::Unsupported, format!("`{path}` was not judged: {why}")));
        }
        Some(_) => return Ok(vec![]),
        None => {}
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
    use super::Obstacle;
    use crate::commands::testing::Scene;

    #[test]
    fn a_stray_word_beside_folders_is_found() {
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
    fn a_bare_word_is_no_folder() {
        let scene = Scene::version("1.0.0");
        let mut plan = scene.plan();
        plan.obstacle = Some(Obstacle::Remote { spec: "dist".to_owned(), exists: true });
        assert!(scene.check_plan("publish-target", &plan).unwrap()[0].help.contains("`./dist`"));
        plan.obstacle = Some(Obstacle::Remote { spec: "dist".to_owned(), exists: false });
        scene.check_plan("publish-target", &plan).unwrap_err();
        let (path, why) = ("x.tgz".to_owned(), "it is what it is".to_owned());
        plan.obstacle = Some(Obstacle::LargeTarball { path: path.clone(), why: why.clone() });
        scene.check_plan("publish-target", &plan).unwrap_err();
        plan.obstacle = Some(Obstacle::Tarball { path, why });
        assert_eq!(scene.check_plan("publish-target", &plan).unwrap().len(), 1);
    }
}
