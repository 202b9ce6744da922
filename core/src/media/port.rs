//! The port of one leg: everything that must happen within a frame.
//!
//! Datagrams and commands come in, `tick` is called every 20 ms; datagrams, signals and the tapped voice go out through an [`Outlet`]. It never waits, reads no clock and,
//! once made, allocates nothing, unless the codec is Opus.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rtp_types::RtpPacket;

use super::codec::{Decoder, Encoder, VOICE_MAX, g711};
use super::dtmf::{self, Event, Presses, Stroke, Turn};
use super::endpointer::Endpointer;
use super::jitter::Jitter;
use super::loudness;
use super::peer::Peer;
use super::player::{self, Player};
use super::progress::{self, Progress};
use super::protection::Protection;
use super::rtcp::{self, Compounded, Remote, Report, Schedule, Sent};
use super::rtp::{self, Arrival, Clock, Header, Reception};
use super::tape::{self, Tape};
use super::{
    Clips, Codec, Command, Direction, FRAME, Frame, KeyMethod, Leg, PayloadTypes, PlayEnd, PlayId, RecordEnd, SILENCE, Session, Signal,
    Taped, Uttered,
};
use crate::key::Key;
use crate::time::Tick;
use crate::utterance::{BargeIn, MessageId, Pieces};

/// The longest datagram that is taken; a longer one is no telephone's.
pub const DATAGRAM_MAX: usize = 1500;

/// Samples of the longest packet, and of the tick before it is full.
const PENDING_MAX: usize = 60 * 8 + FRAME;
/// Room for the longest packet of ours.
const PACKET_MAX: usize = 12 + PENDING_MAX;
/// Comfort noise (RFC 3389), a static payload type.
const COMFORT_NOISE: u8 = 13;
/// Samples of voice that may be decoded in a tick, twice what time brings, and after a while without any: a second. More cannot be played, and decoding it would take the media
/// thread's time from the other calls: sixteen packets of Opus of 120 ms take half a tick.
const VOICE_TICK: i32 = 2 * FRAME as i32;
const VOICE_BURST: i32 = 8000;

/// What a port is made with. What RFC 3550 wants random comes from outside, so that a replay has the same.
#[derive(Clone, Debug)]
pub struct PortConfig {
    /// The leg.
    pub leg: Leg,
    /// Our source.
    pub ssrc: u32,
    /// Our first sequence number.
    pub sequence: u16,
    /// Our first timestamp.
    pub timestamp: u32,
    /// Our canonical name (RFC 7022): 16 characters of ASCII.
    pub cname: [u8; 16],
    /// What scatters the RTCP interval.
    pub seed: u64,
    /// Silence on RTP and RTCP that is told as [`Signal::MediaTimeout`].
    pub media_timeout: Duration,
}

impl Default for PortConfig {
    fn default() -> Self {
        Self {
            leg: Leg::A,
            ssrc: 0x0141_4014,
            sequence: 0,
            timestamp: 0,
            cname: *b"dauys-dauys-dauy",
            seed: 1414,
            media_timeout: Duration::from_secs(30),
        }
    }
}

/// Which socket of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// The even one.
    Rtp,
    /// The odd one, above it.
    Rtcp,
}

/// Where a port's output goes. All calls return at once.
pub trait Outlet {
    /// A datagram for the peer.
    fn send(&mut self, to: SocketAddr, channel: Channel, bytes: &[u8]);
    /// A signal for the call.
    fn signal(&mut self, signal: Signal);
    /// The tap: what was heard and said in a tick, A-law, and whether it belongs to a message. `said` is `None` where a private value was being said: it leaves the port to the
    /// peer only.
    fn frame(&mut self, tick: Tick, heard: &Frame, said: Option<&Frame>, taped: Option<Taped>);
    /// A tick of what the caller says while somebody listens. Most have no recogniser.
    fn utter(&mut self, _: Uttered) {}
}

