//! A credential that cannot work: its key is one that npm refuses, or its text is not what any registry issues.

pub(super) mod shape;

use super::{About, Answer, Case, Category, Input, Needs, Order, Rule, Stops};
use crate::facts::credential::Credential;
use crate::npm::release::NpmRelease;
use crate::plan::{Login, PublishPlan};
use crate::project::npm_config::{Entry, Origin, Value};
use crate::rules::diagnostic::{Diagnostic, Fix};
use shape::Damage;

/// The rule.
pub static RULE: Rule = Rule {
    id: "credential-malformed",
    category: Category::Correctness,
    summary: "the credential has a key that npm refuses, or its value is malformed",
    npm_says: &[
        "ERR_INVALID_AUTH",
        "Invalid auth configuration found",
        "is not a legal HTTP header value",
        "E401",
        "E404",
        "Incorrect or missing password",
    ],
    asks: &[],
    since: "0.1.0",
    stops: Stops::Client,
    about: About::Credential,
    decided_by: &[Input::Destination],
    needs: Needs::Manifest,
    for_private: true,
    explains_no_user: true,
    order: Order::Last,
    security_severity: None,
    docs: r"
### What it finds

`_authToken`, `_auth`, `username` or `_password` in an .npmrc without a registry in front of the key, and for npm 12 `email`, `certfile` or `keyfile`, which older versions accept. Also a token in use
that cannot be valid: it contains a line break or a space, is quoted, begins with `Bearer`, is an unexpanded `$VARIABLE`,
`%VARIABLE%` or `${{ … }}`, or is the placeholder of `actions/setup-node`; and an `_auth` or `_password` that is not base64.

### Why it matters

npm refuses to start when a key has no registry, even if there is also a valid token. npm sends malformed values unchanged, and the registry rejects them.

### What to do

Put the registry in front of the key (`npm config fix` does this), and store the token by itself.

`lint --fix` puts the registry in front of a key in the project's .npmrc.

### Example

```ini ~/.npmrc
_authToken=secret
```
",
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let mut found: Vec<_> = plan
        .config
        .invalid_auth
        .iter()
        .filter(|_| plan.runner.is_sent_by_npm())
        .map(|auth| {
            let help = auth.rename_to.as_ref().map_or_else(
                || "remove the line, or run `npm config fix`".to_owned(),
                |key| format!("rename it to `{key}`, or run `npm config fix`"),
            );
            let is_new = !NpmRelease::of(&NpmRelease::OLDER).refused_top_level_keys().contains(&&*auth.key);
            let why = if is_new {
                "npm 11 accepts this, but npm 12 refuses to start"
            } else {
                "npm needs to know which registry a credential is for, and refuses to start without it"
            };
            let diagnostic =
                Diagnostic::new(&RULE, format!("`{}` has no registry in front of it", auth.key), why, help)
                    .npm_error("ERR_INVALID_AUTH")
                    .at_origin("the key", &auth.origin, "no registry");
            // Of two values somebody has to choose.
            let key = auth.rename_to.as_ref().filter(|key| plan.config.get(key).is_none());
            let edit = key.and_then(|key| auth.origin.renamed(&auth.key, key));
            diagnostic.fix(edit.map(|(place, key)| Fix::replace(format!("rename it to `{key}`"), place, key)))
        })
        .collect();
    if let (Login::Credential { credential, origin, .. }, Some(damage)) = (&plan.auth.login, damage(plan)) {
        if found.is_empty() && plan.runner.ci.can_exchange {
            return Err(case.trusts_this_job().into());
        }
        let mut diagnostic = Diagnostic::new(
            &RULE,
            format!("the credential for {} {}", plan.destination.shown(), damage.what),
            damage.why,
            damage.help,
        )
        .at_origin("the credential", origin, "malformed");
        for variable in entry(plan).into_iter().flat_map(|entry| &entry.variables) {
            diagnostic = diagnostic.note(format!("the value comes from the environment variable {variable}"));
        }
        found.push(match (damage.header, plan.destination.npmjs, credential) {
            (true, ..) => diagnostic,
            (false, true, Credential::Token(_)) => diagnostic.npm_error("E404"),
            _ => diagnostic.npm_error("E401"),
        });
    }
    Ok(found)
}

/// What is wrong with the text of the credential in use. A variable that is not set is another rule's business.
pub(super) fn damage(plan: &PublishPlan) -> Option<Damage> {
    let Login::Credential { credential, key, .. } = &plan.auth.login else { return None };
    let entry = entry(plan);
    if entry.is_some_and(|entry| entry.unset_variable().is_some()) {
        return None;
    }
    match credential {
        // npm looks for the credential in one copy of its configuration and sends what is in another, where a
        // variable's line break is still there.
        Credential::Token(token) => match plan.config.flat(key).map(|entry| &entry.value) {
            Some(Value::Secret(sent)) => shape::token(sent.expose()),
            _ => shape::token(token.expose()),
        },
        Credential::Basic { encoded, .. } if key.ends_with(":_auth") || key.ends_with("npmAuthIdent") => {
            shape::auth(encoded.expose())
        }
        Credential::Basic { .. } => entry.and_then(|entry| shape::password(entry.value.as_text()?)),
    }
}

