//! What Node comes across from the entries of a package on, within the files that are packed: files that are not there, packages, and
//! files that are written for the other kind of module. Paths are found as Node 22 finds them
//! (<https://nodejs.org/api/modules.html#all-together>, <https://nodejs.org/api/esm.html#resolution-algorithm>).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Goal, Import, MAX_SOURCE, scan};
use crate::project::entries::beside;

/// How many files are looked into, and how many bytes of them.
const MOST_FILES: usize = 2_000;
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// The files of a package.
pub struct Packed<'a> {
    /// Whether a file is packed, by its exact path.
    pub has: &'a dyn Fn(&str) -> bool,
    /// A packed file whose path begins with this.
    pub first_with: &'a dyn Fn(&str) -> Option<String>,
    /// The text of a packed file; `None`: it is not to be had.
    pub read: &'a dyn Fn(&str) -> Option<Vec<u8>>,
}

/// A place in a file that loads something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportSite {
    /// The file.
    pub file: String,
    /// The line, from 1 on.
    pub line: usize,
    /// What it loads, as it is written.
    pub specifier: String,
    /// By `require`.
    pub is_require: bool,
}

/// A file that is written for the other kind of module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The file.
    pub file: String,
    /// What is there that does not go there, and its line where that is known.
    pub what: &'static str,
    /// The line, from 1 on.
    pub line: usize,
    /// It is a module for Node.
    pub is_module: bool,
    /// What makes it one: its extension, and not `type`.
    pub by_extension: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Reached {
    /// What is not packed, and its path.
    pub missing: Vec<(ImportSite, String)>,
    /// What Node does not find because an extension, or the name of an index file, is missing; and what is there.
    pub unspecified: Vec<(ImportSite, String)>,
    /// Packages, by their names, each with the first place that loads it.
    pub packages: BTreeMap<String, ImportSite>,
    /// Files of the other kind.
    pub mismatched: Vec<Mismatch>,
    /// What was not looked into.
    pub unread: Option<Unread>,
}

/// Why a file was not looked into that Node loads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// It is larger than [`MAX_SOURCE`].
    #[error("`{file}` is larger than {} MB", MAX_SOURCE / 1_000_000)]
    Large {
        /// The file.
        file: String,
    },
    /// There are more files, or more in them, than is looked into.
    #[error("the package loads more than {MOST_FILES} files or {} MB of JavaScript", MOST_BYTES / 1_000_000)]
    Many,
}

/// What Node reads of a package.json below the root.
#[derive(Default, Deserialize)]
struct Inner {
    #[serde(default, rename = "type")]
    kind: serde_json::Value,
    #[serde(default)]
    main: serde_json::Value,
}

struct Walk<'a> {
    packed: &'a Packed<'a>,
    inner: BTreeMap<String, Option<Inner>>,
    reached: Reached,
    seen: BTreeSet<String>,
    waiting: Vec<String>,
}

/// Follows what the entries load. `entries`: packed files.
pub fn reach(packed: &Packed<'_>, entries: impl IntoIterator<Item = String>) -> Reached {
    let waiting: Vec<String> = entries.into_iter().collect();
    let mut walk = Walk { packed, inner: BTreeMap::new(), reached: Reached::default(), seen: BTreeSet::new(), waiting };
    let mut left = MOST_BYTES;
    while let Some(file) = walk.waiting.pop() {
        if walk.seen.contains(&file) {
            continue;
        }
        if walk.seen.len() >= MOST_FILES {
            walk.reached.unread.get_or_insert(Unread::Many);
            break;
        }
        walk.seen.insert(file.clone());
        let Some(goal) = walk.goal(&file) else { continue };
        let Some(bytes) = (packed.read)(&file) else {
            // Of a tarball the text of a command without an extension is not kept.
            if file.ends_with("js") {
                walk.reached.unread.get_or_insert(Unread::Large { file });
            }
            continue;
        };
        let Some(rest) = left.checked_sub(bytes.len()) else {
            walk.reached.unread.get_or_insert(Unread::Many);
            continue;
        };
        left = rest;
        if let Ok(text) = std::str::from_utf8(&bytes) {
            walk.file(&file, text.strip_prefix('\u{feff}').unwrap_or(text), goal);
        }
    }
    walk.reached
}

