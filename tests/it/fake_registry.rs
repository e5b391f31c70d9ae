//! The fake registry, checked with an HTTP client that has nothing to do with it or with the executable.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use ureq::http::Response;

use crate::harness::agent;
use crate::registry::cast::{self, token};
use crate::registry::exchange;
use crate::registry::faults::{Fault, Harm};
use crate::registry::state::{TokenKind, iso};
use crate::registry::{FakeRegistry, Published};

fn ask(registry: &FakeRegistry, path: &str, as_whom: Option<&str>) -> Response<ureq::Body> {
    let mut request = agent().get(format!("{}{path}", registry.origin()));
    if let Some(label) = as_whom {
        request = request.header("authorization", format!("Bearer {}", token(label)));
    }
    request.call().expect("an answer")
}

fn json_of(mut response: Response<ureq::Body>) -> Value {
    serde_json::from_str(&response.body_mut().read_to_string().expect("text")).expect("JSON")
}

fn put(registry: &FakeRegistry, name: &str, version: &str, access: &Value, label: &str) -> Response<ureq::Body> {
    let body = json!({
        "name": name, "versions": { version: {} }, "dist-tags": { "latest": version }, "access": access,
    });
    let request = agent()
        .put(format!("{}/{}", registry.origin(), name.replace('/', "%2f")))
        .header("authorization", format!("Bearer {}", token(label)));
    request.send(body.to_string()).expect("an answer")
}

#[test]
fn only_the_full_packument_has_times_and_maintainers() {
    let mut state = cast::registry();
    state.package("left-lodge").versions[0].1.unpublished = true;
    let registry = FakeRegistry::start(state);
    let full = json_of(ask(&registry, "/left-lodge", None));
    assert_eq!(full["dist-tags"], json!({ "latest": "1.1.0" }));
    assert_eq!(full["versions"]["1.0.0"], Value::Null, "an unpublished version cannot be installed");
    assert!(full["time"]["1.0.0"].is_string(), "but its number stays used");
    assert_eq!(full["maintainers"][0]["name"], "alice");

    let short = agent()
        .get(format!("{}/left-lodge", registry.origin()))
        .header("accept", "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8")
        .call()
        .unwrap();
    let short = json_of(short);
    let accepts = registry.log().into_iter().filter_map(|entry| entry.accept).collect::<Vec<_>>();
    assert!(accepts.last().unwrap().contains("npm.install-v1"), "{accepts:?}");
    assert!(short["versions"]["1.1.0"].is_object());
    assert_eq!((&short["time"], &short["maintainers"]), (&Value::Null, &Value::Null));
}

#[test]
fn missing_and_invisible_packages_are_404() {
    let mut state = cast::registry();
    state.package("@acme/core").restricted = true;
    let registry = FakeRegistry::start(state);
    let status = |path: &str, whom| ask(&registry, path, whom).status().as_u16();
    assert_eq!(status("/nobody-has-this", None), 404);
    assert_eq!(status("/left-lodge/9.9.9", None), 404);
    assert_eq!(status("/left-lodge/latest", None), 200);
    assert_eq!(status("/@acme%2fcore", None), 404);
    assert_eq!(status("/@acme%2fcore", Some("carol-session")), 404);
    assert_eq!(status("/@acme%2fcore", Some("bob-session")), 200);
    assert_eq!(status("/@acme/core/1.0.0", Some("bob-session")), 200);
}

#[test]
fn a_fully_unpublished_package_still_has_its_time() {
    let mut state = cast::registry();
    state.package("left-lodge").unpublished_hours_ago = Some(3);
    let registry = FakeRegistry::start(state);
    let gone = json_of(ask(&registry, "/left-lodge", None));
    assert_eq!(gone["versions"], Value::Null);
    assert_eq!(gone["time"]["unpublished"]["versions"], json!(["1.0.0", "1.1.0"]));
    assert_eq!(gone["time"]["unpublished"]["time"].as_str().map(str::len), Some("2026-01-01T00:00:00.000Z".len()));
}

#[test]
fn times_are_written_as_the_registry_writes_them() {
    assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
    assert_eq!(iso(1_709_208_245), "2024-02-29T12:04:05.000Z");
    assert_eq!(iso(4_107_542_399), "2100-02-28T23:59:59.000Z");
}

