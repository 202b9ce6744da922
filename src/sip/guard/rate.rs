//! How many requests a source may send: a bucket of tokens for each IPv4 /24 and IPv6 /64, so that a flood from one does not harm the calls of another.
//!
//! Time is an argument. The table is bounded; when it is full, the source that was silent longest is forgotten.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Instant;

/// Sources that are remembered.
const SOURCES_MAX: usize = 4096;
/// Requests within dialogs cost less: a call that is up has its rights.
const WITHIN: f64 = 10.0;

/// What kind of request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sip) enum Class {
    /// Of no dialog that there is, or broken.
    Outside,
    /// Of a dialog of ours.
    Within,
}

/// What a request may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sip) enum Grant {
    /// To be handled.
    Serve,
    /// A 503.
    Refuse,
    /// Nothing.
    Ignore,
}

/// The buckets.
#[derive(Debug)]
pub(in crate::sip) struct Rates {
    per_second: f64,
    sources: HashMap<Source, Buckets>,
}

/// The networks that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Source {
    V4([u8; 3]),
    V6([u16; 4]),
}

impl From<IpAddr> for Source {
    fn from(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => {
                let [a, b, c, _] = ip.octets();
                Self::V4([a, b, c])
            }
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}

#[derive(Debug)]
struct Buckets {
    seen: Instant,
    /// From two seconds' worth down to minus one second's: below zero a request is refused, at the bottom ignored.
    outside: f64,
    within: f64,
}

impl Rates {
    pub(in crate::sip) fn new(per_second: u32) -> Self {
        Self { per_second: f64::from(per_second), sources: HashMap::new() }
    }

    /// Takes a token.
    pub(in crate::sip) fn take(&mut self, ip: IpAddr, class: Class, now: Instant) -> Grant {
        let source = Source::from(ip);
        if self.sources.len() >= SOURCES_MAX && !self.sources.contains_key(&source) {
            self.forget_oldest();
        }
        let rate = self.per_second;
        let buckets = self.sources.entry(source).or_insert(Buckets { seen: now, outside: 2.0 * rate, within: 2.0 * rate * WITHIN });
        buckets.fill(rate, now);
        let (bucket, rate) = match class {
            Class::Outside => (&mut buckets.outside, rate),
            Class::Within => (&mut buckets.within, rate * WITHIN),
        };
        if *bucket <= -rate {
            return Grant::Ignore;
        }
        *bucket -= 1.0;
        if *bucket >= 0.0 { Grant::Serve } else { Grant::Refuse }
    }

    fn forget_oldest(&mut self) {
        let oldest = self.sources.iter().min_by_key(|(_, buckets)| buckets.seen).map(|(source, _)| *source);
        oldest.and_then(|source| self.sources.remove(&source));
    }
}

impl Buckets {
    fn fill(&mut self, rate: f64, now: Instant) {
        let seconds = now.saturating_duration_since(self.seen).as_secs_f64();
        self.seen = now;
        self.outside = (self.outside + seconds * rate).min(2.0 * rate);
        self.within = (self.within + seconds * rate * WITHIN).min(2.0 * rate * WITHIN);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};
    use std::time::Duration;

    use super::*;

    fn taken(rates: &mut Rates, ip: IpAddr, class: Class, now: Instant, grant: Grant) -> usize {
        (0..).take_while(|_| rates.take(ip, class, now) == grant).count()
    }

    #[test]
    fn a_flood_is_refused_then_ignored_and_harms_nobody_else() {
        let (mut rates, now) = (Rates::new(10), Instant::now());
        let [flood, beside, other] = [[10, 0, 0, 1], [10, 0, 0, 2], [10, 0, 1, 1]].map(|ip| IpAddr::from(Ipv4Addr::from(ip)));
        assert_eq!(taken(&mut rates, flood, Class::Outside, now, Grant::Serve), 20);
        assert_eq!(taken(&mut rates, flood, Class::Outside, now, Grant::Refuse), 9, "ten with the one that ended the row before");
        assert_eq!(rates.take(beside, Class::Outside, now), Grant::Ignore, "the same /24");
        assert_eq!(rates.take(flood, Class::Within, now), Grant::Serve, "calls that are up");
        assert_eq!(rates.take(other, Class::Outside, now), Grant::Serve);
        let later = now + Duration::from_millis(1500);
        assert_eq!(taken(&mut rates, flood, Class::Outside, later, Grant::Serve), 5, "fifteen since, ten of them owed");
        let mapped = IpAddr::from(Ipv4Addr::new(10, 0, 1, 7).to_ipv6_mapped());
        assert_eq!(taken(&mut rates, mapped, Class::Outside, now, Grant::Serve), 19, "a mapped address is its IPv4 address");
    }

    #[test]
    fn the_table_forgets_the_source_that_was_silent_longest() {
        let (mut rates, start) = (Rates::new(1), Instant::now());
        let ip = |n: u32| IpAddr::from(Ipv6Addr::from(u128::from(n) << 64));
        for n in 0..SOURCES_MAX as u32 {
            rates.take(ip(n), Class::Outside, start + Duration::from_millis(n.into()));
        }
        rates.take(ip(0), Class::Outside, start + Duration::from_secs(60));
        rates.take(ip(999_999), Class::Outside, start + Duration::from_secs(61));
        assert_eq!(rates.sources.len(), SOURCES_MAX);
        assert!(rates.sources.contains_key(&ip(0).into()) && !rates.sources.contains_key(&ip(1).into()));
    }
}
