//! What npm does with values of a wrong type: nopt 9 `clean` (lib/nopt-lib.js) with npm's types (`@npmcli/config` as
//! shipped with npm 11.19.1, lib/type-defs.js). Valid values change, too: URLs and paths get their normal form.

use url::Url;

use super::definitions::{Type, types};
use super::legacy_url::{self, Legacy};
use super::parse_field::{Machine, umask};
use super::{Value, js};
use crate::npm::release::NpmRelease;

/// What happens to a value.
pub(super) struct Outcome {
    pub(super) value: Cleaned,
    /// What npm warns about and drops: the value, or elements of a list.
    pub(super) invalid: Vec<Value>,
}

/// A value after npm's validation.
#[derive(Debug, PartialEq)]
pub(super) enum Cleaned {
    /// This is in force.
    Kept(Value),
    /// It is as if it had not been set.
    Removed,
    /// npm stops with a JavaScript error.
    Throws,
}

enum Verdict {
    Valid(Value),
    Invalid,
    Throws,
}

/// Validates one setting; without a machine paths stay as they are.
pub(super) fn clean(npm: &NpmRelease, key: &str, value: &Value, machine: Option<&Machine<'_>>) -> Outcome {
    let known = types(key);
    let (elements, is_list) = match value {
        Value::List(values) => (values.as_slice(), true),
        other => (std::slice::from_ref(other), false),
    };
    let mut kept = Vec::with_capacity(elements.len());
    let mut invalid = Vec::new();
    for element in elements {
        let element = convert(element, known);
        let Some(types) = known else {
            kept.push(element);
            continue;
        };
        match verdict(npm, &element, types, machine) {
            Verdict::Valid(value) => kept.push(value),
            Verdict::Invalid => invalid.push(element),
            Verdict::Throws => return Outcome { value: Cleaned::Throws, invalid },
        }
    }
    let value = if kept.is_empty() && known.is_some_and(|types| !types.contains(&Type::Array)) {
        Cleaned::Removed
    } else if is_list {
        Cleaned::Kept(Value::List(kept))
    } else {
        // A list type may be empty, and then JavaScript's `[][0]` hides what weaker layers say.
        Cleaned::Kept(kept.pop().unwrap_or(Value::Undefined))
    };
    Outcome { value, invalid }
}

/// Texts that stand for something else; the types of a setting npm does not know are text, list, true, false, null.
fn convert(value: &Value, known: Option<&[Type]>) -> Value {
    let allows = |wanted: Type| known.is_none_or(|types| types.contains(&wanted));
    let boolean = allows(Type::Boolean);
    let value = match value {
        Value::Text(text) => {
            let text = js::trim(text);
            let number = || {
                known.filter(|types| types.contains(&Type::Number)).and_then(|_| js::number(text)).map(Value::Number)
            };
            match text {
                "null" if allows(Type::Null) => Value::Null,
                "true" if boolean => Value::Bool(true),
                "false" if boolean || allows(Type::False) => Value::Bool(false),
                _ => number().unwrap_or_else(|| Value::Text(text.to_owned())),
            }
        }
        other => other.clone(),
    };
    let negated = known.is_some() && value == Value::Bool(false);
    if negated && allows(Type::Null) && !allows(Type::False) && !boolean { Value::Null } else { value }
}

fn verdict(npm: &NpmRelease, value: &Value, types: &[Type], machine: Option<&Machine<'_>>) -> Verdict {
    for one in types {
        match one_verdict(npm, value, *one, machine) {
            Verdict::Invalid => {}
            decided => return decided,
        }
    }
    Verdict::Invalid
}

