//! Names of peers to addresses (RFC 3263): SRV where the name has no port, then A and AAAA, from a cache.
//!
//! The stack asks it from its receive loop, and there it never waits: a name that it does not know yet is looked up meanwhile. No NAPTR: the transport is the URI's, else UDP.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;
use rsipstack::sip::{Host, Transport};
use rsipstack::transport::SipAddr;
use rsipstack::transport::transport_layer::DomainResolver;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout};

use super::Error;
use super::address::Addresses;

/// Names that are remembered.
const NAMES_MAX: usize = 256;
/// Lookups at the same time; more wait for their turn.
const LOOKUPS_MAX: usize = 8;
/// A lookup may take so long.
const LOOKUP_MAX: Duration = Duration::from_secs(5);
/// A name server that says nothing of services holds up the addresses no longer than this.
const SERVICES_MAX: Duration = Duration::from_secs(2);
/// What was found counts for so long, and is asked for again after that.
const FOUND_FOR: Duration = Duration::from_secs(60);
/// That nothing was found counts for so long.
const MISSED_FOR: Duration = Duration::from_secs(10);
/// While no name server answers, what was found last counts for so long (RFC 8767).
const STALE_MAX: Duration = Duration::from_secs(3600);
/// Services of a name, and addresses of a service, that are taken.
const ANSWERS_MAX: usize = 8;
/// The port of SIP over UDP and TCP.
const SIP_PORT: u16 = 5060;

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;
/// Addresses in the order in which they are to be tried; none: the name leads nowhere.
type Found = Arc<[SocketAddr]>;

/// Asks, remembers, and asks again. Clones share what they remember.
#[derive(Clone)]
pub(super) struct Resolver(Arc<Inner>);

struct Inner {
    names: Box<dyn Names>,
    own: Addresses,
    known: Mutex<HashMap<Query, Known>>,
    turns: Semaphore,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Query {
    name: String,
    port: Option<u16>,
    tcp: bool,
}

/// What is known of a name.
#[derive(Clone, Debug)]
struct Known {
    found: Found,
    /// Until when it counts.
    until: Instant,
    /// When something was found last.
    since: Instant,
    /// A lookup is under way; tells when it is over.
    asked: Option<watch::Receiver<bool>>,
}

impl Resolver {
    /// With the name servers and the hosts file of this machine, for the peers that `own` can reach.
    pub(super) fn new(own: Addresses) -> Self {
        Self::with(Box::new(System::new()), own)
    }

    fn with(names: Box<dyn Names>, own: Addresses) -> Self {
        Self(Arc::new(Inner { names, own, known: Mutex::default(), turns: Semaphore::new(LOOKUPS_MAX) }))
    }

    /// The address of a peer, waited for.
    ///
    /// # Errors
    /// [`Error::Name`] when the name leads to no address that we can reach.
    pub(super) async fn find(&self, target: &SipAddr) -> Result<SipAddr, Error> {
        let Some(query) = Query::of(target) else { return Ok(target.clone()) };
        let over = match self.known(&query) {
            Some(Known { asked: None, found, .. }) => return first(&found, target),
            Some(Known { asked: Some(over), .. }) => Some(over),
            None => None,
        };
        if let Some(mut over) = over {
            let _ = over.wait_for(|over| *over).await; // a lookup that ended without a word found nothing
        }
        let found = self.0.known().get(&query).map(|known| Arc::clone(&known.found)).unwrap_or_default();
        first(&found, target)
    }

