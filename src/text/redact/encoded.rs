//! The forms in which a secret is sent, or in which a server, a log or a report may repeat it.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// JavaScript's `encodeURIComponent`.
const COMPONENT: AsciiSet = keeping(b"-_.!~*'()");
/// A form, but for blanks, which it writes as `+`.
const FORM: AsciiSet = keeping(b"*-._");
/// The ways to write a text in a URL: as RFC 3986 and JavaScript do, in a form, and what the URL standard leaves alone in a
/// path and before an `@`.
const IN_URLS: [AsciiSet; 5] =
    [keeping(b"-_.~"), COMPONENT, FORM, keeping(b"!$&'()*+,-./:;=@_~"), keeping(b"!$&'()*+,-._~")];

/// All ASCII characters but letters, digits and these.
const fn keeping(kept: &[u8]) -> AsciiSet {
    let mut set = NON_ALPHANUMERIC.remove(kept[0]);
    let mut at = 1;
    while at < kept.len() {
        set = set.remove(kept[at]);
        at += 1;
    }
    set
}

/// Every form of a text: as it is, in a URL, in JSON, in base64. Letters of any case are the same to whoever searches.
pub(super) fn forms(text: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::from([text.to_owned(), text.trim().to_owned()]);
    for set in &IN_URLS {
        forms.insert(utf8_percent_encode(text, set).to_string());
    }
    forms.insert(utf8_percent_encode(text, &FORM).to_string().replace("%20", "+"));
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

/// JavaScript's `encodeURIComponent`.
pub fn encode_uri_component(text: &str) -> String {
    utf8_percent_encode(text, &COMPONENT).to_string()
}

/// What a URL's `%40` stands for.
pub(crate) fn percent_decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
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
