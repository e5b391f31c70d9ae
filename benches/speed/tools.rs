//! How each tool is called, and where it comes from: npm installs those of `benches/tools/package-lock.json` into the
//! target folder, once; curl, gzip, rg, node and npm are the machine's. What is not there is left out, and said so.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Outcome;
use super::cases::{Case, Protocol, Tool};
use super::fixtures::Fixtures;
use super::options::Options;
use super::packuments::member;
use super::server::{Seen, Server};

/// Requests at a time over HTTP/2: those of npm-preflight (src/registry/client.rs).
const AT_ONCE: u32 = 100;

/// npm's `maxsockets`.
const SOCKETS: u32 = 15;
/// In the folder of a finished installation: the pins it was made from.
const RECORD: &str = "installed-from";

/// Where the programs are.
pub struct Tools {
    preflight: PathBuf,
    /// Another build of it.
    before: Option<PathBuf>,
    /// The folder with `node_modules`.
    node: Option<PathBuf>,
}

/// A program on PATH.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

impl Tools {
    /// Those that the chosen cases need.
    pub fn new(options: &Options) -> Self {
        let (preflight, before) = (options.binary.clone(), options.before.clone());
        let missing: Vec<_> =
            ["curl", "gzip", "npm", "rg"].into_iter().filter(|program| find(program).is_none()).collect();
        for program in &missing {
            eprintln!("WARNING: {program} is not on PATH; its rows and the ratios to it are left out");
        }
        if options.quick || options.count || before.is_some() || missing.contains(&"npm") {
            return Self { preflight, before, node: None };
        }
        let node = install().inspect_err(|error| {
            eprintln!("WARNING: the tools from npm cannot be installed, and their rows are left out: {error}");
        });
        Self { preflight, before, node: node.ok() }
    }

    /// The program of a tool, if it is here.
    pub fn program(&self, tool: Tool) -> Option<PathBuf> {
        match tool {
            Tool::Preflight | Tool::Again | Tool::Offline | Tool::Files => Some(self.preflight.clone()),
            Tool::Before | Tool::BeforeOffline => self.before.clone(),
            Tool::CurlOne | Tool::CurlAll => find("curl"),
            Tool::Npm => find("npm"),
            Tool::Gzip => find("gzip"),
            Tool::RgFiles | Tool::RgCount => find("rg"),
            Tool::Nothing => find("true"),
            Tool::CanNpmPublish => self.installed("can-npm-publish"),
            Tool::Publint => self.installed("publint"),
            // Its own installer, which does not run here, would put the native program into the place of the script.
            Tool::Pnpm => {
                let native = fs::read_dir(self.node.as_ref()?.join("node_modules/@pnpm")).ok()?;
                let native = native.flatten().map(|entry| entry.path().join("pnpm")).find(|file| file.is_file());
                native.or_else(|| self.installed("pnpm"))
            }
        }
    }

    fn installed(&self, name: &str) -> Option<PathBuf> {
        Some(self.node.as_ref()?.join("node_modules/.bin").join(name)).filter(|file| file.is_file())
    }

    /// The call of a tool in a case, not yet started. Every run has caches of its own in `cache`.
    ///
    /// # Errors
    /// When the tool is not there or a fixture cannot be written.
    pub fn command(
        &self,
        case: &Case,
        tool: Tool,
        fixtures: &Fixtures,
        cache: &Path,
        server: &Server,
    ) -> Outcome<Command> {
        let mut command = Command::new(self.program(tool).ok_or("a tool that is not there")?);
        command.current_dir(fixtures.project(case)?);
        let many = case.members > 1;
        match tool {
            Tool::Preflight | Tool::Again | Tool::Before => {
                command.arg("lint").args(many.then_some("--workspaces"));
            }
            Tool::Offline | Tool::BeforeOffline => {
                command.args(["lint", "--offline"]).args(many.then_some("--workspaces"));
            }
            Tool::Files => {
                command.arg("files");
            }
            Tool::RgFiles => {
                command.args(["--no-config", "--files", "."]);
            }
            Tool::RgCount => {
                command.args(["--no-config", "-c", "npm_", "."]);
            }
            Tool::CurlOne | Tool::CurlAll => {
                command.arg("-q").arg("-K").arg(curl_file(case, tool, fixtures));
            }
            Tool::Npm => {
                command.args(["publish", "--dry-run"]).args(many.then_some("--workspaces"));
            }
            Tool::Pnpm => {
                command.arg("publish").args(many.then_some("-r")).args(["--dry-run", "--no-git-checks"]);
            }
            Tool::Gzip => {
                command.arg("-dc").arg(fixtures.path("packument.gz"));
            }
            Tool::CanNpmPublish | Tool::Publint | Tool::Nothing => {}
        }
        environment(&mut command, case, fixtures, cache, server);
        Ok(command)
    }
}