/// What a port has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// RTP packets of the peer.
    pub received: u64,
    /// RTP packets sent.
    pub sent: u64,
    /// Packets of the present source that never came.
    pub lost: u32,
    /// Packets that a later one overtook.
    pub reordered: u32,
    /// Packets that came twice.
    pub duplicate: u32,
    /// Voice packets that came after their time.
    pub late: u32,
    /// Voice packets that were more than time could play.
    pub excess: u32,
    /// Ticks in which voice was made up.
    pub concealed: u32,
    /// Interarrival jitter, in milliseconds (as fine as a tick).
    pub jitter_ms: u32,
    /// Our packets lost on the way, in 1/256, by the peer's last report.
    pub remote_fraction_lost: u8,
    /// Datagrams that are no RTP or RTCP, or whose payload is none.
    pub malformed: u32,
    /// RTP of a payload type that was not agreed, or before anything was.
    pub unexpected: u32,
    /// Valid packets from others than the peer.
    pub strangers: u32,
    /// Pieces that named no clip, or one that was not ready.
    pub clips_missing: u32,
    /// Keys that could not be sent.
    pub keys_unsent: u32,
}

impl Stats {
    /// The names of [`Self::values`], as metrics want them.
    pub const NAMES: [&'static str; 15] = [
        "received",
        "sent",
        "lost",
        "reordered",
        "duplicate",
        "late",
        "excess",
        "concealed",
        "jitter_ms",
        "remote_fraction_lost",
        "malformed",
        "unexpected",
        "strangers",
        "clips_missing",
        "keys_unsent",
    ];

    /// All of it as plain numbers, in the order of [`Self::NAMES`].
    pub fn values(&self) -> [u64; Self::NAMES.len()] {
        [
            self.received,
            self.sent,
            self.lost.into(),
            self.reordered.into(),
            self.duplicate.into(),
            self.late.into(),
            self.excess.into(),
            self.concealed.into(),
            self.jitter_ms.into(),
            self.remote_fraction_lost.into(),
            self.malformed.into(),
            self.unexpected.into(),
            self.strangers.into(),
            self.clips_missing.into(),
            self.keys_unsent.into(),
        ]
    }
}

/// The port of a leg.
#[derive(Debug)]
pub struct Port {
    leg: Leg,
    now: Tick,
    session: Option<Session>,
    peer: Option<Peer>,
    protection: Protection,
    timeout_ticks: u64,
    /// When the peer was last heard; `None` once its silence has been told.
    heard_at: Option<Tick>,
    hearing: Hearing,
    speaking: Speaking,
    player: Player,
    presses: Presses,
    endpointer: Endpointer,
    /// The message that is being recorded.
    tape: Option<Tape>,
    clips: Arc<Clips>,
    stats: Stats,
}

/// What comes in.
#[derive(Debug)]
struct Hearing {
    reception: Option<Reception>,
    decoder: Decoder,
    clock: Clock,
    /// The sequence number of the newest voice packet, and where its voice ends.
    newest: Option<(u16, u32)>,
    jitter: Jitter,
    /// Samples of voice that may be decoded now.
    credit: i32,
    excess: u32,
    keys: dtmf::Receiver,
    tones: dtmf::Detector,
    progress: Progress,
}

/// What goes out.
#[derive(Debug)]
struct Speaking {
    ssrc: u32,
    cname: [u8; 16],
    sequence: u16,
    encoder: Encoder,
    /// Units of our timestamps in a sample.
    units: u32,
    /// The timestamp of the tick at hand; it runs on whether anything is sent or not.
    timestamp: u32,
    /// Voice that does not fill a packet yet, and the timestamp it began at.
    pending: [u8; PENDING_MAX],
    pending_length: usize,
    pending_from: u32,
    /// The next voice packet begins a talkspurt: nothing was sent just before it (RFC 3551, section 4.1).
    talkspurt: bool,
    keys: dtmf::Sender,
    sent: Sent,
    /// Packets of the sources that we have been.
    sent_before: u64,
    reported: u32,
    schedule: Schedule,
    remote: Remote,
}

