//! File names that Windows does not allow.

use super::{About, Answer, Case, Category, Needs, Order, Rule, Stops};
use crate::rules::diagnostic::Diagnostic;

/// The rule.
pub static RULE: Rule = Rule {
    id: "name-unportable",
    category: Category::Suspicious,
    summary: "a file in the package has a name that Windows does not allow",
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

Packed files with `<`, `>`, `:`, `"`, `|`, `?`, `*`, a backslash or a control character in their names, names that \ end
in a dot or a space, and names that Windows reserves for devices, such as `aux.js` or `con`.

### Why it matters

On Windows, the file is missing after an install, has another name, or the install fails.

### What to do

Rename the file.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0"
}
```
```js lib/aux.js
exports.lodge = 1
```
"#,
};

/// What is in no name on Windows
/// (<https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file>).
const RESERVED: [char; 9] = ['<', '>', ':', '"', '|', '?', '*', '\\', '\0'];

/// How many files are named.
const MOST_NAMED: usize = 5;

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    let fault = |path: &str| path.split('/').find_map(fault);
    let mut paths = contents.files.iter().filter_map(|file| Some((file.path.as_str(), fault(&file.path)?)));
    let Some((first, why)) = paths.next() else { return Ok(vec![]) };
    case.plan.package.settled()?;
    let message = format!("Windows does not allow the name of `{first}`");
    let mut diagnostic = Diagnostic::new(&RULE, message, why, "rename it");
    for (other, _) in paths.take(MOST_NAMED) {
        diagnostic = diagnostic.note(format!("neither is `{other}`"));
    }
    Ok(vec![diagnostic])
}

/// What is wrong with a name.
fn fault(name: &str) -> Option<&'static str> {
    if name.contains(RESERVED) || name.chars().any(char::is_control) {
        return Some("a character in it is reserved, so the file is missing after an install or has another name");
    }
    if name.ends_with(['.', ' ']) {
        return Some("Windows drops a dot or space at the end of a name");
    }
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_lowercase();
    let is_numbered = stem.len() == 4
        && ["com", "lpt"].iter().any(|port| stem.starts_with(port))
        && stem.ends_with(|last: char| ('1'..='9').contains(&last));
    (is_numbered || matches!(stem.as_str(), "con" | "prn" | "aux" | "nul"))
        .then_some("Windows reserves the name for a device, with any extension")
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn names_that_windows_rejects_are_recognised() {
        for name in ["a:b.js", "what?.md", "aux", "Con.txt", "com1.js", "a ", "a.", "a\\b", "a\u{7}"] {
            assert!(fault(name).is_some(), "{name:?}");
        }
        for name in ["auxiliary.js", "console.js", "com.js", "com10", "com0", "..a", ".npmignore", "a b.js", "null.js"]
        {
            assert!(fault(name).is_none(), "{name:?}");
        }
    }
}
