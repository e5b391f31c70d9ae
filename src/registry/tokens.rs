//! The account's list of tokens: what each of them may do.

use crate::facts::TokenRow;
use serde_json::{Map, Value};

pub(super) fn read(object: &Map<String, Value>) -> Result<Vec<TokenRow>, String> {
    let Some(rows) = object.get("objects").and_then(Value::as_array) else {
        return Err("answered 200 with something that is not a list of tokens".to_owned());
    };
    let more = match object.get("total").and_then(Value::as_u64) {
        Some(total) => usize::try_from(total).is_ok_and(|total| total > rows.len()),
        None => object.get("urls").and_then(|urls| urls.get("next")).is_some_and(Value::is_string),
    };
    if more {
        return Err(format!("answered with the first {} tokens only, so the rest is not known", rows.len()));
    }
    Ok(rows.iter().filter_map(Value::as_object).map(token_row).collect())
}

fn token_row(row: &Map<String, Value>) -> TokenRow {
    let text = |key: &str| row.get(key).and_then(Value::as_str).map(str::to_owned);
    let list = |key: &str| row.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let cidr = if row.get("cidr").is_some_and(Value::is_array) { list("cidr") } else { list("cidr_whitelist") };
    let permissions = list("permissions");
    // Granular tokens say it as a permission. One that names no write at all reads only; the right to manage
    // organisations is none to publish.
    let is_of = |permission: &&Value, kind: &str| permission.get("name").and_then(Value::as_str) == Some(kind);
    let on_packages = permissions.iter().any(|permission| is_of(&permission, "package"));
    let writes = permissions
        .iter()
        .filter(|permission| !on_packages || is_of(permission, "package"))
        .any(|permission| permission.get("action").and_then(Value::as_str) != Some("read"));
    TokenRow {
        hint: text("token").unwrap_or_default(),
        readonly: row.get("readonly").and_then(Value::as_bool).unwrap_or(!permissions.is_empty() && !writes),
        bypass_2fa: row.get("bypass_2fa").and_then(Value::as_bool),
        cidr: cidr.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        expiry: text("expiry"),
        stage_only: text("publish_policy").as_deref() == Some("stage_only"),
        revoked: row.get("revoked").is_some_and(|revoked| !matches!(revoked, Value::Null | Value::Bool(false))),
        scopes: list("scopes")
            .iter()
            .filter_map(|scope| {
                let part = |key: &str| scope.get(key).and_then(Value::as_str).map(str::to_owned);
                Some((part("type")?, part("name")?))
            })
            .collect(),
    }
}
