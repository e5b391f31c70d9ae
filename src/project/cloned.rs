//! The repository that the project was cloned from, as git's own file says: what `repository` in package.json would name.

use std::path::{Path, PathBuf};

use crate::npm::hosted_git::HostedGit;
use crate::project::world::World;

/// No larger file is read, in bytes.
const MAX_CONFIG: u64 = 256 * 1024;

/// Where a folder comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloned {
    /// The address in the form in which npm publishes it.
    pub url: String,
    /// The root of the checkout.
    pub root: PathBuf,
}

impl Cloned {
    /// The only remote of the repository around a folder. `None`: there is no repository, none or several of them, or its host is not
    /// one that npm knows.
    pub fn read(world: &World, folder: &Path) -> Option<Self> {
        let root = world.repository(folder)?;
        let bytes = world.files.read(&root.join(".git/config"), MAX_CONFIG).ok()?;
        let remote = only_remote(std::str::from_utf8(&bytes).ok()?)?;
        let url = HostedGit::from_url(remote)?.published()?;
        Some(Self { url, root: root.to_path_buf() })
    }

    /// The folder of a package from the root on, with `/`; empty: the root itself. `None`: it is not in there.
    pub fn directory(&self, package: &Path) -> Option<String> {
        let parts: Option<Vec<&str>> =
            package.strip_prefix(&self.root).ok()?.iter().map(|part| part.to_str()).collect();
        Some(parts?.join("/"))
    }
}

/// The `url` of the only `[remote "name"]`, if it has one, and no second file or rule has a say.
fn only_remote(config: &str) -> Option<&str> {
    let mut remotes = 0;
    let mut is_remote = false;
    let mut urls = Vec::new();
    for line in config.lines().map(str::trim) {
        let lower = line.to_ascii_lowercase();
        if let Some(section) = lower.strip_prefix('[') {
            if section.starts_with("include") || section.starts_with("url ") {
                return None;
            }
            is_remote = section.starts_with("remote ");
            remotes += usize::from(is_remote);
        } else if is_remote
            && let Some((key, value)) = line.split_once('=')
            && key.trim().eq_ignore_ascii_case("url")
        {
            urls.push(value.trim());
        }
    }
    let is_plain = |url: &&&str| !url.contains(|letter: char| letter.is_whitespace() || "\"#;\\".contains(letter));
    urls.first().filter(|_| remotes == 1 && urls.len() == 1).filter(is_plain).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloned(config: &str) -> Option<String> {
        let world = World::memory(&[("/r/.git/config", config), ("/r/packages/a/package.json", "{}")], &[]);
        let cloned = Cloned::read(&world, Path::new("/r/packages/a"))?;
        assert_eq!(cloned.directory(Path::new("/r/packages/a")).as_deref(), Some("packages/a"));
        assert_eq!(cloned.directory(Path::new("/r")).as_deref(), Some(""));
        assert_eq!(cloned.directory(Path::new("/elsewhere")), None);
        Some(cloned.url)
    }

    #[test]
    fn the_only_remote_at_a_known_host_is_the_repository() {
        let remote =
            |url: &str| format!("[core]\n\tbare = false\n[remote \"origin\"]\n\turl = {url}\n\tfetch = +refs/*\n");
        for (url, expected) in [
            ("git@github.com:alice/otter.git", "git+https://github.com/alice/otter.git"),
            ("https://github.com/alice/otter", "git+https://github.com/alice/otter.git"),
            ("https://alice:secret@github.com/alice/otter.git", "git+https://github.com/alice/otter.git"),
            ("ssh://git@gitlab.com/a/b/c.git", "git+https://gitlab.com/a/b/c.git"),
        ] {
            assert_eq!(cloned(&remote(url)).as_deref(), Some(expected), "{url}");
        }
        for url in ["git@host.example:alice/otter.git", "../otter", "gh:alice/otter", ""] {
            assert_eq!(cloned(&remote(url)), None, "{url}");
        }
    }

    #[test]
    fn several_remotes_or_url_rewrites_leave_it_undecided() {
        let one = "[remote \"origin\"]\nurl = git@github.com:alice/otter.git\n";
        for more in [
            "[remote \"upstream\"]\nurl = git@github.com:bob/otter.git\n",
            "url = git@github.com:bob/otter.git\n",
            "[url \"https://host.example/\"]\ninsteadOf = git@github.com:\n",
            "[include]\npath = other\n",
        ] {
            assert_eq!(cloned(&format!("{one}{more}")), None, "{more}");
        }
        assert!(cloned(&format!("{one}[branch \"main\"]\nremote = origin\n")).is_some());
        assert_eq!(cloned(""), None);
    }
}
