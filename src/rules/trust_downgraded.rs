//! A version with less evidence of where it came from than earlier ones: package managers may refuse to install it.

use super::{About, Answer, Ask, Case, Category, Input, Needs, Order, Rule, Stops};
use crate::facts::{Packument, Published, Seen};
use crate::npm::version::Version;
use crate::plan::{Login, PublishPlan};
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "trust-downgraded",
    category: Category::Suspicious,
    summary: "the version would have less proof of its origin than earlier ones",
    npm_says: &[],
    asks: &[Ask::Packument],
    since: "0.1.0",
    stops: Stops::Nowhere,
    about: About::Machine,
    decided_by: &[Input::Destination],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A version that would have less proof of its origin than an earlier version of the package: an approved staged version
has the most, followed by a trusted publisher with provenance, provenance alone, and nothing. A stable version is
compared with stable versions only.

### Why it matters

npm publishes it. But users whose package manager guards against a downgrade (pnpm's `trustPolicy: no-downgrade`) cannot
install it, because it looks like a release from a stolen token.

### What to do

Publish from the CI workflow that published the earlier versions; if they were staged and approved, use
`npm stage publish`. If that is not possible, tell users to exclude this version from their policy.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.1.0"
}
```
```json GET /left-lodge
{
  "versions": {
    "1.0.0": {
      "_npmUser": { "name": "GitHub Actions", "trustedPublisher": { "id": "github" } },
      "dist": { "attestations": { "provenance": {} } }
    }
  },
  "time": { "1.0.0": "2026-11-02T08:00:00.000Z" }
}
```
"#,
};

/// How much proof of its origin a version carries, as pnpm ranks it (pnpm 11, resolving/npm-resolver trust checks).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trust {
    Nothing,
    Provenance,
    TrustedPublisher,
    Approved,
}

impl Trust {
    const fn of(version: Published) -> Self {
        match version {
            Published { approved: true, .. } => Self::Approved,
            Published { trusted: true, provenance: true, .. } => Self::TrustedPublisher,
            Published { provenance: true, .. } => Self::Provenance,
            _ => Self::Nothing,
        }
    }

    /// What this publish may carry at most.
    fn of_publish(plan: &PublishPlan) -> Self {
        let by_identity = matches!(plan.auth.login, Login::TrustedPublisher) || plan.runner.ci.can_exchange;
        if plan.options.stage {
            Self::Approved
        } else if by_identity && (plan.provenance.wanted.value || plan.adds_provenance()) {
            Self::TrustedPublisher
        } else if plan.provenance.wanted.value || plan.provenance.file.is_some() {
            Self::Provenance
        } else {
            Self::Nothing
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Approved => "staged and approved",
            Self::TrustedPublisher => "published by a trusted publisher with provenance",
            Self::Provenance => "published with provenance",
            Self::Nothing => "published without proof of its origin",
        }
    }
}

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let Some(version) = plan.package.version().filter(|_| case.sends_to_npmjs()) else { return Ok(vec![]) };
    // A push does not tell how the version will be published.
    if plan.git.pushed.commit.is_some() || matches!(plan.auth.login, Login::Nothing) {
        return Ok(vec![]);
    }
    let Seen::Here(packument) = case.packument()? else { return Ok(vec![]) };
    if packument.find(version).is_some() {
        return Ok(vec![]);
    }
    let earlier = packument.versions.iter().filter_map(|(text, published)| {
        let earlier = Version::valid(text, false)?;
        let counts = version.is_prerelease() || !earlier.is_prerelease();
        counts.then_some((Trust::of(published), earlier))
    });
    let own = Trust::of_publish(plan);
    let Some((trust, earlier)) = earlier.max().filter(|(trust, _)| *trust > own) else { return Ok(vec![]) };
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("{version} would be {}, but {earlier} was {}{}", own.words(), trust.words(), day(packument, &earlier)),
        "package managers that guard against a downgrade of trust refuse to install such a version",
        match trust {
            Trust::Approved => "stage it with `npm stage publish`, and approve it",
            _ => "publish it from the workflow that published the earlier versions",
        },
    );
    Ok(vec![diagnostic.at(plan.package.manifest.place_of("version"), "this version")])
}

/// ` on 2026-11-29`, where it is known when a version was published.
fn day(packument: &Packument, version: &Version) -> String {
    let recent = &packument.recent;
    let mut dated = [&recent.any, &recent.witness, &recent.stable_witness].into_iter().flatten();
    let dated = dated.find(|dated| dated.version == version.to_string());
    let day = dated.and_then(|dated| dated.time.split_once('T')).map(|(day, _)| format!(" on {day}"));
    day.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = "trust-downgraded";
    const TRUSTED: &str = r#"{"_npmUser":{"trustedPublisher":{"id":"github"}},"dist":{"attestations":{"url":"u"}}}"#;

    fn after(version: &str, earlier: &str) -> Scene {
        Scene::version(version).packument(&format!(r#"{{"versions":{{"0.1.0":{{}},{earlier}}}}}"#))
    }

    #[test]
    fn a_token_after_a_trusted_publisher_is_a_warning() {
        let found = after("1.1.0", &format!(r#""1.0.0":{TRUSTED}"#)).finds(ID, 1);
        assert!(
            !found[0].is_error()
                && found[0].message.ends_with("1.0.0 was published by a trusted publisher with provenance"),
            "{found:?}"
        );
    }

    #[test]
    fn the_date_of_the_earlier_version_is_shown_if_known() {
        let packument =
            format!(r#"{{"versions":{{"1.0.0":{TRUSTED}}},"time":{{"1.0.0":"2026-11-02T08:00:00.000Z"}}}}"#);
        let found = Scene::version("1.1.0").packument(&packument).finds(ID, 1);
        assert!(found[0].message.ends_with(" on 2026-11-02"), "{found:?}");
    }

    #[test]
    fn a_direct_publish_after_approved_ones_is_a_warning() {
        let approved = r#""1.0.0":{"_npmUser":{"trustedPublisher":{},"approver":{"name":"alice"}}}"#;
        let scene = || after("1.1.0", approved).identity().logged_out();
        assert!(scene().finds(ID, 1)[0].help.contains("`npm stage publish`"));
        scene().stage().finds(ID, 0);
    }

    #[test]
    fn the_same_trust_as_before_is_fine() {
        after("1.1.0", &format!(r#""1.0.0":{TRUSTED}"#)).identity().logged_out().finds(ID, 0);
        after("1.1.0", r#""1.0.0":{}"#).finds(ID, 0);
        after("1.1.0", r#""1.0.0":{"dist":{"attestations":{}}}"#).args(&["--provenance"]).finds(ID, 0);
    }

    #[test]
    fn a_stable_version_is_compared_with_stable_ones() {
        let prerelease = format!(r#""1.0.0-rc.1":{TRUSTED}"#);
        after("1.1.0", &prerelease).finds(ID, 0);
        after("1.1.0-rc.1", &prerelease).finds(ID, 1);
    }

    #[test]
    fn a_push_does_not_show_how_the_version_is_published() {
        after("1.1.0", &format!(r#""1.0.0":{TRUSTED}"#)).pushed(None, Some("1a2b")).finds(ID, 0);
    }
}