/// What a payload type was agreed to mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Payload {
    Voice,
    Event,
    ComfortNoise,
}

impl Port {
    /// A port that plays these clips. It is silent until its first [`Command::Session`].
    pub fn new(config: PortConfig, clips: Arc<Clips>) -> Self {
        g711::prepare();
        loudness::prepare();
        dtmf::prepare();
        progress::prepare();
        player::prepare();
        Self {
            leg: config.leg,
            now: Tick(0),
            session: None,
            peer: None,
            protection: Protection::Plain,
            timeout_ticks: Tick::covering(config.media_timeout),
            heard_at: None,
            hearing: Hearing::new(),
            speaking: Speaking::new(&config),
            player: Player::default(),
            presses: Presses::default(),
            endpointer: Endpointer::default(),
            tape: None,
            clips,
            stats: Stats::default(),
        }
    }

    /// The leg.
    pub fn leg(&self) -> Leg {
        self.leg
    }

    /// What it plays.
    pub fn clips(&self) -> &Clips {
        &self.clips
    }

    /// What has been seen so far.
    pub fn stats(&self) -> Stats {
        let reception = self.hearing.reception.as_ref();
        Stats {
            sent: self.speaking.sent_before + u64::from(self.speaking.sent.packets),
            lost: reception.map_or(0, Reception::lost),
            jitter_ms: reception.map_or(0, |reception| reception.jitter() / 8),
            late: self.hearing.jitter.late,
            excess: self.hearing.excess,
            concealed: self.hearing.jitter.concealed,
            remote_fraction_lost: self.speaking.remote.fraction_lost,
            clips_missing: self.player.clips_missing,
            ..self.stats
        }
    }

    /// Takes a datagram in, in order of arrival. A key is told here, and stops here what it may stop.
    pub fn handle_datagram(&mut self, channel: Channel, from: SocketAddr, bytes: &[u8], out: &mut impl Outlet) {
        let handled = match self.protection.unprotect(channel, bytes) {
            Some(bytes) if channel == Channel::Rtp => self.handle_rtp(from, bytes, out),
            Some(bytes) => self.handle_rtcp(from, bytes),
            None => None,
        };
        if handled.is_none() {
            self.stats.malformed = self.stats.malformed.saturating_add(1);
        }
    }

    /// Does what the call wants. A command for another leg is not this port's.
    pub fn handle_command(&mut self, command: &Command, out: &mut impl Outlet) {
        match command {
            Command::Session { leg, session } if *leg == self.leg => self.settle(session),
            Command::Play { leg, id, pieces, barge_in } if *leg == self.leg => self.play(*id, pieces, *barge_in, out),
            Command::Stop { leg, id } if *leg == self.leg => self.stop(*id, out),
            Command::Listen { leg, id } if *leg == self.leg => self.endpointer.listen(Some(*id)),
            Command::Deafen { leg } if *leg == self.leg => self.endpointer.listen(None),
            Command::Record { leg, message, silence_ms, max_ms } if *leg == self.leg => self.record(*message, *silence_ms, *max_ms, out),
            Command::StopRecord { leg, message } if *leg == self.leg => self.stop_record(*message, out),
            Command::Prosody { leg, prosody } if *leg == self.leg => self.player.prosody = *prosody,
            Command::OutOfBandKey { leg, key } if *leg == self.leg => self.press(*key, KeyMethod::Info, out),
            Command::SendKey { leg, key } if *leg == self.leg => self.send_key(*key),
            Command::Session { .. }
            | Command::Play { .. }
            | Command::Stop { .. }
            | Command::Listen { .. }
            | Command::Deafen { .. }
            | Command::Record { .. }
            | Command::StopRecord { .. }
            | Command::Prosody { .. }
            | Command::OutOfBandKey { .. }
            | Command::SendKey { .. } => {}
        }
    }

