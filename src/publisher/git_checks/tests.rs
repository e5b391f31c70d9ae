//! What turns pnpm's git checks off, and which branches pass, by version.

use std::path::Path;

use super::*;
use crate::npm::release::NpmRelease;
use crate::project::manifest::Manifest;
use crate::project::npm_config::args;
use crate::publisher::NamedBy;

struct Machine<'a> {
    files: Vec<(&'a str, &'a str)>,
    env: Vec<(&'a str, &'a str)>,
    args: Vec<&'a str>,
    cwd: &'a str,
}

impl<'a> Machine<'a> {
    fn new() -> Self {
        Self {
            files: vec![("/project/.git/HEAD", "ref: refs/heads/main\n")],
            env: vec![],
            args: vec![],
            cwd: "/project",
        }
    }

    fn file(mut self, path: &'a str, text: &'a str) -> Self {
        self.files.push((path, text));
        self
    }

    fn env(mut self, name: &'a str, value: &'a str) -> Self {
        self.env.push((name, value));
        self
    }

    fn args(mut self, args: &[&'a str]) -> Self {
        self.args.extend(args);
        self
    }

    fn at(mut self, cwd: &'a str) -> Self {
        self.cwd = cwd;
        self
    }

    /// What pnpm of that version checks.
    fn checks(&self, version: &str) -> Option<GitChecks> {
        let package = match version {
            "" => "{}".to_owned(),
            version => format!(r#"{{"packageManager":"pnpm@{version}"}}"#),
        };
        let package_json = format!("{}/package.json", self.cwd);
        let mut files = self.files.clone();
        files.push((&package_json, &package));
        let mut world = World::memory(&files, &self.env);
        world.cwd = PathBuf::from(self.cwd);
        let args: Vec<String> = self.args.iter().map(|arg| (*arg).to_owned()).collect();
        let config = NpmConfig::load(&world, &args::parse(&args, &NpmRelease::of(&NpmRelease::REFERENCE)));
        let client = Client::read(
            &world,
            &Manifest::read(&world, Path::new(self.cwd)),
            &config,
            Some((Manager::Pnpm, NamedBy::User)),
            &crate::publisher::Releases::default(),
        );
        GitChecks::read(&world, &config, client.as_ref())
    }

    /// Whether pnpm 10, 11 and 12 check anything.
    fn are_on(&self) -> [bool; 3] {
        ["10.34.8", "11.28.10", "12.21.0"].map(|version| self.checks(version).is_some())
    }

    /// The branches from which pnpm 10, 11 and 12 publish.
    fn branches(&self) -> [String; 3] {
        ["10.34.8", "11.28.10", "12.21.0"].map(|version| self.checks(version).unwrap().versions[0].branches.join("|"))
    }
}

const WORKSPACE: &str = "/project/pnpm-workspace.yaml";
const USER: &str = "/home/alice/.config/pnpm/config.yaml";
const RC: &str = "/home/alice/.config/pnpm/rc";

#[test]
fn each_version_has_its_own_switches() {
    let machine = Machine::new;
    assert_eq!(machine().are_on(), [true, true, true]);
    for (machine, expected) in [
        (machine().args(&["--no-git-checks"]), [false, false, false]),
        (machine().args(&["--git-checks=false"]), [false, false, false]),
        (machine().args(&["--config.gitChecks=false"]), [false, false, false]),
        (machine().args(&["--no-git-checks=false"]), [true, true, true]),
        (machine().file(WORKSPACE, "gitChecks: false\n"), [false, false, false]),
        (machine().file(WORKSPACE, "gitChecks: \"false\"\n"), [true, true, false]),
        (machine().file(WORKSPACE, "git-checks: false\n"), [true, true, true]),
        (machine().file(WORKSPACE, "gitChecks: off\n"), [true, true, true]),
        (machine().file(WORKSPACE, "gitChecks: [\n"), [true, true, true]),
        (machine().env("PNPM_CONFIG_GIT_CHECKS", "false"), [true, false, false]),
        (machine().env("pnpm_config_git_checks", "false"), [true, false, false]),
        (machine().env("PNPM_CONFIG_GIT_CHECKS", "0"), [true, true, true]),
        (machine().env("npm_config_git_checks", "false"), [false, true, true]),
        (machine().file("/project/.npmrc", "git-checks=false\n"), [false, true, true]),
        (machine().file("/project/.npmrc", "git-checks=0\n"), [true, true, true]),
        (machine().file("/home/alice/.npmrc", "git-checks = false\n"), [false, true, true]),
        (machine().file(RC, "git-checks=false\n"), [false, true, true]),
        (machine().file(USER, "gitChecks: false\n"), [true, false, false]),
    ] {
        assert_eq!(machine.are_on(), expected, "{:?} {:?} {:?}", machine.files, machine.env, machine.args);
    }
}

#[test]
fn the_strongest_switch_wins() {
    let machine = Machine::new;
    let off = "gitChecks: false\n";
    for (machine, expected) in [
        (machine().file(WORKSPACE, off).args(&["--git-checks"]), [true, true, true]),
        (machine().file(WORKSPACE, off).file("/project/.npmrc", "git-checks=true\n"), [false, false, false]),
        (
            machine().file(WORKSPACE, "gitChecks: true\n").file("/project/.npmrc", "git-checks=false\n"),
            [true, true, true],
        ),
        (machine().file(WORKSPACE, off).env("PNPM_CONFIG_GIT_CHECKS", "true"), [false, true, true]),
        (machine().file(WORKSPACE, off).env("npm_config_git_checks", "true"), [false, false, false]),
        (machine().file(USER, off).file(WORKSPACE, "gitChecks: true\n"), [true, true, true]),
        (machine().file(RC, "git-checks=false\n").file("/home/alice/.npmrc", "git-checks=true\n"), [true, true, true]),
    ] {
        assert_eq!(machine.are_on(), expected, "{:?} {:?} {:?}", machine.files, machine.env, machine.args);
    }
}

#[test]
fn since_pnpm_11_a_non_member_has_no_workspace_settings() {
    let at = |list, folder| Machine::new().file(WORKSPACE, list).at(folder);
    let member = "packages: [a]\ngitChecks: false\n";
    assert_eq!(at(member, "/project/a").are_on(), [false, false, false]);
    assert_eq!(at(member, "/project/b").are_on(), [false, true, true]);
    let npmrc = |folder| at("packages: [a]\n", folder).file("/project/.npmrc", "git-checks=false\n");
    assert_eq!(npmrc("/project/a").are_on(), [false, true, true], "the root's");
}

#[test]
fn the_branch_comes_from_the_same_places() {
    let machine = Machine::new;
    let default = || "master|main".to_owned();
    let x = || "x".to_owned();
    for (machine, expected) in [
        (machine(), [default(), default(), default()]),
        (machine().args(&["--publish-branch=x"]), [x(), x(), x()]),
        (machine().file(WORKSPACE, "publishBranch: x\n"), [x(), x(), x()]),
        (machine().env("PNPM_CONFIG_PUBLISH_BRANCH", "x"), [default(), x(), x()]),
        (machine().env("npm_config_publish_branch", "x"), [x(), default(), default()]),
        (machine().file("/project/.npmrc", "publish-branch=x\n"), [x(), default(), default()]),
        (machine().file(USER, "publishBranch: x\n"), [default(), default(), default()]),
        (
            machine().file(WORKSPACE, "publishBranch: y\n").env("PNPM_CONFIG_PUBLISH_BRANCH", "x"),
            ["y".to_owned(), x(), x()],
        ),
    ] {
        assert_eq!(machine.branches(), expected, "{:?} {:?} {:?}", machine.files, machine.env, machine.args);
    }
    let before = machine().file(WORKSPACE, "publishBranch: x\n").checks("12.16.9").unwrap();
    assert_eq!(before.versions[0].branches.join("|"), default());
}

#[test]
fn an_unknown_pnpm_version_is_undecided_where_versions_differ() {
    let any =
        |machine: Machine<'_>| machine.checks("").map(|checks| checks.stopping(|_| true).map(|found| found.is_some()));
    assert_eq!(any(Machine::new()), Some(Ok(true)));
    assert_eq!(any(Machine::new().args(&["--no-git-checks"])), None);
    let unknown = any(Machine::new().file("/project/.npmrc", "git-checks=false\n")).unwrap().unwrap_err();
    assert!(unknown.detail.starts_with("pnpm 12.17.0 would fail and pnpm 10.0.0 would not"), "{}", unknown.detail);
}

#[test]
fn there_is_nothing_to_check_outside_a_repository() {
    let mut machine = Machine::new();
    machine.files.clear();
    assert_eq!(machine.are_on(), [false, false, false]);
}
