//! A small caller on the robot's own SIP and media: dials, presses keys, and keeps what both sides heard. For trying a robot out, and for tests.
//!
//! It prints nothing: what happens comes out as [`Happened`].

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dauys_core::call::{HangUpCause, SipEvent};
use dauys_core::key::Key;
use dauys_core::media::{Clips, Command, FRAME, Leg, Port, PortConfig, SILENCE, Session};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use crate::config;
use crate::pacer::{Line, LineConfig, OpenError, Pacer, PacerConfig, Tap};
use crate::sip::{self, Dialog, Endpoint, LocalMedia};
use crate::speech::wav;

/// Ports of a caller's media; the robot's own are elsewhere.
const PORTS: std::ops::RangeInclusive<u16> = 30_000..=39_999;
/// A key is sent in 100 ms and 60 ms of silence; the next may follow then.
const KEY: Duration = Duration::from_millis(200);
/// Who calls, when nobody says otherwise.
const FROM: &str = "dauys-call";
/// A tap is read so often.
const TAP_EVERY: Duration = Duration::from_millis(20);

/// What the caller does, one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// Presses a key.
    Key(Key),
    /// Waits.
    Wait(Duration),
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Happened {
    /// The call was answered.
    Answered(Session),
    /// A key was pressed.
    Pressed(Key),
    /// The other side settled something new.
    Changed(Session),
    /// The call is over; `None`: we hung up.
    Over(Option<HangUpCause>),
}

/// The two sides of a call, as WAV files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// What the caller heard.
    pub heard: PathBuf,
    /// What the caller sent.
    pub said: PathBuf,
    /// Frames that were lost on the way to the files.
    pub lost: u64,
}

