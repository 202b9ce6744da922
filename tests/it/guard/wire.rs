//! A socket to the robot, over UDP or TCP, that gives one response after another.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::edit::Place;

/// Longer than any answer takes.
const BOUND: Duration = Duration::from_secs(10);
/// For an answer that may not come: a flood is let go.
const SHORT: Duration = Duration::from_millis(50);

static LINES: AtomicUsize = AtomicUsize::new(0);

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    Udp,
    Tcp,
}

/// One socket.
pub(super) struct Line {
    socket: Socket,
    local: SocketAddr,
    /// No two have the same: a request that came before would be answered as it was then.
    number: usize,
}

enum Socket {
    Udp(UdpSocket),
    Tcp { stream: TcpStream, read: Vec<u8> },
}

impl Line {
    pub(super) fn new(robot: SocketAddr, wire: Wire) -> Self {
        match wire {
            Wire::Udp => Self::from(robot.ip(), robot),
            Wire::Tcp => {
                let stream = TcpStream::connect(robot).unwrap();
                stream.set_read_timeout(Some(BOUND)).unwrap();
                stream.set_nodelay(true).unwrap();
                let local = stream.local_addr().unwrap();
                Self { socket: Socket::Tcp { stream, read: Vec::new() }, local, number: LINES.fetch_add(1, Ordering::Relaxed) }
            }
        }
    }

    /// UDP from this address.
    pub(super) fn from(ip: IpAddr, robot: SocketAddr) -> Self {
        let socket = UdpSocket::bind((ip, 0)).unwrap();
        socket.set_read_timeout(Some(BOUND)).unwrap();
        socket.connect(robot).unwrap();
        let local = socket.local_addr().unwrap();
        Self { socket: Socket::Udp(socket), local, number: LINES.fetch_add(1, Ordering::Relaxed) }
    }

    pub(super) fn place(&self, id: &str) -> Place {
        let wire = match self.socket {
            Socket::Udp(_) => Wire::Udp,
            Socket::Tcp { .. } => Wire::Tcp,
        };
        Place { wire, sent_by: self.local.to_string(), port: self.local.port(), id: self.id(id) }
    }

    fn id(&self, id: &str) -> String {
        format!("{id}-{}", self.number)
    }

    /// The Call-ID of the message of this id.
    pub(super) fn call_id(&self, id: &str) -> String {
        format!("{}@test", self.id(id))
    }

    /// Sends; a peer that has closed is noticed by who reads.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        match &mut self.socket {
            Socket::Udp(socket) => drop(socket.send(bytes)),
            Socket::Tcp { stream, .. } => drop(stream.write_all(bytes)),
        }
    }

    /// The status of one datagram's answer; `None` when none comes soon.
    pub(super) fn asked(&self, bytes: &[u8]) -> Option<u16> {
        let Socket::Udp(socket) = &self.socket else { panic!("over UDP only") };
        socket.send(bytes).unwrap();
        socket.set_read_timeout(Some(SHORT)).unwrap();
        let mut buffer = [0; 4096];
        let length = socket.recv(&mut buffer).ok()?;
        status(&String::from_utf8_lossy(&buffer[..length]))
    }

    /// The next request of this method; what comes before is passed over.
    pub(super) fn request(&mut self, method: &str) -> Option<String> {
        let Socket::Tcp { stream, read } = &mut self.socket else { panic!("over TCP only") };
        std::iter::from_fn(|| next_message(stream, read)).find(|message| message.starts_with(&format!("{method} ")))
    }

    /// Closes the connection, and waits until the robot has, too.
    pub(super) fn close(&mut self) {
        let Socket::Tcp { stream, .. } = &mut self.socket else { panic!("over TCP only") };
        stream.shutdown(Shutdown::Write).unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
    }

    /// The next final response; `None` when the connection is closed, or nothing comes within the bound.
    pub(super) fn response(&mut self) -> Option<String> {
        let start = Instant::now();
        while start.elapsed() < BOUND {
            let text = match &mut self.socket {
                Socket::Udp(socket) => {
                    let mut buffer = [0; 65536];
                    let length = socket.recv(&mut buffer).ok()?;
                    String::from_utf8_lossy(&buffer[..length]).into_owned()
                }
                Socket::Tcp { stream, read } => next_message(stream, read)?,
            };
            if status(&text).is_some_and(|status| status >= 200) {
                return Some(text);
            }
        }
        None
    }

    pub(super) fn status(&mut self) -> Option<u16> {
        self.response().as_deref().and_then(status)
    }

    /// The next final response with this Call-ID.
    pub(super) fn response_of(&mut self, id: &str) -> Option<String> {
        let call_id = self.call_id(id);
        std::iter::from_fn(|| self.response()).find(|response| header(response, "Call-ID") == Some(&call_id))
    }

    pub(super) fn status_of(&mut self, id: &str) -> Option<u16> {
        self.response_of(id).as_deref().and_then(status)
    }

    /// The next bytes of a stream, whatever they are.
    pub(super) fn bytes(&mut self, length: usize) -> Vec<u8> {
        let Socket::Tcp { stream, read } = &mut self.socket else { panic!("over TCP only") };
        assert!(read.is_empty());
        let mut bytes = vec![0; length];
        stream.read_exact(&mut bytes).unwrap();
        bytes
    }
}

/// Cuts a response out of the stream. A connection reset is closed, too.
fn next_message(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<String> {
    loop {
        let text = String::from_utf8_lossy(read).into_owned();
        if let Some((head, rest)) = text.split_once("\r\n\r\n") {
            let length: usize = header(head, "Content-Length").unwrap().parse().unwrap();
            if rest.len() >= length {
                let end = head.len() + 4 + length;
                read.drain(..end);
                return Some(text[..end].to_owned());
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk) {
            Ok(0) => return None,
            Ok(length) => read.extend_from_slice(&chunk[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

pub(super) fn status(response: &str) -> Option<u16> {
    response.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
}

pub(super) fn header<'t>(message: &'t str, name: &str) -> Option<&'t str> {
    let mut lines = message.split("\r\n\r\n").next()?.lines();
    lines.find_map(|line| line.split_once(':').filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()))
}
