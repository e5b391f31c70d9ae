//! Which rule names each cause of a failed publish, and each way in which one goes otherwise than meant, for each client. Where a
//! cause is none for a client the table says why, and that no rule of the row reports anything there is checked, too.

use std::collections::{BTreeMap, BTreeSet};

use crate::commands::testing::Scene;
use crate::npm::version::Version;
use crate::publisher::Manager;
use crate::rules::diagnostic::Diagnostic;

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Npm12,
    Npm11,
    Pnpm12,
    Yarn4,
    Yarn1,
    Bun,
}

const COLUMNS: [By; 6] = [By::Npm12, By::Npm11, By::Pnpm12, By::Yarn4, By::Yarn1, By::Bun];

/// `error`, `warning`, `assumed`: what the rule says, or another one that follows a colon. Any other word is a reason.
const TABLE: &str = "
cause                       rule                       npm-12    npm-11    pnpm-12   Yarn-4    Yarn-1    Bun
access.default-restricted   access-change              kept      kept      kept      warning   kept      kept
access.private-needs-plan   access-missing             error     error     error     assumed   error     error
access.unscoped-restricted  access-invalid             error     error     error     warning   warning   error
access.invalid              access-invalid             error     error     no-word   error     error     error
auth.none                   credential-missing         error     error     error     error     error     error
auth.bad-token              credential-rejected        error     error     error     error     error     error
auth.env-unset              credential-unset-variable  error     error     error:credential-missing  error:setting-unknown  error:setting-unknown  error
auth.line-dropped           credential-missing         expands   expands   error     error     expands   expands
auth.legacy-unscoped        credential-malformed       error     error     same-file own-file  sends     sends
auth.unscoped-key           credential-malformed       error     lenient   npms      npms      npms      npms
auth.wrong-nerf-dart        credential-missing         error     error     error     own-file  error     error
auth.readonly-token         credential-restricted      error     error     error     error     error     error
twofa.otp-required          two-factor-required        error     error     error     error     error     error
oidc.client-cannot          credential-missing         can       can       can       can       error     error
oidc.no-id-token            credential-missing         error     error     error     error     error     error
oidc.no-trust               trusted-publisher          error     error     error     error     error:credential-missing  error:credential-missing
config.misplaced-key        setting-misplaced          error     lenient   npms      npms      npms      npms
config.unknown-key          setting-unknown            error     lenient   npms      error     npms      npms
registry.insecure           registry-invalid           yarns     yarns     yarns     error     yarns     yarns
registry.not-expanded       registry-invalid           expands   expands   error     no-npmrc  expands   expands
deps.bundle-override        bundle-overridden          error     lenient   npms      npms      npms      npms
deps.catalog                dependency-unpublishable   error     error     error     error     error     error
deps.workspace              dependency-unpublishable   error     error     error     error     error     error
deps.override               manifest-invalid           error     error     npms      npms      npms      npms
manifest.no-directory       manifest-invalid           ignores   ignores   error     ignores   ignores   ignores
manifest.extensions         manifest-invalid           error     lenient   npms      npms      npms      npms
name.invalid                name-invalid               error     error     error     error     error     error
name.not-owner              name-taken                 error     error     error     error     error     error
private                     private-package            error     error     error     error     error     error
workspace.not-installed     workspace-not-installed    yarns     yarns     yarns     error     yarns     yarns
git.not-clean               git-not-clean              pnpms     pnpms     error     pnpms     pnpms     pnpms
git.branch                  git-branch                 pnpms     pnpms     error     pnpms     pnpms     pnpms
git.detached                git-branch                 pnpms     pnpms     error     pnpms     pnpms     pnpms
git.behind                  git-behind                 pnpms     pnpms     error     pnpms     pnpms     pnpms
invocation.unknown-option   option-unknown             error     lenient   unlisted  error     unlisted  unlisted
invocation.targets          publish-target             error     error     error     error     error     error
invocation.remote-target    publish-target             error     unfetched unfetched unfetched unfetched unfetched
provenance                  provenance-impossible      error     error     error     error     has-none  error
tag.range                   tag-invalid                error     error     warning   warning   warning   error
version.exists              version-published          error     error     error     error     error     error
version.invalid             version-invalid            error     error     error     error     error     error
tag.latest-lower            latest-moves-back          error     error     warning   warning   warning   warning
tag.prerelease              prerelease-without-tag     error     error     warning:latest-moves-back  warning:latest-moves-back  warning:latest-moves-back  error
directory-ignored           publish-config-ignored     warning   warning   honoured  warning   warning   warning
name-ignored                publish-config-ignored     warning   warning   honoured  warning   warning   warning
tag-ignored                 publish-config-ignored     honoured  honoured  warning   warning   warning   honoured
wrong-registry              registry-mismatch          honoured  honoured  honoured  warning   honoured  honoured
token-sent-elsewhere        credential-missing         error     error     open      any       error     error
";

