//! Package names and scopes by npm's rules: `validate-npm-package-name` 7 and the name step of `@npmcli/package-json`
//! (lib/normalize.js), as shipped with npm 11.19.1.

use crate::text::js;

/// A name that npm would send to a registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageName(String);

impl PackageName {
    /// Takes a name that npm's checks let through.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The scope with its `@`.
    pub fn scope(&self) -> Option<&str> {
        self.0.starts_with('@').then(|| self.0.split('/').next().unwrap_or_default())
    }

    /// The name as a path segment of a registry URL: npm writes a lower-case `%2f`.
    pub fn escaped(&self) -> String {
        self.0.replacen('/', "%2f", 1)
    }
}

impl std::fmt::Display for PackageName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why npm's client refuses a name before it sends anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// `@npmcli/package-json`: `Invalid name: "…"`.
    #[error("{0}")]
    Invalid(&'static str),
    /// `npm-package-arg`: `EINVALIDPACKAGENAME`.
    #[error("{0}")]
    InvalidPackageName(&'static str),
}

/// The name npm would publish under: trimmed, then checked as `npm publish` checks it.
///
/// # Errors
/// Why npm refuses it; the text is a sentence without a full stop.
pub fn normalize(name: &str) -> Result<PackageName, NameError> {
    let name = js::trim(name);
    let base = name.rsplit('/').next().unwrap_or_default();
    let reason = if name.is_empty() {
        "the name is empty"
    } else if name.starts_with('.') {
        "a name cannot start with a period"
    } else if let Some(rest) = name.strip_prefix('@') {
        match rest.split('/').collect::<Vec<_>>().as_slice() {
            [_] => "a scope alone is not a name: add `/` and the package's own name",
            ["", _] => "the scope is empty",
            [_, ""] => "the part after the scope is empty",
            [scope, package] if js::is_url_friendly(scope) && js::is_url_friendly(package) => "",
            [_, _] => "a name must not contain characters that need to be escaped in a URL",
            _ => "a name can have only one `/`, between the scope and the rest",
        }
    } else if name.contains('/') {
        "only a scope that starts with `@` may be followed by `/`"
    } else if !js::is_url_friendly(name) {
        "a name must not contain characters that need to be escaped in a URL"
    } else if RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
        "`node_modules` and `favicon.ico` cannot be names"
    } else {
        ""
    };
    if !reason.is_empty() {
        return Err(NameError::Invalid(reason));
    }
    match name.as_bytes().first() {
        Some(b'_') => Err(NameError::InvalidPackageName("a name cannot start with an underscore")),
        Some(b'-') => Err(NameError::InvalidPackageName("a name cannot start with a hyphen")),
        _ if base.starts_with('.') => {
            Err(NameError::InvalidPackageName("the part after the scope cannot start with a period"))
        }
        _ => Ok(PackageName::new(name)),
    }
}

/// Why npm's public registry takes this name only for packages that have it already; empty: nothing against it.
pub fn new_package_objections(name: &PackageName) -> Vec<&'static str> {
    let name = name.as_str();
    let base = name.rsplit('/').next().unwrap_or_default();
    let objections = [
        (
            CORE_MODULES.split(' ').any(|module| name.eq_ignore_ascii_case(module)),
            "it is the name of a module that comes with Node.js",
        ),
        (js::length(name) > MAX_LENGTH, "it has more than 214 characters"),
        (name.contains(|char: char| char.is_ascii_uppercase()), "it has capital letters"),
        (base.contains(|char| "~'!()*".contains(char)), "it has one of the characters `~'!()*`"),
    ];
    objections.into_iter().filter_map(|(applies, objection)| applies.then_some(objection)).collect()
}

/// `validForOldPackages` of `validate-npm-package-name`: whether a name can come before the `@` of an argument.
pub(crate) fn is_valid_in_spec(name: &str) -> bool {
    let friendly = js::is_url_friendly(name)
        || match name.strip_prefix('@').and_then(|rest| rest.split_once('/')) {
            Some((scope, base)) => {
                // a nameless scope is no scope to npm's expression, and `@` is not friendly
                !scope.is_empty()
                    && !base.is_empty()
                    && !base.starts_with('.')
                    && js::is_url_friendly(scope)
                    && js::is_url_friendly(base)
            }
            None => false,
        };
    friendly
        && !name.is_empty()
        && !name.starts_with(['.', '-', '_'])
        && !RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved))
}

/// Longer names are for packages that have them already: UTF-16 units.
const MAX_LENGTH: usize = 214;

const RESERVED: [&str; 2] = ["node_modules", "favicon.ico"];

/// Node's modules (builtin-modules.json of `validate-npm-package-name` 7.0.2), without those that are no valid names.
const CORE_MODULES: &str = "assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns \
    domain events fs http http2 https inspector module net os path perf_hooks process punycode querystring \
    readline repl stream string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads \
    zlib";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_otherwise_unchanged() {
        for (name, normal) in [("\u{feff} left-lodge\n", "left-lodge"), ("@foo/_bar", "@foo/_bar"), ("Foo~", "Foo~")] {
            assert_eq!(normalize(name), Ok(PackageName::new(normal)));
        }
    }

    #[test]
    fn names_that_package_json_may_not_have_are_invalid() {
        for name in
            ["", " ", ".a", "a b", "a/b", "@a", "@a/", "@/a", "@a/b/c", "a:b", "a+b", "é", "Node_Modules", "%61"]
        {
            assert!(matches!(normalize(name), Err(NameError::Invalid(_))), "{name}");
        }
    }

    #[test]
    fn names_that_an_argument_may_not_have_are_invalid() {
        for name in ["_a", "-a", "@a/.b"] {
            assert!(matches!(normalize(name), Err(NameError::InvalidPackageName(_))), "{name}");
        }
    }

    #[test]
    fn a_new_package_has_stricter_rules() {
        let objections = |name: &str| new_package_objections(&PackageName::new(name)).len();
        for name in ["fs", "FS2", "@Foo/bar", "a!", "@foo/bar*", &"a".repeat(215)] {
            assert_eq!(objections(name), 1, "{name}");
        }
        for name in ["left-lodge", "@foo/fs", "@foo!/bar", &"a".repeat(214)] {
            assert_eq!(objections(name), 0, "{name}");
        }
        assert_eq!(objections("FS"), 2);
    }
}
