//! Variables in the settings of clients other than npm, each with the rules of its client: pnpm 12.21.0 (`${NAME}`, `${NAME-x}`,
//! `${NAME:-x}`, `${NAME?}`; what is not set is empty), Yarn 4.18.1 (the same without `?`; what is not set is an error) and
//! Bun 1.4.5 (`${NAME}`, `${NAME?}` and, in bunfig.toml, `$NAME`; what is not set stays as it is).

use crate::project::npm_config::UnsetVariable;
use crate::project::world::World;
use crate::text::source::Span;

/// Whose rules count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Pnpm,
    Yarn,
    Bun,
    /// `$NAME` too.
    Bunfig,
}

/// A text with its variables replaced.
#[derive(Debug, Default)]
pub(super) struct Expanded {
    /// What the client uses.
    pub(super) text: String,
    /// The variables that are set.
    pub(super) used: Vec<String>,
    /// Those that are not, and have no default.
    pub(super) unset: Vec<UnsetVariable>,
}

/// The length in bytes at which a text is cut off: a megabyte of `${HOME}` must not become a gigabyte.
const LONGEST: usize = 1 << 20;

/// One `${…}` or `$NAME`.
struct Reference<'t> {
    name: &'t str,
    /// What replaces it when it is not set.
    default: Option<&'t str>,
    /// An empty value counts as none.
    not_empty: bool,
    optional: bool,
    length: usize,
}

/// Replaces the variables; `start`: where the text is in its file.
pub(super) fn expand(world: &World, dialect: Dialect, text: &str, start: Option<usize>) -> Expanded {
    let mut expanded = Expanded::default();
    let mut rest = text;
    while let Some(at) = rest.find('$').filter(|_| expanded.text.len() < LONGEST) {
        let Some(reference) = reference(&rest[at..], dialect) else {
            expanded.text.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            continue;
        };
        let offset = text.len() - rest.len() + at;
        let end = at + reference.length;
        let before = rest[..at].strip_suffix('\\').filter(|_| dialect == Dialect::Yarn || dialect == Dialect::Pnpm);
        if let Some(before) = before {
            expanded.text.push_str(before);
            expanded.text.push_str(&rest[at..end]);
            rest = &rest[end..];
            continue;
        }
        expanded.text.push_str(&rest[..at]);
        let value = world.var(reference.name).filter(|value| !(reference.not_empty && value.is_empty()));
        match (value, reference.default) {
            (Some(value), _) => {
                expanded.text.push_str(value);
                expanded.used.push(reference.name.to_owned());
            }
            (None, Some(default)) => expanded.text.push_str(default),
            (None, None) => {
                if !reference.optional && matches!(dialect, Dialect::Bun | Dialect::Bunfig) {
                    expanded.text.push_str(&rest[at..end]);
                }
                expanded.unset.push(UnsetVariable {
                    name: reference.name.to_owned(),
                    span: start.map(|start| Span::new(start + offset, start + offset + reference.length)),
                    optional: reference.optional,
                });
            }
        }
        rest = &rest[end..];
    }
    expanded.text.push_str(rest);
    expanded
}

/// What a text that starts with `$` begins with.
fn reference(text: &str, dialect: Dialect) -> Option<Reference<'_>> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let Some(inner) = text.strip_prefix("${") else {
        let name = text.strip_prefix('$').filter(|_| dialect == Dialect::Bunfig)?;
        let name = &name[..name.find(|letter| !is_name(letter)).unwrap_or(name.len())];
        let reference = Reference { name, default: None, not_empty: false, optional: false, length: name.len() + 1 };
        return (!name.is_empty()).then_some(reference);
    };
    let end = inner.find('}')?;
    let inside = &inner[..end];
    let (name, rest) = inside.split_at(inside.find(|letter| !is_name(letter)).unwrap_or(inside.len()));
    let has_defaults = matches!(dialect, Dialect::Pnpm | Dialect::Yarn);
    let (default, not_empty, optional) = match rest {
        "" => (None, false, false),
        "?" if dialect != Dialect::Yarn => (None, false, true),
        rest if has_defaults && rest.starts_with(":-") => (Some(&rest[2..]), true, false),
        rest if has_defaults && rest.starts_with('-') => (Some(&rest[1..]), false, false),
        _ => return None,
    };
    (!name.is_empty()).then_some(Reference { name, default, not_empty, optional, length: end + 3 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_expands_variables_by_its_own_rules() {
        let world = World::memory(&[], &[("A", "x"), ("E", "")]);
        for (dialect, text, expected, unset) in [
            (Dialect::Pnpm, "<${A}>", "<x>", 0),
            (Dialect::Pnpm, "<${NO}>", "<>", 1),
            (Dialect::Pnpm, "<${NO:-y}${E:-z}${E-w}>", "<yz>", 0),
            (Dialect::Pnpm, "<${NO?}>", "<>", 1),
            (Dialect::Pnpm, r"<\${A}>", "<${A}>", 0),
            (Dialect::Yarn, "<${NO-y}>", "<y>", 0),
            (Dialect::Yarn, "<${NO}>", "<>", 1),
            (Dialect::Yarn, r"<\${NO}>", "<${NO}>", 0),
            (Dialect::Yarn, "<${NO?}>", "<${NO?}>", 0),
            (Dialect::Bun, "<${A}${NO}>", "<x${NO}>", 1),
            (Dialect::Bun, "<${NO?}$A>", "<$A>", 1),
            (Dialect::Bun, "<${NO:-y}>", "<${NO:-y}>", 0),
            (Dialect::Bunfig, "<$A.$NO>", "<x.$NO>", 1),
            (Dialect::Pnpm, "<${}${A", "<${}${A", 0),
        ] {
            let found = expand(&world, dialect, text, Some(10));
            assert_eq!((found.text.as_str(), found.unset.len()), (expected, unset), "{dialect:?} {text}");
        }
        let unset = expand(&world, Dialect::Pnpm, "<${A}${NO}>", Some(10)).unset;
        assert_eq!(unset[0].span, Some(Span::new(15, 20)));
    }
}
