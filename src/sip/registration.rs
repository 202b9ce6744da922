//! Our registrations (RFC 3261, section 10): one task for each, which registers, renews in time, tries again when refused, and takes the binding away when it is told to stop.
//!
//! It never gives up, and logs neither passwords nor users.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rsipstack::platform::CancellationToken;
use rsipstack::sip::{self, Auth, Header, Host, Method, Param, Response, Uri, typed};
use rsipstack::transaction::{make_call_id, make_tag};

use super::Error;
use super::digest::{self, Account, Credentials};
use super::endpoint::Shared;
use super::expected::Expectation;
use super::message::{self, Sequence};
use super::resolver::fraction;
use crate::config::{Registration, Secret, Sip};

/// Taking a binding away may take so long; then it runs out by itself.
pub(super) const LEAVE_MAX: Duration = Duration::from_secs(2);
/// A registrar that wants longer registrations than this gets its way, and is renewed this often all the same.
const EXPIRES_MAX_S: u32 = 86_400;
/// The first try after a failure comes after so many T1, 5 seconds by default; each further one after twice the time.
const RETRY_T1: u32 = 10;
/// Between two tries there are never more than so many T1, 5 minutes by default.
const RETRY_MAX_T1: u32 = 600;
/// A registrar's Retry-After counts up to this.
const RETRY_AFTER_MAX_S: u32 = 3600;

/// All registrations of the configuration, and who we are there.
#[derive(Clone, Debug)]
pub(super) struct Accounts(Arc<[Arc<Enrolled>]>);

/// One registration.
#[derive(Debug)]
pub(super) struct Enrolled {
    registrar: Uri,
    user: String,
    /// The user of our Contact: the number that calls come for.
    number: String,
    expires_s: u32,
    account: Arc<Account>,
    /// The registrar's address, once it is known.
    reached: Mutex<Option<IpAddr>>,
}

impl Accounts {
    /// Reads the passwords that are in files.
    ///
    /// # Errors
    /// [`Error::Password`], and [`Error::Target`] for a registrar that is no SIP URI.
    pub(super) fn open(config: &Sip) -> Result<Self, Error> {
        let enrolled = config.registrations.iter().map(|registration| Enrolled::new(registration, config).map(Arc::new));
        Ok(Self(enrolled.collect::<Result<_, _>>()?))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Enrolled>> {
        self.0.iter()
    }

    /// For a call of ours as `from` to a host, or to an address, where we are registered.
    pub(super) fn toward(&self, host: &Host, ip: IpAddr, from: &str) -> Option<&Arc<Enrolled>> {
        let there = || self.iter().filter(|enrolled| enrolled.registrar.host_with_port.host == *host || enrolled.is_at(ip));
        { there() }.find(|enrolled| enrolled.user == from).or_else(|| there().next())
    }

    /// For a call from an address where we are registered, to one of our numbers.
    pub(super) fn from(&self, ip: IpAddr, called: &str) -> Credentials {
        let there = || self.iter().filter(|enrolled| enrolled.is_at(ip));
        let found = { there() }.find(|enrolled| enrolled.number == called).or_else(|| there().next());
        Credentials::new(found.map(|enrolled| Arc::clone(&enrolled.account)))
    }
}

impl Enrolled {
    fn new(registration: &Registration, config: &Sip) -> Result<Self, Error> {
        let registrar = Uri::try_from(registration.registrar.as_str()).map_err(|_| Error::Target)?;
        let number = registration.number.as_ref().or(config.numbers.first()).map_or(registration.user.as_str(), |number| number.as_str());
        let account = Account {
            user: registration.auth_user.clone().unwrap_or_else(|| registration.user.clone()),
            password: password(registration)?,
        };
        let reached = match registrar.host_with_port.host {
            Host::IpAddr(ip) => Some(ip.to_canonical()),
            Host::Domain(_) => None,
        };
        Ok(Self {
            registrar,
            user: registration.user.clone(),
            number: number.to_owned(),
            expires_s: registration.expires_s,
            account: Arc::new(account),
            reached: Mutex::new(reached),
        })
    }

