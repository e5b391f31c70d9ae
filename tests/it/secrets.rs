//! No secret in any output: tokens, passwords, one-time passwords and URLs with a password, through every place the
//! executable reads them from, in every shape that makes it quote the line, in every format.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::harness::Sandbox;
use crate::registry::cast::{self, token};
use crate::registry::faults::{Fault, Harm};
use crate::registry::http::Reply;
use crate::registry::{FakeRegistry, Published};

const PASSWORD: &str = "opal-\"kettle\"-7-\\-lantern";
const URL_PASSWORD: &str = "violet-anvil-42";
const OTP: &str = "918273";

/// One place for a secret.
struct Place {
    name: &'static str,
    files: Vec<(&'static str, String)>,
    env: Vec<(String, String)>,
    args: Vec<String>,
}

fn place(name: &'static str) -> Place {
    let manifest = "{\n  \"name\": \"left-lodge\",\n  \"version\": \"1.2.0\"\n}\n".to_owned();
    let npmrc = "registry=<registry>/\n<nerf>:_authToken=<token:alice-session>\n".to_owned();
    Place {
        name,
        files: vec![("project/package.json", manifest), ("home/.npmrc", npmrc)],
        env: Vec::new(),
        args: Vec::new(),
    }
}

impl Place {
    fn file(mut self, path: &'static str, text: &str) -> Self {
        self.files.retain(|(known, _)| *known != path);
        self.files.push((path, text.to_owned()));
        self
    }

    fn npmrc(self, lines: &str) -> Self {
        self.file("home/.npmrc", &format!("registry=<registry>/\n{lines}\n"))
    }

    /// A package.json on one line, so that whatever is quoted of it quotes all.
    fn manifest(self, manifest: &Value) -> Self {
        self.file("project/package.json", &manifest.to_string())
    }

    fn env(mut self, key: &str, value: &str) -> Self {
        self.env.push((key.to_owned(), value.to_owned()));
        self
    }

    fn args(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(|arg| (*arg).to_owned()));
        self
    }
}

fn token_places() -> Vec<Place> {
    let secret = "<token:secret>";
    let line = format!("<nerf>:_authToken={secret}");
    vec![
        place("user .npmrc").npmrc(&line),
        place("project .npmrc").npmrc("").file("project/.npmrc", &line),
        place("global npmrc").npmrc("").file("global/npmrc", &line),
        place("variable of npm").npmrc("").env("npm_config_<nerf>:_authToken", secret),
        place("variable that npm does not read").npmrc("").env("NPM_TOKEN", secret).env("NODE_AUTH_TOKEN", secret),
        place("flag").npmrc("").args(&["--<nerf>:_authToken=<token:secret>"]),
        place("flag without a registry").npmrc("").args(&["--_authToken=<token:secret>"]),
        place("without a registry").npmrc(&format!("_authToken={secret}")),
        place("without a registry, in a variable").npmrc("").env("npm_config__authToken", secret),
        place("for another host").npmrc(&format!("//registry.invalid/:_authToken={secret}")),
        place("for another path").npmrc(&format!("<nerf>npm/:_authToken={secret}")),
        place("misspelled key").npmrc(&format!("<nerf>:_authtoken={secret}\n<nerf>:token={secret}\n<nerf>={secret}")),
        place("after a section").npmrc(&format!("[tokens]\n{line}")),
        place("alone on its line").npmrc(secret),
        place("in place of the registry").file("home/.npmrc", &format!("registry={secret}\n")),
        place("with a space in it").npmrc(&format!("<nerf>:_authToken={secret} {secret}")),
        place("in typographic quotes").npmrc(&format!("<nerf>:_authToken=“{secret}”")),
        place("with its scheme").npmrc(&format!("<nerf>:_authToken=Bearer {secret}")),
        place("with a line break in a variable")
            .npmrc("<nerf>:_authToken=${NPM_TOKEN}")
            .env("NPM_TOKEN", &format!("{secret}\n")),
        place("as the name of a variable").npmrc(&format!("<nerf>:_authToken=${{{secret}}}")),
        place("after an unset variable").npmrc(&format!("<nerf>:_authToken=${{UNSET}}{secret}")),
        place("after a dollar").npmrc(&format!("<nerf>:_authToken=${secret}")),
        place("as a one-time password and a tag").args(&["--otp", secret, "--tag", "<token:secret> 1.x"]),
        place("publishConfig beside an error").npmrc("").manifest(&json!({
            "name": "left-lodge", "version": "1.2", "private": true,
            "publishConfig": { "<nerf>:_authToken": secret, "_authToken": secret, "tag": "1.x", "access": "pubic" },
        })),
        place("package.json that is not JSON").file(
            "project/package.json",
            "{ \"name\": \"left-lodge\", \"publishConfig\": { \"_authToken\": \"<token:secret>\" }, }",
        ),
    ]
}

