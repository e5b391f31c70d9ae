//! Recorded answers: `tests/exchanges/<name>.http` holds comment lines (`#`), a request line, a status line, headers,
//! an empty line and the body. `{{placeholder}}` is filled in: a text as it is (escaped inside a JSON body), any
//! other value as JSON.

use std::path::PathBuf;

use serde_json::Value;

use super::http::Reply;

/// One recorded exchange.
pub(crate) struct Exchange {
    /// Method and path that were asked.
    pub(crate) request: String,
    status: u16,
    reason: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// Where they are.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/exchanges"))
}

/// Reads one.
pub(crate) fn load(name: &str) -> Exchange {
    let path = folder().join(format!("{name}.http"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    parse(&text).unwrap_or_else(|| panic!("{}: not an exchange", path.display()))
}

/// The answer of one, filled in.
pub(crate) fn reply(name: &str, values: &Value) -> Reply {
    load(name).filled(values)
}

fn parse(text: &str) -> Option<Exchange> {
    let (head, body) = text.split_once("\n\n")?;
    let mut lines = head.lines().skip_while(|line| line.starts_with('#'));
    let request = lines.next()?.to_owned();
    let (status, reason) = lines.next()?.strip_prefix("HTTP/1.1 ")?.split_once(' ')?;
    let headers = lines
        .map(|line| line.split_once(": ").map(|(key, value)| (key.to_owned(), value.to_owned())))
        .collect::<Option<_>>()?;
    let body = body.trim_end().to_owned();
    Some(Exchange { request, status: status.parse().ok()?, reason: reason.to_owned(), headers, body })
}

impl Exchange {
    /// The answer, with every placeholder replaced.
    pub(crate) fn filled(&self, values: &Value) -> Reply {
        let json = self.headers.iter().any(|(key, value)| key == "content-type" && value.contains("json"));
        Reply {
            status: self.status,
            reason: self.reason.clone(),
            headers: self.headers.clone(),
            body: fill(&self.body, values, json).into_bytes(),
        }
    }
}

fn fill(text: &str, values: &Value, json: bool) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (key, after) = after.split_once("}}").expect("a placeholder ends");
        out.push_str(before);
        match values.get(key) {
            Some(value @ Value::String(_)) if json => {
                let quoted = value.to_string();
                out.push_str(&quoted[1..quoted.len() - 1]);
            }
            Some(Value::String(text)) => out.push_str(text),
            Some(value) => out.push_str(&value.to_string()),
            None => panic!("nothing for the placeholder {key} in {text}"),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}
