//! Registries that are known by their address, as far as the address alone decides something about a publish: what
//! their own documentation or source says of every package, whoever publishes it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use url::Url;

/// A product that serves packages, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vendor {
    /// GitHub Packages, also in the cloud of an enterprise.
    GitHubPackages,
    /// GitLab's end-points of a group or of the whole instance: they install and take nothing
    /// (`lib/api/npm_group_packages.rb` and `npm_instance_packages.rb` have no `PUT` of a package).
    GitLabReader,
    /// Gitea and Forgejo.
    Gitea,
    /// What a view of Azure Artifacts shows of its feed: `Release` of `feed@Release`.
    AzureView(String),
}

impl Vendor {
    /// Whose registry this is; `None`: the address does not tell.
    pub fn of(registry: &Url) -> Option<Self> {
        let host = registry.host_str()?;
        let parts: Vec<&str> = registry.path_segments()?.filter(|part| !part.is_empty()).collect();
        if host == "npm.pkg.github.com" || host.starts_with("npm.") && host.ends_with(".ghe.com") {
            return Some(Self::GitHubPackages);
        }
        match parts.as_slice() {
            [.., "api", "v4", "groups", _, "-", "packages", "npm"] | [.., "api", "v4", "packages", "npm"] => {
                Some(Self::GitLabReader)
            }
            [.., "api", "packages", _, "npm"] => Some(Self::Gitea),
            [.., "_packaging", feed, "npm", "registry"]
                if host == "pkgs.dev.azure.com" || host.ends_with(".pkgs.visualstudio.com") =>
            {
                let (_, view) = feed.split_once('@').or_else(|| feed.split_once("%40"))?;
                Some(Self::AzureView(view.to_owned()))
            }
            _ => None,
        }
    }

    /// Why this name is refused, whether or not the package exists, and npm's code for it; `None`: nothing against it.
    pub fn objection(&self, name: &str) -> Option<(&'static str, Option<&'static str>)> {
        let has_capitals = name.contains(|character: char| character.is_ascii_uppercase());
        match self {
            Self::GitHubPackages if !name.starts_with('@') => {
                Some(("GitHub Packages takes only names in the scope of their owner, such as `@owner/name`", None))
            }
            Self::GitHubPackages if has_capitals => Some(("GitHub Packages takes only lower-case names", None)),
            // nameMatch in modules/packages/npm/creator.go.
            Self::Gitea if !is_gitea_name(name) => Some((
                "Gitea and Forgejo take only names of lower-case letters, digits, `-`, `.` and `_`, 214 characters at most",
                Some("E400"),
            )),
            _ => None,
        }
    }
}

/// `^(@[a-z0-9-][a-z0-9-._]*/)?[a-z0-9-][a-z0-9-._]*$`
fn is_gitea_name(name: &str) -> bool {
    let is_part = |part: &str| {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
        part.bytes().all(fits) && !part.is_empty() && !part.starts_with(['.', '_'])
    };
    let parts = match name.strip_prefix('@') {
        Some(scoped) => scoped.split_once('/'),
        None => Some(("-", name)),
    };
    name.len() <= 214 && parts.is_some_and(|(scope, base)| is_part(scope) && is_part(base))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> Option<Vendor> {
        Vendor::of(&url.parse().unwrap())
    }

    #[test]
    fn vendors_are_known_by_their_addresses() {
        let view = |view: &str| Some(Vendor::AzureView(view.to_owned()));
        for (url, vendor) in [
            ("https://npm.pkg.github.com", Some(Vendor::GitHubPackages)),
            ("https://npm.acme.ghe.com/", Some(Vendor::GitHubPackages)),
            ("https://git.test/api/v4/projects/7/packages/npm/", None),
            ("https://git.test/sub/api/v4/groups/a%2fb/-/packages/npm", Some(Vendor::GitLabReader)),
            ("https://git.test/api/v4/packages/npm/", Some(Vendor::GitLabReader)),
            ("https://git.test/api/packages/acme/npm/", Some(Vendor::Gitea)),
            ("https://pkgs.dev.azure.com/o/_packaging/feed/npm/registry/", None),
            ("https://pkgs.dev.azure.com/o/p/_packaging/feed@Release/npm/registry/", view("Release")),
            ("https://o.pkgs.visualstudio.com/_packaging/feed%40Local/npm/registry", view("Local")),
            ("https://registry.npmjs.org/", None),
            ("https://npm.acme.test/", None),
            ("https://nexus.test/repository/npm-hosted/", None),
        ] {
            assert_eq!(of(url), vendor, "{url}");
        }
    }

    #[test]
    fn names_are_judged_by_the_vendor_s_rule() {
        let refuses = |vendor: &Vendor, name: &str| vendor.objection(name).is_some();
        for (name, github, gitea) in [
            ("@acme/otter", false, false),
            ("otter", true, false),
            ("@Acme/otter", true, true),
            ("@acme/Otter", true, true),
            ("@acme/_otter", false, true),
            ("@acme/otter~2", false, true),
            (&"a".repeat(215), true, true),
        ] {
            assert_eq!(refuses(&Vendor::GitHubPackages, name), github, "{name}");
            assert_eq!(refuses(&Vendor::Gitea, name), gitea, "{name}");
            assert!(!refuses(&Vendor::GitLabReader, name), "{name}");
        }
    }
}
