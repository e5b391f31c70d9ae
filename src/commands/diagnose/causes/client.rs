//! What clients say before they ask a registry: of options, settings, package.json, git and the machine.

use super::super::attempt::{Attempt, Client, Kind};
use super::{Cause, Reading, Verdict, codes, reading, words};
use crate::project::npm_config::definitions::types;
use crate::rules::{
    Rule, access_invalid, bundle_overridden, credential_malformed, credential_missing, credential_rejected,
    credential_unset_variable, dependency_unavailable, dependency_unpublishable, dev_engines, git_behind, git_branch,
    git_not_clean, manifest_invalid, name_invalid, option_unknown, prerelease_without_tag, private_package,
    provenance_impossible, publish_target, registry_invalid, setting_misplaced, setting_unknown, tag_invalid,
    two_factor_required, version_invalid, workspace_invalid, workspace_not_installed,
};

const GIT_CHECKS: &str = "pnpm 10 before 10.34 hands its own options, such as `--no-git-checks`, on to npm, and npm 12 stops at them. \
    Update pnpm, or publish with npm 11 (`npm install -g npm@11`); `git-checks=false` in .npmrc needs no option.";
const ONE_WORD: &str = "A tool gave npm an option and its value as one argument, and npm 12 stops at it. release-it does so before 21: \
    update the tool, or publish with npm 11 (`npm install -g npm@11`).";
const OPTION: &str = "npm 12 stops at options that it does not know; npm 11 only warned. Correct the option, or remove it; if a tool \
    gives it, update the tool, or publish with npm 11 (`npm install -g npm@11`).";
const SILENT: &str = "npm 12 ends without a word at an abbreviated option (`--acces`) and at a word behind a single dash (`-ws`): \
    write options in full. npm says which one it is with `--loglevel verbose`. With `--silent` or `loglevel=silent` it says nothing of \
    any failure.";
const NODE: &str = "The npm that was asked for does not run on this Node.js. Update Node.js in the job (`node-version: 24`), or install \
    an npm that fits it: `npm install -g npm@11`. npm 12 needs Node.js 22.22.2, 24.15 or 26.";
const NOT_CHANGED: &str = "`npm version` was asked for the version that package.json has already. Go on to the publish, or allow it: \
    `npm version <version> --allow-same-version`.";
const PREFIX: &str = "npm looks for package.json in the folder where it is run (or above). Run it in the package's folder, or name the \
    folder: `npm publish ./dist`. `--prefix` does not choose the package.";
const FOLDER: &str =
    "npm took the argument for a repository on GitHub. Write a folder with a dot: `npm publish ./packages/name`.";
const LOCKFILE: &str =
    "Yarn publishes only workspaces that its lockfile knows. Run `yarn install` first, from the root.";
const INSTALL: &str = "This is an install that failed, before anything was published. Correct the dependency that the message names, \
    then run the release again.";
const BUG: &str = "Update npm, and try again; if it stays, report it to npm.";

/// npm's manual, which it prints with every misuse, has half of the words that others are known by.
pub(super) fn usage() -> Vec<Reading> {
    let impossible = || Cause::of(&provenance_impossible::RULE);
    vec![
        words(&["automatic provenance generation not supported"], [impossible()]),
        words(&["provenance generation in github actions requires"], [impossible()
            .why("the job may not ask for an identity, and provenance is signed with it")
            .fix("Give the job `permissions: id-token: write` (with `contents: read`), or publish with `--no-provenance`.")]),
        words(&["provenance generation in gitlab ci requires"], [impossible()
            .fix("Give the job `id_tokens: SIGSTORE_ID_TOKEN: aud: sigstore`, or publish with `--no-provenance`.")]),
        words(&["can't generate provenance for new or private package"], [impossible()
            .fix("Publish with `--access public`, or set `access` to `public` in `publishConfig`; a private package has no provenance.")]),
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
        codes(&["ERR_INVALID_CHAR"], [Cause::of(&credential_malformed::RULE)]),
        codes(&["ERR_INVALID_URL", "E426", "ERR_PNPM_PUBLISH_UNSUPPORTED_REGISTRY_PROTOCOL"], [Cause::of(&registry_invalid::RULE)]),
        codes(&["ERR_PNPM_REGISTRY_ENV_NOT_EXPANDED"], [Cause::of(&registry_invalid::RULE)
            .why("pnpm fills in no variable in a registry's URL that the project's files name")
            .fix("Write the URL in full, or set it outside of the project: `pnpm publish --registry <url>` or the user's .npmrc.")]),
        words(&["version not changed"], [Cause::named("the version is the one that package.json has").fix(NOT_CHANGED)]),
        codes(&["EUNKNOWNCOMMAND"], [Cause::of(&publish_target::RULE).why("this npm does not know the command: `npm stage` came with 11.15")]),
        words(&["unknown command: \"stage\""], [Cause::of(&publish_target::RULE).why("this npm is too old for `npm stage`, which came with 11.15")
            .fix("Update npm.").run("npm install -g npm@11")]),
    ]
}

