//! The fake registry as a reverse proxy: requests under a prefix are passed on to a real registry, and logged.

use crate::harness::agent;

use super::http::{Reply, Request};

/// The headers that a registry looks at.
const REQUEST_HEADERS: [&str; 5] = ["accept", "authorization", "content-type", "npm-otp", "referer"];

/// The headers that tell a client what answers.
const RESPONSE_HEADERS: [&str; 2] = ["content-type", "x-powered-by"];

/// The registry's answer to a request whose path begins with `prefix`, asked without it.
pub(super) fn forward(request: &Request, origin: &str, prefix: &str) -> Reply {
    let path = request.target.strip_prefix(prefix).unwrap_or(&request.target);
    let mut builder = ureq::http::Request::builder().method(request.method.as_str()).uri(format!("{origin}{path}"));
    for name in REQUEST_HEADERS {
        if let Some(value) = request.header(name) {
            builder = builder.header(name, value);
        }
    }
    let mut response = if request.body.is_empty() {
        agent().run(builder.body(()).expect("a request"))
    } else {
        agent().run(builder.body(request.body.clone()).expect("a request"))
    }
    .expect("an answer");
    let header = |name: &str| Some((name.to_owned(), response.headers().get(name)?.to_str().ok()?.to_owned()));
    let headers = RESPONSE_HEADERS.into_iter().filter_map(header).collect();
    let status = response.status();
    let body = response.body_mut().read_to_vec().expect("a body");
    Reply { status: status.as_u16(), reason: status.canonical_reason().unwrap_or("-").to_owned(), headers, body }
}
