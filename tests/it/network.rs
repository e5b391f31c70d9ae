//! The executable and the installed npm on the same ways through a network: certificates and proxies. Each case says
//! how `npm ping` ends, which is asked as well, and whether the executable reaches the registry or names npm's error.

pub(crate) mod certificates;
pub(crate) mod front;
mod proxy;
mod streams;
mod tls;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::harness::{Outcome, Sandbox, npm_is_here};
use crate::registry::faults::{Fault, Harm};
use crate::registry::{FakeRegistry, cast};
use front::Front;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    /// It is answered.
    Well,
    /// With npm's error of this code.
    With(&'static str),
    /// With an error whose code cannot be known.
    Badly,
    /// npm may fail or not: the executable does not say.
    Open,
}

/// One way to a registry.
struct Case {
    name: &'static str,
    /// The registry's URL; `<tls>`, `<plain>` and `<proxy>` are `host:port` of the servers.
    registry: &'static str,
    /// Lines of the user's .npmrc.
    settings: &'static str,
    env: &'static [(&'static str, &'static str)],
    tls: Option<front::Tls>,
    proxy: Option<front::Proxy>,
    npm: Ends,
    ours: Ends,
    /// What goes wrong at the registry.
    harm: Option<Harm>,
    /// A line in one of the servers' logs.
    sees: Option<&'static str>,
    /// A part of the executable's report.
    says: Option<&'static str>,
}

impl Case {
    /// npm and the executable agree.
    fn new(name: &'static str, ends: Ends) -> Self {
        Self {
            name,
            registry: "https://<tls>/",
            settings: "",
            env: &[],
            tls: None,
            proxy: None,
            npm: ends,
            ours: ends,
            harm: None,
            sees: None,
            says: None,
        }
    }

    /// In what it is not as it says.
    fn differs(&self) -> Option<String> {
        let registry = FakeRegistry::start(cast::registry());
        if let Some(harm) = &self.harm {
            registry.fault(Fault::new("*", "/*", harm.clone()));
        }
        let tls = self.tls.as_ref().map(|tls| Front::tls(tls, registry.port()));
        let proxy = self.proxy.map(Front::proxy);
        let mut sandbox = Sandbox::with_registry(&registry);
        let place = |front: &Option<Front>| front.as_ref().map_or(1, Front::port);
        sandbox.value("<plain>", &format!("127.0.0.1:{}", registry.port()));
        sandbox.value("<tls>", &format!("127.0.0.1:{}", place(&tls)));
        sandbox.value("<localhost>", &format!("localhost:{}", place(&tls)));
        sandbox.value("<proxy>", &format!("127.0.0.1:{}", place(&proxy)));
        sandbox.value("<home>", &sandbox.path("home").display().to_string());
        for (name, text) in certificates::all() {
            sandbox.file(&format!("home/{name}"), text);
        }
        let inline = certificates::text("authority.pem").trim().replace('\n', "\\n");
        sandbox.value("<authority>", &inline);
        if self.proxy.is_some() || self.env.iter().any(|(key, _)| key.to_ascii_lowercase().ends_with("_proxy")) {
            for name in ["NO_PROXY", "http_proxy", "https_proxy"] {
                sandbox.unset(name);
            }
        }
        sandbox.env("npm_config_fetch_retries", "0");
        sandbox.env("npm_config_fetch_timeout", "15000");
        sandbox.env("NPM_PREFLIGHT_NPMJS_REGISTRY", self.registry);
        for (key, value) in self.env {
            sandbox.env(key, value);
        }
        let (_, nerf) = self.registry.split_once(':')?;
        let npmrc = format!("registry={}\n{nerf}:_authToken=<token:alice-bypass>\n{}", self.registry, self.settings);
        sandbox.file("home/.npmrc", &npmrc);
        sandbox.file("project/package.json", r#"{"name":"left-lodge","version":"1.2.0"}"#);

        let lint = sandbox.preflight("project", &["lint", "--format", "json"]);
        let ours = self.ours_differs(&lint);
        let unsaid = self.says.filter(|text| !lint.stdout.contains(*text));
        let unsaid = unsaid.map(|text| format!("{text:?} is not in {}", lint.stdout));
        // What it does there is not of interest, and it takes its time.
        let ping = match self.npm {
            Ends::Open => lint,
            _ => sandbox.npm("project", &["ping"]),
        };
        let expected = match self.npm {
            Ends::Well => ping.code == Some(0),
            Ends::With(code) => {
                ping.code != Some(0) && ping.stderr.lines().any(|line| line == format!("npm error code {code}"))
            }
            Ends::Badly => ping.code != Some(0),
            Ends::Open => true,
        };
        let npm = (!expected).then(|| format!("npm was to end {:?}: {:?} {}", self.npm, ping.code, ping.npm_error()));
        let logs: Vec<String> = [tls, proxy].iter().flatten().flat_map(Front::log).collect();
        let unseen = self.sees.filter(|line| !logs.iter().any(|seen| seen.contains(&sandbox.fill(line))));
        let unseen = unseen.map(|line| format!("{line} is not in {logs:?}"));
        [ours, npm, unseen, unsaid].into_iter().flatten().reduce(|all, one| format!("{all}; {one}"))
    }

    fn ours_differs(&self, lint: &Outcome) -> Option<String> {
        let report = match lint.json() {
            Ok(report) => report,
            Err(error) => return Some(error),
        };
        let of_rule = |list: &str, rule: &str| {
            let entries = report[list].as_array().cloned().unwrap_or_default();
            entries.into_iter().find(|one| one["rule"] == rule)
        };
        let (found, open) =
            (of_rule("diagnostics", "registry-unreachable"), of_rule("undecided", "registry-unreachable"));
        let verdict = report["packages"][0]["verdict"].clone();
        let expected = match self.ours {
            Ends::Well => {
                let unread = of_rule("undecided", "version-published").is_some();
                found.is_none() && open.is_none() && report["summary"]["errors"] == 0 && !unread
            }
            Ends::With(_) | Ends::Badly => {
                let code = if let Ends::With(code) = self.ours { code.into() } else { serde_json::Value::Null };
                report["summary"]["errors"] == 1
                    && found.as_ref().is_some_and(|found| found["npm_error"] == code && found["severity"] == "error")
            }
            Ends::Open => report["summary"]["errors"] == 0 && open.is_some() && verdict == "undecided",
        };
        (!expected).then(|| {
            let why = found.as_ref().map(|found| format!("{} {}", found["npm_error"], found["why"]));
            let open = open.as_ref().map(|open| open["detail"].to_string());
            format!("ours was to end {:?}: {verdict} {} {why:?} {open:?}", self.ours, report["summary"])
        })
    }
}

/// Runs the cases, a few at a time, and fails with all that differ.
fn check(cases: &[Case]) {
    if !npm_is_here() {
        return;
    }
    let (taken, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(case) = cases.get(taken.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(differs) = case.differs() {
                        wrong.lock().unwrap().push(format!("  {}: {differs}", case.name));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} ways are not as they say:\n{}", wrong.len(), wrong.join("\n"));
}
