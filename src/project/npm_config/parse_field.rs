//! From the text of a setting to its value: `@npmcli/config` as shipped with npm 11.19.1 (lib/parse-field.js).

use std::path::{Path, PathBuf};

use super::definitions::{Type, types};
use super::expand::{Found, expand};
use super::{Value, js};
use crate::project::world::World;
use crate::text::redact::{Secret, is_secret};

/// What decides a value besides its text.
pub(super) struct Machine<'a> {
    pub(super) world: &'a World,
    /// Where `~/` leads; `None`: nowhere.
    pub(super) home: Option<PathBuf>,
}

impl<'a> Machine<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        // An empty HOME is what Node takes for the home folder, and npm then leaves `~/` alone.
        let home = (world.var("HOME") != Some("")).then(|| world.home());
        Self { world, home }
    }

    /// A path as npm resolves it: from the home folder or from the working directory.
    pub(super) fn resolve(&self, text: &str) -> String {
        let below_home = text.strip_prefix("~/").or_else(|| text.strip_prefix("~\\").filter(|_| cfg!(windows)));
        let path = match (below_home, &self.home) {
            (Some(rest), Some(home)) => self.world.resolve(home.join(rest)),
            _ => self.world.resolve(text),
        };
        path.to_string_lossy().into_owned()
    }

    /// `path.resolve(folder, file)`
    pub(super) fn join(&self, folder: impl AsRef<Path>, file: &str) -> PathBuf {
        self.world.resolve(folder.as_ref().join(file))
    }
}

/// Coerces a raw value; what it finds in its variables goes to `found`.
pub(super) fn parse_field(value: Value, key: &str, machine: &Machine<'_>, found: &mut Found) -> Value {
    field(value, key, machine, found, false)
}

fn field(value: Value, key: &str, machine: &Machine<'_>, found: &mut Found, element: bool) -> Value {
    let types = types(key).unwrap_or_default();
    let has = |wanted: Type| types.contains(&wanted);
    let is_list = !element && has(Type::Array);
    let mut each = |values: Vec<Value>| {
        Value::List(values.into_iter().map(|value| field(value, key, machine, found, true)).collect())
    };
    let text = match value {
        Value::List(values) if is_list => return each(values),
        Value::Text(text) => text,
        other => return other,
    };
    let text = js::trim(&text);
    if is_list {
        return each(text.split("\n\n").map(|part| Value::Text(part.to_owned())).collect());
    }
    let is_path = has(Type::Path);
    let is_string = is_path || has(Type::String);
    if has(Type::Boolean) && !is_string && text.is_empty() {
        return Value::Bool(true);
    }
    if !is_string && !has(Type::Number) {
        match text {
            "true" => return Value::Bool(true),
            "false" => return Value::Bool(false),
            "null" => return Value::Null,
            "undefined" => return Value::Undefined,
            _ => {}
        }
    }
    let mut text = expand(text, &machine.world.env, found);
    if is_path {
        text = machine.resolve(&text);
    }
    if has(Type::Umask) {
        return umask(&text).map_or(Value::Text(text), Value::Number);
    }
    if has(Type::Number)
        && let Some(number) = js::number(&text)
    {
        return Value::Number(number);
    }
    Value::Text(text)
}

/// `@npmcli/config`, lib/umask.js
pub(super) fn umask(text: &str) -> Option<f64> {
    if let Some(octal) = text.strip_prefix('0') {
        let digits = octal.strip_prefix('o').unwrap_or(octal);
        // A lone `0` fails both of npm's patterns.
        return u32::from_str_radix(digits, 8).ok().filter(|_| !digits.starts_with('+')).map(f64::from);
    }
    let decimal = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    decimal.then(|| text.parse().ok()).flatten()
}

/// Takes a secret out of the reach of formatters.
pub(super) fn wrap_secret(key: &str, value: Value) -> Value {
    match value {
        Value::Section(members) => Value::Section(
            members
                .into_iter()
                .map(|(name, value)| {
                    let hidden = if is_secret(key) { key } else { &name };
                    let value = wrap_secret(hidden, value);
                    (name, value)
                })
                .collect(),
        ),
        Value::List(values) => Value::List(values.into_iter().map(|value| wrap_secret(key, value)).collect()),
        Value::Text(text) if is_secret(key) => Value::Secret(Secret::new(text)),
        // A number can be a one-time password; 0 must stay falsy.
        Value::Number(number) if is_secret(key) && number != 0.0 => {
            Value::Secret(Secret::new(js::string(&Value::Number(number)).unwrap_or_default()))
        }
        other => other,
    }
}

/// The value as it was before [`wrap_secret`].
pub(super) fn unwrap_secret(value: &Value) -> Value {
    match value {
        Value::Secret(secret) => Value::Text(secret.expose().to_owned()),
        Value::List(values) => Value::List(values.iter().map(unwrap_secret).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coerced(key: &str, text: &str) -> Value {
        let world = World::memory(&[], &[("A", " x "), ("T", "true")]);
        parse_field(Value::Text(text.to_owned()), key, &Machine::new(&world), &mut Found::default())
    }

    #[test]
    fn values_are_parsed_by_the_type_of_their_key() {
        let text = |text: &str| Value::Text(text.to_owned());
        for (key, given, expected) in [
            ("dry-run", "", Value::Bool(true)),
            ("dry-run", "true", Value::Bool(true)),
            ("dry-run", "${T}", text("true")),
            ("dry-run", "0", text("0")),
            ("tag", "true", text("true")),
            ("tag", " x ", text("x")),
            ("access", "null", Value::Null),
            ("access", "", text("")),
            ("//h/:_authToken", "undefined", Value::Undefined),
            ("//h/:_authToken", "${A}", text(" x ")),
            ("userconfig", "~/a/../b", text("/home/alice/b")),
            ("userconfig", "x", text("/project/x")),
            ("cache-min", "0x10", Value::Number(16.0)),
            ("umask", "022", Value::Number(18.0)),
            ("umask", "9x", text("9x")),
            ("workspace", "a\n\nb", Value::List(vec![text("a"), text("b")])),
        ] {
            assert_eq!(coerced(key, given), expected, "{key}={given}");
        }
    }
}
