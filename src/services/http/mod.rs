//! Services over HTTP, as `services` in `dauys.yaml` describes them: what is sent (`template`), how (`crate::http`, `tls`), what an answer means (`document`, `mapping`), and when the
//! server is left alone (`breaker`). `plan` proves all of it against the contract before anybody calls.
//!
//! Whatever a server does, there is an answer within `total_ms`: an outcome of the contract, or `unavailable`; of a change that may have been made, `unknown`. Of what is
//! sent and answered nothing is logged.

mod breaker;
mod document;
mod mapping;
mod plan;
mod template;
mod tls;

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use dauys_core::flow::graph::{Program, ServiceId};
use dauys_core::interpreter::Answer;
use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use crate::config::services::{At, Connector, Connectors, Wrong};
use crate::config::{self, services as written};
use crate::http::{Answered, Client, How, Lost, Message};
use crate::services::{Reply, Request, Service};
use breaker::Breaker;
use document::Kind;
pub use mapping::value;
use mapping::{Garbage, Verdict};
use plan::Plan;
use template::Values;
pub use template::shown;

/// The longest body that is read, in bytes.
const BODY_MAX: usize = 256 * 1024;
/// The pause before the first repetition lies between nothing and this; before each further one it may be twice as long.
const PAUSE_MAX: Duration = Duration::from_millis(200);

/// A service over HTTP.
#[derive(Debug)]
pub struct Http {
    name: String,
    plan: Plan,
    client: Client,
    breaker: Breaker,
    dice: Dice,
}

/// A question and all that became of it. Nothing personal stands in it but in the answer.
#[derive(Debug)]
pub struct Asked {
    /// What the flow gets.
    pub answer: Answer,
    /// Each attempt, in words.
    pub attempts: Vec<String>,
}

/// A request as it would be sent, its private values masked.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Shown {
    /// `POST https://gateway.example.kz/status`
    pub request: String,
    /// `name: value`
    pub headers: Vec<String>,
    /// What follows them.
    pub body: String,
}

/// All mistakes in the connectors of a configuration, beside the contracts of these flows. Reads no file.
pub fn faults(connectors: &Connectors, program: &Program) -> Vec<config::Fault> {
    let proved = connectors.by_name.iter().filter_map(|(name, connector)| prove(name, connector, program).err());
    proved.flatten().map(|wrong| connectors.fault(wrong)).collect()
}

/// What one connector says; `None` of the demo's.
fn prove(name: &str, connector: &At<Connector>, program: &Program) -> Result<Option<Plan>, Vec<Wrong>> {
    let Some(id) = program.contracts.iter().position(|contract| contract.name == name).and_then(|at| u16::try_from(at).ok()) else {
        let known = template::one_of(program.contracts.iter().map(|contract| &contract.name));
        return Err(vec![connector.wrong(format!("flows/contracts.yaml has no service `{name}`: expected {known}"))]);
    };
    match &connector.value {
        Connector::Demo => Ok(None),
        Connector::Http(http) => plan::prove(http, ServiceId(id), program).map(Some),
    }
}

impl Http {
    /// All that are configured, by name; the demo's are not among them. `seed` is for the pauses between attempts.
    ///
    /// # Errors
    /// All that is wrong, certificates and keys too.
    pub fn all(connectors: &Connectors, program: &Program, seed: u64) -> Result<Vec<(String, Self)>, Vec<config::Fault>> {
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for (name, connector) in &connectors.by_name {
            match (prove(name, connector, program), &connector.value) {
                (Ok(Some(plan)), Connector::Http(http)) => match Self::new(name, plan, http, seed) {
                    Ok(service) => good.push((name.clone(), service)),
                    Err(wrong) => bad.push(connectors.fault(wrong)),
                },
                (Ok(_), _) => {}
                (Err(wrong), _) => bad.extend(wrong.into_iter().map(|wrong| connectors.fault(wrong))),
            }
        }
        if bad.is_empty() { Ok(good) } else { Err(bad) }
    }

    fn new(name: &str, plan: Plan, http: &written::Http, seed: u64) -> Result<Self, Wrong> {
        let breaker = Breaker::new(name, plan.failures_max, plan.open_for);
        let client = Client::new(How {
            tls: tls::read(http)?,
            tls_only: http.url.value.starts_with("https:"),
            connect: Duration::from_millis(http.connect_ms.value.into()),
            token_file: http.token_file.as_ref().map(|file| file.value.clone()),
            body_max: BODY_MAX,
        });
        Ok(Self { name: name.to_owned(), plan, client, breaker, dice: Dice(Mutex::new(seed)) })
    }