#[test]
fn only_a_session_token_may_list_tokens() {
    let registry = FakeRegistry::start(cast::registry());
    assert_eq!(ask(&registry, "/-/npm/v1/tokens", Some("alice-granular")).status().as_u16(), 401);
    let rows = json_of(ask(&registry, "/-/npm/v1/tokens", Some("alice-session")));
    assert_eq!(rows["total"], 3);
    let own = token("alice-session");
    let shown = format!("{}...{}", &own[..8], &own[36..]);
    assert_eq!(rows["objects"].as_array().unwrap().iter().filter(|row| row["token"] == shown).count(), 1);
}

#[test]
fn accounts_organisations_and_permissions_need_authorization() {
    let registry = FakeRegistry::start(cast::registry());
    let get = |path: &str, whom| json_of(ask(&registry, path, Some(whom)));
    assert_eq!(get("/-/whoami", "bob-granular"), json!({ "username": "bob" }));
    assert_eq!(get("/-/npm/v1/user", "alice-session")["tfa"]["mode"], "auth-and-writes");
    assert_eq!(get("/-/npm/v1/user", "carol-session")["tfa"], Value::Null);
    assert_eq!(get("/-/npm/v1/user", "dave-session")["email_verified"], false);
    assert_eq!(get("/-/org/acme/user", "bob-session"), json!({ "alice": "owner", "bob": "developer" }));
    assert_eq!(ask(&registry, "/-/org/acme/user", Some("carol-session")).status().as_u16(), 403);
    assert_eq!(
        get("/-/package/@acme%2fcore/collaborators", "alice-session"),
        json!({ "alice": "write", "bob": "read" })
    );
    assert_eq!(get("/-/org/acme/package", "bob-session"), json!({ "@acme/core": "read", "@acme/site": "write" }));
    assert_eq!(get("/-/user/bob/package", "alice-session"), json!({ "@acme/site": "write", "bobs-bits": "write" }));
    assert_eq!(get("/-/package/left-lodge/visibility", "alice-session"), json!({ "public": true }));
    assert_eq!(ask(&registry, "/-/package/left-lodge/access", Some("alice-session")).status().as_u16(), 405);
    assert_eq!(ask(&registry, "/-/whoami", None).status().as_u16(), 401);
}

#[test]
fn a_publish_is_checked_in_the_order_of_the_public_registry() {
    let mut state = cast::registry();
    state.add_token("read-only", "carol", TokenKind::Granular, |token| token.read_only = true);
    let registry = FakeRegistry::start(state);
    let refused = |name: &str, version: &str, label: &str| {
        let answer = put(&registry, name, version, &Value::Null, label);
        (answer.status().as_u16(), json_of(answer)["error"].as_str().unwrap_or_default().to_owned())
    };
    // Each is wrong in everything that follows, too: what is reported is what is checked first.
    assert_eq!(refused("bobs-bits", "1.0.0", "nobody"), (404, "Not found".to_owned()));
    assert!(refused("bobs-bits", "1.0.0", "read-only").1.starts_with("You may not perform that action"));
    assert!(refused("bobs-bits", "1.0.0", "carol-granular").1.starts_with("Two-factor authentication or granular"));
    assert!(refused("bobs-bits", "1.0.0", "carol-bypass").1.starts_with("You do not have permission"));
    assert!(refused("bobs-bits", "1.0.0+5", "bob-bypass").1.starts_with("You cannot publish over"));
    assert_eq!(refused("@bob/new", "1.0.0", "bob-bypass").0, 402);
    assert!(registry.published().is_empty());
}

#[test]
fn an_accepted_version_can_be_read_afterwards() {
    let registry = FakeRegistry::start(cast::registry());
    assert_eq!(put(&registry, "@bob/new", "1.0.0", &json!("public"), "bob-bypass").status().as_u16(), 200);
    let expected = Published {
        name: "@bob/new".to_owned(),
        version: "1.0.0".to_owned(),
        tag: "latest".to_owned(),
        public: true,
        user: "bob".to_owned(),
        staged: false,
    };
    assert_eq!(registry.published(), [expected]);
    assert_eq!(json_of(ask(&registry, "/@bob%2fnew", None))["maintainers"][0]["name"], "bob");
    assert_eq!(put(&registry, "@bob/new", "1.0.0", &json!("public"), "bob-bypass").status().as_u16(), 403);
    let log = registry.log();
    assert_eq!((log[0].method.as_str(), log[0].target.as_str()), ("PUT", "/@bob%2fnew"));
    assert_eq!((log[0].user.as_deref(), log[0].status), (Some("bob"), Some(200)));
}

