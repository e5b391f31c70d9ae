//! The generated texts: pieces that npm accepts, put together and then damaged here and there.

use super::near::{near, near_range, packument, wanted};

/// Texts per question.
const COUNT: usize = 6000;

/// The questions.
pub(super) struct Asked {
    pub(super) versions: Vec<String>,
    pub(super) orders: Vec<[String; 2]>,
    pub(super) ranges: Vec<String>,
    pub(super) fits: Vec<[String; 2]>,
    pub(super) names: Vec<String>,
    pub(super) posix: Vec<String>,
    pub(super) windows: Vec<String>,
    pub(super) tags: Vec<[String; 2]>,
    pub(super) packuments: Vec<String>,
    /// The index of a packument and what is wanted of it.
    pub(super) picks: Vec<(usize, String)>,
}

/// A generator of our own, so that the texts are the same everywhere and for ever (xorshift).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % limit as u64).unwrap()
    }

    pub(crate) fn one_in(&mut self, limit: usize) -> bool {
        self.below(limit) == 0
    }

    pub(crate) fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    /// Up to `most` words in a row.
    pub(crate) fn row(&mut self, words: &[&str], most: usize) -> String {
        (0..self.below(most + 1)).map(|_| self.pick(words)).collect()
    }

    /// Sometimes changed in a few places.
    pub(crate) fn mutate(&mut self, text: &str, noise: &[&str]) -> String {
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

    pub(super) fn range(&mut self) -> String {
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
        self.mutate(&text, NOISE)
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

    pub(super) fn plain_spec(&mut self) -> String {
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
        self.mutate(&text, NOISE)
    }

    fn tag(&mut self) -> [String; 2] {
        let name = self.pick(&["left-lodge", "@alice/otter", "a.tgz", "x.TAR", "Foo~", "@a/_b"]).to_owned();
        let tag = match self.below(3) {
            0 => self.plain_spec(),
            _ => self
                .pick(&["next", "latest", "beta-1", "release-1.x", "v1-latest", "my tag", "${TAG}", "a/b"])
                .to_owned(),
        };
        [name, self.mutate(&tag, NOISE)]
    }
}

impl Asked {
    pub(super) fn new(dice: &mut Dice) -> Self {
        let mut many = |make: &mut dyn FnMut(&mut Dice) -> String| (0..COUNT).map(|_| make(dice)).collect::<Vec<_>>();
        let versions = many(&mut |dice| {
            let text = dice.version();
            dice.mutate(&text, VERSION_NOISE)
        });
        let ranges = many(&mut |dice| {
            let text = dice.range();
            dice.mutate(&text, RANGE_NOISE)
        });
        let names = many(&mut Dice::name);
        let posix = many(&mut Dice::arg);
        let windows = many(&mut Dice::arg);
        let orders = (0..COUNT).map(|_| [near(dice), near(dice)]).collect();
        let mut fits: Vec<_> = (0..COUNT).map(|_| [near(dice), dice.range()]).collect();
        fits.extend((0..COUNT).map(|_| {
            let version = near(dice);
            let range = near_range(dice, &version);
            [version, range]
        }));
        let tags = (0..COUNT).map(|_| dice.tag()).collect();
        let packuments: Vec<_> = (0..COUNT / 20).map(|_| packument(dice)).collect();
        let picks = (0..COUNT).map(|_| (dice.below(packuments.len()), wanted(dice))).collect();
        Self { versions, orders, ranges, fits, names, posix, windows, tags, packuments, picks }
    }
}
