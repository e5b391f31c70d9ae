//! What is kept between runs saves bytes and nothing else: whatever lies in its folder, and whatever the registry makes
//! of a conditional request, the report is the one that a run without it gives.

use std::path::PathBuf;

use serde_json::json;

use crate::harness::{Outcome, Sandbox};
use crate::hook;
use crate::registry::faults::{Fault, Harm};
use crate::registry::state::{Package, Release, State};
use crate::registry::{Entry, FakeRegistry, cast};

const LINT: &[&str] = &["lint", "--format", "json", "--strict", "--otp", "123456"];
const MANIFEST: &str = r#"{"name":"left-lodge","version":"1.2.0","dependencies":{"bobs-bits":"^1.0.0"}}"#;

/// A publish that asks for a packument and for a list of versions.
struct Bench {
    registry: FakeRegistry,
    sandbox: Sandbox,
}

impl Bench {
    fn new() -> Self {
        Self::of(cast::registry())
    }

    fn of(state: State) -> Self {
        let registry = FakeRegistry::start(state);
        let sandbox = Sandbox::with_registry(&registry);
        sandbox.file("project/package.json", MANIFEST);
        sandbox.file("home/.npmrc", "registry=<registry>/\n<nerf>:_authToken=<token:alice-session>\n");
        Self { registry, sandbox }
    }

    /// A run, and what it asked.
    fn run(&self, args: &[&str]) -> (Outcome, Vec<Entry>) {
        self.registry.forget();
        let outcome = self.sandbox.preflight("project", args);
        assert!(matches!(outcome.code, Some(0 | 1 | 3)), "{outcome:?}");
        (outcome, self.registry.log())
    }

    fn lint(&self) -> (Outcome, Vec<Entry>) {
        self.run(LINT)
    }

    /// What a run says that knows of no other.
    fn uncached(&self) -> String {
        self.run(&[LINT, &["--no-cache"]].concat()).0.stdout
    }

    /// The files that are kept.
    fn kept(&self) -> Vec<PathBuf> {
        let names = self.sandbox.snapshot_of(&["kept"]).into_keys();
        names.map(|name| self.sandbox.path(&name)).collect()
    }
}

fn statuses(log: &[Entry], with_tag: bool) -> Vec<Option<u16>> {
    log.iter().filter(|entry| entry.tag.is_some() == with_tag).map(|entry| entry.status).collect()
}

#[test]
fn a_second_run_transfers_little_and_reports_the_same() {
    let mut state = cast::registry();
    let versions: Vec<String> = (0..400).map(|patch| format!("1.0.{patch}")).collect();
    for name in ["left-lodge", "bobs-bits"] {
        let versions = versions.iter().map(|version| (version.clone(), Release::default()));
        state.package(name).versions = versions.collect();
    }
    let bench = Bench::of(state);
    let (first, log) = bench.lint();
    assert_eq!(statuses(&log, true), []);
    let all: usize = log.iter().map(|entry| entry.sent).sum();
    let (second, log) = bench.lint();
    assert_eq!((&second.stdout, second.code), (&first.stdout, first.code));
    assert!(first.stdout.contains("\"ready\""), "{}", first.stdout);
    assert_eq!(statuses(&log, true), [Some(304), Some(304)]);
    // The others have tags, too.
    assert!(statuses(&log, false).len() > 2 && statuses(&log, false).iter().all(|status| *status == Some(200)));
    let moved: usize = log.iter().map(|entry| entry.sent).sum();
    assert!(moved * 20 < all, "{moved} of {all} bytes");
    assert_eq!(bench.kept().len(), 2);
}

