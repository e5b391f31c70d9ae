//! A dist-tag that npm refuses, or that nobody can install.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::npm::name::PackageName;
use crate::npm::spec::{RemoteKind, Spec, SpecError, classify_dependency, tag_error};
use crate::npm::version::is_range;
use crate::project::npm_config::Origin;
use crate::project::npm_config::Sourced;
use crate::rules::diagnostic::{Diagnostic, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "tag-invalid",
    category: Category::Correctness,
    summary: "the dist-tag looks like a version range or has characters that a tag may not have",
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

A dist-tag that is also a version range (`1.x`, `v2`, `^1`, nothing at all), or with characters that must be escaped in a
URL (blanks, `@`, `$`). npm checks `--tag`, the environment and .npmrc; it does not check `publishConfig.tag` or a `tag`
at the root of package.json, so they are checked here. As a warning: a tag that `npm install` takes for a folder or a
repository, such as `feature/x`.

### Why it matters

npm refuses the checked ones. The others are stored as they are, and `npm install package@tag` then means something else
or is refused.

### What to do

Choose a word, such as `next` or `release-1.x`.

### Example

```ini .npmrc
tag=1.x
```
",
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let tag = &case.plan.tag;
    let name = case.plan.name.as_ref().map_or("package", PackageName::as_str);
    let mut found = Vec::new();
    let checked = &tag.checked;
    if let Some(problem) = problem(name, &checked.value) {
        let diagnostic = Diagnostic::new(
            &RULE,
            not_allowed(&checked.value, &problem),
            problem.why(),
            "choose a word, such as `next` or `release-1.x`",
        )
        .at_origin("the dist-tag", &checked.origin, "this dist-tag");
        found.push(match problem.code() {
            Some(code) => diagnostic.npm_error(code),
            None => diagnostic,
        });
    }
    let stored = &tag.value;
    let is_sent = !case.plan.is_skipped();
    if (stored.value != checked.value && is_sent && !case.plan.dry_run.value)
        && let Some(problem) = problem(name, &stored.value)
    {
        let diagnostic = Diagnostic::new(
            &RULE,
            not_allowed(&stored.value, &problem),
            "npm does not check a tag that package.json names, and stores one that cannot be installed",
            "choose a word, such as `next` or `release-1.x`",
        )
        .at_origin("the dist-tag", &stored.origin, "this dist-tag");
        found.push(diagnostic);
    }
    if (found.is_empty() && is_sent)
        && let Some((what, why)) = surprise(name, stored)
    {
        let diagnostic = Diagnostic::new(&RULE, what, why, "choose a word, such as `next` or `release-1.x`");
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

/// A dist-tag that npm sets without a word and that is hardly meant.
fn surprise(name: &str, tag: &Sourced<String>) -> Option<(String, String)> {
    let value = &tag.value;
    if matches!(value.as_str(), "true" | "false" | "null" | "undefined") {
        let why = "npm takes it for the tag's name; without any tag it would be `latest`".to_owned();
        return Some((format!("the dist-tag would be called `{value}`"), why));
    }
    if let Origin::Flag(flag) = &tag.origin
        && flag.starts_with('-')
        && !flag.starts_with("--")
    {
        return Some((format!("`{flag}` sets the dist-tag `{value}`"), "npm reads it as `--tag`".to_owned()));
    }
    let what = misread(name, value)?;
    let message = format!("`npm install {name}@{value}` does not install the dist-tag");
    Some((message, format!("npm takes such a tag for {what} when it installs")))
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
            Self::Range => "it is a version range, too".to_owned(),
            Self::Text(error) => error.to_string(),
        }
    }

    fn why(&self) -> &'static str {
        match self {
            Self::Range => "`npm install <package>@<tag>` would take it for a version range",
            Self::Text(_) => "a dist-tag is a part of URLs, and npm takes no characters that have to be escaped there",
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
