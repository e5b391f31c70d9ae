//! What the fake registry answers to `GET`.

use base64::Engine as _;
use serde_json::{Map, Value, json};

use super::exchange::reply;
use super::http::Reply;
use super::state::{Caller, Package, Release, State, TokenKind, TwoFactor, iso, scope_of};

const DAY: u64 = 86_400;

const PROVENANCE: &str = "https://slsa.dev/provenance/v1";

fn not_found(name: &str) -> Reply {
    reply("not-found", &json!({ "name": name }))
}

/// Routes a path without its leading slash.
pub(super) fn read(state: &State, path: &str, accept: &str, caller: &Caller) -> Reply {
    let path = path.trim_start_matches('/');
    let Some(special) = path.strip_prefix("-/") else { return document(state, path, accept, caller) };
    if special == "ping" {
        return reply("ping", &json!({}));
    }
    if special == "v1/search" {
        let found: Vec<Value> = state.packages.keys().map(|name| json!({ "package": { "name": name } })).collect();
        return reply("search", &json!({ "total": found.len(), "objects": found }));
    }
    let (session, user) = match caller {
        Caller::Known(user, token) => (token.kind == TokenKind::Session, Some(user.as_str())),
        _ => (false, None),
    };
    let parts: Vec<&str> = special.split('/').collect();
    match (parts.as_slice(), user) {
        (["whoami"], Some(user)) => reply("whoami", &json!({ "user": user })),
        (["whoami"] | ["org", _, "user"], None) => reply("whoami-401", &json!({})),
        (["npm", "v1", "user"], Some(user)) => profile(state, user),
        (["npm", "v1", "user"], None) => reply("profile-401", &json!({})),
        (["npm", "v1", "tokens"], Some(user)) if session => tokens(state, user),
        (["npm", "v1", "tokens"], _) => reply("tokens-401", &json!({})),
        (["org", org, "user"], Some(user)) => roster(state, org, user),
        (["org", org, "package"], _) if state.orgs.contains_key(*org) => {
            packages_of(state, org, user, |name| scope_of(name) == Some(org) && state.permission(name, user).is_some())
        }
        (["user", owner, "package"], _) if state.users.contains_key(*owner) => {
            packages_of(state, owner, Some(owner), |name| {
                state.permission(name, Some(owner)) == Some(true) && state.permission(name, user).is_some()
            })
        }
        (["npm", "v1", "attestations", spec @ ..], _) => attestations(state, &spec.join("/")),
        (["package", name @ .., about], _) => about_package(state, &name.join("/"), about, user),
        _ => not_found(path),
    }
}

fn profile(state: &State, user: &str) -> Reply {
    let Some(account) = state.users.get(user) else { return reply("profile-401", &json!({})) };
    let tfa = match account.two_factor {
        TwoFactor::Off => Value::Null,
        TwoFactor::AuthOnly => json!({ "pending": false, "mode": "auth-only" }),
        TwoFactor::AuthAndWrites => json!({ "pending": false, "mode": "auth-and-writes" }),
    };
    let created = iso(state.now - 900 * DAY);
    reply("profile", &json!({ "tfa": tfa, "user": user, "email_verified": account.email_verified, "created": created }))
}

fn tokens(state: &State, user: &str) -> Reply {
    let own = state.tokens.iter().filter(|(_, token)| token.user == user);
    let rows: Vec<Value> = own
        .enumerate()
        .map(|(index, (text, token))| {
            let scopes = token.covers.iter().map(|entry| {
                let kind = if entry.starts_with('@') && !entry.contains('/') { "scope" } else { "package" };
                json!({ "type": kind, "name": entry })
            });
            json!({
                "name": format!("token {index}"),
                "key": format!("00000000-0000-4000-8000-{index:012}"),
                "token": format!("{}...{}", &text[..8], &text[text.len() - 4..]),
                "readonly": token.read_only,
                "bypass_2fa": token.bypass_2fa,
                "publish_policy": if token.stage_only { "stage_only" } else { "publish" },
                "cidr": token.cidr,
                "expiry": token.expired.then(|| iso(state.now - DAY)),
                "revoked": token.revoked.then(|| iso(state.now - DAY)),
                "created": iso(state.now - 2 * DAY),
                "updated": iso(state.now - 2 * DAY),
                "permissions": [{ "name": "package", "action": if token.read_only { "read" } else { "write" } }],
                "scopes": scopes.collect::<Vec<_>>(),
            })
        })
        .collect();
    reply("tokens", &json!({ "total": rows.len(), "rows": rows }))
}

