//! Verdaccio, which is recognised only by its messages.

use super::{Likely, Meaning, Refusal, Vendor};

pub(super) static VENDOR: Vendor = Vendor {
    name: "Verdaccio",
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
