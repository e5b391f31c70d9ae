//! What a log shows of the environment that a client runs in: the variables of a step, with which its credential is written, and the
//! version of npm (`npm: 11.6.0` of setup-node).

use super::super::attempt::Lack;
use super::super::cutter::Cutter;
use crate::facts::credential::SETUP_NODE_PLACEHOLDER;
use crate::npm::version::Version;

pub(super) fn read(line: &str, cut: &mut Cutter) -> bool {
    if line.starts_with("##[group]Run ") {
        cut.environment_ends();
    }
    // Another npm is installed over the one that was named.
    if line.contains("npm@") && [" -g", " --global"].iter().any(|option| line.contains(option)) {
        cut.npm(None);
        return false;
    }
    let Some((name, value)) = line.split_once(':') else { return false };
    if name == "npm" {
        let Some(version) = Version::valid(value.trim(), true) else { return false };
        cut.npm(Some(version));
        return true;
    }
    if !is_credential(name) {
        return false;
    }
    let lack = match value.trim() {
        "" => Some(Lack::Empty),
        SETUP_NODE_PLACEHOLDER => Some(Lack::Placeholder),
        _ => None,
    };
    cut.variable(name, lack);
    true
}

/// `NODE_AUTH_TOKEN`, `NPM_TOKEN`, `YARN_NPM_AUTH_TOKEN`; not the identity of a job.
fn is_credential(name: &str) -> bool {
    let is_variable = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let is_of_client = ["NPM", "NODE_AUTH"].iter().any(|part| name.contains(part));
    is_variable && is_of_client && name.ends_with("TOKEN") && !name.ends_with("ID_TOKEN")
}
