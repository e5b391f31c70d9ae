//! The list of versions that were staged with `npm stage publish` and wait for approval.

use crate::facts::{Staged, Staging};
use serde_json::{Map, Value};

/// How many rows are asked for, as npm does.
pub(super) const PAGE: usize = 100;

/// As npm 11.19.1 reads it (lib/commands/stage/list.js).
pub(super) fn read(object: &Map<String, Value>) -> Result<Staging, String> {
    let Some(items) = object.get("items").and_then(Value::as_array) else {
        return Err("answered 200 with something that is not a list of staged versions".to_owned());
    };
    let text = |item: &Value, key: &str| item.get(key).and_then(Value::as_str).map(str::to_owned);
    let read = |item: &Value| {
        let version = text(item, "version")?;
        Some(Staged { package: text(item, "packageName"), version, id: text(item, "id").unwrap_or_default() })
    };
    let versions: Vec<_> = items.iter().filter_map(read).collect();
    let is_last_page = match object.get("total").and_then(Value::as_u64) {
        Some(total) => usize::try_from(total).is_ok_and(|total| total <= items.len()),
        None => items.len() < PAGE,
    };
    // A row that is not understood may be any version.
    let is_complete = is_last_page && versions.len() == items.len();
    Ok(Staging { versions, is_complete })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(json: &Value) -> Result<Staging, String> {
        read(json.as_object().unwrap())
    }

    #[test]
    fn one_page_is_not_taken_for_the_whole_list() {
        let item = serde_json::json!({"id": "i", "packageName": "@s/p", "version": "1.0.0", "tag": "next"});
        let staged = Staged { package: Some("@s/p".to_owned()), version: "1.0.0".to_owned(), id: "i".to_owned() };
        let whole = list(&serde_json::json!({"items": [item], "total": 1}));
        assert_eq!(whole, Ok(Staging { versions: vec![staged.clone()], is_complete: true }));
        let page = list(&serde_json::json!({"items": [item], "total": 101}));
        assert_eq!(page, Ok(Staging { versions: vec![staged.clone()], is_complete: false }));
        let odd = list(&serde_json::json!({"items": [item, {"id": "no version"}], "total": 2}));
        assert_eq!(odd, Ok(Staging { versions: vec![staged], is_complete: false }));
        for (length, is_complete) in [(PAGE - 1, true), (PAGE, false)] {
            let uncounted = list(&serde_json::json!({"items": vec![item.clone(); length]})).unwrap();
            assert_eq!(uncounted.is_complete, is_complete, "{length} of an untold number");
        }
    }

    #[test]
    fn an_unexpected_response_is_not_an_empty_list() {
        assert!(list(&serde_json::json!({})).is_err());
        assert!(list(&serde_json::json!({"items": {}})).is_err());
    }
}
