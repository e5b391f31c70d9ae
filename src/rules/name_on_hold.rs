//! The name of a fully unpublished package cannot be used for 24 hours.

use super::{About, Answer, Ask, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::{Gap, Reason, Seen};
use crate::rules::diagnostic::Diagnostic;
use crate::text::count::plural;
use crate::text::time::seconds;

/// The rule.
pub static RULE: Rule = Rule {
    id: "name-on-hold",
    category: Category::Correctness,
    summary: "the package was unpublished less than 24 hours ago",
    npm_says: &["E403", "cannot be republished until 24 hours have passed"],
    asks: &[Ask::Packument],
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

A package that was completely unpublished from npm's public registry less than 24 hours ago. The registry does not reveal
this for scoped packages.

### Why it matters

Until the 24 hours are over, the registry answers `E403`. After that, anyone can take the name.

### What to do

Wait as long as the message says, and use a version that was never published.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "2.0.0"
}
```
```json GET /left-lodge
{ "time": { "unpublished": { "time": "2027-01-15T06:00:00.000Z", "versions": ["1.0.0"] } } }
```
"#,
};

const HOUR: u64 = 60 * 60;

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(name) = case.plan.package.name().filter(|_| case.sends_to_npmjs()) else { return Ok(vec![]) };
    let Seen::Here(packument) = case.packument()? else { return Ok(vec![]) };
    // Some packuments keep the note of an earlier removal beside versions that are there.
    let Some(unpublished) = packument.unpublished.as_ref().filter(|_| packument.versions.is_empty()) else {
        return Ok(vec![]);
    };
    let end = unpublished.time.as_deref().and_then(seconds).map(|time| time + 24 * HOUR).ok_or_else(|| {
        Gap::unknown(Reason::Malformed, format!("`{name}` was unpublished, but the registry does not say when"))
    })?;
    let left = end.saturating_sub(case.now).div_ceil(HOUR);
    if left == 0 {
        return Ok(vec![]);
    }
    if left > 25 {
        return Err(Gap::unknown(
            Reason::Malformed,
            format!(
                "`{name}` was unpublished at a time in the future, so the clock of this machine or of the registry is wrong"
            ),
        ));
    }
    let diagnostic = Diagnostic::new(
        &RULE,
        format!(
            "`{name}` was unpublished in the last 24 hours and cannot be published again for {}",
            plural(left, "more hour")
        ),
        "a name cannot be reused for 24 hours after its package was unpublished",
        "wait, or use another name",
    )
    .npm_error("E403")
    .at(case.plan.package.manifest.place_of("name"), "this name");
    Ok(vec![diagnostic])
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    fn unpublished(time: &str, rest: &str) -> Scene {
        let note = format!(r#"{{"time":{{"unpublished":{{{time}"versions":["1.0.0"]}}}}{rest}}}"#);
        Scene::version("2.0.0").packument(&note)
    }

    #[test]
    fn a_package_unpublished_within_24_hours_is_reported() {
        let found = unpublished(r#""time":"2027-01-14T09:00:00.000Z","#, "").finds("name-on-hold", 1);
        assert!(found[0].message.ends_with("for 1 more hour"), "{}", found[0].message);
    }

    #[test]
    fn after_24_hours_or_on_other_registries_it_is_fine() {
        unpublished(r#""time":"2027-01-14T07:59:00.000Z","#, "").finds("name-on-hold", 0);
        unpublished(r#""time":"2027-01-15T07:00:00.000Z","#, "").private_registry().finds("name-on-hold", 0);
        Scene::version("2.0.0").no_package().finds("name-on-hold", 0);
    }

    #[test]
    fn a_republished_package_is_fine() {
        unpublished(r#""time":"2027-01-15T07:00:00Z","#, r#","versions":{"1.1.0":{}}"#).finds("name-on-hold", 0);
    }

    #[test]
    fn without_a_plausible_time_it_is_undecided() {
        unpublished("", "").undecided("name-on-hold");
        unpublished(r#""time":"2027-01-20T00:00:00.000Z","#, "").undecided("name-on-hold");
    }
}
