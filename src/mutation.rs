//! Whatever bytes stand in a file or come from a registry: nothing panics, and every run ends with a report that says
//! something. Inputs are honest ones with some bytes changed; `PROPTEST_CASES=100000 cargo test mutation` looks further.

use std::path::PathBuf;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::registry::endpoint::{self, Response};
use crate::registry::packument::{self, Document, Terms};
use crate::registry::{Ask, Fact, Question};
use crate::world::World;
use crate::world::memory::Memory;

/// What parsers stumble over.
const PIECES: &[&[u8]] = &[
    b"",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"null",
    b"true",
    b"-0",
    b"1e999",
    b"99999999999999999999",
    b"\r\n",
    b"\n",
    b"=",
    b";",
    b"#",
    b"${",
    b"}",
    b"${HOME}",
    b"[]=",
    b"//",
    b"@",
    b"%2f",
    b"../",
    b"__proto__",
    b"\xe2\x80\xae",
    b"\x1b[2J",
    b"::error::",
    b"1.0.0",
    b"latest",
    b"name",
    b"version",
    b"versions",
    b"publishConfig",
    b"registry",
    b"_authToken",
];

/// A change of a text: where, how much of it goes, what comes instead, and how often.
type Change = (prop::sample::Index, usize, &'static [u8], usize);

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let length = prop_oneof![4 => 0..4_usize, 1 => 0..200_usize];
    let times = prop_oneof![8 => Just(1_usize), 1 => 2..300_usize];
    vec((any::<prop::sample::Index>(), length, select(PIECES), times), 0..6)
}

fn mutated(seed: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for (place, length, piece, times) in changes {
        let start = place.index(bytes.len() + 1);
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, piece.repeat(*times));
    }
    bytes
}

/// As many as are asked for, else a number that takes seconds.
fn cases(usual: u32) -> ProptestConfig {
    let asked = ProptestConfig::default();
    let cases = if asked.cases == 256 { usual } else { asked.cases };
    ProptestConfig { cases, failure_persistence: None, ..asked }
}

/// Of the shape of npm's.
const TOKEN: &str = "npm_secretsecretsecretsecretsecretsecret0123";

const FILES: &[(&str, &str)] = &[
    (
        "/project/package.json",
        r#"{"name":"@acme/left-lodge","version":"1.2.0-rc.1","private":false,"type":"module","bin":{"a":"./b.js"},
        "exports":{".":{"import":"./a.mjs"}},"repository":{"type":"git","url":"git+https://github.com/a/b.git"},
        "dependencies":{"a":"^1.0.0","b":"npm:c@>=2 <3 || 4.x","d":"workspace:^","e":"file:../e","f":"git+ssh://h/x.git#semver:1"},
        "peerDependencies":{"p":"*"},"bundleDependencies":["a"],"overrides":{"a":{"b":"1"}},"workspaces":["packages/*"],
        "scripts":{"prepublishOnly":"npm version patch"},"devEngines":{"runtime":{"name":"node","version":">=20","onFail":"error"}},
        "publishConfig":{"access":"public","tag":"next","registry":"https://h.test/npm/","provenance":true}}"#,
    ),
    ("/project/packages/a/package.json", r#"{"name":"@acme/a","version":"1.0.0","dependencies":{"@acme/b":"1"}}"#),
    (
        "/project/.npmrc",
        "; a comment\nregistry=https://h.test/npm/\n@acme:registry=https://other.test\n//h.test/npm/:_authToken=${TOKEN}\n\
         //h.test/:username=a\n//h.test/:_password=aHVudGVyMg==\ntag=\"next\"\naccess = public\nca[]=\"x\\ny\"\nproxy=null\n\
         [section]\nstrict-ssl=false\nfetch-timeout=1000\nprovenance\n",
    ),
    (
        "/home/alice/.npmrc",
        "//other.test/:_authToken=npm_secretsecretsecret\n//h.test/:_auth=YTpi\notp=123456\nforce=true\n",
    ),
    (
        "/project/npm-preflight.toml",
        "npmjs-registries = [\"https://h.test/npm/\"]\n[rules]\nname-taken = \"allow\"\nsuspicious = \"deny\"\n",
    ),
];

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn any_bytes_in_a_file_make_a_report(file in 0..FILES.len(), changes in changes(), json in any::<bool>()) {
        let mut world = World::memory(&[], &[("TOKEN", TOKEN)]);
        let files = FILES.iter().enumerate().map(|(number, (path, text))| {
            let bytes = text.as_bytes();
            (PathBuf::from(path), if number == file { mutated(bytes, &changes) } else { bytes.to_vec() })
        });
        world.files = Box::new(Memory(files.collect()));
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let format = if json { "json" } else { "text" };
        let args = ["npm-preflight", "lint", "--offline", "--ws", "--include-workspace-root", "--format", format];
        let exit = crate::run(args.map(Into::into), Ok(world), &mut out, &mut err);
        let (out, err) = (String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap());
        prop_assert!(!out.is_empty() || (exit == crate::exit::Exit::Unusable && !err.is_empty()), "{exit:?}");
        if json && exit != crate::exit::Exit::Unusable {
            let report: serde_json::Value = serde_json::from_str(&out).unwrap();
            prop_assert!(report["packages"].as_array().is_some_and(|packages| !packages.is_empty()) || exit.code() == 1);
        }
        for text in [out, err] {
            prop_assert!(!text.chars().any(|char| char.is_control() && char != '\n'), "{text:?}");
            prop_assert!(!text.contains(TOKEN), "{text:?}");
        }
    }
}

