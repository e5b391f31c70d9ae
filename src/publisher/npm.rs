//! npm as the publisher: its configuration with one package's publishConfig laid over it, and what a publish takes from it
//! (npm 11.19.1: `@npmcli/config` lib/index.js, npm-registry-fetch 19 lib/auth.js and lib/index.js).

use base64::Engine as _;
use url::Url;

use super::Publisher;
use super::decided::{Access, Login, Tag, Target};
use crate::facts::credential::{Credential, Keyring};
use crate::npm::name::PackageName;
use crate::npm::nerf_dart::{host, nerf_dart};
use crate::npm::release::NpmRelease;
use crate::npm::version::Version;
use crate::project::ci::Ci;
use crate::project::manifest::Manifest;
use crate::project::npm_config::Sourced;
use crate::project::npm_config::definitions::{DEFAULT_REGISTRY, DEFAULT_TAG};
use crate::project::npm_config::{Entry, NpmConfig, Origin, Value};
use crate::text::json::Value as JsonValue;
use crate::text::redact::{Secret, decode_base64, is_secret, mask_url, percent_decoded};

/// A configuration with one package's publishConfig laid over it.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    /// npm's, or that of another client in npm's keys.
    pub config: &'a NpmConfig,
    /// What is published.
    pub manifest: &'a Manifest,
}

/// The length of a registry's URL, which is repeated for each dependency, from which on it is none.
const LONGEST_REGISTRY: usize = 8192;

/// A credential, what decided it and under which key it is.
pub(crate) struct Sent {
    credential: Credential,
    origin: Origin,
    key: String,
}

impl Sent {
    /// As the login of a publish.
    pub(super) fn login(self, keyring: &mut Keyring) -> Login {
        let Self { credential, origin, key } = self;
        let number = keyring.number(&credential);
        Login::Credential { credential, number, origin, key }
    }
}