/// package.json and what npm reads beside it.
pub(super) fn manifest() -> Vec<Reading> {
    let invalid = || Cause::of(&manifest_invalid::RULE);
    let dependency = || Cause::of(&dependency_unpublishable::RULE);
    let is_manifest: fn(&Attempt) -> bool = |attempt| attempt.says("package.json");
    vec![
        codes(&["ENOENT", "ENOTDIR"], [invalid().why("there is no package.json where npm looks").fix(PREFIX), Cause::of(&publish_target::RULE)])
            .when(is_manifest),
        codes(&["ERR_PNPM_NO_IMPORTER_MANIFEST_FOUND", "ERR_PNPM_NO_PKG_MANIFEST"], [invalid()
            .why("the folder that would be published has no package.json: it was not built, or `publishConfig.directory` names another")
            .fix("Build first, or correct `publishConfig.directory`.")]),
        words(&["could not read package.json"], [invalid().fix(PREFIX)]),
        codes(&["EJSONPARSE", "ERR_PNPM_JSON_PARSE"], [invalid()]),
        codes(&["EPACKAGEEXTENSIONS"], [invalid()
            .why("npm 12 publishes no package.json with `packageExtensions`, which is for the root of a project")
            .fix("Remove `packageExtensions` from the package that is published, or keep it in a root that is private.")
            .run("npm pkg delete packageExtensions")]),
        codes(&["EBUNDLEOVERRIDE"], [Cause::of(&bundle_overridden::RULE)
            .fix("Remove the packages that npm names from `bundleDependencies` or from `overrides`: who installs the package does not get the overrides.")]),
        codes(&["EALLOWGIT", "EALLOWREMOTE", "EALLOWFILE", "EALLOWDIRECTORY"], [Cause::of(&publish_target::RULE)
            .why("npm 12 fetches nothing from git or by URL unless that is allowed")
            .fix("Publish a folder (`npm publish ./dist`) or an archive on the disk; or allow it: `--allow-git=all`, `--allow-remote=all`.")]),
        codes(&["EUNSUPPORTEDPROTOCOL", "ERR_PNPM_CANNOT_RESOLVE_WORKSPACE_PROTOCOL", "ERR_PNPM_CATALOG_ENTRY_NOT_FOUND_FOR_SPEC", "YN0021"], [dependency()]),
        words(&["failed to resolve workspace version"], [dependency()]),
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
        codes(&["ENOWORKSPACES", "EWORKSPACESINVALID", "EMAPWORKSPACESPKG", "EMAPWORKSPACESLOCKFILE"], [Cause::of(&workspace_invalid::RULE)]),
        codes(&["ESCRIPTSINVALID", "EOVERRIDEVALUE", "EFORBIDDENKEY"], [invalid()]),
        codes(&["ERR_PNPM_PROVENANCE_UNSUPPORTED_PROVIDER", "YN0091", "IDENTITY_TOKEN_READ_ERROR"], [Cause::of(&provenance_impossible::RULE)]),
        words(&["provenance", "not supported yet"], [Cause::of(&provenance_impossible::RULE)
            .why("Bun makes no provenance, and stops where it is asked for")
            .fix("Remove `provenance` from the command, `publishConfig` and .npmrc, or publish with npm.")]),
        codes(&["EBADDEVENGINES"], [Cause::of(&dev_engines::RULE)]),
    ]
}

