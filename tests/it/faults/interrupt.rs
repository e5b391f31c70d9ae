//! Ctrl-C while a registry does not answer. Background jobs of a shell ignore it, and so do the tests that run in one and
//! all they start: here the program is started as a shell in the foreground would start it.
#![cfg(unix)]

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::Sandbox;
use crate::registry::FakeRegistry;
use crate::registry::cast;
use crate::registry::faults::{Fault, Harm};

pub(super) fn silent() -> (FakeRegistry, Sandbox) {
    let registry = FakeRegistry::start(cast::registry());
    registry.fault(Fault::new("GET", "/*", Harm::Hang));
    let sandbox = Sandbox::with_registry(&registry);
    sandbox.file("project/package.json", r#"{"name":"left-lodge","version":"1.2.0"}"#);
    sandbox.file("home/.npmrc", "registry=<registry>/\n<nerf>:_authToken=<token:alice-session>\n");
    (registry, sandbox)
}

/// Python, since nothing in Rust can do that without unsafe code.
const WITH_INTERRUPTS: &str =
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])";

/// The program as a process that Ctrl-C ends, not yet started.
pub(super) fn interruptible(sandbox: &Sandbox, args: &[&str]) -> Command {
    let args = [&["-c", WITH_INTERRUPTS, env!("CARGO_BIN_EXE_npm-preflight")], args].concat();
    sandbox.command("python3", "project", &args)
}

pub(super) fn interrupt(child: &mut Child) {
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
fn an_interrupt_ends_a_run_waiting_for_a_registry() {
    let (registry, sandbox) = silent();
    let mut command = interruptible(&sandbox, &["lint", "--timeout", "3600"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a process");
    wait_for(|| !registry.log().is_empty());
    interrupt(&mut child);
}
