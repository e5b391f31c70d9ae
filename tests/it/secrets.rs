//! No secret in any output: every secret, in every place that the executable reads, repeated by a registry in every form,
//! through every command and format. A new place, form or command is one line in a table here.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
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
/// What a variable holds that an .npmrc names: no prefix gives it away, and in a URL it comes apart.
const VARIABLE: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCY";
/// A token without a prefix, in a URL or on the command line.
const BARE_TOKEN: &str = "quartz4lantern9violet2";

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
        place("packed code").file("project/index.js", &format!("const a = '{secret}', b = '{secret}'; // {secret}\n")),
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
        place("otp in quotes").args(&["--otp='918273'"]),
        place("otp as the last word").args(&["./", "--otp", OTP]),
        place("otp in a script").manifest(&json!({
            "name": "left-lodge", "version": "1.2", "scripts": { "publish": "npm publish --otp=918273" },
        })),
        place("otp as a word in a script").manifest(&json!({
            "name": "left-lodge", "version": "1.2", "scripts": { "publish": "npm publish --tag next --otp 918273 && :" },
        })),
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
        place("registry without a scheme").npmrc(&format!("registry=//deploy:{URL_PASSWORD}@<host>/")),
        place("registry without slashes").npmrc(&format!("registry=deploy:{URL_PASSWORD}@<host>/")),
        place("registry without slashes, by flag").args(&["--registry", &format!("deploy:{URL_PASSWORD}@<host>/")]),
        place("registry of a scope without a scheme")
            .file("project/.npmrc", &format!("@acme:registry=//deploy:{URL_PASSWORD}@<host>/\n"))
            .manifest(&with(&format!("deploy:{URL_PASSWORD}@<host>/"))),
    ]
}

fn bare_token_places() -> Vec<Place> {
    let secret = BARE_TOKEN;
    vec![
        place("registry's query").npmrc(&format!("registry=<registry>/?token={secret}")),
        place("registry's query, by flag").args(&[&format!("--registry=<registry>/?access_token={secret}")]),
        place("registry's query, no host").npmrc(&format!("registry=http://?_authToken={secret}")),
        place("registry's path").npmrc(&format!("registry=<registry>/{secret}/npm/")),
        place("registry's path, by flag").args(&[&format!("--registry=<registry>/{secret}/npm/")]),
        place("registry's path in publishConfig").manifest(&json!({
            "name": "left-lodge", "version": "1.2", "publishConfig": { "registry": format!("<registry>/{secret}/") },
        })),
        place("registry of a scope").npmrc(&format!("@acme:registry=http://127.0.0.1:1/{secret}/?sig={secret}")).manifest(
            &json!({ "name": "@acme/core", "version": "1.2" }),
        ),
        place("user name alone").npmrc(&format!("registry=http://{secret}@<host>/")),
        place("_authToken as a word").args(&["--_authToken", secret]),
        place("_authToken as a word, with a registry").args(&["--//r.invalid/:_authToken", secret]),
        place("_authToken as the last word").args(&["./", "--_authToken", secret]),
        place("_authToken behind a word").args(&["--no-such-flag", "--_authToken", secret, "--tag", "next"]),
        place("proxy's query").npmrc(&format!("proxy=http://127.0.0.1:1/?token={secret}")),
        place("packed .env").file("project/.env", &format!("PORT=1\n  export API_TOKEN='{secret}'\n")),
        place("packed .yarnrc.yml").file("project/lib/.yarnrc.yml", &format!("npmAuthToken: {secret}\n")),
        place("script").manifest(&json!({
            "name": "left-lodge", "version": "1.2",
            "scripts": { "prepublishOnly": format!("npm publish --//r/:_authToken={secret}"), "publish": format!("npm publish --_authToken {secret}") },
        })),
    ]
}

