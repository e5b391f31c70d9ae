//! The publishes: what is on Verdaccio, who publishes what, how npm must end, and what must be said before.

use serde_json::{Map, Value, json};

use crate::prediction::Says;

/// The password of everybody.
pub(super) const PASSWORD: &str = "correct horse battery";

/// The row whose size is predicted.
pub(super) const LARGE: &str = "more than Verdaccio takes by default";

/// Which registry, and where it is mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    /// At the root of its host.
    Root,
    /// The same one behind a proxy that knows it as `/npm/`.
    Below,
    /// One that signs its tokens (JWT) and takes no more than 8 kB.
    Small,
}

/// How `npm publish` ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Npm {
    /// The version is there.
    Publishes,
    /// It is not; npm's code, if it gives one.
    Refuses(Option<&'static str>),
}

/// One publish.
pub(super) struct Row {
    /// A sentence.
    pub(super) name: &'static str,
    /// Which registry.
    pub(super) place: Where,
    /// Name of the package; no two rows have the same.
    pub(super) package: &'static str,
    /// Its version.
    pub(super) version: &'static str,
    /// More fields of package.json.
    pub(super) fields: Value,
    /// With a file of so many bytes that does not shrink much when it is packed.
    pub(super) noise: usize,
    /// Whose versions are there before.
    pub(super) owner: &'static str,
    /// Those versions.
    pub(super) seeds: &'static [&'static str],
    /// What alice does with npm before.
    pub(super) before: &'static [&'static [&'static str]],
    /// The user's .npmrc.
    pub(super) npmrc: String,
    /// After `npm publish`.
    pub(super) args: &'static [&'static str],
    /// How npm ends.
    pub(super) npm: Npm,
    /// What must be said before.
    pub(super) says: Says,
}

impl Row {
    /// Its package.json.
    pub(super) fn manifest(&self) -> Value {
        let mut manifest = Map::new();
        manifest.insert("name".to_owned(), self.package.into());
        manifest.insert("version".to_owned(), self.version.into());
        manifest.extend(self.fields.as_object().cloned().unwrap_or_default());
        manifest.into()
    }

    fn seeds(self, seeds: &'static [&'static str]) -> Self {
        Self { seeds, ..self }
    }

    fn owner(self, owner: &'static str) -> Self {
        Self { owner, ..self }
    }

    fn before(self, before: &'static [&'static [&'static str]]) -> Self {
        Self { before, ..self }
    }

    fn fields(self, fields: Value) -> Self {
        Self { fields, ..self }
    }

    fn noise(self, noise: usize) -> Self {
        Self { noise, ..self }
    }

    fn args(self, args: &'static [&'static str]) -> Self {
        Self { args, ..self }
    }

    fn at(self, place: Where, npmrc: &str) -> Self {
        Self { place, npmrc: npmrc.to_owned(), ..self }
    }

    /// The credential lines of the user's .npmrc.
    fn login(self, lines: &str) -> Self {
        Self { npmrc: format!("registry=<origin>/\n{lines}\n"), ..self }
    }

    fn token(self, token: &str) -> Self {
        self.login(&format!("<nerf>:_authToken={token}"))
    }

    fn ends(self, npm: Npm, says: Says) -> Self {
        Self { npm, says, ..self }
    }
}

/// A publish by alice that succeeds, which cannot be known before.
fn row(name: &'static str, package: &'static str, version: &'static str) -> Row {
    Row {
        name,
        place: Where::Root,
        package,
        version,
        fields: json!({}),
        noise: 0,
        owner: "alice",
        seeds: &[],
        before: &[],
        npmrc: String::new(),
        args: &[],
        npm: Npm::Publishes,
        says: Says::Assumed("not-a-maintainer"),
    }
    .token("<alice>")
}

/// What basic authentication sends, in base64.
fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// Every publish.
pub(super) fn rows() -> Vec<Row> {
    let tables = [versions(), rights(), credentials(), places()];
    tables.into_iter().flatten().collect()
}

