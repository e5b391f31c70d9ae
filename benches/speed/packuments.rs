//! Packuments of the size that packages of some age have: what npm's public registry sends, with made-up content that
//! compresses as badly as real checksums and signatures do.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::OnceLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::Outcome;

/// Whose packages they are.
pub const USER: &str = "alice";
/// The package that all others depend on besides each other.
pub const SHARED: &str = "bench-shared";

/// A body, ready to be sent.
pub struct Stored {
    pub gzip: Bytes,
    pub etag: String,
}

impl Stored {
    /// # Errors
    /// None that memory does not cause.
    pub fn new(json: &[u8]) -> std::io::Result<Self> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(json)?;
        let mut hash = Noise::new(json);
        Ok(Self { gzip: encoder.finish()?.into(), etag: format!("\"{}\"", hash.hex(32)) })
    }
}

/// A package on the registry.
pub struct Package {
    name: String,
    versions: usize,
    full: Stored,
    /// What installers get; made when somebody asks for it.
    short: OnceLock<Option<Stored>>,
}

impl Package {
    fn new(name: &str, versions: usize) -> std::io::Result<Self> {
        let full = Stored::new(&serde_json::to_vec(&packument(name, versions))?)?;
        Ok(Self { name: name.to_owned(), versions, full, short: OnceLock::new() })
    }

    pub fn full(&self) -> &Stored {
        &self.full
    }

    pub fn short(&self) -> &Stored {
        let make = || Stored::new(&serde_json::to_vec(&abbreviated(&self.name, self.versions)).ok()?).ok();
        self.short.get_or_init(make).as_ref().unwrap_or(&self.full)
    }

    pub fn latest(&self) -> String {
        number(self.versions.saturating_sub(1))
    }

    /// The manifest of a version, if it is published.
    pub fn version(&self, version: &str) -> Option<Value> {
        let at = (0..self.versions).find(|at| number(*at) == version)?;
        Some(manifest(&self.name, at))
    }
}

/// What the registry holds.
#[derive(Default)]
pub struct Packages(HashMap<String, Package>);

impl Packages {
    /// `members` packages with `versions` versions each on average (one alone: exactly), and the one that they share.
    ///
    /// # Errors
    /// None that memory does not cause.
    pub fn new(members: usize, versions: usize) -> Outcome<Self> {
        let mut names: Vec<(String, usize)> = (1..=members)
            .map(|number| (member(number), if members == 1 { versions } else { spread(versions, number) }))
            .collect();
        names.push((SHARED.to_owned(), versions));
        let halves = names.chunks(names.len().div_ceil(2));
        let made = std::thread::scope(|scope| {
            let make = |half: &[(String, usize)]| {
                half.iter().map(|(name, versions)| Package::new(name, *versions)).collect::<Result<Vec<_>, _>>()
            };
            let running: Vec<_> = halves.map(|half| scope.spawn(move || make(half))).collect();
            running.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
        });
        let mut all = HashMap::new();
        for half in made {
            let half = half.map_err(|_| "a packument could not be made")??;
            all.extend(half.into_iter().map(|package| (package.name.clone(), package)));
        }
        Ok(Self(all))
    }

    pub fn get(&self, name: &str) -> Option<&Package> {
        self.0.get(name)
    }
}

/// The name of a member of the workspaces, counted from 1.
pub fn member(number: usize) -> String {
    format!("@bench/p-{number:03}")
}

/// Half of the average to one and a half times as many.
fn spread(average: usize, number: usize) -> usize {
    average / 2 + (number * 7919) % (average + 1)
}

fn number(at: usize) -> String {
    format!("1.{}.{}", at / 4, at % 4)
}

fn time(at: usize) -> String {
    format!("20{:02}-{:02}-{:02}T09:{:02}:17.402Z", 15 + at % 10, 1 + at % 12, 1 + at % 28, at % 60)
}

fn person() -> Value {
    json!({ "name": USER, "email": format!("{USER}@example.com") })
}

fn dist(name: &str, version: &str) -> Value {
    let mut noise = Noise::new(format!("{name}@{version}").as_bytes());
    let base = name.rsplit('/').next().unwrap_or(name);
    json!({
        "integrity": format!("sha512-{}==", noise.base64(86)),
        "shasum": noise.hex(40),
        "tarball": format!("https://registry.example/{name}/-/{base}-{version}.tgz"),
        "fileCount": 12,
        "unpackedSize": 48_213 + version.len(),
        "signatures": [{ "keyid": format!("SHA256:{}", noise.base64(43)), "sig": format!("MEUCIQ{}", noise.base64(90)) }],
    })
}

