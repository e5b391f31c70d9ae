//! What npm printed, and the rules and words that come out of it.

mod codes;
mod shapes;

use super::*;
use crate::commands::cli::DiagnoseFormat as Format;

fn ids(text: &str) -> Vec<&'static str> {
    suspects(text).iter().map(|rule| rule.id).collect()
}

/// What npm 11 prints for a refused upload.
fn refused(status: u16, url: &str, body: &str) -> String {
    let reason = match status {
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        413 => "Payload Too Large",
        _ => "Status",
    };
    let prefix = if matches!(status, 403 | 404) { format!("{status} ") } else { String::new() };
    let number = if status == 404 { String::new() } else { format!("{status} ") };
    let body = if body.is_empty() { String::new() } else { format!(" - {body}") };
    format!("npm error code E{status}\nnpm error {prefix}{number}{reason} - PUT http://r.test/{url}{body}\n")
}

/// The same of npm's registry.
fn at_npm(status: u16, url: &str, body: &str) -> String {
    refused(status, url, body).replace("http://r.test", "https://registry.npmjs.org")
}

fn output(text: &str) -> String {
    render::render(&answer::answer("the input".to_owned(), &Log::read(text)), Format::Text)
}

#[test]
fn an_unambiguous_message_settles_the_cause() {
    for (status, url, body, rules) in [
        (
            403,
            "left-lodge",
            "You cannot publish over the previously published versions: 1.0.0.",
            &["version-published", "version-reused"][..],
        ),
        (
            400,
            "left-lodge",
            "Cannot publish over previously published version \"1.0.0\".",
            &["version-reused", "version-published"],
        ),
        (
            403,
            "leftlodge",
            "Package name too similar to existing package left-lodge; try renaming",
            &["name-too-similar"],
        ),
        (
            403,
            "left-lodge",
            "Two-factor authentication or granular access token with bypass 2fa enabled is required to publish packages.",
            &["two-factor-required"],
        ),
        (403, "daves-desk", "you must verify your email before publishing a new package", &["account-restricted"]),
        (403, "left-lodge", "left-lodge cannot be republished until 24 hours have passed.", &["name-on-hold"]),
        (409, "otter", "this package is already present", &["version-published"]),
        (409, "otter", "Cannot publish over previously staged version \"1.0.0\".", &["version-staged"]),
        (
            403,
            "bobs-bits",
            "You do not have permission to publish \"bobs-bits\".",
            &["name-taken", "not-a-maintainer", "credential-restricted"],
        ),
        (
            403,
            "@acme%2fcore",
            "You do not have permission to publish \"@acme/core\".",
            &["not-a-maintainer", "scope-not-yours", "credential-restricted"],
        ),
        (402, "@acme%2fnew", "You must sign up for private packages", &["access-missing", "access-change"]),
    ] {
        assert_eq!(ids(&refused(status, url, body)), rules, "{body}");
    }
}

#[test]
fn a_bare_code_lists_the_likeliest_rules_without_advice() {
    let text = refused(403, "left-lodge", "");
    let usual = ["version-published", "not-a-maintainer", "credential-restricted", "two-factor-required", "name-taken"];
    assert_eq!(ids(&text), usual);
    let output = output(&text);
    assert!(
        output.contains("with E403 for left-lodge: Forbidden - PUT http://r.test/left-lodge\n\nIt may be one of:\n"),
        "{output}"
    );
    assert!(output.contains("  version-published ") && !output.contains("Raise `version`"), "{output}");
    for (words, first) in [
        ("This version is locked", "version-published"),
        ("Set up two-factor authentication before you publish", "two-factor-required"),
        ("Not allowed: use another token", "credential-restricted"),
    ] {
        assert_eq!(ids(&refused(403, "left-lodge", words))[0], first, "{words}");
    }
}

#[test]
fn a_404_means_the_credential_on_upload_and_a_package_on_download() {
    let scope = refused(404, "/@nosuch%2fcore", "Scope not found");
    assert_eq!(ids(&scope), ["scope-not-yours"]);
    let scoped = "npm ERR! code E404\nnpm ERR! 404 Not Found - PUT http://r.test/@acme%2fcore - Not found\n\
        npm ERR! 404  '@acme/core@1.0.0' is not in this registry.\n";
    let rules = ids(scoped);
    assert_eq!(rules[..3], ["credential-rejected", "credential-unset-variable", "scope-not-yours"]);
    assert!(rules.contains(&"not-a-maintainer") && !rules.contains(&"dependency-unavailable"), "{rules:?}");
    assert!(!ids(&refused(404, "left-lodge", "Not found")).contains(&"scope-not-yours"));
    let install = "npm error code E404\nnpm error 404 Not Found - GET http://r.test/otterr - Not found\n";
    assert_eq!(ids(install), ["publish-target"]);
    assert!(output(install).contains("the install failed, before anything was published"), "{}", output(install));
}

#[test]
fn the_registrys_notice_about_the_token_outranks_the_code() {
    let notice = "npm notice Access token expired or revoked. Please try logging in again.\n";
    let text = format!("{notice}{}", refused(404, "@acme%2fcore", "Not found"));
    assert_eq!(ids(&text), ["credential-rejected", "credential-unset-variable"]);
    let unset = format!("npm warn Failed to replace env in config: ${{NPM_TOKEN}}\n{text}");
    assert_eq!(ids(&unset), ["credential-unset-variable", "credential-rejected"]);
    let published =
        format!("{notice}{}", refused(403, "left-lodge", "You cannot publish over the previously published versions"));
    assert_eq!(ids(&published)[0], "version-published");
    assert_eq!(ids(notice), Vec::<&str>::new());
}

#[test]
fn a_missing_login_gets_its_own_advice() {
    let text = |registry: &str| {
        format!(
            "npm error code ENEEDAUTH\nnpm error need auth This command requires you to be logged in to {registry}\n"
        )
    };
    let at_npm = output(&text("https://registry.npmjs.org/"));
    assert_eq!(ids(&text("https://registry.npmjs.org/"))[0], "credential-missing");
    assert!(
        at_npm.contains("ENEEDAUTH: This command requires") && at_npm.contains("log in with `npm login`"),
        "{at_npm}"
    );
    let gitlab = output(&text("https://gitlab.com/api/v4/projects/12345/packages/npm/"));
    assert!(gitlab.contains("`//gitlab.com/api/v4/projects/12345/packages/npm/:_authToken=${NPM_TOKEN}`"), "{gitlab}");
    assert!(gitlab.contains("`CI_JOB_TOKEN`") && !gitlab.contains("trusted-publisher"), "{gitlab}");
    let basic = "npm error code E401\nnpm error Incorrect or missing password.\n\
        npm error If you were trying to login, change your password or enable two-factor authentication then retry\n";
    assert_eq!(ids(basic), ["credential-rejected", "credential-malformed"]);
}