fn roster(state: &State, org: &str, user: &str) -> Reply {
    let Some(known) = state.orgs.get(org) else { return not_found(org) };
    if !known.members.contains_key(user) {
        return reply("org-roster-403", &json!({ "org": org }));
    }
    let members: Map<String, Value> =
        known.members.iter().map(|(member, role)| (member.clone(), role.name().into())).collect();
    reply("org-roster", &json!({ "org": org, "members": members }))
}

fn word(write: bool) -> Value {
    if write { "write" } else { "read" }.into()
}

fn packages_of(state: &State, org: &str, user: Option<&str>, shown: impl Fn(&str) -> bool) -> Reply {
    let names = state.packages.keys().filter(|name| shown(name));
    let packages: Map<String, Value> =
        names.map(|name| (name.clone(), word(state.permission(name, user) == Some(true)))).collect();
    reply("packages-of", &json!({ "org": org, "packages": packages }))
}

fn about_package(state: &State, name: &str, about: &str, user: Option<&str>) -> Reply {
    if about == "access" {
        return reply("access-405", &json!({ "name": name }));
    }
    let visible = state.permission(name, user).is_some();
    let Some(package) = state.packages.get(name).filter(|package| visible && package.unpublished_hours_ago.is_none())
    else {
        return not_found(name);
    };
    match about {
        "dist-tags" => reply("dist-tags", &json!({ "name": name, "dist_tags": package.dist_tags() })),
        "visibility" => reply("visibility", &json!({ "name": name, "public": !package.restricted })),
        "collaborators" if user.is_none() => reply("whoami-401", &json!({})),
        "collaborators" => {
            let everyone = state.users.keys().filter_map(|user| {
                let named = state.permission(name, Some(user))?;
                // On a public package everybody may read; only those with a right of their own are listed.
                let listed = named || in_a_team(state, name, user);
                listed.then(|| (user.clone(), word(named)))
            });
            let collaborators: Map<String, Value> = everyone.collect();
            reply("collaborators", &json!({ "name": name, "collaborators": collaborators }))
        }
        _ => not_found(name),
    }
}

fn in_a_team(state: &State, name: &str, user: &str) -> bool {
    let org = scope_of(name).and_then(|scope| state.orgs.get(scope));
    org.is_some_and(|org| {
        let teams = org.teams.iter().filter(|team| team.packages.contains_key(name));
        teams.flat_map(|team| &team.members).any(|member| member == user)
    })
}

/// Public, as for `npm audit signatures`: `name@version`.
fn attestations(state: &State, spec: &str) -> Reply {
    let Some((name, version)) = spec.rsplit_once('@') else { return not_found(spec) };
    let package = state.packages.get(name).filter(|package| !package.restricted);
    let release = package.and_then(|package| package.live().find(|(live, _)| live == version));
    let Some((repository, file)) = release.and_then(|(_, release)| release.built_by) else { return not_found(spec) };
    let repository = format!("https://github.com/{repository}");
    let path = format!(".github/workflows/{file}");
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": format!("pkg:npm/{}@{version}", name.replace('@', "%40")), "digest": { "sha512": "0".repeat(128) } }],
        "predicateType": PROVENANCE,
        "predicate": {
            "buildDefinition": {
                "buildType": "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
                "externalParameters": { "workflow": { "ref": "refs/heads/main", "repository": repository, "path": path } },
                "internalParameters": { "github": { "event_name": "push", "repository_id": "1", "repository_owner_id": "2" } },
            },
            "runDetails": { "builder": { "id": "https://github.com/actions/runner/github-hosted" } },
        },
    });
    let payload = base64::engine::general_purpose::STANDARD.encode(statement.to_string());
    reply("attestations", &json!({ "name": name, "version": version, "payload": payload }))
}

