//! Loading npm's configuration: `@npmcli/config` as shipped with npm 11.19.1 (lib/index.js `load`). Where npm stops,
//! loading goes on, and the first reason is kept.

use std::collections::{BTreeMap, HashMap};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::Parsed;
use super::definitions::{defaults, exclusive, is_known};
use super::expand::{Found, expand, lookup, reference};
use super::locate::{LocalPrefix, global_prefix, local_prefix, npm_root};
use super::parse_field::{Machine, parse_field, unwrap_secret, wrap_secret};
use super::validate::{Cleaned, clean};
use super::{ConfigFile, Entry, Layer, Line, LoadError, NpmConfig, Origin, UnsetVariable, Value, npmrc, redact};
use crate::npm::release::NpmRelease;
use crate::project::world::{World, limit};
use crate::text::redact::{Secret, is_secret};
use crate::text::source::{Place, Source, Span};

/// No certificate makes a longer line, in bytes.
const LONGEST_LINE: usize = 64_000;

impl NpmConfig {
    /// Reads npm's configuration for the working directory and these arguments.
    pub fn load(world: &World, args: &Parsed) -> Self {
        let mut loader = Loader::new(world, &args.npm);
        loader.run(args);
        let mut config = loader.config;
        config.finish(&loader.machine);
        config.drop_exported(world);
        config
    }

    /// npm's `config.get` while it still loads: the strongest layer's value.
    fn raw(&self, key: &str) -> Option<&Entry> {
        self.layers.values().rev().find_map(|layer| layer.get(key))
    }

    pub(super) fn fail(&mut self, error: LoadError) {
        self.fatal.get_or_insert(error);
    }
}

struct Loader<'a> {
    machine: Machine<'a>,
    config: NpmConfig,
    /// What was read from where.
    sources: Vec<(String, Layer)>,
}

impl<'a> Loader<'a> {
    fn new(world: &'a World, npm: &NpmRelease) -> Self {
        let config = NpmConfig {
            npm: npm.clone(),
            layers: BTreeMap::new(),
            checked: BTreeMap::new(),
            flat_is_checked: false,
            files: Vec::new(),
            invalid_auth: Vec::new(),
            unknown_flags: Vec::new(),
            abbreviated_flags: Vec::new(),
            single_dash_flags: Vec::new(),
            fatal: None,
            local_prefix: world.cwd.clone(),
            implicit_workspace: None,
            ignored_files: Vec::new(),
            file_above: None,
            dropped: Vec::new(),
            expanded: BTreeMap::new(),
        };
        Self { machine: Machine::new(world), config, sources: Vec::new() }
    }

    fn run(&mut self, args: &Parsed) {
        let world = self.machine.world;
        self.config.dropped.clone_from(&args.dropped);
        self.config.unknown_flags.clone_from(&args.unknown);
        self.config.abbreviated_flags.clone_from(&args.abbreviated);
        self.config.single_dash_flags.clone_from(&args.single_dash);
        self.defaults();
        if let Some(root) = npm_root(world) {
            self.file(Layer::Builtin, &root.join("npmrc"));
        }
        self.flags(args);
        self.environment();
        self.project();
        self.file_of("userconfig", Layer::User);
        self.global();
        self.config.files.sort_by_key(|file| file.layer);
    }

    fn defaults(&mut self) {
        let prefix = global_prefix(self.machine.world).to_string_lossy().into_owned();
        let items = defaults()
            .chain([
                ("prefix", Value::Text(prefix)),
                ("userconfig", Value::Text("~/.npmrc".to_owned())),
                ("cache", Value::Text("~/.npm".to_owned())),
            ])
            .map(|(key, value)| Line { key: key.to_owned(), value, origin: Origin::Default })
            .collect();
        self.object(Layer::Default, items);
    }

