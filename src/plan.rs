//! The publish plan: what `npm publish` would send where, as whom, under which dist-tag and access - every value
//! with the file, variable or flag that decided it. A function of the manifest, npm's configuration and the CI
//! environment; imitates npm 11.19.1 (lib/commands/publish.js, libnpmpublish/lib/publish.js,
//! npm-registry-fetch/lib/index.js).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::sync::Arc;

use base64::Engine as _;
use url::Url;

use crate::ci::Ci;
use crate::discover::{Obstacle, Selected};
use crate::engines::Engines;
use crate::json::Value as JsonValue;
use crate::manifest::Manifest;
use crate::name::PackageName;
use crate::npm_config::definitions::{DEFAULT_REGISTRY, DEFAULT_TAG, is_secret};
use crate::npm_config::{Layer, NpmConfig, Origin, Value};
use crate::registry::credential::{Credential, Keyring, Secret, host, nerf_dart};
use crate::registry::{Answer, Ask, Question, Reason, Unknown};
use crate::scripts::Rewriter;
use crate::source::Place;
use crate::version::Version;

/// A value and what decided it.
#[derive(Clone, Debug)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// What decided it.
    pub origin: Origin,
}

/// Where a publish goes.
#[derive(Clone, Debug)]
pub enum Target {
    /// A registry that can be asked.
    Registry {
        /// Its URL, parsed.
        url: Url,
        /// Its URL as npm would use it.
        text: String,
        /// What decided it.
        origin: Origin,
    },
    /// Something that npm cannot use as a URL.
    Invalid {
        /// What it is, secrets removed.
        text: String,
        /// What decided it.
        origin: Origin,
        /// Why it cannot be used: a sentence without a full stop.
        why: String,
    },
}

/// The dist-tag.
#[derive(Clone, Debug)]
pub struct Tag {
    /// The one that would be set.
    pub value: Sourced<String>,
    /// The one that npm checks (`config.get('tag')`): not always the one it sets.
    pub checked: Sourced<String>,
    /// Neither the configuration nor publishConfig names one: npm's guards for prereleases and older versions are on.
    pub implicit: bool,
}

/// Who may install it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing set: the registry decides.
    Default,
    /// Everybody.
    Public,
    /// Those with rights; paid.
    Restricted,
    /// Something else, which npm sends as it is.
    Other(String),
}

/// What npm would authenticate with.
#[derive(Clone, Debug)]
pub enum Login {
    /// A token or a password.
    Credential {
        /// Which.
        credential: Credential,
        /// Its number in the run's keyring.
        number: usize,
        /// The line or variable that holds it.
        origin: Origin,
        /// The configuration key.
        key: String,
    },
    /// A client certificate alone.
    Certificate {
        /// The line that names it.
        origin: Origin,
    },
    /// None in the configuration, but the CI job can prove its identity to a trusted publisher.
    TrustedPublisher,
    /// None.
    Nothing,
}

/// One publish.
#[derive(Debug)]
pub struct PublishPlan {
    /// Why there is nothing to judge although npm was told of something.
    pub obstacle: Option<Obstacle>,
    /// What is published.
    pub manifest: Manifest,
    /// Selected as a workspace: npm skips it when it is private.
    pub workspace: bool,
    /// The name npm would use; `None`: there is none, or npm refuses it.
    pub name: Option<PackageName>,
    /// The version npm would use; `None`: there is none, or npm refuses it.
    pub version: Option<Version>,
    /// Where to.
    pub target: Target,
    /// The target is npm's own default only because the registry that was named is unusable: nothing may be asked
    /// there, since it would learn the name of a package that was meant for somewhere else.
    pub astray: bool,
    /// Under which dist-tag.
    pub tag: Tag,
    /// For whom.
    pub access: Sourced<Access>,
    /// As whom.
    pub login: Login,
    /// The number of the credential that npm's reads would carry.
    pub read_credential: Option<usize>,
    /// `provenance`.
    pub provenance: Sourced<bool>,
    /// `provenance-file`.
    pub provenance_file: Option<Sourced<String>>,
    /// `force`: npm's own guards are off.
    pub force: Sourced<bool>,
    /// `dry-run`.
    pub dry_run: Sourced<bool>,
    /// A one-time password is at hand: from where.
    pub otp: Option<Origin>,
    /// Whether npm could ask for a one-time password: a terminal on both sides.
    pub can_prompt: bool,
    /// Whether npm's public policy holds at the target.
    pub npmjs: bool,
    /// A lifecycle script that changes package.json before npm sends it.
    pub rewriter: Option<Rewriter>,
    /// The CI job.
    pub ci: Ci,
    /// What `devEngines` is compared with; `None`: the project's root has none.
    pub engines: Option<Arc<Engines>>,
    /// npm's configuration.
    pub config: Arc<NpmConfig>,
}

