//! The files that would be in the package, and what rules want to know of them: what package.json names that is not among
//! them, how commands begin, which files hold credentials.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use crate::npm::release::NpmRelease;
use crate::project::entries::{self, Command, Role, Target};
use crate::project::manifest::Manifest;
use crate::project::npm_config::workspaces::workspaces;
use crate::project::package_files::secrets::{self, Secret};
use crate::project::package_files::{self, Fate, ListError, Package, Packer};
use crate::project::world::{EntryKind, World};
use crate::publisher::{Client, Manager};
use crate::text::json::{Type, Value};
use crate::text::source::Span;

/// The largest file that is searched for credentials, in bytes.
const MAX_SEARCHED: u64 = 16 * 1024 * 1024;
/// How much of a package is searched.
const MAX_SEARCHED_IN_ALL: u64 = 512 * 1024 * 1024;
/// How much of the start of a command is read.
const HEAD: u64 = 512;

/// What is packed.
#[derive(Debug, Default)]
pub struct Contents {
    /// The files, sorted by their paths.
    pub files: Vec<PackedFile>,
    /// Files that package.json names and that are not packed, by the path there.
    pub missing: Vec<Missing>,
    /// The commands.
    pub commands: Vec<Command>,
    /// How the packed files of commands begin.
    pub heads: BTreeMap<String, Vec<u8>>,
    /// What becomes of the entries of `files`, where that is not what they say: the entry, its place, and why.
    pub entries: Vec<(String, Span, Fate)>,
    /// Symbolic links that npm leaves out.
    pub links: Vec<String>,
    /// Two paths with the same file behind them, of which npm packs the second one as a link.
    pub hard_links: Vec<(String, String)>,
    /// Files with credentials, and what is in each.
    pub secrets: Vec<(String, Secret)>,
    /// There is source code in the folder, and nothing of it is packed.
    pub leaves_code_out: bool,
    /// Not every file was searched for credentials.
    pub is_searched_in_part: bool,
}

/// A file in the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedFile {
    /// Its path from the package on, with `/`.
    pub path: String,
    /// In bytes; `None`: not known.
    pub size: Option<u64>,
    /// Somebody may run it.
    pub is_executable: bool,
}

/// A file that package.json names and that is not packed.
#[derive(Clone, Debug)]
pub struct Missing {
    /// What names it.
    pub target: Target,
    /// What is there instead: a path that would do if it were packed, and what it is.
    pub unpacked: Option<(String, EntryKind)>,
    /// The outermost folder on its path that does not exist.
    pub folder: Option<String>,
    /// A packed file whose path differs in case alone.
    pub other_case: Option<String>,
}

/// Who packs the package.
fn packer(client: Option<&Client>, npm: &NpmRelease) -> Packer {
    match client.and_then(Client::other) {
        None | Some(Manager::Npm) => Packer::Npm(npm.clone()),
        // Yarn 1 chooses almost as npm does: its few differences are not imitated.
        Some(Manager::Yarn) if client.is_some_and(|client| client.is_before(2)) => Packer::Npm(npm.clone()),
        Some(Manager::Pnpm) => Packer::Pnpm,
        Some(Manager::Yarn) => Packer::Yarn,
        Some(Manager::Bun) => Packer::Bun,
    }
}

