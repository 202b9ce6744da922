//! SIP over TCP (RFC 3261, section 18): connections that peers open and those that we open, cut into messages by Content-Length.
//!
//! The stack knows a connection as a pair of queues. It never touches a stream, and never dials: what it wants to reach, [`Flows::locate`] has connected before it looks.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use rsipstack::platform::CancellationToken;
use rsipstack::sip::{SipMessage, Transport, Uri};
use rsipstack::transaction::endpoint::{EndpointInner, EndpointInnerRef, TargetLocator};
use rsipstack::transport::channel::ChannelConnection;
use rsipstack::transport::{SipAddr, SipConnection, TransportEvent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

use super::{Gate, Gated, canonical, count};
use crate::sip::guard::{self, Framing, Wire};
use crate::sip::resolver::Resolver;

/// Messages of the stack that wait for a connection.
const MESSAGES_MAX: usize = 64;
/// Answers of the guard that wait for it.
const ANSWERS_MAX: usize = 16;
/// Bytes that are read at once.
const CHUNK: usize = 4096;
/// From a message's first byte to its last.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(10);
/// For a message of ours to be taken by the kernel.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// For a connection of ours to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For a peer to read the answer to a message that broke the stream.
const LINGER: Duration = Duration::from_secs(1);
/// How long a listener rests that could not accept.
const PAUSE: Duration = Duration::from_millis(100);

/// All connections of an endpoint.
pub(in crate::sip) struct Flows {
    gate: Arc<Gate>,
    resolver: Resolver,
    stop: CancellationToken,
    /// Set once; weak, since the stack holds us.
    stack: OnceLock<Weak<EndpointInner>>,
    /// By the peer.
    live: Mutex<HashMap<SocketAddr, Live>>,
}

/// A connection that is up; whoever uses it has the same.
type Live = Arc<()>;

/// A call's hold on a connection that it may want again: it is not closed for being silent.
#[derive(Clone)]
pub(super) struct Use {
    pub(super) peer: SocketAddr,
    live: Live,
}

impl Flows {
    pub(in crate::sip) fn new(gate: Arc<Gate>, resolver: Resolver, stop: CancellationToken) -> Arc<Self> {
        Arc::new(Self { gate, resolver, stop, stack: OnceLock::new(), live: Mutex::default() })
    }

    /// From now on messages go to this stack.
    pub(in crate::sip) fn attach(&self, stack: &EndpointInnerRef) {
        self.stack.get_or_init(|| Arc::downgrade(stack));
    }

    /// What finds, or makes, the connection to a URI for the stack.
    pub(in crate::sip) fn locator(self: &Arc<Self>) -> Box<dyn TargetLocator> {
        Box::new(Locator(self.clone()))
    }

    /// Accepts until the endpoint stops.
    pub(in crate::sip) async fn accept_all(self: Arc<Self>, listener: TcpListener) {
        let accepting = async {
            loop {
                match listener.accept().await {
                    Ok((stream, peer)) => self.accept(stream, canonical(peer)).await,
                    Err(error) => {
                        tracing::warn!(%error, "no connection accepted");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        };
        self.stop.run_until_cancelled(accepting).await;
    }

    async fn accept(self: &Arc<Self>, stream: TcpStream, peer: SocketAddr) {
        if !self.gate.admits(peer.ip()) {
            return;
        }
        if !self.has_room(peer.ip()) {
            tracing::warn!(ip = %peer.ip(), "too many connections, one more closed");
            return count("connections");
        }
        self.start(stream, peer).await;
    }

    fn has_room(&self, ip: IpAddr) -> bool {
        let config = &self.gate.config;
        let live = self.live();
        let of_source = live.keys().filter(|peer| peer.ip() == ip).count();
        live.len() < config.tcp_connections_max.get() as usize && of_source < config.tcp_connections_per_source_max.get() as usize
    }

    /// Where the stack finds the way to a target: a connection that is up, or one made now. Each transaction asks for itself, so that a name may be waited for.
    ///
    /// # Errors
    /// When there is no address or no connection.
    pub(in crate::sip) async fn locate(self: &Arc<Self>, uri: &Uri) -> rsipstack::Result<SipAddr> {
        let target = self.resolver.find(&SipAddr::try_from(uri)?).await;
        let target = target.map_err(|error| rsipstack::Error::DnsResolutionError(error.to_string()))?;
        if target.r#type != Some(Transport::Tcp) {
            return Ok(target);
        }
        let peer = target.get_socketaddr()?;
        if !self.live().contains_key(&peer) {
            let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect(peer)).await.map_err(std::io::Error::from)??;
            self.start(stream, peer).await;
        }
        Ok(address(peer))
    }

    /// A hold on the connection to this peer.
    pub(super) fn in_use(&self, peer: SocketAddr) -> Option<Use> {
        self.live().get(&peer).map(|live| Use { peer, live: live.clone() })
    }

    /// Whether it is the one that is up: the peer may have made another from the same port.
    pub(super) fn is_up(&self, flow: &Use) -> bool {
        self.live().get(&flow.peer).is_some_and(|live| Arc::ptr_eq(live, &flow.live))
    }

    /// Makes a connection known to the stack and reads it in a task of its own.
    async fn start(self: &Arc<Self>, stream: TcpStream, peer: SocketAddr) {
        let Some(stack) = self.stack() else { return };
        // Small messages that wait for one another would be late.
        let _ = stream.set_nodelay(true);
        let (messages, from_stack) = mpsc::channel(MESSAGES_MAX);
        let room = messages.clone();
        let (alive, events) = mpsc::unbounded_channel();
        let over = self.stop.child_token();
        let connection = ChannelConnection::create_connection_bounded(events, messages, address(peer), Some(over.clone())).await;
        let Ok(connection) = connection else { return };
        self.live().insert(peer, Live::default());
        stack.transport_layer.add_connection(SipConnection::Channel(connection.clone()));
        let flow = Flow { flows: self.clone(), peer, connection, room, over };
        tokio::spawn(async move {
            flow.run(stream, from_stack).await;
            // The stack forgets a connection when its events have ended.
            drop(alive);
        });
    }

    fn stack(&self) -> Option<EndpointInnerRef> {
        self.stack.get()?.upgrade()
    }

    fn live(&self) -> MutexGuard<'_, HashMap<SocketAddr, Live>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn address(peer: SocketAddr) -> SipAddr {
    SipAddr { r#type: Some(Transport::Tcp), addr: peer.into() }
}

/// What the stack asks for the way.
struct Locator(Arc<Flows>);

impl TargetLocator for Locator {
    fn locate<'s, 'u, 'f>(&'s self, uri: &'u Uri) -> Pin<Box<dyn Future<Output = rsipstack::Result<SipAddr>> + Send + 'f>>
    where
        's: 'f,
        'u: 'f,
    {
        Box::pin(self.0.locate(uri))
    }
}

/// One connection.
struct Flow {
    flows: Arc<Flows>,
    peer: SocketAddr,
    connection: ChannelConnection,
    /// Where messages of the stack wait to be written.
    room: mpsc::Sender<TransportEvent>,
    over: CancellationToken,
}

/// Why reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The peer closed, or was silent or slow for too long.
    Gone,
    /// Nobody can say where the next message starts.
    Lost,
}

impl Drop for Flow {
    fn drop(&mut self) {
        self.over.cancel();
        self.flows.live().remove(&self.peer);
    }
}

impl Flow {
    async fn run(self, stream: TcpStream, messages: mpsc::Receiver<TransportEvent>) {
        let (mut reader, writer) = stream.into_split();
        let (answers, from_guard) = mpsc::channel(ANSWERS_MAX);
        let both = async {
            let (end, ()) = tokio::join!(self.read(&mut reader, answers), self.write(writer, messages, from_guard));
            if end == End::Lost {
                // A close with bytes unread would reset the connection, and the answer could be lost with it.
                let _ = timeout(LINGER, discard(&mut reader)).await;
            }
        };
        self.over.run_until_cancelled(both).await;
    }

    async fn read(&self, reader: &mut OwnedReadHalf, answers: mpsc::Sender<Vec<u8>>) -> End {
        let idle = Duration::from_secs(self.flows.gate.config.tcp_idle_s.get().into());
        let mut stream = Vec::new();
        let mut deadline = Instant::now() + idle;
        loop {
            // Who does not read the answers is not asked for more requests.
            let _ = self.room.reserve().await;
            let was_empty = stream.is_empty();
            match timeout_at(deadline, read_some(reader, &mut stream)).await {
                Ok(Ok(length)) if length > 0 => {}
                Err(_) if is_blank(&stream) && self.is_used() => deadline = Instant::now() + idle,
                Ok(Ok(_) | Err(_)) | Err(_) => return End::Gone,
            }
            let taken = stream.len();
            if self.take(&mut stream, &answers).await == Some(End::Lost) {
                return End::Lost;
            }
            if is_blank(&stream) {
                deadline = Instant::now() + idle;
            } else if was_empty || stream.len() < taken {
                deadline = Instant::now() + MESSAGE_TIMEOUT;
            }
        }
    }

    /// A call has come by it and goes on.
    fn is_used(&self) -> bool {
        self.flows.live().get(&self.peer).is_some_and(|live| Arc::strong_count(live) > 1)
    }

    /// Takes all that is whole out of the stream.
    async fn take(&self, stream: &mut Vec<u8>, answers: &mpsc::Sender<Vec<u8>>) -> Option<End> {
        loop {
            let length = match guard::frame(stream) {
                Framing::More => return None,
                // Half a ping is waited for: the other half may come alone.
                Framing::Blank(length) if length < 4 && length == stream.len() => return None,
                Framing::Blank(length) => {
                    if length >= 4 {
                        self.answer(answers, b"\r\n".to_vec()).await;
                    }
                    length
                }
                Framing::Whole(length) => {
                    self.on_message(&stream[..length], answers).await;
                    length
                }
                Framing::Lost(length) => {
                    self.on_lost(&stream[..length], answers).await;
                    return Some(End::Lost);
                }
            };
            stream.drain(..length);
        }
    }

    async fn on_message(&self, message: &[u8], answers: &mpsc::Sender<Vec<u8>>) {
        match self.flows.gate.gate(message, self.peer, Wire::Tcp) {
            Gated::Pass(message) => self.pass(*message).await,
            Gated::Answer(response, _) => self.answer(answers, response).await,
            Gated::Drop => {}
        }
    }

    /// What can be answered is; nothing of it goes to the stack.
    async fn on_lost(&self, head: &[u8], answers: &mpsc::Sender<Vec<u8>>) {
        if let Gated::Answer(response, _) = self.flows.gate.gate(head, self.peer, Wire::Tcp) {
            self.answer(answers, response).await;
        }
    }

    async fn pass(&self, message: SipMessage) {
        let Some(stack) = self.flows.stack() else { return };
        let from = address(self.peer);
        if let Err(error) = stack.on_received_message(message, SipConnection::Channel(self.connection.clone()), &from).await {
            tracing::debug!(peer = %self.peer, %error, "message not taken by the stack");
        }
    }

    async fn answer(&self, answers: &mpsc::Sender<Vec<u8>>, bytes: Vec<u8>) {
        let _ = answers.send(bytes).await;
    }

    /// Writes until reading has ended and the last answer is out.
    async fn write(&self, mut writer: OwnedWriteHalf, mut messages: mpsc::Receiver<TransportEvent>, mut answers: mpsc::Receiver<Vec<u8>>) {
        loop {
            let bytes = tokio::select! {
                biased;
                answer = answers.recv() => match answer {
                    Some(bytes) => bytes,
                    None => break,
                },
                Some(TransportEvent::Incoming(message, _, _)) = messages.recv() => bytes(message),
            };
            if !matches!(timeout(WRITE_TIMEOUT, writer.write_all(&bytes)).await, Ok(Ok(()))) {
                return self.over.cancel();
            }
        }
        let _ = writer.shutdown().await;
    }
}

/// No message has begun.
fn is_blank(stream: &[u8]) -> bool {
    stream.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
}

fn bytes(message: SipMessage) -> Vec<u8> {
    match message {
        SipMessage::Request(request) => request.to_bytes(),
        SipMessage::Response(response) => response.to_bytes(),
    }
}

async fn read_some(reader: &mut OwnedReadHalf, stream: &mut Vec<u8>) -> std::io::Result<usize> {
    stream.reserve(CHUNK);
    reader.take(CHUNK as u64).read_buf(stream).await
}

async fn discard(reader: &mut OwnedReadHalf) {
    let mut chunk = [0; CHUNK];
    while reader.read(&mut chunk).await.is_ok_and(|length| length > 0) {}
}
