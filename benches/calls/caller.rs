//! The callers: our own SIP and media, in this process. Each dials 1414, talks without a break unless it only listens, and presses `*` now and then, which keeps the robot talking.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::{Add, Sub};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use dauys::config::Sip;
use dauys::pacer::{Lateness, Line, LineConfig, Pacer, PacerConfig, Realtime};
use dauys::sip::{Dialog, Endpoint, LocalMedia};
use dauys_core::call::SipEvent;
use dauys_core::key::Key;
use dauys_core::media::{Clips, Command, Direction, Leg, Packed, PlayId, Port, PortConfig, Session};
use dauys_core::utterance::{BargeIn, ClipId, PIECES_MAX, Piece};
use miette::{IntoDiagnostic, Result, WrapErr, miette};
use tokio::time::{Interval, MissedTickBehavior, interval_at, timeout};

pub(crate) const IP: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// The callers' ports; the robot's lie above.
const PORTS: std::ops::RangeInclusive<u16> = 10_000..=19_999;
/// What the callers say, over and over: speech, 4.4 s.
const CLIP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/audio/ru/prompts/main/greeting.opus");
/// Who calls.
const FROM: &str = "+77010001414";
/// An INVITE without a final response has failed after 64*T1 (RFC 3261, section 17.1.1.2).
const ANSWER_MAX: Duration = Duration::from_secs(32);
/// A BYE that nobody answers is given up sooner than the stack would.
pub(crate) const BYE_MAX: Duration = Duration::from_secs(10);
/// Between two keys: a question has been asked, and the robot waits for an answer.
const KEY_EVERY: Duration = Duration::from_secs(5);

/// All callers.
pub(crate) struct Callers {
    endpoint: Endpoint,
    pacer: Pacer,
    clips: Arc<Clips>,
    dialled: AtomicU32,
}

/// A call that is up.
pub(crate) struct Call {
    dialog: Dialog,
    line: Line,
    setup: Duration,
    keys: Interval,
}

/// RTP that a caller has had from the robot.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Received {
    /// Packets that came.
    pub(crate) packets: u64,
    /// Packets whose sequence numbers never came.
    pub(crate) lost: u64,
}

impl Add for Received {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { packets: self.packets + other.packets, lost: self.lost + other.lost }
    }
}

impl Sub for Received {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self { packets: self.packets.saturating_sub(earlier.packets), lost: self.lost.saturating_sub(earlier.lost) }
    }
}

impl Callers {
    /// Callers that have not called yet.
    ///
    /// # Errors
    /// When there is no port, no thread or no clip for them.
    pub(crate) async fn new() -> Result<Self> {
        let config = Sip { listen: SocketAddr::new(IP, 0), ..Sip::default() };
        let (endpoint, _) = Endpoint::bind(&config).await.into_diagnostic()?;
        let pacer = Pacer::start(&PacerConfig { threads: 1, realtime: true }).into_diagnostic()?;
        let file = std::fs::read(Path::new(CLIP)).into_diagnostic().wrap_err(CLIP)?;
        let clips = Clips::new(vec![Packed::open(file.into()).into_diagnostic().wrap_err(CLIP)?.alaw().into_vec().into()]);
        Ok(Self { endpoint, pacer, clips: Arc::new(clips), dialled: AtomicU32::new(0) })
    }

    /// How late their media thread has been: a late caller makes a robot look late.
    pub(crate) fn lateness(&self) -> Lateness {
        self.pacer.lateness()
    }

    /// Which priority their media thread got.
    pub(crate) fn realtime(&self) -> &Realtime {
        self.pacer.realtime()
    }

    /// Calls the robot, and begins to talk, unless it is a call `one_way`.
    ///
    /// # Errors
    /// When it does not answer, or refuses.
    pub(crate) async fn dial(&self, robot: SocketAddr, one_way: bool) -> Result<Call> {
        let line = self.line()?;
        let rtp_port = line.local(Leg::A).ok_or_else(|| miette!("the line has no leg"))?.port();
        let began = Instant::now();
        let (dialog, session) = self.invite(robot, rtp_port).await?;
        let mut call = Call { dialog, line, setup: began.elapsed(), keys: key_times() };
        call.talk(session, one_way)?;
        Ok(call)
    }

    /// Calls the robot; the media are somebody else's.
    ///
    /// # Errors
    /// When it does not answer, or refuses.
    pub(crate) async fn invite(&self, robot: SocketAddr, rtp_port: u16) -> Result<(Dialog, Session)> {
        let mut outgoing =
            self.endpoint.invite(&format!("sip:1414@{robot}"), FROM, LocalMedia { leg: Leg::A, rtp_port }).into_diagnostic()?;
        let answered = timeout(ANSWER_MAX, outgoing.answered()).await.map_err(|_| miette!("no answer in {ANSWER_MAX:?}"))?;
        answered.into_diagnostic()
    }

    fn line(&self) -> Result<Line> {
        let ssrc = self.dialled.fetch_add(1, Ordering::Relaxed);
        let port = Port::new(PortConfig { ssrc, seed: ssrc.into(), ..PortConfig::default() }, self.clips.clone());
        self.pacer.open(LineConfig { ip: IP, ports: PORTS, legs: vec![port], tap: false, ear: false }).into_diagnostic()
    }
}

impl Call {
    /// From the INVITE to its 200, as the caller sees it.
    pub(crate) fn setup(&self) -> Duration {
        self.setup
    }

    /// What has been heard, at most a second ago.
    pub(crate) fn received(&self) -> Received {
        let count = |wanted| self.line.counters(Leg::A).find_map(|(name, count)| (name == wanted).then_some(count)).unwrap_or_default();
        Received { packets: count("received"), lost: count("lost") }
    }

    /// Goes on until then.
    ///
    /// # Errors
    /// When the robot hangs up.
    pub(crate) async fn until(&mut self, then: impl Future<Output = ()>) -> Result<()> {
        let mut then = pin!(then);
        loop {
            tokio::select! {
                () = &mut then => return Ok(()),
                event = self.dialog.next() => match event {
                    Some(SipEvent::Answered { .. } | SipEvent::Session { .. } | SipEvent::Info { .. }) => {}
                    Some(SipEvent::HungUp { cause, .. }) => return Err(miette!("the robot hung up: {cause:?}")),
                    None => return Err(miette!("the dialog ended")),
                },
                _ = self.keys.tick() => self.line.command(Command::SendKey { leg: Leg::A, key: Key::STAR }).into_diagnostic()?,
            }
        }
    }

    /// Hangs up, and waits for the answer to the BYE.
    ///
    /// # Errors
    /// When none comes.
    pub(crate) async fn hang_up(mut self) -> Result<()> {
        timeout(BYE_MAX, self.dialog.hang_up()).await.map_err(|_| miette!("no answer to BYE in {BYE_MAX:?}"))
    }

    fn talk(&mut self, session: Session, one_way: bool) -> Result<()> {
        let direction = if one_way { Direction::RecvOnly } else { session.direction };
        self.line.command(Command::Session { leg: Leg::A, session: Session { direction, ..session } }).into_diagnostic()?;
        let pieces = std::iter::repeat_n(Piece::Clip(ClipId(0)), PIECES_MAX).collect();
        self.line.command(Command::Play { leg: Leg::A, id: PlayId(0), pieces, barge_in: BargeIn::Off }).into_diagnostic()
    }
}

fn key_times() -> Interval {
    let mut times = interval_at(tokio::time::Instant::now() + KEY_EVERY, KEY_EVERY);
    times.set_missed_tick_behavior(MissedTickBehavior::Delay);
    times
}
