//! Node's `url.parse`, by which npm decides what is a URL in its configuration (nopt 9, lib/type-defs.js
//! `validateUrl`): it takes more than a URL parser of today, and writes it differently.

use std::fmt::Write as _;

/// What `url.parse` makes of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Legacy {
    /// A URL with a host, in its normal form.
    Href(String),
    /// Something without a host.
    NoHost,
    /// It throws.
    Throws,
}

const SLASHED: [&str; 7] = ["http:", "https:", "ftp:", "gopher:", "file:", "ws:", "wss:"];

/// Reads a text.
pub(super) fn parse(text: &str) -> Legacy {
    let is_blank =
        |character: char| matches!(character, '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{a0}' | '\u{feff}');
    let text = text.trim_matches(is_blank);
    let end = text.find(['?', '#']).unwrap_or(text.len());
    let text = format!("{}{}", text[..end].replace('\\', "/"), &text[end..]);
    let (protocol, mut rest) = protocol(&text);
    let lower = protocol.to_ascii_lowercase();
    let mut has_slashes = false;
    if !protocol.is_empty() || has_user(rest) {
        has_slashes = rest.starts_with("//");
        if has_slashes && lower != "javascript:" {
            rest = &rest[2..];
        }
    }
    let is_web = SLASHED.contains(&lower.as_str());
    let has_host = lower != "javascript:" && (has_slashes || (!protocol.is_empty() && !is_web));
    if !has_host {
        return Legacy::NoHost;
    }
    // Tabs and line ends are taken out of the host, as a browser does.
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let rest = format!("{}{}", rest[..host_end].replace(['\t', '\n', '\r'], ""), &rest[host_end..]);
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let at_sign = rest[..host_end].rfind('@');
    let start = at_sign.map_or(0, |at| at + 1);
    let is_odd = |character: char| {
        matches!(character, ' ' | '"' | '%' | '\'' | ';' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
    };
    let stop = rest[start..host_end].find(is_odd).map_or(host_end, |at| start + at);
    let Some(user) = at_sign.map_or(Some(String::new()), |at| user(&rest[..at])) else { return Legacy::Throws };
    let (host, port) = split_port(&rest[start..stop]);
    let mut tail = rest[stop..].to_owned();
    let is_ipv6 = host.starts_with('[') && host.ends_with(']');
    let mut host = host.to_owned();
    if !is_ipv6 && let Some(colon) = host.find(':') {
        tail = format!("/{}{tail}", &host[colon..]);
        host.truncate(colon);
    }
    let host = if host.encode_utf16().count() > 255 { String::new() } else { host };
    let Some(host) = ascii_host(&host.to_lowercase(), is_ipv6) else { return Legacy::Throws };
    let host = port.map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
    if host.is_empty() {
        return Legacy::NoHost;
    }
    if is_ipv6 && !tail.starts_with('/') {
        tail.insert(0, '/');
    }
    Legacy::Href(href(&lower, has_slashes || is_web, &user, &host, &escape(&tail), is_web))
}

/// `^[a-z0-9.+-]+:`
fn protocol(text: &str) -> (&str, &str) {
    let end = text.find(|character: char| !character.is_ascii_alphanumeric() && !matches!(character, '.' | '+' | '-'));
    match end {
        Some(end) if end > 0 && text[end..].starts_with(':') => text.split_at(end + 1),
        _ => ("", text),
    }
}

/// `^\/\/[^@/]+@[^@/]+`
fn has_user(text: &str) -> bool {
    text.strip_prefix("//").and_then(|rest| rest.split_once('@')).is_some_and(|(user, host)| {
        !user.is_empty() && !user.contains('/') && !host.is_empty() && !host.starts_with(['@', '/'])
    })
}

/// A trailing `:` is cut off; `:80` is the port.
fn split_port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            (host, Some(port).filter(|port| !port.is_empty()))
        }
        _ => (host, None),
    }
}

/// `decodeURIComponent`, then the escaping of `url.format`; `None`: it throws.
fn user(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, more)) = rest.split_first() {
        rest = more;
        if *byte == b'%' {
            let digit = |at: usize| char::from(*more.get(at)?).to_digit(16);
            bytes.push(u8::try_from(digit(0)? * 16 + digit(1)?).ok()?);
            rest = &more[2..];
        } else {
            bytes.push(*byte);
        }
    }
    let decoded = String::from_utf8(bytes).ok()?;
    let mut encoded = String::new();
    for byte in decoded.bytes() {
        if byte.is_ascii_alphanumeric() || b"!'()*-._~:".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    Some(if encoded.is_empty() { encoded } else { format!("{encoded}@") })
}

/// A host in ASCII; `None`: it throws.
fn ascii_host(host: &str, is_ipv6: bool) -> Option<String> {
    let forbidden: &[char] = if is_ipv6 {
        &['\0', '\t', '\n', '\r', ' ', '#', '%', '/', '<', '>', '?', '@', '\\', '^', '|']
    } else {
        &['\0', '\t', '\n', '\r', ' ', '#', '%', '/', ':', '<', '>', '?', '@', '[', '\\', ']', '^', '|']
    };
    if host.is_empty() {
        return Some(String::new());
    }
    let host = if host.is_ascii() { host.to_owned() } else { url::Host::parse(host).ok()?.to_string() };
    (!host.is_empty() && !host.contains(forbidden)).then_some(host)
}

/// `autoEscapeStr`
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\t' | '\n' | '\r' | ' ' | '"' | '\'' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}') {
            let _ = write!(escaped, "%{:02X}", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// `url.format`
fn href(protocol: &str, slashes: bool, user: &str, host: &str, tail: &str, is_web: bool) -> String {
    let (before_hash, hash) = tail.find('#').map_or((tail, ""), |at| tail.split_at(at));
    let (path, query) = before_hash.find('?').map_or((before_hash, ""), |at| before_hash.split_at(at));
    let path = if path.is_empty() && is_web {
        "/".to_owned()
    } else if slashes && !path.is_empty() && !path.starts_with('/') {
        format!("/{path}")
    } else {
        path.to_owned()
    };
    let slashes = if slashes { "//" } else { "" };
    format!("{protocol}{slashes}{user}{host}{path}{query}{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_parsed_as_node_does() {
        for (text, expected) in [
            ("https://R.Example", "https://r.example/"),
            ("https://r/npm", "https://r/npm"),
            (" https://r/a b?c#d ", "https://r/a%20b?c#d"),
            ("https:\\\\r\\x", "https://r/x"),
            ("localhost:4873", "localhost:4873"),
            ("https://u:p@r:8080", "https://u:p@r:8080/"),
            ("https://r:/", "https://r/"),
            ("https://r:x/y", "https://r/:x/y"),
            ("https://${HOST}/", "https://$/%7BHOST%7D/"),
            ("//u@r/x", "//u@r/x"),
            ("https://[::1]:80", "https://[::1]:80/"),
            ("https://é.example/", "https://xn--9ca.example/"),
        ] {
            assert_eq!(parse(text), Legacy::Href(expected.to_owned()), "{text}");
        }
        for text in ["", "r.example", "/x", "//r/x", "https:r", "javascript://r", "https:///x", "@a"] {
            assert_eq!(parse(text), Legacy::NoHost, "{text}");
        }
        for text in ["https://r[/x", "https://%zz@r/"] {
            assert_eq!(parse(text), Legacy::Throws, "{text}");
        }
    }
}
