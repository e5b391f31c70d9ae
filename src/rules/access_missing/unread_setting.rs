//! Where people write `access: public` and npm does not look: a key in another spelling, and a root's `publishConfig`.

use crate::plan::PublishPlan;
use crate::project::manifest::Manifest;
use crate::text::json::{Type, Value};
use crate::text::source::{Place, Span};

/// A wish for public access that npm does not read.
pub(super) struct UnreadSetting {
    /// How to name it in a sentence.
    pub(super) text: String,
    /// Its key, or its value.
    pub(super) place: Place,
}

/// The wish of a publish.
pub(super) fn of(plan: &PublishPlan) -> Option<UnreadSetting> {
    if let Some((field, key)) = misspelt(&plan.package.manifest) {
        return Some(UnreadSetting { text: format!("`{field}`"), place: plan.package.manifest.place(key) });
    }
    // That of a root which is published itself may be meant for the root.
    let root = plan.package.root.as_ref().filter(|root| root.is_private())?;
    let access = root.publish_config("access").filter(|access| is_public(*access))?;
    let text = "the `publishConfig` of the root for its workspaces".to_owned();
    Some(UnreadSetting { text, place: root.place(access.span()) })
}

fn is_public(value: Value<'_>) -> bool {
    value.as_str().is_some_and(|text| text.trim().eq_ignore_ascii_case("public"))
}

/// A key that npm does not know: its path, and where it is.
fn misspelt(manifest: &Manifest) -> Option<(String, Span)> {
    let is = |key: &str, wanted: &str| key.replace(['-', '_'], "").eq_ignore_ascii_case(wanted);
    manifest.root().members().find_map(|member| {
        if is(member.key, "access") && is_public(member.value) {
            return Some((member.key.to_owned(), member.key_span));
        }
        if !is(member.key, "publishConfig") || member.value.type_of() != Type::Object {
            return None;
        }
        let access = member.value.members().find(|access| {
            let is_read = (member.key, access.key) == ("publishConfig", "access");
            is(access.key, "access") && is_public(access.value) && !is_read
        })?;
        let span = if member.key == "publishConfig" { access.key_span } else { member.key_span };
        Some((format!("{}.{}", member.key, access.key), span))
    })
}