fn document(state: &State, path: &str, accept: &str, caller: &Caller) -> Reply {
    let slashes = path.matches('/').count();
    let (name, version) = match path.rsplit_once('/') {
        Some((name, version)) if slashes > usize::from(path.starts_with('@')) => (name, Some(version)),
        _ => (path, None),
    };
    let visible = state.permission(name, caller.user()).is_some();
    let Some(package) = state.packages.get(name).filter(|_| visible) else { return not_found(name) };
    let time = times(state, package);
    if let Some(hours) = package.unpublished_hours_ago {
        if scope_of(name).is_some() || version.is_some() {
            return not_found(name);
        }
        let mut time = time;
        let versions: Vec<&String> = package.versions.iter().map(|(version, _)| version).collect();
        let owners: Vec<Value> = package.owners.iter().map(|owner| json!({ "name": owner })).collect();
        let gone = json!({ "time": iso(state.now - hours * 3_600), "versions": versions, "maintainers": owners });
        time.insert("unpublished".to_owned(), gone);
        return reply("packument-unpublished", &json!({ "name": name, "revision": 1, "time": time }));
    }
    let tags = package.dist_tags();
    if let Some(asked) = version {
        let version = tags.get(asked).map_or(asked, String::as_str);
        return match package.live().find(|(known, _)| known == version) {
            Some(found) => {
                reply("version", &json!({ "name": name, "version": version, "manifest": manifest(name, found) }))
            }
            None => reply("version-not-found", &json!({ "name": name, "version": asked })),
        };
    }
    let versions: Map<String, Value> = package.live().map(|found| (found.0.clone(), manifest(name, found))).collect();
    if accept.contains("application/vnd.npm.install-v1+json") {
        let modified = iso(state.now - DAY);
        return reply(
            "packument-abbreviated",
            &json!({ "name": name, "dist_tags": tags, "versions": versions, "modified": modified }),
        );
    }
    // Only accounts with a right of their own: the registry does not show teams here.
    let writers = state.users.keys().filter(|user| state.permission(name, Some(user)) == Some(true));
    let maintainers: Vec<Value> =
        writers.map(|user| json!({ "name": user, "email": format!("{user}@example.com") })).collect();
    reply(
        "packument",
        &json!({
            "name": name, "revision": package.versions.len(), "dist_tags": tags, "versions": versions,
            "time": time, "maintainers": maintainers,
        }),
    )
}

fn times(state: &State, package: &Package) -> Map<String, Value> {
    let mut time = Map::new();
    time.insert("created".to_owned(), iso(state.now - 400 * DAY).into());
    time.insert("modified".to_owned(), iso(state.now - DAY).into());
    for (version, _) in &package.versions {
        time.insert(version.clone(), iso(state.now - 300 * DAY).into());
    }
    time
}

fn manifest(name: &str, (version, release): &(String, Release)) -> Value {
    let file = name.rsplit('/').next().unwrap_or(name);
    let mut manifest = json!({
        "name": name, "version": version, "_id": format!("{name}@{version}"),
        "dist": {
            "tarball": format!("http://registry.invalid/{name}/-/{file}-{version}.tgz"),
            "shasum": "0".repeat(40),
            "integrity": format!("sha512-{}==", "A".repeat(86)),
        },
    });
    if release.deprecated {
        manifest["deprecated"] = "use something else".into();
    }
    if release.built_by.is_some() {
        let url = format!("http://registry.invalid/-/npm/v1/attestations/{}@{version}", name.replace('/', "%2f"));
        manifest["dist"]["attestations"] = json!({ "url": url, "provenance": { "predicateType": PROVENANCE } });
        manifest["_npmUser"] = json!({
            "name": "GitHub Actions", "email": "npm-oidc-no-reply@github.com",
            "trustedPublisher": { "id": "github", "oidcConfigId": "oidc:00000000-0000-4000-8000-000000000000" },
        });
    }
    if let Some(commit) = &release.git_head {
        manifest["gitHead"] = commit.clone().into();
    }
    manifest
}