/// A variable that holds a secret, in the value of every setting that is shown or sent.
fn variable_places() -> Vec<Place> {
    let settings = [
        "tag=${AWS_SECRET}",
        "tag=a-${AWS_SECRET?}-b",
        "registry=<registry>/${AWS_SECRET}/",
        "registry=http://${AWS_SECRET}/",
        "registry=<registry>/?x=${AWS_SECRET}",
        "registry=http://deploy:${AWS_SECRET}@<host>/",
        "registry=${AWS_SECRET}",
        "registry=ftp://${AWS_SECRET}/",
        "access=${AWS_SECRET}",
        "provenance=${AWS_SECRET}",
        "provenance-file=${AWS_SECRET}",
        "cafile=${AWS_SECRET}",
        "ca=${AWS_SECRET}",
        "proxy=http://${AWS_SECRET}@127.0.0.1:1/",
        "proxy=http://127.0.0.1:1/${AWS_SECRET}",
        "proxy=${AWS_SECRET}",
        "https-proxy=${AWS_SECRET}",
        "scope=@${AWS_SECRET}",
        "@acme:registry=http://127.0.0.1:1/${AWS_SECRET}/",
        "@${AWS_SECRET}:registry=http://127.0.0.1:1/",
        "<nerf>:username=${AWS_SECRET}\n<nerf>:_password=b3BhbA==",
        "<nerf>:certfile=${AWS_SECRET}\n<nerf>:keyfile=${AWS_SECRET}",
        "<nerf>${AWS_SECRET}:_authToken=${UNSET}",
        "workspace=${AWS_SECRET}",
        "prefix=${AWS_SECRET}",
        "fetch-timeout=${AWS_SECRET}",
        "fetch-retries=${AWS_SECRET}",
        "maxsockets=${AWS_SECRET}",
        "loglevel=${AWS_SECRET}",
        "dry-run=${AWS_SECRET}",
        "force=${AWS_SECRET}",
        "no-such-setting=${AWS_SECRET}",
        "local-address=${AWS_SECRET}",
        "globalconfig=${AWS_SECRET}",
        "cache=${AWS_SECRET}",
        "before=${AWS_SECRET}",
        "otp=${AWS_SECRET}",
        "_auth=${AWS_SECRET}",
    ];
    let manifest = json!({ "name": "@acme/core", "version": "1.2", "dependencies": { "left-lodge": "^1.0.0" } });
    let with = |name, lines: &str| {
        let place = place(name).env("AWS_SECRET", VARIABLE);
        place.file("home/.npmrc", &format!("registry=<registry>/\n<nerf>:_authToken=<token:alice-session>\n{lines}\n"))
    };
    let mut places = Vec::new();
    for setting in settings {
        places.push(with(setting, setting));
        places.push(with(setting, setting).manifest(&manifest));
    }
    places.push(with("flag", "").args(&["--tag=${AWS_SECRET}"]));
    places.push(with("registry by flag", "").args(&["--registry=<registry>/${AWS_SECRET}/"]));
    places.push(with("variable of npm", "").env("npm_config_tag", "${AWS_SECRET}"));
    places.push(with("registry in a variable of npm", "").env("npm_config_registry", "<registry>/${AWS_SECRET}/"));
    places
}