/// Why there was no call.
#[derive(Debug, Error)]
pub enum CallError {
    /// Who was to be called.
    #[error("expected a SIP URI such as sip:1414@127.0.0.1:5060, with the address or the name of a machine, not `{0}`")]
    Target(String),
    /// SIP.
    #[error(transparent)]
    Sip(#[from] sip::Error),
    /// Media threads.
    #[error("the media thread does not start: {0}")]
    Media(std::io::Error),
    /// Media ports.
    #[error(transparent)]
    Line(#[from] OpenError),
    /// A WAV file.
    #[error("cannot write {path}: {source}")]
    Write {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Calls `uri`, does what `script` says, and stays until the other side hangs up or `longest` has passed. Keys go as events where the other side takes them, as tones
/// where it does not or where `tones` wants them so.
///
/// # Errors
/// When the call does not come about, or cannot be saved.
pub async fn call(
    uri: &str,
    script: &[Press],
    longest: Duration,
    tones: bool,
    out: &Path,
    mut happened: impl FnMut(Happened),
) -> Result<Saved, CallError> {
    let ip = our_address(uri).await.ok_or_else(|| CallError::Target(uri.to_owned()))?;
    let (endpoint, _incoming) = Endpoint::bind(&config::Sip { listen: SocketAddr::new(ip, 0), ..config::Sip::default() }).await?;
    let pacer = Pacer::start(&PacerConfig { threads: 1, realtime: false }).map_err(CallError::Media)?;
    let port = Port::new(PortConfig::default(), Arc::new(Clips::default()));
    let mut line = pacer.open(LineConfig { ip, ports: PORTS, legs: vec![port], tap: true, ear: false })?;
    let ear = line.take_tap().map(listen);
    let rtp_port = line.local(Leg::A).map_or(0, |local| local.port());
    let mut outgoing = endpoint.invite(uri, FROM, LocalMedia { leg: Leg::A, rtp_port })?;
    let enough = enough(longest);
    tokio::pin!(enough);
    let (mut dialog, session) = tokio::select! {
        answered = outgoing.answered() => answered?,
        () = &mut enough => return Err(sip::Error::Cancelled.into()),
    };
    happened(Happened::Answered(session));
    let _ = line.command(Command::Session { leg: Leg::A, session: with_keys(session, tones) });
    let talk = talk(&mut line, &mut dialog, script, tones, &mut happened);
    let cause = tokio::select! {
        cause = talk => Some(cause),
        () = &mut enough => None,
    };
    if cause.is_none() {
        dialog.hang_up().await;
    }
    happened(Happened::Over(cause));
    drop(line);
    let sides = match ear {
        Some(ear) => ear.await.unwrap_or_default(),
        None => Sides::default(),
    };
    endpoint.close().await;
    sides.save(out)
}

/// The session that the port is given: one without events makes it send tones.
fn with_keys(session: Session, tones: bool) -> Session {
    Session { telephone_event: session.telephone_event.filter(|_| !tones), ..session }
}

/// Until a call has lasted long enough, or a person at the terminal says so.
async fn enough(longest: Duration) {
    tokio::select! {
        () = tokio::time::sleep(longest) => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// Presses the keys and hears the signalling until the other side hangs up.
async fn talk(line: &mut Line, dialog: &mut Dialog, script: &[Press], tones: bool, happened: &mut impl FnMut(Happened)) -> HangUpCause {
    let (press, mut pressed) = mpsc::channel(1);
    let mut fingers_of = JoinSet::new(); // dropped with the talk, whoever ends it
    fingers_of.spawn(fingers(script.to_vec(), press));
    loop {
        tokio::select! {
            event = dialog.next() => match event {
                Some(SipEvent::HungUp { cause, .. }) => break cause,
                Some(SipEvent::Answered { .. } | SipEvent::Info { .. }) => {}
                Some(SipEvent::Session { session, .. }) => {
                    happened(Happened::Changed(session));
                    let _ = line.command(Command::Session { leg: Leg::A, session: with_keys(session, tones) });
                }
                None => break HangUpCause::Lost,
            },
            Some(key) = pressed.recv() => {
                happened(Happened::Pressed(key));
                let _ = line.command(Command::SendKey { leg: Leg::A, key });
            }
            Some(_) = line.signal() => {}
        }
    }
}

async fn fingers(script: Vec<Press>, press: mpsc::Sender<Key>) {
    for next in script {
        match next {
            Press::Key(key) => {
                let _ = press.send(key).await;
                tokio::time::sleep(KEY).await;
            }
            Press::Wait(span) => tokio::time::sleep(span).await,
        }
    }
}

/// What a call sounded like, A-law.
#[derive(Debug, Default)]
struct Sides {
    heard: Vec<u8>,
    said: Vec<u8>,
    lost: u64,
}

fn listen(mut tap: Tap) -> JoinHandle<Sides> {
    tokio::spawn(async move {
        let mut sides = Sides::default();
        let mut every = tokio::time::interval(TAP_EVERY);
        while !tap.is_over() {
            every.tick().await;
            while let Some(frame) = tap.next_frame() {
                sides.heard.extend_from_slice(&frame.heard);
                sides.said.extend_from_slice(&frame.said.unwrap_or([SILENCE; FRAME]));
            }
        }
        sides.lost = tap.lost();
        sides
    })
}

impl Sides {
    fn save(self, out: &Path) -> Result<Saved, CallError> {
        let saved = Saved { heard: out.join("heard.wav"), said: out.join("said.wav"), lost: self.lost };
        for (path, samples) in [(&saved.heard, &self.heard), (&saved.said, &self.said)] {
            let write = |source| CallError::Write { path: path.clone(), source };
            std::fs::create_dir_all(out).map_err(write)?;
            std::fs::write(path, wav::write(samples)).map_err(write)?;
        }
        Ok(saved)
    }
}

/// Where we listen for the one in a SIP URI: our address on the way to it, or all of them when only a name is known. No packet is sent to it.
async fn our_address(uri: &str) -> Option<IpAddr> {
    let uri = uri.strip_prefix("sip:")?;
    let host = uri.rsplit_once('@').map_or(uri, |(_, host)| host).split([';', '?']).next()?;
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let numeric = host.parse().or_else(|_| bare.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 5060))).ok();
    let Some(target) = numeric else { return is_name(host).then(everywhere) };
    let any: IpAddr = if target.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(target).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// Both families, on a machine that has both.
fn everywhere() -> IpAddr {
    let both = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0));
    both.map_or(Ipv4Addr::UNSPECIFIED.into(), |_| Ipv6Addr::UNSPECIFIED.into())
}

fn is_name(host: &str) -> bool {
    let (name, port) = host.split_once(':').unwrap_or((host, "5060"));
    let label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    name.trim_end_matches('.').split('.').all(label) && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_caller_finds_its_own_address() {
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        for uri in ["sip:1414@127.0.0.1:5060", "sip:1414@127.0.0.1", "sip:127.0.0.1:5080", "sip:1414@127.0.0.1:5060;transport=udp"] {
            assert_eq!(our_address(uri).await, Some(local), "{uri}");
        }
        for uri in ["sip:1414@[::1]:5060", "sip:1414@[::1]", "sip:[::1]:5080;transport=udp"] {
            assert_eq!(our_address(uri).await, Some(Ipv6Addr::LOCALHOST.into()), "{uri}");
        }
        for uri in ["sip:1414@localhost", "sip:trunk.example.kz:5080"] {
            assert!(our_address(uri).await.is_some_and(|ip| ip.is_unspecified()), "{uri}");
        }
        for uri in ["", "1414", "sip:", "sip:1414@", "sip:1414@nowhere:x", "sip:1414@a..b", "sip:1414@[::1"] {
            assert_eq!(our_address(uri).await, None, "{uri}");
        }
    }
}