fn versions() -> Vec<Row> {
    use Npm::Refuses;
    use Says::{Assumed, Error};
    vec![
        row("a new package", "fresh-otter", "1.0.0"),
        row("a new version", "left-lodge", "1.1.0").seeds(&["1.0.0"]),
        row("a version that is there", "old-otter", "1.0.0")
            .seeds(&["1.0.0"])
            .ends(Refuses(None), Error("version-published")),
        row("a version that is there, npm's check off", "forced-otter", "1.0.0")
            .seeds(&["1.0.0"])
            .args(&["--force"])
            .ends(Refuses(Some("E409")), Error("version-published")),
        row("a prerelease that is there", "beta-otter", "2.0.0-beta.1")
            .seeds(&["1.0.0", "2.0.0-beta.1"])
            .args(&["--tag", "next"])
            .ends(Refuses(Some("E409")), Error("version-published")),
        row("a deprecated version", "stale-otter", "1.0.0")
            .seeds(&["1.0.0", "1.1.0"])
            .before(&[&["deprecate", "stale-otter@1.0.0", "too old"]])
            .args(&["--tag", "old"])
            .ends(Refuses(Some("E409")), Error("version-published")),
        row("a version that was unpublished", "lost-otter", "1.1.0")
            .seeds(&["1.0.0", "1.1.0"])
            .before(&[&["unpublish", "lost-otter@1.1.0"]]),
        row("a package that was unpublished", "gone-otter", "1.0.0").seeds(&["1.0.0"]).before(&[&[
            "unpublish",
            "gone-otter",
            "--force",
        ]]),
        row("a prerelease without a tag", "rc-otter", "2.0.0-rc.1")
            .seeds(&["1.0.0"])
            .ends(Refuses(None), Error("prerelease-without-tag")),
        row("a prerelease with a tag", "alpha-otter", "2.0.0-alpha.1").seeds(&["1.0.0"]).args(&["--tag", "alpha"]),
        row("a lower version without a tag", "low-otter", "1.5.0")
            .seeds(&["1.0.0", "2.0.0"])
            .ends(Refuses(None), Error("latest-moves-back")),
        row("a lower version with a tag", "branch-otter", "1.5.0")
            .seeds(&["1.0.0", "2.0.0"])
            .args(&["--tag", "v1-line"]),
        row("a version between a moved `latest` and the highest", "moved-otter", "1.5.0")
            .seeds(&["1.0.0", "2.0.0"])
            .before(&[&["dist-tag", "add", "moved-otter@1.0.0", "latest"]])
            .ends(Refuses(None), Error("latest-moves-back")),
        row("a tag that reads as a range", "range-otter", "1.0.0")
            .args(&["--tag", "1.x"])
            .ends(Refuses(None), Error("tag-invalid")),
        row("a private package", "private-otter", "1.0.0")
            .fields(json!({ "private": true }))
            .ends(Refuses(Some("EPRIVATE")), Error("private-package")),
        row("names that npm's registry keeps from new packages", "FreshOtter", "1.0.0"),
        row("the name of a module of node", "http", "1.0.0"),
        row("a name like another", "freshotter", "1.0.0").ends(Npm::Publishes, Assumed("not-a-maintainer")),
    ]
}

fn rights() -> Vec<Row> {
    use Npm::Refuses;
    use Says::{Assumed, Undecided};
    vec![
        row("a new package in a scope, without `access`", "@alice/otter", "1.0.0"),
        row("a new package in a scope of nobody", "@no-such-team/otter", "1.0.0").args(&["--access", "restricted"]),
        row("the package of somebody else", "bobs-otter", "1.1.0").owner("bob").seeds(&["1.0.0"]),
        row("a scope that only bob may publish to", "@team/otter", "1.1.0")
            .owner("bob")
            .seeds(&["1.0.0"])
            .ends(Refuses(Some("E403")), Assumed("not-a-maintainer")),
        row("a scope that only bob may read", "@priv/otter", "1.1.0")
            .owner("bob")
            .seeds(&["1.0.0"])
            .ends(Refuses(Some("E403")), Undecided("version-published")),
        row("bob publishes to his scope", "@priv/badger", "1.1.0").owner("bob").seeds(&["1.0.0"]).token("<bob>"),
    ]
}

