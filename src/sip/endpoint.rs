//! The robot's SIP address: binds it, screens what comes, and gives each request to the dialog or the answer that it is for.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dauys_core::media::Codec;
use rsipstack::dialog::DialogId;
use rsipstack::platform::CancellationToken;
use rsipstack::sip::{Header, HeadersExt, Method, Request, Transport, Uri, prelude::ToTypedHeader};
use rsipstack::transaction::endpoint::{EndpointInnerRef, EndpointOption};
use rsipstack::transaction::{EndpointBuilder, Transaction, TransactionReceiver};
use rsipstack::transport::udp::UdpConnection;
use rsipstack::transport::{SipAddr, SipConnection, TransportLayer};
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::DropGuard;

use super::address::{Address, Addresses};
use super::expected::Expected;
use super::identity::{self, Caller};
use super::inbound::{Incoming, Pending};
use super::message::{self, Rejection, SDP};
use super::outbound::{self, Outgoing};
use super::registration::{self, Accounts};
use super::registry::{Registry, Slot};
use super::resolver::Resolver;
use super::sdp::Remote;
use super::session_timer::{Agreed, Policy};
use super::transport::{Flows, Gate, Udp, sockets, transport};
use super::{Error, LocalMedia, body, dialog, replaces};
use crate::config::Sip;

/// Calls that wait to be answered; more get 503.
const INCOMING_MAX: usize = 64;

/// Where the robot speaks SIP.
#[derive(Debug)]
pub struct Endpoint {
    shared: Shared,
    local: SocketAddr,
    /// Stops the endpoint when it is let go, too.
    stop: DropGuard,
    tasks: [JoinHandle<()>; 4],
    registrations: JoinSet<()>,
    /// Ends the registrations.
    leave: CancellationToken,
}

impl Endpoint {
    /// Listens, answers what needs no call, and hands each call that passed to the receiver.
    ///
    /// # Errors
    /// [`Error::Bind`] when the address cannot be had, [`Error::Password`] when that of a registration cannot be read.
    pub async fn bind(config: &Sip) -> Result<(Self, mpsc::Receiver<Incoming>), Error> {
        let (udp, tcp) = sockets(config.listen).map_err(|source| Error::Bind { address: config.listen, source })?;
        let local = udp.local_addr().map_err(|source| Error::Bind { address: config.listen, source })?;
        let stop = CancellationToken::new();
        let config = Arc::new(config.clone());
        let addresses = Addresses::new(&config, local);
        let (expected, resolver) = (Expected::default(), Resolver::new(addresses));
        let accounts = Accounts::open(&config)?;
        let registry = Registry::default();
        let gate = Arc::new(Gate::new(config.clone(), expected.clone(), registry.clone()));
        let flows = Flows::new(gate.clone(), resolver.clone(), stop.clone());
        let udp = Udp::new(udp, gate, addresses.advertised(), stop.clone()).await?;
        let stack = stack(udp.connection(), &flows, &config, stop.clone(), resolver.clone());
        flows.attach(&stack.inner);
        let requests = stack.incoming_transactions()?;
        let (calls, incoming) = mpsc::channel(INCOMING_MAX);
        let shared = Shared::new(stack.inner.clone(), flows.clone(), config, addresses, registry, Outward { expected, resolver, accounts });
        let datagrams = tokio::spawn(udp.receive_all(stack.inner.clone(), stop.clone()));
        let connections = tokio::spawn(flows.accept_all(tcp));
        let route = tokio::spawn(route_all(shared.clone(), requests, calls, stop.clone()));
        let serve = tokio::spawn(async move { stack.serve().await });
        let (registrations, leave) = (JoinSet::new(), stop.child_token());
        let tasks = [datagrams, connections, route, serve];
        Ok((Self { shared, local, stop: stop.drop_guard(), tasks, registrations, leave }, incoming))
    }

    /// Registers wherever the configuration says, and stays registered until [`Endpoint::stop_accepting`] or [`Endpoint::close`].
    pub fn register(&mut self) {
        for enrolled in self.shared.outward.accounts.iter() {
            self.registrations.spawn(registration::keep(self.shared.clone(), enrolled.clone(), self.leave.clone()));
        }
    }