/// Clients other than npm, in their own words.
pub(super) fn other_clients() -> Vec<Reading> {
    let missing = || Cause::of(&credential_missing::RULE);
    vec![
        codes(&["YN0033"], [missing()]),
        words(&["missing authentication"], [missing()]).when(|attempt| attempt.client == Client::Bun),
        words(&["no token found"], [missing()]).when(|attempt| attempt.client == Client::YarnClassic),
        reading(&["YN0041"], &["an anonymous user"], [missing()]),
        reading(&["YN0041"], &["invalid otp"], [Cause::of(&two_factor_required::RULE)]),
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
                .why("a `.yarnrc.yml` names a variable that is not set; Yarn then stops at every command")
                .fix("Set the variable where Yarn runs, or give it a default that may be empty: `${NPM_TOKEN:-}`.")],
        ),
        words(
            &["unsupported option name"],
            [Cause::of(&option_unknown::RULE).why("Yarn does not know the option, and stops").fix(YARN_OPTION)],
        ),
        words(&["unrecognized or legacy configuration settings"], [Cause::of(&setting_unknown::RULE)]),
        codes(
            &["YN0081"],
            [Cause::of(&registry_invalid::RULE)
                .why("Yarn speaks plain http only with hosts that `unsafeHttpWhitelist` names")
                .fix("Write the URL with `https://`, or name the host in `unsafeHttpWhitelist` of .yarnrc.yml.")],
        ),
        codes(
            &["YN0080"],
            [Cause::named("Yarn's settings block this request")
                .fix("Look at `enableNetwork` and `networkSettings` in .yarnrc.yml.")],
        ),
        codes(
            &["YN0028", "ERR_PNPM_OUTDATED_LOCKFILE", "ERESOLVE"],
            [Cause::named("the install before the publish failed").fix(INSTALL)],
        ),
        codes(
            &["ERR_PNPM_BAD_PM_VERSION", "ERR_PNPM_OTHER_PM_EXPECTED", "ERR_PNPM_UNSUPPORTED_ENGINE"],
            [Cause::named("package.json asks for another package manager, or another version")
                .fix("Use the version that `packageManager` or `engines` in package.json names, or change it there.")],
        ),
    ]
}

/// What git says: the checks before a publish, and a folder that was taken for a repository.
pub(super) fn git() -> Vec<Reading> {
    let unclean = || Cause::of(&git_not_clean::RULE);
    let target = || Cause::of(&publish_target::RULE).why("npm asked git for a repository").fix(FOLDER);
    vec![
        words(&["ls-remote"], [target()]),
        words(&["could not read from remote repository"], [target()]),
        codes(&["ERR_PNPM_GIT_UNCLEAN"], [unclean()]),
        words(&["unclean working tree"], [unclean()]),
        words(&["working dir must be clean"], [unclean().fix("Commit the files, or ignore them in `.gitignore`.")]),
        codes(&["EUNCOMMIT", "ECHANGES"], [unclean().fix("Commit the files that lerna lists, or ignore them in `.gitignore`; a step of the job may have written them.")]),
        codes(&["ERR_PNPM_GIT_NOT_LATEST", "EBEHIND"], [Cause::of(&git_behind::RULE)]),
        words(&["remote history differs"], [Cause::of(&git_behind::RULE)]),
        codes(&["ERR_PNPM_GIT_NOT_CORRECT_BRANCH", "ERR_PNPM_GIT_UNKNOWN_BRANCH", "ENOTALLOWED", "EDETACHEDHEAD"], [Cause::of(&git_branch::RULE)]),
        words(&["branch. use --any-branch"], [Cause::of(&git_branch::RULE)]),
        codes(&["ENOGIT"], [Cause::named("git is not there").fix("Install git where npm runs, or publish a folder or an archive on the disk.")]),
    ]
}

/// The machine, and what was installed on it.
pub(super) fn machine() -> Vec<Reading> {
    let file = |name, fix: &str| Cause::named(name).fix(fix);
    vec![
        reading(&["EBADENGINE"], &["npm@"], [Cause::named("this npm does not run on this Node.js").fix(NODE).run("node --version")]),
        codes(&["EBADENGINE", "EBADPLATFORM"], [Cause::named("a package does not run on this machine").fix(
            "Use the Node.js, or the machine, that the message requires. This is an install that failed, before anything was published.",
        )]),
        codes(&["EACCES", "EPERM"], [file("npm may not write there", "Look who owns the file that the message names (often npm's cache, or a global \
            folder), and give it to the user that runs npm.")]),
        codes(&["ENOSPC"], [file("the disk is full", "Make room on the disk, or for the temporary folder, and run it again.")]),
        codes(&["EROFS"], [file("the file system is read-only", "Give npm a cache and a folder that it may write to.")]),
        codes(&["EMFILE", "ENFILE"], [file("too many files are open", "Raise the limit (`ulimit -n`), or run it again with less at once.")]),
        codes(&["EEXIST", "ENOTEMPTY", "EISDIR", "EBUSY", "ENOTDIR", "ELOOP"], [file("a file stands in the way",
            "Look at the file that the message names, remove it if it is left over from another run, and run it again.")]),
        codes(&["ENOENT"], [Cause::of(&publish_target::RULE).why("a file or folder that was named is not there")
            .fix("Look at the path in the message: build first, or correct the path.")]),
        codes(&["ETARGET", "ENOVERSIONS"], [Cause::of(&dependency_unavailable::RULE)]),
        codes(&["ELOCKFILEVERSION", "ENOLOCK"], [file("npm cannot use the lockfile", "Write it anew with `npm install --package-lock-only`, and commit it.")]),
        codes(&["ENOTCACHED"], [file("npm was told to use only its cache", "Remove `offline` from .npmrc or the environment.")]),
        codes(&["EMISSINGARG", "EUNKNOWNTYPE", "EINVALIDTYPE", "ETOOMANYARGS"], [file("npm failed by a mistake of its own", BUG)]),
        codes(&["EATTESTATIONVERIFY", "EATTESTATIONSUBJECT", "EINTEGRITYSIGNATURE", "EMISSINGSIGNATUREKEY", "EEXPIREDSIGNATUREKEY", "EMANIFESTMISMATCH"], [
            file("what a registry serves does not match its signature", "Do not publish it. Update npm, and ask whoever runs the registry."),
        ]),
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
            .why(format!("npm 12 does not take `{option}`, and does not say so"))
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
        return Some(Cause::of(&crate::rules::registry_unreachable::RULE));
    }
    if ["ENPMEXTENSION", "EEXTENSION", "EPATCH"].iter().any(|start| code.starts_with(start)) {
        return Some(Cause::named("an extension or a patch of npm 12 failed").fix(
            "Correct the extension file or the patch that the message names, or take it out of the project's settings; it is read before \
             anything is published.",
        ));
    }
    None
}

