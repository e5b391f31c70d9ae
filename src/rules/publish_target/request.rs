//! Settings that npm takes from its configuration and from publishConfig, and at which it throws when it packs the package
//! or sends it. Reads that fail in this way stop nothing: npm takes the package for a new one (lib/commands/publish.js).

use super::RULE;
use crate::facts::{Answer, Gap, Reason};
use crate::npm::name::PackageName;
use crate::plan::{PublishPlan, shown};
use crate::project::npm_config::Sourced;
use crate::project::npm_config::{Origin, Value};
use crate::rules::diagnostic::Diagnostic;

/// What makes npm throw.
pub(super) fn stops(plan: &PublishPlan) -> Option<Diagnostic> {
    if plan.runner.other_client().is_some() {
        return None;
    }
    let found = |key: &str, option: &Sourced<Value>, what: &str, why: &str| {
        let help = format!("correct `{key}`, or remove it");
        Diagnostic::new(&RULE, format!("`{key}` {what}"), why, help).at_origin(
            &format!("`{key}`"),
            &option.origin,
            "this value",
        )
    };
    if let Some(origin) = &plan.runner.unreadable_cafile {
        let option = Sourced { value: Value::Null, origin: origin.clone() };
        let what = "is not a file that npm can read";
        return Some(found("cafile", &option, what, "npm fails while it reads package.json"));
    }
    if let Some(option) = plan.sourced_option("before").filter(is_no_date) {
        return Some(found("before", &option, "is not a date", "npm fails while it packs the package"));
    }
    if let Some(option) = plan.sourced_option("scope").filter(|option| is_list_of_scopes(plan, &option.value)) {
        return Some(found("scope", &option, "is a list", "npm fails while it looks up the registry"));
    }
    if plan.is_skipped() {
        return None;
    }
    // Without an answer to wait for npm's process ends, and says that it should not have.
    let asks = !(plan.options.dry_run.value && plan.options.force.value);
    if let Some(option) = plan.sourced_option("maxsockets").filter(|option| asks && is_no_count(&option.value)) {
        let what = format!("is `{}`", shown(&option.value));
        return Some(found("maxsockets", &option, &what, "npm opens no connection and exits without publishing"));
    }
    if plan.options.dry_run.value {
        return None;
    }
    if let Some(option) = plan.sourced_option("user-agent").filter(|option| !is_header(&option.value)) {
        let what = "contains a line break or another character that is not allowed in an HTTP header";
        return Some(found("user-agent", &option, what, "npm cannot send it"));
    }
    let least = plan.sourced_option("fetch-retry-mintimeout");
    let most = plan.sourced_option("fetch-retry-maxtimeout");
    if let (Some(least), Some(most)) = (least, most)
        && is_greater(&least.value, &most.value)
    {
        let (key, option) = match most.origin {
            Origin::Default => ("fetch-retry-mintimeout", &least),
            _ => ("fetch-retry-maxtimeout", &most),
        };
        let what = format!(
            "makes the minimum time between retries, {} ms, longer than the maximum, {} ms",
            shown(&least.value),
            shown(&most.value)
        );
        return Some(found(key, option, &what, "npm fails before it sends anything"));
    }
    let option = plan.sourced_option("fetch-timeout").filter(|option| is_no_duration(&option.value))?;
    let code = if matches!(option.value, Value::Number(_)) { "ERR_OUT_OF_RANGE" } else { "ERR_INVALID_ARG_TYPE" };
    let what = format!("is `{}`, which is not a number of milliseconds", shown(&option.value));
    Some(found("fetch-timeout", &option, &what, "npm fails when it opens the connection").npm_error(code))
}

/// Whether npm waits long enough for an answer to a publish that takes a moment.
///
/// # Errors
/// When that depends on how fast the registry is.
pub(super) fn patience(plan: &PublishPlan) -> Answer<()> {
    let sends = plan.runner.other_client().is_none() && !plan.is_skipped() && !plan.options.dry_run.value;
    let option = plan.sourced_option("fetch-timeout").filter(|_| sends);
    let Some(Sourced { value: Value::Number(limit), origin }) = option else { return Ok(()) };
    let waits = if limit > LONGEST_TIMER { 1.0 } else { limit };
    if waits == 0.0 || waits >= BRIEF {
        return Ok(());
    }
    let limit = shown(&Value::Number(limit));
    let detail = format!(
        "with `fetch-timeout` set to {limit} ({origin}), npm waits only {waits} ms for an answer, and the publish fails if the \
         registry takes longer; set it to 30000 or more"
    );
    Err(Gap::unknown(Reason::Unsupported, detail))
}

/// Milliseconds in which a registry may not have stored a package.
const BRIEF: f64 = 1000.0;

/// Node's timers hold no more milliseconds, and take a longer time for the shortest.
const LONGEST_TIMER: f64 = 2_147_483_647.0;

/// pacote 21, lib/fetcher.js. Of a text with a digit in it only JavaScript knows whether it is a date; npm drops a flag that
/// is none.
fn is_no_date(option: &Sourced<Value>) -> bool {
    match (&option.origin, &option.value) {
        (Origin::Flag(_), _) => false,
        (Origin::Manifest { .. }, value) => value.is_truthy(),
        (_, Value::Text(text)) => !text.contains(|letter: char| letter.is_ascii_digit()),
        (_, value) => value.is_truthy(),
    }
}

/// npm-registry-fetch 19, lib/index.js `pickRegistry`: npm makes text of a list that lacks an `@`, and asks for no scope where
/// that of the package has a registry.
fn is_list_of_scopes(plan: &PublishPlan, scope: &Value) -> bool {
    let own = plan.package.name().and_then(PackageName::scope);
    let registry = own.and_then(|scope| plan.option(&format!("{scope}:registry")));
    matches!(scope, Value::List(_)) && scope.to_text().starts_with('@') && !registry.is_some_and(|it| it.is_truthy())
}

/// Node's agent: how many connections there are is less than no such value. Zero and nothing are no limit.
fn is_no_count(value: &Value) -> bool {
    value.is_truthy() && number(value).is_none_or(|count| count < 0.0)
}

/// minipass-fetch 4, lib/headers.js
fn is_header(value: &Value) -> bool {
    let is_legal = |letter: char| matches!(letter, '\t' | ' '..='~' | '\u{80}'..='\u{ff}');
    value.as_text().is_none_or(|text| text.chars().all(is_legal))
}

/// JavaScript's `>`.
fn is_greater(left: &Value, right: &Value) -> bool {
    let is_text = |value: &Value| matches!(value, Value::Text(_) | Value::List(_));
    if is_text(left) && is_text(right) {
        return left.to_text() > right.to_text();
    }
    number(left).zip(number(right)).is_some_and(|(left, right)| left > right)
}

/// Node's `socket.setTimeout`; without a value npm takes 30 seconds.
fn is_no_duration(value: &Value) -> bool {
    value.is_truthy() && !matches!(value, Value::Number(number) if number.is_finite() && *number >= 0.0)
}

/// JavaScript's `Number`; `None`: not a number.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Null => Some(0.0),
        Value::Bool(value) => Some(f64::from(u8::from(*value))),
        Value::Text(_) | Value::List(_) => crate::project::npm_config::number(&value.to_text()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
