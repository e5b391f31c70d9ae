//! No credential for the registry: npm stops, usually because of a small mistake that this rule points at.

mod near_miss;

use url::Url;

use super::{About, Answer, Ask, Case, Category, Input, Needs, Order, Rule, Stops};
use crate::facts::vendor::Vendor;
use crate::facts::{Gap, Reason, Seen};
use crate::npm::nerf_dart::nerf_dart;
use crate::plan::Login;
use crate::project::ci::Provider;
use crate::project::npm_config::Origin;
use crate::rules::diagnostic::{Diagnostic, Fix};
use near_miss::NearMiss;

/// The rule.
pub static RULE: Rule = Rule {
    id: "credential-missing",
    category: Category::Correctness,
    summary: "npm has no credential for the registry",
    npm_says: &["ENEEDAUTH", "This command requires you to be logged in to", "You need to authorize this machine"],
    asks: &[Ask::Packument],
    since: "0.1.0",
    stops: Stops::Client,
    about: About::Credential,
    decided_by: &[Input::Destination],
    needs: Needs::Manifest,
    for_private: true,
    explains_no_user: true,
    order: Order::Last,
    security_severity: None,
    docs: r#"
### What it finds

No token, user name with password, or client certificate for exactly the registry that the package goes to. If something
comes close, the diagnostic points at it: a token for another path, port or spelling of the host, a misspelled key, an
empty value, a file npm does not read, a variable that no .npmrc uses, a token in `publishConfig`. pnpm since 11 publishes
without a credential too; this is undecided for a registry that may accept that.

### Why it matters

To publish, npm looks for the credential under exactly one key, the host and path of the registry. To install, it tries
more keys, so a publish can fail where `npm install` has always worked.

### What to do

Log in with `npm login`, or write `//<host>/<path>/:_authToken=${NPM_TOKEN}` into the user's or the project's .npmrc, or
set up trusted publishing. For pnpm, it has to be the user's .npmrc. Yarn since 2 reads no .npmrc: log in with
`yarn npm login`, set `npmAuthToken` in .yarnrc.yml, or set the variable YARN_NPM_AUTH_TOKEN.

If the only credential that comes close is a token in the project's .npmrc whose key alone is wrong, `lint --fix` corrects that key. It
changes a path only to one below it, and only if no other configured registry uses the line.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "publishConfig": { "registry": "https://registry.example.com/npm/" }
}
```
```ini ~/.npmrc
//registry.example.com/:_authToken=secret
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let (Login::Nothing, Some((url, _)), false) =
        (&plan.auth.login, plan.destination.registry(), plan.options.dry_run.value)
    else {
        return Ok(vec![]);
    };
    let nerf = nerf_dart(url);
    let fixed_by_renaming = |auth: &crate::project::npm_config::InvalidAuth| {
        auth.key != "email" && auth.rename_to.as_ref().is_some_and(|key| key.starts_with(&nerf))
    };
    if plan.config.invalid_auth.iter().any(fixed_by_renaming) {
        return Ok(vec![]);
    }
    plan.package.settled_name_and_version()?;
    let misses = near_miss::near_misses(plan, &nerf);
    if misses.is_empty() && plan.destination.npmjs && plan.runner.ci.has_identity && !plan.runner.ci.can_exchange {
        // `trusted-publisher` says that npm is too old to use the job's identity.
        return Ok(vec![]);
    }
    let words = plan.runner.words();
    let is_expected = plan.destination.npmjs || misses.iter().any(NearMiss::is_for_registry);
    if words.publishes_without_credential() && !is_expected && may_be_open(case, url)? {
        let detail = format!(
            "there is no credential for {}, and {} publishes without one; whether the registry accepts that is not known",
            plan.destination.shown(),
            words.name
        );
        return Err(Gap::unknown(Reason::Unauthenticated, detail));
    }
    let token = words.give_token(&nerf, matches!(plan.destination.origin(), Origin::Default), "NPM_TOKEN");
    // If a registry issues tokens in its own way, logging in with a package manager does not work.
    let of_vendor = Vendor::of(url).map(|vendor| vendor.credential).filter(|text| !text.is_empty());
    let login = match of_vendor {
        Some(_) => token,
        // Nobody can log in there, and its credential is gone with it.
        None if plan.runner.ci.is_ci => match identity(case) {
            Some(identity) => format!("{identity}; or {token}"),
            None => token,
        },
        None => format!("log in with `{}`, or {token}", words.login(&plan.destination.shown())),
    };
    // A credential in the wrong place says more than who has the right one.
    let maintained_by = if misses.is_empty() { case.maintained_by()? } else { None };
    let help = misses.first().map_or(login, |miss| miss.help.clone());
    let mut diagnostic = Diagnostic::new(
        &RULE,
        format!("there is no credential for {}", plan.destination.shown()),
        words.without_credential(&nerf),
        help,
    )
    .npm_error("ENEEDAUTH");
    // Of several lines somebody has to choose, and one line is not enough for several registries.
    if case.release.has_one_registry
        && let [miss] = misses.iter().filter(|miss| miss.place.is_some()).collect::<Vec<_>>()[..]
        && let Some((place, key)) = &miss.edit
    {
        diagnostic = diagnostic.fix(Fix::replace(format!("write `{key}`"), place.clone(), key));
    }
    if let Some(text) = of_vendor.filter(|_| misses.is_empty()) {
        diagnostic = diagnostic.note(text.trim_end_matches('.'));
    }
    for (at, miss) in misses.into_iter().enumerate() {
        diagnostic = match miss.place {
            Some(place) if at == 0 => diagnostic.at(place, miss.what),
            Some(place) => diagnostic.related(place, miss.what),
            None => diagnostic.note(miss.what),
        };
    }
    diagnostic = if diagnostic.place.is_none() {
        diagnostic.at_origin("the registry", plan.destination.origin(), "no credential for this registry")
    } else {
        diagnostic.set_by("the registry", plan.destination.origin())
    };
    diagnostic.notes.extend(maintained_by);
    let ci = &plan.runner.ci;
    let is_unused = ci.was_given_identity || ci.provider == Some(Provider::GitHub) && ci.can_sign;
    if !words.trusted_publishing && plan.destination.npmjs && is_unused {
        diagnostic =
            diagnostic.note(format!("{} does not use the identity of the job for trusted publishing", words.name));
    }
    if plan.runner.ci.has_identity || !plan.destination.npmjs || !words.trusted_publishing {
        return Ok(vec![diagnostic]);
    }
    if plan.runner.ci.provider == Some(Provider::GitHub) {
        diagnostic = diagnostic.note("trusted publishing is not tried: the job has no `id-token: write` permission");
    }
    if matches!(plan.runner.ci.provider, Some(Provider::GitLab | Provider::Circle)) {
        let audience = url.host_str().unwrap_or_default();
        diagnostic = diagnostic.note(match plan.runner.ci.provider {
            Some(Provider::GitLab) => format!(
                "trusted publishing is not tried: the job has no `NPM_ID_TOKEN` (`id_tokens: {{ NPM_ID_TOKEN: {{ aud: \
                 \"npm:{audience}\" }} }}`)"
            ),
            _ => "trusted publishing is not tried: the job has no `NPM_ID_TOKEN`".to_owned(),
        });
    }
    Ok(vec![diagnostic])
}

