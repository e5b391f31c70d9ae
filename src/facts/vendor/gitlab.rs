//! GitLab's package registry, on gitlab.com or anywhere else.

use super::{Closed, Likely, Meaning, Refusal, Vendor};

const RIGHTS: &str = "Use a token with the scope `api`, a deploy token with `write_package_registry`, or \
    `CI_JOB_TOKEN` in a job of the project in the registry's URL. The account must be at least a Developer in that \
    project.";

pub(super) static VENDOR: Vendor = Vendor {
    name: "GitLab",
    knows: |address| address.has(&["api", "v4"]) && address.has(&["packages", "npm"]),
    takes_deleted_versions: true,
    // The endpoints of a group and of the whole instance have no `PUT` of a package (lib/api/npm_group_packages.rb and
    // npm_instance_packages.rb).
    closed: |address| match address.parts.as_slice() {
        [.., "api", "v4", "groups", _, "-", "packages", "npm"] | [.., "api", "v4", "packages", "npm"] => Some(Closed {
            what: "is only for installing packages".to_owned(),
            why: "GitLab accepts packages only at a project's URL".to_owned(),
            instead: Some(
                "set `publishConfig.registry` to `/api/v4/projects/<id>/packages/npm/` on that host".to_owned(),
            ),
            code: Some("E404"),
            is_guess: false,
        }),
        _ => None,
    },
    credential: "In a GitLab job, `CI_JOB_TOKEN` may publish to the job's own project, and to others that allow it. Elsewhere, use a \
        deploy token with `write_package_registry`, or a token with the scope `api`.",
    refusals: &[
        Refusal::words(
            &["insufficient_scope"],
            &[Likely::new(Meaning::RestrictedCredential)
                .why("the token is valid, but its scope does not allow publishing")
                .fix(RIGHTS)],
        ),
        Refusal::code(
            "E403",
            &[Likely::new(Meaning::RestrictedCredential).fix(RIGHTS), Likely::new(Meaning::NotAMaintainer)],
        ),
        Refusal::code(
            "E404",
            &[
                Likely::new(Meaning::UnknownCredential).why("GitLab hides a project from users who may not see it"),
                Likely::new(Meaning::UnsetVariable),
                Likely::new(Meaning::RestrictedCredential).fix(RIGHTS),
            ],
        )
        .or(&[Meaning::WrongRegistry, Meaning::NotAMaintainer, Meaning::MalformedCredential]),
    ],
    ..Vendor::PLAIN
};
