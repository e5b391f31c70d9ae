//! A credential that everybody who has the repository can read.

use super::{Answer, Case, Category, Rule};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::registry::{Reason, Unknown};

/// The rule.
pub static RULE: Rule = Rule {
    id: "credential-committed",
    category: Category::Correctness,
    summary: "an .npmrc that git tracks holds a token or a password",
    npm_says: &["E401"],
    asks: &[],
    since: "0.1.0",
    check,
    docs: r"
### What it finds

A token, a password or a private key written out in a configuration file of the project that git tracks. It is an error
when the text has the form in which npm, GitHub or GitLab issue tokens, and else a warning, since it may be a stand-in.
A server on the same machine does not count, nor does `${VARIABLE}`.

### Why it matters

Everybody who has the repository, a fork or a build log's checkout can publish with it. Secret scanners revoke what they
find, and from then on every publish fails with E401.

### What to do

Revoke the token, as it stays in the history. Write `${NPM_TOKEN}` into the file and set that variable where npm runs.

### Example

```ini .npmrc
//registry.example.com/:_authToken=npm_000000000000000000000000000000000000
```

```text .git/index
.npmrc
```
",
};

fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let committed = &case.plan.committed;
    let found: Vec<_> = committed
        .written
        .iter()
        .map(|written| {
            let is_token = written.key.ends_with("oken");
            let (what, variable) = if is_token { ("token", "${NPM_TOKEN}") } else { ("credential", "${NPM_PASSWORD}") };
            let path = written.place.source.path();
            let diagnostic = Diagnostic::new(
                &RULE,
                format!("git tracks `{path}`, which holds a {what}"),
                "everybody who has the repository can use it, and secret scanners revoke such tokens",
                format!("revoke the {what}, write `{variable}` instead and set that variable where npm runs"),
            )
            .at(written.place.clone(), format!("this {what} is written out"))
            .fix(Fix::replace("read it from a variable", written.place.clone(), variable));
            if written.issued { diagnostic } else { diagnostic.severity(Severity::Warning) }
        })
        .collect();
    match &committed.untold {
        Some(path) if found.is_empty() => Err(Unknown::new(
            Reason::Unsupported,
            format!(
                "`{path}` holds a credential, and git cannot be asked whether it tracks the file; `git ls-files {path}` tells"
            ),
        )),
        _ => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity;
    use crate::testing::Scene;

    const TOKEN: &str = "npm_000000000000000000000000000000000000";

    fn scene(line: &str) -> Scene {
        Scene::version("1.0.0").npmrc(line).file(".git/index", ".npmrc\npackage.json\n")
    }

    #[test]
    fn a_token_in_a_tracked_file_is_found_and_never_shown() {
        let found = scene(&format!("//r.example.com/:_authToken={TOKEN}\n")).finds("credential-committed", 1);
        assert_eq!(found[0].severity, Severity::Error);
        assert!(!format!("{found:?}").contains(TOKEN));
        let found = scene("//r.example.com/:_password=c2VjcmV0\n").finds("credential-committed", 1);
        assert_eq!(found[0].severity, Severity::Warning);
    }

    #[test]
    fn what_nobody_else_can_read_or_use_is_not() {
        for line in [
            "//r.example.com/:_authToken=${NPM_TOKEN}\n",
            "//r.example.com/:_authToken=\n",
            "//localhost:4873/:_authToken=anything\n",
            "//127.0.0.1:4873/:_authToken=anything\n",
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
    fn a_repository_that_cannot_be_asked_leaves_it_open() {
        let line = format!("//r.example.com/:_authToken={TOKEN}\n");
        Scene::version("1.0.0").npmrc(&line).file(".git/HEAD", "x").undecided("credential-committed");
    }
}