const REASONS: [(&str, &str); 19] = [
    ("any", "Yarn sends its only token anywhere, and for which registry it was made is not known"),
    ("can", "it uses the identity of the job"),
    ("expands", "variables are expanded in any .npmrc"),
    ("has-none", "Yarn 1 has no provenance, and ignores the option"),
    ("honoured", "it is honoured"),
    ("ignores", "the key is ignored: see directory-ignored"),
    ("kept", "the access of a package that exists is left as it is"),
    ("lenient", "npm 11 does not mind"),
    ("no-npmrc", "Yarn reads no .npmrc: see wrong-registry"),
    ("no-word", "pnpm ignores another word"),
    ("npms", "the setting or the check is one of npm's own"),
    ("open", "pnpm sends the package without a credential, and the registry may be open"),
    ("own-file", "its credentials do not stand in an .npmrc"),
    ("pnpms", "only pnpm looks at git"),
    ("same-file", "pnpm takes it for the registry of the same file"),
    ("sends", "it is sent to whichever registry it is"),
    ("unfetched", "what is at the URL is not looked at, so that everything about it is undecided"),
    ("unlisted", "which options it has is not known here"),
    ("yarns", "only Yarn since 2 has this setting or check"),
];

const TOKEN: &str = "npm_secretsecretsecret";

/// A package.json that this client publishes to its own default registry, logged in there.
fn publish(by: By, manifest: &str) -> Scene {
    let scene = Scene::new(manifest);
    match by {
        By::Npm12 => scene.client(Manager::Npm).npm(Version::new(12, 2, 2)),
        By::Npm11 => scene.client(Manager::Npm).npm(Version::new(11, 21, 2)),
        By::Pnpm12 => scene.client(Manager::Pnpm).packed_by("pnpm@12.21.0"),
        By::Yarn4 => {
            let name = manifest.split('"').nth(3).unwrap_or_default();
            let scene = scene.client(Manager::Yarn).packed_by("yarn@4.18.1");
            let scene = scene.file("~/.yarnrc.yml", &format!("npmAuthToken: {TOKEN}\n"));
            scene.file("yarn.lock", &format!("\"{name}@workspace:.\":\n  version: 0.0.0-use.local\n"))
        }
        By::Yarn1 => scene.client(Manager::Yarn).packed_by("yarn@1.22.22"),
        By::Bun => scene.client(Manager::Bun).packed_by("bun@1.4.5"),
    }
}