/// What gives the job an identity, where a trusted publisher may publish the package.
fn identity(case: &Case<'_>) -> Option<&'static str> {
    let plan = case.plan;
    let may_work = plan.destination.npmjs && plan.runner.words().trusted_publishing && !plan.runner.ci.has_identity;
    if !may_work || matches!(case.packument(), Ok(Seen::NotVisible)) {
        return None;
    }
    match plan.runner.ci.provider? {
        Provider::GitHub => Some("for trusted publishing, give the job `permissions: id-token: write`"),
        Provider::GitLab => Some("for trusted publishing, give the job `id_tokens` with `NPM_ID_TOKEN`"),
        Provider::Circle => Some("for trusted publishing, give the job `NPM_ID_TOKEN`"),
    }
}

/// Whether a registry may take packages from anybody: it shows them to anybody.
fn may_be_open(case: &Case<'_>, registry: &Url) -> Answer<bool> {
    if Vendor::of(registry).is_some() {
        return Ok(false);
    }
    match case.packument() {
        Err(Gap::Unknown(unknown)) if unknown.is_withheld() => Ok(false),
        Err(gap @ Gap::Ask(_)) => Err(gap),
        Err(Gap::Unknown(_)) | Ok(_) => Ok(true),
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::publisher::Manager;

    fn at_h(user_npmrc: &str) -> Scene {
        Scene::new(r#"{"name":"left-lodge","version":"1.0.0","publishConfig":{"registry":"https://h:81/npm/"}}"#)
            .user_npmrc(user_npmrc)
    }

    #[test]
    fn the_help_says_where_a_vendors_tokens_come_from() {
        let found = |registry: &str| {
            let config = format!(r#"{{"registry":"{registry}"}}"#);
            let package = format!(r#"{{"name":"left-lodge","version":"1.0.0","publishConfig":{config}}}"#);
            let scene = Scene::new(&package).user_npmrc("").answer("/left-lodge", 401, "{}");
            scene.finds("credential-missing", 1).swap_remove(0)
        };
        let aws = found("https://acme-1.d.codeartifact.eu-west-1.amazonaws.com/npm/main/");
        assert!(!aws.help.contains("npm login"), "{}", aws.help);
        assert!(aws.notes.iter().any(|note| note.starts_with("`aws codeartifact login")), "{:?}", aws.notes);
        let other = found("https://verdaccio.example/");
        assert!(other.help.contains("npm login"), "{}", other.help);
    }

    #[test]
    fn any_credential_for_the_registry_is_enough() {
        Scene::version("1.0.0").finds("credential-missing", 0);
        at_h("//h:81/npm/:_authToken=t\n").finds("credential-missing", 0);
        at_h("//h:81/npm/:_auth=YTpi\n").finds("credential-missing", 0);
        at_h("//h:81/npm/:username=a\n//h:81/npm/:_password=Yg==\n").finds("credential-missing", 0);
    }

    #[test]
    fn without_a_near_miss_the_missing_credential_is_still_reported() {
        let found = at_h("").finds("credential-missing", 1);
        assert_eq!(found[0].npm_error, Some("ENEEDAUTH"));
        assert!(found[0].place.is_some());
    }

    #[test]
    fn a_logged_out_user_is_shown_the_maintainers() {
        let packument =
            |rest: &str| format!(r#"{{"versions":{{"1.0.0":{{}}}},"dist-tags":{{"latest":"1.0.0"}}{rest}}}"#);
        let scene = |rest: &str| Scene::version("1.1.0").logged_out().packument(&packument(rest));
        let notes = |scene: Scene| scene.finds("credential-missing", 1)[0].notes.join("\n");
        let output = notes(scene(r#","maintainers":[{"name":"mallory"},{"name":"bob"}]"#));
        assert!(
            output.contains("`left-lodge` is maintained by mallory and bob; its latest version is 1.0.0"),
            "{output}"
        );
        for silent in [scene(""), Scene::version("1.1.0").logged_out().no_package()] {
            assert!(!notes(silent).contains("maintained"));
        }
    }

    #[test]
    fn a_dry_run_needs_no_credential() {
        at_h("").args(&["--dry-run"]).finds("credential-missing", 0);
    }

    #[test]
    fn a_job_with_an_identity_may_get_a_credential() {
        at_h("")
            .env("GITHUB_ACTIONS", "true")
            .env("ACTIONS_ID_TOKEN_REQUEST_URL", "https://h/")
            .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t")
            .finds("credential-missing", 0);
    }

    #[test]
    fn a_job_without_an_identity_needs_a_credential() {
        for service in ["GITHUB_ACTIONS", "GITLAB_CI", "CIRCLECI", "CI"] {
            let found =
                Scene::version("1.0.0").logged_out().no_package().env(service, "true").finds("credential-missing", 1);
            let says_why = found[0].notes.iter().any(|note| note.contains("id-token: write"));
            assert_eq!(says_why, service == "GITHUB_ACTIONS", "{service}");
            let names_token = found[0].notes.iter().any(|note| note.contains("no `NPM_ID_TOKEN`"));
            assert_eq!(names_token, matches!(service, "GITLAB_CI" | "CIRCLECI"), "{service}");
        }
    }

    #[test]
    fn nobody_is_told_to_log_in_in_a_ci_job() {
        let help = |variable: &str, scene: Scene| {
            let scene = scene.logged_out().env(variable, "true");
            scene.finds("credential-missing", 1).swap_remove(0).help
        };
        let existing = || Scene::version("1.1.0").packument(r#"{"versions":{"1.0.0":{}}}"#);
        let cases = [("GITHUB_ACTIONS", "`permissions: id-token: write`"), ("GITLAB_CI", "`id_tokens`")];
        for (variable, identity) in cases {
            let existing = help(variable, existing());
            assert!(existing.contains(identity) && existing.contains("; or write `//registry"), "{existing}");
            let new = help(variable, Scene::version("1.0.0").no_package());
            assert!(new.starts_with("write `//registry"), "a trusted publisher creates no package: {new}");
        }
        assert!(help("CI", existing()).starts_with("write `//registry"));
        let desk = existing().logged_out().finds("credential-missing", 1);
        assert!(desk[0].help.starts_with("log in with `npm login"), "{desk:?}");
    }

    #[test]
    fn a_token_in_a_workspace_members_npmrc_is_pointed_out() {
        let root = r#"{"name":"root","version":"1.0.0","workspaces":["project"]}"#;
        let scene = at_h("").file("/package.json", root).npmrc("//h:81/npm/:_authToken=t\n");
        let found = scene.finds("credential-missing", 1);
        assert!(found[0].label.contains("workspace member"), "{:?}", found[0].label);
    }

    #[test]
    fn a_line_that_pnpm_ignores_is_pointed_out() {
        let manifest = r#"{"name":"left-lodge","version":"1.0.0","packageManager":"pnpm@12.21.0"}"#;
        let scene = Scene::new(manifest).logged_out().no_package().env("T", "x").client(Manager::Pnpm);
        let found = scene.npmrc("//registry.npmjs.org/:_authToken=${T}\n").finds("credential-missing", 1);
        assert!(found[0].label.contains("pnpm") && found[0].help.contains("user's .npmrc"), "{found:?}");
    }

    #[test]
    fn a_possibly_open_registry_makes_an_anonymous_pnpm_publish_undecided() {
        let scene = |registry: &str| {
            let config =
                format!(r#"{{"name":"left-lodge","version":"1.0.0","publishConfig":{{"registry":"{registry}"}}}}"#);
            Scene::new(&config).logged_out().private_registry().packed_by("pnpm@12.21.0").client(Manager::Pnpm)
        };
        let open = || scene("https://npm.corp.test/");
        open().answer("/left-lodge", 404, "{}").undecided("credential-missing");
        open().answer("/left-lodge", 401, "{}").finds("credential-missing", 1);
        open().npmrc("//npm.corp.test/:_authToken=${T}\n").finds("credential-missing", 1);
        scene("https://npm.pkg.github.com/").finds("credential-missing", 1);
    }

    #[test]
    fn an_npmrc_that_yarn_does_not_read_is_pointed_out() {
        let manifest = r#"{"name":"left-lodge","version":"1.0.0","publishConfig":{"registry":"https://h/"}}"#;
        let yarn = |version| Scene::new(manifest).packed_by(version).client(Manager::Yarn).env("NPM_TOKEN", "x");
        let scene = |version| yarn(version).npmrc("//h/:_authToken=${NPM_TOKEN}\n");
        let found = scene("yarn@4.18.1").finds("credential-missing", 1);
        assert_eq!((found[0].npm_error, found[0].label.as_str()), (Some("YN0033"), "Yarn reads no .npmrc"));
        assert!(found[0].help.contains("npmAuthToken: ${NPM_TOKEN}") && found[0].help.contains("YARN_NPM_AUTH_TOKEN"));
        scene("yarn@1.22.22").finds("credential-missing", 0);
    }

    #[test]
    fn an_npmrc_above_the_published_folder_is_pointed_out() {
        let scene = |file: &str| at_h("").file(file, "").file("/.npmrc", "//h:81/npm/:_authToken=t\n");
        for file in ["/pnpm-workspace.yaml", "/.git/HEAD"] {
            let found = scene(file).finds("credential-missing", 1);
            assert!(found[0].label.contains("workspace's root"), "{file}: {found:?}");
        }
        let elsewhere = scene("/project/.git/HEAD").finds("credential-missing", 1);
        assert!(!elsewhere[0].label.contains("workspace's root"), "it is of another repository");
    }

    #[test]
    fn a_credential_for_a_scopes_registry_names_the_scope() {
        let rc = "//r.test/:_authToken=${NODE_AUTH_TOKEN}\n@acme:registry=https://r.test\n";
        let scene = Scene::version("1.0.0").user_npmrc(rc).env("NODE_AUTH_TOKEN", "t");
        let found = scene.finds("credential-missing", 1);
        assert!(found[0].label.contains("scope `@acme` go to https://r.test"), "{found:?}");
        assert!(found[0].help.contains("`@acme/left-lodge`"), "{found:?}");
        let reads_it = |note: &String| note.contains("NODE_AUTH_TOKEN");
        assert!(!found[0].notes.iter().any(reads_it), "a line does use that variable");
    }

    #[test]
    fn a_job_with_an_identity_is_not_missing_the_permission() {
        let job = || Scene::version("1.0.0").identity().user_npmrc("//registry.npmjs.org/:_authToken=\n");
        let found = job().npm(crate::npm::version::Version::new(10, 9, 3)).finds("credential-missing", 1);
        assert!(!found[0].notes.iter().any(|note| note.contains("id-token")), "{found:?}");
        let bun = Scene::version("1.0.0").logged_out().no_package().env("GITHUB_ACTIONS", "true").client(Manager::Bun);
        let found = bun.finds("credential-missing", 1);
        assert!(!found[0].notes.iter().any(|note| note.contains("id-token")), "Bun has no trusted publishing");
        let found = Scene::version("1.0.0").identity().logged_out().no_package().client(Manager::Bun);
        let notes = &found.finds("credential-missing", 1)[0].notes;
        assert!(
            notes.iter().any(|note| note == "Bun does not use the identity of the job for trusted publishing"),
            "{notes:?}"
        );
    }

    #[test]
    fn a_near_miss_is_pointed_out() {
        for (rc, part) in [
            ("//h:81/:_authToken=t", "another path"),
            ("//h:81/npm:_authToken=t", "slash"),
            ("//h/npm/:_authToken=t", "another host or port"),
            ("//H:81/npm/:_authToken=t", "lower case"),
            ("//www.h:81/npm/:_authToken=t", "another host or port"),
            ("https://h:81/npm/:_authToken=t", "scheme"),
            ("//h:81/npm/_authToken=t", "colon"),
            ("//h:81/npm/:authToken=t", "misspelled"),
            ("//h:81/npm/:_authtoken=t", "misspelled"),
            ("//h:81/npm/:_authToken=", "empty"),
            ("//h:81/npm/:_authToken=${NOT_SET?}", "NOT_SET"),
            ("//h:81/npm/:username=alice", "password"),
            ("[auth]\n//h:81/npm/:_authToken=t", "section"),
        ] {
            let found = at_h(&format!("{rc}\n")).finds("credential-missing", 1);
            assert!(found[0].label.contains(part), "{rc}: {:?}", found[0].label);
        }
    }

    #[test]
    fn a_key_in_the_project_file_is_fixed_if_nothing_else_is_wrong() {
        let at_h = |rc: &str| at_h("").npmrc(rc).env("T", "x");
        for key in [
            "//h:81/npm:_authToken",
            "//h:81/:_authToken",
            "//H:81/npm/:_authToken",
            "https://h:81/npm/:_authToken",
            "//h:81/npm/_authToken",
            "//h:81/npm/:authToken",
            "//h:81/npm/:_authtoken",
        ] {
            let mended = at_h(&format!("\u{feff}; ours\r\n  {key} = ${{T}}\r\ntag=x")).mended("credential-missing");
            let expected = "\u{feff}; ours\r\n  //h:81/npm/:_authToken = ${T}\r\ntag=x";
            assert_eq!(mended.text(".npmrc"), expected, "{key}");
            mended.finds("credential-missing", 0);
        }
        for rc in [
            // A token may be for one of several paths, and two lines may be meant.
            "//h:81/other/:_authToken=${T}\n",
            "//h:81/npm/private/:_authToken=${T}\n",
            "//h:81/:_authToken=${T}\n//h:81/npm:_authToken=${T}\n",
            "//h:81/:_authToken=${T}\n@a:registry=https://h:81/other/\n",
            "//h:81/:username=alice\n//h:81/:_password=Yg==\n",
            "//other.h:81/npm/:_authToken=${T}\n",
        ] {
            let found = at_h(rc).finds("credential-missing", 1);
            assert!(found[0].fix.is_none(), "{rc}");
        }
        let at_default_port = |rc: &str| {
            let config = r#"{"name":"left-lodge","version":"1.0.0","publishConfig":{"registry":"https://h/npm/"}}"#;
            Scene::new(config).user_npmrc("").npmrc(rc).env("T", "x")
        };
        let mended = at_default_port("//h:443/npm/:_authToken=${T}\n").mended("credential-missing");
        assert_eq!(mended.text(".npmrc"), "//h/npm/:_authToken=${T}\n");
        let found = at_default_port("//h:443/other/:_authToken=${T}\n").finds("credential-missing", 1);
        assert!(found[0].fix.is_none(), "another path");
        let of_user = super::tests::at_h("//h:81/npm:_authToken=t\n").finds("credential-missing", 1);
        assert!(of_user[0].fix.is_none(), "a file of the user's");
    }

    #[test]
    fn the_only_credential_is_pointed_out_even_for_another_registry() {
        let found = at_h("//other.test/:_authToken=t\n").finds("credential-missing", 1);
        assert!(found[0].label.contains("for `//other.test/`"), "{:?}", found[0].label);
        assert!(found[0].help.contains("npm login --registry https://h:81/npm/"), "{}", found[0].help);
        let several = at_h("//other.test/:_authToken=t\n//third.test/:_authToken=t\n");
        assert!(!several.finds("credential-missing", 1)[0].label.contains("for `"));
    }

    #[test]
    fn a_token_that_npm_does_not_read_is_named_and_never_shown() {
        let found = at_h("").env("NPM_TOKEN", "npm_topsecret").finds("credential-missing", 1);
        assert!(found[0].notes.iter().any(|note| note.contains("NPM_TOKEN")));
        assert!(!format!("{found:?}").contains("topsecret"));
        let manifest =
            r#"{"name":"a","version":"1.0.0","publishConfig":{"//h/:_authToken":"t","registry":"https://h/"}}"#;
        let found = Scene::new(manifest).user_npmrc("").finds("credential-missing", 1);
        assert!(found[0].label.contains("publishConfig"));
    }
}