    /// Where it listens, the port filled in.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Calls `target`, a SIP URI, as `from`, the user part of our own; the media will be at `media`. The call goes on while the [`Outgoing`] is held.
    ///
    /// # Errors
    /// [`Error::Target`] when one of them cannot stand in a SIP URI.
    pub fn invite(&self, target: &str, from: &str, media: LocalMedia) -> Result<Outgoing, Error> {
        outbound::invite(self.shared.clone(), target, from, media)
    }

    /// From now on new calls get 503 with Retry-After, and so do OPTIONS, and registrations are taken back; calls that are up go on.
    pub fn stop_accepting(&self) {
        self.leave.cancel();
        self.shared.draining.store(true, Ordering::Release);
    }

    /// Calls that are up or being answered. A dialog leaves this count with its task, so there are no others.
    pub fn calls(&self) -> usize {
        self.shared.registry.calls()
    }

    /// Takes the registrations back, as far as the registrars answer soon, and falls silent; dialogs that are still up say no BYE.
    pub async fn close(mut self) {
        self.leave.cancel();
        while self.registrations.join_next().await.is_some() {}
        drop(self.stop);
        let [datagrams, connections, route, serve] = self.tasks;
        let _ = tokio::join!(datagrams, connections, route, serve);
    }
}

/// What the endpoint, its calls and its dialogs have in common.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) stack: EndpointInnerRef,
    pub(super) registry: Registry,
    pub(super) flows: Arc<Flows>,
    config: Arc<Sip>,
    addresses: Addresses,
    draining: Arc<AtomicBool>,
    sessions: Arc<AtomicU64>,
    pub(super) outward: Outward,
}

/// What our own requests need.
#[derive(Clone)]
pub(super) struct Outward {
    pub(super) expected: Expected,
    pub(super) resolver: Resolver,
    pub(super) accounts: Accounts,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("registry", &self.registry).finish_non_exhaustive()
    }
}

impl Shared {
    fn new(
        stack: EndpointInnerRef,
        flows: Arc<Flows>,
        config: Arc<Sip>,
        addresses: Addresses,
        registry: Registry,
        outward: Outward,
    ) -> Self {
        // SDP session ids must not repeat after a restart (RFC 8866, section 5.2): they count on from the time of the start.
        let start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let sessions = Arc::new(AtomicU64::new(start.as_secs() << 20));
        Self { stack, registry, flows, config, addresses, draining: Arc::default(), sessions, outward }
    }

    /// An SDP session id that this host has not used.
    pub(super) fn session_id(&self) -> u64 {
        self.sessions.fetch_add(1, Ordering::Relaxed)
    }

    /// What is offered and taken, the best first.
    pub(super) fn codecs(&self) -> &[Codec] {
        &self.config.codecs
    }

    /// Our address as this peer sees it.
    ///
    /// # Errors
    /// [`Error::Route`].
    pub(super) fn toward(&self, peer: IpAddr) -> Result<Address, Error> {
        let route = |source| Error::Route { peer, source };
        if !self.addresses.reaches(peer) {
            return Err(route(std::io::Error::other("`sip.listen` is of the other address family; \"[::]:5060\" is of both")));
        }
        self.addresses.toward(peer).map_err(route)
    }

    /// The same, with our media of the family that the offer is of (RFC 6157, section 3.1).
    fn toward_both(&self, signalling: IpAddr, offer: Option<&Remote>) -> Result<Address, Rejection> {
        let own = self.toward(signalling).map_err(|error| {
            tracing::warn!(%error, "call refused");
            Rejection::new(500)
        })?;
        let media = offer.and_then(Remote::media).filter(|ip| ip.is_ipv4() != own.rtp(0).is_ipv4());
        let Some(media) = media else { return Ok(own) };
        self.toward(media).map(|other| own.with_media_of(other)).map_err(|error| {
            tracing::info!(%error, "an offer of media that we cannot reach");
            Rejection::new(488)
        })
    }

    /// The way to a URI: its address, and over TCP a connection there.
    ///
    /// # Errors
    /// [`Error::Name`], and [`Error::Stack`] when nobody accepts the connection.
    pub(super) async fn way_to(&self, uri: &Uri) -> Result<SipAddr, Error> {
        let found = self.outward.resolver.find(&SipAddr::try_from(uri)?).await?;
        Ok(self.flows.locate(&Uri { host_with_port: found.addr, ..uri.clone() }).await?)
    }

    /// What we want of session timers.
    pub(super) fn timers(&self) -> Policy {
        Policy::new(&self.config)
    }

    fn draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    fn busy(&self) -> Rejection {
        Rejection::busy(self.config.retry_after_s)
    }

