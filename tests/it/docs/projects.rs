//! The projects in which the commands of the documents run. Their registry answers as `https://registry.npmjs.org/`: what the
//! documents show is what npm-preflight prints for npm's public registry.

use std::path::Path;

use crate::harness::Sandbox;
use crate::network::certificates;
use crate::network::front::{Front, Tls};
use crate::registry::{FakeRegistry, cast};

/// A project and the servers that it needs.
pub(super) struct Project {
    pub(super) sandbox: Sandbox,
    _servers: (FakeRegistry, Front, Front),
}

impl Project {
    /// The project of this name.
    pub(super) fn named(name: &str) -> Self {
        let project = Self::empty();
        match name {
            // A package whose version is published.
            "published" => project.core("1.4.0"),
            // The same with a version that is new.
            "new-version" => project.core("1.5.0"),
            // Two mistakes with one right answer each.
            "mistakes" => project.manifest(
                "package.json",
                "  \"version\": \"1.5.0+3\",\n  \"main\": \"index.js\",\n  \"license\": \"MIT\",\n  \
                 \"publishConfig\": {\n    \"acces\": \"public\"\n  }",
            ),
            // A new package with a scope that does not say who may install it.
            "new-package" => project.sandbox.file(
                "project/package.json",
                "{\n  \"name\": \"@acme/tools\",\n  \"version\": \"1.0.0\",\n  \"main\": \"index.js\"\n}\n",
            ),
            "monorepo" => project.monorepo("1.4.0", "index.js", "^1.4.0"),
            // One that npm refuses in two ways.
            "broken-monorepo" => project.monorepo("1.4.1", "lib/index.js", "workspace:^"),
            _ => panic!("no project is called `{name}`"),
        }
        project.git();
        project
    }

    /// What all of them have: a user who is logged in, and logs of a publish that failed.
    fn empty() -> Self {
        let mut state = cast::registry();
        state.add_package("@acme/core", cast::package("alice", &["1.3.0", "1.4.0"]));
        state.add_package("@acme/site", cast::package("alice", &["2.0.0"]));
        let registry = FakeRegistry::start(state);
        let tls = Front::tls(&Tls { certificate: "registries.pem", ..Tls::default() }, registry.port());
        let proxy = Front::to_one(tls.port());
        let mut sandbox = Sandbox::new();
        let path = sandbox.path("bin").display().to_string();
        link_programs(&sandbox.path("bin"));
        for (name, value) in [
            ("PATH", path),
            ("https_proxy", format!("http://127.0.0.1:{}", proxy.port())),
            ("NODE_EXTRA_CA_CERTS", sandbox.path("home/authority.pem").display().to_string()),
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
        ] {
            sandbox.env(name, &value);
        }
        sandbox.file("home/authority.pem", certificates::text("authority.pem"));
        let git = "[user]\nname = alice\nemail = alice@example.com\n[init]\ndefaultBranch = main\n";
        sandbox.file("home/.gitconfig", git);
        sandbox.file("home/.npmrc", "//registry.npmjs.org/:_authToken=<token:alice-bypass>\n");
        let log = "npm error code E403\nnpm error 403 403 Forbidden - PUT https://registry.npmjs.org/@acme%2fcore - \
                   You cannot publish over the previously published versions: 1.4.0.\n";
        sandbox.file("project/job.log", log);
        let debug_log = log.lines().enumerate().map(|(at, line)| format!("{at} {}\n", &line["npm ".len()..]));
        let start = "0 verbose title npm publish\n1 verbose argv \"publish\"\n";
        sandbox.file(
            "cache/_logs/2026-11-02T08_00_00_000Z-debug-0.log",
            &(start.to_owned() + &debug_log.collect::<String>()),
        );
        Self { sandbox, _servers: (registry, tls, proxy) }
    }

    /// `@acme/core` with more in its package.json than the name, and the files that belong to it.
    fn manifest(&self, path: &str, more: &str) {
        let text = format!(
            "{{\n  \"name\": \"@acme/core\",\n{more},\n  \"repository\": {{\n    \"type\": \"git\",\n    \
             \"url\": \"git+https://github.com/acme/core.git\"\n  }}\n}}\n"
        );
        let folder = path.trim_end_matches("package.json");
        self.sandbox.file(&format!("project/{path}"), &text);
        self.sandbox.file(&format!("project/{folder}index.js"), "export const core = 1;\n");
        self.sandbox.file(&format!("project/{folder}README.md"), "# @acme/core\n");
        self.sandbox.file(&format!("project/{folder}.npmignore"), "job.log\n");
    }

