//! Texts that quote files are cut to a readable length: a value may be a megabyte of anything.

use std::borrow::Cow;

use super::redact::mask;

/// What is quoted in a text, between backticks, in characters.
const QUOTED: usize = 200;
/// How many of them are the end of it.
const QUOTED_END: usize = 40;
/// A text as a whole. Some list what they are about, so it is more than one quotation.
const TEXT: usize = 2000;

/// A text that is shown outside a report: an error, a row of a table.
pub fn text(text: &str) -> Cow<'_, str> {
    with(text, mask)
}

/// A value that stands alone, such as a name.
pub fn value(text: &str) -> Cow<'_, str> {
    if text.len() <= QUOTED {
        return Cow::Borrowed(text);
    }
    let clean = mask(text);
    middle(&clean).map_or(Cow::Owned(clean.clone()), Cow::Owned)
}

/// A text; `clean` takes the secrets out of one that is cut: half a secret is not recognised any more.
pub fn with(text: &str, clean: impl FnOnce(&str) -> String) -> Cow<'_, str> {
    if text.len() <= QUOTED {
        return Cow::Borrowed(text);
    }
    let clean = clean(text);
    let mut cut = String::new();
    // Every second part is quoted.
    for (number, part) in clean.split('`').enumerate() {
        cut.push_str(if number > 0 { "`" } else { "" });
        match middle(part).filter(|_| number % 2 == 1) {
            Some(short) => cut.push_str(&short),
            None => cut.push_str(part),
        }
        if cut.len() > 4 * TEXT {
            break;
        }
    }
    if let Some((end, _)) = cut.char_indices().nth(TEXT) {
        cut.truncate(end);
        cut.push('…');
    }
    Cow::Owned(cut)
}

/// The start and the end of what is longer than what is quoted; `None`: it is not.
fn middle(text: &str) -> Option<String> {
    text.char_indices().nth(QUOTED)?;
    let start = text.char_indices().nth(QUOTED - QUOTED_END).map_or(text.len(), |(at, _)| at);
    let end = text.char_indices().rev().nth(QUOTED_END - 1).map_or(0, |(at, _)| at);
    Some(format!("{}…{}", &text[..start], &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortened_quote_keeps_its_start_and_end() {
        let long = format!("{}END", "é".repeat(500));
        let cut = text(&format!("the version `{long}` is none, `x` is")).into_owned();
        assert!(
            cut.starts_with("the version `éé") && cut.contains("…é") && cut.ends_with("END` is none, `x` is"),
            "{cut}"
        );
        assert!(cut.chars().count() < 250);
        let fine = "the version `1.0` is none";
        assert_eq!(text(fine), fine);
        let list = "`left-lodge`, ".repeat(20);
        assert_eq!(text(&list), list, "many short quotations are left");
    }

    #[test]
    fn a_text_is_shortened_however_it_is_quoted() {
        for part in ["x", "`", "` ", "word ", "`word` "] {
            let cut = text(&part.repeat(1_000_000)).into_owned();
            assert!(cut.chars().count() <= TEXT + 1, "{part}");
        }
    }

    #[test]
    fn a_secret_is_masked_before_it_is_cut() {
        let cut = text(&format!("`https://alice:{}@h/`", "secret".repeat(100))).into_owned();
        assert!(!cut.contains("secret"), "{cut}");
        assert!(!value(&format!("https://alice:{}@h/", "secret".repeat(100))).contains("secret"));
    }
}
