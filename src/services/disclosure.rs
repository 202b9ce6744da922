//! What a caller is not told who has given too little: the table of the configuration, beside the services that tell of it. It asks nobody.

use dauys_core::interpreter::Answer;

use super::{Asker, Request};
use crate::config::Disclosure;

/// Tells of a person's bookings to whoever names an IIN.
const BOOKINGS: &str = "booking_find";
/// What it comes to where that is not enough: then the number is asked, which opens one booking.
const NUMBER_NEEDED: &str = "number_needed";

/// What this caller hears in place of an answer of this service; `None`: it may be asked.
pub(super) fn withheld(disclosure: Disclosure, service: &str, asker: Asker) -> Option<Answer> {
    let is_withheld = service == BOOKINGS && !disclosure.bookings.is_enough(asker.trusted);
    is_withheld.then(|| Answer::Outcome { outcome: NUMBER_NEEDED.to_owned(), fields: Request::new() })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::config::Given;

    #[test]
    fn bookings_are_told_to_whom_the_table_says_and_what_it_does_not_name_to_all() {
        let cases = [
            (Given::Iin, false, false),
            (Given::Iin, true, false),
            (Given::IinAndTrustedNumber, false, true),
            (Given::IinAndTrustedNumber, true, false),
            (Given::Number, false, true),
            (Given::Number, true, true),
        ];
        for (bookings, trusted, expected) in cases {
            let asker = Asker { trusted, now: Timestamp::UNIX_EPOCH };
            let came = |service| withheld(Disclosure { bookings }, service, asker).is_some();
            assert_eq!((came(BOOKINGS), came("booking_get")), (expected, false), "{bookings:?} {trusted}");
        }
        assert_eq!(Disclosure::default().bookings, Given::IinAndTrustedNumber);
    }
}