impl Settings<'_> {
    /// npm's `opts[key]`: a flag beats publishConfig, which beats everything else.
    pub(crate) fn effective(&self, key: &str) -> Option<(Value, Origin)> {
        if self.config.flag(key).is_none()
            && let Some(value) = self.manifest.publish_config(key)
        {
            let origin =
                Origin::Manifest { field: format!("publishConfig.{key}"), place: self.manifest.place(value.span()) };
            return Some((from_json(key, value), origin));
        }
        self.config.flat(key).map(|entry| (entry.value.clone(), entry.origin.clone()))
    }

    /// A field of package.json that is text.
    pub(super) fn field(&self, key: &str) -> Option<Sourced<String>> {
        self.sourced(self.manifest.field(key)?, key.to_owned())
    }

    /// A key of publishConfig that is text.
    pub(super) fn publish_config(&self, key: &str) -> Option<Sourced<String>> {
        self.sourced(self.manifest.publish_config(key)?, format!("publishConfig.{key}"))
    }

    fn sourced(&self, value: JsonValue<'_>, field: String) -> Option<Sourced<String>> {
        let origin = Origin::Manifest { field, place: self.manifest.place(value.span()) };
        Some(Sourced { value: value.as_str()?.to_owned(), origin })
    }

    /// The text that npm expands to `opts[key]`, when a variable is in it.
    pub(crate) fn written(&self, key: &str) -> Option<String> {
        match self.effective(key)?.1 {
            Origin::Manifest { .. } => None,
            _ => self.config.flat(key)?.written.clone(),
        }
    }

    /// Where npm goes with this setting.
    fn target_of(&self, key: &str) -> Target {
        let (value, origin) = self.effective(key).unwrap_or((Value::Undefined, Origin::Default));
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
    fn key_of_registry(&self, name: Option<&PackageName>) -> String {
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

    /// The registry that was named is unusable, or a file that may name one was not read.
    pub fn registry_fell_back(&self, target: &Target) -> bool {
        let Target::Registry { text, origin, .. } = target else { return false };
        let dropped = self.config.dropped.iter().any(|(key, ..)| key == "registry");
        let empty = matches!(origin, Origin::Manifest { .. }) && text == DEFAULT_REGISTRY && {
            self.manifest.publish_config("registry").is_some_and(|value| !value.is_truthy())
        };
        empty || (dropped && matches!(origin, Origin::Default)) || self.config.may_be_overruled(origin)
    }

    /// The target that a text names.
    pub(crate) fn registry(text: &str, origin: Origin) -> Target {
        let invalid = |why: &str| Target::Invalid { text: mask_url(text), origin: origin.clone(), why: why.to_owned() };
        if text.len() > LONGEST_REGISTRY {
            return invalid(&format!(
                "it is longer than {LONGEST_REGISTRY} characters, and no server accepts such a URL"
            ));
        }
        match Url::parse(text.trim()) {
            Err(_) if text.trim().is_empty() => invalid("it is empty"),
            Err(error) => invalid(&format!("it is not a URL ({error})")),
            Ok(url) if !matches!(url.scheme(), "http" | "https") => {
                invalid(&format!("npm does not support the protocol `{}:`", url.scheme()))
            }
            Ok(url) => Target::Registry { url, text: text.trim().to_owned(), origin },
        }
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
    pub(crate) fn own_read_credential(
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

    /// A switch that publishConfig may set; npm asks for exactly `true`.
    pub(crate) fn switch(&self, key: &str) -> Sourced<bool> {
        let (value, origin) = self.effective(key).unwrap_or((Value::Null, Origin::Default));
        Sourced { value: value == Value::Bool(true), origin }
    }

    /// A switch that npm reads from its configuration only (`config.get`).
    pub(crate) fn own_switch(&self, key: &str) -> Sourced<bool> {
        self.config.get(key).map_or(Sourced { value: false, origin: Origin::Default }, |entry| Sourced {
            value: entry.value.is_truthy(),
            origin: entry.origin.clone(),
        })
    }

    pub(crate) fn text(&self, key: &str) -> Option<Sourced<String>> {
        let (value, origin) = self.effective(key).filter(|(value, _)| value.is_truthy())?;
        Some(Sourced { value: shown(&value), origin })
    }
}

/// What other clients than npm have in common.
impl Settings<'_> {
    /// The setting that names the registry of a package: that of its scope, where there is one.
    pub(super) fn key_of_scope(&self, name: Option<&PackageName>) -> String {
        let scoped = name.and_then(PackageName::scope).map(|scope| format!("{scope}:registry"));
        let is_set = |key: &String| self.config.get(key).is_some_and(|entry| entry.value.is_truthy());
        scoped.filter(is_set).unwrap_or_else(|| "registry".to_owned())
    }

    /// The first of these keys that publishConfig has.
    pub(super) fn target_of_package<'k>(&self, keys: impl IntoIterator<Item = &'k str>) -> Option<Target> {
        keys.into_iter().find_map(|key| {
            let named = self.of_manifest(&format!("publishConfig.{key}"), self.manifest.publish_config(key))?;
            Some(Self::registry(&named.value, named.origin))
        })
    }

    /// What a setting of its configuration names, publishConfig aside.
    pub(super) fn target_of_setting(&self, key: &str) -> Target {
        match self.config.get(key) {
            Some(Entry { value, origin, .. }) => Self::registry(&value.to_text(), origin.clone()),
            None => Self::registry(DEFAULT_REGISTRY, Origin::Default),
        }
    }

    /// User name and password in the URL of the registry.
    pub(super) fn login_of_url(registry: &Url, keyring: &mut Keyring) -> Option<Login> {
        let password = registry.password()?;
        let plain = format!("{}:{}", percent_decoded(registry.username()), percent_decoded(password));
        let encoded = Secret::new(base64::engine::general_purpose::STANDARD.encode(plain));
        let credential = Credential::Basic { username: percent_decoded(registry.username()), encoded };
        let origin = Origin::Derived("the URL of the registry".to_owned());
        Some(Sent { credential, origin, key: "registry".to_owned() }.login(keyring))
    }

    /// The token of a key of the configuration.
    pub(super) fn token(&self, key: &str) -> Option<Sent> {
        let entry = self.config.get(key).filter(|entry| entry.value.is_truthy())?;
        let credential = Credential::Token(secret(&entry.value));
        Some(Sent { credential, origin: entry.origin.clone(), key: key.to_owned() })
    }

    /// A user name and a password, written as one or as their base64 text.
    pub(super) fn ident(&self, key: &str) -> Option<Sent> {
        let entry = self.config.get(key).filter(|entry| entry.value.is_truthy())?;
        let text = secret(&entry.value);
        let credential = if let Some((username, _)) = text.expose().split_once(':') {
            Credential::Basic {
                username: username.to_owned(),
                encoded: Secret::new(base64::engine::general_purpose::STANDARD.encode(text.expose())),
            }
        } else {
            let (username, encoded) = user_and_password(&entry.value);
            Credential::Basic { username, encoded }
        };
        Some(Sent { credential, origin: entry.origin.clone(), key: key.to_owned() })
    }

    /// The credential under exactly this host and path, publishConfig aside.
    pub(super) fn configured_under(&self, nerf: &str) -> Option<Sent> {
        let key = |name: &str| format!("{nerf}:{name}");
        self.token(&key("_authToken")).or_else(|| self.ident(&key("_auth"))).or_else(|| {
            let username = self.config.get(&key("username")).filter(|entry| entry.value.is_truthy())?;
            let password = self.config.get(&key("_password")).filter(|entry| entry.value.is_truthy())?;
            let credential = basic(&shown(&username.value), secret(&password.value).expose());
            Some(Sent { credential, origin: password.origin.clone(), key: key("_password") })
        })
    }

    /// The dist-tag of the flag, else what package.json says, else `latest`.
    pub(super) fn flag_or(&self, own: Option<Sourced<String>>) -> Tag {
        let flag = self.config.flag("tag");
        let flag = flag.map(|entry| Sourced { value: shown(&entry.value), origin: entry.origin.clone() });
        let named = flag.or(own);
        let implicit = named.is_none();
        let value = named.unwrap_or_else(|| Sourced {
            value: DEFAULT_TAG.to_owned(),
            origin: Origin::Derived("the default".to_owned()),
        });
        Tag { checked: value.clone(), value, implicit }
    }

    /// A text of package.json, such as the field `tag` or `publishConfig.tag`.
    pub(super) fn of_manifest(&self, field: &str, value: Option<JsonValue<'_>>) -> Option<Sourced<String>> {
        let value = value.filter(|value| value.is_truthy())?;
        let origin = Origin::Manifest { field: field.to_owned(), place: self.manifest.place(value.span()) };
        Some(Sourced { value: value.as_str()?.to_owned(), origin })
    }

    /// The access of the flag, else of publishConfig; `otherwise`: where neither names one.
    pub(super) fn access_or(&self, otherwise: impl FnOnce() -> Sourced<Access>) -> Sourced<Access> {
        let access = |text: &str| match text {
            "public" => Access::Public,
            "restricted" => Access::Restricted,
            other => Access::Other(other.to_owned()),
        };
        let flag = self.config.flag("access").filter(|entry| entry.value.is_truthy());
        if let Some(entry) = flag {
            return Sourced { value: access(&shown(&entry.value)), origin: entry.origin.clone() };
        }
        match self.of_manifest("publishConfig.access", self.manifest.publish_config("access")) {
            Some(named) => Sourced { value: access(&named.value), origin: named.origin },
            None => otherwise(),
        }
    }

    /// What gives a one-time password, publishConfig aside.
    pub(super) fn configured_otp(&self) -> Option<Origin> {
        let entry = self.config.get("otp").filter(|entry| is_code(&entry.value))?;
        Some(entry.origin.clone())
    }
}

/// npm sends whatever `otp` is, which is `true` where `--otp` is last, and the next flag where it comes before another one. No
/// code is either.
fn is_code(value: &Value) -> bool {
    let text = value.to_text();
    value.is_truthy() && !matches!(text.as_str(), "true" | "false") && !text.starts_with('-')
}

impl Publisher for Settings<'_> {
    fn settings(&self) -> Settings<'_> {
        *self
    }

    fn registry_key(&self, name: Option<&PackageName>) -> String {
        self.key_of_registry(name)
    }

    fn target(&self, name: Option<&PackageName>) -> Target {
        self.target_of(&self.key_of_registry(name))
    }

    /// npm looks for a credential under exactly this nerf-dart before it publishes (`getCredentialsByURI`,
    /// `@npmcli/config` 11.19.1, lib/index.js), and then sends what it sends with every request: publishConfig may
    /// hold another token, and values are not trimmed.
    fn login(&self, registry: &Url, name: Option<&PackageName>, keyring: &mut Keyring) -> Login {
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
            return self.sent(registry, name).unwrap_or(found).login(keyring);
        }
        match (get("certfile"), get("keyfile")) {
            (Some(certificate), Some(_)) => Login::Certificate { origin: certificate.origin.clone() },
            _ => Login::Nothing,
        }
    }

    fn read_credential(&self, registry: &Url, name: Option<&PackageName>, keyring: &mut Keyring) -> Option<usize> {
        self.sent(registry, name).map(|sent| keyring.number(&sent.credential))
    }

    fn tag(&self) -> Tag {
        let checked = self.config.get("tag").map_or_else(
            || Sourced { value: DEFAULT_TAG.to_owned(), origin: Origin::Default },
            |entry| Sourced { value: shown(&entry.value), origin: entry.origin.clone() },
        );
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
        Tag { value, checked, implicit: self.config.is_default("tag") && !named }
    }

    fn access(&self, _: Option<&PackageName>) -> Sourced<Access> {
        let (value, origin) = self.effective("access").unwrap_or((Value::Null, Origin::Default));
        let access = match &value {
            Value::Null | Value::Undefined => Access::Default,
            Value::Text(text) if text == "public" => Access::Public,
            Value::Text(text) if text == "restricted" || text == "private" => Access::Restricted,
            other => Access::Other(shown(other)),
        };
        Sourced { value: access, origin }
    }

    fn otp(&self) -> Option<Origin> {
        let (value, origin) = self.effective("otp")?;
        is_code(&value).then_some(origin)
    }

    fn provenance(&self) -> Sourced<bool> {
        self.switch("provenance")
    }

    fn job(&self, ci: &Ci, npm: &Version, _: &Login) -> Ci {
        Ci { can_exchange: ci.can_exchange && NpmRelease::of(npm).trusted_publishing(), ..ci.clone() }
    }

    fn signs_by_itself(&self) -> bool {
        self.config.is_default("provenance")
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
