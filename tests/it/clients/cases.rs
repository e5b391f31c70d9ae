//! Generated projects, settings, variables and flags, each client's in its own files, and some in those of others, which it
//! must pass over.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use serde_json::{Map, Value, json};

use super::Client;
use crate::npm_names::texts::Dice;

const NPM: &str = "https://registry.npmjs.org/";
const CORP: &str = "https://npm.corp.test/";
const REGISTRIES: &[&str] = &[
    NPM,
    CORP,
    CORP,
    "https://npm.corp.test",
    "https://npm.corp.test/npm/",
    "https://npm.corp.test:8443/a/b/",
    "https://registry.yarnpkg.com/",
];
/// What npm's files name a host by.
const NERVES: &[&str] = &[
    "//registry.npmjs.org/",
    "//registry.npmjs.org/",
    "//npm.corp.test/",
    "//npm.corp.test/",
    "//npm.corp.test/npm/",
    "//npm.corp.test:8443/a/",
    "//npm.corp.test:8443/a/b/",
    "//registry.yarnpkg.com/",
];

/// One publish.
pub(super) struct Case {
    /// Path in the sandbox and text.
    pub(super) files: Vec<(String, String)>,
    pub(super) env: BTreeMap<String, String>,
    /// After the client's publish command.
    pub(super) args: Vec<String>,
}

impl Case {
    /// For the message of a failure, and to see that a record is of this very case.
    pub(super) fn shown(&self) -> String {
        let mut shown = format!("  args {}\n", self.args.join(" "));
        for (name, value) in &self.env {
            let _ = writeln!(shown, "  {name}={value}");
        }
        for (path, text) in &self.files {
            let _ = writeln!(shown, "  {path}: {}", text.trim_end().replace('\n', "\n    | "));
        }
        shown
    }
}

/// The name of a generated token; any other text as it is.
pub(super) fn named(token: &str) -> &str {
    let name = token.strip_prefix("npm_").and_then(|rest| rest.split_once('x')).map(|(name, _)| name);
    name.filter(|name| name.starts_with('t')).unwrap_or(token)
}

/// Makes the cases of one client.
pub(super) struct Generator {
    dice: Dice,
    client: Client,
    tokens: usize,
}

impl Generator {
    pub(super) fn new(client: Client, seed: u64) -> Self {
        Self { dice: Dice(seed), client, tokens: 0 }
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.dice.below(100) < percent
    }

