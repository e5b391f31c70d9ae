//! A publish of several workspaces that stops half-way, or in an order in which it should not: npm publishes them one
//! after the other as `workspaces` lists them, and stops at the first error (npm 11.19.1, lib/commands/publish.js).

use super::{Answer, Case, Category, Rule};
use crate::dependencies;
use crate::diagnostic::{Diagnostic, Severity};
use crate::json::{Type, Value};
use crate::plan::PublishPlan;

/// The rule.
pub static RULE: Rule = Rule {
    id: "workspace-partial-release",
    category: Category::Suspicious,
    summary: "a part of the workspaces would be published, in the wrong order, or inside of their root",
    npm_says: &[],
    asks: &[],
    since: "0.1.0",
    check,
    docs: r#"
### What it finds

An error in one workspace of several, at which npm would stop with those before it published. As info: a workspace that is
published before a dependency of the same run. And a root that is published although it has workspaces and no `files`, so
that its tarball takes them along; as info where it is published by itself.

### Why it matters

A version that is out cannot be taken back, and the next `npm publish --workspaces` stops at it. Who installs a package
whose new dependency is not out gets an error.

### What to do

Mend what is found before anything is published. List dependencies first in `workspaces`, or release with a tool that sorts
them, such as `pnpm -r publish`. Give the root `"private": true`, or `files`.

### Example

```json package.json
{
  "name": "root",
  "version": "1.0.0",
  "workspaces": ["packages/a"]
}
```
```json packages/a/package.json
{ "name": "left-lodge", "version": "1.0.0" }
```
"#,
};

/// How many names are told.
const SHOWN: usize = 5;

fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    if case.plan.other_client().is_some() || case.plan.dry_run.value {
        return Ok(vec![]);
    }
    let is_member = |plan: &PublishPlan| plan.workspace && !plan.is_skipped();
    let members: Vec<Member<'_>> = case
        .release
        .iter()
        .enumerate()
        .filter(|(_, plan)| is_member(plan))
        .map(|(index, plan)| Member { plan, stop: case.stops.get(index).copied().flatten() })
        .collect();
    let mut found: Vec<Diagnostic> = case.release.iter().filter_map(packs_members).collect();
    match members.iter().position(|member| member.stop.is_some()) {
        Some(at) => found.extend(stops_half_way(&members, at)),
        None => found.extend(out_of_order(&members)),
    }
    Ok(found)
}

/// A workspace that would be published, and the rule that says that npm stops there.
struct Member<'a> {
    plan: &'a PublishPlan,
    stop: Option<&'static str>,
}

/// Whether a package wants another one.
fn wants(one: &PublishPlan, other: &PublishPlan) -> bool {
    let name = other.shown_name();
    dependencies::installed(&one.manifest).iter().any(|dependency| {
        let wanted = dependency.wanted();
        wanted.as_ref().map_or(dependency.member.key, |wanted| wanted.name.as_str()) == name
    })
}

fn stops_half_way(members: &[Member<'_>], at: usize) -> Option<Diagnostic> {
    let stop = &members[at];
    let (out, rest) = (&members[..at], &members[at + 1..]);
    let (rule, name) = (stop.stop?, stop.plan.shown_name());
    if out.is_empty() {
        return None;
    }
    let after = if rest.is_empty() { String::new() } else { format!(", and {} would not", names(rest)) };
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("`npm publish` of the workspaces would stop at `{name}`, with {} of {} published", at, members.len()),
        format!("npm stops at the first error ({rule}): {} would be out by then{after}", names(out)),
        format!("mend `{name}` first: `--workspaces` does not go past versions that are out"),
    )
    .severity(Severity::Warning)
    .at(stop.plan.manifest.place_of("name"), "npm stops here");
    let missing = members[at..].iter().map(|member| member.plan);
    let torn =
        out.iter().find_map(|member| Some((member.plan, missing.clone().find(|other| wants(member.plan, other))?)));
    Some(match torn {
        Some((one, other)) => diagnostic.note(format!(
            "`{}` would be out without `{}`, which it wants",
            one.shown_name(),
            other.shown_name()
        )),
        None => diagnostic,
    })
}

/// The first one that is published before its dependency; not for long, when all goes well.
fn out_of_order(members: &[Member<'_>]) -> Option<Diagnostic> {
    let late = |at: usize| members[at + 1..].iter().find(|other| wants(members[at].plan, other.plan));
    let pairs: Vec<_> = (0..members.len()).filter_map(|at| Some((members[at].plan, late(at)?.plan))).collect();
    let (one, other) = pairs.first()?;
    let (name, wanted) = (one.shown_name(), other.shown_name());
    let more = if pairs.len() > 1 { format!(" ({} more are, too)", pairs.len() - 1) } else { String::new() };
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("`{name}` is published before `{wanted}`, which it depends on{more}"),
        "npm publishes in the order of `workspaces`: in between, the new version may not be installable",
        format!("list `{wanted}` before it in `workspaces`, or release with a tool that sorts by dependencies"),
    );
    let place = one.manifest.place_of("name");
    Some(diagnostic.severity(Severity::Info).at(place, "published first"))
}

/// Whether it is a root that packs its workspaces: npm leaves them out only where `files` or an .npmignore does.
fn packs_members(plan: &PublishPlan) -> Option<Diagnostic> {
    let workspaces = plan.manifest.field("workspaces")?;
    let list = workspaces.get("packages").unwrap_or(workspaces);
    let has_members = list.type_of() == Type::Array && list.elements().next().is_some();
    let is_published = plan.private().is_none() && !plan.is_skipped() && !plan.manifest.is_packed;
    if !has_members || !is_published || plan.manifest.field("files").is_some_and(Value::is_truthy) {
        return None;
    }
    let name = plan.shown_name();
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("`{name}` is the root of workspaces, and is published with them inside"),
        "npm packs every folder of a package that has no `files`, unless an .npmignore leaves it out",
        "write `\"private\": true` if only the workspaces are meant to be published, else `files`",
    );
    // Who publishes it by itself means to; beside its workspaces it may be there by mistake.
    let severity = if plan.workspace { Severity::Warning } else { Severity::Info };
    Some(diagnostic.severity(severity).at(plan.manifest.place_of("workspaces"), "the root's workspaces"))
}

fn names(members: &[Member<'_>]) -> String {
    let shown: Vec<_> = members.iter().take(SHOWN).map(|member| format!("`{}`", member.plan.shown_name())).collect();
    let more = members.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests;
