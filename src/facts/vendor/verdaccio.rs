//! Verdaccio, which is recognised only by its answers.

use super::{Largest, Likely, Limited, Meaning, Refusal, Vendor};

pub(super) static VENDOR: Vendor = Vendor {
    name: "Verdaccio",
    // Where `user_agent` of config.yaml is not set, version 6 says `hidden` and earlier ones their name (@verdaccio/config,
    // build/agent.js and config.js).
    powered_by: |header| header == "hidden" || header.starts_with("verdaccio/"),
    // `max_body_size` of config.yaml is 10mb where it is not set (verdaccio 6.8, build/api/endpoint/index.js), which the package
    // `bytes` counts in powers of 1024.
    largest: Some(Largest {
        bytes: 10 << 20,
        shown: "10 MB",
        of: Limited::Upload,
        setting: Some("max_body_size"),
    }),
    refusals: &[
        Refusal::words(&["user [anonymous", "is not allowed"], &[Likely::new(Meaning::NoCredential)]),
        Refusal::words(&["user null is not allowed"], &[Likely::new(Meaning::NoCredential)]),
        Refusal::words(&["user undefined is not allowed"], &[Likely::new(Meaning::NoCredential)]),
        Refusal::words(&["unregistered users"], &[Likely::new(Meaning::NoCredential)]),
        Refusal::words(
            &["authorization required to"],
            &[Likely::new(Meaning::NoCredential), Likely::new(Meaning::UnknownCredential)],
        ),
        Refusal::words(
            &["one of the uplinks is down"],
            &[Likely::new(Meaning::Other("a registry behind this one does not answer"))
                .why("Verdaccio looks a package up on its uplinks before it accepts it")
                .fix(
                    "Publish again when the uplinks answer, or set `allow_offline: true` under `publish` in Verdaccio's \
                     configuration.",
                )],
        ),
        Refusal::words(&["is not allowed to publish package"], &[Likely::new(Meaning::NotAMaintainer)]),
    ],
    ..Vendor::PLAIN
};
