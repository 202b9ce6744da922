//! Queues of service centres, `booking_…`: two branches in each of three cities, [`DESKS`] desks for each service, a time every half hour while they are open.
//!
//! Seats live in the store, free times are reckoned: what the calendar knows of the day, less what is held and booked. In one branch one day of the week is always full, so
//! that callers can hear what is said then.

use std::sync::Arc;

use dauys_core::calendar::hours::Hours;
use dauys_core::calendar::{Date, Time, Weekday, local, moment};
use dauys_core::flow::graph::Value;
use dauys_core::interpreter::Answer;
use jiff::Timestamp;

use super::{Failed, answer, date, digits, done, iin, item, outcome, place, time};
use crate::services::{Reply, Request, Service, Services};
use crate::store::{Booking, Deed, Slot, Store};

/// Cities, and their items of the lexicon's `branches`.
const BRANCHES: [(&str, [&str; 2]); 3] = [
    ("astana", ["astana_esil", "astana_almaty"]),
    ("almaty", ["almaty_bostandyk", "almaty_auezov"]),
    ("shymkent", ["shymkent_al_farabi", "shymkent_karatau"]),
];
/// What every branch does: items of the lexicon's `services`.
const SERVICES: [&str; 6] = ["passport", "id_card", "driving_licence", "vehicle", "residence", "property"];
/// Where no time is ever free, on which day of the week.
const FULL: (&str, Weekday) = ("almaty_auezov", Weekday::Friday);
/// How many are served at once, of each service.
const DESKS: u16 = 2;
/// How long one of them takes.
const MINUTES: u32 = 30;

/// The queues of all branches.
#[derive(Clone, Debug)]
pub(super) struct Queues {
    store: Store,
    hours: Arc<Hours>,
}

/// What they are asked.
#[derive(Clone, Copy, Debug)]
enum Look {
    Branches,
    Seats,
    Find,
    Get,
}

/// What they do.
#[derive(Clone, Copy, Debug)]
enum Act {
    Hold,
    Release,
    Create,
    Move,
    Cancel,
}

/// A service that asks them, and one that has them do something.
struct Looks(Queues, Look);
struct Acts(Queues, Act);

impl Look {
    const ALL: [Self; 4] = [Self::Branches, Self::Seats, Self::Find, Self::Get];

    const fn name(self) -> &'static str {
        match self {
            Self::Branches => "booking_branches",
            Self::Seats => "booking_seats",
            Self::Find => "booking_find",
            Self::Get => "booking_get",
        }
    }
}

impl Act {
    const ALL: [Self; 5] = [Self::Hold, Self::Release, Self::Create, Self::Move, Self::Cancel];

    const fn name(self) -> &'static str {
        match self {
            Self::Hold => "booking_hold",
            Self::Release => "booking_release",
            Self::Create => "booking_create",
            Self::Move => "booking_move",
            Self::Cancel => "booking_cancel",
        }
    }
}

impl Service for Looks {
    fn lookup<'a>(&'a self, request: &'a Request, now: Timestamp) -> Reply<'a> {
        let Self(queues, look) = self;
        Box::pin(async move { answer(look.name(), queues.look(*look, request, now).await) })
    }
}

impl Service for Acts {
    fn submit<'a>(&'a self, key: &'a str, request: &'a Request, now: Timestamp) -> Reply<'a> {
        let Self(queues, act) = self;
        Box::pin(async move { answer(act.name(), queues.act(*act, key, request, now).await.map(done)) })
    }
}

impl Queues {
    pub(super) fn new(store: Store, hours: Hours) -> Self {
        Self { store, hours: Arc::new(hours) }
    }

    /// Whether this is a service of the queues.
    pub(super) fn has(name: &str) -> bool {
        Look::ALL.into_iter().any(|look| look.name() == name) || Act::ALL.into_iter().any(|act| act.name() == name)
    }

    /// These services, and those of the queues.
    pub(super) fn served_by(&self, services: Services) -> Services {
        let services = Look::ALL.into_iter().fold(services, |all, look| all.with(look.name(), Looks(self.clone(), look)));
        Act::ALL.into_iter().fold(services, |all, act| all.with(act.name(), Acts(self.clone(), act)))
    }