fn encoded(text: &str, kept: &str) -> String {
    let byte = |byte: u8| {
        let is_kept = byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte);
        if is_kept { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(byte).collect()
}

/// A form of a secret: its name, and how a secret is put into it.
type Form = (&'static str, fn(&str) -> String);

/// The forms in which a secret is sent, or in which somebody may repeat it.
const FORMS: &[Form] = &[
    ("as it is", ToOwned::to_owned),
    ("in JSON", |text| Value::from(text).to_string().trim_matches('"').to_owned()),
    ("base64", |text| STANDARD.encode(text)),
    ("base64 for URLs", |text| URL_SAFE_NO_PAD.encode(text)),
    ("in a form", |text| encoded(text, "*-._ ").replace(' ', "+")),
    ("in a URL", |text| encoded(text, "-_.~")),
    ("in small letters in a URL", |text| encoded(text, "-_.~").to_ascii_lowercase()),
    ("behind Bearer", |text| format!("Bearer {text}")),
    ("with a user, in base64", |text| format!("Basic {}", STANDARD.encode(format!("alice:{text}")))),
    ("with another user, in base64", |text| format!("Basic {}", STANDARD.encode(format!("deploy:{text}")))),
    ("with a user", |text| format!("alice:{text}")),
    ("in a query", |text| format!("http://h.invalid/?a=b&token={}", encoded(text, "-_.~"))),
    ("in a header", |text| format!("authorization: Basic {}", STANDARD.encode(format!("alice:{text}")))),
];

/// Finds every text that must not be seen, in every form, in one pass. Of a one-time password, which is short, only the plain one: the others
/// are too short to be distinguished from other text.
static SECRETS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let mut all = vec![OTP.to_owned()];
    for secret in [&token("secret"), PASSWORD, URL_PASSWORD, VARIABLE, BARE_TOKEN] {
        all.extend(FORMS.iter().map(|(_, form)| form(secret)));
        if secret.len() >= 32 {
            // Half of a token is a secret, too.
            let (front, back) = secret.split_at(secret.len() / 2);
            all.extend([front.to_owned(), back.to_owned()]);
        }
    }
    // The parts of a variable that a URL makes a host and a path of.
    all.extend(["wJalrXUtnFEMI".to_owned(), "wjalrxutnfemi".to_owned(), "K7MDENG".to_owned()]);
    AhoCorasick::new(all).expect("a few hundred short texts")
});

/// A secret in this text, as it stands there.
fn secret_in(text: &str) -> Option<&str> {
    SECRETS.find(text).map(|found| &text[found.range()])
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
        "--output=json=../reports/json",
        "--output=junit=../reports/junit",
        "--output=markdown=../reports/markdown",
        "--output=sarif=../reports/sarif",
    ],
    &["plan", "--format", "text", "--color", "always"],
    &["plan", "--format", "json"],
    &["lint", "--offline", "--format", "text", "--quiet"],
];

/// What leaks from one place, and how many runs said something.
fn leaks_of(place: &Place, registry: &FakeRegistry, runs: &[&[&str]]) -> (Vec<String>, usize) {
    let mut sandbox = Sandbox::with_registry(registry);
    sandbox.value("<host>", registry.origin().trim_start_matches("http://"));
    for (path, text) in &place.files {
        sandbox.file(path, text);
    }
    for (key, value) in &place.env {
        sandbox.env(key, value);
    }
    let cache = sandbox.path("cache").display().to_string();
    sandbox.env("XDG_CACHE_HOME", &cache);
    let (mut found, mut spoke) = (Vec::new(), 0);
    for run in runs {
        let args: Vec<&str> = run.iter().copied().chain(place.args.iter().map(String::as_str)).collect();
        let outcome = sandbox.preflight("project", &args);
        let mut all = format!("{}\n{}", outcome.stdout, outcome.stderr);
        for (_, file) in sandbox.snapshot_of(&["reports", "cache"]) {
            all.push_str(&String::from_utf8_lossy(&file));
        }
        spoke += usize::from(outcome.code.is_some_and(|code| code < 2) && !outcome.stdout.trim().is_empty());
        if all.contains("panicked at") {
            found.push(format!("{}: {}: panics: {:.200}", place.name, run.join(" "), outcome.stderr));
        }
        let flat = flattened(&all);
        if let Some(secret) = secret_in(&all).or_else(|| secret_in(&flat)) {
            let at = all.lines().find(|line| line.contains(secret)).unwrap_or_default();
            let run = run.iter().take(3).copied().collect::<Vec<_>>().join(" ");
            found.push(format!("{}: {run}: `{secret}` in: {:.200}", place.name, at.trim()));
        }
    }
    (found, spoke)
}

