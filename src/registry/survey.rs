//! Puts questions to registries: all at once, each once, and nothing more to an origin where nothing answers. Built
//! before it is needed and idle until then: without a question there is no client and no connection.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

use super::client::{Client, without_secrets};
use super::endpoint;
use super::failure::Failure;
use super::network::Network;
use super::progress::{Open, Progress};
use super::second_opinion::{self, Opinion};
use super::slots::RequestSlots;
use crate::facts::credential::{Credential, Keyring};
use crate::facts::{Ask, Fact, Facts, Known, Outage, Question, Reason, Unknown};
use crate::project::world::cache::Store;

/// A cold origin opens a connection for each of many requests at once; from this number on one goes ahead.
const BURST: usize = 6;

/// After this many steps the time limit is checked. One step alone may take long: reading as much as a flood brings.
const TASKS_BETWEEN_TIMERS: u32 = 1;

/// How to ask.
pub struct SurveyOptions {
    /// npm's network settings.
    pub network: Network,
    /// How long the whole survey may take, from its making on.
    pub timeout: Duration,
    /// What is kept between runs; `None`: nothing.
    pub cache: Option<Store>,
}

/// Asks registries.
pub struct Survey {
    options: Option<SurveyOptions>,
    deadline: Instant,
    engine: Option<Engine>,
    origins: BTreeMap<String, Origin>,
}

struct Engine {
    runtime: tokio::runtime::Runtime,
    client: Rc<Client>,
}

/// What is known of an origin from earlier questions.
#[derive(Clone, Default)]
struct Origin {
    answered: bool,
    given_up: Option<Failure>,
}

/// A question on its way.
struct PendingQuestion {
    question: Question,
    credential: Option<Credential>,
    queue: Rc<OriginQueue>,
}

/// What the questions to one origin share.
struct OriginQueue {
    origin: String,
    slots: RequestSlots,
    /// The first failure that concerns the whole origin.
    failed: watch::Sender<Option<Failure>>,
    /// Questions on their way, to all origins.
    open: Open,
}

/// What happened to a question.
enum Outcome {
    Answered(Known<Fact>),
    Failed(Failure),
    /// Not asked, or not waited for: the origin had failed.
    Dropped,
}

impl Drop for Survey {
    /// A name server that does not answer must not keep a finished run waiting.
    fn drop(&mut self) {
        if let Some(engine) = self.engine.take() {
            engine.runtime.shutdown_background();
        }
    }
}

impl Survey {
    /// Its clock starts now.
    pub fn new(options: SurveyOptions) -> Self {
        let now = Instant::now();
        let deadline = now.checked_add(options.timeout).unwrap_or(now + Duration::from_hours(24));
        Self { options: Some(options), deadline, engine: None, origins: BTreeMap::new() }
    }

    /// Asks what `facts` does not have yet, and adds an answer for every question.
    pub fn ask(
        &mut self,
        questions: BTreeSet<Question>,
        keyring: &Keyring,
        facts: &mut Facts,
        progress: &mut Progress<'_>,
    ) {
        let mut open = Vec::new();
        for question in questions {
            if facts.has(&question) {
                continue;
            }
            let given_up = self.origins.get(&origin_of(&question)).and_then(|origin| origin.given_up.clone());
            match given_up {
                Some(failure) => facts.learn(question.clone(), Err(why_not(&question, &failure))),
                None => open.push(question),
            }
        }
        progress.expect(open.len());
        // A second round is for what was dropped for an origin that turned out to be alive.
        for last in [false, true] {
            if open.is_empty() {
                return;
            }
            let outcomes = self.round(std::mem::take(&mut open), keyring, progress);
            open = match outcomes {
                Ok(outcomes) => self.settle(outcomes, last, facts),
                Err(questions) => {
                    let failure = Failure::new("ERR_INTERNAL", "the network client could not be set up").uncertain();
                    for question in questions {
                        let answer = Err(why_not(&question, &failure));
                        facts.learn(question, answer);
                    }
                    return;
                }
            };
        }
    }

    fn engine(&mut self, keyring: &Keyring) -> Option<&Engine> {
        if self.engine.is_none() {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            // A server that floods a connection keeps its task busy each time; timers must not wait for many of them.
            let runtime = runtime.enable_all().event_interval(TASKS_BETWEEN_TIMERS).build().ok()?;
            let options = self.options.take()?;
            let client = Rc::new(Client::new(options.network, self.deadline, options.cache, keyring.scrubber.clone()));
            self.engine = Some(Engine { runtime, client });
        }
        self.engine.as_ref()
    }

