//! Release tools: they run a client, or publish themselves, and decide on the way what the client's own defaults and guards would
//! have decided. Each is a file of its own that says which commands publish with it and what it decides, and a line in `TOOLS`.

mod changesets;
mod clean_publish;
mod lerna;
mod np;
mod nx;
mod release_it;
mod semantic_release;
mod written;

use std::path::PathBuf;

use url::Url;

use super::decided::{Access, Login, Tag, Target};
use super::detect::{Command, commands};
use super::npm::Settings;
use super::{Manager, Publisher};
use crate::facts::credential::{Credential, Keyring, SETUP_NODE_PLACEHOLDER};
use crate::npm::name::PackageName;
use crate::npm::nerf_dart::nerf_dart;
use crate::npm::version::Version;
use crate::project::ci::Ci;
use crate::project::manifest::Manifest;
use crate::project::npm_config::definitions::DEFAULT_TAG;
use crate::project::npm_config::{Origin, Sourced};
use crate::project::world::{World, limit};
use crate::text::json::Value;
use crate::text::redact::Secret;
use crate::text::source::Place;
use written::Written;

/// All of them. Where several publish, the first one counts.
static TOOLS: [&Tool; 8] = [
    &changesets::TOOL,
    &lerna::TOOL,
    &lerna::LITE,
    &semantic_release::TOOL,
    &release_it::TOOL,
    &np::TOOL,
    &nx::TOOL,
    &clean_publish::TOOL,
];

/// A kind of release tool.
struct Tool {
    /// What it is called.
    name: &'static str,
    /// The packages that have it: the first one that a project depends on has the version.
    packages: &'static [&'static str],
    /// Whether a command, given as its words, may publish with it.
    publishes: fn(&[&str]) -> bool,
    /// What it decides; `None`: it does not publish here.
    read: fn(&Project<'_>) -> Option<Decisions>,
}

/// What a tool looks at.
struct Project<'a> {
    world: &'a World,
    /// The package.json in whose folder it runs.
    root: &'a Manifest,
    /// The words of the command that calls it; empty: none is known.
    words: &'a [&'a str],
    version: Option<&'a ToolVersion>,
}

impl Project<'_> {
    /// The value of an option of the command, written `--name value` or `--name=value`.
    fn option(&self, name: &str) -> Option<Sourced<String>> {
        let mut words = self.words.iter();
        while let Some(word) = words.next() {
            let Some(rest) = word.strip_prefix("--").and_then(|word| word.strip_prefix(name)) else { continue };
            let value = match rest.strip_prefix('=') {
                Some(value) => value,
                None if rest.is_empty() => words.next().copied().filter(|value| !value.starts_with('-'))?,
                None => continue,
            };
            // A variable of the shell is not known here.
            let is_known = !value.is_empty() && !value.contains('$');
            let origin = Origin::Derived(format!("`--{name}` in the command that releases"));
            return is_known.then(|| Sourced { value: value.to_owned(), origin });
        }
        None
    }

    /// The same, else what the tool's configuration says.
    fn option_or(&self, name: &str, config: Option<&Written>, path: &[&str]) -> Option<Sourced<String>> {
        self.option(name).or_else(|| config?.text(path))
    }

    fn says(&self, word: &str) -> bool {
        self.words.contains(&word)
    }
}

/// `latest`, which a tool names without being told to.
fn latest(because: &str) -> Sourced<String> {
    Sourced { value: DEFAULT_TAG.to_owned(), origin: Origin::Derived(because.to_owned()) }
}