#[test]
fn advice_fits_the_tool_and_the_registry_that_failed() {
    for (text, words, not) in [
        ("\u{2716} Unclean working tree. Commit or stash changes first.\n", "git status", "pnpm"),
        (
            "ERROR Working dir must be clean.\nPlease stage and commit your changes.\n",
            "Commit the files",
            "--no-git-checks",
        ),
        (
            "npm error code E405\nnpm error 405 Method Not Allowed - PUT https://npm.acme.test/group/otter - PUT\n",
            "hosted repository on the same server",
            "registry.npmjs.org",
        ),
        (
            "npm error code E403\nnpm error 403 403 Forbidden - PUT http://verdaccio.acme.test:4873/otter - user alice is not allowed to \
             publish package otter\n",
            "the registry's operators",
            "npm access",
        ),
        (
            "[ERROR] ERR_PNPM_CANNOT_RESOLVE_WORKSPACE_PROTOCOL  Cannot resolve workspace protocol of dependency \"@acme/utils\" because \
             this dependency is not installed.\n",
            "`pnpm install`",
            "yarn npm publish",
        ),
        (
            "error Couldn't publish package: \"https://registry.yarnpkg.com/otter: Not found\"\n",
            "Yarn 1 has no trusted publishing",
            "use trusted publishing",
        ),
        (
            "npm error code EJSONPARSE\nnpm error JSON.parse Failed to parse JSON data.\n",
            "as the message says",
            "diagnostic",
        ),
        (
            "npm error code EBADDEVENGINES\nnpm error EBADDEVENGINES The developer of this package has specified the following through \
             devEngines\nnpm error EBADDEVENGINES Invalid name \"pnpm\" does not match \"npm\" for \"packageManager\"\n",
            "EBADDEVENGINES: Invalid name \"pnpm\" does not match",
            "has specified the following",
        ),
        (
            "npm error code ECONNRESET\nnpm error network request to https://registry.npmjs.org/otter failed, reason: write ECONNRESET\n",
            "Check whether the version was published",
            "noproxy",
        ),
        (
            "npm notice Publishing to https://registry.npmjs.org/ with tag latest and public access\nnpm error code E402\nnpm error 402 \
             Payment Required - PUT https://registry.npmjs.org/@acme%2fb - You must sign up for private packages\n",
            "`access` is not what is missing",
            "access-missing",
        ),
    ] {
        let output = output(text).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(output.contains(words), "{words}: {output}");
        assert!(!output.contains(not), "{not}: {output}");
    }
}

#[test]
fn a_failure_no_rule_explains_still_gets_advice() {
    for (text, words) in [
        (refused(409, "otter", "Failed to save packument. A common cause is too many publishes"), "publish again"),
        (refused(500, "otter", ""), "try again later"),
        (refused(502, "otter", "bad gateway"), "try again later"),
        (refused(503, "otter", ""), "try again later"),
        (refused(429, "otter", ""), "too many requests"),
        (
            format!("\u{1b}[31mnpm\u{1b}[39m error code E413\n\u{1b}[1mnpm {}", &refused(413, "otter", "")[4..]),
            "`npm pack --dry-run`",
        ),
    ] {
        let output = output(&text);
        assert_eq!(ids(&text), Vec::<&str>::new(), "{text}");
        assert!(output.contains(words) && !output.contains("lint") && !output.contains("aise `version`"), "{output}");
    }
    assert_eq!(ids("npm error code ECONNREFUSED\n"), ["registry-unreachable"]);
}

#[test]
fn npms_manual_text_matches_no_rule() {
    let text = "npm error code EUSAGE\nnpm error\nnpm error Publish a package\nnpm error\nnpm error Usage:\n\
        npm error [--tag <tag>] [--dry-run] [--otp <otp>]\n\
        npm error     This is a one-time password from a two-factor authenticator.\n";
    assert_eq!(ids(text), ["publish-target"]);
    assert!(output(text).starts_with("the input: npm failed with EUSAGE: Publish a package\n"), "{}", output(text));
}

#[test]
fn a_single_cause_is_not_offered_as_a_choice() {
    let one = output("npm error code EPRIVATE\nnpm error This package has been marked as private\n");
    assert!(
        one.starts_with("the input: npm failed with EPRIVATE: This package has") && !one.contains("which"),
        "{one}"
    );
    let two = output(&refused(403, "x", "You cannot publish over the previously published versions: 1.0.0."));
    assert!(two.ends_with("to find out which of them it is.\n"), "{two}");
    let logged = "12 verbose stack x\n13 error code EPRIVATE\n14 error This package has been marked as private\n";
    assert_eq!(ids(logged), ["private-package"]);
}

#[test]
fn pasted_text_shows_no_secret_and_starts_no_command() {
    let token = "npm_000000000000000000000000000000000000";
    let text = format!("npm error code E404\nnpm error 404 ::error:: not found {token} \u{1b}[31m ##[group]\n");
    let shown = output(&text);
    assert!(!shown.contains(token) && !shown.contains('\u{1b}') && !shown.contains("##["), "{shown}");
}

/// npm's log folder with these logs: the time, the command and the lines after it.
fn logged(logs: &[(&str, &str, &str)]) -> World {
    let files: Vec<_> = logs
        .iter()
        .map(|(time, title, lines)| {
            (format!("/home/alice/.npm/_logs/{time}-debug-0.log"), format!("7 verbose title npm {title}\n{lines}"))
        })
        .collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let mut world = World::memory(&files, &[]);
    world.now = 1_767_398_400;
    world
}

const OTP: &str = "8 error code EOTP\n9 error This operation requires a one-time password.\n";
const OK: &str = "8 notice \u{1f4e6}  left-lodge@1.1.0\n9 verbose exit 0\n10 info ok\n";

#[test]
fn npms_newest_publish_log_is_read_and_dated() {
    let world = logged(&[
        ("2026-01-01T00_00_00_000Z", "publish", "8 error code EPRIVATE\n"),
        ("2026-01-02T00_00_00_000Z", "publish", OTP),
        ("2026-01-02T12_00_00_000Z", "install", "8 error code E404\n"),
    ]);
    let output = diagnosed(&world, None, false).unwrap();
    assert!(output.contains("two-factor-required") && !output.contains("private-package"), "{output}");
    assert!(output.contains("its newest publish, 2026-01-02 00:00:00 UTC (24 hours ago)"), "{output}");
    assert!(output.contains("npm has run since, last `npm install`"), "{output}");
    assert!(matches!(diagnosed(&World::memory(&[], &[]), None, false), Err(DiagnoseError::NoLog { .. })));
    assert!(matches!(diagnosed(&world, Some("nothing"), false), Err(DiagnoseError::Unreadable { .. })));
}

#[test]
fn an_older_failure_is_ignored_once_the_newest_publish_succeeded() {
    let world =
        logged(&[("2026-01-01T00_00_00_000Z", "publish", OTP), ("2026-01-02T00_00_00_000Z", "publish --tag next", OK)]);
    let output = diagnosed(&world, None, false).unwrap();
    assert!(output.contains("left-lodge@1.1.0 was published; the log shows no failed publish"), "{output}");
    assert!(!output.contains("two-factor-required"), "{output}");
}

const FAILED_503: &str = "npm error code E503\nnpm error 503 Service Unavailable - PUT https://registry.npmjs.org/left-lodge - Service Unavailable\n";
const NOTICE: &str = "npm notice \u{1f4e6}  left-lodge@1.1.0\nnpm notice Publishing to https://registry.npmjs.org/ with tag latest and \
                      default access\n";

#[test]
fn a_publish_that_succeeded_on_retry_is_not_a_failure() {
    let output = output(&format!("{FAILED_503}{NOTICE}+ left-lodge@1.1.0\n"));
    assert!(output.contains("it was published in the end") && !output.contains("the registry failed"), "{output}");
    assert!(output.contains("a later attempt published left-lodge@1.1.0"), "{output}");
}

#[test]
fn a_conflict_after_a_lost_response_means_the_first_attempt_published() {
    let again = "npm error code E403\nnpm error 403 403 Forbidden - PUT https://registry.npmjs.org/left-lodge - You cannot publish over \
                 the previously published versions: 1.1.0.\n";
    let output = output(&format!("{FAILED_503}{NOTICE}{again}"));
    assert!(output.contains("a later attempt in this log found left-lodge@1.1.0 published"), "{output}");
    assert!(output.contains("failed with E503, but arrived") && !output.contains("version-reused"), "{output}");
    assert!(!output.contains("for example with `npm version patch`"), "{output}");
}