#[test]
fn faults_apply_to_their_target_and_as_often_as_configured() {
    let registry = FakeRegistry::start(cast::registry());
    registry.fault(Fault::exchange("GET", "/left-lodge", "gateway-503").times(1));
    assert_eq!(ask(&registry, "/left-lodge", None).status().as_u16(), 503);
    assert_eq!(ask(&registry, "/left-lodge", None).status().as_u16(), 200);

    registry.fault(Fault::new("*", "/bobs-bits", Harm::Reset).times(1));
    assert!(agent().get(format!("{}/bobs-bits", registry.origin())).call().is_err());
    registry.fault(Fault::new("*", "/bobs-bits", Harm::Truncate).times(1));
    let half = ask(&registry, "/bobs-bits", None).body_mut().read_to_string().unwrap();
    assert!(serde_json::from_str::<Value>(&half).is_err());
    registry.fault(Fault::html("GET", "/-/*", 200));
    assert!(ask(&registry, "/-/ping", None).body_mut().read_to_string().unwrap().starts_with("<!DOCTYPE"));

    registry.fault(Fault::new("PUT", "/fresh-paint", Harm::LoseReply));
    let body = json!({ "name": "fresh-paint", "versions": { "1.0.0": {} }, "dist-tags": { "latest": "1.0.0" } });
    let sent = agent()
        .put(format!("{}/fresh-paint", registry.origin()))
        .header("authorization", format!("Bearer {}", token("alice-bypass")))
        .send(body.to_string());
    assert!(sent.is_err());
    assert_eq!(registry.published().len(), 1, "the version is published although the client got no response");
}

#[test]
fn a_response_waits_until_the_lock_is_free() {
    let registry = FakeRegistry::start(cast::registry());
    let lock = Arc::new(Mutex::new(()));
    registry.fault(Fault::new("GET", "/left-lodge", Harm::Hold(Arc::clone(&lock))));
    std::thread::scope(|scope| {
        let held = lock.lock().unwrap();
        let answer = scope.spawn(|| ask(&registry, "/left-lodge", None).status().as_u16());
        assert!(registry.log().is_empty());
        drop(held);
        assert_eq!(answer.join().unwrap(), 200);
    });
}

#[test]
fn a_hanging_registry_keeps_the_connection_and_sends_nothing() {
    let registry = FakeRegistry::start(cast::registry());
    registry.fault(Fault::new("GET", "/left-lodge", Harm::Hang));
    let mut stream = TcpStream::connect(("127.0.0.1", registry.port())).unwrap();
    stream.write_all(b"GET /left-lodge HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    while registry.log().is_empty() {
        std::thread::yield_now();
    }
    stream.set_nonblocking(true).unwrap();
    assert_eq!(stream.read(&mut [0]).map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
}

#[test]
fn every_recorded_exchange_is_readable_and_matches_its_type() {
    let values = json!({
        "name": "@o/n", "version": "1.0.0", "user": "u", "org": "o", "origin": "http://registry.invalid", "similar": "m",
        "access": "x", "created": "", "modified": "", "email_verified": true, "public": true, "tfa": null, "total": 0,
        "revision": 1, "dist_tags": {}, "versions": {}, "time": {}, "maintainers": [], "manifest": {}, "rows": [],
        "objects": [], "members": {}, "packages": {}, "collaborators": {}, "items": [], "payload": "",
    });
    let mut count = 0;
    for entry in std::fs::read_dir(exchange::folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let recorded = exchange::load(&name);
        assert!(["GET /", "PUT /", "POST /"].iter().any(|start| recorded.request.starts_with(start)), "{name}");
        let reply = recorded.filled(&values);
        let kind = reply.headers.iter().find(|(key, _)| key == "content-type").map(|(_, value)| value.as_str());
        if kind.is_some_and(|kind| kind.contains("json")) {
            serde_json::from_slice::<Value>(&reply.body).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        count += 1;
    }
    assert!(count >= 30, "{count}");
}
