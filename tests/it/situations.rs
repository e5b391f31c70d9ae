//! What the report says in the commonest situations, in full: each way to log in, for a release that is fine, for a new
//! scoped package that does not state its access, and for a version that is already published. Reviewed when a word of it
//! changes.

use insta::assert_snapshot;

use crate::harness::Sandbox;
use crate::ordinary_job::{history, in_github, package};

/// How the publish authenticates, and where it runs.
#[derive(Clone, Copy)]
enum Login {
    /// At a desk, without a line in .npmrc.
    Nobody,
    /// At a desk, after `npm login`, with a one-time password.
    Session,
    /// In GitHub Actions, with a granular token that bypasses two-factor authentication.
    TokenOfAJob,
    /// In GitHub Actions, with the job's identity.
    TrustedPublishing,
}

/// What `lint` prints for a package of this name and version.
fn report(login: Login, name: &str, version: &str) -> String {
    let has_identity = matches!(login, Login::TrustedPublishing);
    let registry = history(has_identity);
    let mut sandbox = Sandbox::with_registry(&registry);
    package(&sandbox, name, version);
    let token = match login {
        Login::Nobody => "",
        Login::Session => "<nerf>:_authToken=<token:alice-session>\n",
        Login::TokenOfAJob => "<nerf>:_authToken=<token:alice-bypass>\n",
        Login::TrustedPublishing => "<nerf>:_authToken=${NODE_AUTH_TOKEN}\n",
    };
    sandbox.file("home/.npmrc", &format!("registry=<registry>/\n{token}"));
    if let Login::TokenOfAJob | Login::TrustedPublishing = login {
        in_github(&mut sandbox, has_identity);
    }
    let otp: &[&str] = if let Login::Session = login { &["--otp", "123456"] } else { &[] };
    let outcome = sandbox.preflight("project", &[&["lint", "--format", "text"], otp].concat()).masked(&sandbox);
    format!("exit {}\n{}{}", outcome.code.unwrap_or(-1), outcome.stdout, outcome.stderr)
}

