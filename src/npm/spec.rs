//! What npm takes an argument for: `npm-package-arg` 13 (lib/npa.js) as shipped with npm 11.19.1. It decides whether
//! `npm publish dist` publishes a folder or a package of that name, and whether a dist-tag is one.

mod git;
mod path;

use url::Url;

use crate::npm::name::is_valid_in_spec;
use crate::npm::version::{Range, is_loose_version};
use crate::text::js;

pub use path::Place;

/// What an argument names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spec {
    /// A folder, as an absolute path.
    Directory(String),
    /// A packed package, as an absolute path.
    Tarball(String),
    /// Something that npm fetches; the text is what npm would fetch it by.
    Remote(RemoteKind, String),
}

/// What npm would fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoteKind {
    /// One version of a package.
    Version,
    /// The best version in a range.
    Range,
    /// The version of a dist-tag.
    Tag,
    /// Another package: `npm:…`.
    Alias,
    /// A git repository, by its URL or a shortcut such as `owner/name`.
    Git,
    /// A tarball by its URL.
    Url,
}

/// Why npm cannot make anything of an argument; the text is a sentence about "it", without a full stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// `EINVALIDPACKAGENAME`.
    #[error("the part before its `@` is not a package name")]
    PackageName,
    /// `EINVALIDTAGNAME`.
    #[error("it has characters that need escaping in a URL")]
    TagName,
    /// `EUNSUPPORTEDPROTOCOL`.
    #[error("it looks like a URL, but npm does not support its protocol")]
    Protocol,
    /// `ERR_INVALID_URL`.
    #[error("it looks like a URL, but is not a valid one")]
    Url,
    /// `EINVALIDTAGNAME`, whatever the tag is.
    #[error("it follows a package name that looks like a tarball, so npm reads both as a file name")]
    TarballName,
    /// Two revisions behind the `#` of a git URL, or a broken escape.
    #[error("it looks like a git URL, but its revision is not valid")]
    Revision,
    /// An alias of something that is not a package of a registry.
    #[error("it looks like an alias, but does not name a package in a registry")]
    Alias,
}

impl SpecError {
    /// npm's code, where it gives one.
    pub fn code(self) -> Option<&'static str> {
        match self {
            Self::PackageName => Some("EINVALIDPACKAGENAME"),
            Self::TagName | Self::TarballName => Some("EINVALIDTAGNAME"),
            Self::Protocol => Some("EUNSUPPORTEDPROTOCOL"),
            Self::Url => Some("ERR_INVALID_URL"),
            Self::Revision | Self::Alias => None,
        }
    }
}

/// What `npm publish <arg>` publishes.
///
/// # Errors
/// Why npm cannot make anything of it.
pub fn classify(arg: &str, place: &Place<'_>) -> Result<Spec, SpecError> {
    read(arg, place).map(|found| found.spec)
}

/// What the spec of a dependency names for those who install a package into `folder`.
///
/// # Errors
/// Why npm cannot make anything of it.
pub fn classify_dependency(name: &str, spec: &str, folder: &str) -> Result<Spec, SpecError> {
    resolve(Some(name), spec, &Place { cwd: folder, home: "/", windows: false }).map(|found| found.spec)
}

/// The package, and the version, range or dist-tag, that a dependency asks of a registry for those who install a package
/// into `folder`; `None`: it asks none.
pub fn of_registry(name: &str, spec: &str, folder: &str) -> Option<(String, RemoteKind, String)> {
    use RemoteKind::{Alias, Range, Tag, Version};
    match classify_dependency(name, spec, folder).ok()? {
        Spec::Remote(kind @ (Version | Range | Tag), text) => Some((name.to_owned(), kind, text)),
        Spec::Remote(Alias, alias) => {
            let first = alias.chars().next().map_or(0, char::len_utf8);
            let end = alias.get(first..)?.find('@').map_or(alias.len(), |at| at + first);
            let (name, spec) = alias.split_at_checked(end)?;
            let spec = spec.trim_start_matches('@');
            of_registry(name, if spec.is_empty() { "*" } else { spec }, folder)
        }
        _ => None,
    }
}

