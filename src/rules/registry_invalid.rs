//! A registry that npm cannot use: not a URL, the wrong protocol, an unexpanded variable, or a scope key that npm ignores.

use std::io::ErrorKind;

use url::Url;

use super::{About, Answer, Case, Category, Input, Needs, Order, Rule, Stops};
use crate::plan::{PublishPlan, Target, shown};
use crate::project::npm_config::ConfigFile;
use crate::project::npm_config::definitions::DEFAULT_REGISTRY;
use crate::project::world::read;
use crate::publisher::{Fault, Manager, yarn};
use crate::rules::diagnostic::{Diagnostic, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "registry-invalid",
    category: Category::Correctness,
    summary: "the registry is not a URL that npm can publish to",
    npm_says: &["ERR_INVALID_URL", "Invalid URL", "E426", "ENOTFOUND", "registry.trim is not a function"],
    asks: &[],
    since: "0.1.0",
    stops: Stops::ClientEarly,
    about: About::Target,
    decided_by: &[Input::Destination],
    needs: Needs::Manifest,
    for_private: true,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r"
### What it finds

A registry that is empty, not a URL, or a list; a registry with an unexpanded `${VARIABLE}`, because the variable is not set
or because npm never expands variables in `publishConfig`; a `--registry` that is not a URL, which npm ignores; and `http` for
npm's public registry. As a warning: a key such as `@Scope:registry` or `scope:registry` that npm ignores because it is not
spelled like the scope in the package name; an `.npmrc` that cannot be read; a registry that it may replace is then not contacted.

### Why it matters

npm does not fall back to another registry: it fails, or connects to a host that does not exist. npm's public registry
answers `http` with 426. If npm ignores a scope key, the package goes to the wrong registry.

### What to do

Write the full URL, with `https://` and a slash at the end.

### Example

```ini .npmrc
registry=registry.example.com
```
",
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    // npm skips a private workspace, but only after it has parsed the registry as a URL.
    if plan.is_skipped() && !is_no_url(&plan.destination.target) {
        return Ok(vec![]);
    }
    let origin = plan.destination.origin();
    let help = "write the full URL, such as `https://registry.example.com/`";
    let client = plan.runner.name();
    let mut found = Vec::new();
    match &plan.destination.target {
        Target::Invalid { text, why, .. } => {
            let shown = if text.trim().is_empty() { String::new() } else { format!(" `{}`", plan.destination.shown()) };
            let diagnostic = Diagnostic::new(
                &RULE,
                format!("{client} cannot publish to the registry{shown}: {why}"),
                format!("{client} fails; it does not fall back to another registry"),
                help,
            )
            .at_origin("the registry", origin, "this registry");
            found.push(if text.contains("://") { diagnostic } else { diagnostic.npm_error("ERR_INVALID_URL") });
        }
        Target::Registry { url, text, .. } => {
            let default = DEFAULT_REGISTRY.trim_start_matches("https://").trim_end_matches('/');
            if text.contains("${") {
                let diagnostic = Diagnostic::new(
                    &RULE,
                    format!("the registry `{}` contains an unexpanded variable", plan.destination.shown()),
                    format!("{client} expands a variable only if it is set, and never in package.json"),
                    "set the variable, or write the URL without a variable",
                )
                .at_origin("the registry", origin, "not expanded");
                found.push(if url.host_str().is_some_and(|host| host.contains('$')) {
                    diagnostic.npm_error("ENOTFOUND")
                } else {
                    diagnostic
                });
            } else if url.scheme() == "http" && url.host_str() == Some(default) && url.port().is_none() {
                let diagnostic = Diagnostic::new(
                    &RULE,
                    "npm's public registry is configured with `http`",
                    "it answers 426 and requires `https`",
                    format!("write `{DEFAULT_REGISTRY}`"),
                )
                .npm_error("E426")
                .at_origin("the registry", origin, "http");
                found.push(diagnostic);
            }
        }
    }
    if let Some((_, value, flag)) =
        plan.config.dropped.iter().find(|(key, ..)| key == "registry" && plan.runner.is_sent_by_npm())
    {
        let diagnostic = Diagnostic::new(
            &RULE,
            format!("`{}` is not a URL, so the package would go to {}", shown(value), plan.destination.shown()),
            "npm ignores a `--registry` that is not a URL, with a warning",
            help,
        );
        let diagnostic = diagnostic.note(format!("it comes from {flag}"));
        // `--registry` without a value asks for no registry in particular.
        let names_none = value.as_text().is_none_or(str::is_empty)
            && (!plan.destination.astray || plan.config.may_be_overruled(origin));
        found.push(if names_none { diagnostic.severity(Severity::Warning) } else { diagnostic });
    }
    found.extend(plan.runner.client_faults().iter().filter_map(variable_in_registry));
    found.extend(plain_http(plan));
    found.extend(misspelt_scope_key(case));
    found.extend(plan.config.unread_files().map(|file| unread(case, file)));
    Ok(found)
}

