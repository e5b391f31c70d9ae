//! Credentials in files that are packed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::{Gap, Reason};
use crate::project::seen::secrets::{self, Secret};
use crate::rules::diagnostic::{Diagnostic, Severity};
use crate::text::json::Type;
use crate::text::source::{Place, Source, Span};

/// The rule.
pub static RULE: Rule = Rule {
    id: "secret-packed",
    category: Category::Correctness,
    summary: "a file in the package contains a credential",
    npm_says: &["npm notice total files"],
    asks: &[],
    since: "0.1.0",
    stops: Stops::Nowhere,
    about: About::Package,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: Some("9.0"),
    docs: r#"
### What it finds

npm and GitHub tokens with a valid checksum, private key files, values in an `.env` that are named like secrets, and
credentials in a packed .npmrc or .yarnrc.yml. Text that only looks like a credential, an `.env` without secrets, and
files named like `id_rsa` are warnings. Binary files and files above 16 MB are not searched. The values are never shown.

### Why it matters

Anyone can download the package, and bots search every new version for credentials within minutes. A published version
cannot be reliably taken back.

### What to do

Revoke the credential first if it was ever published. Then list what belongs in the package in `files`. If `files` lists
the folder of the file, exclude it at the end: `"!lib/.env"`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0"
}
```
```text .env
DB_PASSWORD=correct-horse-battery
```
```js index.js
exports.lodge = 1
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    let mut by_file: BTreeMap<&str, Vec<&Secret>> = BTreeMap::new();
    for (path, secret) in &contents.secrets {
        by_file.entry(path).or_default().push(secret);
    }
    let named = contents.files.iter().filter_map(|file| Some((file.path.as_str(), secrets::private_name(&file.path)?)));
    let named: Vec<(&str, &str)> = named.filter(|(path, _)| !by_file.contains_key(path)).collect();
    if !by_file.is_empty() || !named.is_empty() {
        case.plan.package.settled()?;
    } else if contents.is_searched_in_part {
        let detail = "not every file of the package was searched for credentials: some are too large";
        return Err(Gap::unknown(Reason::Unsupported, detail).minor());
    }
    let why = "anyone who can install the package can read it";
    let mut found: Vec<Diagnostic> = Vec::new();
    for (path, secrets) in by_file {
        let is_certain = secrets.iter().any(|secret| secret.is_certain);
        let Some(first) = secrets.iter().find(|secret| secret.is_certain == is_certain) else { continue };
        let message = format!("`{path}` contains {}, and would be published", first.what);
        let mut diagnostic = Diagnostic::new(&RULE, message, why, keep_out(case, path) + REVOKE);
        diagnostic = match place(case, path, first) {
            Some(place) => diagnostic.at(place, ""),
            None => diagnostic.note(format!("on line {} of it", first.start.lines + 1)),
        };
        if !is_certain {
            diagnostic.severity = Severity::Warning;
        }
        if secrets.len() > 1 {
            diagnostic = diagnostic.note(format!("there are {} in this file", secrets.len()));
        }
        found.push(diagnostic);
    }
    for (path, what) in named {
        let message = format!("`{path}` is {what}, and would be published");
        let revoke = if secrets::is_environment(path) { "" } else { REVOKE };
        let mut diagnostic = Diagnostic::new(&RULE, message, why, keep_out(case, path) + revoke);
        diagnostic.severity = Severity::Warning;
        found.push(diagnostic);
    }
    Ok(found)
}

/// The place of a credential in a packed file, of whose text only what is not secret is quoted; `None`: it is inside of a tarball.
fn place(case: &Case<'_>, path: &str, secret: &Secret) -> Option<Place> {
    let manifest = &case.plan.package.manifest;
    if manifest.is_packed {
        return None;
    }
    let shown = manifest.source.path();
    let folder = shown.rfind('/').map_or("", |end| &shown[..=end]);
    let text = format!("{}…", secret.sign);
    let source = Arc::new(Source::part(format!("{folder}{path}"), &text, secret.start));
    Some(Place::new(&source, Span::new(0, secret.sign.len())))
}