impl PublishPlan {
    /// The target's URL and its text, when it is one.
    pub fn registry(&self) -> Option<(&Url, &str)> {
        match &self.target {
            Target::Registry { url, text, .. } => Some((url, text)),
            Target::Invalid { .. } => None,
        }
    }

    /// What decided the target.
    pub fn target_origin(&self) -> &Origin {
        match &self.target {
            Target::Registry { origin, .. } | Target::Invalid { origin, .. } => origin,
        }
    }

    /// `private`, when JavaScript takes it for true.
    pub fn private(&self) -> Option<Place> {
        let value = self.manifest.field("private").filter(|value| value.is_truthy())?;
        Some(self.manifest.place(value.span()))
    }

    /// npm leaves it out of a workspace publish.
    pub fn is_skipped(&self) -> bool {
        self.workspace && self.private().is_some()
    }

    /// npm runs no scripts.
    pub fn ignores_scripts(&self) -> bool {
        self.config.get("ignore-scripts").is_some_and(|entry| entry.value.is_truthy())
    }

    /// The name for sentences.
    pub fn shown_name(&self) -> &str {
        self.name.as_ref().map_or_else(
            || self.manifest.field("name").and_then(crate::json::Value::as_str).unwrap_or("this package"),
            PackageName::as_str,
        )
    }
}

/// What a plan is made of.
pub struct Ingredients<'a> {
    /// What is published.
    pub selected: Selected,
    /// npm's configuration.
    pub config: &'a Arc<NpmConfig>,
    /// The CI job.
    pub ci: &'a Ci,
    /// What `devEngines` of the project's root is compared with.
    pub engines: Option<Arc<Engines>>,
    /// A lifecycle script of the package that changes its package.json.
    pub rewriter: Option<Rewriter>,
    /// A terminal on both sides.
    pub can_prompt: bool,
    /// Registries that enforce npm's public policy.
    pub npmjs: &'a [Url],
}

impl PublishPlan {
    /// Works out what `npm publish` would do; credentials go into `keyring`.
    pub fn new(ingredients: Ingredients<'_>, keyring: &mut Keyring) -> Self {
        let Ingredients { selected, config, engines, rewriter, ci, can_prompt, npmjs } = ingredients;
        let Selected { obstacle, manifest, workspace } = selected;
        let settings = Settings { config, manifest: &manifest };
        let name =
            manifest.field("name").and_then(JsonValue::as_str).and_then(|name| crate::name::normalize(name).ok());
        let version = manifest.field("version").and_then(JsonValue::as_str).and_then(|text| Version::clean(text, true));
        let target = settings.target(name.as_ref());
        let (login, read_credential) = match &target {
            Target::Registry { url, .. } => {
                (settings.login(url, ci, keyring), settings.read_credential(url, name.as_ref(), keyring))
            }
            Target::Invalid { .. } => (Login::Nothing, None),
        };
        let is_npmjs = matches!(&target, Target::Registry { url, .. } if npmjs.iter().any(|root| is_under(url, root)));
        Self {
            obstacle,
            workspace,
            name,
            version,
            astray: settings.is_astray(&target),
            tag: settings.tag(),
            access: settings.access(),
            provenance: settings.switch("provenance"),
            provenance_file: settings.text("provenance-file"),
            force: settings.own_switch("force"),
            dry_run: settings.own_switch("dry-run"),
            otp: settings.effective("otp").filter(|(value, _)| value.is_truthy()).map(|(_, origin)| origin),
            target,
            login,
            read_credential,
            can_prompt,
            rewriter: rewriter.filter(|_| !settings.own_switch("ignore-scripts").value),
            npmjs: is_npmjs,
            ci: ci.clone(),
            engines,
            config: Arc::clone(config),
            manifest,
        }
    }

    /// The question of a kind that concerns this publish; `None`: there is no registry or no name to ask about.
    pub fn question(&self, ask: Ask) -> Option<Question> {
        let (_, registry) = self.registry().filter(|_| !self.astray)?;
        let name = || self.name.as_ref().map(PackageName::escaped);
        let login = match &self.login {
            Login::Credential { number, .. } => Some(*number),
            _ => None,
        };
        let (subject, credential) = match ask {
            Ask::Packument => (name()?, self.read_credential),
            Ask::Collaborators | Ask::Visibility | Ask::DistTags => (name()?, login),
            Ask::Roster => (self.name.as_ref()?.scope()?.trim_start_matches('@').to_owned(), login),
            Ask::Whoami | Ask::Profile | Ask::Tokens => (String::new(), login),
            Ask::Ping => (String::new(), None),
        };
        Some(Question { ask, registry: registry.to_owned(), subject, credential })
    }

