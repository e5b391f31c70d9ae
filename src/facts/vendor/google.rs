//! Google Artifact Registry.

use super::Vendor;

pub(super) static VENDOR: Vendor =
    Vendor { name: "Google Artifact Registry", knows: |address| address.is_in("pkg.dev"), ..Vendor::PLAIN };
