//! A publish in words: what is on the registry, what is in the folders, what is typed; and how it must end.

use serde_json::{Value, json};

use crate::registry::cast;
use crate::registry::faults::Fault;
use crate::registry::state::State;

/// How `npm publish` ends.
#[derive(Clone, Debug)]
pub(crate) enum Expected {
    /// With success, and these on the registry (`name@version tag access`).
    Publishes(Vec<&'static str>),
    /// With success, and these on the registry, which is not what was meant.
    GoesWrong(Vec<&'static str>),
    /// The registry's answer to the `PUT`, or to the `POST` of what is staged, has this status.
    RefusedByServer(u16),
    /// The connection fails; npm's error holds this text.
    Breaks(&'static str),
    /// Before any `PUT`; npm's error holds this text.
    RefusedByClient(&'static str),
}

/// One publish.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Scenario {
    /// A sentence.
    pub(crate) name: &'static str,
    /// How npm ends.
    pub(crate) expected: Expected,
    /// One of these rules must report the error (none: any, or none at all).
    pub(crate) rules: &'static [&'static str],
    /// Why the executable may leave it undecided.
    pub(crate) undecided: Option<&'static str>,
    /// Nothing readable speaks against the publish: any verdict will do.
    pub(crate) unforeseeable: bool,
    /// Whether the verdict must be `ready` when npm publishes.
    pub(crate) ready: bool,
    /// The registry's content.
    pub(crate) state: State,
    /// What goes wrong on the way.
    pub(crate) faults: Vec<Fault>,
    /// Path and text.
    pub(crate) files: Vec<(String, String)>,
    /// Variables.
    pub(crate) env: Vec<(&'static str, &'static str)>,
    /// `npm stage publish` instead of `npm publish`.
    pub(crate) stage: bool,
    /// npm 12 publishes, and not the installed npm.
    pub(crate) npm_12: bool,
    /// After `npm publish`.
    pub(crate) args: Vec<&'static str>,
    /// Working directory.
    pub(crate) folder: &'static str,
}

/// A package.json with more fields.
pub(crate) fn package(name: &str, version: &str, more: Value) -> Value {
    let mut manifest = json!({ "name": name, "version": version });
    if let (Some(fields), Value::Object(more)) = (manifest.as_object_mut(), more) {
        fields.extend(more);
    }
    manifest
}

/// A publish of this package.json by alice, whose token bypasses two-factor authentication.
pub(crate) fn manifest(name: &'static str, manifest: &Value) -> Scenario {
    let text = serde_json::to_string_pretty(manifest).expect("JSON");
    let scenario = Scenario {
        name,
        expected: Expected::Publishes(Vec::new()),
        rules: &[],
        undecided: None,
        unforeseeable: false,
        ready: false,
        state: cast::registry(),
        faults: Vec::new(),
        files: vec![("project/package.json".to_owned(), format!("{text}\n"))],
        env: Vec::new(),
        stage: false,
        npm_12: false,
        args: Vec::new(),
        folder: "project",
    };
    scenario.token("alice-bypass")
}

/// The same for a package with a name and a version and nothing more.
pub(crate) fn simple(name: &'static str, package_name: &str, version: &str) -> Scenario {
    manifest(name, &package(package_name, version, json!({})))
}

impl Scenario {
    /// The user's .npmrc names the registry and this token of the cast.
    pub(crate) fn token(self, label: &str) -> Self {
        self.npmrc(&format!("registry=<registry>/\n<nerf>:_authToken=<token:{label}>\n"))
    }

    /// A login of this user with a right one-time password: nothing about the account is hidden.
    pub(crate) fn login(self, user: &str) -> Self {
        self.token(&format!("{user}-session")).args(&["--otp", "123456"])
    }

    /// The user's .npmrc.
    pub(crate) fn npmrc(self, text: &str) -> Self {
        self.file("home/.npmrc", text)
    }

    /// A file, instead of what stood there.
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        self.files.retain(|(known, _)| known != path);
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    /// A package.json in another place.
    pub(crate) fn json(self, path: &str, manifest: &Value) -> Self {
        self.file(path, &manifest.to_string())
    }

    /// No such file.
    pub(crate) fn without(mut self, path: &str) -> Self {
        self.files.retain(|(known, _)| known != path);
        self
    }

    /// A variable.
    pub(crate) fn env(mut self, key: &'static str, value: &'static str) -> Self {
        self.env.push((key, value));
        self
    }

    /// What is typed after `npm publish`.
    pub(crate) fn args(mut self, args: &[&'static str]) -> Self {
        self.args.extend_from_slice(args);
        self
    }

    /// It is staged.
    pub(crate) fn staged(mut self) -> Self {
        self.stage = true;
        self
    }

    /// By npm 12.
    pub(crate) fn by_npm_12(mut self) -> Self {
        self.npm_12 = true;
        self
    }

    /// Another working directory.
    pub(crate) fn folder(mut self, folder: &'static str) -> Self {
        self.folder = folder;
        self
    }

    /// Another state of the registry.
    pub(crate) fn state(mut self, change: impl FnOnce(&mut State)) -> Self {
        change(&mut self.state);
        self
    }

    /// The registry is one of another kind, and the executable is not configured to apply npm's public policy.
    pub(crate) fn elsewhere(mut self) -> Self {
        self.state.lenient = true;
        self
    }

    /// Something goes wrong.
    pub(crate) fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// It works.
    pub(crate) fn publishes(mut self, published: &[&'static str]) -> Self {
        self.expected = Expected::Publishes(published.to_vec());
        self
    }

    /// It works, and every fact that could speak against it can be read.
    pub(crate) fn certainly_publishes(self, published: &[&'static str]) -> Self {
        Self { ready: true, ..self.publishes(published) }
    }

    /// It ends well and is still an error; one of the rules says so.
    pub(crate) fn goes_wrong(mut self, published: &[&'static str], rules: &'static [&'static str]) -> Self {
        self.expected = Expected::GoesWrong(published.to_vec());
        self.rules = rules;
        self
    }

    /// The registry answers the `PUT` so; one of the rules foretells it.
    pub(crate) fn refused(mut self, status: u16, rules: &'static [&'static str]) -> Self {
        self.expected = Expected::RefusedByServer(status);
        self.rules = rules;
        self
    }

    /// The connection fails, and npm says this; one of the rules foretells it.
    pub(crate) fn breaks(mut self, text: &'static str, rules: &'static [&'static str]) -> Self {
        self.expected = Expected::Breaks(text);
        self.rules = rules;
        self
    }

    /// npm itself refuses with this text; one of the rules foretells it.
    pub(crate) fn stopped(mut self, text: &'static str, rules: &'static [&'static str]) -> Self {
        self.expected = Expected::RefusedByClient(text);
        self.rules = rules;
        self
    }

    /// Only the publish itself shows it; whatever the executable says will do, but for a wrong reason.
    pub(crate) fn unforeseeable(mut self) -> Self {
        self.unforeseeable = true;
        self
    }

    /// The executable may leave it undecided.
    pub(crate) fn undecided_because(mut self, why: &'static str) -> Self {
        self.undecided = Some(why);
        self
    }
}