/// pnpm tells in a warning that it left the credential out.
pub(super) fn left_out(attempt: &Attempt) -> Option<Verdict> {
    let is_refused = attempt.is_upload() && matches!(attempt.status(), Some(401 | 404));
    if !is_refused || !attempt.notes("ignored project-level auth setting") {
        return None;
    }
    let unset = Cause::of(&credential_unset_variable::RULE)
        .why("pnpm fills in no variable in a credential of the project's .npmrc, and left the line out")
        .fix("Move the line to the user's .npmrc (in GitHub Actions, setup-node writes one), or log in with `pnpm login`.");
    Some(Verdict { causes: vec![unset], others: vec![&credential_missing::RULE] })
}

/// Makes an answer fit the client: where its credential stands, and what it can do.
pub(super) fn fit(attempt: &Attempt, cause: &mut Cause) {
    let Some(rule) = cause.rule.filter(|_| cause.fix.is_empty()) else { return };
    let fix = [
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
    ];
    let is_meant = |(of, client, _): &&(&Rule, Client, &str)| of.id == rule.id && *client == attempt.client;
    if let Some((.., text)) = fix.iter().find(is_meant) {
        (*text).clone_into(&mut cause.fix);
    }
}

const YARN_OPTION: &str = "Remove the option. `yarn npm publish` has no `--registry`: set `npmPublishRegistry` in .yarnrc.yml, the \
    variable `YARN_NPM_PUBLISH_REGISTRY`, or `registry` in `publishConfig`.";
const YARN_TOKEN: &str = "Yarn 2 and newer read no .npmrc. Write `npmAuthToken: \"${NPM_TOKEN:-}\"` into .yarnrc.yml and set the variable where \
    Yarn runs, or set `YARN_NPM_AUTH_TOKEN`, or log in with `yarn npm login`. On GitHub Actions, GitLab and CircleCI, Yarn uses trusted \
    publishing where no token is set.";
const YARN_NEW_TOKEN: &str = "Replace the token: `npmAuthToken` in .yarnrc.yml, the variable `YARN_NPM_AUTH_TOKEN`, or `yarn npm login`. Yarn 2 and \
    newer read no .npmrc.";
const YARN_ACCESS: &str = "Yarn sends `restricted` for every scoped package unless it is told otherwise. Set `\"publishConfig\": { \"access\": \"public\" }` in \
    package.json, or `npmPublishAccess: public` in .yarnrc.yml.";
const BUN_TOKEN: &str = "Give Bun a token: `//<host>/:_authToken=${NPM_TOKEN}` in the .npmrc of the user or of the project's root, `token` under \
    `[install.registry]` in bunfig.toml, or the variable `NPM_CONFIG_TOKEN`; on your own machine `bunx npm login`. Bun does no trusted \
    publishing: for that, let npm publish.";
const RELEASE_TOKEN: &str = "semantic-release takes the token from the variable `NPM_TOKEN`: set it to a granular token that may write the package \
    and needs no one-time password. Or use trusted publishing (@semantic-release/npm 13 or newer), and set no token.";
const PNPM_OTP: &str = "In this order: trusted publishing, where a CI job publishes; publish from a terminal, where pnpm asks you; give the code with \
    `pnpm publish --otp <code>` or the variable `PNPM_CONFIG_OTP`. A token that bypasses two-factor authentication comes last: npm has \
    announced that from January 2027 such tokens no longer publish directly.";