    /// Our address at the registrar: `sip:user@host`.
    pub(super) fn address(&self) -> Uri {
        let mut uri = self.registrar.clone();
        uri.host_with_port.port = None;
        Uri { auth: Some(Auth { user: self.user.clone(), password: None }), params: Vec::new(), ..uri }
    }

    pub(super) fn credentials(&self) -> Credentials {
        Credentials::new(Some(Arc::clone(&self.account)))
    }

    fn is_at(&self, ip: IpAddr) -> bool {
        *self.reached.lock().unwrap_or_else(PoisonError::into_inner) == Some(ip.to_canonical())
    }

    fn reached(&self, ip: IpAddr) {
        *self.reached.lock().unwrap_or_else(PoisonError::into_inner) = Some(ip.to_canonical());
    }
}

fn password(registration: &Registration) -> Result<Secret, Error> {
    let Some(path) = &registration.password_file else { return Ok(registration.password.clone().unwrap_or_else(|| Secret::new(""))) };
    Secret::read(path).map_err(|source| Error::Password { path: path.clone(), source })
}

/// Stays registered until `leave`.
pub(super) async fn keep(shared: Shared, enrolled: Arc<Enrolled>, leave: CancellationToken) {
    let mut registrant = Registrant::new(shared, enrolled);
    leave.run_until_cancelled(registrant.stay()).await;
    registrant.leave().await;
}

struct Registrant {
    shared: Shared,
    enrolled: Arc<Enrolled>,
    /// The same for all REGISTERs of one start (RFC 3261, section 10.2).
    call_id: sip::CallId,
    tag: sip::param::Tag,
    sequence: Sequence,
    expires_s: u32,
    credentials: Credentials,
    /// The registrar may call us.
    expectation: Option<Expectation>,
    registered: bool,
    failures: u32,
}

/// What a REGISTER came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// Registered for so long.
    Granted { expires_s: u32 },
    /// 423: not for less than this.
    TooBrief { least_s: u32 },
    /// Another final response; `None` when there was none.
    Refused { status: Option<u16>, retry_after_s: Option<u32> },
}

impl Registrant {
    fn new(shared: Shared, enrolled: Arc<Enrolled>) -> Self {
        let option = &shared.stack.option;
        Self {
            call_id: make_call_id(option.callid_suffix.as_deref(), option.callid_format),
            tag: make_tag(),
            sequence: Sequence::after(0),
            expires_s: enrolled.expires_s,
            credentials: enrolled.credentials(),
            expectation: None,
            registered: false,
            failures: 0,
            shared,
            enrolled,
        }
    }

    async fn stay(&mut self) {
        loop {
            let answer = match self.register(self.expires_s).await {
                Answer::TooBrief { least_s } if least_s > self.expires_s => {
                    self.expires_s = least_s.min(EXPIRES_MAX_S);
                    self.register(self.expires_s).await
                }
                answer => answer,
            };
            tokio::time::sleep(self.settle(answer)).await;
        }
    }

    /// Counts, tells, and says when to send the next REGISTER.
    fn settle(&mut self, answer: Answer) -> Duration {
        let registrar = self.enrolled.registrar.host_with_port.to_string();
        match answer {
            Answer::Granted { expires_s } => {
                if !std::mem::replace(&mut self.registered, true) {
                    metrics::gauge!("dauys_sip_registered", "registrar" => registrar.clone()).increment(1.0);
                    tracing::info!(registrar, expires_s, "registered");
                }
                self.failures = 0;
                renewal(expires_s, fraction())
            }
            Answer::TooBrief { .. } | Answer::Refused { .. } => {
                let wait = backoff(answer, self.failures, self.shared.stack.option.t1, fraction());
                self.failures = self.failures.saturating_add(1);
                tracing::warn!(registrar, ?answer, retry_ms = wait.as_millis(), "not registered");
                self.lost();
                wait
            }
        }
    }

    fn lost(&mut self) {
        if std::mem::replace(&mut self.registered, false) {
            let registrar = self.enrolled.registrar.host_with_port.to_string();
            metrics::gauge!("dauys_sip_registered", "registrar" => registrar).decrement(1.0);
        }
    }

    /// Takes the binding away, also one that we have not heard of yet.
    async fn leave(&mut self) {
        let asked = self.expectation.is_some();
        if asked && tokio::time::timeout(LEAVE_MAX, self.register(0)).await.is_err() {
            tracing::warn!("a registrar does not answer: our registration there runs out by itself");
        }
        self.lost();
    }