    fn flags(&mut self, args: &Parsed) {
        if let Some((key, _, flag)) = args.refused.first() {
            self.config.fail(LoadError::Unusable {
                key: key.clone(),
                why: "has a value that makes npm fail with a JavaScript error".to_owned(),
                origin: Box::new(Origin::Flag(flag.clone())),
            });
        }
        let items = args
            .flags
            .iter()
            .map(|(key, value, flag)| {
                // npm has validated flags already, which resolves their paths.
                let value = match clean(&args.npm, key, &unwrap_secret(value), Some(&self.machine)).value {
                    Cleaned::Kept(value) => value,
                    Cleaned::Removed | Cleaned::Throws => unwrap_secret(value),
                };
                Line { key: key.clone(), value, origin: Origin::Flag(flag.clone()) }
            })
            .collect();
        self.object(Layer::Cli, items);
    }

    fn environment(&mut self) {
        let mut items: Vec<Line> = Vec::new();
        for (name, value) in self.machine.world.filled_vars() {
            let prefix = "npm_config_";
            if !name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)) {
                continue;
            }
            let rest = &name[prefix.len()..];
            let key = if rest.starts_with("//") {
                rest.to_owned()
            } else {
                let (head, tail) = rest.split_at(rest.chars().next().map_or(0, char::len_utf8));
                format!("{head}{}", tail.replace('_', "-")).to_lowercase()
            };
            let item = Line { key, value: Value::Text(value.clone()), origin: Origin::Env(name.clone()) };
            match items.iter_mut().find(|known| known.key == item.key) {
                Some(known) => *known = item,
                None => items.push(item),
            }
        }
        self.object(Layer::Env, items);
    }

    fn project(&mut self) {
        let world = self.machine.world;
        let strongest = |key: &str| self.config.raw(key).map(|entry| &entry.value);
        let flag = |key: &str| self.config.layers.get(&Layer::Cli)?.get(key).map(|entry| &entry.value);
        let is_located = strongest("location").and_then(Value::as_text) == Some("global");
        let is_global = strongest("global").is_some_and(Value::is_truthy) || is_located;
        let ignores_project = strongest("global") == Some(&Value::Bool(true)) || is_located;
        let alone = is_global || flag("workspaces") == Some(&Value::Bool(false));
        let given = flag("prefix").filter(|prefix| prefix.is_truthy()).and_then(Value::as_text);
        let local = match given {
            Some(prefix) => LocalPrefix { folder: PathBuf::from(prefix), ..LocalPrefix::default() },
            None => local_prefix(world, alone),
        };
        if let Some((root, error)) = local.broken {
            self.config.fail(LoadError::Workspaces { root: world.shown_path(&root), error });
        }
        if let Some(member) = local.member {
            let own = member.join(".npmrc");
            if world.files.is_file(&own) {
                let (file, _) = ConfigFile::parse(world, &self.config.npm, Layer::Project, &own);
                self.config.ignored_files.push(file);
            }
            let entry = Entry {
                key: "workspace".to_owned(),
                value: Value::List(vec![Value::Text(member.to_string_lossy().into_owned())]),
                origin: Origin::Derived("the working directory is in this workspace".to_owned()),
                unset: Vec::new(),
                variables: Vec::new(),
                written: None,
            };
            self.config.layers.entry(Layer::Default).or_default().insert(entry.key.clone(), entry);
            self.config.implicit_workspace = Some(member);
        }
        self.config.local_prefix = local.folder;
        let file = self.machine.join(&self.config.local_prefix, ".npmrc");
        let user = self.config.raw("userconfig").and_then(|entry| entry.value.as_text());
        let above = file_above(world, &self.config.local_prefix);
        let above = above.filter(|above| user != Some(&*above.to_string_lossy()));
        let above = above.map(|above| ConfigFile::parse(world, &self.config.npm, Layer::Project, &above).0);
        if !ignores_project && user != Some(&*file.to_string_lossy()) {
            self.file(Layer::Project, &file);
        }
        self.config.file_above = above;
    }

    /// `globalconfig` lies below `prefix` unless it is set; npm asks for it again when all files are read.
    fn global(&mut self) {
        let is_default = self.config.raw("globalconfig").is_none();
        if is_default && let Some(folder) = self.prefix() {
            let file = self.machine.join(folder, "etc/npmrc").to_string_lossy().into_owned();
            let item = Line { key: "globalconfig".to_owned(), value: Value::Text(file), origin: Origin::Default };
            self.object(Layer::Default, vec![item]);
        }
        self.file_of("globalconfig", Layer::Global);
        if is_default {
            self.prefix();
        }
    }

    fn prefix(&mut self) -> Option<String> {
        let prefix = self.config.raw("prefix")?;
        let folder = prefix.value.as_text().map(str::to_owned);
        if folder.is_none() {
            let origin = Box::new(prefix.origin.clone());
            self.config.fail(LoadError::Unusable { key: "prefix".to_owned(), why: "is not a path".to_owned(), origin });
        }
        folder
    }

    /// Reads the file that a setting names; what is not text names none.
    fn file_of(&mut self, key: &str, layer: Layer) {
        let path = self.config.raw(key).and_then(|entry| entry.value.as_text()).map(PathBuf::from);
        if let Some(path) = path {
            self.file(layer, &path);
        }
    }

    fn file(&mut self, layer: Layer, path: &Path) {
        let name = path.to_string_lossy().into_owned();
        if let Some((_, first)) = self.sources.iter().find(|(source, _)| *source == name) {
            let path = self.machine.world.shown_path(path);
            let error = LoadError::LoadedTwice { path, first: *first, second: layer };
            self.config.fail(error);
            return;
        }
        self.sources.push((name, layer));
        let (file, ini) = ConfigFile::parse(self.machine.world, &self.config.npm, layer, path);
        if let Some(source) = &file.source {
            if let Some(span) = ini.broken {
                self.config.fail(LoadError::Syntax { place: Place::new(source, span) });
            }
            let items = lines(ini, layer, source);
            self.object(layer, items);
        }
        self.config.files.push(file);
    }

    /// `#loadObject`
    fn object(&mut self, layer: Layer, items: Vec<Line>) {
        for item in items {
            let mut found = Found::default();
            let key = expand(&item.key, &self.machine.world.env, &mut found);
            let before = found.used.len();
            let raw = item.value.as_text().map(str::to_owned);
            let value = parse_field(item.value, &key, &self.machine, &mut found);
            let written = raw.filter(|_| found.used.len() > before);
            if !is_secret(&key) {
                let world = self.machine.world;
                for name in &found.used {
                    let value = Secret::new(lookup(&world.env, name).unwrap_or_default());
                    self.config.expanded.insert(name.clone(), value);
                }
            }
            if layer != Layer::Default
                && let Some(other) = exclusive(&item.key).iter().find(|other| self.is_set(other))
            {
                let overruled = layer == Layer::Env
                    && self.config.layers.get(&Layer::Cli).is_some_and(|flags| flags.contains_key(*other));
                if overruled {
                    continue;
                }
                self.config.fail(LoadError::Exclusive {
                    key: item.key.clone(),
                    other: (*other).to_owned(),
                    origin: Box::new(item.origin.clone()),
                });
            }
            // npm's default is computed until it is set: the first layer that sets it fills the default, whatever its rank.
            let is_default_of_all = key == "globalconfig" && self.config.raw(&key).is_none();
            let layer = if is_default_of_all { Layer::Default } else { layer };
            let unset = unset(&found, &item.origin);
            let entry = Entry {
                value: wrap_secret(&key, value),
                key: key.clone(),
                origin: item.origin,
                unset,
                variables: found.used,
                written,
            };
            self.config.layers.entry(layer).or_default().insert(key, entry);
        }
    }

    fn is_set(&self, key: &str) -> bool {
        self.config.layers.iter().any(|(layer, entries)| *layer != Layer::Default && entries.contains_key(key))
    }
}

