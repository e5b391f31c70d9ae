//! Random folders, .npmrc files, variables and flags for the comparison with npm.
#![expect(clippy::use_debug, reason = "the message of a failure")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

#[path = "npm_config_cases/globalconfig.rs"]
mod globalconfig;
#[path = "npm_config_cases/texts.rs"]
mod texts;

use texts::{FLAGS, TEXTS, URLS, WORKSPACES};

/// One run of npm.
pub(super) struct Case {
    pub(super) env: BTreeMap<String, String>,
    pub(super) argv: Vec<String>,
    pub(super) cwd: PathBuf,
    files: Vec<(PathBuf, String)>,
}

impl Case {
    /// For the message of a failure.
    pub(super) fn shown(&self) -> String {
        let mut shown = format!("  argv {:?}\n  env {:?}", self.argv, self.env);
        for (path, text) in &self.files {
            let _ = write!(shown, "\n  {} {text:?}", path.display());
        }
        shown
    }
}

#[rustfmt::skip]
const FEATURES: &[&str] = &[
    "array", "bare key", "bom", "comment", "crlf", "duplicate", "empty variable", "env case", "env setting", "escape",
    "escaped variable", "flags", "global file", "global mode", "globalconfig", "nerf key in env", "optional variable", "prefix flag",
    "quote", "scope", "section", "unset variable", "userconfig", "variable", "workspace root",
];

#[rustfmt::skip]
const KEYS: &[&str] = &[
    "registry", "registry", "@acme:registry", "@Acme:Registry", "tag", "tag", "access", "access", "provenance",
    "provenance-file", "dry-run", "dry-run", "force", "otp", "scope", "email", "strict-ssl", "proxy", "fetch-retries",
    "workspaces", "workspace", "include-workspace-root", "json", "omit", "noproxy", "ca", "loglevel", "cache-min",
    "save-prefix", "unknown-key", "Tag", "dry_run", "//r.example/:_authToken", "//r.example/:_authToken",
    "//registry.npmjs.org/:_authToken", "//registry.npmjs.org/:_authToken", "//registry.npmjs.org/:_auth",
    "//registry.npmjs.org/:username", "//registry.npmjs.org/:_password", "//r.example/npm/:_authToken",
    "//r.example/:_auth", "//r.example/:username", "//r.example/:_password", "//r.example/:certfile",
    "//r.example/:keyfile", "//registry.npmjs.org/:email", "userconfig", "replace-registry-host", "browser",
    "lockfile-version", "https-proxy", "before", "key", "cert", "expect-results", "yes", "optional", "searchlimit",
    "strict-npmrc", "strict-npmrc", "extension-file", "shrinkwrap", "patches-dir", "to",
];

/// What npm refuses: once in a while, because it hides everything else.
#[rustfmt::skip]
const RARE_KEYS: &[&str] = &[
    "_auth", "_authToken", "username", "_password", "_authtoken", "-authtoken", "save-prod", "save-dev", "global",
    "location", "prefix", "globalconfig", "__proto__", "constructor-like", "1", "a.b", "a\\.b", "'null'",
    "cafile", "cache", "user-agent", "certfile", "keyfile",
];

/// A fixed sequence of cases.
pub(super) struct Generator {
    state: u64,
    counts: BTreeMap<&'static str, usize>,
    /// Features of the case that is being made.
    seen: Vec<&'static str>,
}

