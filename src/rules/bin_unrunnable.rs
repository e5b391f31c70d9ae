//! A command that a shell cannot start.

use std::sync::Arc;

use super::content::Making;
use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::publisher::Manager;
use crate::rules::diagnostic::{Applied, Diagnostic, Edit, Fix, Severity};
use crate::text::source::{Place, Source, Span};

/// The rule.
pub static RULE: Rule = Rule {
    id: "bin-unrunnable",
    category: Category::Correctness,
    summary: "a command has no `#!` line that says how to run it",
    npm_says: &["syntax error", "command not found", "env: node"],
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

A packed file of `bin` that is text and does not start with `#!`, has a byte order mark or an empty line before it, or
is TypeScript. A Windows line ending after `#!` is a warning, because all package managers but Yarn fix it, and an error
with `--client yarn`. Native programs (ELF, Mach-O, PE), `.exe`, `.cmd` and `.sh`, and files that are both shell and
JavaScript, are fine.

### Why it matters

On Linux and macOS the shell runs the command, and fails on the first line of JavaScript.

### What to do

Make `#!/usr/bin/env node` the first line.

`lint --fix` does this for a `.js`, `.mjs` or `.cjs` file that no script builds. It also removes what comes before `#!`, and a
carriage return at the end of that line. The file need not be executable: package managers take care of that.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "bin": "./cli.js"
}
```
```js cli.js
console.log("lodge")
```
"#,
};

/// Folders that hold what a build makes.
const BUILT: [&str; 6] = ["dist", "build", "out", "output", "esm", "cjs"];

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    let mut found = Vec::new();
    for command in &contents.commands {
        let Some(head) = contents.heads.get(&command.path) else { continue };
        let Some((why, is_certain)) =
            fault(&command.path, head, case.plan.runner.other_client() == Some(Manager::Yarn))
        else {
            continue;
        };
        let name = command.name.as_deref().unwrap_or_else(|| case.plan.package.shown_name());
        let message = format!("the command `{name}` cannot be run: `{}` {why}", command.path);
        let place = case.plan.package.manifest.place(command.span);
        let outcome = if is_certain {
            "the shell runs it as a shell script and fails"
        } else {
            "Yarn does not fix it, so the command fails; npm, pnpm and Bun do"
        };
        let help = "start the file with the line `#!/usr/bin/env node` and a Unix line ending";
        let mut diagnostic = Diagnostic::new(&RULE, message, outcome, help).at(place, "this command");
        if !is_certain {
            diagnostic.severity = Severity::Warning;
        }
        let source = contents.unstarted.get(&command.path);
        found.push(diagnostic.fix(source.and_then(|source| mended(case, &command.path, source))));
    }
    Ok(found)
}

/// The line that most commands begin with.
const NODE: &str = "#!/usr/bin/env node\n";

/// The edits that give a command the start that it lacks. None for the output of a build, which the next build would undo, nor for
/// what another program than Node may have to run.
fn mended(case: &Case<'_>, path: &str, source: &Arc<Source>) -> Option<Fix> {
    let plan = case.plan;
    let is_built = !matches!(case.making(), Making::Never)
        || plan.package.manifest.script("build").is_some()
        || path.split('/').next().is_some_and(|folder| BUILT.contains(&folder));
    if is_built {
        return None;
    }
    let text = source.text();
    let start = text.len() - text.trim_start_matches('\u{feff}').trim_ascii_start().len();
    let line = text.get(start..)?.split('\n').next()?;
    let has_line = line.starts_with("#!");
    let is_for_another = || {
        plan.runner.client.as_ref().is_some_and(|client| client.manager == Manager::Bun)
            || ["Bun.", "bun:", "Deno."].iter().any(|name| text.contains(name))
    };
    if !has_line && is_for_another() {
        return None;
    }
    // A byte order mark in front of the line would keep it from being seen.
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let end = start + line.len();
    let (description, edits) = if !has_line {
        (format!("begin `{path}` with `{}`", NODE.trim_end()), vec![(Span::new(0, mark), NODE)])
    } else if line.ends_with('\r') {
        let description = format!("end the first line of `{path}` with a Unix line ending");
        let before = (start > 0).then(|| (Span::new(0, start), ""));
        (description, before.into_iter().chain([(Span::new(end - 1, end), "")]).collect())
    } else {
        (format!("begin `{path}` with its `#!` line"), vec![(Span::new(0, start), "")])
    };
    let edit = |(span, text): (Span, &str)| Edit { place: Place::new(source, span), text: text.to_owned() };
    Some(Fix { description, edits: edits.into_iter().map(edit).collect(), applied: Applied::Always, command: None })
}