/// `left-lodge` with more in its package.json.
fn lodge(by: By, more: &str) -> Scene {
    publish(by, &format!(r#"{{"name":"left-lodge","version":"1.2.0"{more}}}"#))
}

fn version(by: By, version: &str, more: &str) -> Scene {
    let manifest = format!(r#"{{"name":"left-lodge","version":"{version}"{more}}}"#);
    publish(by, &manifest).packument(r#"{"versions":{"1.1.0":{}},"dist-tags":{"latest":"1.1.0"}}"#)
}

/// Nobody is logged in.
fn logged_out(by: By, more: &str) -> Scene {
    lodge(by, more).logged_out().file("~/.yarnrc.yml", "")
}

fn restricted(by: By, rest: &str) -> Scene {
    publish(by, &format!(r#"{{"name":"@acme/core","version":"1.1.0"{rest}}}"#))
        .answer("/@acme%2fcore", 200, r#"{"versions":{"1.0.0":{}}}"#)
        .answer("/-/package/@acme%2fcore/visibility", 200, r#"{"public":true}"#)
}

fn in_git(by: By) -> Scene {
    lodge(by, "").file(".git/HEAD", "ref: refs/heads/main\n")
}

/// A package that is there.
fn known(scene: Scene) -> Scene {
    scene.packument(r#"{"versions":{"1.1.0":{}},"dist-tags":{"latest":"1.1.0"}}"#)
}

/// The publish in which a cause is.
fn scene(cause: &str, by: By) -> Scene {
    match cause {
        "access.default-restricted" => restricted(by, ""),
        "access.private-needs-plan" => {
            let scene = publish(by, r#"{"name":"@alice/widget","version":"1.0.0"}"#).alice();
            scene.answer("/@alice%2fwidget", 404, "{}").answer("/-/user/alice/package", 200, "{}")
        }
        "access.unscoped-restricted" => lodge(by, r#","publishConfig":{"access":"restricted"}"#),
        "access.invalid" => lodge(by, r#","publishConfig":{"access":"secret"}"#),
        "auth.none" => known(logged_out(by, "")),
        "auth.bad-token" => known(lodge(by, "")).answer("/-/whoami", 401, "{}").answer("/-/stage?perPage=1", 401, "{}"),
        "auth.env-unset" => match by {
            By::Yarn4 => logged_out(by, "").file(".yarnrc.yml", "npmAuthToken: ${NO}\n"),
            By::Yarn1 => logged_out(by, "").user_npmrc("//registry.yarnpkg.com/:_authToken=${NO}\n"),
            _ => known(logged_out(by, "")).user_npmrc("//registry.npmjs.org/:_authToken=${NO}\n"),
        },
        "auth.line-dropped" => {
            known(logged_out(by, "")).npmrc("//registry.npmjs.org/:_authToken=${T}\n").env("T", TOKEN)
        }
        "auth.legacy-unscoped" => lodge(by, "").user_npmrc(&format!("_authToken={TOKEN}\n")),
        "auth.unscoped-key" => lodge(by, "").npmrc("email=a@b.c\n"),
        "auth.wrong-nerf-dart" => known(lodge(by, "")).user_npmrc(&format!("//other.test/:_authToken={TOKEN}\n")),
        "auth.readonly-token" => {
            let tokens = r#"{"objects":[{"token":"npm_secr...cret","readonly":true}],"urls":{}}"#;
            lodge(by, "").alice().answer("/-/npm/v1/tokens?perPage=100", 200, tokens)
        }
        "twofa.otp-required" => {
            let tokens = r#"{"objects":[{"token":"npm_secr...cret","bypass_2fa":false}],"urls":{}}"#;
            let profile = r#"{"name":"alice","tfa":{"pending":false,"mode":"auth-and-writes"}}"#;
            let scene = lodge(by, "").alice().answer("/-/npm/v1/user", 200, profile);
            scene.answer("/-/npm/v1/tokens?perPage=100", 200, tokens)
        }
        "oidc.client-cannot" => logged_out(by, "").identity().packument(r#"{"versions":{"1.1.0":{}}}"#),
        "oidc.no-id-token" => known(logged_out(by, "")).env("GITHUB_ACTIONS", "true"),
        "oidc.no-trust" => logged_out(by, "").identity().no_package(),
        "config.misplaced-key" => lodge(by, "").env("npm_config_extension_file", "x.mjs"),
        "config.unknown-key" => match by {
            By::Yarn4 => lodge(by, "").file(".yarnrc.yml", "npmAuthTokn: x\n"),
            _ => lodge(by, "").npmrc("foo-bar=1\nstrict-npmrc=true\n"),
        },
        "registry.insecure" => match by {
            By::Yarn4 => lodge(by, "").file(".yarnrc.yml", "npmPublishRegistry: http://npm.corp.test\n"),
            _ => lodge(by, r#","publishConfig":{"registry":"http://npm.corp.test/"}"#),
        },
        "registry.not-expanded" => lodge(by, "").npmrc("registry=${REG}\n").env("REG", "https://registry.npmjs.org/"),
        "deps.bundle-override" => {
            let more = r#","dependencies":{"dep":"1"},"bundleDependencies":["dep"],"overrides":{"deep":"2.0.0"}"#;
            lodge(by, more)
                .file("node_modules/dep/package.json", r#"{"version":"1.0.0","dependencies":{"deep":"^1"}}"#)
                .file("node_modules/deep/package.json", r#"{"version":"2.0.0"}"#)
        }
        "deps.catalog" => lodge(by, r#","dependencies":{"x":"catalog:"}"#),
        "deps.workspace" => lodge(by, r#","dependencies":{"x":"workspace:^"}"#),
        "deps.override" => lodge(by, r#","dependencies":{"x":"^1.0.0"},"overrides":{"x":"2.0.0"}"#),
        "manifest.no-directory" => lodge(by, r#","publishConfig":{"directory":"dist"}"#),
        "manifest.extensions" => lodge(by, r#","packageExtensions":{}"#),
        "name.invalid" => publish(by, r#"{"name":"a b","version":"1.2.0"}"#),
        "name.not-owner" => {
            let packument = r#"{"versions":{"1.0.0":{}},"maintainers":[{"name":"mallory"}]}"#;
            let scene = lodge(by, "").alice().packument(packument);
            scene.answer("/-/package/left-lodge/collaborators", 200, r#"{"mallory":"write"}"#)
        }
        "private" => lodge(by, r#","private":true"#),
        "workspace.not-installed" => lodge(by, "").file("yarn.lock", "\"other@workspace:.\":\n"),
        "git.not-clean" => in_git(by).file(".git/status", "a.js"),
        "git.branch" => lodge(by, "").file(".git/HEAD", "ref: refs/heads/feature\n"),
        "git.detached" => lodge(by, "").file(".git/HEAD", "0123456789012345678901234567890123456789\n"),
        "git.behind" => in_git(by).file(".git/behind", "1 origin/main"),
        "invocation.unknown-option" => match by {
            By::Yarn4 => lodge(by, "").args(&["--registry", "https://npm.corp.test/"]),
            _ => lodge(by, "").args(&["--foo-bar"]),
        },
        "invocation.targets" => lodge(by, "").args(&[".", "next"]),
        "invocation.remote-target" => lodge(by, "").args(&["https://npm.corp.test/x.tgz"]),
        "provenance" => lodge(by, "").args(&["--provenance"]),
        "tag.range" => lodge(by, "").args(&["--tag", "1.x"]),
        "version.exists" => version(by, "1.1.0", ""),
        "version.invalid" => publish(by, r#"{"name":"left-lodge","version":"1.2"}"#),
        "tag.latest-lower" => version(by, "1.0.5", ""),
        "tag.prerelease" => version(by, "2.0.0-beta.1", ""),
        "directory-ignored" => lodge(by, r#","publishConfig":{"directory":"dist"}"#)
            .file("dist/package.json", r#"{"name":"left-lodge","version":"1.2.0"}"#),
        "name-ignored" => lodge(by, r#","publishConfig":{"name":"otter"}"#),
        "tag-ignored" => version(by, "2.0.0-beta.1", r#","publishConfig":{"tag":"next"}"#),
        "wrong-registry" => lodge(by, "").npmrc("registry=https://npm.corp.test/\n"),
        "token-sent-elsewhere" => known(lodge(by, r#","publishConfig":{"registry":"https://npm.corp.test/"}"#)),
        _ => panic!("{cause} has no scene"),
    }
}

/// What a rule says of a publish; `None`: that it is undecided.
fn says(scene: &Scene, rule: &str) -> Option<&'static str> {
    let plans = scene.plans();
    let outcome: Vec<_> = plans.iter().map(|plan| scene.check_plan(rule, plan)).collect();
    let found = || outcome.iter().flatten().flatten();
    match outcome.iter().find_map(|outcome| outcome.as_ref().err()) {
        _ if found().any(Diagnostic::is_error) => Some("error"),
        _ if found().next().is_some() => Some("warning"),
        Some(unknown) => unknown.assumption.is_some().then_some("assumed"),
        None => Some("nothing"),
    }
}

#[test]
fn every_cause_is_reported_for_the_clients_it_affects() {
    let reasons: BTreeMap<&str, &str> = REASONS.into_iter().collect();
    let mut wrong = Vec::new();
    let rows = TABLE.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    for row in rows.filter(|row| !row.is_empty() && row[0] != "cause") {
        let [cause, rule, cells @ ..] = &row[..] else { panic!("{row:?}") };
        assert_eq!(cells.len(), COLUMNS.len(), "{cause}");
        let named = |cell: &&'static str| cell.split_once(':').map(|(_, rule)| rule);
        let rules: BTreeSet<&str> = cells.iter().filter_map(named).chain([*rule]).collect();
        for (by, cell) in COLUMNS.into_iter().zip(cells) {
            let scene = scene(cause, by);
            let (expected, rule) = cell.split_once(':').unwrap_or((cell, rule));
            let mut check = |rule: &str, expected: &[&str]| {
                let outcome = says(&scene, rule).unwrap_or("that it cannot tell");
                if !expected.contains(&outcome) {
                    wrong.push(format!("{cause}, {by:?}: {rule} says {outcome}, not {}", expected[0]));
                }
            };
            if matches!(expected, "error" | "warning" | "assumed") {
                check(rule, &[expected]);
            } else {
                assert!(reasons.contains_key(expected), "{cause}, {by:?}: {expected} is no reason");
                for rule in &rules {
                    check(rule, &["nothing", "assumed", "that it cannot tell"]);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