    async fn register(&mut self, expires_s: u32) -> Answer {
        match self.ask(expires_s).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::debug!(%error, "REGISTER not sent");
                Answer::Refused { status: None, retry_after_s: None }
            }
        }
    }

    async fn ask(&mut self, expires_s: u32) -> Result<Answer, Error> {
        let registrar = self.enrolled.registrar.clone();
        let destination = self.shared.way_to(&registrar).await?;
        let ip = destination.get_socketaddr()?.ip();
        let own = self.shared.toward(ip)?.over(destination.r#type.unwrap_or_default());
        self.enrolled.reached(ip);
        self.expectation = Some(self.shared.outward.expected.from(ip));
        let address = self.enrolled.address();
        let from = typed::From { display_name: None, uri: address.clone(), params: vec![Param::Tag(self.tag.clone())] };
        let to = typed::To { display_name: None, uri: address, params: Vec::new() };
        let stack = &self.shared.stack;
        let (via, seq, call_id) = (own.via(stack)?, self.sequence.next(), Some(self.call_id.clone()));
        let mut request = stack.make_request(Method::Register, registrar, via, from, to, seq, call_id);
        let contact = own.contact(&self.enrolled.number);
        request.headers.extend(vec![contact.clone(), Header::Expires(expires_s.to_string().into()), message::allow()]);
        let response = message::ask(stack, own, &mut request, None, None, &mut self.credentials, &self.sequence).await;
        Ok(response.map_or(Answer::Refused { status: None, retry_after_s: None }, |response| Answer::read(&response, &contact, expires_s)))
    }
}

impl Answer {
    fn read(response: &Response, contact: &Header, asked_s: u32) -> Self {
        let number = |found: fn(&Header) -> Option<&str>| response.headers.iter().find_map(found).and_then(leading_number);
        match response.status_code.code() {
            200..=299 => {
                let expires_s =
                    granted(response, contact).or_else(|| number(|h| if let Header::Expires(v) = h { Some(v.value()) } else { None }));
                Self::Granted { expires_s: expires_s.unwrap_or(asked_s) }
            }
            423 => match number(|h| if let Header::MinExpires(v) = h { Some(v.value()) } else { None }) {
                Some(least_s) => Self::TooBrief { least_s },
                None => Self::Refused { status: Some(423), retry_after_s: None },
            },
            status => Self::Refused { status: Some(status), retry_after_s: message::retry_after_of(&response.headers) },
        }
    }
}

