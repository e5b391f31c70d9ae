//! What clients say before they ask a registry: of options, settings, package.json, git and the machine.

use super::super::attempt::{Attempt, Client, Kind, Lack};
use super::{Cause, Reading, VIEW, Verdict, codes, identity, reading, words};
use crate::facts::vendor::Vendor;
use crate::project::npm_config::definitions::types;
use crate::rules::{
    Rule, access_invalid, bundle_overridden, credential_malformed, credential_missing, credential_rejected,
    credential_restricted, credential_unset_variable, dependency_unavailable, dependency_unpublishable, dev_engines,
    git_behind, git_branch, git_not_clean, manifest_invalid, name_invalid, not_a_maintainer, option_unknown,
    prerelease_without_tag, private_package, provenance_impossible, publish_target, registry_invalid,
    registry_read_only, registry_unreachable, scope_not_yours, setting_misplaced, setting_unknown, tag_invalid,
    trusted_publisher, two_factor_required, version_invalid, workspace_invalid, workspace_not_installed,
};

const GIT_CHECKS: &str = "pnpm 10 before 10.34 passes its own options, such as `--no-git-checks`, on to npm, and npm \
    12 rejects them. Update pnpm, publish with npm 11 (`npm install -g npm@11`), or set `git-checks=false` in .npmrc \
    instead of the option.";
const ONE_WORD: &str = "A tool passed an option and its value to npm as one argument, which npm 12 rejects. \
    release-it before 21 does this: update the tool, or publish with npm 11 (`npm install -g npm@11`).";
const OPTION: &str = "npm 12 rejects unknown options; npm 11 only warned about them. Correct the option or remove it. \
    If a tool passes it, update the tool, or publish with npm 11 (`npm install -g npm@11`).";
const SILENT: &str = "npm 12 fails without a message on an abbreviated option (`--acces`) and on a word after a \
    single dash (`-ws`): write options in full. `--loglevel verbose` shows which option it is. With `--silent` or \
    `loglevel=silent`, npm prints no errors at all.";
const NODE: &str = "This npm does not support this Node.js. Update Node.js in the job (`node-version: 24`), or \
    install an npm that supports it: `npm install -g npm@11`. npm 12 needs Node.js 22.22.2, 24.15 or 26.";
const NOT_CHANGED: &str = "`npm version` was asked to set the version that package.json already has. Skip this step, \
    or allow it: `npm version <version> --allow-same-version`.";
const PREFIX: &str = "npm looks for package.json in the current folder and its parents. Run it in the package's \
    folder, or pass the folder: `npm publish ./dist`. `--prefix` does not choose the package.";
const FOLDER: &str =
    "npm read the argument as a GitHub repository. Start a folder with a dot: `npm publish ./packages/name`.";
const LOCKFILE: &str = "Yarn publishes only workspaces that are in its lockfile. Run `yarn install` in the root first.";
const INSTALL: &str = "An install failed before anything was published. Correct the dependency in the message, then \
    run the release again.";
const COMMAND: &str =
    "Check how the command is spelt. If npm's documentation has it, this npm is too old for it: update npm.";
const STOPPED: &str = "npm ended in the middle of its work. Check whether the version was published before you publish again. If it happens \
    again, use another version of npm.";
const WORKSPACE: &str = "Install and publish with the package manager whose protocol it is (pnpm, Yarn or Bun), which writes the range for \
    you. For npm, write a version range yourself.";
const CACHE: &str = "On your own machine, give the files in the cache to the user who runs npm: `sudo chown -R $(id -u):$(id -g) ~/.npm`. In \
    a container whose user cannot write to its home, set `npm_config_cache` to a folder that it can write to.";
const REPOSITORY: &str =
    "Run the tool in a git clone, with git installed. An archive, or a container without `.git`, is not a clone.";
const DETACHED: &str = "Check out the branch before the release: `git checkout <branch>`, or `ref` of actions/checkout. With pnpm, \
    `--no-git-checks` skips the check.";
const BUG: &str = "Update npm and try again; if it still fails, report it to npm.";

/// npm's manual, which it prints with every misuse, has half of the words that others are known by.
pub(super) fn usage() -> Vec<Reading> {
    let impossible = || Cause::of(&provenance_impossible::RULE);
    vec![
        words(&["automatic provenance generation not supported"], [impossible()
            .why("npm can create provenance only on GitHub Actions and GitLab CI")
            .fix("Publish from GitHub Actions or GitLab CI, or publish with `--no-provenance`.")]),
        words(&["provenance generation in github actions requires"], [impossible()
            .why("provenance is signed with the job's identity, and the job is not allowed to request one")
            .fix("Give the job `permissions: id-token: write` (with `contents: read`), or publish with `--no-provenance`.")]),
        words(&["provenance generation in gitlab ci requires"], [impossible()
            .fix("Give the job `id_tokens: SIGSTORE_ID_TOKEN: aud: sigstore`, or publish with `--no-provenance`.")]),
        words(&["can't generate provenance for new or private package"], [impossible()
            .fix("Publish with `--access public`, or set `access` to `public` in `publishConfig`; a private package cannot have provenance.")]),
        words(&["provenance", "cannot be"], [impossible()]).when(|attempt| attempt.has_code("EUSAGE")),
        reading(&["EUSAGE"], &["usage:"], [Cause::of(&publish_target::RULE)]),
    ]
}