impl Contents {
    /// Those of a folder, or of a tarball.
    ///
    /// # Errors
    /// When the package manager stops, or it is not known what it packs.
    pub(super) fn read(
        world: &World,
        manifest: &Manifest,
        prefix: &Path,
        selected: &[&Path],
        client: Option<&Client>,
        npm: &NpmRelease,
    ) -> Result<Self, ListError> {
        let rewrites = rewrites(client);
        if manifest.is_packed {
            return Ok(Self::of_tarball(manifest));
        }
        let members = manifest.field("workspaces").and_then(|_| workspaces(world, &manifest.folder, manifest).ok());
        let members: Vec<_> = members.into_iter().flatten().map(|member| member.folder).collect();
        let package = Package { world, manifest, prefix, selected, members: &members };
        let packer = packer(client, npm);
        let listing = package_files::list(&packer, &package)?;
        let is_npm = matches!(packer, Packer::Npm(_));
        let mut contents = Self::default();
        let mut inodes: BTreeMap<(u64, u64), String> = BTreeMap::new();
        let mut has_stat = true;
        for path in listing.files {
            let stat = world.files.stat(&manifest.folder.join(&path)).ok();
            has_stat &= stat.is_some();
            if let Some(inode) = stat.and_then(|stat| stat.shared).filter(|_| is_npm) {
                match inodes.get(&inode) {
                    Some(first) => contents.hard_links.push((first.clone(), path.clone())),
                    None => drop(inodes.insert(inode, path.clone())),
                }
            }
            contents.files.push(PackedFile {
                size: stat.map(|stat| stat.size),
                // npm gives commands the right, and finds them in the package's own folder alone (pacote,
                // lib/util/is-package-bin.js).
                is_executable: stat.is_some_and(|stat| stat.is_executable)
                    || !path.contains('/') && listing.bin.contains(&path),
                path,
            });
        }
        contents.links = listing.links;
        contents.commands = entries::commands(manifest, rewrites);
        contents.look_for_targets(manifest, rewrites, Some(world));
        for command in &contents.commands {
            if contents.has(&command.path)
                && let Ok(file) = world.files.open(&manifest.folder.join(&command.path), MAX_SEARCHED)
            {
                let mut head = Vec::new();
                // A file that cannot be read has no beginning to judge.
                file.take(HEAD).read_to_end(&mut head).ok();
                contents.heads.insert(command.path.clone(), head);
            }
        }
        if is_npm {
            contents.entries = contents.fates(world, manifest)?;
        }
        contents.search(world, &manifest.folder, has_stat);
        contents.leaves_code_out = contents.is_bare() && has_code(world, &manifest.folder);
        Ok(contents)
    }

    fn of_tarball(manifest: &Manifest) -> Self {
        let mut contents = Self { commands: entries::commands(manifest, false), ..Self::default() };
        let mut entries: BTreeMap<&str, &crate::project::manifest::PackedEntry> = BTreeMap::new();
        for entry in &manifest.packed {
            entries.insert(&entry.path, entry);
        }
        for (path, entry) in entries {
            if entry.is_link {
                contents.hard_links.push((String::new(), path.to_owned()));
                continue;
            }
            if contents.commands.iter().any(|command| command.path == path) {
                contents.heads.insert(path.to_owned(), entry.head.clone());
            }
            let (size, is_executable) = (Some(entry.size), entry.is_executable);
            contents.files.push(PackedFile { path: path.to_owned(), size, is_executable });
        }
        contents.look_for_targets(manifest, false, None);
        contents
    }

    /// Whether a file is packed, by its exact path.
    pub fn has(&self, path: &str) -> bool {
        self.files.binary_search_by(|file| file.path.as_str().cmp(path)).is_ok()
    }

    /// Nothing is packed besides what says what the package is.
    pub fn is_bare(&self) -> bool {
        const TOLD: [&str; 9] =
            ["package.json", "readme", "license", "licence", "copying", "changelog", "changes", "history", "notice"];
        self.files.iter().all(|file| {
            let path = file.path.to_ascii_lowercase();
            !path.contains('/') && TOLD.iter().any(|told| path.starts_with(told))
        })
    }

