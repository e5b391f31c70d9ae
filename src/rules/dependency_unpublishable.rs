//! Dependencies that work only on the author's machine: npm publishes them as they are written, and the npm of whoever
//! installs the package parses them with `npm-package-arg` (as shipped with npm 11.19.1) in another folder. Another client
//! writes something else for some of them, and stops where it cannot.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::Unknown;
use crate::npm::spec::{Spec, SpecError, classify_dependency};
use crate::publisher::dependencies::local::{Refused, Replacement};
use crate::publisher::dependencies::{self, Dependency, FOLDER};
use crate::publisher::{Client, Manager};
use crate::rules::diagnostic::{Diagnostic, Fix, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "dependency-unpublishable",
    category: Category::Correctness,
    summary: "a dependency is specified in a way that nobody else can install",
    npm_says: &[
        "EUNSUPPORTEDPROTOCOL",
        "Unsupported URL Type",
        "EINVALIDTAGNAME",
        "ENOENT",
        "ERR_PNPM_CANNOT_RESOLVE_WORKSPACE_PROTOCOL",
        "ERR_PNPM_CATALOG_ENTRY_NOT_FOUND_FOR_SPEC",
        "ERR_PNPM_CATALOG_ENTRY_INVALID_WORKSPACE_SPEC",
        "ERR_PNPM_CATALOG_ENTRY_INVALID_RECURSIVE_DEFINITION",
        "ERR_PNPM_CATALOG_ENTRY_INVALID_SPEC",
        "No local workspace found for this range",
        "Failed to resolve workspace version",
        "Failed to resolve catalog version",
    ],
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

An entry of `dependencies`, `optionalDependencies` or `peerDependencies` that npm cannot install from the registry: a
protocol of another package manager (`workspace:`, `catalog:`, `link:`, `portal:`, `patch:`), a path (`file:../x`, `../x`,
`/x`, `~/x`), or text that is not a version range. Bundled dependencies are not reported, because they are part of the
package.

A path to a folder inside the package is a warning, because it works if that folder is packed. `workspace:` or `catalog:` in
a project that uses pnpm, Yarn or Bun is also a warning, because those package managers replace it with a version range when
they publish. With `--client npm` it is an error, as it is with Yarn 1, which replaces nothing.

With `--client pnpm` (or `yarn`, `bun`) it is an error if that package manager has nothing to write, in
`devDependencies`, too: no package in the workspace has that name, or it has no version; the catalog has no such entry;
or the package is not installed, which pnpm before 11.28.0 and 12.7.0 needs to know its version (with `--skip-published`
this is a warning, because a later job may install it). It is also an error if Yarn publishes `workspace:` unchanged
because the range does not match the version in the workspace.

### Why it matters

`npm publish` sends the text unchanged and succeeds. Anyone who then installs the package gets an error, or the
dependency is missing. pnpm, Yarn and Bun fail on what they cannot replace.

### What to do

Publish with the package manager whose protocol it is (`pnpm publish`, `yarn npm publish`, `bun publish`), which writes the
range for you. Or write a version range yourself, and publish the dependency too.

### Example

```json package.json
{
  "name": "@acme/core",
  "version": "1.0.0",
  "dependencies": { "@acme/util": "workspace:^" }
}
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let manifest = &case.plan.package.manifest;
    let (mut found, open) = refused(case);
    let all = dependencies::installed(manifest);
    found.extend(all.into_iter().filter_map(|dependency| check_dependency(case, dependency)));
    if !found.iter().any(Diagnostic::is_error) {
        dependencies::all_are_read(manifest)?;
        if let Some(unknown) = open {
            return Err(unknown.into());
        }
    }
    if !found.is_empty() {
        case.plan.package.settled()?;
    }
    // A monorepo has hundreds of them, with one answer.
    let is_of_client = |one: &Diagnostic| !one.notes.is_empty();
    let more = found.iter().filter(|one| is_of_client(one)).count().saturating_sub(1);
    let first = found.iter().position(is_of_client).unwrap_or_default();
    let all = std::mem::take(&mut found).into_iter().enumerate();
    found.extend(all.filter(|(at, one)| *at == first || !is_of_client(one)).map(|(_, one)| one));
    if let Some(one) = found.iter_mut().find(|one| is_of_client(one)).filter(|_| more > 0) {
        let dependencies = if more == 1 { "dependency of this package is" } else { "dependencies of this package are" };
        one.notes.push(format!("{more} more {dependencies} written this way"));
    }
    Ok(found)
}

/// What the client that publishes fails on, and why it is not known whether it does.
fn refused(case: &Case<'_>) -> (Vec<Diagnostic>, Option<Unknown>) {
    let manifest = &case.plan.package.manifest;
    let (mut found, mut open, mut not_installed) = (Vec::new(), None, 0);
    for dependency in dependencies::everywhere(manifest) {
        let refused = match case.plan.replacement(dependency) {
            Ok(Replacement::Refused(refused)) => refused,
            Ok(_) => continue,
            Err(unknown) => {
                open.get_or_insert(Unknown {
                    is_minor: unknown.is_minor || case.plan.selection.skips_private,
                    ..unknown
                });
                continue;
            }
        };
        not_installed += usize::from(refused.is_not_installed);
        // One install fixes all of them.
        if !refused.is_not_installed || not_installed == 1 {
            found.push(diagnostic_of(case, dependency, refused));
        }
    }
    (found, open)
}

fn diagnostic_of(case: &Case<'_>, dependency: Dependency<'_>, refused: Refused) -> Diagnostic {
    let Dependency { field, member, spec } = dependency;
    let Refused { what, why, help, code, is_not_installed } = refused;
    let place = case.plan.package.manifest.place(member.value.span());
    let message = format!("`{}` in `{field}` is `{spec}`, but {what}", member.key);
    let mut found = Diagnostic::new(&RULE, message, why, help).at(place, "cannot be replaced");
    found.npm_error = code;
    if is_not_installed {
        found = found.fix(Fix::command("install the dependencies", "pnpm install"));
    }
    // A later job may install, or the release tool does.
    if is_not_installed && case.plan.selection.skips_private { found.severity(Severity::Warning) } else { found }
}

fn check_dependency(case: &Case<'_>, dependency: Dependency<'_>) -> Option<Diagnostic> {
    let manifest = &case.plan.package.manifest;
    let Dependency { field, member, spec: own } = dependency;
    let written = match case.plan.replacement(dependency) {
        Ok(Replacement::Nothing) => None,
        Ok(Replacement::Written(written)) => Some(written),
        Ok(Replacement::Refused(_)) | Err(_) => return None,
    };
    let spec = written.as_ref().map_or(own, |written| written.spec.as_str());
    let name = member.key;
    let diagnostic = |message: String, why: String, help: String| {
        let place = manifest.place(member.value.span());
        let label = if written.is_some() { "replaced when it is published" } else { "published unchanged" };
        Diagnostic::new(&RULE, message, why, help).at(place, label)
    };
    let message = format!("`{name}` in `{field}` is published as `{spec}`, which nobody else can install");
    let range = "publish that package and write a version range here, or bundle it with `bundleDependencies`";
    Some(match classify_dependency(name, spec, FOLDER) {
        Ok(Spec::Remote(..)) => return None,
        Ok(Spec::Directory(path)) if path.starts_with(FOLDER) && !path.contains("..\\") => {
            let why =
                "this works only if the folder is packed; a version range works wherever the package is installed";
            let message = format!("`{name}` in `{field}` is published as the path `{spec}` inside the package");
            diagnostic(message, why.to_owned(), range.to_owned()).severity(Severity::Warning)
        }
        Ok(Spec::Directory(_)) => {
            let why = "the path points outside the package, where other machines have something else or nothing";
            diagnostic(message, why.to_owned(), range.to_owned())
        }
        Ok(Spec::Tarball(_)) => {
            let why =
                "npm looks for that file before it unpacks the package, so installing the package fails with ENOENT";
            diagnostic(message, why.to_owned(), range.to_owned())
        }
        Err(error) => {
            let protocol = spec.split_once(':').map_or("", |(protocol, _)| protocol).to_ascii_lowercase();
            let tool = case.plan.runner.tool.as_ref().filter(|_| !manifest.is_packed);
            if tool.is_some_and(|tool| tool.replaces(&protocol)) {
                return None;
            }
            if !matches!(error, SpecError::Protocol) {
                let why = format!("npm fails to install the package: {error}");
                return Some(diagnostic(message, why, "write a version range such as `^1.2.3`".to_owned()));
            }
            let client = case.plan.runner.client.as_deref();
            let publisher = client.filter(|client| client.publishes() && client.local.is_some() && !manifest.is_packed);
            // What pnpm writes for it is another name, too.
            if protocol == "jsr" && publisher.is_some_and(|client| client.manager == Manager::Pnpm) {
                return None;
            }
            let why = format!(
                "`npm install` does not support `{protocol}:`, so installing the package fails with EUNSUPPORTEDPROTOCOL"
            );
            if let Some(client) = publisher {
                let is_left = written.is_none() && client.manager == Manager::Yarn && protocol == "workspace";
                let why = if is_left { format!("{LEFT_BY_YARN}, and {why}") } else { why };
                return Some(diagnostic(message, why, help(None, "")));
            }
            let client = client.filter(|client| !client.publishes() && replaces(client, &protocol));
            let found = diagnostic(message, why, help(client.map(|client| client.manager), &protocol));
            match client {
                Some(client) => found.severity(Severity::Warning).note(format!(
                    "the project uses {}, and `{}` replaces it; use `--client` to say which package manager publishes",
                    client.manager.name(),
                    client.manager.command()
                )),
                None => found,
            }
        }
    })
}

const LEFT_BY_YARN: &str = "Yarn replaces `workspace:` only before `*`, `^`, `~`, the folder of a member, and a range that the \
                            member's version matches";

/// Whether a package manager replaces such a spec with a version range when it publishes.
fn replaces(client: &Client, protocol: &str) -> bool {
    match protocol {
        "workspace" | "catalog" => client.replaces_dependencies(),
        "jsr" => client.manager == Manager::Pnpm,
        _ => false,
    }
}

/// What to do about a protocol of another package manager.
fn help(client: Option<Manager>, protocol: &str) -> String {
    let range = "a version range such as `^1.2.3`";
    match client {
        Some(client) => format!("publish with `{}`, which replaces it, or use {range}", client.command()),
        None if matches!(protocol, "workspace" | "catalog") => format!(
            "use {range}, or publish with a package manager that replaces it: `pnpm publish`, `yarn npm publish` or \
             `bun publish`"
        ),
        None => format!("use {range} of a published package, or bundle the dependency with `bundleDependencies`"),
    }
}

#[cfg(test)]
mod tests;
