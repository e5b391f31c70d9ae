//! Parts of package.json that npm changes without an error: keys that are lost, fields that are dropped, commands that
//! get another name.

mod bin;
mod changes;
mod duplicates;

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::rules::diagnostic::Diagnostic;
use crate::text::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    id: "manifest-rewritten",
    category: Category::Suspicious,
    summary: "npm drops or changes part of package.json when it publishes",
    npm_says: &["npm auto-corrected some errors in your package.json", "should probably be"],
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

Changes that affect the users of the package: a duplicate key with different values; a misspelled field such as
`dependancies`; `bin` entries that npm drops, renames or moves into the package; lifecycle scripts that are not strings;
`dependencies` written as a list; a `files` that is not a list; `description`, `keywords` and `homepage` of the wrong type;
`bundleDependencies` with a name that is not a dependency; and `repositories`. Changes without consequences, such as a
`repository` written as a string, are not reported.

### Why it matters

npm publishes its own version of these fields, with one general warning at most. As a result a command is missing, a
dependency is not installed, or a file is not packed.

### What to do

Correct the field. `npm pkg fix` can do some of this.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "bin": { "@acme/lodge": "./cli.js" },
  "dependancies": { "otter": "^1.2.0" }
}
```
"#,
};

/// A part of package.json that npm publishes as something else.
struct Change {
    message: String,
    why: &'static str,
    help: String,
    span: Span,
    label: &'static str,
    /// The text that wins.
    winner: Option<Span>,
}

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let manifest = &case.plan.package.manifest;
    let mut changes = duplicates::find(manifest);
    // Other clients send what is written.
    if case.plan.runner.is_sent_by_npm() {
        changes.extend(changes::find(manifest));
    }
    if !changes.is_empty() {
        case.plan.package.settled()?;
    }
    changes.sort_by_key(|change| change.span);
    let diagnostic = |change: Change| {
        let diagnostic = Diagnostic::new(&RULE, change.message, change.why, change.help)
            .at(manifest.place(change.span), change.label);
        match change.winner {
            Some(winner) => diagnostic.related(manifest.place(winner), "this one is used"),
            None => diagnostic,
        }
    };
    Ok(changes.into_iter().map(diagnostic).collect())
}

#[cfg(test)]
mod tests;