fn no_leaks(places: &[Place], registry: &FakeRegistry) {
    let (mut found, mut silent) = (Vec::new(), Vec::new());
    for place in places {
        let (leaks, spoke) = leaks_of(place, registry, RUNS);
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
fn a_token_without_a_known_shape_is_never_shown() {
    no_leaks(&bare_token_places(), &registry());
}

#[test]
fn a_rejected_command_line_is_quoted_without_its_secrets() {
    let sandbox = Sandbox::new();
    sandbox.file("project/package.json", "{}");
    for args in [
        &["lint", "--format=none", "--_authToken", BARE_TOKEN][..],
        &["lint", &format!("--format={BARE_TOKEN}"), "--_authToken", BARE_TOKEN],
        &["lint", "--config", OTP, "--otp", OTP],
        &["lint", "--since", BARE_TOKEN, &format!("--//r/:_authToken={BARE_TOKEN}")],
        &["explain", BARE_TOKEN, "--_authToken", BARE_TOKEN],
        &["no-such-command", "--otp", OTP],
    ] {
        let outcome = sandbox.preflight("project", args);
        assert_eq!(outcome.code, Some(2), "{args:?}: {}", outcome.stdout);
        assert!(!outcome.stderr.trim().is_empty());
        let output = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(!output.contains(BARE_TOKEN) && !output.contains(OTP), "{output}");
    }
}

#[test]
fn values_of_variables_are_never_shown() {
    no_leaks(&variable_places(), &registry());
}

/// Places from which a secret is sent, and the secret.
fn sent() -> Vec<(Place, String)> {
    let encoded = STANDARD.encode(PASSWORD);
    let auth = STANDARD.encode(format!("alice:{PASSWORD}"));
    let variable = "registry=<registry>/${AWS_SECRET}/\n<nerf>:_authToken=<token:alice-session>";
    vec![
        (place("token").npmrc("<nerf>:_authToken=<token:secret>"), token("secret")),
        (place("password").npmrc(&format!("<nerf>:username=alice\n<nerf>:_password={encoded}")), PASSWORD.to_owned()),
        (place("_auth").npmrc(&format!("<nerf>:_auth={auth}")), PASSWORD.to_owned()),
        (
            place("URL").file("home/.npmrc", &format!("registry=http://deploy:{URL_PASSWORD}@<host>/\n")),
            URL_PASSWORD.to_owned(),
        ),
        (place("query").npmrc(&format!("registry=<registry>/?token={BARE_TOKEN}")), BARE_TOKEN.to_owned()),
        (place("variable").file("home/.npmrc", variable).env("AWS_SECRET", VARIABLE), VARIABLE.to_owned()),
    ]
}

fn reply(status: u16, reason: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
    let content_type = [("content-type", "application/json")];
    let headers = content_type.iter().chain(headers);
    Reply {
        status,
        reason: reason.to_owned(),
        headers: headers.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: body.to_string().into_bytes(),
    }
}

/// A text as a header can hold it.
fn in_header(text: &str) -> String {
    text.replace('"', "'")
}

#[test]
fn a_secret_repeated_by_the_registry_is_never_shown() {
    for (place, secret) in sent() {
        for (name, form) in FORMS {
            let words = form(&secret);
            let body = json!({ "error": format!("what is {words}?"), "username": words, "message": words });
            for status in [401, 403, 200, 500] {
                let registry = registry();
                let reason = in_header(&words);
                let headers = [("www-authenticate", reason.as_str()), ("npm-notice", reason.as_str())];
                let reply = reply(status, &reason, &headers, &body);
                registry.fault(Fault::new("*", "/*", Harm::Answer(reply)));
                let (found, spoke) = leaks_of(&place, &registry, &RUNS[..1]);
                assert!(found.is_empty(), "{status}, {name}:\n{}", found.join("\n"));
                assert!(spoke > 0, "nothing was judged: {}", place.name);
            }
        }
    }
}

#[test]
fn a_secret_repeated_in_a_package_is_neither_shown_nor_cached() {
    for (place, secret) in sent() {
        for (name, form) in FORMS {
            let words = form(&secret);
            let packument = json!({
                "name": "left-lodge",
                "versions": { "1.1.0": {}, format!("1.0.0-{words}"): { "deprecated": words } },
                "dist-tags": { "latest": "1.1.0", words.as_str(): "1.1.0", "next": words },
                "maintainers": [{ "name": words, "email": words }, { "name": "bob" }],
                "time": { "1.1.0": words, words.as_str(): "2026-01-01T00:00:00.000Z" },
            });
            let registry = registry();
            let tag = format!("\"{}\"", in_header(&words).replace(' ', "-"));
            let reply = reply(200, "OK", &[("etag", &tag)], &packument);
            registry.fault(Fault::new("*", "/*left-lodge", Harm::Answer(reply)));
            let (found, spoke) = leaks_of(&place, &registry, &RUNS[..1]);
            assert!(found.is_empty(), "{name}:\n{}", found.join("\n"));
            assert!(spoke > 0, "nothing was judged: {}", place.name);
        }
    }
}

#[test]
fn a_rejected_password_in_the_url_is_reported_as_sent() {
    let registry = registry();
    let body = json!({ "error": "no" });
    registry.fault(Fault::new("*", "/left-lodge", Harm::Answer(reply(401, "Unauthorized", &[], &body))));
    let mut sandbox = Sandbox::with_registry(&registry);
    sandbox.value("<host>", registry.origin().trim_start_matches("http://"));
    sandbox.file("home/.npmrc", &format!("registry=http://deploy:{URL_PASSWORD}@<host>/\n"));
    sandbox.file("project/package.json", "{\"name\":\"left-lodge\",\"version\":\"1.2.0\"}");
    let output = sandbox.preflight("project", &["lint", "--format", "json"]).stdout;
    assert!(output.contains("it rejects the user name and password in the registry's URL"), "{output}");
    assert!(!output.contains("none was sent"), "{output}");
}

#[test]
fn the_plan_shows_a_variable_by_its_name_even_if_it_holds_a_single_letter() {
    let registry = registry();
    let mut sandbox = Sandbox::with_registry(&registry);
    sandbox.env("SHORT", "x");
    sandbox.file("home/.npmrc", "registry=<registry>/${SHORT}/\ntag=${SHORT}\n");
    sandbox.file("project/package.json", "{\"name\":\"left-lodge\",\"version\":\"1.2.0\"}");
    let plan = sandbox.preflight("project", &["plan", "--format", "json"]).json().unwrap();
    let plan = &plan["packages"][0]["plan"];
    assert_eq!(plan["tag"]["value"], "${SHORT}");
    assert_eq!(plan["registry"]["value"], sandbox.fill("<registry>/${SHORT}/"));
}

#[test]
fn diagnose_repeats_no_secret_of_the_lines_it_quotes() {
    // Here only the line shows what is secret.
    let is_sent = |text: &str| text.starts_with("Bearer ") || text.contains("token=") || text.contains("Basic ");
    let mut lines: Vec<String> = Vec::new();
    for secret in [token("secret").as_str(), BARE_TOKEN, VARIABLE] {
        lines.extend(FORMS.iter().map(|(_, form)| form(secret)).filter(|text| is_sent(text)));
        lines.extend([
            format!("https://h.invalid/left-lodge?access_token={secret}"),
            format!("https://h.invalid/left-lodge?_authToken={secret}&write=true"),
            format!("//h.invalid/:_authToken={secret}"),
            format!("//h.invalid/:_authToken = \"{secret}\""),
            format!("npm publish --//h.invalid/:_authToken={secret}"),
            format!("npm publish --_authToken {secret}"),
            format!("http://deploy:{BARE_TOKEN}@h.invalid/ {{\"_password\":\"{secret}\"}}"),
        ]);
    }
    lines.extend(
        ["npm publish --otp=918273", "npm publish --otp 918273", "npm-otp: 918273", "otp=918273"].map(String::from),
    );
    let sandbox = Sandbox::new();
    for line in lines {
        sandbox.file("project/log", &format!("npm error code E401\nnpm error 401 the server says {line} is wrong\n"));
        let outcome = sandbox.preflight("project", &["diagnose", "log"]);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        assert!(outcome.stdout.contains("the server says"), "{}", outcome.stdout);
        assert_eq!(secret_in(&outcome.stdout), None, "{line}: {}", outcome.stdout);
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
