//! Session timers (RFC 4028): what an INVITE, an UPDATE and their answers agree on, when it is time to refresh, and when to give the call up.
//!
//! Pure: messages and the time come in; headers, and what is due, go out. It sends nothing and reads no clock.

use std::time::Duration;

use rsipstack::sip::{Header, Headers, Request, Response};
use tokio::time::Instant;

use super::message::{self, Rejection};
use crate::config::Sip;

/// The option tag.
pub(super) const TIMER: &str = "timer";
/// Before its end a session is hung up by so much, or by a third of its interval if that is less (RFC 4028, section 10).
const MARGIN_MAX: Duration = Duration::from_secs(32);
/// A refresh that failed is tried again after half of what is left, but not sooner than this part of the interval.
const RETRY_PARTS: u32 = 16;
/// The smallest Min-SE there may be: what who says nothing means (RFC 4028, section 5).
const MIN_SE_S: u32 = 90;
/// A longer session than this is none that a refresh would save; it keeps sums of times within bounds.
const INTERVAL_MAX_S: u32 = 7 * 24 * 3600;

/// What we want of session timers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    interval_s: u32,
    min_s: u32,
}

impl Policy {
    pub(super) fn new(config: &Sip) -> Self {
        let min_s = config.min_se_s.get().min(INTERVAL_MAX_S);
        Self { interval_s: config.session_expires_s.get().clamp(min_s, INTERVAL_MAX_S), min_s }
    }

    /// What a first INVITE of ours offers; who refreshes is the other side's choice. `min_s` is what a 422 wanted, else 0.
    pub(super) fn offer(self, min_s: u32) -> Vec<Header> {
        let min_s = min_s.max(self.min_s);
        asked(self.interval_s.max(min_s), None, min_s)
    }
}

/// Who refreshes the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refresher {
    Us,
    Peer,
}

/// What an INVITE or UPDATE and its 2xx have settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Agreed {
    interval_s: u32,
    refresher: Refresher,
    /// The peer knows session timers, so that the 2xx may require them.
    known: bool,
}

impl Agreed {
    /// What a request of the peer's settles if it is answered with 2xx (RFC 4028, section 9). `None`: the session has no timer. We refresh, unless the peer wants to.
    ///
    /// # Errors
    /// 422 when the peer asks for less than our minimum, 400 when its headers cannot be read.
    pub(super) fn of_request(request: &Request, policy: Policy) -> Result<Option<Self>, Rejection> {
        let said = Said::read(&request.headers).ok_or_else(|| Rejection::new(400))?;
        let known = message::supports(&request.headers, TIMER);
        match said.expires {
            Some((interval_s, _)) if interval_s < policy.min_s && known => Err(Rejection::with(422, min_se(policy.min_s))),
            // A proxy put it in. The peer would not understand a 422.
            Some((interval_s, _)) if interval_s < policy.min_s => Ok(None),
            Some((interval_s, Some(Role::Uac))) if known => Ok(Some(Self { interval_s, refresher: Refresher::Peer, known })),
            Some((interval_s, _)) => Ok(Some(Self { interval_s, refresher: Refresher::Us, known })),
            None if known => Ok(Some(Self { interval_s: policy.interval_s.max(said.min_s), refresher: Refresher::Us, known })),
            None => Ok(None),
        }
    }

    /// What the 2xx to a request of ours has settled (RFC 4028, section 7.2). `None`: the session has no timer. Less than our minimum counts as our minimum.
    pub(super) fn of_response(response: &Response, policy: Policy) -> Option<Self> {
        let (interval_s, role) = Said::read(&response.headers)?.expires?;
        let refresher = match role {
            Some(Role::Uas) => Refresher::Peer,
            Some(Role::Uac) | None => Refresher::Us,
        };
        Some(Self { interval_s: interval_s.max(policy.min_s), refresher, known: true })
    }

    /// What our 2xx says of it.
    pub(super) fn headers(self) -> Vec<Header> {
        let role = match self.refresher {
            Refresher::Us => Role::Uas,
            Refresher::Peer => Role::Uac,
        };
        let require = self.known.then(|| Header::Require(TIMER.into()));
        [session_expires(self.interval_s, Some(role))].into_iter().chain(require).collect()
    }

    fn interval(self) -> Duration {
        Duration::from_secs(self.interval_s.into())
    }
}