fn credentials() -> Vec<Row> {
    use Npm::Refuses;
    use Says::{Error, Undecided};
    let rejected = || (Refuses(Some("E401")), Error("credential-rejected"));
    let nobodys = || Undecided("credential-rejected");
    let basic = |password: &str| format!("<nerf>:_auth={}", base64(&format!("alice:{password}")));
    let pair = |password: &str| format!("<nerf>:username=alice\n<nerf>:_password={}", base64(password));
    let refused = |row: Row| {
        let (npm, says) = rejected();
        row.ends(npm, says)
    };
    vec![
        row("nobody's token where users publish", "closed-otter", "1.1.0")
            .seeds(&["1.0.0"])
            .token("bad-token")
            .ends(Refuses(Some("E401")), nobodys()),
        row("nobody's token where everybody publishes", "open-otter", "1.1.0")
            .seeds(&["1.0.0"])
            .token("bad-token")
            .ends(Npm::Publishes, nobodys()),
        refused(row("nobody's token where users read", "hidden-otter", "1.1.0").seeds(&["1.0.0"]).token("bad-token")),
        refused(row("nobody's token for a new hidden package", "hidden-badger", "1.0.0").token("bad-token")),
        row("no credential at all", "nobodys-otter", "1.0.0")
            .login("")
            .ends(Refuses(Some("ENEEDAUTH")), Error("credential-missing")),
        row("no credential where everybody publishes", "open-badger", "1.0.0")
            .login("")
            .ends(Refuses(Some("ENEEDAUTH")), Error("credential-missing")),
        row("user and password in `_auth`", "basic-otter", "1.0.0").login(&basic(PASSWORD)),
        row("a wrong password in `_auth`", "basic-badger", "1.0.0")
            .login(&basic("wrong"))
            .ends(Refuses(Some("E401")), nobodys()),
        refused(row("a wrong password in `_auth` where users read", "hidden-basic", "1.0.0").login(&basic("wrong"))),
        row("`username` and `_password`", "pair-otter", "1.0.0").login(&pair(PASSWORD)),
        refused(row("a wrong `_password` where users read", "hidden-pair", "1.0.0").login(&pair("wrong"))),
        row("a wrong `_password` where everybody publishes", "open-pair", "1.0.0")
            .login(&pair("wrong"))
            .ends(Npm::Publishes, nobodys()),
        row("a one-time password that nobody asked for", "otp-otter", "1.0.0").args(&["--otp", "123456"]),
    ]
}

fn places() -> Vec<Row> {
    use Npm::Refuses;
    use Says::{Assumed, Error};
    let below = "registry=<origin>/npm/\n<nerf>npm/:_authToken=<alice>\n";
    vec![
        row("below a path", "deep-otter", "1.1.0").seeds(&["1.0.0"]).at(Where::Below, below),
        row("a version that is there, below a path", "deep-badger", "1.0.0")
            .seeds(&["1.0.0"])
            .at(Where::Below, below)
            .ends(Refuses(None), Error("version-published")),
        row("the registry of publishConfig", "named-otter", "1.0.0")
            .fields(json!({ "publishConfig": { "registry": "<origin>/" } }))
            .at(Where::Root, "registry=<origin>/elsewhere/\n<nerf>:_authToken=<alice>\n"),
        row("the registry of the scope", "@alice/badger", "1.1.0")
            .seeds(&["1.0.0"])
            .at(Where::Root, "registry=<origin>/elsewhere/\n@alice:registry=<origin>/\n<nerf>:_authToken=<alice>\n"),
        row("a token for the host instead of the path", "deep-marten", "1.0.0")
            .at(Where::Below, "registry=<origin>/npm/\n<nerf>:_authToken=<alice>\n")
            .ends(Refuses(Some("ENEEDAUTH")), Error("credential-missing")),
        row("more than the registry takes", "big-otter", "1.0.0")
            .noise(20_000)
            .at(Where::Small, "registry=<origin>/\n<nerf>:_authToken=<alice-jwt>\n")
            .ends(Refuses(Some("E413")), Assumed("not-a-maintainer")),
        row(LARGE, "huge-otter", "1.0.0").noise(12_000_000).ends(Refuses(Some("E413")), Assumed("not-a-maintainer")),
        row("a signed token", "small-otter", "1.0.0")
            .at(Where::Small, "registry=<origin>/\n<nerf>:_authToken=<alice-jwt>\n"),
        row("a forged signed token where users read", "hidden-jwt", "1.0.0")
            .at(Where::Small, "registry=<origin>/\n<nerf>:_authToken=<alice-jwt>x\n")
            .ends(Refuses(Some("E401")), Error("credential-rejected")),
    ]
}