    /// Whether package.json says now what the registry will be told.
    ///
    /// # Errors
    /// When a lifecycle script changes it first.
    pub fn settled(&self) -> Answer<()> {
        match &self.rewriter {
            None => Ok(()),
            Some(rewriter) => Err(Unknown::new(
                Reason::Unsupported,
                format!(
                    "the script `{}` changes package.json before npm sends it: run it, then lint again",
                    rewriter.script
                ),
            )),
        }
    }

    /// The registry for sentences, without user name and password.
    pub fn shown_registry(&self) -> String {
        match &self.target {
            Target::Registry { url, .. } => shown_url(url),
            Target::Invalid { text, .. } => text.clone(),
        }
    }
}

/// A URL that can be shown: npm's log hides user name and password, too.
pub fn shown_url(url: &Url) -> String {
    let mut shown = url.clone();
    // Both fail only for URLs that cannot have them.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.into()
}

/// Whether `url` is `root` or below it: same origin, and a path that begins with its path.
fn is_under(url: &Url, root: &Url) -> bool {
    let directory = |url: &Url| format!("{}/", url.path().trim_end_matches('/'));
    url.origin() == root.origin() && directory(url).starts_with(&directory(root))
}

/// The configuration with one package's publishConfig laid over it.
struct Settings<'a> {
    config: &'a NpmConfig,
    manifest: &'a Manifest,
}

impl Settings<'_> {
    /// npm's `opts[key]`: a flag beats publishConfig, which beats everything else.
    fn effective(&self, key: &str) -> Option<(Value, Origin)> {
        if !self.config.layer(Layer::Cli).any(|entry| entry.key == key)
            && let Some(value) = self.manifest.publish_config(key)
        {
            let origin =
                Origin::Manifest { field: format!("publishConfig.{key}"), place: self.manifest.place(value.span()) };
            return Some((from_json(key, value), origin));
        }
        self.config.flat(key).map(|entry| (entry.value.clone(), entry.origin.clone()))
    }

    fn target(&self, name: Option<&PackageName>) -> Target {
        let scope = self.effective("scope").and_then(|(value, _)| value.as_text().map(str::to_owned));
        let scopes = [name.and_then(PackageName::scope).map(str::to_owned), scope];
        let (value, origin) = scopes
            .into_iter()
            .flatten()
            .filter(|scope| !scope.is_empty())
            .map(|scope| format!("@{}:registry", scope.strip_prefix('@').unwrap_or(&scope)))
            .find_map(|key| self.effective(&key).filter(|(value, _)| value.is_truthy()))
            .or_else(|| self.effective("registry"))
            .unwrap_or((Value::Undefined, Origin::Default));
        if !value.is_truthy() && matches!(origin, Origin::Manifest { .. }) {
            // npm-registry-fetch 19 (lib/index.js `pickRegistry`): anything falsy becomes its own default.
            return Self::registry(DEFAULT_REGISTRY, origin);
        }
        match value.as_text() {
            Some(text) => Self::registry(text, origin),
            None => Target::Invalid { text: shown(&value), origin, why: "it is not text".to_owned() },
        }
    }

    /// See [`PublishPlan::astray`].
    fn is_astray(&self, target: &Target) -> bool {
        let Target::Registry { text, origin, .. } = target else { return false };
        let dropped = self.config.dropped.iter().any(|(key, ..)| key == "registry");
        let empty = matches!(origin, Origin::Manifest { .. }) && text == DEFAULT_REGISTRY && {
            self.manifest.publish_config("registry").is_some_and(|value| !value.is_truthy())
        };
        empty || (dropped && matches!(origin, Origin::Default))
    }

    fn registry(text: &str, origin: Origin) -> Target {
        let invalid =
            |why: &str| Target::Invalid { text: text.to_owned(), origin: origin.clone(), why: why.to_owned() };
        match Url::parse(text.trim()) {
            Err(_) if text.trim().is_empty() => invalid("it is empty"),
            Err(error) => invalid(&format!("it is not a URL ({error})")),
            Ok(url) if !matches!(url.scheme(), "http" | "https") => {
                invalid(&format!("`{}:` is not a protocol that npm speaks", url.scheme()))
            }
            Ok(url) => Target::Registry { url, text: text.trim().to_owned(), origin },
        }
    }

    /// `getCredentialsByURI` (`@npmcli/config` 11.19.1, lib/index.js): only keys under exactly this nerf-dart.
    fn login(&self, registry: &Url, ci: &Ci, keyring: &mut Keyring) -> Login {
        let nerf = nerf_dart(registry);
        let get = |name: &str| self.config.get(&format!("{nerf}:{name}")).filter(|entry| entry.value.is_truthy());
        let credential = if let Some(token) = get("_authToken") {
            Some((Credential::Token(secret(&token.value)), token))
        } else if let (Some(username), Some(password)) = (get("username"), get("_password")) {
            let username = shown(&username.value);
            Some((basic(&username, secret(&password.value).expose()), password))
        } else if let Some(auth) = get("_auth") {
            let encoded = secret(&auth.value);
            let decoded = decode_base64(encoded.expose());
            let username = decoded.split(':').next().unwrap_or_default().to_owned();
            (!username.is_empty()).then_some((Credential::Basic { username, encoded }, auth))
        } else {
            None
        };
        if let Some((credential, entry)) = credential {
            let number = keyring.number(&credential);
            return Login::Credential { credential, number, origin: entry.origin.clone(), key: entry.key.clone() };
        }
        match (get("certfile"), get("keyfile")) {
            (Some(certificate), Some(_)) => Login::Certificate { origin: certificate.origin.clone() },
            _ if ci.can_exchange => Login::TrustedPublisher,
            _ => Login::Nothing,
        }
    }

    /// What npm's reads carry: npm-registry-fetch 19 (lib/auth.js `regFromURI`) walks the path upwards.
    fn read_credential(&self, registry: &Url, name: Option<&PackageName>, keyring: &mut Keyring) -> Option<usize> {
        let path = registry.path().trim_end_matches('/');
        let mut key = format!("//{}{path}/{}", host(registry), name.map(PackageName::escaped).unwrap_or_default());
        while key.len() > 2 {
            let get =
                |name: &str| self.effective(&format!("{key}:{name}")).map(|(value, _)| value).filter(Value::is_truthy);
            let credential = if let Some(token) = get("_authToken") {
                Some(Credential::Token(secret(&token)))
            } else if let Some(auth) = get("_auth") {
                let encoded = secret(&auth);
                let username = decode_base64(encoded.expose()).split(':').next().unwrap_or_default().to_owned();
                Some(Credential::Basic { username, encoded })
            } else if let (Some(username), Some(password)) = (get("username"), get("_password")) {
                Some(basic(&shown(&username), secret(&password).expose()))
            } else {
                None
            };
            if let Some(credential) = credential {
                return Some(keyring.number(&credential));
            }
            if key.ends_with('/') {
                key.pop();
            } else {
                key.truncate(key.rfind('/').map_or(0, |at| at + 1));
            }
        }
        None
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

    fn access(&self) -> Sourced<Access> {
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
    fn switch(&self, key: &str) -> Sourced<bool> {
        let (value, origin) = self.effective(key).unwrap_or((Value::Null, Origin::Default));
        Sourced { value: value == Value::Bool(true), origin }
    }

    /// A switch that npm reads from its configuration only (`config.get`).
    fn own_switch(&self, key: &str) -> Sourced<bool> {
        self.config.get(key).map_or(Sourced { value: false, origin: Origin::Default }, |entry| Sourced {
            value: entry.value.is_truthy(),
            origin: entry.origin.clone(),
        })
    }

    fn text(&self, key: &str) -> Option<Sourced<String>> {
        let (value, origin) = self.effective(key).filter(|(value, _)| value.is_truthy())?;
        Some(Sourced { value: shown(&value), origin })
    }
}

/// A value of publishConfig: npm takes it as it is, without the coercion of its configuration files.
fn from_json(key: &str, value: JsonValue<'_>) -> Value {
    use crate::json::Type;
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
        Value::Undefined => "undefined".to_owned(),
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::Text(text) => text.clone(),
        Value::Secret(_) => "…".to_owned(),
        Value::List(values) => values.iter().map(shown).collect::<Vec<_>>().join(","),
        Value::Section(_) => "[object Object]".to_owned(),
    }
}

