//! Credentials in the text of a file. Those with a checksum, and keys that are whole, are certain; a shape alone is not.
//! npm's and GitHub's tokens end in the CRC-32 of the characters before, in base 62
//! (<https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>).

use std::sync::LazyLock;

use memchr::memmem::{self, Finder};

use crate::text::source::Start;

/// A credential in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// What is before it in the file.
    pub start: Start,
    /// What it begins with, or is named: nothing of it is secret.
    pub sign: String,
    /// What it is: follows "contains".
    pub what: &'static str,
    /// It is one, beyond doubt.
    pub is_certain: bool,
}

/// How credentials begin.
const SIGNS: [(&str, Kind); 8] = [
    ("npm_", Kind::Checked { what: "an npm token", otherwise: "what looks like an npm token" }),
    // Behind it there are a letter and `_`.
    (GITHUB, Kind::Checked { what: "a GitHub token", otherwise: LIKE_GITHUB }),
    ("github_pat_", Kind::Shape { least: 60, what: LIKE_GITHUB }),
    ("glpat-", Kind::Shape { least: 20, what: "what looks like a GitLab token" }),
    ("sk_live_", Kind::Shape { least: 24, what: "what looks like a Stripe key" }),
    ("sk-ant-api", Kind::Shape { least: 40, what: "what looks like an Anthropic API key" }),
    ("xoxb-", Kind::Shape { least: 24, what: "what looks like a Slack token" }),
    ("pypi-AgEIcHlwaS5vcmc", Kind::Shape { least: 50, what: "what looks like a PyPI token" }),
];
const GITHUB: &str = "gh";
const LIKE_GITHUB: &str = "what looks like a GitHub token";
/// What the first line of a key ends with.
const KEY_SIGN: &str = "PRIVATE KEY-----";

/// How the rest shows whether it is one.
#[derive(Clone, Copy)]
enum Kind {
    /// 36 characters follow, and the last of them are a checksum.
    Checked { what: &'static str, otherwise: &'static str },
    /// That many characters follow at least.
    Shape { least: usize, what: &'static str },
    /// The first line of a key, which is whole.
    PrivateKey,
}

/// One for each sign. To search a piece of text that is in the processor's cache for one sign after another takes half the time of a
/// search for all of them at once.
static FINDERS: LazyLock<Vec<(Finder<'static>, Kind)>> = LazyLock::new(|| {
    let signs = SIGNS.into_iter().chain([(KEY_SIGN, Kind::PrivateKey)]);
    signs.map(|(sign, kind)| (Finder::new(sign), kind)).collect()
});
/// How much text is searched at a time, in bytes: it fits into the smallest cache of a processor.
const PIECE: usize = 16 * 1024;
/// More than the longest sign.
const LONGEST: usize = 32;

/// Where signs are, and where they end.
fn signs(bytes: &[u8]) -> impl Iterator<Item = (usize, usize, Kind)> {
    let pieces = (0..bytes.len()).step_by(PIECE);
    let found = pieces.flat_map(move |start| {
        let piece = &bytes[start..bytes.len().min(start + PIECE + LONGEST)];
        FINDERS.iter().flat_map(move |(finder, kind)| {
            let own = finder.find_iter(piece).take_while(|at| *at < PIECE);
            own.map(move |at| (start + at, start + at + finder.needle().len(), *kind))
        })
    });
    found.filter_map(|(at, end, kind)| match bytes.get(at..at + 4) {
        Some([b'g', b'h', letter, last]) if end - at == GITHUB.len() => {
            (b"pousr".contains(letter) && *last == b'_').then_some((at, at + 4, kind))
        }
        _ => Some((at, end, kind)),
    })
}

/// The parts of names that say that a value is secret.
const SECRET_NAMES: [&str; 6] = ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "KEY", "CREDENTIAL"];

/// Suffixes of files that show what belongs into an `.env`.
const SAMPLES: [&str; 9] = ["example", "sample", "template", "dist", "default", "defaults", "schema", "test", "tpl"];