/// The timer of one dialog.
#[derive(Debug)]
pub(super) struct SessionTimer {
    policy: Policy,
    /// The largest Min-SE that a 422 asked of us.
    min_s: u32,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    agreed: Agreed,
    /// When the session is hung up unless it was refreshed.
    ends: Instant,
    /// When we refresh next, if we do.
    refresh: Option<Instant>,
}

/// What has fallen due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// The session is to be refreshed.
    Refresh,
    /// It was not refreshed: hang up.
    End,
}

impl SessionTimer {
    /// Of a dialog without a timer so far.
    pub(super) fn new(policy: Policy) -> Self {
        Self { policy, min_s: 0, running: None }
    }

    pub(super) fn policy(&self) -> Policy {
        self.policy
    }

    /// Counts anew from a 2xx, by what it settled.
    pub(super) fn start(&mut self, now: Instant, agreed: Option<Agreed>) {
        self.running = agreed.map(|agreed| {
            let interval = agreed.interval();
            let refresh = (agreed.refresher == Refresher::Us).then_some(now + interval / 2);
            Running { agreed, ends: now + interval - MARGIN_MAX.min(interval / 3), refresh }
        });
    }

    /// No refresh and no end any more.
    pub(super) fn stop(&mut self) {
        self.running = None;
    }

    /// When [`Self::due`] has something to say.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let running = self.running.as_ref()?;
        Some(running.refresh.map_or(running.ends, |refresh| refresh.min(running.ends)))
    }

    /// What has fallen due, told once.
    pub(super) fn due(&mut self, now: Instant) -> Option<Due> {
        let running = self.running.as_mut()?;
        if running.ends <= now {
            self.running = None;
            return Some(Due::End);
        }
        running.refresh.take_if(|at| *at <= now).map(|_| Due::Refresh)
    }

    /// What a refresh of ours says: who has refreshed so far goes on (RFC 4028, section 7.4).
    pub(super) fn headers(&self) -> Vec<Header> {
        let Some(Running { agreed, .. }) = &self.running else { return Vec::new() };
        let role = match agreed.refresher {
            Refresher::Us => Role::Uac,
            Refresher::Peer => Role::Uas,
        };
        let min_s = self.min_s.max(self.policy.min_s);
        asked(agreed.interval_s.max(min_s), Some(role), min_s)
    }

    /// A 422 to a refresh of ours: whether it asks for more than before, so that another try makes sense.
    pub(super) fn lengthen(&mut self, refusal: &Response) -> bool {
        let longer = wanted(refusal).filter(|min_s| *min_s > self.min_s.max(self.policy.min_s));
        self.min_s = longer.unwrap_or(self.min_s);
        longer.is_some()
    }

    /// The refresh did not work; the next try after `wait`.
    pub(super) fn retry(&mut self, now: Instant, wait: Duration) {
        if let Some(running) = &mut self.running {
            running.refresh = Some(now + wait);
        }
    }

    /// The refresh did not work, and nothing was said of when it may.
    pub(super) fn retry_later(&mut self, now: Instant) {
        if let Some(running) = &self.running {
            let least = running.agreed.interval() / RETRY_PARTS;
            self.retry(now, (running.ends.saturating_duration_since(now) / 2).max(least));
        }
    }
}

/// The Min-SE of a 422, `None` when it has none that can be read.
pub(super) fn wanted(refusal: &Response) -> Option<u32> {
    Said::read(&refusal.headers).map(|said| said.min_s).filter(|min_s| *min_s > 0)
}

fn asked(interval_s: u32, role: Option<Role>, min_s: u32) -> Vec<Header> {
    let least = (min_s != MIN_SE_S).then(|| min_se(min_s));
    [session_expires(interval_s, role)].into_iter().chain(least).collect()
}

fn session_expires(interval_s: u32, role: Option<Role>) -> Header {
    let refresher = match role {
        Some(Role::Uac) => ";refresher=uac",
        Some(Role::Uas) => ";refresher=uas",
        None => "",
    };
    Header::SessionExpires(format!("{interval_s}{refresher}").into())
}

fn min_se(seconds: u32) -> Header {
    Header::MinSE(seconds.to_string().into())
}

/// A side of one request: who sent it, who answers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Uac,
    Uas,
}

/// What a message says of the timer.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    expires: Option<(u32, Option<Role>)>,
    /// 0 when nothing is said.
    min_s: u32,
}