/// Whether `npm publish --tag <tag>` stops at `npa(name@tag)`, which takes many tags for something else: `feature/x` is
/// a path and passes.
pub fn tag_error(name: &str, tag: &str) -> Option<SpecError> {
    let root = if cfg!(windows) { "C:\\" } else { "/" };
    let place = Place { cwd: root, home: root, windows: cfg!(windows) };
    let error = read(&format!("{name}@{tag}"), &place).err()?;
    let taken_for_file = error == SpecError::TagName && is_tarball(name) && !name.starts_with('@');
    Some(if taken_for_file { SpecError::TarballName } else { error })
}

struct Found {
    named: bool,
    spec: Spec,
}

impl Found {
    fn is_alias(&self) -> bool {
        matches!(self.spec, Spec::Remote(RemoteKind::Alias, _))
    }

    fn is_of_registry(&self) -> bool {
        use RemoteKind::{Range, Tag, Version};
        matches!(self.spec, Spec::Remote(Version | Range | Tag, _))
    }
}

/// `npa(arg)`.
fn read(arg: &str, place: &Place<'_>) -> Result<Found, SpecError> {
    let first = arg.chars().next().map_or(0, char::len_utf8);
    let name_end = arg.get(first..).and_then(|rest| rest.find('@')).map(|at| at + first);
    let name = name_end.and_then(|end| arg.get(..end)).unwrap_or(arg);
    if looks_like_url(arg) {
        return resolve(None, arg, place);
    }
    if git::looks_like_scp(arg) {
        return resolve(None, &format!("git+ssh://{arg}"), place);
    }
    if !name.starts_with('@') && (path::has_slash(name, place) || is_tarball(name)) {
        return resolve(None, arg, place);
    }
    match name_end.and_then(|end| arg.get(end + 1..)) {
        Some("") => resolve(Some(name), "*", place),
        Some(spec) => resolve(Some(name), spec, place),
        None if is_valid_in_spec(arg) => resolve(Some(arg), "*", place),
        None => resolve(None, arg, place),
    }
}

/// `npa.resolve(name, spec)`.
fn resolve(name: Option<&str>, spec: &str, place: &Place<'_>) -> Result<Found, SpecError> {
    if name.is_some_and(|name| !is_valid_in_spec(name)) {
        return Err(SpecError::PackageName);
    }
    let file = || {
        let path = path::of_file_spec(spec, place);
        Ok(if is_tarball(spec) { Spec::Tarball(path) } else { Spec::Directory(path) })
    };
    let remote = |kind, text: &str| Ok(Spec::Remote(kind, text.to_owned()));
    let spec = if is_plain_range(spec) {
        remote(RemoteKind::Range, spec)
    } else if path::is_file_spec(spec, place) {
        file()
    } else if let Some(alias) = strip_ignoring_case(spec, "npm:") {
        let found = read(alias, place)?;
        if found.is_alias() || !found.named || !found.is_of_registry() {
            return Err(SpecError::Alias);
        }
        remote(RemoteKind::Alias, alias)
    } else if let Some(revision) = git::hosted_revision(spec) {
        git::check_revision(&revision)?;
        remote(RemoteKind::Git, spec)
    } else if looks_like_url(spec) {
        from_url(spec)
    } else if path::has_slash(spec, place) || is_tarball(spec) {
        file()
    } else {
        from_registry(js::trim(spec)).and_then(|kind| remote(kind, js::trim(spec)))
    }?;
    Ok(Found { named: name.is_some(), spec })
}