/// Yarn since 2 speaks plain http with no host that its settings do not name.
fn plain_http(plan: &PublishPlan) -> Option<Diagnostic> {
    let client =
        plan.runner.client.as_ref().filter(|client| client.other() == Some(Manager::Yarn) && !client.is_before(2))?;
    let (url, _) = plan.destination.registry().filter(|(url, _)| url.scheme() == "http")?;
    let host = url.host_str().filter(|host| !yarn::speaks_plainly_with(&plan.config, host))?;
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("{} does not publish to {}, which is plain http", client.manager.name(), plan.destination.shown()),
        "Yarn uses plain HTTP only for hosts in `unsafeHttpWhitelist`, and fails with YN0081",
        format!("write `https://`, or add `{host}` to `unsafeHttpWhitelist` in `.yarnrc.yml`"),
    );
    Some(diagnostic.at_origin("the registry", plan.destination.origin(), "plain http"))
}

/// pnpm since 12.19 refuses to start.
fn variable_in_registry(fault: &Fault) -> Option<Diagnostic> {
    let Fault::VariableInRegistry { key, origin } = fault else { return None };
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("pnpm does not expand variables in the project's `{key}`"),
        "pnpm 12.19 and later fail with ERR_PNPM_REGISTRY_ENV_NOT_EXPANDED, so that a repository cannot send packages \
            somewhere else based on the machine's variables",
        "write the URL without a variable, or set the registry in the user's .npmrc or with PNPM_CONFIG_REGISTRY",
    );
    Some(diagnostic.at_origin(&format!("`{key}`"), origin, "this registry"))
}

/// A file that may name the registry. npm is silent about it, too.
fn unread(case: &Case<'_>, file: &ConfigFile) -> Diagnostic {
    let kind = file.unread.unwrap_or(ErrorKind::Other);
    let client = case.plan.runner.name();
    let (why, help) = if read::is_unread(kind) {
        (format!("{client} may read a registry or a credential from it"), "make it a regular file of at most 1 MB")
    } else {
        let registry = case.plan.destination.shown();
        let why = format!("{client} silently skips a file that it cannot read, and would publish to {registry}");
        (why, "make the file readable, or use another one")
    };
    let message = format!("the {} configuration `{}` cannot be read: {}", file.layer, file.shown, read::describe(kind));
    let diagnostic = Diagnostic::new(&RULE, message, why, help).severity(Severity::Warning);
    if case.plan.destination.astray {
        diagnostic.note("the registry was not contacted, because this file may replace it")
    } else {
        diagnostic
    }
}

/// Whether npm stops as soon as it looks for the credential (`@npmcli/config` as shipped with npm 11.19.1, lib/nerf-dart.js).
fn is_no_url(target: &Target) -> bool {
    matches!(target, Target::Invalid { text, .. } if Url::parse(text.trim()).is_err())
}

/// A key that would decide the registry if it were written like the scope.
fn misspelt_scope_key(case: &Case<'_>) -> Option<Diagnostic> {
    let plan = case.plan;
    let scope = plan.package.name()?.scope()?;
    let key = format!("{scope}:registry");
    if plan.config.flat(&key).is_some() || plan.package.manifest.publish_config(&key).is_some() {
        return None;
    }
    let bare = |key: &str| key.trim_start_matches('@').to_ascii_lowercase();
    let (_, entry) = plan.config.entries().find(|(_, entry)| bare(&entry.key) == bare(&key))?;
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("{} ignores `{}` for packages in the scope `{scope}`", plan.runner.name(), entry.key),
        format!("the key is not spelled like the scope, so the package goes to {}", plan.destination.shown()),
        format!("write `{key}`"),
    );
    Some(diagnostic.severity(Severity::Warning).at_origin("the key", &entry.origin, "ignored"))
}

#[cfg(test)]
mod tests {
    use super::Severity;
    use crate::commands::testing::Scene;
    use crate::facts::{Ask, Facts};
    use crate::rules::lint::{Options, lint};

    #[test]
    fn a_registry_that_is_not_a_url_is_reported() {
        for line in
            ["registry=my-registry", "registry=", "registry=${REG}", "registry=localhost:4873", "registry[]=https://h/"]
        {
            Scene::version("1.0.0").npmrc(line).finds("registry-invalid", 1);
        }
        let manifest = r#"{"name":"left-lodge","version":"1.0.0","publishConfig":{"registry":"https://${HOST}/"}}"#;
        let found = Scene::new(manifest).finds("registry-invalid", 1);
        assert_eq!(found[0].npm_error, Some("ENOTFOUND"));
    }

