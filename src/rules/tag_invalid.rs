//! A dist-tag that npm refuses, or that cannot be installed.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::npm::name::PackageName;
use crate::npm::spec::{RemoteKind, Spec, SpecError, classify_dependency, tag_error};
use crate::npm::version::is_range;
use crate::project::npm_config::Origin;
use crate::project::npm_config::Sourced;
use crate::publisher::Manager;
use crate::rules::diagnostic::{Diagnostic, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "tag-invalid",
    category: Category::Correctness,
    summary: "the dist-tag is a version range, or contains characters that are not allowed",
    npm_says: &["Tag name must not be a valid SemVer range", "EINVALIDTAGNAME"],
    asks: &[],
    since: "0.1.0",
    stops: Stops::ClientEarly,
    about: About::Package,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: true,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r"
### What it finds

A dist-tag that is also a version range (`1.x`, `v2`, `^1`, or an empty string), or that contains characters that must be
escaped in a URL (spaces, `@`, `$`). npm checks the tag in `--tag`, the environment and .npmrc, but not in
`publishConfig.tag` or a `tag` at the root of package.json; this rule checks all of them. As a warning: a tag that
`npm install` reads as a folder or a repository, such as `feature/x`.

### Why it matters

npm refuses the tags that it checks. It stores the others unchanged, and `npm install package@tag` then means something else
or fails.

### What to do

Use a word, such as `next` or `release-1.x`.

### Example

```ini .npmrc
tag=1.x
```
",
};

const USE_A_WORD: &str = "use a word, such as `next` or `release-1.x`";

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let tag = &case.plan.options.tag;
    let name = case.plan.package.name().map_or("package", PackageName::as_str);
    let mut found = Vec::new();
    let checked = &tag.checked;
    // pnpm since 11 and Yarn look at no dist-tag.
    let is_checked = case.plan.runner.is_sent_by_npm() || case.plan.runner.other_client() == Some(Manager::Bun);
    if let Some(problem) = problem(name, &checked.value).filter(|_| !is_checked) {
        let why = format!(
            "{} does not check it, and publishes a dist-tag that cannot be installed",
            case.plan.runner.words().publish
        );
        let diagnostic = Diagnostic::new(&RULE, not_allowed(&checked.value, &problem), why, USE_A_WORD);
        let diagnostic = diagnostic.at_origin("the dist-tag", &checked.origin, "this dist-tag");
        return Ok(vec![diagnostic.severity(Severity::Warning)]);
    }
    if let Some(problem) = problem(name, &checked.value) {
        let diagnostic = Diagnostic::new(&RULE, not_allowed(&checked.value, &problem), problem.why(), USE_A_WORD)
            .at_origin("the dist-tag", &checked.origin, "this dist-tag");
        found.push(match problem.code() {
            Some(code) => diagnostic.npm_error(code),
            None => diagnostic,
        });
    }
    let stored = &tag.value;
    let is_sent = !case.plan.is_skipped();
    if (stored.value != checked.value && is_sent && !case.plan.options.dry_run.value)
        && let Some(problem) = problem(name, &stored.value)
    {
        let diagnostic = Diagnostic::new(
            &RULE,
            not_allowed(&stored.value, &problem),
            "npm does not check a tag set in package.json, and publishes a dist-tag that cannot be installed",
            USE_A_WORD,
        )
        .at_origin("the dist-tag", &stored.origin, "this dist-tag");
        found.push(diagnostic);
    }
    if (found.is_empty() && is_sent)
        && let Some((what, why)) = surprise(name, stored)
    {
        let diagnostic = Diagnostic::new(&RULE, what, why, USE_A_WORD);
        found.push(diagnostic.severity(Severity::Warning).at_origin("the dist-tag", &stored.origin, "this dist-tag"));
    }
    Ok(found)
}

fn not_allowed(tag: &str, problem: &Problem) -> String {
    match tag {
        "" => "the dist-tag is empty".to_owned(),
        tag => format!("the dist-tag `{tag}` is not allowed: {}", problem.what()),
    }
}

/// A dist-tag that npm accepts silently, but that is probably a mistake.
fn surprise(name: &str, tag: &Sourced<String>) -> Option<(String, String)> {
    let value = &tag.value;
    if matches!(value.as_str(), "true" | "false" | "null" | "undefined") {
        let why = "it is the name of the tag; if no tag is set, it is `latest`".to_owned();
        return Some((format!("the dist-tag would be named `{value}`"), why));
    }
    if let Origin::Flag(flag) = &tag.origin
        && flag.starts_with('-')
        && !flag.starts_with("--")
    {
        return Some((format!("`{flag}` sets the dist-tag `{value}`"), "it is read as `--tag`".to_owned()));
    }
    let what = misread(name, value)?;
    let message = format!("`npm install {name}@{value}` would not install the dist-tag `{value}`");
    Some((message, format!("`npm install` reads such a tag as {what}")))
}

/// What npm takes `name@tag` for when that is not the dist-tag.
fn misread(name: &str, tag: &str) -> Option<&'static str> {
    match classify_dependency(name, tag, "/").ok()? {
        Spec::Directory(_) => Some("a folder"),
        Spec::Tarball(_) => Some("a tarball"),
        Spec::Remote(RemoteKind::Git, _) => Some("a git repository"),
        Spec::Remote(RemoteKind::Url, _) => Some("a URL"),
        Spec::Remote(RemoteKind::Alias, _) => Some("another package"),
        Spec::Remote(RemoteKind::Tag | RemoteKind::Version | RemoteKind::Range, _) => None,
    }
}

enum Problem {
    Range,
    Text(SpecError),
}

impl Problem {
    fn what(&self) -> String {
        match self {
            Self::Range => "it is also a version range".to_owned(),
            Self::Text(error) => error.to_string(),
        }
    }

    fn why(&self) -> &'static str {
        match self {
            Self::Range => "`npm install <package>@<tag>` would read it as a version range",
            Self::Text(_) => "dist-tags appear in URLs, so npm does not allow characters that must be escaped there",
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Range => None,
            Self::Text(error) => error.code(),
        }
    }
}

fn problem(name: &str, tag: &str) -> Option<Problem> {
    if is_range(tag) { Some(Problem::Range) } else { tag_error(name, tag).map(Problem::Text) }
}

#[cfg(test)]
mod tests;
