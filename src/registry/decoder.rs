//! Packuments are inflated, read and kept on a thread of their own while the next ones arrive: together that costs as much as
//! receiving them.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use reqwest::header::HeaderMap;
use tokio::sync::{mpsc, oneshot};

use super::cache::Keeper;
use super::inflate::Inflate;
use super::packument::{Document, Flaw, Reading, Terms, refused};
use super::transfer::{Broken, chunk};

/// How many pieces may wait for the thread: with those of HTTP/2 a quarter of a megabyte.
const WAITING: usize = 16;

/// What became of a body.
type Outcome = Result<Result<Document, Flaw>, Broken>;

/// The thread. It ends with this.
pub(super) struct Decoder {
    /// `None`: there is no thread, so that everything is done at once.
    tasks: Option<mpsc::Sender<Task>>,
    thread: Option<JoinHandle<()>>,
    is_over: Arc<AtomicBool>,
}

/// A piece of a body.
struct Task {
    body: Arc<Mutex<Body>>,
    piece: Piece,
}

enum Piece {
    Bytes(Bytes),
    /// Nothing more is to come.
    End,
}

impl Task {
    fn run(self) {
        let mut body = self.body.lock().unwrap_or_else(PoisonError::into_inner);
        match self.piece {
            Piece::Bytes(bytes) => body.pass(&bytes),
            Piece::End => body.end(),
        }
    }
}

impl Decoder {
    /// Starts the thread.
    pub(super) fn start() -> Self {
        let (tasks, mut waiting) = mpsc::channel::<Task>(WAITING);
        let is_over = Arc::new(AtomicBool::new(false));
        let stops = Arc::clone(&is_over);
        let work = move || {
            while let Some(task) = waiting.blocking_recv() {
                if !stops.load(Ordering::Relaxed) {
                    task.run();
                }
            }
        };
        let thread = std::thread::Builder::new().name("decoder".to_owned()).spawn(work).ok();
        Self { tasks: thread.is_some().then_some(tasks), thread, is_over }
    }

    /// Begins a body; `longest`: in bytes after decompression.
    pub(super) fn begin(
        &self,
        headers: &HeaderMap,
        terms: &Terms,
        longest: usize,
        keeper: Option<Keeper>,
    ) -> Decoding<'_> {
        let (reply, outcome) = oneshot::channel();
        let sifted = Sifted { reading: Reading::new(terms), length: 0, longest, stopped: None };
        let body = Body { open: Some((Inflate::new(headers, sifted), reply)), keeper };
        Decoding { decoder: self, body: Arc::new(Mutex::new(body)), outcome, decided: None }
    }

    async fn put(&self, task: Task) {
        let left = match &self.tasks {
            Some(tasks) => tasks.send(task).await.err().map(|error| error.0),
            None => Some(task),
        };
        if let Some(task) = left {
            task.run();
        }
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.tasks = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A packument, decoded while it arrives; `arrived` learns how long it is, as it is sent, when all of it is there.
pub(super) async fn packument(
    response: &mut Response,
    silence: Duration,
    mut decoding: Decoding<'_>,
    arrived: &dyn Fn(usize),
) -> Outcome {
    let mut length = 0;
    while let Some(bytes) = chunk(response, silence).await? {
        length += bytes.len();
        if !decoding.pass(bytes).await {
            return decoding.outcome().await;
        }
    }
    arrived(length);
    decoding.end().await
}

/// A body that is being decoded.
pub(super) struct Decoding<'d> {
    decoder: &'d Decoder,
    body: Arc<Mutex<Body>>,
    outcome: oneshot::Receiver<Outcome>,
    decided: Option<Outcome>,
}

impl Decoding<'_> {
    /// Passes on what comes next. `false`: nothing that may follow changes what the body is.
    async fn pass(&mut self, bytes: Bytes) -> bool {
        self.decoder.put(Task { body: Arc::clone(&self.body), piece: Piece::Bytes(bytes) }).await;
        self.decided = self.outcome.try_recv().ok();
        self.decided.is_none()
    }

    /// All has arrived.
    async fn end(self) -> Outcome {
        self.decoder.put(Task { body: Arc::clone(&self.body), piece: Piece::End }).await;
        self.outcome().await
    }

    /// What it is.
    async fn outcome(self) -> Outcome {
        match self.decided {
            Some(decided) => decided,
            // The thread is gone: nothing is known of the body.
            None => self.outcome.await.unwrap_or(Err(Broken::Garbled)),
        }
    }
}

