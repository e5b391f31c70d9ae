//! A world of one test: its own home, project, global folder and cache, and an environment built from nothing, in
//! which the executable or the installed npm runs. Nothing of the machine leaks in; nothing leaves loopback.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, SystemTime};

use npm_preflight::project::world::World;
use serde_json::Value;

use crate::npms::{self, Npm};
use crate::registry::cast::token;
use crate::registry::{FakeRegistry, Published};

/// How long one program may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// The folders and the environment of one test.
pub(crate) struct Sandbox {
    root: tempfile::TempDir,
    env: BTreeMap<String, String>,
    /// Placeholder to text: `<registry>`, `<nerf>`...
    values: BTreeMap<String, String>,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Exit code; none when it was killed by a signal.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Sandbox {
    /// An empty one: folders, no files, no registry.
    pub(crate) fn new() -> Self {
        let root = tempfile::Builder::new().prefix("npm-preflight-").tempdir().expect("a temporary folder");
        let path = |name: &str| root.path().join(name).display().to_string();
        for folder in ["home", "project", "global", "cache", "kept", "tmp", "reports"] {
            std::fs::create_dir(root.path().join(folder)).expect("a folder");
        }
        // Nothing listens on port 1: whatever is not loopback is refused at once.
        let nowhere = "http://127.0.0.1:1";
        let env = [
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("HOME", path("home")),
            ("XDG_CACHE_HOME", path("kept")),
            ("LOCALAPPDATA", path("kept")),
            ("TMPDIR", path("tmp")),
            ("LANG", "C.UTF-8".to_owned()),
            ("npm_config_cache", path("cache")),
            ("npm_config_globalconfig", path("global/npmrc")),
            ("npm_config_update_notifier", "false".to_owned()),
            ("npm_config_logs_max", "0".to_owned()),
            ("npm_config_fetch_retry_mintimeout", "1".to_owned()),
            ("npm_config_fetch_retry_maxtimeout", "10".to_owned()),
            ("NO_PROXY", "127.0.0.1,localhost,::1".to_owned()),
            ("http_proxy", nowhere.to_owned()),
            ("https_proxy", nowhere.to_owned()),
        ];
        let env = env.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        Self { root, env, values: BTreeMap::new() }
    }

    /// One that knows a fake registry: `<registry>` is its origin, `<nerf>` the start of its credential keys, and
    /// the executable is configured to apply npm's public policy.
    pub(crate) fn with_registry(registry: &FakeRegistry) -> Self {
        let mut sandbox = Self::new();
        sandbox.value("<registry>", registry.origin());
        sandbox.value("<nerf>", &registry.nerf_dart());
        sandbox.env("NPM_PREFLIGHT_NPMJS_REGISTRY", "<registry>/");
        sandbox
    }

    /// What a placeholder stands for in files, environment and arguments.
    pub(crate) fn value(&mut self, placeholder: &str, text: &str) {
        self.values.insert(placeholder.to_owned(), text.to_owned());
    }

    /// The text with its placeholders filled in; `<token:label>` is a token of the cast.
    pub(crate) fn fill(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for (placeholder, value) in &self.values {
            out = out.replace(placeholder, value);
        }
        while let Some((before, after)) = out.split_once("<token:") {
            let (label, rest) = after.split_once('>').expect("a placeholder ends");
            out = format!("{before}{}{rest}", token(label));
        }
        out
    }

    /// Writes a file; the path begins with `home/`, `project/` or `global/`.
    pub(crate) fn file(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(path, self.fill(text)).expect("a file");
    }

    /// Sets a variable.
    pub(crate) fn env(&mut self, key: &str, value: &str) {
        let (key, value) = (self.fill(key), self.fill(value));
        self.env.insert(key, value);
    }

    /// Takes a variable away.
    pub(crate) fn unset(&mut self, key: &str) {
        self.env.remove(key);
    }

    /// Its variables.
    pub(crate) fn variables(&self) -> &BTreeMap<String, String> {
        &self.env
    }

    /// A path in the sandbox.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// Every file of these folders with its content.
    pub(crate) fn snapshot_of(&self, folders: &[&str]) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        for folder in folders {
            self.collect(&self.path(folder), &mut files);
        }
        files
    }