/// What a tool decides.
#[derive(Clone, Debug, Default)]
struct Decisions {
    runs: Runs,
    access: Option<Passed<Access>>,
    /// On the command line. `None`: the client's own.
    tag: Option<Sourced<String>>,
    /// Where publishConfig says nothing.
    registry: Option<Sourced<String>>,
    folder: Option<Folder>,
    /// It works out the version when it publishes: package.json has another one.
    version_to_come: bool,
    /// It asks the registry first, and leaves out what is there.
    leaves_out_published: bool,
    /// The protocols of dependencies in whose place it writes versions, whatever the client does.
    replaces: &'static [&'static str],
    /// It publishes the members of a workspace, and not its root.
    only_members: bool,
    /// A variable of the environment that it takes a token from where nothing else has one, with its value.
    token: Option<(&'static str, Secret)>,
    /// Why the identity of a CI job is no use to it, and what to do.
    without_identity: Option<NoIdentity>,
    /// The npm that it brings along; `None`: the one on PATH.
    npm: Option<Version>,
}

/// What it publishes with.
#[derive(Clone, Copy, Debug, Default)]
enum Runs {
    /// Code of its own, made of npm's libraries, which reads npm's configuration.
    Itself,
    /// npm.
    #[default]
    Npm,
    /// This client.
    Named(Manager),
    /// The project's package manager; npm in the place of these.
    Own { except: &'static [Manager] },
}

/// What it passes to the client.
#[derive(Clone, Debug)]
enum Passed<T> {
    /// On the command line: stronger than publishConfig.
    Flag(Sourced<T>),
    /// Where publishConfig says nothing.
    Otherwise(Sourced<T>),
}

/// Dist-tags of what is published beside the releases.
const NIGHTLY: [&str; 6] = ["canary", "nightly", "snapshot", "experimental", "insiders", "dev"];

impl Decisions {
    /// The command publishes something beside the releases, which another one publishes that cannot be read.
    fn is_nightly(&self) -> bool {
        matches!(&self.tag, Some(Sourced { value, origin: Origin::Derived(_) }) if NIGHTLY.contains(&value.as_str()))
    }
}

/// The words of a command without those that name its dist-tag.
fn without_tag<'w>(words: &[&'w str]) -> Vec<&'w str> {
    let is_tag =
        |word: &str| ["--tag", "--dist-tag", "--canary", "-c"].contains(&word.split('=').next().unwrap_or(word));
    let is_value = |at: usize| at > 0 && matches!(words[at - 1], "--tag" | "--dist-tag");
    let kept = words.iter().enumerate().filter(|(at, word)| !is_tag(word) && !is_value(*at));
    kept.map(|(_, word)| *word).collect()
}

/// The folder whose package is published, where it is not that of the package.json.
#[derive(Clone, Debug)]
enum Folder {
    /// From the folder of the project's root on.
    OfRoot(String),
    /// From the folder of each package on.
    OfEach(String),
    /// The one that `publishConfig.directory` names.
    Directory,
    /// From the root on, with `{projectRoot}` in it.
    Template(String),
}

/// Why no trusted publisher can be used.
#[derive(Clone, Debug)]
pub struct NoIdentity {
    /// A sentence without a full stop.
    pub why: String,
    /// What to do: a sentence without a full stop.
    pub help: String,
    /// The tool's code.
    pub code: Option<&'static str>,
}

/// The version of a tool, as far as it is known.
#[derive(Clone, Debug)]
struct ToolVersion {
    /// The installed one, or the lowest of the range.
    lowest: Version,
    /// It is the lowest of a range within one major version.
    is_range: bool,
}

impl ToolVersion {
    /// That of the first of these packages that the project depends on.
    fn read(world: &World, root: &Manifest, packages: &[&str]) -> Option<Self> {
        packages.iter().find_map(|package| {
            let installed = root.folder.join("node_modules").join(package).join("package.json");
            let installed = world.files.read(&installed, limit::MANIFEST).ok();
            let installed = installed.map(|bytes| Manifest::parse(String::new(), &bytes, &root.folder));
            let installed = installed.and_then(|manifest| Version::valid(manifest.field("version")?.as_str()?, true));
            if let Some(lowest) = installed {
                return Some(Self { lowest, is_range: false });
            }
            let wanted = dependency(root, package)?;
            let lowest = wanted.trim_start_matches(['^', '~']);
            Some(Self { lowest: Version::valid(lowest, false)?, is_range: lowest.len() < wanted.len() })
        })
    }

