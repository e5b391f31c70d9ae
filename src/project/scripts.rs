//! Lifecycle scripts that change package.json while it is published: npm reads it again after they ran
//! (npm 11.19.1, lib/commands/publish.js), so what it says now is not what the registry will get. Scripts are read, never
//! run; this is a search for the ways people do it.

use std::path::{Path, PathBuf};

use crate::project::manifest::Manifest;
use crate::project::world::World;
use crate::text::json::Value;
use crate::text::source::Place;

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
    /// Nothing shows that it changes anything: it may write the name or the version that is missing, and no more.
    pub only_what_is_missing: bool,
}

/// Scripts that run before the package is packed.
const BEFORE: [&str; 3] = ["prepublishOnly", "prepack", "prepare"];

/// Tools that are not called as the package that has them.
const TOOLS: [(&str, &str); 12] = [
    ("tsc", "typescript"),
    ("biome", "@biomejs/biome"),
    ("babel", "@babel/cli"),
    ("swc", "@swc/cli"),
    ("ng-packagr", "ng-packagr"),
    ("changeset", "@changesets/cli"),
    ("commitlint", "@commitlint/cli"),
    ("napi", "@napi-rs/cli"),
    ("attw", "@arethetypeswrong/cli"),
    ("svelte-package", "@sveltejs/package"),
    ("jlpm", "@jupyterlab/builder"),
    ("run-s", "npm-run-all"),
];

/// A program that a script runs before the package is packed, and that is not installed.
#[derive(Clone, Debug)]
pub struct MissingTool {
    /// The script.
    pub script: &'static str,
    /// Its text.
    pub place: Place,
    /// The program.
    pub tool: String,
    /// The package that has it, which package.json names.
    pub package: String,
}

/// The first program that a script runs for certain before the package is packed, that a dependency of the package has, and that
/// is neither in a `node_modules/.bin` nor on PATH, where npm looks for it (`@npmcli/run-script` 10, lib/set-path.js).
pub fn missing_tool(world: &World, manifest: &Manifest) -> Option<MissingTool> {
    let folders = || manifest.folder.ancestors();
    // Yarn's Plug'n'Play keeps no programs there.
    if manifest.is_packed || folders().any(|folder| world.files.is_file(&folder.join(".pnp.cjs"))) {
        return None;
    }
    let scripts = manifest.field("scripts")?;
    BEFORE.into_iter().find_map(|script| {
        let value = scripts.get(script)?;
        let (tool, package) = absent(world, manifest, value.as_str()?, 4)?;
        Some(MissingTool { script, place: manifest.place(value.span()), tool, package })
    })
}

/// The program of a script that is not there, and its package.
fn absent(world: &World, manifest: &Manifest, script: &str, calls: usize) -> Option<(String, String)> {
    // Anything else than commands one after the other may go on without it.
    if calls == 0 || script.contains(['|', '(', '`', '$', '<', '>', '\n']) {
        return None;
    }
    for command in script.split("&&").flat_map(|part| part.split([';', '&'])) {
        let mut words = command.split_whitespace().skip_while(|word| word.contains('=')).peekable();
        let tool = words.next()?;
        match tool {
            "npm" | "pnpm" | "yarn" | "bun" => {
                let called = words.find(|word| !matches!(*word, "run" | "run-script" | "--silent" | "-s"))?;
                let script = manifest.script(called)?;
                if let Some(found) = absent(world, manifest, script, calls - 1) {
                    return Some(found);
                }
                continue;
            }
            // They may install it.
            "npx" | "bunx" | "node" | "corepack" | "sh" | "bash" | "make" => return None,
            _ => {}
        }
        let package = TOOLS.iter().find(|(known, _)| *known == tool).map_or(tool, |(_, package)| package);
        let fields = ["devDependencies", "dependencies", "optionalDependencies"];
        let is_declared =
            fields.iter().any(|key| manifest.field(key).is_some_and(|field| field.get(package).is_some()));
        if is_declared && !is_installed(world, &manifest.folder, tool) {
            return Some((tool.to_owned(), package.to_owned()));
        }
    }
    None
}

fn is_installed(world: &World, folder: &Path, tool: &str) -> bool {
    let is_there = |folder: PathBuf| {
        let ends = ["", ".cmd", ".exe", ".ps1"];
        ends.iter().any(|end| world.files.is_file(&folder.join(format!("{tool}{end}"))))
    };
    let path = world.var("PATH").unwrap_or_default();
    folder.ancestors().any(|folder| is_there(folder.join("node_modules/.bin")))
        || std::env::split_paths(path).any(is_there)
}

