//! Whatever is in a file, an archive, a log, the arguments or a registry's answer: nothing panics, and every run ends with
//! a report. Inputs are valid ones with some bytes changed; `PROPTEST_CASES=100000 cargo test mutation` searches longer.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::facts::{Ask, Fact, Question};
use crate::project::world::World;
use crate::project::world::memory::Memory;
use crate::registry::endpoint::{self, Response};
use crate::registry::packument::{self, Document, Terms};
use crate::report::exit::Exit;

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
pub(crate) type Change = (prop::sample::Index, usize, &'static [u8], usize);

pub(crate) fn changes() -> impl Strategy<Value = Vec<Change>> {
    let length = prop_oneof![4 => 0..4_usize, 1 => 0..200_usize];
    let times = prop_oneof![8 => Just(1_usize), 1 => 2..300_usize];
    vec((any::<prop::sample::Index>(), length, select(PIECES), times), 0..6)
}

pub(crate) fn mutated(seed: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for (place, length, piece, times) in changes {
        let start = place.index(bytes.len() + 1);
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, piece.repeat(*times));
    }
    bytes
}

/// As many as are asked for, else a number that takes seconds.
pub(crate) fn cases(usual: u32) -> ProptestConfig {
    let asked = ProptestConfig::default();
    let cases = if asked.cases == 256 { usual } else { asked.cases };
    ProptestConfig { cases, failure_persistence: None, ..asked }
}

/// Of the shape of npm's.
const TOKEN: &str = "npm_secretsecretsecretsecretsecretsecret0123";

const ARGUMENTS: &[&str] = &[
    "--tag=next",
    "--workspace=packages/a",
    "--registry",
    "https://h.test/",
    "./packages/a",
    "--otp=123456",
    "-w",
    "--no-tag",
];

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
        "npmjs-registries = [\"https://h.test/npm/\"]\n[registry.\"https://h.test/\"]\ntoken-expires = 2027-01-16\n\
         trusted-publisher = { repository = \"a/b\", allow = [\"stage\"] }\n[rules]\nname-taken = \"allow\"\n\
         suspicious = \"deny\"\n[[packages]]\nmatch = [\"packages/*\", \"!x\"]\nrules = {}\n[[ignore]]\nrule = \"advice\"\n\
         reason = \"x\"\nexpires = 2026-01-01\n",
    ),
];