impl ConfigFile {
    /// Reads a file in the style of .npmrc, and its lines before variables are replaced: those of another client's, too.
    pub(crate) fn read(world: &World, npm: &NpmRelease, layer: Layer, path: &Path) -> (Self, Vec<Line>) {
        let (file, ini) = Self::parse(world, npm, layer, path);
        let lines = file.source.as_ref().map(|source| lines(ini, layer, source)).unwrap_or_default();
        (file, lines)
    }

    fn parse(world: &World, npm: &NpmRelease, layer: Layer, path: &Path) -> (Self, npmrc::Ini) {
        let (path, shown) = (path.to_path_buf(), world.shown_path(path));
        let file = Self { layer, path, shown, source: None, unread: None, buried: Vec::new() };
        let bytes = match world.files.read(&file.path, limit::NPMRC) {
            Ok(bytes) => bytes,
            Err(error) => {
                let is_missing = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
                let unread = (!is_missing).then(|| error.kind());
                return (Self { unread, ..file }, npmrc::Ini::default());
            }
        };
        let source = Source::new(file.shown.clone(), &bytes);
        if is_too_long(source.text(), &world.env) {
            return (Self { unread: Some(ErrorKind::FileTooLarge), ..file }, npmrc::Ini::default());
        }
        let ini = npmrc::parse(source.text());
        let mut secrets = redact::secrets(source.text());
        for setting in &ini.settings {
            let key = expand(&setting.key, &world.env, &mut Found::default());
            // What is under a registry and is no setting may be a misspelt credential.
            if is_secret(&key) || key.starts_with("//") && !is_known(npm, &key) {
                redact::hide(source.text(), setting.value_span, &mut secrets);
            }
        }
        let source = Arc::new(source.with_secrets(secrets));
        let buried = ini.buried.iter().map(|(key, span)| (key.clone(), Place::new(&source, *span))).collect();
        (Self { source: Some(source), buried, ..file }, ini)
    }
}

