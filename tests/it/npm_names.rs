//! Versions, ranges, names and arguments against the installed npm's own modules: thousands of generated texts, the same
//! ones every time, answered by one node process (npm_names.js) and by the library.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use npm_preflight::name::{self, NameError};
use npm_preflight::npm_spec::{self, Place, RemoteKind, Spec};
use npm_preflight::version::{Range, Version};
use serde_json::{Value, json};

/// Texts per question.
const COUNT: usize = 6000;

const POSIX: Place<'_> = Place { cwd: "/work/space", home: "/home/alice", windows: false };
const WINDOWS: Place<'_> = Place { cwd: r"C:\work\space", home: r"C:\Users\alice", windows: true };

struct Asked {
    versions: Vec<String>,
    orders: Vec<[String; 2]>,
    ranges: Vec<String>,
    fits: Vec<[String; 2]>,
    names: Vec<String>,
    posix: Vec<String>,
    windows: Vec<String>,
    tags: Vec<[String; 2]>,
}

/// The questions and npm's answers; `None`: npm is left out on purpose.
static ASKED: LazyLock<Option<(Asked, Value)>> = LazyLock::new(|| {
    if std::env::var_os("NPM_PREFLIGHT_SKIP_NPM").is_some_and(|value| value == "1") {
        return None;
    }
    let asked = Asked::new(&mut Dice(0x6e70_6d21));
    let platform = |place: Place<'_>, args: &[String]| json!({ "cwd": place.cwd, "home": place.home, "args": args });
    let mut specs = json!({ "win32": platform(WINDOWS, &asked.windows) });
    if cfg!(unix) {
        specs["linux"] = platform(POSIX, &asked.posix);
    }
    let question = json!({
        "versions": asked.versions, "orders": asked.orders, "ranges": asked.ranges, "fits": asked.fits,
        "names": asked.names, "specs": specs, "tags": asked.tags,
    });
    let mut node = Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/npm_names.js"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is not there; NPM_PREFLIGHT_SKIP_NPM=1 leaves these tests out");
    node.stdin.take().expect("a pipe").write_all(question.to_string().as_bytes()).expect("node reads");
    let output = node.wait_with_output().expect("node ends");
    assert!(output.status.success(), "npm is not there; NPM_PREFLIGHT_SKIP_NPM=1 leaves these tests out");
    Some((asked, serde_json::from_slice(&output.stdout).expect("JSON")))
});

#[test]
fn versions_are_read_as_npm_reads_them() {
    agree(
        "versions",
        |asked| &asked.versions,
        |text| {
            let show = |version: Option<Version>| version.map(|version| version.to_string());
            let valid = [false, true].map(|loose| show(Version::valid(text, loose)));
            let clean = [false, true].map(|loose| show(Version::clean(text, loose)));
            json!([valid[0], valid[1], clean[0], clean[1]])
        },
    );
}

#[test]
fn versions_are_ordered_as_npm_orders_them() {
    agree(
        "orders",
        |asked| &asked.orders,
        |[left, right]| match (Version::valid(left, false), Version::valid(right, false)) {
            (Some(left), Some(right)) => json!(left.cmp(&right) as i8),
            (None, _) => json!({ "error": format!("Invalid Version: {left}") }),
            (_, None) => json!({ "error": format!("Invalid Version: {right}") }),
        },
    );
}

#[test]
fn ranges_are_read_as_npm_reads_them() {
    agree(
        "ranges",
        |asked| &asked.ranges,
        |text| {
            let show = |range: Range| Some(range.to_string()).filter(|text| !text.is_empty()).unwrap_or("*".to_owned());
            json!([Range::parse(text, false).map(show), Range::parse(text, true).map(show)])
        },
    );
}

#[test]
fn ranges_take_the_versions_that_npm_takes() {
    agree(
        "fits",
        |asked| &asked.fits,
        |[version, range]| {
            json!([false, true].map(|loose| {
                let version = Version::valid(version, loose);
                let range = Range::parse(range, loose);
                version.is_some_and(|version| range.is_some_and(|range| range.satisfies(&version)))
            }))
        },
    );
}

