//! What the fake registry knows: accounts, tokens, organisations, packages; and who may see and write what.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;

/// When an account is asked for its second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TwoFactor {
    /// Never.
    Off,
    /// At login.
    AuthOnly,
    /// At login and for every write.
    AuthAndWrites,
}

/// An account.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) two_factor: TwoFactor,
    pub(crate) otp: String,
    pub(crate) password: Option<String>,
    pub(crate) email_verified: bool,
    pub(crate) paid: bool,
}

/// Where a token comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// `npm login`.
    Session,
    /// Made on the site, with limits.
    Granular,
}

/// A token.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the registry shows them as independent flags")]
pub(crate) struct Token {
    pub(crate) user: String,
    pub(crate) kind: TokenKind,
    pub(crate) bypass_2fa: bool,
    pub(crate) read_only: bool,
    pub(crate) stage_only: bool,
    pub(crate) expired: bool,
    pub(crate) revoked: bool,
    /// Package names and scopes (`@acme`) it covers; empty: all.
    pub(crate) covers: Vec<String>,
    /// Addresses it may be used from; empty: all.
    pub(crate) cidr: Vec<String>,
}

/// A member's role in an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Owner,
    Admin,
    Developer,
}

impl Role {
    /// As the roster shows it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Developer => "developer",
        }
    }
}

/// A team: members, and package to whether they may write it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Team {
    pub(crate) members: Vec<String>,
    pub(crate) packages: BTreeMap<String, bool>,
}

/// An organisation; its name is a scope.
#[derive(Clone, Debug, Default)]
pub(crate) struct Org {
    pub(crate) members: BTreeMap<String, Role>,
    pub(crate) teams: Vec<Team>,
    pub(crate) paid: bool,
    pub(crate) demands_2fa: bool,
}

/// One version of a package.
#[derive(Clone, Debug, Default)]
pub(crate) struct Release {
    pub(crate) deprecated: bool,
    pub(crate) unpublished: bool,
    /// The commit it was published from.
    pub(crate) git_head: Option<String>,
    /// The workflow that published it as a trusted publisher, with provenance: repository and file.
    pub(crate) built_by: Option<(&'static str, &'static str)>,
}

/// A package.
#[derive(Clone, Debug, Default)]
pub(crate) struct Package {
    pub(crate) owners: Vec<String>,
    /// In the order they were published.
    pub(crate) versions: Vec<(String, Release)>,
    pub(crate) tags: BTreeMap<String, String>,
    /// Versions that wait for approval.
    pub(crate) staged: Vec<String>,
    pub(crate) restricted: bool,
    /// Only a person with a second factor may publish it.
    pub(crate) disallows_tokens: bool,
    /// Every version went that many hours ago.
    pub(crate) unpublished_hours_ago: Option<u64>,
}

/// Everything.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) tokens: BTreeMap<String, Token>,
    pub(crate) orgs: BTreeMap<String, Org>,
    pub(crate) packages: BTreeMap<String, Package>,
    /// A registry of another kind: any login may create any name, there is no second factor and there are no plans.
    pub(crate) lenient: bool,
    /// Seconds since 1970 when the fake was made.
    pub(crate) now: u64,
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// No credential.
    Nobody,
    /// A token that is unknown, expired or revoked.
    BadToken,
    /// A wrong user name or password.
    BadPassword,
    /// A good token from a wrong address.
    WrongAddress,
    /// Somebody.
    Known(String, Box<Token>),
}

impl Caller {
    /// The account.
    pub(crate) fn user(&self) -> Option<&str> {
        match self {
            Self::Known(user, _) => Some(user),
            _ => None,
        }
    }
}

/// The scope of a name, without its `@`.
pub(crate) fn scope_of(name: &str) -> Option<&str> {
    name.strip_prefix('@')?.split_once('/').map(|(scope, _)| scope)
}

/// Seconds since 1970 as the registry writes them.
pub(crate) fn iso(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Days since 0000-03-01, in cycles of 400 years.
    let day = days + 719_468;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z")
}