    /// Gives a request to who answers it, and waits for nobody: all other requests come by here, too.
    fn route(&self, tx: Transaction, calls: &mpsc::Sender<Incoming>) {
        // That of an INVITE is looked at behind its number; ACK and CANCEL may require nothing (RFC 3261, section 8.2.2.3).
        if !matches!(tx.original.method, Method::Invite | Method::Ack | Method::Cancel)
            && let Err(rejection) = message::check_required(&tx.original)
        {
            return message::reject(tx, rejection);
        }
        if message::has_to_tag(&tx.original) {
            return self.within_dialog(tx);
        }
        if self.registry.is_merged(&tx, self.stack.option.t1x64) {
            return message::reject(tx, Rejection::new(482));
        }
        match tx.original.method {
            Method::Invite => drop(tokio::spawn(self.clone().on_invite(tx, calls.clone()))),
            Method::Options => drop(tokio::spawn(self.clone().on_options(tx))),
            Method::Bye | Method::Info | Method::Update | Method::PRack => message::reject(tx, Rejection::new(481)),
            // The stack answers stray CANCELs and absorbs stray ACKs.
            Method::Ack | Method::Cancel => {}
            Method::Message | Method::Notify | Method::Publish | Method::Refer | Method::Register | Method::Subscribe => {
                message::reject(tx, Rejection::method());
            }
        }
    }

    fn within_dialog(&self, tx: Transaction) {
        let dialog = DialogId::try_from(&tx).ok().and_then(|id| self.registry.find(&id));
        let Some(dialog) = dialog else { return message::reject(tx, Rejection::new(481)) };
        match dialog.try_send(tx) {
            Ok(()) => {}
            Err(TrySendError::Full(tx)) => message::reject(tx, Rejection::with(500, message::retry_after(self.config.retry_after_s))),
            Err(TrySendError::Closed(tx)) => message::reject(tx, Rejection::new(481)),
        }
    }

    async fn on_options(self, mut tx: Transaction) {
        if self.draining() {
            return message::reject(tx, self.busy());
        }
        let headers = vec![message::allow(), Header::Accept(SDP.into()), message::supported()];
        message::respond(&mut tx, 200, headers, None).await;
    }

    async fn on_invite(self, mut tx: Transaction, calls: mpsc::Sender<Incoming>) {
        if let Err(error) = tx.send_trying().await {
            tracing::debug!(%error, "100 not sent");
        }
        let Some(signalling) = source(&tx) else { return message::reject(tx, Rejection::new(400)) };
        match self.screen(&tx.original, signalling, transport(&tx)) {
            Ok(Screened { called, caller, offer, own, slot, timer }) => {
                let pending = Pending { shared: self.clone(), invite: tx, offer, signalling, own, slot, timer };
                self.hand_over(Incoming::new(&called, caller, pending), &calls);
            }
            Err(rejection) => message::reject(tx, rejection),
        }
    }

    fn hand_over(&self, incoming: Incoming, calls: &mpsc::Sender<Incoming>) {
        if let Err(TrySendError::Full(incoming) | TrySendError::Closed(incoming)) = calls.try_send(incoming) {
            incoming.reject(503, Some(self.config.retry_after_s));
        }
    }

    /// Everything that can be said of an INVITE before a call exists, in the order of RFC 3261, section 8.2.
    fn screen(&self, invite: &Request, signalling: IpAddr, transport: Transport) -> Result<Screened, Rejection> {
        let called = identity::called(&self.config, &invite.uri).ok_or_else(|| Rejection::new(404))?;
        message::check_required(invite)?;
        replaces::check(invite, &self.registry)?;
        let offer = body::description(&invite.headers, &invite.body)?.map(|text| Remote::parse(text, self.codecs())).transpose()?;
        body::check_accepts_sdp(&invite.headers)?;
        let timer = Agreed::of_request(invite, self.timers())?;
        dialog::contact_uri(&invite.headers).ok_or_else(|| Rejection::new(400))?;
        let slot = self.registry.admit(self.config.calls_max.get() as usize).filter(|_| !self.draining()).ok_or_else(|| self.busy())?;
        let own = self.toward_both(signalling, offer.as_ref())?.over(transport);
        let caller = identity::caller(invite, self.config.trusts(signalling));
        Ok(Screened { called: called.as_str().to_owned(), caller, offer, own, slot, timer })
    }
}

