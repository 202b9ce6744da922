//! Answers to digest challenges (RFC 7616, RFC 8760) in requests of ours: MD5, SHA-256 and SHA-512-256, with `qop=auth` or, as RFC 2069 had it, without.
//!
//! It sends nothing, and shows a password nowhere: neither in logs nor in its own Debug. It never answers `qop=auth-int`.

use std::sync::Arc;

use md5::Md5;
use rsipstack::sip::{Header, Method, Request, Response};
use sha2::{Digest, Sha256, Sha512_256};

use super::message;
use crate::config::Secret;

/// Challenges read from one response; a peer that sends more is not taken at its word.
const CHALLENGES_MAX: usize = 16;

/// Who we are to a peer that challenges us.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) user: String,
    pub(super) password: Secret,
}

/// What one peer has challenged us with, for as long as a dialog or a registration lasts: later requests carry an answer at once.
#[derive(Clone, Debug, Default)]
pub(super) struct Credentials {
    account: Option<Arc<Account>>,
    /// Of a proxy (407), and of the far end (401).
    answered: [Option<Answered>; 2],
}

impl Credentials {
    /// For a peer at which we have this account, or none: then no challenge is answered.
    pub(super) fn new(account: Option<Arc<Account>>) -> Self {
        Self { account, answered: [None, None] }
    }

    /// A new request begins: the challenges known are from earlier ones.
    pub(super) fn begin(&mut self) {
        self.answered.iter_mut().flatten().for_each(|answered| answered.in_this_request = false);
    }

    /// Puts the answers to the known challenges into the request, in place of those it had.
    pub(super) fn sign(&mut self, request: &mut Request) {
        request.headers.retain(|header| !matches!(header, Header::Authorization(_) | Header::ProxyAuthorization(_)));
        let Some(account) = self.account.clone() else { return };
        let uri = request.uri.to_string();
        for (from, answered) in Challenger::BOTH.into_iter().zip(&mut self.answered) {
            let Some(answered) = answered else { continue };
            answered.count += 1;
            if let Some(cnonce) = cnonce() {
                request.headers.push(from.header(answered.challenge.answer(&account, request.method, &uri, answered.count, &cnonce)));
            }
        }
    }

    /// Takes the challenge of a 401 or 407; whether it is worth sending the request again. It is not for another response, without an account,
    /// for a challenge that we cannot answer, and when the answer that we gave was wrong (RFC 3261, section 22.2).
    pub(super) fn challenged(&mut self, response: &Response) -> bool {
        let Some(from) = Challenger::of(response) else { return false };
        if self.account.is_none() {
            return false;
        }
        let Some(challenge) = strongest(challenges(response, from)) else {
            tracing::warn!(
                "a peer challenges us with nothing that we can answer: expected Digest with MD5, SHA-256 or SHA-512-256, and no qop or qop=auth"
            );
            return false;
        };
        let slot = match from {
            Challenger::Proxy => &mut self.answered[0],
            Challenger::FarEnd => &mut self.answered[1],
        };
        if slot.as_ref().is_some_and(|answered| answered.was_wrong(&challenge)) {
            return false;
        }
        *slot = Some(Answered { challenge, count: 0, in_this_request: true });
        true
    }
}

/// A challenge that we have an answer to.
#[derive(Clone, Debug)]
struct Answered {
    challenge: Challenge,
    /// How often its nonce was used.
    count: u32,
    in_this_request: bool,
}

impl Answered {
    /// A peer that found only the nonce too old says so, and one that gives another nonce to a new request may mean the same.
    fn was_wrong(&self, again: &Challenge) -> bool {
        let same = self.in_this_request || self.challenge.nonce == again.nonce;
        same && self.challenge.realm == again.realm && !again.stale
    }
}

/// Who challenges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Challenger {
    Proxy,
    FarEnd,
}

impl Challenger {
    const BOTH: [Self; 2] = [Self::Proxy, Self::FarEnd];

    fn of(response: &Response) -> Option<Self> {
        match response.status_code.code() {
            401 => Some(Self::FarEnd),
            407 => Some(Self::Proxy),
            _ => None,
        }
    }

    fn header(self, value: String) -> Header {
        match self {
            Self::Proxy => Header::ProxyAuthorization(value.into()),
            Self::FarEnd => Header::Authorization(value.into()),
        }
    }
}

/// From weak to strong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Hash {
    Md5,
    Sha256,
    Sha512_256,
}

