//! The measuring itself: in every round each tool runs once in each case, so that whatever disturbs the machine for a
//! while disturbs all of them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::Outcome;
use super::cases::{self, Case, Tool};
use super::fixtures::Fixtures;
use super::instructions;
use super::measure::{self, Sample};
use super::options::Options;
use super::packuments::{Packages, member};
use super::server::Server;
use super::tools::{self, Tools};

/// Everything that was measured.
#[derive(Default)]
pub struct Results(BTreeMap<(&'static str, Tool), Vec<Sample>>);

impl Results {
    /// The runs of a tool in a case; none when it was left out.
    pub fn of(&self, case: &str, tool: Tool) -> &[Sample] {
        let found = self.0.iter().find(|((name, of), _)| *name == case && *of == tool);
        found.map_or(&[], |(_, samples)| samples)
    }
}

/// What runs need.
pub struct Bench {
    server: Server,
    fixtures: Fixtures,
    tools: Tools,
    packages: BTreeMap<(usize, usize), Arc<Packages>>,
    cases: Vec<&'static Case>,
}

impl Bench {
    /// # Errors
    /// When the server or the fixtures cannot be made.
    pub fn new(options: &Options) -> Outcome<Self> {
        let is_chosen = |case: &Case| options.only.as_ref().is_none_or(|part| case.name.contains(part.as_str()));
        let wanted = |case: &&Case| is_chosen(case) && (!options.count || instructions::are_counted_in(case.name));
        let cases: Vec<&'static Case> = cases::ALL.iter().filter(wanted).collect();
        if cases.is_empty() {
            let names: Vec<_> = cases::ALL.iter().map(|case| case.name).collect();
            return Err(format!("no case has that name; there are: {}", names.join("; ")).into());
        }
        let server = Server::start()?;
        let fixtures = Fixtures::new(&server)?;
        let mut packages = BTreeMap::new();
        for case in &cases {
            if let Entry::Vacant(free) = packages.entry((case.members, case.versions)) {
                free.insert(Arc::new(Packages::new(case.members, case.versions)?));
            }
        }
        Ok(Self { server, fixtures, tools: Tools::new(options), packages, cases })
    }

    /// # Errors
    /// When something cannot be run at all.
    pub fn run(&self, options: &Options) -> Outcome<Results> {
        let mut results = Results::default();
        let mut printed = BTreeSet::new();
        for case in &self.cases {
            self.prepare(case, options)?;
        }
        for round in 1..=options.rounds {
            for case in &self.cases {
                for tool in chosen(case, options).filter(|tool| self.tools.program(*tool).is_some()) {
                    eprintln!("round {round} of {}: {}: {}", options.rounds, case.name, tool.name(case.members));
                    let sample = self.sample(case, tool)?;
                    if sample.code != Some(expected(case, tool)) && printed.insert((case.name, tool)) {
                        let said = fs::read_to_string(self.said()).unwrap_or_default();
                        let code = sample.code.map_or_else(|| "a signal".to_owned(), |code| code.to_string());
                        eprintln!("WARNING: this ended with {code}: {}", said.trim());
                    }
                    results.0.entry((case.name, tool)).or_default().push(sample);
                }
            }
        }
        Ok(results)
    }

    /// Prints how npm-preflight is run in the first of the cases, and leaves server and fixtures there until the standard
    /// input ends.
    ///
    /// # Errors
    /// When the fixtures cannot be made.
    pub fn serve_until_stopped(&self) -> Outcome<()> {
        let case = self.cases.first().ok_or("no case")?;
        self.serve(case)?;
        let command = self.command(case, Tool::Preflight, &self.fixtures.empty()?)?;
        let folder = command.get_current_dir().map_or_else(String::new, |folder| folder.display().to_string());
        print!("cd '{folder}' && env -i");
        for (key, value) in command.get_envs().filter_map(|(key, value)| Some((key, value?))) {
            print!(" {}='{}'", key.display(), value.display());
        }
        let args: Vec<_> = command.get_args().map(|arg| arg.display().to_string()).collect();
        println!(" '{}' {}", command.get_program().display(), args.join(" "));
        std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
        Ok(())
    }

    fn said(&self) -> std::path::PathBuf {
        self.fixtures.path("said")
    }

    fn serve(&self, case: &Case) -> Outcome<()> {
        let packages = self.packages.get(&(case.members, case.versions)).ok_or("packages that were not made")?;
        self.server.set(case.latency, packages);
        self.server.take();
        Ok(())
    }

    /// The first run of each tool is not measured: it warms what a machine keeps, shows what curl has to get, and with
    /// `--show` what the tools say.
    fn prepare(&self, case: &Case, options: &Options) -> Outcome<()> {
        for &tool in case.tools {
            let shown = options.show && (tool.is_quick() || !options.quick) && self.tools.program(tool).is_some();
            if tool != Tool::Preflight && !shown {
                continue;
            }
            self.serve(case)?;
            let cache = self.fixtures.empty()?;
            let output = self.command(case, tool, &cache)?.output()?;
            let traffic = self.server.take();
            if tool == Tool::Preflight {
                tools::write_curl_files(case, &traffic.requests, &self.fixtures, &self.server)?;
            }
            if tool == Tool::Preflight && case.tools.contains(&Tool::Gzip) {
                self.write_packument(case)?;
            }
            if options.show {
                eprintln!("== {}: {}: {}", case.name, tool.name(case.members), output.status);
                eprintln!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
                traffic.requests.iter().take(12).for_each(|seen| eprintln!("{seen}"));
                eprintln!("{} requests, {} connections", traffic.requests.len(), traffic.connections);
            }
        }
        Ok(())
    }

    /// The very bytes that the server sends, for gzip.
    fn write_packument(&self, case: &Case) -> Outcome<()> {
        let packages = self.packages.get(&(case.members, case.versions));
        let package = packages.and_then(|packages| packages.get(&member(1))).ok_or("a package that was not made")?;
        Ok(fs::write(self.fixtures.path("packument.gz"), &package.full().gzip)?)
    }

    /// Counts instructions.
    ///
    /// # Errors
    /// When valgrind cannot be run, or a case is left out.
    pub fn count(&self) -> Outcome<String> {
        instructions::table(|name, tool| {
            let case = self.cases.iter().find(|case| case.name == name).ok_or("`--count` goes without `--only`")?;
            self.serve(case)?;
            self.command(case, tool, &self.fixtures.empty()?)
        })
    }

    fn command(&self, case: &Case, tool: Tool, cache: &Path) -> Outcome<std::process::Command> {
        self.tools.command(case, tool, &self.fixtures, cache, &self.server)
    }

    fn sample(&self, case: &Case, tool: Tool) -> Outcome<Sample> {
        let cache = self.fixtures.empty()?;
        self.serve(case)?;
        let command = self.command(case, tool, &cache)?;
        if tool == Tool::Again {
            measure::run(&command, &self.said())?;
            self.server.take();
        }
        let mut sample = measure::run(&command, &self.said())?;
        sample.traffic = self.server.take();
        Ok(sample)
    }
}

/// What is run in a case: with `--ci` both builds, one after the other.
fn chosen<'c>(case: &'c Case, options: &Options) -> Box<dyn Iterator<Item = Tool> + 'c> {
    if options.before.is_some() {
        let both = |tool: &Tool| Some([*tool, tool.before()?]);
        return Box::new(case.tools.iter().filter_map(both).flatten());
    }
    let quick = options.quick;
    Box::new(case.tools.iter().copied().filter(move |tool| !quick || tool.is_quick()))
}

/// How a tool ends when it did its work: without a credential npm-preflight reports that as an error.
fn expected(case: &Case, tool: Tool) -> i32 {
    let is_ours = matches!(tool, Tool::Preflight | Tool::Again | Tool::Offline | Tool::Before | Tool::BeforeOffline);
    let reports = is_ours && !case.token;
    i32::from(reports)
}
