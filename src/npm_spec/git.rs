//! Which specifiers are git repositories, and what their revision must look like: hosted-git-info 9 (lib/from-url.js,
//! lib/parse-url.js, lib/hosts.js) and `setGitAttrs` of `npm-package-arg`.

use url::Url;

use super::SpecError;
use crate::js;

/// Protocols that hosted-git-info knows, its shortcuts included; any other gets `//` behind the colon.
const PROTOCOLS: [&str; 12] = [
    "git+ssh:",
    "ssh:",
    "git+https:",
    "git:",
    "http:",
    "https:",
    "git+http:",
    "github:",
    "bitbucket:",
    "gitlab:",
    "gist:",
    "sourcehut:",
];
const SHORTCUTS: [&str; 5] = ["github", "bitbucket", "gitlab", "gist", "sourcehut"];

/// `/^[^@]+@[^:.]+\.[^:]+:.+$/i`: `git@host.example:alice/otter`.
pub(super) fn looks_like_scp(text: &str) -> bool {
    let Some((user, rest)) = text.split_once('@') else { return false };
    let Some((host, path)) = rest.split_once(':') else { return false };
    let dotted = host.split_once('.').is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty());
    !user.is_empty() && dotted && !path.is_empty() && !has_line_end(path)
}

/// The repository and the revision of `git+ssh://user@host:path#revision`, whose host ends at a colon that is no port's.
pub(super) fn scp_parts(spec: &str) -> Option<(&str, &str)> {
    let rest = spec.strip_prefix("git+ssh://")?;
    let (repository, revision) = rest.split_once('#').unwrap_or((rest, ""));
    let (host, path) = repository.split_once(':')?;
    let is_port = |text: &str| {
        let after = text.trim_start_matches(|char: char| char.is_ascii_digit());
        after.len() < text.len() && (after.is_empty() || after.starts_with('/'))
    };
    let has_port = repository.match_indices(':').any(|(colon, _)| repository.get(colon + 1..).is_some_and(is_port));
    (!host.is_empty() && !path.is_empty() && !has_port && !has_line_end(revision)).then_some((repository, revision))
}

/// Whether npm can read what stands behind `#`: at most one revision or range, and one folder.
pub(super) fn check_revision(revision: &str) -> Result<(), SpecError> {
    let (mut committish, mut range, mut folder) = (false, false, false);
    for part in revision.split("::").filter(|_| !revision.is_empty()) {
        let mut pieces = part.split(':');
        let (name, value) = (pieces.next().unwrap_or_default(), pieces.next());
        match (name, value) {
            (_, None) | ("semver", Some(_)) if range || committish => return Err(SpecError::Revision),
            (name, None) => committish = !name.is_empty(),
            ("semver", Some(value)) => {
                range = !js::decode_uri_component(value).ok_or(SpecError::Revision)?.is_empty();
            }
            ("path", Some(_)) if folder => return Err(SpecError::Revision),
            ("path", Some(_)) => folder = true,
            _ => {}
        }
    }
    Ok(())
}

/// The revision of a repository at a host that npm knows; `None`: it is none of those.
pub(super) fn hosted_revision(spec: &str) -> Option<String> {
    if spec.is_empty() {
        return None;
    }
    let url = parse(&if is_github_shorthand(spec) { format!("github:{spec}") } else { spec.to_owned() })?;
    let revision = url.fragment().unwrap_or_default();
    if SHORTCUTS.contains(&url.scheme()) {
        let path = url.path().strip_prefix('/').unwrap_or(url.path());
        let path = path.split_once('@').map_or(path, |(_, path)| path);
        js::decode_uri_component(path)?;
        return js::decode_uri_component(revision);
    }
    let host = url.host_str().unwrap_or_default();
    let host = Host::of(host.strip_prefix("www.").unwrap_or(host))?;
    if !host.protocols().contains(&url.scheme()) {
        return None;
    }
    let found = host.extract(url.path(), revision)?;
    js::decode_uri_component(found.user)?;
    js::decode_uri_component(found.project)?;
    js::decode_uri_component(found.revision)
}

struct Extracted<'a> {
    user: &'a str,
    project: &'a str,
    revision: &'a str,
}

#[derive(Clone, Copy)]
enum Host {
    GitHub,
    Bitbucket,
    GitLab,
    Gist,
    SourceHut,
}

