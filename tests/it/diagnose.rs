//! `npm-preflight diagnose`: from what npm printed or logged to the rule.

use crate::harness::{Sandbox, npm_is_here};
use crate::registry::{FakeRegistry, cast};

#[test]
fn npms_own_log_leads_to_the_rule() {
    if !npm_is_here() {
        return;
    }
    let registry = FakeRegistry::start(cast::registry());
    let mut sandbox = Sandbox::with_registry(&registry);
    sandbox.env("npm_config_logs_max", "10");
    sandbox.file("home/.npmrc", "registry=<registry>/\n<nerf>:_authToken=<token:alice-bypass>\n");
    sandbox.file("project/package.json", r#"{"name":"left-lodge","version":"1.1.0"}"#);
    let nothing = sandbox.preflight("project", &["diagnose"]);
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.stderr.contains("no log of an `npm publish`"), "{}", nothing.stderr);
    assert_eq!(sandbox.npm_publish("project", &[]).code, Some(1));
    let outcome = sandbox.preflight("project", &["diagnose"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let output = sandbox.masked(&outcome.stdout);
    let (log, output) = output.split_once(": ").unwrap();
    assert!(log.contains("_logs/") && log.contains("-debug-0.log"), "{log}");
    // When npm ran is another time each time.
    let (output, ran) = output.split_once("This is npm's log of its newest publish, ").unwrap();
    let (ran, closing) = ran.split_once('\n').unwrap();
    assert!(ran.ends_with(" UTC (less than 2 minutes ago)."), "{ran}");
    let output = output.to_owned() + closing.trim_start();
    insta::assert_snapshot!(output, @r"
    npm failed for left-lodge@1.1.0: You cannot publish over the previously published versions: 1.1.0.

    version-published: the version is already published
        why: the client checked before the upload and found that the version is already published
        Raise `version`, for example with `npm version patch`.
        `npm-preflight lint` names the next free version.
        try: `npm view left-lodge@1.1.0 version`

    Run `npm-preflight lint` in the package's folder to check for this before the next publish.
    ");
}

#[test]
fn input_without_an_error_is_rejected() {
    let sandbox = Sandbox::new();
    sandbox.file("project/log", "npm notice all is well\n");
    sandbox.file("project/empty", "\n");
    for (args, words) in [
        (["diagnose", "log"], "found in `log`"),
        (["diagnose", "empty"], "`empty` is empty: there is nothing to diagnose"),
        (["diagnose", "none"], "cannot read `none`: there is no such file"),
    ] {
        let outcome = sandbox.preflight("project", &args);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""));
        assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
    }
}

#[test]
fn the_log_of_a_successful_publish_is_not_an_error() {
    let sandbox = Sandbox::new();
    let log = "npm notice package: left-lodge@1.1.0\nnpm notice Publishing to http://r.test/ with tag latest and default access\n\
               + left-lodge@1.1.0\n";
    sandbox.file("project/log", log);
    let outcome = sandbox.preflight("project", &["diagnose", "log"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "`log`: left-lodge@1.1.0 was published; the log shows no failed publish\n");
}

#[test]
fn a_file_that_is_too_large_names_the_limit() {
    let sandbox = Sandbox::new();
    sandbox.file("project/log", &"npm error code E403\n".repeat(3_000_000));
    let outcome = sandbox.preflight("project", &["diagnose", "log"]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains("`log` is larger than 50 MB; pass only the part"), "{}", outcome.stderr);
}
