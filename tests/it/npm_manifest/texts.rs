//! The generated texts: spellings of repositories, and package.json files with odd values.

use crate::npm_names::texts::Dice;

/// A `repository` and what is beside it, as members of a package.json.
pub(super) fn repository(dice: &mut Dice) -> String {
    let url = url(dice);
    let quoted = quote(dice, &url);
    match dice.below(12) {
        0 => format!(r#""repositories":[{quoted}],"repository":"a/b""#),
        1 => format!(r#""repositories":[{{"url":{quoted}}}]"#),
        2 => format!(
            r#""repository":"a/b","repositories":{}"#,
            dice.pick(&["[]", "{}", r#"{"0":"c/d"}"#, "5", r#""xy""#, "null", "[5]", "[null]"])
        ),
        3 => format!(
            r#""repository":{}"#,
            dice.pick(&[
                "null",
                "5",
                "true",
                "[]",
                "{}",
                r#"{"url":5}"#,
                r#"{"url":""}"#,
                r#"["a/b"]"#,
                r#"{"url":{"url":"a/b"}}"#,
                r#""""#
            ])
        ),
        4..7 => format!(r#""repository":{{"type":"git","url":{quoted},"directory":"packages/x"}}"#),
        _ => format!(r#""repository":{quoted}"#),
    }
}

fn url(dice: &mut Dice) -> String {
    const NOISE: &[&str] = &[
        "#", "@", ":", "/", "%", "%20", "%2F", "%252f", "%zz", " ", ".", "?", "\\", "é", "😀", "~", "-", "..", "//",
        "#x", "\t", "%e9", "\u{a0}", "[", "|",
    ];
    let start = match dice.below(8) {
        0 => String::new(),
        1 => dice.pick(&["github:", "gitlab:", "bitbucket:", "gist:", "sourcehut:", "GitHub:", "foo:"]).to_owned(),
        2 => format!("git@{}:", host(dice)),
        3 => format!("{}{}{}", dice.pick(&["", "", "git:"]), host(dice), dice.pick(&["/", ":"])),
        _ => {
            let scheme = dice.pick(&[
                "https",
                "https",
                "http",
                "git",
                "ssh",
                "git+ssh",
                "git+https",
                "git+http",
                "git+file",
                "HTTPS",
                "ftp",
            ]);
            let auth = dice.pick(&["", "", "", "git@", "alice@", "alice:pw@", ":pw@", "a%40b:p:w@", "@", ":@"]);
            let port = dice.pick(&["", "", "", "", ":443", ":22", ":x"]);
            let (slashes, separator) =
                (dice.pick(&["://", "://", "://", ":", ":/"]), dice.pick(&["/", "/", "/", ":", ""]));
            format!("{scheme}{slashes}{auth}{}{port}{separator}", host(dice))
        }
    };
    let mut path = dice
        .pick(&["alice/otter", "alice/otter", "a/b/c", "otter", "~alice/otter", "alice/", "", "Alice/Otter"])
        .to_owned();
    if dice.one_in(3) {
        path += ".git";
    }
    if dice.one_in(4) {
        path += dice.pick(&[
            "/",
            "/tree/main",
            "/tree/main/packages/x",
            "/tree",
            "/tree/",
            "/tree/a%20b",
            "/blob/main/x",
            "/issues",
            "/-/tree/main",
            "/raw",
            "/get/x.tar.gz",
            "/archive/x",
            "/archive.tar.gz",
            "/src",
            "//",
            "?x=y",
        ]);
    }
    if dice.one_in(3) {
        path += dice.pick(&[
            "#",
            "#v1.2.3",
            "#semver:^1",
            "#a/b",
            "#a@b",
            "#%zz",
            "#a%20b",
            "#a b",
            "#x#y",
            "#feature/é",
            "#path:x",
        ]);
    }
    dice.mutate(&format!("{start}{path}"), NOISE)
}

fn host(dice: &mut Dice) -> &'static str {
    dice.pick(&[
        "github.com",
        "github.com",
        "github.com",
        "www.github.com",
        "gitlab.com",
        "bitbucket.org",
        "gist.github.com",
        "git.sr.ht",
        "GitHub.com",
        "host.example",
        "www.gitlab.com",
        "api.github.com",
        "",
        "localhost",
    ])
}

/// As a JSON string, now and then with escapes that need not be.
fn quote(dice: &mut Dice, text: &str) -> String {
    let mut quoted = serde_json::Value::from(text).to_string();
    if dice.one_in(10) {
        quoted = quoted.replace('/', r"\/");
    }
    if dice.one_in(10) {
        quoted = quoted.replace('a', r"\u0061");
    }
    quoted
}

/// Values of types that nobody expects.
#[rustfmt::skip]
const ODD: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "1",
    "5",
    "-0",
    "1.50",
    "1e21",
    "1e-7",
    "[]",
    "{}",
    r#""""#,
    r#"" ""#,
    "[null]",
    r#"[{"a":1}]"#,
    r#"["a","b"]"#,
    r#"{"a":1}"#,
    "[[1],null,2]",
    r#"[["a"]]"#,
];

fn odd(dice: &mut Dice, usual: &[&str]) -> String {
    let words = if dice.one_in(4) { ODD } else { usual };
    dice.pick(words).to_owned()
}

/// A package.json that may be wrong in any way.
pub(super) fn manifest(dice: &mut Dice) -> Vec<u8> {
    let mut members = Vec::new();
    let mut add = |dice: &mut Dice, key: &str, value: String| {
        let key = if dice.one_in(25) { key.replacen('a', r"\u0061", 1) } else { key.to_owned() };
        members.push(format!(r#""{key}"{}:{}{value}"#, dice.pick(&["", "", " "]), dice.pick(&["", " ", "\t"])));
    };
    for _ in 0..=usize::from(dice.one_in(12)) {
        if !dice.one_in(25) {
            let value = name(dice);
            add(dice, "name", value);
        }
        if !dice.one_in(25) {
            let value = version(dice);
            add(dice, "version", value);
        }
    }
    if dice.one_in(2) {
        let value = odd(dice, &["true", "false", r#""false""#, r#""true""#]);
        add(dice, "private", value);
    }
    if dice.one_in(3) {
        let value = odd(dice, &[r#""next""#, r#""latest""#, r#""feature\/x""#, r#""n\u0065xt""#]);
        add(dice, "tag", value);
    }
    if !dice.one_in(3) {
        let value = publish_config(dice);
        add(dice, "publishConfig", value);
    }
    if dice.one_in(6) {
        let key = dice.pick(&[
            "main",
            "bin",
            "contributors",
            "maintainers",
            "author",
            "directories",
            "readme",
            "description",
            "bugs",
            "homepage",
            "keywords",
            "license",
            "scripts",
            "man",
            "_id",
            "funding",
            "repository",
        ]);
        let value = odd(dice, &[r#""x""#, r#"{"bin":"x"}"#, r#"{"man":5}"#, r#"["x",5]"#]);
        add(dice, key, value);
    }
    damaged(dice, &members)
}

fn publish_config(dice: &mut Dice) -> String {
    let keys: &[(&str, &[&str])] = &[
        ("tag", &[r#""beta""#, r#""latest""#, r#""\u0062eta""#]),
        ("access", &[r#""public""#, r#""restricted""#, r#""private""#, r#""Public""#]),
        ("registry", &[r#""https:\/\/host.example\/""#, r#""https://host.example/npm""#, r#""host""#]),
        ("@alice:registry", &[r#""https://alice.example/""#]),
    ];
    let mut members = Vec::new();
    for (key, usual) in keys {
        for _ in 0..dice.below(2) + usize::from(dice.one_in(20)) {
            members.push(format!(r#""{key}":{}"#, odd(dice, usual)));
        }
    }
    if dice.one_in(6) {
        let key = dice.pick(&[
            "workspace",
            "workspaces",
            "cache",
            "user-agent",
            "omit",
            "include",
            "min-release-age-exclude",
            "searchexclude",
            "provenance",
            "otp",
            "scope",
            "before",
            "color",
            "editor",
            "local-address",
            "save-dev",
            "searchopts",
            "umask",
            "global",
            "location",
            "audit-level",
            "proxy",
            "noproxy",
            "cafile",
            "loglevel",
            "registry ",
            "Access",
            "depth",
        ]);
        let value = match key {
            // npm would read a number as an open file
            "cafile" => dice.pick(&["true", "[]", "{}", "null", r#""x""#]).to_owned(),
            _ => odd(dice, &[r#""x""#, "true", r#"["x"]"#]),
        };
        members.push(format!(r#""{key}":{value}"#));
    }
    if dice.one_in(12) { dice.pick(ODD).to_owned() } else { format!("{{{}}}", members.join(", ")) }
}

/// The members as a file, with damage to its syntax or its encoding now and then.
fn damaged(dice: &mut Dice, members: &[String]) -> Vec<u8> {
    let line_end = dice.pick(&["\n", "\n", "\r\n", "\r", ""]);
    let mut text = format!("{{{line_end}{}{line_end}}}{line_end}", members.join(&format!(",{line_end}  ")));
    if dice.one_in(15) {
        text = dice.mutate(
            &text,
            &["{", "}", ",", "\"", "\\", "\u{0}", "// x\n", "\\u12", "\\ud800", "'", "\u{feff}", "[", "1", "é"],
        );
    }
    if dice.one_in(60) {
        dice.pick(ODD).clone_into(&mut text);
    }
    let mut bytes = text.into_bytes();
    match dice.below(40) {
        0 => bytes.splice(0..0, [0xef, 0xbb, 0xbf]).for_each(drop),
        1 => bytes.splice(0..0, "\u{feff}\u{feff}".bytes()).for_each(drop),
        2 => bytes.push(0xff),
        3 => bytes = String::from_utf8_lossy(&bytes).encode_utf16().flat_map(u16::to_le_bytes).collect(),
        4 => {
            let at = dice.below(bytes.len());
            bytes[at] = 0xe9;
        }
        5 => bytes.clear(),
        _ => {}
    }
    bytes
}

fn name(dice: &mut Dice) -> String {
    let text = dice.pick(&[
        r#""left-lodge""#,
        r#""left-lodge""#,
        r#""@alice/otter""#,
        r#""@alice/otter""#,
        r#"" otter ""#,
        r#""\u006ftter""#,
        r#""Otter""#,
        r#""_otter""#,
        r#""-otter""#,
        r#"".otter""#,
        r#""a b""#,
        r#""""#,
        r#""node_modules""#,
        r#""Favicon.ico""#,
        r#""otter/x""#,
        r#""@alice/.x""#,
        r#""@alice/_x""#,
        r#""@/x""#,
        r#""@alice""#,
        r#""\ud800""#,
        r#""ötter""#,
        r#""@alice/x/y""#,
        r#""otter\n""#,
        r#""http""#,
        r#""a%20b""#,
        r#""~x""#,
        r#""@Alice/x""#,
        r#""@_a/x""#,
        "null",
        "0",
        "5",
        "true",
        "false",
        r#"["otter"]"#,
        "{}",
        "[]",
    ]);
    if dice.one_in(2) { r#""left-lodge""#.to_owned() } else { text.to_owned() }
}

fn version(dice: &mut Dice) -> String {
    let text = dice.pick(&[
        r#""v1.2.3""#,
        r#""=1.2.3""#,
        r#"" 1.2.3 ""#,
        r#""1.2.3-rc.1""#,
        r#""1.2.3+build""#,
        r#""1.2.3beta""#,
        r#""01.2.3""#,
        r#""1.2""#,
        r#""1.2.3.4""#,
        r#""1.2.3-""#,
        r#""latest""#,
        r#""""#,
        r#""\u0031.2.3""#,
        r#""1.2.3\r\n""#,
        r#""V1.2.3""#,
        r#""= v 1.2.3""#,
        r#""9007199254740992.0.0""#,
        r#""1.2.3-01""#,
        "null",
        "0",
        "5",
        "1.2",
        "true",
        "false",
        "[]",
        "{}",
        r#"["1.2.3"]"#,
    ]);
    if dice.one_in(2) { r#""1.2.3""#.to_owned() } else { text.to_owned() }
}
