//! What the random files, variables and flags are made of: values, flags and lists of workspaces.

#[rustfmt::skip]
pub(super) const URLS: &[&str] = &[
    "https://r.example/", "https://r.example", "https://r.example/npm", "https://r.example/npm/",
    "http://localhost:4873", "localhost:4873", "HTTPS://R.Example/", "https://registry.npmjs.org",
    "https://registry.npmjs.org/", "https://u:p@r.example/", "https://${HOST}/", "//r.example/",
    "https://r.example/#x", "https://r.example/?a=b;c", "https:\\\\r.example", "https://r.example:443/",
];

#[rustfmt::skip]
pub(super) const TEXTS: &[&str] = &[
    "", "true", "false", "null", "undefined", "0", "1", "3", "0x10", "1e3", "next", "latest", "beta", "public",
    "restricted", "private", "foo", " padded ", "a b", "a=b", "a;b", "a#b", "a ; comment", "a # comment", "a\\;b",
    "a\\#b", "a\\\\b", "a\\b", "a\\", "\"quoted\"", "\"a;b\" ", "\"abc\" ; x", "'single'", "'123'", "'{\"x\":1}'",
    "'[1,\"a\"]'", "'", "\"", "\"\\u0041\"", "\"a\\nb\"", "\"true\"", "'null'", "\"unclosed", "${TOKEN}",
    "x${TOKEN}y", "${NONE}", "${NONE?}", "${TOKEN?}", "\\${TOKEN}", "\\\\${TOKEN}", "${EMPTY}", "${SPACED}", "${YES}",
    "$TOKEN", "${", "${}", "${{ x }}", "@acme", "acme", "~/x", "./x", "../x", "/abs/x", "npm_abcdef",
    "YWxpY2U6c2VjcmV0", "c2VjcmV0", "alice", "a\u{2028}b", "é", "\u{a0}x", "silent", "user@host.example", "dev",
    "prod", "always", "null ", "[x]",
];

#[rustfmt::skip]
pub(super) const FLAGS: &[&str] = &[
    "--tag", "--tag=next", "--ta=x", "-tag", "--access", "--access=public", "--access=private", "--acc",
    "--no-access", "--dry-run", "--dry-run=false", "--no-dry-run", "--dry-run=0", "-f", "-fw", "--force",
    "--no-force", "--no-no-force", "--registry", "--registry=https://cli.example/x", "--reg", "--registry=none",
    "--@acme:registry=https://s.example/", "--otp", "--otp=123456", "--scope=acme", "--scope", "--provenance",
    "--no-provenance", "--provenance=false", "--provenance-file=p.json", "--prov", "-w", "-w=a", "--workspaces",
    "--ws", "--workspaces=false", "--no-workspaces", "--workspace=packages/a", "--unknown", "--unknown=x",
    "--no-unknown", "--", "---", "-", "true", "false", "null", "next", "public", ".", "--userconfig=u.rc", "--json",
    "-d", "-dd", "--verbose", "-s", "--no", "--browser", "-h=x", "--//r.example/:_authToken=cli", "--location",
    "--ignore-scripts", "--omit=dev", "--noproxy=a", "-ws", "-iwr", "--n", "--lockfile-version=3", "--color=always",
    "--loglevel", "-", "--fetch-retries=x", "--include", "--yes", "-y", "--tag=${TOKEN}", "--=x", "--s", "--force=",
    "--no-tag", "--before=x", "--key=abc", "--proxy=false", "--proxy", "-xyz",
    "--strict-npmrc", "--no-strict-npmrc", "--extension-file=x.mjs", "--shrinkwrap=false", "--patches-dir=p", "--to=x",
];

#[rustfmt::skip]
pub(super) const WORKSPACES: &[&str] = &[
    "[\"packages/*\"]", "[\"packages/*\"]", "[\"./packages/*\"]", "[\"/packages/**\"]", "[\"packages/a\"]",
    "[\"**\"]", "[\"packages/*\", \"!packages/a\"]", "[\"!packages/a\", \"packages/a\"]",
    "{\"packages\": [\"packages/*\"]}", "[\"packages/{a,b}\"]", "[\"packages/[a-b]\"]", "[\"packages/?\"]",
    "[\"packages/b\"]", "[\"*\"]", "[]", "{}", "true", "[\"packages/a/\"]", "[\"packages/a/src\", \"packages/*\"]",
    "[\"!!packages/a\"]", "[\"packages/**/a\"]", "[\"packages/@s/*\", \"packages/*\"]",
];