    fn look_for_targets(&mut self, manifest: &Manifest, rewrites: bool, world: Option<&World>) {
        for target in entries::targets(manifest, rewrites) {
            let mut candidates = entries::candidates(&target);
            if target.role == Role::Types {
                // TypeScript looks beside `main`, too.
                let main = manifest.field("main").and_then(Value::as_str).map(|main| main.trim_start_matches("./"));
                let bare = main.and_then(|main| main.strip_suffix(".js"));
                candidates.extend(bare.map(|bare| format!("{bare}.d.ts")));
            }
            if candidates.iter().any(|path| self.has(path)) {
                continue;
            }
            let on_disk = |path: &String| {
                let kind = world?.files.kind(&manifest.folder.join(path)).ok()?;
                (kind != EntryKind::Folder).then(|| (path.clone(), kind))
            };
            let own = if target.role == Role::Types { &candidates[..1] } else { &candidates[..] };
            let unpacked = own.iter().find_map(on_disk);
            let ends = target.path.match_indices('/').map(|(end, _)| &target.path[..end]);
            let is_absent =
                |folder: &&str| world.is_some_and(|world| !world.files.is_dir(&manifest.folder.join(folder)));
            let folder = ends.filter(|_| unpacked.is_none()).find(is_absent).map(str::to_owned);
            let lower = target.path.to_ascii_lowercase();
            let other_case = self.files.iter().find(|file| file.path.to_ascii_lowercase() == lower);
            let other_case = other_case.map(|file| file.path.clone());
            self.missing.push(Missing { target, unpacked, folder, other_case });
        }
    }

    /// Entries of `files` of which nothing is packed.
    fn fates(&self, world: &World, manifest: &Manifest) -> Result<Vec<(String, Span, Fate)>, ListError> {
        let mut fates = Vec::new();
        let packed: Vec<&str> = self.files.iter().map(|file| file.path.as_str()).collect();
        let files = manifest.field("files").filter(|files| files.type_of() == Type::Array);
        for entry in files.into_iter().flat_map(Value::elements) {
            let Some(text) = entry.as_str() else { continue };
            let fate = package_files::fate(world, &manifest.folder, text, &packed)?;
            if fate != Fate::Fine {
                fates.push((text.to_owned(), entry.span(), fate));
            }
        }
        Ok(fates)
    }

    /// Looks for credentials. Where reading a file is slow, as in a commit, only in those whose names stand for them.
    fn search(&mut self, world: &World, folder: &Path, is_fast: bool) {
        let mut left = MAX_SEARCHED_IN_ALL;
        for file in &self.files {
            let name = file.path.rsplit('/').next().unwrap_or(&file.path);
            let is_meant = secrets::private_name(&file.path).is_some() || matches!(name, ".npmrc" | ".yarnrc.yml");
            if !is_fast && !is_meant {
                continue;
            }
            let size = file.size.unwrap_or_default();
            if size > MAX_SEARCHED || size > left {
                self.is_searched_in_part = true;
                continue;
            }
            left -= size;
            let Ok(bytes) = world.files.read(&folder.join(&file.path), MAX_SEARCHED) else { continue };
            if memchr::memchr(0, &bytes[..bytes.len().min(8192)]).is_none() {
                let found = secrets::find(&file.path, &bytes).into_iter();
                self.secrets.extend(found.map(|secret| (file.path.clone(), secret)));
            }
        }
    }
}

/// pnpm and Yarn since 2 put fields of publishConfig in the place of the package's own.
pub(super) fn rewrites(client: Option<&Client>) -> bool {
    client.is_some_and(|client| match client.other() {
        Some(Manager::Pnpm) => true,
        Some(Manager::Yarn) => !client.is_before(2),
        Some(Manager::Npm | Manager::Bun) | None => false,
    })
}

/// Whether there is source code in a folder, or one below it.
fn has_code(world: &World, folder: &Path) -> bool {
    const CODE: [&str; 9] = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx", ".css"];
    let is_code = |name: &str| CODE.iter().any(|end| name.ends_with(end)) && !name.contains(".config.");
    let mut left = 2_000_usize;
    let mut waiting = vec![(folder.to_path_buf(), 0)];
    while let Some((path, depth)) = waiting.pop() {
        let Ok(entries) = world.files.entries(&path, left) else { continue };
        left = left.saturating_sub(entries.len());
        for entry in entries.iter().filter(|entry| !entry.name.starts_with('.') && entry.name != "node_modules") {
            match entry.kind {
                EntryKind::File if is_code(&entry.name) => return true,
                EntryKind::Folder if depth < 4 => waiting.push((path.join(&entry.name), depth + 1)),
                _ => {}
            }
        }
    }
    false
}