#[test]
fn names_pass_where_npm_lets_them_pass() {
    agree(
        "names",
        |asked| &asked.names,
        |text| match name::normalize(text) {
            Ok(name) => {
                let kinds = [("module", "core"), ("214", "length"), ("capital", "capital"), ("!()*", "special")];
                let objections = name::new_package_objections(&name);
                let warnings =
                    objections.iter().map(|text| kinds.iter().find(|(word, _)| text.contains(word)).unwrap().1);
                json!({ "name": name.as_str(), "warnings": warnings.collect::<Vec<_>>() })
            }
            Err(NameError::InvalidPackageName(_)) => json!({ "error": "EINVALIDPACKAGENAME" }),
            // an empty name becomes the tag `@latest`
            Err(NameError::Invalid(_)) if js_trim(text).is_empty() => json!({ "error": "EINVALIDTAGNAME" }),
            Err(NameError::Invalid(_)) => json!({ "error": "Invalid name" }),
        },
    );
}

#[test]
#[cfg(unix)]
fn arguments_are_taken_for_what_npm_takes_them() {
    agree("specs/linux", |asked| &asked.posix, |arg| spec(arg, &POSIX));
}

#[test]
fn arguments_on_windows_are_taken_for_what_npm_takes_them() {
    agree("specs/win32", |asked| &asked.windows, |arg| spec(arg, &WINDOWS));
}

#[test]
fn dist_tags_fail_where_npm_fails_on_them() {
    agree(
        "tags",
        |asked| &asked.tags,
        |[name, tag]| npm_spec::tag_error(name, tag).map_or(Value::Null, |error| json!({ "error": error_text(error) })),
    );
}

fn spec(arg: &str, place: &Place<'_>) -> Value {
    match npm_spec::classify(arg, place) {
        Ok(Spec::Directory(path)) => json!({ "type": "directory", "path": path }),
        Ok(Spec::Tarball(path)) => json!({ "type": "file", "path": path }),
        Ok(Spec::Remote(kind, _)) => json!({ "type": match kind {
            RemoteKind::Version => "version",
            RemoteKind::Range => "range",
            RemoteKind::Tag => "tag",
            RemoteKind::Alias => "alias",
            RemoteKind::Git => "git",
            RemoteKind::Url => "remote",
        } }),
        Err(error) => json!({ "error": error_text(error) }),
    }
}

/// npm's code, or a word for errors without one.
fn error_text(error: npm_spec::SpecError) -> String {
    error.code().map_or_else(|| format!("{error:?}"), str::to_owned)
}

/// Compares all answers to one kind of question, and shows the first differences.
fn agree<T: std::fmt::Debug>(kind: &str, of: impl Fn(&Asked) -> &Vec<T>, ours: impl Fn(&T) -> Value) {
    let Some((asked, answers)) = &*ASKED else { return };
    let (asked, answers) = (of(asked), answers.pointer(&format!("/{kind}")).and_then(Value::as_array).unwrap());
    assert_eq!(asked.len(), answers.len());
    let mut different = Vec::new();
    for (text, npm) in asked.iter().zip(answers) {
        let (npm, ours) = (in_our_words(npm), ours(text));
        if npm != ours {
            different.push(format!("{text:?}\n  npm:  {npm}\n  here: {ours}"));
        }
    }
    let refused = |answer: &&Value| match answer {
        Value::Array(answers) => answers.iter().all(|answer| answer.is_null() || *answer == Value::Bool(false)),
        answer => answer.get("error").is_some(),
    };
    let refusals = answers.iter().filter(refused).count();
    assert!(
        refusals > asked.len() / 20 && refusals < asked.len() * 19 / 20,
        "{kind}: {refusals} of {} are refused: the texts test one side only",
        asked.len()
    );
    assert!(
        different.is_empty(),
        "{kind}: {} differences\n{}",
        different.len(),
        different[..different.len().min(25)].join("\n")
    );
}

/// npm's messages without a code, by the name of ours.
fn in_our_words(answer: &Value) -> Value {
    let word = match answer.get("error").and_then(Value::as_str) {
        Some(text) if text.starts_with("cannot override existing") || text == "URI malformed" => "Revision",
        Some(text) if text.contains("aliases ") => "Alias",
        _ => return answer.clone(),
    };
    json!({ "error": word })
}

