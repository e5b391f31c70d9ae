//! Which specifiers are git repositories, and what their revision must look like: `setGitAttrs` of `npm-package-arg`
//! 13 (lib/npa.js).

use super::SpecError;
use crate::npm::hosted_git::HostedGit;
use crate::text::js;

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

/// Whether npm can read what follows `#`: at most one revision or range, and one folder.
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
    HostedGit::from_url(spec).map(|hosted| hosted.revision)
}

/// What `.` does not match in JavaScript.
fn has_line_end(text: &str) -> bool {
    text.contains(['\n', '\r', '\u{2028}', '\u{2029}'])
}