/// Folders of what is there to be looked at.
const EXAMPLE_FOLDERS: [&str; 12] = [
    "test",
    "tests",
    "__tests__",
    "spec",
    "fixtures",
    "fixture",
    "__fixtures__",
    "examples",
    "example",
    "docs",
    "mocks",
    "testdata",
];

/// Whether a name alone says that the content is private: follows "is".
pub fn private_name(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if is_dotenv(name) {
        return Some("a file with this machine's settings");
    }
    let is_key = matches!(name, "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ed25519");
    let ends = [".ppk", ".jks", ".keystore", ".p12", ".pfx", ".kdbx"];
    if is_key || ends.iter().any(|end| name.ends_with(end)) {
        return Some("a private key file");
    }
    let is_login = matches!(name, ".netrc" | ".pgpass" | ".git-credentials" | ".pypirc" | ".vault-token");
    let is_login = is_login || path.ends_with(".aws/credentials") || path.ends_with(".docker/config.json");
    is_login.then_some("a credentials file")
}

/// Whether it is an `.env`, which need not have anything secret in it.
pub fn is_environment(path: &str) -> bool {
    is_dotenv(path.rsplit('/').next().unwrap_or(path))
}

fn is_dotenv(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(".env") else { return false };
    if rest.is_empty() {
        return true;
    }
    let Some(rest) = rest.strip_prefix('.') else { return false };
    !rest.split('.').any(|part| SAMPLES.contains(&part))
}

fn is_example(path: &str) -> bool {
    path.rsplit('/').skip(1).any(|folder| EXAMPLE_FOLDERS.contains(&folder) || folder.starts_with("template"))
}

/// The credentials in a file; a few of them at most.
pub fn find(path: &str, bytes: &[u8]) -> Vec<Secret> {
    const MOST: usize = 20;
    let mut found: Vec<Hit> = Vec::new();
    let is_show = is_example(path);
    let is_prose = path.to_ascii_lowercase().ends_with(".md");
    for (at, end, kind) in signs(bytes) {
        let hit_of = |what, is_certain| Hit { at, end, what, is_certain };
        match kind {
            Kind::Checked { what, otherwise } => {
                let Some(token) = word(bytes, at, end).filter(|token| token.len() == 36) else { continue };
                if is_checked(token) {
                    found.push(hit_of(what, true));
                } else if !is_show && !is_prose && is_mixed(token) {
                    found.push(hit_of(otherwise, false));
                }
            }
            Kind::Shape { least, what } if !is_show && !is_prose => {
                if word(bytes, at, end).is_some_and(|rest| rest.len() >= least && is_mixed(rest)) {
                    found.push(hit_of(what, false));
                }
            }
            Kind::PrivateKey if !is_show => {
                if let Some(start) = private_key(bytes, at) {
                    let is_certain = bytes[..start].trim_ascii().is_empty();
                    found.push(Hit { at: start, end, what: "a private key", is_certain });
                }
            }
            Kind::Shape { .. } | Kind::PrivateKey => {}
        }
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let settings: Option<(&[&str], char)> = match name {
        ".npmrc" => Some((&["_authToken", "_auth", "_password"], '=')),
        ".yarnrc.yml" => Some((&["npmAuthToken", "npmAuthIdent"], ':')),
        _ => None,
    };
    let is_env = is_dotenv(name);
    if settings.is_some() || is_env {
        let mut start = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let text = String::from_utf8_lossy(line);
            let text = text.trim();
            if !text.starts_with(['#', ';']) {
                let hit = match settings {
                    Some((keys, sign)) => text.split_once(sign).is_some_and(|(key, value)| {
                        keys.iter().any(|known| key.trim_end().ends_with(known)) && is_value(value)
                    }),
                    None => text.split_once('=').is_some_and(|(key, value)| {
                        let key = key.trim().to_ascii_uppercase();
                        let is_secret = SECRET_NAMES.iter().any(|part| key.contains(part)) && !key.contains("PUBLIC");
                        is_secret && is_value(value) && !is_placeholder(value)
                    }),
                };
                if hit {
                    let what = if is_env { "what looks like a secret" } else { "a credential" };
                    let sign = settings.map_or('=', |(_, sign)| sign);
                    let key = line.split(|byte| char::from(*byte) == sign).next().unwrap_or_default();
                    let at = start + key.len() - key.trim_ascii_start().len();
                    found.push(Hit { at, end: at + key.trim_ascii().len(), what, is_certain: !is_show });
                }
            }
            start += line.len();
        }
    }
    found.sort_unstable_by_key(|hit| hit.at);
    found.truncate(MOST);
    placed(bytes, &found)
}