    fn collect(&self, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            let name = path.strip_prefix(self.root.path()).expect("inside").display().to_string();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.collect(&path, files),
                _ => {
                    files.insert(name, std::fs::read(&path).unwrap_or_default());
                }
            }
        }
    }

    /// The text without what differs from run to run: folders, ports, tokens.
    pub(crate) fn masked(&self, text: &str) -> String {
        let mut out = text.replace(&self.root.path().display().to_string(), "<root>");
        for (placeholder, value) in &self.values {
            out = out.replace(value, placeholder);
        }
        let mut masked = String::new();
        while let Some(at) = out.find("npm_") {
            let end = out[at + 4..].find(|c: char| !c.is_ascii_alphanumeric()).map_or(out.len(), |end| at + 4 + end);
            let is_token = end - at == 40;
            masked.push_str(&out[..at]);
            masked.push_str(if is_token { "<token>" } else { &out[at..end] });
            out.drain(..end);
        }
        masked + &out
    }

    /// Runs the executable in a folder.
    pub(crate) fn preflight(&self, folder: &str, args: &[&str]) -> Outcome {
        self.run(Path::new(env!("CARGO_BIN_EXE_npm-preflight")), folder, args)
    }

    /// Runs the installed `npm publish` in a folder.
    pub(crate) fn npm_publish(&self, folder: &str, args: &[&str]) -> Outcome {
        let args: Vec<&str> = ["publish"].into_iter().chain(args.iter().copied()).collect();
        self.npm(folder, &args)
    }

    /// Runs the installed npm in a folder.
    pub(crate) fn npm(&self, folder: &str, args: &[&str]) -> Outcome {
        npms::script_on(&self.env["PATH"])
            .and_then(|script| self.in_server(&script, folder, args))
            .unwrap_or_else(|| self.run(Path::new("npm"), folder, args))
    }

    /// Runs another npm in a folder.
    pub(crate) fn npm_of(&self, npm: &Npm, folder: &str, args: &[&str]) -> Outcome {
        let script = npm.script();
        self.in_server(&script, folder, args).unwrap_or_else(|| {
            let script = script.display().to_string();
            let args: Vec<&str> = std::iter::once(script.as_str()).chain(args.iter().copied()).collect();
            self.run(Path::new("node"), folder, &args)
        })
    }

    fn in_server(&self, script: &Path, folder: &str, args: &[&str]) -> Option<Outcome> {
        let args: Vec<String> = args.iter().map(|arg| self.fill(arg)).collect();
        npms::run(script, &self.env, &self.path(folder), &args)
    }

    /// The same without a process of its own; a panic ends as it would there.
    pub(crate) fn in_process(&self, folder: &str, args: &[&str]) -> Outcome {
        let mut world = World::on_disk(self.env.clone(), self.path(folder));
        world.now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let args = std::iter::once("npm-preflight".to_owned()).chain(args.iter().map(|arg| self.fill(arg)));
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let run = AssertUnwindSafe(|| npm_preflight::run(args.map(OsString::from), Ok(world), &mut out, &mut err));
        let code = catch_unwind(run).map_or(101, |exit| i32::from(exit.code()));
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Outcome { code: Some(code), stdout: text(out), stderr: text(err) }
    }

    /// A program in a folder, not yet started.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>, folder: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args.iter().map(|arg| self.fill(arg))).current_dir(self.path(folder));
        command.env_clear().envs(&self.env).stdin(Stdio::null());
        command
    }

    /// Runs git in a folder, where it must succeed: what it prints.
    pub(crate) fn git(&self, folder: &str, args: &[&str]) -> String {
        let outcome = self.run(Path::new("git"), folder, args);
        assert_eq!(outcome.code, Some(0), "git {args:?}: {}", outcome.stderr);
        outcome.stdout.trim().to_owned()
    }

    /// Runs a program in a folder.
    pub(crate) fn run(&self, program: &Path, folder: &str, args: &[&str]) -> Outcome {
        let mut child = self
            .command(program, folder, args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let stdout = collect_text(child.stdout.take().expect("a pipe"));
        let stderr = collect_text(child.stderr.take().expect("a pipe"));
        let both = stdout.recv_timeout(PATIENCE).and_then(|out| Ok((out, stderr.recv_timeout(PATIENCE)?)));
        let Ok((stdout, stderr)) = both else {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{} {args:?} did not end", program.display());
        };
        let code = child.wait().expect("an exit code").code();
        Outcome { code, stdout, stderr }
    }
}

