//! Counted nouns, as sentences need them.

use std::fmt::Display;

/// `1 error`, `2 errors`.
pub fn plural(number: impl Copy + PartialEq + From<u8> + Display, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1.into() { "" } else { "s" })
}

/// What follows the first of several: ` and 1 more file`, ` and 2 more files`, or nothing.
pub fn and_more(others: usize, noun: &str) -> String {
    if others == 0 { String::new() } else { format!(" and {}", plural(others, &format!("more {noun}"))) }
}

/// `a, b and c`; of more than `most` the first ones: `a, b and 3 more`.
pub fn listed(names: &[String], most: usize) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        names if names.len() > most => format!("{} and {} more", names[..most].join(", "), names.len() - most),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{and_more, listed, plural};

    #[test]
    fn the_first_of_many_names_are_listed() {
        let of = |names: &[&str]| listed(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), 2);
        assert_eq!([of(&[]), of(&["a"]), of(&["a", "b"])], ["", "a", "a and b"]);
        assert_eq!(of(&["a", "b", "c", "d"]), "a, b and 2 more");
    }

    #[test]
    fn one_is_singular_and_all_others_are_plural() {
        assert_eq!([0, 1, 2].map(|number| plural(number, "error")), ["0 errors", "1 error", "2 errors"]);
        assert_eq!([0, 1, 2].map(|others| and_more(others, "file")), ["", " and 1 more file", " and 2 more files"]);
    }
}
