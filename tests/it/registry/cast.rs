//! The cast of the tests: who is on the fake registry before a test changes it.
//!
//! `alice` has two-factor authentication, `bob` too, `carol` none, `dave` an e-mail address nobody confirmed. `acme` is
//! an organisation of alice (owner) and bob (developer); `vault` is one with a paid plan. Token texts come from
//! [`token`] and are made up.

use super::state::{Org, Package, Release, Role, State, Team, Token, TokenKind, TwoFactor, User};

/// The text of the token with this label: of npm's shape, and different for every label at both ends.
pub(crate) fn token(label: &str) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in label.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let digits = format!("{hash:016x}");
    format!("npm_{}{}{}", &digits[..12], "Fake".repeat(3), digits.chars().rev().take(12).collect::<String>())
}

/// A package with these versions.
pub(crate) fn package(owner: &str, versions: &[&str]) -> Package {
    Package {
        owners: vec![owner.to_owned()],
        versions: versions.iter().map(|version| ((*version).to_owned(), Release::default())).collect(),
        ..Package::default()
    }
}

fn user(two_factor: TwoFactor) -> User {
    User { two_factor, otp: "123456".to_owned(), password: None, email_verified: true, paid: false }
}

impl State {
    /// Puts a token on the registry and changes it.
    pub(crate) fn add_token(&mut self, label: &str, user: &str, kind: TokenKind, change: impl FnOnce(&mut Token)) {
        let mut new = Token::new(user, kind);
        change(&mut new);
        self.tokens.insert(token(label), new);
    }

    /// Puts a package on the registry.
    pub(crate) fn add_package(&mut self, name: &str, package: Package) {
        self.packages.insert(name.to_owned(), package);
    }

    /// The account of this name, to change it.
    pub(crate) fn user(&mut self, name: &str) -> &mut User {
        self.users.get_mut(name).expect("a user of the cast")
    }

    /// The package of this name, to change it.
    pub(crate) fn package(&mut self, name: &str) -> &mut Package {
        self.packages.get_mut(name).expect("a package of the cast")
    }
}

/// The registry before a test changes it.
pub(crate) fn registry() -> State {
    let mut state = State::empty();
    let users = [
        ("alice", user(TwoFactor::AuthAndWrites)),
        ("bob", user(TwoFactor::AuthAndWrites)),
        ("carol", user(TwoFactor::Off)),
        ("dave", User { email_verified: false, ..user(TwoFactor::AuthAndWrites) }),
    ];
    for (name, account) in users {
        state.users.insert(name.to_owned(), account);
        state.add_token(&format!("{name}-session"), name, TokenKind::Session, |_| {});
        state.add_token(&format!("{name}-granular"), name, TokenKind::Granular, |_| {});
        state.add_token(&format!("{name}-bypass"), name, TokenKind::Granular, |token| token.bypass_2fa = true);
    }
    state.user("alice").password = Some("not a real password".to_owned());

    state.add_package("left-lodge", package("alice", &["1.0.0", "1.1.0"]));
    state.add_package("bobs-bits", package("bob", &["1.0.0"]));
    state.add_package("@alice/notes", package("alice", &["1.0.0"]));
    state.add_package("@acme/core", package("alice", &["1.0.0"]));
    state.add_package("@acme/site", package("alice", &["1.0.0"]));

    let developers = Team {
        members: vec!["bob".to_owned()],
        packages: [("@acme/core".to_owned(), false), ("@acme/site".to_owned(), true)].into(),
    };
    let members = [("alice".to_owned(), Role::Owner), ("bob".to_owned(), Role::Developer)];
    let acme = Org { members: members.into(), teams: vec![developers], ..Org::default() };
    state.orgs.insert("acme".to_owned(), acme);
    let vault = Org { members: [("alice".to_owned(), Role::Owner)].into(), paid: true, ..Org::default() };
    state.orgs.insert("vault".to_owned(), vault);
    state
}
