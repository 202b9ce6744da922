//! The hours in which nobody is woken.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::{TimeZone, offset};

use crate::config::Quiet;

/// When a message may go that nobody waits for: now, or at the end of the quiet hours. They are those of Kazakhstan, UTC+5 throughout since 2024-03-01.
pub(super) fn ends(quiet: Quiet, now: Timestamp) -> Timestamp {
    let Quiet::Between(from, to) = quiet else { return now };
    let local = now.to_zoned(TimeZone::fixed(offset(5)));
    if !is_within(local.time(), from, to) {
        return now;
    }
    let today = local.with().time(to).build();
    let end = today.and_then(|end| if end > local { Ok(end) } else { end.tomorrow() });
    end.map_or(now, |end| end.timestamp())
}

fn is_within(time: Time, from: Time, to: Time) -> bool {
    if from < to { (from..to).contains(&time) } else { time >= from || time < to }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_waits_for_waits_for_the_morning() {
        let cases = [
            ("22:00-08:00", "2026-11-23T21:59:59+05", "2026-11-23T21:59:59+05"),
            ("22:00-08:00", "2026-11-23T22:00:00+05", "2026-11-24T08:00:00+05"),
            ("22:00-08:00", "2026-11-24T00:00:00+05", "2026-11-24T08:00:00+05"),
            ("22:00-08:00", "2026-11-24T07:59:59+05", "2026-11-24T08:00:00+05"),
            ("22:00-08:00", "2026-11-24T08:00:00+05", "2026-11-24T08:00:00+05"),
            ("22:00-08:00", "2026-12-31T23:00:00+05", "2027-01-01T08:00:00+05"),
            ("13:00-14:00", "2026-11-23T13:30:00+05", "2026-11-23T14:00:00+05"),
            ("13:00-14:00", "2026-11-23T12:59:00+05", "2026-11-23T12:59:00+05"),
            ("off", "2026-11-23T23:00:00+05", "2026-11-23T23:00:00+05"),
        ];
        for (hours, now, then) in cases {
            let quiet = Quiet::try_from(hours.to_owned()).unwrap();
            assert_eq!(ends(quiet, now.parse().unwrap()), then.parse().unwrap(), "{hours} {now}");
        }
    }
}
