//! Command lines, and what they ask for.

use super::*;
use crate::npm::version::Version;
use crate::report::Format;

fn read(line: &str) -> Result<Order, Refusal> {
    let exists = |word: &str| word == "dist";
    let argv = std::iter::once("npm-preflight").chain(line.split_whitespace()).map(OsString::from);
    parse(argv, exists, || NpmRelease::of(&NpmRelease::OLDER))
}

fn lint(line: &str) -> (Lint, Parsed) {
    match read(line).unwrap() {
        Order::Lint(options, npm) => (*options, npm),
        other => panic!("{line} is {other:?}"),
    }
}

#[test]
fn lint_is_the_default_command() {
    for line in ["", "./dist", "--offline", "--tag beta", "dist", "packages/a", "otter@1.0.0", "a.tgz", "lint nope"] {
        lint(line);
    }
    assert!(matches!(read("plan ./dist").unwrap(), Order::Plan(..)));
}

#[test]
fn our_options_and_npm_options_mix_in_any_order() {
    let (lint, npm) = lint("lint --tag=beta --format json ./a -w x -A name-taken --offline");
    assert_eq!(lint.format, Some(Format::Json));
    assert!(lint.checks.offline);
    assert_eq!(lint.levels, [("name-taken".to_owned(), Level::Allow)]);
    assert_eq!(lint.paths, npm.positional);
}

#[test]
fn the_npm_version_must_be_a_full_version() {
    assert_eq!(lint("--npm-version 10.9.0").0.npm_version, Some(Version::new(10, 9, 0)));
    assert!(matches!(read("plan --npm-version v11.0.0-pre.1"), Ok(Order::Plan(..))));
    let positional = |line: &str| lint(line).1.positional;
    assert_eq!(positional("--patches-dir x --npm-version 11.19.1"), ["x"]);
    for line in ["--patches-dir x --npm-version=12.0.0", "--npm-version 12.0.0 --patches-dir x"] {
        assert!(positional(line).is_empty(), "{line}: npm 12 has that option");
    }
    for line in ["--npm-version 11", "--npm-version=latest", "plan --npm-version 11.x", "--npm-version"] {
        assert!(matches!(read(line), Err(Refusal::Clap(error)) if error.use_stderr()), "{line}");
    }
}

#[test]
fn a_misspelled_option_of_ours_is_an_error() {
    for line in ["lint --fromat json", "lint --offlin", "--offl", "--FORMAT json", "--skip_published"] {
        assert!(matches!(read(line), Err(Refusal::Misspelt { .. })), "{line}");
    }
    let nearest_is =
        |line: &str, ours: &str| matches!(read(line), Err(Refusal::Misspelt { similar, .. }) if similar == ours);
    assert!(nearest_is("lint --stag", "stage") && nearest_is("lint --formt json", "format"));
    for (line, ours) in [("lint --no-strict", "strict"), ("--no-quiet", "quiet")] {
        assert!(matches!(read(line), Err(Refusal::Negated { option }) if option == ours), "{line}");
    }
}

#[test]
fn a_value_after_a_space_is_not_taken_for_a_package() {
    for (line, meant) in [
        ("lint --fix access:public", "did you mean `--fix=access:public`?"),
        ("--strict all --offline", "did you mean `--strict=all`?"),
    ] {
        let refused = read(line).err().map(|refusal| refusal.to_string()).unwrap_or_default();
        assert!(refused.ends_with(meant), "{line}: {refused}");
    }
    assert!(read("lint --fix -- access:public").is_ok());
}

#[test]
fn a_word_that_is_neither_command_nor_folder_is_an_error() {
    for (line, words) in [
        ("explian E403", "did you mean `explain`?"),
        ("lnt", "did you mean `lint`?"),
        ("nit --offline", "did you mean `init`?"),
        ("publish", "run `npm-preflight --help` to list the commands"),
        ("verify", "run `npm-preflight --help` to list the commands"),
    ] {
        let refused = read(line).err().map(|refusal| refusal.to_string()).unwrap_or_default();
        assert!(refused.starts_with("unknown command") && refused.contains(words), "{line}: {refused}");
    }
}

#[test]
fn an_invalid_number_of_seconds_gets_a_readable_error() {
    assert_eq!(lint("--timeout 86400").0.checks.timeout, Some(86_400));
    for line in ["--timeout x", "--timeout 86401", "--timeout=-1"] {
        let refused = read(line).err().map(|refusal| refusal.to_string()).unwrap_or_default();
        assert!(refused.contains("a whole number of seconds, at most 86400"), "{line}: {refused}");
    }
}

#[test]
fn a_misspelled_npm_option_is_refused_for_every_npm() {
    for (line, meant) in [
        ("--acess public", "access"),
        ("--tga next", "tag"),
        ("--tagg next --npm-version 12.0.0", "tag"),
        ("--wrokspace a", "workspace"),
        ("plan --registy https://h/", "registry"),
        ("--jsn", "json"),
        ("--jjson", "json"),
        ("--scoep @acme", "scope"),
        ("--Dry_Run", "dry-run"),
    ] {
        assert!(matches!(read(line), Err(Refusal::Misspelt { similar, .. }) if similar == meant), "{line}");
    }
    assert!(read("--yolo").is_ok());
    let printed = passed_over(&lint("--foo-bar").1, None).join("\n");
    assert_eq!(printed, "npm does not recognize `--foo-bar`, and npm 11 ignores it");
    assert!(passed_over(&lint("--foo-bar --npm-version 12.0.0").1, None).is_empty(), "npm 12 stops at it");
}

#[test]
fn pnpm_options_are_accepted_where_pnpm_publishes() {
    for line in ["--client pnpm --publish-branch next dist", "--publish-branch=next dist --client=pnpm --no-git-checks"]
    {
        let (options, npm) = lint(line);
        assert_eq!(npm.positional, ["dist"], "{line}");
        assert_eq!(passed_over(&npm, options.client), [""; 0], "{line}");
        assert!(!passed_over(&npm, None).is_empty(), "{line}");
    }
    assert_eq!(lint("--publish-branch next").1.positional, ["next"]);
}

#[test]
fn an_output_needs_a_known_format_and_a_file() {
    for (line, part) in [
        ("-o nonsense=x", "text, json, sarif"),
        ("-o json=", "FORMAT=FILE"),
        ("-o json", "FORMAT=FILE"),
        ("-o json=-", "`--format json`"),
    ] {
        let refused = read(line).err().map(|refusal| refusal.to_string()).unwrap_or_default();
        assert!(refused.contains(part), "{line}: {refused}");
    }
    assert_eq!(lint("-o json=x.json").0.output, [(Format::Json, "x.json".into())]);
}

#[test]
fn the_last_level_given_for_a_rule_wins() {
    let (options, _) = lint("lint -D correctness -Aname-taken -W tag-invalid -D tag-invalid");
    let names: Vec<_> = options.levels.iter().map(|(name, level)| (name.as_str(), *level)).collect();
    let (deny, allow, warn) = (Level::Deny, Level::Allow, Level::Warn);
    let wanted = [("correctness", deny), ("name-taken", allow), ("tag-invalid", warn), ("tag-invalid", deny)];
    assert_eq!(names, wanted);
}
