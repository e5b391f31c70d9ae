//! What is measured: each case is a set of packages, a way to the registry, and the tools that are run there in turn.

use std::time::Duration;

/// Every answer leaves this long after its request came.
pub const LATENCY: Duration = Duration::from_millis(30);
/// Versions in a packument, on average.
const VERSIONS: usize = 40;
/// As many as make a packument of about 10 MB.
const MANY: usize = 5_700;

/// Something that is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// `npm-preflight lint`
    Preflight,
    /// The same, right after an equal run that nobody measures and that leaves its cache behind.
    Again,
    /// `npm-preflight lint --offline`
    Offline,
    /// `npm-preflight lint` of the build that `--ci` names.
    Before,
    /// `npm-preflight lint --offline` of that build.
    BeforeOffline,
    /// `npm-preflight files`
    Files,
    /// `rg --files`: the names of all files.
    RgFiles,
    /// `rg -c npm_`: looks for one text in all files.
    RgCount,
    /// One `GET` of the first package's packument.
    CurlOne,
    /// The requests that npm-preflight made.
    CurlAll,
    /// `npm publish --dry-run`
    Npm,
    CanNpmPublish,
    /// `pnpm publish --dry-run`
    Pnpm,
    Publint,
    /// `gzip -dc` of the first package's packument, from a file.
    Gzip,
    /// A program that does nothing: the least that can be measured.
    Nothing,
}

/// How the registry is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    Http1,
    Http2,
}

/// What each package holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Code and a readme, of a line each.
    Usual,
    /// 100,000 files in 1,000 folders, of which a pattern in `files` chooses 10,000.
    ManyFiles,
    /// 340 files of 1 MB each, with words that credentials begin with among others.
    LongTexts,
}

/// A case.
pub struct Case {
    pub name: &'static str,
    /// 1: a single package; more: workspaces.
    pub members: usize,
    pub content: Content,
    pub protocol: Protocol,
    /// Whether there is a credential, and npm's public policy to check it by.
    pub token: bool,
    /// Of each packument, on average.
    pub versions: usize,
    pub latency: Duration,
    pub tools: &'static [Tool],
}

impl Case {
    const fn new(name: &'static str, members: usize, tools: &'static [Tool]) -> Self {
        let (content, protocol) = (Content::Usual, Protocol::Http2);
        Self { name, members, content, protocol, token: false, versions: VERSIONS, latency: LATENCY, tools }
    }

    /// Of these nothing is asked, so the packuments are of no matter.
    const fn holding(mut self, content: Content) -> Self {
        self.content = content;
        self.with_versions(1)
    }

    const fn over_http1(mut self) -> Self {
        self.protocol = Protocol::Http1;
        self
    }

    const fn with_token(mut self) -> Self {
        self.token = true;
        self
    }

    const fn with_versions(mut self, versions: usize) -> Self {
        self.versions = versions;
        self
    }

    const fn at_once(mut self) -> Self {
        self.latency = Duration::ZERO;
        self
    }
}

const NODE_TOO: &[Tool] = &[Tool::Preflight, Tool::Again, Tool::Offline, Tool::CurlAll, Tool::Npm, Tool::Pnpm];

/// All of them. The names are what `--only` looks at and what the ratios refer to.
pub const ALL: &[Case] = &[
    Case::new(
        "1 package",
        1,
        &[
            Tool::Preflight,
            Tool::Again,
            Tool::Offline,
            Tool::Files,
            Tool::CurlOne,
            Tool::CurlAll,
            Tool::Npm,
            Tool::Pnpm,
            Tool::CanNpmPublish,
            Tool::Publint,
            Tool::Nothing,
        ],
    ),
    Case::new(
        "1 package, credential",
        1,
        &[Tool::Preflight, Tool::CurlOne, Tool::CurlAll, Tool::Npm, Tool::Pnpm, Tool::CanNpmPublish],
    )
    .with_token(),
    Case::new("1 package, HTTP/1.1", 1, &[Tool::Preflight, Tool::CurlAll]).over_http1(),
    Case::new("100 packages", 100, NODE_TOO),
    Case::new("100 packages, HTTP/1.1", 100, &[Tool::Preflight, Tool::CurlAll]).over_http1(),
    Case::new("500 packages", 500, NODE_TOO),
    Case::new("500 packages, credential", 500, &[Tool::Preflight, Tool::CurlAll]).with_token(),
    Case::new("500 packages, HTTP/1.1", 500, &[Tool::Preflight, Tool::CurlAll]).over_http1(),
    Case::new("500 packages, 10 x versions", 500, &[Tool::Preflight, Tool::CurlAll]).with_versions(10 * VERSIONS),
    // Nothing is asked, so the packuments are of no matter.
    Case::new("20000 packages", 20_000, &[Tool::Offline]).with_versions(1),
    Case::new("100,000 files", 1, &[Tool::Files, Tool::Offline, Tool::RgFiles]).holding(Content::ManyFiles),
    Case::new("340 MB of text", 1, &[Tool::Offline, Tool::RgCount]).holding(Content::LongTexts),
    Case::new("tiny packument, no latency", 1, &[Tool::Preflight]).with_versions(1).at_once(),
    Case::new("10 MB packument, no latency", 1, &[Tool::Preflight, Tool::Gzip]).with_versions(MANY).at_once(),
];

impl Tool {
    /// How the tables call it.
    pub fn name(self, members: usize) -> &'static str {
        match self {
            Self::Preflight => "npm-preflight",
            Self::Again => "npm-preflight, second run",
            Self::Offline => "npm-preflight --offline",
            Self::Before => "npm-preflight before",
            Self::BeforeOffline => "npm-preflight --offline before",
            Self::Files => "npm-preflight files",
            Self::RgFiles => "rg --files",
            Self::RgCount => "rg -c npm_",
            Self::CurlOne => "curl, the packument only",
            Self::CurlAll if members == 1 => "curl, the same URLs",
            Self::CurlAll => "curl --parallel, the same URLs",
            Self::Npm if members == 1 => "npm publish --dry-run",
            Self::Npm => "npm publish --dry-run --workspaces",
            Self::CanNpmPublish => "can-npm-publish",
            Self::Pnpm if members == 1 => "pnpm publish --dry-run",
            Self::Pnpm => "pnpm publish -r --dry-run",
            Self::Publint => "publint",
            Self::Gzip => "gzip -dc",
            Self::Nothing => "nothing (`true`)",
        }
    }

    /// The same of the build that `--ci` names.
    pub fn before(self) -> Option<Self> {
        match self {
            Self::Preflight => Some(Self::Before),
            Self::Offline => Some(Self::BeforeOffline),
            _ => None,
        }
    }

    /// Whether `--quick` runs it.
    pub fn is_quick(self) -> bool {
        !matches!(self, Self::Npm | Self::CanNpmPublish | Self::Pnpm | Self::Publint)
    }
}