/// Options and settings.
pub(super) fn settings() -> Vec<Reading> {
    let option = || Cause::of(&option_unknown::RULE);
    let setting = || Cause::of(&setting_unknown::RULE);
    vec![
        reading(&["EUNKNOWNCONFIG"], &["git-checks"], [option().fix(GIT_CHECKS)]),
        reading(&["EUNKNOWNCONFIG"], &["--registry http"], [option().fix(ONE_WORD)]),
        reading(&["EUNKNOWNCONFIG"], &["unknown cli flag", "unknown npm configuration key"], [option().fix(OPTION), setting()]),
        reading(&["EUNKNOWNCONFIG"], &["unknown npm configuration key"], [setting()]),
        codes(&["EUNKNOWNCONFIG"], [option().fix(OPTION)]),
        words(&["invalid abbreviated flag"], [option().fix(SILENT)]),
        words(&["is not a valid single-hyphen cli flag"], [option().fix(SILENT)]),
        codes(&["ENPMEXTENSIONCONFIG"], [Cause::of(&setting_misplaced::RULE)]),
        codes(&["ERR_INVALID_AUTH", "ERR_PNPM_AUTH_INVALID_BASE64"], [Cause::of(&credential_malformed::RULE)]),
        words(&["is not a legal http header value"], [Cause::of(&credential_malformed::RULE)]),
        codes(&["ERR_INVALID_CHAR"], [Cause::of(&credential_malformed::RULE)
            .why("the token contains a character that an HTTP header cannot have, such as a line break at its end")
            .fix("Store the secret again: the token alone, without a line break, blanks or quotes.")]),
        codes(&["ERR_INVALID_URL", "E426", "ERR_PNPM_PUBLISH_UNSUPPORTED_REGISTRY_PROTOCOL"], [Cause::of(&registry_invalid::RULE)]),
        codes(&["ERR_PNPM_REGISTRY_ENV_NOT_EXPANDED"], [Cause::of(&registry_invalid::RULE)
            .why("pnpm does not expand variables in registry URLs in project files")
            .fix("Write out the URL, or set it outside the project: `pnpm publish --registry <url>` or the user's .npmrc.")]),
        words(&["version not changed"], [Cause::named("package.json already has this version").fix(NOT_CHANGED)]),
        words(&["unknown command: \"stage\""], [Cause::of(&publish_target::RULE).why("this npm is too old for `npm stage`, which was added in 11.15")
            .fix("Update npm.").run("npm install -g npm@11")]),
        codes(&["EUNKNOWNCOMMAND"], [Cause::named("this npm does not have the command").fix(COMMAND)]),
    ]
}

