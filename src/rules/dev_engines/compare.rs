//! One entry of `devEngines` compared with the npm, the node or the machine that publishes.

use crate::facts::{Answer, Gap, Reason};
use crate::npm::version::{Range, Version};
use crate::project::engines::Engines;
use crate::text::json::{Type, Value};

/// How an entry of `devEngines` and the machine compare.
pub(super) enum Verdict {
    Fits,
    Differs(String),
    Malformed(String),
}

/// `npm-install-checks` 8, lib/dev-engines.js, `checkDependency`.
pub(super) fn compare(engines: &Engines, engine: &str, wanted: Value<'_>) -> Answer<Verdict> {
    if wanted.type_of() != Type::Object {
        return Ok(Verdict::Malformed(format!("`devEngines.{engine}` is {}", wanted.type_of())));
    }
    if let Some(member) = wanted.members().find(|member| !matches!(member.key, "name" | "version" | "onFail")) {
        return Ok(Verdict::Malformed(format!("`devEngines.{engine}.{}` is not a known key", member.key)));
    }
    let Some(name) = wanted.get("name").and_then(Value::as_str) else {
        return Ok(Verdict::Malformed(format!("`devEngines.{engine}` has no `name`")));
    };
    let on_fail = wanted.get("onFail");
    if on_fail.is_some_and(|value| !matches!(value.as_str(), Some("ignore" | "warn" | "error" | "download"))) {
        return Ok(Verdict::Malformed(format!("`devEngines.{engine}.onFail` is not a value that npm knows")));
    }
    let unread = |what: &str| {
        let detail = format!("{what} could not be determined, so `devEngines.{engine}` was not checked");
        Gap::unknown(Reason::Unsupported, detail)
    };
    let (current, version) = match engine {
        "packageManager" => ("npm", engines.npm.as_deref()),
        "runtime" => ("node", engines.node.as_deref()),
        "cpu" => (engines.cpu, None),
        "os" => (engines.os, engines.os_version.as_deref()),
        _ => (engines.libc.ok_or_else(|| unread("the C library"))?, None),
    };
    if name != current {
        return Ok(Verdict::Differs(format!("it requires `{name}`, but this is {current}")));
    }
    let Some(field) = wanted.get("version") else { return Ok(Verdict::Fits) };
    let Some(range) = field.as_str() else {
        return Ok(Verdict::Malformed(format!("`devEngines.{engine}.version` is {}", field.type_of())));
    };
    if matches!(engine, "cpu" | "libc") {
        return Ok(Verdict::Malformed(format!("`devEngines.{engine}` cannot have a `version`")));
    }
    let version = version.ok_or_else(|| unread(&format!("the version of {current}")))?;
    let fits = match Range::parse(range, false) {
        Some(parsed) => Version::valid(version, false).is_some_and(|version| parsed.satisfies(&version)),
        None => range == version,
    };
    Ok(if fits {
        Verdict::Fits
    } else {
        Verdict::Differs(format!("it requires {name} {range}, but this is {version}"))
    })
}