impl Said {
    /// `None` when it cannot be read.
    fn read(headers: &Headers) -> Option<Self> {
        let expires = headers.iter().find_map(|header| match header {
            Header::SessionExpires(value) => Some(value.value()),
            _ => None,
        });
        let min = headers.iter().find_map(|header| match header {
            Header::MinSE(value) => Some(value.value()),
            _ => None,
        });
        Some(Self { expires: expires.map_or(Some(None), |value| expires_of(value).map(Some))?, min_s: min.map_or(Some(0), seconds)? })
    }
}

/// Seconds, then parameters; another refresher than uac or uas counts as none.
fn expires_of(value: &str) -> Option<(u32, Option<Role>)> {
    let mut parts = value.split(';');
    let interval_s = seconds(parts.next()?)?;
    let values = parts.filter_map(|part| part.split_once('='));
    let refresher = { values }.find(|(name, _)| name.trim().eq_ignore_ascii_case("refresher")).map(|(_, value)| value.trim());
    let role = match refresher {
        Some(uac) if uac.eq_ignore_ascii_case("uac") => Some(Role::Uac),
        Some(uas) if uas.eq_ignore_ascii_case("uas") => Some(Role::Uas),
        Some(_) | None => None,
    };
    Some((interval_s, role))
}

/// Delta-seconds, without their parameters; more than the longest session counts as that.
fn seconds(text: &str) -> Option<u32> {
    let digits = text.split(';').next()?.trim();
    let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| digits.parse().map_or(INTERVAL_MAX_S, |s: u32| s.min(INTERVAL_MAX_S)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy { interval_s: 1800, min_s: 90 };

    fn request(headers: &str) -> Request {
        let headers = headers.replace('|', "\r\n");
        Request::try_from(format!("UPDATE sip:a@h SIP/2.0\r\nCall-ID: c\r\n{headers}\r\n\r\n").as_str()).unwrap()
    }

    fn response(headers: &str) -> Response {
        let headers = headers.replace('|', "\r\n");
        Response::try_from(format!("SIP/2.0 200 OK\r\nCall-ID: c\r\n{headers}\r\n\r\n").as_str()).unwrap()
    }

    fn shown(headers: Vec<Header>) -> String {
        headers.iter().map(Header::to_string).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn what_is_asked_of_us_is_agreed_to_as_the_rfc_wants() {
        let ours = "Session-Expires: 1800;refresher=uas|Require: timer";
        let cases = [
            ("Supported: timer", ours),
            ("Supported: replaces, Timer", ours),
            ("k: timer", ours),
            ("Require: timer", ours),
            ("Supported: timer|Min-SE: 3600", "Session-Expires: 3600;refresher=uas|Require: timer"),
            ("Supported: timer|Session-Expires: 90", "Session-Expires: 90;refresher=uas|Require: timer"),
            ("Supported: timer|Session-Expires: 3600", "Session-Expires: 3600;refresher=uas|Require: timer"),
            ("Supported: timer|x: 600 ; Refresher = UAC", "Session-Expires: 600;refresher=uac|Require: timer"),
            ("Supported: timer|Session-Expires: 600;refresher=uas", "Session-Expires: 600;refresher=uas|Require: timer"),
            ("Supported: timer|Session-Expires: 600;x=y;refresher=uac", "Session-Expires: 600;refresher=uac|Require: timer"),
            ("Supported: timer|Session-Expires: 99999999999;refresher=uac", "Session-Expires: 604800;refresher=uac|Require: timer"),
            ("Session-Expires: 600", "Session-Expires: 600;refresher=uas"),
            ("Session-Expires: 600;refresher=uac", "Session-Expires: 600;refresher=uas"),
            ("Session-Expires: 30", "none"),
            ("Subject: nothing", "none"),
            ("Supported: timer|Session-Expires: 89", "422 Min-SE: 90"),
            ("Supported: timer|Session-Expires: 0;refresher=uac", "422 Min-SE: 90"),
            ("Supported: timer|Session-Expires: soon", "400 "),
            ("Supported: timer|Session-Expires: -5", "400 "),
            ("Supported: timer|Session-Expires: ", "400 "),
            ("Supported: timer|Min-SE: x", "400 "),
        ];
        for (asked, expected) in cases {
            let found = match Agreed::of_request(&request(asked), POLICY) {
                Ok(agreed) => agreed.map_or("none".to_owned(), |agreed| shown(agreed.headers())),
                Err(Rejection { status, headers }) => format!("{status} {}", shown(headers)),
            };
            assert_eq!(found, expected, "{asked}");
        }
    }

    /// A timer that a 2xx of ours, or one to us, has started; and the start.
    fn timer(agreed: Option<Agreed>) -> (SessionTimer, Instant) {
        let (mut timer, start) = (SessionTimer::new(POLICY), Instant::now());
        timer.start(start, agreed);
        (timer, start)
    }

    /// What falls due, and after how many seconds.
    fn dues(timer: &mut SessionTimer, start: Instant) -> Vec<(u64, Due)> {
        let mut found = Vec::new();
        while let Some(at) = timer.deadline() {
            assert_eq!(timer.due(at - Duration::from_millis(1)), None);
            found.push(((at - start).as_secs(), timer.due(at).unwrap()));
        }
        found
    }

    #[test]
    fn who_refreshes_does_so_at_half_time_and_the_other_hangs_up_before_the_end() {
        let cases = [
            ("Session-Expires: 1800;refresher=uac", vec![(900, Due::Refresh), (1768, Due::End)]),
            ("Session-Expires: 1800", vec![(900, Due::Refresh), (1768, Due::End)]),
            ("Session-Expires: 1800;refresher=uas", vec![(1768, Due::End)]),
            ("Session-Expires: 90;refresher=uas", vec![(60, Due::End)]),
            ("Session-Expires: 90;refresher=uac", vec![(45, Due::Refresh), (60, Due::End)]),
            ("Session-Expires: 0;refresher=uac", vec![(45, Due::Refresh), (60, Due::End)]),
            ("Session-Expires: never", vec![]),
            ("Subject: nothing", vec![]),
        ];
        for (answer, expected) in cases {
            let (mut timer, start) = timer(Agreed::of_response(&response(answer), POLICY));
            assert_eq!(dues(&mut timer, start), expected, "{answer}");
        }
        let (mut timer, start) =
            timer(Agreed::of_request(&request("Supported: timer|Session-Expires: 600;refresher=uac"), POLICY).unwrap());
        assert_eq!(dues(&mut timer, start), [(568, Due::End)], "the one who called refreshes");
    }

    #[test]
    fn a_refresh_counts_from_anew_and_keeps_the_roles() {
        let (mut timer, start) = timer(Agreed::of_response(&response("Session-Expires: 600;refresher=uac"), POLICY));
        assert_eq!(shown(timer.headers()), "Session-Expires: 600;refresher=uac");
        let at = start + Duration::from_secs(300);
        assert_eq!(timer.due(at), Some(Due::Refresh));
        timer.start(at, Agreed::of_response(&response("Session-Expires: 600;refresher=uas"), POLICY));
        assert_eq!(shown(timer.headers()), "Session-Expires: 600;refresher=uas");
        assert_eq!(dues(&mut timer, start), [(868, Due::End)]);
    }

    #[test]
    fn failed_refreshes_are_tried_again_but_not_for_ever() {
        let (mut timer, start) = timer(Agreed::of_response(&response("Session-Expires: 1800;refresher=uac"), POLICY));
        let mut tries = Vec::new();
        while let Some(at) = timer.deadline() {
            match timer.due(at).unwrap() {
                Due::Refresh => timer.retry_later(at),
                Due::End => {}
            }
            tries.push((at - start).as_secs());
        }
        assert_eq!(tries, [900, 1334, 1551, 1663, 1768]);
    }

    #[test]
    fn a_refusal_with_a_longer_minimum_is_heeded_once() {
        let (mut timer, _) = timer(Agreed::of_response(&response("Session-Expires: 120;refresher=uac"), POLICY));
        assert!(!timer.lengthen(&response("Min-SE: 60")) && !timer.lengthen(&response("Subject: none")));
        assert!(timer.lengthen(&response("Min-SE: 300")) && !timer.lengthen(&response("Min-SE: 300")));
        assert_eq!(shown(timer.headers()), "Session-Expires: 300;refresher=uac|Min-SE: 300");
        assert_eq!(shown(POLICY.offer(0)), "Session-Expires: 1800");
        assert_eq!(shown(POLICY.offer(3600)), "Session-Expires: 3600|Min-SE: 3600");
    }
}