impl Walk<'_> {
    /// How Node reads a file; `None`: it is no JavaScript.
    fn goal(&mut self, file: &str) -> Option<Goal> {
        let name = file.rsplit('/').next().unwrap_or(file);
        match name.rsplit_once('.').map(|(_, end)| end) {
            Some("mjs") => Some(Goal::Module),
            Some("cjs") => Some(Goal::CommonJs),
            Some("js") => Some(match self.kind(file).as_deref() {
                Some("module") => Goal::Module,
                Some("commonjs") => Goal::CommonJs,
                _ => Goal::Either,
            }),
            // A command.
            None if self.kind(file).is_none() => Some(Goal::Either),
            _ => None,
        }
    }

    /// `type` of the package.json next to a file, or above it.
    fn kind(&mut self, file: &str) -> Option<String> {
        let mut folder = file;
        loop {
            folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
            if let Some(inner) = self.inner(folder) {
                return inner.kind.as_str().map(str::to_owned);
            }
            if folder.is_empty() {
                return None;
            }
        }
    }

    /// The package.json of a folder.
    fn inner(&mut self, folder: &str) -> Option<&Inner> {
        let path = if folder.is_empty() { "package.json".to_owned() } else { format!("{folder}/package.json") };
        let packed = self.packed;
        let read = || serde_json::from_slice(&(packed.has)(&path).then(|| (packed.read)(&path)).flatten()?).ok();
        self.inner.entry(folder.to_owned()).or_insert_with(read).as_ref()
    }

    fn file(&mut self, file: &str, text: &str, goal: Goal) {
        let Some(scan) = scan(text, goal) else { return };
        let is_module = goal == Goal::Module || goal == Goal::Either && scan.is_module;
        let by_extension = [".mjs", ".cjs"].iter().any(|end| file.ends_with(end));
        if goal == Goal::CommonJs && scan.is_module {
            let line = scan.imports.iter().find(|import| !import.is_require).map_or(1, |import| import.line);
            let what = "`import` or `export`";
            self.reached.mismatched.push(Mismatch {
                file: file.to_owned(),
                what,
                line,
                is_module: false,
                by_extension,
            });
            return;
        }
        if let Some((what, line)) = scan.commonjs.filter(|_| goal == Goal::Module) {
            self.reached.mismatched.push(Mismatch { file: file.to_owned(), what, line, is_module: true, by_extension });
        }
        for import in scan.imports {
            // A module has no `require`.
            if !(import.is_require && goal == Goal::Module) {
                self.import(file, import, is_module);
            }
        }
    }

    fn import(&mut self, file: &str, import: Import, is_module: bool) {
        let Import { specifier, line, is_require } = import;
        let is_relative =
            specifier.starts_with("./") || specifier.starts_with("../") || specifier == "." || specifier == "..";
        let site = ImportSite { file: file.to_owned(), line, specifier, is_require };
        if !is_relative {
            if let Some(name) = package_of(&site.specifier) {
                self.reached.packages.entry(name.to_owned()).or_insert(site);
            }
            return;
        }
        if site.specifier.contains(['?', '#', '%', '!', '*', '\\', '$']) {
            return;
        }
        // What leads out of the package, or to the package itself.
        let Some(path) = beside(file, &site.specifier) else { return };
        let is_folder = site.specifier.ends_with(['/', '.']);
        let is_bare = is_module && !is_require;
        match if is_bare { (self.packed.has)(&path).then(|| path.clone()) } else { self.required(&path, is_folder) } {
            Some(found) => self.waiting.push(found),
            None => {
                if is_bare && let Some(other) = self.required(&path, is_folder) {
                    self.reached.unspecified.push((site, other));
                } else if !self.is_for_others(&path) {
                    self.reached.missing.push((site, path));
                }
            }
        }
    }

    /// As `require` finds it. What a package.json in a folder says is taken for granted where it leads nowhere.
    fn required(&mut self, path: &str, is_folder: bool) -> Option<String> {
        let has = |path: &String| (self.packed.has)(path);
        let ends = if is_folder { &[][..] } else { &["", ".js", ".json", ".node"] };
        if let Some(file) = ends.iter().map(|end| format!("{path}{end}")).find(has) {
            return Some(file);
        }
        let main = self.inner(path).map(|inner| inner.main.as_str().unwrap_or_default().to_owned());
        let has = |path: &String| (self.packed.has)(path);
        if let Some(main) = main.as_ref().filter(|main| !main.is_empty())
            && let Some(main) = beside(&format!("{path}/package.json"), main)
        {
            let ends = ["", ".js", ".json", ".node", "/index.js", "/index.json", "/index.node"];
            if let Some(file) = ends.iter().map(|end| format!("{main}{end}")).find(has) {
                return Some(file);
            }
        }
        let index = ["index.js", "index.json", "index.node"].iter().map(|name| format!("{path}/{name}")).find(has);
        index.or_else(|| main.map(|_| format!("{path}/package.json")))
    }

    /// Somebody else than Node finds it: by another extension, as compilers and bundlers do, or for a platform.
    fn is_for_others(&self, path: &str) -> bool {
        let starts = [format!("{path}."), format!("{path}/index.")];
        if starts.iter().any(|start| (self.packed.first_with)(start).is_some()) {
            return true;
        }
        // `./a.js` is what TypeScript writes for `a.ts`.
        let stem = [".js", ".mjs", ".cjs", ".jsx"].iter().find_map(|end| path.strip_suffix(end));
        stem.is_some_and(|stem| {
            [".ts", ".tsx", ".mts", ".cts", ".jsx", ".native.js", ".ios.js"]
                .iter()
                .any(|end| (self.packed.has)(&format!("{stem}{end}")))
        })
    }
}

