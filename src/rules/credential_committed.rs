//! A credential that anyone with access to the repository or the package can read.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::{Gap, Reason};
use crate::plan::PublishPlan;
use crate::project::committed::{Written, in_publish_config};
use crate::rules::diagnostic::{Diagnostic, Fix, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "credential-committed",
    category: Category::Correctness,
    summary: "an .npmrc tracked by git, or `publishConfig`, contains a token or password",
    npm_says: &["E401"],
    asks: &[],
    since: "0.1.0",
    stops: Stops::Nowhere,
    about: About::Package,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: true,
    explains_no_user: false,
    order: Order::Last,
    security_severity: Some("8.0"),
    docs: r"
### What it finds

A literal token, password or private key in one of the project's configuration files that git tracks, or in
`publishConfig`, which is published with the rest of package.json. It is an error if the text has the format of a token
issued by npm, GitHub or GitLab; otherwise it is a warning, because it may be a placeholder. Credentials for a server on
the same machine and `${VARIABLE}` references are ignored.

### Why it matters

Anyone with access to the repository or the package can publish with it. Secret scanners report such tokens, which are
then revoked, and every publish fails with `E401`.

### What to do

Revoke the token, because it stays in the git history. Write `${NPM_TOKEN}` in the file instead and set that variable where
npm runs.

`lint --fix` writes `${NPM_TOKEN}` or `${NPM_PASSWORD}` into a file that git tracks; revoking the token is left to you.

### Example

```ini .npmrc
//registry.example.com/:_authToken=npm_000000000000000000000000000000000000
```

```text .git/index
.npmrc
```
",
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    let mut found = Vec::new();
    if plan.package.private().is_none() && !plan.options.dry_run.value {
        found.extend(in_publish_config(&plan.package.manifest).iter().map(|written| published(plan, written)));
    }
    found.extend(plan.git.committed.written.iter().map(tracked));
    let Some((path, why)) = &plan.git.committed.unreadable else { return Ok(found) };
    let detail = format!("`{path}` contains a credential, but git could not tell whether the file is tracked: {why}");
    if found.iter().any(Diagnostic::is_error) {
        let last = found.pop().map(|last| last.note(detail));
        found.extend(last);
        return Ok(found);
    }
    // That may be an error, which a warning must not hide.
    let parts = std::iter::once(detail).chain(found.into_iter().map(|diagnostic| diagnostic.message));
    Err(Gap::unknown(Reason::Unsupported, parts.collect::<Vec<_>>().join("; also, ")))
}

fn tracked(written: &Written) -> Diagnostic {
    let (what, variable) = noun(written);
    let message = format!("`{}` is tracked by git and contains a {what}", written.place.source.path());
    let why = "anyone with access to the repository can use it, and secret scanners get such tokens revoked";
    let help = format!("revoke the {what}, write `{variable}` instead, and set that variable where you publish");
    diagnostic(written, message, why, help).fix(Fix::replace(
        "read it from an environment variable",
        written.place.clone(),
        variable,
    ))
}

fn published(plan: &PublishPlan, written: &Written) -> Diagnostic {
    let (what, variable) = noun(written);
    let message = format!("`publishConfig` contains a {what}, which is published with the rest of package.json");
    let words = plan.runner.words();
    let why = format!(
        "anyone who can read the package can use it, and {} does not read credentials from `publishConfig`",
        words.name
    );
    let instead = match written.key.rsplit_once(':') {
        Some((nerf, "_authToken")) => words.write_token(nerf, "NPM_TOKEN"),
        _ => format!("write it as `{variable}` in {}", words.credentials),
    };
    diagnostic(written, message, &why, format!("revoke the {what}, remove it, and {instead}"))
}

fn noun(written: &Written) -> (&'static str, &'static str) {
    if written.key.to_ascii_lowercase().ends_with("token") {
        ("token", "${NPM_TOKEN}")
    } else {
        ("credential", "${NPM_PASSWORD}")
    }
}

