//! What the commands and the configuration of each release tool decide, from plain values.

use super::{TOOLS, called};
use crate::commands::testing::Scene;
use crate::plan::{Login, PublishPlan};
use crate::publisher::Manager;

/// A package in whose folder a script releases.
fn released(script: &str, more: &str) -> Scene {
    Scene::new(&format!(r#"{{"name":"@acme/core","version":"1.0.0-next.0","scripts":{{"release":"{script}"}}{more}}}"#))
}

fn access_and_tag(scene: &Scene) -> (String, String) {
    let plan = scene.plan();
    (plan.options.shown_access().to_owned(), plan.options.tag.value.value)
}

fn pair(access: &str, tag: &str) -> (String, String) {
    (access.to_owned(), tag.to_owned())
}

/// The tool that is said, and whether it works out the version.
fn tool(plan: &PublishPlan) -> Option<(String, bool)> {
    Some((plan.runner.tool.as_ref()?.name_and_version(), plan.package.version_to_come.is_some()))
}

fn said(name: &str, sets_version: bool) -> (String, bool) {
    (name.to_owned(), sets_version)
}

#[test]
fn a_publish_command_is_distinguished_from_one_that_only_prepares() {
    for (line, expected) in [
        ("changeset publish", "Changesets"),
        ("pnpm exec changeset publish --tag next", "Changesets"),
        ("changeset version", ""),
        ("lerna publish from-package --yes", "lerna"),
        ("npx lerna@9 publish", "lerna"),
        ("yarn run lerna publish", ""),
        ("npx --no -- lerna publish", "lerna"),
        ("lerna version", ""),
        ("semantic-release", "semantic-release"),
        ("yarn multi-semantic-release", "semantic-release"),
        ("uses: cycjimmy/semantic-release-action@v4", "semantic-release"),
        ("npx semantic-release --dry-run", ""),
        ("release-it --ci", "release-it"),
        ("release-it --no-npm.publish", ""),
        ("np", "np"),
        ("np --no-publish", ""),
        ("nx release", "nx release"),
        ("pnpm nx release publish --tag next", "nx release"),
        ("nx run-many -t nx-release-publish", "nx release"),
        ("nx release version", ""),
        ("nx release --skip-publish", ""),
        ("npm publish", ""),
        ("npm np", ""),
    ] {
        let words: Vec<&str> = line.split_whitespace().collect();
        let found = TOOLS.iter().find(|tool| (tool.publishes)(&words)).map_or("", |tool| tool.name);
        assert_eq!(found, expected, "{line}");
    }
    assert_eq!(called(&["npx", "@acme/tool@1.0.0", "x"]), Some(("@acme/tool", &["x"][..])));
}

#[test]
fn a_tool_that_nothing_runs_changes_nothing() {
    let manifest = |script: &str| {
        let tools = r#""devDependencies":{"lerna":"9.0.0","semantic-release":"25.0.0","np":"10.0.0"}"#;
        Scene::new(&format!(r#"{{"name":"a","version":"1.0.0","scripts":{{"x":"{script}"}},{tools}}}"#))
    };
    assert_eq!(tool(&manifest("lerna version").plan()), None);
    assert_eq!(tool(&manifest("lerna publish").plan()), Some(said("lerna 9.0.0", true)));
}

#[test]
fn a_workflow_outranks_a_script() {
    let scene = |workflow: &str| {
        released("lerna publish", "").file(".git/HEAD", "").file(".github/workflows/release.yml", workflow)
    };
    let named = |workflow: &str| tool(&scene(workflow).plan()).map(|(name, _)| name);
    assert_eq!(named(""), Some("lerna".to_owned()));
    assert_eq!(named("- run: npm publish\n"), None, "nobody calls the script");
    assert_eq!(named("- run: npm publish\n- run: npm run release\n"), Some("lerna".to_owned()));
    assert_eq!(named("- run: npx semantic-release\n"), Some("semantic-release".to_owned()));
    let nightly = "- run: npx lerna publish --dist-tag nightly\n- run: npx lerna publish from-package\n";
    assert_eq!(access_and_tag(&scene(nightly)), pair("default", "latest"), "the nightly release is not the release");
}

#[test]
fn changesets_decides_access_and_dist_tag() {
    let scene = |config: &str, more: &str| {
        let manifest = format!(r#"{{"name":"@acme/core","version":"1.0.0-next.0"{more}}}"#);
        Scene::new(&manifest).file(".changeset/config.json", config)
    };
    assert_eq!(access_and_tag(&scene("{}", "")), pair("restricted", "latest"));
    assert_eq!(access_and_tag(&scene(r#"{"access":"public"}"#, "")), pair("public", "latest"));
    let own = r#","publishConfig":{"access":"public"}"#;
    assert_eq!(access_and_tag(&scene(r#"{"access":"restricted"}"#, own)), pair("public", "latest"));
    let pre = r#"{"mode":"pre","tag":"next"}"#;
    assert_eq!(access_and_tag(&scene("{}", "").file(".changeset/pre.json", pre)), pair("restricted", "next"));
    let exit = r#"{"mode":"exit","tag":"next"}"#;
    assert_eq!(access_and_tag(&scene("{}", "").file(".changeset/pre.json", exit)), pair("restricted", "latest"));
    assert!(!scene("{}", "").plan().guards_latest(), "the dist-tag is named on the command line");
}

#[test]
fn changesets_publishes_only_if_no_client_does() {
    let scene = |script: &str| released(script, "").file(".changeset/config.json", "{}");
    assert_eq!(tool(&scene("build").plan()), Some(said("Changesets", false)));
    assert_eq!(tool(&scene("changeset publish").plan()), Some(said("Changesets", false)));
    assert_eq!(tool(&scene("npm publish --access public").plan()), None);
}

#[test]
fn changesets_before_3_publishes_yarn_projects_with_npm() {
    let scene = |version: &str| {
        let more = format!(r#","packageManager":"yarn@4.18.1","devDependencies":{{"@changesets/cli":"{version}"}}"#);
        released("changeset publish", &more).file(".changeset/config.json", "{}").plan().runner.other_client()
    };
    assert_eq!((scene("^2.31.1"), scene("3.0.3")), (None, Some(Manager::Yarn)));
}

#[test]
fn lerna_takes_dist_tag_and_registry_from_its_own_configuration() {
    let config = r#"{"command":{"publish":{"distTag":"beta","registry":"https://npm.corp.test/"}}}"#;
    let configured = released("lerna publish from-package", "").file("lerna.json", config);
    assert_eq!(access_and_tag(&configured), pair("default", "beta"));
    assert_eq!(configured.plan().destination.shown(), "https://npm.corp.test/");
    let own = r#","publishConfig":{"registry":"https://own.test/","access":"public"}"#;
    let plan = released("lerna publish --dist-tag next", own).file("lerna.json", config).plan();
    assert_eq!(
        (plan.destination.shown().as_str(), plan.options.tag.value.value.as_str()),
        ("https://own.test/", "next")
    );
}

#[test]
fn a_tool_run_by_path_or_package_name_is_recognised() {
    let named = |script: &str| tool(&released(script, "").plan()).map(|(name, _)| name);
    for script in [
        "node ./node_modules/lerna/dist/cli.js publish from-package",
        "node --max-old-space-size=4096 node_modules/.bin/lerna publish",
        "./node_modules/.bin/lerna publish",
        "yarn node ../../node_modules/lerna/cli.js publish",
    ] {
        assert_eq!(named(script).as_deref(), Some("lerna"), "{script}");
    }
    let changesets = released("npx @changesets/cli publish", "").file(".changeset/config.json", "{}");
    assert_eq!(access_and_tag(&changesets), pair("restricted", "latest"));
    let by_path = released("node node_modules/@changesets/cli/bin.js publish", "");
    assert!(tool(&by_path.plan()).is_some());
    for script in ["node scripts/lerna publish", "node node_modules/lerna-tools/x.js publish"] {
        assert_eq!(named(script), None, "{script}");
    }
}

#[test]
fn clean_publish_runs_the_configured_client() {
    let config = r#","clean-publish":{"access":"public","packageManager":"pnpm"}"#;
    let scene = released("clean-publish --tag next", config);
    assert_eq!(access_and_tag(&scene), pair("public", "next"));
    assert_eq!(scene.plan().runner.other_client(), Some(Manager::Pnpm));
    assert!(released("clean-publish", "").plan().guards_latest(), "no dist-tag is on the command line");
    assert_eq!(tool(&released("clean-publish --without-publish", "").plan()), None);
    assert_eq!(tool(&released("clean-publish", r#","clean-publish":{"withoutPublish":true}"#).plan()), None);
}

#[test]
fn lerna_bumps_the_version_unless_it_publishes_the_existing_one() {
    let of = |script: &str| tool(&released(script, "").plan());
    assert_eq!(of("lerna publish"), Some(said("lerna", true)));
    for from in ["from-package", "from-git"] {
        assert_eq!(of(&format!("lerna publish {from}")), Some(said("lerna", false)));
    }
    let bump = r#"{"command":{"publish":{"bump":"from-package"}}}"#;
    let configured = released("lerna publish", "").file("lerna.json", bump).plan();
    assert_eq!(tool(&configured), Some(said("lerna", false)));
}

#[test]
fn a_tool_that_is_too_old_cannot_use_the_jobs_identity() {
    let refusal = |script: &str, dependencies: &str| {
        let scene = released(script, &format!(r#","devDependencies":{{{dependencies}}}"#)).logged_out().identity();
        let found = scene.check("trusted-publisher");
        found.ok().and_then(|found| Some(found.first()?.message.clone()))
    };
    for (script, dependencies, expected) in [
        ("lerna publish", r#""lerna":"8.1.2""#, Some("lerna 8.1.2")),
        ("lerna publish", r#""lerna":"^8.1.2""#, Some("lerna 8")),
        ("lerna publish", r#""lerna":"^9.0.0""#, None),
        ("lerna publish", r#""@lerna-lite/publish":"4.8.0""#, Some("lerna-lite 4.8.0")),
        ("lerna publish", r#""@lerna-lite/publish":"^4.0.0""#, None),
        ("semantic-release", r#""semantic-release":"^24.0.0""#, Some("semantic-release 24")),
        ("semantic-release", r#""semantic-release":"^25.0.0""#, None),
        (
            "semantic-release",
            r#""semantic-release":"25.0.0","@semantic-release/npm":"13.0.0""#,
            Some("semantic-release"),
        ),
        ("release-it --ci", "", Some("release-it")),
        ("release-it --npm.skipChecks", "", None),
    ] {
        let message = refusal(script, dependencies);
        let says = |expected: &str| message.as_ref().is_some_and(|message| message.starts_with(expected));
        assert!(expected.map_or(message.is_none(), says), "{script} {dependencies}: {message:?}");
    }
}

#[test]
fn semantic_release_publishes_with_its_own_npm_and_the_token_of_a_variable() {
    let plan = released("semantic-release", "").logged_out().env("NPM_TOKEN", "npm_topsecret").plan();
    assert!(matches!(&plan.auth.login, Login::Credential { key, .. } if key == "//registry.npmjs.org/:_authToken"));
    assert_eq!(tool(&plan), Some(said("semantic-release", true)));
    assert_eq!(plan.package.version(), None);
}

#[test]
fn semantic_release_takes_the_dist_tag_from_the_branch() {
    let tag = |branch: &str, release: &str| {
        access_and_tag(&released("semantic-release", release).env("GITHUB_REF_NAME", branch)).1
    };
    let own = r#","release":{"branches":["main","next",{"name":"rc","prerelease":true},{"name":"x","channel":"y"}]}"#;
    for (branch, release, expected) in [
        ("main", "", "latest"),
        ("next", "", "next"),
        ("1.x", "", "release-1.x"),
        ("feature", "", "latest"),
        ("main", own, "latest"),
        ("next", own, "next"),
        ("rc", own, "rc"),
        ("x", own, "y"),
        ("beta", own, "latest"),
    ] {
        assert_eq!(tag(branch, release), expected, "{branch} {release}");
    }
}

#[test]
fn a_tool_configured_not_to_publish_does_not() {
    let off = r#"["@semantic-release/npm",{"npmPublish":false}]"#;
    for (script, more, file) in [
        ("semantic-release", format!(r#","release":{{"plugins":[{off}]}}"#), None),
        ("semantic-release", r#","release":{"plugins":["@semantic-release/exec"]}"#.to_owned(), None),
        ("semantic-release", String::new(), Some((".releaserc", "plugins:\n  - '@semantic-release/github'\n"))),
        (
            "semantic-release",
            String::new(),
            Some(("release.config.js", "x = { plugins: [['@semantic-release/npm', { npmPublish: false }]] }")),
        ),
        ("release-it", r#","release-it":{"npm":false}"#.to_owned(), None),
        ("release-it", String::new(), Some((".release-it.json", r#"{"npm":{"publish":false}}"#))),
        ("release-it", String::new(), Some((".release-it.js", "module.exports = { npm: { publish: false } }"))),
        ("np", r#","np":{"publish":false}"#.to_owned(), None),
    ] {
        let scene = released(script, &more);
        let scene = file.map_or_else(|| released(script, &more), |(path, text)| scene.file(path, text));
        assert_eq!(tool(&scene.plan()), None, "{script} {more} {file:?}");
    }
}

#[test]
fn release_it_and_np_publish_another_folder_with_their_own_dist_tag() {
    let dist = r#"{"name":"@acme/built","version":"0.0.0"}"#;
    for (script, more) in [
        ("release-it", r#","release-it":{"npm":{"tag":"next","publishPath":"dist"}}"#),
        ("np", r#","np":{"tag":"next","contents":"dist"}"#),
        ("np --tag=next --contents dist", ""),
    ] {
        let plan = released(script, more).file("dist/package.json", dist).plan();
        let name = plan.package.name().map(ToString::to_string);
        assert_eq!((name.as_deref(), plan.options.tag.value.value.as_str()), (Some("@acme/built"), "next"), "{script}");
        assert!(plan.package.version_to_come.is_some());
    }
    let pnpm = r#","release-it":{"npm":{"publishPackageManager":"pnpm"}}"#;
    assert_eq!(released("release-it", pnpm).plan().runner.other_client(), Some(Manager::Pnpm));
    assert_eq!(tool(&released("release-it --no-increment", "").plan()), Some(said("release-it", false)));
}

#[test]
fn the_files_of_a_folder_not_built_yet_are_undecided() {
    let release = r#","release":{"plugins":[["@semantic-release/npm",{"pkgRoot":"dist"}]]}"#;
    let plan = released("semantic-release", release).plan();
    assert!(plan.packed().contents.is_err());
    assert_eq!(plan.package.name().map(ToString::to_string).as_deref(), Some("@acme/core"));
}

#[test]
fn nx_release_passes_the_options_of_its_target() {
    let options =
        r#"{"access":"public","tag":"next","registry":"https://npm.corp.test/","packageRoot":"out/{projectRoot}"}"#;
    let config = format!(r#"{{"targetDefaults":{{"nx-release-publish":{{"options":{options}}}}}}}"#);
    let configured = released("nx release publish", "").file("nx.json", &config);
    assert_eq!(access_and_tag(&configured), pair("public", "next"));
    assert_eq!(configured.plan().destination.shown(), "https://npm.corp.test/");
    let flags = released("nx release publish --tag beta --access=restricted", "").file("nx.json", &config);
    assert_eq!(access_and_tag(&flags), pair("restricted", "beta"));
    assert_eq!(access_and_tag(&released("nx release", "")), pair("default", "latest"));
    assert_eq!(tool(&released("nx release", "").plan()), Some(said("nx release", true)));
    assert_eq!(tool(&released("nx release publish", "").plan()), Some(said("nx release", false)));
    let client = |manager: &str| {
        let more = format!(r#","packageManager":"{manager}""#);
        released("nx release", &more).plan().runner.other_client()
    };
    assert_eq!((client("pnpm@12.21.0"), client("yarn@4.18.1")), (Some(Manager::Pnpm), None));
}

#[test]
fn a_version_not_known_yet_is_neither_published_nor_invalid() {
    let scene = |script: &str| {
        let manifest = format!(r#"{{"name":"left-lodge","version":"0.0.0-development","scripts":{{"r":"{script}"}}}}"#);
        Scene::new(&manifest)
            .packument(r#"{"versions":{"0.0.0-development":{},"1.0.0":{}},"dist-tags":{"latest":"1.0.0"}}"#)
    };
    assert!(scene("semantic-release").assumes("version-published").contains("semantic-release"));
    for rule in ["version-invalid", "prerelease-without-tag", "latest-moves-back", "version-reused"] {
        scene("semantic-release").finds(rule, 0);
    }
    scene("npm publish").finds("version-published", 1);
}

#[test]
fn a_tool_named_in_a_condition_or_list_is_not_run() {
    let scene = |workflow: &str| {
        let manifest = r#"{"name":"a","version":"1.0.0"}"#;
        Scene::new(manifest).file(".git/HEAD", "").file(".github/workflows/release.yml", workflow)
    };
    for workflow in [
        "  if: ${{ github.repository_owner == 'release-it' }}\n",
        "  needs:\n    - np\n",
        "  name: \"lerna publish\"\n",
        "  - 'semantic-release'\n",
    ] {
        assert_eq!(tool(&scene(workflow).plan()), None, "{workflow}");
    }
    for workflow in ["  - run: semantic-release\n", "      npx semantic-release\n", "      \"lerna publish\"\n"] {
        assert!(tool(&scene(workflow).plan()).is_some(), "{workflow}");
    }
}

#[test]
fn a_nightly_publish_does_not_decide_the_release_dist_tag() {
    assert_eq!(access_and_tag(&released("nx release publish --tag canary", "")).1, "latest");
    assert_eq!(access_and_tag(&released("lerna publish --dist-tag=nightly", "")).1, "latest");
    assert_eq!(access_and_tag(&released("lerna publish --dist-tag=next", "")).1, "next");
}

#[test]
fn a_monorepo_tool_does_not_publish_the_root() {
    let scene = |script: &str| {
        let root =
            format!(r#"{{"name":"root","version":"0.0.0","workspaces":["a"],"scripts":{{"release":"{script}"}}}}"#);
        Scene::new(&root).file("a/package.json", r#"{"name":"@acme/a","version":"1.0.0"}"#)
    };
    let names = |script: &str| -> Vec<String> {
        scene(script).plans().iter().map(|plan| plan.package.shown_name().to_owned()).collect()
    };
    assert_eq!(names("lerna publish"), ["@acme/a"]);
    assert_eq!(names("semantic-release"), ["root"]);
}

#[test]
fn a_release_tool_has_its_own_publish_order() {
    let scene = |script: &str| {
        let root =
            format!(r#"{{"name":"root","version":"0.0.0","workspaces":["a","b"],"scripts":{{"release":"{script}"}}}}"#);
        Scene::new(&root)
            .file("a/package.json", r#"{"name":"@acme/a","version":"1.0.0","dependencies":{"@acme/b":"^1.0.0"}}"#)
            .file("b/package.json", r#"{"name":"@acme/b","version":"1.0.0"}"#)
            .args(&["--workspaces"])
    };
    scene("npm publish --workspaces").finds("workspace-partial-release", 1);
    scene("lerna publish from-package").finds("workspace-partial-release", 0);
}

#[test]
fn a_release_tool_skips_a_private_root() {
    let root = r#"{"name":"root","version":"0.0.0","private":true,"scripts":{"release":"lerna publish"}}"#;
    let plan = Scene::new(root).plan();
    assert!(plan.is_skipped());
    assert!(!Scene::new(r#"{"name":"root","version":"0.0.0","private":true}"#).plan().is_skipped());
}

#[test]
fn lerna_replaces_the_workspace_protocol_with_versions() {
    let dependency = r#","dependencies":{"@acme/util":"workspace:^"}"#;
    released("lerna publish", dependency).finds("dependency-unpublishable", 0);
    released("semantic-release", dependency).finds("dependency-unpublishable", 1);
    let catalog = r#","dependencies":{"x":"catalog:"}"#;
    released("lerna publish", catalog).finds("dependency-unpublishable", 1);
    let lite = r#","devDependencies":{"@lerna-lite/publish":"5.0.0"},"dependencies":{"x":"catalog:"}"#;
    released("lerna publish", lite).finds("dependency-unpublishable", 0);
}

#[test]
fn lerna_lite_is_detected_from_its_publish_package_without_a_command() {
    let project = |own: &str| {
        let manifest = format!(r#"{{"name":"left-lodge","version":"1.0.0","devDependencies":{{{own}}}}}"#);
        Scene::new(&manifest).file("lerna.json", r#"{"version":"1.0.0"}"#).plan()
    };
    assert_eq!(
        tool(&project(r#""@lerna-lite/cli":"4.9.0","@lerna-lite/publish":"4.9.0""#)),
        Some(said("lerna-lite 4.9.0", true))
    );
    // Both are also used for other things.
    assert_eq!(tool(&project(r#""@lerna-lite/cli":"4.9.0","@lerna-lite/run":"4.9.0""#)), None);
    assert_eq!(tool(&project(r#""lerna":"10.0.0""#)), None);
}
