//! Packages that `bundleDependencies` puts into the tarball and that `overrides` gave another version, on which npm 12 fails
//! (npm 12.2.2, libnpmpack lib/index.js). It asks `@npmcli/arborist` 10 for `node.inBundle` and `node.overridden` of what lies
//! in `node_modules` (lib/node.js, lib/edge.js, lib/override-set.js); here as much of that is worked out as one override for a
//! name needs, and what needs more is unclear.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};

use crate::project::manifest::Manifest;
use crate::project::world::World;
use crate::text::json::{Type, Value};
use crate::text::source::Span;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OverriddenBundle {
    /// None, as far as `node_modules` shows.
    #[default]
    None,
    /// npm fails on these.
    Some(Vec<Overridden>),
    /// Whether npm stops is not worked out.
    Unclear {
        /// Why: a sentence without a full stop.
        why: String,
    },
}

/// A bundled package whose version an override decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overridden {
    /// Its name.
    pub name: String,
    /// The version that lies in `node_modules`, and that the override names.
    pub version: String,
    /// The override's value in package.json.
    pub span: Span,
}

/// How much is read: beyond it nothing is known.
const MOST_PACKAGES: usize = 5_000;
const MOST_BYTES: usize = 64_000_000;
const MOST_LOOKUPS: usize = 200_000;
/// How many packages are looked at that an override may have decided.
const MAX_CHECKED: usize = 100;

/// Code of a project with which npm 12 changes the package.json of what it installs (lib/npm-extension.js).
const EXTENSIONS: [&str; 2] = [".npm-extension.mjs", ".npm-extension.cjs"];

/// What an entry of `overrides` says of packages of one name.
struct Override {
    /// The version; npm takes an override for applied where the package has exactly this.
    version: String,
    span: Span,
    /// It holds for every dependency of that name.
    is_plain: bool,
}

/// A package in `node_modules`, or the root.
#[derive(Default)]
struct Package {
    name: String,
    version: String,
    folder: PathBuf,
    /// In whose `node_modules` it lies: a position in the tree, like all of these.
    parent: Option<usize>,
    dependents: Vec<usize>,
    depends_on: Vec<usize>,
    is_bundled: bool,
    /// A link, behind which nothing is looked at.
    is_link: bool,
}

impl OverriddenBundle {
    /// Looks into the `node_modules` of the package's own folder.
    pub fn read(world: &World, manifest: &Manifest) -> Self {
        let overrides = overrides(manifest);
        let bundled = bundled(manifest);
        let is_exact = |entry: &Override| crate::npm::version::Version::valid(&entry.version, false).is_some();
        if bundled.is_empty() || !overrides.values().flatten().any(is_exact) {
            return Self::None;
        }
        let unclear = |why: &str| Self::Unclear { why: why.to_owned() };
        if EXTENSIONS.iter().any(|file| world.files.is_file(&manifest.folder.join(file))) {
            return unclear("an npm extension of the project may change the dependencies of bundled packages");
        }
        let Some(mut tree) = Tree::read(world, manifest) else {
            return unclear("node_modules is too large to be read completely");
        };
        tree.mark_bundled(&bundled);
        tree.check(&overrides)
    }
}

/// The entries of `overrides` by the name they are for, nested ones included.
fn overrides(manifest: &Manifest) -> HashMap<String, Vec<Override>> {
    let mut found: HashMap<String, Vec<Override>> = HashMap::new();
    let mut open = vec![(manifest.field("overrides"), true)];
    while let Some((object, is_outermost)) = open.pop() {
        for member in object.into_iter().flat_map(Value::members).filter(|member| member.key != ".") {
            let first = member.key.chars().next().map_or(0, char::len_utf8);
            let at = member.key[first..].find('@').map_or(member.key.len(), |at| at + first);
            let (name, spec) = (&member.key[..at], member.key[at..].trim_start_matches('@'));
            let own = member.value.get(".").unwrap_or(member.value);
            let (version, span) = own.as_str().map_or((spec, member.value.span()), |text| (text, own.span()));
            found.entry(name.to_owned()).or_default().push(Override {
                version: if version.is_empty() { "*" } else { version }.to_owned(),
                span,
                is_plain: is_outermost && matches!(spec, "" | "*"),
            });
            open.push((Some(member.value), false));
        }
    }
    found
}

