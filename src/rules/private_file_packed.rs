//! Files that are of use only to the package's developers.

use std::collections::BTreeMap;

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::rules::diagnostic::{Diagnostic, Severity};
use crate::text::count::and_more;

/// The rule.
pub static RULE: Rule = Rule {
    id: "private-file-packed",
    category: Category::Suspicious,
    summary: "a file from an editor, a coding assistant, a cache or a log is in the package",
    npm_says: &[],
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

Files and folders of coding assistants (`.claude`, `.cursor`, ...) and editors (`.vscode`, `.idea`, ...), coverage
reports, caches, logs, and tarballs of the package itself. Instructions for assistants in the package's root, such as
AGENTS.md, are an info. Files that `files` lists explicitly, and files in `examples`, `templates`, `skills` or
`plugins`, are not reported.

### Why it matters

They make the package larger and may reveal paths, names and settings of your machine.

### What to do

List what belongs in the package in `files`, or exclude these files in .npmignore.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0"
}
```
```json .vscode/settings.json
{}
```
```js index.js
exports.lodge = 1
```
"#,
};

const FOLDERS: [(&str, &str); 31] = [
    (".claude", "a coding assistant"),
    (".cursor", "a coding assistant"),
    (".windsurf", "a coding assistant"),
    (".codex", "a coding assistant"),
    (".gemini", "a coding assistant"),
    (".kiro", "a coding assistant"),
    (".roo", "a coding assistant"),
    (".continue", "a coding assistant"),
    (".cline", "a coding assistant"),
    (".pi", "a coding assistant"),
    (".specstory", "a coding assistant"),
    (".serena", "a coding assistant"),
    (".junie", "a coding assistant"),
    (".trae", "a coding assistant"),
    (".augment", "a coding assistant"),
    (".opencode", "a coding assistant"),
    (".agents", "a coding assistant"),
    (".aider.tags.cache.v3", "a coding assistant"),
    (".vscode", "an editor"),
    (".idea", "an editor"),
    (".vs", "an editor"),
    (".fleet", "an editor"),
    ("coverage", "a test run"),
    (".nyc_output", "a test run"),
    (".turbo", "a cache"),
    (".cache", "a cache"),
    (".next", "a cache"),
    (".parcel-cache", "a cache"),
    (".nx", "a cache"),
    (".svelte-kit", "a cache"),
    ("__pycache__", "a cache"),
];

const FILES: [(&str, &str); 9] = [
    ("CLAUDE.local.md", "a coding assistant"),
    (".cursorrules", "a coding assistant"),
    (".windsurfrules", "a coding assistant"),
    (".clinerules", "a coding assistant"),
    (".cursorignore", "a coding assistant"),
    (".aiderignore", "a coding assistant"),
    (".eslintcache", "a cache"),
    ("Thumbs.db", "the operating system"),
    ("desktop.ini", "the operating system"),
];

/// Written for assistants, and for people, too.
const INSTRUCTIONS: [&str; 4] = ["CLAUDE.md", "AGENTS.md", "GEMINI.md", ".mcp.json"];

/// Folders of what is meant to be copied.
const SHOWN: [&str; 4] = ["examples", "example", "skills", "fixtures"];

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    let mut found: BTreeMap<(Severity, &str), Vec<&str>> = BTreeMap::new();
    for file in &contents.files {
        if let Some(kind) = kind(&file.path).filter(|_| !case.is_entry_of_files(&file.path)) {
            found.entry(kind).or_default().push(&file.path);
        }
    }
    if !found.is_empty() {
        case.plan.package.settled()?;
    }
    let diagnostic = |((severity, what), paths): ((Severity, &str), Vec<&str>)| {
        let first = paths.first().copied().unwrap_or_default();
        let others = paths.len() - 1;
        let belongs = if others == 0 { "it belongs" } else { "they belong" };
        let message = format!("`{first}`{} would be published: {belongs} to {what}", and_more(others, "file"));
        let why = "it is useless to users of the package, and may reveal details of your machine";
        let help = "list what belongs in the package in `files`, or exclude it in .npmignore";
        let mut diagnostic = Diagnostic::new(&RULE, message, why, help);
        diagnostic.severity = severity;
        diagnostic
    };
    Ok(found.into_iter().map(diagnostic).collect())
}

/// What a file is of.
fn kind(path: &str) -> Option<(Severity, &'static str)> {
    let parts: Vec<&str> = path.split('/').collect();
    let (name, folders) = parts.split_last()?;
    let is_shown = |folder: &&str| {
        SHOWN.contains(folder)
            || folder.starts_with("template")
            || folder.starts_with("plugin")
            || *folder == "node_modules"
    };
    if folders.iter().any(is_shown) {
        return None;
    }
    let folder = folders.iter().find_map(|folder| FOLDERS.iter().find(|(known, _)| known == folder));
    if let Some((_, what)) = folder.or_else(|| FILES.iter().find(|(known, _)| known == name)) {
        return Some((Severity::Warning, what));
    }
    if folders.is_empty() && INSTRUCTIONS.contains(name) {
        return Some((Severity::Info, "a coding assistant"));
    }
    if folders.is_empty() && [".tgz", ".tar.gz"].iter().any(|end| name.ends_with(end)) {
        return Some((Severity::Warning, "an earlier package"));
    }
    if name.ends_with(".tsbuildinfo") {
        return Some((Severity::Warning, "a cache"));
    }
    let is_log = name.rsplit_once('.').is_some_and(|(_, end)| end == "log");
    (folders.is_empty() && is_log).then_some((Severity::Warning, "a log"))
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn a_root_that_is_meant_to_be_published_is_not_reported() {
        let scene = |path: &str| {
            let package = r#"{"name":"left-lodge","version":"1.0.0","files":["**",".vscode/a.code-snippets"]}"#;
            Scene::new(package).file("index.js", "").file(path, "")
        };
        for path in [".cursor/rules/a.mdc", ".turbo/build.log", "a-1.0.0.tgz", "debug.log", "lib/.idea/x.xml"] {
            scene(path).finds(ID, 1);
        }
        for path in
            [".vscode/a.code-snippets", "examples/a/.vscode/x.json", "template-x/.idea/y", ".claude-plugin/p.json"]
        {
            scene(path).finds(ID, 0);
        }
    }
}
