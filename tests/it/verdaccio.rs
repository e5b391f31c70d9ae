//! The executable and the installed npm against a real Verdaccio: each publish of a table is checked first, then `npm
//! publish` is run on the same files against the same registry, and what was predicted is compared with what happened.

pub(crate) mod server;
mod table;

use std::sync::OnceLock;

use serde_json::json;

use crate::harness::{Outcome, Sandbox, agent, few_at_a_time, npm_is_here};
use crate::npm_publish::report;
use crate::prediction::Prediction;
use crate::registry::faults::{Fault, Harm};
use crate::registry::state::State;
use crate::registry::{Entry, FakeRegistry};
use server::Verdaccio;
use table::{Npm, Row, Where};

/// Two registries and the tokens of those who have an account: `alice` and `bob`, with the same names at both.
struct World {
    open_and_closed: Verdaccio,
    small: Verdaccio,
    tokens: Vec<(&'static str, String)>,
}

impl World {
    fn start() -> Self {
        let rights = [
            ("@team/*", "$all", "bob"),
            ("@priv/*", "bob", "bob"),
            ("hidden-*", "$authenticated", "$authenticated"),
            ("open-*", "$all", "$all"),
            ("**", "$all", "$authenticated"),
        ];
        let jwt = json!({ "api": { "legacy": false, "jwt": { "sign": { "expiresIn": "1h" } } } });
        let (open_and_closed, small) = std::thread::scope(|scope| {
            let small = scope.spawn(|| Verdaccio::start(&rights, &json!({ "security": jwt, "max_body_size": "8kb" })));
            (Verdaccio::start(&rights, &json!({})), small.join().expect("the other one"))
        });
        let mut tokens = Vec::new();
        for (label, user) in [("alice", "alice"), ("bob", "bob")] {
            tokens.push((label, open_and_closed.add_user(user, table::PASSWORD)));
        }
        tokens.push(("alice-jwt", small.add_user("alice", table::PASSWORD)));
        Self { open_and_closed, small, tokens }
    }

    fn token(&self, label: &str) -> &str {
        let found = self.tokens.iter().find(|(known, _)| *known == label);
        &found.unwrap_or_else(|| panic!("nobody called {label}")).1
    }

    fn registry(&self, place: Where) -> (&Verdaccio, &'static str) {
        match place {
            Where::Root => (&self.open_and_closed, ""),
            Where::Below => (&self.open_and_closed, "/npm"),
            Where::Small => (&self.small, ""),
        }
    }
}

/// What happened.
struct Observed {
    row: Row,
    lint: Outcome,
    /// Requests of the executable.
    asked: Vec<Entry>,
    npm: Outcome,
    /// Whether the version is there afterwards.
    published: bool,
}

fn observe(world: &World, row: Row) -> Observed {
    let (verdaccio, prefix) = world.registry(row.place);
    let front = FakeRegistry::start(State::empty());
    let forward = Harm::Forward { origin: verdaccio.origin().to_owned(), prefix };
    front.fault(Fault::new("*", &format!("{prefix}/*"), forward));

    let mut sandbox = Sandbox::new();
    sandbox.value("<origin>", front.origin());
    sandbox.value("<nerf>", &front.nerf_dart());
    for (label, token) in &world.tokens {
        sandbox.value(&format!("<{label}>"), token);
    }
    let owner = if matches!(row.place, Where::Small) { "alice-jwt" } else { row.owner };
    for version in row.seeds {
        verdaccio.add_version(world.token(owner), row.package, version);
    }
    sandbox.file("home/.npmrc", "registry=<origin>/\n<nerf>:_authToken=<alice>\n");
    for command in row.before {
        sandbox.file("project/package.json", &json!({ "name": row.package, "version": "0.0.0" }).to_string());
        let before = sandbox.npm("project", command);
        assert_eq!(before.code, Some(0), "{}: npm {command:?}: {}", row.name, before.stderr);
    }
    sandbox.file("home/.npmrc", &row.npmrc);
    sandbox.file("project/package.json", &row.manifest().to_string());
    if row.noise > 0 {
        let mut state = 1_u32;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b'!' + (state >> 26) as u8)
        });
        sandbox.file("project/noise.txt", &noise.take(row.noise).collect::<String>());
    }
    let requests_before = front.log().len();
    let command: Vec<&str> = ["lint", "--format", "json"].into_iter().chain(row.args.iter().copied()).collect();
    let lint = sandbox.preflight("project", &command).masked(&sandbox);
    let asked = front.log().split_off(requests_before);

    let held = |versions: &[String]| versions.iter().any(|version| version == row.version);
    let was_there = held(&verdaccio.versions(row.package, world.token(owner)));
    let npm = sandbox.npm_publish("project", row.args).masked(&sandbox);
    let published = !was_there && held(&verdaccio.versions(row.package, world.token(owner)));
    Observed { row, lint, asked, npm, published }
}

/// Every row, observed once for all tests.
fn observations() -> &'static [Observed] {
    static ALL: OnceLock<Vec<Observed>> = OnceLock::new();
    ALL.get_or_init(|| {
        let world = World::start();
        let mut all = few_at_a_time(table::rows(), |row| observe(&world, row));
        all.sort_by_key(|one| one.row.name);
        all
    })
}