fn password_places() -> Vec<Place> {
    let encoded = STANDARD.encode(PASSWORD);
    let auth = STANDARD.encode(format!("alice:{PASSWORD}"));
    vec![
        place("_password").npmrc(&format!("<nerf>:username=alice\n<nerf>:_password={encoded}")),
        place("_password without a user name").npmrc(&format!("<nerf>:_password={encoded}")),
        place("_password that is not encoded").npmrc(&format!("<nerf>:username=alice\n<nerf>:_password={PASSWORD}")),
        place("_password without a registry").npmrc(&format!("username=alice\n_password={encoded}")),
        place("_auth").npmrc(&format!("<nerf>:_auth={auth}")),
        place("_auth without a registry").npmrc(&format!("_auth={auth}")),
        place("_auth that is not encoded").npmrc(&format!("<nerf>:_auth=alice:{PASSWORD}")),
        place("_auth in a variable").npmrc("").env("npm_config_<nerf>:_auth", &auth),
        place("_auth in publishConfig").npmrc("").manifest(&json!({
            "name": "left-lodge", "version": "1.2.0", "publishConfig": { "_auth": auth, "_password": PASSWORD },
        })),
    ]
}

fn otp_places() -> Vec<Place> {
    vec![
        place("--otp").args(&["--otp", OTP]),
        place("--otp=").args(&["--otp=918273"]),
        place("otp in a variable").env("npm_config_otp", OTP),
        place("otp in .npmrc").file("project/.npmrc", &format!("otp={OTP}\n")),
        place("otp in publishConfig").manifest(&json!({
            "name": "left-lodge", "version": "1.2", "publishConfig": { "otp": OTP },
        })),
    ]
}

fn url_places() -> Vec<Place> {
    let url = format!("http://deploy:{URL_PASSWORD}@<host>/");
    let lost = format!("http://deploy:{URL_PASSWORD}@127.0.0.1:1/");
    let with = |registry: &str| json!({ "name": "@acme/core", "version": "1.1", "publishConfig": { "registry": registry, "@acme:registry": registry } });
    let repository = format!("git+https://deploy:{URL_PASSWORD}@git.invalid/acme/core.git");
    let dependency = format!("http://deploy:{URL_PASSWORD}@git.invalid/bits.tgz");
    vec![
        place("registry in .npmrc").file("home/.npmrc", &format!("registry={url}\n")),
        place("registry in .npmrc, nobody listens").file("home/.npmrc", &format!("registry={lost}\n")),
        place("registry without a host").file("home/.npmrc", &format!("registry=http://deploy:{URL_PASSWORD}@\n")),
        place("registry by flag").args(&["--registry", &url]),
        place("registry in a variable").env("npm_config_registry", &url),
        place("registry of a scope").file("project/.npmrc", &format!("@acme:registry={url}\n")).manifest(&with(&url)),
        place("registry in publishConfig, nobody listens").manifest(&with(&lost)),
        place("proxy").npmrc(&format!(
            "proxy={lost}\nhttps-proxy={lost}\nnoproxy=registry.invalid\n<nerf>:_authToken=<token:alice-session>"
        )),
        place("proxy in a variable").env("https_proxy", &lost).env("http_proxy", &lost).env("NO_PROXY", ""),
        place("repository and dependency").manifest(&json!({
            "name": "left-lodge", "version": "1.2", "repository": { "type": "git", "url": repository },
            "dependencies": { "bits": dependency, "more": repository, "lost": "workspace:*" },
            "publishConfig": { "provenance": true },
        })),
        place("argument").args(&[&repository]),
    ]
}