impl Host {
    fn of(domain: &str) -> Option<Self> {
        match domain {
            "github.com" => Some(Self::GitHub),
            "bitbucket.org" => Some(Self::Bitbucket),
            "gitlab.com" => Some(Self::GitLab),
            "gist.github.com" => Some(Self::Gist),
            "git.sr.ht" => Some(Self::SourceHut),
            _ => None,
        }
    }

    fn protocols(self) -> &'static [&'static str] {
        match self {
            Self::GitHub => &["git", "http", "git+ssh", "git+https", "ssh", "https"],
            Self::Bitbucket | Self::GitLab => &["git+ssh", "git+https", "ssh", "https"],
            Self::Gist => &["git", "git+ssh", "git+https", "ssh", "https"],
            Self::SourceHut => &["git+ssh", "https"],
        }
    }

    /// `None`: a page or an archive at the host, not a repository.
    fn extract<'a>(self, path: &'a str, revision: &'a str) -> Option<Extracted<'a>> {
        if let Self::GitLab = self {
            let path = path.strip_prefix('/').unwrap_or(path);
            let (user, project) = path.rsplit_once('/')?;
            let project = project.strip_suffix(".git").unwrap_or(project);
            let is_page = path.contains("/-/") || path.contains("/archive.tar.gz");
            return (!is_page && !user.is_empty() && !project.is_empty()).then_some(Extracted {
                user,
                project,
                revision,
            });
        }
        let mut segments = path.split('/').skip(1);
        let mut next = || segments.next().unwrap_or_default();
        let (mut user, mut project, kind, tree) = (next(), next(), next(), next());
        let (page, revision) = match self {
            Self::GitHub if kind == "tree" => (false, tree),
            Self::GitHub => (!kind.is_empty(), revision),
            Self::Gist => (kind == "raw", revision),
            Self::SourceHut => (kind == "archive", revision),
            Self::Bitbucket | Self::GitLab => (kind == "get", revision),
        };
        let gist = matches!(self, Self::Gist);
        if gist && project.is_empty() {
            (user, project) = ("", user);
            if project.is_empty() {
                return None;
            }
        }
        project = project.strip_suffix(".git").unwrap_or(project);
        let complete = gist || !(user.is_empty() || project.is_empty());
        (!page && complete).then_some(Extracted { user, project, revision })
    }
}

/// `owner/name`: one slash, neither first nor last, and no protocol, scope, space or leading period before a `#`.
fn is_github_shorthand(text: &str) -> bool {
    let path = text.split_once('#').map_or(text, |(path, _)| path);
    let slash = text.find('/');
    let second = slash.and_then(|slash| text.get(slash + 1..)?.find('/').map(|at| at + slash + 1));
    slash.is_some_and(|slash| slash > 0)
        && second.is_none_or(|second| second > path.len())
        && !path.contains(|char| js::is_space(char) || char == '@' || char == ':')
        && !path.ends_with('/')
        && !text.starts_with('.')
}

/// parse-url.js: a URL, or what becomes one when its protocol or its last colon is corrected.
fn parse(text: &str) -> Option<Url> {
    let text = with_protocol(text);
    Url::parse(&text).or_else(|_| Url::parse(&corrected(&text))).ok()
}

fn with_protocol(text: &str) -> String {
    let colon = text.find(':');
    let (protocol, rest) = colon.and_then(|colon| text.split_at_checked(colon + 1)).unwrap_or(("", text));
    if PROTOCOLS.contains(&protocol) || (colon.is_some() && rest.starts_with("//")) {
        return text.to_owned();
    }
    match text.find('@') {
        Some(at) if colon.is_none_or(|colon| at > colon) => format!("git+ssh://{text}"),
        Some(_) => text.to_owned(),
        None => format!("{protocol}//{rest}"),
    }
}

fn corrected(text: &str) -> String {
    let before_hash = text.find('#').and_then(|hash| text.get(..hash)).unwrap_or(text);
    let (at, colon) = (before_hash.rfind('@'), before_hash.rfind(':'));
    let mut text = text.to_owned();
    if let Some(colon) = colon.filter(|colon| at.is_none_or(|at| *colon > at)) {
        text.replace_range(colon..=colon, "/");
    }
    let before_hash = text.find('#').and_then(|hash| text.get(..hash)).unwrap_or(&text);
    if before_hash.contains(':') || text.contains("//") { text } else { format!("git+ssh://{text}") }
}

/// What `.` does not match in JavaScript.
fn has_line_end(text: &str) -> bool {
    text.contains(['\n', '\r', '\u{2028}', '\u{2029}'])
}
