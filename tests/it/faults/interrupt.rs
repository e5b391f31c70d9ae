//! Ctrl-C while a registry does not answer, and the line that says on a terminal what is waited for.
#![cfg(unix)]

use std::fs::File;
use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::harness::Sandbox;
use crate::registry::FakeRegistry;
use crate::registry::cast;
use crate::registry::faults::{Fault, Harm};

fn silent() -> (FakeRegistry, Sandbox) {
    let registry = FakeRegistry::start(cast::registry());
    registry.fault(Fault::new("GET", "/*", Harm::Hang));
    let sandbox = Sandbox::with_registry(&registry);
    sandbox.file("project/package.json", r#"{"name":"left-lodge","version":"1.2.0"}"#);
    sandbox.file("home/.npmrc", "registry=<registry>/\n<nerf>:_authToken=<token:alice-session>\n");
    (registry, sandbox)
}

fn interrupt(child: &mut Child) {
    let pid = Pid::from_child(child);
    kill_process(pid, Signal::INT).expect("a process");
    // The registry is silent for longer than the tests may take.
    assert_eq!(child.wait().expect("an end").signal(), Some(Signal::INT.as_raw()));
}

fn wait_for(what: impl Fn() -> bool) {
    while !what() {
        std::thread::yield_now();
    }
}

#[test]
fn an_interrupt_ends_a_run_that_waits_for_a_registry() {
    let (registry, sandbox) = silent();
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_npm-preflight"), "project", &["lint", "--timeout", "3600"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a process");
    wait_for(|| !registry.log().is_empty());
    interrupt(&mut child);
}

#[test]
fn a_terminal_is_told_what_is_waited_for() {
    let (_registry, mut sandbox) = silent();
    sandbox.env("TERM", "xterm");
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&terminal).expect("a terminal");
    unlockpt(&terminal).expect("a terminal");
    let name = ptsname(&terminal, Vec::new()).expect("a name").into_string().expect("a name");
    let user_side = File::options().read(true).write(true).open(name).expect("a terminal");
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_npm-preflight"), "project", &["lint", "--timeout", "3600"]);
    let mut child = command.stdout(Stdio::null()).stderr(user_side).spawn().expect("a process");
    drop(command);
    let (mut seen, mut bytes) = (String::new(), [0; 256]);
    let mut terminal = File::from(terminal);
    while !seen.contains("asking 127.0.0.1:") {
        let length = terminal.read(&mut bytes).expect("a line within the time of the run");
        seen.push_str(&String::from_utf8_lossy(&bytes[..length]));
    }
    interrupt(&mut child);
}