/// package.json and what npm reads beside it.
pub(super) fn manifest() -> Vec<Reading> {
    let invalid = || Cause::of(&manifest_invalid::RULE);
    let dependency = || Cause::of(&dependency_unpublishable::RULE);
    let is_manifest: fn(&Attempt) -> bool = |attempt| attempt.says("package.json");
    vec![
        codes(&["ENOENT", "ENOTDIR"], [invalid().why("npm finds no package.json").fix(PREFIX), Cause::of(&publish_target::RULE)])
            .when(is_manifest),
        codes(&["ERR_PNPM_NO_IMPORTER_MANIFEST_FOUND", "ERR_PNPM_NO_PKG_MANIFEST"], [invalid()
            .why("the folder to publish has no package.json: it was not built, or `publishConfig.directory` is wrong")
            .fix("Build first, or correct `publishConfig.directory`.")]),
        words(&["could not read package.json"], [invalid().fix(PREFIX)]),
        codes(&["EJSONPARSE", "ERR_PNPM_JSON_PARSE"], [invalid()]),
        codes(&["EPACKAGEEXTENSIONS"], [invalid()
            .why("npm 12 does not publish a package.json with `packageExtensions`, which belong in the root of a project")
            .fix("Remove `packageExtensions` from the published package, or move them to a private root.")
            .run("npm pkg delete packageExtensions")]),
        codes(&["EBUNDLEOVERRIDE"], [Cause::of(&bundle_overridden::RULE)
            .fix("Remove the packages in the message from `bundleDependencies` or from `overrides`: overrides do not apply to users who install the package.")]),
        codes(&["EALLOWGIT", "EALLOWREMOTE", "EALLOWFILE", "EALLOWDIRECTORY"], [Cause::of(&publish_target::RULE)
            .why("npm 12 does not fetch packages from git or a URL unless you allow it")
            .fix("Publish a folder (`npm publish ./dist`) or a local archive, or allow it: `--allow-git=all`, `--allow-remote=all`.")]),
        codes(&["ERR_PNPM_CANNOT_RESOLVE_WORKSPACE_PROTOCOL"], [dependency()
            .why("pnpm reads the version of a `workspace:` dependency from node_modules, and it is not installed")
            .fix("Install before you publish.").run("pnpm install")]),
        reading(&["EUNSUPPORTEDPROTOCOL"], &["workspace:"], [dependency()
            .why("npm does not support `workspace:`, neither when it installs nor when it publishes")
            .fix(WORKSPACE)]),
        codes(&["EUNSUPPORTEDPROTOCOL", "ERR_PNPM_CATALOG_ENTRY_NOT_FOUND_FOR_SPEC", "YN0021"], [dependency()]),
        words(&["failed to resolve workspace version"], [dependency()
            .why("Bun reads the version of a `workspace:` dependency from its lockfile, and it is not there")
            .fix("Install before you publish.").run("bun install")]),
        words(&["failed to resolve catalog version"], [dependency()]),
        words(&["you must specify a tag using --tag when publishing a prerelease"], [Cause::of(&prerelease_without_tag::RULE)]),
        words(&["specify a dist-tag using --tag when publishing a pre-release"], [Cause::of(&prerelease_without_tag::RULE)]),
        words(&["pass a tag, for example bun publish --tag"], [Cause::of(&prerelease_without_tag::RULE)]),
        codes(&["EPRIVATE", "ERR_PNPM_PRIVATE_PACKAGE"], [Cause::of(&private_package::RULE)]),
        words(&["private workspaces cannot be published"], [Cause::of(&private_package::RULE)]),
        words(&["attempted to publish a private package"], [Cause::of(&private_package::RULE)]),
        words(&["package marked as private"], [Cause::of(&private_package::RULE)]),
        codes(&["EUNSCOPED", "ERR_PNPM_UNSCOPED_RESTRICTED"], [Cause::of(&access_invalid::RULE)]),
        words(&["unable to restrict access to unscoped package"], [Cause::of(&access_invalid::RULE)]),
        codes(&["EBADSEMVER", "ERR_PNPM_BAD_SEMVER", "ERR_PNPM_PACKAGE_VERSION_NOT_FOUND"], [Cause::of(&version_invalid::RULE)]),
        words(&["missing `version` string"], [Cause::of(&version_invalid::RULE)]),
        words(&["workspaces must have valid names and versions"], [Cause::of(&name_invalid::RULE), Cause::of(&version_invalid::RULE)]),
        words(&["missing `name` string"], [Cause::of(&name_invalid::RULE)]),
        codes(&["ENOPKGNAME", "ERR_PNPM_PACKAGE_NAME_NOT_FOUND", "EINVALIDPACKAGENAME"], [Cause::of(&name_invalid::RULE)]),
        codes(&["ENOPKG"], [invalid().fix(PREFIX)]),
        codes(&["EINVALIDTAGNAME"], [Cause::of(&tag_invalid::RULE)]),
        codes(&["ENOWORKSPACES"], [Cause::of(&workspace_invalid::RULE)
            .why("the command runs for one package only, and not for workspaces")
            .fix("Leave out `--workspace` and `--workspaces`, and `workspaces=true` in .npmrc, and run the command in the package's folder.")]),
        codes(&["EWORKSPACESINVALID", "EMAPWORKSPACESPKG", "EMAPWORKSPACESLOCKFILE"], [Cause::of(&workspace_invalid::RULE)]),
        codes(&["ESCRIPTSINVALID", "EOVERRIDEVALUE", "EFORBIDDENKEY"], [invalid()]),
        codes(&["ERR_PNPM_PROVENANCE_UNSUPPORTED_PROVIDER", "YN0091", "IDENTITY_TOKEN_READ_ERROR"], [Cause::of(&provenance_impossible::RULE)]),
        words(&["provenance", "not supported yet"], [Cause::of(&provenance_impossible::RULE)
            .why("Bun does not support provenance, and fails when it is requested")
            .fix("Remove `provenance` from the command, `publishConfig` and .npmrc, or publish with npm.")]),
        codes(&["EBADDEVENGINES"], [Cause::of(&dev_engines::RULE)]),
    ]
}

/// Clients other than npm, in their own words.
pub(super) fn other_clients() -> Vec<Reading> {
    let other_manager = || {
        Cause::named("package.json requires another package manager, or another version of it")
            .fix("Use the one in `packageManager` or `engines` in package.json, or change it there.")
    };
    let missing = || Cause::of(&credential_missing::RULE);
    vec![
        codes(&["YN0033"], [missing()]),
        words(&["missing authentication"], [missing()]).when(|attempt| attempt.client == Client::Bun),
        words(&["no token found"], [missing()]).when(|attempt| attempt.client == Client::YarnClassic),
        reading(&["YN0041"], &["an anonymous user"], [missing()]),
        reading(
            &["YN0041"],
            &["invalid otp"],
            [Cause::of(&two_factor_required::RULE).called("the one-time password was not accepted")],
        ),
        codes(&["YN0041"], [Cause::of(&credential_rejected::RULE), Cause::of(&credential_unset_variable::RULE)]),
        words(
            &["failed to authenticate with registry"],
            [Cause::of(&credential_rejected::RULE), Cause::of(&credential_unset_variable::RULE)],
        ),
        words(&["incorrect username or password"], [Cause::of(&credential_rejected::RULE)]),
        words(
            &["seem to be present in your lockfile"],
            [Cause::of(&workspace_not_installed::RULE).fix(LOCKFILE).run("yarn install")],
        ),
        words(
            &["environment variable not found"],
            [Cause::of(&setting_unknown::RULE)
                .why("a `.yarnrc.yml` uses a variable that is not set, so every Yarn command fails")
                .fix("Set the variable where Yarn runs, or give it a default, which may be empty: `${NPM_TOKEN:-}`.")],
        ),
        words(
            &["unsupported option name"],
            [Cause::of(&option_unknown::RULE).why("Yarn does not know the option").fix(YARN_OPTION)],
        ),
        words(&["unrecognized or legacy configuration settings"], [Cause::of(&setting_unknown::RULE)]),
        codes(
            &["YN0081"],
            [Cause::of(&registry_invalid::RULE)
                .why("Yarn uses plain HTTP only for hosts in `unsafeHttpWhitelist`")
                .fix("Use `https://` in the URL, or add the host to `unsafeHttpWhitelist` in .yarnrc.yml.")],
        ),
        codes(
            &["YN0080"],
            [Cause::named("Yarn's settings block this request")
                .fix("Check `enableNetwork` and `networkSettings` in .yarnrc.yml.")],
        ),
        codes(
            &["YN0028", "ERR_PNPM_OUTDATED_LOCKFILE", "ERESOLVE"],
            [Cause::named("the install before the publish failed").fix(INSTALL)],
        ),
        words(&["this project is configured to use"], [other_manager()]).when(Attempt::is_unanswered),
        codes(
            &["ERR_PNPM_BAD_PM_VERSION", "ERR_PNPM_OTHER_PM_EXPECTED", "ERR_PNPM_UNSUPPORTED_ENGINE"],
            [other_manager()],
        ),
        words(
            &["is incompatible with this module"],
            [Cause::named("a package does not support this machine")
                .fix("Use the Node.js version or the platform in the message, or change `engines` in package.json.")],
        )
        .when(Attempt::is_unanswered),
    ]
}

