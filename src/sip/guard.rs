//! What stands between the network and the stack: datagrams of strangers end here unanswered, methods that the stack cannot name get their 501, and a missing Content-Length is filled in.
//!
//! It never parses more than that takes, and never keeps state about a sender.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use rsipstack::platform::net::UdpSocket as StackSocket;
use rsipstack::sip::Method;

use super::address::Socket;
use super::expected::Expected;
use super::message::ALLOW;
use crate::config::Sip;

type Pending<'f, T> = Pin<Box<dyn Future<Output = rsipstack::Result<T>> + Send + 'f>>;

/// The socket as the stack sees it.
pub(super) struct Guard {
    socket: Socket,
    config: Arc<Sip>,
    expected: Expected,
}

impl Guard {
    pub(super) fn new(socket: Socket, config: Arc<Sip>, expected: Expected) -> Self {
        Self { socket, config, expected }
    }

    /// The next datagram for the stack.
    async fn admitted(&self, buffer: &mut [u8]) -> rsipstack::Result<(usize, SocketAddr)> {
        loop {
            let (length, from) = self.socket.recv_from(buffer).await?;
            if !self.config.admits(from.ip()) && !self.expected.admits(from.ip()) {
                tracing::debug!(%from, "datagram from outside the allow-list dropped");
                continue;
            }
            match buffer.get(..length).and_then(not_implemented) {
                Some(response) => drop(self.socket.send_to(response.as_bytes(), from).await),
                None => return Ok((framed(buffer, length), from)),
            }
        }
    }
}

impl StackSocket for Guard {
    fn recv_from<'s, 'b, 'f>(&'s self, buffer: &'b mut [u8]) -> Pending<'f, (usize, SocketAddr)>
    where
        's: 'f,
        'b: 'f,
    {
        Box::pin(self.admitted(buffer))
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

/// A stateless 501 for a request whose method is a token that the stack does not know; the stack itself would drop it unanswered.
fn not_implemented(datagram: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(datagram).ok()?;
    let (start, rest) = text.split_once("\r\n")?;
    let (method, uri_and_version) = start.split_once(' ')?;
    let token = |c: char| c.is_ascii_alphanumeric() || "-.!%*_+`'~".contains(c);
    if !uri_and_version.ends_with(" SIP/2.0") || !method.chars().all(token) || method.parse::<Method>().is_ok() {
        return None;
    }
    let headers = rest.split("\r\n\r\n").next()?;
    let copied: Vec<String> = headers.split("\r\n").filter_map(response_header).collect();
    Some(format!("SIP/2.0 501 Not Implemented\r\n{}\r\nAllow: {ALLOW}\r\nContent-Length: 0\r\n\r\n", copied.join("\r\n")))
}

/// Without Content-Length the body of a datagram reaches to its end (RFC 3261, section 18.3), but the stack would drop it: writes the header in behind the start line, and gives the new length.
fn framed(buffer: &mut [u8], length: usize) -> usize {
    let Some(line) = buffer.get(..length).and_then(missing_length) else { return length };
    let start = buffer.windows(2).position(|two| two == b"\r\n").map_or(length, |at| at + 2);
    let end = length + line.len();
    if end > buffer.len() {
        return length;
    }
    buffer.copy_within(start..length, start + line.len());
    if let Some(gap) = buffer.get_mut(start..start + line.len()) {
        gap.copy_from_slice(line.as_bytes());
    }
    end
}

/// The Content-Length line that a message with a body lacks.
fn missing_length(datagram: &[u8]) -> Option<String> {
    let headers = datagram.windows(4).position(|four| four == b"\r\n\r\n")?;
    let body = datagram.len() - headers - 4;
    let said = datagram.get(..headers)?.split(|byte| *byte == b'\n').any(|line| {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default().trim_ascii();
        name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"l")
    });
    (body > 0 && !said).then(|| format!("Content-Length: {body}\r\n"))
}

/// The headers that a response repeats (RFC 3261, section 8.2.6.2); ours is the tag.
fn response_header(line: &str) -> Option<String> {
    let name = line.split(':').next()?.trim().to_ascii_lowercase();
    match name.as_str() {
        "to" | "t" if !line.contains(";tag=") => Some(format!("{line};tag=none")),
        "via" | "v" | "from" | "f" | "to" | "t" | "call-id" | "i" | "cseq" => Some(line.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_without_a_length_gets_one() {
        let cases = [
            ("A sip:b SIP/2.0\r\nTo: x\r\n\r\nbody", "A sip:b SIP/2.0\r\nContent-Length: 4\r\nTo: x\r\n\r\nbody"),
            ("A sip:b SIP/2.0\r\nl: 2\r\n\r\nbody", "A sip:b SIP/2.0\r\nl: 2\r\n\r\nbody"),
            ("A sip:b SIP/2.0\r\ncontent-length : 4\r\n\r\nbody", "A sip:b SIP/2.0\r\ncontent-length : 4\r\n\r\nbody"),
            ("A sip:b SIP/2.0\r\nTo: x\r\n\r\n", "A sip:b SIP/2.0\r\nTo: x\r\n\r\n"),
            ("\r\n\r\nbody", "\r\nContent-Length: 4\r\n\r\nbody"),
            ("\r\n", "\r\n"),
            ("", ""),
        ];
        for (datagram, expected) in cases {
            let mut buffer = [0; 128];
            buffer[..datagram.len()].copy_from_slice(datagram.as_bytes());
            let length = framed(&mut buffer, datagram.len());
            assert_eq!(std::str::from_utf8(&buffer[..length]), Ok(expected), "{datagram:?}");
        }
        let mut full = *b"A b SIP/2.0\r\n\r\nbody";
        assert_eq!(framed(&mut full, 19), 19, "no room: left as it is");
    }

    #[test]
    fn only_a_request_of_an_unknown_method_gets_a_501_here() {
        let rest = "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nTo: <sip:a@h>\r\nf: <sip:b@h>;tag=b\r\nCall-ID: c\r\nCSeq: 1 DANCE\r\nSubject: private\r\n\r\nbody";
        let expected = format!(
            "SIP/2.0 501 Not Implemented\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nTo: <sip:a@h>;tag=none\r\nf: <sip:b@h>;tag=b\r\nCall-ID: c\r\nCSeq: 1 DANCE\r\nAllow: {ALLOW}\r\nContent-Length: 0\r\n\r\n"
        );
        assert_eq!(not_implemented(format!("DANCE sip:1414@h SIP/2.0\r\n{rest}").as_bytes()), Some(expected));
        for start in [
            "INVITE sip:1414@h SIP/2.0",
            "SIP/2.0 200 OK",
            "DANCE sip:1414@h SIP/7.0",
            "DA{CE sip:1414@h SIP/2.0",
            "GET / HTTP/1.1",
            "DANCE",
            "",
        ] {
            assert_eq!(not_implemented(format!("{start}\r\n{rest}").as_bytes()), None, "{start}");
        }
        assert_eq!(not_implemented(&[0xff, 0xfe]), None);
    }
}