fn from_url(spec: &str) -> Result<Spec, SpecError> {
    if let Some((repository, revision)) = git::scp_parts(spec) {
        git::check_revision(revision)?;
        return Ok(Spec::Remote(RemoteKind::Git, repository.to_owned()));
    }
    let text = if spec.starts_with("git+file://") { spec.replace('\\', "/") } else { spec.to_owned() };
    let url = Url::parse(&text).map_err(|_| SpecError::Url)?;
    match url.scheme() {
        "git" | "git+http" | "git+https" | "git+rsync" | "git+ftp" | "git+file" | "git+ssh" => {
            git::check_revision(url.fragment().unwrap_or_default())?;
            Ok(Spec::Remote(RemoteKind::Git, spec.to_owned()))
        }
        "http" | "https" => Ok(Spec::Remote(RemoteKind::Url, spec.to_owned())),
        _ => Err(SpecError::Protocol),
    }
}

fn from_registry(spec: &str) -> Result<RemoteKind, SpecError> {
    if is_loose_version(spec) {
        Ok(RemoteKind::Version)
    } else if Range::parse(spec, true).is_some() {
        Ok(RemoteKind::Range)
    } else if js::is_url_friendly(spec) {
        Ok(RemoteKind::Tag)
    } else {
        Err(SpecError::TagName)
    }
}

