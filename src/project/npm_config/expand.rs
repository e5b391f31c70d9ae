//! `${VAR}` in keys and values: `@npmcli/config` as shipped with npm 11.19.1 (lib/env-replace.js). A variable that is
//! not set stays as it is, `${VAR?}` becomes nothing, an odd number of backslashes before it switches it off.

use std::collections::BTreeMap;

/// What was found in a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Variables that are set.
    pub(super) used: Vec<String>,
    /// Variables that are not set, and whether a `?` follows.
    pub(super) unset: Vec<(String, bool)>,
}

/// Replaces the variables in a text.
pub(super) fn expand(text: &str, env: &BTreeMap<String, String>, found: &mut Found) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let Some((name, optional, length)) = reference(&rest[at..]) else {
            expanded.push_str(&rest[..at + 2]);
            rest = &rest[at + 2..];
            continue;
        };
        let before = rest[..at].trim_end_matches('\\');
        let escapes = at - before.len();
        expanded.push_str(before);
        if escapes % 2 == 1 {
            expanded.push_str(&rest[before.len() + escapes.div_ceil(2)..at + length]);
        } else {
            expanded.push_str(&rest[before.len() + escapes / 2..at]);
            if let Some(value) = lookup(env, name) {
                expanded.push_str(value);
                found.used.push(name.to_owned());
            } else {
                if !optional {
                    expanded.push_str(&rest[at..at + length]);
                }
                found.unset.push((name.to_owned(), optional));
            }
        }
        rest = &rest[at + length..];
    }
    expanded.push_str(rest);
    expanded
}

/// The variable at the start of a text that starts with `${`: name, whether a `?` follows, length.
pub(super) fn reference(text: &str) -> Option<(&str, bool, usize)> {
    let inner = text.strip_prefix("${")?;
    let end = inner.find(['$', '{', '}', '?'])?;
    let optional = inner[end..].starts_with('?');
    let close = end + usize::from(optional);
    (end > 0 && inner[close..].starts_with('}')).then(|| (&inner[..end], optional, close + 3))
}

/// A variable; on Windows their names have no case.
pub(super) fn lookup<'e>(env: &'e BTreeMap<String, String>, name: &str) -> Option<&'e str> {
    let exact = env.get(name);
    let value = if cfg!(windows) {
        exact.or_else(|| env.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
    } else {
        exact
    };
    value.map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_unset_optional_and_escaped_variables_expand_as_in_npm() {
        let env = BTreeMap::from([("A".to_owned(), "x".to_owned()), ("E".to_owned(), String::new())]);
        for (text, expected) in [
            ("<${A}>", "<x>"),
            ("<${E}>", "<>"),
            ("<${NO}>", "<${NO}>"),
            ("<${NO?}>", "<>"),
            ("<${A?}>", "<x>"),
            (r"<\${A}>", "<${A}>"),
            (r"<\\${A}>", r"<\x>"),
            (r"<\\\${A}>", r"<\${A}>"),
            ("$A ${} ${A ${A}", "$A ${} ${A x"),
            ("${A}${A}", "xx"),
            ("${A-b}", "${A-b}"),
            ("$${A}", "$x"),
            ("${${A}}", "${x}"),
            (r"${A}\", r"x\"),
        ] {
            assert_eq!(expand(text, &env, &mut Found::default()), expected, "{text}");
        }
    }

    #[test]
    fn expansion_returns_the_used_and_the_missing_variables() {
        let env = BTreeMap::from([("A".to_owned(), "x".to_owned())]);
        let mut found = Found::default();
        expand(r"${A}${B}${C?}\${D}", &env, &mut found);
        assert_eq!(found.used, ["A"]);
        assert_eq!(found.unset, [("B".to_owned(), false), ("C".to_owned(), true)]);
    }
}
