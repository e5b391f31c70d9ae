//! A package.json that npm cannot read, or that has a field whose type makes npm fail.

mod extensions;
mod overrides;
mod publish_config;
mod types;

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::{Gap, Reason};
use crate::project::manifest::Broken;
use crate::rules::diagnostic::Diagnostic;
use crate::text::source::Span;

/// A field npm fails on.
struct Problem {
    message: String,
    why: &'static str,
    npm_error: Option<&'static str>,
    span: Span,
}

const DEPENDENCIES: [&str; 4] = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

/// The rule.
pub static RULE: Rule = Rule {
    id: "manifest-invalid",
    category: Category::Correctness,
    summary: "package.json cannot be read, or a field has a type that makes npm fail",
    npm_says: &[
        "ENOENT",
        "EJSONPARSE",
        "Could not read package.json",
        "Invalid package.json",
        "The \"main\" attribute must be of type string",
        "must provide string spec",
        "files is not iterable",
        "Cannot read properties of undefined (reading 'replace')",
        "EWORKSPACESCONFIG",
        "EOVERRIDE",
        "EPACKAGEEXTENSIONS",
    ],
    asks: &[],
    since: "0.1.0",
    stops: Stops::ClientEarly,
    about: About::Package,
    decided_by: &[],
    needs: Needs::ManifestText,
    for_private: true,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A package.json that is missing, is not JSON (comments, a trailing comma, a merge conflict), or is not an object. Also fields
whose type makes npm fail while it reads or packs the package: a `main` that is not a string, a dependency whose version
range is not a string, a `files` that is not a list of strings, `null` in `contributors`, or an `overrides` entry that
contradicts a dependency. Wrong types that npm silently repairs are not reported. For npm 12 also `packageExtensions` in a
package that is not private.

### Why it matters

npm fails, often with an error message that does not name the field.

### What to do

Correct the place that the diagnostic points at.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "main": ["index.js"]
}
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let manifest = &case.plan.package.manifest;
    let Some(broken) = &manifest.broken else {
        // Other clients look at none of these.
        let npm = case.plan.runner.is_sent_by_npm();
        let problems = npm.then(|| types::problems(manifest).into_iter().chain(publish_config::problems(case.plan)));
        let problems = problems.into_iter().flatten();
        let problems = problems.chain(extensions::problem(case.plan));
        let found = problems.map(|problem| {
            let diagnostic = Diagnostic::new(&RULE, problem.message, problem.why, "correct the field, or remove it")
                .at(manifest.place(problem.span), "");
            match problem.npm_error {
                Some(code) => diagnostic.npm_error(code),
                None => diagnostic,
            }
        });
        return Ok(found.collect());
    };
    let (span, code, help) = match broken {
        Broken::Unread(_) | Broken::Beyond(_) => return Err(Gap::unknown(Reason::Unsupported, broken.to_string())),
        Broken::Missing { .. } => {
            (None, Some("ENOENT"), "run npm-preflight in the package's folder, or pass that folder")
        }
        Broken::IsFolder => (None, Some("EISDIR"), "replace the folder with a file"),
        Broken::Unreadable(_) => (None, None, "make the file readable"),
        Broken::Utf16 => (Some(Span::at(0)), Some("EJSONPARSE"), "save the file as UTF-8"),
        Broken::MergeConflict { span } => (Some(*span), Some("EJSONPARSE"), "resolve the conflict"),
        Broken::Syntax { span, .. } => (Some(*span), Some("EJSONPARSE"), "correct the syntax"),
        Broken::NotAnObject { span, .. } => (Some(*span), None, "write an object: `{ \"name\": …, \"version\": … }`"),
    };
    let mut diagnostic = Diagnostic::new(
        &RULE,
        broken.to_string(),
        format!("{} cannot publish a package whose package.json it cannot read", case.plan.runner.name()),
        help,
    );
    diagnostic.npm_error = code;
    let prefix = case.plan.config.flag("prefix").and_then(|entry| entry.value.as_text());
    if let (Broken::Missing { .. }, Some(prefix), None) = (broken, prefix, case.plan.runner.other_client()) {
        diagnostic =
            diagnostic.note("`--prefix` does not choose the package: npm publishes the one in the folder it runs in");
        let folder = std::path::Path::new(prefix);
        let shown = match folder.strip_prefix(&manifest.folder) {
            Ok(below) => format!("./{}", below.display()),
            Err(_) => prefix.to_owned(),
        };
        diagnostic.help = format!("pass the folder as an argument: `npm publish {shown}`");
    }
    diagnostic.place = span.map(|span| manifest.place(span));
    Ok(vec![diagnostic])
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use crate::commands::testing::Scene;
    use crate::project::manifest::Manifest;
    use crate::project::world::World;
    use crate::publisher::Manager;

    #[test]
    fn a_syntax_error_is_reported_at_its_place() {
        for (text, offset) in [
            ("{\n  \"name\": \"a\",\n}\n", 15),
            ("{\"name\": \"a\"} // comment\n", 14),
            ("{\n<<<<<<< HEAD\n  \"name\": \"a\"\n", 2),
        ] {
            let found = Scene::new(text).finds("manifest-invalid", 1);
            assert_eq!(found[0].npm_error, Some("EJSONPARSE"));
            assert_eq!(found[0].place.as_ref().unwrap().span.start, offset, "{text}");
        }
        Scene::new("").finds("manifest-invalid", 1);
        Scene::new("[]").finds("manifest-invalid", 1);
    }

    #[test]
    fn the_help_says_that_prefix_does_not_select_the_package() {
        let scene = Scene::version("1.0.0").args(&["--prefix", "lib"]);
        let mut plan = scene.plan();
        let nowhere = World::memory(&[], &[]);
        plan.package.manifest = Arc::new(Manifest::read(&nowhere, Path::new("/project")));
        let found = scene.check_plan("manifest-invalid", &plan).unwrap();
        assert_eq!(found[0].help, "pass the folder as an argument: `npm publish ./lib`");
    }

    #[test]
    fn a_field_of_the_wrong_type_fails_only_in_npm() {
        let scene = || Scene::new(r#"{"name":"a","version":"1.0.0","main":["index.js"]}"#);
        scene().finds("manifest-invalid", 1);
        for client in [Manager::Pnpm, Manager::Yarn, Manager::Bun] {
            scene().client(client).finds("manifest-invalid", 0);
        }
        scene().packed_by("pnpm@10.34.8").client(Manager::Pnpm).finds("manifest-invalid", 1);
    }

    #[test]
    fn a_byte_order_mark_and_duplicate_keys_are_fine() {
        Scene::new("\u{feff}{\"name\":\"a\",\"version\":\"1.0.0\"}").finds("manifest-invalid", 0);
        Scene::new(r#"{"name":5,"name":"a","version":"1.0.0"}"#).finds("manifest-invalid", 0);
    }
}
