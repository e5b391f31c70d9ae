//! How a package is published: under which dist-tag, for whom, and with which proof of where it was built.

use crate::project::bundle::Bundle;
use crate::project::npm_config::Sourced;
use crate::publisher::{Access, Tag};

/// What was chosen for the publish, on the command line or in the configuration.
#[derive(Debug)]
pub struct PublishOptions {
    /// `npm stage publish` instead of `npm publish`: the version waits for approval.
    pub stage: bool,
    /// Under which dist-tag.
    pub tag: Tag,
    /// Who may install it.
    pub access: Sourced<Access>,
    /// `force`: npm's own guards are off.
    pub force: Sourced<bool>,
    /// `dry-run`.
    pub dry_run: Sourced<bool>,
    /// What is shown in the place of values that a variable of the environment is a part of.
    pub(super) written: Written,
}

/// The text of settings before variables in it are expanded; `None`: there are none, and the value may be shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    pub(super) tag: Option<String>,
    pub(super) checked_tag: Option<String>,
    pub(super) access: Option<String>,
}

impl PublishOptions {
    /// What is done, as a verb for sentences.
    pub const fn verb(&self) -> &'static str {
        if self.stage { "stage" } else { "publish" }
    }

    /// The dist-tag that would be set, for people.
    pub fn shown_tag(&self) -> &str {
        self.written.tag.as_ref().unwrap_or(&self.tag.value.value)
    }

    /// The dist-tag that npm checks, for people.
    pub fn shown_checked_tag(&self) -> &str {
        self.written.checked_tag.as_ref().unwrap_or(&self.tag.checked.value)
    }

    /// The access, for people.
    pub fn shown_access(&self) -> &str {
        match (&self.written.access, &self.access.value) {
            (Some(written), _) => written,
            (None, Access::Default) => "default",
            (None, Access::Public) => "public",
            (None, Access::Restricted) => "restricted",
            (None, Access::Other(text)) => text,
        }
    }
}

/// Which provenance goes along.
#[derive(Debug)]
pub struct Provenance {
    /// `provenance`.
    pub wanted: Sourced<bool>,
    /// With a trusted publisher's token the client adds provenance unasked.
    pub signs_by_itself: bool,
    /// `provenance-file`.
    pub file: Option<Sourced<String>>,
    /// What the file that it names holds.
    pub bundle: Bundle,
    /// The text of `provenance-file` before variables in it are expanded.
    pub(super) written_file: Option<String>,
}

impl Provenance {
    /// The file that `provenance-file` names, for people.
    pub fn shown_file(&self) -> Option<&str> {
        let file = self.file.as_ref()?;
        Some(self.written_file.as_ref().unwrap_or(&file.value))
    }
}
