//! The list of packed files against npm's: generated packages, the same ones every time, answered by each npm and by the library.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use npm_preflight::npm::glob::Steps;
use npm_preflight::npm::release::NpmRelease;
use npm_preflight::project::manifest::Manifest;
use npm_preflight::project::npm_config::workspaces::workspaces;
use npm_preflight::project::package_files::{ListError, Package, Packer, list};
use npm_preflight::project::world::World;
use serde_json::{Value, json};

use crate::harness::few_at_a_time;
use crate::npm_names::texts::Dice;
use crate::npms;

/// How many packages each npm lists.
const TREES: usize = 3000;

const FILES: [&str; 37] = [
    "index.js",
    "a.js",
    "b.ts",
    "README.md",
    "readme",
    "LICENSE-MIT",
    "license.txt~",
    "lib/index.js",
    "lib/a.js",
    "lib/B.js",
    "lib/sub/a.js",
    "lib/sub/deep/c.css",
    "lib/.hidden",
    "dist/index.js",
    "dist/index.d.ts",
    "dist/a.test.js",
    "dist/sub/node_modules/x/index.js",
    "test/a.test.js",
    ".env",
    ".npmrc",
    "lib/.npmrc",
    ".DS_Store",
    "x.orig",
    "lib/build/config.gypi",
    "package-lock.json",
    "bun.lock",
    "node_modules/d/index.js",
    "a b.js",
    "[id].js",
    "é.js",
    "npm-shrinkwrap.json",
    ".npm-extension.cjs",
    "patches/a.patch",
    "a*b.js",
    "commands/run.js",
    "packages/w/package.json",
    "packages/w/lib/a.js",
];
/// Symbolic links, and where they lead.
const LINKS: [(&str, &str); 5] = [
    ("link.js", "index.js"),
    ("lib/link", "../dist"),
    ("COPYING", "LICENSE-MIT"),
    ("around", "."),
    ("dangling.js", "nowhere"),
];
const LINES: [&str; 50] = [
    "lib",
    "lib/",
    "/lib",
    "./lib",
    "lib/*",
    "lib/**",
    "**/a.js",
    "*.js",
    "*.ts",
    "!a.js",
    "!lib",
    "!lib/",
    "!/lib/a.js",
    "!lib/sub",
    "dist",
    "dist/**/*.js",
    "!dist/**/*.test.*",
    "*",
    "**",
    "/*",
    "!*.js",
    "sub",
    "/sub",
    "!sub/a.js",
    "{lib,dist}",
    "lib/{a,B}.js",
    "[id].js",
    "?.js",
    "+(a|b).*",
    "# lib",
    " a.js ",
    "lib//a.js",
    "lib/../dist",
    ".",
    "./",
    "a b.js",
    "É.js",
    "LIB",
    ".*",
    "!.npmrc",
    "test/",
    "x.orig",
    "lib/sub/deep",
    "!!lib",
    "link.js",
    "lib/link/",
    "around/lib",
    "packages",
    "!packages/w/lib",
    "patches/*",
];
const MAINS: [&str; 9] =
    ["index.js", "./lib/index.js", "lib/index.js", "lib", "/dist/index.js", "dist/index", "*.js", "LIB/a.js", ".npmrc"];

fn lines(dice: &mut Dice) -> Vec<&'static str> {
    (0..=dice.below(4)).map(|_| LINES[dice.below(LINES.len())]).collect()
}

fn text_of(path: &str) -> &'static str {
    match path {
        "packages/w/package.json" => r#"{"name":"w","version":"1.0.0"}"#,
        // npm 12 runs it.
        ".npm-extension.cjs" => "exports.transformManifest = manifest => manifest",
        _ => "x",
    }
}