#[test]
fn a_step_that_fails_after_the_publish_is_not_a_failed_publish() {
    let tag = "npm error code E401\nnpm error 401 Unauthorized - PUT \
               https://registry.npmjs.org/-/package/left-lodge/dist-tags/next\n";
    let output = output(&format!("{NOTICE}+ left-lodge@1.1.0\n{tag}"));
    assert!(output.contains("left-lodge@1.1.0 was published before this"), "{output}");
    assert!(output.contains("Do not publish again") && !output.contains("credential-rejected"), "{output}");
}

#[test]
fn packages_published_despite_a_failure_are_named() {
    let text = "npm notice \u{1f4e6}  @acme/a@1.4.0\n+ @acme/a@1.4.0\nnpm notice \u{1f4e6}  @acme/b@1.4.0\nnpm error code E402\n\
                npm error 402 Payment Required - PUT https://registry.npmjs.org/@acme%2fb - You must sign up for private packages\n";
    let output = output(text);
    assert!(
        output.contains("In the same log, @acme/a@1.4.0 was published.") && output.contains("access-missing"),
        "{output}"
    );
}

#[test]
fn a_successful_log_says_so_and_a_dry_run_is_not_a_success() {
    let text = format!("{NOTICE}+ left-lodge@1.1.0\n");
    assert_eq!(output(&text), "the input: left-lodge@1.1.0 was published; the log shows no failed publish\n");
    let looked_up =
        "npm error code E404\nnpm error 404 Not Found - GET https://registry.npmjs.org/left-lodge - Not found\n";
    assert!(output(&format!("{looked_up}{text}")).starts_with("the input: left-lodge@1.1.0 was published;"));
    let rehearsal = output(&text.replace("default access", "default access (dry-run)"));
    assert!(rehearsal.starts_with("the input: nothing was published: it was a dry run;"), "{rehearsal}");
}