/// Every text that must not be seen, in every disguise.
fn secrets() -> Vec<String> {
    let mut all = Vec::new();
    for secret in
        [token("secret"), PASSWORD.to_owned(), URL_PASSWORD.to_owned(), OTP.to_owned(), format!("alice:{PASSWORD}")]
    {
        let quoted = Value::from(secret.as_str()).to_string();
        all.extend([STANDARD.encode(&secret), URL_SAFE_NO_PAD.encode(&secret), quoted[1..quoted.len() - 1].to_owned()]);
        all.extend(
            url::form_urlencoded::byte_serialize(secret.as_bytes()).map(ToOwned::to_owned).reduce(|a, b| a + &b),
        );
        if secret.len() >= 32 {
            // Half of a token is a secret, too.
            let (front, back) = secret.split_at(secret.len() / 2);
            all.extend([front.to_owned(), back.to_owned()]);
        }
        all.push(secret);
    }
    all.sort();
    all.dedup();
    all
}

/// Without colours and line breaks, which could hide a secret from a search.
fn flattened(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        out.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out.replace(['\n', '\r'], "")
}

const RUNS: &[&[&str]] = &[
    &["lint", "--format", "text", "--color", "always", "--verbose"],
    &[
        "lint",
        "--format=text",
        "--color=never",
        "--output=concise=../reports/concise",
        "--output=github=../reports/github",
        "--output=gitlab=../reports/gitlab",
        "--output=junit=../reports/junit",
        "--output=markdown=../reports/markdown",
    ],
    &["lint", "--format", "json"],
    &["lint", "--format", "sarif"],
    &["plan", "--format", "text", "--color", "always"],
    &["plan", "--format", "json"],
];

/// What leaks from one place, and how many runs said something.
fn leaks(place: &Place, registry: &FakeRegistry) -> (Vec<String>, usize) {
    let mut sandbox = Sandbox::with_registry(registry);
    sandbox.value("<host>", registry.origin().trim_start_matches("http://"));
    for (path, text) in &place.files {
        sandbox.file(path, text);
    }
    for (key, value) in &place.env {
        sandbox.env(key, value);
    }
    let (mut found, mut spoke) = (Vec::new(), 0);
    for run in RUNS {
        let args: Vec<&str> = run.iter().copied().chain(place.args.iter().map(String::as_str)).collect();
        let outcome = sandbox.preflight("project", &args);
        let mut all = format!("{}\n{}", outcome.stdout, outcome.stderr);
        for (_, report) in sandbox.snapshot_of(&["reports"]) {
            all.push_str(&String::from_utf8_lossy(&report));
        }
        spoke += usize::from(outcome.code.is_some_and(|code| code < 2) && !outcome.stdout.trim().is_empty());
        if all.contains("panicked at") {
            found.push(format!("{}: {}: panics: {:.200}", place.name, run.join(" "), outcome.stderr));
        }
        let flat = flattened(&all);
        let leaked = secrets().into_iter().find(|secret| all.contains(secret) || flat.contains(secret));
        if let Some(secret) = leaked {
            let at = all.lines().find(|line| line.contains(&secret)).unwrap_or_default();
            let run = run.iter().take(3).copied().collect::<Vec<_>>().join(" ");
            found.push(format!("{}: {run}: `{secret}` in: {:.200}", place.name, at.trim()));
        }
    }
    (found, spoke)
}

fn no_leaks(places: &[Place], registry: &FakeRegistry) {
    let (mut found, mut silent) = (Vec::new(), Vec::new());
    for place in places {
        let (leaks, spoke) = leaks(place, registry);
        found.extend(leaks);
        if spoke == 0 {
            silent.push(place.name);
        }
    }
    assert!(found.is_empty(), "{} leaks:\n{}", found.len(), found.join("\n"));
    assert!(silent.is_empty(), "nothing was judged, so nothing was tested: {silent:?}");
    assert_eq!(registry.published(), Vec::<Published>::new());
}

