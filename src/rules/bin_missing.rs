//! A command whose file is not packed.

use super::content::{Making, assumed, remedy};
use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::Gap;
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "bin-missing",
    category: Category::Correctness,
    summary: "a command's file is not in the package",
    npm_says: &["No bin file found at", "command not found"],
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

An entry of `bin`, as npm publishes it, whose file is not packed or is a folder. No extension is added. If a script may
create the file, it is assumed that it does.

### Why it matters

Every package manager installs the package without an error, but the command is missing. npm at most prints a warning
when it publishes.

### What to do

Build the command before the package is packed, or correct the path in `bin`.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0",
  "bin": { "lodge": "./bin/lodge" }
}
```
```js bin/lodge.js
#!/usr/bin/env node
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    let folders = case.missing_folders();
    let making = case.making();
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut made: Option<Gap> = None;
    for command in contents.commands.iter().filter(|command| !contents.has(&command.path)) {
        let path = &command.path;
        if folders.iter().any(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))) {
            continue;
        }
        let is_folder = contents
            .files
            .iter()
            .any(|file| file.path.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/')));
        let is_link = contents.links.contains(path);
        if !is_folder && !is_link {
            match making {
                Making::Later => continue,
                Making::Script(script) => {
                    made.get_or_insert_with(|| assumed(case.plan, script, path));
                    continue;
                }
                Making::Never => {}
            }
        }
        case.plan.package.settled()?;
        let name = command.name.as_deref().unwrap_or_else(|| case.plan.package.shown_name());
        let message = format!("the command `{name}` is `{path}`, which is not a file in the package");
        let why = if is_folder {
            "it is a folder, which cannot be run"
        } else if is_link {
            "it is a symbolic link, which is not packed"
        } else {
            "package managers install the package without the command and without an error"
        };
        let help = remedy(case.plan, None, "bin");
        let place = case.plan.package.manifest.place(command.span);
        found.push(Diagnostic::new(&RULE, message, why, help).at(place, "not packed"));
    }
    match made {
        Some(gap) if found.is_empty() => Err(gap),
        _ => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    const ID: &str = super::RULE.id;

    #[test]
    fn bin_must_name_the_exact_file() {
        let scene = |bin: &str, file: &str| {
            let scene = Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0","bin":{bin}}}"#));
            scene.file("index.js", "").file(file, "#!/usr/bin/env node")
        };
        scene(r#"{"a":"bin/a.js","b":"bin/b.js"}"#, "bin/a.js").finds(ID, 1);
        scene(r#""bin""#, "bin/index.js").finds(ID, 1);
        for bin in [r#""./cli.js""#, r#"{"a":"/cli.js"}"#, r#"{"a":"../cli.js"}"#, "{}"] {
            scene(bin, "cli.js").finds(ID, 0);
        }
    }
}