    fn registry(&mut self) -> &'static str {
        REGISTRIES[self.dice.below(REGISTRIES.len())]
    }

    /// A token of npm's shape that is in one place alone.
    fn token(&mut self) -> String {
        self.tokens += 1;
        format!("npm_{:0<36}", format!("t{}x", self.tokens))
    }

    /// A token, or a variable in its place.
    fn written_token(&mut self) -> String {
        let variables: &[&str] = match self.client {
            Client::Bun => &["${TOK}", "${TOK}", "${NONE}", "${NONE?}", "a${TOK}"],
            Client::YarnClassic => &["${TOK}", "${TOK}", "a${TOK}"],
            Client::Pnpm | Client::Yarn => {
                &["${TOK}", "${TOK}", "${TOK-x}", "${NONE:-y}", "${EMPTY:-z}", "${EMPTY-z}", "${NONE}"]
            }
        };
        if self.chance(30) { self.dice.pick(variables).to_owned() } else { self.token() }
    }

    /// The next case.
    pub(super) fn case(&mut self) -> Case {
        self.tokens = 0;
        let manifest = self.manifest();
        let mut files = vec![("project/package.json".to_owned(), manifest.to_string())];
        let mut env = BTreeMap::new();
        if self.chance(75) {
            env.insert("TOK".to_owned(), self.token());
        }
        env.insert("EMPTY".to_owned(), String::new());
        let mut args = self.arguments();
        if self.client == Client::Yarn {
            // It has no such option.
            if let Some(at) = args.iter().position(|arg| arg == "--registry") {
                args.drain(at..at + 2);
            }
        }
        if self.chance(45) {
            files.push(("project/.npmrc".to_owned(), self.npmrc()));
        }
        if self.chance(65) {
            files.push(("home/.npmrc".to_owned(), self.npmrc()));
        }
        if self.chance(8) {
            files.push(("home/ci.npmrc".to_owned(), self.npmrc()));
            env.insert(
                self.dice.pick(&["NPM_CONFIG_USERCONFIG", "npm_config_userconfig"]).to_owned(),
                "<home>/ci.npmrc".to_owned(),
            );
        }
        for name in ["npm_config_registry", "NPM_CONFIG_REGISTRY"] {
            if self.chance(6) {
                env.insert(name.to_owned(), self.registry().to_owned());
            }
        }
        if self.client == Client::YarnClassic
            && env.keys().any(|name| name.eq_ignore_ascii_case("npm_config_userconfig"))
        {
            // To root alone it is a third file.
            files.retain(|(path, _)| path != "home/.npmrc");
        }
        match self.client {
            Client::Pnpm => self.of_pnpm(&mut files, &mut env),
            Client::Yarn => self.of_yarn(&manifest, &mut files, &mut env),
            Client::YarnClassic => self.of_yarn_classic(&mut files, &mut env),
            Client::Bun => self.of_bun(&mut files, &mut env),
        }
        Case { files, env, args }
    }

    fn manifest(&mut self) -> Value {
        let name = self.dice.pick(&["left-lodge", "left-lodge", "@acme/core", "@acme/core", "@alice/fresh"]);
        let version = if self.chance(10) { "2.0.0-beta.1" } else { "1.2.0" };
        let mut manifest =
            json!({ "name": name, "version": version, "packageManager": self.client.label().replace(' ', "@") });
        let mut config = Map::new();
        if self.chance(25) {
            config.insert("registry".to_owned(), self.registry().into());
        }
        if self.chance(12) {
            let registry = self.registry();
            // Whose credential Bun takes for it, of all that it knows for the same URL, is not emulated.
            if self.client != Client::Bun {
                config.insert("@acme:registry".to_owned(), registry.into());
            }
        }
        if self.chance(if name.starts_with('@') { 50 } else { 12 }) {
            let access = self.dice.pick(&["public", "public", "public", "restricted"]);
            config.insert("access".to_owned(), access.into());
        }
        if self.chance(15) {
            config.insert("tag".to_owned(), "next".into());
        }
        if self.chance(5) {
            config.insert("name".to_owned(), "@acme/other".into());
        }
        if !config.is_empty() {
            manifest["publishConfig"] = config.into();
        }
        if self.chance(8) {
            manifest["tag"] = "beta".into();
        }
        manifest
    }

    fn arguments(&mut self) -> Vec<String> {
        let mut args = Vec::new();
        for (percent, option, values) in [
            (20, "--tag", &["x", "next"][..]),
            (20, "--access", &["public", "public", "restricted"]),
            (10, "--otp", &["123456"]),
            (12, "--registry", REGISTRIES),
        ] {
            if self.chance(percent) {
                args.extend([option.to_owned(), self.dice.pick(values).to_owned()]);
            }
        }
        args
    }

    /// A file in npm's style.
    fn npmrc(&mut self) -> String {
        let mut lines = Vec::new();
        let base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        if self.chance(30) {
            let registry = self.registry();
            lines.push(match self.dice.below(8) {
                0 => format!("registry = {registry}"),
                1 => format!("registry=\"{registry}\""),
                _ => format!("registry={registry}"),
            });
        }
        if self.chance(20) {
            lines.push(format!("@acme:registry={}", self.registry()));
        }
        for _ in 0..self.dice.below(4) {
            let nerve = NERVES[self.dice.below(NERVES.len())];
            match self.dice.below(9) {
                0 => lines.push(format!("{nerve}:_auth={}", base64("alice:pass"))),
                1 => {
                    lines.push(format!("{nerve}:username=bob"));
                    lines.push(format!("{nerve}:_password={}", base64("word")));
                }
                _ => lines.push(format!("{nerve}:_authToken={}", self.written_token())),
            }
        }
        if self.chance(4) {
            lines.push(format!("_authToken={}", self.token()));
        }
        if self.chance(10) {
            lines.push("; a comment".to_owned());
        }
        if self.chance(8) {
            lines.push(self.dice.pick(&["access=public", "tag=next"]).to_owned());
        }
        if self.client == Client::Pnpm {
            // Of two lines with one key it takes the one that it does not leave out, which is not emulated.
            let key = |line: &String| line.split('=').next().map(|key| key.trim().to_owned());
            let mut seen = std::collections::BTreeSet::new();
            lines.retain(|line| seen.insert(key(line)));
        }
        lines.join("\n") + "\n"
    }

    fn of_pnpm(&mut self, files: &mut Vec<(String, String)>, env: &mut BTreeMap<String, String>) {
        if self.chance(35) {
            let mut yaml = "packages: []\n".to_owned();
            if self.chance(25) {
                let _ = writeln!(yaml, "registry: {}", self.registry());
            }
            if self.chance(55) {
                let registry = self.registry();
                let entry = match self.dice.below(4) {
                    0 => format!("  {registry}:\n    scopes: ['@acme']"),
                    1 => format!("  default: {registry}"),
                    _ => format!("  '@acme': {registry}"),
                };
                let _ = writeln!(yaml, "registries:\n{entry}");
            }
            files.push(("project/pnpm-workspace.yaml".to_owned(), yaml));
        }
        if self.chance(15) {
            files.push(("home/.config/pnpm/auth.ini".to_owned(), self.npmrc()));
        }
        if self.chance(15) {
            let mut yaml = format!("registry: {}\n", self.registry());
            if self.chance(30) {
                let _ =
                    write!(yaml, "_auth:\n  {}:\n    '@acme':\n      authToken: {}\n", self.registry(), self.token());
            }
            files.push(("home/.config/pnpm/config.yaml".to_owned(), yaml));
        }
        for name in ["PNPM_CONFIG_REGISTRY", "pnpm_config_registry"] {
            if self.chance(5) {
                env.insert(name.to_owned(), self.registry().to_owned());
            }
        }
        if self.chance(8) {
            let (registry, token) = (self.registry(), self.token());
            let scope = self.dice.pick(&["@", "@acme"]);
            env.insert(
                "PNPM_CONFIG__AUTH".to_owned(),
                json!({ registry: { scope: { "authToken": token } } }).to_string(),
            );
        }
        if self.chance(5) {
            env.insert("npm_config_//npm.corp.test/:_authToken".to_owned(), self.token());
        }
    }

    fn of_yarn(&mut self, manifest: &Value, files: &mut Vec<(String, String)>, env: &mut BTreeMap<String, String>) {
        let name = manifest["name"].as_str().unwrap_or_default();
        let lock = format!(
            "__metadata:\n  version: 10\n\n\"{name}@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"{name}@workspace:.\"\n  languageName: unknown\n  linkType: soft\n"
        );
        files.push(("project/yarn.lock".to_owned(), lock));
        for (percent, path) in [(60, "project/.yarnrc.yml"), (15, ".yarnrc.yml"), (50, "home/.yarnrc.yml")] {
            if self.chance(percent) {
                files.push((path.to_owned(), self.yarnrc()));
            }
        }
        if self.chance(12) {
            env.insert("YARN_NPM_AUTH_TOKEN".to_owned(), self.token());
        }
        if self.chance(6) {
            env.insert("yarn_npm_publish_registry".to_owned(), self.registry().to_owned());
        }
        if self.chance(6) {
            let access = self.dice.pick(&["public", "restricted"]);
            env.insert("YARN_NPM_PUBLISH_ACCESS".to_owned(), access.to_owned());
        }
        if self.chance(4) {
            env.insert("YARN_REGISTRY".to_owned(), self.registry().to_owned());
        }
    }

    fn yarnrc(&mut self) -> String {
        let mut yaml = String::new();
        if self.chance(25) {
            let _ = writeln!(yaml, "npmPublishRegistry: \"{}\"", self.registry());
        }
        if self.chance(20) {
            let _ = writeln!(yaml, "npmRegistryServer: \"{}\"", self.registry());
        }
        if self.chance(50) {
            let _ = writeln!(yaml, "npmAuthToken: \"{}\"", self.written_token());
        }
        if self.chance(12) {
            let _ = writeln!(yaml, "npmAuthIdent: {}", self.dice.pick(&["alice:pass", "\"YWxpY2U6cGFzcw==\""]));
        }
        if self.chance(15) {
            let _ = writeln!(yaml, "npmPublishAccess: {}", self.dice.pick(&["public", "restricted"]));
        }
        if self.chance(35) {
            let entry = match self.dice.below(4) {
                0 | 1 => format!("    npmPublishRegistry: \"{}\"\n", self.registry()),
                2 => format!("    npmRegistryServer: \"{}\"\n", self.registry()),
                _ => String::new(),
            };
            let credential = match self.dice.below(3) {
                0 => format!("    npmAuthToken: \"{}\"", self.token()),
                1 => "    npmAuthIdent: \"carol:pass\"".to_owned(),
                _ => "    npmAlwaysAuth: true".to_owned(),
            };
            let _ = write!(yaml, "npmScopes:\n  acme:\n{entry}{credential}\n");
        }
        if self.chance(30) {
            let host = self.dice.pick(&[
                "//npm.corp.test",
                "https://npm.corp.test",
                "//registry.npmjs.org",
                "//registry.yarnpkg.com",
                "https://npm.corp.test/npm",
                "//npm.corp.test:8443/a/b",
            ]);
            let entry = if self.chance(70) {
                format!("npmAuthToken: \"{}\"", self.token())
            } else {
                "npmAlwaysAuth: true".to_owned()
            };
            let _ = write!(yaml, "npmRegistries:\n  \"{host}\":\n    {entry}\n");
        }
        if self.chance(2) {
            yaml.push_str("npmAuthTokn: x\n");
        }
        yaml
    }

    fn of_yarn_classic(&mut self, files: &mut Vec<(String, String)>, env: &mut BTreeMap<String, String>) {
        for path in ["project/.yarnrc", "home/.yarnrc"] {
            if self.chance(20) {
                let mut text = format!("registry \"{}\"\n", self.registry());
                if self.chance(30) {
                    let _ = writeln!(text, "\"@acme:registry\" \"{}\"", self.registry());
                }
                files.push((path.to_owned(), text));
            }
        }
        for name in ["yarn_registry", "YARN_REGISTRY", "yarn_config_registry"] {
            if self.chance(4) {
                env.insert(name.to_owned(), self.registry().to_owned());
            }
        }
    }

    fn of_bun(&mut self, files: &mut Vec<(String, String)>, env: &mut BTreeMap<String, String>) {
        for (percent, path) in [(50, "project/bunfig.toml"), (20, "home/.bunfig.toml")] {
            if self.chance(percent) {
                files.push((path.to_owned(), self.bunfig()));
            }
        }
        for name in ["BUN_CONFIG_TOKEN", "NPM_CONFIG_TOKEN", "npm_config_token"] {
            if self.chance(5) {
                env.insert(name.to_owned(), self.token());
            }
        }
        if self.chance(6) {
            env.insert("BUN_CONFIG_REGISTRY".to_owned(), self.registry().to_owned());
        }
        for name in [".env", ".env.local", ".env.production"] {
            if self.chance(4) {
                let text = format!("BUN_CONFIG_TOKEN={}\n", self.token());
                files.push((format!("project/{name}"), text));
            }
        }
    }

    fn bunfig(&mut self) -> String {
        let mut toml = "[install]\n".to_owned();
        if self.chance(50) {
            let _ = writeln!(toml, "registry = {}", self.bun_registry());
        }
        if self.chance(40) {
            let scope = self.dice.pick(&["acme", "\"@acme\""]);
            let _ = writeln!(toml, "[install.scopes]\n{scope} = {}", self.bun_registry());
        }
        toml
    }

    fn bun_registry(&mut self) -> String {
        let registry = self.registry();
        match self.dice.below(6) {
            0 => format!("{{ url = \"{registry}\", token = \"{}\" }}", self.token()),
            1 => format!("{{ token = \"$TOK\", url = \"{registry}\" }}"),
            2 => format!("{{ url = \"{registry}\", username = \"dora\", password = \"word\" }}"),
            _ => format!("\"{registry}\""),
        }
    }
}