    fn round(
        &mut self,
        questions: Vec<Question>,
        keyring: &Keyring,
        progress: &mut Progress<'_>,
    ) -> Result<Vec<(Question, Outcome)>, Vec<Question>> {
        let origins = self.origins.clone();
        let Some(Engine { runtime, client }) = self.engine(keyring) else { return Err(questions) };
        let open = progress.put(&questions);
        let mut queues: BTreeMap<String, (Rc<OriginQueue>, Vec<PendingQuestion>)> = BTreeMap::new();
        for question in questions {
            let origin = origin_of(&question);
            let (queue, pending) = queues.entry(origin.clone()).or_insert_with(|| {
                let slots = RequestSlots::new(client.width(&origin));
                let failed = watch::Sender::new(None);
                (Rc::new(OriginQueue { origin, slots, failed, open: open.clone() }), Vec::new())
            });
            let credential = question.credential.and_then(|number| keyring.get(number)).cloned();
            pending.push(PendingQuestion { question, credential, queue: Rc::clone(queue) });
        }
        let local = tokio::task::LocalSet::new();
        Ok(local.block_on(runtime, async {
            let mut tasks = JoinSet::new();
            for (origin, (queue, pending)) in queues {
                let cold = origin.starts_with("https:") && !origins.get(&origin).is_some_and(|known| known.answered);
                let ahead = cold && pending.len() > BURST;
                tasks.spawn_local(run_queue(Rc::clone(client), queue, pending, ahead));
            }
            let mut outcomes = Vec::new();
            loop {
                tokio::select! {
                    done = tasks.join_next() => match done {
                        Some(done) => outcomes.extend(done.unwrap_or_default()),
                        None => return outcomes,
                    },
                    () = progress.due() => progress.update(&open, &keyring.scrubber),
                }
            }
        }))
    }

    /// Turns outcomes into facts; what is left is worth another round.
    fn settle(&mut self, outcomes: Vec<(Question, Outcome)>, last: bool, facts: &mut Facts) -> Vec<Question> {
        let mut failed: BTreeMap<String, Vec<(Question, Option<Failure>)>> = BTreeMap::new();
        for (question, outcome) in outcomes {
            let origin = origin_of(&question);
            let failure = match outcome {
                Outcome::Answered(answer) => {
                    self.record_untrusted(&question, &origin, facts);
                    if let Some(engine) = &self.engine {
                        facts.learn_server(origin.clone(), engine.client.server(&origin));
                    }
                    self.origins.entry(origin).or_default().answered = true;
                    facts.learn(question, answer);
                    continue;
                }
                Outcome::Failed(failure) => Some(failure),
                Outcome::Dropped => None,
            };
            failed.entry(origin).or_default().push((question, failure));
        }
        let mut again = Vec::new();
        for (name, questions) in failed {
            let first = questions.iter().filter_map(|(_, failure)| failure.as_ref());
            let first = first.max_by_key(|failure| (failure.origin_wide, failure.certain)).cloned();
            // Questions are only dropped for a failure.
            let first = first.unwrap_or_else(|| Failure::out_of_time(&name));
            let mut alive = self.origins.get(&name).is_some_and(|origin| origin.answered);
            if !alive {
                let opinion = self.second_opinion(questions.first().map(|(question, _)| question), &first);
                alive = opinion == Opinion::Alive && !first.origin_wide;
                if !alive {
                    self.give_up(&name, &first, opinion, facts);
                }
            }
            let origin = self.origins.entry(name).or_default();
            origin.answered |= alive;
            for (question, failure) in questions {
                match failure {
                    None if alive && !last => again.push(question),
                    failure => {
                        let answer = Err(why_not(&question, failure.as_ref().unwrap_or(&first)));
                        facts.learn(question, answer);
                    }
                }
            }
        }
        again
    }

    /// An answer that npm may not get.
    fn record_untrusted(&self, question: &Question, origin: &str, facts: &mut Facts) {
        let url = Url::parse(question.registry.trim()).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        if self.engine.as_ref().is_some_and(|engine| engine.client.untrusted_by_node.contains(host)) {
            let why = format!(
                "the certificate of `{host}` is signed by an authority that this machine trusts but node may not, so \
                    npm may refuse it (SELF_SIGNED_CERT_IN_CHAIN); check with `npm ping`, and add the authority with \
                    `cafile` or NODE_EXTRA_CA_CERTS"
            );
            facts.learn_untrusted(origin.to_owned(), Unknown::new(Reason::Unsupported, why));
        }
    }