impl Generator {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed, counts: BTreeMap::new(), seen: Vec::new() }
    }

    /// Each feature is in at least a twentieth of the cases.
    pub(super) fn assert_every_feature_is_common(&self, cases: usize) {
        for feature in FEATURES {
            let count = self.counts.get(feature).copied().unwrap_or_default();
            assert!(count * 20 >= cases, "{feature} stands in {count} of {cases} cases only");
        }
    }

    /// Writes a case's files below `root`.
    pub(super) fn case(&mut self, root: &Path) -> Case {
        self.seen.clear();
        let kept = ["home/x", "other/x", "repo/packages/a/src/x", "repo/packages/b/x"];
        let mut files: Vec<_> = kept.iter().map(|path| (root.join(path), String::new())).collect();
        let mut env = self.env(root);
        let mut argv = Vec::new();
        if self.chance(55) {
            self.note("flags");
            for _ in 0..=self.below(3) {
                argv.push(self.pick(FLAGS).to_owned());
            }
        }
        self.packages(root, &mut files);
        let folders = ["repo", "repo", "repo/packages/a", "repo/packages/a/src", "repo/packages/b", "other", "home"];
        let cwd = root.join(self.pick(&folders));
        if self.chance(8) {
            self.note("prefix flag");
            let prefix = self.pick(&["..", "./x", "~/", "../repo", "${HERE}/other"]).to_owned();
            let form = self.pick(&["-C", "--prefix", "--prefix="]);
            match form.strip_suffix('=') {
                Some(flag) => argv.push(format!("{flag}={prefix}")),
                None => argv.extend([form.to_owned(), prefix]),
            }
        }
        for folder in ["repo", "home", "repo/packages/a", "other"] {
            if self.chance(if folder == "other" { 20 } else { 65 }) {
                files.push((root.join(folder).join(".npmrc"), self.npmrc(root)));
            }
        }
        if self.chance(25) {
            self.note("global file");
            env.insert("PREFIX".to_owned(), root.join("prefix").to_string_lossy().into_owned());
            files.push((root.join("prefix/etc/npmrc"), self.npmrc(root)));
        }
        if self.chance(10) {
            self.note("userconfig");
            let name = self.pick(&["NPM_CONFIG_USERCONFIG", "npm_config_userconfig", "Npm_Config_UserConfig"]);
            let path = self.pick(&["~/other.rc", "u.rc", "${HERE}/home/other.rc", "missing", "./.npmrc"]);
            env.insert(name.to_owned(), path.to_owned());
            files.push((root.join("home/other.rc"), self.npmrc(root)));
        }
        if self.chance(25) {
            self.note("globalconfig");
            let layers = u32::try_from(self.below(16)).unwrap();
            globalconfig::set(layers, root, &mut env, &mut argv, &mut files);
        }
        for (path, text) in &files {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        for feature in std::mem::take(&mut self.seen) {
            *self.counts.entry(feature).or_default() += 1;
        }
        Case { env, argv, cwd, files }
    }

    fn env(&mut self, root: &Path) -> BTreeMap<String, String> {
        let mut env: BTreeMap<String, String> = [
            ("HOME", root.join("home").to_string_lossy().into_owned()),
            ("HERE", root.to_string_lossy().into_owned()),
            ("PATH", std::env::var("PATH").unwrap()),
            ("TOKEN", "npm_token".to_owned()),
            ("HOST", "host.example".to_owned()),
            ("EMPTY", String::new()),
            ("SPACED", " spaced\n".to_owned()),
            ("YES", "true".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        if self.chance(2) {
            env.insert("HOME".to_owned(), String::new());
        }
        if self.chance(45) {
            self.note("env setting");
            for _ in 0..=self.below(2) {
                let key = self.key().to_owned();
                let plain = self.value(&key);
                let prefix = match self.below(4) {
                    0 => {
                        self.note("env case");
                        "NPM_CONFIG_"
                    }
                    1 => {
                        self.note("env case");
                        "Npm_config_"
                    }
                    _ => "npm_config_",
                };
                if key.starts_with("//") {
                    self.note("nerf key in env");
                    env.insert(format!("{prefix}{key}"), plain);
                } else {
                    let key = key.replace('-', "_");
                    let key = if prefix.starts_with("NPM") { key.to_uppercase() } else { key };
                    env.insert(format!("{prefix}{key}"), plain);
                }
            }
        }
        if self.chance(6) {
            self.note("global mode");
            let settings = [
                "npm_config_global=true",
                "npm_config_global=1",
                "npm_config_location=global",
                "NPM_CONFIG_GLOBAL=false",
            ];
            let (name, value) = self.pick(&settings).split_once('=').unwrap();
            env.insert(name.to_owned(), value.to_owned());
        }
        env
    }

    fn packages(&mut self, root: &Path, files: &mut Vec<(PathBuf, String)>) {
        let workspaces = if self.chance(50) {
            self.note("workspace root");
            format!(", \"workspaces\": {}", self.pick(WORKSPACES))
        } else {
            String::new()
        };
        if self.chance(92) {
            files.push((root.join("repo/package.json"), format!("{{\"name\": \"root\"{workspaces}}}")));
        }
        for member in ["a", "b", "B", "ab", "a-b", "a.b", "a_1", "a10", "a9", "@s/c", ".d"] {
            if member.len() > 1 && !self.chance(20) {
                continue;
            }
            let text = match self.below(20) {
                0 => continue,
                1 => "{".to_owned(),
                2 => "{\"name\": \"same\"}".to_owned(),
                3 => "[]".to_owned(),
                _ => format!("{{\"name\": \"{member}\"}}"),
            };
            files.push((root.join(format!("repo/packages/{member}/package.json")), text));
        }
        if self.chance(10) {
            files.push((root.join("repo/packages/a/src/node_modules/x/package.json"), "{}".to_owned()));
        }
    }

    fn npmrc(&mut self, root: &Path) -> String {
        let mut text = String::new();
        if self.chance(6) {
            self.note("bom");
            text.push('\u{feff}');
        }
        let end = match self.below(10) {
            0 | 1 => {
                self.note("crlf");
                "\r\n"
            }
            2 => "\r",
            _ => "\n",
        };
        let mut before: Option<String> = None;
        for _ in 0..self.below(7) {
            let line = self.line(before.as_deref(), root, &mut text);
            before = Some(line.clone());
            text.push_str(&line);
            text.push_str(end);
        }
        text
    }

    fn line(&mut self, before: Option<&str>, root: &Path, text: &mut String) -> String {
        match self.below(20) {
            0 => {
                self.note("comment");
                let mark = self.pick(&["; ", "#", "  ;", "\t# "]);
                format!("{mark}registry=https://comment.example/")
            }
            1 if self.chance(60) => {
                self.note("section");
                self.pick(&[
                    "[section]",
                    "[a.b]",
                    "[registry]",
                    "[section] ; c",
                    "[__proto__]",
                    "[x",
                    "[]",
                    "[\"q\"]",
                    "[a\\.b] ",
                ])
                .to_owned()
            }
            2 => {
                self.note("bare key");
                self.key().to_owned()
            }
            3 => {
                self.note("array");
                let key = self.key().to_owned();
                let value = self.value(&key);
                if self.chance(50) {
                    let _ = writeln!(text, "{key}[]={value}");
                }
                format!("{key}[] = {value}")
            }
            4 if before.is_some_and(|line| line.contains('=')) => {
                self.note("duplicate");
                let key =
                    before.and_then(|line| line.split_once('=')).map(|(key, _)| key.to_owned()).unwrap_or_default();
                let value = self.value(&key);
                format!("{key}={value}")
            }
            5 if self.chance(40) => {
                self.pick(&["=x", " = x", "", "   ", "${KEY}=x", "//${HOST}/:_authToken=x", "\"tag\"=q"]).to_owned()
            }
            _ => {
                let key = self.key().to_owned();
                let value = self.value(&key);
                let value =
                    if key == "userconfig" { root.join("home/.npmrc").to_string_lossy().into_owned() } else { value };
                let equals = self.pick(&["=", "=", " = ", "\t=", "= "]);
                format!("{key}{equals}{value}")
            }
        }
    }

    fn key(&mut self) -> &'static str {
        let key = if self.chance(4) { self.pick(RARE_KEYS) } else { self.pick(KEYS) };
        if key == "scope" || key.starts_with('@') {
            self.note("scope");
        }
        key
    }

    fn value(&mut self, key: &str) -> String {
        let value = if key.to_lowercase().ends_with("registry") && self.chance(90)
            || key.contains("proxy") && self.chance(50)
        {
            self.pick(URLS)
        } else {
            self.pick(TEXTS)
        };
        let is_special = matches!(
            key.trim_end_matches(['[', ']', ' ']),
            "workspace" | "omit" | "noproxy" | "ca" | "before" | "provenance-file" | "prefix" | "globalconfig"
        );
        let value = if is_special && value.contains('{') { "x" } else { value };
        if value.starts_with(['"', '\'']) {
            self.note("quote");
        }
        if value.contains('\\') {
            self.note("escape");
        }
        for (part, feature) in [
            ("\\${", "escaped variable"),
            ("${NONE}", "unset variable"),
            ("${NONE?}", "optional variable"),
            ("${EMPTY}", "empty variable"),
            ("${", "variable"),
        ] {
            if value.contains(part) {
                self.note(feature);
            }
        }
        value.to_owned()
    }

    fn note(&mut self, feature: &'static str) {
        if !self.seen.contains(&feature) {
            self.seen.push(feature);
        }
    }

    /// xorshift64*
    fn next(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
    fn pick(&mut self, choices: &[&'static str]) -> &'static str {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap()]
    }
}