/// What git says: the checks before a publish, and a folder that was taken for a repository.
pub(super) fn git() -> Vec<Reading> {
    let unclean = || Cause::of(&git_not_clean::RULE);
    let target = || Cause::of(&publish_target::RULE).why("npm tried to fetch a git repository").fix(FOLDER);
    vec![
        words(&["ls-remote"], [target()]),
        words(&["could not read from remote repository"], [target()]),
        codes(&["ERR_PNPM_GIT_UNCLEAN"], [unclean()]),
        words(&["unclean working tree"], [unclean()]),
        words(&["working dir must be clean"], [unclean().fix("Commit the files, or ignore them in `.gitignore`.")]),
        codes(&["EUNCOMMIT", "ECHANGES"], [unclean().fix("Commit the files that lerna lists, or ignore them in `.gitignore`; an earlier step of the job may have written them.")]),
        codes(&["ERR_PNPM_GIT_NOT_LATEST", "EBEHIND"], [Cause::of(&git_behind::RULE)]),
        words(&["remote history differs"], [Cause::of(&git_behind::RULE)]),
        words(&["git working directory not clean"], [unclean()]).when(Attempt::is_unanswered),
        words(&["not a git repository"], [Cause::named("there is no git repository").fix(REPOSITORY)])
            .when(Attempt::is_unanswered),
        codes(&["ENOREMOTEBRANCH"], [Cause::of(&git_branch::RULE).why("the branch does not exist on the remote")
            .fix("Push the branch first.").run("git push -u origin HEAD")]),
        codes(&["ERR_PNPM_GIT_UNKNOWN_BRANCH", "EDETACHEDHEAD"], [Cause::of(&git_branch::RULE)
            .why("git has a commit checked out, and no branch").fix(DETACHED)]),
        codes(&["ERR_PNPM_GIT_NOT_CORRECT_BRANCH", "ENOTALLOWED"], [Cause::of(&git_branch::RULE)]),
        words(&["branch. use --any-branch"], [Cause::of(&git_branch::RULE)]),
        codes(&["ENOGIT"], [Cause::named("git is not installed").fix("Install git where npm runs, or publish a folder or a local archive.")]),
    ]
}