fn js_trim(text: &str) -> &str {
    text.trim_matches(|char: char| char == '\u{feff}' || char.is_whitespace() && char != '\u{85}')
}

/// A generator of our own, so that the texts are the same everywhere and for ever (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % limit as u64).unwrap()
    }

    fn one_in(&mut self, limit: usize) -> bool {
        self.below(limit) == 0
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    /// Up to `most` words in a row.
    fn row(&mut self, words: &[&str], most: usize) -> String {
        (0..self.below(most + 1)).map(|_| self.pick(words)).collect()
    }

    /// Sometimes changed in a few places.
    fn mutate(&mut self, text: String, noise: &[&str]) -> String {
        let mut chars: Vec<_> = text.chars().map(String::from).collect();
        while self.one_in(3) {
            let at = self.below(chars.len() + 1);
            match self.below(4) {
                0 if at < chars.len() => drop(chars.remove(at)),
                1 if at < chars.len() => chars.insert(at, chars[at].clone()),
                2 if at + 1 < chars.len() => chars.swap(at, at + 1),
                _ => chars.insert(at, self.pick(noise).to_owned()),
            }
        }
        chars.concat()
    }

    fn number(&mut self) -> &'static str {
        match self.below(12) {
            0 => self.pick(&["01", "00", "9007199254740991", "9007199254740992", "99999999999999999999", "-1", ""]),
            1 => self.pick(&["10", "42", "123456"]),
            _ => self.pick(&["0", "1", "2", "3"]),
        }
    }

    fn prerelease(&mut self) -> String {
        const IDENTIFIERS: &[&str] =
            &["alpha", "beta", "rc", "0", "1", "2", "10", "01", "0a", "-", "x", "A", "-1", "9007199254740991", "", "é"];
        let mut text = self.pick(&["-", "-", "-", "-", "", "--"]).to_owned();
        text += self.pick(&IDENTIFIERS[..11]);
        while self.one_in(2) {
            text += ".";
            text += self.pick(IDENTIFIERS);
        }
        text
    }

    fn release(&mut self) -> String {
        format!("{}.{}.{}", self.number(), self.number(), self.number())
    }

    fn version(&mut self) -> String {
        let space = |dice: &mut Self| if dice.one_in(8) { dice.row(SPACES, 2) } else { String::new() };
        let mut text = space(self);
        if self.one_in(4) {
            text += &self.row(&["v", "=", "V", " "], 3);
        }
        text += &self.release();
        if self.one_in(2) {
            text += &self.prerelease();
        }
        if self.one_in(6) {
            text += self.pick(&["+1", "+build.5", "+", "+a+b", "+-"]);
        }
        if self.one_in(60) {
            text += &"0".repeat(self.below(300));
        }
        if self.one_in(60) {
            text += &" ".repeat(self.below(300));
        }
        text + &space(self)
    }

    fn partial(&mut self) -> String {
        let part = |dice: &mut Self| if dice.one_in(6) { dice.pick(&["x", "X", "*"]) } else { dice.number() };
        let mut text = part(self).to_owned();
        for _ in 0..self.below(3) + self.below(2) {
            text += ".";
            text += part(self);
        }
        if self.one_in(4) {
            text += &self.prerelease();
        }
        if self.one_in(12) {
            text += self.pick(&["+b", "+b.1", "+", "+b+c"]);
        }
        text
    }

    fn comparator(&mut self) -> String {
        let operator = match self.below(3) {
            0 => "",
            1 => self.pick(&["^", "~", ">=", "<", ">", "<="]),
            _ => self.pick(&["=", "~>", "=<", "<>", "==", "v", "^=", "~v", ">=v", "!", "^^", "> =", "~ >"]),
        };
        let space = if self.one_in(4) { self.row(&[" ", "  ", "\t", "\u{a0}"], 2) } else { String::new() };
        format!("{operator}{space}{}", self.partial())
    }

    fn range(&mut self) -> String {
        let mut text = self.comparator();
        while self.one_in(2) {
            text +=
                self.pick(&[" ", " ", " || ", "||", " - ", "-", "  ", " +b ", "|", " | ", ", ", "\u{feff}", " foo "]);
            text += &self.comparator();
        }
        text
    }
}

