//! What npm quietly makes of a package.json that does not mean what it says: keys that are lost, fields that are
//! dropped, commands under another name.

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
    summary: "npm drops or changes a part of package.json when it publishes",
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

What changes for those who install the package: a key that stands twice with different values; a misspelt field such as
`dependancies`; `bin` entries that npm drops, renames or moves into the package; lifecycle scripts that are no text;
`dependencies` written as a list; `files` that is no list; `description`, `keywords` and `homepage` of the wrong type;
`bundleDependencies` that names what is no dependency; `repositories`. Changes without consequence, such as a `repository`
written as one string, are no finding.

### Why it matters

npm publishes its own version of the fields, with one general warning at most: a command is missing, a dependency is not
installed, a file is not packed.

### What to do

Write what is meant. `npm pkg fix` does some of it.

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
    let manifest = &case.plan.manifest;
    let mut changes = duplicates::find(manifest);
    changes.extend(changes::find(manifest));
    if !changes.is_empty() {
        case.plan.settled()?;
    }
    changes.sort_by_key(|change| change.span);
    let diagnostic = |change: Change| {
        let diagnostic = Diagnostic::new(&RULE, change.message, change.why, change.help)
            .at(manifest.place(change.span), change.label);
        match change.winner {
            Some(winner) => diagnostic.related(manifest.place(winner), "this one counts"),
            None => diagnostic,
        }
    };
    Ok(changes.into_iter().map(diagnostic).collect())
}

#[cfg(test)]
mod tests;