    #[test]
    fn a_registry_flag_that_is_not_a_url_is_ignored() {
        Scene::version("1.0.0").args(&["--registry", "my-registry"]).finds("registry-invalid", 1);
        let none = Scene::version("1.0.0").npmrc("registry=https://h/").args(&["--no-registry"]);
        assert_eq!(none.finds("registry-invalid", 1)[0].severity, Severity::Warning);
        let empty = || Scene::version("1.0.0").args(&["--registry="]);
        let found = empty().npmrc("registry=https://h/").finds("registry-invalid", 1);
        assert_eq!(found[0].severity, Severity::Warning);
        assert_eq!(empty().finds("registry-invalid", 1)[0].severity, Severity::Error);
    }

    #[test]
    fn a_private_workspace_is_reported_only_if_npm_cannot_parse_the_url() {
        let member = |registry: &str| {
            let manifest = format!(
                r#"{{"name":"a","version":"1.0.0","private":true,"publishConfig":{{"registry":"{registry}"}}}}"#
            );
            Scene::new(r#"{"private":true,"workspaces":["a"]}"#).file("a/package.json", &manifest).args(&["-w", "a"])
        };
        member("nope").finds("registry-invalid", 1);
        for registry in ["ftp://h/", "https://${HOST}/", "https://h/", ""] {
            member(registry).finds("registry-invalid", 0);
        }
    }

    #[test]
    fn a_registry_that_an_unread_file_may_replace_gets_no_request() {
        let manifest = r#"{"name":"left-lodge","version":"1.0.0","dependencies":{"otter":"1"}}"#;
        let unread = || Scene::new(manifest).file(".npmrc", &"# long\n".repeat(200_000));
        let plan = unread().plan();
        assert!(plan.destination.astray && plan.dependencies.sources.is_empty());
        assert!(plan.question(Ask::Packument).is_none());
        let report = lint(&unread().plans(), &Facts::default(), &Options::default());
        assert!(report.wanted.is_empty(), "{:?}", report.wanted);
        let found = unread().finds("registry-invalid", 1);
        assert_eq!(found[0].severity, Severity::Warning);
        assert!(found[0].message.ends_with("`.npmrc` cannot be read: it is too large"), "{}", found[0].message);
        let stronger = unread().args(&["--registry=https://h/"]);
        assert!(!stronger.plan().destination.astray, "a flag beats the file");
        stronger.finds("registry-invalid", 1);
        assert!(
            unread().user_npmrc("registry=https://h/").plan().destination.astray,
            "the project's file beats the user's"
        );
    }

    #[test]
    fn a_file_that_expands_beyond_the_limit_is_not_read() {
        let scene = |text: &str| Scene::version("1.0.0").npmrc(text).env("LONG", &"x".repeat(2_000));
        scene(&"a=${LONG}\n".repeat(400)).finds("registry-invalid", 0);
        for text in [
            format!("//h/:_authToken={}", "${LONG}".repeat(1_000)),
            format!("registry=http://{}", "@".repeat(100_000)),
            "a=${LONG}\n".repeat(1_000),
        ] {
            let found = scene(&text).finds("registry-invalid", 1);
            assert!(found[0].message.ends_with("`.npmrc` cannot be read: it is too large"), "{}", found[0].message);
        }
        // Sections in each other have no end of their own.
        let nested = format!("[{}]\nx=1\n", "a.".repeat(20_000));
        scene(&nested).finds("registry-invalid", 0);
    }

    #[test]
    fn a_valid_url_is_fine() {
        for line in ["registry=https://h/", "registry=http://localhost:4873", "registry=https://h/a/b/", "other=x"] {
            Scene::version("1.0.0").npmrc(line).finds("registry-invalid", 0);
        }
        Scene::version("1.0.0").npmrc("registry=https://${HOST}/").env("HOST", "h").finds("registry-invalid", 0);
    }

    #[test]
    fn http_to_the_public_registry_is_an_error() {
        let http = super::DEFAULT_REGISTRY.replace("https", "http");
        let found = Scene::version("1.0.0").npmrc(&format!("registry={http}")).finds("registry-invalid", 1);
        assert_eq!(found[0].npm_error, Some("E426"));
    }

    #[test]
    fn a_misspelled_scope_key_is_a_warning() {
        let scoped = || Scene::new(r#"{"name":"@acme/core","version":"1.0.0"}"#);
        for key in ["@Acme:registry", "acme:registry"] {
            let found = scoped().npmrc(&format!("{key}=https://h/")).finds("registry-invalid", 1);
            assert_eq!(found[0].severity, Severity::Warning);
        }
        scoped().npmrc("@acme:registry=https://h/").finds("registry-invalid", 0);
        scoped().npmrc("@other:registry=https://h/").finds("registry-invalid", 0);
    }
}
