//! `CodeArtifact` of AWS.

use super::Vendor;

pub(super) static VENDOR: Vendor =
    Vendor { name: "AWS CodeArtifact", knows: |address| address.is_in("amazonaws.com"), ..Vendor::PLAIN };