fn leading_number(text: &str) -> Option<u32> {
    let digits: String = text.trim().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The `expires` of our own binding; the registrar lists all that our address has (RFC 3261, section 10.3).
fn granted(response: &Response, contact: &Header) -> Option<u32> {
    let Header::Contact(own) = contact else { return None };
    let without_parameters = |uri: &str| uri.split(';').next().unwrap_or_default().to_owned();
    let own = without_parameters(own.value().trim_matches(['<', '>']));
    let listed = response.headers.iter().filter_map(|header| match header {
        Header::Contact(listed) => Some(listed.value()),
        _ => None,
    });
    let ours = listed.flat_map(digest::items).find_map(|binding| {
        let (uri, parameters) = binding.split_once('<')?.1.split_once('>')?;
        without_parameters(uri).eq_ignore_ascii_case(&own).then_some(parameters)
    })?;
    let parameter =
        ours.split(';').filter_map(|parameter| parameter.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("expires"));
    leading_number(parameter?.1.trim().trim_matches('"'))
}

/// Four fifths to nine tenths of the time, so that a lost REGISTER can be repeated, and many robots do not come at once.
fn renewal(expires_s: u32, dice: f64) -> Duration {
    Duration::from_secs(expires_s.clamp(1, EXPIRES_MAX_S).into()).mul_f64(0.9 - 0.1 * dice)
}

/// Twice as long after each failure, up to a limit, and at once that long where another try can do no better; half of it is left to the dice.
fn backoff(answer: Answer, failures: u32, t1: Duration, dice: f64) -> Duration {
    let longest = t1 * RETRY_MAX_T1;
    let hopeless = matches!(answer, Answer::Refused { status: Some(400..=407 | 410..=422 | 424..=479 | 600..), .. });
    let doubled = (t1 * RETRY_T1).saturating_mul(1 << failures.min(16)).min(longest);
    let wait = if hopeless { longest } else { doubled }.mul_f64(1.0 - 0.5 * dice);
    let asked_s = match answer {
        Answer::Refused { retry_after_s: Some(s), .. } => s.min(RETRY_AFTER_MAX_S),
        Answer::Refused { retry_after_s: None, .. } | Answer::Granted { .. } | Answer::TooBrief { .. } => 0,
    };
    wait.max(Duration::from_secs(asked_s.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(start: &str, headers: &str) -> Answer {
        let response = Response::try_from(format!("SIP/2.0 {start}\r\n{headers}Content-Length: 0\r\n\r\n").as_str()).unwrap();
        Answer::read(&response, &Header::Contact("<sip:1414@192.0.2.1:5060>".into()), 3600)
    }

    #[test]
    fn the_time_granted_is_that_of_our_own_binding() {
        let others = "Contact: \"a, <b>\" <sip:1414@192.0.2.9:5060>;expires=10";
        let cases = [
            ("200 OK", "Contact: <sip:1414@192.0.2.1:5060>;expires=600\r\nExpires: 50\r\n".to_owned(), Answer::Granted { expires_s: 600 }),
            ("200 OK", format!("{others}, <sip:1414@192.0.2.1:5060;ob>;q=1;Expires=\"700\"\r\n"), Answer::Granted { expires_s: 700 }),
            ("200 OK", format!("{others}\r\nm: <SIP:1414@192.0.2.1:5060> ; expires = 800\r\n"), Answer::Granted { expires_s: 800 }),
            ("200 OK", format!("{others}\r\nExpires: 50\r\n"), Answer::Granted { expires_s: 50 }),
            ("200 OK", "Contact: <sip:1414@192.0.2.1:5060>;expires=soon\r\n".to_owned(), Answer::Granted { expires_s: 3600 }),
            ("200 OK", String::new(), Answer::Granted { expires_s: 3600 }),
            ("423 Interval Too Brief", "Min-Expires: 7200\r\n".to_owned(), Answer::TooBrief { least_s: 7200 }),
            ("423 Interval Too Brief", String::new(), Answer::Refused { status: Some(423), retry_after_s: None }),
            ("503 No", "Retry-After: 18 (busy);duration=5\r\n".to_owned(), Answer::Refused { status: Some(503), retry_after_s: Some(18) }),
            ("302 Moved", "Contact: <sip:h>\r\n".to_owned(), Answer::Refused { status: Some(302), retry_after_s: None }),
        ];
        for (start, headers, expected) in cases {
            assert_eq!(answer(start, &headers), expected, "{start} {headers}");
        }
    }

    #[test]
    fn a_registration_is_renewed_before_it_runs_out() {
        for dice in [0.0, 0.5, 1.0] {
            let wait = renewal(3600, dice).as_secs();
            assert!((2880..=3240).contains(&wait), "{wait}");
        }
        assert!(renewal(0, 0.0) >= Duration::from_millis(500), "a registrar that grants nothing is not flooded");
        assert!(renewal(u32::MAX, 0.0) <= Duration::from_secs(u64::from(EXPIRES_MAX_S)));
    }

    #[test]
    fn failures_are_tried_again_ever_later() {
        let t1 = Duration::from_millis(500);
        let silent = Answer::Refused { status: None, retry_after_s: None };
        let waits: Vec<_> = (0..9).map(|failures| backoff(silent, failures, t1, 0.0).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(backoff(silent, u32::MAX, t1, 1.0).as_secs(), 150);
        assert_eq!(
            backoff(Answer::Refused { status: Some(403), retry_after_s: None }, 0, t1, 0.0).as_secs(),
            300,
            "the password will not mend itself"
        );
        assert_eq!(backoff(Answer::Refused { status: Some(503), retry_after_s: Some(60) }, 0, t1, 0.0).as_secs(), 60);
        assert_eq!(backoff(Answer::Refused { status: Some(503), retry_after_s: Some(u32::MAX) }, 0, t1, 0.0).as_secs(), 3600);
    }
}
