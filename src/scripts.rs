//! Lifecycle scripts that change package.json while it is published: npm reads it again after they ran
//! (npm 11.19.1, lib/commands/publish.js), so what it says now is not what a registry will be told. Scripts are read, never
//! run; this is a search for the ways people do it.

use crate::json::Value;
use crate::manifest::Manifest;
use crate::source::Place;
use crate::world::World;

/// The scripts that `npm publish` runs before it reads package.json again.
const EVENTS: [&str; 4] = ["prepublishOnly", "prepack", "prepare", "postpack"];

/// Commands that write package.json.
const WRITERS: [&str; 13] = [
    "npm version",
    "npm pkg set",
    "npm pkg delete",
    "npm pkg fix",
    "yarn version",
    "pnpm version",
    "lerna version",
    "changeset version",
    "semantic-release",
    "release-it",
    "standard-version",
    "bumpp",
    "clean-package",
];

/// A script that changes package.json.
#[derive(Clone, Debug)]
pub struct Rewriter {
    /// Its name, such as `prepack`.
    pub script: &'static str,
    /// Its text.
    pub place: Place,
}

/// The first lifecycle script that seems to change package.json.
pub fn rewriter(world: &World, manifest: &Manifest) -> Option<Rewriter> {
    let scripts = manifest.field("scripts")?;
    EVENTS.into_iter().find_map(|script| {
        let value = scripts.get(script)?;
        writes(world, manifest, scripts, value.as_str()?, 3)
            .then(|| Rewriter { script, place: manifest.place(value.span()) })
    })
}

fn writes(world: &World, manifest: &Manifest, scripts: Value<'_>, command: &str, depth: usize) -> bool {
    if depth == 0 {
        return false;
    }
    let words: Vec<&str> = command.split(|c: char| c.is_whitespace() || "&|;()\"'".contains(c)).collect();
    let spaced = words.iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>().join(" ");
    if WRITERS.iter().any(|writer| spaced.contains(writer)) || changes_manifest(command) {
        return true;
    }
    words.iter().enumerate().any(|(at, word)| {
        let after = |prefix: &str| at > 0 && words[at - 1] == prefix;
        if after("run") || after("run-script") || after("yarn") || after("pnpm") {
            let called = scripts.get(word).and_then(Value::as_str);
            return called.is_some_and(|called| writes(world, manifest, scripts, called, depth - 1));
        }
        let is_program = [".js", ".mjs", ".cjs", ".ts", ".mts", ".sh", ".py"].iter().any(|end| word.ends_with(end));
        is_program
            && world
                .files
                .read(&manifest.folder.join(word))
                .is_ok_and(|program| changes_manifest(&String::from_utf8_lossy(&program)))
    })
}

/// A program or command line that names package.json and writes something.
fn changes_manifest(text: &str) -> bool {
    text.contains("package.json")
        && ["writeFile", "writeJson", "outputJson", "Bun.write", "sed -i", "> package.json", ">package.json", "json -I"]
            .iter()
            .any(|write| text.contains(write))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn found(scripts: &str, program: &str) -> Option<&'static str> {
        let package = format!("{{\"scripts\": {scripts}}}");
        let world = World::memory(&[("/project/package.json", &package), ("/project/tools/x.js", program)], &[]);
        rewriter(&world, &Manifest::read(&world, Path::new("/project"))).map(|rewriter| rewriter.script)
    }

    #[test]
    fn a_script_that_changes_package_json_is_found_behind_npm_run_and_in_programs() {
        let writes = "fs.writeFileSync('package.json', text)";
        assert_eq!(found(r#"{"prepack": "npm version patch"}"#, ""), Some("prepack"));
        assert_eq!(found(r#"{"prepublishOnly": "tsc && npm run bump", "bump": "bumpp"}"#, ""), Some("prepublishOnly"));
        assert_eq!(found(r#"{"prepare": "node tools/x.js"}"#, writes), Some("prepare"));
        assert_eq!(found(r#"{"prepack": "sed -i s/a/b/ package.json"}"#, ""), Some("prepack"));
    }

    #[test]
    fn a_build_that_only_reads_it_is_not() {
        assert_eq!(found(r#"{"prepack": "node tools/x.js"}"#, "require('../package.json').version"), None);
        assert_eq!(found(r#"{"release": "npm version patch", "prepack": "tsc"}"#, ""), None);
        assert_eq!(found(r#"{"prepack": "npm run prepack"}"#, ""), None, "a loop ends");
    }
}
