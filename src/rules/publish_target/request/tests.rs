//! Settings that stop a request, each beside one that does not.

use crate::commands::testing::Scene;

fn configured(line: &str) -> Scene {
    Scene::version("1.0.0").npmrc(line)
}

fn publish_config(key: &str, value: &str) -> Scene {
    Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0","publishConfig":{{"{key}":{value}}}}}"#))
}

#[test]
fn settings_that_make_the_request_fail_are_reported() {
    for line in [
        "fetch-timeout=soon",
        "fetch-timeout=-1",
        "fetch-timeout=Infinity",
        "fetch-timeout",
        "fetch-retry-mintimeout=70000",
        "fetch-retry-maxtimeout=5000",
        "fetch-retry-maxtimeout=null",
        "maxsockets=many",
        "maxsockets=-1",
        "before=x",
        "before=",
        "before",
        "before[]=2020-01-01",
        "scope[]=@acme",
        "user-agent=\"a\\nb\"",
        "user-agent=\u{43a}",
    ] {
        configured(line).finds("publish-target", 1);
    }
    for (key, value) in [
        ("fetch-timeout", r#""3000""#),
        ("fetch-timeout", "-5"),
        ("fetch-retry-maxtimeout", r#""5000""#),
        ("maxsockets", r#""many""#),
        ("before", r#""2020-01-01""#),
        ("cafile", r#""..""#),
    ] {
        publish_config(key, value).finds("publish-target", 1);
    }
    Scene::version("1.0.0").args(&["--fetch-timeout=-1"]).finds("publish-target", 1);
}

#[test]
fn settings_that_npm_can_use_or_ignores_are_fine() {
    for line in [
        "fetch-timeout=0",
        "fetch-timeout=",
        "fetch-timeout=0x1000",
        "fetch-timeout=1000.5",
        "fetch-timeout=soon\nscope=acme",
        "fetch-retry-mintimeout=x",
        "fetch-retry-maxtimeout=10000",
        "maxsockets=0",
        "maxsockets=",
        "maxsockets",
        "before=null",
        "before=false",
        "before=2020-01-01",
        "before=x\nscope=acme",
        "scope[]=acme",
        "scope=@acme",
        "user-agent=\u{e9}",
    ] {
        configured(line).finds("publish-target", 0);
    }
    for (key, value) in [
        ("fetch-timeout", "null"),
        ("maxsockets", r#""5""#),
        ("before", "null"),
        ("cafile", r#""missing.pem""#),
        ("cafile", r#""""#),
    ] {
        publish_config(key, value).finds("publish-target", 0);
    }
    let args = ["--fetch-timeout=soon", "--maxsockets=many", "--before=x"];
    Scene::version("1.0.0").args(&args).finds("publish-target", 0);
}

#[test]
fn a_dry_run_fails_only_on_settings_that_packing_needs() {
    configured("fetch-timeout=soon").args(&["--dry-run"]).finds("publish-target", 0);
    configured("maxsockets=many").args(&["--dry-run"]).finds("publish-target", 1);
    configured("maxsockets=many").args(&["--dry-run", "--force"]).finds("publish-target", 0);
    configured("before=x").args(&["--dry-run"]).finds("publish-target", 1);
    let member = |line: &str| {
        Scene::new(r#"{"private":true,"workspaces":["a"]}"#)
            .file("a/package.json", r#"{"name":"a","version":"1.0.0","private":true}"#)
            .npmrc(line)
            .args(&["-w", "a"])
    };
    member("fetch-timeout=soon").finds("publish-target", 0);
    member("before=x").finds("publish-target", 1);
}

#[test]
fn a_timeout_too_short_for_a_publish_is_undecided() {
    for line in ["fetch-timeout=1", "fetch-timeout=999", "fetch-timeout=3000000000"] {
        configured(line).undecided("publish-target");
        configured(line).args(&["--dry-run"]).finds("publish-target", 0);
    }
    configured("fetch-timeout=1000").finds("publish-target", 0);
    configured("fetch-timeout=2147483647").finds("publish-target", 0);
}
