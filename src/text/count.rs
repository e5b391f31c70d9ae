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

#[cfg(test)]
mod tests {
    use super::{and_more, plural};

    #[test]
    fn one_is_singular_and_all_others_are_plural() {
        assert_eq!([0, 1, 2].map(|number| plural(number, "error")), ["0 errors", "1 error", "2 errors"]);
        assert_eq!([0, 1, 2].map(|others| and_more(others, "file")), ["", " and 1 more file", " and 2 more files"]);
    }
}