const REVOKE: &str = "; revoke the credential if it was published before";

/// How to keep a file out of the package.
fn keep_out(case: &Case<'_>, path: &str) -> String {
    let has_files = case.plan.package.manifest.field("files").is_some_and(|files| files.type_of() == Type::Array);
    if !has_files {
        return "list what belongs in the package in `files`".to_owned();
    }
    // In a pattern other characters stand for something else.
    let is_literal = path.chars().all(|character| character.is_alphanumeric() || "/._-@".contains(character));
    if case.is_entry_of_files(path) {
        format!("remove `{path}` from `files`")
    } else if is_literal {
        format!("add `\"!{path}\"` at the end of `files`, or move the file")
    } else {
        "exclude it in `files`, or move the file".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::publisher::Manager;

    const ID: &str = super::RULE.id;

    #[test]
    fn only_packed_files_are_searched() {
        let scene = |files: &str| {
            let scene = Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0"{files}}}"#));
            scene.file("index.js", "").file(".env", "TOKEN=correct-horse\n").file(".npmrc", "//r/:_authToken=abc\n")
        };
        let found = scene("").finds(ID, 1);
        assert!(!format!("{:?}", found[0]).contains("correct-horse"));
        scene(r#","files":["index.js"]"#).finds(ID, 0);
    }

    #[test]
    fn yarn_1_packs_no_npmrc() {
        let scene = |manager: &str| {
            let manifest = format!(r#"{{"name":"left-lodge","version":"1.0.0","packageManager":"{manager}"}}"#);
            Scene::new(&manifest).file("index.js", "").file(".npmrc", "//r/:_authToken=abc\n").client(Manager::Yarn)
        };
        scene("yarn@1.22.22").finds(ID, 0);
        scene("yarn@4.18.1").finds(ID, 1);
    }

    #[test]
    fn the_help_names_an_entry_of_files_that_every_client_understands() {
        let scene = |files: &str, manager: &str| {
            let manifest =
                format!(r#"{{"name":"left-lodge","version":"1.0.0","packageManager":"{manager}","files":[{files}]}}"#);
            Scene::new(&manifest).file("lib/index.js", "").file("lib/.env", "DB_PASSWORD=correct-horse\n")
        };
        for (client, version) in [
            (Manager::Npm, "npm@11.19.1"),
            (Manager::Pnpm, "pnpm@12.21.0"),
            (Manager::Yarn, "yarn@4.18.1"),
            (Manager::Yarn, "yarn@1.22.22"),
            (Manager::Bun, "bun@1.4.5"),
        ] {
            let found = scene(r#""lib""#, version).client(client).finds(ID, 1);
            assert!(found[0].help.starts_with("add `\"!lib/.env\"` at the end of `files`"), "{}", found[0].help);
            scene(r#""lib","!lib/.env""#, version).client(client).finds(ID, 0);
        }
        let named = scene(r#""lib/index.js","./lib/.env""#, "npm@11.19.1").finds(ID, 1);
        assert!(named[0].help.starts_with("remove `lib/.env` from `files`"), "{}", named[0].help);
    }

    #[test]
    fn only_credentials_should_be_revoked() {
        for (path, text, is_secret) in
            [(".env", "PORT=3000\n", false), (".env", "TOKEN=correct-horse\n", true), ("id_rsa", "", true)]
        {
            let found = Scene::version("1.0.0").file(path, text).finds(ID, 1);
            assert_eq!(found[0].help.contains("revoke"), is_secret, "{path}");
        }
    }

    #[test]
    fn a_suspicious_name_alone_is_a_warning() {
        let found = Scene::version("1.0.0").file(".env", "PORT=3000\n").file("deploy/id_rsa", "").finds(ID, 2);
        assert!(found.iter().all(|found| found.severity == crate::rules::diagnostic::Severity::Warning));
        Scene::version("1.0.0").file(".env.example", "TOKEN=\n").file("id_rsa.pub", "x").finds(ID, 0);
    }
}
