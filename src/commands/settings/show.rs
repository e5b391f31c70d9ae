//! `npm-preflight config`: the settings in effect, and what decided each of them. Of rules, only levels that somebody set are
//! listed one by one for people.

use serde_json::{Value, json};

use super::{Settings, shape};
use crate::commands::cli::{PlanFormat, TIMEOUT};
use crate::rules::levels::Level;
use crate::rules::{self, Category};
use crate::text::escape;
use crate::text::redact::{mask, mask_url};

/// A line: the key, the value, and what decided it.
type Line = (String, Value, String);

impl Settings {
    /// The settings in effect; `variable`: the one that names one more registry with npm's public policy, and its value.
    pub(crate) fn shown(&self, format: PlanFormat, variable: Option<(&str, &str)>) -> String {
        let lines = self.lines(variable);
        match format {
            PlanFormat::Json => {
                let settings: Vec<Value> = lines
                    .into_iter()
                    .map(|(key, value, origin)| json!({ "key": key, "value": value, "origin": origin }))
                    .collect();
                let levels: serde_json::Map<String, Value> =
                    rules::all().map(|rule| (rule.id.to_owned(), self.levels.in_force(rule).name().into())).collect();
                escape::json(&format!("{:#}\n", json!({ "version": 1, "settings": settings, "levels": levels })))
            }
            PlanFormat::Text => {
                let lines: Vec<(String, String)> = lines
                    .into_iter()
                    .map(|(key, value, origin)| {
                        let value = if value.is_null() { CLIENT.to_owned() } else { value.to_string() };
                        (escape::line(&format!("{key} = {value}")).into_owned(), origin)
                    })
                    .collect();
                let width = lines.iter().map(|(text, _)| text.chars().count()).max().unwrap_or_default().min(WIDEST);
                let lines: Vec<String> =
                    lines.iter().map(|(text, origin)| format!("{text:width$}  # {}", escape::line(origin))).collect();
                lines.join("\n") + "\n"
            }
        }
    }

    fn lines(&self, variable: Option<(&str, &str)>) -> Vec<Line> {
        let defaults = [Value::Null, json!(false), json!(TIMEOUT), json!([])];
        let known = ["client", "strict", "timeout", "npmjs-registries"];
        let mut lines: Vec<Line> = Vec::new();
        for (key, value) in known.into_iter().zip(defaults) {
            match self.written.iter().find(|written| written.path == key) {
                Some(written) => lines.push((key.to_owned(), shown(&written.value), written.place.path_and_line())),
                None => lines.push((key.to_owned(), value, "default".to_owned())),
            }
        }
        if let Some((name, value)) = variable {
            lines.push(("npmjs-registries".to_owned(), json!([mask_url(value)]), format!("the variable {name}")));
        }
        for category in Category::ALL {
            let key = format!("rules.{}", category.name());
            if !self.written.iter().any(|written| written.path == key) {
                lines.push((key, Level::of(category).name().into(), "default".to_owned()));
            }
        }
        let others = self.written.iter().filter(|written| !known.contains(&written.path.as_str()));
        lines.extend(others.map(|one| (mask(&one.path), shown(&one.value), one.place.path_and_line())));
        lines
    }
}

/// The client where no setting names one.
const CLIENT: &str = "(what the project says, or npm)";

/// Longer lines do not push the origins of all others to the right.
const WIDEST: usize = 80;

/// Without user names and passwords.
fn shown(value: &Value) -> Value {
    match value {
        Value::String(text) => mask_url(text).into(),
        Value::Array(values) => values.iter().map(shown).collect(),
        other => other.clone(),
    }
}

/// The JSON schema of the settings.
pub fn schema() -> String {
    shape::schema()
}