    /// It is certainly older than that version.
    fn is_before(&self, since: &Version) -> bool {
        if self.is_range { self.lowest.major() < since.major() } else { self.lowest < *since }
    }
}

fn dependency<'a>(root: &'a Manifest, package: &str) -> Option<&'a str> {
    let fields = ["devDependencies", "dependencies", "optionalDependencies"];
    fields.iter().find_map(|field| root.field(field)?.get(package)?.as_str())
}

/// The release tool of a project, and what it decides.
#[derive(Clone, Debug)]
pub struct ReleaseTool {
    tool: &'static str,
    version: Option<ToolVersion>,
    source: String,
    place: Option<Place>,
    decisions: Decisions,
    root: PathBuf,
}

/// The release tool and the commands of a project that publish.
#[derive(Debug, Default)]
pub struct Releases {
    /// `None`: nothing says that one publishes.
    pub tool: Option<ReleaseTool>,
    /// Commands that publish with a client.
    pub(super) commands: Vec<Command>,
}

/// How many commands that call a release tool are looked at.
const MOST_COMMANDS: usize = 20;

impl Releases {
    /// Those of the project with that package.json.
    pub fn read(world: &World, root: &Manifest) -> Self {
        let is_tool = |words: &[&str]| TOOLS.iter().any(|tool| (tool.publishes)(words));
        let commands = commands(world, root, &is_tool);
        let (of_clients, of_tools): (Vec<_>, Vec<_>) = commands.into_iter().partition(|command| command.with.is_some());
        let strongest_client = of_clients.iter().map(Command::weight).max();
        let strong = of_tools.iter().filter(|command| Some(command.weight()) >= strongest_client).take(MOST_COMMANDS);
        let called = strong.filter_map(|command| Some((command.weight(), ReleaseTool::called(world, root, command)?)));
        // Beside the release there are often nightly ones, under a dist-tag of their own. What takes the version from package.json
        // publishes what another command raised.
        let called = called.min_by_key(|(weight, tool)| {
            (std::cmp::Reverse(*weight), tool.has_special_tag(), tool.decisions.version_to_come)
        });
        let called = called.map(|(_, tool)| tool);
        let quiet = || ReleaseTool::configured(world, root).filter(|_| of_clients.is_empty());
        Self { tool: called.or_else(quiet), commands: of_clients }
    }
}

impl ReleaseTool {
    fn called(world: &World, root: &Manifest, command: &Command) -> Option<Self> {
        let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
        let tools = TOOLS.iter().filter(|tool| (tool.publishes)(&words));
        tools.into_iter().find_map(|tool| {
            let version = ToolVersion::read(world, root, tool.packages);
            let decisions = |words: &[&str]| (tool.read)(&Project { world, root, words, version: version.as_ref() });
            let found = decisions(&words)?;
            let decisions = if found.is_nightly() { decisions(&without_tag(&words))? } else { found };
            let (source, place) = (command.source(), Some(command.place.clone()));
            Some(Self { tool: tool.name, version, source, place, decisions, root: root.folder.clone() })
        })
    }

    /// Changesets, which is set up for nothing else than to release; no command that can be read calls it.
    fn configured(world: &World, root: &Manifest) -> Option<Self> {
        let tool = &changesets::TOOL;
        let version = ToolVersion::read(world, root, tool.packages);
        let decisions = (tool.read)(&Project { world, root, words: &[], version: version.as_ref() })?;
        let source = changesets::FILE.to_owned();
        Some(Self { tool: tool.name, version, source, place: None, decisions, root: root.folder.clone() })
    }

    fn has_special_tag(&self) -> bool {
        self.place.is_some() && self.decisions.tag.as_ref().is_some_and(|tag| tag.value != DEFAULT_TAG)
    }

