//! What is masked, what is not, and that a known secret is hidden in every form.

use super::*;

#[test]
fn nothing_prints_a_secret() {
    assert_eq!(format!("{:?}", Secret::new("npm_abc")), "Secret(…)");
    let mut scrubber = Scrubber::default();
    scrubber.secret("opal-kettle-7");
    assert_eq!(format!("{scrubber:?}").find("opal"), None);
}

#[test]
fn recognisable_secrets_are_masked() {
    for (text, secret) in [
        ("registry=https://alice:pä@ss@r/x", "pä@ss"),
        ("--tag npm_abcdefghijklmnopqrstuvwxyz0123456789", "npm_abcdefghijklmnopqrstuvwxyz0123456789"),
        ("glpat-AbCdEf-GhIjKl_MnOpQr", "glpat-AbCdEf-GhIjKl_MnOpQr"),
        ("https:/bot:secret@h/", "secret"),
        ("registry=//bot:secret@h/", "secret"),
        ("registry=https://h.te//r/:_authToken=s3cret", "s3cret"),
        ("//h/:_authToken = \"s3cret\"", "s3cret"),
        ("{\"_authToken\": \"s3cret\"}", "s3cret"),
        ("{\\\"_authToken\\\":\\\"s3cret\\\"}", "s3cret"),
        ("NPM_CONFIG__AUTH=s3cret npm publish", "s3cret"),
        ("\"https://npm_0123456789012345678@r/\"", "npm_0123456789012345678"),
        ("npm publish --otp=123456", "123456"),
        ("npm publish --otp 123456 --tag next", "123456"),
        ("\"publish\": \"npm publish --otp='123456'\"", "123456"),
        ("npm-otp: 123456", "123456"),
        ("npm publish --//h/:_authToken=s3cret", "s3cret"),
        ("npm publish --_authToken s3cret .", "s3cret"),
        ("GET https://h/x?a=b&token=s3cret&c=d", "s3cret"),
        ("https://h/x?access_token=s3cret", "s3cret"),
        ("authorization: Bearer s3cret", "s3cret"),
        ("Bearer opalkettlelanternviolet", "opalkettlelanternviolet"),
        ("Basic YWxpY2U6c2VjcmV0", "YWxpY2U6c2VjcmV0"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"),
        ("key AKIAIOSFODNN7EXAMPLE.", "AKIAIOSFODNN7EXAMPLE"),
    ] {
        assert_eq!(mask(text), text.replace(secret, &"*".repeat(secret.chars().count())), "{text}");
    }
}

#[test]
fn text_without_secrets_is_not_masked() {
    for text in [
        "npm_config_registry=x npm_lifecycle_event",
        "//r/:_password=${WORD} _auth=",
        "git+ssh://git@github.com:a/b, https://r:8080/@acme/core",
        "give `--otp=<code>`, or a terminal",
        "--otp needs a terminal",
        "set `//h/:_authToken`: npm reads it",
        "a Basic credential, a Bearer token, bearer-only",
        "Basic authentication is no more",
        "npm:left-pad@1.2.3 workspace:core@^1",
        "https://h/x?write=true&version=1.2.3",
        "otp=${CODE}",
    ] {
        assert_eq!(mask(text), text);
    }
}

#[test]
fn a_url_is_shown_without_user_and_tokens() {
    for (url, shown) in [
        ("https://alice:secret@h/npm/", "https://h/npm/"),
        ("https://token@h/npm/", "https://h/npm/"),
        ("https://h/npm/?token=secret", "https://h/npm/?token=******"),
        ("https://h/a1b2c3d4e5f6a7b8c9/npm/", "https://h/******************/npm/"),
        ("https://h/artifactory/api/npm/npm-virtual-2024/", "https://h/artifactory/api/npm/npm-virtual-2024/"),
        (
            "https://h/api/v4/projects/12345678901234567/packages/npm/",
            "https://h/api/v4/projects/12345678901234567/packages/npm/",
        ),
    ] {
        assert_eq!(ShownUrl::new(&url.parse().unwrap()).to_string(), shown);
    }
    assert_eq!(mask_url("bot:secret@h/npm"), "bot:******@h/npm");
    assert_eq!(mask_url("//bot:secret@h/npm"), "//bot:******@h/npm");
    assert_eq!(mask_url("https://h/npm/"), "https://h/npm/");
}

#[test]
fn a_repository_is_shown_without_user() {
    for (url, expected) in [
        ("git+https://alice:pa@ss@github.com/a/b.git", "git+https://github.com/a/b.git"),
        ("git+ssh://git@github.com/a/b.git", "git+ssh://git@github.com/a/b.git"),
        ("https://host.example/@a/b", "https://host.example/@a/b"),
        ("alice:secret@host.example/a", "host.example/a"),
    ] {
        assert_eq!(without_user(url), expected);
    }
}

#[test]
fn a_known_secret_is_hidden_in_every_form() {
    let mut scrubber = Scrubber::default();
    scrubber.password("alice", "opal \"kettle\"/7");
    for text in [
        "it is opal \"kettle\"/7.",
        "it is OPAL \"KETTLE\"/7.",
        r#"it is opal \"kettle\"/7."#,
        "it is opal%20%22kettle%22%2F7.",
        "it is opal+%22kettle%22%2f7.",
        "it is YWxpY2U6b3BhbCAia2V0dGxlIi83.",
    ] {
        assert_eq!(scrubber.hide(text), "it is ….", "{text}");
        assert_eq!(scrubber.scrub(text), "it is ….", "{text}");
        assert!(scrubber.is_in(text.as_bytes()), "{text}");
    }
    assert!(!scrubber.is_in(b"opal kettle"));
}

#[test]
fn a_short_secret_is_hidden_where_it_is_a_word_of_its_own() {
    let mut scrubber = Scrubber::default();
    scrubber.secret("918273");
    assert_eq!(
        scrubber.hide("the code 918273 is wrong, 19182734 is a number"),
        "the code … is wrong, 19182734 is a number"
    );
    assert_eq!(scrubber.scrub("{\"line\": 918273}"), "{\"line\": 918273}");
}

#[test]
fn a_truncated_secret_is_hidden() {
    let mut scrubber = Scrubber::default();
    scrubber.secret("violet-anvil-42-lantern");
    assert_eq!(scrubber.hide("no such token: violet-anv…"), "no such token: …");
    assert_eq!(scrubber.hide("no such token…"), "no such token…");
}

/// A hundred thousand characters that repeat themselves: a search whose making took the square of that would not end.
#[test]
fn a_secret_of_one_repeated_letter_is_hidden() {
    let mut scrubber = Scrubber::default();
    let secret = "9".repeat(100_000);
    scrubber.secret(&secret);
    assert_eq!(scrubber.hide(&format!("no such token: {secret}.")), format!("no such token: {HIDDEN}."));
}

#[test]
fn a_variable_is_shown_by_its_name() {
    let mut scrubber = Scrubber::default();
    scrubber.variable("AWS_SECRET", "wJalrXUtn/K7MDENGbPx", Publicity::Unknown);
    scrubber.variable("TAG", "next", Publicity::Unknown);
    scrubber.variable("HOME", "/home/alice", Publicity::Familiar);
    scrubber.variable("CI", "true", Publicity::Unknown);
    scrubber.variable("ONE", "1", Publicity::Unknown);
    for (text, hidden) in [
        ("`http://h/wJalrXUtn/K7MDENGbPx/`", "`http://h/${AWS_SECRET}/`"),
        ("`http://wjalrxutn/`", "`http://${AWS_SECRET}/`"),
        ("the tag `next`, before the next publish", "the tag `${TAG}`, before the next publish"),
        ("`/home/alice/ca.pem`", "`${HOME}/ca.pem`"),
        ("`true`, 1", "`true`, 1"),
    ] {
        assert_eq!(scrubber.hide(text), hidden);
    }
    assert_eq!(
        scrubber.scrub("<next>/home/alice</next> wJalrXUtn/K7MDENGbPx"),
        "<next>/home/alice</next> ${AWS_SECRET}"
    );
}

#[test]
fn keys_of_credentials_are_secret_and_others_are_not() {
    for key in ["//h/:_authToken", "_auth", "//h/a/:_password", "otp", "key", "_authtoken", "-authtoken", "MY_TOKEN"] {
        assert!(is_secret(key), "{key}");
    }
    for key in ["registry", "@a:registry", "//h/:username", "//h/:keyfile", "token-description", "tag"] {
        assert!(!is_secret(key), "{key}");
    }
}