impl Hash {
    fn hex(self, text: &str) -> String {
        match self {
            Self::Md5 => hex(&Md5::digest(text)),
            Self::Sha256 => hex(&Sha256::digest(text)),
            Self::Sha512_256 => hex(&Sha512_256::digest(text)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A challenge that can be answered (RFC 7616, section 3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    /// The algorithm as it was named.
    algorithm: Option<String>,
    hash: Hash,
    /// The algorithm's variant `-sess`.
    session: bool,
    /// Whether `qop=auth` is asked for.
    qop: bool,
    stale: bool,
}

impl Challenge {
    /// `None` for another scheme, an algorithm that we do not know, or a qop without `auth`.
    fn read(scheme: &str, parameters: &[(String, String)]) -> Option<Self> {
        let said = |name: &str| parameters.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone());
        if !scheme.eq_ignore_ascii_case("digest") {
            return None;
        }
        let algorithm = said("algorithm");
        let name = algorithm.as_deref().unwrap_or("MD5").to_ascii_lowercase();
        let (base, session) = name.strip_suffix("-sess").map_or((name.as_str(), false), |base| (base, true));
        let hash = match base {
            "md5" => Hash::Md5,
            "sha-256" => Hash::Sha256,
            "sha-512-256" => Hash::Sha512_256,
            _ => return None,
        };
        let qop = said("qop");
        if qop.as_ref().is_some_and(|options| !options.split(',').any(|option| option.trim().eq_ignore_ascii_case("auth"))) {
            return None;
        }
        let stale = said("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true"));
        Some(Self {
            realm: said("realm")?,
            nonce: said("nonce")?,
            opaque: said("opaque"),
            algorithm,
            hash,
            session,
            qop: qop.is_some(),
            stale,
        })
    }

    /// The value of (Proxy-)Authorization: `count` says how often the nonce was used, this time included.
    fn answer(&self, account: &Account, method: Method, uri: &str, count: u32, cnonce: &str) -> String {
        let count = format!("{count:08x}");
        let response = self.response(account, &method.to_string(), uri, &count, cnonce);
        let mut value = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\"",
            quoted(&account.user),
            quoted(&self.realm),
            quoted(&self.nonce),
            quoted(uri)
        );
        if let Some(algorithm) = &self.algorithm {
            value += &format!(", algorithm={algorithm}");
        }
        if self.qop {
            value += &format!(", qop=auth, nc={count}, cnonce={}", quoted(cnonce));
        } else if self.session {
            value += &format!(", cnonce={}", quoted(cnonce));
        }
        if let Some(opaque) = &self.opaque {
            value += &format!(", opaque={}", quoted(opaque));
        }
        value
    }

    /// RFC 7616, section 3.4.1.
    fn response(&self, Account { user, password }: &Account, method: &str, uri: &str, count: &str, cnonce: &str) -> String {
        let Self { realm, nonce, hash, .. } = self;
        let secret = hash.hex(&format!("{user}:{realm}:{}", password.reveal()));
        let secret = if self.session { hash.hex(&format!("{secret}:{nonce}:{cnonce}")) } else { secret };
        let what = hash.hex(&format!("{method}:{uri}"));
        let middle = if self.qop { format!("{nonce}:{count}:{cnonce}:auth") } else { nonce.clone() };
        hash.hex(&format!("{secret}:{middle}:{what}"))
    }
}

fn strongest(challenges: Vec<Challenge>) -> Option<Challenge> {
    // Of equals the first, which the peer prefers.
    challenges.into_iter().rev().max_by_key(|challenge| (challenge.hash, challenge.qop))
}

fn challenges(response: &Response, from: Challenger) -> Vec<Challenge> {
    let values = response.headers.iter().filter_map(|header| match (header, from) {
        (Header::ProxyAuthenticate(value), Challenger::Proxy) => Some(value.value().to_owned()),
        (Header::WwwAuthenticate(value), Challenger::FarEnd) => Some(value.value().to_owned()),
        _ => None,
    });
    values.flat_map(|value| listed(&value)).take(CHALLENGES_MAX).collect()
}

/// The challenges of one header that can be answered; behind commas there may be several, each begun by its scheme.
fn listed(value: &str) -> Vec<Challenge> {
    let mut schemes: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for item in items(value) {
        let head = item.split('=').next().unwrap_or_default().trim_end();
        let parameter = match head.split_once(char::is_whitespace) {
            Some((scheme, _)) => {
                schemes.push((scheme.to_owned(), Vec::new()));
                item.get(scheme.len()..).unwrap_or_default()
            }
            None if !item.contains('=') => {
                schemes.push((head.to_owned(), Vec::new()));
                continue;
            }
            None => item,
        };
        if let (Some((_, parameters)), Some((name, value))) = (schemes.last_mut(), parameter.split_once('=')) {
            parameters.push((name.trim().to_owned(), unquoted(value.trim())));
        }
    }
    schemes.iter().filter_map(|(scheme, parameters)| Challenge::read(scheme, parameters)).collect()
}

/// What stands between the commas that are not in quotes.
pub(super) fn items(value: &str) -> impl Iterator<Item = &str> {
    message::split_quoted(value, ',').map(str::trim).filter(|item| !item.is_empty())
}

fn unquoted(text: &str) -> String {
    let Some(inside) = text.strip_prefix('"') else { return text.to_owned() };
    let mut plain = String::new();
    let mut characters = inside.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => break,
            '\\' => plain.extend(characters.next()),
            c => plain.push(c),
        }
    }
    plain
}