fn manifest(name: &str, at: usize) -> Value {
    let version = number(at);
    let mut noise = Noise::new(format!("{version} of {name}").as_bytes());
    json!({
        "name": name,
        "version": version,
        "description": "A package that exists to be looked at",
        "keywords": ["bench", "fixture", "package"],
        "main": "index.js",
        "types": "index.d.ts",
        "type": "module",
        "exports": { ".": { "types": "./index.d.ts", "import": "./index.js" }, "./package.json": "./package.json" },
        "scripts": { "build": "tsc -p .", "test": "node --test", "lint": "eslint .", "prepublishOnly": "npm run build" },
        "repository": { "type": "git", "url": "git+https://git.example/bench/bench.git" },
        "bugs": { "url": "https://git.example/bench/bench/issues" },
        "homepage": "https://git.example/bench/bench#readme",
        "author": person(),
        "license": "MIT",
        "dependencies": { SHARED: "^1.0.0", "left-lodge": "^2.1.0", "otter-kit": "~4.0.3" },
        "devDependencies": { "typescript": "^5.4.0", "eslint": "^9.1.0", "prettier": "^3.2.5", "@types/node": "^20.12.0" },
        "engines": { "node": ">=18" },
        "gitHead": noise.hex(40),
        "_id": format!("{name}@{version}"),
        "_nodeVersion": "20.11.0",
        "_npmVersion": "10.2.4",
        "_npmUser": person(),
        "maintainers": [person()],
        "directories": {},
        "_npmOperationalInternal": { "host": "s3://npm-registry-packages", "tmp": format!("tmp/p_{}", noise.hex(24)) },
        "_hasShrinkwrap": false,
        "dist": dist(name, &version),
    })
}

fn packument(name: &str, versions: usize) -> Value {
    let latest = number(versions.saturating_sub(1));
    let all: serde_json::Map<_, _> = (0..versions).map(|at| (number(at), manifest(name, at))).collect();
    let mut times = serde_json::Map::from_iter([
        ("created".to_owned(), Value::from(time(0))),
        ("modified".to_owned(), time(versions).into()),
    ]);
    times.extend((0..versions).map(|at| (number(at), time(at).into())));
    let readme = format!("# {name}\n\n{}", "It does one thing, and says so at some length. ".repeat(30));
    json!({
        "_id": name,
        "_rev": format!("{versions}-{}", Noise::new(name.as_bytes()).hex(32)),
        "name": name,
        "description": "A package that exists to be looked at",
        "dist-tags": { "latest": latest },
        "versions": all,
        "time": times,
        "maintainers": [person()],
        "author": person(),
        "license": "MIT",
        "repository": { "type": "git", "url": "git+https://git.example/bench/bench.git" },
        "readme": readme,
        "readmeFilename": "README.md",
    })
}

fn abbreviated(name: &str, versions: usize) -> Value {
    let short = |at: usize| {
        let mut whole = manifest(name, at);
        if let Value::Object(fields) = &mut whole {
            let kept = ["name", "version", "dependencies", "devDependencies", "engines", "dist", "_hasShrinkwrap"];
            fields.retain(|key, _| kept.contains(&key.as_str()));
        }
        (number(at), whole)
    };
    let all: serde_json::Map<_, _> = (0..versions).map(short).collect();
    let latest = number(versions.saturating_sub(1));
    json!({ "name": name, "dist-tags": { "latest": latest }, "versions": all, "modified": time(versions) })
}

/// The same text for the same seed, in which nothing repeats (xorshift).
struct Noise(u64);

impl Noise {
    fn new(seed: &[u8]) -> Self {
        let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        Self(seed.iter().fold(0xcbf2_9ce4_8422_2325, mix) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    fn hex(&mut self, length: usize) -> String {
        let mut text = String::new();
        while text.len() < length {
            let _ = write!(text, "{:08x}", self.next() & 0xffff_ffff);
        }
        text.truncate(length);
        text
    }

    fn base64(&mut self, length: usize) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        (0..length).map(|_| char::from(LETTERS[usize::try_from(self.next() % 64).unwrap_or(0)])).collect()
    }
}
