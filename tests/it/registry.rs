//! A fake of npm's public registry on a loopback port: enough of it that the installed `npm publish` is refused for
//! the reasons the real one would give. What it says is in `tests/exchanges/`, one recorded answer per file;
//! when it says which is decided in [`reads`] and [`publish`] from a [`State`]. Every request is logged.

pub(crate) mod cast;
pub(crate) mod exchange;
pub(crate) mod faults;
mod forward;
pub(crate) mod http;
mod publish;
mod reads;
mod stage;
pub(crate) mod state;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use faults::{Fault, Harm};
use http::{Reply, Request};
use state::{Caller, State};

/// One request as it was served.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// `GET`, `PUT`...
    pub(crate) method: String,
    /// The path as sent, query included.
    pub(crate) target: String,
    /// Who the credential belongs to.
    pub(crate) user: Option<String>,
    /// Whether a credential came at all.
    pub(crate) authorized: bool,
    /// The `npm-otp` header.
    pub(crate) otp: Option<String>,
    /// The `accept` header.
    pub(crate) accept: Option<String>,
    /// The `if-none-match` header.
    pub(crate) tag: Option<String>,
    /// The status answered; none when the connection was broken instead.
    pub(crate) status: Option<u16>,
    /// The length of the answer, in bytes.
    pub(crate) sent: usize,
}

/// A version that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Published {
    /// Name of the package.
    pub(crate) name: String,
    /// The version.
    pub(crate) version: String,
    /// The dist-tag sent.
    pub(crate) tag: String,
    /// Whether everybody sees it.
    pub(crate) public: bool,
    /// Whose credential it was.
    pub(crate) user: String,
    /// It waits for approval.
    pub(crate) staged: bool,
}

/// What the connections share.
struct Shared {
    origin: String,
    state: Mutex<State>,
    faults: Mutex<Vec<Fault>>,
    log: Mutex<Vec<Entry>>,
    published: Mutex<Vec<Published>>,
    open: Mutex<Vec<TcpStream>>,
    stopping: Mutex<bool>,
    stopped: Condvar,
}

/// A lock that a failed test cannot poison for the others.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running fake; it ends with the value.
pub(crate) struct FakeRegistry {
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
    address: SocketAddr,
}

impl FakeRegistry {
    /// Listens on a free loopback port.
    pub(crate) fn start(state: State) -> Self {
        Self::listen(TcpListener::bind(("127.0.0.1", 0)).expect("a free loopback port"), state)
    }

    /// Answers those who come to this door.
    pub(crate) fn listen(listener: TcpListener, state: State) -> Self {
        let address = listener.local_addr().expect("a bound address");
        let shared = Arc::new(Shared {
            origin: format!("http://{address}"),
            state: Mutex::new(state),
            faults: Mutex::default(),
            log: Mutex::default(),
            published: Mutex::default(),
            open: Mutex::default(),
            stopping: Mutex::default(),
            stopped: Condvar::new(),
        });
        let accepting = {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    if *lock(&shared.stopping) {
                        break;
                    }
                    if let Ok(copy) = stream.try_clone() {
                        lock(&shared.open).push(copy);
                    }
                    let shared = Arc::clone(&shared);
                    std::thread::spawn(move || shared.serve(&stream));
                }
            })
        };
        Self { shared, accepting: Some(accepting), address }
    }

    /// `http://127.0.0.1:<port>`, without a slash at the end.
    pub(crate) fn origin(&self) -> &str {
        &self.shared.origin
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// The key under which npm looks for its credential: `//127.0.0.1:<port>/`.
    pub(crate) fn nerf_dart(&self) -> String {
        format!("//{}/", self.address)
    }

    /// Something that goes wrong from now on.
    pub(crate) fn fault(&self, fault: Fault) {
        lock(&self.shared.faults).push(fault);
    }

    /// Nothing goes wrong any more.
    pub(crate) fn mend(&self) {
        lock(&self.shared.faults).clear();
    }

    /// Every request so far.
    pub(crate) fn log(&self) -> Vec<Entry> {
        lock(&self.shared.log).clone()
    }

    /// Forgets the requests so far.
    pub(crate) fn forget(&self) {
        lock(&self.shared.log).clear();
    }

    /// Changes what it knows.
    pub(crate) fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut lock(&self.shared.state));
    }

    /// Every version accepted so far.
    pub(crate) fn published(&self) -> Vec<Published> {
        lock(&self.shared.published).clone()
    }
}

