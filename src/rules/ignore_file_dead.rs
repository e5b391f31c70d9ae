//! Ignore files that do not keep out what they name.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::project::package_files::ListError;
use crate::project::package_files::ignored::{DeadLine, Why};
use crate::rules::diagnostic::{Diagnostic, Severity};

/// How many lines are reported.
const MAX_REPORTED: usize = 5;

/// The rule.
pub static RULE: Rule = Rule {
    id: "ignore-file-dead",
    category: Category::Suspicious,
    summary: "a line in an ignore file has no effect, so a file that should be ignored is packed",
    npm_says: &["Invalid regular expression"],
    asks: &[],
    since: "0.1.0",
    stops: Stops::Nowhere,
    about: About::Package,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

An .npmignore whose files are packed anyway, because npm and pnpm do not read it if package.json has `files`. A line
that starts with `./` or uses backslashes, which matches nothing, so the files it is meant to exclude are packed. A line or an entry of
`files` that makes npm fail is an error, and so is an entry such as `../**`, for which npm 12 looks through the folders
outside of the package.

### Why it matters

Files that should not be in the package are published.

### What to do

If there is a `files`, exclude them there: `"!lib/private"`. In an ignore file, write `/private` instead of `./private`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0"
}
```
```text .npmignore
./notes
```
```text notes/plans.txt
-
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let contents = match &case.plan.packed().contents {
        Ok(contents) => contents,
        Err(ListError::Pattern(why)) => {
            case.plan.package.settled()?;
            let message = format!("npm fails on {why}");
            let why = "npm turns each pattern into a regular expression, and does not say which one is invalid";
            let found = Diagnostic::new(&RULE, message, why, "rewrite it, or remove it");
            return Ok(vec![found.severity(Severity::Error)]);
        }
        Err(ListError::Endless(entry)) => {
            case.plan.package.settled()?;
            let message = format!("npm may never finish packing because of the entry `{entry}` of `files`");
            let why = "npm 12 first looks at every file below that folder, which is outside of the package: below a home \
                       directory that takes hours. None of these files is ever packed";
            let found = Diagnostic::new(
                &RULE,
                message,
                why,
                "remove the entry; `files` cannot name files outside of the package",
            );
            let found = found.at(case.plan.package.manifest.place_of("files"), "in this list");
            return Ok(vec![found.severity(Severity::Error)]);
        }
        Err(_) => return Ok(vec![]),
    };
    if !contents.dead_lines.is_empty() {
        case.plan.package.settled()?;
    }
    let diagnostic = |line: &DeadLine| {
        let DeadLine { file, line, text, why, packed } = line;
        let (why, help) = match why {
            Why::Files => (
                format!("`{file}` is not read because package.json has `files`, so `{packed}` is packed"),
                format!("exclude it in `files`, as in `\"!{}\"`, and remove `{file}`", text.trim_start_matches('/')),
            ),
            Why::Dot => (
                format!("a line that starts with `./` matches nothing, so `{packed}` is packed"),
                format!("write `{}`", &text[1..]),
            ),
            Why::Backslash => (
                format!(
                    "a backslash is not a path separator there and the line matches nothing, so `{packed}` is \
                    packed"
                ),
                format!("write `{}`", text.replace('\\', "/")),
            ),
        };
        Diagnostic::new(&RULE, format!("`{text}` in `{file}`, line {line}, has no effect"), why, help)
    };
    Ok(contents.dead_lines.iter().take(MAX_REPORTED).map(diagnostic).collect())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::npm::version::Version;
    use crate::rules::diagnostic::Severity;

    const ID: &str = super::RULE.id;

    #[test]
    fn a_npmignore_beside_files_matters_if_it_names_packed_files() {
        let scene = |files: &str, ignored: &str| {
            let package = format!(r#"{{"name":"left-lodge","version":"1.0.0","main":"lib/a.js","files":{files}}}"#);
            let scene = Scene::new(&package).file("lib/a.js", "").file("lib/a.test.js", "").file("src/a.ts", "");
            scene.file("README.md", "").file(".npmignore", ignored)
        };
        scene(r#"["lib"]"#, "*.test.js\n").finds(ID, 1);
        scene(r#"["lib"]"#, "lib/\n").finds(ID, 1);
        scene(r#"["lib"]"#, "src\n.github\n").finds(ID, 0);
        scene(r#"["lib","!*.test.js"]"#, "*.md\n").finds(ID, 0);
        scene(r#"["lib"]"#, "*.test.js\n!lib/a.test.js\n").finds(ID, 0);
    }

    #[test]
    fn a_line_that_matches_nothing_matters_if_it_looks_like_a_match() {
        let scene = |line: &str| Scene::version("1.0.0").file("a/b.txt", "").file("c.js", "").file(".gitignore", line);
        for line in ["./a", "./a/b.txt", "a\\b.txt", "./a/*.txt"] {
            scene(line).finds(ID, 1);
        }
        for line in ["./d", "/a", "a\\d.txt", "\\#a", "#./a", "!./a"] {
            scene(line).finds(ID, 0);
        }
    }

    #[test]
    fn an_entry_that_makes_npm_12_walk_the_parent_folder_is_an_error() {
        let scene = |entry: &str, npm: &str| {
            let package = format!(r#"{{"name":"left-lodge","version":"1.0.0","files":["lib","{entry}"]}}"#);
            Scene::new(&package)
                .file("lib/a.js", "")
                .file("../beside/b.js", "")
                .npm(Version::valid(npm, false).unwrap())
        };
        for entry in ["../**", "!../**", "./../**/*.js", "../../**", "{..,lib}/**", "lib/../../**"] {
            let found = scene(entry, "12.2.2").finds(ID, 1);
            assert_eq!(found[0].severity, Severity::Error, "{entry}");
            scene(entry, "11.19.1").finds(ID, 0);
        }
        for entry in ["../beside", "../*", "**", "lib/../**"] {
            scene(entry, "12.2.2").finds(ID, 0);
        }
    }

    #[test]
    fn a_line_that_makes_npm_fail_is_an_error() {
        let found = Scene::version("1.0.0").file("lib/.npmignore", "a-[[:digit:]].txt\n").finds(ID, 1);
        assert_eq!(found[0].severity, Severity::Error);
        assert!(found[0].message.contains("lib/.npmignore"), "{}", found[0].message);
    }
}
