//! The progress on standard error while a registry withholds its responses: at a terminal, and in a CI job.
#![cfg(unix)]

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::interrupt::{interrupt, interruptible, silent};
use crate::harness::Sandbox;
use crate::registry::FakeRegistry;
use crate::registry::cast;
use crate::registry::faults::{Fault, Harm};

const PREFLIGHT: &str = env!("CARGO_BIN_EXE_npm-preflight");

/// The program's side of a terminal, and the person's.
fn terminal() -> (OwnedFd, File) {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&screen).expect("a terminal");
    unlockpt(&screen).expect("a terminal");
    let name = ptsname(&screen, Vec::new()).expect("a name").into_string().expect("a name");
    let user_side = File::options().read(true).write(true).open(name).expect("a terminal");
    (user_side.into(), File::from(screen))
}

/// Reads on until the text is there, or to the end.
fn read_until(screen: &mut File, seen: &mut String, text: &str) {
    let mut bytes = [0; 256];
    while !seen.contains(text) {
        // Linux calls the end of a terminal an error.
        let length = screen.read(&mut bytes).unwrap_or(0);
        if length == 0 {
            return;
        }
        seen.push_str(&String::from_utf8_lossy(&bytes[..length]));
    }
}

/// A workspace of three packages, at a registry that gives no answer while the lock is held.
fn held(lock: &Arc<Mutex<()>>) -> (FakeRegistry, Sandbox) {
    let registry = FakeRegistry::start(cast::registry());
    registry.fault(Fault::new("GET", "/*", Harm::Hold(Arc::clone(lock))));
    let sandbox = Sandbox::with_registry(&registry);
    sandbox.file("home/.npmrc", "registry=<registry>/\n<nerf>:_authToken=<token:alice-bypass>\n");
    sandbox.file("project/package.json", r#"{"name":"all","private":true,"workspaces":["*"]}"#);
    for name in ["left-lodge", "new-1", "new-2"] {
        let manifest = format!(r#"{{"name":"{name}","version":"1.2.0"}}"#);
        sandbox.file(&format!("project/{name}/package.json"), &manifest);
    }
    (registry, sandbox)
}

#[test]
fn the_progress_line_is_cleared_before_the_report() {
    let lock = Arc::default();
    let (registry, mut sandbox) = held(&lock);
    sandbox.env("TERM", "xterm");
    sandbox.env("NO_COLOR", "1");
    let closed = lock.lock().unwrap();
    let (user_side, mut screen) = terminal();
    let args = ["lint", "--workspaces", "--timeout", "3600"];
    let mut command = sandbox.command(PREFLIGHT, "project", &args);
    command.stdout(user_side.try_clone().expect("a terminal")).stderr(user_side);
    let mut child = command.spawn().expect("a process");
    drop(command);
    let mut seen = String::new();
    read_until(&mut screen, &mut seen, &format!("waiting for 127.0.0.1:{} (the package", registry.port()));
    drop(closed);
    read_until(&mut screen, &mut seen, "no such text");
    assert_eq!(child.wait().expect("an end").code(), Some(0), "{seen}");
    let (before, report) = seen.rsplit_once("\r\x1b[2K").expect("the line is erased");
    assert!(before.contains("0 of ") && !before.contains('\n'), "nothing but the line: {before:?}");
    assert!(report.contains("left-lodge 1.2.0") && !report.contains("waiting for"), "{report:?}");
    // No colour, and no cursor that is hidden and shown again.
    assert!(!seen.replace("\x1b[2K", "").contains('\x1b'), "{seen:?}");
}

#[test]
fn an_interrupt_leaves_the_terminal_as_it_was() {
    let (registry, mut sandbox) = silent();
    sandbox.env("TERM", "xterm");
    let (user_side, mut screen) = terminal();
    let mut command = interruptible(&sandbox, &["lint", "--timeout", "3600"]);
    let mut child = command.stdout(Stdio::null()).stderr(user_side).spawn().expect("a process");
    drop(command);
    let mut seen = String::new();
    read_until(&mut screen, &mut seen, &format!("waiting for 127.0.0.1:{}", registry.port()));
    interrupt(&mut child);
    read_until(&mut screen, &mut seen, "no such text");
    assert!(!seen.replace("\x1b[2K", "").contains('\x1b'), "{seen:?}");
}

#[test]
fn a_ci_job_logs_plain_lines() {
    let lock = Arc::default();
    let (registry, mut sandbox) = held(&lock);
    sandbox.env("CI", "true");
    let closed = lock.lock().unwrap();
    let args = ["lint", "--workspaces", "--timeout", "3600"];
    let mut command = sandbox.command(PREFLIGHT, "project", &args);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("a process");
    let mut log = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut line = String::new();
    log.read_line(&mut line).expect("a line");
    drop(closed);
    let counts = line.strip_prefix("npm-preflight: 0 of ").and_then(|line| line.strip_suffix(" other requests)\n"));
    let (all, rest) = counts.and_then(|counts| counts.split_once(" answers, ")).unwrap_or_else(|| panic!("{line:?}"));
    let start = format!("waiting for 127.0.0.1:{} (the package and ", registry.port());
    let others = rest.strip_prefix(&start).unwrap_or_else(|| panic!("{line:?}"));
    assert_eq!(all.parse::<u32>().expect("a number"), others.parse::<u32>().expect("a number") + 1, "{line:?}");
    assert!(!line.contains('\r') && !line.contains('\x1b'), "{line:?}");
    let mut rest = String::new();
    log.read_to_string(&mut rest).expect("text");
    assert_eq!(child.wait().expect("an end").code(), Some(0), "{rest}");
}