    fn second_opinion(&self, question: Option<&Question>, failure: &Failure) -> Opinion {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let ping = question.map(|question| Question { ask: Ask::Ping, credential: None, ..question.clone() });
        let ping = ping.and_then(|ping| endpoint::request(&ping).ok()).map(|mut request| {
            let _ = request.url.set_username("");
            let _ = request.url.set_password(None);
            request.url
        });
        match (ping, &self.engine) {
            (Some(ping), Some(engine)) if failure.certain && !left.is_zero() => {
                second_opinion::ask(&ping, &engine.client.network, left)
            }
            _ => Opinion::Same,
        }
    }

    fn give_up(&mut self, origin: &str, failure: &Failure, opinion: Opinion, facts: &mut Facts) {
        self.origins.entry(origin.to_owned()).or_default().given_up = Some(failure.clone());
        if failure.certain {
            facts.learn_outage(Outage {
                origin: origin.to_owned(),
                cause: failure.cause.clone(),
                second_opinion: if let Opinion::Differs(sentence) = opinion { Some(sentence) } else { None },
                npm_error: failure.npm_error,
                reason: failure.reason,
                npm_gives_up: failure.npm_gives_up,
            });
        }
    }
}

/// All questions to one origin, one ahead of the others if so wanted.
async fn run_queue(
    client: Rc<Client>,
    queue: Rc<OriginQueue>,
    mut pending: Vec<PendingQuestion>,
    ahead: bool,
) -> Vec<(Question, Outcome)> {
    let mut outcomes = Vec::new();
    if ahead {
        // One that any registry answers at once, if there is one: in the order of the questions whoami is the first.
        let pioneer = pending.iter().position(|one| !one.question.ask.is_packument()).unwrap_or(0);
        let pioneer = pending.swap_remove(pioneer);
        outcomes.push(run(Rc::clone(&client), pioneer).await);
        if let [(_, Outcome::Failed(failure))] = outcomes.as_slice() {
            queue.failed.send_replace(Some(failure.clone()));
        }
    }
    let mut tasks = JoinSet::new();
    for one in pending {
        tasks.spawn_local(run(Rc::clone(&client), one));
    }
    while let Some(done) = tasks.join_next().await {
        outcomes.extend(done);
    }
    outcomes
}

async fn run(client: Rc<Client>, one: PendingQuestion) -> (Question, Outcome) {
    let PendingQuestion { question, credential, queue } = one;
    let mut failed = queue.failed.subscribe();
    let asking = async {
        let slot = Cell::new(queue.slots.take().await);
        let arrived =
            || slot.take().into_iter().for_each(|slot| queue.slots.give_back(slot, client.width(&queue.origin)));
        let asking = client.ask(&question, credential.as_ref(), &arrived);
        match tokio::time::timeout_at(client.deadline.into(), asking).await {
            Ok(result) => result,
            // A server that sends a byte now and then is never silent.
            Err(_) => Err(Failure::out_of_time(&queue.origin)),
        }
    };
    let outcome = tokio::select! {
        biased;
        _ = failed.wait_for(Option::is_some) => Outcome::Dropped,
        result = asking => match result {
            Ok(answer) => Outcome::Answered(without_secrets(answer, &client.scrubber)),
            Err(failure) => {
                if failure.origin_wide {
                    queue.failed.send_if_modified(|known| {
                        let first = known.is_none();
                        known.get_or_insert_with(|| failure.clone());
                        first
                    });
                }
                Outcome::Failed(failure)
            }
        },
    };
    queue.slots.widen(client.width(&queue.origin));
    queue.open.close(&question, !matches!(outcome, Outcome::Dropped));
    (question, outcome)
}

/// `https://host:port`, or the registry's text where it is no URL.
fn origin_of(question: &Question) -> String {
    Url::parse(question.registry.trim()).map_or_else(|_| question.registry.clone(), |url| crate::facts::origin_of(&url))
}

fn why_not(question: &Question, failure: &Failure) -> Unknown {
    Unknown::new(failure.reason, format!("the request for {} failed: {}", question.ask.noun(), failure.cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_found_with_or_without_the_default_port() {
        for registry in ["https://npm.test/", "http://npm.test:4873/npm/", "http://[::1]/"] {
            let question =
                Question { ask: Ask::Ping, registry: registry.to_owned(), subject: String::new(), credential: None };
            assert_eq!(origin_of(&question), crate::facts::origin_of(&registry.parse().unwrap()));
        }
    }
}
