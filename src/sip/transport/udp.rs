//! SIP over UDP. The stack sends by this socket and never reads from it.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rsipstack::platform::CancellationToken;
use rsipstack::platform::net::UdpSocket as StackSocket;
use rsipstack::sip::Transport;
use rsipstack::transaction::endpoint::EndpointInnerRef;
use rsipstack::transport::udp::UdpConnection;
use rsipstack::transport::{SipAddr, SipConnection};
use tokio::net::UdpSocket;

use super::{Gate, Gated, canonical};
use crate::sip::Error;
use crate::sip::guard::Wire;

type Pending<'f, T> = Pin<Box<dyn Future<Output = rsipstack::Result<T>> + Send + 'f>>;

/// No datagram is longer.
const DATAGRAM_MAX: usize = 65_536;
/// How long a socket rests that could not be read.
const PAUSE: Duration = Duration::from_millis(10);

/// The socket, and what the stack knows of it.
pub(in crate::sip) struct Udp {
    socket: Arc<UdpSocket>,
    gate: Arc<Gate>,
    connection: UdpConnection,
}

impl Udp {
    /// # Errors
    /// [`Error::Stack`].
    pub(in crate::sip) async fn new(
        socket: UdpSocket,
        gate: Arc<Gate>,
        advertised: Option<SocketAddr>,
        stop: CancellationToken,
    ) -> Result<Self, Error> {
        let socket = Arc::new(socket);
        let outlet = Arc::new(Outlet { socket: socket.clone() });
        let connection = UdpConnection::from_socket(outlet, advertised, Some(stop)).await?;
        Ok(Self { socket, gate, connection })
    }

    pub(in crate::sip) fn connection(&self) -> UdpConnection {
        self.connection.clone()
    }

    /// Reads until `stop`.
    pub(in crate::sip) async fn receive_all(self, stack: EndpointInnerRef, stop: CancellationToken) {
        stop.run_until_cancelled(self.receive(&stack)).await;
    }

    async fn receive(&self, stack: &EndpointInnerRef) {
        let mut buffer = vec![0; DATAGRAM_MAX];
        loop {
            match self.socket.recv_from(&mut buffer).await {
                Ok((length, from)) => self.on_datagram(stack, &buffer[..length], from).await,
                Err(error) => {
                    tracing::debug!(%error, "no datagram");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn on_datagram(&self, stack: &EndpointInnerRef, datagram: &[u8], sender: SocketAddr) {
        let from = canonical(sender);
        if !self.gate.admits(from.ip()) {
            return;
        }
        match self.gate.gate(datagram, from, Wire::Udp) {
            Gated::Pass(message) => {
                let source = SipAddr { r#type: Some(Transport::Udp), addr: from.into() };
                let received = stack.on_received_message(*message, SipConnection::Udp(self.connection.clone()), &source);
                if let Err(error) = received.await {
                    tracing::debug!(%from, %error, "message not taken by the stack");
                }
            }
            Gated::Answer(response, to) => drop(self.socket.send_to(&response, to).await),
            Gated::Drop => {}
        }
    }
}

/// What the stack may do with the socket. One for both families sends to IPv4 addresses as they are, on Linux.
struct Outlet {
    socket: Arc<UdpSocket>,
}

impl StackSocket for Outlet {
    fn recv_from<'s, 'b, 'f>(&'s self, _buffer: &'b mut [u8]) -> Pending<'f, (usize, SocketAddr)>
    where
        's: 'f,
        'b: 'f,
    {
        Box::pin(std::future::pending())
    }

    fn send_to<'s, 'b, 'f>(&'s self, datagram: &'b [u8], to: SocketAddr) -> Pending<'f, usize>
    where
        's: 'f,
        'b: 'f,
    {
        Box::pin(async move { Ok(self.socket.send_to(datagram, to).await?) })
    }

    fn local_addr(&self) -> rsipstack::Result<SocketAddr> {
        Ok(self.socket.local_addr()?)
    }
}