    /// One step of 20 ms.
    pub fn tick(&mut self, out: &mut impl Outlet) {
        self.now.0 += 1;
        let mut heard = [SILENCE; FRAME];
        let mut said = [SILENCE; FRAME];
        let made_up = self.hearing.take(&mut heard);
        let to = self.destination();
        let on_hold = self.session.is_some() && to.is_none();
        let finished = if on_hold {
            self.endpointer.hold(self.now, &mut |uttered| out.utter(uttered));
            self.player.wait() // on hold: what is heard now is music, and no key or tone of the caller's line is in it
        } else {
            self.listen(&heard, made_up, out);
            self.attend(&heard, out);
            self.player.fill(&self.clips, &mut said)
        };
        self.endpointer.said(&said);
        self.speak(&mut said, to, out);
        let taped = self.tape((!on_hold).then_some(&heard), out);
        out.frame(self.now, &heard, (!self.player.is_private).then_some(&said), taped);
        if let Some(id) = finished {
            self.ended(id, PlayEnd::Finished, out);
        }
        self.report(out);
        self.watch(out);
    }

    /// Hears keys and the tones of the line within the voice.
    fn listen(&mut self, heard: &Frame, made_up: bool, out: &mut impl Outlet) {
        let voice = heard.map(|sample| f32::from(g711::linear(sample)));
        match self.hearing.tones.hear(&voice, made_up) {
            Some(Stroke::Down(key)) => self.press(key, KeyMethod::Tone, out),
            Some(Stroke::Held(key)) => self.hold(key, KeyMethod::Tone, out),
            None => {}
        }
        if let Some(tone) = self.hearing.progress.hear(&voice, made_up) {
            out.signal(Signal::Tone { leg: self.leg, tick: self.now, tone });
        }
    }

    /// Hears whether the caller begins to speak: told once an utterance, and the Play that it may stop ends.
    fn attend(&mut self, heard: &Frame, out: &mut impl Outlet) {
        if let Some(listen) = self.endpointer.hear(self.now, heard, &mut |uttered| out.utter(uttered)) {
            out.signal(Signal::Speech { leg: self.leg, tick: self.now, listen });
            if let Some(id) = self.player.speech() {
                self.ended(id, PlayEnd::Speech, out);
            }
        }
    }

    fn settle(&mut self, session: &Session) {
        let session = Session { ptime_ms: session.codec.ptime_ms(session.ptime_ms), ..*session };
        if self.session.is_none_or(|before| before.codec != session.codec) {
            self.hearing.take_up(session.codec);
            self.speaking.take_up(session.codec);
        }
        self.peer = Some(Peer::new(&session, self.peer.as_ref(), self.now));
        self.heard_at = Some(self.now);
        self.speaking.pending_length = 0;
        self.session = Some(session);
    }

    fn play(&mut self, id: PlayId, pieces: &Pieces, barge_in: BargeIn, out: &mut impl Outlet) {
        if let Some(before) = self.player.play(id, pieces.clone(), barge_in) {
            self.ended(before, PlayEnd::Replaced, out);
        }
    }

    fn stop(&mut self, id: PlayId, out: &mut impl Outlet) {
        if self.player.stop(id) {
            self.ended(id, PlayEnd::Stopped, out);
        }
    }

    fn record(&mut self, message: MessageId, silence_ms: u32, max_ms: u32, out: &mut impl Outlet) {
        self.end_tape(RecordEnd::Stopped, out);
        let ticks = |ms: u32| Tick::covering(Duration::from_millis(ms.into()));
        self.tape = Some(Tape::new(message, ticks(silence_ms), ticks(max_ms)));
    }

    fn stop_record(&mut self, message: MessageId, out: &mut impl Outlet) {
        if self.tape.as_ref().is_some_and(|tape| tape.message() == message) {
            self.end_tape(RecordEnd::Stopped, out);
        }
    }

    /// A tick of the message that is being recorded: that it belongs to it.
    fn tape(&mut self, heard: Option<&Frame>, out: &mut impl Outlet) -> Option<Taped> {
        let tape = self.tape.as_mut()?;
        let told = tape.hear(heard);
        let taped = tape.taped();
        match told {
            tape::Told::Nothing => {}
            tape::Told::Spoke => out.signal(Signal::Spoke { leg: self.leg, tick: self.now, message: taped.message }),
            tape::Told::Over(why) => self.end_tape(why, out),
        }
        Some(taped)
    }