    fn core(&self, version: &str) {
        let more = format!(
            "  \"version\": \"{version}\",\n  \"main\": \"index.js\",\n  \"license\": \"MIT\",\n  \"type\": \"module\""
        );
        self.manifest("package.json", &more);
    }

    /// Three members, of which one is private; and everything that the lists of commands name.
    fn monorepo(&self, core: &str, main: &str, range: &str) {
        let member = |path: &str, name: &str, version: &str, more: &str| {
            let text = format!("{{\n  \"name\": \"{name}\",\n  \"version\": \"{version}\"{more}\n}}\n");
            self.sandbox.file(&format!("project/{path}/package.json"), &text);
            self.sandbox.file(&format!("project/{path}/README.md"), &format!("# {name}\n"));
            self.sandbox.file(&format!("project/{path}/index.js"), "export {};\n");
        };
        self.sandbox.file(
            "project/package.json",
            "{\n  \"name\": \"acme\",\n  \"private\": true,\n  \"workspaces\": [\"packages/*\"]\n}\n",
        );
        let described = |folder: &str, main: &str| {
            format!(
                ",\n  \"type\": \"module\",\n  \"main\": \"{main}\",\n  \"license\": \"MIT\",\n  \"repository\": {{\n    \
                 \"type\": \"git\",\n    \"url\": \"git+https://github.com/acme/acme.git\",\n    \"directory\": \"{folder}\"\n  }}"
            )
        };
        let depends = format!(",\n  \"dependencies\": {{\n    \"@acme/core\": \"{range}\"\n  }}");
        member("packages/core", "@acme/core", core, &described("packages/core", main));
        member("packages/site", "@acme/site", "2.1.0", &(depends + &described("packages/site", "index.js")));
        member("packages/examples", "@acme/examples", "0.0.0", ",\n  \"private\": true");
        member("dist", "left-lodge", "1.2.0", "");
        member("path/to/package", "left-lodge", "1.2.0", "");
        member("package", "left-lodge", "1.2.0", "");
        let packed = self.sandbox.run(Path::new("tar"), "project", &["-czf", "left-lodge-1.2.0.tgz", "package"]);
        assert_eq!(packed.code, Some(0), "{}", packed.stderr);
    }

    /// Everything is committed, and the remote has it.
    fn git(&self) {
        let git = |args: &[&str]| drop(self.sandbox.git("project", args));
        git(&["init", "-q"]);
        git(&["add", "-A"]);
        git(&["commit", "-q", "-m", "1.4.0"]);
        self.sandbox.git("tmp", &["init", "-q", "--bare", "core.git"]);
        git(&["remote", "add", "origin", &self.sandbox.path("tmp/core.git").display().to_string()]);
        git(&["push", "-q", "-u", "origin", "main"]);
    }

    /// Runs a command in a shell in the project's folder: its exit code, and what it prints on both streams.
    pub(super) fn shell(&self, command: &str) -> (Option<i32>, String) {
        let outcome = self.sandbox.run(Path::new("sh"), "project", &["-c", &format!("{{ {command}\n}} 2>&1")]);
        let remote = self.sandbox.path("tmp/core.git").display().to_string();
        let text = outcome.stdout.replace(&remote, "https://github.com/acme/core.git");
        (outcome.code, self.sandbox.masked(&text))
    }
}

/// The programs that commands in documents use, in a folder of their own: without npm, nothing in the output depends on which npm
/// this machine has.
fn link_programs(folder: &Path) {
    std::fs::create_dir(folder).expect("a folder");
    let program = Path::new(env!("CARGO_BIN_EXE_npm-preflight"));
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let find = |name: &str| std::env::split_paths(&on_path).map(|folder| folder.join(name)).find(|file| file.is_file());
    let others =
        ["sh", "git", "tar", "gzip", "sed"].map(|name| find(name).unwrap_or_else(|| panic!("no {name} on PATH")));
    for file in others.iter().map(|file| &**file).chain([program]) {
        std::os::unix::fs::symlink(file, folder.join(file.file_name().expect("a name"))).expect("a link");
    }
}
