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
        return Err(format!("returned only the first {} tokens, so the others are unknown", rows.len()));
    }
    // An entry that is not understood may be any of the account's tokens, so the others say nothing either.
    rows.iter()
        .map(token_row)
        .collect::<Result<_, Odd>>()
        .map_err(|Odd(what)| format!("answered with a list of tokens in which one has an unknown form of `{what}`"))
}

/// A field that says what the token may do is none of the kinds that npm's registry answers with.
#[derive(Debug)]
struct Odd(&'static str);

fn token_row(row: &Value) -> Result<TokenRow, Odd> {
    let row = row.as_object().ok_or(Odd("objects"))?;
    let cidr = texts(row, "cidr")?.filter(|addresses| !addresses.is_empty());
    let cidr = if cidr.is_some() { cidr } else { texts(row, "cidr_whitelist")? };
    let permissions = list(row, "permissions")?.unwrap_or_default();
    // Granular tokens say it as a permission. One that names no write at all reads only; the right to manage
    // organisations is none to publish.
    let is_of = |permission: &&Value, kind: &str| permission.get("name").and_then(Value::as_str) == Some(kind);
    let on_packages = permissions.iter().any(|permission| is_of(&permission, "package"));
    let writes = permissions
        .iter()
        .filter(|permission| !on_packages || is_of(permission, "package"))
        .any(|permission| permission.get("action").and_then(Value::as_str) != Some("read"));
    Ok(TokenRow {
        hint: text(row, "token")?.ok_or(Odd("token"))?,
        readonly: flag(row, "readonly")?.unwrap_or(!permissions.is_empty() && !writes),
        bypass_2fa: flag(row, "bypass_2fa")?,
        cidr: cidr.unwrap_or_default(),
        expiry: text(row, "expiry")?,
        stage_only: text(row, "publish_policy")?.as_deref() == Some("stage_only"),
        revoked: row.get("revoked").is_some_and(|revoked| !matches!(revoked, Value::Null | Value::Bool(false))),
        scopes: scopes(row)?,
    })
}

/// `None`: missing, or `null`.
fn field<'r>(row: &'r Map<String, Value>, key: &str) -> Option<&'r Value> {
    row.get(key).filter(|value| !value.is_null())
}

fn text(row: &Map<String, Value>, key: &'static str) -> Result<Option<String>, Odd> {
    field(row, key).map(|value| value.as_str().map(str::to_owned).ok_or(Odd(key))).transpose()
}

fn flag(row: &Map<String, Value>, key: &'static str) -> Result<Option<bool>, Odd> {
    field(row, key).map(|value| value.as_bool().ok_or(Odd(key))).transpose()
}

fn list<'r>(row: &'r Map<String, Value>, key: &'static str) -> Result<Option<&'r [Value]>, Odd> {
    field(row, key).map(|value| value.as_array().map(Vec::as_slice).ok_or(Odd(key))).transpose()
}

fn texts(row: &Map<String, Value>, key: &'static str) -> Result<Option<Vec<String>>, Odd> {
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or(Odd(key));
    list(row, key)?.map(|list| list.iter().map(text).collect()).transpose()
}

/// A scope without a name limits nothing.
fn scopes(row: &Map<String, Value>) -> Result<Vec<(String, String)>, Odd> {
    let mut scopes = Vec::new();
    for scope in list(row, "scopes")?.unwrap_or_default() {
        let scope = scope.as_object().ok_or(Odd("scopes"))?;
        if let (Some(kind), Some(name)) = (text(scope, "type")?, text(scope, "name")?) {
            scopes.push((kind, name));
        }
    }
    Ok(scopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(fields: &str) -> Result<Vec<TokenRow>, String> {
        let json = format!(r#"{{"objects":[{{"token":"npm_aBcD...7890"{fields}}}],"urls":{{}}}}"#);
        read(serde_json::from_str::<Value>(&json).unwrap().as_object().unwrap())
    }

    #[test]
    fn a_row_with_a_malformed_field_makes_the_list_unknown() {
        for fields in [
            r#","readonly":"yes""#,
            r#","bypass_2fa":1"#,
            r#","cidr":"10.0.0.0/8""#,
            r#","cidr_whitelist":"10.0.0.0/8""#,
            r#","cidr_whitelist":[["10.0.0.0/8"]]"#,
            r#","scopes":{}"#,
            r#","scopes":["@s"]"#,
            r#","scopes":[{"type":"package","name":5}]"#,
            r#","permissions":{}"#,
            r#","publish_policy":["stage_only"]"#,
            r#","expiry":0"#,
        ] {
            assert!(rows(fields).is_err(), "{fields}");
        }
        for objects in ["[null]", "[{}]", r#"[{"token":null}]"#, r#"{"0":{}}"#] {
            let json = format!(r#"{{"objects":{objects}}}"#);
            let value: Value = serde_json::from_str(&json).unwrap();
            assert!(read(value.as_object().unwrap()).is_err(), "{objects}");
        }
    }

    #[test]
    fn null_or_missing_fields_mean_no_limit() {
        let nothing =
            r#","readonly":null,"bypass_2fa":null,"cidr":null,"cidr_whitelist":null,"scopes":null,"expiry":null"#;
        let expected = TokenRow { hint: "npm_aBcD...7890".to_owned(), ..TokenRow::default() };
        for fields in ["", nothing, r#","scopes":[{"type":"package","name":null}]"#] {
            assert_eq!(rows(fields), Ok(vec![expected.clone()]), "{fields}");
        }
    }
}
