//! `globalconfig` in several layers at once: npm orders them as it orders no other setting.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Names another file in each of the layers whose bit is set, in the order in which npm loads them. Each file says whose
/// it is.
pub(super) fn set(
    layers: u32,
    root: &Path,
    env: &mut BTreeMap<String, String>,
    argv: &mut Vec<String>,
    files: &mut Vec<(PathBuf, String)>,
) {
    for (bit, layer) in ["flag", "variable", "repo", "home"].into_iter().enumerate() {
        if layers & (1 << bit) == 0 {
            continue;
        }
        let file = root.join(format!("{layer}.rc"));
        let path = file.to_string_lossy().into_owned();
        files.push((file, format!("unknown-key={layer}\n")));
        match layer {
            "flag" => argv.insert(0, format!("--globalconfig={path}")),
            "variable" => drop(env.insert("npm_config_globalconfig".to_owned(), path)),
            _ => {
                let line = format!("globalconfig={path}\n");
                let own = root.join(layer).join(".npmrc");
                match files.iter_mut().find(|(known, _)| *known == own) {
                    Some((_, text)) => text.insert_str(if text.starts_with('\u{feff}') { 3 } else { 0 }, &line),
                    None => files.push((own, line)),
                }
            }
        }
    }
}
