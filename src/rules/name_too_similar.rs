//! npm's public registry refuses a new name that differs from an existing one in punctuation only.

mod namesake;

use super::{About, Answer, Ask, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::{Assumption, Gap, OnceAsked as _, Seen};
use crate::npm::name::PackageName;
use crate::rules::diagnostic::{Diagnostic, Fix};
use crate::text::count::listed;

/// The rule.
pub static RULE: Rule = Rule {
    id: "name-too-similar",
    category: Category::Correctness,
    summary: "the new name differs from an existing one in punctuation only",
    npm_says: &["E403", "Package name too similar to existing package"],
    asks: &[Ask::Packument, Ask::Search, Ask::Whoami],
    since: "0.1.0",
    stops: Stops::Registry,
    about: About::Package,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A new unscoped name on npm's public registry that differs from an existing package only in punctuation: `left_lodge`
when there is `left-lodge`. Punctuation in other places, as in `leftlodge`, is found if the registry's search finds the
package. If nothing is found, the rest is assumed: the registry also refuses names that are a few letters away from a
popular package, and only says so when you publish.

### Why it matters

The registry answers `E403`, even if the existing package is yours.

### What to do

Choose a name that differs in more than punctuation, or publish under your scope, where the rule does not apply.

### Example

```json package.json
{
  "name": "left_lodge",
  "version": "1.0.0"
}
```
```json GET /left_lodge 404
{ "error": "Not found" }
```
```json GET /left-lodge
{ "versions": { "1.0.0": {} } }
```
```json GET /leftlodge 404
{ "error": "Not found" }
```
```json GET /left.lodge 404
{ "error": "Not found" }
```
```json GET /-/whoami
{ "username": "alice" }
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(name) = case.plan.package.name().filter(|name| name.scope().is_none() && case.sends_to_npmjs()) else {
        return Ok(vec![]);
    };
    if matches!(case.packument()?, Seen::Here(_)) {
        return Ok(vec![]);
    }
    let mut open = None;
    let variants = variants(name);
    for variant in &variants {
        match case.packument_of(variant).once_asked()? {
            Ok(Seen::Here(packument)) if !packument.versions.is_empty() => {
                return similar(case, name, variant);
            }
            Ok(_) => {}
            Err(unknown) => open = Some(unknown.into()),
        }
    }
    if open.is_none()
        && let Some(namesake) = namesake::find(case, name)?
        && matches!(case.packument_of(&namesake)?, Seen::Here(packument) if !packument.versions.is_empty())
    {
        return similar(case, name, &namesake);
    }
    Err(open.unwrap_or_else(|| unproven(&variants)))
}

/// Names that are a few letters away from popular ones are refused too, and which these are only a publish shows.
fn unproven(variants: &[PackageName]) -> Gap {
    let names: Vec<_> = variants.iter().map(|variant| format!("`{variant}`")).collect();
    let are = if names.len() == 1 { "is" } else { "are" };
    let free = (!names.is_empty()).then(|| format!("because {} {are} not taken", listed(&names, names.len())));
    Assumption::new("the name is not too similar to an existing one").evidence(free).into()
}

fn similar(case: &Case<'_>, name: &PackageName, other: &PackageName) -> Answer<Vec<Diagnostic>> {
    let user = case.user().once_asked()?.ok().flatten();
    let scoped = format!("@{}/{name}", user.unwrap_or("<you>")).to_lowercase();
    // A shell takes the angle brackets for a redirection.
    let field = if user.is_some() { format!("name={scoped}") } else { format!("\"name={scoped}\"") };
    let in_what = difference(name.as_str(), other.as_str());
    Ok(vec![
        Diagnostic::new(
            &RULE,
            format!("the new name `{name}` differs from the existing `{other}` in {in_what} only"),
            "npm's public registry refuses names that are too similar to existing ones",
            format!("choose another name, or publish it as `{scoped}`"),
        )
        .npm_error("E403")
        .at(case.plan.package.manifest.place_of("name"), "this name")
        .fix(Fix::maybe(
            "publish it there",
            case.plan.runner.words().set_fields(&format!("{field} publishConfig.access=public")),
        )),
    ])
}

/// In what two names differ that have the same letters.
fn difference(name: &str, other: &str) -> &'static str {
    let small = |name: &str| name.to_lowercase();
    let letters = |name: &str| name.replace(['-', '_', '.'], "");
    if small(name) == small(other) {
        "capitals"
    } else if letters(name) == letters(other) {
        "punctuation"
    } else {
        "punctuation and capitals"
    }
}

/// The same words with other punctuation between them: at most four names.
fn variants(name: &PackageName) -> Vec<PackageName> {
    let words: Vec<_> = name.as_str().split(['-', '_', '.']).filter(|word| !word.is_empty()).collect();
    let mut variants: Vec<_> =
        ["-", "", "_", "."].iter().map(|separator| PackageName::new(words.join(separator))).collect();
    variants.retain(|variant| variant != name && words.len() > 1);
    variants
}

#[cfg(test)]
mod tests;