/// Whether a file has a line that is no setting, or becomes much longer than what is read once its variables are replaced.
fn is_too_long(text: &str, env: &BTreeMap<String, String>) -> bool {
    let mut length = text.len() as u64;
    for (at, _) in text.match_indices("${") {
        let value = reference(&text[at..]).and_then(|(name, ..)| lookup(env, name));
        length += value.map_or(0, str::len) as u64;
    }
    length > limit::NPMRC || text.lines().any(|line| line.len() > LONGEST_LINE)
}

fn lines(ini: npmrc::Ini, layer: Layer, source: &Arc<Source>) -> Vec<Line> {
    let line = |setting: npmrc::Setting| Line {
        key: setting.key,
        value: setting.value,
        origin: Origin::File { layer, place: Place::new(source, setting.value_span), key: setting.key_span },
    };
    ini.settings.into_iter().map(line).collect()
}

/// The missing variables, with their places where the value is in a file.
fn unset(found: &Found, origin: &Origin) -> Vec<UnsetVariable> {
    let mut written = match origin {
        Origin::File { place, .. } if !found.unset.is_empty() => references(place),
        _ => HashMap::new(),
    };
    let mut at = 0;
    let unset = found.unset.iter().map(|(name, optional)| {
        let places = written.get_mut(&(name.as_str(), *optional));
        let span = places.and_then(|places| places.find(|span| span.start >= at));
        at = span.map_or(at, |span| span.end);
        UnsetVariable { name: name.clone(), span, optional: *optional }
    });
    unset.collect()
}

/// Every `${VAR}` in a part of a file: name, and whether a `?` follows.
fn references(place: &Place) -> HashMap<(&str, bool), std::vec::IntoIter<Span>> {
    let Place { source, span } = place;
    let raw = &source.text()[span.start..span.end];
    let mut found: HashMap<_, Vec<Span>> = HashMap::new();
    for (at, _) in raw.match_indices("${") {
        if let Some((name, optional, length)) = reference(&raw[at..]) {
            let start = span.start + at;
            found.entry((name, optional)).or_default().push(Span::new(start, start + length));
        }
    }
    found.into_iter().map(|(name, spans)| (name, spans.into_iter())).collect()
}

/// The nearest .npmrc in a folder above that belongs to the same repository or pnpm workspace.
fn file_above(world: &World, folder: &Path) -> Option<PathBuf> {
    let is_workspace = |above: &&Path| world.files.is_file(&above.join("pnpm-workspace.yaml"));
    let top = world.repository(folder).or_else(|| folder.ancestors().find(is_workspace))?;
    let above = folder.ancestors().skip(1).take_while(|above| above.starts_with(top));
    above.map(|above| above.join(".npmrc")).find(|file| world.files.is_file(file))
}