/// The machine, and what was installed on it.
pub(super) fn machine() -> Vec<Reading> {
    let file = |name, fix: &str| Cause::named(name).fix(fix);
    let stopped = || file("npm stopped because of a bug in npm", STOPPED).run(VIEW);
    vec![
        words(&["exit handler never called"], [stopped()]),
        words(&["cb() never called"], [stopped()]),
        reading(
            &["EBADENGINE"],
            &["npm@"],
            [Cause::named("this npm does not support this Node.js").fix(NODE).run("node --version")],
        ),
        codes(
            &["EBADENGINE", "EBADPLATFORM"],
            [Cause::named("a package does not support this machine").fix(
                "Use the Node.js version or platform in the message. An install failed before anything was published.",
            )],
        ),
        words(&["cache folder contains root-owned files"], [file("npm is not allowed to write to its cache", CACHE)]),
        codes(
            &["EPERM", "EBUSY", "EACCES"],
            [file(
                "a file is in use, or npm is not allowed to write there",
                "Close what uses the file in the message (an editor, a development server, a virus scanner), and run it again.",
            )],
        )
        .when(|attempt| attempt.lines.iter().any(|line| line.contains(":\\"))),
        codes(
            &["EACCES", "EPERM"],
            [file(
                "npm is not allowed to write there",
                "Check who owns the file in the message (often npm's cache or a global folder), and change its owner to the user who runs npm.",
            )],
        ),
        codes(
            &["ENOSPC"],
            [file("the disk is full", "Free space on the disk or in the temporary folder, and run it again.")],
        ),
        codes(
            &["EROFS"],
            [file("the file system is read-only", "Point npm to a cache and a temporary folder that it can write to.")],
        ),
        codes(
            &["EMFILE", "ENFILE"],
            [file("too many open files", "Raise the limit (`ulimit -n`), or run fewer things at once.")],
        ),
        codes(
            &["EEXIST", "ENOTEMPTY", "EISDIR", "EBUSY", "ENOTDIR", "ELOOP"],
            [file(
                "a file already exists there",
                "Check the file in the message, remove it if it is left over from another run, and run it again.",
            )],
        ),
        codes(
            &["ENOENT"],
            [Cause::of(&publish_target::RULE)
                .why("a file or folder does not exist")
                .fix("Check the path in the message: build first, or correct the path.")],
        ),
        codes(&["ETARGET", "ENOVERSIONS"], [Cause::of(&dependency_unavailable::RULE)]),
        codes(
            &["ELOCKFILEVERSION", "ENOLOCK"],
            [file("npm cannot use the lockfile", "Recreate it with `npm install --package-lock-only`, and commit it.")],
        ),
        codes(
            &["ENOTCACHED"],
            [file("npm is set to use only its cache", "Remove `offline` from .npmrc or the environment.")],
        ),
        codes(
            &["EMISSINGARG", "EUNKNOWNTYPE", "EINVALIDTYPE", "ETOOMANYARGS"],
            [file("npm failed because of a bug in npm", BUG)],
        ),
        codes(
            &[
                "EATTESTATIONVERIFY",
                "EATTESTATIONSUBJECT",
                "EINTEGRITYSIGNATURE",
                "EMISSINGSIGNATUREKEY",
                "EEXPIREDSIGNATUREKEY",
                "EMANIFESTMISMATCH",
            ],
            [file(
                "a package from the registry does not match its signature",
                "Do not publish. Update npm, and ask the registry's operators.",
            )],
        ),
    ]
}

/// npm ended and printed nothing: npm 12 does so at options that are abbreviated, or words behind a single dash.
pub(super) fn silent(attempt: &Attempt) -> Option<Verdict> {
    if attempt.kind != Kind::Silence {
        return None;
    }
    let is_refused = |argument: &&String| match argument.strip_prefix("--") {
        Some(option) => {
            let name = option.split('=').next().unwrap_or(option);
            types(name.strip_prefix("no-").unwrap_or(name)).is_none() && !name.contains(':')
        }
        None => argument.len() > 2 && !argument.contains('='),
    };
    let refused = attempt.arguments.iter().find(is_refused);
    Some(Verdict::one(match refused {
        Some(option) => Cause::of(&option_unknown::RULE)
            .why(format!("npm 12 does not accept `{option}`, and prints no error for it"))
            .fix(SILENT),
        None => Cause::named("npm printed nothing").fix(SILENT).run("npm publish --loglevel verbose"),
    }))
}

/// What a family of codes means.
pub(super) fn of_code(code: &str) -> Option<Cause> {
    let network = [
        "ERR_TLS",
        "ERR_SSL",
        "ENET",
        "EHOST",
        "EAI_",
        "CERT_",
        "UNABLE_TO_",
        "SELF_SIGNED",
        "DEPTH_ZERO",
        "HPE_",
        "UND_ERR_",
    ];
    if network.iter().any(|start| code.starts_with(start)) {
        return Some(Cause::of(&registry_unreachable::RULE));
    }
    if ["ENPMEXTENSION", "EEXTENSION", "EPATCH"].iter().any(|start| code.starts_with(start)) {
        return Some(Cause::named("an extension or a patch of npm 12 failed").fix(
            "Correct the extension file or patch in the message, or remove it from the project's settings; npm reads it before it publishes.",
        ));
    }
    None
}

/// pnpm warns that it left the credential out.
pub(super) fn left_out(attempt: &Attempt) -> Option<Verdict> {
    if !attempt.is_upload_refused() || !attempt.notes("ignored project-level auth setting") {
        return None;
    }
    let unset = Cause::of(&credential_unset_variable::RULE)
        .why("pnpm does not expand variables in credentials in the project's .npmrc, so it ignored the line")
        .fix("Move the line to the user's .npmrc (in GitHub Actions, setup-node writes one), or log in with `pnpm login`.");
    Some(Verdict { causes: vec![unset], others: vec![&credential_missing::RULE] })
}

/// The log shows that the variable with the credential has none.
pub(super) fn unset(attempt: &Attempt) -> Option<Verdict> {
    let (name, lack) = attempt.unset.as_ref()?;
    let is_anonymous = attempt.is_anonymous();
    if !(is_anonymous || attempt.is_upload_refused()) || attempt.says("scope not found") {
        return None;
    }
    let why = match lack {
        Lack::NotSet => format!("the log says that the variable `{name}`, which the configuration uses, is not set"),
        Lack::Empty => format!("`{name}` is empty in the environment that the log shows"),
        Lack::Placeholder => {
            format!("`{name}` has the value that setup-node sets where it is given no token, so no secret was passed")
        }
    };
    let unset = Cause::of(&credential_unset_variable::RULE).why(why);
    // A job without a token may be one that publishes by trusted publishing.
    let other = match lack {
        Lack::NotSet if is_anonymous => {
            return Some(Verdict { causes: vec![unset], others: vec![&trusted_publisher::RULE] });
        }
        Lack::NotSet => Cause::of(&credential_rejected::RULE),
        Lack::Empty | Lack::Placeholder => Cause::of(&trusted_publisher::RULE).fix(identity::WHAT_IT_NEEDS),
    };
    Some(Verdict { causes: vec![unset, other], others: Vec::new() })
}