/// A body on the thread.
struct Body {
    /// `None`: it is decided what it is.
    open: Option<(Inflate<Sifted>, oneshot::Sender<Outcome>)>,
    keeper: Option<Keeper>,
}

impl Body {
    fn pass(&mut self, bytes: &[u8]) {
        let Some((inflate, _)) = &mut self.open else { return };
        if inflate.pass(bytes).is_ok() {
            return;
        }
        let stopped = inflate.sink().and_then(|sink| sink.stopped.take());
        self.decide(stopped.unwrap_or(Err(Broken::Garbled)));
    }

    fn end(&mut self) {
        let Some((mut inflate, reply)) = self.open.take() else { return };
        let ended = inflate.end();
        let stopped = inflate.sink().and_then(|sink| sink.stopped.take());
        let outcome = match (stopped, ended, inflate.into_sink()) {
            (Some(stopped), ..) => stopped,
            (None, Ok(()), Some(sifted)) => Ok(sifted.reading.end()),
            (None, ..) => Err(Broken::Garbled),
        };
        if let (Some(keeper), Ok(Ok(Document::Packument(packument)))) = (self.keeper.take(), &outcome) {
            keeper.keep(packument);
        }
        let _ = reply.send(outcome);
    }

    fn decide(&mut self, outcome: Outcome) {
        if let Some((_, reply)) = self.open.take() {
            let _ = reply.send(outcome);
        }
    }
}

/// A body without its compression, as it is read.
struct Sifted {
    reading: Reading,
    length: usize,
    longest: usize,
    /// Why it is not read on.
    stopped: Option<Outcome>,
}

impl Write for Sifted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.length += bytes.len();
        self.stopped = if self.length > self.longest {
            Some(Err(Broken::TooLarge))
        } else {
            self.reading.pass(bytes).err().map(|refusal| Ok(refused(refusal)))
        };
        if self.stopped.is_some() { Err(io::ErrorKind::Other.into()) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
    }

    fn begin(decoder: &Decoder, longest: usize) -> Decoding<'_> {
        decoder.begin(&HeaderMap::new(), &Terms::default(), longest, None)
    }

    #[test]
    fn bodies_that_arrive_together_are_kept_apart() {
        let decoder = Decoder::start();
        let texts = ["1.0.0", "2.0.0", "3.0.0"].map(|version| format!(r#"{{"versions":{{"{version}":{{}}}}}}"#));
        let outcomes = run(async {
            let mut all = [(); 3].map(|()| begin(&decoder, 1000));
            for at in 0..texts[0].len() {
                for (body, text) in all.iter_mut().zip(&texts) {
                    assert!(body.pass(Bytes::copy_from_slice(&text.as_bytes()[at..=at])).await);
                }
            }
            let mut outcomes = Vec::new();
            for body in all {
                outcomes.push(body.end().await);
            }
            outcomes
        });
        let versions = outcomes.into_iter().map(|outcome| match outcome {
            Ok(Ok(Document::Packument(packument))) => packument.versions.keys().collect::<Vec<_>>().concat(),
            other => panic!("{other:?}"),
        });
        assert_eq!(versions.collect::<Vec<_>>(), ["1.0.0", "2.0.0", "3.0.0"]);
    }

    #[test]
    fn a_body_is_given_up_as_soon_as_it_is_decided() {
        let decoder = Decoder::start();
        let outcome = |text: &'static str, longest| {
            run(async {
                let mut body = begin(&decoder, longest);
                body.pass(Bytes::from_static(text.as_bytes())).await;
                body.outcome().await
            })
        };
        assert!(matches!(outcome("[1, 2", 1000), Ok(Err(Flaw::NotAnObject))));
        assert!(matches!(outcome(r#"{"versions":{"#, 10), Err(Broken::TooLarge)));
    }

    #[test]
    fn without_a_thread_it_decodes_at_once() {
        let decoder = Decoder { tasks: None, thread: None, is_over: Arc::default() };
        let outcome = run(async {
            let mut body = begin(&decoder, 1000);
            body.pass(Bytes::from_static(br#"{"versions":{"1.0.0":{}}}"#)).await;
            body.end().await
        });
        assert!(matches!(outcome, Ok(Ok(Document::Packument(_)))));
    }
}
