//! Yarn's lockfile: Yarn publishes only a workspace that it lists, unless an install left its state behind (Yarn 4.18.1,
//! `yarnpkg-core/sources/Project.ts` `restoreInstallState`, `RunInstallPleaseResolver.ts`).

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::{Client, Configuration, Manager};
use crate::facts::{Known, Reason, Unknown};
use crate::project::manifest::Manifest;
use crate::project::world::{World, limit};
use crate::project::yarn_files::{INSTALL_STATE, LOCKFILE};
use crate::text::json::Value;

/// The lockfile of a project that Yarn publishes, where only it shows what Yarn knows about the project.
#[derive(Clone, Debug)]
pub struct YarnLock {
    /// The folder of the project.
    root: PathBuf,
    /// As shown.
    path: String,
    /// Nothing was installed yet: it is empty, or not there.
    is_empty: bool,
    /// It is not there.
    is_missing: bool,
    /// `name@workspace:folder` of every workspace; `None`: it cannot be read.
    workspaces: Option<HashSet<String>>,
}

/// A workspace that the lockfile does not list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlisted {
    /// As Yarn calls it: `name@workspace:folder`.
    pub workspace: String,
    /// The lockfile, as shown.
    pub path: String,
    /// It lists nothing at all: whoever publishes has to install first.
    pub is_empty: bool,
    /// There is no such file.
    pub is_missing: bool,
}

impl YarnLock {
    /// The one of the project around a folder; `None`: it decides nothing.
    pub(super) fn read(
        world: &World,
        client: &Client,
        settings: Option<&Configuration>,
        folder: &Path,
    ) -> Option<Self> {
        if client.other() != Some(Manager::Yarn) || client.is_before(4) {
            return None;
        }
        let has = |name: &str| {
            folder.ancestors().filter(|folder| world.files.is_file(&folder.join(name))).collect::<Vec<_>>()
        };
        let (locked, packages) = (has(LOCKFILE), has("package.json"));
        let root = locked.first().or(packages.last())?.to_path_buf();
        // The state of an install may be somewhere else.
        let is_elsewhere = settings
            .is_some_and(|settings| settings.unread.is_some() || settings.config.get("installStatePath").is_some());
        if is_elsewhere || world.files.is_file(&root.join(INSTALL_STATE)) {
            return None;
        }
        let file = root.join(LOCKFILE);
        let bytes = if locked.is_empty() { Some(Vec::new()) } else { world.files.read(&file, limit::DOCUMENT).ok() };
        let text = bytes.as_deref().map(String::from_utf8_lossy);
        // It may be Yarn 1 that publishes.
        if client.version.is_none() && text.as_ref().is_some_and(|text| text.contains("# yarn lockfile v1")) {
            return None;
        }
        Some(Self {
            path: world.shown_path(&file),
            is_missing: locked.is_empty(),
            is_empty: text.as_ref().is_some_and(|text| text.trim().is_empty()),
            workspaces: text.map(|text| text.lines().flat_map(workspaces).map(str::to_owned).collect()),
            root,
        })
    }

    /// Whether it does not list the workspace with that package.json; `None`: it does, or that is no workspace of its.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn lacks(&self, manifest: &Manifest) -> Known<Option<Unlisted>> {
        let name = manifest.field("name").and_then(Value::as_str).filter(|name| !name.is_empty());
        let folder = manifest.folder.strip_prefix(&self.root).ok();
        let Some((name, folder)) = name.zip(folder.map(|folder| folder.to_string_lossy().replace('\\', "/"))) else {
            return Ok(None);
        };
        let workspace = format!("{name}@workspace:{}", if folder.is_empty() { "." } else { &folder });
        let Some(workspaces) = &self.workspaces else {
            let detail = format!("`{}` cannot be read, and Yarn publishes only what it lists", self.path);
            return Err(Unknown::new(Reason::Unsupported, detail));
        };
        let is_listed = workspaces.contains(&workspace);
        Ok((!is_listed).then(|| Unlisted {
            workspace,
            path: self.path.clone(),
            is_empty: self.is_empty,
            is_missing: self.is_missing,
        }))
    }
}

/// The workspaces in a line: a key such as `"a@workspace:^, a@workspace:packages/a":`, or what it is resolved to.
fn workspaces(line: &str) -> impl Iterator<Item = &str> {
    let line = line.trim();
    let line = line.strip_prefix("resolution:").unwrap_or(line).trim().trim_end_matches(':').trim_matches('"');
    line.split(", ").filter(|locator| locator.contains("@workspace:"))
}