    /// What it is called.
    pub const fn name(&self) -> &'static str {
        self.tool
    }

    /// `lerna 9.0.0`, or `lerna` where the version is not known.
    pub fn name_and_version(&self) -> String {
        match &self.version {
            Some(ToolVersion { lowest, is_range: false }) => format!("{} {lowest}", self.tool),
            Some(ToolVersion { lowest, is_range: true }) => format!("{} {}", self.tool, lowest.major()),
            None => self.tool.to_owned(),
        }
    }

    /// What says that it releases, for people.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The command that calls it.
    pub(super) const fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// What it publishes with in a project of this package manager.
    pub(super) fn runs(&self, own: Option<Manager>) -> Manager {
        match self.decisions.runs {
            Runs::Itself | Runs::Npm => Manager::Npm,
            Runs::Named(manager) => manager,
            Runs::Own { except } => own.filter(|own| !except.contains(own)).unwrap_or(Manager::Npm),
        }
    }

    /// It sends the package itself, without a client.
    pub const fn publishes_itself(&self) -> bool {
        matches!(self.decisions.runs, Runs::Itself)
    }

    /// It works out the version when it publishes.
    pub const fn sets_version(&self) -> bool {
        self.decisions.version_to_come
    }

    /// It asks the registry first, and leaves out what is there.
    pub const fn leaves_out_published(&self) -> bool {
        self.decisions.leaves_out_published
    }

    /// It writes versions in the place of dependencies with this protocol.
    pub fn replaces(&self, protocol: &str) -> bool {
        self.decisions.replaces.contains(&protocol)
    }

    /// It publishes the members of a workspace, and not its root.
    pub const fn only_members(&self) -> bool {
        self.decisions.only_members
    }

    /// Why it cannot use the identity of a CI job.
    pub const fn without_identity(&self) -> Option<&NoIdentity> {
        self.decisions.without_identity.as_ref()
    }

    /// The npm that it brings along.
    pub fn npm(&self) -> Option<Sourced<Version>> {
        let origin = Origin::Derived(format!("the npm of {}", self.tool));
        Some(Sourced { value: self.decisions.npm.clone()?, origin })
    }

    /// The folder that it publishes for this package, where that is another one.
    pub fn folder(&self, manifest: &Manifest) -> Option<PathBuf> {
        let own = &manifest.folder;
        let folder = match self.decisions.folder.as_ref()? {
            Folder::OfRoot(path) if *own == self.root => own.join(path),
            Folder::OfRoot(_) => return None,
            Folder::OfEach(path) => own.join(path),
            Folder::Directory => own.join(manifest.publish_config("directory").and_then(Value::as_str)?),
            Folder::Template(text) => {
                let project = own.strip_prefix(&self.root).unwrap_or(own).to_string_lossy();
                let path = text.replace("{projectRoot}", &project).replace("{workspaceRoot}/", "");
                // Other names in it are not known here.
                self.root.join(Some(path).filter(|path| !path.contains('{'))?)
            }
        };
        (folder != *own).then_some(folder)
    }
}

/// A client that a tool runs, or npm's configuration as a tool reads it.
pub(super) struct Released<'a> {
    pub(super) client: Box<dyn Publisher + 'a>,
    pub(super) by: &'a ReleaseTool,
}

impl Released<'_> {
    const fn decisions(&self) -> &Decisions {
        &self.by.decisions
    }

    /// It is on the command line of the run, which says more than what the tool usually does.
    fn is_flag(&self, key: &str) -> bool {
        self.settings().config.flag(key).is_some_and(|entry| entry.value.is_truthy())
    }
}