/// Files of a workspace that pnpm or Lerna publishes.
const MEMBERS: &[(&str, &str)] = &[
    (
        "/project/pnpm-workspace.yaml",
        "packages:\n  - 'packages/*'\n  - '!**/test/**'\n  - \"{a,b}-[0-9]\"\ncatalog:\n  react: ^19.0.0\ncatalogs:\n  old:\n\
         \x20   react: &version 18\n    dom: *version\npublishBranch: main\n",
    ),
    ("/project/lerna.json", r#"{"version":"independent","packages":["packages/*","!packages/b"],"npmClient":"pnpm"}"#),
    ("/project/package.json", r#"{"name":"root","private":true,"packageManager":"pnpm@10.0.0"}"#),
    (
        "/project/packages/a/package.json",
        r#"{"name":"@acme/a","version":"1.0.0","dependencies":{"react":"catalog:","b":"workspace:^"}}"#,
    ),
    (
        "/project/packages/b/package.json",
        r#"{"name":"b","version":"1.0.0","peerDependencies":{"react":"catalog:old"}}"#,
    ),
    ("/project/.npmrc", "//h.test/:_authToken=${TOKEN}\nregistry=https://h.test/\n"),
];

const LOG: &str = "0 verbose cli node npm\n12 http fetch PUT 403 https://registry.npmjs.org/left-lodge 210ms\nnpm error code E403\n\
    npm error 403 403 Forbidden - PUT https://alice:hunter2@registry.npmjs.org/left-lodge - You cannot publish over the\n\
    npm error\u{1b}[0m previously published versions: 1.2.0.\nnpm error A complete log of this run can be found in: x.log\n";

/// The files with one of them changed.
fn with_change(files: &[(&str, &str)], which: usize, changes: &[Change]) -> Memory {
    let files = files.iter().enumerate().map(|(number, (path, text))| {
        let bytes = text.as_bytes();
        (PathBuf::from(path), if number == which { mutated(bytes, changes) } else { bytes.to_vec() })
    });
    Memory(files.collect())
}

/// Runs the program on these files; whatever it prints must be safe to show.
fn run(files: Memory, args: &[&str]) -> Result<(Exit, String, String), TestCaseError> {
    let mut world = World::memory(&[], &[("TOKEN", TOKEN)]);
    world.files = Box::new(files);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let args = ["npm-preflight"].iter().chain(args).map(Into::into);
    let exit = crate::run(args, Ok(world), &mut out, &mut err);
    let (out, err) = (String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap());
    for text in [&out, &err] {
        prop_assert!(!text.chars().any(|char| char.is_control() && char != '\n'), "{text:?}");
        prop_assert!(!text.contains(TOKEN), "{text:?}");
    }
    prop_assert!(!out.is_empty() || (exit == Exit::Unusable && !err.is_empty()), "{exit:?}");
    Ok((exit, out, err))
}

fn lint(files: Memory, json: bool, more: &[&str]) -> Result<(), TestCaseError> {
    let format = if json { "json" } else { "text" };
    let args = [&["lint", "--offline", "--format", format], more].concat();
    let (exit, out, _) = run(files, &args)?;
    if json && exit != Exit::Unusable {
        let report: serde_json::Value = serde_json::from_str(&out).unwrap();
        prop_assert!(report["packages"].as_array().is_some_and(|packages| !packages.is_empty()) || exit.code() == 1);
    }
    Ok(())
}

/// A package as `npm pack` makes it, without compression.
fn archive() -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, text) in [("package/package.json", FILES[0].1), ("package/README.md", "# Left lodge\n")] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap()
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn arbitrary_file_contents_yield_a_report(file in 0..FILES.len(), changes in changes(), json in any::<bool>()) {
        lint(with_change(FILES, file, &changes), json, &["--ws", "--include-workspace-root"])?;
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn arbitrary_workspace_files_yield_a_report(
        file in 0..MEMBERS.len(),
        changes in changes(),
        json in any::<bool>(),
        client in select(vec!["pnpm", "lerna"]),
    ) {
        let mut files = with_change(MEMBERS, file, &changes);
        if client == "lerna" {
            files.0.remove(Path::new("/project/pnpm-workspace.yaml"));
        }
        let (exit, out, err) = run(files, &["lint", "--offline", "--format", if json { "json" } else { "text" }])?;
        prop_assert!(exit == Exit::Unusable || !out.is_empty(), "{err}");
    }

    #[test]
    fn arbitrary_tarballs_yield_a_report(
        changes in changes(),
        later in changes(),
        inside in any::<bool>(),
        json in any::<bool>(),
    ) {
        let bytes = if inside { compressed(&mutated(&archive(), &changes)) } else { mutated(&compressed(&archive()), &later) };
        let files = Memory([(PathBuf::from("/project/a.tgz"), bytes)].into_iter().collect());
        lint(files, json, &["./a.tgz"])?;
    }

    #[test]
    fn any_log_is_explained_or_reported_as_unknown(changes in changes()) {
        let files = Memory([(PathBuf::from("/project/npm.log"), mutated(LOG.as_bytes(), &changes))].into_iter().collect());
        run(files, &["diagnose", "npm.log"])?;
    }

    #[test]
    fn arbitrary_arguments_yield_a_report(texts in vec((select(ARGUMENTS), changes()), 0..4), json in any::<bool>()) {
        let texts = texts.iter().map(|(seed, changes)| mutated(seed.as_bytes(), changes));
        let texts: Vec<String> = texts.map(|text| String::from_utf8_lossy(&text).replace('\0', "")).collect();
        let mut args = vec!["lint", "--offline", "--format", if json { "json" } else { "text" }];
        args.extend(texts.iter().map(String::as_str));
        run(with_change(FILES, 0, &[]), &args)?;
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
    (Ask::AnyStage, r#"{"items":[],"total":0}"#),
    (Ask::Packages, r#"{"@s/p":"write","@s/q":"read"}"#),
    (Ask::Roster, r#"{"alice":"owner","bob":"developer"}"#),
    (Ask::Collaborators, r#"{"alice":"write","bob":"read"}"#),
    (Ask::Visibility, r#"{"public":true}"#),
    (Ask::DistTags, r#"{"latest":"1.0.0","next":"2.0.0-rc.1"}"#),
    (Ask::Version, r#"{"name":"n","version":"1.0.0"}"#),
    (Ask::Search, r#"{"objects":[{"package":{"name":"left-lodge"}}],"total":1}"#),
    (
        Ask::Attestations,
        r#"{"attestations":[{"predicateType":"https://slsa.dev/provenance/v1","bundle":{"dsseEnvelope":{"payload":
        "eyJzdWJqZWN0IjpbeyJuYW1lIjoicGtnOm5wbS9uQDEuMC4wIn1dLCJwcmVkaWNhdGVUeXBlIjoiaHR0cHM6Ly9zbHNhLmRldi9wcm92ZW5hbmNlL3YxIn0="}}}]}"#,
    ),
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
    #![proptest_config(cases(3000))]

    #[test]
    fn any_registry_response_is_a_fact_or_a_reason(
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
                prop_assert!(!unknown.detail.is_empty());
                prop_assert!(!unknown.detail.chars().any(char::is_control), "{:?}", unknown.detail);
                prop_assert!(unknown.detail.chars().count() < 700, "{:?}", unknown.detail);
            }
        }
    }

    #[test]
    fn a_packument_is_complete_or_rejected(changes in changes()) {
        let body = mutated(BODIES[0].1.as_bytes(), &changes);
        if let Ok(Document::Packument(_)) = packument::read(body.as_slice(), &Terms::default()) {
            prop_assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_ok());
        }
    }
}
