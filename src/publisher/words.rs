//! The words of each package manager: what people call it, which commands they type, where they write a token, and what it prints
//! where npm prints a code. A report must not send somebody who publishes with Yarn to an .npmrc. Each client has one row;
//! rules ask for what they need and know no client themselves.

use super::client::Client;
use super::manager::Manager;

/// How a client is spoken of.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// What it is called.
    pub name: &'static str,
    /// The command that publishes.
    pub publish: &'static str,
    /// The command that logs in; `{registry}` is where.
    login: &'static str,
    /// How a token is written down; `{nerf}` is the registry's key as npm writes it, `{variable}` a variable.
    token: &'static str,
    /// The file that it reads credentials from, with an article.
    pub credentials: &'static str,
    /// The file for settings of the project: where `access` and the like are written, with an article.
    pub settings: &'static str,
    /// It reads .npmrc files.
    pub reads_npmrc: bool,
    /// The variable that it reads a token from.
    token_variable: Option<TokenVariable>,
    /// What it does without a credential; `{nerf}` is the registry as npm's keys name it.
    without_credential: WithoutCredential,
    /// It may get its credential by trusted publishing.
    pub trusted_publishing: bool,
    /// What makes it read a credential that is in a file from which it takes none; `None`: it reads no such file at all.
    pub move_credential: Option<&'static str>,
    /// The command that sets the version; `{}` is which.
    set_version: &'static str,
    /// The command that raises the version to the next patch.
    pub raise_version: &'static str,
    /// The command that sets fields of package.json, before `field=value`; `None`: there is none.
    set_fields: Option<&'static str>,
    /// The command that removes a field of package.json.
    delete_field: Option<&'static str>,
    /// The command that asks a registry whether it is there; `{registry}` is which.
    ping: Option<&'static str>,
    /// How one of its commands is run in a workspace.
    workspace: InWorkspace,
    /// It takes `--registry` when it publishes.
    pub has_registry_flag: bool,
    /// How provenance is turned off, for where it makes any.
    pub provenance: Option<ProvenanceWords>,
    /// The scripts that it runs when it publishes and at no other time.
    pub lifecycle: &'static [&'static str],
    /// What it does with a credential whose variable is not set; `{variable}` is which.
    unset_variable: &'static str,
    /// What runs a script of the package.
    pub run: &'static str,
    /// What shows the files that it packs.
    pub list_files: &'static str,
    /// What it prints where npm prints a code; `None`: the same.
    codes: Option<&'static [(&'static str, &'static str)]>,
}

