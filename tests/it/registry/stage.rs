//! The fake registry's staging: which versions wait, and to whom it shows them.

use serde_json::{Value, json};

use super::exchange::reply;
use super::http::Reply;
use super::state::{Caller, State};

/// `GET /-/stage`, for the package that the query names.
pub(super) fn list(state: &State, target: &str, caller: &Caller) -> Reply {
    let Some(user) = caller.user() else { return reply("whoami-401", &json!({})) };
    // Without a package: everything of the account.
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let named = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "package");
    let name = named.map(|(_, name)| name.into_owned()).unwrap_or_default();
    let may_write = state.permission(&name, Some(user)) == Some(true);
    let package = state.packages.get(&name).filter(|_| may_write);
    let items: Vec<Value> = package
        .map_or(&[][..], |package| &package.staged)
        .iter()
        .enumerate()
        .map(|(index, version)| {
            json!({
                "id": format!("00000000-0000-4000-8000-{index:012}"), "packageName": name, "version": version,
                "tag": "latest", "createdAt": "2026-11-01T08:00:00.000Z", "actor": user, "actorType": "user",
                "access": "public", "shasum": "0".repeat(40),
            })
        })
        .collect();
    reply("stage-list", &json!({ "name": name, "total": items.len(), "items": items }))
}
