//! A running Verdaccio with its accounts. It knows no other registry, so whatever it has was put there by a test.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::agent;
use crate::tools;

/// How long it may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// Ends the process with its standard input, which closes when the tests end. A registry that several tests share lives in a
/// static, and a static is never dropped.
const ENDS_WITH_US: &str = "data:text/javascript,process.stdin.on('end',()=>process.exit()).resume()";

/// A tarball, in base64, and its SHA-1: Verdaccio compares them.
const TARBALL: &str = "AAAA";
const SHASUM: &str = "29e2dcfbb16f63bb0254df7585a15bb6fb5e927d";

/// The script that starts Verdaccio.
fn script() -> &'static Path {
    static SCRIPT: OnceLock<PathBuf> = OnceLock::new();
    SCRIPT.get_or_init(|| tools::from_npm("verdaccio").join("node_modules/verdaccio/bin/verdaccio"))
}

/// A Verdaccio on a loopback port; it ends with the value.
pub(crate) struct Verdaccio {
    process: Group,
    origin: String,
    _folder: tempfile::TempDir,
}

/// A process and all that it started.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        let _ = Command::new("sh").args(["-c", &format!("kill -s KILL -- -{}", self.0.id())]).status();
        let _ = self.0.wait();
    }
}

impl Verdaccio {
    /// Starts one. Who may read and who may publish: for each pattern of names, the first that fits decides. The
    /// settings (`security`...) come on top of accounts in a file and no uplinks.
    pub(crate) fn start(rights: &[(&str, &str, &str)], settings: &Value) -> Self {
        let mut config = json!({
            "storage": "./storage",
            "auth": { "htpasswd": { "file": "./htpasswd", "algorithm": "sha1" } },
            "uplinks": {},
            "log": { "type": "stdout", "format": "json", "level": "warn" },
            "web": { "enable": false },
        });
        if let (Some(config), Some(settings)) = (config.as_object_mut(), settings.as_object()) {
            config.extend(settings.clone());
        }
        // JSON is YAML; a map of serde_json would not keep the order of the patterns.
        let mut text = String::from("packages:\n");
        for (names, access, publish) in rights {
            let _ = writeln!(text, "  {}: {}", json!(names), json!({ "access": access, "publish": publish }));
        }
        for (key, value) in config.as_object().into_iter().flatten() {
            let _ = writeln!(text, "{key}: {value}");
        }
        let folder = tempfile::Builder::new().prefix("npm-preflight-verdaccio-").tempdir().expect("a folder");
        std::fs::write(folder.path().join("config.yaml"), text).expect("a file");
        let mut said = String::new();
        // Between finding a free port and its use, somebody else may take it.
        for _ in 0..3 {
            let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free loopback port");
            let address = listener.local_addr().expect("a bound address").to_string();
            drop(listener);
            let mut process = Group(
                Command::new("node")
                    .args(["--import", ENDS_WITH_US])
                    .arg(script())
                    .args(["-c", "config.yaml", "-l", &address])
                    .current_dir(folder.path())
                    .env_clear()
                    .env("PATH", std::env::var_os("PATH").unwrap_or_default())
                    .env("HOME", folder.path())
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped())
                    .process_group(0)
                    .spawn()
                    .expect("node"),
            );
            let origin = format!("http://{address}");
            match wait_for(&mut process.0, &origin) {
                Ok(()) => return Self { process, origin, _folder: folder },
                Err(words) => said = words,
            }
        }
        panic!("Verdaccio does not start: {said}");
    }

    /// `http://127.0.0.1:<port>`, without a slash at the end.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Registers somebody, whose token comes back.
    pub(crate) fn add_user(&self, name: &str, password: &str) -> String {
        let user = json!({ "name": name, "password": password, "type": "user", "roles": [] });
        let answer = self.put(&format!("/-/user/org.couchdb.user:{name}"), &user, None);
        answer["token"].as_str().unwrap_or_else(|| panic!("no token for {name}: {answer}")).to_owned()
    }

    /// Publishes without npm.
    pub(crate) fn add_version(&self, token: &str, name: &str, version: &str) {
        let file = format!("{}-{version}.tgz", name.rsplit('/').next().unwrap_or(name));
        let tarball = format!("{}/{name}/-/{file}", self.origin);
        let manifest = json!({ "name": name, "version": version, "dist": { "tarball": tarball, "shasum": SHASUM } });
        let document = json!({
            "_id": name,
            "name": name,
            "dist-tags": { "latest": version },
            "versions": { version: manifest },
            "_attachments": { file: { "content_type": "application/octet-stream", "data": TARBALL, "length": 3 } },
        });
        self.put(&format!("/{}", name.replace('/', "%2f")), &document, Some(token));
    }

    fn put(&self, path: &str, body: &Value, token: Option<&str>) -> Value {
        let mut request = agent().put(format!("{}{path}", self.origin)).header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut response = request.send(body.to_string()).expect("an answer");
        let text = response.body_mut().read_to_string().expect("text");
        assert_eq!(response.status(), 201, "PUT {path}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Every version of a package that this token may see.
    pub(crate) fn versions(&self, name: &str, token: &str) -> Vec<String> {
        let request = agent().get(format!("{}/{}", self.origin, name.replace('/', "%2f")));
        let mut response = request.header("authorization", format!("Bearer {token}")).call().expect("an answer");
        let text = response.body_mut().read_to_string().expect("text");
        let document: Value = serde_json::from_str(&text).expect("JSON");
        document["versions"].as_object().map(|versions| versions.keys().cloned().collect()).unwrap_or_default()
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.0.id()
    }
}

/// Asks for `/-/ping` until it is answered, each time something is printed and otherwise some times a second; what was
/// printed comes back when the process ends instead.
fn wait_for(process: &mut Child, origin: &str) -> Result<(), String> {
    let started = Instant::now();
    let printed = lines([
        Box::new(process.stdout.take().expect("a pipe")) as Box<dyn Read + Send>,
        Box::new(process.stderr.take().expect("a pipe")),
    ]);
    let mut said = String::new();
    loop {
        if let Ok(line) = printed.recv_timeout(Duration::from_millis(50)) {
            said = said + &line + "\n";
        }
        if process.try_wait().expect("its state").is_some() || started.elapsed() > PATIENCE {
            return Err(said + &printed.iter().collect::<Vec<_>>().join("\n"));
        }
        if agent().get(format!("{origin}/-/ping")).call().is_ok_and(|response| response.status() == 200) {
            return Ok(());
        }
    }
}

/// What is printed, line by line. Both streams are read to their ends, whether or not somebody listens.
fn lines(streams: [Box<dyn Read + Send>; 2]) -> Receiver<String> {
    let (send, receive) = mpsc::channel();
    for stream in streams {
        let send = send.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let _ = send.send(line);
            }
        });
    }
    receive
}