const BODIES: &[(Ask, &str)] = &[
    (
        Ask::Packument,
        r#"{"_id":"n","dist-tags":{"latest":"1.2.0"},"versions":{"1.0.0":{"deprecated":"old"},"1.1.0-rc.1":{}},
        "time":{"created":"2020-01-01T00:00:00.000Z","1.0.0":"2020-01-01T00:00:00.000Z","unpublished":{"time":"x","versions":["2.0.0"]}},
        "maintainers":[{"name":"alice"},"bob <b@example.com>"]}"#,
    ),
    (Ask::Versions, r#"{"name":"n","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"name":"n","dist":{}}}}"#),
    (Ask::Whoami, r#"{"username":"alice"}"#),
    (Ask::Profile, r#"{"name":"alice","tfa":{"pending":false,"mode":"auth-and-writes"},"email_verified":true}"#),
    (
        Ask::Tokens,
        r#"{"objects":[{"token":"npm_aBcD...7890","readonly":false,"bypass_2fa":true,"cidr":["10.0.0.0/8"],"revoked":null,
        "expiry":"2026-12-01T00:00:00.000Z","permissions":[{"action":"read"}],"scopes":[{"type":"package","name":"@s/p"}]}],
        "total":1,"urls":{"next":null}}"#,
    ),
    (Ask::Stage, r#"{"items":[{"id":"i","packageName":"n","version":"1.0.0"}],"total":1}"#),
    (Ask::Roster, r#"{"alice":"owner","bob":"developer"}"#),
    (Ask::Collaborators, r#"{"alice":"write","bob":"read"}"#),
    (Ask::Visibility, r#"{"public":true}"#),
    (Ask::DistTags, r#"{"latest":"1.0.0","next":"2.0.0-rc.1"}"#),
    (Ask::Version, r#"{"name":"n","version":"1.0.0"}"#),
    (Ask::Search, r#"{"objects":[{"package":{"name":"left-lodge"}}],"total":1}"#),
    (Ask::Ping, "{}"),
];
const STATUSES: &[u16] =
    &[200, 200, 200, 200, 204, 302, 400, 401, 402, 403, 404, 405, 407, 408, 410, 418, 429, 451, 500, 503, 999];
const HEADERS: &[(&str, &str)] = &[
    ("content-type", "application/json"),
    ("content-type", "text/html"),
    ("www-authenticate", "OTP, ipaddress"),
    ("retry-after", "Mon, 23 Nov 2026 12:00:00 GMT"),
    ("location", "https://other.test/\u{1b}x"),
    ("location", "//["),
];

proptest! {
    #![proptest_config(cases(8000))]

    #[test]
    fn any_answer_of_a_registry_is_a_fact_or_a_sentence(
        (ask, body) in select(BODIES),
        changes in changes(),
        status in select(STATUSES),
        header in select(HEADERS),
    ) {
        let question = Question { ask, registry: "https://h.test/npm/".to_owned(), subject: "n".to_owned(), credential: Some(0) };
        let headers = vec![(header.0.to_owned(), header.1.to_owned())];
        let body = mutated(body.as_bytes(), &changes);
        let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_ok();
        match endpoint::decode(&question, &Response { status, headers, body }) {
            Ok(Fact::Ping) => {}
            Ok(fact) if status == 200 => prop_assert!(is_json, "{fact:?} from no JSON"),
            Ok(_) => {}
            Err(unknown) => {
                prop_assert!(unknown.question.is_none() && !unknown.detail.is_empty());
                prop_assert!(!unknown.detail.chars().any(char::is_control), "{:?}", unknown.detail);
                prop_assert!(unknown.detail.chars().count() < 700, "{:?}", unknown.detail);
            }
        }
    }

    #[test]
    fn a_packument_is_whole_or_none(changes in changes()) {
        let body = mutated(BODIES[0].1.as_bytes(), &changes);
        if let Ok(Document::Packument(_)) = packument::read(body.as_slice(), &Terms::default()) {
            prop_assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_ok());
        }
    }
}