/// The setting that holds the credential.
fn entry(plan: &PublishPlan) -> Option<&Entry> {
    match &plan.auth.login {
        Login::Credential { key, origin, .. } if !matches!(origin, Origin::Manifest { .. }) => plan.config.get(key),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::npm::version::Version;
    use crate::publisher::Manager;

    fn scene(line: &str) -> Scene {
        Scene::version("1.0.0").user_npmrc(&format!("registry=https://h/\n{line}\n"))
    }

    #[test]
    fn a_key_without_a_registry_is_reported_even_with_a_valid_token() {
        let found = scene("//h/:_authToken=good\n_authToken=x").finds("credential-malformed", 1);
        assert_eq!(found[0].npm_error, Some("ERR_INVALID_AUTH"));
        assert!(found[0].help.contains("//h/:_authToken"));
    }

    #[test]
    fn the_fix_adds_the_registry_to_a_key_in_the_project_file() {
        let project = |rc: &str| Scene::version("1.0.0").logged_out().npmrc(rc).env("T", "x");
        let mended = project("registry=https://h/a/\n _authToken=${T} ; ours\n").mended("credential-malformed");
        assert_eq!(mended.text(".npmrc"), "registry=https://h/a/\n //h/a/:_authToken=${T} ; ours\n");
        for rc in ["_authToken=x\n//registry.npmjs.org/:_authToken=${T}\n", "_authtoken=x\n"] {
            assert!(project(rc).finds("credential-malformed", 1)[0].fix.is_none(), "{rc}");
        }
        assert!(scene("_authToken=x").finds("credential-malformed", 1)[0].fix.is_none(), "a file of the user's");
    }

    #[test]
    fn npm_12_rejects_keys_that_npm_11_accepts() {
        let npm = |major, line: &str| scene(&format!("//h/:_authToken=good\n{line}")).npm(Version::new(major, 0, 0));
        for line in ["email=a@b.example", "certfile=c.pem\nkeyfile=k.pem"] {
            npm(11, line).finds("credential-malformed", 0);
            let found = npm(12, line).finds("credential-malformed", line.lines().count());
            assert!(found.iter().all(|one| one.npm_error == Some("ERR_INVALID_AUTH")), "{line}");
        }
        npm(12, "//h/:email=a@b.example\nalways-auth=true").finds("credential-malformed", 0);
        let pnpm = |version: &str| {
            let manifest = format!(r#"{{"name":"a","version":"1.0.0","packageManager":"pnpm@{version}"}}"#);
            let scene = Scene::new(&manifest).user_npmrc("email=a@b.example\n").npm(Version::new(12, 0, 0));
            scene.client(Manager::Pnpm)
        };
        pnpm("10.34.9").finds("credential-malformed", 1);
        pnpm("11.28.11").finds("credential-malformed", 0);
    }

    #[test]
    fn malformed_tokens_are_reported_without_showing_them() {
        for token in ["Bearer topsecret", "top secret", "$NPM_TOKEN", "%NPM_TOKEN%", "${{ secrets.T }}"] {
            let found = scene(&format!("//h/:_authToken={token}")).finds("credential-malformed", 1);
            assert!(!found[0].message.contains("topsecret"));
        }
        scene("//h/:_authToken=${T}").env("T", "\"topsecret\"").finds("credential-malformed", 1);
        scene("//h/:_authToken=${T}").env("T", "topsecret\n").finds("credential-malformed", 1);
        let placeholder = scene("//h/:_authToken=${NODE_AUTH_TOKEN}");
        placeholder.env("NODE_AUTH_TOKEN", "XXXXX-XXXXX-XXXXX-XXXXX").finds("credential-malformed", 1);
    }

    #[test]
    fn passwords_must_be_base64() {
        scene("//h/:_auth=alice:pass").finds("credential-malformed", 1);
        scene("//h/:username=alice\n//h/:_password=pa ss!").finds("credential-malformed", 1);
        scene("//h/:_auth=YWxpY2U6cGFzcw==").finds("credential-malformed", 0);
        scene("//h/:username=alice\n//h/:_password=cGFzcw==").finds("credential-malformed", 0);
    }

    #[test]
    fn valid_tokens_and_unset_variables_are_not_reported() {
        for token in ["npm_0123456789abcdefABCDEF", "\"npm_quoted\"", "eyJh.b-_c.d", "glpat-x_y", "${UNSET}"] {
            scene(&format!("//h/:_authToken={token}")).finds("credential-malformed", 0);
        }
    }

    #[test]
    fn trusted_publishing_may_replace_a_placeholder() {
        scene("//h/:_authToken=XXXXX-XXXXX-XXXXX-XXXXX")
            .env("GITHUB_ACTIONS", "true")
            .env("NPM_ID_TOKEN", "t")
            .finds("credential-malformed", 0);
    }
}
