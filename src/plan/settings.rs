//! npm's configuration with one package's publishConfig laid over it, and what a publish takes from it.

use base64::Engine as _;
use url::Url;

use super::{Access, Login, Tag, Target};
use crate::facts::credential::{Credential, Keyring};
use crate::npm::name::PackageName;
use crate::npm::nerf_dart::{host, nerf_dart};
use crate::project::ci::Ci;
use crate::project::manifest::Manifest;
use crate::project::npm_config::Sourced;
use crate::project::npm_config::definitions::{DEFAULT_REGISTRY, DEFAULT_TAG};
use crate::project::npm_config::{Layer, NpmConfig, Origin, Value};
use crate::text::json::Value as JsonValue;
use crate::text::redact::{Secret, decode_base64, is_secret, mask_url};

/// The configuration with one package's publishConfig laid over it.
pub(super) struct Settings<'a> {
    pub(super) config: &'a NpmConfig,
    pub(super) manifest: &'a Manifest,
}

/// The length of a registry's URL, which is repeated for each dependency, from which on it is none.
const LONGEST_REGISTRY: usize = 8192;

/// A credential, what decided it and under which key it stands.
struct Sent {
    credential: Credential,
    origin: Origin,
    key: String,
}

impl Settings<'_> {
    /// npm's `opts[key]`: a flag beats publishConfig, which beats everything else.
    pub(super) fn effective(&self, key: &str) -> Option<(Value, Origin)> {
        if !self.config.layer(Layer::Cli).any(|entry| entry.key == key)
            && let Some(value) = self.manifest.publish_config(key)
        {
            let origin =
                Origin::Manifest { field: format!("publishConfig.{key}"), place: self.manifest.place(value.span()) };
            return Some((from_json(key, value), origin));
        }
        self.config.flat(key).map(|entry| (entry.value.clone(), entry.origin.clone()))
    }

    /// The text that npm expands to `opts[key]`, when a variable is in it.
    pub(super) fn written(&self, key: &str) -> Option<String> {
        match self.effective(key)?.1 {
            Origin::Manifest { .. } => None,
            _ => self.config.flat(key)?.written.clone(),
        }
    }

    /// Where npm goes by the name; for a client with settings of its own, `publishConfig.registry` beats all others.
    pub(super) fn target(&self, name: Option<&PackageName>, has_own_settings: bool) -> Target {
        let named = self.manifest.publish_config("registry").filter(|value| has_own_settings && value.is_truthy());
        if let Some((value, text)) = named.and_then(|value| Some((value, value.as_str()?))) {
            let place = self.manifest.place(value.span());
            return Self::registry(text, Origin::Manifest { field: "publishConfig.registry".to_owned(), place });
        }
        let (value, origin) = self.effective(&self.registry_key(name)).unwrap_or((Value::Undefined, Origin::Default));
        if !value.is_truthy() && matches!(origin, Origin::Manifest { .. }) {
            // npm-registry-fetch 19 (lib/index.js `pickRegistry`): anything falsy becomes its own default.
            return Self::registry(DEFAULT_REGISTRY, origin);
        }
        match value.as_text() {
            Some(text) => Self::registry(text, origin),
            None => Target::Invalid { text: shown(&value), origin, why: "it is not text".to_owned() },
        }
    }

    /// The setting that names the registry: `registry`, or that of a scope.
    pub(super) fn registry_key(&self, name: Option<&PackageName>) -> String {
        let scope = self.effective("scope").and_then(|(value, _)| value.as_text().map(str::to_owned));
        let scopes = [name.and_then(PackageName::scope).map(str::to_owned), scope];
        scopes
            .into_iter()
            .flatten()
            .filter(|scope| !scope.is_empty())
            .map(|scope| format!("@{}:registry", scope.strip_prefix('@').unwrap_or(&scope)))
            .find(|key| self.effective(key).is_some_and(|(value, _)| value.is_truthy()))
            .unwrap_or_else(|| "registry".to_owned())
    }

    /// See [`PublishPlan::astray`].
    pub(super) fn is_astray(&self, target: &Target) -> bool {
        let Target::Registry { text, origin, .. } = target else { return false };
        let dropped = self.config.dropped.iter().any(|(key, ..)| key == "registry");
        let empty = matches!(origin, Origin::Manifest { .. }) && text == DEFAULT_REGISTRY && {
            self.manifest.publish_config("registry").is_some_and(|value| !value.is_truthy())
        };
        empty || (dropped && matches!(origin, Origin::Default)) || self.config.may_be_overruled(origin)
    }

    fn registry(text: &str, origin: Origin) -> Target {
        let invalid = |why: &str| Target::Invalid { text: mask_url(text), origin: origin.clone(), why: why.to_owned() };
        if text.len() > LONGEST_REGISTRY {
            return invalid(&format!(
                "it is longer than {LONGEST_REGISTRY} characters, and no server takes such a URL"
            ));
        }
        match Url::parse(text.trim()) {
            Err(_) if text.trim().is_empty() => invalid("it is empty"),
            Err(error) => invalid(&format!("it is not a URL ({error})")),
            Ok(url) if !matches!(url.scheme(), "http" | "https") => {
                invalid(&format!("`{}:` is not a protocol that npm speaks", url.scheme()))
            }
            Ok(url) => Target::Registry { url, text: text.trim().to_owned(), origin },
        }
    }

    /// npm looks for a credential under exactly this nerf-dart before it publishes (`getCredentialsByURI`,
    /// `@npmcli/config` 11.19.1, lib/index.js), and then sends what it sends with every request: publishConfig may
    /// hold another token, and values are not trimmed.
    pub(super) fn login(&self, registry: &Url, name: Option<&PackageName>, ci: &Ci, keyring: &mut Keyring) -> Login {
        let nerf = nerf_dart(registry);
        let get = |name: &str| self.config.get(&format!("{nerf}:{name}")).filter(|entry| entry.value.is_truthy());
        let credential = if let Some(token) = get("_authToken") {
            Some((Credential::Token(secret(&token.value)), token))
        } else if let (Some(username), Some(password)) = (get("username"), get("_password")) {
            let username = shown(&username.value);
            Some((basic(&username, secret(&password.value).expose()), password))
        } else if let Some(auth) = get("_auth") {
            let (username, encoded) = user_and_password(&auth.value);
            (!username.is_empty()).then_some((Credential::Basic { username, encoded }, auth))
        } else {
            None
        };
        if let Some((credential, entry)) = credential {
            let found = Sent { credential, origin: entry.origin.clone(), key: entry.key.clone() };
            let Sent { credential, origin, key } = self.sent(registry, name).unwrap_or(found);
            let number = keyring.number(&credential);
            return Login::Credential { credential, number, origin, key };
        }
        match (get("certfile"), get("keyfile")) {
            (Some(certificate), Some(_)) => Login::Certificate { origin: certificate.origin.clone() },
            _ if ci.can_exchange => Login::TrustedPublisher,
            _ => Login::Nothing,
        }
    }

    /// The number of the credential that npm's reads carry.
    pub(super) fn read_credential(
        &self,
        registry: &Url,
        name: Option<&PackageName>,
        keyring: &mut Keyring,
    ) -> Option<usize> {
        self.sent(registry, name).map(|sent| keyring.number(&sent.credential))
    }

    /// What npm's requests carry: npm-registry-fetch 19 (lib/auth.js `regFromURI`) walks the path upwards.
    fn sent(&self, registry: &Url, name: Option<&PackageName>) -> Option<Sent> {
        let path = registry.path().trim_end_matches('/');
        let mut nerf = format!("//{}{path}/{}", host(registry), name.map(PackageName::escaped).unwrap_or_default());
        while nerf.len() > 2 {
            let sent = self.sent_under(&nerf);
            if sent.is_some() {
                return sent;
            }
            if nerf.ends_with('/') {
                nerf.pop();
            } else {
                nerf.truncate(nerf.rfind('/').map_or(0, |at| at + 1));
            }
        }
        None
    }

    /// What npm's requests for one package carry because a key names that package itself.
    pub(super) fn own_read_credential(
        &self,
        registry: &Url,
        name: &PackageName,
        keyring: &mut Keyring,
    ) -> Option<usize> {
        let path = registry.path().trim_end_matches('/');
        let nerf = format!("//{}{path}/{}", host(registry), name.escaped());
        self.sent_under(&nerf).map(|sent| keyring.number(&sent.credential))
    }

    fn sent_under(&self, nerf: &str) -> Option<Sent> {
        let get = |name: &str| {
            let key = format!("{nerf}:{name}");
            self.effective(&key).filter(|(value, _)| value.is_truthy()).map(|(value, origin)| (value, origin, key))
        };
        let (credential, origin, key) = if let Some((token, origin, key)) = get("_authToken") {
            (Credential::Token(secret(&token)), origin, key)
        } else if let Some((auth, origin, key)) = get("_auth") {
            let (username, encoded) = user_and_password(&auth);
            (Credential::Basic { username, encoded }, origin, key)
        } else if let (Some((username, ..)), Some((password, origin, key))) = (get("username"), get("_password")) {
            (basic(&shown(&username), secret(&password).expose()), origin, key)
        } else {
            return None;
        };
        Some(Sent { credential, origin, key })
    }

    /// The dist-tag where package.json is not asked for one.
    pub(super) fn configured_tag(&self) -> Tag {
        let checked = self.config.get("tag").map_or_else(
            || Sourced { value: DEFAULT_TAG.to_owned(), origin: Origin::Default },
            |entry| Sourced { value: shown(&entry.value), origin: entry.origin.clone() },
        );
        Tag { value: checked.clone(), checked, implicit: self.config.is_default("tag") }
    }

    pub(super) fn tag(&self) -> Tag {
        let configured = self.configured_tag();
        let checked = configured.checked;
        let named = self.manifest.publish_config("tag").is_some_and(JsonValue::is_truthy);
        let root = self.manifest.field("tag").filter(|tag| tag.is_truthy());
        let value = match root {
            Some(tag) => Sourced {
                value: shown(&from_json("tag", tag)),
                origin: Origin::Manifest { field: "tag".to_owned(), place: self.manifest.place(tag.span()) },
            },
            None => self
                .effective("tag")
                .map_or_else(|| checked.clone(), |(value, origin)| Sourced { value: shown(&value), origin }),
        };
        Tag { value, checked, implicit: configured.implicit && !named }
    }

    pub(super) fn access(&self) -> Sourced<Access> {
        let (value, origin) = self.effective("access").unwrap_or((Value::Null, Origin::Default));
        let access = match &value {
            Value::Null | Value::Undefined => Access::Default,
            Value::Text(text) if text == "public" => Access::Public,
            Value::Text(text) if text == "restricted" || text == "private" => Access::Restricted,
            other => Access::Other(shown(other)),
        };
        Sourced { value: access, origin }
    }

    /// A switch that publishConfig may set; npm asks for exactly `true`.
    pub(super) fn switch(&self, key: &str) -> Sourced<bool> {
        let (value, origin) = self.effective(key).unwrap_or((Value::Null, Origin::Default));
        Sourced { value: value == Value::Bool(true), origin }
    }

    /// A switch that npm reads from its configuration only (`config.get`).
    pub(super) fn own_switch(&self, key: &str) -> Sourced<bool> {
        self.config.get(key).map_or(Sourced { value: false, origin: Origin::Default }, |entry| Sourced {
            value: entry.value.is_truthy(),
            origin: entry.origin.clone(),
        })
    }

    /// What gives a one-time password. npm sends whatever `otp` is, which is `true` where `--otp` stands last, and the next
    /// flag where it stands before another one. No code is either.
    pub(super) fn otp(&self) -> Option<Origin> {
        let (value, origin) = self.effective("otp").filter(|(value, _)| value.is_truthy())?;
        let text = value.to_text();
        let is_none = matches!(text.as_str(), "true" | "false") || text.starts_with('-');
        (!is_none).then_some(origin)
    }

    pub(super) fn text(&self, key: &str) -> Option<Sourced<String>> {
        let (value, origin) = self.effective(key).filter(|(value, _)| value.is_truthy())?;
        Some(Sourced { value: shown(&value), origin })
    }
}

