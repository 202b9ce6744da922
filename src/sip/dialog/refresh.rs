//! Refreshes of the session (RFC 4028, sections 7.4 and 10): UPDATE where the peer takes it, else a re-INVITE that offers what was said last.
//!
//! When to refresh is the timer's to say; what a refresh came to is dealt with here.

use std::time::Duration;

use rsipstack::sip::{Method, Response, StatusCodeKind};
use tokio::time::Instant;

use super::super::body;
use super::super::message::{self, SDP};
use super::super::session_timer::{Agreed, Due};
use super::{Outcome, Stage, Task};

/// While another INVITE or offer is on its way, a refresh waits so many T1.
const BUSY_T1: u32 = 2;

impl Task {
    pub(super) fn on_due(&mut self) {
        let now = Instant::now();
        match self.timer.due(now) {
            Some(Due::End) => {
                tracing::info!(call_id = self.peer.call_id(), "the session was not refreshed; the call ends");
                self.lose();
            }
            Some(Due::Refresh) if self.confirmed && !self.offer_pending && self.unacknowledged == 0 && self.refreshes.is_empty() => {
                self.refresh()
            }
            Some(Due::Refresh) => self.timer.retry(now, self.stack.option.t1 * BUSY_T1),
            None => {}
        }
    }

    fn refresh(&mut self) {
        let (method, offer) = if self.peer.takes_update { (Method::Update, None) } else { (Method::Invite, self.local.repeat()) };
        let own = self.address();
        let (Ok(via), Ok(ack_via)) = (own.via(&self.stack), own.via(&self.stack)) else { return self.lose() };
        let agent = &self.stack.user_agent;
        let mut request = self.peer.request(method, via, agent);
        let ack = offer.is_some().then(|| self.peer.ack(ack_via, agent));
        request.headers.extend(self.peer.session_headers());
        request.headers.extend(self.timer.headers());
        if let Some(offer) = offer {
            request.headers.push(message::content_type(SDP));
            request.body = offer.into_bytes();
            self.offer_pending = true;
        }
        let (stack, sequence) = (self.stack.clone(), self.peer.sequence.clone());
        let (way, mut credentials) = (self.way.clone(), self.credentials.clone());
        self.refreshes.spawn(async move {
            let response = message::ask(&stack, own, &mut request, Some(&way), ack.as_ref(), &mut credentials, &sequence).await;
            Outcome::Refresh { method, response }
        });
    }

    pub(super) fn on_refreshed(&mut self, method: Method, response: Option<Response>) {
        self.offer_pending &= method != Method::Invite;
        let Some(response) = response else { return self.lose() };
        let status = response.status_code.code();
        tracing::debug!(%method, status, "refreshed");
        if self.stage != Stage::Up {
            return;
        }
        if response.status_code.kind() == StatusCodeKind::Successful {
            self.refreshed(method, &response);
        } else {
            self.not_refreshed(method, status, &response);
        }
    }

    fn refreshed(&mut self, method: Method, response: &Response) {
        self.peer.refresh(&response.headers);
        self.timer.start(Instant::now(), Agreed::of_response(response, self.timer.policy()));
        let answer = body::description(&response.headers, &response.body).ok().flatten().map(|text| self.local.read_answer(text));
        if let Some(Ok(answer)) = answer.filter(|_| method == Method::Invite) {
            let session = answer.session(self.signalling);
            if self.session != Some(session) {
                self.settle(session);
            }
        }
    }

    /// What a refusal means for the next try (RFC 4028, section 10; RFC 3261, section 14.1).
    fn not_refreshed(&mut self, method: Method, status: u16, response: &Response) {
        let now = Instant::now();
        match status {
            408 | 481 => self.lose(),
            405 | 501 if method == Method::Update => {
                self.peer.takes_update = false;
                self.timer.retry(now, Duration::ZERO);
            }
            422 if self.timer.lengthen(response) => self.timer.retry(now, Duration::ZERO),
            491 => self.timer.retry(now, self.glare_wait()),
            _ => match message::retry_after_of(&response.headers) {
                Some(seconds) => self.timer.retry(now, Duration::from_secs(seconds.into())),
                None => self.timer.retry_later(now),
            },
        }
    }

    /// In steps of 10 ms: 2.1 to 4 s for who made the Call-ID, 0 to 2 s for the other, so that the same two do not meet again.
    fn glare_wait(&self) -> Duration {
        let (least, steps) = if self.peer.owns_call_id { (210, 191) } else { (0, 201) };
        // Without randomness the longest wait.
        let step = getrandom::u32().map_or(steps - 1, |dice| dice % steps);
        Duration::from_millis(u64::from(least + step) * 10)
    }
}