/// The text of a credential: npm turns `true` or a number into text, too.
fn secret(value: &Value) -> Secret {
    match value {
        Value::Secret(secret) => secret.clone(),
        other => Secret::new(other.to_text()),
    }
}

fn basic(username: &str, password: &str) -> Credential {
    let plain = format!("{username}:{}", decode_base64(password));
    Credential::Basic {
        username: username.to_owned(),
        encoded: Secret::new(base64::engine::general_purpose::STANDARD.encode(plain)),
    }
}

/// As Node's `Buffer.from(text, 'base64').toString('utf8')`: characters outside the alphabet are skipped, URL-safe
/// letters are understood, and padding ends the text.
pub fn decode_base64(text: &str) -> String {
    let letters: String = text
        .chars()
        .take_while(|character| *character != '=')
        .filter_map(|character| match character {
            '-' => Some('+'),
            '_' => Some('/'),
            'A'..='Z' | 'a'..='z' | '0'..='9' | '+' | '/' => Some(character),
            _ => None,
        })
        .collect();
    let whole = &letters[..letters.len() - usize::from(letters.len() % 4 == 1)];
    let config = base64::engine::GeneralPurposeConfig::new()
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let engine = base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, config);
    String::from_utf8_lossy(&engine.decode(whole).unwrap_or_default()).into_owned()
}