/// What an INVITE that passed is about.
struct Screened {
    called: String,
    caller: Caller,
    offer: Option<Remote>,
    own: Address,
    slot: Slot,
    timer: Option<Agreed>,
}

fn stack(
    connection: UdpConnection,
    flows: &Arc<Flows>,
    config: &Sip,
    stop: CancellationToken,
    resolver: Resolver,
) -> rsipstack::transaction::Endpoint {
    let transport = TransportLayer::new_with_domain_resolver(stop.clone(), Box::new(resolver));
    transport.add_transport(SipConnection::Udp(connection));
    let t1 = Duration::from_millis(config.t1_ms);
    let option = EndpointOption { t1, t1x64: t1 * 64, callid_suffix: Some("dauys".to_owned()), ..EndpointOption::default() };
    let agent = concat!("dauys/", env!("CARGO_PKG_VERSION"));
    let mut builder = EndpointBuilder::new();
    builder.with_user_agent(agent).with_transport_layer(transport).with_cancel_token(stop).with_option(option);
    builder.with_target_locator(flows.locator()).build()
}

async fn route_all(shared: Shared, mut requests: TransactionReceiver, calls: mpsc::Sender<Incoming>, stop: CancellationToken) {
    let routing = async {
        while let Some(tx) = requests.recv().await {
            shared.route(tx, &calls);
        }
    };
    stop.run_until_cancelled(routing).await;
}

/// Who sent a request, as the socket saw it: a connection knows its peer, and over UDP the guard has seen to it that the topmost Via does.
fn source(tx: &Transaction) -> Option<IpAddr> {
    if let Some(address) = tx.connection.as_ref()?.get_remote_addr() {
        return address.get_socketaddr().ok().map(|address| address.ip());
    }
    let via = tx.original.top_via_header().ok()?.typed().ok()?;
    via.received().and_then(Result::ok).or_else(|| via.sent_by().host.clone().try_into().ok())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::num::NonZeroU32;

    use tokio::net::UdpSocket;

    use super::*;

    const EACH: usize = 500;

    /// What is kept of requests: running and finished transactions, those that wait for an ACK, timers, dialogs, calls.
    fn kept(shared: &Shared) -> [usize; 6] {
        let stats = shared.stack.get_stats();
        let (dialogs, calls) = (shared.registry.len(), shared.registry.calls());
        [stats.running_transactions, stats.finished_transactions, stats.waiting_ack, shared.stack.timers.len(), dialogs, calls]
    }

    /// Strays of every kind, refused calls without an ACK, and calls that are dropped: after 64*T1 nothing of them is left.
    #[tokio::test]
    async fn nothing_is_kept_of_requests_that_are_over() {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let (endpoint, mut incoming) =
            Endpoint::bind(&Sip { listen, t1_ms: 10, source_requests_per_s: NonZeroU32::MAX, ..Sip::default() }).await.unwrap();
        let socket = UdpSocket::bind(listen).await.unwrap();
        let port = socket.local_addr().unwrap().port();
        tokio::spawn(async move { while incoming.recv().await.is_some() {} });
        let kinds = [
            ("BYE", "1414", ";tag=no"),
            ("OPTIONS", "1414", ""),
            ("CANCEL", "1414", ""),
            ("ACK", "1414", ";tag=no"),
            ("INVITE", "1415", ""),
            ("INVITE", "1414", ""),
        ];
        let mut most = [0; 6];
        for number in 0..EACH {
            for (kind, (method, user, tag)) in kinds.iter().enumerate() {
                let text = format!(
                    "{method} sip:{user}@h SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{kind}-{number}\r\nFrom: <sip:b@h>;tag=b\r\n\
                     To: <sip:a@h>{tag}\r\nCall-ID: {kind}-{number}\r\nCSeq: 1 {method}\r\nContact: <sip:b@127.0.0.1:{port}>\r\nContent-Length: 0\r\n\r\n"
                );
                socket.send_to(text.as_bytes(), endpoint.local_addr()).await.unwrap();
            }
            tokio::task::yield_now().await;
            most = std::array::from_fn(|at| most[at].max(kept(&endpoint.shared)[at]));
        }
        assert!(most[0] > 0 && most[1] > 0 && most[3] > 0, "they were there: {most:?}");
        let gone = async {
            while kept(&endpoint.shared) != [0; 6] {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(30), gone).await.is_ok(), "left: {:?}, at most {most:?}", kept(&endpoint.shared));
    }
}
