//! Settings in both places, what they say, and what is said of those that cannot be used.

use std::path::Path;

use clap::ValueEnum as _;

use super::{Settings, SettingsError, shape};
use crate::project::declared::{Right, TwoFactorPolicy};
use crate::project::manifest::Manifest;
use crate::project::world::World;
use crate::publisher::Manager;
use crate::rules;
use crate::rules::levels::Level;

fn settings(world: &World, named: Option<&str>) -> Result<Settings, SettingsError> {
    Settings::read(world, &Manifest::read(world, Path::new("/project")), named.map(Path::new))
}

fn of_files(files: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    settings(&World::memory(files, &[]), None)
}

fn read(text: &str) -> Result<Settings, SettingsError> {
    of_files(&[("/project/npm-preflight.toml", text)])
}

fn refused(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn an_error_names_line_column_and_a_suggestion() {
    for (text, expected) in [
        (
            "[rules]\nversion-publishd = \"warn\"\n",
            "2:1: `version-publishd` is neither a rule nor a category; did you mean `version-published`?",
        ),
        ("[rules]\nname-taken = \"loud\"\n", "2:14: expected `allow`, `warn` or `deny`"),
        ("strcit = true\n", "1:1: `strcit` is not a setting; did you mean `strict`?"),
        ("strict = \"some\"\n", "1:10: expected `true`, `false` or `all`"),
        ("timeout = -1\n", "1:11: expected a whole number, at most 86400"),
        ("client = \"npmm\"\n", "1:10: expected `npm`, `pnpm`, `yarn` or `bun`"),
        ("npmjs-registries = [\"ftp://x/\"]\n", "1:21: expected a URL that begins with https:// or http://"),
        ("[[packages]]\nrules = {}\n", "1:1: `match` is missing"),
        ("[[ignore]]\nrule = \"name-taken\"\n", "1:1: `reason` is missing"),
        ("[[ignore]]\nrule = \"name-taken\"\nreason = \" \"\n", "3:10: expected a non-empty string"),
        ("[[ignore]]\nrule = \"name-taken\"\nreason = \"x\"\nexpires = 2027-02-30\n", "4:"),
        ("[registry.\"https://h.test/\"]\ntoken-expires = \"soon\"\n", "2:17: expected a date such as 2027-01-31"),
        (
            "[registry.\"https://h.test/\"]\ntrusted-publisher = { repo = \"a/b\" }\n",
            "2:23: `repo` is not a setting; did you mean `repository`?",
        ),
        ("[registry.npm]\n", "1:11: expected a URL"),
        (
            "[[packages]]\nmatch = \"a\"\nrules = { workspace-partial-release = \"allow\" }\n",
            "3:11: `workspace-partial-release` is about all packages together; set it under `rules`",
        ),
        ("rules = 1\n", "1:9: expected a table"),
        ("a = \n", "1:"),
    ] {
        let error = refused(text);
        assert!(error.starts_with(&format!("npm-preflight.toml:{expected}")), "{text}: {error}");
    }
}

#[test]
fn package_json_accepts_the_same_settings() {
    let settings = of_files(&[(
        "/project/package.json",
        "{ \"name\": \"a\",\n  \"npm-preflight\": { \"client\": \"yarn\", \"timeout\": 7, \"rules\": { \"name-taken\": \"warn\" } } }",
    )])
    .unwrap();
    let client = settings.client.unwrap();
    assert_eq!((client.value, client.place.path_and_line()), (Manager::Yarn, "package.json:2".to_owned()));
    assert_eq!(settings.timeout, Some(7));
    assert_eq!(settings.levels.in_force(rules::find("name-taken").unwrap()), Level::Warn);
    let error = of_files(&[("/project/package.json", "{\n  \"npm-preflight\": { \"timeout\": 1.5 } }")]);
    assert_eq!(error.unwrap_err().to_string(), "package.json:2:33: expected a whole number, at most 86400");
}

#[test]
fn settings_in_two_places_are_refused_unless_a_file_is_named() {
    let files = [("/project/npm-preflight.toml", ""), ("/project/package.json", "{\"npm-preflight\": {}}")];
    assert_eq!(
        of_files(&files).unwrap_err().to_string(),
        "package.json:1:2: there are settings here and in `npm-preflight.toml`; keep one of them"
    );
    let world = World::memory(&files, &[]);
    assert!(settings(&world, Some("npm-preflight.toml")).is_ok());
}

#[test]
fn the_default_file_may_be_missing() {
    assert!(of_files(&[]).is_ok());
    let missing = settings(&World::memory(&[], &[]), Some("x.toml"));
    let why = "cannot read the settings file `x.toml`: there is no such file or folder";
    assert_eq!(missing.unwrap_err().to_string(), why);
}

#[test]
fn declarations_carry_their_line() {
    let settings = read(
        "[registry.\"https://h.test/npm\"]\ntrusted-publisher = { repository = \"a/b\", allow = [\"stage\"] }\n\
         token-expires = 2027-01-31\ntoken-bypasses-2fa = false\ntwo-factor = \"required\"\n",
    )
    .unwrap();
    let (url, declared) = &settings.declarations.registries[0];
    assert_eq!(url.as_str(), "https://h.test/npm");
    let publisher = &declared.trusted_publisher.as_ref().unwrap().value;
    assert_eq!(publisher.allow.as_ref().unwrap().value, [Right::Stage]);
    assert_eq!(publisher.repository.as_ref().unwrap().says_so(), "npm-preflight.toml:2 says so");
    assert_eq!(declared.token_expires.as_ref().unwrap().value.text, "2027-01-31");
    assert!(!declared.token_bypasses_2fa.as_ref().unwrap().value);
    let policy = declared.two_factor.as_ref().unwrap();
    assert_eq!(
        (policy.value, policy.place.path_and_line()),
        (TwoFactorPolicy::Required, "npm-preflight.toml:5".into())
    );
}

#[test]
fn every_client_can_be_named() {
    let names =
        Manager::value_variants().iter().filter_map(|manager| Some(manager.to_possible_value()?.get_name().to_owned()));
    assert_eq!(names.collect::<Vec<_>>(), shape::CLIENTS);
}