/// Only what is needed, so that no setting of whoever runs this changes anything, and nothing leaves the machine.
fn environment(command: &mut Command, case: &Case, fixtures: &Fixtures, cache: &Path, server: &Server) {
    let nowhere = "http://127.0.0.1:1";
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", fixtures.home_of(case)).env("TMPDIR", cache).env("LANG", "C.UTF-8");
    command.env("XDG_CACHE_HOME", cache).env("XDG_DATA_HOME", cache).env("XDG_STATE_HOME", cache);
    command.env("npm_config_cache", cache.join("npm")).env("npm_config_update_notifier", "false");
    command.env("NO_PROXY", "127.0.0.1").env("http_proxy", nowhere).env("https_proxy", nowhere);
    if case.token {
        command.env("NPM_PREFLIGHT_NPMJS_REGISTRY", server.registry(case.protocol));
    }
}

fn curl_file(case: &Case, tool: Tool, fixtures: &Fixtures) -> PathBuf {
    let set = if tool == Tool::CurlOne { "one" } else { "all" };
    fixtures.path(&format!("{}-{set}.curl", case.name.replace('/', "-")))
}

/// Writes what curl is to get in a case: what npm-preflight asked the server for.
///
/// # Errors
/// When a file cannot be written.
pub fn write_curl_files(case: &Case, seen: &[Seen], fixtures: &Fixtures, server: &Server) -> Outcome<()> {
    let mut all: Vec<&Seen> = seen.iter().collect();
    all.sort();
    fs::write(curl_file(case, Tool::CurlAll, fixtures), curl(case, &all, fixtures, server)?)?;
    let path = format!("/{}", member(1));
    let of_package = |seen: &&&Seen| seen.target.replace("%2f", "/").replace("%2F", "/") == path;
    let one: Vec<&Seen> = all.iter().find(of_package).into_iter().copied().collect();
    Ok(fs::write(curl_file(case, Tool::CurlOne, fixtures), curl(case, &one, fixtures, server)?)?)
}

fn curl(case: &Case, seen: &[&Seen], fixtures: &Fixtures, server: &Server) -> Outcome<String> {
    let (protocol, at_once) = match case.protocol {
        Protocol::Http1 => ("http1.1", SOCKETS),
        Protocol::Http2 => ("http2", AT_ONCE),
    };
    let mut text = String::new();
    if seen.len() > 1 {
        writeln!(text, "parallel\nparallel-max = {at_once}")?;
    }
    let registry = server.registry(case.protocol);
    let alike = |one: &&Seen, other: &&Seen| (&one.accept, &one.authorization) == (&other.accept, &other.authorization);
    let mut sorted = seen.to_vec();
    sorted.sort_by_key(|seen| (&seen.accept, &seen.authorization));
    for (at, group) in sorted.chunk_by(alike).enumerate() {
        text.push_str(if at > 0 { "next\n" } else { "" });
        writeln!(text, "silent\nshow-error\ncompressed\n{protocol}\ncacert = \"{}\"", fixtures.authority().display())?;
        for (name, value) in [("accept", &group[0].accept), ("authorization", &group[0].authorization)] {
            if let Some(value) = value {
                writeln!(text, "header = \"{name}: {value}\"")?;
            }
        }
        for seen in group {
            let path = seen.target.trim_start_matches('/');
            writeln!(text, "url = \"{registry}{path}\"\noutput = \"/dev/null\"")?;
        }
    }
    Ok(text)
}

/// Installs the tools that come from npm, unless they are there: the folder with `node_modules`.
fn install() -> Outcome<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/tools");
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-tools");
    let wanted = fs::read(source.join("package-lock.json"))?;
    if fs::read(home.join(RECORD)).is_ok_and(|record| record == wanted) {
        return Ok(home);
    }
    if home.exists() {
        fs::remove_dir_all(&home)?;
    }
    fs::create_dir_all(&home)?;
    for file in ["package.json", "package-lock.json", ".npmrc"] {
        fs::copy(source.join(file), home.join(file))?;
    }
    // The configuration of whoever runs this holds: npm needs its registry and its proxy.
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&home);
    let output = npm.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    fs::write(home.join(RECORD), &wanted)?;
    Ok(home)
}