impl Drop for FakeRegistry {
    fn drop(&mut self) {
        *lock(&self.shared.stopping) = true;
        self.shared.stopped.notify_all();
        for stream in lock(&self.shared.open).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

impl Shared {
    /// One connection, request after request.
    fn serve(&self, stream: &TcpStream) {
        let _ = stream.set_nodelay(true);
        let mut reader = BufReader::new(stream);
        // The hello of a client that expects TLS.
        if reader.fill_buf().is_ok_and(|start| start.first() == Some(&0x16)) {
            let mut stream = stream;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.shutdown(Shutdown::Both);
            return;
        }
        while let Ok(Some(request)) = Request::read(&mut reader) {
            if !self.answer(&request, stream) {
                let _ = stream.shutdown(Shutdown::Both);
                return;
            }
        }
    }

    /// Answers one request; false: the connection is over.
    fn answer(&self, request: &Request, mut stream: &TcpStream) -> bool {
        let path = request.path();
        let harm = lock(&self.faults).iter_mut().find_map(|fault| fault.strike(&request.method, &path));
        let caller = lock(&self.state).identify(request.header("authorization"));
        let mut entry = Entry {
            method: request.method.clone(),
            target: request.target.clone(),
            user: caller.user().map(ToOwned::to_owned),
            authorized: request.header("authorization").is_some(),
            otp: request.header("npm-otp").map(ToOwned::to_owned),
            accept: request.header("accept").map(ToOwned::to_owned),
            tag: request.header("if-none-match").map(ToOwned::to_owned),
            status: None,
            sent: 0,
        };
        let hangs = matches!(harm, Some(Harm::Hang));
        let (wire, drip) = match harm {
            Some(Harm::Wire(wire)) => (Some(wire), None),
            Some(Harm::Drip(pause)) => (None, Some(pause)),
            _ => (None, None),
        };
        let reply = match harm {
            Some(Harm::Reset | Harm::Hang) => None,
            Some(Harm::LoseReply) => {
                self.route(request, &path, &caller);
                None
            }
            Some(Harm::Hold(held)) => {
                drop(lock(&held));
                Some(self.route(request, &path, &caller))
            }
            Some(Harm::Answer(reply)) => Some(reply),
            Some(Harm::Forward { origin, prefix }) => Some(forward::forward(request, &origin, prefix)),
            Some(Harm::Truncate) => Some(self.route(request, &path, &caller).truncated()),
            Some(Harm::Wire(_) | Harm::Drip(_)) => Some(self.route(request, &path, &caller)),
            None => Some(self.route(request, &path, &caller).tagged(request)),
        };
        entry.status = reply.as_ref().map(|reply| reply.status);
        entry.sent = reply.as_ref().map_or(0, |reply| reply.bytes(request.method == "HEAD", true).len());
        lock(&self.log).push(entry);
        if hangs {
            self.wait_for_the_end();
        }
        let Some(reply) = reply else { return false };
        if let Some(wire) = wire {
            let _ = stream.write_all(&wire(&reply));
            return false;
        }
        if let Some(pause) = drip {
            let bytes = reply.bytes(false, false);
            for byte in &bytes[..bytes.len() - 1] {
                if *lock(&self.stopping) || stream.write_all(&[*byte]).is_err() {
                    return false;
                }
                self.wait(pause);
            }
            self.wait_for_the_end();
            return false;
        }
        let sent = stream.write_all(&reply.bytes(request.method == "HEAD", request.keep_alive()));
        sent.is_ok() && request.keep_alive()
    }

    /// Waits that long, or until the fake ends.
    fn wait(&self, time: Duration) {
        let stopping = lock(&self.stopping);
        drop(self.stopped.wait_timeout_while(stopping, time, |stopping| !*stopping));
    }

    fn wait_for_the_end(&self) {
        drop(self.stopped.wait_while(lock(&self.stopping), |stopping| !*stopping));
    }

    fn route(&self, request: &Request, path: &str, caller: &Caller) -> Reply {
        let mut state = lock(&self.state);
        let staged = path.strip_prefix("/-/stage/package/").filter(|_| request.method == "POST");
        match request.method.as_str() {
            "GET" if path == "/-/stage" => stage::list(&state, &request.target, caller),
            "GET" | "HEAD" => reads::read(&state, path, request.header("accept").unwrap_or_default(), caller),
            method if method == "PUT" || staged.is_some() => {
                let name = staged.unwrap_or_else(|| path.trim_start_matches('/'));
                match publish::publish(&mut state, name, request, caller, &self.origin) {
                    Ok(published) => {
                        let accepted = if published.staged { "stage-ok" } else { "put-ok" };
                        lock(&self.published).push(published);
                        exchange::reply(accepted, &serde_json::json!({}))
                    }
                    Err(refusal) => refusal,
                }
            }
            _ => exchange::reply("not-found", &serde_json::json!({})),
        }
    }
}
