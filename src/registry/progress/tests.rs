//! Who sees what, from plain values; the executable at a terminal and in a CI job is in `tests/it/faults/progress.rs`.

use super::*;
use crate::facts::Ask;

const SECRETIVE: &str = "https://user:hunter2@h.test:8443/npm/";

fn question(ask: Ask, registry: &str) -> Question {
    Question { ask, registry: registry.to_owned(), subject: "p".to_owned(), credential: None }
}

fn questions(registry: &str) -> Vec<Question> {
    [Ask::Packument, Ask::Whoami, Ask::Ping].map(|ask| question(ask, registry)).to_vec()
}

/// What a run with three questions shows over time, and at its end.
fn said(times: usize, quiet: bool, change: impl FnOnce(&mut World)) -> String {
    let mut world = World::memory(&[], &[("TERM", "xterm")]);
    world.stderr_is_terminal = true;
    change(&mut world);
    let mut err = Vec::new();
    let mut progress = Progress::new(&world, quiet, &mut err);
    progress.expect(3);
    let open = progress.put(&questions(SECRETIVE));
    assert_eq!(progress.next.is_none(), matches!(progress.listener, Listener::Nobody), "nobody is waited for in vain");
    for _ in 0..times {
        progress.update(&open, &Scrubber::default());
    }
    drop(progress);
    String::from_utf8(err).unwrap()
}

fn with(name: &str, value: &str) -> impl FnOnce(&mut World) {
    let variable = (name.to_owned(), value.to_owned());
    move |world| world.env.extend([variable])
}

fn line(registries: &[&str]) -> String {
    let all: Vec<Question> = registries.iter().flat_map(|registry| questions(registry)).collect();
    let mut progress = Progress::silent();
    progress.expect(all.len());
    progress.put(&all).line().unwrap()
}

const LINE: &str = "0 of 3 answers, waiting for h.test:8443 (the package and 2 other requests)";

#[test]
fn a_terminal_shows_one_line_and_clears_it() {
    assert_eq!(said(2, false, |_| {}), format!("\\ {LINE}\r\x1b[2K| {LINE}\r\x1b[2K"));
    assert_eq!(said(0, false, |_| {}), "", "a run that was quick");
}

#[test]
fn a_narrow_terminal_shows_one_line_too() {
    let narrow = said(1, false, |world| world.stderr_width = || Some(30));
    let (drawn, erased) = narrow.split_once('\r').unwrap();
    assert_eq!((drawn, erased), (&format!("\\ {LINE}")[..29], "\x1b[2K"));
    let widths: [fn() -> Option<u16>; 4] = [|| Some(0), || Some(1), || Some(2), || Some(3)];
    for (width, columns) in widths.into_iter().enumerate() {
        let drawn = said(1, false, |world| world.stderr_width = columns);
        assert_eq!(drawn.matches('\x1b').count(), 1, "{width}: one row is erased of {drawn:?}");
    }
}

#[test]
fn a_ci_log_gets_plain_lines() {
    for is_terminal in [false, true] {
        for (name, value) in [("CI", "true"), ("TF_BUILD", "True"), ("GITHUB_ACTIONS", "true")] {
            let log = |times| {
                said(times, false, |world| {
                    world.stderr_is_terminal = is_terminal;
                    with(name, value)(world);
                })
            };
            assert_eq!(log(2), format!("npm-preflight: {LINE}\n").repeat(2), "{name}");
            assert_eq!(log(0), "", "a run that was quick");
        }
    }
}

#[test]
fn other_output_gets_no_progress() {
    assert_eq!(said(1, false, |world| world.stderr_is_terminal = false), "");
    assert_eq!(said(1, true, |_| {}), "");
    assert_eq!(said(1, true, with("CI", "true")), "");
    for value in ["dumb", ""] {
        assert_eq!(said(1, false, with("TERM", value)), "", "TERM={value}");
    }
    assert_ne!(said(1, false, with("CI", "false")), "", "CI=false is how one says that it is none");
}

#[test]
fn pending_requests_are_counted_by_registry() {
    let waiting = |registries| line(registries).split_once("waiting for ").unwrap().1.to_owned();
    assert_eq!(
        waiting(&["https://a.test/", "https://b.test/"]),
        "a.test (the package and 2 other requests) and 1 other registry"
    );
    assert_eq!(
        waiting(&["https://c.test/", "https://a.test/", "https://a.test/x/", "https://b.test/"]),
        "a.test (the package and 5 other requests) and 2 other registries"
    );
    let progress = Progress::silent();
    let open = progress.put(&questions("https://a.test/"));
    open.close(&question(Ask::Ping, "https://a.test/"), true);
    assert!(open.line().unwrap().ends_with("waiting for a.test (the package and 1 other request)"));
    open.close(&question(Ask::Packument, "https://a.test/"), true);
    assert!(open.line().unwrap().ends_with("waiting for a.test (whoami)"));
    open.close(&question(Ask::Whoami, "https://a.test/"), true);
    assert_eq!(open.line(), None);
}

#[test]
fn numbers_never_shrink_from_round_to_round() {
    let counts = |open: &Open| open.line().unwrap().split(" answers").next().unwrap().to_owned();
    let all = questions("https://a.test/");
    let mut progress = Progress::silent();
    progress.expect(3);
    let open = progress.put(&all);
    open.close(&all[0], true);
    // Not waited for any longer, since its registry failed; it is put again.
    open.close(&all[1], false);
    assert_eq!(counts(&open), "1 of 3");
    assert_eq!(counts(&progress.put(&all[1..2])), "2 of 3");
    progress.expect(2);
    assert_eq!(counts(&progress.put(&all[..2])), "3 of 5");
}

#[test]
fn a_registry_url_cannot_inject_escape_sequences() {
    for registry in [
        "https://evil\u{1b}[2Jhost.test/",
        "https://##[error]x.test/",
        "https://a.test:80\n::error::x/",
        "foo:\u{202e}##vso[task.complete]\r\n::error::x",
        "\u{1b}]0;title\u{7}",
        "file:///etc/passwd",
        "",
    ] {
        let line = line(&[registry]);
        assert!(line.ends_with("waiting for a registry (the package and 2 other requests)"), "{registry:?}: {line:?}");
    }
    let line = line(&["foo://user:hunter2@##vso[x].test\n::set-output/"]);
    assert!(line.is_ascii() && !line.contains("##") && !line.contains("hunter2") && !line.contains('\n'), "{line:?}");
}
