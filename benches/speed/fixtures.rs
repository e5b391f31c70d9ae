//! Packages to publish, as authors have them: one alone, and workspaces in which each package depends on two others
//! and on one that all share. Nothing is wrong with them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::Outcome;
use super::answers::TOKEN;
use super::cases::{Case, Content, Protocol};
use super::packuments::{SHARED, member};
use super::server::Server;

/// What no packument has.
const VERSION: &str = "2.0.0";

/// A temporary folder with everything that is read.
pub struct Fixtures {
    root: tempfile::TempDir,
}

impl Fixtures {
    /// # Errors
    /// When the folder cannot be written.
    pub fn new(server: &Server) -> Outcome<Self> {
        let fixtures = Self { root: tempfile::Builder::new().prefix("npm-preflight-bench-").tempdir()? };
        fs::write(fixtures.authority(), &server.authority)?;
        for protocol in [Protocol::Http1, Protocol::Http2] {
            for token in [false, true] {
                fixtures.home(server, protocol, token)?;
            }
        }
        Ok(fixtures)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// The certificate that vouches for the server.
    pub fn authority(&self) -> PathBuf {
        self.path("authority.pem")
    }

    /// The home folder whose `.npmrc` leads to the server.
    pub fn home_of(&self, case: &Case) -> PathBuf {
        self.path(home_name(case.protocol, case.token))
    }

    fn home(&self, server: &Server, protocol: Protocol, token: bool) -> Outcome<()> {
        let home = self.path(home_name(protocol, token));
        fs::create_dir(&home)?;
        let registry = server.registry(protocol);
        let (_, key) = registry.split_once(':').ok_or("a registry has a scheme")?;
        let credential = if token { format!("{key}:_authToken={TOKEN}\n") } else { String::new() };
        let settings = format!("registry={registry}\ncafile={}\n{credential}", self.authority().display());
        Ok(fs::write(home.join(".npmrc"), settings)?)
    }

    /// A new folder. Those before it stay: what a file system has to do for thousands of removed files would be measured
    /// with the next run.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn empty(&self) -> Outcome<PathBuf> {
        Ok(tempfile::Builder::new().prefix("cache-").tempdir_in(self.root.path())?.keep())
    }

    /// The folder in which the tools are run; made when it is not there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn project(&self, case: &Case) -> Outcome<PathBuf> {
        let Case { members, content, .. } = *case;
        let folder = self.path(&format!("project-{members}-{content:?}"));
        if folder.exists() {
            return Ok(folder);
        }
        fs::create_dir(&folder)?;
        let files: &[&str] = match content {
            Content::Usual => &["index.js"],
            Content::ManyFiles | Content::LongTexts => &["index.js", "lib/**/*.js"],
        };
        match content {
            Content::Usual => {}
            Content::ManyFiles => many_files(&folder)?,
            Content::LongTexts => long_texts(&folder)?,
        }
        if members == 1 {
            package(&folder, 1, files)?;
            return Ok(folder);
        }
        let root = json!({ "name": "bench", "private": true, "workspaces": ["packages/*"] });
        fs::write(folder.join("package.json"), format!("{root:#}\n"))?;
        fs::write(folder.join("pnpm-workspace.yaml"), "packages:\n  - 'packages/*'\n")?;
        for number in 1..=members {
            let name = member(number);
            let last = name.rsplit('/').next().unwrap_or_default();
            let member = folder.join("packages").join(last);
            fs::create_dir_all(&member)?;
            package(&member, number, files)?;
        }
        Ok(folder)
    }
}

fn home_name(protocol: Protocol, token: bool) -> &'static str {
    match (protocol, token) {
        (Protocol::Http1, false) => "home-http1",
        (Protocol::Http1, true) => "home-http1-credential",
        (Protocol::Http2, false) => "home-http2",
        (Protocol::Http2, true) => "home-http2-credential",
    }
}

fn package(folder: &Path, number: usize, files: &[&str]) -> Outcome<()> {
    let name = member(number);
    let mut dependencies = serde_json::Map::from_iter([(SHARED.to_owned(), "^1.0.0".into())]);
    // Of lower numbers only: npm publishes in this order, and a package should come after what it depends on.
    for sibling in [number.saturating_sub(1), number / 2].into_iter().filter(|sibling| *sibling > 0) {
        dependencies.insert(member(sibling), format!("^{VERSION}").into());
    }
    let manifest = json!({
        "name": name,
        "version": VERSION,
        "description": "A package that exists to be looked at",
        "keywords": ["bench", "fixture"],
        "license": "MIT",
        "author": "Alice <alice@example.com>",
        "homepage": "https://git.example/bench/bench#readme",
        "bugs": { "url": "https://git.example/bench/bench/issues" },
        "repository": {
            "type": "git",
            "url": "git+https://git.example/bench/bench.git",
            "directory": format!("packages/{}", name.rsplit('/').next().unwrap_or_default()),
        },
        "type": "module",
        "exports": { ".": "./index.js", "./package.json": "./package.json" },
        "files": files,
        "scripts": { "test": "node --test" },
        "engines": { "node": ">=18" },
        "publishConfig": { "access": "public" },
        "dependencies": dependencies,
    });
    fs::write(folder.join("package.json"), format!("{manifest:#}\n"))?;
    fs::write(folder.join("index.js"), "export const answer = () => 42;\n")?;
    Ok(fs::write(folder.join("README.md"), format!("# {name}\n\nIt does one thing.\n"))?)
}

/// As a build leaves them that writes its output next to the sources.
fn many_files(folder: &Path) -> Outcome<()> {
    for number in 0..1_000 {
        let inner = folder.join(format!("lib/part-{}/unit-{}", number / 10, number % 10));
        fs::create_dir_all(&inner)?;
        for file in 0..100 {
            let end = if file % 10 == 0 { "js" } else { "ts" };
            fs::write(inner.join(format!("module-{file}.{end}")), format!("export const number = {file};\n"))?;
        }
    }
    Ok(())
}

fn long_texts(folder: &Path) -> Outcome<()> {
    const WORDS: [&str; 8] = ["const", "npm_config_cache", "=", "require(", "process.env.", "key_", "sk_test", "-----"];
    let lib = folder.join("lib");
    fs::create_dir(&lib)?;
    let mut seed = 1_u32;
    for file in 0..340 {
        let mut text = String::with_capacity(1_000_000);
        while text.len() < 1_000_000 {
            // A generator of numbers that is the same everywhere.
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            match seed >> 24 {
                0..8 => text.push_str(WORDS[usize::try_from(seed >> 24)?]),
                8..32 => text.push('\n'),
                _ => write!(text, "{:x}", seed >> 8)?,
            }
            text.push(' ');
        }
        fs::write(lib.join(format!("text-{file}.js")), text)?;
    }
    Ok(())
}
