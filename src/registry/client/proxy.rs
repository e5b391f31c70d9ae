//! npm's proxy setting: for the HTTP stack, and for sentences without what must not be shown.

use reqwest::Proxy;
use url::Url;

use crate::facts::Reason;
use crate::registry::failure::Failure;
use crate::text::redact::ShownUrl;

/// npm's proxy setting for the HTTP stack.
pub(super) fn of(setting: &str) -> Result<Proxy, Failure> {
    let shown = shown(setting);
    let url = Url::parse(setting)
        .map_err(|_| Failure::new("ERR_INVALID_URL", format!("the proxy setting {shown} is not a URL")))?;
    match url.scheme() {
        "http" | "https" => {}
        scheme if scheme.starts_with("socks") => {
            let cause = format!("{shown} is a SOCKS proxy, which npm supports and npm-preflight does not");
            return Err(Failure { reason: Reason::Unsupported, ..Failure::new("EINVALIDPROXY", cause).uncertain() });
        }
        _ => {
            let cause = format!("{shown} is a kind of proxy that npm does not support");
            return Err(Failure::new("EINVALIDPROXY", cause));
        }
    }
    Proxy::all(url).map_err(|_| Failure::new("ERR_INVALID_URL", format!("the proxy setting {shown} is not a URL")))
}

/// A proxy for sentences, without user name and password.
pub(in crate::registry) fn shown(setting: &str) -> String {
    let shown = ShownUrl::parse(setting).map(|url| url.to_string());
    let shown = shown.as_ref().map(|url| url.trim_end_matches('/'));
    format!("`{}`", shown.unwrap_or("(not shown: it may hold a password)"))
}
