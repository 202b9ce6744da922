//! The step between a packet and the wire. Plain RTP today; SRTP (RFC 3711) becomes another variant here and nothing else changes.

use super::port::Channel;

/// What is done to a packet on its way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Protection {
    /// Nothing: RTP/AVP.
    Plain,
}

impl Protection {
    /// The packet inside a datagram, `None` when it does not prove its sender.
    pub(super) fn unprotect<'a>(&mut self, _channel: Channel, datagram: &'a [u8]) -> Option<&'a [u8]> {
        match self {
            Self::Plain => Some(datagram),
        }
    }

    /// Makes a datagram of the packet in `buffer[..length]` and says its length.
    pub(super) fn protect(&mut self, _channel: Channel, _buffer: &mut [u8], length: usize) -> usize {
        match self {
            Self::Plain => length,
        }
    }
}