#[test]
fn reports_for_somebody_who_is_not_logged_in() {
    assert_snapshot!(report(Login::Nobody, "left-lodge", "1.2.0"), @r"
    exit 1
    error[credential-missing]: there is no credential for http:<nerf>
     --> ~/.npmrc:1:10
      |
    1 | registry=http:<nerf>
      |          ^^^^^^^^^^^^^^^^^^^^^^^ no credential for this registry
      |
      = why: npm does not publish without a credential, and looks for it under `<nerf>`
      = note: `left-lodge` is maintained by alice; its latest version is 1.1.0
      = npm: would fail with ENEEDAUTH
      = help: log in with `npm login --registry http:<nerf>`, or write `<nerf>:_authToken=${NPM_TOKEN}` into an .npmrc

    left-lodge 1.2.0: blocked (1 error)
        would go to http:<nerf>, not logged in, tag latest, access default

    1 error, 0 warnings, 0 undecided checks in 1 package
    ");
    assert_snapshot!(report(Login::Nobody, "@alice/otter", "1.0.0"), @r#"
    exit 1
    error[access-missing]: `@alice/otter` is new and does not set `access`
     --> package.json:1:9
      |
    1 | {"name":"@alice/otter","version":"1.0.0","license":"MIT","repository":{"type":"git","url":"git+https://github.com/alice/left-lodge.gi...
      |         ^^^^^^^^^^^^^^ a new scoped package
      |
      = why: a new scoped package is private by default; without a paid plan the publish fails, and with one nobody else can install it
      = note: without a credential, a private package looks new too: if it is one, set `access` to `restricted`
      = npm: would fail with E402
      = help: set it in package.json: `"publishConfig": { "access": "public" }`, or `"restricted"` for a private package
      = try: `npm pkg set publishConfig.access=public` to make it public

    error[credential-missing]: there is no credential for http:<nerf>
     --> ~/.npmrc:1:10
      |
    1 | registry=http:<nerf>
      |          ^^^^^^^^^^^^^^^^^^^^^^^ no credential for this registry
      |
      = why: npm does not publish without a credential, and looks for it under `<nerf>`
      = npm: would fail with ENEEDAUTH
      = help: log in with `npm login --registry http:<nerf>`, or write `<nerf>:_authToken=${NPM_TOKEN}` into an .npmrc

    @alice/otter 1.0.0: blocked (2 errors)
        would go to http:<nerf>, not logged in, tag latest, access default

    2 errors, 0 warnings, 0 undecided checks in 1 package
    "#);
    assert_snapshot!(report(Login::Nobody, "left-lodge", "1.1.0"), @r#"
    exit 1
    error[version-published]: `left-lodge` 1.1.0 is already published
     --> package.json:1:32
      |
    1 | {"name":"left-lodge","version":"1.1.0","license":"MIT","repository":{"type":"git","url":"git+https://github.com/alice/left-lodge.git"}}
      |                                ^^^^^^^ this version
      |
      = why: http:<nerf> does not accept the same version twice
      = help: raise `version`
      = try: `npm version 1.1.1 --no-git-tag-version`

    error[credential-missing]: there is no credential for http:<nerf>
     --> ~/.npmrc:1:10
      |
    1 | registry=http:<nerf>
      |          ^^^^^^^^^^^^^^^^^^^^^^^ no credential for this registry
      |
      = why: npm does not publish without a credential, and looks for it under `<nerf>`
      = note: `left-lodge` is maintained by alice; its latest version is 1.1.0
      = npm: would fail with ENEEDAUTH
      = help: log in with `npm login --registry http:<nerf>`, or write `<nerf>:_authToken=${NPM_TOKEN}` into an .npmrc

    left-lodge 1.1.0: blocked (2 errors)
        would go to http:<nerf>, not logged in, tag latest, access default

    2 errors, 0 warnings, 0 undecided checks in 1 package
    "#);
}

#[test]
fn reports_for_a_login_session() {
    assert_snapshot!(report(Login::Session, "left-lodge", "1.2.0"), @r"
    exit 0
    left-lodge 1.2.0: ready
        would go to http:<nerf> as alice, tag latest, access default

    0 errors, 0 warnings, 0 undecided checks in 1 package
    ");
    assert_snapshot!(report(Login::Session, "@alice/otter", "1.0.0"), @r#"
    exit 1
    error[access-missing]: `@alice/otter` is new and does not set `access`
     --> package.json:1:9
      |
    1 | {"name":"@alice/otter","version":"1.0.0","license":"MIT","repository":{"type":"git","url":"git+https://github.com/alice/left-lodge.gi...
      |         ^^^^^^^^^^^^^^ a new scoped package
      |
      = why: a new scoped package is private by default; without a paid plan the publish fails, and with one nobody else can install it
      = npm: would fail with E402
      = help: set it in package.json: `"publishConfig": { "access": "public" }`, or `"restricted"` for a private package
      = try: `npm pkg set publishConfig.access=public` to make it public

    @alice/otter 1.0.0: blocked (1 error)
        would go to http:<nerf> as alice, tag latest, access default

    1 error, 0 warnings, 0 undecided checks in 1 package
    "#);
    assert_snapshot!(report(Login::Session, "left-lodge", "1.1.0"), @r#"
    exit 1
    error[version-published]: `left-lodge` 1.1.0 is already published
     --> package.json:1:32
      |
    1 | {"name":"left-lodge","version":"1.1.0","license":"MIT","repository":{"type":"git","url":"git+https://github.com/alice/left-lodge.git"}}
      |                                ^^^^^^^ this version
      |
      = why: http:<nerf> does not accept the same version twice
      = help: raise `version`
      = try: `npm version 1.1.1 --no-git-tag-version`

    left-lodge 1.1.0: blocked (1 error)
        would go to http:<nerf> as alice, tag latest, access default

    1 error, 0 warnings, 0 undecided checks in 1 package
    "#);
    assert_snapshot!(report(Login::Session, "bobs-bits", "1.1.0"), @r#"
    exit 1
    error[name-taken]: `bobs-bits` belongs to `bob`, and you are logged in as `alice`
     --> package.json:1:9
      |
    1 | {"name":"bobs-bits","version":"1.1.0","license":"MIT","repository":{"type":"git","url":"git+https://github.com/alice/left-lodge.git"}}
      |         ^^^^^^^^^^^ this name
      |
      = why: only a package's maintainers may publish it
      = npm: would fail with E403
      = help: choose another name, log in as a maintainer, or have one run `npm owner add alice bobs-bits`
      = try: `npm pkg set name=@alice/bobs-bits publishConfig.access=public` to publish it as `@alice/bobs-bits`

    bobs-bits 1.1.0: blocked (1 error)
        would go to http:<nerf> as alice, tag latest, access default

    1 error, 0 warnings, 0 undecided checks in 1 package
    "#);
}

#[test]
fn reports_for_a_granular_token_in_a_job() {
    assert_snapshot!(report(Login::TokenOfAJob, "left-lodge", "1.2.0"), @r"
    exit 0
    assumed: the token may publish `left-lodge` without a one-time password; `npm token list` after `npm login` shows it

    left-lodge 1.2.0: ready, if the token may publish it without a one-time password
        would go to http:<nerf> as alice, tag latest, access default

    0 errors, 0 warnings, 0 undecided checks, 1 assumption in 1 package
    ");
    assert_snapshot!(report(Login::TokenOfAJob, "left-lodge", "1.1.0"), @r#"
    exit 1
    error[version-published]: `left-lodge` 1.1.0 is already published
     --> package.json:1:32
      |
    1 | {"name":"left-lodge","version":"1.1.0","license":"MIT","repository":{"type":"git","url":"git+https://github.com/alice/left-lodge.git"}}
      |                                ^^^^^^^ this version
      |
      = why: http:<nerf> does not accept the same version twice
      = help: raise `version`
      = try: `npm version 1.1.1 --no-git-tag-version`

    warning[tag-version-mismatch]: the tag `v1.2.0` is for version 1.2.0, but package.json has 1.1.0
     --> package.json:1:32
      |
    1 | {"name":"left-lodge","version":"1.1.0","license":"MIT","repository":{"type":"git","url":"git+https://github.com/alice/left-lodge.git"}}
      |                                ^^^^^^^ this version would be published
      |
      = why: npm publishes the version in package.json
      = help: set `version` to 1.2.0, or tag the commit as 1.1.0
      = try: `npm version 1.2.0 --no-git-tag-version` to set the version

    left-lodge 1.1.0: blocked (1 error, 1 warning)
        would go to http:<nerf> as alice, tag latest, access default

    1 error, 1 warning, 0 undecided checks in 1 package
    "#);
}

#[test]
fn reports_for_a_trusted_publisher() {
    assert_snapshot!(report(Login::TrustedPublishing, "left-lodge", "1.2.0"), @r"
    exit 0
    assumed: npm trusts this workflow to publish `left-lodge`, as 1.1.0 was published 10 months ago from publish.yml; `npm trust list left-lodge` after `npm login` shows it

    left-lodge 1.2.0: ready, if npm trusts this workflow to publish it
        would go to http:<nerf> as a trusted publisher, tag latest, access default

    0 errors, 0 warnings, 0 undecided checks, 1 assumption in 1 package
    ");
    assert_snapshot!(report(Login::TrustedPublishing, "@alice/otter", "1.0.0"), @r#"
    exit 1
    error[access-missing]: `@alice/otter` is new and does not set `access`
     --> package.json:1:9
      |
    1 | {"name":"@alice/otter","version":"1.0.0","license":"MIT","repository":{"type":"git","url":"git+https://github.com/alice/left-lodge.gi...
      |         ^^^^^^^^^^^^^^ a new scoped package
      |
      = why: a new scoped package is private by default; without a paid plan the publish fails, and with one nobody else can install it
      = note: without a credential, a private package looks new too: if it is one, set `access` to `restricted`
      = note: trusted publishing cannot create a package: publish or stage the first version from your machine after `npm login`
      = npm: would fail with ENEEDAUTH
      = help: set it in package.json: `"publishConfig": { "access": "public" }`, or `"restricted"` for a private package
      = try: `npm pkg set publishConfig.access=public` to make it public

    @alice/otter 1.0.0: blocked (1 error)
        would go to http:<nerf> as a trusted publisher, tag latest, access default

    1 error, 0 warnings, 0 undecided checks in 1 package
    "#);
    assert_snapshot!(report(Login::TrustedPublishing, "left-lodge", "1.1.0"), @r#"
    exit 1
    error[version-published]: `left-lodge` 1.1.0 is already published
     --> package.json:1:32
      |
    1 | {"name":"left-lodge","version":"1.1.0","license":"MIT","repository":{"type":"git","url":"git+https://github.com/alice/left-lodge.git"}}
      |                                ^^^^^^^ this version
      |
      = why: http:<nerf> does not accept the same version twice
      = help: raise `version`
      = try: `npm version 1.1.1 --no-git-tag-version`

    warning[tag-version-mismatch]: the tag `v1.2.0` is for version 1.2.0, but package.json has 1.1.0
     --> package.json:1:32
      |
    1 | {"name":"left-lodge","version":"1.1.0","license":"MIT","repository":{"type":"git","url":"git+https://github.com/alice/left-lodge.git"}}
      |                                ^^^^^^^ this version would be published
      |
      = why: npm publishes the version in package.json
      = help: set `version` to 1.2.0, or tag the commit as 1.1.0
      = try: `npm version 1.2.0 --no-git-tag-version` to set the version

    left-lodge 1.1.0: blocked (1 error, 1 warning)
        would go to http:<nerf> as a trusted publisher, tag latest, access default

    1 error, 1 warning, 0 undecided checks in 1 package
    "#);
}
