//! The system calls that the standard library does not have. The only unsafe code of the house.

#![allow(unsafe_code, reason = "each call is wrapped here, with the reason why it is sound")]

use std::io;
use std::mem;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::Duration;

use dauys_core::media::DATAGRAM_MAX;

/// Datagrams taken with one call.
pub(super) const BATCH: usize = 8;

/// Time on CLOCK_MONOTONIC.
pub(super) fn now() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid timespec to write to, and CLOCK_MONOTONIC exists on every Linux, so the call cannot fail.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

/// Sleeps until `deadline` on CLOCK_MONOTONIC; a signal may wake it early.
pub(super) fn sleep_until(deadline: Duration) {
    let time = libc::timespec { tv_sec: deadline.as_secs() as libc::time_t, tv_nsec: deadline.subsec_nanos().into() };
    // SAFETY: `time` is a valid timespec to read from; with TIMER_ABSTIME the remainder may be null.
    unsafe { libc::clock_nanosleep(libc::CLOCK_MONOTONIC, libc::TIMER_ABSTIME, &raw const time, std::ptr::null_mut()) };
}

/// Asks for SCHED_FIFO for the calling thread.
pub(super) fn request_fifo(priority: i32) -> io::Result<()> {
    // SAFETY: all bytes zero are a valid sched_param.
    let mut param: libc::sched_param = unsafe { mem::zeroed() };
    param.sched_priority = priority;
    // SAFETY: `param` is valid to read from; pid 0 is the calling thread.
    match unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const param) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Raises the soft limit of open files to the hard one; the limit now.
pub(super) fn raise_open_files() -> io::Result<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is valid to write to.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: `limit` is valid to read from.
    match unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } {
        0 => Ok(limit.rlim_cur),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Room for one call of [`Batch::receive`], made once and used again and again.
pub(super) struct Batch {
    buffers: Box<[[u8; DATAGRAM_MAX]; BATCH]>,
    names: [libc::sockaddr_storage; BATCH],
    lengths: [usize; BATCH],
}

impl Batch {
    pub(super) fn new() -> Self {
        // SAFETY: all bytes zero are a valid sockaddr_storage.
        let name = unsafe { mem::zeroed::<libc::sockaddr_storage>() };
        Self { buffers: Box::new([[0; DATAGRAM_MAX]; BATCH]), names: [name; BATCH], lengths: [0; BATCH] }
    }

    /// Takes what lies ready, without waiting; says how many datagrams.
    pub(super) fn receive(&mut self, socket: &UdpSocket) -> usize {
        let mut slices = self.buffers.each_mut().map(|buffer| libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: DATAGRAM_MAX });
        // SAFETY: all bytes zero are a valid mmsghdr: null pointers with zero lengths.
        let mut headers: [libc::mmsghdr; BATCH] = unsafe { mem::zeroed() };
        for ((header, slice), name) in headers.iter_mut().zip(&mut slices).zip(&mut self.names) {
            header.msg_hdr.msg_iov = slice;
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_name = (name as *mut libc::sockaddr_storage).cast();
            header.msg_hdr.msg_namelen = mem::size_of::<libc::sockaddr_storage>() as libc::socklen_t;
        }
        // SAFETY: every header points to a name and a slice, and every slice to a buffer of the length it says; all of them outlive the call and are borrowed mutably here.
        let count = unsafe {
            libc::recvmmsg(socket.as_raw_fd(), headers.as_mut_ptr(), BATCH as u32, libc::MSG_DONTWAIT as _, std::ptr::null_mut())
        };
        for (length, header) in self.lengths.iter_mut().zip(&headers) {
            let whole = header.msg_hdr.msg_flags & libc::MSG_TRUNC == 0;
            *length = if whole { (header.msg_len as usize).min(DATAGRAM_MAX) } else { 0 };
        }
        usize::try_from(count).unwrap_or(0)
    }

    /// The datagram at a place below what [`Self::receive`] said; one that was too long is empty.
    pub(super) fn datagram(&self, at: usize) -> Option<(SocketAddr, &[u8])> {
        Some((address(self.names.get(at)?)?, self.buffers.get(at)?.get(..*self.lengths.get(at)?)?))
    }
}

fn address(name: &libc::sockaddr_storage) -> Option<SocketAddr> {
    let name: *const libc::sockaddr_storage = name;
    // SAFETY: a sockaddr_storage is large enough and aligned for either kind, and its family, which the kernel wrote, says which one it is.
    unsafe {
        match i32::from((*name).ss_family) {
            libc::AF_INET => {
                let v4 = &*name.cast::<libc::sockaddr_in>();
                Some(SocketAddr::from((Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr)), u16::from_be(v4.sin_port))))
            }
            libc::AF_INET6 => {
                let v6 = &*name.cast::<libc::sockaddr_in6>();
                // To a socket of both families an IPv4 peer comes as a mapped address; it is known by its own.
                let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr).to_canonical();
                Some(SocketAddr::new(ip, u16::from_be(v6.sin6_port)))
            }
            _ => None,
        }
    }
}