/// A value of publishConfig: npm takes it as it is, without the coercion of its configuration files.
fn from_json(key: &str, value: JsonValue<'_>) -> Value {
    use crate::text::json::Type;
    match value.type_of() {
        Type::Null => Value::Null,
        Type::Boolean => Value::Bool(value.is_truthy()),
        Type::Number => Value::Number(value.as_number().unwrap_or_default()),
        Type::String => {
            let text = value.as_str().unwrap_or_default();
            if is_secret(key) { Value::Secret(Secret::new(text)) } else { Value::Text(text.to_owned()) }
        }
        Type::Array => Value::List(value.elements().map(|element| from_json(key, element)).collect()),
        Type::Object => Value::Section(std::collections::BTreeMap::new()),
    }
}

/// A value as JavaScript would write it into a text; a secret as `…`.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Secret(_) => "…".to_owned(),
        Value::Section(_) => "[object Object]".to_owned(),
        Value::List(values) => {
            let part = |value: &Value| if matches!(value, Value::Null) { String::new() } else { shown(value) };
            values.iter().map(part).collect::<Vec<_>>().join(",")
        }
        other => other.to_text(),
    }
}

/// The text of a credential: npm turns `true` or a number into text, too.
fn secret(value: &Value) -> Secret {
    match value {
        Value::Secret(secret) => secret.clone(),
        other => Secret::new(other.to_text()),
    }
}

/// An `_auth`: the user name in it, and its text.
fn user_and_password(auth: &Value) -> (String, Secret) {
    let encoded = secret(auth);
    let username = decode_base64(encoded.expose()).split(':').next().unwrap_or_default().to_owned();
    (username, encoded)
}

fn basic(username: &str, password: &str) -> Credential {
    let plain = format!("{username}:{}", decode_base64(password));
    Credential::Basic {
        username: username.to_owned(),
        encoded: Secret::new(base64::engine::general_purpose::STANDARD.encode(plain)),
    }
}
