//! Dependencies that cannot be installed by the users of the package: npm publishes without looking them up.

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
    summary: "a dependency that users of the package cannot install",
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

An entry of `dependencies`, `optionalDependencies` or `peerDependencies` that is not on the registry, that is private while
this package is public, or that has no published version matching the range or dist-tag. Packages published in the same run
count with their new version. On npm's public registry, dependencies are looked up without logging in.

It is a warning if the dependency may still be available, or is not required: optional dependencies, which npm skips; peer
dependencies that are not on the registry; packages that your npm gets from another registry; and every registry other than
npm's public one. It is also a warning if the range does not match the version of a package published in the same run, so
that an older one is installed.

Optional peer dependencies, bundled dependencies, git repositories, tarballs and paths are not looked up. With
`--client pnpm` (or `yarn`, `bun`), `workspace:` and `catalog:` are replaced the way that package manager replaces them.

### Why it matters

The publish succeeds, but installing the package fails with `E404` or `ETARGET`.

### What to do

Publish the dependency first or in the same run, or correct its name or range.

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
    let manifest = &case.plan.package.manifest;
    if case.plan.options.dry_run.value || case.plan.package.private().is_some() {
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
        match check_dependency(case, dependency) {
            Ok(diagnostic) => found.extend(diagnostic),
            Err(Gap::Ask(asked)) => questions.extend(asked),
            Err(Gap::Unknown(unknown)) => {
                let is_minor = !case.plan.destination.npmjs || dependency.field == "optionalDependencies";
                open.push((dependency.member.key.to_owned(), Unknown { is_minor, ..unknown }));
            }
        }
    }
    // All of them at once.
    if !questions.is_empty() {
        return Err(Gap::Ask(questions));
    }
    if !found.is_empty() {
        case.plan.package.settled()?;
    }
    conclude(found, open)
}

fn check_dependency(case: &Case<'_>, dependency: Dependency<'_>) -> Answer<Option<Diagnostic>> {
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
    let Some(sibling) = sibling.filter(|sibling| !siblings::is_published(case, sibling)) else {
        return Ok(describe(case, dependency, wanted, &look));
    };
    sibling.package.settled()?;
    let found = match look.found {
        Found::Version(picked) => return Ok(siblings::older(case, dependency, wanted, sibling, &picked)),
        // The first publish of a package sets `latest`, whatever its tag.
        _ if wanted.takes_latest() => return Ok(None),
        Found::Nothing | Found::NoVersion { latest: None } => {
            Found::NoVersion { latest: sibling.package.version().map(ToString::to_string) }
        }
        other => other,
    };
    let found = describe(case, dependency, wanted, &Look { found, ..look });
    Ok(found.map(|diagnostic| siblings::also(diagnostic, sibling)))
}

/// What is not available, and why.
fn describe(case: &Case<'_>, dependency: Dependency<'_>, wanted: &Wanted, look: &Look) -> Option<Diagnostic> {
    let (name, field, spec) = (&wanted.name, dependency.field, &wanted.spec);
    let registry = &look.registry;
    let publish = format!("publish `{name}` first or in the same run, or correct the name");
    let (message, code, help) = match &look.found {
        Found::Version(_) => return None,
        Found::Nothing => (format!("`{name}` in `{field}` is not on {registry}"), "E404", publish),
        Found::Private => (
            format!("`{name}` in `{field}` is private on {registry}, but this package is public"),
            "E404",
            format!("make `{name}` public, make this package restricted, or bundle it with `bundleDependencies`"),
        ),
        Found::NoVersion { latest: None } => {
            (format!("`{name}` in `{field}` has no published version"), "ETARGET", publish)
        }
        Found::NoVersion { latest: Some(latest) } if matches!(wanted.kind, RemoteKind::Tag) => (
            format!("`{name}` in `{field}` has no dist-tag `{spec}` on {registry}"),
            "ETARGET",
            format!("use a dist-tag that exists, or a version range (the latest version is {latest})"),
        ),
        Found::NoVersion { latest: Some(latest) } => (
            format!("no version of `{name}` on {registry} matches `{spec}` in `{field}`"),
            "ETARGET",
            format!(
                "use a range that matches a published version (the latest version is {latest}), or publish one first"
            ),
        ),
    };
    let is_there = matches!(look.found, Found::NoVersion { .. });
    let (is_certain, why) = match (&look.elsewhere, field) {
        (_, "optionalDependencies") => {
            (false, format!("npm skips an optional dependency that fails with {code}, so it is never installed"))
        }
        (Some(source), _) => (
            false,
            format!("your npm gets it from {source}; without that setting, installing this package fails with {code}"),
        ),
        (None, "peerDependencies") => (
            is_there && case.plan.destination.npmjs,
            format!("npm installs missing peer dependencies, which fails with {code}"),
        ),
        (None, _) if !case.plan.destination.npmjs => {
            (false, format!("installing this package fails with {code} for users who cannot see more than you"))
        }
        (None, _) => (true, format!("installing this package fails with {code}")),
    };
    let severity = if is_certain { Severity::Error } else { Severity::Warning };
    let place = case.plan.package.manifest.place(dependency.member.value.span());
    Some(Diagnostic::new(&RULE, message, why, help).severity(severity).at(place, "this dependency"))
}

/// An error is reported in spite of what is unknown; what is unknown comes before a warning.
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
    Err(Unknown { detail: parts.collect::<Vec<_>>().join("; also, "), ..unknown }.into())
}