    fn end_tape(&mut self, why: RecordEnd, out: &mut impl Outlet) {
        if let Some(tape) = self.tape.take() {
            let Taped { message, enough } = tape.taped();
            out.signal(Signal::Recorded { leg: self.leg, tick: self.now, message, enough, why });
        }
    }

    fn send_key(&mut self, key: Key) {
        if !self.speaking.keys.push(key) {
            self.stats.keys_unsent = self.stats.keys_unsent.saturating_add(1);
        }
    }

    /// A key came: told once, and the Play that it may stop ends.
    fn press(&mut self, key: Key, by: KeyMethod, out: &mut impl Outlet) {
        self.endpointer.key(self.now, &mut |uttered| out.utter(uttered));
        if !self.presses.is_new(key, by, self.now) {
            return;
        }
        out.signal(Signal::Key { leg: self.leg, tick: self.now, key, by });
        if let Some(id) = self.player.key() {
            self.ended(id, PlayEnd::Key, out);
        }
        self.end_tape(RecordEnd::Key, out);
    }

    fn hold(&mut self, key: Key, by: KeyMethod, out: &mut impl Outlet) {
        self.endpointer.key(self.now, &mut |uttered| out.utter(uttered));
        self.presses.hold(key, by, self.now);
    }

    fn ended(&self, id: PlayId, why: PlayEnd, out: &mut impl Outlet) {
        out.signal(Signal::PlayEnded { leg: self.leg, tick: self.now, id, why });
    }

    /// `None`: it is no RTP.
    fn handle_rtp(&mut self, from: SocketAddr, bytes: &[u8], out: &mut impl Outlet) -> Option<()> {
        let packet = RtpPacket::parse(bytes).ok()?;
        let Some((peer, session)) = self.peer.as_mut().zip(self.session) else {
            self.stats.unexpected = self.stats.unexpected.saturating_add(1);
            return Some(());
        };
        let Some(payload) = meaning(&session, packet.payload_type()) else {
            self.stats.unexpected = self.stats.unexpected.saturating_add(1);
            return Some(());
        };
        if !peer.admits(from, packet.ssrc(), self.now) {
            self.stats.strangers = self.stats.strangers.saturating_add(1);
            return Some(());
        }
        self.heard_at = Some(self.now);
        let arrival = self.hearing.note(&packet, &payload);
        self.count(arrival);
        match arrival {
            Arrival::Newest | Arrival::Reordered => self.hear(&packet, &payload, arrival == Arrival::Newest, out),
            Arrival::Duplicate | Arrival::Leap => Some(()),
        }
    }

    fn count(&mut self, arrival: Arrival) {
        self.stats.received += 1;
        match arrival {
            Arrival::Reordered => self.stats.reordered = self.stats.reordered.saturating_add(1),
            Arrival::Duplicate => self.stats.duplicate = self.stats.duplicate.saturating_add(1),
            Arrival::Newest | Arrival::Leap => {}
        }
    }

    /// Takes in the payload of the peer's packet. `None`: the payload is none.
    fn hear(&mut self, packet: &RtpPacket<'_>, payload: &Payload, newest: bool, out: &mut impl Outlet) -> Option<()> {
        match payload {
            Payload::Voice => self.hearing.voice(packet, newest, self.now),
            Payload::ComfortNoise => {
                self.hearing.jitter.hush();
                Some(())
            }
            Payload::Event => {
                let event = Event::parse(packet.ssrc(), packet.sequence_number(), packet.timestamp(), packet.payload())?;
                self.hearing.jitter.hush();
                match self.hearing.keys.receive(event) {
                    Some(Stroke::Down(key)) => self.press(key, KeyMethod::Event, out),
                    Some(Stroke::Held(key)) => self.hold(key, KeyMethod::Event, out),
                    None => {}
                }
                Some(())
            }
        }
    }

