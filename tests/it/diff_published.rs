//! `lint --diff-published` against the tarball of the fake registry: what it requests, what it reports, and what it leaves behind.

use base64::Engine as _;
use ring::digest::{SHA512, digest};
use serde_json::{Value, json};

use crate::harness::Sandbox;
use crate::registry::faults::{Fault, Harm};
use crate::registry::http::Reply;
use crate::registry::{FakeRegistry, cast};

const TARBALL: &str = "/left-lodge/-/left-lodge-1.1.0.tgz";

fn packed(files: &[(&str, &str)]) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(gzip);
    for (path, text) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        archive.append_data(&mut header, format!("package/{path}"), text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

/// A registry whose `left-lodge` 1.1.0 has a tarball, which hashes to `integrity` or to what it should.
fn published(integrity: Option<&str>) -> (FakeRegistry, Sandbox) {
    let registry = FakeRegistry::start(cast::registry());
    let bytes = packed(&[("package.json", "{}"), ("index.js", "1"), ("lib/old.js", "12345")]);
    let own = format!("sha512-{}", base64::engine::general_purpose::STANDARD.encode(digest(&SHA512, &bytes)));
    let dist = json!({ "tarball": format!("{}{TARBALL}", registry.origin()), "integrity": integrity.unwrap_or(&own) });
    let document = json!({ "name": "left-lodge", "version": "1.1.0", "dist": dist }).to_string();
    registry.fault(Fault::new("GET", "/left-lodge/1.1.0", Fault::status(200, None, &document)));
    let reply = Reply { status: 200, reason: "OK".to_owned(), headers: Vec::new(), body: bytes };
    registry.fault(Fault::new("GET", TARBALL, Harm::Answer(reply)));
    let sandbox = Sandbox::with_registry(&registry);
    sandbox.file("project/package.json", r#"{"name":"left-lodge","version":"1.2.0"}"#);
    sandbox.file("project/index.js", "1");
    sandbox.file("project/lib/new.js", "123");
    sandbox.file("home/.npmrc", "registry=<registry>/\n<nerf>:_authToken=<token:alice-bypass>\n");
    (registry, sandbox)
}

/// What the JSON report says, after a run that leaves nothing behind.
fn changes(registry: &FakeRegistry, sandbox: &Sandbox, args: &[&str]) -> Value {
    let before = sandbox.snapshot_of(&["project", "home", "tmp"]);
    registry.forget();
    let outcome = sandbox.preflight("project", &[&["lint", "--format", "json", "--no-cache"], args].concat());
    assert_eq!(sandbox.snapshot_of(&["project", "home", "tmp"]), before);
    outcome.json().unwrap()["packages"][0]["changes"].clone()
}

#[test]
fn the_last_tarball_is_downloaded_once_and_only_if_asked_for() {
    let (registry, sandbox) = published(None);
    let downloads = || registry.log().iter().filter(|entry| entry.target == TARBALL).count();
    let output = changes(&registry, &sandbox, &["--diff-published"]);
    let expected = json!({
        "since": "1.1.0",
        "new": [{ "path": "lib/new.js", "size": 3 }],
        "gone": [{ "path": "lib/old.js", "size": 5 }],
    });
    assert_eq!((output, downloads()), (expected, 1));
    assert_eq!((changes(&registry, &sandbox, &[]), downloads()), (Value::Null, 0));
    let output = changes(&registry, &sandbox, &["--diff-published", "--offline"]);
    assert_eq!((&output["unknown"]["reason"], downloads()), (&json!("offline"), 0));
}

#[test]
fn a_tarball_with_the_wrong_hash_is_ignored() {
    let (registry, sandbox) = published(Some("sha512-AAAA"));
    let output = changes(&registry, &sandbox, &["--diff-published"]);
    assert!(output["unknown"]["detail"].as_str().unwrap().contains("does not match its checksum"), "{output}");
    let args = ["lint", "--strict"];
    let (without, with) =
        (sandbox.preflight("project", &args), sandbox.preflight("project", &["lint", "--strict", "--diff-published"]));
    assert_eq!(without.code, with.code, "{}", with.stdout);
}

#[test]
fn a_first_release_is_reported_as_such() {
    let (_registry, sandbox) = published(None);
    sandbox.file("project/package.json", r#"{"name":"never-published","version":"1.0.0"}"#);
    let outcome = sandbox.preflight("project", &["lint", "--diff-published"]);
    assert!(outcome.stdout.contains("never-published 1.0.0: first release, "), "{}", outcome.stdout);
}