const SPACES: &[&str] = &[" ", "\t", "\n", "\u{a0}", "\u{feff}", "\u{85}", "\u{2028}", "\u{200b}", "\u{1680}"];
const VERSION_NOISE: &[&str] = &[".", "-", "+", "v", "=", " ", "0", "1", "9", "a", "x", "*", "é", "_", "\u{85}", "😀"];
const RANGE_NOISE: &[&str] = &[".", "-", "+", "v", "=", " ", "0", "1", "*", "x", "<", ">", "~", "^", "|", "a", "é"];
const NOISE: &[&str] = &[
    ".", "-", "_", "/", "@", ":", "#", "%", "+", " ", "~", "*", "!", "'", "(", "A", "a", "1", "é", "\\", "?", "&", "=",
    "\n", "\u{85}", "\u{feff}", "😀", "[", "^", "|", "..", "//", "$", ",",
];
const WORDS: &[&str] = &[
    "a",
    "left-lodge",
    "otter",
    "foo.js",
    "_x",
    "-x",
    ".x",
    "FS",
    "fs",
    "http",
    "worker_threads",
    "node_modules",
    "Foo",
    "favicon.ico",
    "a_b",
    "x~",
    "y!",
    "1",
    "fs2",
    "async_hooks",
    "x.tgz",
    "p.TAR",
    "q.tar.gz",
];
const VERSIONS: &[&str] = &["1.0.0", "^1.2.3", "latest", "next", "1.x", ">=2", "v1", "*", "1 foo", "feature/x", "a b"];

impl Dice {
    fn name(&mut self) -> String {
        let mut text = String::new();
        if self.one_in(3) {
            text = format!("@{}/", self.pick(WORDS));
        }
        text += self.pick(WORDS);
        if self.one_in(30) {
            text += &"a".repeat(200 + self.below(20));
        }
        if self.one_in(8) {
            text = format!("{}{text}{}", self.row(SPACES, 2), self.row(SPACES, 2));
        }
        self.mutate(text, NOISE)
    }