/// What a client does that has no credential for the registry, in words.
#[derive(Clone, Copy, Debug)]
enum WithoutCredential {
    /// It does not ask the registry.
    Fails(&'static str),
    /// It sends the package all the same, and leaves it to the registry to refuse.
    Publishes(&'static str),
}

/// What is said of provenance.
#[derive(Clone, Copy, Debug)]
pub struct ProvenanceWords {
    /// The setting that turns it off: "`x=false` into a file".
    pub off: &'static str,
    /// A command that turns it off.
    pub off_command: Option<&'static str>,
    /// What is printed where it cannot be made.
    pub refused: &'static str,
}

/// A variable with a token.
#[derive(Clone, Copy, Debug)]
struct TokenVariable {
    name: &'static str,
    /// It counts for the default registry only.
    is_for_default: bool,
}

/// How a command is run in a workspace.
#[derive(Clone, Copy, Debug)]
enum InWorkspace {
    /// `npm version patch --workspace=name`.
    Behind(&'static str),
    /// `yarn workspace name version patch`: what is between the program and the rest of its command.
    Between(&'static str),
    /// It is not.
    Never,
}

/// npm itself, and pnpm up to 10, which hands the package over to npm: those are npm's words about everything that npm does then.
pub static NPM: Words = Words {
    name: "npm",
    publish: "npm publish",
    login: "npm login --registry {registry}",
    token: "write `{nerf}:_authToken=${{variable}}` into an .npmrc",
    credentials: "an .npmrc",
    settings: "the project's .npmrc",
    reads_npmrc: true,
    token_variable: None,
    without_credential: WithoutCredential::Fails(
        "npm does not publish without a credential, and looks for it under `{nerf}`",
    ),
    trusted_publishing: true,
    move_credential: Some("move the line into the user's .npmrc"),
    set_version: "npm version {} --no-git-tag-version",
    raise_version: "npm version patch --no-git-tag-version",
    set_fields: Some("npm pkg set "),
    delete_field: Some("npm pkg delete "),
    ping: Some("npm ping --registry {registry}"),
    workspace: InWorkspace::Behind(" --workspace="),
    has_registry_flag: true,
    provenance: Some(ProvenanceWords {
        off: "`provenance=false` into the project's .npmrc",
        off_command: Some("npm config set provenance=false --location=project"),
        refused: "EUSAGE",
    }),
    lifecycle: &["prepublishOnly", "prepack", "postpack", "publish", "postpublish"],
    unset_variable: "npm sends the text `${{variable}}` instead of a token, and the registry rejects it",
    run: "npm run",
    list_files: "npm pack --dry-run",
    codes: None,
};

/// pnpm up to 10: it packs, and npm sends. npm says what is wrong with everything but the git checks.
static PNPM_10: Words = Words { publish: "pnpm publish", ..NPM };

/// pnpm 11 (11.28.10): npm's library under pnpm's own configuration.
static PNPM_11: Words = Words {
    provenance: Some(ProvenanceWords { off: OFF_FOR_PNPM, off_command: None, refused: "EUSAGE" }),
    codes: Some(&[
        ("E400", "E400"),
        ("E401", "E401"),
        ("E402", "E402"),
        ("E403", "E403"),
        ("E404", "E404"),
        ("E409", "E409"),
        ("E413", "E413"),
        ("E415", "E415"),
        ("E422", "E422"),
        ("EOTP", "ERR_PNPM_OTP_NON_INTERACTIVE"),
        ("EUNSCOPED", "EUNSCOPED"),
        ("EPRIVATE", "EPRIVATE"),
        ("EBADSEMVER", "EBADSEMVER"),
    ]),
    ..PNPM
};

const OFF_FOR_PNPM: &str = "`provenance: false` into pnpm-workspace.yaml";

/// pnpm since 12 (12.21.0).
static PNPM: Words = Words {
    name: "pnpm",
    publish: "pnpm publish",
    login: "pnpm login --registry {registry}",
    token: "write `{nerf}:_authToken=${{variable}}` into the user's .npmrc, or use `pnpm config set`",
    credentials: "the user's .npmrc",
    settings: "pnpm-workspace.yaml",
    reads_npmrc: true,
    token_variable: None,
    without_credential: WithoutCredential::Publishes("pnpm sends the package without one, and the registry refuses it"),
    trusted_publishing: true,
    move_credential: Some("move the line into the user's .npmrc, or write it there with `pnpm config set`"),
    set_version: "pnpm version {} --no-git-tag-version",
    raise_version: "pnpm version patch --no-git-tag-version",
    set_fields: Some("pnpm pkg set "),
    delete_field: Some("pnpm pkg delete "),
    ping: Some("pnpm ping --registry {registry}"),
    workspace: InWorkspace::Never,
    has_registry_flag: true,
    provenance: Some(ProvenanceWords {
        off: OFF_FOR_PNPM,
        off_command: None,
        refused: "ERR_PNPM_PROVENANCE_UNSUPPORTED_PROVIDER",
    }),
    lifecycle: &["prepublishOnly", "prepack", "postpack", "publish", "postpublish"],
    unset_variable: "pnpm puts nothing in its place, and the registry rejects what is left",
    run: "pnpm run",
    list_files: "pnpm pack --dry-run",
    codes: Some(&[
        ("E400", "ERR_PNPM_FAILED_TO_PUBLISH"),
        ("E401", "ERR_PNPM_FAILED_TO_PUBLISH"),
        ("E402", "ERR_PNPM_FAILED_TO_PUBLISH"),
        ("E403", "ERR_PNPM_FAILED_TO_PUBLISH"),
        ("E404", "ERR_PNPM_FAILED_TO_PUBLISH"),
        ("E409", "ERR_PNPM_FAILED_TO_PUBLISH"),
        ("E413", "ERR_PNPM_FAILED_TO_PUBLISH"),
        ("E415", "ERR_PNPM_FAILED_TO_PUBLISH"),
        ("E422", "ERR_PNPM_FAILED_TO_PUBLISH"),
        ("ENEEDAUTH", "ERR_PNPM_FAILED_TO_PUBLISH"),
        ("EOTP", "ERR_PNPM_OTP_NON_INTERACTIVE"),
        ("EUNSCOPED", "ERR_PNPM_UNSCOPED_RESTRICTED"),
        ("EPRIVATE", "ERR_PNPM_PRIVATE_PACKAGE"),
        ("EBADSEMVER", "ERR_PNPM_BAD_SEMVER"),
    ]),
};

/// Yarn since 2 (4.18.1): `MessageName` of @yarnpkg/core, and npmHttpUtils.ts of @yarnpkg/plugin-npm.
static YARN: Words = Words {
    name: "Yarn",
    publish: "yarn npm publish",
    login: "yarn npm login --publish",
    token: "set `npmAuthToken: ${{variable}}` in .yarnrc.yml",
    credentials: ".yarnrc.yml",
    settings: ".yarnrc.yml",
    reads_npmrc: false,
    token_variable: Some(TokenVariable { name: "YARN_NPM_AUTH_TOKEN", is_for_default: false }),
    without_credential: WithoutCredential::Fails("Yarn does not publish without `npmAuthToken` or `npmAuthIdent`"),
    trusted_publishing: true,
    move_credential: None,
    set_version: "yarn version {}",
    raise_version: "yarn version patch",
    set_fields: None,
    delete_field: None,
    ping: None,
    workspace: InWorkspace::Between("workspace "),
    has_registry_flag: false,
    provenance: Some(ProvenanceWords {
        off: "`npmPublishProvenance: false` into .yarnrc.yml",
        off_command: None,
        refused: "YN0091",
    }),
    lifecycle: &["prepack", "postpack"],
    unset_variable: "Yarn stops at a variable that is not set",
    run: "yarn run",
    list_files: "yarn pack --dry-run",
    codes: Some(&[
        ("ENEEDAUTH", "YN0033"),
        ("EOTP", "YN0033"),
        ("E401", "YN0041"),
        ("E400", "YN0035"),
        ("E402", "YN0035"),
        ("E403", "YN0035"),
        ("E404", "YN0035"),
        ("E409", "YN0035"),
        ("E413", "YN0035"),
        ("E415", "YN0035"),
        ("E422", "YN0035"),
        ("ECONNREFUSED", "YN0001"),
    ]),
};

/// Yarn 1 (1.22.22), which reads npm's files and has no codes. `yarn login` keeps no token, so `npm login` writes it.
static YARN_CLASSIC: Words = Words {
    name: "Yarn",
    publish: "yarn publish",
    settings: ".yarnrc",
    without_credential: WithoutCredential::Fails(
        "without a credential under `{nerf}`, Yarn prompts for a login, and fails if it cannot",
    ),
    trusted_publishing: false,
    set_version: "yarn version --no-git-tag-version --new-version {}",
    raise_version: "yarn version --no-git-tag-version --patch",
    set_fields: None,
    delete_field: None,
    ping: None,
    workspace: InWorkspace::Between("workspace "),
    provenance: None,
    unset_variable: "Yarn stops at a variable that is not set",
    run: "yarn run",
    list_files: "npm-preflight files",
    codes: Some(&[]),
    ..NPM
};

/// Bun (1.4.5), which has no codes.
static BUN: Words = Words {
    name: "Bun",
    publish: "bun publish",
    login: "bunx npm login --registry {registry}",
    token: "write `{nerf}:_authToken=${{variable}}` into an .npmrc",
    credentials: "an .npmrc",
    settings: "bunfig.toml",
    reads_npmrc: true,
    token_variable: Some(TokenVariable { name: "NPM_CONFIG_TOKEN", is_for_default: true }),
    without_credential: WithoutCredential::Fails("Bun does not publish without a credential for the registry"),
    trusted_publishing: false,
    move_credential: Some("move the line into the user's .npmrc"),
    set_version: "bun pm version {} --no-git-tag-version",
    raise_version: "bun pm version patch --no-git-tag-version",
    set_fields: Some("bun pm pkg set "),
    delete_field: Some("bun pm pkg delete "),
    ping: None,
    workspace: InWorkspace::Never,
    has_registry_flag: true,
    provenance: None,
    lifecycle: &["prepublishOnly", "prepack", "postpack", "publish", "postpublish"],
    unset_variable: "Bun sends the text `${{variable}}` instead of a token, and the registry rejects it",
    run: "bun run",
    list_files: "bun pm pack --dry-run",
    codes: Some(&[]),
};

impl Client {
    /// How it is spoken of, where it publishes; otherwise npm does.
    pub fn words(&self) -> &'static Words {
        match self.other() {
            None | Some(Manager::Npm) => &NPM,
            Some(Manager::Pnpm) if self.is_before(11) => &PNPM_10,
            Some(Manager::Pnpm) if self.is_before(12) => &PNPM_11,
            Some(Manager::Pnpm) => &PNPM,
            Some(Manager::Yarn) if self.is_before(2) => &YARN_CLASSIC,
            Some(Manager::Yarn) => &YARN,
            Some(Manager::Bun) => &BUN,
        }
    }
}

impl Words {
    /// The command that logs in at a registry, as it is shown.
    pub fn login(&self, registry: &str) -> String {
        self.login.replace("{registry}", registry)
    }

    /// How a token is given to it: written into a file as a variable of that name, or by its own variable, which may count for
    /// the default registry only. `nerf`: the registry as npm's keys name it, `//host/path/`.
    pub fn give_token(&self, nerf: &str, is_default: bool, variable: &str) -> String {
        let written = self.write_token(nerf, variable);
        match self.token_variable.as_ref().filter(|own| is_default || !own.is_for_default) {
            Some(own) => format!("{written}, or set the variable {}", own.name),
            None => written,
        }
    }

    /// How a token that a variable holds is written down.
    pub fn write_token(&self, nerf: &str, variable: &str) -> String {
        self.token.replace("{nerf}", nerf).replace("{variable}", variable)
    }

    /// What it does without a credential for a registry.
    pub fn without_credential(&self, nerf: &str) -> String {
        let (WithoutCredential::Fails(words) | WithoutCredential::Publishes(words)) = self.without_credential;
        words.replace("{nerf}", nerf)
    }

    /// Whether it sends the package all the same.
    pub fn publishes_without_credential(&self) -> bool {
        matches!(self.without_credential, WithoutCredential::Publishes(_))
    }

    /// What it does with a credential that names a variable which is not set.
    pub fn unset_variable(&self, variable: &str) -> String {
        self.unset_variable.replace("{variable}", variable)
    }

    /// The command that sets the version of the package.
    pub fn set_version(&self, version: &str) -> String {
        self.set_version.replace("{}", version)
    }

    /// The command that sets fields of package.json: `name=a private=true`.
    pub fn set_fields(&self, fields: &str) -> Option<String> {
        self.set_fields.map(|command| format!("{command}{fields}"))
    }

    /// The command that removes a field of package.json.
    pub fn delete_field(&self, field: &str) -> Option<String> {
        self.delete_field.map(|command| format!("{command}{field}"))
    }

    /// The command that asks a registry whether it is there.
    pub fn ping(&self, registry: &str) -> Option<String> {
        self.ping.map(|command| command.replace("{registry}", registry))
    }

    /// A command that changes package.json changes the one in the working directory.
    pub fn changes_package(&self, command: &str) -> bool {
        let set_version = self.set_version.split('{').next();
        let starts = [set_version, self.set_fields, self.delete_field];
        command == self.raise_version || starts.into_iter().flatten().any(|start| command.starts_with(start))
    }

    /// The same command for a workspace; `None`: there is none.
    pub fn in_workspace(&self, command: &str, name: &str) -> Option<String> {
        match self.workspace {
            InWorkspace::Behind(option) => Some(format!("{command}{option}{name}")),
            InWorkspace::Between(words) => {
                let (program, rest) = command.split_once(' ')?;
                Some(format!("{program} {words}{name} {rest}"))
            }
            InWorkspace::Never => None,
        }
    }

    /// What it prints where npm prints that code; `None`: no code.
    pub fn code(&self, npms: &'static str) -> Option<&'static str> {
        if npms.starts_with("ERR_PNPM_") || npms.starts_with("YN") {
            return Some(npms);
        }
        let Some(codes) = self.codes else { return Some(npms) };
        codes.iter().find(|(code, _)| *code == npms).map(|(_, own)| *own)
    }
}