/// `Unknown user config "key" (/home/alice/.npmrc)`, as npm 12 says it of a setting (@npmcli/config's lib/index.js).
pub(super) fn unknown_setting(attempt: &Attempt) -> Option<Verdict> {
    const PLACES: [&str; 5] = ["project", "user", "global", "builtin", "env"];
    if attempt.says("git-checks") {
        return None;
    }
    let quoted = |line: &String| {
        PLACES.iter().find_map(|place| {
            let rest = line.split_once(&format!("nknown {place} config \""))?.1;
            let (key, rest) = rest.split_once('"')?;
            let file = rest.trim_start().strip_prefix('(').and_then(|rest| rest.split(')').next());
            Some((*place, key.to_owned(), file.map(ToOwned::to_owned)))
        })
    };
    let (place, key, file) = attempt.lines.iter().find_map(quoted)?;
    let why = match (file, place) {
        (Some(file), _) => format!("npm 12 does not know `{key}`, which is set in {file}"),
        (None, "env") => format!("npm 12 does not know `{key}`, which an environment variable sets"),
        (None, place) => format!("npm 12 does not know `{key}`, which is set in the {place} configuration"),
    };
    Some(Verdict::one(Cause::of(&setting_unknown::RULE).why(why)))
}

/// What to do instead, where the client keeps its credential elsewhere or cannot ask.
static FIXES: [(&Rule, Client, &str); 25] = [
    (&two_factor_required::RULE, Client::Bun, BUN_OTP),
    (&two_factor_required::RULE, Client::Yarn, YARN_OTP),
    (&registry_unreachable::RULE, Client::Yarn, YARN_PROXY),
    (&registry_unreachable::RULE, Client::Bun, BUN_PROXY),
    (&credential_missing::RULE, Client::ReleaseIt, RELEASE_IT),
    (&credential_rejected::RULE, Client::ReleaseIt, RELEASE_IT),
    (&credential_missing::RULE, Client::YarnClassic, CLASSIC_TOKEN),
    (&credential_rejected::RULE, Client::YarnClassic, CLASSIC_TOKEN),
    (&credential_unset_variable::RULE, Client::YarnClassic, CLASSIC_TOKEN),
    (&two_factor_required::RULE, Client::YarnClassic, CLASSIC_OTP),
    (&credential_rejected::RULE, Client::Bun, BUN_TOKEN),
    (&credential_missing::RULE, Client::Yarn, YARN_TOKEN),
    (&credential_rejected::RULE, Client::Yarn, YARN_NEW_TOKEN),
    (&credential_unset_variable::RULE, Client::Yarn, YARN_TOKEN),
    (&credential_missing::RULE, Client::Bun, BUN_TOKEN),
    (&credential_unset_variable::RULE, Client::Bun, BUN_TOKEN),
    (&credential_missing::RULE, Client::SemanticRelease, RELEASE_TOKEN),
    (&credential_rejected::RULE, Client::SemanticRelease, RELEASE_TOKEN),
    (&credential_unset_variable::RULE, Client::SemanticRelease, RELEASE_TOKEN),
    (&crate::rules::access_missing::RULE, Client::Yarn, YARN_ACCESS),
    (&two_factor_required::RULE, Client::Pnpm, PNPM_OTP),
    (&credential_missing::RULE, Client::Pnpm, PNPM_TOKEN),
    (&credential_unset_variable::RULE, Client::Pnpm, PNPM_VARIABLE),
    (&credential_missing::RULE, Client::Np, NP_LOGIN),
    (&credential_rejected::RULE, Client::Np, NP_LOGIN),
];