#[test]
fn a_document_that_changed_between_runs_replaces_the_cached_one() {
    let bench = Bench::new();
    let errors = |outcome: Outcome| {
        let report = outcome.json().unwrap();
        let found = report["diagnostics"].as_array().unwrap().iter().filter(|one| one["severity"] != "info");
        found.map(|one| one["rule"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(errors(bench.lint().0).is_empty());
    let new = || ("1.2.0".to_owned(), Release::default());
    bench.registry.change(|state| state.package("left-lodge").versions.push(new()));
    let (outcome, log) = bench.lint();
    assert_eq!(errors(outcome), ["version-published"]);
    assert!(statuses(&log, true).contains(&Some(200)));
    assert_eq!(errors(bench.lint().0), ["version-published"]);
    bench.registry.change(|state| state.package("left-lodge").versions[2].1.unpublished = true);
    for _ in 0..2 {
        assert_eq!(errors(bench.lint().0), ["version-reused"]);
    }
    bench.registry.change(|state| drop(state.packages.remove("bobs-bits")));
    for _ in 0..2 {
        let found = errors(bench.lint().0);
        assert!(found.contains(&"dependency-unavailable".to_owned()), "{found:?}");
    }
}

#[test]
fn without_the_cache_nothing_is_stored_or_revalidated() {
    let bench = Bench::new();
    for args in [&["lint", "--no-cache"][..], &["lint", "--offline"], &["plan"]] {
        bench.run(args);
        assert!(bench.kept().is_empty(), "{args:?}");
    }
    bench.lint();
    let before = bench.sandbox.snapshot_of(&["kept"]);
    assert_eq!(before.len(), 2);
    bench.registry.change(|state| state.package("left-lodge").versions.truncate(1));
    let (_, log) = bench.run(&["lint", "--no-cache"]);
    assert_eq!(statuses(&log, true), []);
    assert!(bench.run(&["lint", "--offline"]).1.is_empty());
    assert_eq!(bench.sandbox.snapshot_of(&["kept"]), before);
}

#[test]
fn the_hook_uses_and_fills_the_cache_unless_disabled() {
    let repository = hook::Repository::new();
    repository.release("1.2.0");
    let tip = repository.git("project", &["rev-parse", "HEAD"]);
    repository.git("project", &["tag", "v1.2.0"]);
    let zero = "0".repeat(40);
    let mut pushes = Vec::new();
    for option in ["--no-cache", "--strict", "--strict"] {
        repository.registry.forget();
        let line =
            format!("printf 'refs/tags/v1.2.0 {tip} refs/tags/v1.2.0 {zero}\\n' | npm-preflight hook run {option}");
        let outcome = repository.sandbox.run("sh".as_ref(), "project", &["-c", &line]);
        assert!(outcome.stdout.contains("left-lodge 1.2.0"), "{outcome:?}");
        pushes.push((statuses(&repository.registry.log(), true), repository.sandbox.snapshot_of(&["kept"]).len()));
    }
    assert_eq!(pushes, [(vec![], 0), (vec![], 1), (vec![Some(304)], 1)]);
}

#[test]
fn a_damaged_entry_is_requested_in_full() {
    type Damage = fn(&[u8]) -> Vec<u8>;
    let damages: [(&str, Damage); 6] = [
        ("empty", |_| Vec::new()),
        ("cut short", |bytes| bytes[..bytes.len() - 3].to_vec()),
        ("zeros, as a crash leaves", |bytes| vec![0; bytes.len()]),
        ("another version", |bytes| String::from_utf8_lossy(bytes).replace("1.0.0", "1.2.0").into_bytes()),
        ("something else", |_| b"<!DOCTYPE html>".to_vec()),
        ("endless", |bytes| bytes.repeat(40_000)),
    ];
    let bench = Bench::new();
    let (first, _) = bench.lint();
    for (name, damage) in damages {
        for file in bench.kept() {
            let bytes = std::fs::read(&file).unwrap();
            assert_ne!(damage(&bytes), bytes);
            std::fs::write(&file, damage(&bytes)).unwrap();
        }
        let (outcome, log) = bench.lint();
        assert_eq!(outcome.stdout, first.stdout, "{name}");
        assert_eq!(statuses(&log, true), [], "{name}");
        assert_eq!(statuses(&bench.lint().1, true), [Some(304), Some(304)], "{name}: it heals");
    }
    // Each in the other's place.
    let files = bench.kept();
    let texts: Vec<_> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    for (file, text) in files.iter().zip(texts.iter().rev()) {
        std::fs::write(file, text).unwrap();
    }
    let (outcome, log) = bench.lint();
    assert_eq!(outcome.stdout, first.stdout);
    assert_eq!(statuses(&log, true), []);
}

#[test]
fn an_unusable_cache_folder_changes_no_report() {
    let bench = Bench::new();
    let expected = bench.uncached();
    let folder = bench.sandbox.path("kept/npm-preflight");
    std::fs::write(&folder, "").unwrap();
    for _ in 0..2 {
        assert_eq!(bench.lint().0.stdout, expected);
    }
    std::fs::remove_file(&folder).unwrap();
    #[cfg(unix)]
    for mode in [0o555, 0o000, 0o777] {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::create_dir(&folder).unwrap();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(mode)).unwrap();
        for _ in 0..2 {
            assert_eq!(bench.lint().0.stdout, expected, "{mode:o}");
        }
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
        assert!(mode != 0o777 || bench.kept().is_empty(), "others may write there");
        std::fs::remove_dir_all(&folder).unwrap();
    }
    let Bench { registry, mut sandbox } = bench;
    let manifest = sandbox.path("project/package.json").display().to_string();
    sandbox.env("XDG_CACHE_HOME", &format!("{manifest}/caches"));
    sandbox.env("LOCALAPPDATA", &format!("{manifest}/caches"));
    let bench = Bench { registry, sandbox };
    for _ in 0..2 {
        assert_eq!(bench.lint().0.stdout, expected);
    }
}

#[cfg(unix)]
#[test]
fn only_the_user_can_read_the_cache_whatever_the_umask() {
    use std::os::unix::fs::MetadataExt as _;
    let Bench { registry, mut sandbox } = Bench::new();
    let caches = sandbox.path("kept/not/there");
    sandbox.env("XDG_CACHE_HOME", &caches.display().to_string());
    let line = format!("umask 000; '{}' lint --otp 123456", env!("CARGO_BIN_EXE_npm-preflight"));
    let outcome = sandbox.run("sh".as_ref(), "project", &["-c", &line]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let bench = Bench { registry, sandbox };
    assert_eq!(bench.kept().len(), 2);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().mode() & 0o7777;
    for file in bench.kept() {
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    }
    assert_eq!(mode(&caches), 0o700);
    assert_eq!(statuses(&bench.lint().1, true), [Some(304), Some(304)]);
}

#[test]
fn responses_to_one_user_are_not_used_for_another() {
    let mut state = cast::registry();
    state.add_package("@vault/x", Package { restricted: true, ..cast::package("alice", &["1.0.0"]) });
    let bench = Bench::of(state);
    let manifest = json!({ "name": "@vault/x", "version": "1.1.0" }).to_string();
    bench.sandbox.file("project/package.json", &manifest);
    let user = |label: &str| {
        let line = format!("registry=<registry>/\n<nerf>:_authToken=<token:{label}>\n");
        bench.sandbox.file("home/.npmrc", if label.is_empty() { "registry=<registry>/\n" } else { &line });
    };
    let path = "/@vault%2fx";
    let asked = |log: &[Entry]| {
        let entry = log.iter().find(|entry| entry.target == path).unwrap();
        (entry.tag.is_some(), entry.status)
    };
    user("alice-session");
    let (alice, log) = bench.lint();
    assert_eq!(asked(&log), (false, Some(200)));
    assert_eq!(asked(&bench.lint().1), (true, Some(304)));
    user("carol-session");
    let (carol, log) = bench.lint();
    assert_eq!(asked(&log), (true, Some(404)));
    assert_eq!(carol.stdout, bench.uncached());
    assert_ne!(carol.stdout, alice.stdout);
    user("");
    assert_eq!(asked(&bench.lint().1), (false, Some(404)), "without a credential it is another answer");
    user("carol-session");
    for status in [401, 403] {
        bench.registry.fault(Fault::new("GET", "/@vault/x", Fault::status(status, None, "{}")).times(2));
        let (refused, log) = bench.lint();
        assert_eq!(asked(&log), (true, Some(status)));
        assert_eq!(refused.stdout, bench.uncached());
        assert_ne!(refused.stdout, alice.stdout);
    }
    user("alice-session");
    let (again, log) = bench.lint();
    assert_eq!((asked(&log), again.stdout), ((true, Some(304)), alice.stdout));
}

#[test]
fn an_unsolicited_304_is_not_a_response() {
    let unasked = |bench: &Bench, status, tag: Option<(&str, &str)>| {
        bench.registry.fault(Fault::new("GET", "/left-lodge", Fault::status(status, tag, "")).times(1));
        bench.lint()
    };
    let bench = Bench::new();
    for tag in [None, Some(("etag", "\"1\""))] {
        let (outcome, log) = unasked(&bench, 304, tag);
        assert_eq!(statuses(&log, false).iter().filter(|status| **status == Some(304)).count(), 1);
        assert_eq!(outcome.code, Some(3), "{}", outcome.stdout);
        assert!(outcome.stdout.contains("\"version-published\""), "{}", outcome.stdout);
    }
    let (first, _) = bench.lint();
    assert_eq!(first.code, Some(0), "{}", first.stdout);
    // It speaks of another document, or takes no conditions: then it is asked without one.
    for (status, tag) in [(304, Some(("etag", "\"other\""))), (412, None), (500, None), (503, None)] {
        let (outcome, log) = unasked(&bench, status, tag);
        assert_eq!(outcome.stdout, first.stdout, "{status}");
        let asked: Vec<_> = log.iter().filter(|entry| entry.target == "/left-lodge").collect();
        let asked: Vec<_> = asked.iter().map(|entry| (entry.tag.is_some(), entry.status)).collect();
        assert_eq!(asked, [(true, Some(status)), (false, Some(200))]);
    }
}

#[test]
fn no_secret_is_cached() {
    let bench = Bench::new();
    bench.lint();
    bench.sandbox.file(
        "home/.npmrc",
        "registry=<registry>/\n<nerf>:username=alice\n<nerf>:_password=bm90IGEgcmVhbCBwYXNzd29yZA==\n",
    );
    bench.lint();
    let Bench { registry, mut sandbox } = bench;
    sandbox.value("<host>", registry.origin().trim_start_matches("http://"));
    sandbox.file("home/.npmrc", "registry=http://alice:violet-anvil-42@<host>/\n");
    let bench = Bench { registry, sandbox };
    bench.lint();
    let secrets =
        [&cast::token("alice-session"), "bm90IGEg", "not a real password", "YWxpY2U6", "violet-anvil", "127.0.0.1"];
    let kept = bench.sandbox.snapshot_of(&["kept"]);
    assert!(kept.len() >= 2, "{:?}", kept.keys());
    for (file, bytes) in kept {
        let text = format!("{file}\n{}", String::from_utf8_lossy(&bytes));
        assert!(text.contains("1.0.0"), "{text}");
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} is in {text}");
        }
    }
}

#[test]
fn invalid_etags_and_no_store_responses_are_not_cached() {
    let bench = Bench::new();
    let body = r#"{"_id":"left-lodge","versions":{"1.1.0":{}},"dist-tags":{"latest":"1.1.0"},"time":{"1.1.0":"x"}}"#;
    for (name, value) in [("etag", "*"), ("etag", "\"\""), ("x-tag", "\"1\"")] {
        bench.registry.fault(Fault::new("GET", "/*", Fault::status(200, Some((name, value)), body)).times(20));
        bench.lint();
        assert!(bench.kept().is_empty(), "{name}: {value}");
        bench.registry.mend();
    }
    let Harm::Answer(mut reply) = Fault::status(200, Some(("etag", "\"1\"")), body) else { panic!("an answer") };
    reply.headers.push(("cache-control".to_owned(), "private, no-store".to_owned()));
    bench.registry.fault(Fault::new("GET", "/*", Harm::Answer(reply)));
    bench.lint();
    assert!(bench.kept().is_empty());
}

#[test]
fn concurrent_runs_do_not_disturb_each_other() {
    let bench = Bench::new();
    let expected = bench.uncached();
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..6).map(|_| scope.spawn(|| bench.sandbox.preflight("project", LINT).stdout)).collect();
        for run in runs {
            assert_eq!(run.join().unwrap(), expected);
        }
    });
    assert_eq!(bench.kept().len(), 2, "{:?}", bench.kept());
    assert_eq!(statuses(&bench.lint().1, true), [Some(304), Some(304)]);
}
