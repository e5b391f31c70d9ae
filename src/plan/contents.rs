//! The files that would be in the package, and what rules need to know about them: what package.json names that is not among
//! them, how commands begin, which files hold credentials.

mod archive;
mod unlisted;

use std::collections::{BTreeMap, HashSet};
use std::io::{ErrorKind, Read as _};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::npm::glob::Steps;
use crate::npm::release::NpmRelease;
use crate::project::entries::{self, Command, Role, Target};
use crate::project::manifest::{Manifest, PackedEntry, PackedLink};
use crate::project::modules::reach::{ImportSite, Packed, Reached};
use crate::project::modules::{self, MAX_SOURCE};
use crate::project::npm_config::NpmConfig;
use crate::project::npm_config::workspaces::member_folders;
use crate::project::package_files::entry_status::Entries;
use crate::project::package_files::ignored::{self, DeadLine};
use crate::project::package_files::{self, EntryStatus, ListError, Package, Packer};
use crate::project::seen::secrets::{self, Secret};
use crate::project::seen::{MAX_SEEN, Seen};
use crate::project::world::{EntryKind, World, locked};
use crate::publisher::{Client, Manager};
use crate::text::json::{Type, Value};
use crate::text::source::{Source, Span};

/// How much of a package is searched.
const MAX_SEARCHED_IN_ALL: u64 = 512 * 1024 * 1024;
/// The largest package, unpacked, whose tarball is made to know its size, in bytes.
const MAX_PACKED: u64 = 256 * 1024 * 1024;
/// How much is packed in a run to find out whether tarballs are larger than something, in bytes: about two seconds.
pub const MAX_MEASURED: u64 = 64 * 1024 * 1024;
/// How many files are handed out to be read at a time.
const BATCH: usize = 4_096;
/// How many entries of the package's folder are looked at for texts that are not packed.
const MAX_BESIDE: usize = 10_000;
/// How many steps patterns may take for a package at least, however many were taken for others: some milliseconds.
const STEPS_OF_ONE: u64 = 500_000;
/// The file whose text is in memory already.
const MANIFEST: &str = "package.json";
/// How much of the text of commands is kept to be edited, in bytes.
const MAX_COMMANDS: u64 = 4 * 1024 * 1024;
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
    /// The texts of those that are JavaScript and do not begin with a `#!` line that ends as Unix ends it.
    pub unstarted: BTreeMap<String, Arc<Source>>,
    /// What happens to the entries of `files`, where that is not what they say: the entry, its place, and why.
    pub entries: Vec<(String, Span, EntryStatus)>,
    /// Symbolic links that would be packed if they were files.
    pub links: Vec<String>,
    /// Two paths with the same file behind them, of which npm packs the second one as a link; of a tarball the second one alone.
    pub hard_links: Vec<(Option<String>, String)>,
    /// A file that this user may not read.
    pub unreadable: Option<String>,
    /// Files with credentials, and what is in each.
    pub secrets: Vec<(String, Secret)>,
    /// Source maps.
    pub maps: Maps,
    /// What Node comes across from the entries on.
    pub reached: Reached,
    /// Of that, what is not packed.
    pub imports: Vec<MissingImport>,
    /// Lines of ignore files without an effect on what is packed.
    pub dead_lines: Vec<DeadLine>,
    /// Texts of licences in the root that are not packed.
    pub texts_left_out: Vec<String>,
    /// The size of the tarball in bytes, where one is published.
    pub archive_size: Option<u64>,
    /// The size in bytes that the tarball would have, as [`estimate_archive_size`](Self::estimate_archive_size) finds it.
    pub estimated_archive_size: Option<u64>,
    /// What the tarball takes at least, in bytes, once [`measure`](Self::measure) has found it out.
    measured: OnceLock<u64>,
    /// There is source code in the folder, and nothing of it is packed.
    pub leaves_code_out: bool,
    /// Not every file was searched for credentials.
    pub is_searched_in_part: bool,
}

/// What is found of source maps.
#[derive(Debug, Default)]
pub struct Maps {
    /// Maps with the text of their sources, and their sizes in bytes.
    pub with_text: Vec<(String, u64)>,
    /// Files, and the maps that they name and that are not packed.
    pub unpacked: Vec<(String, String)>,
    /// Maps without that text, and a source of each that is not packed, as the map writes it.
    pub without_sources: Vec<(String, String)>,
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
    /// It is there, and listed in `files` it would be packed, with all that it loads and nothing besides.
    pub is_unlisted: bool,
}