/// Makes an answer fit the client and the registry: where its credential is, and what it can do.
pub(super) fn fit(attempt: &Attempt, cause: &mut Cause) {
    let Some(rule) = cause.rule else { return };
    let is = |one: &Rule| one.id == rule.id;
    // The checks of git are pnpm's in our rules; other tools have them, too.
    let (name, fix) = match rule.id {
        id if id == git_not_clean::RULE.id => ("the working tree has uncommitted changes", CLEAN),
        id if id == git_branch::RULE.id => ("the release runs on a branch that the tool does not publish from", BRANCH),
        id if id == git_behind::RULE.id => ("the branch is behind its remote", BEHIND),
        id if id == credential_missing::RULE.id => (without_credential(attempt.client), ""),
        _ => ("", ""),
    };
    if cause.name.is_empty() {
        cause.name = name;
    }
    if cause.fix.is_empty() && attempt.client != Client::Pnpm {
        fix.clone_into(&mut cause.fix);
    }
    if is(&registry_read_only::RULE) && cause.fix.is_empty() {
        cause.fix = read_only(attempt);
    }
    if !cause.fix.is_empty() {
        return;
    }
    let is_for_this = |(of, client, _): &&(&Rule, Client, &str)| of.id == rule.id && *client == attempt.client;
    let is_old_lerna = attempt.client == Client::Lerna && (4..=8).any(|major| attempt.notes(&format!("cli v{major}.")));
    let by_client = FIXES.iter().find(is_for_this).map(|(.., text)| *text);
    let by_client = by_client.or((is_old_lerna && is(&credential_rejected::RULE)).then_some(LERNA_8));
    if attempt.is_elsewhere() {
        if is(&credential_missing::RULE) || is(&credential_rejected::RULE) || is(&credential_unset_variable::RULE) {
            let general = by_client.filter(|_| attempt.client == Client::Bun).unwrap_or(match attempt.client {
                Client::Yarn => ELSEWHERE_YARN,
                _ => ELSEWHERE,
            });
            let own = attempt.vendor().map_or("", |vendor| vendor.credential);
            let text = format!("{} {own}", general.replace("{key}", &nerf(attempt)));
            text.trim_end().clone_into(&mut cause.fix);
            return;
        }
        if is(&credential_restricted::RULE) || is(&not_a_maintainer::RULE) {
            let own = attempt.vendor().map_or("", |vendor| vendor.credential);
            format!("{NO_RIGHT} {own}").trim_end().clone_into(&mut cause.fix);
            return;
        }
        if is(&scope_not_yours::RULE) {
            OTHER_SCOPE.clone_into(&mut cause.fix);
            return;
        }
    }
    if let Some(text) = by_client {
        text.clone_into(&mut cause.fix);
    } else if let Some((_, text)) = PLAIN.iter().find(|(of, _)| is(of)) {
        (*text).clone_into(&mut cause.fix);
    }
}

/// What a missing credential is called where the client is not npm.
const fn without_credential(client: Client) -> &'static str {
    match client {
        Client::YarnClassic | Client::Yarn => "Yarn has no credential for the registry",
        Client::Pnpm => "pnpm has no credential for the registry",
        Client::Bun => "Bun has no credential for the registry",
        _ => "",
    }
}

/// What to do instead of publishing to a registry that takes nothing: npm's own is meant only by its mirrors.
fn read_only(attempt: &Attempt) -> String {
    let url = attempt.sent_to();
    let closed = url.as_ref().and_then(|url| Vendor::of(url)?.closed(url));
    if let Some(closed) = closed
        && attempt.is_elsewhere()
    {
        return match closed.instead {
            Some(instead) => format!("{}{}.", instead[..1].to_uppercase(), &instead[1..]),
            None => MIRROR.to_owned(),
        };
    }
    if attempt.is_elsewhere() { HOSTED.to_owned() } else { MIRROR.to_owned() }
}

/// `//npm.acme.test/path/`, the beginning of npm's keys for a registry.
fn nerf(attempt: &Attempt) -> String {
    let Some(url) = attempt.sent_to_registry().filter(url::Url::has_host) else {
        return "//<host>/<path>/".to_owned();
    };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("//{}{port}{}/", url.host_str().unwrap_or_default(), url.path().trim_end_matches('/'))
}

/// Advice that is about a log, where the rule's own is about a finding.
static PLAIN: [(&Rule, &str); 6] = [
    (&credential_missing::RULE, NPM_TOKEN),
    (&credential_unset_variable::RULE, VARIABLE),
    (
        &git_not_clean::RULE,
        "Commit the files, or ignore them in `.gitignore`. If the check does not make sense for you, publish with \
        `--no-git-checks`.",
    ),
    (
        &registry_unreachable::RULE,
        "Check the registry's URL, the network, and `proxy`, `https-proxy` and `noproxy`. For a company's own \
        certificate, set `cafile` or `NODE_EXTRA_CA_CERTS`.",
    ),
    (&manifest_invalid::RULE, "Correct package.json as the message says."),
    (
        &publish_target::RULE,
        "Check what `npm publish` was given and the path in the message. Write a folder as `./dist`.",
    ),
];

const NPM_TOKEN: &str = "Set up trusted publishing, or write `//registry.npmjs.org/:_authToken=${NPM_TOKEN}` into .npmrc and set the \
    variable in the step that publishes. On your own machine, log in with `npm login`.";
const PNPM_TOKEN: &str = "Set up trusted publishing, or write `//registry.npmjs.org/:_authToken=${NPM_TOKEN}` into the user's .npmrc, the only \
    one in which pnpm reads it, and set the variable in the step that publishes. On your own machine, log in with `pnpm login`.";
const VARIABLE: &str =
    "Set the variable in the step that publishes. In GitHub Actions, map the secret in the step's `env`.";
const PNPM_VARIABLE: &str = "Set the variable in the step that publishes, and keep the line with it in the user's .npmrc: pnpm expands no \
    variable in the project's. In GitHub Actions, map the secret in the step's `env`.";
const CLASSIC_TOKEN: &str = "Yarn 1 reads npm's settings: give it a token with `//registry.npmjs.org/:_authToken=${NPM_TOKEN}` in .npmrc, and \
    set the variable in the step that publishes. Yarn 1 has no trusted publishing: for that, publish with npm.";
const CLASSIC_OTP: &str = "Publish from a terminal, where Yarn asks for the code, or with npm. In CI, publish with npm by trusted publishing: \
    Yarn 1 has none.";
