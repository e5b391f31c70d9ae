//! `cargo bench`: how fast npm-preflight is next to what people use instead, on the same fixtures and against the same
//! local registry. It prints Markdown and checks nothing but its own ratios; nothing fails because a machine is slow, except
//! that `--ci` compares two builds.
#![allow(clippy::disallowed_methods, reason = "a benchmark builds the world it measures in")]
#![allow(clippy::disallowed_types, reason = "a benchmark builds the world it measures in")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its output is what it is for")]
#![allow(missing_docs, unreachable_pub, reason = "no library")]

mod answers;
mod cases;
mod fixtures;
mod instructions;
mod measure;
mod options;
mod packuments;
mod ratios;
mod report;
mod rounds;
mod server;
mod tools;

use std::process::ExitCode;

/// Any error, in words.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    // Before anything else: what this process has allocated is the least memory that it can see in another one.
    if args.next().is_some_and(|first| first == measure::FLAG) {
        return measure::child(args);
    }
    let done = options::Options::read(std::env::args().skip(1)).and_then(|options| run(&options));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the benchmark could not be run: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &options::Options) -> Outcome<()> {
    let started = std::time::Instant::now();
    let bench = rounds::Bench::new(options)?;
    if options.serve {
        return bench.serve_until_stopped();
    }
    if options.count {
        let text = bench.count()?;
        print!("{text}");
        return if options.readme { instructions::write(&text) } else { Ok(()) };
    }
    let results = bench.run(options)?;
    if options.before.is_some() {
        let (text, is_slower) = ratios::against_before(&results);
        print!("{text}");
        return if is_slower { Err("it has become slower".into()) } else { Ok(()) };
    }
    let text = report::whole(&results, options, started.elapsed());
    println!("{text}");
    if options.readme { report::write(&results, options, &text) } else { Ok(()) }
}