    /// `None`: it is no RTCP.
    fn handle_rtcp(&mut self, from: SocketAddr, bytes: &[u8]) -> Option<()> {
        let admitted = self.peer.as_mut().is_some_and(|peer| peer.admits_rtcp(from));
        if !admitted {
            self.stats.strangers = self.stats.strangers.saturating_add(1);
            return Some(());
        }
        match self.speaking.remote.receive(bytes, self.speaking.ssrc, self.now) {
            Compounded::Malformed => return None,
            Compounded::Reports => {}
            Compounded::Bye => self.hearing.jitter.forget(),
        }
        self.heard_at = Some(self.now);
        Some(())
    }

    /// Where voice goes; `None` while we may not send, or know no address yet.
    fn destination(&self) -> Option<SocketAddr> {
        let may_send = self.session.is_some_and(|session| may_send(session.direction));
        self.peer.as_ref().and_then(Peer::rtp).filter(|_| may_send)
    }

    /// Sends what this tick is for: voice or a key, if we may send at all.
    fn speak(&mut self, said: &mut Frame, to: Option<SocketAddr>, out: &mut impl Outlet) {
        match (self.session, to) {
            (Some(session), Some(to)) => {
                let mut wire = Wire { protection: &mut self.protection, to, out };
                self.speaking.speak(&session, said, &mut wire);
            }
            _ => self.speaking.pause(),
        }
        self.speaking.timestamp = self.speaking.timestamp.wrapping_add(FRAME as u32 * self.speaking.units);
    }

    fn report(&mut self, out: &mut impl Outlet) {
        let Some(to) = self.peer.as_ref().and_then(Peer::rtcp) else { return };
        if !self.speaking.schedule.is_due(self.now) {
            return;
        }
        let mut buffer = [0; rtcp::COMPOUND_MAX];
        let units = self.hearing.clock.units();
        let length = self.speaking.report(self.hearing.reception.as_mut(), units, self.now, &mut buffer);
        let length = self.protection.protect(Channel::Rtcp, &mut buffer, length);
        out.send(to, Channel::Rtcp, &buffer[..length]);
    }

    /// Tells once of a peer that has fallen silent, unless it holds the call: then it may send music, and many send nothing (RFC 3264, section 8.4).
    fn watch(&mut self, out: &mut impl Outlet) {
        if self.session.is_none_or(|session| session.direction != Direction::SendRecv) {
            self.heard_at = self.heard_at.map(|_| self.now);
        }
        if self.heard_at.is_some_and(|heard| self.now.0 - heard.0 >= self.timeout_ticks) {
            self.heard_at = None;
            out.signal(Signal::MediaTimeout { leg: self.leg, tick: self.now });
        }
    }
}

impl Hearing {
    fn new() -> Self {
        Self {
            reception: None,
            decoder: Decoder::new(Codec::Pcma),
            clock: Clock::new(Codec::Pcma.units()),
            newest: None,
            jitter: Jitter::new(),
            credit: VOICE_BURST,
            excess: 0,
            keys: dtmf::Receiver::default(),
            tones: dtmf::Detector::new(),
            progress: Progress::new(),
        }
    }

    /// From now on the peer sends this. What it has sent is still heard, unless the clock is another.
    fn take_up(&mut self, codec: Codec) {
        self.decoder = Decoder::new(codec);
        self.newest = None;
        if self.clock.units() != codec.units() {
            self.clock = Clock::new(codec.units());
            self.jitter.forget();
            self.reception.iter_mut().for_each(Reception::retime);
        }
    }

    /// Takes note of a packet of the peer. Voice under another SSRC is another stream; keys under another are not, since some gateways give them a source of their own.
    fn note(&mut self, packet: &RtpPacket<'_>, payload: &Payload) -> Arrival {
        let (ssrc, sequence) = (packet.ssrc(), packet.sequence_number());
        if self.reception.is_some_and(|reception| reception.ssrc != ssrc) {
            if *payload == Payload::Event {
                return Arrival::Newest;
            }
            self.reception = None;
            self.jitter.forget();
        }
        self.reception.get_or_insert_with(|| Reception::new(ssrc, sequence)).note(sequence)
    }

