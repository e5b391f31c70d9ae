//! Dependencies that whoever installs the package cannot get: npm publishes without looking them up.

mod look;
mod siblings;
#[cfg(test)]
mod tests;

use self::look::{Found, Look};
use super::{About, Answer, Ask, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::{Gap, Reason, Unknown};
use crate::npm::spec::RemoteKind;
use crate::publisher::dependencies::{self, Dependency, Wanted};
use crate::rules::diagnostic::{Diagnostic, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "dependency-unavailable",
    category: Category::Correctness,
    summary: "a dependency that those who install the package cannot get",
    npm_says: &["E404", "E403", "ETARGET", "ENOVERSIONS", "No matching version found", "is not in this registry"],
    asks: &[Ask::Versions],
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

An entry of `dependencies`, `optionalDependencies` or `peerDependencies` whose name is not on the registry, is private there
although the package is public, or of which no published version satisfies the range (or has the dist-tag). Packages of the
same run count with the version they will have. For npm's public registry it looks as somebody without a login does.

It is a warning where something may still provide it: optional dependencies, which npm leaves out; peers that are
not on the registry; packages that your npm takes from another registry; every registry but npm's public one. A
warning, too: a range that the sibling published in the same run does not satisfy, so that an older one is installed.
Optional peers, bundled dependencies, repositories, tarballs and paths are not looked up. With `--client pnpm` (`yarn`, `bun`)
`workspace:` and `catalog:` are read as what that client writes in their place.

### Why it matters

The publish succeeds, and `npm install` of the package ends in `E404` or `ETARGET`.

### What to do

Publish the dependency first, or in the same run, or correct its name or range.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "dependencies": { "otter": "^2.0.0" }
}
```
```json GET /otter
{ "name": "otter", "dist-tags": { "latest": "1.4.0" }, "versions": { "1.4.0": {} } }
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let manifest = &case.plan.manifest;
    if case.plan.dry_run.value || case.plan.private().is_some() {
        return Ok(vec![]);
    }
    dependencies::all_are_read(manifest)?;
    let mut found = Vec::new();
    let mut open = Vec::new();
    let mut questions = Vec::new();
    for dependency in dependencies::installed(manifest) {
        if dependency.is_optional_peer(manifest) {
            continue;
        }
        match judge(case, dependency) {
            Ok(diagnostic) => found.extend(diagnostic),
            Err(Gap::Ask(asked)) => questions.extend(asked),
            Err(Gap::Unknown(unknown)) => {
                let is_minor = !case.plan.npmjs || dependency.field == "optionalDependencies";
                open.push((dependency.member.key.to_owned(), Unknown { is_minor, ..unknown }));
            }
        }
    }
    // All of them at once.
    if !questions.is_empty() {
        return Err(Gap::Ask(questions));
    }
    if !found.is_empty() {
        case.plan.settled()?;
    }
    conclude(found, open)
}

fn judge(case: &Case<'_>, dependency: Dependency<'_>) -> Answer<Option<Diagnostic>> {
    let written = case.plan.written(dependency)?;
    let Some(wanted) = dependency.wanted_as(written.as_ref()) else { return Ok(None) };
    let found = look_up(case, dependency, &wanted)?;
    Ok(found.map(|found| written.into_iter().fold(found, |found, written| found.note(written.note))))
}

fn look_up(case: &Case<'_>, dependency: Dependency<'_>, wanted: &Wanted) -> Answer<Option<Diagnostic>> {
    let sibling = siblings::find(case, wanted);
    if sibling.is_some_and(|sibling| siblings::provides(sibling, wanted)) {
        return Ok(None);
    }
    let look = look::look(case, wanted)?;
    let Some(sibling) = sibling.filter(|sibling| !siblings::is_out(case, sibling)) else {
        return Ok(describe(case, dependency, wanted, &look));
    };
    sibling.settled()?;
    let found = match look.found {
        Found::Version(picked) => return Ok(siblings::older(case, dependency, wanted, sibling, &picked)),
        // The first publish of a package sets `latest`, whatever its tag.
        _ if wanted.takes_latest() => return Ok(None),
        Found::Nothing | Found::NoVersion { latest: None } => {
            Found::NoVersion { latest: sibling.version.as_ref().map(ToString::to_string) }
        }
        other => other,
    };
    let found = describe(case, dependency, wanted, &Look { found, ..look });
    Ok(found.map(|diagnostic| siblings::also(diagnostic, sibling)))
}

