//! File specifiers of `npm-package-arg` (`fromFile`): npm makes a URL of the path, resolves that, and makes a path of it
//! again. The roundabout way decides what becomes of `~`, of `file://host/…` and of drive letters.

use std::fmt::Write as _;

use url::Url;

use super::strip_ignoring_case;
use crate::js;

/// Where an argument is read.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The working directory, absolute.
    pub cwd: &'a str,
    /// The home folder, absolute.
    pub home: &'a str,
    /// Whether npm runs on Windows.
    pub windows: bool,
}

impl Place<'_> {
    fn is_separator(self, char: char) -> bool {
        char == '/' || (self.windows && char == '\\')
    }
}

/// Whether it can name a file only because of a slash.
pub(super) fn has_slash(text: &str, place: &Place<'_>) -> bool {
    text.contains(|char| place.is_separator(char))
}

/// `isFileSpec`.
pub(super) fn is_file_spec(spec: &str, place: &Place<'_>) -> bool {
    strip_ignoring_case(spec, "file:").is_some()
        || spec.starts_with('.')
        || spec.starts_with("~/")
        || spec.starts_with(|char| place.is_separator(char))
        || matches!(spec.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

/// The absolute path of a file specifier; `None`: npm cannot make a URL of it.
pub(super) fn of_file_spec(spec: &str, place: &Place<'_>) -> Option<String> {
    let mut text = to_url(spec, place);
    if let Some(rest) = text.strip_prefix("file://").filter(|rest| !rest.is_empty() && !rest.starts_with('/')) {
        text = format!("file:///{rest}");
    }
    if let Some(rest) = text.strip_prefix("file:/") {
        let rest = rest.strip_prefix("//").or_else(|| rest.strip_prefix('/')).unwrap_or(rest);
        if rest == "." || rest == ".." || rest.starts_with("./") || rest.starts_with("../") {
            text = format!("file:{rest}");
        }
    }
    let base = Url::parse(&format!("{}/", to_url(&resolve("", place.cwd, place), place))).ok()?;
    let mut resolved = to_path(&base.join(&text).ok()?, place)?;
    let named = to_path(&Url::parse(&text).ok()?, place)?;
    if named == "/~" || named.starts_with("/~/") {
        resolved = resolve(place.home, named.get(3..).unwrap_or_default(), place);
    }
    Some(resolve(place.cwd, &resolved, place))
}

/// `pathToFileURL` of npa.js.
fn to_url(path: &str, place: &Place<'_>) -> String {
    let mut url = String::new();
    for char in path.chars() {
        match char {
            '\\' if place.windows => url.push('/'),
            '\0' | '\t' | '\n' | '\r' | ' ' | '"' | '#' | '%' | '?' | '[' | '\\' | ']' | '^' | '|' | '~' => {
                let _ = write!(url, "%{:02X}", u32::from(char));
            }
            char => url.push(char),
        }
    }
    if url.starts_with("file:") { url } else { format!("file:{url}") }
}

fn to_path(url: &Url, place: &Place<'_>) -> Option<String> {
    let path = js::decode_uri_component(url.path())?;
    let bare = path.trim_start_matches('/');
    let has_drive = matches!(bare.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic());
    Some(if place.windows && has_drive { bare.to_owned() } else { path })
}

/// Node's `path.resolve(base, path)` of the platform.
fn resolve(base: &str, path: &str, place: &Place<'_>) -> String {
    let (device, rest) = split_device(path, place);
    let (base_device, base_rest) = split_device(base, place);
    let rooted = rest.starts_with(|char| place.is_separator(char));
    let device = if device.is_empty() { base_device } else { device };
    let mut parts = Vec::new();
    let base_parts = if rooted { "" } else { base_rest };
    for part in [base_parts, rest].into_iter().flat_map(|text| text.split(|char| place.is_separator(char))) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let separator = if place.windows { "\\" } else { "/" };
    format!("{device}{separator}{}", parts.join(separator))
}

/// A path's drive (`C:`), which only Windows has.
fn split_device<'a>(path: &'a str, place: &Place<'_>) -> (&'a str, &'a str) {
    match path.as_bytes() {
        [letter, b':', ..] if place.windows && letter.is_ascii_alphabetic() => path.split_at_checked(2),
        _ => None,
    }
    .unwrap_or(("", path))
}