    async fn look(&self, look: Look, request: &Request, now: Timestamp) -> Result<Answer, Failed> {
        match look {
            Look::Branches => Ok(branches(place(request, "city")?, item(request, "service")?)),
            Look::Seats => {
                let times = self.times(item(request, "branch")?, item(request, "service")?, *date(request, "day")?);
                let free = self.store.free_slots(times, DESKS, now).await?;
                let at = |slot: &Slot| Request::from([("at".to_owned(), Value::Time(local(slot.start.as_millisecond()).1))]);
                Ok(found(free.iter().map(at).collect(), "full"))
            }
            Look::Find => {
                let bookings = self.store.bookings_of(iin(request, "iin")?, now).await?;
                let listed = |Booking { number, slot }| {
                    let [service, _, day, at] = told(slot);
                    [("number", Value::Digits(number)), service, day, at].map(|(name, value)| (name.to_owned(), value)).into()
                };
                Ok(found(bookings.into_iter().map(listed).collect(), "none"))
            }
            Look::Get => {
                let number = digits(request, "number")?;
                let bookings = self.store.bookings_of(iin(request, "iin")?, now).await?;
                let booking = bookings.into_iter().find(|booking| booking.number == number);
                Ok(booking.map_or_else(|| outcome("not_found", []), |booking| outcome("found", told(booking.slot))))
            }
        }
    }

    async fn act(&self, act: Act, key: &str, request: &Request, now: Timestamp) -> Result<Deed, Failed> {
        let store = &self.store;
        Ok(match act {
            Act::Hold => match self.wanted(request)? {
                Some(slot) => store.hold_seat(key, &slot, DESKS, now).await?,
                None => Deed::Taken,
            },
            Act::Release => store.release_seat(key, digits(request, "ref")?, now).await?,
            Act::Create => store.book_seat(key, digits(request, "hold")?, iin(request, "iin")?, now).await?,
            Act::Move => store.move_booking(key, digits(request, "number")?, iin(request, "iin")?, digits(request, "hold")?, now).await?,
            Act::Cancel => store.cancel_booking(key, digits(request, "number")?, iin(request, "iin")?, now).await?,
        })
    }

    /// The time that a request names, where there is such a time.
    fn wanted(&self, request: &Request) -> Result<Option<Slot>, Failed> {
        let (day, at) = (*date(request, "day")?, *time(request, "at")?);
        let times = self.times(item(request, "branch")?, item(request, "service")?, day);
        let start = moment(day, at);
        Ok(times.into_iter().find(|slot| slot.start.as_millisecond() == start))
    }

    /// All times of a day.
    fn times(&self, branch: &str, service: &str, day: Date) -> Vec<Slot> {
        let is_branch = BRANCHES.iter().any(|(_, branches)| branches.contains(&branch));
        if !is_branch || !SERVICES.contains(&service) || (branch, day.weekday()) == FULL {
            return Vec::new();
        }
        let starts = (0..24 * 60).step_by(MINUTES as usize).filter_map(|minute| Time::on_the_hour(0).plus_minutes(minute));
        let slot = |at| {
            let start = Timestamp::from_millisecond(moment(day, at)).ok()?;
            Some(Slot { branch: branch.to_owned(), service: service.to_owned(), start })
        };
        starts.filter(|at| self.is_open_all_through(day, *at)).filter_map(slot).collect()
    }

    fn is_open_all_through(&self, day: Date, at: Time) -> bool {
        let is_open = |desk: &String, at: Time| self.hours.is_open(desk, day, at);
        self.hours
            .appointments
            .as_ref()
            .is_some_and(|desk| is_open(desk, at) && at.plus_minutes(MINUTES - 1).is_some_and(|at| is_open(desk, at)))
    }
}

fn branches(city: &str, service: &str) -> Answer {
    let branches = BRANCHES.iter().filter(|(name, _)| *name == city && SERVICES.contains(&service)).flat_map(|(_, branches)| branches);
    let listed = |branch: &&str| Request::from([("branch".to_owned(), Value::Item((*branch).to_owned()))]);
    found(branches.map(listed).collect(), "none")
}

/// What was found, or that nothing was.
fn found(items: Vec<Request>, nothing: &str) -> Answer {
    if items.is_empty() { outcome(nothing, []) } else { outcome("found", [("items", Value::List(items))]) }
}

fn told(slot: Slot) -> [(&'static str, Value); 4] {
    let (day, at) = local(slot.start.as_millisecond());
    [("service", Value::Item(slot.service)), ("branch", Value::Item(slot.branch)), ("day", Value::Date(day)), ("at", Value::Time(at))]
}