/// Whether a spec is `^` or `~` and one to three short numbers: most dependencies are, and a release may have a million of
/// them, so that what else they might be is not tried first.
fn is_plain_range(spec: &str) -> bool {
    let Some(release) = spec.strip_prefix(['^', '~']) else { return false };
    let is_number = |number: &str| {
        matches!(number.as_bytes(), [b'0'] | [b'1'..=b'9', ..])
            && number.len() < 10
            && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    release.split('.').count() <= 3 && release.split('.').all(is_number)
}

/// `/^(?:git[+])?[a-z]+:/i`.
fn looks_like_url(text: &str) -> bool {
    let text = strip_ignoring_case(text, "git+").unwrap_or(text);
    text.split_once(':')
        .is_some_and(|(scheme, _)| !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

fn is_tarball(text: &str) -> bool {
    [".tgz", ".tar.gz", ".tar"].iter().any(|ending| {
        text.len()
            .checked_sub(ending.len())
            .and_then(|start| text.get(start..))
            .is_some_and(|end| end.eq_ignore_ascii_case(ending))
    })
}

fn strip_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(arg: &str) -> Result<Spec, SpecError> {
        classify(arg, &Place { cwd: "/project", home: "/home/alice", windows: false })
    }

    fn kind(arg: &str) -> RemoteKind {
        match spec(arg) {
            Ok(Spec::Remote(kind, _)) => kind,
            other => panic!("{arg}: {other:?}"),
        }
    }

    proptest::proptest! {
        #[test]
        fn a_plain_range_can_be_nothing_else(spec in "[~^]{1,2}(0|[0-9]{1,10})(\\.(0|x|[0-9]{1,10})){0,3}[/: ]?") {
            if is_plain_range(&spec) {
                proptest::prop_assert!(!is_loose_version(&spec) && Range::parse(&spec, true).is_some(), "{spec}");
                let place = Place { cwd: "/project", home: "/home/alice", windows: false };
                proptest::prop_assert!(!path::is_file_spec(&spec, &place) && !path::has_slash(&spec, &place));
                proptest::prop_assert!(git::hosted_revision(&spec).is_none() && !looks_like_url(&spec) && !is_tarball(&spec));
            }
        }
    }

    #[test]
    fn a_bare_word_is_a_package_and_not_a_folder() {
        assert_eq!(kind("dist"), RemoteKind::Range);
        assert_eq!(kind("dist@next"), RemoteKind::Tag);
        assert_eq!(kind("@alice/otter@1.0.0"), RemoteKind::Version);
        assert_eq!(kind("dist@npm:otter@1"), RemoteKind::Alias);
    }

    #[test]
    fn one_slash_means_a_repository_and_more_mean_a_folder() {
        assert_eq!(kind("packages/otter"), RemoteKind::Git);
        assert_eq!(kind("gist:11081aaa281"), RemoteKind::Git);
        assert_eq!(kind("otter@git@host.example:alice/otter.git"), RemoteKind::Git);
        assert_eq!(kind("https://host.example/otter.tgz"), RemoteKind::Url);
        assert_eq!(spec("packages/otter/dist"), Ok(Spec::Directory("/project/packages/otter/dist".to_owned())));
    }

    #[test]
    fn paths_are_resolved_as_npm_resolves_them() {
        for (arg, path) in [
            (".", "/project"),
            ("./a b#c?d%20", "/project/a b#c?d%20"),
            ("../x/", "/x"),
            ("~/otter", "/home/alice/otter"),
            ("file:/../x", "/x"),
            ("file://a/b", "/a/b"),
        ] {
            assert_eq!(spec(arg), Ok(Spec::Directory(path.to_owned())), "{arg}");
        }
        assert_eq!(spec("otter-1.0.0.TGZ"), Ok(Spec::Tarball("/project/otter-1.0.0.TGZ".to_owned())));
    }

    #[test]
    fn windows_paths_have_drives_and_backslashes() {
        let place = Place { cwd: r"C:\project", home: r"C:\Users\alice", windows: true };
        for (arg, path) in
            [(r".\x", r"C:\project\x"), (r"D:\x", r"D:\x"), (r"a\b", r"C:\project\a\b"), ("~/x", r"C:\Users\alice\x")]
        {
            assert_eq!(classify(arg, &place), Ok(Spec::Directory(path.to_owned())), "{arg}");
        }
    }

    #[test]
    fn specs_that_npm_cannot_parse_are_errors() {
        for (arg, error) in [
            ("_a@1", SpecError::PackageName),
            ("a@b c", SpecError::TagName),
            ("a@foo:bar", SpecError::Protocol),
            ("https://", SpecError::Url),
            ("a/b#c::d", SpecError::Revision),
            ("npm:npm:a", SpecError::Alias),
            ("npm:./a", SpecError::Alias),
        ] {
            assert_eq!(spec(arg), Err(error), "{arg}");
        }
    }

    #[test]
    fn dependency_paths_are_relative_to_their_package() {
        let read = |spec| classify_dependency("otter", spec, "/app/node_modules/lodge");
        assert_eq!(read("../otter"), Ok(Spec::Directory("/app/node_modules/otter".to_owned())));
        assert_eq!(read(""), Ok(Spec::Remote(RemoteKind::Range, String::new())));
        assert_eq!(read("workspace:^"), Err(SpecError::Protocol));
    }

    #[test]
    fn registry_dependencies_are_a_version_a_range_or_a_tag() {
        use RemoteKind::{Range, Tag, Version};
        let asks = |spec| of_registry("x", spec, "/app/node_modules/lodge");
        let wants = |name: &str, kind, spec: &str| Some((name.to_owned(), kind, spec.to_owned()));
        assert_eq!(asks(" ^1 "), wants("x", Range, "^1"));
        assert_eq!(asks(""), wants("x", Range, ""));
        assert_eq!(asks("v1.0.0+b"), wants("x", Version, "v1.0.0+b"));
        assert_eq!(asks("next"), wants("x", Tag, "next"));
        for (alias, range) in [("npm:@a/y@^2", "^2"), ("npm:@a/y", "*"), ("npm:@a/y@", "*")] {
            assert_eq!(asks(alias), wants("@a/y", Range, range), "{alias}");
        }
        for spec in ["alice/otter", "file:../x", "https://host.example/x.tgz", "workspace:^", "npm:npm:y", "a b"] {
            assert_eq!(asks(spec), None, "{spec}");
        }
    }

    #[test]
    fn a_tag_that_npm_reads_as_another_kind_of_spec_passes() {
        for tag in ["next", "feature/x", "a/b/c", "1.x foo", "git+https://host.example/x", "npm:a", "file:x y"] {
            assert_eq!(tag_error("left-lodge", tag), None, "{tag}");
        }
        for tag in ["my tag", "foo:b", "${TAG}", "a@b", "é"] {
            assert!(tag_error("@alice/otter", tag).is_some(), "{tag}");
        }
        assert_eq!(tag_error("otter.tgz", "next"), Some(SpecError::TarballName));
    }
}