/// A package of its own in a folder.
fn plant(dice: &mut Dice, root: &Path) -> String {
    let mut manifest = json!({ "name": "probe", "version": "1.0.0" });
    if dice.below(2) == 0 {
        manifest["files"] = json!(lines(dice));
    }
    if dice.below(3) == 0 {
        manifest["main"] = json!(MAINS[dice.below(MAINS.len())]);
    }
    if dice.below(6) == 0 {
        manifest["bin"] = json!({ "x": MAINS[dice.below(MAINS.len())] });
    }
    if dice.below(12) == 0 {
        manifest["browser"] = json!({ "./a.js": "./b.js" });
    }
    if dice.below(12) == 0 {
        manifest["directories"] = json!({ "bin": "commands" });
    }
    if dice.below(12) == 0 {
        manifest["patchedDependencies"] = json!({ "d@1.0.0": "patches/a.patch" });
    }
    if dice.below(12) == 0 {
        manifest["workspaces"] = json!(["packages/*"]);
    }
    if dice.below(8) == 0 {
        manifest["dependencies"] = json!({ "d": "1.0.0" });
        manifest["bundleDependencies"] = json!(["d"]);
    }
    let manifest = manifest.to_string();
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("package.json", &manifest);
    for path in FILES.iter().filter(|_| dice.below(2) > 0) {
        write(path, text_of(path));
    }
    #[cfg(unix)]
    for (path, target) in LINKS.iter().filter(|_| dice.below(12) == 0) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
    }
    for folder in ["", "lib/", "lib/sub/", "dist/"] {
        for name in [".npmignore", ".gitignore"] {
            if dice.below(6) == 0 {
                write(&format!("{folder}{name}"), &lines(dice).join("\n"));
            }
        }
    }
    manifest
}

fn ours(root: &Path, release: &NpmRelease) -> Value {
    let world = World::on_disk(BTreeMap::new(), root.to_path_buf());
    let manifest = Manifest::read(&world, root);
    let members = workspaces(&world, root, &manifest).unwrap_or_default();
    let members: Vec<PathBuf> = members.into_iter().map(|member| member.folder).collect();
    let package = Package {
        world: &world,
        manifest: &manifest,
        prefix: root,
        selected: &[],
        global_ignore_file: None,
        members: &members,
        steps: &Steps::default(),
    };
    match list(&Packer::Npm(release.clone()), &package) {
        Ok(listing) => json!({ "files": listing.files }),
        Err(ListError::Unknown(why)) => panic!("{}: {why}", root.display()),
        Err(_) => json!("error"),
    }
}

#[test]
fn the_packed_files_equal_npms() {
    let memory = Some(Path::new("/dev/shm")).filter(|folder| folder.is_dir()).map(Path::to_path_buf);
    let folder = tempfile::tempdir_in(memory.unwrap_or_else(std::env::temp_dir)).unwrap();
    let root = folder.path().canonicalize().unwrap();
    let mut dice = Dice(0x7061_636b);
    let trees: Vec<(PathBuf, String)> = (0..TREES)
        .map(|number| {
            let tree = root.join(format!("t{number}"));
            let manifest = plant(&mut dice, &tree);
            (tree, manifest)
        })
        .collect();
    let folders = json!(trees.iter().map(|(tree, _)| tree).collect::<Vec<_>>());
    let mut lists = Vec::new();
    for (npm, answers) in npms::answers_of_both(|npm| npms::ask(npm, "packing/npm.js", &folders, Some(&root))) {
        let answered: Vec<_> = trees.iter().zip(answers.as_array().unwrap()).collect();
        let sizes = answered.iter().map(|(_, theirs)| theirs["files"].as_array().map_or(0, Vec::len));
        let sizes: BTreeSet<usize> = sizes.collect();
        let differences = few_at_a_time(answered, |((tree, manifest), theirs)| {
            let ours = ours(tree, &npm.release);
            let theirs = if theirs.get("error").is_some() { json!("error") } else { sorted(theirs) };
            (ours != theirs).then(|| format!("{} {manifest}\n  ours {ours}\n  npm's {theirs}", tree.display()))
        });
        let differences: Vec<String> = differences.into_iter().flatten().collect();
        let (version, shown) = (&npm.version, differences.iter().take(20).cloned().collect::<Vec<_>>().join("\n"));
        assert!(differences.is_empty(), "npm {version}: {} differences\n{shown}", differences.len());
        assert!(sizes.len() > 15, "the packages are too much alike: {sizes:?}");
        lists.push((npm.release.expands_files(), answers));
    }
    if let [(false, before), (true, since)] = &lists[..] {
        assert_ne!(before, since, "nothing shows what npm 12 packs otherwise");
    }
}

/// In the order of the bytes.
fn sorted(list: &Value) -> Value {
    let files: BTreeSet<&str> = list["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
    json!({ "files": files })
}