/// The names in `bundleDependencies` (`@npmcli/package-json` 8, lib/normalize.js).
fn bundled(manifest: &Manifest) -> HashSet<String> {
    let keys = |object: Option<Value<'_>>| -> HashSet<String> {
        object.into_iter().flat_map(Value::members).map(|member| member.key.to_owned()).collect()
    };
    let Some(list) = manifest.field("bundleDependencies").or_else(|| manifest.field("bundledDependencies")) else {
        return HashSet::new();
    };
    match list.type_of() {
        Type::Array => list.elements().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
        Type::Object => keys(Some(list)),
        Type::Boolean if list.is_truthy() => keys(manifest.field("dependencies")),
        _ => HashSet::new(),
    }
}

/// What the root needs, as it lies in `node_modules`; the root comes first.
struct Tree<'a> {
    world: &'a World,
    /// The root's folder with its links resolved.
    real_root: Option<PathBuf>,
    packages: Vec<Package>,
    by_folder: HashMap<PathBuf, usize>,
    bytes: usize,
    lookups: usize,
}

impl<'a> Tree<'a> {
    /// Reads it; `None`: it is too large.
    fn read(world: &'a World, root: &Manifest) -> Option<Self> {
        let mut tree = Self {
            world,
            real_root: world.files.real_path(&root.folder).ok(),
            packages: vec![Package { folder: root.folder.clone(), ..Package::default() }],
            by_folder: HashMap::new(),
            bytes: 0,
            lookups: 0,
        };
        let mut open = VecDeque::from([(0, dependency_names(root, true))]);
        while let Some((at, dependency_names)) = open.pop_front() {
            for name in dependency_names {
                if tree.packages.len() > MOST_PACKAGES || tree.bytes > MOST_BYTES || tree.lookups > MOST_LOOKUPS {
                    return None;
                }
                let Some((target, manifest)) = tree.resolve(at, &name) else { continue };
                open.extend(manifest.map(|manifest| (target, self::dependency_names(&manifest, false))));
                tree.packages[target].dependents.push(at);
                tree.packages[at].depends_on.push(target);
            }
        }
        Some(tree)
    }

    /// The package that another one gets under a name, and its package.json when it is met for the first time.
    fn resolve(&mut self, from: usize, name: &str) -> Option<(usize, Option<Manifest>)> {
        let mut place = Some(from);
        while let Some(parent) = place {
            self.lookups += 1;
            let folder = self.packages[parent].folder.join("node_modules").join(name);
            if let Some(known) = self.by_folder.get(&folder) {
                return Some((*known, None));
            }
            if self.world.files.is_dir(&folder) {
                return Some(self.add(parent, name, folder));
            }
            place = self.packages[parent].parent;
        }
        None
    }

    fn add(&mut self, parent: usize, name: &str, folder: PathBuf) -> (usize, Option<Manifest>) {
        let is_link = !self.is_in_place(&folder);
        let manifest = Manifest::read(self.world, &folder);
        self.bytes += manifest.source.text().len();
        let version = manifest.field("version").and_then(Value::as_str).unwrap_or_default().to_owned();
        let at = self.packages.len();
        self.by_folder.insert(folder.clone(), at);
        self.packages.push(Package {
            name: name.to_owned(),
            version,
            folder,
            parent: Some(parent),
            is_link,
            ..Package::default()
        });
        (at, Some(manifest).filter(|_| !is_link))
    }

    /// No link leads away from below the root.
    fn is_in_place(&self, folder: &Path) -> bool {
        let inside = folder.strip_prefix(&self.packages[0].folder).ok();
        let place = self.real_root.as_ref().zip(inside).map(|(root, inside)| root.join(inside));
        place.is_some() && place == self.world.files.real_path(folder).ok()
    }

