//! semantic-release: its plug-in `@semantic-release/npm` works out the version, writes a configuration of its own with the token
//! of `NPM_TOKEN`, and runs the npm that it depends on. Emulates 13.2.0 and 12.0.2 of the plug-in (lib/publish.js,
//! lib/set-npmrc-auth.js, lib/get-channel.js) and the branches of semantic-release 25 (lib/branches/normalize.js).

use super::written::Written;
use super::{Decisions, Folder, NoIdentity, Project, Runs, Tool, ToolVersion, args_of, latest};
use crate::npm::version::Version;
use crate::project::npm_config::{Origin, Sourced};
use crate::text::json::Value;
use crate::text::redact::Secret;

pub(super) static TOOL: Tool = Tool {
    name: "semantic-release",
    packages: &["semantic-release"],
    publishes: |words| {
        let is_action = matches!(words, ["uses:", action, ..] if action.contains("/semantic-release-action"));
        let is_rehearsal = |word: &&str| matches!(*word, "--dry-run" | "-d" | "--help" | "--version");
        let args = args_of(words, &["semantic-release", "multi-semantic-release"]);
        is_action || args.is_some_and(|args| !args.iter().any(is_rehearsal))
    },
    read,
};

const PLUGIN: &str = "@semantic-release/npm";
/// The first plug-in that uses the identity of a CI job.
const TRUSTED: Version = Version::new(13, 1, 0);
/// The first semantic-release that comes with that plug-in.
const TRUSTED_WITH: Version = Version::new(25, 0, 0);
/// The npm that comes with the plug-in, and the one of those before `TRUSTED`.
const NPM: Version = Version::new(11, 21, 2);
const OLD_NPM: Version = Version::new(10, 9, 3);

const FILES: [&str; 12] = [
    ".releaserc",
    ".releaserc.json",
    ".releaserc.yaml",
    ".releaserc.yml",
    ".releaserc.js",
    ".releaserc.cjs",
    ".releaserc.mjs",
    "release.config.js",
    "release.config.cjs",
    "release.config.mjs",
    "release.config.ts",
    "release.config.mts",
];

fn read(project: &Project<'_>) -> Option<Decisions> {
    let config = Written::find(project.world, project.root, &FILES, "release");
    let options = match &config {
        None => None,
        Some(Written::Code(text)) => {
            let names_others = text.contains("plugins") && !text.contains(PLUGIN) && !text.contains("extends");
            if names_others || config.as_ref().is_some_and(|config| config.is_off(&["npmPublish"])) {
                return None;
            }
            None
        }
        Some(values) => {
            let plugins = values.get(&["plugins"]).or_else(|| values.get(&["publish"]));
            let plugins: Vec<Value<'_>> = plugins.into_iter().flat_map(Value::elements).collect();
            let name = |plugin: Value<'_>| plugin.elements().next().and_then(Value::as_str).map(str::to_owned);
            let name = |plugin: Value<'_>| plugin.as_str().map(str::to_owned).or_else(|| name(plugin));
            let found = plugins.iter().find(|plugin| name(**plugin).as_deref() == Some(PLUGIN));
            if found.is_none() && !plugins.is_empty() {
                return None;
            }
            found.and_then(|plugin| plugin.elements().nth(1))
        }
    };
    let option = |key: &str| options.and_then(|options| options.get(key));
    if option("npmPublish").and_then(Value::as_bool) == Some(false) {
        return None;
    }
    let plugin = ToolVersion::read(project.world, project.root, &[PLUGIN]);
    let is_old = match (&plugin, project.version) {
        (Some(plugin), _) => plugin.is_before(&TRUSTED),
        (None, Some(tool)) => tool.is_before(&TRUSTED_WITH),
        (None, None) => false,
    };
    let why = || match &plugin {
        Some(plugin) => format!("{PLUGIN} {} cannot use the identity of a CI job", plugin.lowest),
        None => format!("semantic-release before {TRUSTED_WITH} cannot use the identity of a CI job"),
    };
    let without_identity = is_old.then(|| NoIdentity {
        why: format!("{}; {PLUGIN} can since {TRUSTED}", why()),
        help: "update semantic-release, or give the job a token in NPM_TOKEN".to_owned(),
        code: Some("ENONPMTOKEN"),
    });
    let token = project.world.filled_var("NPM_TOKEN").map(|token| ("NPM_TOKEN", Secret::new(token)));
    Some(Decisions {
        runs: Runs::Npm,
        tag: Some(channel(project, config.as_ref())),
        folder: option("pkgRoot").and_then(Value::as_str).map(|folder| Folder::OfRoot(folder.to_owned())),
        version_to_come: true,
        token,
        without_identity,
        npm: Some(installed_npm(project).unwrap_or(if is_old { OLD_NPM } else { NPM })),
        ..Decisions::default()
    })
}

fn installed_npm(project: &Project<'_>) -> Option<Version> {
    let places = ["node_modules/@semantic-release/npm", "."];
    let version = |place: &str| {
        let manifest = project.root.folder.join(place).join("node_modules/npm/package.json");
        let bytes = project.world.files.read(&manifest, crate::project::world::limit::MANIFEST).ok()?;
        let manifest = crate::project::manifest::Manifest::parse(String::new(), &bytes, &project.root.folder);
        Version::valid(manifest.field("version")?.as_str()?, true)
    };
    places.into_iter().find_map(version)
}

/// The dist-tag of the branch that the job builds: its channel, and `latest` for the others.
fn channel(project: &Project<'_>, config: Option<&Written>) -> Sourced<String> {
    let latest = latest("the default of semantic-release");
    let Some(branch) =
        project.world.filled_var("GITHUB_REF_NAME").or_else(|| project.world.filled_var("CI_COMMIT_BRANCH"))
    else {
        return latest;
    };
    let of_branch = || Sourced { value: tag_of(branch), origin: Origin::Derived(format!("the branch {branch}")) };
    let Some(branches) = config.and_then(|config| config.get(&["branches"])) else {
        let has_own = matches!(branch, "next" | "next-major" | "beta" | "alpha") || is_maintenance(branch);
        return if has_own { of_branch() } else { latest };
    };
    let name = |one: Value<'_>| one.as_str().or_else(|| one.get("name")?.as_str()).map(str::to_owned);
    let own = branches.elements().find(|one| name(*one).as_deref() == Some(branch));
    let named = own.and_then(|own| config?.sourced(own.get("channel")?));
    let is_prerelease = own.is_some_and(|own| own.get("prerelease").is_some_and(Value::is_truthy));
    // Of the branches of releases, all but the first have a channel of their own.
    let is_release = |one: &Value<'_>| {
        one.get("prerelease").is_none()
            && name(*one).is_some_and(|name| !is_maintenance(&name) && !name.contains(['*', '+']))
    };
    let first = branches.elements().find(is_release).and_then(name);
    let is_other = own.is_some() && first.as_deref() != Some(branch);
    match named {
        Some(Sourced { value, origin }) => Sourced { value: tag_of(&value), origin },
        None if is_prerelease || is_other || is_maintenance(branch) => of_branch(),
        None => latest,
    }
}

/// A branch such as `1.x` or `1.2.x`.
fn is_maintenance(branch: &str) -> bool {
    branch
        .strip_suffix(".x")
        .is_some_and(|start| start.split('.').all(|part| part.parse::<u64>().is_ok() || part == "x"))
}

/// A range is no dist-tag (lib/get-channel.js).
fn tag_of(channel: &str) -> String {
    if crate::npm::version::is_range(channel) { format!("release-{channel}") } else { channel.to_owned() }
}
