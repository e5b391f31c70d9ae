//! What the local registry says: enough of npm's public one that a publish can be checked to its end, and a refusal for
//! everything else. Which answer it is depends on the request alone.

use std::io::Read as _;

use flate2::read::GzDecoder;
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::packuments::{Packages, Stored, USER};

/// A token of npm's shape that is nobody's.
pub const TOKEN: &str = "npm_b3nchB3nchFakeFakeFakeFakeFakeFake0042";

const SHORT: &str = "application/vnd.npm.install-v1+json";

/// The answer to a request.
pub fn answer(packages: &Packages, request: &Parts) -> Response<Bytes> {
    if request.method != Method::GET && request.method != Method::HEAD {
        return small(StatusCode::METHOD_NOT_ALLOWED, &json!({ "error": "this registry takes nothing" }));
    }
    let path = request.uri.path().trim_start_matches('/').replace("%2f", "/").replace("%2F", "/");
    let known = header(request, AUTHORIZATION.as_str()) == Some(&format!("Bearer {TOKEN}"));
    match path.strip_prefix("-/") {
        Some(special) => about(packages, special, known),
        None => document(packages, &path, request),
    }
}

fn about(packages: &Packages, path: &str, known: bool) -> Response<Bytes> {
    let ok = |body: &Value| small(StatusCode::OK, body);
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["ping"] => ok(&json!({})),
        ["v1", "search"] => ok(&json!({ "objects": [], "total": 0, "time": "2026-01-01T00:00:00.000Z" })),
        ["package", name @ .., "visibility"] if exists(packages, name) => ok(&json!({ "public": true })),
        ["package", name @ .., "dist-tags"] if exists(packages, name) => {
            let package = packages.get(&name.join("/"));
            ok(&json!({ "latest": package.map(super::packuments::Package::latest) }))
        }
        ["whoami" | "stage"]
        | ["npm", "v1", "user" | "tokens"]
        | ["org", _, "user"]
        | ["package", .., "collaborators"]
            if !known =>
        {
            small(StatusCode::UNAUTHORIZED, &json!({ "error": "unauthorized" }))
        }
        ["whoami"] => ok(&json!({ "username": USER })),
        ["npm", "v1", "user"] => ok(&json!({
            "tfa": { "pending": false, "mode": "auth-and-writes" },
            "name": USER,
            "email": format!("{USER}@example.com"),
            "email_verified": true,
            "created": "2015-01-01T00:00:00.000Z",
            "updated": "2025-01-01T00:00:00.000Z",
            "cidr_whitelist": null,
            "fullname": "",
        })),
        ["npm", "v1", "tokens"] => ok(&tokens()),
        ["org", _, "user"] => ok(&json!({ USER: "owner" })),
        ["stage"] => ok(&json!({ "items": [], "page": 0, "perPage": 100, "total": 0 })),
        ["package", name @ .., "collaborators"] if exists(packages, name) => ok(&json!({ USER: "write" })),
        _ => not_found(),
    }
}

fn exists(packages: &Packages, name: &[&str]) -> bool {
    packages.get(&name.join("/")).is_some()
}

/// One row: the token that the benchmark uses.
fn tokens() -> Value {
    json!({
        "objects": [{
            "name": "bench",
            "key": "00000000-0000-4000-8000-000000000042",
            "token": format!("{}...{}", &TOKEN[..8], &TOKEN[TOKEN.len() - 4..]),
            "readonly": false,
            "bypass_2fa": true,
            "publish_policy": "publish",
            "cidr": [],
            "expiry": null,
            "revoked": null,
            "created": "2025-01-01T00:00:00.000Z",
            "updated": "2025-01-01T00:00:00.000Z",
            "permissions": [{ "name": "package", "action": "write" }],
            "scopes": [],
        }],
        "total": 1,
        "urls": {},
    })
}

/// A packument, long or short, or one version.
fn document(packages: &Packages, path: &str, request: &Parts) -> Response<Bytes> {
    if let Some(package) = packages.get(path) {
        let wants_short = header(request, ACCEPT.as_str()).is_some_and(|accept| accept.contains(SHORT));
        let (stored, kind) = if wants_short { (package.short(), SHORT) } else { (package.full(), "application/json") };
        return cached(stored, kind, request);
    }
    let version = path.rsplit_once('/').and_then(|(name, version)| Some((packages.get(name)?, version)));
    match version.map(|(package, version)| (package.version(version), version)) {
        Some((Some(manifest), _)) => small(StatusCode::OK, &manifest),
        Some((None, version)) => small(StatusCode::NOT_FOUND, &format!("version not found: {version}").into()),
        None => not_found(),
    }
}

fn cached(stored: &Stored, kind: &'static str, request: &Parts) -> Response<Bytes> {
    let response = Response::builder()
        .header(CACHE_CONTROL, "public, max-age=300")
        .header(VARY, "accept-encoding, accept")
        .header(ETAG, stored.etag.as_str());
    let unchanged = header(request, IF_NONE_MATCH.as_str())
        .is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == stored.etag));
    let response = if unchanged {
        response.status(StatusCode::NOT_MODIFIED).body(Bytes::new())
    } else if header(request, ACCEPT_ENCODING.as_str()).is_some_and(|list| list.contains("gzip")) {
        let response = response.header(CONTENT_TYPE, kind).header(CONTENT_LENGTH, stored.gzip.len());
        response.header(CONTENT_ENCODING, "gzip").body(stored.gzip.clone())
    } else {
        let mut plain = Vec::new();
        let _ = GzDecoder::new(&*stored.gzip).read_to_end(&mut plain);
        response.header(CONTENT_TYPE, kind).header(CONTENT_LENGTH, plain.len()).body(plain.into())
    };
    response.unwrap_or_default()
}

fn small(status: StatusCode, body: &Value) -> Response<Bytes> {
    let body = body.to_string();
    let response = Response::builder().status(status).header(CONTENT_TYPE, "application/json");
    response.header(CONTENT_LENGTH, body.len()).body(body.into()).unwrap_or_default()
}

fn not_found() -> Response<Bytes> {
    small(StatusCode::NOT_FOUND, &json!({ "error": "Not found" }))
}

fn header<'a>(request: &'a Parts, name: &str) -> Option<&'a str> {
    request.headers.get(name)?.to_str().ok()
}