    /// Takes up one tick of voice; says whether some of it was made up.
    fn take(&mut self, heard: &mut Frame) -> bool {
        self.credit = VOICE_BURST.min(self.credit + VOICE_TICK);
        self.jitter.take(heard)
    }

    /// Lays voice down to be played. `None`: no voice is in it, or more than a datagram of a telephone can hold.
    fn voice(&mut self, packet: &RtpPacket<'_>, newest: bool, now: Tick) -> Option<()> {
        if self.credit <= 0 {
            self.excess = self.excess.saturating_add(1);
            return Some(());
        }
        let at = self.clock.place(packet.timestamp());
        if newest {
            self.recover(packet, at);
        } else if !self.decoder.takes_overtaken() {
            return Some(());
        }
        let mut voice = [SILENCE; VOICE_MAX];
        let decoded = self.decoder.decode(packet.payload(), &mut voice);
        self.credit -= decoded.unwrap_or(FRAME) as i32;
        let length = decoded?;
        if let Some(reception) = self.reception.as_mut() {
            reception.time(now, at);
        }
        self.jitter.put(at, &voice[..length], newest);
        if newest {
            self.newest = Some((packet.sequence_number(), at.wrapping_add(length as u32)));
            if self.decoder.is_farewell(packet.payload()) {
                self.jitter.hush();
            }
        }
        Some(())
    }

    /// What was lost just before this packet, as far as the codec can tell from it.
    fn recover(&mut self, packet: &RtpPacket<'_>, at: u32) {
        let follows = |sequence: u16| sequence.wrapping_add(1) == packet.sequence_number();
        let Some((_, end)) = self.newest.filter(|(sequence, _)| !follows(*sequence)) else { return };
        let lost = usize::try_from(at.wrapping_sub(end) as i32).unwrap_or(0);
        let mut voice = [SILENCE; VOICE_MAX];
        if let Some(length) = self.decoder.recover(packet.payload(), lost, &mut voice) {
            self.credit -= length as i32;
            self.jitter.mend(end, &voice[..length]);
        }
    }
}

impl Speaking {
    fn new(config: &PortConfig) -> Self {
        Self {
            ssrc: config.ssrc,
            cname: config.cname,
            sequence: config.sequence,
            encoder: Encoder::new(Codec::Pcma),
            units: Codec::Pcma.units(),
            timestamp: config.timestamp,
            pending: [SILENCE; PENDING_MAX],
            pending_length: 0,
            pending_from: config.timestamp,
            talkspurt: true,
            keys: dtmf::Sender::default(),
            sent: Sent::default(),
            sent_before: 0,
            reported: 0,
            schedule: Schedule::new(config.seed),
            remote: Remote::default(),
        }
    }

    /// From now on we send this. A source has one clock only (RFC 7160, section 4.1), so with another clock we are another source.
    fn take_up(&mut self, codec: Codec) {
        self.encoder = Encoder::new(codec);
        if self.units != codec.units() {
            self.units = codec.units();
            self.ssrc = self.ssrc.wrapping_mul(0x9E37_79B1).wrapping_add(0x7F4A_7C15);
            self.sent_before += u64::from(self.sent.packets);
            (self.sent, self.reported) = (Sent::default(), 0);
        }
    }

    /// What is said becomes a key's tone where one is sent so.
    fn speak(&mut self, session: &Session, said: &mut Frame, wire: &mut Wire<'_, impl Outlet>) {
        match self.keys.turn(self.timestamp, session.telephone_event, self.units) {
            Turn::Event(payload_type, due) => {
                self.pause();
                self.send(due.marker, payload_type, due.timestamp, &due.payload, wire);
                return;
            }
            Turn::Voice => {}
            Turn::Tone(key, from) => dtmf::fill(key, from, said),
            Turn::Pause => said.fill(SILENCE),
        }
        self.voice(session, said, wire);
    }

