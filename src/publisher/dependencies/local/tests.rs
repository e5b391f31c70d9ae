//! What each client writes, and at what it stops, as the real ones do.

use super::*;
use crate::npm::release::NpmRelease;
use crate::project::npm_config::{NpmConfig, args};
use crate::publisher::{Client, NamedBy, dependencies};

const MEMBERS: [(&str, &str); 4] = [
    ("/project/packages/b/package.json", r#"{"name":"@x/b","version":"2.0.0"}"#),
    ("/project/packages/r/package.json", r#"{"name":"r","version":"2.0.0-rc.1"}"#),
    ("/project/packages/p/package.json", r#"{"name":"p","version":"3.0.0","private":true}"#),
    ("/project/packages/n/package.json", r#"{"name":"n"}"#),
];
const CATALOG: &str = "catalog:\n  react: ^18\n  '@x/b': workspace:^\n  link: link:../b\n  again: catalog:old\n  alias: npm:react@^1\ncatalogs:\n  old:\n    react: ^17\n";

/// A workspace with a package in `packages/a`.
struct Project {
    client: &'static str,
    files: Vec<(String, String)>,
}

impl Project {
    fn new(client: &'static str) -> Self {
        let mut project = Self { client, files: Vec::new() };
        for (path, text) in MEMBERS {
            project = project.file(path, text);
        }
        let root = format!(
            r#"{{"name":"root","version":"1.0.0","packageManager":"{client}","workspaces":{{"packages":["packages/*"],
            "catalog":{{"react":"^18","@x/b":"workspace:^","link":"link:../b","again":"catalog:old","alias":"npm:react@^1"}},
            "catalogs":{{"old":{{"react":"^17"}}}}}}}}"#
        );
        let list = format!("packages: [packages/*]\n{CATALOG}");
        match client.split('@').next() {
            Some("pnpm") => project
                .file(
                    "/project/package.json",
                    &format!(r#"{{"name":"root","version":"1.0.0","packageManager":"{client}"}}"#),
                )
                .file("/project/pnpm-workspace.yaml", &list),
            Some("yarn") => project
                .file("/project/package.json", &root)
                .file("/project/.yarnrc.yml", CATALOG)
                .file("/project/yarn.lock", ""),
            _ => project.file("/project/package.json", &root),
        }
    }

    fn file(mut self, path: &str, text: &str) -> Self {
        self.files.retain(|(known, _)| known != path);
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    fn replacement(&self, field: &str, name: &str, spec: &str) -> Known<Replacement> {
        let package = format!(r#"{{"name":"left-lodge","version":"1.2.0","{field}":{{"{name}":"{spec}"}}}}"#);
        let own = [("/project/packages/a/package.json", package.as_str())];
        let files: Vec<_> = self.files.iter().map(|(path, text)| (path.as_str(), text.as_str())).chain(own).collect();
        let world = World::memory(&files, &[]);
        let manifest = Manifest::read(&world, Path::new("/project/packages/a"));
        let publisher = match self.client.split('@').next() {
            Some("pnpm") => Manager::Pnpm,
            Some("yarn") => Manager::Yarn,
            _ => Manager::Bun,
        };
        let root = Manifest::read(&world, Path::new("/project"));
        let release = NpmRelease::of(&NpmRelease::REFERENCE);
        let npm = NpmConfig::load(&world, &args::parse(&[], &release));
        let client =
            Client::read(&world, &root, &npm, Some((publisher, NamedBy::User)), &crate::publisher::Releases::default())
                .unwrap();
        let local = client.local.as_ref();
        let linked = local.map(|local| local.linked(&world, &manifest, None)).unwrap_or_default();
        let dependency = dependencies::everywhere(&manifest).next().unwrap();
        dependency.replacement(local, &linked)
    }

    /// `=` and the text that is written, `as it is`, `stops: ` and what is missing, or `open`.
    fn outcome(&self, field: &str, name: &str, spec: &str) -> String {
        match self.replacement(field, name, spec) {
            Ok(Replacement::Written(written)) => format!("={}", written.spec),
            Ok(Replacement::Nothing) => "as it is".to_owned(),
            Ok(Replacement::Refused(refused)) => format!("stops: {}", refused.what),
            Err(unknown) => {
                assert!(unknown.detail.contains(spec), "{}", unknown.detail);
                "open".to_owned()
            }
        }
    }

    fn replaces_as(&self, rows: &[(&str, &str, &str)]) {
        for (name, spec, expected) in rows {
            assert_eq!(self.outcome("dependencies", name, spec), *expected, "{} {name} {spec}", self.client);
        }
    }
}

const NO_C: &str = "stops: no package in the workspace is named `c`";
const NO_VUE: &str = "stops: the default catalog has no entry for it";

#[test]
fn pnpm_writes_the_version_of_a_member() {
    for client in ["pnpm@11.28.10", "pnpm@12.21.0"] {
        let project = Project::new(client);
        project.replaces_as(&[
            ("@x/b", "workspace:^", "=^2.0.0"),
            ("@x/b", "workspace:~", "=~2.0.0"),
            ("@x/b", "workspace:*", "=2.0.0"),
            ("@x/b", "workspace:", "=2.0.0"),
            ("@x/b", "workspace:^9", "=^9"),
            ("@x/b", "workspace:../b", "=2.0.0"),
            ("y", "workspace:../b", "=npm:@x/b@2.0.0"),
            ("y", "workspace:@x/b@^", "=npm:@x/b@^2.0.0"),
            ("y", "workspace:@x/b@^2", "=npm:@x/b@^2"),
            ("root", "workspace:^", "=^1.0.0"),
            ("left-lodge", "workspace:^", "=^1.2.0"),
            ("c", "workspace:^", NO_C),
            ("c", "workspace:../c", NO_C),
            ("c", "workspace:^1.0.0", "=^1.0.0"),
            ("c", "workspace:next", "=next"),
            ("n", "workspace:^", "stops: the workspace package `n` has no version"),
            ("x", " workspace:^", "as it is"),
            ("x", "^1.0.0", "as it is"),
        ]);
        for (spec, expected) in [
            ("workspace:^", "=^2.0.0"),
            ("workspace:>=", "=>=2.0.0"),
            ("workspace:*", "=2.0.0"),
            ("workspace:^2 || workspace:^3", "=^2 || workspace:^3"),
            ("^1 || workspace:>=", "=^1 || >=2.0.0"),
            ("workspace:../b", "=2.0.0"),
        ] {
            assert_eq!(project.outcome("peerDependencies", "@x/b", spec), expected, "{spec}");
        }
        assert_eq!(project.outcome("devDependencies", "c", "workspace:*"), NO_C);
        assert_eq!(project.outcome("peerDependencies", "c", "workspace:^1"), "=^1");
    }
}

#[test]
fn an_older_pnpm_needs_the_member_installed() {
    let missing = "stops: `@x/b` is not installed";
    for client in ["pnpm@10.34.8", "pnpm@11.27.9", "pnpm@12.6.9"] {
        let project = Project::new(client);
        for field in ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"] {
            assert_eq!(project.outcome(field, "@x/b", "workspace:^"), missing, "{client} {field}");
        }
        assert_eq!(project.outcome("peerDependencies", "@x/b", "workspace:../b"), missing, "{client}");
        project.replaces_as(&[("@x/b", "workspace:^2", "=^2"), ("@x/b", "workspace:../b", "=2.0.0")]);
        let link = "/project/packages/a/node_modules/@x/b/package.json";
        let installed = project.file(link, r#"{"name":"@x/b","version":"2.0.0"}"#);
        installed.replaces_as(&[("@x/b", "workspace:^", "=^2.0.0")]);
        installed.file(link, r#"{"name":"@x/b"}"#).replaces_as(&[("@x/b", "workspace:^", missing)]);
    }
    let other = Project::new("pnpm@12.21.0")
        .file("/project/packages/a/node_modules/c/package.json", r#"{"name":"d","version":"4.0.0"}"#);
    other.replaces_as(&[("c", "workspace:^", "=npm:d@^4.0.0")]);
    Project::new("pnpm@latest").replaces_as(&[
        ("@x/b", "workspace:^", "open"),
        ("@x/b", "workspace:^2", "=^2"),
        ("c", "workspace:^", NO_C),
    ]);
}

#[test]
fn pnpm_reads_catalogs_in_its_list_of_members() {
    let everywhere = [
        ("react", "catalog:", "=^18"),
        ("react", "catalog:default", "=^18"),
        ("react", "catalog: old ", "=^17"),
        ("alias", "catalog:", "=npm:react@^1"),
        ("again", "catalog:", "stops: its entry in the catalog refers to a catalog itself"),
        ("react", "catalog:new", "stops: the catalog `new` has no entry for it"),
        ("vue", "catalog:", NO_VUE),
    ];
    for client in ["pnpm@10.34.8", "pnpm@11.28.10", "pnpm@12.21.0", "pnpm@latest"] {
        Project::new(client).replaces_as(&everywhere);
    }
    let refused = "stops: its entry in the catalog is `workspace:^`";
    for (client, of_member) in [("pnpm@10.34.8", refused), ("pnpm@11.28.10", "=^2.0.0"), ("pnpm@12.21.0", "=^2.0.0")] {
        Project::new(client).replaces_as(&[("@x/b", "catalog:", of_member)]);
    }
    let path = "stops: its entry in the catalog is `link:../b`";
    for (client, of_path) in [("pnpm@10.34.8", path), ("pnpm@11.28.10", path), ("pnpm@12.21.0", "open")] {
        Project::new(client).replaces_as(&[("link", "catalog:", of_path)]);
    }
    let list = |text: &str| Project::new("pnpm@12.21.0").file("/project/pnpm-workspace.yaml", text);
    list("packages: [packages/*]\ncatalogs:\n  default:\n    vue: ^3\n").replaces_as(&[("vue", "catalog:", "=^3")]);
    list("packages: [packages/*]\ncatalog:\n").replaces_as(&[("vue", "catalog:", NO_VUE)]);
    list("packages: [packages/*]\ncatalog: 1\n").replaces_as(&[("vue", "catalog:", "open")]);
}

#[test]
fn project_code_may_add_to_a_catalog() {
    let pnpm = Project::new("pnpm@12.21.0");
    pnpm.file("/project/.pnpmfile.cjs", "").replaces_as(&[("vue", "catalog:", "open"), ("react", "catalog:", "=^18")]);
    let list = format!("packages: [packages/*]\nconfigDependencies:\n  plugin: 1.0.0\n{CATALOG}");
    Project::new("pnpm@12.21.0")
        .file("/project/pnpm-workspace.yaml", &list)
        .replaces_as(&[("vue", "catalog:", "open")]);
    let plugins = format!("plugins:\n  - path: x.cjs\n{CATALOG}");
    Project::new("yarn@4.18.1").file("/project/.yarnrc.yml", &plugins).replaces_as(&[("vue", "catalog:", "open")]);
}

#[test]
fn yarn_needs_the_member_and_keeps_specs_it_does_not_replace() {
    Project::new("yarn@4.18.1").replaces_as(&[
        ("@x/b", "workspace:^", "=^2.0.0"),
        ("@x/b", "workspace:~", "=~2.0.0"),
        ("@x/b", "workspace:*", "=2.0.0"),
        ("@x/b", "workspace:", "="),
        ("@x/b", "workspace:^2.0.0", "=^2.0.0"),
        ("@x/b", "workspace:>=1 <3", "=>=1 <3"),
        ("@x/b", "workspace:^9.0.0", "as it is"),
        ("@x/b", "workspace:packages/b", "=2.0.0"),
        ("@x/b", "workspace:./packages/b", "=./packages/b"),
        ("@x/b", "workspace:packages/b/", "=packages/b/"),
        ("@x/b", "workspace:../b", "as it is"),
        ("@x/b", "workspace:next", "as it is"),
        ("@x/b", "workspace:@x/b@^", "as it is"),
        ("y", "workspace:@x/b@^", "stops: no package in the workspace is named `y`"),
        ("n", "workspace:^", "=^0.0.0"),
        ("n", "workspace:^1.0.0", "as it is"),
        ("r", "workspace:^2.0.0", "as it is"),
        ("r", "workspace:^2.0.0-rc.0", "=^2.0.0-rc.0"),
        ("root", "workspace:^", "=^1.0.0"),
        ("c", "workspace:^", NO_C),
        ("c", "workspace:^1.0.0", NO_C),
        ("x", "^1.0.0", "as it is"),
    ]);
    for field in ["devDependencies", "optionalDependencies", "peerDependencies"] {
        assert_eq!(Project::new("yarn@4.18.1").outcome(field, "c", "workspace:*"), NO_C, "{field}");
    }
    let nested = r#"{"name":"@x/b","version":"2.0.0","workspaces":["inner"]}"#;
    Project::new("yarn@4.18.1").file("/project/packages/b/package.json", nested).replaces_as(&[(
        "c",
        "workspace:^",
        "open",
    )]);
}

#[test]
fn yarn_reads_catalogs_from_all_its_settings_files() {
    let project = Project::new("yarn@4.18.1");
    project.replaces_as(&[
        ("react", "catalog:", "=^18"),
        ("react", "catalog:old", "=^17"),
        ("react", "catalog:default", "stops: the catalog `default` has no entry for it"),
        ("react", "catalog: old", "stops: the catalog ` old` has no entry for it"),
        ("vue", "catalog:", NO_VUE),
        ("@x/b", "catalog:", "=workspace:^"),
        ("again", "catalog:", "=catalog:old"),
        ("alias", "catalog:", "open"),
    ]);
    let above = project.file("/.yarnrc.yml", "catalog:\n  vue: ^3\n  react: ^1\n");
    let home = above.file("/home/alice/.yarnrc.yml", "catalog:\n  ember: npm:^3\n");
    home.replaces_as(&[("vue", "catalog:", "=^3"), ("react", "catalog:", "=^18"), ("ember", "catalog:", "=^3")]);
    home.file("/.yarnrc.yml", "catalog: [\n").replaces_as(&[("vue", "catalog:", "open")]);
}

#[test]
fn yarn_1_replaces_nothing() {
    Project::new("yarn@1.22.22").replaces_as(&[("@x/b", "workspace:^", "as it is"), ("react", "catalog:", "as it is")]);
}

#[test]
fn bun_needs_the_member() {
    Project::new("bun@1.4.5").replaces_as(&[
        ("@x/b", "workspace:^", "=^2.0.0"),
        ("@x/b", "workspace:*", "=2.0.0"),
        ("@x/b", "workspace:", "="),
        ("@x/b", "workspace:^9.0.0", "=^9.0.0"),
        ("@x/b", "workspace:../b", "=2.0.0"),
        ("@x/b", "workspace:packages/b", "=packages/b"),
        ("@x/b", "workspace:next", "=next"),
        ("@x/b", "workspace:@x/b@^", "=^2.0.0"),
        ("y", "workspace:@x/b@^", "=npm:@x/b@^2.0.0"),
        ("y", "workspace:@x/b@^2", "=npm:@x/b@^2"),
        ("y", "workspace:../b", "=npm:@x/b@2.0.0"),
        ("n", "workspace:^", "stops: the workspace package `n` has no version"),
        ("c", "workspace:^", NO_C),
        ("c", "workspace:^1.0.0", NO_C),
        ("c", "workspace:../c", NO_C),
    ]);
    Project::new("bun@1.2.0").replaces_as(&[("c", "workspace:^", NO_C), ("c", "workspace:^1.0.0", "open")]);
}

#[test]
fn bun_reads_catalogs_at_the_root_of_a_workspace() {
    let project = Project::new("bun@1.4.5");
    project.replaces_as(&[
        ("react", "catalog:", "=^18"),
        ("react", "catalog:default", "=^18"),
        ("react", "catalog: old ", "=^17"),
        ("react", "catalog:nope", "stops: the catalog `nope` has no entry for it"),
        ("vue", "catalog:", NO_VUE),
        ("@x/b", "catalog:", "=^2.0.0"),
        ("again", "catalog:", "stops: its entry in the catalog refers to a catalog itself"),
        ("link", "catalog:", "=link:../b"),
        ("alias", "catalog:", "=npm:react@^1"),
    ]);
    let root = r#"{"name":"root","catalog":{"vue":"^3"}}"#;
    project.file("/project/package.json", root).replaces_as(&[("vue", "catalog:", NO_VUE)]);
}

#[test]
fn an_unreadable_member_list_is_undecided() {
    let pnpm = Project::new("pnpm@12.21.0").file("/project/pnpm-workspace.yaml", "packages: {\n");
    pnpm.replaces_as(&[("@x/b", "workspace:^", "open"), ("react", "catalog:", "open")]);
    let without = Project::new("pnpm@12.21.0");
    let files = without.files.iter().filter(|(path, _)| !path.contains("pnpm-workspace")).cloned().collect();
    Project { files, ..without }.replaces_as(&[("c", "workspace:^", NO_C), ("react", "catalog:", NO_VUE)]);
    let yarn = Project::new("yarn@4.18.1").file("/project/packages/b/package.json", "{");
    yarn.replaces_as(&[("@x/b", "workspace:^", "open")]);
}

#[test]
fn since_pnpm_11_a_non_member_has_no_workspace() {
    let alone = |client: &'static str| {
        let list = format!("packages: [packages/b]\n{CATALOG}");
        let package = format!(r#"{{"packageManager":"{client}"}}"#);
        let files: Vec<(&str, &str)> =
            [("/project/pnpm-workspace.yaml", list.as_str()), ("/project/packages/a/package.json", package.as_str())]
                .into_iter()
                .chain(MEMBERS)
                .collect();
        let world = World::memory(&files, &[]);
        let root = Manifest::read(&world, Path::new("/project/packages/a"));
        let release = NpmRelease::of(&NpmRelease::REFERENCE);
        let npm = NpmConfig::load(&world, &args::parse(&[], &release));
        let local = Client::read(
            &world,
            &root,
            &npm,
            Some((Manager::Pnpm, NamedBy::User)),
            &crate::publisher::Releases::default(),
        )
        .unwrap()
        .local
        .unwrap();
        let text = br#"{"dependencies":{"@x/b":"workspace:^","react":"catalog:"}}"#;
        let manifest = Manifest::parse(String::new(), text, &root.folder);
        let linked = local.linked(&world, &manifest, None);
        let all = dependencies::everywhere(&manifest).map(|one| local.replacement(one, &linked).unwrap());
        all.map(|one| matches!(one, Replacement::Written(_))).collect::<Vec<_>>()
    };
    assert_eq!(alone("pnpm@10.34.8"), [false, true], "nothing is installed");
    assert_eq!(alone("pnpm@11.28.10"), [false, false]);
    assert_eq!(alone("pnpm@12.21.0"), [false, false]);
}
