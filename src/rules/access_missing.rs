//! A new scoped package is private unless `access` says otherwise, and private packages cost money.

mod unread_setting;

use super::{About, Answer, Ask, Case, Category, Input, Needs, Order, Rule, Stops};
use crate::facts::{Assumption, OnceAsked as _, Seen};
use crate::npm::name::{PackageName, normalize};
use crate::plan::{Access, Login};
use crate::rules::diagnostic::{Applied, Choice, Diagnostic, Fix, Severity};
use unread_setting::UnreadSetting;

/// The rule.
pub static RULE: Rule = Rule {
    id: "access-missing",
    category: Category::Correctness,
    summary: "a new scoped package does not set `access`",
    npm_says: &["E402", "You must sign up for private packages"],
    asks: &[Ask::Packument, Ask::Visibility, Ask::Whoami, Ask::Packages],
    since: "0.1.0",
    stops: Stops::Registry,
    about: About::Package,
    decided_by: &[Input::NpmConfig, Input::Flag("access")],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A new scoped package on npm's public registry that does not set `access`: npm's default is private, which may not be
what you want. If another package of the scope in the same run is private, the scope has a paid plan, and it is a
warning. It is also a warning for a package that was completely unpublished, because npm may or may not keep its earlier
access. With `access: restricted` a paid plan is assumed, since only the owner of the scope can see it. The rule also
points out an `access` that npm ignores: `publishConfig.Access`, a top-level `access`, or the `publishConfig` of a
private root for its workspaces.

### Why it matters

Without a paid plan the registry answers `E402`. With one, the package is published, but only you can install it.

### What to do

Add `"publishConfig": { "access": "public" }` to package.json, which `npm-preflight lint --fix=access:public` does, or
publish with `--access public`. For a private package, write `restricted`.

### Example

```json package.json
{
  "name": "@alice/widget",
  "version": "1.0.0",
  "publishConfig": { "Access": "public" }
}
```
```json GET /@alice%2fwidget 404
{ "error": "Not found" }
```
```json GET /-/whoami
{ "username": "alice" }
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let Some(name) = plan.package.name().filter(|name| name.scope().is_some() && case.sends_to_npmjs()) else {
        return Ok(vec![]);
    };
    let is_default = match plan.options.access.value {
        Access::Default => true,
        Access::Restricted => false,
        Access::Public | Access::Other(_) => return Ok(vec![]),
    };
    match (case.is_new()?, is_default) {
        (true, true) => undeclared(case, name),
        (false, true) => Ok(vec![]),
        (false, false) if *case.visibility()? == Seen::Here(false) => Ok(vec![]),
        (_, false) => Err(pays(name).into()),
    }
}

/// Only this registry knows who may see it.
const ASKED: Applied = Applied::Asked(Choice::AccessPublic);

/// A new scoped package does not set `access`.
fn undeclared(case: &Case<'_>, name: &PackageName) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let client = plan.runner.name();
    let fix = Fix::maybe("make it public", plan.runner.words().set_fields("publishConfig.access=public"))
        .or_edit(plan.package.manifest.setting(&["publishConfig", "access"], "\"public\""), ASKED);
    if let Some(UnreadSetting { text, place }) = unread_setting::of(plan) {
        let diagnostic = Diagnostic::new(
            &RULE,
            format!("`{name}` would be private: {client} does not read {text}"),
            format!(
                "a new scoped package is private unless {client} finds `access` in its own `publishConfig`; without a paid \
                 plan that is refused"
            ),
            "write `\"publishConfig\": { \"access\": \"public\" }` into its package.json",
        );
        return Ok(vec![diagnostic.npm_error("E402").at(place, "not read").fix(fix)]);
    }
    if matches!(case.packument()?, Seen::Here(_)) {
        let diagnostic = Diagnostic::new(
            &RULE,
            format!("`{name}` was unpublished, and its package.json does not set `access`"),
            "npm may treat it as a new scoped package, which is private by default and needs a paid plan",
            "set it in package.json: `\"publishConfig\": { \"access\": \"public\" }`, or `\"restricted\"` for a private package",
        );
        let diagnostic =
            diagnostic.at(plan.package.manifest.place_of("name"), "a scoped package that is to be created again");
        return Ok(vec![diagnostic.npm_error("E402").fix(fix).severity(Severity::Warning)]);
    }
    let pays = has_private_sibling(case, name)? || has_private_package(case, name)?;
    let why = if pays {
        "a new scoped package is private by default; the scope has private packages, so the publish would succeed and nobody \
         else could install it"
    } else {
        "a new scoped package is private by default; without a paid plan the publish fails, and with one nobody else can \
         install it"
    };
    let mut diagnostic = Diagnostic::new(
        &RULE,
        format!("`{name}` is new and does not set `access`"),
        why,
        "set it in package.json: `\"publishConfig\": { \"access\": \"public\" }`, or `\"restricted\"` for a private package",
    )
    .at(plan.package.manifest.place_of("name"), "a new scoped package")
    .fix(fix);
    if matches!(plan.auth.login, Login::Nothing | Login::TrustedPublisher) {
        let note = "without a credential, a private package looks new too: if it is one, set `access` to `restricted`";
        diagnostic = diagnostic.note(note);
    }
    if matches!(plan.auth.login, Login::TrustedPublisher) {
        diagnostic = diagnostic.note(
            "trusted publishing cannot create a package: publish or stage the first version from your machine after `npm login`",
        );
    }
    let code = if matches!(plan.auth.login, Login::TrustedPublisher) { "ENEEDAUTH" } else { "E402" };
    Ok(vec![if pays { diagnostic.severity(Severity::Warning) } else { diagnostic.npm_error(code) }])
}