/// The name of the package that a specifier leads to; `None`: to none, or one that is not to be installed.
fn package_of(specifier: &str) -> Option<&str> {
    if specifier.contains([':', '?', '!', '\\', '%', '*', '$']) || specifier.starts_with(['#', '/', '.', '~']) {
        return None;
    }
    let mut ends = specifier.match_indices('/').map(|(at, _)| at);
    let end = if specifier.starts_with('@') { ends.nth(1) } else { ends.next() };
    let name = &specifier[..end.unwrap_or(specifier.len())];
    let is_name =
        !name.is_empty() && (!name.starts_with('@') || name.contains('/')) && crate::npm::name::normalize(name).is_ok();
    (is_name && !BUILT_IN.contains(&name)).then_some(name)
}

/// What Node has without `node:`, up to the first slash (`require('node:module').builtinModules` of Node 24).
const BUILT_IN: [&str; 46] = [
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "sys",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
    "_http_agent",
    "_http_common",
    "_stream_wrap",
    "_tls_common",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(files: &[(&str, &str)], entry: &str) -> Reached {
        let files: BTreeMap<&str, &str> = files.iter().copied().collect();
        let packed = Packed {
            has: &|path| files.contains_key(path),
            first_with: &|start| files.keys().find(|path| path.starts_with(start)).map(|path| (*path).to_owned()),
            read: &|path| files.get(path).map(|text| text.as_bytes().to_vec()),
        };
        reach(&packed, [entry.to_owned()])
    }

    fn missing(files: &[(&str, &str)]) -> Vec<String> {
        reached(files, files[0].0).missing.into_iter().map(|(_, path)| path).collect()
    }

    #[test]
    fn require_finds_extensions_and_folders_and_import_does_not() {
        let lib = [("lib/index.js", ""), ("a.json", "{}"), ("b/package.json", r#"{"main":"m"}"#), ("b/m.js", "")];
        let with = |file: (&'static str, &'static str)| [&[file][..], &lib].concat();
        let text = "require('./lib'); require('./lib/'); require('./a'); require('./b'); require('.')";
        assert_eq!(missing(&with(("index.js", text))), [""; 0]);
        assert_eq!(missing(&with(("index.js", "require('./Lib'); require('./a.js')"))), ["Lib", "a.js"]);
        let found = reached(&with(("index.mjs", "import './lib'; import './lib/index.js'; import './c'")), "index.mjs");
        assert_eq!(found.unspecified.iter().map(|(_, path)| path.as_str()).collect::<Vec<_>>(), ["lib/index.js"]);
        assert_eq!(found.missing.len(), 1);
    }

    #[test]
    fn the_number_of_files_looked_into_is_bounded() {
        let chain = |count: usize| {
            let texts: Vec<_> =
                (0..count).map(|at| (format!("{at}.js"), format!("require('./{}.js')", at + 1))).collect();
            let files: Vec<_> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
            let found = reached(&files, "0.js");
            (found.missing.len(), found.unread)
        };
        assert_eq!(chain(MOST_FILES), (1, None));
        assert_eq!(chain(MOST_FILES + 1), (0, Some(Unread::Many)));
    }

    #[test]
    fn only_reachable_files_are_looked_into() {
        let files = [("index.js", "require('./a')"), ("a.js", "require('./b')"), ("other.js", "require('./c')")];
        assert_eq!(missing(&files), ["b"]);
        let site = &reached(&files, "index.js").missing[0].0;
        assert_eq!((site.file.as_str(), site.line), ("a.js", 1));
    }

    #[test]
    fn imports_that_bundlers_resolve_are_left_to_them() {
        for other in ["a.ts", "a.native.js", "a.vue", "a/index.ts"] {
            assert_eq!(missing(&[("index.js", "require('./a')"), (other, "")]), [""; 0], "{other}");
        }
        assert_eq!(missing(&[("index.mjs", "import './a.js?raw'; import '../../x.js'")]), [""; 0]);
    }

    #[test]
    fn the_nearest_package_json_decides_the_module_kind() {
        let esm = "import './a.js'";
        let of = |files: &[(&str, &str)]| {
            let found = reached(files, files[0].0).mismatched;
            found.iter().map(|found| found.is_module).collect::<Vec<_>>()
        };
        assert_eq!(of(&[("index.js", esm), ("package.json", r#"{"type":"commonjs"}"#)]), [false]);
        assert_eq!(of(&[("a.cjs", esm)]), [false]);
        assert_eq!(of(&[("index.js", esm), ("package.json", "{}")]), [false; 0]);
        assert_eq!(of(&[("cjs/i.js", "module.exports = 1"), ("package.json", r#"{"type":"module"}"#)]), [true]);
        let inner = ("cjs/package.json", r#"{"type":"commonjs"}"#);
        assert_eq!(
            of(&[("cjs/i.js", "module.exports = 1"), inner, ("package.json", r#"{"type":"module"}"#)]),
            [false; 0]
        );
        assert_eq!(of(&[("a.mjs", "const fs = require('fs')")]), [true]);
    }

    #[test]
    fn package_names_are_distinguished_from_lookalikes() {
        for (specifier, name) in [
            ("otter/sub", Some("otter")),
            ("@acme/a/b.js", Some("@acme/a")),
            ("fs", None),
            ("fs/promises", None),
            ("node:test", None),
            ("bun:test", None),
            ("#internal", None),
            (".prisma/client", None),
            ("@acme", None),
            ("/etc/x", None),
            ("virtual:x", None),
        ] {
            assert_eq!(package_of(specifier), name, "{specifier}");
        }
    }
}
