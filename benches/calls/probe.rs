//! Callers with a stopwatch: a few calls whose RTP a thread of their own takes from the socket, packet by packet. What it finds is the robot's pacing, the network's and this
//! machine's way of waking a thread together: an upper bound of the first.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use dauys::sip::Dialog;
use dauys_core::media::{FRAME, SILENCE};
use miette::{IntoDiagnostic, Result, miette};
use tokio::time::timeout;

use crate::caller::{BYE_MAX, Callers, IP};

/// So many of them beside the calls of each load.
pub(crate) const PROBES: u16 = 10;
/// How long the thread waits before it looks whether it is to end.
const PATIENCE: Duration = Duration::from_millis(200);
/// The longest datagram that counts.
const DATAGRAM_MAX: usize = 1500;

/// A call of this kind that is up.
pub(crate) struct Probe {
    dialog: Dialog,
    stop: Arc<AtomicBool>,
    ear: JoinHandle<Vec<Gap>>,
}

/// Between two packets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gap {
    /// When the second came.
    pub(crate) at: Instant,
    /// How long after the first.
    pub(crate) length: Duration,
}

impl Probe {
    /// Calls the robot, and begins to listen.
    ///
    /// # Errors
    /// When it does not answer, or refuses.
    pub(crate) async fn dial(callers: &Callers, robot: SocketAddr) -> Result<Self> {
        let socket = UdpSocket::bind((IP, 0)).into_diagnostic()?;
        let rtp_port = socket.local_addr().into_diagnostic()?.port();
        let (dialog, session) = callers.invite(robot, rtp_port).await?;
        let peer = session.rtp.ok_or_else(|| miette!("the robot named no address for RTP"))?;
        socket.set_read_timeout(Some(PATIENCE)).into_diagnostic()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let ear = std::thread::spawn(move || listen(&socket, peer, &stopped));
        Ok(Self { dialog, stop, ear })
    }

    /// Hangs up; every gap since the answer.
    ///
    /// # Errors
    /// When nobody answers the BYE.
    pub(crate) async fn hang_up(mut self) -> Result<Vec<Gap>> {
        self.stop.store(true, Ordering::Relaxed);
        let gaps = tokio::task::spawn_blocking(|| self.ear.join()).await.into_diagnostic()?;
        timeout(BYE_MAX, self.dialog.hang_up()).await.map_err(|_| miette!("no answer to BYE in {BYE_MAX:?}"))?;
        gaps.map_err(|_| miette!("a probe's thread failed"))
    }
}

/// Answers each packet with one of silence, so that both directions are used.
fn listen(socket: &UdpSocket, peer: SocketAddr, stop: &AtomicBool) -> Vec<Gap> {
    let (mut gaps, mut last, mut sent) = (Vec::new(), None, 0u16);
    let mut datagram = [0; DATAGRAM_MAX];
    // The robot learns of us by the first packet.
    let _ = socket.send_to(&silence(sent), peer);
    while !stop.load(Ordering::Relaxed) {
        match socket.recv_from(&mut datagram) {
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
            Err(_) => break,
        }
        let at = Instant::now();
        gaps.extend(last.replace(at).map(|before| Gap { at, length: at - before }));
        sent = sent.wrapping_add(1);
        let _ = socket.send_to(&silence(sent), peer);
    }
    gaps
}

/// An RTP packet of 20 ms (RFC 3550, section 5.1), A-law.
fn silence(number: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 8];
    packet.extend(number.to_be_bytes());
    packet.extend((u32::from(number) * FRAME as u32).to_be_bytes());
    packet.extend(7u32.to_be_bytes());
    packet.extend([SILENCE; FRAME]);
    packet
}