fn diagnostic(written: &Written, message: String, why: &str, help: String) -> Diagnostic {
    let severity = if written.issued { Severity::Error } else { Severity::Warning };
    Diagnostic::new(&RULE, message, why, help).severity(severity).at(written.place.clone(), "stored in plain text")
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::rules::diagnostic::Severity;

    const TOKEN: &str = "npm_000000000000000000000000000000000000";

    fn scene(line: &str) -> Scene {
        Scene::version("1.0.0").npmrc(line).file(".git/index", ".npmrc\npackage.json\n")
    }

    #[test]
    fn a_token_in_a_tracked_file_is_reported_without_showing_it() {
        let found = scene(&format!("//r.example.com/:_authToken={TOKEN}\n")).finds("credential-committed", 1);
        assert_eq!(found[0].severity, Severity::Error);
        assert!(!format!("{found:?}").contains(TOKEN));
        for host in ["[2001:db8::1]:4873", "127.example.com"] {
            scene(&format!("//{host}/:_authToken={TOKEN}\n")).finds("credential-committed", 1);
        }
        let found = scene("//r.example.com/:_password=c2VjcmV0\n").finds("credential-committed", 1);
        assert_eq!(found[0].severity, Severity::Warning);
    }

    #[test]
    fn a_credential_that_nobody_else_can_read_or_use_is_fine() {
        for line in [
            "//r.example.com/:_authToken=${NPM_TOKEN}\n",
            "//r.example.com/:_authToken=\n",
            "//localhost:4873/:_authToken=anything\n",
            "//127.0.0.1:4873/:_authToken=anything\n",
            "//[::1]:4873/:_authToken=anything\n",
            "otp=123456\n",
            "tag=next\n",
        ] {
            scene(line).finds("credential-committed", 0);
        }
        let line = format!("//r.example.com/:_authToken={TOKEN}\n");
        scene(&line).file(".git/index", "package.json\n").finds("credential-committed", 0);
        Scene::version("1.0.0").npmrc(&line).finds("credential-committed", 0);
        Scene::version("1.0.0").user_npmrc(&line).file(".git/index", ".npmrc\n").finds("credential-committed", 0);
    }

    #[test]
    fn a_token_in_publish_config_is_reported() {
        let scene = |more: &str, key: &str, value: &str| {
            let config = format!(r#""publishConfig":{{"{key}":"{value}"}}"#);
            Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0",{more}{config}}}"#))
        };
        for key in ["//r.example.com/:_authToken", "_authToken"] {
            assert_eq!(scene("", key, TOKEN).finds("credential-committed", 1)[0].severity, Severity::Error);
            scene("", key, "${NPM_TOKEN}").finds("credential-committed", 0);
            scene(r#""private":true,"#, key, TOKEN).finds("credential-committed", 0);
        }
        scene("", "otp", "123456").finds("credential-committed", 0);
        scene("", "tag", "next").finds("credential-committed", 0);
    }

    #[test]
    fn without_an_answer_from_git_it_is_undecided() {
        let line = format!("//r.example.com/:_authToken={TOKEN}\n");
        Scene::version("1.0.0").npmrc(&line).file(".git/HEAD", "x").undecided("credential-committed");
        let besides = |token: &str| {
            let manifest =
                format!(r#"{{"name":"left-lodge","version":"1.0.0","publishConfig":{{"_authToken":"{token}"}}}}"#);
            Scene::new(&manifest).npmrc(&line).file(".git/HEAD", "x")
        };
        let warning = besides("s3cret").undecided("credential-committed");
        assert!(warning.detail.contains("also, `publishConfig` contains a token"), "{}", warning.detail);
        let error = besides(TOKEN).finds("credential-committed", 1);
        assert!(error[0].notes[0].contains("git could not tell"), "{error:?}");
    }
}