fn one_verdict(npm: &NpmRelease, value: &Value, wanted: Type, machine: Option<&Machine<'_>>) -> Verdict {
    let exactly = |matches: bool| if matches { Verdict::Valid(value.clone()) } else { Verdict::Invalid };
    match wanted {
        Type::Array => Verdict::Invalid,
        Type::Null => exactly(*value == Value::Null),
        Type::False => exactly(*value == Value::Bool(false)),
        Type::Text(text) => exactly(value.as_text() == Some(text)),
        Type::Exactly(number) => exactly(*value == Value::Number(f64::from(number))),
        Type::String => js::string(value).map_or(Verdict::Throws, |text| Verdict::Valid(Value::Text(text))),
        Type::Boolean => Verdict::Valid(Value::Bool(match value {
            Value::Text(text) => js::number(text).map_or(text != "null" && text != "false", |number| number != 0.0),
            other => other.is_truthy(),
        })),
        Type::Number => match value {
            Value::Section(_) => Verdict::Throws,
            Value::Undefined => Verdict::Invalid,
            Value::Bool(value) => Verdict::Valid(Value::Number(f64::from(u8::from(*value)))),
            Value::Null => Verdict::Valid(Value::Number(0.0)),
            Value::Number(number) => exactly(!number.is_nan()),
            other => js::string(other)
                .and_then(|text| js::number(&text))
                .map_or(Verdict::Invalid, |number| Verdict::Valid(Value::Number(number))),
        },
        Type::Path => match value {
            Value::Text(text) => {
                let path = machine.map_or_else(|| text.clone(), |machine| machine.resolve(text));
                Verdict::Valid(Value::Text(path))
            }
            _ => Verdict::Invalid,
        },
        Type::Url if npm.reads_urls_as_browsers_do() => match js::string(value) {
            None => Verdict::Throws,
            Some(text) => {
                Url::parse(&text).map_or(Verdict::Invalid, |url| Verdict::Valid(Value::Text(url.as_str().to_owned())))
            }
        },
        Type::Url => match js::string(value).as_deref().map(legacy_url::parse) {
            None | Some(Legacy::Throws) => Verdict::Throws,
            Some(Legacy::NoHost) => Verdict::Invalid,
            Some(Legacy::Href(href)) => Verdict::Valid(Value::Text(href)),
        },
        Type::Umask => match value {
            Value::Text(text) => umask(text).map_or(Verdict::Invalid, |mask| Verdict::Valid(Value::Number(mask))),
            Value::Number(number) if (0.0..512.0).contains(number) => Verdict::Valid(Value::Number(number.floor())),
            _ => Verdict::Invalid,
        },
        // Only JavaScript knows which texts are dates; none is without a digit.
        Type::Date => exactly(value.as_text().is_some_and(|text| text.contains(|one: char| one.is_ascii_digit()))),
        // It has no part in publishing: any text will do.
        Type::Semver => exactly(value.as_text().is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(key: &str, value: &Value) -> Cleaned {
        clean(&NpmRelease::of(&NpmRelease::OLDER), key, value, None).value
    }

    #[test]
    fn values_are_kept_changed_or_removed_as_nopt_does() {
        let text = |text: &str| Value::Text(text.to_owned());
        for (key, value, expected) in [
            ("access", text("foo"), None),
            ("access", Value::Bool(false), Some(Value::Null)),
            ("access", text(" public "), Some(text("public"))),
            ("dry-run", text("0"), Some(Value::Bool(false))),
            ("dry-run", text("foo"), Some(Value::Bool(true))),
            ("dry-run", text("null"), Some(Value::Bool(false))),
            ("tag", Value::Bool(true), Some(text("true"))),
            ("tag", Value::Null, Some(text("null"))),
            ("registry", text("no url"), None),
            ("registry", text("HTTPS://R.example"), Some(text("https://r.example/"))),
            ("registry", Value::Null, None),
            ("//h/:_authToken", text(" abc\n"), Some(text("abc"))),
            ("//h/:_authToken", text("false"), Some(Value::Bool(false))),
            ("provenance-file", Value::Bool(true), None),
            ("fetch-retries", text("many"), None),
            ("omit", text("nothing"), Some(Value::Undefined)),
        ] {
            let expected = expected.map_or(Cleaned::Removed, Cleaned::Kept);
            assert_eq!(cleaned(key, &value), expected, "{key}");
        }
        let newer = |url: &str| clean(&NpmRelease::default(), "registry", &Value::Text(url.to_owned()), None).value;
        for (url, expected) in [("https:\\\\r.example", "https://r.example/"), ("https://h:443/x", "https://h/x")] {
            assert_eq!(newer(url), Cleaned::Kept(text(expected)), "{url}");
        }
        assert_eq!(cleaned("tag", &Value::Section(std::collections::BTreeMap::new())), Cleaned::Throws);
    }
}