/// What is wrong with the start of a command, and whether it fails with every client that is meant.
fn fault(path: &str, head: &[u8], is_yarn: bool) -> Option<(&'static str, bool)> {
    let is_program = [".exe", ".cmd", ".bat", ".sh", ".ps1"].iter().any(|end| path.ends_with(end));
    if is_program || head.contains(&0) {
        return None;
    }
    let is_typescript = [".ts", ".mts", ".cts", ".tsx"].iter().any(|end| path.ends_with(end));
    if is_typescript && !path.ends_with(".d.ts") && head.starts_with(b"#!") {
        let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let is_node = line.windows(4).any(|word| word == b"node");
        return is_node.then_some(("is TypeScript, which Node does not run in node_modules", true));
    }
    if head.starts_with(b"#!") {
        let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
        return line.ends_with(b"\r").then_some(("has a Windows line ending after `#!`", is_yarn));
    }
    // Mach-O and PE without a zero byte near their start, which is not likely, and WebAssembly.
    let magic: [&[u8]; 5] =
        [b"\x7fELF", b"MZ", &[0xcf, 0xfa, 0xed, 0xfe], &[0xca, 0xfe, 0xba, 0xbe], &[0xfe, 0xed, 0xfa, 0xcf]];
    if magic.iter().any(|magic| head.starts_with(magic)) {
        return None;
    }
    // Both shell and JavaScript.
    if head.starts_with(b"\":\"") || head.starts_with(b"':'") || head.starts_with(b":") {
        return None;
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if text.starts_with(b"#!") {
        return Some(("has something before `#!`", true));
    }
    if text.is_empty() {
        return None;
    }
    Some(("does not start with `#!`", true))
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn the_fix_adds_the_missing_shebang_and_changes_no_other_line() {
        let package =
            |more: &str| Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0","bin":"cli.js"{more}}}"#));
        let scene = |text: &str| package("").file("cli.js", text);
        for (text, expected) in [
            ("console.log(1)", "#!/usr/bin/env node\nconsole.log(1)"),
            ("a()\r\nb()\r\n", "#!/usr/bin/env node\na()\r\nb()\r\n"),
            ("\u{feff}a()\n", "#!/usr/bin/env node\na()\n"),
            ("#!/usr/bin/env node\r\na()\r\n", "#!/usr/bin/env node\na()\r\n"),
            ("\n\u{20}#!/usr/bin/env node\na()\n", "#!/usr/bin/env node\na()\n"),
            ("\u{feff}#!/usr/bin/env -S node --x\r\na()\r\n", "#!/usr/bin/env -S node --x\na()\r\n"),
        ] {
            let mended = scene(text).mended(ID);
            assert_eq!(mended.text("cli.js"), expected, "{text:?}");
            mended.finds(ID, 0);
        }
        let built = package(r#","scripts":{"build":"esbuild"}"#).file("cli.js", "a()");
        let folder = Scene::new(r#"{"name":"a","version":"1.0.0","bin":"dist/a.js"}"#).file("dist/a.js", "a()");
        let other = scene("Bun.serve()");
        let bun = scene("a()").packed_by("bun@1.4.5");
        let shell = Scene::new(r#"{"name":"a","version":"1.0.0","bin":"a"}"#).file("a", "echo x");
        for scene in [built, folder, other, bun, shell] {
            assert!(scene.finds(ID, 1)[0].fix.is_none());
        }
    }

    #[test]
    fn a_text_command_starts_with_a_shebang() {
        let scene = |text: &str| {
            let scene = Scene::new(r#"{"name":"left-lodge","version":"1.0.0","bin":"cli.js"}"#);
            scene.file("index.js", "").file("cli.js", text)
        };
        for text in ["console.log(1)", "\n#!/usr/bin/env node\n", "\u{feff}#!/usr/bin/env node\n"] {
            scene(text).finds(ID, 1);
        }
        for text in ["#!/usr/bin/env node\nx", "\":\" //# comment; exec node \"$0\"", "MZ"] {
            scene(text).finds(ID, 0);
        }
        let windows = scene("#!/usr/bin/env node\r\nx").finds(ID, 1);
        assert_eq!(windows[0].severity, crate::rules::diagnostic::Severity::Warning);
    }
}
