//! Cloudsmith.

use super::Vendor;

pub(super) static VENDOR: Vendor =
    Vendor { name: "Cloudsmith", knows: |address| address.is_in("cloudsmith.io"), ..Vendor::PLAIN };