fn registry() -> FakeRegistry {
    let mut state = cast::registry();
    state.add_token("secret", "alice", crate::registry::state::TokenKind::Session, |_| {});
    state.user("alice").password = Some(PASSWORD.to_owned());
    FakeRegistry::start(state)
}

#[test]
fn a_token_is_never_shown() {
    no_leaks(&token_places(), &registry());
}

#[test]
fn a_password_is_never_shown() {
    no_leaks(&password_places(), &registry());
}

#[test]
fn a_one_time_password_is_never_shown() {
    no_leaks(&otp_places(), &registry());
}

#[test]
fn a_password_in_a_url_is_never_shown() {
    no_leaks(&url_places(), &registry());
}

#[test]
fn a_token_that_the_registry_repeats_is_never_shown() {
    let body = json!({ "error": format!("{} is not a token", token("secret")), "username": token("secret") });
    let reply = |status, reason: &str| Reply {
        status,
        reason: reason.to_owned(),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    };
    let place = [place("user .npmrc").npmrc("<nerf>:_authToken=<token:secret>")];
    let words = token("secret");
    for (status, reason) in [(401, "Unauthorized"), (403, words.as_str()), (200, "OK"), (500, words.as_str())] {
        let registry = registry();
        registry.fault(Fault::new("*", "/*", Harm::Answer(reply(status, reason))));
        no_leaks(&place, &registry);
    }
}

#[test]
fn a_token_in_a_redirect_is_never_shown() {
    let registry = registry();
    let reply = Reply {
        status: 302,
        reason: "Found".to_owned(),
        headers: vec![(
            "location".to_owned(),
            format!("http://127.0.0.1:1/{}?token={}", token("secret"), token("secret")),
        )],
        body: Vec::new(),
    };
    registry.fault(Fault::new("*", "/*", Harm::Answer(reply)));
    no_leaks(&[place("user .npmrc").npmrc("<nerf>:_authToken=<token:secret>")], &registry);
}

/// Where the `Authorization` header went: to the first registry, to the second.
fn authorized(first: &FakeRegistry, second: &FakeRegistry, files: &[(&str, &str)]) -> (bool, bool) {
    let mut sandbox = Sandbox::with_registry(first);
    sandbox.value("<other>", second.origin());
    sandbox.file("project/package.json", "{\"name\":\"left-lodge\",\"version\":\"1.2.0\"}");
    for (path, text) in files {
        sandbox.file(path, text);
    }
    sandbox.preflight("project", &["lint", "--format", "json"]);
    let saw = |registry: &FakeRegistry| registry.log().iter().any(|entry| entry.authorized);
    (saw(first), saw(second))
}

#[test]
fn a_credential_goes_only_to_the_registry_it_is_for() {
    let token = "<nerf>:_authToken=<token:secret>\n";
    let (first, second) = (registry(), registry());
    let npmrc = format!("registry=<registry>/\n{token}");
    assert_eq!(authorized(&first, &second, &[("home/.npmrc", &npmrc)]), (true, false));
    let (first, second) = (registry(), registry());
    let elsewhere = format!("registry=<other>/\n{token}");
    assert_eq!(authorized(&first, &second, &[("home/.npmrc", &elsewhere)]), (false, false));
}

#[test]
fn a_credential_does_not_follow_a_redirect_to_another_host() {
    let (first, second) = (registry(), registry());
    let reply = Reply {
        status: 302,
        reason: "Found".to_owned(),
        headers: vec![("location".to_owned(), format!("{}/left-lodge", second.origin()))],
        body: Vec::new(),
    };
    first.fault(Fault::new("*", "/*", Harm::Answer(reply)));
    let npmrc = "registry=<registry>/\n<nerf>:_authToken=<token:secret>\n";
    assert_eq!(authorized(&first, &second, &[("home/.npmrc", npmrc)]), (true, false));
}
