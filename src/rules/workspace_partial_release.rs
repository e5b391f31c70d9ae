//! A publish of several workspaces that fails halfway, or in the wrong order: npm publishes them one after the other as
//! `workspaces` lists them, and stops at the first error (npm 11.19.1, lib/commands/publish.js).

mod root;

use std::collections::HashMap;

use super::{About, Category, Needs, Order, Outcome, Release, Rule, Stops};
use crate::plan::PublishPlan;
use crate::publisher::dependencies;
use crate::rules::diagnostic::{Diagnostic, Severity};
use crate::text::count::plural;

/// The rule.
pub static RULE: Rule = Rule {
    id: "workspace-partial-release",
    category: Category::Suspicious,
    summary: "only some workspaces would be published, or in the wrong order, or the root by mistake",
    npm_says: &[],
    asks: &[],
    since: "0.1.0",
    stops: Stops::Nowhere,
    about: About::Release,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A release of a workspace that would be incomplete, in the wrong order, or include the root by mistake.

- An error in one of several workspaces: npm would fail there, after publishing the workspaces before it.
- As an info: a workspace that is published before a dependency from the same run.
- A root with `workspaces` that would itself be published, probably by mistake: it is not private, has no `files`, nothing to
  use such as `main`, `exports` or `bin`, and no .npmignore that excludes its workspaces.

### Why it matters

A published version cannot be replaced, and the next `npm publish --workspaces` fails because of it. Until a new dependency is
published, installing the packages that need it fails. A root is published with the files of all its workspaces in its
tarball, often under a name that was never meant for the registry.

### What to do

Fix the errors before you publish anything. List dependencies first in `workspaces`, or release with a tool that sorts them,
such as `pnpm -r publish`. Set `private` in a root that should not be published, and `files` in one that should.

### Example

```json package.json
{ "private": true, "workspaces": ["packages/a", "packages/b"] }
```
```json packages/a/package.json
{ "name": "left-lodge", "version": "1.0.0", "dependencies": { "right-lodge": "^1.0.0" } }
```
```json packages/b/package.json
{ "name": "right-lodge", "version": "1.0.0" }
```
```sh
npm publish --workspaces
```
"#,
};

/// How many names are listed.
const SHOWN: usize = 5;

pub(super) fn check(release: &Release<'_>, outcomes: &[Outcome]) -> Vec<Diagnostic> {
    let is_npms = |plan: &PublishPlan| plan.runner.other_client().is_none() && !plan.options.dry_run.value;
    if !release.plans.first().is_some_and(is_npms) {
        return vec![];
    }
    let plans = || release.plans.iter().zip(outcomes.iter().copied());
    let workspaces = plans().filter(|(plan, _)| plan.package.workspace && plan.package.private().is_none());
    let (left_out, members): (Vec<_>, Vec<_>) = workspaces.partition(|(_, outcome)| *outcome == Outcome::Skipped);
    let stop = members.iter().enumerate().find_map(|(at, (_, outcome))| match outcome {
        Outcome::Fails(rule) => Some((at, *rule)),
        _ => None,
    });
    let members: Vec<&PublishPlan> = members.into_iter().map(|(plan, _)| plan).collect();
    let found = match stop {
        Some((at, rule)) => fails_midway(&members, at, rule, left_out.is_empty()),
        // A tool that skips some has an order of its own.
        None => out_of_order(&members).filter(|_| left_out.is_empty()),
    };
    // In which order a release tool publishes is its own affair: most sort by dependencies.
    let found = found.filter(|_| !release.plans.iter().any(|plan| plan.runner.tool.is_some()));
    let roots =
        plans().filter(|(_, outcome)| *outcome != Outcome::Skipped).filter_map(|(plan, _)| root::published(plan));
    found.into_iter().chain(roots).collect()
}

/// The names of a package's dependencies.
fn wanted(plan: &PublishPlan) -> impl Iterator<Item = String> {
    dependencies::installed(&plan.package.manifest).into_iter().map(|dependency| {
        let wanted = dependency.wanted();
        wanted.map_or_else(|| dependency.member.key.to_owned(), |wanted| wanted.name.as_str().to_owned())
    })
}

/// Where each of some packages is in the order of the run; of two with one name the later.
fn places<'a>(members: &[&'a PublishPlan]) -> HashMap<&'a str, usize> {
    members.iter().enumerate().map(|(at, plan)| (plan.package.shown_name(), at)).collect()
}

fn fails_midway(members: &[&PublishPlan], at: usize, rule: &str, by_npm: bool) -> Option<Diagnostic> {
    let (out, rest) = (&members[..at], &members[at + 1..]);
    let (plan, name) = (members[at], members[at].package.shown_name());
    if out.is_empty() {
        return None;
    }
    let after = if rest.is_empty() { String::new() } else { format!(", but not {}", names(rest)) };
    let (what, who, help) = match (by_npm, plan.options.stage) {
        (true, true) => {
            ("`npm stage publish`", "npm", "`npm stage publish --workspaces` fails at versions that are already staged")
        }
        (true, false) => {
            ("`npm publish`", "npm", "`npm publish --workspaces` fails at versions that are already published")
        }
        (false, true) => {
            ("the release", "a tool that stages one after the other", "staged versions wait for their approval")
        }
        (false, false) => {
            ("the release", "a tool that publishes one after the other", "published versions cannot be taken back")
        }
    };
    let verb = plan.options.verb();
    let doing = if plan.options.stage { "staging" } else { "publishing" };
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("{what} would fail at `{name}`, after {doing} {at} of {} workspaces", members.len()),
        format!("{who} stops at the first error ({rule}), after {doing} {}{after}", names(out)),
        format!("fix `{name}` before you {verb}; {help}"),
    )
    .severity(Severity::Warning)
    .at(plan.package.manifest.place_of("name"), "the publish fails here");
    let missing = places(&members[at..]);
    let torn = out.iter().find_map(|one| {
        let other = wanted(one).find(|name| missing.contains_key(name.as_str()))?;
        Some(format!("`{}` would be published before `{other}`, which it depends on", one.package.shown_name()))
    });
    Some(match torn {
        Some(note) => diagnostic.note(note),
        None => diagnostic,
    })
}

/// The first one that is published before its dependency; not for long, when all goes well.
fn out_of_order(members: &[&PublishPlan]) -> Option<Diagnostic> {
    let places = places(members);
    let late = |(at, one): (usize, &&PublishPlan)| {
        wanted(one).filter_map(|name| places.get(name.as_str()).copied()).filter(|other| *other > at).min()
    };
    let pairs: Vec<_> = members.iter().enumerate().filter_map(|one| Some((*one.1, members[late(one)?]))).collect();
    let (one, other) = pairs.first()?;
    let (name, wanted) = (one.package.shown_name(), other.package.shown_name());
    let more = match pairs.len() - 1 {
        0 => String::new(),
        more => format!(" (and {})", plural(more, "other package")),
    };
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("`{name}` would be published before `{wanted}`, which it depends on{more}"),
        "npm publishes in the order of `workspaces`, so the new version may not be installable until its dependency \
            is published",
        format!("list `{wanted}` before it in `workspaces`, or release with a tool that sorts by dependencies"),
    );
    let place = one.package.manifest.place_of("name");
    Some(diagnostic.severity(Severity::Info).at(place, "published first"))
}

fn names(members: &[&PublishPlan]) -> String {
    let shown: Vec<_> = members.iter().take(SHOWN).map(|plan| format!("`{}`", plan.package.shown_name())).collect();
    let more = members.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests;
