//! The forms in which a secret is sent, or in which a server, a log or a report may repeat it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Every form of a text: as it is, in a URL, in JSON, in base64. Letters of any case are the same to whoever searches.
pub(super) fn forms(text: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::from([text.to_owned(), text.trim().to_owned()]);
    // A form's text, JavaScript's encodeURIComponent and RFC 3986, and what the URL standard leaves alone in a path and
    // before an `@`.
    for kept in ["-_.~", "-_.!~*'()", "*-._", "!$&'()*+,-./:;=@_~", "!$&'()*+,-._~"] {
        forms.insert(percent_encoded(text, kept));
    }
    forms.insert(percent_encoded(text, "*-._ ").replace(' ', "+"));
    forms.insert(percent_decoded(text));
    // Whoever quotes it in a sentence puts it on one line.
    forms.insert(text.split_whitespace().collect::<Vec<_>>().join(" "));
    let quoted = serde_json::Value::from(text).to_string();
    forms.insert(quoted[1..quoted.len() - 1].to_owned());
    // Without padding: it is found in a padded text, too.
    forms.insert(STANDARD_NO_PAD.encode(text));
    forms.insert(URL_SAFE_NO_PAD.encode(text));
    forms
}

fn percent_encoded(text: &str, kept: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// What a URL's `%40` stands for.
pub(super) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// As Node's `Buffer.from(text, 'base64').toString('utf8')`: characters outside the alphabet are skipped, URL-safe
/// letters are understood, and padding ends the text.
pub fn decode_base64(text: &str) -> String {
    let letters: String = text
        .chars()
        .take_while(|character| *character != '=')
        .filter_map(|character| match character {
            '-' => Some('+'),
            '_' => Some('/'),
            'A'..='Z' | 'a'..='z' | '0'..='9' | '+' | '/' => Some(character),
            _ => None,
        })
        .collect();
    let whole = &letters[..letters.len() - usize::from(letters.len() % 4 == 1)];
    let config = base64::engine::GeneralPurposeConfig::new()
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let engine = base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, config);
    String::from_utf8_lossy(&engine.decode(whole).unwrap_or_default()).into_owned()
}