#[test]
fn verdaccio_and_npm_behave_as_the_table_says() {
    if !npm_is_here() {
        return;
    }
    let mut wrong = Vec::new();
    for Observed { row, npm, published, .. } in observations() {
        let as_expected = match row.npm {
            Npm::Publishes => npm.code == Some(0) && *published,
            Npm::Refuses(code) => npm.code != Some(0) && !published && npm.npm_code() == code,
        };
        if !as_expected {
            let code = npm.code;
            wrong
                .push((row.name, format!("not {:?}: exit {code:?}, there: {published}, {}", row.npm, npm.npm_error())));
        }
    }
    report(&wrong);
}

#[test]
fn predictions_about_verdaccio_come_true() {
    if !npm_is_here() {
        return;
    }
    let (mut wrong, mut found, mut unknown, mut allowed) = (Vec::new(), 0, 0, 0);
    for Observed { row, lint, npm, published, .. } in observations() {
        let json = lint.json().unwrap_or_else(|error| panic!("{}: {error}", row.name));
        let prediction = Prediction::new(&json);
        wrong.extend(prediction.check(row.says, npm, *published).err().map(|what| (row.name, what)));
        match (prediction.errors.is_empty(), published) {
            (false, _) => found += 1,
            (true, false) => unknown += 1,
            (true, true) => allowed += 1,
        }
    }
    report(&wrong);
    assert_eq!(
        (found, unknown, allowed),
        (18, 6, 22),
        "refusals found, refusals that nothing readable shows, publishes"
    );
}

#[test]
fn an_upload_above_the_default_of_verdaccio_is_a_warning() {
    if !npm_is_here() {
        return;
    }
    for Observed { row, lint, .. } in observations() {
        let json = lint.json().expect("a report");
        let is_warned = Prediction::new(&json).warnings.contains(&"archive-refused");
        assert_eq!(is_warned, row.name == table::LARGE, "{}", row.name);
    }
}

#[test]
fn verdaccio_receives_only_reads() {
    if !npm_is_here() {
        return;
    }
    for Observed { row, asked, .. } in observations() {
        let writes: Vec<_> = asked.iter().filter(|entry| !matches!(entry.method.as_str(), "GET" | "HEAD")).collect();
        assert!(writes.is_empty(), "{}: {writes:?}", row.name);
    }
    assert!(observations().iter().any(|one| !one.asked.is_empty()), "the executable never asked a registry");
}

#[test]
fn anonymous_responses_do_not_show_if_verdaccio_allows_anonymous_publishes() {
    if !npm_is_here() {
        return;
    }
    let of = |name: &str| observations().iter().find(|one| one.row.name == name).expect("a row");
    let (closed, open) = ("nobody's token where users publish", "nobody's token where everybody publishes");
    let answers = |name| of(name).asked.iter().map(|entry| entry.status).collect::<Vec<_>>();
    assert_eq!(answers(closed), answers(open));
    for name in [closed, open] {
        let json = of(name).lint.json().expect("a report");
        let prediction = Prediction::new(&json);
        let (_, detail) =
            prediction.undecided.iter().find(|(rule, _)| *rule == "credential-rejected").expect("undecided");
        assert!(detail.contains("unless it allows anonymous publishing") && detail.contains("npm login"), "{detail}");
    }
}

#[test]
fn no_read_shows_if_verdaccio_allows_anonymous_publishes() {
    if !npm_is_here() {
        return;
    }
    let rights = [("open-*", "$all", "$all"), ("**", "$all", "$authenticated")];
    let verdaccio = Verdaccio::start(&rights, &json!({ "web": { "enable": true } }));
    let alice = verdaccio.add_user("alice", table::PASSWORD);
    let names = ["open-otter", "shut-otter"];
    for name in names {
        verdaccio.add_version(&alice, name, "1.0.0");
    }
    let paths = [
        "NAME",
        "NAME/1.0.0",
        "NAME/-/NAME-1.0.0.tgz",
        "NAME/access",
        "-/package/NAME/dist-tags",
        "-/package/NAME/access",
        "-/package/NAME/collaborators",
        "-/package/NAME/visibility",
        "-/v1/search?text=NAME",
        "-/verdaccio/data/sidebar/NAME",
        "-/verdaccio/data/package/readme/NAME",
    ];
    let answer = |path: &str, name: &str, token: &str| {
        let url = format!("{}/{}", verdaccio.origin(), path.replace("NAME", name));
        let response = agent().get(url).header("authorization", format!("Bearer {token}")).call().expect("an answer");
        let challenge = response.headers().get("www-authenticate").cloned();
        (response.status().as_u16(), challenge)
    };
    for path in paths {
        let [open, shut] = names.map(|name| answer(path, name, "bad-token"));
        assert_eq!(open, shut, "{path}");
    }
    // The comparison can fail: of two accounts, only one has a name.
    assert_ne!(answer("-/npm/v1/user", "", &alice), answer("-/npm/v1/user", "", "bad-token"));
}

#[test]
fn verdaccio_stops_with_its_test() {
    if !npm_is_here() {
        return;
    }
    let verdaccio = Verdaccio::start(&[], &json!({}));
    let (id, ping) = (verdaccio.id(), format!("{}/-/ping", verdaccio.origin()));
    assert!(agent().get(&ping).call().is_ok());
    drop(verdaccio);
    assert!(agent().get(&ping).call().is_err(), "process {id} still answers");
}
