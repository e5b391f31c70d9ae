//! What goes into a request's headers, and what an answer's say of the next request: whom to say one is, where to go,
//! how long to wait.

use std::time::Duration;

use base64::Engine as _;
use reqwest::Response;
use reqwest::header::{HeaderValue, LOCATION};
use url::Url;

use crate::facts::credential::Credential;

/// The `Authorization` header: the credential, else the user name and password in the registry's URL.
pub(super) fn authorization(url: &Url, credential: Option<&Credential>) -> Result<Option<HeaderValue>, ()> {
    let text = match credential {
        Some(Credential::Token(token)) => format!("Bearer {}", token.expose()),
        Some(Credential::Basic { encoded, .. }) => format!("Basic {}", encoded.expose()),
        None if !url.username().is_empty() || url.password().is_some() => {
            let pair = format!("{}:{}", url.username(), url.password().unwrap_or_default());
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
        }
        None => return Ok(None),
    };
    // HTTP/1 drops blanks at the end, HTTP/2 forbids them.
    let mut value = HeaderValue::from_str(text.trim_end_matches([' ', '\t'])).map_err(|_| ())?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// The same origin, or the same host one step up from http to https.
pub(super) fn same_site(registry: &Url, url: &Url) -> bool {
    let upgraded = || {
        (registry.scheme(), url.scheme()) == ("http", "https")
            && registry.host_str() == url.host_str()
            && registry.port().is_none()
            && url.port().is_none()
    };
    registry.origin() == url.origin() || upgraded()
}

/// Where a redirect leads.
pub(super) fn redirect(url: &Url, response: &Response) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let target = url.join(response.headers().get(LOCATION)?.to_str().ok()?).ok()?;
    matches!(target.scheme(), "http" | "https").then_some(target)
}

/// `Retry-After`: seconds, or a date, which counts from the answer's own `Date`, whatever the clock here says.
pub(super) fn wanted_pause(after: Option<&str>, date: Option<&str>) -> Option<Duration> {
    let after = after?.trim();
    if !after.is_empty() && after.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(after.parse().unwrap_or(u64::MAX)));
    }
    let [after, now] = [after, date?].map(httpdate::parse_http_date);
    Some(after.ok()?.duration_since(now.ok()?).unwrap_or_default())
}
