//! The two generations of npm that everything is compared with, as `tests/npms` pins them. And how they are run: most of what the tests ask of npm takes less time than npm takes to start, so that processes stay (`npms/serve.js`).

mod remembered;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError, mpsc};

use npm_preflight::npm::release::NpmRelease;
use npm_preflight::npm::version::Version;
use serde_json::{Value, json};

use crate::harness::{Outcome, PATIENCE, npm_is_here};
use crate::tools;

/// An npm on the disk.
pub(crate) struct Npm {
    /// Its folder.
    pub(crate) folder: PathBuf,
    pub(crate) version: Version,
    pub(crate) release: NpmRelease,
}

impl Npm {
    fn at(folder: PathBuf) -> Self {
        let manifest = std::fs::read_to_string(folder.join("package.json")).expect("npm's package.json");
        let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
        let version = manifest["version"].as_str().and_then(|text| Version::valid(text, false)).expect("a version");
        Self { folder, release: NpmRelease::of(&version), version }
    }

    /// What node runs.
    pub(crate) fn script(&self) -> PathBuf {
        self.folder.join("bin/npm-cli.js")
    }
}

/// npm 11.
pub(crate) fn npm_11() -> &'static Npm {
    static NPM: LazyLock<Npm> = LazyLock::new(|| pinned(11));
    &NPM
}

/// npm 12.
pub(crate) fn npm_12() -> &'static Npm {
    static NPM: LazyLock<Npm> = LazyLock::new(|| pinned(12));
    &NPM
}

/// That of a generation.
fn pinned(major: u64) -> Npm {
    let npm = Npm::at(tools::from_npm("npms").join(format!("node_modules/npm-{major}")));
    assert_eq!(npm.version.major(), major, "tests/npms/package.json");
    npm
}

/// Both; none: npm is left out on purpose.
pub(crate) fn both() -> Vec<&'static Npm> {
    if npm_is_here() { vec![npm_11(), npm_12()] } else { vec![] }
}

/// What both say to the same questions, each asked in a process of its own.
pub(crate) fn answers_of_both<T: Send>(ask: impl Fn(&'static Npm) -> T + Sync) -> Vec<(&'static Npm, T)> {
    std::thread::scope(|scope| {
        let asked: Vec<_> = both().into_iter().map(|npm| (npm, scope.spawn(|| ask(npm)))).collect();
        asked.into_iter().map(|(npm, answer)| (npm, answer.join().expect("npm answers"))).collect()
    })
}

/// What a script beside the tests makes of this input with an npm's own modules: `node <script> <npm's folder> <file>`, where the
/// file holds the input. `planted`: the folder with all files that the script looks at. The same question is asked once.
pub(crate) fn ask(npm: &Npm, script: &str, input: &Value, planted: Option<&Path>) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(script);
    let question = remembered::Question { npm, script: &script, input, planted };
    question.answer(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("questions.json");
        std::fs::write(&file, input.to_string()).expect("a file");
        let mut node = Command::new("node");
        let output = node.args([&script, &npm.folder, &file]).stderr(Stdio::inherit()).output().expect("node starts");
        assert!(output.status.success(), "{} with npm {}", script.display(), npm.version);
        String::from_utf8(output.stdout).expect("UTF-8")
    })
}

/// The script that `npm` starts where PATH is this; `None`: a program that is no npm as npm is installed.
pub(crate) fn script_on(path: &str) -> Option<PathBuf> {
    let found = std::env::split_paths(path).map(|folder| folder.join("npm")).find(|file| file.is_file())?;
    found.canonicalize().ok().filter(|script| script.ends_with("bin/npm-cli.js"))
}

/// Runs an npm without a process of its own; `None`: it needs one, because node reads some variables only when it starts.
pub(crate) fn run(script: &Path, env: &BTreeMap<String, String>, folder: &Path, args: &[String]) -> Option<Outcome> {
    static IDLE: Mutex<Vec<Server>> = Mutex::new(Vec::new());
    if env.keys().any(|key| key.starts_with("NODE_") || key.starts_with("SSL_")) {
        return None;
    }
    let idle = || IDLE.lock().unwrap_or_else(PoisonError::into_inner);
    let take = |mut idle: MutexGuard<'_, Vec<Server>>| {
        let at = idle.iter().position(|server| server.script == script)?;
        Some(idle.swap_remove(at))
    };
    let mut server = take(idle()).unwrap_or_else(|| Server::start(script));
    let outcome = server.run(env, folder, args);
    idle().push(server);
    Some(outcome)
}

/// A process in which one npm runs again and again. It ends with the tests, which close its input.
struct Server {
    script: PathBuf,
    process: Child,
    input: ChildStdin,
    printed: mpsc::Receiver<String>,
}

/// What a server prints when a run is over: nothing that a script of a package prints ends so.
const MARK: &str = "\u{1}over\n";

impl Server {
    fn start(script: &Path) -> Self {
        let mut node = Command::new("node");
        node.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/npms/serve.js")).arg(script);
        // Of this machine nothing but PATH reaches npm's modules.
        node.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = node.spawn().expect("node starts");
        let input = process.stdin.take().expect("a pipe");
        let mut output = BufReader::new(process.stdout.take().expect("a pipe"));
        let (send, printed) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = Vec::new();
            while output.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let _ = send.send(String::from_utf8_lossy(&std::mem::take(&mut line)).into_owned());
            }
        });
        Self { script: script.to_path_buf(), process, input, printed }
    }

    fn run(&mut self, env: &BTreeMap<String, String>, folder: &Path, args: &[String]) -> Outcome {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let how = json!({ "argv": args, "cwd": folder, "env": env, "file": file.path(), "mark": MARK });
        writeln!(self.input, "{how}").expect("node reads");
        // What scripts of the package print goes past npm.
        let mut of_scripts = String::new();
        let of_scripts = loop {
            let Ok(line) = self.printed.recv_timeout(PATIENCE) else {
                let _ = self.process.kill();
                panic!("npm {args:?} did not end: {:?}", self.process.wait());
            };
            of_scripts.push_str(&line);
            if let Some(text) = of_scripts.strip_suffix(MARK) {
                break text.to_owned();
            }
        };
        let outcome: Value = serde_json::from_slice(&std::fs::read(file.path()).expect("a file")).expect("JSON");
        let text = |key: &str| outcome[key].as_str().expect("text").to_owned();
        let code = outcome["code"].as_i64().and_then(|code| i32::try_from(code).ok());
        Outcome { code, stdout: of_scripts + &text("stdout"), stderr: text("stderr") }
    }
}