const CLEAN: &str = "Commit the files, or ignore them in `.gitignore`: an earlier step of the job may have written them. `git status` shows \
    them.";
const BRANCH: &str = "Run the release on the branch that the tool is set up for, or change the branch in its settings.";
const BEHIND: &str = "Pull the commits, then run the release again.";
const HOSTED: &str = "Publish to a hosted repository on the same server. Groups, proxies and mirrors only serve packages: ask who runs the \
    server for the URL, and set it as `publishConfig.registry` in package.json.";
const MIRROR: &str = "Keep the URL for installing, and set the registry to publish to in package.json: `\"publishConfig\": { \"registry\": \
    \"https://registry.npmjs.org/\" }`.";
const ELSEWHERE: &str = "Give npm a token for this registry: `{key}:_authToken=${NPM_TOKEN}` in .npmrc, with the variable set in the step \
    that publishes.";
const ELSEWHERE_YARN: &str = "Give Yarn a token for this registry: `npmAuthToken` under `npmRegistries` in .yarnrc.yml, with the variable in \
    it set in the step that publishes. Yarn 2 and later do not read .npmrc.";
const OTHER_SCOPE: &str =
    "Correct the scope in `name`: on that registry it must belong to you, or to your organisation or project.";
const NO_RIGHT: &str = "Use an account or a token that may publish this package on that registry, or ask the registry's operators for permission.";
const YARN_OPTION: &str = "Remove the option. `yarn npm publish` has no `--registry`: set `npmPublishRegistry` in .yarnrc.yml, the \
    variable `YARN_NPM_PUBLISH_REGISTRY`, or `registry` in `publishConfig`.";
const YARN_TOKEN: &str = "Yarn 2 and later do not read .npmrc. Write `npmAuthToken: \"${NPM_TOKEN:-}\"` into \
    .yarnrc.yml and set the variable where Yarn runs, or set `YARN_NPM_AUTH_TOKEN`, or log in with `yarn npm login`. \
    On GitHub Actions, GitLab and CircleCI, Yarn uses trusted publishing when no token is set.";
const YARN_NEW_TOKEN: &str = "Replace the token: `npmAuthToken` in .yarnrc.yml, the variable `YARN_NPM_AUTH_TOKEN`, \
    or `yarn npm login`. Yarn 2 and later do not read .npmrc.";
const YARN_ACCESS: &str = "Yarn publishes every scoped package as `restricted` unless `access` is set. Set \
    `\"publishConfig\": { \"access\": \"public\" }` in package.json, or `npmPublishAccess: public` in .yarnrc.yml.";
const BUN_TOKEN: &str = "Give Bun a token: `//<host>/:_authToken=${NPM_TOKEN}` in the .npmrc of the user or of the \
    project's root, `token` under `[install.registry]` in bunfig.toml, or the variable `NPM_CONFIG_TOKEN`; on your \
    own machine, `bunx npm login`. Bun does not support trusted publishing: for that, publish with npm.";
const RELEASE_TOKEN: &str = "semantic-release reads the token from the variable `NPM_TOKEN`: set it to a granular \
    token that may write the package and bypasses two-factor authentication. Or use trusted publishing \
    (@semantic-release/npm 13 or newer), and set no token.";
const BUN_OTP: &str = "Publish from a terminal, where Bun asks for the code or opens the browser. In CI, publish with npm by trusted \
    publishing, which Bun does not support. Avoid a token that bypasses two-factor authentication: npm has announced that such tokens \
    can no longer publish directly from January 2027.";
const YARN_OTP: &str = "In CI, use trusted publishing. Otherwise publish from a terminal, where Yarn asks for the code, or pass it with \
    `yarn npm publish --otp <code>`. Avoid a token that bypasses two-factor authentication: npm has announced that such tokens can no \
    longer publish directly from January 2027.";
const YARN_PROXY: &str = "Check the registry's URL, the network, and `httpProxy` and `httpsProxy` in .yarnrc.yml. For a company's own \
    certificate, set `httpsCaFilePath` there.";
const BUN_PROXY: &str = "Check the registry's URL, the network, and the variables `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. For a company's \
    own certificate, set `cafile` in .npmrc or under `[install]` in bunfig.toml.";
const RELEASE_IT: &str = "For trusted publishing, set `\"npm\": { \"skipChecks\": true }` in release-it's settings: before it publishes, it \
    runs `npm whoami`, which needs a token. To publish with a token, write `//registry.npmjs.org/:_authToken=${NPM_TOKEN}` into .npmrc \
    and set the variable in the step that publishes. On your own machine, log in with `npm login`.";
const NP_LOGIN: &str = "np runs on your own machine: log in with `npm login`, then run np again.";
const LERNA_8: &str = "Replace the token that the step publishes with, or update to lerna 9 and use trusted publishing: older versions of \
    lerna have none.";
const PNPM_OTP: &str = "In CI, use trusted publishing. Otherwise publish from a terminal, where pnpm asks for the \
    code, or pass it with `pnpm publish --otp <code>` or the variable `PNPM_CONFIG_OTP`. Avoid a token that bypasses \
    two-factor authentication: npm has announced that such tokens can no longer publish directly from January 2027.";