    /// `Node.getBundler`: what the root names, what lies below that, and what that gets from the root's `node_modules`.
    fn mark_bundled(&mut self, list: &HashSet<String>) {
        let is_listed = |package: &Package| package.parent == Some(0) && list.contains(&package.name);
        let mut inside: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, package) in self.packages.iter().enumerate() {
            inside.entry(package.parent.unwrap_or(usize::MAX)).or_default().push(at);
        }
        let mut open: Vec<usize> = (1..self.packages.len()).filter(|at| is_listed(&self.packages[*at])).collect();
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut self.packages[at].is_bundled, true) {
                continue;
            }
            open.extend(inside.get(&at).into_iter().flatten());
            let shared = self.packages[at].depends_on.iter().filter(|wanted| self.packages[**wanted].parent == Some(0));
            open.extend(shared);
        }
    }

    /// `Node.overridden` of what is bundled.
    fn check(&self, overrides: &HashMap<String, Vec<Override>>) -> OverriddenBundle {
        let mut found: Vec<Overridden> = Vec::new();
        let has_links = self.packages.iter().any(|package| package.is_link);
        let bundled = || self.packages.iter().filter(|package| package.is_bundled);
        let link = bundled().find(|package| package.is_link);
        let mut unclear = link.map(|link| format!("the bundled package `{}` is a link in node_modules", link.name));
        let decided = bundled().filter_map(|package| {
            let of_name = overrides.get(&package.name)?;
            let entry = of_name.iter().find(|entry| entry.version == package.version)?;
            Some((package, of_name, entry))
        });
        for (package, of_name, entry) in decided.take(MAX_CHECKED) {
            let is_simple = of_name.len() == 1 && entry.is_plain && !has_links;
            let name = package.name.clone();
            if !is_simple || !self.is_needed_without(package) {
                unclear = Some(format!(
                    "`{name}` {} is bundled, and `overrides` may have chosen that version",
                    entry.version
                ));
            } else if found.iter().all(|known| known.name != name) {
                found.push(Overridden { name, version: entry.version.clone(), span: entry.span });
            }
        }
        found.sort_by(|left, right| left.name.cmp(&right.name));
        match unclear {
            _ if !found.is_empty() => OverriddenBundle::Some(found),
            Some(why) => OverriddenBundle::Unclear { why },
            None => OverriddenBundle::None,
        }
    }

    /// Whether something wants it that is not itself there for the sake of a package of that name: npm compares the overrides
    /// that hold for a dependency with those that hold for the package that has it, and they are the same below a package of
    /// that name.
    fn is_needed_without(&self, package: &Package) -> bool {
        let mut below = HashSet::new();
        let of_name = self.packages.iter().filter(|other| other.name == package.name);
        let mut open: Vec<usize> = of_name.flat_map(|other| other.depends_on.iter().copied()).collect();
        while let Some(at) = open.pop() {
            if below.insert(at) {
                open.extend(&self.packages[at].depends_on);
            }
        }
        package.dependents.iter().any(|at| !below.contains(at))
    }
}

/// The names of what a package wants installed beside it (lib/node.js `_loadDeps`).
fn dependency_names(manifest: &Manifest, is_root: bool) -> Vec<String> {
    let fields = ["dependencies", "optionalDependencies", "peerDependencies", "devDependencies"];
    let fields = fields.into_iter().filter(|field| is_root || *field != "devDependencies");
    let members = fields.filter_map(|field| manifest.field(field)).flat_map(Value::members);
    let mut seen = HashSet::new();
    members.map(|member| member.key).filter(|name| is_folder(name) && seen.insert(*name)).map(str::to_owned).collect()
}

/// A name under which `node_modules` may hold a package: `x` or `@scope/x`.
fn is_folder(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['/', '\\', '\0']);
    match name.split_once('/') {
        Some((scope, rest)) => scope.len() > 1 && scope.starts_with('@') && is_part(scope) && is_part(rest),
        None => is_part(name),
    }
}