/// What cannot be got, and why.
fn describe(case: &Case<'_>, dependency: Dependency<'_>, wanted: &Wanted, look: &Look) -> Option<Diagnostic> {
    let (name, field, spec) = (&wanted.name, dependency.field, &wanted.spec);
    let registry = &look.registry;
    let publish = format!("publish `{name}` first, or in the same run, or correct the name");
    let (message, code, help) = match &look.found {
        Found::Version(_) => return None,
        Found::Nothing => (format!("`{name}` in `{field}` is not on {registry}"), "E404", publish),
        Found::Private => (
            format!("`{name}` in `{field}` is private on {registry}, and this package is public"),
            "E404",
            format!("make `{name}` public, or this package restricted, or bundle it with `bundleDependencies`"),
        ),
        Found::NoVersion { latest: None } => (format!("`{name}` in `{field}` has no version left"), "ETARGET", publish),
        Found::NoVersion { latest: Some(latest) } if matches!(wanted.kind, RemoteKind::Tag) => (
            format!("`{name}` in `{field}` has no dist-tag `{spec}` on {registry}"),
            "ETARGET",
            format!("name a dist-tag that exists, or write a range (the latest is {latest})"),
        ),
        Found::NoVersion { latest: Some(latest) } => (
            format!("no version of `{name}` on {registry} satisfies `{spec}` in `{field}`"),
            "ETARGET",
            format!("write a range that a published version satisfies (the latest is {latest}), or publish one first"),
        ),
    };
    let is_there = matches!(look.found, Found::NoVersion { .. });
    let (is_certain, why) = match (&look.elsewhere, field) {
        (_, "optionalDependencies") => {
            (false, format!("npm leaves out an optional dependency that ends in {code}: nobody gets it"))
        }
        (Some(source), _) => (
            false,
            format!(
                "your npm takes it from {source}: without the same setting `npm install` of this package ends in {code}"
            ),
        ),
        (None, "peerDependencies") => {
            (is_there && case.plan.npmjs, format!("npm installs peers that are not there yet, which ends in {code}"))
        }
        (None, _) if !case.plan.npmjs => {
            (false, format!("`npm install` of this package ends in {code}, unless who installs it sees more than you"))
        }
        (None, _) => (true, format!("`npm install` of this package ends in {code}")),
    };
    let severity = if is_certain { Severity::Error } else { Severity::Warning };
    let place = case.plan.manifest.place(dependency.member.value.span());
    Some(Diagnostic::new(&RULE, message, why, help).severity(severity).at(place, "this dependency"))
}

/// An error outweighs what is open, and that a warning.
fn conclude(mut found: Vec<Diagnostic>, mut open: Vec<(String, Unknown)>) -> Answer<Vec<Diagnostic>> {
    open.sort_by_key(|(_, unknown)| unknown.is_minor);
    let others = open.len().saturating_sub(1);
    let Some((name, unknown)) = open.into_iter().next() else { return Ok(found) };
    let more = if others == 0 { String::new() } else { format!(" and {others} more") };
    let what = match unknown.reason {
        // Nothing was looked up of any package: said once, it is enough.
        Reason::Offline => "the dependencies".to_owned(),
        _ => format!("the dependency `{name}`{more}"),
    };
    let detail = format!("{what} could not be looked up: {}", unknown.detail);
    let certain = found.iter().any(Diagnostic::is_error);
    if certain || (unknown.is_minor && !found.is_empty()) {
        if let Some(last) = found.pop() {
            found.push(last.note(detail));
        }
        return Ok(found);
    }
    let parts = std::iter::once(detail).chain(found.into_iter().map(|diagnostic| diagnostic.message));
    Err(Unknown { detail: parts.collect::<Vec<_>>().join("; besides, "), ..unknown }.into())
}