/// What was found.
struct Hit {
    at: usize,
    /// Where that ends which is not secret.
    end: usize,
    what: &'static str,
    is_certain: bool,
}

/// Adds the places, counted from one to the next: a file may be one long line.
fn placed(bytes: &[u8], found: &[Hit]) -> Vec<Secret> {
    // A byte order mark counts for nothing.
    let mark = if bytes.starts_with("\u{feff}".as_bytes()) && found.iter().all(|hit| hit.at > 0) { 3 } else { 0 };
    let mut start = Start { bytes: mark, ..Start::default() };
    let secrets = found.iter().map(|Hit { at, end, what, is_certain }| {
        let between = &bytes[start.bytes..*at];
        let in_line = match memchr::memrchr(b'\n', between) {
            Some(last) => {
                start.lines += memchr::memchr_iter(b'\n', between).count();
                (start.characters, start.utf16) = (0, 0);
                &between[last + 1..]
            }
            None => between,
        };
        let in_line = String::from_utf8_lossy(in_line);
        start.characters += in_line.chars().count();
        start.utf16 += in_line.encode_utf16().count();
        start.bytes = *at;
        let sign = String::from_utf8_lossy(&bytes[*at..*end]).into_owned();
        Secret { start, sign, what, is_certain: *is_certain }
    });
    secrets.collect()
}

/// The letters, digits, `_` and `-` behind a sign that stands alone.
fn word(bytes: &[u8], at: usize, end: usize) -> Option<&[u8]> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'-';
    if at > 0 && is_part(&bytes[at - 1]) {
        return None;
    }
    let rest = &bytes[end..];
    Some(&rest[..rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len())])
}

/// Whether the last six characters are the checksum of those before.
fn is_checked(token: &[u8]) -> bool {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let (text, sum) = token.split_at(token.len() - 6);
    let mut crc = flate2::Crc::new();
    crc.update(text);
    let mut rest = crc.sum() as usize;
    let mut expected = [b'0'; 6];
    for digit in expected.iter_mut().rev() {
        *digit = DIGITS[rest % 62];
        rest /= 62;
    }
    sum == expected
}

/// Small and large letters and digits: what somebody makes up for a text has less.
fn is_mixed(token: &[u8]) -> bool {
    let has = |kind: fn(&u8) -> bool| token.iter().any(kind);
    let mut kinds = token.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && kinds.len() > 12
}

/// The start of a whole private key, of whose first line this is the end.
fn private_key(bytes: &[u8], at: usize) -> Option<usize> {
    let head = &bytes[at.saturating_sub(40)..at];
    let begin = memmem::rfind(head, b"-----BEGIN ")?;
    let kind = &head[begin + b"-----BEGIN ".len()..];
    if !kind.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b' ') {
        return None;
    }
    let body = &bytes[at + KEY_SIGN.len()..];
    let body = &body[..memmem::find(&body[..body.len().min(16 * 1024)], b"-----END ")?];
    let letters = body.iter().filter(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte)).count();
    (letters >= 64).then(|| at.saturating_sub(40) + begin)
}

fn is_value(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    !value.is_empty() && !value.contains('$') && !value.starts_with('#')
}