    /// What is known of a name; begins a lookup when that is nothing or too old. `None` when there is no room for another name.
    fn known(&self, query: &Query) -> Option<Known> {
        let mut known = self.0.known();
        if let Some(already) = known.get(query).filter(|already| already.asked.is_some() || already.until > Instant::now()) {
            return Some(already.clone());
        }
        if !known.contains_key(query) && known.len() >= NAMES_MAX && !make_room(&mut known) {
            return None;
        }
        let (over, asked) = watch::channel(false);
        let now = Instant::now();
        let entry = known.entry(query.clone()).or_insert_with(|| Known { found: Found::default(), until: now, since: now, asked: None });
        entry.asked = Some(asked);
        tokio::spawn(look_up(Arc::clone(&self.0), query.clone(), over));
        Some(entry.clone())
    }
}

/// The stack's door.
impl DomainResolver for Resolver {
    fn resolve<'s, 't, 'f>(&'s self, target: &'t SipAddr) -> Pin<Box<dyn Future<Output = rsipstack::Result<SipAddr>> + Send + 'f>>
    where
        's: 'f,
        't: 'f,
        Self: 'f,
    {
        let found = match Query::of(target) {
            None => Ok(target.clone()),
            Some(query) => first(&self.known(&query).map(|known| known.found).unwrap_or_default(), target),
        };
        Box::pin(std::future::ready(found.map_err(|error| rsipstack::Error::DnsResolutionError(error.to_string()))))
    }
}

impl Query {
    /// `None` for an address.
    fn of(target: &SipAddr) -> Option<Self> {
        let Host::Domain(name) = &target.addr.host else { return None };
        let name = name.to_string().trim_end_matches('.').to_ascii_lowercase();
        let port = target.addr.port.as_ref().map(|port| port.value());
        Some(Self { name, port, tcp: target.r#type == Some(Transport::Tcp) })
    }
}

impl Inner {
    fn known(&self) -> MutexGuard<'_, HashMap<Query, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(&self, query: &Query) -> Found {
        // Placeholders of RFC 2606, section 2, never lead anywhere.
        if query.name == "invalid" || query.name.ends_with(".invalid") {
            return Found::default();
        }
        let services = async {
            // A port says that no service is meant (RFC 3263, section 4.2), and a bare name has none.
            if query.port.is_some() || !query.name.contains('.') {
                return Vec::new();
            }
            let transport = if query.tcp { "tcp" } else { "udp" };
            let service = format!("_sip._{transport}.{}.", query.name);
            timeout(SERVICES_MAX, self.names.services(service)).await.unwrap_or_default()
        };
        let (services, addresses) = tokio::join!(services, self.names.addresses(query.name.clone()));
        if services.is_empty() {
            return self.reachable(addresses, query.port.unwrap_or(SIP_PORT)).collect();
        }
        let mut found = Vec::new();
        for service in ordered(services).into_iter().take(ANSWERS_MAX) {
            let addresses = self.names.addresses(service.name).await;
            found.extend(self.reachable(addresses, service.port));
        }
        found.into()
    }

    fn reachable(&self, addresses: Vec<IpAddr>, port: u16) -> impl Iterator<Item = SocketAddr> {
        let reached = addresses.into_iter().map(|ip| ip.to_canonical()).filter(|ip| self.own.reaches(*ip));
        reached.take(ANSWERS_MAX).map(move |ip| SocketAddr::new(ip, port))
    }
}

fn first(found: &Found, target: &SipAddr) -> Result<SipAddr, Error> {
    let at = found.first().ok_or_else(|| Error::Name { name: target.addr.host.to_string() })?;
    Ok(SipAddr { r#type: target.r#type, addr: (*at).into() })
}

/// Forgets the name that was found longest ago and is not being looked up; whether there was one.
fn make_room(known: &mut HashMap<Query, Known>) -> bool {
    let oldest =
        known.iter().filter(|(_, entry)| entry.asked.is_none()).min_by_key(|(_, entry)| entry.until).map(|(query, _)| query.clone());
    oldest.is_some_and(|query| known.remove(&query).is_some())
}

async fn look_up(resolver: Arc<Inner>, query: Query, over: watch::Sender<bool>) {
    let asked = async {
        let _turn = resolver.turns.acquire().await;
        resolver.ask(&query).await
    };
    let found = timeout(LOOKUP_MAX, asked).await.unwrap_or_default();
    let now = Instant::now();
    if let Some(entry) = resolver.known().get_mut(&query) {
        entry.asked = None;
        entry.until = now + if found.is_empty() { MISSED_FOR } else { FOUND_FOR };
        if !found.is_empty() {
            (entry.found, entry.since) = (found, now);
        } else if now.duration_since(entry.since) > STALE_MAX {
            entry.found = found;
        }
    }
    let _ = over.send(true);
}

/// A service of a name (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Service {
    name: String,
    port: u16,
    priority: u16,
    weight: u16,
}

/// By priority; among equals the lot decides, weighted.
fn ordered(mut services: Vec<Service>) -> Vec<Service> {
    // The k-th of n exponential waits with rates w ends first with probability w / sum(w): the same lot as that of RFC 2782.
    let wait = |service: &Service| -> f64 { -fraction().ln() / (f64::from(service.weight) + 0.01) };
    services.retain(|service| service.name != ".");
    let mut drawn: Vec<_> = services.into_iter().map(|service| (service.priority, wait(&service), service)).collect();
    drawn.sort_by(|(priority, wait, _), (other, later, _)| priority.cmp(other).then(wait.total_cmp(later)));
    drawn.into_iter().map(|(_, _, service)| service).collect()
}

/// A random number above 0, up to 1; 1 when the machine has none to give.
pub(super) fn fraction() -> f64 {
    let mut bytes = [0xff; 4];
    let _ = getrandom::fill(&mut bytes);
    (f64::from(u32::from_le_bytes(bytes)) + 1.0) / (f64::from(u32::MAX) + 1.0)
}

/// Where names are looked up. What cannot be found is empty.
trait Names: Send + Sync {
    /// SRV records.
    fn services(&self, name: String) -> Boxed<Vec<Service>>;
    /// A and AAAA records, the preferred ones first.
    fn addresses(&self, name: String) -> Boxed<Vec<IpAddr>>;
}

/// The system's own resolver for addresses, which knows the hosts file; its name servers for services, which it cannot be asked for.
struct System(Option<Arc<TokioResolver>>);

impl System {
    fn new() -> Self {
        let servers = TokioResolver::builder_tokio().and_then(|builder| builder.build());
        Self(servers.map(Arc::new).inspect_err(|error| tracing::debug!(%error, "no name servers: SRV records are not looked up")).ok())
    }
}

impl Names for System {
    fn services(&self, name: String) -> Boxed<Vec<Service>> {
        let servers = self.0.clone();
        Box::pin(async move {
            let Some(servers) = servers else { return Vec::new() };
            let Ok(answer) = servers.srv_lookup(name).await else { return Vec::new() };
            let records = answer.answers().iter().filter_map(|record| match &record.data {
                RData::SRV(srv) => {
                    Some(Service { name: srv.target.to_string(), port: srv.port, priority: srv.priority, weight: srv.weight })
                }
                _ => None,
            });
            records.collect()
        })
    }

    fn addresses(&self, name: String) -> Boxed<Vec<IpAddr>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await;
            let mut addresses: Vec<IpAddr> = found.into_iter().flatten().map(|at| at.ip()).collect();
            addresses.dedup();
            addresses
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::config::Sip;

    /// A name server of a test: counts what it is asked, and how much of that at once.
    #[derive(Default)]
    struct Zone {
        services: HashMap<String, Vec<Service>>,
        addresses: Mutex<HashMap<String, Vec<IpAddr>>>,
        delay: Duration,
        silent_services: bool,
        asked: AtomicUsize,
        now: AtomicUsize,
        most: AtomicUsize,
    }

    impl Names for Arc<Zone> {
        fn services(&self, name: String) -> Boxed<Vec<Service>> {
            let zone = Arc::clone(self);
            Box::pin(async move {
                if zone.silent_services {
                    std::future::pending::<()>().await;
                }
                zone.services.get(&name).cloned().unwrap_or_default()
            })
        }

        fn addresses(&self, name: String) -> Boxed<Vec<IpAddr>> {
            let zone = Arc::clone(self);
            Box::pin(async move {
                zone.asked.fetch_add(1, Ordering::Relaxed);
                zone.most.fetch_max(zone.now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                tokio::time::sleep(zone.delay).await;
                zone.now.fetch_sub(1, Ordering::Relaxed);
                zone.addresses.lock().unwrap().get(&name).cloned().unwrap_or_default()
            })
        }
    }

    fn zone(addresses: &[(&str, &[&str])]) -> Zone {
        let addresses = addresses.iter().map(|(name, ips)| ((*name).to_owned(), ips.iter().map(|ip| ip.parse().unwrap()).collect()));
        Zone { addresses: Mutex::new(addresses.collect()), delay: Duration::from_millis(10), ..Zone::default() }
    }

    fn resolver(zone: Zone, bound: &str) -> (Resolver, Arc<Zone>) {
        let zone = Arc::new(zone);
        (Resolver::with(Box::new(Arc::clone(&zone)), Addresses::new(&Sip::default(), bound.parse().unwrap())), zone)
    }

    fn target(uri: &str) -> SipAddr {
        SipAddr::try_from(&rsipstack::sip::Uri::try_from(uri).unwrap()).unwrap()
    }

    async fn found(resolver: &Resolver, uri: &str) -> Option<String> {
        resolver.find(&target(uri)).await.ok().map(|at| at.addr.to_string())
    }

    fn service(name: &str, port: u16, priority: u16, weight: u16) -> Service {
        Service { name: name.to_owned(), port, priority, weight }
    }

    #[tokio::test(start_paused = true)]
    async fn names_lead_where_rfc_3263_says() {
        let mut names = zone(&[
            ("kz.example", &["192.0.2.1", "192.0.2.2"]),
            ("a.kz.example.", &["192.0.2.10"]),
            ("b.kz.example.", &["192.0.2.20"]),
            ("t.kz.example.", &["192.0.2.30"]),
            ("six.example", &["2001:db8::1", "192.0.2.6"]),
            ("only-six.example", &["2001:db8::1"]),
            ("srv.example", &["192.0.2.99"]),
            ("gone.example", &["192.0.2.98"]),
            ("localhost", &["127.0.0.1"]),
        ]);
        names.services.insert(
            "_sip._udp.srv.example.".to_owned(),
            vec![service("b.kz.example.", 5072, 20, 0), service("a.kz.example.", 5071, 10, 0)],
        );
        names.services.insert("_sip._tcp.srv.example.".to_owned(), vec![service("t.kz.example.", 5073, 1, 1)]);
        names.services.insert("_sip._udp.gone.example.".to_owned(), vec![service(".", 0, 0, 0)]);
        let (resolver, _) = resolver(names, "0.0.0.0:5060");
        let cases = [
            ("sip:192.0.2.77", Some("192.0.2.77")),
            ("sip:1414@kz.example", Some("192.0.2.1:5060")),
            ("sip:1414@KZ.Example.:5080", Some("192.0.2.1:5080")),
            ("sip:srv.example", Some("192.0.2.10:5071")),
            ("sip:srv.example:5060", Some("192.0.2.99:5060")),
            ("sip:srv.example;transport=tcp", Some("192.0.2.30:5073")),
            ("sip:gone.example", None),
            ("sip:six.example", Some("192.0.2.6:5060")),
            ("sip:only-six.example", None),
            ("sip:nobody.example", None),
            ("sip:x.invalid", None),
            ("sip:localhost:5070", Some("127.0.0.1:5070")),
        ];
        for (uri, expected) in cases {
            assert_eq!(found(&resolver, uri).await.as_deref(), expected, "{uri}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_is_asked_for_once_and_again_when_it_is_old() {
        let (resolver, zone) = resolver(zone(&[("kz.example", &["192.0.2.1"])]), "0.0.0.0:5060");
        let both = tokio::join!(found(&resolver, "sip:kz.example:1"), found(&resolver, "sip:kz.example:1"));
        assert_eq!(both.0.as_deref(), Some("192.0.2.1:1"));
        assert_eq!((both.0, zone.asked.load(Ordering::Relaxed)), (both.1, 1));
        found(&resolver, "sip:nobody.example:1").await;
        found(&resolver, "sip:nobody.example:1").await;
        assert_eq!(zone.asked.load(Ordering::Relaxed), 2, "that there is no address is remembered too");
        tokio::time::advance(MISSED_FOR).await;
        found(&resolver, "sip:nobody.example:1").await;
        found(&resolver, "sip:kz.example:1").await;
        assert_eq!(zone.asked.load(Ordering::Relaxed), 3);
        tokio::time::advance(FOUND_FOR).await;
        zone.addresses.lock().unwrap().clear();
        assert_eq!(
            found(&resolver, "sip:kz.example:1").await.as_deref(),
            Some("192.0.2.1:1"),
            "while no server answers the last address counts"
        );
        assert_eq!(zone.asked.load(Ordering::Relaxed), 4);
        tokio::time::advance(STALE_MAX + MISSED_FOR).await;
        assert_eq!(found(&resolver, "sip:kz.example:1").await, None);
    }

    /// The receive loop of the stack stands still for as long as it is answered; it must not be.
    #[tokio::test(start_paused = true)]
    async fn the_stack_never_waits() {
        let (resolver, _) = resolver(Zone { delay: Duration::from_secs(1), ..zone(&[("kz.example", &["192.0.2.1"])]) }, "0.0.0.0:5060");
        let start = Instant::now();
        assert!(resolver.resolve(&target("sip:kz.example:1")).await.is_err());
        assert_eq!(Instant::now(), start);
        tokio::time::sleep(Duration::from_secs(2)).await;
        let known = resolver.resolve(&target("sip:kz.example:1")).await.unwrap();
        assert_eq!(known.addr.to_string(), "192.0.2.1:1", "the first question began a lookup");
    }

    #[tokio::test(start_paused = true)]
    async fn slow_servers_are_not_waited_for() {
        let (slow, _) = resolver(Zone { delay: Duration::from_secs(60), ..zone(&[("kz.example", &["192.0.2.1"])]) }, "0.0.0.0:5060");
        let start = Instant::now();
        assert_eq!(found(&slow, "sip:kz.example:1").await, None);
        assert_eq!(start.elapsed(), LOOKUP_MAX);
        let (silent, _) = resolver(Zone { silent_services: true, ..zone(&[("kz.example", &["192.0.2.1"])]) }, "0.0.0.0:5060");
        assert_eq!(found(&silent, "sip:kz.example").await.as_deref(), Some("192.0.2.1:5060"), "the address does not need the service");
    }

    #[tokio::test(start_paused = true)]
    async fn many_names_are_asked_for_few_at_a_time_and_not_all_remembered() {
        let (resolver, zone) = resolver(zone(&[]), "0.0.0.0:5060");
        for name in 0..NAMES_MAX * 2 {
            let _ = resolver.resolve(&target(&format!("sip:n{name}.example:1"))).await;
        }
        assert_eq!(resolver.0.known().len(), NAMES_MAX, "no room while all are being looked up");
        tokio::time::sleep(LOOKUP_MAX).await;
        for name in NAMES_MAX..NAMES_MAX * 2 {
            found(&resolver, &format!("sip:n{name}.example:1")).await;
        }
        assert_eq!(resolver.0.known().len(), NAMES_MAX);
        assert_eq!(zone.most.load(Ordering::Relaxed), LOOKUPS_MAX);
    }

    #[test]
    fn services_come_by_priority_and_among_equals_by_weight() {
        let services = || {
            vec![
                service("last", 1, 9, 9),
                service("heavy", 1, 1, 90),
                service("light", 1, 1, 10),
                service("never", 1, 1, 0),
                service(".", 0, 0, 0),
            ]
        };
        let mut firsts: HashMap<String, u32> = HashMap::new();
        for _ in 0..2000 {
            let order: Vec<_> = ordered(services()).into_iter().map(|service| service.name).collect();
            assert_eq!((order.len(), order[3].as_str()), (4, "last"));
            *firsts.entry(order[0].clone()).or_default() += 1;
        }
        let of = |name: &str| firsts.get(name).copied().unwrap_or(0);
        assert!((1700..1900).contains(&of("heavy")) && (100..300).contains(&of("light")) && of("never") < 20, "{firsts:?}");
    }

    /// The only test that asks the machine: every machine knows itself.
    #[tokio::test]
    async fn the_system_knows_this_machine() {
        let addresses = System(None).addresses("localhost".to_owned()).await;
        assert!(addresses.iter().any(IpAddr::is_loopback), "{addresses:?}");
    }
}