    /// What this request would send; `None` when it cannot be sent.
    pub fn shown(&self, request: &Request) -> Option<Shown> {
        let message = self.plan.message(Values { request, are_masked: true }, None)?;
        let header = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
            format!("{name}: {}", value.to_str().unwrap_or_default())
        };
        Some(Shown {
            request: format!("{} {}", message.method, message.uri),
            headers: message.headers.iter().map(header).collect(),
            body: String::from_utf8_lossy(&message.body).into_owned(),
        })
    }

    /// Asks, again where that is safe and may help, until there is an answer or the time is over.
    pub async fn ask(&self, key: Option<&str>, request: &Request) -> Asked {
        let Some(message) = self.plan.message(Values { request, are_masked: false }, key) else {
            tracing::warn!(service = self.name, "the request lacks a field of the path, or has one that cannot be sent");
            let attempts = vec!["not sent: a field of the path is missing, or a value cannot be sent".to_owned()];
            return Asked { answer: Answer::Unavailable, attempts };
        };
        let (mut attempts, mut may_be_done) = (Vec::new(), false);
        let until = Instant::now() + self.plan.total;
        for nth in 0..=self.plan.retries {
            if nth > 0 && !self.pause(nth, until).await {
                break;
            }
            let Some(pass) = self.breaker.admit() else {
                self.count("not_asked");
                attempts.push("not asked: the breaker is open".to_owned());
                break;
            };
            let came = self.attempt(message.clone(), until).await;
            self.count(came.name());
            attempts.push(came.to_string());
            if came.is_failure() {
                pass.failed()
            } else {
                pass.succeeded()
            }
            match came {
                Came::Answer { verdict: Verdict::Outcome { name, fields, .. }, .. } => {
                    return Asked { answer: Answer::Outcome { outcome: name, fields }, attempts };
                }
                Came::Answer { verdict: Verdict::Unavailable { .. }, .. } => break,
                Came::Answer { ref verdict, .. } => {
                    may_be_done = true;
                    tracing::warn!(service = self.name, came = %came, "an answer that no rule takes");
                    if !(*verdict == Verdict::NoRule && came.is_failure()) {
                        break; // it would be the same again
                    }
                }
                Came::Nothing(lost) => {
                    may_be_done |= lost.was_sent();
                    tracing::warn!(service = self.name, %lost, "no answer");
                    if lost == Lost::Huge {
                        break;
                    }
                }
            }
        }
        let answer = if self.plan.writes && may_be_done { Answer::Unknown } else { Answer::Unavailable };
        Asked { answer, attempts }
    }

    async fn attempt(&self, message: Message, until: Instant) -> Came {
        let left = until.saturating_duration_since(Instant::now());
        let began = Instant::now();
        let sent = self.client.send(message, self.plan.attempt.min(left)).await;
        metrics::histogram!("dauys_service_seconds", "service" => self.name.clone()).record(began.elapsed().as_secs_f64());
        match sent {
            Ok(Answered { status, body }) => Came::Answer { status, bytes: body.len(), verdict: self.plan.rules.judge(status, &body) },
            Err(lost) => Came::Nothing(lost),
        }
    }

    /// Waits before another attempt; `false` when the time would be over then.
    async fn pause(&self, nth: u32, until: Instant) -> bool {
        let pause = self.dice.up_to(PAUSE_MAX * 2_u32.pow(nth - 1));
        if Instant::now() + pause >= until {
            return false;
        }
        sleep(pause).await;
        true
    }

    fn count(&self, what: &'static str) {
        metrics::counter!("dauys_service_requests_total", "service" => self.name.clone(), "what" => what).increment(1);
    }
}

impl Service for Http {
    fn lookup<'a>(&'a self, request: &'a Request, _: Timestamp) -> Reply<'a> {
        Box::pin(async move { self.ask(None, request).await.answer })
    }

    fn submit<'a>(&'a self, key: &'a str, request: &'a Request, _: Timestamp) -> Reply<'a> {
        Box::pin(async move { self.ask(Some(key), request).await.answer })
    }
}

/// What one attempt came to.
#[derive(Debug)]
enum Came {
    Answer { status: u16, bytes: usize, verdict: Verdict },
    Nothing(Lost),
}

impl Came {
    /// Whether the server is not well. Whoever answers what a rule takes is.
    fn is_failure(&self) -> bool {
        match self {
            Self::Answer { verdict: Verdict::Outcome { .. } | Verdict::Unavailable { .. }, .. } => false,
            Self::Answer { verdict: Verdict::Garbage(_), .. } | Self::Nothing(_) => true,
            Self::Answer { verdict: Verdict::NoRule, status, .. } => *status >= 500 || *status == 429,
        }
    }

    /// In metrics.
    fn name(&self) -> &'static str {
        match self {
            Self::Answer { verdict: Verdict::Outcome { .. } | Verdict::Unavailable { .. }, .. } => "answered",
            Self::Answer { verdict: Verdict::Garbage(_), .. } | Self::Nothing(Lost::Huge) => "garbage",
            Self::Answer { verdict: Verdict::NoRule, .. } => "no_rule",
            Self::Nothing(Lost::Late) => "late",
            Self::Nothing(Lost::Token | Lost::Connect | Lost::Broken) => "failed",
        }
    }
}

impl fmt::Display for Came {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, bytes, verdict) = match self {
            Self::Nothing(lost) => return lost.fmt(f),
            Self::Answer { status, bytes, verdict } => (status, bytes, verdict),
        };
        write!(f, "status {status}, {bytes} bytes: ")?;
        match verdict {
            Verdict::Outcome { rule, name, .. } => write!(f, "answer {rule} takes it as {name}"),
            Verdict::Unavailable { rule } => write!(f, "answer {rule} takes it as unavailable"),
            Verdict::Garbage(Garbage::Document(Kind::Json)) => f.write_str("it is no JSON"),
            Verdict::Garbage(Garbage::Document(Kind::Xml)) => f.write_str("it is no XML, or has a DTD or too many nodes"),
            Verdict::Garbage(Garbage::Field { rule, field }) => {
                write!(f, "answer {rule} takes it, but `{field}` is not there, is not of its type, or is not in its table")
            }
            Verdict::NoRule => f.write_str("no answer takes it"),
        }
    }
}

/// SplitMix64: pauses that callers do not share.
struct Dice(Mutex<u64>);

impl Dice {
    fn up_to(&self, most: Duration) -> Duration {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let share = ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
        most.mul_f64(share)
    }
}

impl fmt::Debug for Dice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dice")
    }
}