fn is_placeholder(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    let words = ["your", "change", "example", "placeholder", "todo", "xxx", "dummy", "<", "..."];
    value.len() < 4
        || matches!(value.as_str(), "true" | "false" | "none" | "null" | "test")
        || words.iter().any(|word| value.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(prefix: &str) -> String {
        let text = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0";
        let mut crc = flate2::Crc::new();
        crc.update(text.as_bytes());
        let digits: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect();
        let mut rest = crc.sum() as usize;
        let mut sum = Vec::new();
        for _ in 0..6 {
            sum.insert(0, digits[rest % 62]);
            rest /= 62;
        }
        format!("{prefix}{text}{}", sum.into_iter().collect::<String>())
    }

    fn certain(path: &str, text: &str) -> Vec<bool> {
        find(path, text.as_bytes()).into_iter().map(|secret| secret.is_certain).collect()
    }

    #[test]
    fn a_token_with_a_valid_checksum_is_certain() {
        assert_eq!(find("a.js", format!("\n\nx=\"{}\"", made("npm_")).as_bytes())[0].start.lines, 2);
        assert_eq!(certain("a.js", &made("ghs_")), [true]);
        let wrong = format!("{}x", &made("npm_")[..39]);
        assert_eq!(certain("a.js", &wrong), [false]);
        assert_eq!(certain("README.md", &wrong), [false; 0]);
        assert_eq!(certain("a.js", "npm_[A-Za-z0-9]{36} npm_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), [false; 0]);
        assert_eq!(certain("a.js", &format!("a{}", made("npm_"))), [false; 0]);
    }

    #[test]
    fn a_credential_is_found_wherever_it_begins() {
        for sign in ["npm_", "ghu_"] {
            for before in PIECE - 5..PIECE + 5 {
                let found = find("a.js", format!("{}{}", "=".repeat(before), made(sign)).as_bytes());
                assert_eq!((found.len(), found[0].start.bytes, found[0].sign.as_str()), (1, before, sign));
            }
        }
    }

    #[test]
    fn nothing_of_the_value_is_kept() {
        let token = made("npm_");
        let key = format!("-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----", "Ab1+".repeat(20));
        let found = find("a.js", format!("\nconst a = 'é😀{token}', b = '{key}'").as_bytes());
        let at = |number: usize| (found[number].start.lines, found[number].start.characters, found[number].start.utf16);
        assert_eq!((found[0].sign.as_str(), at(0)), ("npm_", (1, 13, 14)));
        assert_eq!((found[1].sign.as_str(), at(1)), ("-----BEGIN PRIVATE KEY-----", (1, 61, 62)));
        let found = find(".env", b"A=1\n DB_PASSWORD = correct=horse\n");
        assert_eq!((found[0].sign.as_str(), found[0].start.bytes), ("DB_PASSWORD", 5));
    }

    #[test]
    fn a_file_with_only_a_private_key_is_certain() {
        let key = format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n", "Ab1+".repeat(20));
        assert_eq!(certain("deploy/id_rsa", &key), [true]);
        assert_eq!(certain("a.js", &format!("const key = `{key}`")), [false]);
        assert_eq!(certain("test/fixtures/key.pem", &key), [false; 0]);
        assert_eq!(certain("a.js", "/-----BEGIN (RSA )?PRIVATE KEY-----/"), [false; 0]);
    }

    #[test]
    fn settings_with_values_are_certain() {
        assert_eq!(certain(".env", "PORT=1\nDB_PASSWORD=hunter22\n"), [true]);
        for harmless in ["DB_PASSWORD=\n", "TOKEN=${TOKEN}\n", "PUBLIC_KEY=abcdef\n", "# TOKEN=abcdef\n", "PORT=3000\n"]
        {
            assert_eq!(certain(".env", harmless), [false; 0], "{harmless}");
        }
        assert_eq!(certain(".env.example", "DB_PASSWORD=hunter22\n"), [false; 0]);
        assert_eq!(certain(".npmrc", "//r.example/:_authToken=0123-4567\n"), [true]);
        assert_eq!(certain(".npmrc", "//r.example/:_authToken=${NPM_TOKEN}\n"), [false; 0]);
    }
}