#[test]
fn a_failed_install_is_not_a_failed_publish() {
    for (text, words) in [
        (
            "$ npm ci\nnpm error code E401\nnpm error 401 Unauthorized - GET https://npm.pkg.github.com/@acme%2fdep - \
             authentication token not provided\n",
            "a token that may read",
        ),
        (
            "$ npm ci\nnpm error code EUSAGE\nnpm error\nnpm error `npm ci` can only install packages when your package.json and \
             package-lock.json or npm-shrinkwrap.json are in sync.\nnpm error Usage:\nnpm error npm ci\n",
            "commit package-lock.json",
        ),
        (
            "npm error code ETARGET\nnpm error notarget No matching version found for @acme/utils@^2.0.0.\n",
            "Publish that package first",
        ),
        (
            "$ npm ci\nnpm error code ETIMEDOUT\nnpm error network request to https://registry.npmjs.org/x failed\n",
            "run the job again",
        ),
    ] {
        let output = output(text);
        assert!(
            output.contains("the install failed, before anything was published") && output.contains(words),
            "{output}"
        );
        assert_eq!(ids(text), Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn a_list_of_failed_packages_is_not_read_as_published() {
    let output = output(
        "\u{1f98b}  error an error occurred while publishing @acme/b: E402 You must sign up for private packages\n\
         \u{1f98b}  success packages published successfully:\n\u{1f98b}  @acme/a@1.4.0\n\
         \u{1f98b}  error packages failed to publish:\n\u{1f98b}  @acme/b@1.4.0\n",
    );
    assert!(
        output.contains("access-missing") && output.contains("In the same log, @acme/a@1.4.0 was published."),
        "{output}"
    );
}

#[test]
fn the_name_of_a_test_is_not_read_as_a_failure() {
    let log =
        "2026-11-20T10:11:12.1Z  \u{2713} diagnoses \"npm error code E403\"\nok 12 - prints npm error 404 Not Found\n";
    assert_eq!(ids(log), Vec::<&str>::new());
    assert!(Log::read(log).failures.is_empty());
}

#[test]
fn an_error_quoted_by_a_test_is_not_a_failed_publish() {
    let text = format!(
        "> left-lodge@1.1.0 prepublishOnly\n> node --test\nstderr: npm error code E403\n\u{2714} explains a 403 (2ms)\n\
         {NOTICE}+ left-lodge@1.1.0\n"
    );
    assert_eq!(output(&text), "the input: left-lodge@1.1.0 was published; the log shows no failed publish\n");
    assert!(Log::read("\u{2714} prints npm error code E403\n").failures.is_empty());
}

#[test]
fn a_client_that_never_publishes_anonymously_had_a_credential() {
    let refused =
        "401 Unauthorized - PUT https://registry.npmjs.org/left-lodge - You must be logged in to publish packages.\n";
    let npm = format!("npm error code E401\nnpm error {refused}");
    assert_eq!(ids(&npm), ["credential-rejected", "credential-unset-variable"]);
    let bun =
        "401 Unauthorized: https://registry.npmjs.org/left-lodge\n - You must be logged in to publish packages.\n";
    assert_eq!(ids(bun), ["credential-rejected", "credential-unset-variable"]);
    assert!(ids(&format!("lerna ERR! E401 {refused}")).contains(&"credential-missing"));
}

#[test]
fn the_rejected_package_is_taken_from_the_error() {
    let other = "lerna http fetch PUT 403 https://registry.npmjs.org/@acme%2fb 812ms\n\
                 lerna WARN publish Package is already published: @acme/b@1.5.0\n";
    let words = "You do not have permission to publish \"@acme/c\". Are you logged in as the correct user?\n";
    for text in [
        format!("{other}lerna http fetch PUT 403 https://registry.npmjs.org/@acme%2fc 812ms\nlerna ERR! E403 {words}"),
        format!("{other}lerna ERR! E403 {words}"),
        format!("{other}lerna ERR! E403 403 Forbidden - PUT https://registry.npmjs.org/@acme%2fc - {words}"),
        format!(
            "{other}lerna http fetch PUT 404 https://registry.npmjs.org/@acme%2fc 812ms\nlerna ERR! E404 Not found\n"
        ),
    ] {
        let failures = Log::read(&text).failures;
        let names: Vec<_> = failures.iter().filter_map(attempt::Attempt::known_name).collect();
        assert_eq!(names, ["@acme/c"], "{text}");
    }
}

#[test]
fn nx_names_the_package_that_it_published() {
    let text = "> nx run a:nx-release-publish\n\u{1f4e6}  @acme/a@1.4.0\nPublished to https://registry.npmjs.org with tag \"latest\"\n";
    assert_eq!(output(text), "the input: @acme/a@1.4.0 was published; the log shows no failed publish\n");
}

#[test]
fn a_repeat_publish_of_an_already_published_package_is_dropped() {
    let again = "npm error 403 403 Forbidden - PUT https://registry.npmjs.org/left-lodge - You cannot publish over the previously \
                 published versions: 1.1.0.\n";
    let conflict = "npm error 409 Conflict - PUT https://registry.npmjs.org/left-lodge - Failed to save packument.\n";
    for (code, text) in [("E403", again), ("E409", conflict)] {
        let output = output(&format!("{NOTICE}+ left-lodge@1.1.0\n{NOTICE}npm error code {code}\n{text}"));
        assert!(output.contains("Remove the second publish") && !output.contains("version-reused"), "{output}");
        assert!(!output.contains("aise `version`"), "{output}");
    }
    let other = output(&format!(
        "{NOTICE}+ left-lodge@1.1.0\n{}npm error code E403\n{}",
        NOTICE.replace("1.1.0", "1.2.0"),
        again.replace("1.1.0", "1.2.0")
    ));
    assert!(!other.contains("Remove the second publish"), "{other}");
}

#[test]
fn a_lookup_that_fails_after_the_publish_is_a_separate_step() {
    let look = "##[group]Run npm view left-lodge@1.1.0 version\nnpm error code E404\nnpm error 404 No match found for version 1.1.0\n\
                npm error 404  The requested resource 'left-lodge@1.1.0' could not be found or you do not have permission to access it.\n";
    let output = output(&format!("{NOTICE}+ left-lodge@1.1.0\n{look}"));
    assert!(output.contains("a step after the publish failed") && output.contains("need some minutes"), "{output}");
}

#[test]
fn a_key_unknown_to_npm_12_is_named_with_its_file() {
    let text = "npm error code EUNKNOWNCONFIG\nnpm error Unknown user config \"auto-install-peers\" (/home/alice/.npmrc). See `npm help \
                npmrc` for supported config options.\n";
    assert_eq!(ids(text), ["setting-unknown"]);
    assert!(
        output(text).contains("does not know `auto-install-peers`, which is set in /home/alice/.npmrc"),
        "{}",
        output(text)
    );
}

#[test]
fn every_success_message_is_recognised() {
    let staged = "npm notice \u{1f4e6}  left-lodge@1.1.0\nnpm notice Staging to https://registry.npmjs.org/ with tag latest and public \
                  access\n+ left-lodge@1.1.0 (staged with id 7f3c2b1a)\n";
    for (text, package) in [
        (staged, "left-lodge@1.1.0"),
        (
            "\u{1f4e6} left-lodge@1.1.0 \u{2192} https://registry.npmjs.org/\n\u{2705} Published package left-lodge@1.1.0\n",
            "left-lodge@1.1.0",
        ),
        ("yarn publish v1.22.22\n[3/4] Publishing...\nsuccess Published.\n[4/4] Revoking token...\n", "the package"),
    ] {
        assert_eq!(
            output(text),
            format!("the input: {package} was published; the log shows no failed publish\n"),
            "{text}"
        );
    }
}

#[test]
fn a_tool_that_finds_nothing_to_publish_is_quoted() {
    for text in [
        "\u{27a4} YN0000: Registry already knows about version 1.4.0; skipping.\n",
        "[10:11:15 AM] [semantic-release] \u{203a} \u{2139}  There are no relevant changes, so no new version is released.\n",
        "\u{1f98b}  warn No unpublished projects to publish\n",
        "Skipped package \"@acme/b\" from project \"b\" because v1.4.0 already exists in https://registry.npmjs.org/ with tag \"latest\"\n",
        "lerna success No changed packages to publish\n",
        "There are no new packages that should be published\n",
    ] {
        let output = output(text);
        assert!(output.starts_with("the input: nothing was published (\""), "{text}: {output}");
        assert!(output.contains("the log shows no failed publish"), "{output}");
    }
}

#[test]
fn a_lone_plus_line_is_a_publish_unless_something_was_installed() {
    assert_eq!(
        output("+ left-lodge@1.2.3\n"),
        "the input: left-lodge@1.2.3 was published; the log shows no failed publish\n"
    );
    assert!(Log::read("+ left-lodge@1.2.3\nadded 1 package in 2s\n").published.is_empty());
    assert!(Log::read("+ left-lodge@1.2.3\n2 packages installed [1.00s]\n").published.is_empty());
}

#[test]
fn a_failed_script_is_named_with_the_stage_of_the_publish() {
    let hidden =
        output("> release\n> npm publish --loglevel silent\n\n ELIFECYCLE  Command failed with exit code 1.\n");
    assert!(hidden.contains("runs a publish, which printed no error"), "{hidden}");
    assert!(!hidden.contains("before anything is uploaded") && !hidden.contains("--ignore-scripts"), "{hidden}");
    let checked = output(
        "> left-lodge@1.1.0 prepublishOnly\n> npm-preflight lint\nnpm error code 1\nnpm error command failed\nnpm error command sh -c \
         npm-preflight lint\n",
    );
    assert!(checked.contains("`prepublishOnly`, which runs before anything is uploaded"), "{checked}");
    assert!(!checked.contains("--ignore-scripts"), "{checked}");
    let missing = output(
        "> left-lodge@1.1.0 prepare\n> tsc\nsh: 1: tsc: not found\n ELIFECYCLE  Command failed with exit code 1.\n",
    );
    assert!(missing.contains("command was not found") && missing.contains("Install dependencies"), "{missing}");
}

#[test]
fn the_title_names_the_client_that_failed() {
    for (text, client) in [
        ("bun publish v1.4.5\nerror: This operation requires a one-time password.\n", "Bun"),
        (
            "\u{27a4} YN0035: This operation requires a one-time password.\n\u{27a4} YN0035:   Response Code: 401 (Unauthorized)\n\u{27a4} \
             YN0035:   Request Method: PUT\n\u{27a4} YN0035:   Request URL: https://registry.yarnpkg.com/left-lodge\n",
            "Yarn",
        ),
    ] {
        let output = output(text);
        assert!(
            output.contains(&format!("which {client} cannot ask for here")) && !output.contains("npm opens"),
            "{output}"
        );
    }
}

#[test]
fn a_ci_system_without_trusted_publishing_is_named() {
    let eneedauth = "npm error code ENEEDAUTH\nnpm error need auth This command requires you to be logged in to https://registry.npmjs.org/\n";
    for (before, system) in [
        ("##[section]Starting: npm publish\n", Some("Azure Pipelines")),
        ("[Pipeline] sh\n", Some("Jenkins")),
        ("", None),
    ] {
        let world = World::memory(&[("/project/log", &format!("{before}{eneedauth}"))], &[]);
        let output = diagnosed(&world, Some("log"), false).unwrap();
        let remark = output
            .split_once("npm has no trusted publishing for ")
            .map(|(_, rest)| rest.split(':').next().unwrap_or(rest));
        assert_eq!(remark, system, "{output}");
    }
}

#[test]
fn a_broken_package_json_here_confirms_the_error_in_the_log() {
    let output = output_beside(
        "{ \"name\": \"otter\",, }",
        "npm error code EJSONPARSE\nnpm error JSON.parse Failed to parse JSON data.\n",
    );
    assert!(output.contains("here: package.json:1:") && !output.contains("nothing was compared"), "{output}");
}

#[test]
fn a_missing_permission_is_neither_a_conflict_nor_two_factor() {
    let rules = ids(&refused(403, "left-lodge", "User ci has no permission for this repository"));
    assert_eq!(rules[0], "not-a-maintainer");
    assert!(!rules.contains(&"version-published") && !rules.contains(&"two-factor-required"), "{rules:?}");
}

#[test]
fn unsupported_provenance_names_the_supported_ci_systems() {
    let output =
        output("npm error code EUSAGE\nnpm error Automatic provenance generation not supported for provider: null\n");
    assert!(output.contains("Publish from GitHub Actions or GitLab CI, or publish with `--no-provenance`"), "{output}");
}

#[test]
fn an_empty_log_is_reported_as_empty() {
    let world = World::memory(&[("/project/log", "\n \n")], &[]);
    assert!(matches!(diagnosed(&world, Some("log"), false), Err(DiagnoseError::Empty { .. })));
}

#[test]
fn a_secret_found_elsewhere_in_the_log_is_hidden() {
    let log = "env:\n  NODE_AUTH_TOKEN: quiet-otter-77-token\n$ npm publish --otp=492817\nnpm error code E403\nnpm error 403 403 \
               Forbidden - PUT https://r.test/left-lodge - quiet-otter-77-token (otp 492817) may not publish\n";
    for format in [Format::Text, Format::Json, Format::Markdown] {
        let world = World::memory(&[("/project/log", log)], &[]);
        let options = Diagnose { file: Some("log".to_owned()), format, online: false };
        let mut err = Vec::new();
        let output = run(&world, &options, &mut Keyring::default(), Progress::new(&world, true, &mut err)).unwrap();
        assert!(!output.contains("quiet-otter-77-token") && !output.contains("492817"), "{output}");
    }
}

fn diagnosed(world: &World, file: Option<&str>, online: bool) -> Result<String, DiagnoseError> {
    let options = Diagnose { file: file.map(ToOwned::to_owned), format: Format::Text, online };
    let mut err = Vec::new();
    run(world, &options, &mut Keyring::default(), Progress::new(world, true, &mut err))
}

#[test]
fn the_package_in_this_folder_narrows_down_the_cause() {
    let manifest = r#"{ "name": "left-lodge", "version": "1.0.0", "private": true }"#;
    let log = |package: &str| {
        format!(
            "npm notice package: {package}@1.0.0\nnpm error code EPRIVATE\nnpm error This package has been marked as private\n"
        )
    };
    let world =
        |package: &str| World::memory(&[("/project/package.json", manifest), ("/project/log", &log(package))], &[]);
    let here = diagnosed(&world("left-lodge"), Some("log"), false).unwrap();
    assert!(here.contains("    here: package.json:1:56: "), "{here}");
    let elsewhere = diagnosed(&world("right-lodge"), Some("log"), false).unwrap();
    assert!(elsewhere.contains("nothing was compared: the log is about right-lodge, and"), "{elsewhere}");
    assert!(!elsewhere.contains("package.json:1"), "{elsewhere}");
}

/// What is reported about a log in a folder with this package.json.
fn output_beside(manifest: &str, log: &str) -> String {
    let world = World::memory(&[("/project/package.json", manifest), ("/project/log", log)], &[]);
    diagnosed(&world, Some("log"), false).unwrap()
}

#[test]
fn the_folder_never_rules_out_what_the_message_proves() {
    let private = "npm notice package: left-lodge@1.0.0\nnpm error code EPRIVATE\nnpm error This package has been marked as private\n";
    let output = output_beside(r#"{ "name": "left-lodge", "version": "1.0.0" }"#, private);
    assert!(
        !output.contains("not the cause") && output.contains("this folder does not show it (any more)"),
        "{output}"
    );
    let access = "npm notice package: @acme/core@1.0.0\nnpm error code E402\nnpm error 402 Payment Required - PUT \
                  https://registry.npmjs.org/@acme%2fcore - You must sign up for private packages\n";
    let public = r#"{ "name": "@acme/core", "version": "1.0.0", "publishConfig": { "access": "public" } }"#;
    let output = output_beside(public, access);
    assert!(!output.contains("not the cause") && output.contains("this folder cannot show it"), "{output}");
}

#[test]
fn the_folder_of_the_same_version_rules_out_what_it_alone_decides() {
    let log = |version: &str| {
        format!(
            "npm notice package: left-lodge@{version}\nnpm error code ENOENT\nnpm error enoent Could not read package.json\n\
             npm error enoent This is related to npm not being able to find a file.\n"
        )
    };
    let manifest = r#"{ "name": "left-lodge", "version": "1.0.0" }"#;
    let same = output_beside(manifest, &log("1.0.0"));
    assert!(same.contains(": not the cause: the package in this folder"), "{same}");
    let other = output_beside(manifest, &log("0.9.0"));
    assert!(!other.contains("not the cause"), "{other}");
}

#[test]
fn a_local_credential_says_nothing_about_that_of_a_ci_job() {
    let log = "npm notice package: left-lodge@1.0.0\nnpm error code ENEEDAUTH\nnpm error need auth This command requires you to be logged in \
               to https://registry.npmjs.org/\n";
    let manifest = r#"{ "name": "left-lodge", "version": "1.0.0" }"#;
    assert!(output_beside(manifest, log).contains("here: "), "{}", output_beside(manifest, log));
    let of_job = output_beside(manifest, &format!("##[group]Run npm publish\n{log}"));
    assert!(of_job.contains("here: this folder cannot show it") && !of_job.contains("help: "), "{of_job}");
}

#[test]
fn a_mismatch_of_version_or_registry_with_the_folder_is_mentioned() {
    let log = "npm notice package: left-lodge@1.0.0\nnpm notice Publishing to https://registry.npmjs.org/ with tag latest and default \
               access\nnpm error You cannot publish over the previously published versions: 1.0.0.\n";
    let raised = output_beside(r#"{ "name": "left-lodge", "version": "1.1.0" }"#, log);
    assert!(raised.contains("already raised to 1.1.0; the log is about 1.0.0"), "{raised}");
    assert!(raised.contains("here: already raised to 1.1.0") && !raised.contains("Raise `version`"), "{raised}");
    let registry =
        r#"{ "name": "left-lodge", "version": "1.0.0", "publishConfig": { "registry": "https://npm.acme.test/x/" } }"#;
    let elsewhere = output_beside(registry, log).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        elsewhere.contains(
            "the log is about https://registry.npmjs.org/, and this folder publishes to https://npm.acme.test/x/"
        ),
        "{elsewhere}"
    );
    let broken = output_beside("{ \"name\": ", log);
    assert!(broken.contains("nothing was compared: package.json is not valid JSON"), "{broken}");
}

#[test]
fn packages_keep_their_order_and_a_repeated_reason_is_shown_once() {
    let output = output(
        "lerna WARN notice Package failed to publish: @acme/core\nlerna ERR! E402 You must sign up for private packages\n\
         lerna WARN notice Package failed to publish: @acme/other\nlerna ERR! E402 You must sign up for private packages\n\
         lerna WARN notice Package failed to publish: otter-kit\nlerna ERR! E409 Conflict - PUT http://r.test/otter-kit - this \
         package is already present\n",
    );
    insta::assert_snapshot!(output);
}

#[test]
fn a_lookup_that_found_nothing_did_not_fail_the_publish() {
    let output = output(
        "+ npm view otter-kit@1.1.0 version\nnpm error code E404\nnpm error 404 No match found for version 1.1.0\n\
         npm error A complete log of this run can be found in: /home/dave/.npm/_logs/1-debug-0.log\n+ npm publish\n\
         npm error code EPRIVATE\nnpm error This package has been marked as private\n",
    );
    insta::assert_snapshot!(output);
}

#[test]
fn ranked_causes_say_how_to_tell_them_apart() {
    let text = "npm notice \u{1f4e6}  @acme/core@1.2.0\n\
        npm notice Publishing to https://registry.npmjs.org/ with tag latest and public access\nnpm error code E404\n\
        npm error 404 Not Found - PUT https://registry.npmjs.org/@acme%2fcore - Not found\n";
    insta::assert_snapshot!(output(text));
    let answer = answer::answer("the input".to_owned(), &Log::read(text));
    insta::assert_snapshot!(render::render(&answer, Format::Markdown));
    insta::assert_snapshot!(render::render(&answer, Format::Json));
}

#[test]
fn markdown_shows_the_npmrc_line_ready_to_copy() {
    let log = "npm error code ENEEDAUTH\nnpm error need auth This command requires you to be logged in to \
        https://registry.npmjs.org/\n";
    let output = render::render(&answer::answer("the input".to_owned(), &Log::read(log)), Format::Markdown);
    assert!(output.contains("`//registry.npmjs.org/:_authToken=${NPM_TOKEN}`"), "{output}");
}

#[test]
fn the_help_names_every_json_field() {
    fn keys(value: &serde_json::Value, into: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(members) => {
                for (key, value) in members {
                    into.push(key.clone());
                    keys(value, into);
                }
            }
            serde_json::Value::Array(values) => values.iter().for_each(|value| keys(value, into)),
            _ => {}
        }
    }
    let manifest = r#"{ "name": "left-lodge", "version": "1.0.0", "private": true }"#;
    let log = "npm error code EPRIVATE\nnpm error This package has been marked as private\n";
    let world = World::memory(&[("/project/package.json", manifest), ("/project/log", log)], &[]);
    let options = Diagnose { file: Some("log".to_owned()), format: Format::Json, online: false };
    let mut err = Vec::new();
    let output = run(&world, &options, &mut Keyring::default(), Progress::new(&world, true, &mut err)).unwrap();
    let document: serde_json::Value = serde_json::from_str(&output).unwrap();
    assert_eq!((&document["source"], &document["failures"][0]["decided"]), (&"log".into(), &true.into()), "{output}");
    let mut named = Vec::new();
    keys(&document, &mut named);
    assert!(named.contains(&"place".to_owned()), "{named:?}");
    let help: Vec<&str> =
        crate::commands::cli::OF_DIAGNOSE.split(|char: char| !(char.is_ascii_alphanumeric() || char == '_')).collect();
    for key in named {
        assert!(help.contains(&key.as_str()), "{key}");
    }
}

#[test]
fn no_format_repeats_a_token_a_password_or_a_one_time_password() {
    let token = "npm_000000000000000000000000000000000000";
    let text = format!(
        "$ npm publish --otp=123456 --acces\nnpm notice \u{1f4e6}  {token}@1.0.0\nnpm error code E401\nnpm error 401 Unauthorized - PUT \
         https://dave:hunter2222@r.test/otter - Authorization: Basic ZGF2ZTpodW50ZXIyMjIy and Bearer {token} are wrong, --otp=123456 \
         too, //r.test/:_authToken={token}\n"
    );
    let answer = answer::answer("the input".to_owned(), &Log::read(&text));
    for format in [Format::Text, Format::Json, Format::Markdown] {
        let output = render::render(&answer, format);
        for secret in [token, "hunter2222", "ZGF2ZTpodW50ZXIyMjIy", "123456"] {
            assert!(!output.contains(secret), "{secret}: {output}");
        }
        assert!(output.contains("credential-rejected"), "{output}");
    }
}

#[test]
fn a_huge_log_gets_a_short_answer() {
    let block = |number: usize| {
        format!(
            "npm notice \u{1f4e6}  otter-{number}@1.0.0\nnpm error code E402\nnpm error 402 Payment Required - PUT \
             http://r.test/otter-{number} - You must sign up for private packages\n"
        )
    };
    let blocks: String = (0..3_000).map(block).collect();
    let (words, layers, code) = ("npm error ".repeat(50_000), "[a] ".repeat(50_000), "E".repeat(100_000));
    let text = format!("{blocks}{words}\n{layers}\nnpm error code {code}\n");
    let output = output(&text);
    assert!(output.lines().count() < 60, "{}", output.lines().count());
    assert!(
        output.contains(
            "The same for otter-1@1.0.0, otter-2@1.0.0, otter-3@1.0.0, otter-4@1.0.0, otter-5@1.0.0 and 193 more."
        ),
        "{output}"
    );
}

#[test]
fn a_credential_that_published_in_the_same_scope_is_valid() {
    let first =
        "npm notice Publishing to https://registry.npmjs.org/ with tag latest and public access\n+ @acme/a@1.0.0\n";
    for status in [401, 404] {
        let text = format!("{first}{}", at_npm(status, "@acme%2fb", ""));
        assert_eq!(ids(&text)[..2], ["credential-restricted", "not-a-maintainer"], "{status}");
        for wrong in ["credential-rejected", "credential-unset-variable", "credential-missing", "scope-not-yours"] {
            assert!(!ids(&text).contains(&wrong), "{status}: {wrong}");
        }
        assert!(output(&text).contains("@acme/a@1.0.0 was published in the same run"), "{}", output(&text));
    }
    let list = "\u{1f98b}  info Publishing \"@acme/b\" at \"2.0.0\"\n\u{1f98b}  error an error occurred while publishing @acme/b: E404 Not \
                Found - PUT https://registry.npmjs.org/@acme%2fb - Not found\n\u{1f98b}  success packages published \
                successfully:\n\u{1f98b}  @acme/a@1.1.0\n";
    assert_eq!(ids(list)[0], "credential-restricted");
    let signed = format!(
        "{first}npm notice publish Signed provenance statement with source and build information from GitHub Actions\n{}",
        at_npm(404, "@acme%2fb", "")
    );
    assert_eq!(ids(&signed)[..2], ["trusted-publisher", "credential-restricted"]);
    let anonymous = format!(
        "{first}npm notice \u{1f4e6}  @acme/b@1.0.0\nnpm error code ENEEDAUTH\nnpm error need auth This command requires you to be logged \
         in to https://registry.npmjs.org/\n"
    );
    assert_eq!(ids(&anonymous)[0], "trusted-publisher");
}

#[test]
fn another_scope_or_registry_proves_nothing_about_a_credential() {
    let refused = refused(404, "@acme%2fb", "");
    for first in [
        "npm notice Publishing to https://registry.npmjs.org/ with tag latest and public access\n+ @acme/a@1.0.0\n",
        "npm notice Publishing to http://r.test/ with tag latest and public access\n+ @other/a@1.0.0\n",
    ] {
        assert_eq!(ids(&format!("{first}{refused}"))[0], "credential-rejected", "{first}");
    }
}

#[test]
fn a_plus_line_without_a_command_is_a_publish_even_beside_a_failure() {
    let text = "npm error code E404\nnpm error 404 No match found for version 1.0.0\n+ left-lodge@1.0.0\n";
    assert!(output(text).starts_with("the input: left-lodge@1.0.0 was published;"), "{}", output(text));
}

const EXIT: &str = "npm error code 1\nnpm error path /home/dave/otter\nnpm error command failed\nnpm error command sh -c node check.js\n";

#[test]
fn script_output_is_not_the_reason_the_client_stopped() {
    for printed in [
        "Error: npm says: npm error code E404\n    at check (/home/dave/otter/check.js:12:9)\n",
        "  Expected: \"npm ERR! code E403\"\n  Received: \"npm ERR! code E404\"\n",
        "> left-lodge@1.1.0 test\n> node --test\nAssertionError: expected 'npm error code E403' to be 'ok'\n",
        "npm error code E403\nnpm error 403 403 Forbidden - PUT https://registry.npmjs.org/fake - no\n",
    ] {
        let text = format!("> left-lodge@1.1.0 prepublishOnly\n> node check.js\n\n{printed}{EXIT}");
        let output = output(&text);
        assert!(
            output.starts_with(
                "the input: npm failed for left-lodge@1.1.0: command sh -c node check.js\n\na script failed\n"
            ),
            "{output}"
        );
        assert!(output.contains("`prepublishOnly`, which runs before anything is uploaded"), "{output}");
        assert!(output.contains("try: `npm run prepublishOnly`"), "{output}");
    }
}

#[test]
fn a_request_that_failed_in_a_script_is_quoted_as_script_output() {
    let text = format!(
        "> left-lodge@1.1.0 prepublishOnly\n> node check.js\n\nCommand failed: npm view @acme/dep version\nnpm error code E404\nnpm error \
         404 Not Found - GET https://registry.npmjs.org/@acme%2fdep - Not found\n{EXIT}"
    );
    let output = output(&text).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        output.contains("it printed \"404 Not Found - GET https://registry.npmjs.org/@acme%2fdep - Not found\""),
        "{output}"
    );
    assert!(!output.contains("failed lookup"), "{output}");
}

#[test]
fn script_output_is_forgotten_once_the_client_continues() {
    let quoted = "npm error code E403\nnpm error 403 403 Forbidden - PUT https://registry.npmjs.org/fake - You cannot publish over the \
                  previously published versions: 0.0.1.\n";
    let head = format!("> left-lodge@1.1.0 prepublishOnly\n> node --test\n\n{quoted}{NOTICE}");
    assert_eq!(
        output(&format!("{head}+ left-lodge@1.1.0\n")),
        "the input: left-lodge@1.1.0 was published; the log shows no failed publish\n"
    );
    let refused = refused(404, "left-lodge", "Not found");
    let output = output(&format!("{head}{refused}"));
    assert!(output.contains("credential-rejected") && !output.contains("fake"), "{output}");
}

#[test]
fn a_publish_started_by_a_script_is_not_script_output() {
    let text = format!(
        "> left-lodge@1.1.0 prepublishOnly\n> npm publish ./dist\n\n{}{EXIT}",
        refused(402, "@acme%2fcore", "You must sign up for private packages")
    );
    assert_eq!(ids(&text)[0], "access-missing");
    let after =
        format!("> left-lodge@1.1.0 prepublishOnly\n> tsc\n\n{}{EXIT}", refused(402, "left-lodge", "Payment Required"));
    assert!(output(&after).contains("E402 for left-lodge"), "{}", output(&after));
}

#[test]
fn an_npm_without_trusted_publishing_is_named() {
    let signed =
        "npm notice publish Signed provenance statement with source and build information from GitHub Actions\n";
    let refused = at_npm(404, "otter-kit", "Not found");
    for before in ["npm: 10.9.2\n", "npm info using npm@10.9.2\n", "12 info using npm@10.9.2\n"] {
        let output = output(&format!("{before}{signed}{refused}"));
        assert!(output.contains("this is npm 10.9.2, and trusted publishing needs npm 11.5.1"), "{output}");
        assert!(output.contains("try: `npm install -g npm@11`"), "{output}");
    }
    for before in ["npm: 11.6.0\n", "npm: 10.9.2\n##[group]Run npm install -g npm@latest\n"] {
        let output = output(&format!("{before}{signed}{refused}"));
        assert!(!output.contains("trusted publishing needs"), "{output}");
    }
}

#[test]
fn an_identity_with_the_wrong_audience_gets_the_right_one() {
    let text = "npm verbose oidc Failed token exchange request with body message: Invalid audience\nnpm error code ENEEDAUTH\nnpm error \
                need auth This command requires you to be logged in to https://registry.npmjs.org/\n";
    assert!(output(text).contains("its audience must be `npm:registry.npmjs.org`"), "{}", output(text));
}

#[test]
fn a_command_that_npm_lacks_suggests_an_update() {
    let output = output("npm error code EUNKNOWNCOMMAND\nnpm error Unknown command: \"stage\"\n");
    assert!(output.contains("Update npm.") && !output.contains("Write a folder"), "{output}");
}

#[test]
fn a_failed_connection_means_nothing_was_published() {
    let text = |call: &str| {
        format!(
            "npm error code ETIMEDOUT\nnpm error network request to https://registry.npmjs.org/left-lodge failed, reason: {call} ETIMEDOUT\n"
        )
    };
    let (connect, read) = (output(&text("connect")), output(&text("read")));
    assert!(connect.contains("`https-proxy`") && !connect.contains("may have arrived"), "{connect}");
    assert!(read.contains("may have arrived"), "{read}");
}

#[test]
fn an_unresolved_workspace_protocol_suggests_its_own_client() {
    let bun = output(
        "bun publish v1.4.5\nerror: Failed to resolve workspace version for \"@acme/core\" in `dependencies`. Run `bun install` and try again.\n",
    );
    assert!(bun.contains("try: `bun install`"), "{bun}");
    let npm =
        output("npm error code EUNSUPPORTEDPROTOCOL\nnpm error Unsupported URL Type \"workspace:\": workspace:*\n");
    assert!(npm.contains("Install and publish with the package manager whose protocol it is"), "{npm}");
}

#[test]
fn a_script_called_publish_that_publishes_should_be_renamed() {
    let found = refused(403, "left-lodge", "You cannot publish over the previously published versions: 1.1.0.");
    let text = format!("> left-lodge@1.1.0 publish\n> npm publish\n\n{found}{EXIT}");
    assert_eq!(ids(&text), ["version-published"]);
    assert!(
        output(&text).contains("Give the script another name") && !output(&text).contains("aise `version`"),
        "{}",
        output(&text)
    );
    let release = text.replace("1.1.0 publish\n", "1.1.0 release\n");
    assert!(!output(&release).contains("another name"), "{}", output(&release));
}

#[test]
fn a_token_with_a_line_break_should_be_stored_again() {
    let output =
        output("npm error code ERR_INVALID_CHAR\nnpm error Invalid character in header content [\"authorization\"]\n");
    assert!(output.contains("such as a line break") && output.contains("Store the secret again"), "{output}");
}

#[test]
fn advice_for_pnpm_is_given_where_pnpm_failed() {
    let npm = output(&at_npm(404, "left-lodge", "Not found"));
    let missing = output(
        "npm error code ENEEDAUTH\nnpm error need auth This command requires you to be logged in to https://registry.npmjs.org/\n",
    );
    assert!(!npm.contains("pnpm") && !missing.contains("pnpm"), "{npm}{missing}");
    let pnpm = output("[E404] 404 Not Found - PUT https://registry.npmjs.org/left-lodge - Not found\n");
    assert!(pnpm.contains("keep the line with it in the user's .npmrc"), "{pnpm}");
    let np = output("\u{2716} You must be logged in. Use `npm login` and try again.\n");
    assert!(
        np.contains("log in with `npm login`, then run np again") && !np.contains("trusted publishing, or"),
        "{np}"
    );
}

#[test]
fn githubs_generic_messages_alone_are_not_a_failed_publish() {
    let words = "Resource not accessible by integration\n";
    assert!(Log::read(&format!("Error: {words}")).failures.is_empty());
    let output = output(&format!("[10:11:18 AM] [semantic-release] \u{203a} \u{2718}  HttpError: {words}"));
    assert!(output.contains("GitHub refused a step of the release"), "{output}");
}

#[test]
fn a_registry_that_identifies_itself_gets_its_own_advice() {
    let asked = "npm error code E401\nnpm error Unable to authenticate, need: BASIC realm=\"Sonatype Nexus Repository Manager\"\n";
    let plain = output(asked);
    assert!(plain.contains("BASIC realm=\"Sonatype Nexus Repository Manager\""), "{plain}");
    assert!(plain.contains("npm Bearer Token Realm") && !plain.contains("trusted publishing"), "{plain}");
    let named = output(&format!("+ npm publish --registry https://nexus.acme.test/repository/npm/\n{asked}"));
    assert!(named.contains("`//nexus.acme.test/repository/npm/:_authToken=${NPM_TOKEN}`"), "{named}");
}

#[test]
fn the_registrys_message_about_the_data_selects_the_rules() {
    assert_eq!(ids(&refused(400, "otter", "Validation failed: the name is not allowed here")), ["name-invalid"]);
    assert_eq!(ids(&refused(400, "otter", "\"version\" is not valid")), ["version-invalid"]);
    let other = refused(400, "otter", "package_json_not_found");
    assert_eq!(ids(&other), Vec::<&str>::new());
    assert!(output(&other).contains("the registry did not accept the package's data"), "{}", output(&other));
    assert!(ids(&refused(400, "otter", "")).contains(&"access-invalid"));
    let paid = refused(402, "@acme%2fcore", "You must sign up for private packages");
    assert_eq!(ids(&paid), ["access-missing", "access-change"]);
}

#[test]
fn a_supplied_one_time_password_was_wrong_or_expired() {
    let asked = "npm error code EOTP\nnpm error This operation requires a one-time password from your authenticator.\n";
    for text in [
        format!("$ npm publish --otp=123456\n{asked}"),
        format!("{asked}+ npm publish --otp 223344\n{asked}"),
        refused(400, "left-lodge", "one-time password is invalid"),
    ] {
        let output = output(&text);
        assert!(output.contains("two-factor-required: the one-time password was not accepted"), "{output}");
        assert!(output.contains("Publish again with a new code"), "{output}");
    }
    assert!(output(asked).contains("which npm cannot ask for here"), "{}", output(asked));
    let policy = output(&refused(
        403,
        "left-lodge",
        "Two-factor authentication or granular access token with bypass 2fa enabled is required.",
    ));
    assert!(
        policy.contains("publishing requires two-factor authentication") && !policy.contains("cannot ask"),
        "{policy}"
    );
}

#[test]
fn a_failed_install_gets_advice_for_its_own_reason() {
    let many = output(
        "npm error code E429\nnpm error 429 Too Many Requests - GET https://registry.npmjs.org/@acme%2fcore - rate limited\n",
    );
    assert!(many.contains("wait some minutes") && !many.contains("proxy"), "{many}");
    let engine = output(
        "$ npm install -g npm@latest\nnpm error code EBADENGINE\nnpm error engine Unsupported engine\nnpm error engine Not compatible with \
         your version of node/npm: npm@12.0.1\n",
    );
    assert!(engine.contains("this npm does not support this Node.js") && engine.contains("npm@11"), "{engine}");
}

#[test]
fn pnpms_report_that_npm_failed_is_not_a_second_failure() {
    let text = "npm error code ENEEDAUTH\nnpm error need auth This command requires you to be logged in to https://registry.npmjs.org/\n ERROR  \
                Command failed with exit code 1: npm publish --ignore-scripts left-lodge-1.0.0.tgz\npnpm: Command failed with exit code 1\n";
    assert_eq!(Log::read(text).failures.len(), 1);
    assert_eq!(ids(text)[0], "credential-missing");
}

#[test]
fn the_version_published_last_is_the_one_to_look_at() {
    let first = refused(403, "left-lodge", "You cannot publish over the previously published versions: 1.0.0.");
    let output = output(&format!("{first}{NOTICE}+ left-lodge@1.1.0\n"));
    assert!(output.contains("try: `npm view left-lodge@1.1.0 version`"), "{output}");
}

#[test]
fn a_single_package_command_should_run_without_workspaces() {
    let output = output("npm ERR! code ENOWORKSPACES\nnpm ERR! This command does not support workspaces.\n");
    assert!(output.contains("Leave out `--workspace`"), "{output}");
}

#[test]
fn a_sentence_about_git_keeps_its_first_word() {
    let output = output("npm error code 1\nnpm error git dep preparation failed\n");
    assert!(output.contains("git dep preparation failed"), "{output}");
}

#[test]
fn a_detached_head_is_not_a_wrong_branch() {
    let output = output(
        " ERR_PNPM_GIT_UNKNOWN_BRANCH  The Git HEAD may not attached to any branch, but your \"publish-branch\" is set to \"main\".\n",
    );
    assert!(output.contains("git has a commit checked out") && output.contains("Check out the branch"), "{output}");
}

#[test]
fn a_registry_message_that_continues_on_the_next_line_is_quoted() {
    let text = "npm ERR! code E403\nnpm ERR! 403 403 Forbidden - PUT https://registry.npmjs.org/daves-desk - Forbidden\nnpm ERR! 403 you must \
                verify your email before publishing a new package: https://www.npmjs.com/email-edit\n";
    let email = output(text);
    assert!(email.contains("/daves-desk - you must verify your email before publishing"), "{email}");
    assert!(email.contains("Verify your email address"), "{email}");
    let plain = output(&refused(403, "left-lodge", "Forbidden"));
    assert!(plain.contains("/left-lodge - Forbidden\n"), "{plain}");
    let old = output(
        "npm ERR! publish Failed PUT 402\nnpm ERR! code E402\nnpm ERR! You must sign up for private packages : @acme/core\n",
    );
    assert!(old.contains("E402 for @acme/core"), "{old}");
}

#[test]
fn npms_words_within_a_sentence_are_not_a_failure() {
    assert!(Log::read("AssertionError: expected 'npm error code E403' to be 'ok'\n").failures.is_empty());
    assert_eq!(
        Log::read("  stderr: 'npm error code EOTP\\nnpm error This operation requires a one-time password.',\n")
            .failures
            .len(),
        1
    );
}

#[test]
fn the_callers_of_the_client_that_failed_add_no_failure() {
    let text = "> @acme/a@1.0.0 prepublishOnly /builds/a\n> pnpm build\n\n ERR_PNPM_RECURSIVE_RUN_FIRST_FAIL  @acme/a@1.0.0 build: \
                `tsup`\nExit status 1\n ELIFECYCLE  Command failed with exit code 1.\n";
    assert_eq!(Log::read(text).failures.len(), 1);
}

#[test]
fn a_script_that_passed_silently_is_not_blamed() {
    let anonymous = "npm error code ENEEDAUTH\nnpm error need auth This command requires you to be logged in to https://registry.npmjs.org/\n";
    let inner = "> left-lodge@1.1.0 prepublishOnly\n> tsc\n\n";
    for (outer, end) in [
        ("> left-lodge@1.1.0 release\n> pnpm -r publish\n\n", " ELIFECYCLE  Command failed with exit code 1.\n"),
        (
            "> left-lodge@1.1.0 postversion\n> npm publish\n\n",
            "npm error code 1\nnpm error command failed\nnpm error command sh -c npm publish\n",
        ),
    ] {
        let text = format!("{outer}{inner}{anonymous}{end}");
        assert_eq!(ids(&text)[0], "credential-missing", "{text}");
    }
}

#[test]
fn the_script_to_run_again_is_the_one_the_client_names() {
    for text in [
        " ERR_PNPM_RECURSIVE_RUN_FIRST_FAIL  @acme/a@1.0.0 build: `tsup`\nExit status 1\n",
        "npm ERR! code ELIFECYCLE\nnpm ERR! errno 1\nnpm ERR! @acme/a@1.0.0 build: `tsup`\nnpm ERR! Exit status 1\n",
    ] {
        let output = output(text);
        assert!(output.contains("for @acme/a@1.0.0") && output.contains("try: `npm run build`"), "{output}");
    }
}

#[test]
fn install_scripts_are_not_blamed_for_the_publish_after_them() {
    let refused = at_npm(404, "left-lodge", "Not found").replace("npm error", "npm ERR!");
    let text = format!(
        "> root@1.0.0 prepare\n> husky\n\nadded 3 packages in 1s\n{}\n ELIFECYCLE  Command failed with exit code 1.\n",
        refused.replace("left-lodge", "otter-kit")
    );
    assert_eq!(ids(&text)[0], "credential-rejected");
}