impl Publisher for Released<'_> {
    fn settings(&self) -> Settings<'_> {
        self.client.settings()
    }

    fn name(&self) -> Option<Sourced<String>> {
        self.client.name()
    }

    fn version(&self) -> Option<Sourced<String>> {
        self.client.version().filter(|_| !self.decisions().version_to_come)
    }

    fn registry_key(&self, name: Option<&PackageName>) -> String {
        self.client.registry_key(name)
    }

    fn target(&self, name: Option<&PackageName>) -> Target {
        let target = self.client.target(name);
        let is_of_package = matches!(target.origin(), Origin::Manifest { .. });
        let is_for_all = !is_of_package && self.registry_key(name) == "registry" && !self.is_flag("registry");
        let of_tool = self.decisions().registry.as_ref().filter(|_| is_for_all);
        of_tool.map_or(target, |registry| Settings::registry(&registry.value, registry.origin.clone()))
    }

    fn source(&self, name: &PackageName) -> Target {
        self.client.source(name)
    }

    fn login(&self, registry: &Url, name: Option<&PackageName>, keyring: &mut Keyring) -> Login {
        let login = self.client.login(registry, name, keyring);
        let has_none = match &login {
            Login::Nothing => true,
            Login::Credential { credential: Credential::Token(token), .. } => {
                token.expose() == SETUP_NODE_PLACEHOLDER || token.expose().starts_with("${")
            }
            _ => false,
        };
        let Some((variable, token)) = self.decisions().token.as_ref().filter(|_| has_none) else { return login };
        let credential = Credential::Token(token.clone());
        let number = keyring.number(&credential);
        let key = format!("{}:_authToken", nerf_dart(registry));
        Login::Credential { credential, number, origin: Origin::Env((*variable).to_owned()), key }
    }

    fn tag(&self) -> Tag {
        if let Some(tag) = &self.decisions().tag {
            return Tag { implicit: false, ..self.settings().flag_or(Some(tag.clone())) };
        }
        let own = self.client.tag();
        // Code of its own has no guards.
        Tag { implicit: own.implicit && !self.by.publishes_itself(), ..own }
    }

    fn access(&self, name: Option<&PackageName>) -> Sourced<Access> {
        match &self.decisions().access {
            Some(Passed::Flag(access)) if !self.is_flag("access") => access.clone(),
            Some(Passed::Otherwise(access)) => self.settings().access_or(|| access.clone()),
            Some(Passed::Flag(_)) | None => self.client.access(name),
        }
    }

    fn provenance(&self) -> Sourced<bool> {
        self.client.provenance()
    }

    fn otp(&self) -> Option<Origin> {
        self.client.otp()
    }

    fn job(&self, ci: &Ci, npm: &Version, login: &Login) -> Ci {
        // Its own code knows trusted publishing by itself, whichever npm is on PATH.
        let ci = if self.by.publishes_itself() { ci.clone() } else { self.client.job(ci, npm, login) };
        Ci { can_exchange: ci.can_exchange && self.by.without_identity().is_none(), ..ci }
    }

    fn signs_by_itself(&self) -> bool {
        self.client.signs_by_itself()
    }
}

/// The arguments with which a command calls one of these programs. They may be named as packages, too: `npx` takes those, and a
/// path leads to them.
fn args_of<'w>(words: &'w [&'w str], programs: &[&str]) -> Option<&'w [&'w str]> {
    called(words).filter(|(program, _)| programs.contains(program)).map(|(_, args)| args)
}

/// What a command calls: without the package manager that runs a program, its options, and versions behind the program's name.
fn called<'w>(words: &'w [&'w str]) -> Option<(&'w str, &'w [&'w str])> {
    let (mut at, mut may_be_script) = (0, true);
    if let Some(manager @ ("npm" | "pnpm" | "yarn" | "bun" | "npx" | "bunx")) = words.first().copied() {
        at = 1;
        may_be_script = manager != "npm";
        while let Some(word) = words.get(at) {
            match *word {
                "exec" | "dlx" | "x" => may_be_script = true,
                word if word.starts_with('-') => {}
                _ => break,
            }
            at += 1;
        }
    }
    let program = words.get(at).filter(|_| may_be_script)?;
    let version = program.rfind('@').filter(|at| *at > 0).unwrap_or(program.len());
    Some((&program[..version], &words[at + 1..]))
}

#[cfg(test)]
mod tests;
