//! Arguments after `cargo bench --`.

use std::path::PathBuf;

use super::Outcome;

/// How much is measured.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Options {
    /// Runs of each tool in each case.
    pub rounds: usize,
    /// Only npm-preflight and curl.
    pub quick: bool,
    /// Only cases whose name holds this.
    pub only: Option<String>,
    /// What the documents say and the file with all figures are written.
    pub readme: bool,
    /// What each tool says in its first run, which is not measured, is shown.
    pub show: bool,
    /// An npm-preflight of before, which nothing may be much slower than.
    pub before: Option<PathBuf>,
    /// Instructions are counted instead of time.
    pub count: bool,
    /// Nothing is measured: the server stays, for a profiler.
    pub serve: bool,
    /// The npm-preflight that is measured: the one of this build, unless another is named.
    pub binary: PathBuf,
}

impl Options {
    /// # Errors
    /// An argument that is not known.
    pub fn read(args: impl Iterator<Item = String>) -> Outcome<Self> {
        let binary = env!("CARGO_BIN_EXE_npm-preflight").into();
        let mut options = Self {
            rounds: 10,
            quick: false,
            only: None,
            readme: false,
            show: false,
            before: None,
            count: false,
            serve: false,
            binary,
        };
        let mut args = args;
        let mut rounds = None;
        while let Some(arg) = args.next() {
            match arg.as_str() {
                // cargo's own.
                "--bench" => {}
                "--quick" => options.quick = true,
                "--count" => options.count = true,
                "--ci" => {
                    options.before = Some(args.next().ok_or("`--ci` needs the file of a build of before")?.into());
                }
                "--readme" => options.readme = true,
                "--serve" => options.serve = true,
                "--show" => options.show = true,
                "--only" => options.only = Some(args.next().ok_or("`--only` needs a part of a case's name")?),
                "--rounds" => rounds = Some(args.next().ok_or("`--rounds` needs a number")?.parse()?),
                "--binary" => options.binary = args.next().ok_or("`--binary` needs a file")?.into(),
                other => {
                    let known = "--quick, --only <part of a case's name>, --rounds <number>, --binary <file>, --ci <file>, --count, \
                        --show, --serve, --readme";
                    return Err(format!("`{other}` is not known; there are {known}").into());
                }
            }
        }
        options.rounds = rounds.unwrap_or(if options.quick { 3 } else { 10 });
        if options.readme && (options.quick || options.only.is_some() || options.before.is_some()) {
            return Err(
                "`--readme` writes the whole table, so it goes with none of `--quick`, `--only` and `--ci`".into()
            );
        }
        // Runs have folders of their own.
        options.binary = std::path::absolute(&options.binary)?;
        options.before = options.before.map(std::path::absolute).transpose()?;
        Ok(options)
    }
}