fn in_range(address: Ipv4Addr, cidr: &str) -> bool {
    let (network, bits) = cidr.split_once('/').unwrap_or((cidr, "32"));
    let (Ok(network), Ok(bits)) = (network.parse::<Ipv4Addr>(), bits.parse::<u32>()) else { return false };
    let host_bits = 32 - bits.min(32);
    u64::from(address.to_bits()) >> host_bits == u64::from(network.to_bits()) >> host_bits
}

impl State {
    /// A registry without anything.
    pub(crate) fn empty() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let (users, tokens, orgs) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { users, tokens, orgs, packages: BTreeMap::new(), lenient: false, now }
    }

    /// Who an `Authorization` header stands for.
    pub(crate) fn identify(&self, authorization: Option<&str>) -> Caller {
        let Some((scheme, value)) = authorization.map(|header| header.split_once(' ').unwrap_or((header, ""))) else {
            return Caller::Nobody;
        };
        if scheme.eq_ignore_ascii_case("basic") {
            let text = base64::engine::general_purpose::STANDARD.decode(value).unwrap_or_default();
            let text = String::from_utf8_lossy(&text).into_owned();
            let (user, password) = text.split_once(':').unwrap_or((&text, ""));
            let good = self.users.get(user).is_some_and(|known| known.password.as_deref() == Some(password));
            return if good {
                Caller::Known(user.to_owned(), Box::new(Token::new(user, TokenKind::Session)))
            } else {
                Caller::BadPassword
            };
        }
        match self.tokens.get(value) {
            Some(token) if token.expired || token.revoked => Caller::BadToken,
            Some(token) if token.cidr.is_empty() => Caller::Known(token.user.clone(), Box::new(token.clone())),
            Some(token) if token.cidr.iter().any(|cidr| in_range(Ipv4Addr::LOCALHOST, cidr)) => {
                Caller::Known(token.user.clone(), Box::new(token.clone()))
            }
            Some(_) => Caller::WrongAddress,
            None => Caller::BadToken,
        }
    }

    /// The role of a user in the organisation of a scope.
    pub(crate) fn role(&self, scope: &str, user: &str) -> Option<Role> {
        self.orgs.get(scope)?.members.get(user).copied()
    }

    /// What a user may do with a package: read or write (true), or not even see it (none).
    pub(crate) fn permission(&self, name: &str, user: Option<&str>) -> Option<bool> {
        let package = self.packages.get(name)?;
        let open = (!package.restricted).then_some(false);
        let Some(user) = user else { return open };
        if package.owners.iter().any(|owner| owner == user) {
            return Some(true);
        }
        let Some((scope, org)) = scope_of(name).and_then(|scope| Some((scope, self.orgs.get(scope)?))) else {
            return open;
        };
        if matches!(self.role(scope, user), Some(Role::Owner | Role::Admin)) {
            return Some(true);
        }
        let teams = org.teams.iter().filter(|team| team.members.iter().any(|member| member == user));
        teams.filter_map(|team| team.packages.get(name).copied()).max().max(open)
    }
}

impl Token {
    /// An unlimited one.
    pub(crate) fn new(user: &str, kind: TokenKind) -> Self {
        Self {
            user: user.to_owned(),
            kind,
            bypass_2fa: false,
            read_only: false,
            stage_only: false,
            expired: false,
            revoked: false,
            covers: Vec::new(),
            cidr: Vec::new(),
        }
    }

    /// Whether it may touch a package of this name.
    pub(crate) fn covers(&self, name: &str) -> bool {
        let scope = scope_of(name).map(|scope| format!("@{scope}"));
        self.covers.is_empty() || self.covers.iter().any(|entry| entry == name || Some(entry) == scope.as_ref())
    }
}

impl Package {
    /// The versions that can be installed.
    pub(crate) fn live(&self) -> impl Iterator<Item = &(String, Release)> {
        self.versions.iter().filter(|(_, release)| !release.unpublished)
    }

    /// The dist-tags, `latest` filled in.
    pub(crate) fn dist_tags(&self) -> BTreeMap<String, String> {
        let mut tags = self.tags.clone();
        if let Some((version, _)) = self.live().last() {
            tags.entry("latest".to_owned()).or_insert_with(|| version.clone());
        }
        tags
    }
}