/// Whether another package of this run proves that the owner of the scope pays for private packages.
fn has_private_sibling(case: &Case<'_>, name: &PackageName) -> Answer<bool> {
    let siblings = case.release.plans.iter().filter(|plan| plan.destination.npmjs && plan.package.name() != Some(name));
    for plan in siblings.filter(|plan| plan.package.name().is_some_and(|other| other.scope() == name.scope())) {
        let sibling = Case { plan, ..*case };
        if sibling.user().once_asked()?.is_ok()
            && matches!(sibling.packument().once_asked()?, Ok(Seen::Here(_)))
            && matches!(sibling.visibility().once_asked()?, Ok(Seen::Here(false)))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How many packages of a scope are looked at.
const MOST_PACKAGES: usize = 4;

/// Whether one of the scope's packages that the credential shows proves that its owner pays for private packages.
fn has_private_package(case: &Case<'_>, name: &PackageName) -> Answer<bool> {
    let Some(scope) = name.scope().map(|scope| scope.trim_start_matches('@')) else { return Ok(false) };
    let Ok(Some(user)) = case.user().once_asked()? else { return Ok(false) };
    let account = if user == scope { format!("user/{user}") } else { format!("org/{scope}") };
    let Ok(Seen::Here(packages)) = case.packages_of(account).once_asked()? else { return Ok(false) };
    let names = packages.keys().filter_map(|name| normalize(name).ok());
    let own: Vec<_> = names.filter(|other| other.scope() == name.scope()).take(MOST_PACKAGES).collect();
    case.is_any_private(&own)
}

/// Only the owner of a scope sees whether it is paid for.
fn pays(name: &PackageName) -> Assumption {
    Assumption::new(format!("`{}` pays for private packages", name.scope().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const OWN_PACKAGES: &str = "/-/user/alice/package";

    fn widget(rest: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":"@alice/widget","version":"1.0.0"{rest}}}"#))
            .alice()
            .answer("/@alice%2fwidget", 404, r#"{"error":"Not found"}"#)
            .answer(OWN_PACKAGES, 200, "{}")
    }

    #[test]
    fn a_private_package_in_the_scope_shows_a_paid_plan() {
        let gold = |packages: &str| {
            Scene::new(r#"{"name":"@gold/new","version":"1.0.0"}"#)
                .alice()
                .answer("/@gold%2fnew", 404, r#"{"error":"Not found"}"#)
                .answer("/-/org/gold/package", 200, packages)
                .answer("/-/package/@gold%2fvault/visibility", 200, r#"{"public":false}"#)
                .answer("/-/package/@gold%2fopen/visibility", 200, r#"{"public":true}"#)
        };
        assert!(!gold(r#"{"@gold/open":"read","@gold/vault":"write"}"#).finds("access-missing", 1)[0].is_error());
        for packages in
            ["{}", r#"{"@gold/open":"write"}"#, r#"{"@silver/vault":"write"}"#, r#"{"@gold/../vault":"write"}"#]
        {
            assert!(gold(packages).finds("access-missing", 1)[0].is_error(), "{packages}");
        }
    }

    #[test]
    fn public_access_set_where_npm_does_not_read_it_is_reported() {
        for rest in [
            r#","publishConfig":{"Access":"public"}"#,
            r#","publishconfig":{"access":"public"}"#,
            r#","access":"public""#,
        ] {
            widget(rest).finds("access-missing", 1);
        }
    }

    #[test]
    fn the_publish_config_of_a_private_root_is_not_its_workspaces() {
        let member = |root: &str, more: &str| {
            Scene::new(&format!(r#"{{"name":"root","workspaces":["packages/*"]{root}}}"#))
                .file("packages/w/package.json", &format!(r#"{{"name":"@alice/widget","version":"1.0.0"{more}}}"#))
                .args(&["-w", "@alice/widget"])
                .alice()
                .answer("/@alice%2fwidget", 404, r#"{"error":"Not found"}"#)
                .answer(OWN_PACKAGES, 200, "{}")
        };
        let public = r#","private":true,"publishConfig":{"access":"public"}"#;
        let found = member(public, "").finds("access-missing", 1);
        assert_eq!(found[0].place.as_ref().unwrap().source.path(), "package.json");
        member(public, r#","publishConfig":{"access":"public"}"#).finds("access-missing", 0);
        // It may be meant for the root itself.
        let own = |root: &str| member(root, "").finds("access-missing", 1)[0].place.clone().unwrap();
        assert_eq!(own(r#","publishConfig":{"access":"public"}"#).source.path(), "packages/w/package.json");
        let restricted = r#","private":true,"publishConfig":{"access":"restricted"}"#;
        assert_eq!(own(restricted).source.path(), "packages/w/package.json");
    }

    #[test]
    fn a_new_scoped_package_must_set_access() {
        for scene in [widget(""), widget("").logged_out(), widget("").identity()] {
            let found = scene.finds("access-missing", 1);
            assert!(found[0].is_error() && found[0].npm_error == Some("E402"), "{found:?}");
        }
    }

    #[test]
    fn a_package_that_was_unpublished_should_set_access_too() {
        let unpublished = r#"{"time":{"unpublished":{"time":"2025-06-01T00:00:00.000Z","versions":["0.9.0"]}}}"#;
        let widget = |rest: &str| {
            let scene = Scene::new(&format!(r#"{{"name":"@alice/widget","version":"1.0.0"{rest}}}"#));
            scene.alice().answer("/@alice%2fwidget", 200, unpublished)
        };
        let found = widget("").finds("access-missing", 1);
        assert!(!found[0].is_error() && found[0].message.contains("was unpublished"), "{found:?}");
        widget(r#","publishConfig":{"access":"public"}"#).finds("access-missing", 0);
    }

    #[test]
    fn in_a_scope_with_private_packages_it_is_a_warning() {
        let member = |folder: &str, name: &str, more: &str| {
            (format!("packages/{folder}/package.json"), format!(r#"{{"name":"{name}","version":"1.0.0"{more}}}"#))
        };
        let scene = |public: bool| {
            let (path, text) = member("a", "@alice/widget", "");
            let (other, other_text) = member("b", "@alice/other", "");
            Scene::new(r#"{"name":"root","private":true,"workspaces":["packages/*"]}"#)
                .file(&path, &text)
                .file(&other, &other_text)
                .args(&["--workspaces"])
                .alice()
                .answer("/@alice%2fwidget", 404, r#"{"error":"Not found"}"#)
                .answer("/@alice%2fother", 200, r#"{"versions":{"0.9.0":{}}}"#)
                .answer("/-/package/@alice%2fother/visibility", 200, &format!(r#"{{"public":{public}}}"#))
                .answer(OWN_PACKAGES, 200, r#"{"@alice/other":"write"}"#)
        };
        let is_error = |public| scene(public).finds("access-missing", 1)[0].is_error();
        assert_eq!((is_error(true), is_error(false)), (true, false));
    }

    #[test]
    fn a_restricted_package_assumes_a_paid_plan() {
        let pays = widget(r#","publishConfig":{"access":"restricted"}"#).assumes("access-missing");
        assert_eq!(pays, "`@alice` pays for private packages");
    }

    #[test]
    fn making_a_public_package_private_needs_a_paid_plan_too() {
        let existing = |public: &str| {
            Scene::new(r#"{"name":"@alice/widget","version":"1.0.0"}"#)
                .args(&["--access", "restricted"])
                .alice()
                .answer("/@alice%2fwidget", 200, r#"{"versions":{"0.9.0":{}}}"#)
                .answer("/-/package/@alice%2fwidget/visibility", 200, &format!(r#"{{"public":{public}}}"#))
        };
        existing("true").assumes("access-missing");
        existing("false").finds("access-missing", 0);
    }

    #[test]
    fn public_existing_and_unscoped_packages_are_fine() {
        widget(r#","publishConfig":{"access":"public"}"#).finds("access-missing", 0);
        widget(r#","access":"public""#).args(&["--access", "public"]).finds("access-missing", 0);
        Scene::new(r#"{"name":"@alice/widget","version":"1.0.0","access":"public"}"#)
            .alice()
            .answer("/@alice%2fwidget", 200, r#"{"versions":{"0.9.0":{}}}"#)
            .finds("access-missing", 0);
        Scene::version("1.0.0").no_package().finds("access-missing", 0);
        widget("").private_registry().finds("access-missing", 0);
    }
}
