//! As much of GitHub's runner as a composite action needs: it carries out the steps of action.yml one after the other, with
//! the files and variables that they may use.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::harness::Sandbox;
use crate::tools::Python;

/// A job whose workspace is the sandbox's `project`.
pub(super) struct Job {
    pub(super) sandbox: Sandbox,
    inputs: BTreeMap<String, String>,
    action: Value,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Ran {
    /// The exit code of the first step that failed; 0 when none did.
    pub(super) code: i32,
    /// What the steps printed.
    pub(super) text: String,
    /// The summaries of the steps.
    pub(super) summary: String,
    /// The outputs of the action.
    pub(super) outputs: BTreeMap<String, String>,
    /// The inputs of the other actions that were used.
    pub(super) used: Vec<BTreeMap<String, String>>,
}

type Outputs = BTreeMap<String, BTreeMap<String, String>>;

impl Job {
    pub(super) fn new(mut sandbox: Sandbox) -> Self {
        let action = Python::with_tools().yaml(&Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml"));
        let inputs = action["inputs"].as_object().expect("inputs").iter();
        let inputs = inputs.map(|(name, input)| (name.clone(), text(&input["default"]))).collect();
        let path = |name: &str| sandbox.path(name).display().to_string();
        let variables = [
            ("CI", "true".to_owned()),
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_WORKSPACE", path("project")),
            ("RUNNER_TEMP", path("tmp")),
            ("RUNNER_OS", "Linux".to_owned()),
            ("RUNNER_ARCH", "X64".to_owned()),
        ];
        for (name, value) in variables {
            sandbox.env(name, &value);
        }
        Self { sandbox, inputs, action }
    }

    /// Gives the action an input.
    pub(super) fn input(&mut self, name: &str, value: &str) {
        assert!(self.inputs.insert(name.to_owned(), value.to_owned()).is_some(), "there is no input {name}");
    }

    pub(super) fn run(&mut self) -> Ran {
        let mut ran = Ran::default();
        let mut outputs = Outputs::new();
        let steps = self.action["runs"]["steps"].as_array().expect("steps").clone();
        for (number, step) in steps.iter().enumerate() {
            if !self.is_wanted(step, ran.code, &outputs) {
                continue;
            }
            let Some(script) = step["run"].as_str() else {
                let with = step["with"].as_object().expect("inputs").iter();
                ran.used.push(with.map(|(name, value)| (name.clone(), self.fill(&text(value), &outputs))).collect());
                continue;
            };
            assert!(
                !script.contains("${{"),
                "an expression in a script is code that somebody else may write: {script}"
            );
            assert_eq!(step["shell"], "bash");
            let own = step["env"].as_object().into_iter().flatten();
            let own = own.map(|(name, value)| (name.clone(), self.fill(&text(value), &outputs))).collect();
            let (code, printed) = self.script(script, &own, &mut ran);
            outputs.insert(text(&step["id"]), printed);
            assert!(number + 1 == steps.len() || step["continue-on-error"].is_null());
            ran.code = if ran.code == 0 { code } else { ran.code };
        }
        for (name, output) in self.action["outputs"].as_object().expect("outputs") {
            ran.outputs.insert(name.clone(), self.fill(&text(&output["value"]), &outputs));
        }
        ran
    }

    /// Carries out a script as `shell: bash` does; its exit code and its outputs.
    fn script(
        &mut self,
        script: &str,
        own: &BTreeMap<String, String>,
        ran: &mut Ran,
    ) -> (i32, BTreeMap<String, String>) {
        let files = ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH"];
        let file = |name: &str| format!("reports/{name}");
        for name in files {
            self.sandbox.file(&file(name), "");
            let path = self.sandbox.path(&file(name)).display().to_string();
            self.sandbox.env(name, &path);
        }
        for (name, value) in own {
            self.sandbox.env(name, value);
        }
        self.sandbox.file("reports/script.sh", script);
        let path = self.sandbox.path("reports/script.sh").display().to_string();
        let bash = ["--noprofile", "--norc", "-e", "-o", "pipefail", &path];
        let outcome = self.sandbox.run(Path::new("bash"), "project", &bash);
        for name in own.keys() {
            self.sandbox.unset(name);
        }
        let read = |name: &str| std::fs::read_to_string(self.sandbox.path(&file(name))).expect("a file");
        ran.text += &(outcome.stdout + &outcome.stderr);
        ran.summary += &read("GITHUB_STEP_SUMMARY");
        let printed = read("GITHUB_OUTPUT");
        let printed = printed.lines().map(|line| line.split_once('=').unwrap_or_else(|| panic!("an output: {line}")));
        let printed = printed.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let folders: Vec<String> = read("GITHUB_PATH").lines().rev().map(ToOwned::to_owned).collect();
        let path = self.sandbox.variables()["PATH"].clone();
        self.sandbox.env("PATH", &folders.into_iter().chain([path]).collect::<Vec<_>>().join(":"));
        (outcome.code.expect("an exit code"), printed)
    }

    /// Whether the step's `if` holds: comparisons with texts and `always()`, joined by `&&`.
    fn is_wanted(&self, step: &Value, code: i32, outputs: &Outputs) -> bool {
        let condition = step["if"].as_str().unwrap_or_default();
        let parts: Vec<&str> = condition.split("&&").map(str::trim).filter(|part| !part.is_empty()).collect();
        let value = |side: &str| match side.strip_prefix('\'').and_then(|side| side.strip_suffix('\'')) {
            Some(literal) => literal.to_owned(),
            None => self.value(side, outputs),
        };
        let holds = |part: &&str| match (part.split_once(" == "), part.split_once(" != ")) {
            (Some((left, right)), _) => value(left) == value(right),
            (_, Some((left, right))) => value(left) != value(right),
            _ => *part == "always()" || panic!("unknown condition {part}"),
        };
        (code == 0 || parts.contains(&"always()")) && parts.iter().all(holds)
    }

    /// The text with its expressions filled in.
    fn fill(&self, text: &str, outputs: &Outputs) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${{") {
            let (expression, after) = after.split_once("}}").expect("an expression ends");
            out = out + before + &self.value(expression.trim(), outputs);
            rest = after;
        }
        out + rest
    }

    fn value(&self, expression: &str, outputs: &Outputs) -> String {
        match expression.split('.').collect::<Vec<_>>()[..] {
            ["github", "action_path"] => env!("CARGO_MANIFEST_DIR").to_owned(),
            ["inputs", name] => self.inputs.get(name).unwrap_or_else(|| panic!("there is no input {name}")).clone(),
            ["steps", id, "outputs", name] => {
                outputs.get(id).and_then(|outputs| outputs.get(name)).cloned().unwrap_or_default()
            }
            _ => panic!("unknown expression {expression}"),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, ToOwned::to_owned)
}
