//! A call in a capture: which side is the caller is told by the INVITE, what the caller sent is heard by the real port at its captured times, and what the robot sent is passed
//! over, since the robot decides anew.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use dauys_core::call::SipEvent;
use dauys_core::call::log::Line;
use dauys_core::media::{Channel, Leg, Session};
use thiserror::Error;

use super::audio::{self, Call};
use super::capture::{Capture, Datagram};
use super::replies::Replies;
use crate::bundle::Bundle;
use crate::sip::seen::{Says, Seen, seen};

const TICK_US: u64 = 20_000;
/// A caller whose BYE was not captured stays so long: the robot may have hung up first, and may take a moment more now.
const STAYS_US: u64 = 5_000_000;
/// The longest call that is replayed.
const LONGEST_US: u64 = 4 * 3600 * 1_000_000;

/// Why a capture has no call to replay.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PcapError {
    /// Nobody calls.
    #[error("expected an INVITE in a UDP datagram{}, found none among {datagrams} datagrams ({fragments} fragments and {cut} cut packets were passed over)", .caller.map_or(String::new(), |caller| format!(" from {caller}")))]
    NoCall {
        /// The caller that was looked for.
        caller: Option<IpAddr>,
        /// How many datagrams there are.
        datagrams: usize,
        /// Fragments.
        fragments: u64,
        /// Packets of which only a part was captured.
        cut: u64,
    },
    /// Nobody answers.
    #[error("expected a call with a media description that was accepted (200 with SDP), found {0} that were not")]
    NotAnswered(usize),
    /// Longer than any call.
    #[error("expected a call of at most 4 hours; cut it out of the capture")]
    TooLong,
}

/// A call as it was captured.
#[derive(Clone, Debug, PartialEq)]
pub struct Captured {
    /// The number that was called, as the INVITE has it.
    pub called: String,
    /// When it was answered, in microseconds since 1970.
    pub answered_us: u64,
    /// How long after that the caller is there.
    pub lasted_us: u64,
    session: Session,
    events: Vec<(u64, Happens)>,
}

/// What came from the caller.
#[derive(Clone, Debug, PartialEq)]
enum Happens {
    Media(Channel, SocketAddr, Vec<u8>),
    Sip(SipEvent),
}

/// A message of SIP at its time.
struct Told<'a> {
    datagram: &'a Datagram,
    seen: Seen,
}

/// The first call that was answered, or the first from this address.
///
/// # Errors
/// When there is none.
pub fn find(capture: &Capture, caller: Option<IpAddr>) -> Result<Captured, PcapError> {
    let told: Vec<Told<'_>> = capture.datagrams.iter().filter_map(tell).collect();
    let mut calls: BTreeMap<&str, Vec<&Told<'_>>> = BTreeMap::new();
    told.iter().for_each(|told| calls.entry(&told.seen.call_id).or_default().push(told));
    let from = |datagram: &Datagram| caller.is_none_or(|caller| datagram.from.ip() == caller);
    let begins = |told: &Told<'_>| matches!(told.seen.says, Says::Invite { .. }) && from(told.datagram);
    let mut invites: Vec<&[&Told<'_>]> =
        calls.values().filter_map(|call| Some(&call[call.iter().position(|told| begins(told))?..])).collect();
    invites.sort_by_key(|call| call[0].datagram.at_us);
    if invites.is_empty() {
        let (datagrams, fragments, cut) = (capture.datagrams.len(), capture.fragments, capture.cut);
        return Err(PcapError::NoCall { caller, datagrams, fragments, cut });
    }
    let found = invites.iter().find_map(|call| answered(capture, call));
    let found = found.ok_or(PcapError::NotAnswered(invites.len()))?;
    if found.lasted_us > LONGEST_US { Err(PcapError::TooLong) } else { Ok(found) }
}

/// SIP begins with a letter, RTP never does.
fn tell(datagram: &Datagram) -> Option<Told<'_>> {
    datagram.payload.first().filter(|first| first.is_ascii_uppercase())?;
    Some(Told { datagram, seen: seen(&datagram.payload, datagram.from)? })
}