fn quoted(text: &str) -> String {
    let escaped: String = text.chars().flat_map(|c| matches!(c, '"' | '\\').then_some('\\').into_iter().chain([c])).collect();
    format!("\"{escaped}\"")
}

/// 128 random bits; `None` when the machine has none to give, and then the request goes out without an answer.
fn cnonce() -> Option<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(hex(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: &str = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    const CNONCE: &str = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

    fn account(user: &str, password: &str) -> Account {
        Account { user: user.to_owned(), password: Secret::new(password) }
    }

    fn only(value: &str) -> Challenge {
        let [challenge] = <[_; 1]>::try_from(listed(value)).unwrap();
        challenge
    }

    fn response(challenge: &str, password: &str, cnonce: &str) -> String {
        only(challenge).response(&account("Mufasa", password), "GET", "/dir/index.html", "00000001", cnonce)
    }

    /// RFC 7616, section 3.9.1; RFC 2617, section 3.5; RFC 2069, section 2.4, as its erratum 749 has it. The one of SHA-512-256, which no RFC has right, is Python's hashlib's.
    #[test]
    fn published_answers_come_out() {
        let challenge = |algorithm: &str| {
            format!("Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, nonce=\"{NONCE}\"")
        };
        let cases = [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
            ("SHA-512-256", "430d05014cecc49cab6fbe03176d41a1da86cbfe24a16580e22aaad928d960d0"),
        ];
        for (algorithm, expected) in cases {
            assert_eq!(response(&challenge(algorithm), "Circle of Life", CNONCE), expected, "{algorithm}");
        }
        let older = "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";
        assert_eq!(response(&format!("{older}, qop=\"auth,auth-int\""), "Circle Of Life", "0a4f113b"), "6629fae49393a05397450978507c4ef1");
        assert_eq!(response(older, "CircleOfLife", "0a4f113b"), "1949323746fe6a43ef61f9606e7febea");
    }

    /// Computed by hand from RFC 7616, section 3.4.2, with Python's hashlib.
    #[test]
    fn a_session_key_has_the_nonces_in_it() {
        let challenge = only(&format!("Digest realm=\"r\", nonce=\"{NONCE}\", qop=auth, algorithm=SHA-256-sess"));
        let found = challenge.response(&account("u", "p"), "REGISTER", "sip:h", "00000002", "c");
        assert_eq!(found, "8a3934f26ecfad3ad2f55d1682736881bc5de5c381b8ad4817b799bc49d22ed3");
    }

    #[test]
    fn an_answer_says_what_the_challenge_said() {
        let challenge = only("Digest realm=\"a \\\"b\\\"\", nonce=\"n,1\", opaque=\"o\", algorithm=md5, qop=\"auth\"");
        let value = challenge.answer(&account("u\"x", "p"), Method::Invite, "sip:h;x=1", 10, "c");
        let response = challenge.response(&account("u\"x", "p"), "INVITE", "sip:h;x=1", "0000000a", "c");
        let expected = format!(
            "Digest username=\"u\\\"x\", realm=\"a \\\"b\\\"\", nonce=\"n,1\", uri=\"sip:h;x=1\", response=\"{response}\", algorithm=md5, qop=auth, nc=0000000a, cnonce=\"c\", opaque=\"o\""
        );
        assert_eq!(value, expected);
        let plain = only("Digest realm=\"r\", nonce=\"n\"").answer(&account("u", "p"), Method::Bye, "sip:h", 1, "c");
        assert!(!plain.contains("qop") && !plain.contains("cnonce") && !plain.contains("algorithm"), "{plain}");
    }

    #[test]
    fn the_strongest_that_we_can_is_taken() {
        let cases: &[(&[&str], Option<Hash>)] = &[
            (&["Digest realm=\"r\", nonce=\"1\""], Some(Hash::Md5)),
            (&["Digest realm=\"r\", nonce=\"1\", algorithm=MD5", "Digest realm=\"r\", nonce=\"2\", algorithm=SHA-256"], Some(Hash::Sha256)),
            (
                &["Digest realm=\"r\", nonce=\"1\", algorithm=MD5, Digest realm=\"r\", nonce=\"2\", algorithm=\"SHA-512-256\""],
                Some(Hash::Sha512_256),
            ),
            (&["Basic realm=\"r\", Digest realm=\"r,x\", nonce=\"2\", algorithm=SHA-256, NTLM"], Some(Hash::Sha256)),
            (&["NTLM, Digest nonce=\"2\",realm=r"], Some(Hash::Md5)),
            (&["digest  realm = \"r\" , nonce = \"2\""], Some(Hash::Md5)),
            (&["Digest realm=\"r\", nonce=\"1\", qop=\"auth-int\""], None),
            (
                &[
                    "Digest realm=\"r\", nonce=\"1\", algorithm=SHA-1",
                    "Digest realm=\"r\"",
                    "Digest",
                    "Basic realm=\"r\"",
                    "",
                    ",,=,\"",
                    "=",
                    "\\",
                ],
                None,
            ),
        ];
        for (values, expected) in cases {
            let all = values.iter().flat_map(|value| listed(value)).collect();
            assert_eq!(strongest(all).map(|challenge| challenge.hash), *expected, "{values:?}");
        }
    }

    fn challenge_of(status: &str, header: &str) -> Response {
        Response::try_from(format!("SIP/2.0 {status} No\r\n{header}\r\nContent-Length: 0\r\n\r\n").as_str()).unwrap()
    }

    fn signed(credentials: &mut Credentials) -> (Option<String>, Option<String>) {
        let mut request = Request::try_from("REGISTER sip:h SIP/2.0\r\nContent-Length: 0\r\n\r\n").unwrap();
        credentials.sign(&mut request);
        let mut found = (None, None);
        for header in request.headers.iter() {
            match header {
                Header::ProxyAuthorization(value) => found.0 = Some(value.value().to_owned()),
                Header::Authorization(value) => found.1 = Some(value.value().to_owned()),
                _ => {}
            }
        }
        found
    }

    #[test]
    fn a_wrong_answer_is_given_once_and_a_stale_nonce_replaced() {
        let www = |nonce: &str, more: &str| {
            challenge_of("401", &format!("WWW-Authenticate: Digest realm=\"r\", nonce=\"{nonce}\", qop=\"auth\"{more}"))
        };
        let mut credentials = Credentials::new(Some(Arc::new(account("u", "p"))));
        assert_eq!(signed(&mut credentials), (None, None));
        assert!(credentials.challenged(&www("1", "")));
        assert!(signed(&mut credentials).1.is_some_and(|value| value.contains("nonce=\"1\"") && value.contains("nc=00000001")));
        assert!(!credentials.challenged(&www("2", "")), "the answer was wrong");
        assert!(credentials.challenged(&www("2", ", stale=TRUE")), "only the nonce was too old");
        assert!(signed(&mut credentials).1.is_some_and(|value| value.contains("nonce=\"2\"") && value.contains("nc=00000001")));
        credentials.begin();
        assert!(signed(&mut credentials).1.is_some_and(|value| value.contains("nonce=\"2\"") && value.contains("nc=00000002")));
        assert!(!credentials.challenged(&www("2", "")), "the same nonce again");
        assert!(credentials.challenged(&www("3", "")), "a new nonce for a new request");
        assert!(!credentials.challenged(&www("4", "")));
    }

    #[test]
    fn a_proxy_and_the_far_end_are_both_answered() {
        let mut credentials = Credentials::new(Some(Arc::new(account("u", "p"))));
        assert!(credentials.challenged(&challenge_of("407", "Proxy-Authenticate: Digest realm=\"p\", nonce=\"1\"")));
        assert!(credentials.challenged(&challenge_of("401", "WWW-Authenticate: Digest realm=\"f\", nonce=\"2\"")));
        let (proxy, far_end) = signed(&mut credentials);
        assert!(proxy.is_some_and(|value| value.contains("realm=\"p\"")) && far_end.is_some_and(|value| value.contains("realm=\"f\"")));
    }

    #[test]
    fn nobody_is_told_anything_without_an_account() {
        let response = challenge_of("401", "WWW-Authenticate: Digest realm=\"r\", nonce=\"1\"");
        let mut stranger = Credentials::default();
        assert!(!stranger.challenged(&response));
        assert_eq!(signed(&mut stranger), (None, None));
        let mut known = Credentials::new(Some(Arc::new(account("u", "sesame"))));
        assert!(!known.challenged(&challenge_of("403", "WWW-Authenticate: Digest realm=\"r\", nonce=\"1\"")));
        assert!(!known.challenged(&challenge_of("407", "WWW-Authenticate: Digest realm=\"r\", nonce=\"1\"")), "a 407 comes from a proxy");
        assert!(known.challenged(&response));
        assert!(!format!("{known:?}").contains("sesame") && format!("{known:?}").contains("***"));
    }
}