/// The first lifecycle script that seems to change package.json: one that writes it in a known way, and any at all
/// when there is no name or version yet, since somebody must write these.
pub fn rewriter(world: &World, manifest: &Manifest) -> Option<Rewriter> {
    let scripts = manifest.field("scripts").filter(|_| !manifest.is_packed)?;
    let is_complete = ["name", "version"].iter().all(|key| manifest.field(key).is_some_and(Value::is_truthy));
    let first = |only_what_is_missing: bool| {
        EVENTS.into_iter().find_map(|script| {
            let value = scripts.get(script)?;
            let command = value.as_str().filter(|command| !command.is_empty())?;
            let place = || manifest.place(value.span());
            (only_what_is_missing || writes(world, manifest, scripts, command, 3)).then(|| Rewriter {
                script,
                place: place(),
                only_what_is_missing,
            })
        })
    };
    first(false).or_else(|| if is_complete { None } else { first(true) })
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
                .read(&manifest.folder.join(word), crate::project::world::limit::PROGRAM)
                .is_ok_and(|program| changes_manifest(&String::from_utf8_lossy(&program)))
    })
}

/// A program or command line that names package.json and writes, moves or removes something.
fn changes_manifest(text: &str) -> bool {
    text.contains("package.json") && (CALLS.iter().any(|call| text.contains(call)) || changes_a_file(text))
}

/// How programs change a file.
const CALLS: [&str; 19] = [
    "writeFile",
    "appendFile",
    "copyFile",
    "createWriteStream",
    "renameSync",
    ".rename(",
    "unlink",
    "rmSync",
    "writeJson",
    "writeJSON",
    "writePackage",
    "outputJson",
    "outputJSON",
    "Bun.write",
    "writeTextFile",
    "sed -i",
    "perl -pi",
    "json -I",
    "write_text",
];

/// A shell command that changes the package.json it names.
fn changes_a_file(text: &str) -> bool {
    const COMMANDS: [&str; 14] = [
        "mv",
        "cp",
        "rm",
        "ln",
        "tee",
        "sponge",
        "cpy",
        "shx",
        "rimraf",
        "del",
        "copy",
        "copyfiles",
        "checkout",
        "restore",
    ];
    text.split(['\n', ';', '&', '|']).filter(|command| command.contains("package.json")).any(|command| {
        let squeezed: String = command.chars().filter(|character| !character.is_whitespace()).collect();
        squeezed.contains(">package.json")
            || squeezed.contains(">./package.json")
            || command.split_whitespace().any(|word| COMMANDS.contains(&word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn found(scripts: &str, program: &str) -> Option<&'static str> {
        let package = format!(r#"{{"name": "left-lodge", "version": "1.0.0", "scripts": {scripts}}}"#);
        let world = World::memory(&[("/project/package.json", &package), ("/project/tools/x.js", program)], &[]);
        rewriter(&world, &Manifest::read(&world, Path::new("/project"))).map(|rewriter| rewriter.script)
    }

    #[test]
    fn scripts_that_change_package_json_are_found_through_npm_run_and_programs() {
        let writes = "fs.writeFileSync('package.json', text)";
        assert_eq!(found(r#"{"prepack": "npm version patch"}"#, ""), Some("prepack"));
        assert_eq!(found(r#"{"prepublishOnly": "tsc && npm run bump", "bump": "bumpp"}"#, ""), Some("prepublishOnly"));
        assert_eq!(found(r#"{"prepare": "node tools/x.js"}"#, writes), Some("prepare"));
        for command in [
            "sed -i s/a/b/ package.json",
            "mv package.pub.json package.json",
            "rm package.json",
            "echo {} >package.json",
            "jq .x package.json > x && cp x ./package.json",
            "cat x | tee package.json",
        ] {
            assert_eq!(found(&format!(r#"{{"prepack": "{command}"}}"#), ""), Some("prepack"), "{command}");
        }
    }

    #[test]
    fn any_script_may_write_the_missing_version() {
        let world = World::memory(
            &[("/project/package.json", r#"{"name": "left-lodge", "scripts": {"prepare": "", "prepack": "make"}}"#)],
            &[],
        );
        let manifest = Manifest::read(&world, Path::new("/project"));
        let rewriter = rewriter(&world, &manifest).unwrap();
        assert_eq!((rewriter.script, rewriter.only_what_is_missing), ("prepack", true));
    }

    #[test]
    fn a_build_that_only_reads_package_json_does_not_change_it() {
        assert_eq!(found(r#"{"prepack": "node tools/x.js"}"#, "require('../package.json').version"), None);
        assert_eq!(found(r#"{"release": "npm version patch", "prepack": "tsc"}"#, ""), None);
        assert_eq!(found(r#"{"prepack": "rm -rf dist && cat package.json"}"#, ""), None);
        assert_eq!(found(r#"{"prepack": "npm run prepack"}"#, ""), None, "a loop ends");
    }
}