impl Outcome {
    /// The same with its texts as [`Sandbox::masked`] shows them.
    pub(crate) fn masked(self, sandbox: &Sandbox) -> Self {
        Self { stdout: sandbox.masked(&self.stdout), stderr: sandbox.masked(&self.stderr), ..self }
    }
}

/// Reads a stream to its end on a thread of its own.
fn collect_text(mut stream: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let _ = send.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receive
}

impl Outcome {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Result<Value, String> {
        serde_json::from_str(&self.stdout).map_err(|error| {
            let (out, err) = (self.stdout.trim(), self.stderr.trim());
            format!("exit {:?}, not JSON ({error}): {out:.300} {err:.300}", self.code)
        })
    }

    /// The code npm gave as its error.
    pub(crate) fn npm_code(&self) -> Option<&str> {
        self.stderr.lines().find_map(|line| line.strip_prefix("npm error code "))
    }

    /// What npm gave as its error, on one line.
    pub(crate) fn npm_error(&self) -> String {
        let lines = self.stderr.lines().filter_map(|line| line.strip_prefix("npm error "));
        lines.filter(|line| !line.contains("complete log")).take(3).collect::<Vec<_>>().join(" | ")
    }
}

/// Whether the installed npm can be asked.
///
/// # Panics
/// When there is none and `NPM_PREFLIGHT_SKIP_NPM=1` does not allow that: a test that silently does not run is not one.
pub(crate) fn npm_is_here() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join("npm").is_file());
    let skip = std::env::var("NPM_PREFLIGHT_SKIP_NPM").is_ok_and(|value| value == "1");
    assert!(found || skip, "npm is not on PATH; install it, or set NPM_PREFLIGHT_SKIP_NPM=1 to go without these tests");
    found && !skip
}

/// The publishes a registry saw, for comparing: `name@version tag access`, and `staged` behind what waits.
pub(crate) fn shown(published: &[Published]) -> Vec<String> {
    let access = |one: &Published| if one.public { "public" } else { "restricted" };
    let staged = |one: &Published| if one.staged { " staged" } else { "" };
    let line = |one: &Published| format!("{}@{} {} {}{}", one.name, one.version, one.tag, access(one), staged(one));
    published.iter().map(line).collect()
}

/// An HTTP client that has nothing to do with the executable.
pub(crate) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(20)))
        .build()
        .into()
}

/// Does the same with everything, a few at a time: most of it is waiting for npm to start.
pub(crate) fn few_at_a_time<T: Send, R: Send>(
    all: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    at_a_time(3, all, work)
}

/// Runs a function on every item, on this many threads.
pub(crate) fn at_a_time<T: Send, R: Send>(
    threads: usize,
    all: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let (queue, done) = (Mutex::new(VecDeque::from_iter(all)), Mutex::new(Vec::new()));
    let next = || queue.lock().unwrap().pop_front();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(one) = next() {
                    let result = work(one);
                    done.lock().unwrap().push(result);
                }
            });
        }
    });
    done.into_inner().unwrap()
}

/// The rules that report something of this severity, in the report's order.
pub(crate) fn rules_with(report: &Value, severity: &str) -> Vec<String> {
    let found = report["diagnostics"].as_array().expect("diagnostics").iter();
    let found = found.filter(|one| one["severity"] == severity);
    found.map(|one| one["rule"].as_str().expect("a rule").to_owned()).collect()
}

/// The severities of what a rule reports.
pub(crate) fn severities_of(report: &Value, rule: &str) -> Vec<String> {
    let found = report["diagnostics"].as_array().expect("diagnostics").iter();
    let found = found.filter(|one| one["rule"] == rule);
    found.map(|one| one["severity"].as_str().expect("a severity").to_owned()).collect()
}