    fn path(&mut self) -> String {
        const STARTS: &[&str] = &[
            "./", "../", "/", "~/", "", "", "C:/", "c:", r".\", r"\", r"D:\", "file:", "file:/", "file://", "file:~/",
            "FILE:",
        ];
        let mut text = self.pick(STARTS).to_owned();
        while self.one_in(2) {
            text += self.pick(&["a", "b c", "..", ".", "x.tgz", "~", "", "é", "%20", "#", "?x", "dist", "C:", "d|"]);
            text += self.pick(&["/", "/", "/", r"\", "//", ""]);
        }
        text + self.pick(&["", "", "pkg", "otter-1.0.0.tgz", "x.tar", "..", "~"])
    }

    fn repository(&mut self) -> String {
        const HOSTS: &[&str] = &[
            "github.com",
            "gitlab.com",
            "bitbucket.org",
            "gist.github.com",
            "git.sr.ht",
            "www.github.com",
            "host.example",
            "localhost",
            "GitHub.com",
            "host.example:8080",
            "github.com:22",
            "[::1]",
        ];
        const PROTOCOLS: &[&str] = &[
            "git+ssh://",
            "git+https://",
            "https://",
            "http://",
            "git://",
            "ssh://",
            "git+http://",
            "git+file://",
            "ftp://",
            "git+rsync://",
            "git:",
            "foo:",
            "foo://",
            "Git+SSH://",
            "git+ssh:",
            "https:",
            "",
        ];
        let user = self.pick(&["", "", "git@", "alice:secret@", ":pw@", "a@b@"]);
        let separator = self.pick(&["/", "/", ":", ""]);
        let path = self.hosted_path();
        format!("{}{user}{}{separator}{path}", self.pick(PROTOCOLS), self.pick(HOSTS))
    }

    fn hosted_path(&mut self) -> String {
        const REVISIONS: &[&str] = &[
            "",
            "",
            "#",
            "#main",
            "#semver:^1.2",
            "#path:x",
            "#a::b",
            "#a::semver:1",
            "#semver:1::a",
            "#path:a::path:b",
            "#a::path:b",
            "#semver:%zz",
            "#%zz",
            "#x:y",
            "#a@b:c",
            "#é",
            "#semver:::x",
            "#::",
        ];
        let path = self.pick(&[
            "alice/otter",
            "alice/otter.git",
            "alice",
            "alice/",
            "/otter",
            "a/b/c",
            "alice/otter/tree/main",
            "alice/otter/get/x",
            "alice/otter/blob/x",
            "a/b/raw/c",
            "a/b/archive/x",
            "a/b/-/c",
            "a/b/archive.tar.gz",
            "a%zz/b",
            "a/b%2fc",
            "",
            ".git",
            "a/.git",
            "a/b/tree/%zz",
            "a b/c",
            "0a1b2c",
            "a/b/tree",
        ]);
        format!("{path}{}", self.pick(REVISIONS))
    }

    fn plain_spec(&mut self) -> String {
        const SHORTCUTS: &[&str] =
            &["github:", "gitlab:", "bitbucket:", "gist:", "sourcehut:", "GitHub:", "github://", ""];
        match self.below(9) {
            0 | 1 => self.path(),
            2 => self.repository(),
            3 => format!("{}{}", self.pick(SHORTCUTS), self.hosted_path()),
            4 => self.range(),
            5 => self.version(),
            6 => self.pick(VERSIONS).to_owned(),
            7 => self.pick(WORDS).to_owned(),
            _ => format!("{}{}@{}", self.pick(&["npm:", "NPM:", "npm:npm:"]), self.pick(WORDS), self.pick(VERSIONS)),
        }
    }

    fn arg(&mut self) -> String {
        let text = match self.below(4) {
            0 => self.name(),
            1 => format!("{}@{}", self.name(), self.plain_spec()),
            _ => self.plain_spec(),
        };
        self.mutate(text, NOISE)
    }

    fn tag(&mut self) -> [String; 2] {
        let name = self.pick(&["left-lodge", "@alice/otter", "a.tgz", "x.TAR", "Foo~", "@a/_b"]).to_owned();
        let tag = match self.below(3) {
            0 => self.plain_spec(),
            _ => self
                .pick(&["next", "latest", "beta-1", "release-1.x", "v1-latest", "my tag", "${TAG}", "a/b"])
                .to_owned(),
        };
        [name, self.mutate(tag, NOISE)]
    }
}

impl Asked {
    fn new(dice: &mut Dice) -> Self {
        let mut many = |make: &mut dyn FnMut(&mut Dice) -> String| (0..COUNT).map(|_| make(dice)).collect::<Vec<_>>();
        let versions = many(&mut |dice| {
            let text = dice.version();
            dice.mutate(text, VERSION_NOISE)
        });
        let ranges = many(&mut |dice| {
            let text = dice.range();
            dice.mutate(text, RANGE_NOISE)
        });
        let names = many(&mut Dice::name);
        let posix = many(&mut Dice::arg);
        let windows = many(&mut Dice::arg);
        let orders = (0..COUNT).map(|_| [near(dice), near(dice)]).collect();
        let fits = (0..COUNT).map(|_| [near(dice), dice.range()]).collect();
        let tags = (0..COUNT).map(|_| dice.tag()).collect();
        Self { versions, orders, ranges, fits, names, posix, windows, tags }
    }
}

/// A version among few, so that pairs are often equal or close.
fn near(dice: &mut Dice) -> String {
    let part = |dice: &mut Dice| dice.pick(&["0", "1", "1", "2", "3"]);
    let mut text = format!("{}.{}.{}", part(dice), part(dice), part(dice));
    if dice.one_in(2) {
        text += dice.pick(&[
            "-0", "-1", "-rc", "-rc.1", "-rc.10", "-rc.9", "-alpha", "-rc.1.0", "-RC", "-rc.a", "-rc-1", "-01",
        ]);
    }
    if dice.one_in(8) {
        text += dice.pick(&["+1", " ", "x", "-", ".1"]);
    }
    text
}