    /// Nothing is said for now: what does not fill a packet is dropped, and the next voice begins a talkspurt.
    fn pause(&mut self) {
        self.pending_length = 0;
        self.talkspurt = true;
    }

    /// Gathers a tick of voice and sends the packets that it fills: two of 10 ms, or one of 30 ms in two ticks of three.
    fn voice(&mut self, session: &Session, said: &Frame, wire: &mut Wire<'_, impl Outlet>) {
        if self.pending_length == 0 {
            self.pending_from = self.timestamp;
        }
        self.pending[self.pending_length..self.pending_length + FRAME].copy_from_slice(said);
        self.pending_length += FRAME;
        let samples = usize::from(session.ptime_ms) * 8;
        while self.pending_length >= samples {
            self.packet(session, samples, wire);
        }
    }

    fn packet(&mut self, session: &Session, samples: usize, wire: &mut Wire<'_, impl Outlet>) {
        let mut payload = [0; PENDING_MAX];
        let length = self.encoder.encode(&self.pending[..samples], &mut payload);
        if length > 0 {
            let marker = std::mem::take(&mut self.talkspurt);
            self.send(marker, session.payload_type, self.pending_from, &payload[..length], wire);
        }
        self.pending.copy_within(samples..self.pending_length, 0);
        self.pending_length -= samples;
        self.pending_from = self.pending_from.wrapping_add(samples as u32 * self.units);
    }

    fn send(&mut self, marker: bool, payload_type: u8, timestamp: u32, payload: &[u8], wire: &mut Wire<'_, impl Outlet>) {
        let header = Header { marker, payload_type, sequence: self.sequence, timestamp, ssrc: self.ssrc };
        if wire.send(&header, payload) {
            self.sequence = self.sequence.wrapping_add(1);
            self.sent.packets = self.sent.packets.wrapping_add(1);
            self.sent.octets = self.sent.octets.wrapping_add(payload.len() as u32);
        }
    }

    /// A sender report when anything was sent since the last one, else a receiver report.
    fn report(&mut self, reception: Option<&mut Reception>, units: u32, now: Tick, buffer: &mut [u8; rtcp::COMPOUND_MAX]) -> usize {
        let sent = Sent { timestamp: self.timestamp, ..self.sent };
        let has_sent = std::mem::replace(&mut self.reported, sent.packets) != sent.packets;
        let report = Report { ssrc: self.ssrc, cname: &self.cname, sent: has_sent.then_some(sent), remote: &self.remote, now, units };
        report.write(reception, buffer)
    }
}

/// The way to the peer.
struct Wire<'a, O> {
    protection: &'a mut Protection,
    to: SocketAddr,
    out: &'a mut O,
}

impl<O: Outlet> Wire<'_, O> {
    fn send(&mut self, header: &Header, payload: &[u8]) -> bool {
        let mut buffer = [0; PACKET_MAX];
        let length = rtp::write(header, payload, &mut buffer);
        let length = self.protection.protect(Channel::Rtp, &mut buffer, length);
        if length > 0 {
            self.out.send(self.to, Channel::Rtp, &buffer[..length]);
        }
        length > 0
    }
}

fn meaning(session: &Session, payload_type: u8) -> Option<Payload> {
    let Session { payload_type: voice, telephone_event, .. } = *session;
    let agreed = [Some(PayloadTypes { voice, telephone_event }), session.offered];
    let meant = |types: PayloadTypes| match payload_type {
        number if number == types.voice => Some(Payload::Voice),
        number if types.telephone_event == Some(number) => Some(Payload::Event),
        _ => None,
    };
    let comfort = (payload_type == COMFORT_NOISE).then_some(Payload::ComfortNoise);
    agreed.into_iter().flatten().find_map(meant).or(comfort)
}

fn may_send(direction: Direction) -> bool {
    match direction {
        Direction::SendRecv | Direction::SendOnly => true,
        Direction::RecvOnly | Direction::Inactive => false,
    }
}