/// A path that a packed file loads, and at which nothing is packed.
#[derive(Clone, Debug)]
pub struct MissingImport {
    /// What loads it.
    pub site: ImportSite,
    /// From the package on.
    pub path: String,
    /// A file that would do if it were packed, and what it is.
    pub unpacked: Option<(String, EntryKind)>,
    /// A packed file whose path differs in case alone.
    pub other_case: Option<String>,
}

/// How much is done to know them.
#[derive(Clone, Copy)]
pub(super) struct Effort<'a> {
    /// Credentials and what is loaded are looked for, too.
    pub(super) looks_inside: bool,
    /// What comparing files with patterns may take for all packages of the run.
    pub(super) steps: &'a Steps,
}

/// Who packs the package.
fn packer(client: Option<&Client>, npm: &NpmRelease) -> Packer {
    match client.and_then(Client::other) {
        None | Some(Manager::Npm) => Packer::Npm(npm.clone()),
        // Yarn 1 chooses almost as npm does: its few differences are not emulated.
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
        config: &NpmConfig,
        selected: &[&Path],
        client: Option<&Client>,
        npm: &NpmRelease,
        effort: Effort<'_>,
    ) -> Result<Self, ListError> {
        let Effort { looks_inside, steps } = effort;
        let rewrites = rewrites(client);
        if manifest.is_packed {
            return Ok(Self::of_tarball(manifest));
        }
        steps.leave(STEPS_OF_ONE);
        let _lent = steps.lend();
        let members = member_folders(world, &manifest.folder, manifest).unwrap_or_default();
        let ignores = config.get("global-ignore-file").and_then(|entry| Some(PathBuf::from(entry.value.as_text()?)));
        let prefix = || Some(Path::new(config.get("prefix")?.value.as_text()?).join("etc/npmignore"));
        let ignores = ignores.or_else(prefix);
        let package = Package {
            world,
            manifest,
            prefix: &config.local_prefix,
            selected,
            global_ignore_file: ignores.as_deref(),
            members: &members,
            steps,
        };
        let packer = packer(client, npm);
        let listing = package_files::list(&packer, &package)?;
        let is_npm = matches!(packer, Packer::Npm(_));
        let mut contents = Self::default();
        let mut inodes: BTreeMap<(u64, u64), String> = BTreeMap::new();
        let mut has_stat = true;
        for path in listing.files {
            let at = manifest.folder.join(&path);
            let stat = match world.files.stat(&at) {
                Ok(stat) => Some(stat),
                // In a commit there is none.
                Err(error) if error.kind() == ErrorKind::Unsupported => None,
                Err(error) => return Err(ListError::unread(world, &at, error.kind())),
            };
            has_stat &= stat.is_some();
            if stat.is_some_and(|stat| !stat.is_public)
                && contents.unreadable.is_none()
                && world.files.readable(&at).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
            {
                contents.unreadable = Some(path.clone());
            }
            if let Some(inode) = stat.and_then(|stat| stat.shared).filter(|_| is_npm) {
                match inodes.get(&inode) {
                    Some(first) => contents.hard_links.push((Some(first.clone()), path.clone())),
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
        unlisted::mark(&mut contents, &packer, &package);
        let mut left = MAX_COMMANDS;
        for command in &contents.commands {
            if !contents.heads.contains_key(&command.path)
                && contents.has(&command.path)
                && let Ok(file) = world.files.open(&manifest.folder.join(&command.path), MAX_SEEN)
            {
                let mut head = Vec::new();
                // A file that cannot be read has no beginning to check.
                file.take(HEAD).read_to_end(&mut head).ok();
                let at = manifest.folder.join(&command.path);
                let is_meant = looks_inside && is_javascript(&command.path) && !is_started(&head);
                if let Some(text) = is_meant.then(|| world.files.read(&at, left).ok()).flatten() {
                    left -= text.len() as u64;
                    let source = Source::new(world.shown_path(&at), &text);
                    contents.unstarted.insert(command.path.clone(), Arc::new(source));
                }
                contents.heads.insert(command.path.clone(), head);
            }
        }
        if is_npm {
            contents.entries = contents.entry_statuses(world, manifest, steps)?;
        }
        if matches!(packer, Packer::Npm(_) | Packer::Pnpm) {
            contents.dead_lines = contents.dead_lines(world, manifest, steps)?;
        }
        let beside = world.files.entries(&manifest.folder, MAX_BESIDE).unwrap_or_default().into_iter();
        let texts = beside.filter(|entry| entry.kind == EntryKind::File && is_licence(&entry.name));
        contents.texts_left_out = texts.map(|entry| entry.name).filter(|name| !contents.has(name)).collect();
        // In a commit there is no stat, and reading is slow; nor is there what is built.
        if looks_inside {
            contents.search(world, manifest, has_stat);
        }
        if looks_inside && has_stat {
            let read = |path: &str| match path {
                MANIFEST => Some(manifest.source.text().as_bytes().to_vec()),
                path => world.files.read(&manifest.folder.join(path), MAX_SOURCE).ok(),
            };
            contents.reach(manifest, rewrites, Some(world), &read);
        }
        contents.leaves_code_out = contents.is_bare() && has_code(world, &manifest.folder);
        Ok(contents)
    }

    fn of_tarball(manifest: &Manifest) -> Self {
        let mut contents = Self {
            commands: entries::commands(manifest, false),
            archive_size: manifest.archive_size,
            ..Self::default()
        };
        let mut looked = Vec::new();
        let mut entries: BTreeMap<&str, &PackedEntry> = BTreeMap::new();
        for entry in &manifest.packed {
            entries.insert(&entry.path, entry);
        }
        for (path, entry) in entries {
            match entry.link {
                Some(PackedLink::Hard) => contents.hard_links.push((None, path.to_owned())),
                Some(PackedLink::Symbolic) => contents.links.push(path.to_owned()),
                None => {}
            }
            if entry.link.is_some() {
                continue;
            }
            if contents.commands.iter().any(|command| command.path == path) {
                contents.heads.insert(path.to_owned(), entry.head.clone());
            }
            match &entry.seen {
                Some(seen) => looked.push((path.to_owned(), entry.size, seen.as_ref().clone())),
                None => contents.is_searched_in_part |= path != MANIFEST,
            }
            let (size, is_executable) = (Some(entry.size), entry.is_executable);
            contents.files.push(PackedFile { path: path.to_owned(), size, is_executable });
        }
        contents.keep(looked);
        contents.look_for_targets(manifest, false, None);
        let texts: BTreeMap<&str, &[u8]> = manifest.packed.iter().filter_map(PackedEntry::text).collect();
        let own = manifest.source.text().as_bytes();
        let read = |path: &str| texts.get(path).copied().or((path == MANIFEST).then_some(own)).map(<[u8]>::to_vec);
        contents.reach(manifest, false, None, &read);
        contents
    }

    /// Whether a file is packed, by its exact path.
    pub fn has(&self, path: &str) -> bool {
        self.files.binary_search_by(|file| file.path.as_str().cmp(path)).is_ok()
    }

    /// The size of the files together in bytes, where it is known.
    pub fn unpacked_size(&self) -> Option<u64> {
        self.files.iter().map(|file| file.size).sum()
    }

    /// Works out the size that the tarball would have: by packing the files, as far as they are not too large to be read for that.
    pub fn estimate_archive_size(&mut self, world: &World, folder: &Path) {
        if self.archive_size.is_some() || self.unpacked_size().is_none_or(|size| size > MAX_PACKED) {
            return;
        }
        self.estimated_archive_size = archive::size(world, folder, &self.files);
    }

    /// What the tarball takes at least, in bytes, as far as that was found out.
    pub fn least_archive_size(&self) -> Option<u64> {
        self.archive_size.or_else(|| self.measured.get().copied())
    }

    /// Finds out what the tarball takes at least, if that can be more than the start of these sizes: by packing files until it is
    /// more than their end. `left`: how many bytes of files may be packed for that.
    pub fn measure(&self, world: &World, folder: &Path, sizes: &RangeInclusive<u64>, left: &mut u64) {
        let may_be_more = |size: u64| size > *sizes.start() && *left > *sizes.start();
        if self.archive_size.is_none() && self.unpacked_size().is_some_and(may_be_more) {
            self.measured.get_or_init(|| archive::least_size(world, folder, &self.files, *sizes.end(), left));
        }
    }

    /// The first packed file whose path begins with this.
    pub fn first_with(&self, start: &str) -> Option<&str> {
        let at = self.files.partition_point(|file| file.path.as_str() < start);
        self.files.get(at).map(|file| file.path.as_str()).filter(|path| path.starts_with(start))
    }

    /// Nothing is packed besides what says what the package is.
    pub fn is_bare(&self) -> bool {
        const EXPECTED: [&str; 9] =
            ["package.json", "readme", "license", "licence", "copying", "changelog", "changes", "history", "notice"];
        self.files.iter().all(|file| {
            let path = file.path.to_ascii_lowercase();
            !path.contains('/') && EXPECTED.iter().any(|named| path.starts_with(named))
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
            self.missing.push(Missing { target, unpacked, folder, other_case, is_unlisted: false });
        }
        self.missing.shrink_to_fit();
    }

    /// Follows what the entries load.
    fn reach(
        &mut self,
        manifest: &Manifest,
        rewrites: bool,
        world: Option<&World>,
        read: &dyn Fn(&str) -> Option<Vec<u8>>,
    ) {
        let targets = entries::targets(manifest, rewrites);
        let targets = targets.iter().filter(|target| matches!(target.role, Role::Export | Role::Main));
        let mut starts: Vec<String> =
            targets.filter_map(|target| entries::candidates(target).into_iter().find(|path| self.has(path))).collect();
        if ["main", "exports"].iter().all(|key| manifest.field(key).is_none_or(Value::is_null)) {
            starts.push("index.js".to_owned());
        }
        starts.extend(self.commands.iter().map(|command| command.path.clone()));
        starts.retain(|path| self.has(path));
        let packed = Packed {
            has: &|path| self.has(path),
            first_with: &|start| self.first_with(start).map(str::to_owned),
            read,
        };
        let reached = modules::reach::reach(&packed, starts);
        for (site, path) in &reached.missing {
            let ends =
                if site.is_require { &["", ".js", ".json", ".node", "/index.js", "/index.json"][..] } else { &[""] };
            let on_disk = |path: String| {
                let kind = world?.files.kind(&manifest.folder.join(&path)).ok()?;
                (kind != EntryKind::Folder).then_some((path, kind))
            };
            let unpacked = ends.iter().map(|end| format!("{path}{end}")).find_map(on_disk);
            let lower = path.to_ascii_lowercase();
            let is_other_case = |file: &&PackedFile| {
                let other = file.path.to_ascii_lowercase();
                other.strip_prefix(&lower).is_some_and(|end| ends.contains(&end))
            };
            let other_case = self.files.iter().find(is_other_case).map(|file| file.path.clone());
            self.imports.push(MissingImport { site: site.clone(), path: path.clone(), unpacked, other_case });
        }
        self.reached = reached;
    }

    /// Entries of `files` of which nothing is packed.
    fn entry_statuses(
        &self,
        world: &World,
        manifest: &Manifest,
        steps: &Steps,
    ) -> Result<Vec<(String, Span, EntryStatus)>, ListError> {
        let mut entry_statuses = Vec::new();
        let packed: Vec<&str> = self.files.iter().map(|file| file.path.as_str()).collect();
        let files = manifest.field("files").filter(|files| files.type_of() == Type::Array);
        let entries = Entries::new(world, &manifest.folder, &packed, steps);
        for entry in files.into_iter().flat_map(Value::elements) {
            let Some(text) = entry.as_str() else { continue };
            let entry_status = entries.status(text)?;
            if entry_status != EntryStatus::Fine {
                entry_statuses.push((text.to_owned(), entry.span(), entry_status));
            }
        }
        Ok(entry_statuses)
    }

    /// Keeps what was seen in the files: their paths, sizes, and what is in them.
    fn keep(&mut self, looked: Vec<(String, u64, Seen)>) {
        for (path, size, seen) in looked {
            if let Some(map) = seen.names_map.and_then(|map| entries::beside(&path, &map)).filter(|map| !self.has(map))
            {
                self.maps.unpacked.push((path.clone(), map));
            }
            match seen.map {
                Some(map) if map.has_text => self.maps.with_text.push((path.clone(), size)),
                Some(map) => {
                    let source = map
                        .sources
                        .into_iter()
                        .find(|source| entries::beside(&path, source).is_none_or(|source| !self.has(&source)));
                    self.maps.without_sources.extend(source.map(|source| (path.clone(), source)));
                }
                None => {}
            }
            self.secrets.extend(seen.secrets.into_iter().map(|secret| (path.clone(), secret)));
        }
    }

    /// Lines of the root's ignore file without an effect. What is packed whatever it says is left aside.
    fn dead_lines(&self, world: &World, manifest: &Manifest, steps: &Steps) -> Result<Vec<DeadLine>, ListError> {
        let files = manifest.field("files").filter(|files| files.is_truthy());
        let plain = |path: &str| path.trim_start_matches("./").trim_start_matches('/').to_owned();
        let mut forced: HashSet<String> = self.commands.iter().map(|command| command.path.clone()).collect();
        forced.extend(["main", "browser"].iter().filter_map(|key| manifest.field(key)?.as_str()).map(plain));
        forced.extend(files.into_iter().flat_map(Value::elements).filter_map(Value::as_str).map(plain));
        let is_forced = |path: &str| {
            let lower = path.to_ascii_lowercase();
            let is_expected = || {
                ["package.json", "readme", "license", "licence", "copying"].iter().any(|name| lower.starts_with(name))
            };
            !path.contains('/') && is_expected() || path.starts_with("node_modules/") || forced.contains(path)
        };
        let packed: Vec<&str> = self.files.iter().map(|file| file.path.as_str()).collect();
        ignored::dead_lines(world, &manifest.folder, files.is_some(), &packed, &is_forced, steps)
    }

    /// Looks for credentials. Where reading a file is slow, as in a commit, only in those whose names stand for them.
    fn search(&mut self, world: &World, manifest: &Manifest, is_fast: bool) {
        let mut left = MAX_SEARCHED_IN_ALL;
        let looked = Mutex::new(Vec::new());
        let look = |at: usize, bytes: &[u8]| {
            let seen = Seen::of(&self.files[at].path, bytes);
            if !seen.is_empty() {
                locked(&looked).push((at, seen));
            }
        };
        let mut searched = Vec::new();
        for (at, file) in self.files.iter().enumerate() {
            let name = file.path.rsplit('/').next().unwrap_or(&file.path);
            let may_hold_secrets =
                || secrets::private_name(&file.path).is_some() || matches!(name, ".npmrc" | ".yarnrc.yml");
            if !is_fast && !may_hold_secrets() {
                continue;
            }
            let size = file.size.unwrap_or_default();
            if size > MAX_SEEN || size > left {
                self.is_searched_in_part = true;
                continue;
            }
            left -= size;
            if file.path == MANIFEST {
                look(at, manifest.source.text().as_bytes());
            } else {
                searched.push(at);
            }
        }
        for batch in searched.chunks(BATCH) {
            let paths: Vec<PathBuf> = batch.iter().map(|at| manifest.folder.join(&self.files[*at].path)).collect();
            world.files.read_each(&paths, MAX_SEEN, &|number, bytes| look(batch[number], bytes));
        }
        let mut looked = looked.into_inner().unwrap_or_else(PoisonError::into_inner);
        looked.sort_unstable_by_key(|(at, _)| *at);
        let with_file = |(at, seen)| {
            let file: &PackedFile = &self.files[at];
            (file.path.clone(), file.size.unwrap_or_default(), seen)
        };
        let looked = looked.into_iter().map(with_file).collect();
        self.keep(looked);
    }
}

impl Missing {
    /// The file that `files` alone leaves out.
    pub fn unlisted(&self) -> Option<&str> {
        self.unpacked.as_ref().filter(|_| self.is_unlisted).map(|(path, _)| path.as_str())
    }
}

fn is_javascript(path: &str) -> bool {
    [".js", ".mjs", ".cjs"].iter().any(|end| path.ends_with(end))
}

/// Whether a text begins with a `#!` line, and that with no carriage return at its end.
fn is_started(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.starts_with(b"#!") && !line.ends_with(b"\r")
}

/// Whether a file in the root of a package is the text of a licence, by its name.
pub fn is_licence(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    !path.contains('/') && ["license", "licence", "copying", "unlicense"].iter().any(|name| lower.starts_with(name))
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
