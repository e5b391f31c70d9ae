//! Repositories at the hosts that npm knows, in all their spellings: `hosted-git-info` 9.0.3 (lib/from-url.js,
//! lib/parse-url.js, lib/hosts.js, lib/index.js) as shipped with npm 11.19.1. npm rewrites `repository` and git
//! dependencies with it, and distinguishes `owner/name` from a folder.

use url::Url;

use crate::text::js;

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

/// A repository at a host that npm knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostedGit {
    host: Host,
    user: Option<String>,
    /// User name and password of the URL, as they are in it.
    auth: String,
    project: String,
    /// What follows `#`, decoded; empty: nothing.
    pub revision: String,
    form: Form,
}

/// How npm writes it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Shortcut,
    Https,
    Git,
    Ssh,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Host {
    GitHub,
    Bitbucket,
    GitLab,
    Gist,
    SourceHut,
}

impl HostedGit {
    /// `hostedGitInfo.fromUrl(text)`; `None`: another host, a page or an archive, or no URL at all.
    pub fn from_url(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let url = parse(&if is_github_shorthand(text) { format!("github:{text}") } else { text.to_owned() })?;
        let revision = url.fragment().unwrap_or_default();
        let (host, form, auth, found);
        if let Some(shortcut) = Host::of_shortcut(url.scheme()) {
            let path = url.path().strip_prefix('/').unwrap_or(url.path());
            let path = path.split_once('@').map_or(path, |(_, path)| path);
            let (user, project) = path.rsplit_once('/').unwrap_or(("", path));
            (host, form, auth) = (shortcut, Form::Shortcut, String::new());
            found = Extracted { user, project, revision };
        } else {
            let domain = url.host_str().unwrap_or_default();
            host = Host::of_domain(domain.strip_prefix("www.").unwrap_or(domain))?;
            if !host.protocols().contains(&url.scheme()) {
                return None;
            }
            form = match url.scheme() {
                "git+https" | "https" => Form::Https,
                "git" => Form::Git,
                // npm cannot write `http:` again
                _ => Form::Ssh,
            };
            auth = match (url.username(), url.password().unwrap_or_default()) {
                (user, "") => user.to_owned(),
                (user, password) => format!("{user}:{password}"),
            };
            found = host.extract(url.path(), revision)?;
        }
        let project = js::decode_uri_component(found.project)?;
        Some(Self {
            host,
            form,
            auth,
            user: Some(js::decode_uri_component(found.user)?).filter(|user| !user.is_empty()),
            // a shortcut loses its `.git` after it is decoded, a URL before
            project: project.strip_suffix(".git").filter(|_| form == Form::Shortcut).unwrap_or(&project).to_owned(),
            revision: js::decode_uri_component(found.revision)?,
        })
    }

    /// Whether it was written as a shortcut: `owner/name`, `github:owner/name`.
    pub fn is_shortcut(&self) -> bool {
        self.form == Form::Shortcut
    }

    /// `hosted.https()`.
    pub fn https(&self) -> String {
        let (scheme, ending) = if self.host == Host::SourceHut { ("https", "") } else { ("git+https", ".git") };
        format!("{scheme}://{}{}/{}{ending}{}", self.auth(), self.host.domain(), self.path(), self.hash())
    }

    /// The repository's address as npm writes it into what it publishes, without the user and the revision; `None`: a snippet, or a host
    /// that is written otherwise.
    pub fn published(&self) -> Option<String> {
        let is_repository = matches!(self.host, Host::GitHub | Host::GitLab | Host::Bitbucket) && self.user.is_some();
        is_repository.then(|| Self { auth: String::new(), revision: String::new(), ..self.clone() }.https())
    }

    /// What precedes the host: npm drops it for gists and `SourceHut`.
    fn auth(&self) -> String {
        match self.host {
            Host::Gist | Host::SourceHut => String::new(),
            _ if self.auth.is_empty() => String::new(),
            _ => format!("{}@", self.auth),
        }
    }

    /// `owner/name`; a gist has no owner.
    fn path(&self) -> String {
        match (self.host, &self.user) {
            (Host::Gist, _) => self.project.clone(),
            (_, user) => format!("{}/{}", user.as_deref().unwrap_or("null"), self.project),
        }
    }

    fn hash(&self) -> String {
        if self.revision.is_empty() { String::new() } else { format!("#{}", self.revision) }
    }
}

/// `hosted.toString()`: in the form in which it was written.
impl std::fmt::Display for HostedGit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (domain, path, hash) = (self.host.domain(), self.path(), self.hash());
        match self.form {
            Form::Shortcut => write!(f, "{}:{path}{hash}", self.host.shortcut()),
            Form::Https => f.write_str(&self.https()),
            Form::Git => write!(f, "git://{}{domain}/{path}.git{hash}", self.auth()),
            Form::Ssh => write!(f, "git+ssh://git@{domain}/{path}.git{hash}"),
        }
    }
}

struct Extracted<'a> {
    user: &'a str,
    project: &'a str,
    revision: &'a str,
}

impl Host {
    const ALL: [Self; 5] = [Self::GitHub, Self::Bitbucket, Self::GitLab, Self::Gist, Self::SourceHut];

    fn of_shortcut(scheme: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|host| host.shortcut() == scheme)
    }

    fn of_domain(domain: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|host| host.domain() == domain)
    }

    fn shortcut(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::Bitbucket => "bitbucket",
            Self::GitLab => "gitlab",
            Self::Gist => "gist",
            Self::SourceHut => "sourcehut",
        }
    }

    fn domain(self) -> &'static str {
        match self {
            Self::GitHub => "github.com",
            Self::Bitbucket => "bitbucket.org",
            Self::GitLab => "gitlab.com",
            Self::Gist => "gist.github.com",
            Self::SourceHut => "git.sr.ht",
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
            let complete = !is_page && !user.is_empty() && !project.is_empty();
            return complete.then_some(Extracted { user, project, revision });
        }
        let mut segments = path.split('/').skip(1);
        let mut next = || segments.next().unwrap_or_default();
        let (mut user, mut project, kind) = (next(), next(), next());
        // JavaScript decodes the missing name of a tree to this
        let tree = segments.next().unwrap_or("undefined");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_normalized_as_npm_does() {
        for (text, written) in [
            ("alice/otter", "github:alice/otter"),
            ("gist:11081aaa281", "gist:11081aaa281"),
            ("git@github.com:alice/otter.git#v1", "git+ssh://git@github.com/alice/otter.git#v1"),
            ("http://github.com/alice/otter", "git+ssh://git@github.com/alice/otter.git"),
            ("https://www.github.com/alice/otter/tree/main/x", "git+https://github.com/alice/otter.git#main"),
            ("https://git.sr.ht/~alice/otter", "https://git.sr.ht/~alice/otter"),
            ("https://gitlab.com/a/b/c.git", "git+https://gitlab.com/a/b/c.git"),
        ] {
            assert_eq!(HostedGit::from_url(text).map(|hosted| hosted.to_string()).as_deref(), Some(written), "{text}");
        }
    }

    #[test]
    fn web_pages_archives_and_other_hosts_are_not_hosted_repositories() {
        for text in [
            "",
            "https://github.com/alice/otter/issues",
            "https://gitlab.com/alice/otter/-/tree/main",
            "https://bitbucket.org/alice/otter/get/x.tar.gz",
            "https://github.example/alice/otter",
            "github:alice/%zz",
        ] {
            assert_eq!(HostedGit::from_url(text), None, "{text}");
        }
    }
}
