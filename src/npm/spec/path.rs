//! File specifiers of `npm-package-arg` (`fromFile`): npm makes a URL of the path, resolves that, and makes a path of it
//! again, with every character escaped in between. The roundabout way decides what happens to `~`, of `file://host/…` and of drive letters.

use super::strip_ignoring_case;

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

/// The absolute path of a file specifier.
pub(super) fn of_file_spec(spec: &str, place: &Place<'_>) -> String {
    let spec = if place.windows { spec.replace('\\', "/") } else { spec.to_owned() };
    let mut path = spec.strip_prefix("file:").unwrap_or(&spec).to_owned();
    if let Some(rest) = path.strip_prefix("//").filter(|rest| !rest.is_empty() && !rest.starts_with('/')) {
        path = format!("///{rest}");
    }
    if path.starts_with('/') {
        let slashes = path.bytes().take(3).take_while(|byte| *byte == b'/').count();
        let rest = path.get(slashes..).unwrap_or_default();
        if rest == "." || rest == ".." || rest.starts_with("./") || rest.starts_with("../") {
            path = rest.to_owned();
        }
    }
    // a URL ends before control characters; npm escapes those four
    let path = path.trim_end_matches(|char| char < ' ' && !"\0\t\n\r".contains(char));
    let cwd = if place.windows { place.cwd.replace('\\', "/") } else { place.cwd.to_owned() } + "/";
    let base = url_path(&cwd, &[]);
    let named = url_path(path, &[]).join("/");
    let resolved = if named == "~" || named.starts_with("~/") {
        resolve(place.home, named.get(2..).unwrap_or_default(), place)
    } else {
        without_slash_before_drive(format!("/{}", url_path(path, &base).join("/")), place)
    };
    resolve(place.cwd, &resolved, place)
}

/// The path of the URL `file:<path>` behind a base (URL standard, "file state" and after it), whose host is empty.
fn url_path<'a>(path: &'a str, base: &[&'a str]) -> Vec<&'a str> {
    let is_drive = |text: &str| matches!(text.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic());
    let starts_with_drive = |text: &str| text.split('/').next().is_some_and(is_drive);
    let (mut found, rest) = if let Some(rest) = path.strip_prefix("//") {
        (vec![], rest.strip_prefix('/').unwrap_or(rest))
    } else if let Some(rest) = path.strip_prefix('/') {
        let drive = base.first().filter(|first| is_drive(first) && !starts_with_drive(rest));
        (drive.into_iter().copied().collect(), rest)
    } else if starts_with_drive(path) {
        (vec![], path)
    } else {
        (base.split_last().map_or(vec![], |(_, folders)| folders.to_vec()), path)
    };
    let mut segments = rest.split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            ".." => {
                if !matches!(found.as_slice(), [drive] if is_drive(drive)) {
                    found.pop();
                }
            }
            "." => {}
            segment => {
                found.push(segment);
                continue;
            }
        }
        if last {
            found.push("");
        }
    }
    found
}

/// `/C:/x` is `C:/x` on Windows.
fn without_slash_before_drive(path: String, place: &Place<'_>) -> String {
    let bare = path.trim_start_matches('/');
    let has_drive = matches!(bare.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic());
    if place.windows && has_drive { bare.to_owned() } else { path }
}

/// Node's `path.resolve(base, path)` of the platform.
fn resolve(base: &str, path: &str, place: &Place<'_>) -> String {
    let (device, rest) = split_device(path, place);
    let (base_device, base_rest) = split_device(base, place);
    let rooted = rest.starts_with(|char| place.is_separator(char)) || device.starts_with('\\');
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

/// A path's drive (`C:`) or share (`\\\\host\\share`), which only Windows has.
fn split_device<'a>(path: &'a str, place: &Place<'_>) -> (String, &'a str) {
    let none = (String::new(), path);
    if !place.windows {
        return none;
    }
    if let Some((drive, rest)) = path.split_at_checked(2)
        && matches!(drive.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic())
    {
        return (drive.to_owned(), rest);
    }
    let is_separator = |char| place.is_separator(char);
    let Some(host_on) = path.strip_prefix(is_separator).and_then(|path| path.strip_prefix(is_separator)) else {
        return none;
    };
    let Some((host, share_on)) = host_on.split_once(is_separator) else { return none };
    let share_on = share_on.trim_start_matches(is_separator);
    let share = share_on.split(is_separator).next().unwrap_or_default();
    if host.is_empty() || share.is_empty() {
        return none;
    }
    if matches!(host, "." | "?") {
        return (format!(r"\\{host}"), host_on.get(host.len()..).unwrap_or_default());
    }
    (format!(r"\\{host}\{share}"), share_on.get(share.len()..).unwrap_or_default())
}