/// The call of these messages, which begin with its INVITE.
fn answered(capture: &Capture, ours: &[&Told<'_>]) -> Option<Captured> {
    let invite = ours.first()?;
    let Says::Invite { called, offer: Some(offer) } = &invite.seen.says else { return None };
    let (caller, robot) = (invite.datagram.from, invite.datagram.to);
    let (accepted_us, answer) = ours.iter().find_map(|told| match &told.seen.says {
        Says::Accepted(answer) if told.datagram.from == robot => Some((told.datagram.at_us, answer)),
        Says::Accepted(_) | Says::Invite { .. } | Says::Ack | Says::Info(_) | Says::Bye => None,
    })?;
    let acked = ours.iter().find(|told| told.seen.says == Says::Ack && told.datagram.at_us >= accepted_us);
    let answered_us = acked.map_or(accepted_us, |ack| ack.datagram.at_us);
    let bye = ours.iter().find(|told| told.seen.says == Says::Bye && told.datagram.from == caller);
    let last = capture.datagrams.last().map_or(answered_us, |last| last.at_us.saturating_add(STAYS_US));
    let over_us = bye.map_or(last, |bye| bye.datagram.at_us).max(answered_us);
    let session = |offer: &Session| settled(offer, answer);
    let media = capture.datagrams.iter().filter_map(|datagram| Some((datagram.at_us, heard(datagram, answer, robot.ip())?)));
    let signals = ours.iter().filter(|told| told.datagram.from == caller).filter_map(|told| {
        let event = match &told.seen.says {
            Says::Info(key) => SipEvent::Info { leg: Leg::A, key: *key },
            Says::Invite { offer: Some(offer), .. } if told.datagram.at_us > answered_us => {
                SipEvent::Session { leg: Leg::A, session: session(offer) }
            }
            Says::Invite { .. } | Says::Accepted(_) | Says::Ack | Says::Bye => return None,
        };
        Some((told.datagram.at_us, Happens::Sip(event)))
    });
    let within = |(at_us, _): &(u64, Happens)| (accepted_us..=over_us).contains(at_us);
    let mut events: Vec<(u64, Happens)> = media.chain(signals).filter(within).collect();
    events.sort_by_key(|(at_us, _)| *at_us);
    events.iter_mut().for_each(|(at_us, _)| *at_us = at_us.saturating_sub(answered_us));
    let lasted_us = over_us - answered_us;
    Some(Captured { called: called.clone(), answered_us, lasted_us, session: session(offer), events })
}

/// What an offer and its answer settle: the caller's addresses, the robot's choice.
fn settled(offer: &Session, answer: &Session) -> Session {
    Session { codec: answer.codec, payload_type: answer.payload_type, telephone_event: answer.telephone_event, ..*offer }
}

/// Media on their way to the robot: to the port that it answered with, there or, behind a translation of addresses, where its SIP is.
fn heard(datagram: &Datagram, answer: &Session, robot: IpAddr) -> Option<Happens> {
    let rtp = answer.rtp?;
    let rtcp = answer.rtcp.unwrap_or(SocketAddr::new(rtp.ip(), rtp.port().saturating_add(1)));
    let to = |wanted: SocketAddr| datagram.to.port() == wanted.port() && [wanted.ip(), robot].contains(&datagram.to.ip());
    let channel = match (to(rtp), to(rtcp)) {
        (true, _) => Channel::Rtp,
        (false, true) => Channel::Rtcp,
        (false, false) => return None,
    };
    Some(Happens::Media(channel, datagram.from, datagram.payload.clone()))
}

/// What the caller of a capture comes to on a bundle, line by line as a log has it.
pub fn call(bundle: &Bundle, captured: &Captured, called: Option<&str>, replies: Replies) -> Vec<Line> {
    let answered_at_ms = i64::try_from(captured.answered_us / 1000).unwrap_or(i64::MAX);
    let mut call = Call::new(bundle, &audio::opening(called.unwrap_or(&captured.called), answered_at_ms), replies);
    call.handle(SipEvent::Answered { leg: Leg::A, session: captured.session });
    let mut events = captured.events.iter().peekable();
    for tick in 1..=captured.lasted_us.div_ceil(TICK_US) {
        while let Some((_, happens)) = events.next_if(|(at_us, _)| *at_us < tick * TICK_US) {
            match happens {
                Happens::Media(channel, from, bytes) => call.datagram(*channel, *from, bytes),
                Happens::Sip(event) => call.handle(event.clone()),
            }
        }
        call.step();
    }
    call.hang_up()
}
